import CTorchKernels
import Foundation
import Locks

/// One profile that runs or has run. There is at most one at a time in the process, and it is of all threads.
final class ProfileRecorder: Sendable {
    /// What is recorded.
    struct Options: Sendable {
        var recordsShapes = false, recordsMemory = false, recordsStacks = false, recordsFlops = false
        var recordsModules = false
        /// Whether operators, and whether work on devices, is recorded.
        var recordsCPU = true, recordsCUDA = false
    }

    /// All of one thread.
    struct Thread: Sendable {
        let number: UInt64, name: String
        let ranges: [ProfiledRange], memory: [ProfiledMemory]
    }

    let options: Options
    /// When the recorder started, by `now` and in nanoseconds since 1970.
    let start: UInt64, startSince1970: UInt64
    private let threads = Mutex<[ThreadProfile]>([])
    private let bytes = Mutex<[Device: Int]>([:])
    /// The modules below those that were called outside of others.
    let modules = Mutex<[ObjectIdentifier: ModuleTree]>([:])
    /// For each device that is measured, what its times count from.
    let deviceMarks = Mutex<[Device: any Sendable]>([:])

    /// The places of all modules below one.
    struct ModuleTree: @unchecked Sendable {
        /// Keeps the modules, so that their addresses stay their own.
        let modules: [AnyObject]
        let paths: [ObjectIdentifier: String]
    }

    private static let running = Mutex<ProfileRecorder?>(nil)

    /// Nanoseconds of a clock that only grows.
    static var now: UInt64 { time(of: CLOCK_MONOTONIC) }
    static var nanosecondsSince1970: UInt64 { time(of: CLOCK_REALTIME) }

    private static func time(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private init(_ options: Options) {
        self.options = options
        start = ProfileRecorder.now
        startSince1970 = ProfileRecorder.nanosecondsSince1970
    }

    /// Starts to record on all threads. Returns nil if another recorder runs.
    static func start(_ options: Options) -> ProfileRecorder? {
        running.withLock { running in
            if running != nil { return nil }
            let new = ProfileRecorder(options)
            running = new
            st_set_profiled(true)
            return new
        }
    }

    /// Ends the recording. Returns what the threads did, in the order in which they joined.
    func stop() -> [Thread] {
        ProfileRecorder.running.withLock { running in
            if running === self {
                st_set_profiled(false)
                running = nil
            }
        }
        let time = ProfileRecorder.now
        let all = threads.withLock { threads in
            let all = threads
            threads = []
            return all
        }
        modules.withLock { $0 = [:] }
        defer { deviceMarks.withLock { $0 = [:] } }
        return all.map {
            let state = $0.close(at: time)
            return Thread(number: $0.thread, name: $0.name, ranges: state.ranges, memory: state.memory)
        }
    }

    /// Adds the calling thread to the profile that runs; nil if none runs.
    static func join(_ make: (ProfileRecorder) -> ThreadProfile) -> ThreadProfile? {
        running.withLock { running in
            running.map { recorder in
                let new = make(recorder)
                recorder.threads.withLock { $0.append(new) }
                return new
            }
        }
    }

    /// Adds to the bytes that the profile knows of on a device. Returns the sum.
    func add(bytes: Int, on device: Device) -> Int {
        self.bytes.withLock { all in
            all[device, default: 0] += bytes
            return all[device]!
        }
    }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Dispatch
import Foundation
import Locks
import Torch
import TorchFiles

/// Appends events to one file of TensorBoard, in the format of TensorFlow's records: the length, its checksum, the
/// bytes, their checksum.
///
/// Events wait in memory until there are `maxQueue` of them, or until the first one has waited for `flushSecs`. Then
/// one call of the operating system appends all of them. What was written is in the file, however the process ends. If
/// it is killed inside that call, a part of a record may stay at the end; readers stop before it. If the disk is full,
/// the file is cut back to whole records.
///
/// The first error of the file is kept. `flush` and `close` throw it.
final class EventFileWriter: Sendable {
    private struct State {
        var descriptor: Int32
        /// The size of the file. It ends with a whole record.
        var size = 0
        var waiting: [UInt8] = []
        var waitingCount = 0
        /// When the first of the waiting events was added.
        var waitingSince = DispatchTime.now()
        var isTimerSet = false
        /// The error after which nothing is written.
        var failure: TorchError?
        /// The first event that was left out. Others are written.
        var refusal: TorchError?
    }

    let folder: String
    let path: String
    private let maxQueue: Int
    private let flushSecs: Double
    private let mostBytes: Int
    private let state: Mutex<State>

    private static let counter = Atomic<Int>(0)

    /// Creates the folder and the file in it.
    /// - Parameter mostBytes: the greatest size of an event. Protocol Buffers cannot read messages from 2 GiB on.
    /// - Throws: `TorchError` if that is impossible.
    init(
        _ folder: String, maxQueue: Int, flushSecs: Double, filenameSuffix: String, mostBytes: Int = Int(Int32.max)
    ) throws {
        try Files.makeFolder(folder)
        let number = EventFileWriter.counter.wrappingAdd(1, ordering: .relaxed).oldValue
        let now = Clock.now, time = format(Int(now), "010d")
        path = Files.join(
            folder, "events.out.tfevents.\(time).\(Host.name).\(getpid()).\(number)\(filenameSuffix)")
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot write: \(systemMessage())") }
        self.folder = folder
        self.maxQueue = max(1, maxQueue)
        // A timer cannot count more.
        self.flushSecs = min(max(0, flushSecs), 1e9)
        self.mostBytes = mostBytes
        state = Mutex(State(descriptor: descriptor))
        var first = ProtoMessage()
        first.add(1, now)
        first.add(3, "brain.Event:2")
        first.add(10) { $0.add(1, "tensorboard.summary.writer.event_file_writer") }
        add(first)
        try flush()
    }

    deinit { try? close() }

    /// Adds an event. One that is too large for readers is left out; `flush` and `close` throw that.
    func add(_ event: ProtoMessage) {
        guard event.bytes.count <= mostBytes else {
            let error = TorchError(
                .value, "\(path): an event of \(event.bytes.count) bytes: no reader takes more than \(mostBytes)")
            warn(error.message)
            return state.withLock { $0.refusal = $0.refusal ?? error }
        }
        let record = EventFileWriter.record(event.bytes)
        let mustSetTimer = state.withLock { state in
            if state.descriptor < 0 { return false }
            if state.waitingCount == 0 { state.waitingSince = .now() }
            state.waiting += record
            state.waitingCount += 1
            if state.waitingCount >= maxQueue { EventFileWriter.write(&state, path) }
            defer { if state.waitingCount > 0 { state.isTimerSet = true } }
            return state.waitingCount > 0 && !state.isTimerSet
        }
        if mustSetTimer { setTimer(.now() + flushSecs) }
    }

    /// Writes the waiting events at a time, or later if they were added later. There is one timer at most.
    private func setTimer(_ time: DispatchTime) {
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: time) { [weak self] in
            guard let self else { return }
            let next = state.withLock { state -> DispatchTime? in
                let due = state.waitingSince + self.flushSecs
                if state.waitingCount > 0, due > .now() { return due }
                EventFileWriter.write(&state, self.path)
                state.isTimerSet = false
                return nil
            }
            if let next { setTimer(next) }
        }
    }

    /// Writes all events to the file.
    /// - Throws: `TorchError` if these or earlier events could not be written.
    func flush() throws {
        let failure = state.withLock { state in
            EventFileWriter.write(&state, path)
            return state.failure ?? state.refusal
        }
        if let failure { throw failure }
    }

    /// Writes all events and closes the file. Events that are added later are lost.
    /// - Throws: `TorchError` if events could not be written.
    func close() throws {
        let failure = state.withLock { state in
            if state.descriptor >= 0 {
                EventFileWriter.write(&state, path)
                if unistdClose(state.descriptor) != 0, state.failure == nil {
                    state.failure = TorchError(.file, "\(path): cannot write: \(systemMessage())")
                }
                state.descriptor = -1
            }
            return state.failure ?? state.refusal
        }
        if let failure { throw failure }
    }

    private static func write(_ state: inout State, _ path: String) {
        guard state.descriptor >= 0, state.waitingCount > 0 else { return }
        let bytes = state.waiting
        state.waiting.removeAll(keepingCapacity: bytes.count < 1 << 20)
        state.waitingCount = 0
        if state.failure != nil { return }
        var done = 0
        bytes.withUnsafeBytes { buffer in
            while done < buffer.count {
                let count = unistdWrite(state.descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    state.failure = TorchError(.file, "\(path): cannot write: \(systemMessage())")
                    warn("\(path): cannot write: \(systemMessage())")
                    break
                }
                done += count
            }
        }
        if state.failure == nil {
            state.size += done
        } else {
            // A reader stops at the first damaged record, so none may stay.
            ftruncate(state.descriptor, off_t(state.size))
        }
    }

    static func record(_ bytes: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
        return length + checksum(length) + bytes + checksum(bytes)
    }

    /// Returns the checksum in TensorFlow's form: a rotation and a sum, because the checksum of bytes that end with
    /// their own checksum tells little.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var crc = CRC32(.castagnoli)
        bytes.withUnsafeBytes { crc.update($0) }
        let masked = (crc.value >> 15 | crc.value << 17) &+ 0xa282_ead8
        return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
    }
}

/// The system's functions, whose names are also those of methods.
private func unistdWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
private func unistdClose(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// The wall clock.
enum Clock {
    /// The seconds since 1970. Python: `time.time()`.
    static var now: Double { Date().timeIntervalSince1970 }

    /// The local time in the form of PyTorch's folder names: `May04_22-14-54`.
    static var folderName: String {
        var seconds = time(nil), local = tm()
        localtime_r(&seconds, &local)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { format(Int(number), "02d") }
        let date = months[Int(local.tm_mon)] + two(local.tm_mday)
        return "\(date)_\(two(local.tm_hour))-\(two(local.tm_min))-\(two(local.tm_sec))"
    }
}

/// This machine.
enum Host {
    /// The name that the machine has for itself. Python: `socket.gethostname()`.
    static let name: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }()
}

import CMPI
import Foundation
import Locks
import Torch

/// Makes MPI's calls and keeps what has begun. While nobody waits for it, a thread of the engine tests it, so that the
/// messages move while the program computes. The same thread watches for ranks that hang (`JobWatch`).
///
/// If MPI allows calls from several threads at once, a call that waits goes straight to MPI on its own thread.
final class MessageEngine: JobConnection, @unchecked Sendable {
    /// The length of a tick. Times are counted in ticks of this process: while it is stopped, no time passes.
    static let ticksPerSecond = 10.0

    let library: MPILibrary
    /// Whether a call may wait inside MPI at once, without checks of the debug mode.
    let callsPlainly: Bool
    /// The communicator of all processes.
    let world: cmpi_comm
    let rank: Int
    let worldSize: Int

    private let lock = NSCondition()
    // The lock guards these.
    private var pending: [Work] = []
    private var groups: [Int: ProcessGroup] = [:]
    private var nextGroup = 0
    private var watch: JobWatch
    /// Calls over another library that wait for other processes.
    private var otherCalls: (@Sendable () -> [JobWatch.Outstanding])?
    private var isStopping = false
    private var hasStopped = false

    private let ticks = Atomic<Int>(0)
    private let waiters = Atomic<Int>(0)
    /// The call that a thread makes without the lock, packed; 0 if there is none.
    private let direct = Atomic<UInt64>(0)

    /// The engine of this process, which exists from the first `initProcessGroup` on.
    private static let made = Mutex<MessageEngine?>(nil)

    static func get() throws -> MessageEngine {
        try made.withLock { engine in
            if let engine { return engine }
            let new = try MessageEngine()
            engine = new
            return new
        }
    }

    private init() throws {
        let launch = LaunchEnvironment()
        try ProcessManagement.connectIfWanted(launch)
        library = try MPILibrary(launch)
        callsPlainly = library.waitsInside && DebugChecks.level != .detail
        world = cmpi().pointee.world()
        var rank: Int32 = 0, size: Int32 = 0
        try MPILibrary.check(cmpi().pointee.return_errors(world))
        try MPILibrary.check(cmpi().pointee.rank(world, &rank))
        try MPILibrary.check(cmpi().pointee.size(world, &size))
        self.rank = Int(rank)
        worldSize = Int(size)
        if let expected = launch.worldSize, expected != worldSize {
            throw TorchError(
                .runtime,
                "The launcher started \(expected) processes, but \(library.kind.rawValue) connects \(worldSize): the launcher belongs to another MPI. SWIFT_TORCH_MPI chooses the library."
            )
        }
        watch = try JobWatch(world, rank: self.rank, size: worldSize)
        cmpi_name_rank_in_signals(rank)
        cmpi_at_exit { status in MessageEngine.end(status) }
        let thread = Thread { [self] in run() }
        thread.name = "torch.distributed"
        thread.start()
    }

    // MARK: Groups

    let defaultTimeout = 1800.0

    func makeGroup(_ ranks: [Int], name: String?, timeout: Double) throws -> ProcessGroup {
        try register { number in
            try ProcessGroup(self, number: number, ranks: ranks, name: name ?? "\(number)", timeout: timeout)
        }
    }

    /// Adds a group. Its number is the same in all processes, because all create the same groups in the same order.
    func register(_ make: (Int) throws -> ProcessGroup) rethrows -> ProcessGroup {
        let number = locked {
            defer { nextGroup += 1 }
            return nextGroup
        }
        let group = try make(number)
        if group.isMember { locked { groups[number] = group } }
        return group
    }

    func forget(_ group: ProcessGroup) {
        locked { groups[group.number] = nil }
    }

    private func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }

    // MARK: Calls

    /// Begins calls and keeps the work until it has ended. `begin` adds the requests.
    func begin(
        _ call: CollectiveCall, _ group: ProcessGroup, tensors: [Tensor], completion: @escaping @Sendable () -> Void,
        _ begin: (inout Requests) -> Void
    ) -> Work {
        locked {
            var requests = Requests()
            begin(&requests)
            let work = Work(
                call, group, began: ticks.load(ordering: .relaxed), requests: requests, tensors: tensors,
                completion: completion)
            if !work.advance() {
                pending.append(work)
                lock.signal()
            }
            return work
        }
    }

    /// Makes a call that waits, inside MPI or for shared memory, under the eyes of the watch. Returns its code.
    func callDirectly(_ call: CollectiveCall, _ group: ProcessGroup, _ body: () -> Int32) -> Int32 {
        // Of calls on several threads, the watch sees one.
        guard direct.load(ordering: .relaxed) == 0 else { return body() }
        direct.store(
            UInt64(group.number + 1) << 48 | UInt64(call.kind.rawValue) << 40 | call.sequence & 0xff_ffff_ffff,
            ordering: .relaxed)
        defer { direct.store(0, ordering: .relaxed) }
        return body()
    }

    /// Runs `body` with MPI to itself, if MPI does not allow several calls at once.
    func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        library.isConcurrent ? try body() : try locked(body)
    }

    func isFinished(_ work: Work) -> Bool {
        locked {
            guard work.advance() else { return false }
            remove(work)
            return true
        }
    }

    private func remove(_ work: Work) { pending.removeAll { $0 === work } }

    /// Waits for work. Returns false if `timeout`, in seconds, passes before.
    func wait(for work: Work, timeout: Double?) -> Bool {
        if isFinished(work) { return true }
        waiters.wrappingAdd(1, ordering: .relaxed)
        defer { waiters.wrappingSubtract(1, ordering: .relaxed) }
        let deadline = timeout.map {
            ticks.load(ordering: .relaxed) + Int(($0 * MessageEngine.ticksPerSecond).rounded(.up))
        }
        var turns = 0
        while !isFinished(work) {
            if let deadline, ticks.load(ordering: .relaxed) > deadline { return false }
            turns += 1
            // First it is likely that the messages come at once; then others may need the processor.
            if turns > 5000 { usleep(50) } else if turns > 50 { sched_yield() }
        }
        return true
    }

    /// Gives up receives that nobody will answer.
    func abandon(_ work: Work) {
        locked {
            work.abandon()
            remove(work)
        }
    }

    // MARK: The thread

    private func run() {
        var last = DispatchTime.now().uptimeNanoseconds
        var idle = 0
        while true {
            lock.lock()
            if isStopping {
                hasStopped = true
                lock.broadcast()
                lock.unlock()
                return
            }
            if pending.isEmpty { _ = lock.wait(until: Date(timeIntervalSinceNow: 1 / MessageEngine.ticksPerSecond)) }
            let before = pending.count
            pending.removeAll { $0.advance() }
            let moved = pending.count != before
            let isIdle = pending.isEmpty
            let now = DispatchTime.now().uptimeNanoseconds
            if Double(now - last) >= 1e9 / MessageEngine.ticksPerSecond {
                last = now
                let tick = ticks.wrappingAdd(1, ordering: .relaxed).newValue
                let calls = outstanding()
                watch.tick(tick, groups: groups, waitingFor: calls)
            }
            lock.unlock()
            if isIdle { continue }
            idle = moved ? 0 : idle + 1
            usleep(waiters.load(ordering: .relaxed) > 0 ? 5000 : idle < 20 ? 20 : 100)
        }
    }

    /// Watches calls over another library too.
    func alsoWatch(_ calls: @escaping @Sendable () -> [JobWatch.Outstanding]) { locked { otherCalls = calls } }

    /// The time now, in ticks.
    var now: Int { ticks.load(ordering: .relaxed) }

    /// The calls that have not ended.
    private func outstanding() -> [JobWatch.Outstanding] {
        var result = pending.filter { $0.call.kind.isCollective }.map {
            JobWatch.Outstanding(call: $0.call, group: $0.group, began: $0.began)
        }
        let packed = direct.load(ordering: .relaxed)
        if packed != 0, let group = groups[Int(packed >> 48) - 1],
            let kind = CollectiveCall.Kind(rawValue: UInt8(packed >> 40 & 0xff))
        {
            let call = CollectiveCall(kind: kind, sequence: packed & 0xff_ffff_ffff)
            result.append(JobWatch.Outstanding(call: call, group: group, began: watch.firstSeen(packed)))
        } else {
            watch.forgetDirect()
        }
        if let otherCalls { result += otherCalls() }
        return result
    }

    // MARK: The end

    /// Ends MPI when the process ends. A process that fails ends the whole job.
    private static func end(_ status: Int32) {
        guard let engine = made.withLock({ $0 }) else { return }
        if status != 0 {
            engine.abort("[rank\(engine.rank)]: the process ended with exit code \(status)", code: status)
        }
        engine.leave()
    }

    /// Waits until all processes are at their end; meanwhile the thread tells others that this one has left.
    private func leave() {
        let farewell = locked { watch.sayFarewell() }
        var request = farewell
        while true {
            var isDone: Int32 = 0, source: Int32 = 0
            let code = locked { cmpi().pointee.test(&request, &isDone, &source) }
            if isDone != 0 || code != 0 { break }
            usleep(1000)
        }
        lock.lock()
        isStopping = true
        lock.broadcast()
        while !hasStopped { lock.wait() }
        lock.unlock()
        _ = cmpi().pointee.finalize()
    }

    /// Prints a line and ends all processes of the job.
    func abort(_ line: String, code: Int32) -> Never { JobWatch.abort(world, line, code: code) }
}

/// The requests of calls that begin work.
struct Requests {
    private(set) var list: [cmpi_request] = []
    /// The first error.
    private(set) var failure: TorchError?
    /// Messages of which each begins when others have ended; nil if there are none.
    private(set) var exchange: PartExchange?

    /// Makes a call that stores its request.
    mutating func add(_ call: (UnsafeMutablePointer<cmpi_request>) -> Int32) {
        if failure != nil { return }
        var request: cmpi_request = 0
        let code = call(&request)
        if code == 0 { list.append(request) } else { failure = MPILibrary.error(code) }
    }

    /// Adds messages of which each begins when others have ended.
    mutating func add(_ exchange: PartExchange) { self.exchange = exchange }
}

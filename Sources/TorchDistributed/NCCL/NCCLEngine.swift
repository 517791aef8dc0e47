#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CMPI
import Foundation
import Locks
import Torch

/// Connects processes over NCCL, and watches their calls: a thread ends this process if a call takes too long, if NCCL
/// has an error, or if a process that a call waits for has gone.
final class NCCLEngine: JobConnection, @unchecked Sendable {
    /// How long a collective may take by default, in seconds. PyTorch: `default_pg_nccl_timeout`.
    static let defaultTimeout = 600.0

    let library: NCCLLibrary
    let rendezvous: any Rendezvous
    /// The device of this process.
    let device: Device
    /// MPI's connection of the same processes, if they have one.
    private let messages: MessageEngine?
    private let ticks = Atomic<Int>(0)

    /// A call that has begun, and the event at its end.
    private struct Pending {
        let call: CollectiveCall
        let group: ProcessGroup
        let event: CUDAEvent
        let began: Int
    }
    private struct State {
        /// The connection that is being made, and when that began.
        var connecting: (wait: ProcessWait, began: Int)?
        var pending: [Pending] = []
        var communicators: [NCCLCommunicator] = []
        var groups: [ProcessGroup] = []
        var nextGroup = 0
    }
    private let state = Mutex(State())
    /// Guards whether the thread ends.
    private let ending = NSCondition()
    private var isStopping = false
    private var hasStopped = false

    var rank: Int { rendezvous.rank }
    var worldSize: Int { rendezvous.worldSize }
    var defaultTimeout: Double { NCCLEngine.defaultTimeout }

    private static let made = Mutex<NCCLEngine?>(nil)

    /// Returns the engine of this process, which exists from the first call on. Makes its device the current one.
    /// - Parameters:
    ///   - device: the device; nil for the current one or, if that is the first, the one of this process's number.
    ///   - timeout: how long to wait for the other processes, in seconds.
    static func get(_ device: Device?, timeout: Double) throws -> NCCLEngine {
        try made.withLock { engine in
            let known = try engine ?? NCCLEngine(device, timeout: timeout)
            engine = known
            if let device, device != known.device {
                throw TorchError(.value, "NCCL has been initialized on \(known.device), not on \(device)")
            }
            cuda.setDevice(known.device)
            return known
        }
    }

    private init(_ device: Device?, timeout: Double) throws {
        library = try NCCLLibrary.get()
        self.device = try NCCLEngine.choose(device)
        (rendezvous, messages) = try NCCLEngine.connect(timeout)
        rendezvous.watch { [self] in outstanding() }
        let thread = Thread { [self] in run() }
        thread.name = "torch.nccl"
        thread.start()
        if messages == nil { cmpi_name_rank_in_signals(Int32(rank)) }
        // The driver cannot be called while the process ends.
        atexit { NCCLEngine.made.withLock { $0 }?.stop() }
    }

    /// Chooses this process's device.
    private static func choose(_ device: Device?) throws -> Device {
        if let device {
            guard device.kind == .cuda else {
                throw TorchError(
                    .value, "the device of a process group over NCCL must be a CUDA device, but got \(device)")
            }
            return .cuda(device.index ?? cuda.currentDevice())
        }
        let current = cuda.currentDevice(), count = cuda.deviceCount()
        guard current == 0, count > 1, let local = LaunchEnvironment.localRank else { return .cuda(current) }
        guard local < count else {
            throw TorchError(
                .value,
                "LOCAL_RANK is \(local), but this process sees only \(count) CUDA devices. Each process needs a device of its own"
            )
        }
        return .cuda(local)
    }

    /// Connects the processes by MPI if they run under it, otherwise by the variables of `torchrun`.
    private static func connect(_ timeout: Double) throws -> (any Rendezvous, MessageEngine?) {
        let launch = LaunchEnvironment()
        switch launch.launcher {
        case .none: return (NoRendezvous(), nil)
        case .openMPI, .pmi:
            do {
                let messages = try MessageEngine.get()
                return (try MPIRendezvous(messages), messages)
            } catch {
                // Launchers such as Slurm set MPI's variables also where MPI is not installed.
                guard launch.rank != nil, LaunchEnvironment.variable("MASTER_ADDR") != nil else { throw error }
            }
        case .torchrun: break
        }
        let place = try ProcessManagement.meetingPoint(launch)
        if place.size == 1 { return (NoRendezvous(), nil) }
        return (try ProcessStore(place, timeout: timeout), nil)
    }

    // MARK: Groups

    func makeGroup(_ ranks: [Int], name: String?, timeout: Double) throws -> ProcessGroup {
        func make(_ number: Int) throws -> ProcessGroup {
            try ProcessGroup(self, number: number, ranks: ranks, name: name ?? "\(number)", timeout: timeout)
        }
        if let messages { return try messages.register(make) }
        let number = state.withLock { state in
            defer { state.nextGroup += 1 }
            return state.nextGroup
        }
        let group = try make(number)
        if group.isMember { state.withLock { $0.groups.append(group) } }
        return group
    }

    func forget(_ group: ProcessGroup) {
        messages?.forget(group)
        state.withLock { $0.groups.removeAll { $0 === group } }
    }

    /// Calls `body`, which waits for other processes to connect.
    func connecting<Result>(_ ranks: [Int], _ body: () throws -> Result) rethrows -> Result {
        let wait = ProcessWait(ranks: ranks, name: "ncclCommInitRank")
        state.withLock { $0.connecting = (wait, now) }
        defer { state.withLock { $0.connecting = nil } }
        return try body()
    }

    func add(_ communicator: NCCLCommunicator) { state.withLock { $0.communicators.append(communicator) } }
    func remove(_ communicator: NCCLCommunicator) {
        state.withLock { $0.communicators.removeAll { $0 === communicator } }
    }

    // MARK: Watching

    /// Watches a call until its event has passed.
    func watch(_ call: CollectiveCall, _ group: ProcessGroup, _ event: CUDAEvent) {
        let pending = Pending(call: call, group: group, event: event, began: now)
        state.withLock { $0.pending.append(pending) }
    }

    /// The time in ticks, during which this process has run.
    private var now: Int { messages?.now ?? ticks.load(ordering: .relaxed) }

    private func outstanding() -> [JobWatch.Outstanding] {
        state.withLock { $0.pending.map { JobWatch.Outstanding(call: $0.call, group: $0.group, began: $0.began) } }
    }

    /// Lets a tick pass. Returns false when the thread is to end.
    private func rest() -> Bool {
        ending.lock()
        defer { ending.unlock() }
        if !isStopping { _ = ending.wait(until: Date(timeIntervalSinceNow: 1 / MessageEngine.ticksPerSecond)) }
        if !isStopping { return true }
        hasStopped = true
        ending.broadcast()
        return false
    }

    private func stop() {
        ending.lock()
        isStopping = true
        ending.broadcast()
        while !hasStopped { ending.wait() }
        ending.unlock()
    }

    private func run() {
        cuda.setDevice(device)
        // The device's context becomes this thread's.
        CUDAStream.default(device).withHandle { _ in }
        while rest() {
            let tick = ticks.wrappingAdd(1, ordering: .relaxed).newValue
            for communicator in state.withLock({ $0.communicators }) {
                let first = state.withLock {
                    $0.pending.first.map { "\($0.call.description) of group \($0.group.name)" }
                }
                if let error = communicator.asynchronousError(first ?? "a collective") {
                    end("[rank\(rank)]: RuntimeError: found async exception: \(error.message)")
                }
            }
            let passed = Set(
                state.withLock { $0.pending }.filter { $0.event.query() }.map { ObjectIdentifier($0.event) })
            let pending = state.withLock { state in
                state.pending.removeAll { passed.contains(ObjectIdentifier($0.event)) }
                return state.pending
            }
            check(pending, tick)
        }
    }

    /// Ends the process if a call has waited for too long, or waits for a process that has gone.
    private func check(_ pending: [Pending], _ tick: Int) {
        let ticksPerSecond = Int(MessageEngine.ticksPerSecond), now = now
        // What has begun just now does not count as waiting.
        let late = pending.filter { now - $0.began >= ticksPerSecond }
        if tick.isMultiple(of: ticksPerSecond) {
            var waits = late.map {
                ProcessWait(ranks: $0.group.ranks, name: "\($0.call.description) of group \($0.group.name)")
            }
            if let connecting = state.withLock({ $0.connecting }), now - connecting.began >= ticksPerSecond {
                waits.append(connecting.wait)
            }
            let calls = state.withLock { state in
                Dictionary(
                    uniqueKeysWithValues: state.groups.compactMap { group in
                        group.lastCall.map { (group.number, $0) }
                    })
            }
            if let loss = rendezvous.lossOfProcess(waits, calls: calls) { end("[rank\(rank)]: RuntimeError: \(loss)") }
        }
        // Where MPI connects the processes, its watch knows which of them is late.
        guard messages == nil, let expired = late.first(where: { now - $0.began >= $0.group.timeoutTicks }) else {
            return
        }
        let call = JobWatch.Outstanding(call: expired.call, group: expired.group, began: expired.began)
        end(
            JobWatch.timeoutLine(call, now - expired.began, rank: rank) { member in
                rendezvous.lastCall(of: member, inGroup: expired.group.number)
            })
    }

    /// Prints a line and ends the process. The communicators are not aborted before: work that waits for them would go
    /// on with values that are not there. Other processes hear of the end from NCCL, MPI or the store.
    private func end(_ line: String) -> Never { rendezvous.end(line) }
}

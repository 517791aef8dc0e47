import CMPI
import Locks
import Torch

/// A collective, a send or a receive that has begun. PyTorch: `torch.distributed.Work`.
///
///     let work = dist.allReduce(gradient, asyncOp: true)!
///     …
///     work.wait()
///
/// The tensors that a call was given hold its result after `wait`, or once `isCompleted` is true. Until then they must
/// not be read or written.
public class Work: @unchecked Sendable {
    /// What was called.
    let call: CollectiveCall
    /// The process group that it was called on.
    let group: ProcessGroup
    /// When it began, in ticks of the engine.
    let began: Int

    // The engine's lock guards these.
    fileprivate var requests: [cmpi_request]
    fileprivate var next = 0
    fileprivate var exchange: PartExchange?
    fileprivate var failure: TorchError?
    fileprivate var isFinished = false
    fileprivate var source: Int32 = -1

    /// What remains to be done when the messages have arrived. It runs once, on the thread that sees them arrived.
    private let completion: Mutex<(@Sendable () -> Void)?>
    let tensors: [Tensor]

    init(
        _ call: CollectiveCall, _ group: ProcessGroup, began: Int, requests: Requests, tensors: [Tensor],
        completion: @escaping @Sendable () -> Void
    ) {
        self.call = call
        self.group = group
        self.began = began
        self.requests = requests.list
        failure = requests.failure
        exchange = failure == nil ? requests.exchange : nil
        self.tensors = tensors
        self.completion = Mutex(completion)
        isFinished = self.requests.isEmpty && exchange == nil
    }

    /// Creates work that MPI does not know.
    init(_ call: CollectiveCall, _ group: ProcessGroup, tensors: [Tensor], completion: @escaping @Sendable () -> Void) {
        self.call = call
        self.group = group
        began = 0
        requests = []
        failure = nil
        self.tensors = tensors
        self.completion = Mutex(completion)
        isFinished = true
    }

    /// Tests the requests. Returns whether all have ended.
    /// - Precondition: this thread holds the engine's lock.
    func advance() -> Bool {
        if let exchange, !isFinished {
            let code = exchange.advance()
            if let code, code != 0 { failure = MPILibrary.error(code) }
            isFinished = code != nil
            return isFinished
        }
        while !isFinished {
            var isDone: Int32 = 0, source: Int32 = -1
            let code = cmpi().pointee.test(&requests[next], &isDone, &source)
            if code != 0 {
                failure = failure ?? MPILibrary.error(code)
                isDone = 1
            }
            if isDone == 0 { return false }
            self.source = source
            next += 1
            isFinished = next == requests.count
        }
        return true
    }

    /// Gives up the requests.
    /// - Precondition: this thread holds the engine's lock, and the requests are receives.
    func abandon() {
        while next < requests.count {
            _ = cmpi().pointee.cancel(&requests[next])
            next += 1
        }
        isFinished = true
    }

    /// Does what remains to be done when the messages have arrived.
    func complete() {
        guard
            let body = completion.withLock({ body in
                defer { body = nil }
                return body
            })
        else { return }
        if failure == nil { body() }
    }

    /// Waits until the work has ended. Raises its error, if it has one. PyTorch: `Work.wait`.
    /// - Parameter timeout: the longest time to wait in seconds; by default the group's.
    /// - Returns: true if the work has ended without an error.
    @discardableResult
    public func wait(timeout: Double? = nil) -> Bool {
        guard group.engine.wait(for: self, timeout: timeout) else {
            raise(
                .runtime,
                "Timed out waiting \(Int((timeout ?? 0) * 1000))ms for \(call.waitingName) operation to complete")
            return false
        }
        complete()
        if let failure {
            raise(failure.kind, failure.message)
            return false
        }
        return true
    }

    /// Whether the work has ended. PyTorch: `Work.is_completed`.
    public var isCompleted: Bool {
        guard group.engine.isFinished(self) else { return false }
        complete()
        return true
    }

    /// Whether the work has ended without an error. PyTorch: `Work.is_success`.
    public var isSuccess: Bool { isCompleted && failure == nil }

    /// The error of the work, or nil. PyTorch: `Work.exception`.
    public var exception: TorchError? { isCompleted ? failure : nil }

    /// Returns the tensors that the work has written. PyTorch: `Work.result`.
    public func result() -> [Tensor] {
        guard isCompleted else {
            raise(.runtime, "Work needs to be completed before calling result(). Should call wait() before result().")
            return []
        }
        return tensors
    }

    /// Returns the rank in the group that a receive came from. PyTorch: `Work._source_rank`.
    public func sourceRank() -> Int { isCompleted ? Int(source) : -1 }
}

/// A call of a collective, or of a send or receive, with its number in its group.
struct CollectiveCall: Sendable {
    /// What is called. The numbers travel between processes.
    enum Kind: UInt8, Sendable {
        case broadcast = 0, allReduce, reduce, allGather, allGatherSingle, gather, scatter, reduceScatter,
            reduceScatterSingle, allToAll, allToAllSingle, send, receive, barrier, monitoredBarrier, batch

        /// PyTorch's name of the operation (`OpType`).
        var name: String {
            switch self {
            case .broadcast: "BROADCAST"
            case .allReduce: "ALLREDUCE"
            case .reduce: "REDUCE"
            case .allGather: "ALLGATHER"
            case .allGatherSingle: "_ALLGATHER_BASE"
            case .gather: "GATHER"
            case .scatter: "SCATTER"
            case .reduceScatter: "REDUCE_SCATTER"
            case .reduceScatterSingle: "_REDUCE_SCATTER_BASE"
            case .allToAll: "ALLTOALL"
            case .allToAllSingle: "ALLTOALL_BASE"
            case .send: "SEND"
            case .receive: "RECV"
            case .barrier: "BARRIER"
            case .monitoredBarrier: "MONITORED_BARRIER"
            case .batch: "COALESCED"
            }
        }

        /// Whether all processes of the group call it, so that it has a number there.
        var isCollective: Bool { self != .send && self != .receive && self != .batch }
    }

    let kind: Kind
    /// The number of the collective in its group, from 1.
    let sequence: UInt64

    /// The word for the operation in PyTorch's error of a wait that took too long.
    var waitingName: String { kind == .send ? "send" : kind == .receive ? "recv" : kind.name.lowercased() }

    var description: String { kind.isCollective ? "\(kind.name) (number \(sequence))" : kind.name }
}

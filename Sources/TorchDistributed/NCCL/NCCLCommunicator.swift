import CNCCL
import Locks
import Torch

/// A communicator of NCCL: some processes with a device each, and the stream on which this process's device works for
/// them.
final class NCCLCommunicator: @unchecked Sendable {
    /// The bytes of an id, which connects the processes.
    static let idSize = MemoryLayout<cnccl_id>.size

    let library: NCCLLibrary
    let stream: CUDAStream
    private let handle: cnccl_comm
    /// Calls are made by one thread at a time. A call may wait for other processes.
    private let turn = Mutex(())
    /// Whether the communicator has not been destroyed.
    private let isOpen = Mutex(true)

    /// Connects the processes. All of them call this together.
    /// - Parameters:
    ///   - engine: how they exchange the id.
    ///   - number: a number that names the exchange among them.
    ///   - members: the ranks of the processes.
    ///   - timeout: how long to wait for the first one, in seconds.
    init(_ engine: NCCLEngine, number: Int, members: [Int], timeout: Double) throws {
        let library = engine.library, stream = CUDAStream(device: engine.device)
        let isFirst = members[0] == engine.rank
        var id = cnccl_id()
        if isFirst { try library.check(library.calls.get_unique_id(&id), "ncclGetUniqueId") }
        let rank = Int32(members.firstIndex(of: engine.rank) ?? 0)
        var made: cnccl_comm?, failure: TorchError?
        try engine.connecting(members) {
            let bytes = try engine.rendezvous.share(
                isFirst ? withUnsafeBytes(of: id) { [UInt8]($0) } : nil, number: number, members: members,
                timeout: timeout)
            withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: bytes.prefix(NCCLCommunicator.idSize)) }
            try withError {
                // The stream's device becomes the current one, which the communicator takes.
                stream.withHandle { _ in
                    failure = library.error(
                        library.calls.comm_init_rank(&made, Int32(members.count), id, rank), "ncclCommInitRank")
                }
            }
        }
        if let failure { throw failure }
        guard let made else { throw TorchError(.runtime, "ncclCommInitRank made no communicator") }
        handle = made
        self.library = library
        self.stream = stream
    }

    /// Makes calls on the stream, after the work that the current stream has now. Returns an event behind them; nil,
    /// after an error, if a call fails.
    /// - Parameter name: what is called, for errors.
    func run(
        _ name: String, _ body: (cnccl_calls, cnccl_comm, UnsafeMutableRawPointer?) -> Int32
    ) -> CUDAEvent? {
        stream.waitStream(.current(stream.device))
        return turn.withLock { _ in
            guard isOpen.withLock({ $0 }) else {
                raise(.runtime, "the NCCL communicator was destroyed before \(name)")
                return nil
            }
            var hasBegun = false
            stream.withHandle { handle in
                try library.check(body(library.calls, self.handle, handle), name)
                hasBegun = true
            }
            return hasBegun ? stream.recordEvent() : nil
        }
    }

    /// Returns the error that has happened since; nil if there is none.
    /// - Parameter name: what was called, for the error.
    func asynchronousError(_ name: String) -> TorchError? {
        isOpen.withLock { isOpen in
            var code: Int32 = 0
            guard isOpen, library.calls.comm_async_error(handle, &code) == 0, code != CNCCL_IN_PROGRESS else {
                return nil
            }
            return library.error(code, name)
        }
    }

    /// Waits for the work of the stream, and frees the communicator. All members call this.
    func destroy() {
        stream.synchronize()
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { _ = library.calls.comm_destroy(handle) }
    }
}

/// The communicators of a process group: that of all members, and one for each other member that this process has sent
/// to or received from. So messages do not wait for collectives.
final class NCCLGroup: @unchecked Sendable {
    let engine: NCCLEngine
    let all: NCCLCommunicator
    private let number: Int
    private let ranks: [Int]
    private let timeout: Double
    private let pairs = Mutex<[Int: NCCLCommunicator]>([:])

    /// Connects the members. All of them call this together.
    init(_ engine: NCCLEngine, number: Int, ranks: [Int], timeout: Double) throws {
        self.engine = engine
        self.number = number
        self.ranks = ranks
        self.timeout = timeout
        all = try NCCLCommunicator(engine, number: 2 * number, members: ranks, timeout: timeout)
        engine.add(all)
    }

    /// Returns the communicator of this process and a member, which is made at first use: both call this together.
    func pair(_ member: Int) throws -> NCCLCommunicator {
        try pairs.withLock { pairs in
            if let known = pairs[member] { return known }
            let made = try NCCLCommunicator(
                engine, number: 2 * number + 1, members: [ranks[member], engine.rank].sorted(), timeout: timeout)
            engine.add(made)
            pairs[member] = made
            return made
        }
    }

    /// Frees the communicators. All members call this together.
    func destroy() {
        for communicator in pairs.withLock({ [NCCLCommunicator]($0.values) }) + [all] {
            communicator.destroy()
            engine.remove(communicator)
        }
    }
}

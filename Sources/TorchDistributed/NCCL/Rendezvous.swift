#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CMPI
import Torch

/// What this process waits for: the ranks of the processes that take part, and its name.
struct ProcessWait {
    let ranks: [Int]
    let name: String
}

/// How processes exchange the few bytes that connect them over NCCL, and find out that one has gone.
protocol Rendezvous: AnyObject, Sendable {
    /// The number of this process among all.
    var rank: Int { get }
    /// The number of all processes.
    var worldSize: Int { get }

    /// Gives bytes of one process to others. The processes that it concerns call this with the same number.
    /// - Parameters:
    ///   - bytes: the bytes in the process that has them, nil in the others.
    ///   - number: a number that names the exchange between these processes.
    ///   - members: the ranks of the processes. The first one has the bytes.
    ///   - timeout: how long to wait, in seconds.
    /// - Throws: `TorchError` if another process does not come in time.
    func share(_ bytes: [UInt8]?, number: Int, members: [Int], timeout: Double) throws -> [UInt8]

    /// Begins to look for processes that have gone while calls wait for them.
    func watch(_ outstanding: @escaping @Sendable () -> [JobWatch.Outstanding])

    /// Returns a sentence about a process that has gone, if this one waits for it; otherwise nil. This is called once a
    /// second, also if nothing waits, so that others know that this process is there.
    /// - Parameter calls: this process's last call in each group, by the group's number.
    func lossOfProcess(_ waits: [ProcessWait], calls: [Int: CollectiveCall]) -> String?

    /// Returns the last call of another process in a group, and its number; nil if that is not known.
    func lastCall(of rank: Int, inGroup number: Int) -> (kind: CollectiveCall.Kind?, sequence: UInt64)?

    /// Prints a line and ends this process, and others if that is possible.
    func end(_ line: String) -> Never
}

/// The exchange of processes that MPI connects. Its watch asks silent processes, as for its own calls.
final class MPIRendezvous: Rendezvous, @unchecked Sendable {
    private let engine: MessageEngine
    private let comm: cmpi_comm

    var rank: Int { engine.rank }
    var worldSize: Int { engine.worldSize }

    /// Connects the processes. All of them call this together.
    init(_ engine: MessageEngine) throws {
        self.engine = engine
        var made: cmpi_comm = 0
        try engine.exclusively {
            try MPILibrary.check(cmpi().pointee.dup(engine.world, &made))
            try MPILibrary.check(cmpi().pointee.return_errors(made))
        }
        comm = made
    }

    func share(_ bytes: [UInt8]?, number: Int, members: [Int], timeout: Double) throws -> [UInt8] {
        // MPI has at least 32767 tags.
        let tag = Int32(number % 32_000)
        var buffer = bytes ?? [UInt8](repeating: 0, count: NCCLCommunicator.idSize)
        let deadline = ContinuousClock.now + .seconds(timeout)
        try buffer.withUnsafeMutableBytes { buffer in
            var requests = Requests()
            engine.exclusively {
                let (start, count) = (buffer.baseAddress, Int32(buffer.count))
                if bytes == nil {
                    requests.add { cmpi().pointee.irecv(start, count, Int32(members[0]), tag, comm, $0) }
                } else {
                    for member in members.dropFirst() {
                        requests.add { cmpi().pointee.isend(start, count, Int32(member), tag, comm, $0) }
                    }
                }
            }
            if let failure = requests.failure { throw failure }
            for var request in requests.list {
                var isDone: Int32 = 0, source: Int32 = 0
                while true {
                    try engine.exclusively { try MPILibrary.check(cmpi().pointee.test(&request, &isDone, &source)) }
                    if isDone != 0 { break }
                    guard ContinuousClock.now < deadline else {
                        throw TorchError(
                            .runtime,
                            "Timed out after \(Int(timeout)) seconds waiting for the ranks \(members) to connect over NCCL."
                        )
                    }
                    usleep(200)
                }
            }
        }
        return buffer
    }

    func watch(_ outstanding: @escaping @Sendable () -> [JobWatch.Outstanding]) { engine.alsoWatch(outstanding) }

    func lossOfProcess(_ waits: [ProcessWait], calls: [Int: CollectiveCall]) -> String? { nil }
    func lastCall(of rank: Int, inGroup number: Int) -> (kind: CollectiveCall.Kind?, sequence: UInt64)? { nil }

    func end(_ line: String) -> Never { engine.abort(line, code: 1) }
}

/// The exchange of a single process.
final class NoRendezvous: Rendezvous {
    let rank = 0, worldSize = 1

    func share(_ bytes: [UInt8]?, number: Int, members: [Int], timeout: Double) throws -> [UInt8] { bytes ?? [] }
    func watch(_ outstanding: @escaping @Sendable () -> [JobWatch.Outstanding]) {}
    func lossOfProcess(_ waits: [ProcessWait], calls: [Int: CollectiveCall]) -> String? { nil }
    func lastCall(of rank: Int, inGroup number: Int) -> (kind: CollectiveCall.Kind?, sequence: UInt64)? { nil }
    func end(_ line: String) -> Never { ProcessStore.end(line) }
}

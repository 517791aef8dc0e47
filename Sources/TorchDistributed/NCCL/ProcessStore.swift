#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Foundation
import Locks
import Torch

/// The exchange of processes that `torchrun`'s variables describe: rank 0 keeps a store of texts at MASTER_ADDR and
/// MASTER_PORT, and each process has a connection to it, which ends when the process ends.
final class ProcessStore: Rendezvous, @unchecked Sendable {
    let rank, worldSize: Int
    private let connection: Int32
    private let unread = Mutex<[UInt8]>([])

    /// Connects this process, and waits for all others.
    /// - Parameter timeout: how long to wait for the others, in seconds.
    /// - Throws: `TorchError` if they do not come.
    init(_ place: ProcessManagement.MeetingPoint, timeout: Double) throws {
        rank = place.rank
        worldSize = place.size
        if rank == 0 { try StoreServer(port: place.port, size: place.size).start("torch.store") }
        connection = try ProcessManagement.connect(
            place.host, place.port, patience: max(1, Int(min(timeout, 1e6).rounded(.up))))
        guard try ask("hello \(rank)") == "welcome" else {
            throw TorchError(.value, "RANK is \(rank) in two processes of the job at \(place.host):\(place.port)")
        }
        var joined = ""
        let isComplete = try poll(timeout) {
            joined = try ask("joined")
            return joined == "\(worldSize)"
        }
        guard isComplete else {
            throw TorchError(
                .runtime,
                "Timed out after \(Int(timeout)) seconds waiting for clients. \(joined)/\(worldSize) clients joined.")
        }
    }

    deinit { close(connection) }

    /// Calls `body` until it returns true. Returns false if the time is over before.
    private func poll(_ timeout: Double, _ body: () throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while try !body() {
            if ContinuousClock.now > deadline { return false }
            usleep(5000)
        }
        return true
    }

    /// Sends a line and returns the answer.
    private func ask(_ line: String) throws -> String {
        try unread.withLock { unread in
            let bytes = Array((line + "\n").utf8)
            guard bytes.withUnsafeBytes({ send(connection, $0.baseAddress!, $0.count, ProcessManagement.noSignal) })
                == bytes.count
            else { throw lost() }
            while true {
                if let end = unread.firstIndex(of: 10) {
                    defer { unread.removeSubrange(...end) }
                    return String(decoding: unread[..<end], as: UTF8.self)
                }
                var piece = [UInt8](repeating: 0, count: 4096)
                let count = recv(connection, &piece, piece.count, 0)
                guard count > 0, unread.count < 1 << 16 else { throw lost() }
                unread += piece[..<count]
            }
        }
    }

    private func lost() -> TorchError {
        TorchError(.runtime, "rank 0 has gone: the connection to its store has ended")
    }

    func share(_ bytes: [UInt8]?, number: Int, members: [Int], timeout: Double) throws -> [UInt8] {
        let key = "\(number).\(members.map(String.init).joined(separator: "-"))"
        if let bytes {
            _ = try ask("set \(key) \(Data(bytes).base64EncodedString())")
            return bytes
        }
        var found: Data?
        let isThere = try poll(timeout) {
            found = Data(base64Encoded: try ask("get \(key)")).flatMap { $0.isEmpty ? nil : $0 }
            return found != nil
        }
        guard isThere, let found else {
            throw TorchError(
                .runtime,
                "Timed out after \(Int(timeout)) seconds waiting for rank \(members[0]) to connect the ranks \(members) over NCCL."
            )
        }
        return [UInt8](found)
    }

    func watch(_ outstanding: @escaping @Sendable () -> [JobWatch.Outstanding]) {}

    func lossOfProcess(_ outstanding: [JobWatch.Outstanding]) -> String? {
        let answer = (try? ask("gone")) ?? "0"
        let gone = answer.split(separator: " ").compactMap { Int($0) }
        for call in outstanding {
            guard let member = gone.first(where: { $0 != rank && call.group.ranks.contains($0) }) else { continue }
            return
                "rank \(member) has left the job or has died, but rank \(rank) waits for it in \(call.call.description) of group \(call.group.name)"
        }
        return nil
    }

    func end(_ line: String) -> Never { ProcessStore.end(line) }

    /// Prints a line and ends this process.
    static func end(_ line: String) -> Never {
        fflush(nil)
        FileHandle.standardError.write(Data((line + "\n").utf8))
        _exit(1)
    }
}

/// The store of rank 0.
private final class StoreServer: LineServer, @unchecked Sendable {
    private var store: [String: String] = [:]
    private var ranks: [Int32: Int] = [:]
    private var known = Set<Int>()
    private var gone = Set<Int>()

    override func answer(_ line: String, _ handle: Int32) {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("hello", 2):
            guard let rank = Int(words[1]), 0..<size ~= rank, known.insert(rank).inserted else {
                return write("taken", handle)
            }
            ranks[handle] = rank
            write("welcome", handle)
        case ("joined", 1): write("\(known.count)", handle)
        case ("set", 3):
            store[words[1]] = words[2]
            write("stored", handle)
        case ("get", 2): write(store[words[1]] ?? "", handle)
        case ("gone", 1): write(gone.sorted().map(String.init).joined(separator: " "), handle)
        default: drop(handle)
        }
    }

    override func hasEnded(_ handle: Int32) {
        if let rank = ranks.removeValue(forKey: handle) { gone.insert(rank) }
    }
}

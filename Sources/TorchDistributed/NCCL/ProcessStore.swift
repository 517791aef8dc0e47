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
    private let state = Mutex<(asked: Int, unread: [UInt8])>((0, []))

    /// Connects this process, and waits for all others.
    /// - Parameter timeout: how long to wait for the others, in seconds.
    /// - Throws: `TorchError` if they do not come.
    init(_ place: ProcessManagement.MeetingPoint, timeout: Double) throws {
        rank = place.rank
        worldSize = place.size
        if rank == 0 { try StoreServer(port: place.port, size: place.size).start("torch.store") }
        connection = try ProcessManagement.connect(
            place.host, place.port, patience: max(1, Int(min(timeout, 1e6).rounded(.up))))
        if let patience = JobWatch.patienceInSeconds {
            // A store that does not answer has gone, even if its connection has not ended.
            var time = timeval(tv_sec: Int(patience.rounded(.up)), tv_usec: 0)
            setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        }
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

    /// Sends a line and returns the answer. Both begin with a number, because an answer may come after a later
    /// question.
    private func ask(_ line: String) throws -> String {
        try state.withLock { state in
            state.asked += 1
            let number = "\(state.asked) "
            let bytes = Array((number + line + "\n").utf8)
            let sent = bytes.withUnsafeBytes { send(connection, $0.baseAddress!, $0.count, ProcessManagement.noSignal) }
            guard sent == bytes.count else { throw lost() }
            while true {
                while let end = state.unread.firstIndex(of: 10) {
                    let answer = String(decoding: state.unread[..<end], as: UTF8.self)
                    state.unread.removeSubrange(...end)
                    if answer.hasPrefix(number) { return String(answer.dropFirst(number.count)) }
                }
                var piece = [UInt8](repeating: 0, count: 4096)
                let count = recv(connection, &piece, piece.count, 0)
                guard count > 0, state.unread.count < 1 << 16 else { throw lost() }
                state.unread += piece[..<count]
            }
        }
    }

    private func lost() -> TorchError {
        TorchError(.runtime, "rank 0 has gone: its store does not answer")
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

    func lossOfProcess(_ waits: [ProcessWait], calls: [Int: CollectiveCall]) -> String? {
        let position = calls.map { " \($0):\($1.kind.rawValue):\($1.sequence)" }.joined()
        // Without an answer, it is rank 0 that has gone.
        let answer = (try? ask("watch" + position)) ?? "0,"
        let lists = answer.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.split(separator: " ").compactMap { Int($0) }
        }
        for (list, what) in zip(lists, ["has left the job or has died, but", "does not answer: it hangs, and"]) {
            for wait in waits {
                guard let member = list.first(where: { $0 != rank && wait.ranks.contains($0) }) else { continue }
                return "rank \(member) \(what) rank \(rank) waits for it in \(wait.name)"
            }
        }
        return nil
    }

    func lastCall(of rank: Int, inGroup number: Int) -> (kind: CollectiveCall.Kind?, sequence: UInt64)? {
        guard let answer = try? ask("where \(rank)"), !answer.isEmpty else { return nil }
        for entry in answer.split(separator: " ") {
            let numbers = entry.split(separator: ":").compactMap { UInt64($0) }
            if numbers.count == 3, numbers[0] == number {
                return (UInt8(exactly: numbers[1]).flatMap { CollectiveCall.Kind(rawValue: $0) }, numbers[2])
            }
        }
        return (nil, 0)
    }

    func end(_ line: String) -> Never {
        // Others that find the same at this time still have questions to the store.
        ProcessStore.end(line, delay: rank == 0 ? 1 : 0)
    }

    /// Prints a line and ends this process after a delay in seconds.
    static func end(_ line: String, delay: UInt32 = 0) -> Never {
        fflush(nil)
        FileHandle.standardError.write(Data((line + "\n").utf8))
        sleep(delay)
        _exit(1)
    }
}

/// The store of rank 0.
private final class StoreServer: LineServer, @unchecked Sendable {
    private var store: [String: String] = [:]
    private var ranks: [Int32: Int] = [:]
    private var known = Set<Int>()
    private var gone = Set<Int>()
    /// The last calls of each rank, as it has sent them.
    private var positions: [Int: String] = [:]
    /// When each rank was heard of, and when any was, in seconds.
    private var heard: [Int: Double] = [:]
    private var last = 0.0

    override func answer(_ line: String, _ handle: Int32) {
        let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
        // While this process is stopped, no time passes for the others.
        if now - last > 2 { for rank in heard.keys { heard[rank]! += now - last } }
        last = now
        if let rank = ranks[handle] { heard[rank] = now }
        let words = line.split(separator: " ").map(String.init)
        guard let number = words.first, let answer = self.answer(Array(words.dropFirst()), handle, now) else {
            return drop(handle)
        }
        write("\(number) \(answer)", handle)
    }

    /// Returns the answer to a question; nil if it is none.
    private func answer(_ words: [String], _ handle: Int32, _ now: Double) -> String? {
        switch (words.first, words.count) {
        case ("hello", 2):
            guard let rank = Int(words[1]), 0..<size ~= rank, known.insert(rank).inserted else { return "taken" }
            ranks[handle] = rank
            return "welcome"
        case ("joined", 1): return "\(known.count)"
        case ("set", 3):
            store[words[1]] = words[2]
            return "stored"
        case ("get", 2): return store[words[1]] ?? ""
        case ("where", 2): return Int(words[1]).flatMap { positions[$0] } ?? ""
        case ("watch", _):
            if let rank = ranks[handle] { positions[rank] = words.joined(separator: " ") }
            let patience = JobWatch.patienceInSeconds ?? .infinity
            let silent = heard.filter { now - $0.value > patience && !gone.contains($0.key) }.keys
            func text(_ ranks: some Sequence<Int>) -> String { ranks.sorted().map(String.init).joined(separator: " ") }
            return "\(text(gone)),\(text(silent))"
        default: return nil
        }
    }

    override func hasEnded(_ handle: Int32) {
        if let rank = ranks.removeValue(forKey: handle) { gone.insert(rank) }
    }
}

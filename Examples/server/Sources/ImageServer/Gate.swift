import Synchronization

/// Counts requests, or bytes, that are being worked on. It refuses more than a limit.
final class Gate: Sendable {
    private let limit: Int
    private let inside = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var count: Int { inside.load(ordering: .relaxed) }

    /// Lets `n` in and returns true, or returns false if there is no room.
    func enter(_ n: Int = 1) -> Bool {
        let (_, now) = inside.add(n, ordering: .relaxed)
        if now <= limit { return true }
        leave(n)
        return false
    }

    func leave(_ n: Int = 1) { inside.subtract(n, ordering: .relaxed) }
}

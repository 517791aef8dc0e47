import Dispatch
import Locks

/// Divides 0 ..< `count` into `threads` contiguous ranges and calls `body` for each range in parallel. Returns the
/// results in order.
/// - Throws: the error of the first range that failed.
func inParts<Part: Sendable>(
    _ count: Int, _ threads: Int, _ body: @Sendable (Range<Int>) throws -> Part
) throws -> [Part] {
    let threads = max(1, min(threads, count))
    if threads == 1 { return [try body(0..<count)] }
    let results = Mutex([Result<Part, any Error>?](repeating: nil, count: threads))
    DispatchQueue.concurrentPerform(iterations: threads) { part in
        let result = Result { try body(count * part / threads..<count * (part + 1) / threads) }
        results.withLock { $0[part] = result }
    }
    return try results.withLock { $0 }.compactMap { $0 }.map { try $0.get() }
}

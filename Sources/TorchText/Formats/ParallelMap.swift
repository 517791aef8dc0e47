import Torch

/// Returns the results of `body` for 0 ..< `count`, in order. Runs `body` on the library's threads.
func parallelMap<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    if count == 0 { return [] }
    return [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
        let results = buffer.baseAddress!
        parallelFor(count, grain: 1) { range in for index in range { (results + index).initialize(to: body(index)) } }
        initialized = count
    }
}

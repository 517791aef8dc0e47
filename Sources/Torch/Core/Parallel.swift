import CTorchKernels

/// Runs `body` on pieces of 0 ..< `count` on the library's threads. Each piece has `grain` indices; the last may have
/// fewer. The pieces depend only on `count` and `grain`. A call from inside a piece stays on its thread.
package func parallelFor(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
        var body = body
        withUnsafeMutablePointer(to: &body) { body in
            st_parallel_for(
                Int64(count), Int64(grain),
                { context, begin, end in
                    context!.assumingMemoryBound(to: ((Range<Int>) -> Void).self).pointee(Int(begin)..<Int(end))
                }, body)
        }
    }
}

/// Returns the number of threads that one operator may use. PyTorch: `torch.get_num_threads`, `torch.set_num_threads`.
public func getNumThreads() -> Int { Int(st_num_threads()) }
/// Sets the number of threads that one operator may use.
/// - Precondition: `count` is at least 1.
public func setNumThreads(_ count: Int) {
    guard count > 0 else { return raise(.runtime, "set_num_threads expects a positive integer") }
    st_set_num_threads(Int32(clamping: count))
}

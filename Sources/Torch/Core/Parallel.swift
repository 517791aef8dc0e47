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

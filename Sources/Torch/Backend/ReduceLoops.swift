/// Calls `body` with the loops of a reduction: those over the kept dimensions, of the input and of the result, and
/// those over the reduced ones. Both are ordered by the input's memory, except that the reduced ones stay in row-major
/// order if `inOrder`, because indices depend on it.
@inline(__always)
func withReduceLoops<Result>(
    _ input: Layout, _ out: Layout, _ dims: [Int], inOrder: Bool, _ body: (_ keep: Loops, _ red: Loops) throws -> Result
) rethrows -> Result {
    let (sizes, strides, outStrides) = (input.sizes, input.strides, out.strides)
    return try Loops.with(room: sizes.count, operands: 2) { keep in
        try Loops.with(room: sizes.count, operands: 1) { red in
            for d in sizes.indices {
                if dims.contains(d) {
                    red.append(sizes[d], strides[d])
                } else {
                    keep.append(sizes[d], strides[d], outStrides[d])
                }
            }
            keep.order()
            keep.merge()
            if keep.orderByFirst() { keep.merge() }
            red.merge()
            if !inOrder, red.orderByFirst() { red.merge() }
            return try body(keep, red)
        }
    }
}

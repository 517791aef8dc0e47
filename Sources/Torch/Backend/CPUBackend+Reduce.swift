import CTorchKernels

extension CPUBackend {
    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        guard canCompute(out, input, by: "sum_cpu") else { return false }
        return hadMemory(
            withReduceShape(input.layout, out.layout, dims) { shape in
                st_reduce(op, shape, out.pointer, out.dtype.kernel, input.pointer, input.dtype.kernel)
            })
    }

    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        guard canCompute(input, by: "max_values_cpu") else { return false }
        guard let layout = (values ?? indices)?.layout else { return true }
        return hadMemory(
            withReduceShape(input.layout, layout, dims, inOrder: true) { shape in
                st_reduce_arg(
                    max, shape, values?.pointer, indices?.pointer.assumingMemoryBound(to: Int64.self), input.pointer,
                    input.dtype.kernel)
            })
    }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        guard canCompute(input, by: "std_cpu") else { return false }
        guard let layout = (variance ?? mean)?.layout else { return true }
        return hadMemory(
            withReduceShape(input.layout, layout, dims) { shape in
                st_reduce_moments(
                    shape, correction, variance?.pointer, mean?.pointer, input.pointer, input.dtype.kernel)
            })
    }

    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        guard canCompute(out, input, by: "norm_cpu") else { return false }
        return hadMemory(
            withReduceShape(input.layout, out.layout, dims) { shape in
                st_reduce_power(shape, p, out.pointer, input.pointer, input.dtype.kernel)
            })
    }

    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool {
        guard canCompute(out, input, by: "cumsum_out_cpu") else { return false }
        let (outer, n, inner) = split(out.layout.sizes, at: dim)
        return hadMemory(st_scan(op, outer, n, inner, out.pointer, indices?.pointer, input.pointer, out.dtype.kernel))
    }

    /// Passes the loops over the kept and the reduced dimensions to C.
    @inline(__always)
    private func withReduceShape(
        _ input: Layout, _ out: Layout, _ dims: [Int], inOrder: Bool = false,
        _ body: (UnsafePointer<st_reduce_shape>) -> Int64
    ) -> Int64 {
        withReduceLoops(input, out, dims, inOrder: inOrder) { keep, red in
            var shape = st_reduce_shape(
                keep: st_loops(
                    rank: Int32(keep.rank), count: keep.count, sizes: keep.sizes, in: keep.strides(0),
                    out: keep.strides(1)),
                red: st_loops(
                    rank: Int32(red.rank), count: red.count, sizes: red.sizes, in: red.strides(0), out: nil))
            return body(&shape)
        }
    }
}

import CTorchKernels

extension CPUBackend {
    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        guard takes(out, input, by: "sum_cpu") else { return false }
        return hadMemory(
            withReduceShape(input.layout, out.layout, dims) { shape in
                st_reduce(op, shape, out.pointer, out.dtype.kernel, input.pointer, input.dtype.kernel)
            })
    }

    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        guard takes(input, by: "max_values_cpu") else { return false }
        guard let layout = (values ?? indices)?.layout else { return true }
        return hadMemory(
            withReduceShape(input.layout, layout, dims) { shape in
                st_reduce_arg(
                    max, shape, values?.pointer, indices?.pointer.assumingMemoryBound(to: Int64.self), input.pointer,
                    input.dtype.kernel)
            })
    }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        guard takes(input, by: "std_cpu") else { return false }
        guard let layout = (variance ?? mean)?.layout else { return true }
        return hadMemory(
            withReduceShape(input.layout, layout, dims) { shape in
                st_reduce_moments(
                    shape, correction, variance?.pointer, mean?.pointer, input.pointer, input.dtype.kernel)
            })
    }

    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        guard takes(out, input, by: "norm_cpu") else { return false }
        return hadMemory(
            withReduceShape(input.layout, out.layout, dims) { shape in
                st_reduce_power(shape, p, out.pointer, input.pointer, input.dtype.kernel)
            })
    }

    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool {
        guard takes(out, input, by: "cumsum_out_cpu") else { return false }
        let (outer, n, inner) = split(out.layout.sizes, at: dim)
        return hadMemory(st_scan(op, outer, n, inner, out.pointer, indices?.pointer, input.pointer, out.dtype.kernel))
    }

    /// Splits the dimensions into kept and reduced ones. Kept dimensions may be walked in any order, so they merge
    /// freely. Reduced dimensions keep their order, because indices depend on it.
    private func withReduceShape(
        _ input: Layout, _ out: Layout, _ dims: [Int], _ body: (UnsafePointer<st_reduce_shape>) -> Int64
    ) -> Int64 {
        let reduced = Set(dims)
        let keep = input.sizes.indices.filter { !reduced.contains($0) }
        let red = input.sizes.indices.filter { reduced.contains($0) }
        let keepPlan = IterationOrder.coalesced(
            keep.map { input.sizes[$0] }, [keep.map { input.strides[$0] }, keep.map { out.strides[$0] }])
        let redPlan = mergedInOrder(red.map { input.sizes[$0] }, red.map { input.strides[$0] })
        let numbers =
            (keepPlan.sizes + keepPlan.strides[0] + keepPlan.strides[1] + redPlan.sizes + redPlan.strides).map(
                Int64.init) + [0]
        let k = keepPlan.sizes.count, r = redPlan.sizes.count
        return numbers.withUnsafeBufferPointer { n in
            let p = n.baseAddress!
            var shape = st_reduce_shape(
                keep: Int32(k), red: Int32(r), keep_sizes: p, keep_in_strides: p + k, keep_out_strides: p + 2 * k,
                red_sizes: p + 3 * k, red_in_strides: p + 3 * k + r)
            return body(&shape)
        }
    }

    private func mergedInOrder(_ sizes: [Int], _ strides: [Int]) -> (sizes: [Int], strides: [Int]) {
        var outSizes: [Int] = [], outStrides: [Int] = []
        for (size, stride) in zip(sizes, strides) where size != 1 {
            if let last = outSizes.indices.last, outStrides[last] == stride * size {
                outSizes[last] *= size
                outStrides[last] = stride
            } else {
                outSizes.append(size)
                outStrides.append(stride)
            }
        }
        return (outSizes, outStrides)
    }
}

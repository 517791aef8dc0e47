import CTorchKernels

extension CPUBackend {
    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool {
        guard !input.dtype.isFloat8 || canCompute(input, by: "sorting_kernel_method_name") else { return false }
        let (rows, n) = rows(input)
        return hadMemory(
            st_sort(rows, n, descending, values?.pointer, indices?.pointer, input.pointer, input.dtype.kernel))
    }

    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool {
        guard canCompute(input, by: "topk_cpu") else { return false }
        let (rows, n) = rows(input)
        return hadMemory(
            st_topk(
                rows, n, Int64(values.layout.sizes.last ?? 1), largest, sorted, values.pointer, indices.pointer,
                input.pointer, input.dtype.kernel))
    }

    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool {
        guard canCompute(input, by: "median_cpu") else { return false }
        let (rows, n) = rows(input)
        return hadMemory(
            st_select(what, rows, n, Int64(k), values.pointer, indices.pointer, input.pointer, input.dtype.kernel))
    }

    func sortRows(order: Indices, _ input: Dense) -> Bool {
        guard !input.dtype.isFloat8 || canCompute(input, by: "unique_dim") else { return false }
        let (rows, width) = rows(input)
        return hadMemory(st_sort_rows(rows, width, order.pointer, input.pointer, input.dtype.kernel))
    }

    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int {
        let (rows, width) = rows(input)
        return Int(st_runs(rows, width, numbers.pointer, starts.pointer, input.pointer, input.dtype.kernel))
    }

    /// Returns the product of all sizes except the last, and the last size.
    private func rows(_ input: Dense) -> (Int64, Int64) {
        let (outer, n, _) = split(input.layout.sizes, at: max(input.layout.rank - 1, 0))
        return (outer, n)
    }
}

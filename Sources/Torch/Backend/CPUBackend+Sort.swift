import CTorchKernels

extension CPUBackend {
    func sort(values: Strided?, indices: Strided?, _ input: Strided, descending: Bool) -> Bool {
        let (rows, n) = rows(input)
        return hadMemory(st_sort(rows, n, descending, values?.pointer, indices?.integers, input.pointer, input.dtype.kernel))
    }

    func topk(values: Strided, indices: Strided, _ input: Strided, largest: Bool, sorted: Bool) -> Bool {
        let (rows, n) = rows(input)
        return hadMemory(st_topk(rows, n, Int64(values.layout.sizes.last ?? 1), largest, sorted, values.pointer, indices.integers, input.pointer, input.dtype.kernel))
    }

    func select(_ what: Selection, k: Int, values: Strided, indices: Strided, _ input: Strided) -> Bool {
        let (rows, n) = rows(input)
        return hadMemory(st_select(what, rows, n, Int64(k), values.pointer, indices.integers, input.pointer, input.dtype.kernel))
    }

    func sortRows(order: Strided, _ input: Strided) -> Bool {
        let (rows, width) = rows(input)
        return hadMemory(st_sort_rows(rows, width, order.integers, input.pointer, input.dtype.kernel))
    }

    func runs(numbers: Strided, starts: Strided, _ input: Strided) -> Int {
        let (rows, width) = rows(input)
        return Int(st_runs(rows, width, numbers.integers, starts.integers, input.pointer, input.dtype.kernel))
    }

    /// The product of all sizes but the last, and the last.
    private func rows(_ input: Strided) -> (Int64, Int64) {
        let (outer, n, _) = split(input.layout.sizes, at: max(input.layout.rank - 1, 0))
        return (outer, n)
    }
}

extension Strided {
    fileprivate var integers: UnsafeMutablePointer<Int64> { pointer.assumingMemoryBound(to: Int64.self) }
}

import CTorchKernels

extension CPUBackend {
    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        guard areOnHost(out, input), areOnHost(indices) else { return true }
        // The loop order that suits the memory of both operands.
        let plan = IterationOrder.coalesced(
            out.layout.sizes, [out.layout.strides, input.layout.strides] + indices.map(\.strides))
        let ordered = zip(indices, plan.strides[2...]).map {
            IndexOperand(index: $0.index, strides: $1, size: $0.size, step: $0.step)
        }
        return withOperands(
            plan.sizes, Array(plan.strides[..<2]), [(out.pointer, out.dtype), (input.pointer, input.dtype)]
        ) { rank, sizes, operands in
            withIndices(ordered) { st_index_get(rank, sizes, operands, operands + 1, Int32(ordered.count), $0, wraps) }
        }
    }

    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        guard areOnHost(out, source), areOnHost(indices) else { return true }
        guard mode == .set || !out.dtype.isFloat8 || takes(out, by: "index_put") else { return true }
        return withOperands(
            out.layout.sizes, [out.layout.strides, source.layout.strides],
            [(out.pointer, out.dtype), (source.pointer, source.dtype)]
        ) { rank, sizes, operands in
            withIndices(indices) {
                st_index_put(mode, rank, sizes, operands, operands + 1, Int32(indices.count), $0, wraps)
            }
        }
    }

    private func areOnHost(_ indices: [IndexOperand]) -> Bool {
        indices.allSatisfy { areOnHost($0.index.strided, $0.index.strided) }
    }

    private func withIndices<Result>(
        _ indices: [IndexOperand], _ body: (UnsafePointer<st_index_operand>) -> Result
    ) -> Result {
        // One extra element, so that there is an address even without dimensions.
        let strides: [Int64] = indices.flatMap(\.strides).map(Int64.init) + [0]
        return strides.withUnsafeBufferPointer { numbers in
            var next = numbers.baseAddress!
            let operands = indices.map { operand in
                defer { next += operand.strides.count }
                return st_index_operand(
                    data: operand.index.pointer, strides: next,
                    count: Int64(operand.index.count), size: Int64(operand.size), step: Int64(operand.step))
            }
            return operands.withUnsafeBufferPointer { body($0.baseAddress!) }
        }
    }

    func nonzero(_ input: Dense) -> Strided? {
        guard takes(input, by: "nonzero_count_cpu") else { return nil }
        let sizes = input.layout.sizes
        return withNonzeroStarts(input) { starts, total in
            guard let storage = allocate(byteCount: total * sizes.count * MemoryLayout<Int64>.size) else { return nil }
            let out = Strided(storage: storage, layout: Layout([sizes.count, total]), dtype: .int64)
            st_nonzero_places(
                Int32(sizes.count), sizes.map(Int64.init), input.pointer, input.dtype.kernel, starts, Int64(total),
                out.pointer.assumingMemoryBound(to: Int64.self))
            return out
        }
    }

    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        guard areOnHost(input.strided, mask.strided) else { return nil }
        return withNonzeroStarts(mask) { starts, total in
            guard let storage = allocate(byteCount: total * input.dtype.itemSize) else { return nil }
            let out = Strided(storage: storage, layout: Layout([total]), dtype: input.dtype)
            st_masked_select(
                Int64(mask.count), mask.pointer.assumingMemoryBound(to: UInt8.self), starts, out.pointer, input.pointer,
                input.dtype.itemSize)
            return out
        }
    }

    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool {
        guard areOnHost(out.strided, mask.strided, source.strided) else { return true }
        return withNonzeroStarts(mask) { starts, total in
            guard total <= source.count else { return false }
            st_masked_scatter(
                Int64(mask.count), mask.pointer.assumingMemoryBound(to: UInt8.self), starts, out.pointer,
                source.pointer, out.dtype.itemSize)
            return true
        }
    }

    /// Passes to `body` the number of nonzero elements before each piece of contiguous memory, and their total.
    private func withNonzeroStarts<Result>(_ input: Dense, _ body: (UnsafePointer<Int64>, Int) -> Result) -> Result {
        let count = Int64(input.count)
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(1, Int(st_nonzero_pieces(count)))) {
            starts in
            let total = st_nonzero_count(count, input.pointer, input.dtype.kernel, starts.baseAddress!)
            return body(starts.baseAddress!, Int(total))
        }
    }

    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {
        guard takes(sorted, values, sorter?.dense, by: "searchsorted_out_cpu") else { return }
        let n = sorted.layout.sizes.last ?? 1,
            rows = sorted.layout.rank > 1 ? sorted.layout.sizes.dropLast().reduce(1, *) : 1
        st_searchsorted(
            Int64(rows), Int64(n), Int64(values.count / max(rows, 1)), sorted.pointer, sorter?.pointer, values.pointer,
            sorted.dtype.kernel, right, out.pointer)
    }
}

import CTorchKernels

extension CPUBackend {
    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        guard areOnHost(out, input), areOnHost(indices) else { return true }
        return withLoops(out, input, indices, anyOrder: true) {
            st_index_get($0, $1, $2, $3, Int32(indices.count), $4, wraps)
        }
    }

    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        guard areOnHost(out, source), areOnHost(indices) else { return true }
        guard mode == .set || !out.dtype.isFloat8 || canCompute(out, by: "index_put") else { return true }
        return withLoops(out, source, indices, anyOrder: false) {
            st_index_put(mode, $0, $1, $2, $3, Int32(indices.count), $4, wraps)
        }
    }

    private func areOnHost(_ indices: [IndexOperand]) -> Bool {
        indices.allSatisfy { areOnHost($0.index.strided, $0.index.strided) }
    }

    /// Passes the merged loops over a result, the other operand and the indices to C. The last dimension is a run,
    /// whose elements share their indices; the one before it has rows. Either may have size 1. Without `anyOrder`, the
    /// elements are walked in row-major order.
    private func withLoops<Result>(
        _ out: Strided, _ other: Strided, _ indices: [IndexOperand], anyOrder: Bool,
        _ body: (
            Int32, UnsafePointer<Int64>, UnsafePointer<st_operand>, UnsafePointer<st_operand>,
            UnsafePointer<st_index_operand>
        ) -> Result
    ) -> Result {
        Loops.with(room: out.layout.rank + 2, operands: indices.count + 2) { loops in
            for size in out.layout.sizes { loops.append(size) }
            loops.setStrides(0, out.layout)
            loops.setStrides(1, other.layout)
            for (k, index) in indices.enumerated() {
                for (d, stride) in index.strides.enumerated() { loops.strides(k + 2)[d] = Int64(stride) }
            }
            if anyOrder { loops.order() }
            loops.merge()
            let last = loops.rank - 1
            if last < 0 || indices.indices.contains(where: { loops.strides($0 + 2)[last] != 0 }) { loops.append(1) }
            if loops.rank == 1 { loops.prependOne() }
            var first = operand(loops, 0, out.pointer, out.dtype)
            var second = operand(loops, 1, other.pointer, other.dtype)
            // One extra element, so that there is an address even without indices.
            return withUnsafeTemporaryAllocation(of: st_index_operand.self, capacity: indices.count + 1) { operands in
                for (k, operand) in indices.enumerated() {
                    operands.initializeElement(
                        at: k,
                        to: st_index_operand(
                            data: operand.index.pointer, strides: loops.strides(k + 2),
                            count: Int64(operand.index.count), size: Int64(operand.size), step: Int64(operand.step)))
                }
                return body(Int32(loops.rank), loops.sizes, &first, &second, operands.baseAddress!)
            }
        }
    }

    func nonzero(_ input: Dense) -> Strided? {
        guard canCompute(input, by: "nonzero_count_cpu") else { return nil }
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
        guard canCompute(sorted, values, sorter?.dense, by: "searchsorted_out_cpu") else { return }
        let n = sorted.layout.sizes.last ?? 1,
            rows = sorted.layout.rank > 1 ? sorted.layout.sizes.dropLast().reduce(1, *) : 1
        st_searchsorted(
            Int64(rows), Int64(n), Int64(values.count / max(rows, 1)), sorted.pointer, sorter?.pointer, values.pointer,
            sorted.dtype.kernel, right, out.pointer)
    }
}

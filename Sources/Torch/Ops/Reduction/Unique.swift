import CTorchKernels

// The unique elements, or the unique slices along a dimension.

extension Tensor {
    /// Returns the unique elements in ascending order. If `dim` is given, returns the unique slices along it, in
    /// lexicographic order. As in PyTorch on the CPU, they are sorted even if `sorted` is false.
    /// PyTorch: `torch.unique`.
    public func unique(sorted: Bool = true, dim: Int? = nil) -> Tensor {
        unique(sorted: sorted, returnInverse: false, dim: dim).output
    }

    /// Returns the unique elements. If `returnInverse` is true, also returns the index of each element among them; if
    /// `returnCounts` is true, also the number of times that each occurs.
    @_disfavoredOverload
    public func unique(
        sorted: Bool = true, returnInverse: Bool = false, returnCounts: Bool = false, dim: Int? = nil
    ) -> (output: Tensor, inverseIndices: Tensor?, counts: Tensor?) {
        grouped(sorting: true, returnInverse, returnCounts, dim)
    }

    /// Returns the elements, or the slices along `dim`, without those that equal the previous one.
    /// PyTorch: `torch.unique_consecutive`.
    public func uniqueConsecutive(dim: Int? = nil) -> Tensor {
        uniqueConsecutive(returnInverse: false, dim: dim).output
    }

    /// Like `uniqueConsecutive(dim:)`; also returns the index of each element among them, and the lengths of the runs.
    @_disfavoredOverload
    public func uniqueConsecutive(
        returnInverse: Bool = false, returnCounts: Bool = false, dim: Int? = nil
    ) -> (output: Tensor, inverseIndices: Tensor?, counts: Tensor?) {
        grouped(sorting: false, returnInverse, returnCounts, dim)
    }

    private func grouped(
        sorting: Bool, _ returnInverse: Bool, _ returnCounts: Bool, _ dim: Int?
    ) -> (output: Tensor, inverseIndices: Tensor?, counts: Tensor?) {
        if isVoid { return (.void, .void, .void) }
        guard !dtype.isComplex else {
            return (fail(.notImplemented, "\"unique\" not implemented for '\(dtype.scalarTypeName)'"), .void, .void)
        }
        guard supportsKernel(dim == nil ? "unique" : "unique_dim", unsigned: true) else { return (.void, .void, .void) }
        var d: Int?
        if let dim {
            guard let wrapped = wrap(dim) else { return (.void, .void, .void) }
            d = wrapped
            let empty = sizes.count { $0 == 0 }
            guard empty == 0 || self.dim > 0 && sizes[wrapped] == 0 else {
                return (
                    fail(
                        .runtime, "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"),
                    .void, .void
                )
            }
            guard empty < 2 else {
                return (
                    fail(.runtime, "Number of zero sized dimensions is more than one, so unique cannot be applied "),
                    .void, .void
                )
            }
        }
        return noGrad { detach().groupedRows(sorting, returnInverse, returnCounts, d) }
    }

    /// Takes the slices along `d`, or the elements, as rows of a matrix, sorts the rows if `sorting` is true, and keeps
    /// the first row of each run of equal rows.
    private func groupedRows(
        _ sorting: Bool, _ returnInverse: Bool, _ returnCounts: Bool, _ d: Int?
    ) -> (output: Tensor, inverseIndices: Tensor?, counts: Tensor?) {
        let lines = (d.flatMap { dim > 0 ? movedim($0, 0) : nil } ?? reshape([-1])).contiguous()
        if lines.isVoid { return (.void, .void, .void) }
        let n = lines.sizes[0]
        var matrix = lines.reshape([n, n == 0 ? 0 : lines.numel() / n])
        var order: Tensor?
        if sorting && n > 0 {
            let positions = Tensor.allocate(Layout([n]), .int64, device)
            if positions.isVoid { return (.void, .void, .void) }
            if matrix.sizes[1] == 1 {
                let values = Tensor.allocate(Layout([n]), dtype, device)
                if values.isVoid { return (.void, .void, .void) }
                let indices = returnInverse ? positions.indexMemory : nil
                guard
                    backend.sort(
                        values: values.dense, indices: indices, lines.reshape([n]).contiguous().dense, descending: false
                    )
                else { return (.void, .void, .void) }
                matrix = values.reshape([n, 1])
            } else {
                guard backend.sortRows(order: positions.indexMemory, matrix.dense) else { return (.void, .void, .void) }
                matrix = matrix.indexSelect(dim: 0, index: positions)
            }
            order = positions
        }
        let numbers = Tensor.allocate(Layout([n]), .int64, device),
            starts = Tensor.allocate(Layout([n + 1]), .int64, device)
        if anyVoid(matrix, numbers, starts) { return (.void, .void, .void) }
        let count = n == 0 ? 0 : backend.runs(numbers: numbers.indexMemory, starts: starts.indexMemory, matrix.dense)
        let first = starts.narrow(0, 0, count)
        var output = matrix.indexSelect(dim: 0, index: first).reshape([count] + lines.sizes.dropFirst())
        if let d, dim > 0 { output = output.movedim(0, d).contiguous() }
        var inverse: Tensor?
        if returnInverse {
            // The runs are numbered in sorted order. Each number goes back to the original position of its element.
            inverse =
                order.map { Tensor.filled(0, [n], .int64, device).scatter(dim: 0, index: $0, source: numbers) }
                ?? numbers
            if d == nil { inverse = inverse?.reshape(sizes) }
        }
        var counts: Tensor?
        if returnCounts {
            starts.narrow(0, count, 1).fill_(n)
            counts = starts.narrow(0, 1, count).sub(first)
        }
        return (output, inverse, counts)
    }
}

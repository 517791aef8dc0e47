// Arithmetic on the places of a sparse tensor's values. Nothing here is recorded.

extension SparsePattern {
    /// The coordinates of each value, int64 [sparse dimensions, count].
    var coordinates: Tensor {
        if starts == nil { return indices }
        return noGrad {
            if batch.isEmpty { return stack([rows, columns]) }
            // Each matrix of a batch has the same number of values.
            let matrices = Tensor.arange(Layout.saturatedCount(batch), device: indices.device)
                .repeatInterleave(indices.layout.sizes.last ?? 0, outputSize: count)
            return cat([SparsePattern.coordinates(matrices, batch), stack([rows, columns])])
        }
    }

    /// The row of each value, int64.
    var rows: Tensor {
        noGrad { starts == nil ? indices.select(0, 0) : isByColumn ? plainIndices : compressedIndices }
    }

    /// The column of each value, int64.
    var columns: Tensor {
        noGrad { starts == nil ? indices.select(0, 1) : isByColumn ? compressedIndices : plainIndices }
    }

    /// The index of each value in the dimension that is not compressed.
    private var plainIndices: Tensor { indices.to(.int64).reshape([-1]) }

    /// The index of each value in the compressed dimension.
    private var compressedIndices: Tensor {
        guard let starts else { return indices }
        let all = starts.to(.int64), last = all.dim - 1, n = all.sizes[last] - 1
        let lengths = all.narrow(last, 1, n).sub(all.narrow(last, 0, n)).reshape([-1])
        let numbers = Tensor.arange(n, device: all.device)
        return (batch.isEmpty ? numbers : numbers.expand([Layout.saturatedCount(batch), n]).reshape([-1]))
            .repeatInterleave(lengths, outputSize: count)
    }

    /// Returns the row-major position of each value among the sparse dimensions, int64 [count].
    func positions(_ sizes: [Int]) -> Tensor { positions(Array(0..<sparseDim), sizes) }

    /// Returns the row-major position of each value among some of the sparse dimensions, int64 [count].
    func positions(_ dims: [Int], _ sizes: [Int]) -> Tensor {
        noGrad {
            let coordinates = coordinates
            guard let first = dims.first else { return Tensor.zeros([count], dtype: .int64, device: indices.device) }
            return dims.dropFirst().reduce(coordinates.select(0, first)) {
                $0.mul(sizes[$1]).add(coordinates.select(0, $1))
            }.contiguous()
        }
    }

    /// Returns the coordinates of row-major positions, int64 [sparse dimensions, count].
    static func coordinates(_ positions: Tensor, _ sizes: [Int]) -> Tensor {
        noGrad {
            var rest = positions, rows: [Tensor] = []
            for size in sizes.reversed() {
                rows.append(rest.remainder(Swift.max(size, 1)))
                rest = rest.floorDivide(Swift.max(size, 1))
            }
            guard !rows.isEmpty else {
                return Tensor.zeros([0, positions.layout.sizes[0]], dtype: .int64, device: positions.device)
            }
            return stack(rows.reversed())
        }
    }

    /// Whether the coordinates ascend, and no two are equal.
    func ascends(_ sizes: [Int]) -> Bool {
        if count < 2 { return true }
        let places = positions(sizes)
        return noGrad {
            places.narrow(0, 1, count - 1).gt(places.narrow(0, 0, count - 1)).all().isTrue(ifUnknown: true)
        }
    }

    /// Whether the other pattern has the same indices in the same memory.
    func isSame(as other: SparsePattern) -> Bool {
        func same(_ a: Tensor?, _ b: Tensor?) -> Bool {
            guard let a, let b else { return a == nil && b == nil }
            return a === b || a.storage === b.storage && a.layout == b.layout && a.dtype == b.dtype
        }
        return isByColumn == other.isByColumn && same(indices, other.indices) && same(starts, other.starts)
    }
}

extension Tensor {
    /// Sums the rows of this tensor, [count, *sizes], that have the same number: row i of the result is the sum of
    /// those with number i, in order. A bool is true if one of them is.
    func rowSums(at numbers: Tensor, _ count: Int) -> Tensor {
        if anyVoid(self, numbers) { return .void }
        let compute: DType = dtype == .bool ? .int64 : dtype
        let zeros = Tensor.zeros([count] + sizes.dropFirst(), dtype: compute, device: device)
        return zeros.indexAdd(dim: 0, index: numbers, source: to(compute)).to(dtype)
    }

    /// Returns the values at the places of a sparse pattern, [count, *dense dimensions]. This tensor is dense or
    /// sparse.
    func values(at pattern: SparsePattern, _ sizes: [Int]) -> Tensor {
        if isVoid { return .void }
        let sparseSizes = Array(sizes.prefix(pattern.sparseDim)), wanted = pattern.positions(sizes)
        guard let parts = sparseParts else {
            return reshape([sparseSizes.reduce(1, &*)] + self.sizes.dropFirst(pattern.sparseDim))
                .indexSelect(dim: 0, index: wanted)
        }
        if parts.pattern.isSame(as: pattern) { return sparseValues() }
        if parts.pattern.sparseDim != pattern.sparseDim { return toDense().values(at: pattern, sizes) }
        let sorted = toSparse().coalesce()
        guard let own = sorted.sparseParts else { return .void }
        let found = own.pattern.positions(sizes)
        if own.pattern.count == 0 {
            return Tensor.zeros([pattern.count] + sizes.dropFirst(pattern.sparseDim), dtype: dtype, device: device)
        }
        let places: Tensor = noGrad { searchsorted(found, wanted).clamp(max: own.pattern.count - 1) }
        let isMissing: Tensor = noGrad { found.indexSelect(dim: 0, index: places).ne(wanted) }
        let columns = [Int](repeating: 1, count: own.values.dim - 1)
        return sorted.sparseValues().indexSelect(dim: 0, index: places).maskedFill(
            isMissing.reshape([pattern.count] + columns), 0)
    }
}

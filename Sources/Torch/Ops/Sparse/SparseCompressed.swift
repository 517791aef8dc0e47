// Sparse matrices in compressed form, and batches of them, from their indices and values.

extension Tensor {
    /// Creates a sparse matrix of compressed rows (CSR), or a batch of such matrices with equally many values.
    /// PyTorch: `torch.sparse_csr_tensor`.
    ///
    /// - Parameters:
    ///   - crowIndices: the number of values before each row and, as last element, of all values,
    ///     [*batch, rows + 1]; int32 or int64.
    ///   - colIndices: the column of each value, in the order of the rows, [*batch, count]; int32 or int64.
    ///   - values: the values, [*batch, count, *dense dimensions].
    ///   - size: the sizes of all dimensions; by default those that just hold the indices.
    ///   - dtype: the dtype of the values; by default they keep theirs.
    ///   - device: the device of the tensor; by default that of `values`.
    ///   - requiresGrad: whether autograd records operations on the tensor.
    ///   - checkInvariants: whether to check that the columns of a row ascend. Everything else is always checked.
    public static func sparseCsrTensor(
        _ crowIndices: Tensor, _ colIndices: Tensor, _ values: Tensor, _ size: [Int]? = nil, dtype: DType? = nil,
        device: Device? = nil, requiresGrad: Bool = false, checkInvariants: Bool = false
    ) -> Tensor {
        compressed(crowIndices, colIndices, values, size, dtype, device, checkInvariants, isByColumn: false)
            .requiring(requiresGrad)
    }

    /// Like `sparseCsrTensor(_:_:_:_:dtype:device:requiresGrad:checkInvariants:)`, for numbers in arrays.
    public static func sparseCsrTensor<Values: NestedNumbers>(
        _ crowIndices: [Int], _ colIndices: [Int], _ values: Values, _ size: [Int]? = nil, dtype: DType? = nil,
        device: Device = .default, requiresGrad: Bool = false, checkInvariants: Bool = false
    ) -> Tensor {
        sparseCsrTensor(
            Tensor(nested: crowIndices, dtype: .int64, device: device, requiresGrad: false),
            Tensor(nested: colIndices, dtype: .int64, device: device, requiresGrad: false),
            Tensor(nested: values, dtype: dtype, device: device, requiresGrad: false), size, requiresGrad: requiresGrad,
            checkInvariants: checkInvariants)
    }

    /// Creates a sparse matrix of compressed columns (CSC), or a batch of such matrices with equally many values.
    /// PyTorch: `torch.sparse_csc_tensor`.
    ///
    /// - Parameters:
    ///   - ccolIndices: the number of values before each column and, as last element, of all values,
    ///     [*batch, columns + 1]; int32 or int64.
    ///   - rowIndices: the row of each value, in the order of the columns, [*batch, count]; int32 or int64.
    ///   - values: the values, [*batch, count, *dense dimensions].
    ///   - size: the sizes of all dimensions; by default those that just hold the indices.
    ///   - dtype: the dtype of the values; by default they keep theirs.
    ///   - device: the device of the tensor; by default that of `values`.
    ///   - requiresGrad: whether autograd records operations on the tensor.
    ///   - checkInvariants: whether to check that the rows of a column ascend. Everything else is always checked.
    public static func sparseCscTensor(
        _ ccolIndices: Tensor, _ rowIndices: Tensor, _ values: Tensor, _ size: [Int]? = nil, dtype: DType? = nil,
        device: Device? = nil, requiresGrad: Bool = false, checkInvariants: Bool = false
    ) -> Tensor {
        compressed(ccolIndices, rowIndices, values, size, dtype, device, checkInvariants, isByColumn: true)
            .requiring(requiresGrad)
    }

    /// Like `sparseCscTensor(_:_:_:_:dtype:device:requiresGrad:checkInvariants:)`, for numbers in arrays.
    public static func sparseCscTensor<Values: NestedNumbers>(
        _ ccolIndices: [Int], _ rowIndices: [Int], _ values: Values, _ size: [Int]? = nil, dtype: DType? = nil,
        device: Device = .default, requiresGrad: Bool = false, checkInvariants: Bool = false
    ) -> Tensor {
        sparseCscTensor(
            Tensor(nested: ccolIndices, dtype: .int64, device: device, requiresGrad: false),
            Tensor(nested: rowIndices, dtype: .int64, device: device, requiresGrad: false),
            Tensor(nested: values, dtype: dtype, device: device, requiresGrad: false), size, requiresGrad: requiresGrad,
            checkInvariants: checkInvariants)
    }

    private static func compressed(
        _ starts: Tensor, _ indices: Tensor, _ values: Tensor, _ size: [Int]?, _ dtype: DType?, _ device: Device?,
        _ checksOrder: Bool, isByColumn: Bool
    ) -> Tensor {
        if anyVoid(starts, indices, values) { return .void }
        for part in [starts, indices, values] where part.hasSparseForm {
            return fail(part.unsupported("sparse_compressed_tensor"))
        }
        let device = device ?? values.device
        let values = (dtype.map { values.to($0) } ?? values).to(device)
        let starts: Tensor = noGrad { starts.detach().to(device) },
            indices: Tensor = noGrad { indices.detach().to(device) }
        if anyVoid(values, starts, indices) { return .void }
        let check = CompressedCheck(
            starts: starts, indices: indices, values: values, isByColumn: isByColumn, checksOrder: checksOrder)
        let sizes = size ?? check.leastSizes
        if let message = check.mistake(sizes) { return fail(.runtime, message) }
        let pattern = SparsePattern(indices: indices, starts: starts, isByColumn: isByColumn)
        let rows = pattern.batch.isEmpty ? values : values.reshape([pattern.count] + values.sizes.dropFirst(starts.dim))
        return sparse(pattern, values: rows, sizes)
    }
}

/// Finds what is wrong with the parts of a matrix in compressed form.
private struct CompressedCheck {
    let starts, indices, values: Tensor
    let isByColumn, checksOrder: Bool

    private var startsName: String { isByColumn ? "ccol_indices" : "crow_indices" }
    private var indicesName: String { isByColumn ? "row_indices" : "col_indices" }
    private var batch: [Int] { Array(starts.sizes.dropLast()) }

    /// The sizes that just hold the indices; none if the parts do not fit each other.
    var leastSizes: [Int] {
        guard starts.dim > 0, indices.dim > 0, values.dim >= starts.dim, (starts.sizes.last ?? 0) > 0 else { return [] }
        let last = indices.numel() == 0 || !indices.hasElements ? -1 : indices.max().item(as: Int.self)
        let matrix = [starts.sizes[starts.dim - 1] - 1, Swift.max(last == .max ? last : last + 1, 0)]
        return batch + (isByColumn ? matrix.reversed() : matrix) + values.sizes.dropFirst(starts.dim)
    }

    /// Returns what is wrong, in PyTorch's words, or nil.
    func mistake(_ sizes: [Int]) -> String? {
        for (name, tensor) in [(startsName, starts), (indicesName, indices)] where tensor.dim == 0 {
            return "\(name) must have dimensionality >= 1 but got 0"
        }
        let batchDim = starts.dim - 1
        guard indices.dim == starts.dim else {
            return
                "\(startsName) and \(indicesName) dimensionalities must be equal but got \(starts.dim) and \(indices.dim), respectively"
        }
        guard values.dim > batchDim else {
            return
                "values must have dimensionality > sum of batch and block dimensionalities (=\(batchDim) + 0) but got \(values.dim)"
        }
        let denseDim = values.dim - 1 - batchDim, count = values.sizes[batchDim]
        guard sizes.count == batchDim + 2 + denseDim else {
            return
                "tensor dimensionality must be sum of batch, base, and dense dimensionalities (=\(batchDim) + 2 + \(denseDim)) but got \(sizes.count)"
        }
        guard Layout.checkedCount(sizes) != nil else { return "numel: integer multiplication overflow" }
        let batches = [starts, indices, values].map { Array($0.sizes.prefix(batchDim)) }
        guard batches.allSatisfy({ $0 == Array(sizes.prefix(batchDim)) }) else {
            return
                "all batch dimensions of \(startsName) (=\(batches[0])), \(indicesName) (=\(batches[1])), and values (=\(batches[2])) must be equal to tensor batch dimensions (=\(Array(sizes.prefix(batchDim))))"
        }
        guard Array(sizes.dropFirst(batchDim + 2)) == Array(values.sizes.dropFirst(batchDim + 1)) else {
            return
                "values has incorrect size, expected \(batches[2] + [count] + sizes.dropFirst(batchDim + 2)), got \(values.sizes)"
        }
        let matrix = Array(sizes.dropFirst(batchDim).prefix(2)), lines = matrix[isByColumn ? 1 : 0]
        guard starts.sizes[batchDim] - 1 == lines else {
            return
                "\(startsName).shape[-1] must be equal to the number of \(isByColumn ? "columns" : "rows") + 1 (=\(lines &+ 1)), but got \(starts.sizes[batchDim])"
        }
        guard indices.sizes[batchDim] == count else {
            return
                "\(indicesName).shape[-1] must be equal to nnz (=\(count)) as defined by values.shape[\(batchDim)], but got \(indices.sizes[batchDim])"
        }
        guard starts.dtype == indices.dtype else {
            return
                "\(startsName) and \(indicesName) must have the same dtype, bot got \(starts.dtype.scalarTypeName) and \(indices.dtype.scalarTypeName), respectively"
        }
        guard starts.dtype == .int64 || starts.dtype == .int32 else {
            return
                "\(startsName) and \(indicesName) dtype must be Int or Long, but got \(starts.dtype.scalarTypeName)"
        }
        return starts.hasElements ? mistakeInNumbers(lines, matrix[isByColumn ? 0 : 1], count) : nil
    }

    /// Checks the indices of all matrices. `lines` is the number of rows, or columns, that are compressed.
    private func mistakeInNumbers(_ lines: Int, _ most: Int, _ count: Int) -> String? {
        // There are no matrices. The product of the other sizes of the batch may overflow.
        if starts.numel() == 0 { return nil }
        let allStarts = starts.toArray(as: Int.self), allPlaces = indices.toArray(as: Int.self)
        let (own, other) = isByColumn ? ("ncols", "nrows") : ("nrows", "ncols")
        for matrix in 0..<Layout.saturatedCount(batch) {
            let starts = allStarts[matrix * (lines + 1)..<(matrix + 1) * (lines + 1)]
            let places = Array(allPlaces[matrix * count..<(matrix + 1) * count])
            guard starts.first == 0 else { return "`\(startsName)[..., 0] == 0` is not satisfied." }
            guard starts.last == count else { return "`\(startsName)[..., -1] == nnz` is not satisfied." }
            let pairs = zip(starts, starts.dropFirst())
            guard pairs.allSatisfy({ 0...most ~= $1 &- $0 || !checksOrder && $1 >= $0 }) else {
                return
                    "`0 <= \(startsName)[..., 1:] - \(startsName)[..., :-1] <= \(other)` is not satisfied."
            }
            guard places.allSatisfy({ 0..<most ~= $0 }) else {
                return "`0 <= \(indicesName) < \(other)` is not satisfied."
            }
            if !checksOrder { continue }
            let ascends = pairs.allSatisfy { first, end in
                (first..<end).dropFirst().allSatisfy { places[$0] > places[$0 - 1] }
            }
            if !ascends {
                return
                    "`\(indicesName)[..., \(startsName)[..., i - 1]:\(startsName)[..., i]] for all i = 1, ..., \(own) are sorted and distinct along the last dimension values` is not satisfied."
            }
        }
        return nil
    }
}

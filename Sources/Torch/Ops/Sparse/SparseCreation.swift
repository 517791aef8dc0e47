// Sparse tensors from their indices and values.

extension Tensor {
    /// Creates a sparse tensor in coordinate form. Elements without a value are zero; values at the same place add up.
    /// PyTorch: `torch.sparse_coo_tensor`.
    ///
    /// The values have the shape [count, *dense dimensions]: each may be a number, or a tensor of its own. Gradients
    /// reach `values`.
    /// - Parameters:
    ///   - indices: the coordinates of the values, [sparse dimensions, count].
    ///   - values: the values, [count, *dense dimensions].
    ///   - size: the sizes of all dimensions; by default those that just hold the indices.
    ///   - dtype: the dtype of the values; by default they keep theirs.
    ///   - device: the device of the tensor; by default that of `values`.
    ///   - requiresGrad: whether autograd records operations on the tensor.
    ///   - checkInvariants: whether to check that indices which `isCoalesced` calls coalesced are so. That they lie
    ///     within the sizes is always checked.
    ///   - isCoalesced: whether the coordinates ascend and no two are equal.
    public static func sparseCooTensor(
        _ indices: Tensor, _ values: Tensor, _ size: [Int]? = nil, dtype: DType? = nil, device: Device? = nil,
        requiresGrad: Bool = false, checkInvariants: Bool = false, isCoalesced: Bool? = nil
    ) -> Tensor {
        if anyVoid(indices, values) { return .void }
        guard !indices.hasSparseForm, !values.hasSparseForm else {
            return fail((values.hasSparseForm ? values : indices).unsupported("sparse_coo_tensor"))
        }
        guard indices.dim == 2 else {
            let sentence = "indices must be sparse_dim x nnz, but got: \(indices.sizes)"
            return fail(.runtime, sentence)
        }
        let device = device ?? values.device
        var values = values.dim == 0 ? values.unsqueeze(0) : values
        if let dtype { values = values.to(dtype) }
        values = values.to(device)
        let places: Tensor = noGrad { indices.detach().to(device, .int64) }
        if anyVoid(values, places) { return .void }
        let count = places.sizes[1]
        guard values.sizes[0] == count else {
            return fail(
                .runtime,
                "indices and values must have same nnz, but got nnz from indices: \(count), nnz from values: \(values.sizes[0])"
            )
        }
        guard let sizes = checkedSizes(size, places, values) else { return .void }
        var pattern = SparsePattern(indices: places, isCoalesced: isCoalesced ?? false)
        if checkInvariants, isCoalesced == true, !pattern.ascends(sizes) {
            return fail(
                .runtime, "cannot set is_coalesced to true if indices correspond to uncoalesced COO tensor")
        }
        if isCoalesced == false, count > 1 { pattern.isCoalesced = false }
        return sparse(pattern, values: values, sizes).requiring(requiresGrad)
    }

    /// Creates a sparse tensor without values, so that all elements are zero.
    public static func sparseCooTensor(
        _ size: [Int], dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        let values = empty([0], dtype: dtype, device: device)
        return sparseCooTensor(
            empty([size.count, 0], dtype: .int64, device: device), values, size, requiresGrad: requiresGrad)
    }

    /// Like `sparseCooTensor(_:_:_:dtype:device:requiresGrad:checkInvariants:isCoalesced:)`, for numbers in arrays.
    public static func sparseCooTensor<Values: NestedNumbers>(
        _ indices: [[Int]], _ values: Values, _ size: [Int]? = nil, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false, checkInvariants: Bool = false, isCoalesced: Bool? = nil
    ) -> Tensor {
        sparseCooTensor(
            Tensor(nested: indices, dtype: .int64, device: device, requiresGrad: false),
            Tensor(nested: values, dtype: dtype, device: device, requiresGrad: false),
            size, requiresGrad: requiresGrad, checkInvariants: checkInvariants, isCoalesced: isCoalesced)
    }

    /// Creates a sparse matrix of compressed rows (CSR). PyTorch: `torch.sparse_csr_tensor`.
    ///
    /// - Parameters:
    ///   - crowIndices: the number of values before each row and, as last element, of all values; int32 or int64.
    ///   - colIndices: the column of each value, in the order of the rows; int32 or int64.
    ///   - values: the values, [count].
    ///   - size: the numbers of rows and columns; by default those that just hold the indices.
    ///   - dtype: the dtype of the values; by default they keep theirs.
    ///   - device: the device of the tensor; by default that of `values`.
    ///   - requiresGrad: whether autograd records operations on the tensor.
    ///   - checkInvariants: whether to check that the columns of a row ascend. Everything else is always checked.
    public static func sparseCsrTensor(
        _ crowIndices: Tensor, _ colIndices: Tensor, _ values: Tensor, _ size: [Int]? = nil, dtype: DType? = nil,
        device: Device? = nil, requiresGrad: Bool = false, checkInvariants: Bool = false
    ) -> Tensor {
        if anyVoid(crowIndices, colIndices, values) { return .void }
        let device = device ?? values.device
        let values = (dtype.map { values.to($0) } ?? values).to(device)
        let starts: Tensor = noGrad { crowIndices.detach().to(device) }
        let columns: Tensor = noGrad { colIndices.detach().to(device) }
        if anyVoid(values, starts, columns) { return .void }
        var sizes = size ?? []
        if size == nil, starts.dim == 1, columns.dim == 1, starts.sizes[0] > 0 {
            let last = columns.numel() == 0 || !columns.hasElements ? -1 : columns.max().item(as: Int.self)
            sizes = [starts.sizes[0] - 1, Swift.max(last + 1, 0)]
        }
        if let message = rowsMistake(starts, columns, values, sizes, checkInvariants) { return fail(.runtime, message) }
        let pattern = SparsePattern(indices: columns, rowStarts: starts, isCoalesced: true)
        return sparse(pattern, values: values, sizes).requiring(requiresGrad)
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

    /// Returns a sparse tensor with the given places and values. The derivative of the values is the gradient at the
    /// places. The caller has checked that they fit the sizes.
    static func sparse(
        _ pattern: SparsePattern, values: Tensor, _ sizes: [Int],
        _ node: String = "SparseCooTensorWithDimsAndTensorsBackward0"
    ) -> Tensor {
        if anyVoid(values, pattern.indices) { return .void }
        return Tensor(sparse: SparseParts(pattern: pattern, values: values.detach()), sizes: sizes)
            .record(node, values) { _, g in g.values(at: pattern, sizes) }
    }

    /// Returns the given sizes, or those that just hold the indices. Raises and returns nil if they do not fit.
    private static func checkedSizes(_ size: [Int]?, _ places: Tensor, _ values: Tensor) -> [Int]? {
        func refuse(_ message: String) -> [Int]? {
            raise(.runtime, message)
            return nil
        }
        let (sparseDim, count) = (places.sizes[0], places.sizes[1]), dense = Array(values.sizes.dropFirst())
        let isKnown = count > 0 && sparseDim > 0 && places.hasElements
        let lowest = isKnown ? noGrad { places.min(1).values.toArray(as: Int.self) } : []
        let highest = isKnown ? noGrad { places.max(1).values.toArray(as: Int.self) } : []
        if let d = lowest.firstIndex(where: { $0 < 0 }) {
            return refuse("found negative index \(lowest[d]) for dim \(d)")
        }
        guard let size else {
            let found = isKnown ? highest.map { $0 &+ 1 } : [Int](repeating: 0, count: sparseDim)
            guard Layout.checkedCount(found + dense) != nil else {
                return refuse("numel: integer multiplication overflow")
            }
            return found + dense
        }
        guard size.count == sparseDim + dense.count else {
            return refuse(
                "'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = \(size.count), sparse_dim = \(sparseDim), dense_dim = \(dense.count)"
            )
        }
        guard Layout.checkedCount(size) != nil else { return refuse("numel: integer multiplication overflow") }
        guard Array(size.dropFirst(sparseDim)) == dense else {
            return refuse(
                "values has incorrect size, expected \([count] + size.dropFirst(sparseDim)), got \(values.sizes)")
        }
        if let d = highest.indices.first(where: { highest[$0] >= size[$0] }) {
            return refuse(
                "size is inconsistent with indices: for dim \(d), size is \(size[d]) but found index \(highest[d])")
        }
        return size
    }

    /// Returns what is wrong with compressed rows, in PyTorch's words, or nil.
    private static func rowsMistake(
        _ starts: Tensor, _ columns: Tensor, _ values: Tensor, _ sizes: [Int], _ checksOrder: Bool
    ) -> String? {
        for (name, tensor) in [("crow_indices", starts), ("col_indices", columns), ("values", values)]
        where tensor.dim == 0 {
            return "\(name) must have dimensionality >= 1 but got 0"
        }
        let denseDim = values.dim - 1, count = values.sizes[0]
        guard starts.dim == 1, columns.dim == 1 else {
            return "batches of sparse matrices are not supported: crow_indices has \(starts.dim) dimensions"
        }
        guard sizes.count == 2 + denseDim else {
            return
                "tensor dimensionality must be sum of batch, base, and dense dimensionalities (=0 + 2 + \(denseDim)) but got \(sizes.count)"
        }
        guard Layout.checkedCount(sizes) != nil else { return "numel: integer multiplication overflow" }
        guard Array(sizes.dropFirst(2)) == Array(values.sizes.dropFirst()) else {
            return "values has incorrect size, expected \([count] + sizes.dropFirst(2)), got \(values.sizes)"
        }
        guard starts.sizes[0] == sizes[0] + 1 else {
            return
                "crow_indices.shape[-1] must be equal to the number of rows + 1 (=\(sizes[0] + 1)), but got \(starts.sizes[0])"
        }
        guard columns.sizes[0] == count else {
            return
                "col_indices.shape[-1] must be equal to nnz (=\(count)) as defined by values.shape[0], but got \(columns.sizes[0])"
        }
        guard starts.dtype == columns.dtype else {
            return
                "crow_indices and col_indices must have the same dtype, bot got \(starts.dtype.scalarTypeName) and \(columns.dtype.scalarTypeName), respectively"
        }
        guard starts.dtype == .int64 || starts.dtype == .int32 else {
            return "crow_indices and col_indices dtype must be Int or Long, but got \(starts.dtype.scalarTypeName)"
        }
        if !starts.hasElements { return nil }
        let rows = starts.toArray(as: Int.self), places = columns.toArray(as: Int.self)
        guard rows[0] == 0 else { return "`crow_indices[..., 0] == 0` is not satisfied." }
        guard rows[rows.count - 1] == count else { return "`crow_indices[..., -1] == nnz` is not satisfied." }
        guard zip(rows, rows.dropFirst()).allSatisfy({ 0...sizes[1] ~= $1 &- $0 || !checksOrder && $1 >= $0 }) else {
            return "`0 <= crow_indices[..., 1:] - crow_indices[..., :-1] <= ncols` is not satisfied."
        }
        guard places.allSatisfy({ 0..<sizes[1] ~= $0 }) else { return "`0 <= col_indices < ncols` is not satisfied." }
        let ascends = zip(rows, rows.dropFirst()).allSatisfy { first, end in
            (first..<end).dropFirst().allSatisfy { places[$0] > places[$0 - 1] }
        }
        if checksOrder, !ascends {
            return
                "`col_indices[..., crow_indices[..., i - 1]:crow_indices[..., i]] for all i = 1, ..., nrows are sorted and distinct along the last dimension values` is not satisfied."
        }
        return nil
    }
}

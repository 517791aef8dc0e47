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
}

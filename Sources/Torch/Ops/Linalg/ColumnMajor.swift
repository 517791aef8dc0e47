import CTorchKernels

// Matrices in column-major memory, as LAPACK takes them: tensors [..., m, n] with the strides 1 and m in the last two
// dimensions.

extension Tensor {
    /// Creates a batch of matrices [..., m, n] in uninitialized column-major memory.
    static func columnMajor(_ sizes: [Int], _ dtype: DType, _ device: Device) -> Tensor {
        let rank = sizes.count
        var swapped = sizes
        swapped.swapAt(rank - 2, rank - 1)
        let memory = allocate(Layout(swapped), dtype, device)
        return memory.isVoid ? memory : memory.alias(memory.layout.transposed(rank - 2, rank - 1))
    }

    /// Returns a copy in column-major memory, broadcast to further sizes if they are given. It has no history.
    func columnMajorCopy(_ sizes: [Int]? = nil) -> Tensor {
        if isVoid { return .void }
        let result = Tensor.columnMajor(sizes ?? self.sizes, dtype, device)
        if !result.isVoid, result.numel() > 0 { backend.copy(out: result.strided, strided) }
        return result
    }

    /// Returns the tensor, broadcast to further sizes if they are given, in column-major memory. Copies it only if
    /// necessary. The result is for reading.
    func inColumnMajor(_ sizes: [Int]? = nil) -> Tensor {
        if isVoid { return .void }
        let isBroadcast = sizes.map { $0 != self.sizes } ?? false
        let isReady = !isBroadcast && !isUnresolved && layout.transposed(dim - 2, dim - 1).isContiguous
        return isReady ? self : columnMajorCopy(sizes)
    }

    /// The matrices for a primitive: their last two dimensions are columns and rows.
    /// - Precondition: they lie in column-major memory.
    var columns: Dense { Dense(strided(layout.transposed(dim - 2, dim - 1))) }

    /// The dimensions before the last two.
    var batchSizes: [Int] { Array(sizes.dropLast(2)) }

    /// Decomposes this batch of matrices in place, or solves with it. Returns the numbers that say which matrices
    /// failed: 0 for each that did not. They are void after an error.
    /// - Precondition: the matrices and b and c lie in column-major memory; values and pivots are contiguous.
    func decompose(
        _ form: DecompositionForm, b: Tensor? = nil, c: Tensor? = nil, values: Tensor? = nil, pivots: Tensor? = nil
    ) -> Tensor {
        if isVoid || anyVoid(b, c, values, pivots) { return .void }
        let info = Tensor.allocate(Layout(batchSizes), .int32, device)
        if info.isVoid || info.numel() == 0 { return info }
        let done = backend.decompose(
            form,
            DecompositionArrays(
                a: columns, b: b?.columns, c: c?.columns, values: values?.resolved.dense,
                pivots: pivots?.resolved.dense, info: info.dense))
        return done ? info : .void
    }
}

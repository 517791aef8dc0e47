/// Operators on sparse tensors, under PyTorch's names. PyTorch: `torch.sparse`.
public enum sparse {
    /// Multiplies a sparse matrix and a dense or sparse one. The gradient of the sparse matrix has values at its own
    /// places. PyTorch: `torch.sparse.mm`.
    public static func mm(_ mat1: Tensor, _ mat2: Tensor) -> Tensor {
        guard mat1.hasSparseForm || mat2.hasSparseForm else { return mat1.mm(mat2) }
        return mat1.sparseProduct(mat2, isMasked: true, "SparseAddmmBackward0")
    }

    /// Computes beta · input + alpha · (mat1 @ mat2) for a sparse `mat1`. The gradient of `mat1` has values at its own
    /// places. PyTorch: `torch.sparse.addmm`.
    public static func addmm(
        _ input: Tensor, _ mat1: Tensor, _ mat2: Tensor, beta: some ScalarConvertible = 1,
        alpha: some ScalarConvertible = 1
    ) -> Tensor {
        guard mat1.hasSparseForm || mat2.hasSparseForm else {
            return input.addmm(mat1, mat2, beta: beta, alpha: alpha)
        }
        return input.sparseAddmm(mat1, mat2, beta, alpha, isMasked: true, "SparseAddmmBackward0")
    }

    /// Sums the elements of a tensor in coordinate form along the given dimensions, or all. The sum of all sparse
    /// dimensions is dense; others are sparse. PyTorch: `torch.sparse.sum`.
    public static func sum(_ input: Tensor, dim: [Int] = [], dtype: DType? = nil) -> Tensor {
        if input.isVoid { return .void }
        guard input.isSparse else { return input.coalesce() }
        guard let dims = wrapDims(dim, input.dim) else { return .void }
        return input.sparseSum(dims, keepdim: false, dtype).named("SparseSumBackward0")
    }

    /// Sums the elements of a tensor in coordinate form along one dimension.
    public static func sum(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
        sum(input, dim: [dim], dtype: dtype)
    }

    /// Computes softmax among the values along a dimension. Elements without a value count as minus infinity.
    /// PyTorch: `torch.sparse.softmax`.
    public static func softmax(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
        input.sparseSoftmax(log: false, dim, dtype)
    }

    /// Computes the logarithm of softmax among the values along a dimension. PyTorch: `torch.sparse.log_softmax`.
    public static func logSoftmax(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
        input.sparseSoftmax(log: true, dim, dtype)
    }
}

/// Multiplies a sparse matrix and a dense one. Same as `mm`. PyTorch: `torch.spmm`.
public func spmm(_ input: Tensor, _ mat2: Tensor) -> Tensor { input.mm(mat2) }

extension Tensor {
    /// Multiplies this sparse matrix and a dense one. Same as `mm`. PyTorch: `torch.spmm`.
    public func spmm(_ mat2: Tensor) -> Tensor { mm(mat2) }
}

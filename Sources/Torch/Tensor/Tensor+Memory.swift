extension Tensor {
    /// The memory of this tensor as dense memory.
    /// - Precondition: the tensor is contiguous.
    var dense: Dense { Dense(strided) }

    /// The memory of this tensor as indices.
    /// - Precondition: the tensor is contiguous and its dtype is int64.
    var indices: Indices { Indices(strided) }
}

extension Tensor {
    /// The memory of this tensor as dense memory.
    /// - Precondition: the tensor is contiguous.
    var dense: Dense { Dense(strided) }

    /// The elements as a vector, in the order of the memory.
    /// - Precondition: the elements fill their range of memory without gaps.
    var denseVector: Dense {
        Dense(strided(Layout([layout.count], offset: layout.offset)))
    }

    /// The memory of this tensor as indices.
    /// - Precondition: the tensor is contiguous and its dtype is int64.
    var indexMemory: Indices { Indices(strided) }
}

extension Tensor: Sequence {
    /// The views along the first dimension, one after the other. PyTorch: `for row in x`.
    /// - Precondition: the tensor has a dimension.
    public func makeIterator() -> IndexingIterator<[Tensor]> {
        if dim == 0, !isVoid { raise(.type, "iteration over a 0-d tensor") }
        return (dim == 0 ? Tensor.voids() : unbind()).makeIterator()
    }
}

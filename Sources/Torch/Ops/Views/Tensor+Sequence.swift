extension Tensor: Sequence {
    /// Iterates over the views along the first dimension. PyTorch: `for row in x`.
    /// - Precondition: the tensor has at least one dimension.
    public func makeIterator() -> IndexingIterator<[Tensor]> {
        if dim == 0, !isVoid { raise(.type, "iteration over a 0-d tensor") }
        return (dim == 0 ? Tensor.voids() : unbind()).makeIterator()
    }
}

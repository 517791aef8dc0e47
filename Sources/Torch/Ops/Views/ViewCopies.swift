// PyTorch's `_copy` operators: they do the same as the views, but each result has its own memory.

extension Tensor {
    /// Returns a copy whose node has the name of an overload of the view operator `name`.
    private func copied(_ name: String, _ overload: Int = 0) -> Tensor {
        clone(memoryFormat: .contiguous).named("\(name)Backward\(overload)_copy")
    }

    /// Returns a copy of the tensor. PyTorch: `torch.alias_copy`.
    public func aliasCopy() -> Tensor { copied("Alias") }
    /// Like `asStrided(_:_:_:)`, but returns a copy. PyTorch: `torch.as_strided_copy`.
    public func asStridedCopy(_ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
        asStrided(sizes, strides, storageOffset).copied("AsStrided")
    }
    /// Like `diagonal(offset:dim1:dim2:)`, but returns a copy. PyTorch: `torch.diagonal_copy`.
    public func diagonalCopy(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        diagonal(offset: offset, dim1: dim1, dim2: dim2).copied("Diagonal")
    }
    /// Like `expand(_:)`, but returns a copy. PyTorch: `torch.expand_copy`.
    public func expandCopy(_ sizes: [Int]) -> Tensor { expand(sizes).copied("Expand") }
    /// Like `permute(_:)`, but returns a copy. PyTorch: `torch.permute_copy`.
    public func permuteCopy(_ dims: [Int]) -> Tensor { permute(dims).copied("Permute") }
    /// Like `select(_:_:)`, but returns a copy. PyTorch: `torch.select_copy`.
    public func selectCopy(_ dim: Int, _ index: Int) -> Tensor { select(dim, index).copied("Select") }
    /// Like `slice(_:_:_:step:)`, but returns a copy. PyTorch: `torch.slice_copy`.
    public func sliceCopy(_ dim: Int = 0, _ start: Int? = nil, _ end: Int? = nil, step: Int = 1) -> Tensor {
        slice(dim, start, end, step: step).copied("Slice")
    }
    /// Like `split(_:dim:)`, but returns copies. PyTorch: `torch.split_copy`.
    public func splitCopy(_ size: Int, dim: Int = 0) -> [Tensor] { split(size, dim: dim).map { $0.copied("Split") } }
    /// Like `split(_:dim:)` with a list of lengths, but returns copies. PyTorch: `torch.split_with_sizes_copy`.
    public func splitWithSizesCopy(_ lengths: [Int], dim: Int = 0) -> [Tensor] {
        split(lengths, dim: dim).map { $0.copied("SplitWithSizes") }
    }
    /// Like `squeeze()`, but returns a copy. PyTorch: `torch.squeeze_copy`.
    public func squeezeCopy() -> Tensor { squeeze().copied("Squeeze") }
    /// Like `squeeze(_:)`, but returns a copy.
    public func squeezeCopy(_ dim: Int) -> Tensor { squeeze(dim).copied("Squeeze", 1) }
    /// Like `squeeze(_:)` with several dimensions, but returns a copy.
    public func squeezeCopy(_ dims: [Int]) -> Tensor { squeeze(dims).copied("Squeeze", 2) }
    /// Like `t()`, but returns a copy. PyTorch: `torch.t_copy`.
    public func tCopy() -> Tensor { t().copied("T") }
    /// Like `transpose(_:_:)`, but returns a copy. PyTorch: `torch.transpose_copy`.
    public func transposeCopy(_ dim0: Int, _ dim1: Int) -> Tensor { transpose(dim0, dim1).copied("Transpose") }
    /// Like `unbind(dim:)`, but returns copies. PyTorch: `torch.unbind_copy`.
    public func unbindCopy(dim: Int = 0) -> [Tensor] { unbind(dim: dim).map { $0.copied("Unbind") } }
    /// Like `unfold(_:_:_:)`, but returns a copy. PyTorch: `torch.unfold_copy`.
    public func unfoldCopy(_ dimension: Int, _ size: Int, _ step: Int) -> Tensor {
        unfold(dimension, size, step).copied("Unfold")
    }
    /// Like `unsqueeze(_:)`, but returns a copy. PyTorch: `torch.unsqueeze_copy`.
    public func unsqueezeCopy(_ dim: Int) -> Tensor { unsqueeze(dim).copied("Unsqueeze") }
    /// Like `view(_:)`, but returns a copy. PyTorch: `torch.view_copy`.
    public func viewCopy(_ sizes: [Int]) -> Tensor { contiguous().view(sizes).copied("View") }
    /// Like `view(_:)` with a dtype, but returns a copy.
    public func viewCopy(_ dtype: DType) -> Tensor { view(dtype).copied("View") }

    /// Like `narrow(_:_:_:)`, but returns a copy. PyTorch: `torch.narrow_copy`.
    public func narrowCopy(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
        if isVoid { return .void }
        guard self.dim > 0 else { return fail(.runtime, "narrow() cannot be applied to a 0-dim tensor.") }
        // PyTorch checks this operator's arguments in another order than `narrow`, and has other messages.
        guard dim < self.dim else {
            return fail(.runtime, "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.")
        }
        guard let d = wrap(dim) else { return .void }
        guard length >= 0 else {
            return fail(.runtime, "start (\(start)) + length (\(length)) exceeds dimension size (\(sizes[d])).")
        }
        let part = narrow(d, start, length)
        return (hasSparseForm ? part : part.clone(memoryFormat: .contiguous)).named("NarrowCopyBackward0")
    }
}

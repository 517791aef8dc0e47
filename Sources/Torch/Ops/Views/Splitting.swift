// Splits tensors into views.

extension Tensor {
    /// Splits the tensor into views of `size` indices; the last view may be smaller. PyTorch: `torch.split`.
    public func split(_ size: Int, dim: Int = 0) -> [Tensor] {
        let range = OperatorRange("aten::split", [self, nil, nil])
        defer { range.end() }
        if isVoid { return Tensor.voids() }
        guard self.dim > 0 else { return failPieces("split expects at least a 1-dimensional tensor") }
        guard size >= 0 else {
            return failPieces("split expects split_size be non-negative, but got split_size=\(size)")
        }
        guard let d = wrap(dim) else { return Tensor.voids() }
        let length = sizes[d]
        guard size > 0 || length == 0 else {
            return failPieces("split_size can only be 0 if dimension size is 0, but got dimension size of \(length)")
        }
        let count = size == 0 ? 1 : Swift.max(1, (length - 1) / size + 1)
        guard Tensor.checkViews(count) else { return Tensor.voids() }
        return pieces(d, (0..<count).map { ($0 * size, Swift.min(size, length - $0 * size)) }, "SplitBackward0")
    }

    /// Splits the tensor into views of the given lengths, whose sum is the dimension's size.
    /// PyTorch: `torch.split_with_sizes`.
    public func split(_ lengths: [Int], dim: Int = 0) -> [Tensor] {
        let range = OperatorRange("aten::split_with_sizes", [self, nil, nil])
        defer { range.end() }
        if isVoid { return Tensor.voids(lengths.count) }
        guard self.dim > 0 else {
            return failPieces("split_with_sizes expects at least a 1-dimensional tensor", lengths.count)
        }
        guard let d = wrap(dim) else { return Tensor.voids(lengths.count) }
        if lengths.contains(where: { $0 < 0 }) {
            return failPieces(
                "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=\(lengths)",
                lengths.count)
        }
        guard lengths.reduce(0, { $0.addingReportingOverflow($1).partialValue }) == sizes[d] else {
            return failPieces(
                "split_with_sizes expects split_sizes to sum exactly to \(sizes[d]) (input tensor's size at dimension \(d)), but got split_sizes=\(lengths)",
                lengths.count)
        }
        var start = 0
        return pieces(
            d,
            lengths.map { length in
                defer { start += length }
                return (start, length)
            }, "SplitWithSizesBackward0")
    }

    /// Splits the tensor into at most `chunks` views of equal size; the last view may be smaller.
    /// PyTorch: `torch.chunk`.
    public func chunk(_ chunks: Int, dim: Int = 0) -> [Tensor] {
        let range = OperatorRange("aten::chunk", [self, nil, nil])
        defer { range.end() }
        if isVoid { return Tensor.voids(chunks) }
        guard self.dim > 0 else { return failPieces("chunk expects at least a 1-dimensional tensor", chunks) }
        guard chunks > 0 else {
            return failPieces("chunk expects `chunks` to be greater than 0, got: \(chunks)", chunks)
        }
        guard let d = wrap(dim) else { return Tensor.voids(chunks) }
        let size = sizes[d] == 0 ? 0 : (sizes[d] - 1) / chunks + 1
        if size == 0, !Tensor.checkViews(chunks) { return Tensor.voids(chunks) }
        if size == 0 { return split([Int](repeating: 0, count: chunks), dim: d) }
        return split(size, dim: d)
    }

    /// Removes a dimension and returns one view for each of its indices. PyTorch: `torch.unbind`.
    public func unbind(dim: Int = 0) -> [Tensor] {
        let range = OperatorRange("aten::unbind", [self, nil])
        defer { range.end() }
        if isVoid { return Tensor.voids() }
        guard self.dim > 0 else {
            return failPieces("Dimension specified as \(dim) but tensor has no dimensions", kind: .index)
        }
        guard let d = wrap(dim), Tensor.checkViews(sizes[d]) else { return Tensor.voids() }
        return (0..<sizes[d]).map { i in
            view(as: layout.selected(d, i), "UnbindBackward0", .multipleOutputs) { [sizes] _, g in
                g.unsqueeze(d).embedded(in: sizes, dim: d, start: i, step: 1)
            }
        }
    }

    /// The largest number of views that an operator returns.
    static let maxViews = 1 << 24

    /// Whether an operator may return `count` views. Raises if it may not.
    static func checkViews(_ count: Int) -> Bool {
        if count > maxViews { raise(.runtime, "cannot create std::vector larger than max_size()") }
        return count <= maxViews
    }

    private func failPieces(_ message: String, _ count: Int = 1024, kind: TorchError.Kind = .runtime) -> [Tensor] {
        raise(kind, message)
        return Tensor.voids(count)
    }

    private func pieces(_ d: Int, _ ranges: [(start: Int, length: Int)], _ name: String) -> [Tensor] {
        ranges.map { start, length in
            view(as: layout.sliced(d, start: start, length: length), name, .multipleOutputs) { [sizes] _, g in
                g.embedded(in: sizes, dim: d, start: start, step: 1)
            }
        }
    }
}

// MARK: - Unsafe splits: autograd does not know that the results are views, so writing to them is at the caller's risk

extension Tensor {
    /// Like `split(_:dim:)`, but autograd does not know that the results are views. PyTorch: `torch.unsafe_split`.
    public func unsafeSplit(_ size: Int, dim: Int = 0) -> [Tensor] { split(size, dim: dim).map { $0.unlinked() } }
    /// Like `unsafeSplit(_:dim:)`, for a list of lengths. PyTorch: `torch.unsafe_split_with_sizes`.
    public func unsafeSplit(_ lengths: [Int], dim: Int = 0) -> [Tensor] {
        split(lengths, dim: dim).map { $0.unlinked() }
    }
    /// Like `chunk(_:dim:)`, but autograd does not know that the results are views. PyTorch: `torch.unsafe_chunk`.
    public func unsafeChunk(_ chunks: Int, dim: Int = 0) -> [Tensor] { chunk(chunks, dim: dim).map { $0.unlinked() } }

    private func unlinked() -> Tensor {
        base = nil
        viewKind = .ordinary
        return named("UnsafeSplitBackward0")
    }
}

// MARK: - tensor_split

extension Tensor {
    /// Splits the tensor into views of nearly equal size; if the sizes differ, the first views are longer by one.
    /// PyTorch: `torch.tensor_split`.
    /// - Precondition: `sections` > 0.
    public func tensorSplit(_ sections: Int, dim: Int = 0) -> [Tensor] {
        guard let d = splitDim(dim) else { return Tensor.voids(sections) }
        guard sections > 0 else {
            return failPieces("number of sections must be larger than 0, got \(sections)", sections)
        }
        guard Tensor.checkViews(sections) else { return Tensor.voids(sections) }
        let (length, longer) = sizes[d].quotientAndRemainder(dividingBy: sections)
        return (0..<sections).map { i in
            let start = i * length + Swift.min(i, longer)
            return slice(d, start, start + length + (i < longer ? 1 : 0))
        }
    }

    /// Splits the tensor at the given indices, with Python's rules for slices: one view ends at each index, and one
    /// begins at the last index. PyTorch: `torch.tensor_split`.
    public func tensorSplit(_ indices: [Int], dim: Int = 0) -> [Tensor] {
        guard let d = splitDim(dim) else { return Tensor.voids(indices.count + 1) }
        var start = 0
        return indices.map { end in
            defer { start = end }
            return slice(d, start, end)
        } + [slice(d, start)]
    }

    /// Like `tensorSplit(_:dim:)`, with the number of sections (0-dimensional) or the indices (1-dimensional) in a
    /// tensor.
    /// - Precondition: `indicesOrSections` is an int64 tensor of at most one dimension.
    public func tensorSplit(_ indicesOrSections: Tensor, dim: Int = 0) -> [Tensor] {
        if indicesOrSections.isVoid { return Tensor.voids() }
        guard indicesOrSections.dtype == .int64 else {
            return failPieces(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got \(indicesOrSections.dtype.scalarTypeName)"
            )
        }
        switch indicesOrSections.dim {
        case 0: return tensorSplit(indicesOrSections.item(as: Int.self), dim: dim)
        case 1: return tensorSplit(indicesOrSections.toArray(as: Int.self), dim: dim)
        default:
            return failPieces(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with \(indicesOrSections.dim) dims"
            )
        }
    }

    private func splitDim(_ dim: Int) -> Int? {
        if isVoid { return nil }
        guard self.dim > 0 else {
            raise(
                .runtime,
                "tensor_split expected at least a 1-dimensional tensor, but got a tensor with \(self.dim) dims")
            return nil
        }
        return wrap(dim)
    }

    /// Splits the tensor into `sections` equal views along dimension 1, or along dimension 0 if it is a vector.
    /// PyTorch: `torch.hsplit`.
    public func hsplit(_ sections: Int) -> [Tensor] { equalSplit(sections, "hsplit", atLeast: 1, dim == 1 ? 0 : 1) }
    /// Like `hsplit(_:)`, but splits at the given indices.
    public func hsplit(_ indices: [Int]) -> [Tensor] { indexSplit(indices, "hsplit", atLeast: 1, dim == 1 ? 0 : 1) }
    /// Splits the tensor into `sections` equal views along dimension 0. PyTorch: `torch.vsplit`.
    public func vsplit(_ sections: Int) -> [Tensor] { equalSplit(sections, "vsplit", atLeast: 2, 0) }
    /// Like `vsplit(_:)`, but splits at the given indices.
    public func vsplit(_ indices: [Int]) -> [Tensor] { indexSplit(indices, "vsplit", atLeast: 2, 0) }
    /// Splits the tensor into `sections` equal views along dimension 2. PyTorch: `torch.dsplit`.
    public func dsplit(_ sections: Int) -> [Tensor] { equalSplit(sections, "dsplit", atLeast: 3, 2) }
    /// Like `dsplit(_:)`, but splits at the given indices.
    public func dsplit(_ indices: [Int]) -> [Tensor] { indexSplit(indices, "dsplit", atLeast: 3, 2) }

    private func equalSplit(_ sections: Int, _ name: String, atLeast rank: Int, _ d: Int) -> [Tensor] {
        guard hasDimensions(rank, name) else { return Tensor.voids(sections) }
        guard sections != 0, sizes[d] % sections == 0 else {
            return failPieces(
                "torch.\(name) attempted to split along dimension \(d), but the size of the dimension \(sizes[d]) is not divisible by the split_size \(sections)!",
                sections)
        }
        return tensorSplit(sections, dim: d)
    }

    private func indexSplit(_ indices: [Int], _ name: String, atLeast rank: Int, _ d: Int) -> [Tensor] {
        hasDimensions(rank, name) ? tensorSplit(indices, dim: d) : Tensor.voids(indices.count + 1)
    }

    private func hasDimensions(_ rank: Int, _ name: String) -> Bool {
        if isVoid { return false }
        if dim >= rank { return true }
        raise(
            .runtime,
            "torch.\(name) requires a tensor with at least \(rank) dimension, but got a tensor with \(dim) dimensions!")
        return false
    }
}

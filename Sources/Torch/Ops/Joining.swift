// Putting tensors together and taking them apart.

/// Tensors one after the other along a dimension. PyTorch: `torch.cat`.
/// - Precondition: all sizes agree but that of `dim`; empty 1-dimensional tensors are passed over.
public func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    if tensors.contains(where: \.isVoid) { return .void }
    guard let first = tensors.first else { return fail(.runtime, "torch.cat(): expected a non-empty list of Tensors") }
    if let index = tensors.firstIndex(where: { $0.dim == 0 }) {
        return fail(.runtime, "zero-dimensional tensor (at position \(index)) cannot be concatenated")
    }
    let solid = tensors.filter { $0.sizes != [0] }
    let model = solid.first ?? first
    guard let d = wrapDim(dim, model.dim) else { return .void }
    var sizes = model.sizes
    sizes[d] = 0
    var dtype = tensors[0].dtype
    for (i, tensor) in tensors.enumerated() {
        dtype = promoteTypes(dtype, tensor.dtype)
        if tensor.sizes == [0] { continue }
        guard tensor.dim == model.dim else {
            return fail(.runtime, "Tensors must have same number of dimensions: got \(model.dim) and \(tensor.dim)")
        }
        for k in sizes.indices where k != d && tensor.sizes[k] != sizes[k] {
            return fail(.runtime, "Sizes of tensors must match except in dimension \(d). Expected size \(sizes[k]) but got size \(tensor.sizes[k]) for tensor number \(i) in the list.")
        }
        sizes[d] += tensor.sizes[d]
    }
    let result = Tensor.allocate(Layout(sizes), dtype)
    if result.isVoid { return result }
    var start = 0
    for tensor in solid where tensor.numel() > 0 {
        let region = result.layout.sliced(d, start: start, length: tensor.sizes[d])
        result.backend.copy(out: Strided(storage: result.storage, layout: region, dtype: dtype), tensor.strided)
        start += tensor.sizes[d]
    }
    let lengths = tensors.map { $0.sizes == [0] ? nil : $0.sizes[d] as Int? }
    return result.record("CatBackward0", inputs: tensors) { node, g in
        var start = 0
        return lengths.enumerated().map { i, length in
            guard let length else { return node.needs(i) ? Tensor.filled(0, [0], g.dtype) : nil }
            defer { start += length }
            return node.needs(i) ? g.narrow(d, start, length) : nil
        }
    }
}

/// Tensors of one shape along a new dimension. PyTorch: `torch.stack`.
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    guard let first = tensors.first else { return fail(.runtime, "stack expects a non-empty TensorList") }
    guard let d = wrapDim(dim, first.dim + 1) else { return .void }
    for (i, tensor) in tensors.enumerated() where tensor.sizes != first.sizes && !tensor.isVoid {
        return fail(.runtime, "stack expects each tensor to be equal size, but got \(first.sizes) at entry 0 and \(tensor.sizes) at entry \(i)")
    }
    return cat(tensors.map { $0.unsqueeze(d) }, dim: d)
}

extension Tensor {
    /// Views of at most `size` indices each. PyTorch: `torch.split`.
    public func split(_ size: Int, dim: Int = 0) -> [Tensor] {
        guard self.dim > 0 else { return [fail(.runtime, "split expects at least a 1-dimensional tensor")] }
        guard size >= 0 else { return [fail(.runtime, "split expects split_size be non-negative, but got split_size=\(size)")] }
        guard let d = wrap(dim) else { return [.void] }
        let length = sizes[d]
        guard size > 0 || length == 0 else {
            return [fail(.runtime, "split_size can only be 0 if dimension size is 0, but got dimension size of \(length)")]
        }
        let count = size == 0 ? 1 : Swift.max(1, (length - 1) / size + 1)
        return pieces(d, (0..<count).map { ($0 * size, Swift.min(size, length - $0 * size)) }, "SplitBackward0")
    }

    /// Views of the given lengths, which add up to the dimension's size. PyTorch: `torch.split_with_sizes`.
    public func split(_ lengths: [Int], dim: Int = 0) -> [Tensor] {
        guard self.dim > 0 else { return [fail(.runtime, "split_with_sizes expects at least a 1-dimensional tensor")] }
        guard let d = wrap(dim) else { return [.void] }
        if lengths.contains(where: { $0 < 0 }) {
            return [fail(.runtime, "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=\(lengths)")]
        }
        guard lengths.reduce(0, { $0.addingReportingOverflow($1).partialValue }) == sizes[d] else {
            return [fail(.runtime, "split_with_sizes expects split_sizes to sum exactly to \(sizes[d]) (input tensor's size at dimension \(d)), but got split_sizes=\(lengths)")]
        }
        var start = 0
        return pieces(d, lengths.map { length in
            defer { start += length }
            return (start, length)
        }, "SplitWithSizesBackward0")
    }

    /// At most `chunks` views of equal size, the last perhaps smaller. PyTorch: `torch.chunk`.
    public func chunk(_ chunks: Int, dim: Int = 0) -> [Tensor] {
        guard self.dim > 0 else { return [fail(.runtime, "chunk expects at least a 1-dimensional tensor")] }
        guard chunks > 0 else { return [fail(.runtime, "chunk expects `chunks` to be greater than 0, got: \(chunks)")] }
        guard let d = wrap(dim) else { return [.void] }
        let size = sizes[d] == 0 ? 0 : (sizes[d] - 1) / chunks + 1
        if size == 0 { return split([Int](repeating: 0, count: chunks), dim: d) }
        return split(size, dim: d)
    }

    /// One view for each index of a dimension, which goes away. PyTorch: `torch.unbind`.
    public func unbind(dim: Int = 0) -> [Tensor] {
        guard self.dim > 0 else { return [fail(.runtime, "Dimension specified as \(dim) but tensor has no dimensions")] }
        guard let d = wrap(dim) else { return [.void] }
        return (0..<sizes[d]).map { i in
            view(as: layout.selected(d, i), "UnbindBackward0", .multipleOutputs) { [sizes] _, g in
                g.unsqueeze(d).embedded(in: sizes, dim: d, start: i, step: 1)
            }
        }
    }

    private func pieces(_ d: Int, _ ranges: [(start: Int, length: Int)], _ name: String) -> [Tensor] {
        ranges.map { start, length in
            view(as: layout.sliced(d, start: start, length: length), name, .multipleOutputs) { [sizes] _, g in
                g.embedded(in: sizes, dim: d, start: start, step: 1)
            }
        }
    }

    /// The order of some dimensions reversed. PyTorch: `torch.flip`.
    public func flip(_ dims: [Int]) -> Tensor {
        if isVoid || dims.isEmpty { return isVoid ? self : clone() }
        guard let wrapped = wrapDims(dims, dim) else { return .void }
        var result: Tensor = noGrad { detach() }
        for d in wrapped where dim > 0 {
            let n = sizes[d]
            if n < 2 { continue }
            result = noGrad { result.indexSelect(dim: d, index: Tensor((0..<n).reversed().map { Int64($0) })) }
        }
        if result.storage === storage { result = noGrad { result.clone() } }
        return result.record("FlipBackward0", self) { _, g in g.flip(dims) }
    }

    /// Copies side by side: the dimension i repeated `sizes[i]` times. PyTorch: `Tensor.repeat`.
    public func `repeat`(_ repeats: [Int]) -> Tensor {
        if isVoid { return .void }
        guard repeats.count >= dim else {
            return fail(.runtime, "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
        }
        if let bad = repeats.first(where: { $0 < 0 }) { return fail(.runtime, "Trying to create tensor with negative dimension \(bad): \(repeats)") }
        let padded = [Int](repeating: 1, count: repeats.count - dim) + sizes
        // [r0, s0, r1, s1, …] expanded and merged.
        let split = padded.flatMap { [1, $0] }
        let target = zip(repeats, padded).flatMap { [$0, $1] }
        return reshape(split).expand(target).clone().contiguous().view(zip(repeats, padded).map { $0 * $1 })
    }

    public func `repeat`(_ repeats: Int...) -> Tensor { self.repeat(repeats) }

    /// As `repeat`, with missing leading factors taken as 1. PyTorch: `torch.tile`.
    public func tile(_ repeats: [Int]) -> Tensor {
        self.repeat([Int](repeating: 1, count: Swift.max(0, dim - repeats.count)) + repeats)
    }
}

// Joins tensors: `cat`, `stack` and their variants.

/// Concatenates tensors along a dimension. PyTorch: `torch.cat`.
/// - Parameters:
///   - tensors: at least one tensor. All sizes except that of `dim` are equal. Empty 1-dimensional tensors are skipped.
///   - dim: the dimension.
///   - out: the tensor that takes the result; nil for a new one.
public func cat(_ tensors: [Tensor], dim: Int = 0, out: Tensor? = nil) -> Tensor {
    if let cast = Autocast.widest(tensors) {
        return joined(tensors.map { cast($0) }, dim, "CatBackward0").written(to: out, name: "cat", read: tensors)
    }
    return joined(tensors, dim, "CatBackward0").written(to: out, name: "cat", read: tensors)
}
/// Like `cat(_:dim:)`. PyTorch: `torch.concat`, `torch.concatenate`.
public func concat(_ tensors: [Tensor], dim: Int = 0) -> Tensor { cat(tensors, dim: dim) }
/// Like `cat(_:dim:)`.
public func concatenate(_ tensors: [Tensor], dim: Int = 0) -> Tensor { cat(tensors, dim: dim) }

private func joined(_ tensors: [Tensor], _ dim: Int, _ name: @autoclosure () -> String) -> Tensor {
    if anyVoid(tensors) { return .void }
    guard let first = tensors.first else { return fail(.runtime, "torch.cat(): expected a non-empty list of Tensors") }
    if let index = tensors.firstIndex(where: { $0.dim == 0 }) {
        return fail(.runtime, "zero-dimensional tensor (at position \(index)) cannot be concatenated")
    }
    let solid = tensors.filter { $0.sizes != [0] }
    let model = solid.first ?? first
    guard let d = wrapDim(dim, model.dim) else { return .void }
    if tensors.contains(where: \.hasSparseForm) { return Tensor.sparseCat(tensors, d) }
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
            return fail(
                .runtime,
                "Sizes of tensors must match except in dimension \(d). Expected size \(sizes[k]) but got size \(tensor.sizes[k]) for tensor number \(i) in the list."
            )
        }
        let (sum, overflow) = sizes[d].addingReportingOverflow(tensor.sizes[d])
        sizes[d] = overflow ? Int.max : sum
    }
    guard let target = commonFormat(tensors).layout(sizes), let device = Tensor.commonDevice(tensors) else {
        return .void
    }
    let result = Tensor.allocate(target, dtype, device)
    if result.isVoid { return result }
    result.backend.cat(out: result.strided, solid.lazy.filter { $0.numel() > 0 }.map(\.strided), dim: d)
    let lengths = tensors.map { $0.sizes == [0] ? nil : $0.sizes[d] as Int? }
    return result.record(name(), inputs: tensors) { node, g in
        var start = 0
        return lengths.enumerated().map { i, length in
            guard let length else { return node.needs(i) ? Tensor.filled(0, [0], g.dtype, g.device) : nil }
            defer { start += length }
            return node.needs(i) ? g.narrow(d, start, length) : nil
        }
    }
}

/// Returns the memory format that all tensors share, or `.contiguous` if they differ.
private func commonFormat(_ tensors: [Tensor]) -> MemoryFormat {
    let format = tensors[0].layout.suggestedFormat
    return tensors.allSatisfy { $0.layout.suggestedFormat == format } ? format : .contiguous
}

/// Stacks tensors of equal shape along a new dimension. PyTorch: `torch.stack`.
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    let range = OperatorRange("aten::stack", [nil, nil])
    defer { range.end() }
    if let cast = Autocast.widest(tensors) { return cast.run { cast in stack(tensors.map { cast($0) }, dim: dim) } }
    guard let first = tensors.first else { return fail(.runtime, "stack expects a non-empty TensorList") }
    guard let d = wrapDim(dim, first.dim + 1) else { return .void }
    for (i, tensor) in tensors.enumerated() where tensor.sizes != first.sizes && !tensor.isVoid {
        return fail(
            .runtime,
            "stack expects each tensor to be equal size, but got \(first.sizes) at entry 0 and \(tensor.sizes) at entry \(i)"
        )
    }
    if anyVoid(tensors) { return .void }
    return noGrad { joined(tensors.map { $0.detach().unsqueeze(d) }, d, "") }.record("StackBackward0", inputs: tensors)
    { [count = tensors.count] node, g in
        (0..<count).map { node.needs($0) ? g.select(d, $0) : nil }
    }
}

/// Concatenates vectors along dimension 0, and tensors of more dimensions along dimension 1. PyTorch: `torch.hstack`.
public func hstack(_ tensors: [Tensor]) -> Tensor {
    guard let first = tensors.first else { return fail(.runtime, "hstack expects a non-empty TensorList") }
    return cat(atleast1d(tensors), dim: first.dim <= 1 ? 0 : 1)
}

/// Concatenates tensors along dimension 0; a vector counts as a row. PyTorch: `torch.vstack`, `torch.row_stack`.
public func vstack(_ tensors: [Tensor]) -> Tensor {
    tensors.isEmpty ? fail(.runtime, "vstack expects a non-empty TensorList") : cat(atleast2d(tensors), dim: 0)
}

/// Like `vstack(_:)`.
public func rowStack(_ tensors: [Tensor]) -> Tensor { vstack(tensors) }

/// Concatenates tensors along dimension 2; each tensor first gets at least three dimensions. PyTorch: `torch.dstack`.
public func dstack(_ tensors: [Tensor]) -> Tensor {
    tensors.isEmpty ? fail(.runtime, "dstack expects a non-empty TensorList") : cat(atleast3d(tensors), dim: 2)
}

/// Concatenates tensors along dimension 1; a vector counts as a column. PyTorch: `torch.column_stack`.
public func columnStack(_ tensors: [Tensor]) -> Tensor {
    tensors.isEmpty
        ? fail(.runtime, "column_stack expects a non-empty TensorList")
        : cat(tensors.map { $0.dim <= 1 ? $0.reshape([$0.numel(), 1]) : $0 }, dim: 1)
}

/// Places matrices along the diagonal of a larger matrix of zeros; a vector counts as a row.
/// PyTorch: `torch.block_diag`.
/// - Precondition: no tensor has more than two dimensions.
public func blockDiag(_ tensors: [Tensor]) -> Tensor {
    if anyVoid(tensors) { return .void }
    var type = ResultType()
    var blocks: [(row: Int, column: Int, rows: Int, columns: Int)] = []
    var rows = 0, columns = 0
    for (i, tensor) in tensors.enumerated() {
        guard tensor.dim <= 2 else {
            return fail(
                .runtime,
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input \(i) has \(tensor.dim) dimensions"
            )
        }
        type.add(tensor)
        let (height, width) = (tensor.dim == 2 ? tensor.sizes[0] : 1, tensor.sizes.last ?? 1)
        blocks.append((rows, columns, height, width))
        rows = rows &+ height
        columns = columns &+ width
        guard rows >= 0, columns >= 0 else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\([rows, columns])")
        }
    }
    let result = Tensor.zeros(
        tensors.isEmpty ? [1, 0] : [rows, columns], dtype: type.dtype, device: tensors.first?.device ?? .default)
    if result.isVoid { return result }
    for (tensor, block) in zip(tensors, blocks) {
        let region = result.layout.sliced(0, start: block.row, length: block.rows).sliced(
            1, start: block.column, length: block.columns)
        let source = tensor.strided(tensor.layout.viewed([block.rows, block.columns]) ?? tensor.layout)
        result.backend.copy(out: Strided(storage: result.storage, layout: region, dtype: result.dtype), source)
    }
    let shapes = tensors.map(\.sizes)
    return result.record("BlockDiagBackward0", inputs: tensors) { node, g in
        blocks.indices.map { i in
            let b = blocks[i]
            return node.needs(i) ? g.narrow(0, b.row, b.rows).narrow(1, b.column, b.columns).reshape(shapes[i]) : nil
        }
    }
}

/// Like `blockDiag(_:)`, for a list of tensors.
public func blockDiag(_ tensors: Tensor...) -> Tensor { blockDiag(tensors) }

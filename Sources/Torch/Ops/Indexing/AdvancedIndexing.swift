import CTorchKernels

// Indexing by tensors: the operators behind `a[i, j]` if i or j is a tensor. The result is a copy.

/// Index tensors, prepared for one tensor: masks are replaced by coordinates, all indices broadcast together, and the
/// sizes of the result are known.
struct AdvancedIndex {
    /// One contiguous int64 index per dimension; nil takes the whole dimension.
    let indices: [Tensor?]
    /// The sizes of the result. If the indexed dimensions are adjacent, the sizes of the broadcast indices replace
    /// them; else the sizes of the indices come first.
    let sizes: [Int]
    /// The indexed tensor's strides over `sizes`; 0 along the dimensions of the indices.
    private let strides: [Int]
    private let operands: [IndexOperand]
    private let source: Layout
    /// The layouts of the indices over `sizes`. They determine the result's strides, as in PyTorch.
    private let views: [Layout]

    /// Raises and returns nil if the indices do not fit the tensor.
    init?(_ given: [Tensor?], of tensor: Tensor) {
        if tensor.isVoid || given.contains(where: { $0?.isVoid == true }) { return nil }
        guard !given.isEmpty else {
            raise(.index, "at least one index must be provided")
            return nil
        }
        guard var indices = AdvancedIndex.withoutMasks(given, tensor.sizes, tensor.device),
            !anyVoid(indices.compactMap { $0 })
        else { return nil }
        guard indices.count <= tensor.dim else {
            raise(.index, "too many indices for tensor of dimension \(tensor.dim)")
            return nil
        }
        indices += [Tensor?](repeating: nil, count: tensor.dim - indices.count)
        let positions = indices.indices.filter { indices[$0] != nil }
        guard positions.count <= 64 else {
            raise(.runtime, "only tensors with up to 64 dims are supported")
            return nil
        }
        var shape: [Int] = []
        for d in positions {
            guard let both = Layout.broadcast(shape, indices[d]!.sizes) else {
                let shapes = positions.map { "\(indices[$0]!.sizes)" }.joined(separator: ", ")
                raise(.index, "shape mismatch: indexing tensors could not be broadcast together with shapes \(shapes)")
                return nil
            }
            shape = both
        }
        let rest = indices.indices.filter { indices[$0] == nil }
        let first = positions.first ?? 0
        let isBlock = positions.isEmpty || positions.last! - first == positions.count - 1
        let lead = isBlock ? first : 0
        let layout = tensor.layout
        if !shape.contains(0), positions.contains(where: { layout.sizes[$0] == 0 }) {
            raise(.index, "index is out of bounds for dimension with size 0")
            return nil
        }
        self.indices = indices
        source = layout
        let sizes = rest[..<lead].map { layout.sizes[$0] } + shape + rest[lead...].map { layout.sizes[$0] }
        self.sizes = sizes
        strides =
            rest[..<lead].map { layout.strides[$0] } + shape.map { _ in 0 } + rest[lead...].map { layout.strides[$0] }
        let before = [Int](repeating: 0, count: lead), after = [Int](repeating: 0, count: rest.count - lead)
        operands = positions.map { d in
            let index = indices[d]!
            return IndexOperand(
                index: index.indexMemory, strides: before + index.layout.expanded(shape)!.strides + after,
                size: layout.sizes[d], step: layout.strides[d])
        }
        let (onesBefore, onesAfter) = (before.map { _ in 1 }, after.map { _ in 1 })
        views = positions.compactMap {
            indices[$0]!.layout.expanded(shape)!.viewed(onesBefore + shape + onesAfter)?.expanded(sizes)
        }
    }

    /// Replaces each mask by one index for each of its dimensions: the coordinates of its true elements.
    private static func withoutMasks(_ given: [Tensor?], _ sizes: [Int], _ device: Device) -> [Tensor?]? {
        var result: [Tensor?] = []
        for given in given {
            guard let given else {
                result.append(nil)
                continue
            }
            // Those of the CPU go with tensors of all devices.
            let index = given.isOnHost && device.kind == .cuda ? noGrad { given.detach().to(device) } : given
            switch index.dtype {
            case .int64, .int32: result.append(noGrad { index.detach().to(.int64).contiguous() })
            case .bool, .uint8:
                guard fits(index, sizes, at: result.count) else { return nil }
                let coordinates = index.nonzeroCoordinates()
                if coordinates.isVoid { return nil }
                result += (0..<index.dim).map { coordinates.alias(coordinates.layout.selected(0, $0)) }
            default:
                raise(.index, "tensors used as indices must be long, int, byte or bool tensors")
                return nil
            }
        }
        return result
    }

    /// Returns whether a mask has the sizes of the tensor's dimensions from `dim` on; raises if not.
    private static func fits(_ mask: Tensor, _ sizes: [Int], at dim: Int) -> Bool {
        for (j, size) in mask.sizes.enumerated() {
            guard dim + j < sizes.count else {
                raise(.index, "too many indices for tensor of dimension \(sizes.count)")
                return false
            }
            guard size == sizes[dim + j] else {
                raise(
                    .index,
                    "The shape of the mask \(mask.sizes) at index \(j) does not match the shape of the indexed tensor \(sizes) at index \(dim + j)"
                )
                return false
            }
        }
        return true
    }

    /// Returns the mask if it is the only index, else nil. Dimensions of size 1 are added behind the mask's own, so
    /// that it broadcasts to the tensor.
    static func onlyMask(_ given: [Tensor?], of tensor: Tensor) -> Tensor? {
        let masks = given.compactMap { $0 }
        guard masks.count == 1, masks[0].dtype == .bool || masks[0].dtype == .uint8, !masks[0].isVoid,
            let lead = given.firstIndex(where: { $0 != nil }),
            fits(masks[0], tensor.sizes, at: lead)
        else { return nil }
        let moved = masks[0].isOnHost && tensor.isCUDA, device = moved ? tensor.device : masks[0].device
        let mask = noGrad { masks[0].detach().to(device).to(.bool) }
        return noGrad { mask.reshape(mask.sizes + [Int](repeating: 1, count: tensor.dim - lead - mask.dim)) }
    }

    private func indexed(_ tensor: Tensor) -> Strided {
        tensor.strided(Layout(sizes, strides: strides, offset: tensor.layout.offset))
    }

    /// Returns the tensor's elements at the indices, without recording an operation.
    func read(_ tensor: Tensor) -> Tensor {
        let input = indexed(tensor)
        let result = Tensor.allocate(
            IterationOrder.resultLayout(sizes, [input.layout] + views), tensor.dtype, tensor.device)
        if result.isVoid || result.numel() == 0 { return result }
        // Without index tensors, this is a plain copy.
        if operands.isEmpty {
            tensor.backend.copy(out: result.strided, input)
            return result
        }
        guard tensor.backend.indexGet(out: result.strided, input, operands, wraps: true) else {
            return fail(.index, outOfRange)
        }
        return result
    }

    /// Writes `values`, or adds them if `accumulate` is true, at the indices of a tensor. `values` broadcasts to
    /// `sizes`. The tensor must have the layout for which this index was made. Raises and returns false if an index is
    /// out of range or the dtype is not supported.
    @discardableResult
    func write(_ values: Tensor, to tensor: Tensor, accumulate: Bool) -> Bool {
        guard tensor.supportsKernel("index_put", float8: true) else { return false }
        guard let layout = values.layout.expanded(sizes), layout.count > 0 else { return true }
        let from = values.storage === tensor.storage ? values.contiguousCopy() : values
        let source = from.strided(from === values ? layout : from.layout.expanded(sizes)!)
        if operands.isEmpty {
            let out = indexed(tensor)
            if accumulate {
                _ = tensor.backend.pointwise(.add, compute: tensor.dtype, out: out, [out, source])
            } else {
                tensor.backend.copy(out: out, source)
            }
            return true
        }
        var own = operands
        for i in own.indices where own[i].index.strided.storage === tensor.storage {
            own[i].index = Tensor(own[i].index.strided).contiguousCopy().indexMemory
        }
        if tensor.backend.indexPut(accumulate ? .add : .set, out: indexed(tensor), source, own, wraps: true) {
            return true
        }
        raise(.index, outOfRange)
        return false
    }

    /// The error message for the first index that is out of range. As in PyTorch, its "dimension" counts only the index
    /// tensors.
    private var outOfRange: String {
        for (k, d) in indices.indices.filter({ indices[$0] != nil }).enumerated() {
            let size = source.sizes[d]
            if let bad = indices[d]!.firstOutside(-size..<size) {
                return "index \(bad) is out of bounds for dimension \(k) with size \(size)"
            }
        }
        return "index out of range"
    }
}

extension Tensor {
    /// Returns the first number of this contiguous int64 tensor that is outside the range.
    func firstOutside(_ range: Range<Int>) -> Int64? {
        guard isOnHost else { return nil }
        return withUnsafeElements(as: Int64.self) { $0.first { !range.contains(Int($0)) } }
    }

    /// Returns the elements at index tensors, one for each dimension; nil takes the whole dimension. A subscript with
    /// tensors gives the same result. Indices of integers broadcast together and may be negative. A mask (bool or
    /// uint8) covers as many dimensions as it has. PyTorch: `torch.ops.aten.index`.
    public func index(_ indices: [Tensor?]) -> Tensor {
        if indices.count == 1, let mask = indices[0], mask.dtype == .bool, dim > 0, mask.sizes == sizes {
            return maskedSelect(mask)
        }
        guard let plan = AdvancedIndex(indices, of: self) else { return .void }
        return plan.read(self).record("IndexBackward0", self, saved: plan.indices.compactMap { $0 }) {
            [sizes, isIndexed = plan.indices.map { $0 != nil }] node, g in
            Tensor.filled(0, sizes, g.dtype, g.device).indexPut(node.savedIndices(isIndexed), g, accumulate: true)
        }
    }

    /// Returns a copy with `values` written at index tensors, or added in order if `accumulate` is true. `values`
    /// broadcasts to the indexed elements. The indices are as for `index(_:)`. PyTorch: `torch.index_put`.
    public func indexPut(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
        if let cast = Autocast.widestOnCUDA([self, values]) {
            return cast.run { $0(self).indexPut(indices, $0(values), accumulate: accumulate) }
        }
        if anyVoid(self, values) { return .void }
        if let mask = fillMask(indices, values, accumulate) { return maskedFill(mask, values.reshape([])) }
        guard let plan = AdvancedIndex(indices, of: self), checkPut(values, plan) else { return .void }
        let result: Tensor = noGrad { detach().clone() }
        guard let own = AdvancedIndex(plan.indices, of: result), own.write(values, to: result, accumulate: accumulate)
        else { return .void }
        return result.record("IndexPutBackward0", self, values, saved: plan.indices.compactMap { $0 }) {
            [isIndexed = plan.indices.map { $0 != nil }] node, g in
            let indices = node.savedIndices(isIndexed)
            let kept = accumulate || !node.needs(0) ? g : g.indexPut(indices, Tensor.filled(0, [], g.dtype, g.device))
            return [kept, node.needs(1) ? g.index(indices) : nil]
        }
    }

    /// Like `indexPut(_:_:accumulate:)`, in place. PyTorch: `Tensor.index_put_`.
    @discardableResult
    public func indexPut_(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
        if anyVoid(self, values) { return .void }
        if let mask = fillMask(indices, values, accumulate) { return maskedFill_(mask, values.reshape([])) }
        guard let plan = AdvancedIndex(indices, of: self), checkPut(values, plan) else { return .void }
        return inPlace(
            [values], overlapping: true, direct: { plan.write(values, to: $0, accumulate: accumulate) },
            recorded: { $0.indexPut(plan.indices, values, accumulate: accumulate) })
    }

    /// Returns the mask, broadcastable to this tensor, if the operation only fills it with one number; else nil.
    private func fillMask(_ indices: [Tensor?], _ values: Tensor, _ accumulate: Bool) -> Tensor? {
        accumulate || values.numel() != 1 ? nil : AdvancedIndex.onlyMask(indices, of: self)
    }

    private func checkPut(_ values: Tensor, _ plan: AdvancedIndex) -> Bool {
        guard dtype == values.dtype else {
            raise(
                .runtime,
                "Index put requires the source and destination dtypes match, got \(dtype.scalarTypeName) for the destination and \(values.dtype.scalarTypeName) for the source."
            )
            return false
        }
        guard values.layout.expanded(plan.sizes) != nil else {
            raise(
                .runtime,
                "shape mismatch: value tensor of shape \(values.sizes) cannot be broadcast to indexing result of shape \(plan.sizes)"
            )
            return false
        }
        return true
    }
}

extension OperatorNode {
    /// Returns the saved index tensors at the dimensions that they index, and nil at the others.
    fileprivate func savedIndices(_ isIndexed: [Bool]) -> [Tensor?] {
        var next = -1
        return isIndexed.map { used in
            if !used { return nil }
            next += 1
            return saved(next)
        }
    }
}

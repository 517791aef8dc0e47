// Copies, casts, fills.

extension Tensor {
    /// The same elements in fresh row-major memory, outside the tape.
    func contiguousCopy() -> Tensor {
        let result = Tensor.allocate(Layout(sizes), dtype)
        if result.isVoid || isVoid { return .void }
        backend.copy(out: result.strided, strided)
        return result
    }

    /// A copy, with the same strides where they are dense. PyTorch: `torch.clone`.
    public func clone() -> Tensor {
        if isVoid { return .void }
        let result = Tensor.allocate(preservedLayout, dtype)
        if result.isVoid { return result }
        backend.copy(out: result.strided, strided)
        return result.record("CloneBackward0", self) { _, g in g }
    }

    /// The layout of a copy under PyTorch's preserve_format.
    var preservedLayout: Layout {
        if layout.isContiguous { return Layout(sizes) }
        return layout.isDense ? Layout(sizes, strides: layout.strides, offset: 0) : IterationOrder.resultLayout(sizes, [layout])
    }

    /// This tensor itself where its elements lie in row-major order, else a copy in which they do. PyTorch: `Tensor.contiguous`.
    public func contiguous() -> Tensor {
        if layout.isContiguous || isVoid { return self }
        return contiguousCopy().record("CloneBackward0", self) { _, g in g }
    }

    /// The tensor in another dtype; itself where it has it already, unless `copy`. PyTorch: `Tensor.to`.
    public func to(_ dtype: DType, copy: Bool = false) -> Tensor {
        if isVoid { return .void }
        if dtype == self.dtype { return copy ? clone() : self }
        let result = Tensor.allocate(preservedLayout, dtype)
        if result.isVoid { return result }
        backend.copy(out: result.strided, strided)
        return result.record("ToCopyBackward0", self) { _, g in g }
    }

    /// The tensor on another device; itself where it is there already.
    public func to(_ device: Device) -> Tensor {
        if device == self.device || isVoid { return self }
        return fail(.runtime, Tensor.unavailable(device))
    }

    public func to(_ device: Device, _ dtype: DType) -> Tensor { to(device).to(dtype) }
    /// As `other` has it. PyTorch: `Tensor.to(other)`.
    public func to(_ other: Tensor) -> Tensor { to(other.device).to(other.dtype) }
    public func cpu() -> Tensor { to(.cpu) }
    public func cuda() -> Tensor { to(.cuda) }
    /// PyTorch: `Tensor.type(dtype)`.
    public func type(_ dtype: DType) -> Tensor { to(dtype) }
    public func typeAs(_ other: Tensor) -> Tensor { to(other.dtype) }
    public func float() -> Tensor { to(.float32) }
    public func double() -> Tensor { to(.float64) }
    public func half() -> Tensor { to(.float16) }
    public func bfloat16() -> Tensor { to(.bfloat16) }
    public func long() -> Tensor { to(.int64) }
    public func int() -> Tensor { to(.int32) }
    public func short() -> Tensor { to(.int16) }
    public func char() -> Tensor { to(.int8) }
    public func byte() -> Tensor { to(.uint8) }
    public func bool() -> Tensor { to(.bool) }

    /// Takes over the elements of `source`, broadcast and converted. PyTorch: `Tensor.copy_`.
    @discardableResult
    public func copy_(_ source: Tensor) -> Tensor {
        guard source.isVoid || source.layout.expanded(sizes) != nil else {
            return fail(.runtime, Pointwise.broadcastMismatch(sizes, source.sizes))
        }
        return inPlace([source], direct: { out in
            let from = source.storage === out.storage ? source.contiguousCopy() : source
            out.backend.copy(out: out.strided, from.strided)
        }, recorded: { old in
            // The old value does not count: its gradient is nothing.
            let value = Tensor.allocate(Layout(old.sizes), old.dtype)
            if value.isVoid { return value }
            old.backend.copy(out: value.strided, source.strided)
            return value.record("CopyBackwards", old, source) { node, g in [node.needs(0) ? Tensor.zerosLike(g) : nil, g] }
        })
    }

    /// Sets every element. PyTorch: `Tensor.fill_`.
    @discardableResult
    public func fill_(_ value: some ScalarConvertible) -> Tensor {
        inPlace(direct: { $0.backend.fill(out: $0.strided, value.scalar) }, recorded: { old in
            Tensor.filled(value.scalar, old.sizes, old.dtype).record("FillBackward0", old) { _, g in Tensor.zerosLike(g) }
        })
    }

    /// PyTorch: `Tensor.zero_`.
    @discardableResult
    public func zero_() -> Tensor { fill_(0) }

    /// self += other for the engine's own sums: same sizes, nobody else looks.
    func accumulateInPlace(_ other: Tensor) {
        _ = Pointwise.general(.add, [self, other], .common, out: self, name: "add_")
        bumpVersion()
    }

    /// A fresh tensor of one number; sizes and dtype come from a tensor that exists.
    static func filled(_ value: Scalar, _ sizes: [Int], _ dtype: DType) -> Tensor {
        let result = Tensor.allocate(Layout(sizes), dtype)
        if result.isVoid { return result }
        result.backend.fill(out: result.strided, value)
        return result
    }
}

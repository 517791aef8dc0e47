import CTorchKernels

// Selecting and writing elements with a mask.

extension Tensor {
    /// Returns a copy with `value` in the elements where the mask is true. The mask is broadcast.
    /// PyTorch: `torch.masked_fill`.
    public func maskedFill(_ mask: Tensor, _ value: some TensorOperand) -> Tensor {
        let value = value.operand
        guard checkFill(mask, value) else { return .void }
        return Pointwise.general(.maskedFill, [self, mask, value], .common, compute: dtype, name: "masked_fill")
            .record("MaskedFillBackward\(value.isNumber ? 0 : 1)", inputs: [self, mask, value], saved: [mask]) {
                node, g in
                [
                    node.needs(0) ? g.maskedFill(node.saved(0), 0) : nil, nil,
                    node.needs(2) ? Torch.where(node.saved(0), g, 0).sum() : nil
                ]
            }
    }

    /// Like `maskedFill(_:_:)`, in place. PyTorch: `Tensor.masked_fill_`.
    @discardableResult
    public func maskedFill_(_ mask: Tensor, _ value: some TensorOperand) -> Tensor {
        let value = value.operand
        guard checkFill(mask, value) else { return .void }
        return inPlace(
            [mask, value], overlapping: true,
            direct: { out in
                if out.layout.overlapsItself { return out.fillShared(mask, value) }
                _ = Pointwise.general(
                    .maskedFill, [out, mask, value], .common, compute: out.dtype, out: out, name: "masked_fill_")
            }, recorded: { $0.maskedFill(mask, value) })
    }

    /// Like `maskedFill` of any operand. Swift finds the type of `-.infinity` and `.nan` here.
    public func maskedFill(_ mask: Tensor, _ value: Double) -> Tensor { maskedFill(mask, Scalar.double(value)) }

    /// Like `maskedFill_` of any operand. Swift finds the type of `-.infinity` and `.nan` here.
    @discardableResult
    public func maskedFill_(_ mask: Tensor, _ value: Double) -> Tensor { maskedFill_(mask, Scalar.double(value)) }

    /// Fills a tensor in which several indices share an element. The element is written if the mask is true at one of
    /// these indices.
    private func fillShared(_ mask: Tensor, _ value: Tensor) {
        let chosen: Tensor = noGrad { mask.detach().expand(sizes) }
        AdvancedIndex([chosen], of: self)?.write(noGrad { value.detach().to(dtype) }, to: self, accumulate: false)
    }

    private func checkFill(_ mask: Tensor, _ value: Tensor) -> Bool {
        if anyVoid(self, mask, value) { return false }
        guard mask.dtype == .bool else {
            raise(.runtime, "masked_fill_ only supports boolean masks, but got mask with dtype \(mask.dtype.cName)")
            return false
        }
        guard value.dim == 0 else {
            raise(
                .runtime,
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.dim) dimension(s)."
            )
            return false
        }
        guard supportsKernel("masked_fill") else { return false }
        return !value.hasElements || value.itemScalar().checkFits(dtype)
    }

    /// Returns the elements where the mask is true as a vector, in row-major order. Tensor and mask are broadcast
    /// together. PyTorch: `torch.masked_select`.
    public func maskedSelect(_ mask: Tensor, out: Tensor? = nil) -> Tensor {
        if anyVoid(self, mask) { return .void }
        guard mask.dtype == .bool else { return fail(.runtime, "masked_select: expected BoolTensor for mask") }
        guard let sizes = Layout.broadcast(self.sizes, mask.sizes) else {
            return fail(.runtime, Pointwise.broadcastMismatch(mask.sizes, self.sizes))
        }
        guard supportsKernel("masked_select", float8: true) else { return .void }
        let (input, chosen): (Tensor, Tensor) = noGrad {
            (detach().expand(sizes).contiguous(), mask.detach().expand(sizes).contiguous())
        }
        if anyVoid(input, chosen) { return .void }
        guard let found = backend.maskedSelect(input.dense, mask: chosen.dense) else {
            return fail(
                .runtime, "DefaultCPUAllocator: can't allocate memory for what is chosen of \(input.numel()) elements")
        }
        return Tensor(found).record("MaskedSelectBackward0", self, saved: [mask]) { node, g in
            Tensor.filled(0, sizes, g.dtype, g.device).maskedScatter(node.saved(0), g)
        }.written(to: out, name: "masked_select", read: [self, mask])
    }

    /// Returns a copy with the elements of `source` written, in order, where the mask is true. Tensor and mask are
    /// broadcast together. PyTorch: `torch.masked_scatter`.
    /// - Precondition: `source` has this tensor's dtype, and at least as many elements as the mask has true ones.
    public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
        guard checkScatter(mask, source) else { return .void }
        guard let sizes = Layout.broadcast(self.sizes, mask.sizes) else {
            return fail(.runtime, Pointwise.broadcastMismatch(mask.sizes, self.sizes))
        }
        let result: Tensor = noGrad { detach().expand(sizes).contiguousCopy() }
        guard !result.isVoid, result.writeMasked(mask, source) else { return .void }
        return result.record("MaskedScatterBackward0", self, source, saved: [mask]) {
            [form = source.sizes, count = source.numel()] node, g in
            var chosen: Tensor?
            if node.needs(1) {
                let picked = g.maskedSelect(node.saved(0))
                chosen = cat([picked, Tensor.filled(0, [count - picked.numel()], g.dtype, g.device)]).view(form)
            }
            return [node.needs(0) ? g.maskedFill(node.saved(0), 0) : nil, chosen]
        }
    }

    /// Like `maskedScatter(_:_:)`, in place. PyTorch: `Tensor.masked_scatter_`.
    @discardableResult
    public func maskedScatter_(_ mask: Tensor, _ source: Tensor) -> Tensor {
        guard checkScatter(mask, source) else { return .void }
        guard mask.layout.expanded(sizes) != nil else {
            return fail(.runtime, Pointwise.broadcastMismatch(mask.sizes, sizes))
        }
        return inPlace(
            [mask, source],
            direct: { out in
                if out.isContiguous() { return _ = out.writeMasked(mask, source) }
                let dense = out.contiguousCopy()
                if dense.writeMasked(mask, source) { out.backend.copy(out: out.strided, dense.strided) }
            }, recorded: { $0.maskedScatter(mask, source) })
    }

    private func checkScatter(_ mask: Tensor, _ source: Tensor) -> Bool {
        if anyVoid(self, mask, source) { return false }
        guard mask.dtype == .bool else {
            raise(
                .runtime,
                "masked_scatter_ only supports boolean masks, but got mask with dtype \(mask.dtype.scalarTypeName)")
            return false
        }
        guard dtype == source.dtype else {
            raise(
                .runtime,
                "masked_scatter: expected self and source to have same dtypes but got \(dtype.scalarTypeName) and \(source.dtype.scalarTypeName)"
            )
            return false
        }
        guard supportsKernel("masked_scatter") else { return false }
        return true
    }

    /// Writes `source` into this contiguous tensor. Raises and returns false if `source` is too short.
    private func writeMasked(_ mask: Tensor, _ source: Tensor) -> Bool {
        let (chosen, from): (Tensor, Tensor) = noGrad {
            (
                mask.detach().expand(sizes).contiguous(),
                source.storage === storage ? source.contiguousCopy() : source.detach().contiguous()
            )
        }
        if anyVoid(chosen, from) { return false }
        if backend.maskedScatter(out: dense, mask: chosen.dense, source: from.dense) { return true }
        raise(.runtime, "Number of elements of source < number of ones in mask")
        return false
    }
}

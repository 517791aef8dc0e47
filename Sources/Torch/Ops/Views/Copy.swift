// Copies, casts, fills.

extension Tensor {
    /// The same elements in fresh row-major memory, outside the tape.
    func contiguousCopy() -> Tensor {
        let result = Tensor.allocate(Layout(sizes), dtype)
        if anyVoid(result, self) { return .void }
        backend.copy(out: result.strided, strided)
        return result
    }

    /// A copy, with the same strides where they are dense. PyTorch: `torch.clone`.
    public func clone(memoryFormat: MemoryFormat = .preserve) -> Tensor {
        converted(dtype, memoryFormat, "CloneBackward0")
    }

    /// A copy in another dtype or the same.
    private func converted(_ dtype: DType, _ format: MemoryFormat, _ name: @autoclosure () -> String) -> Tensor {
        guard !isVoid, let target = layout.copied(format) else { return .void }
        let result = Tensor.allocate(target, dtype)
        if result.isVoid { return result }
        backend.copy(out: result.strided, strided)
        return result.record(name(), self) { _, g in g }
    }

    /// This tensor itself where its elements lie in the order asked for, else a copy in which they do. PyTorch:
    /// `Tensor.contiguous`.
    public func contiguous(memoryFormat: MemoryFormat = .contiguous) -> Tensor {
        if memoryFormat == .contiguous, layout.isContiguous || isVoid { return self }
        guard memoryFormat != .preserve else {
            return fail(.runtime, "preserve memory format is unsupported by the contiguous operator")
        }
        return isContiguous(memoryFormat: memoryFormat) ? self : clone(memoryFormat: memoryFormat)
    }

    /// The tensor in another dtype and memory format; itself where it has both already, unless `copy`. PyTorch:
    /// `Tensor.to`.
    public func to(_ dtype: DType, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        if isVoid { return .void }
        if dtype == self.dtype, !copy, memoryFormat == .preserve || memoryFormat == layout.suggestedFormat {
            return self
        }
        if self.dtype.isComplex, !dtype.isComplex, dtype != .bool {
            warn("Casting complex values to real discards the imaginary part")
        }
        return converted(dtype, memoryFormat, "ToCopyBackward0")
    }

    /// The tensor in a memory format: `x.to(memoryFormat: .channelsLast)`.
    public func to(memoryFormat: MemoryFormat, copy: Bool = false) -> Tensor {
        to(dtype, copy: copy, memoryFormat: memoryFormat)
    }

    /// The tensor on another device; itself where it is there already, unless `copy`.
    public func to(_ device: Device, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        to(device, dtype, copy: copy, memoryFormat: memoryFormat)
    }

    public func to(
        _ device: Device, _ dtype: DType, copy: Bool = false, memoryFormat: MemoryFormat = .preserve
    ) -> Tensor {
        guard device == self.device || isVoid else { return fail(.runtime, Tensor.unavailable(device)) }
        return to(dtype, copy: copy, memoryFormat: memoryFormat)
    }

    /// As `other` has it. PyTorch: `Tensor.to(other)`.
    public func to(_ other: Tensor, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        to(other.device, other.dtype, copy: copy, memoryFormat: memoryFormat)
    }

    public func cpu(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.cpu, memoryFormat: memoryFormat) }
    public func cuda(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.cuda, memoryFormat: memoryFormat) }
    /// PyTorch: `Tensor.type(dtype)`.
    public func type(_ dtype: DType) -> Tensor { to(dtype) }
    public func typeAs(_ other: Tensor) -> Tensor { to(other.dtype) }
    public func float(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.float32, memoryFormat: memoryFormat) }
    public func double(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.float64, memoryFormat: memoryFormat) }
    public func half(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.float16, memoryFormat: memoryFormat) }
    public func bfloat16(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.bfloat16, memoryFormat: memoryFormat) }
    public func long(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int64, memoryFormat: memoryFormat) }
    public func int(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int32, memoryFormat: memoryFormat) }
    public func short(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int16, memoryFormat: memoryFormat) }
    public func char(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int8, memoryFormat: memoryFormat) }
    public func byte(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.uint8, memoryFormat: memoryFormat) }
    public func bool(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.bool, memoryFormat: memoryFormat) }

    /// Takes over the elements of `source`, broadcast and converted. PyTorch: `Tensor.copy_`.
    @discardableResult
    public func copy_(_ source: Tensor) -> Tensor {
        guard source.isVoid || source.layout.expanded(sizes) != nil else {
            return fail(.runtime, Pointwise.broadcastMismatch(sizes, source.sizes))
        }
        return inPlace(
            [source],
            direct: { out in
                let from = source.storage === out.storage ? source.contiguousCopy() : source
                out.backend.copy(out: out.strided, from.strided)
            },
            recorded: { old in
                // The old value does not count: its gradient is nothing.
                let value = Tensor.allocate(Layout(old.sizes), old.dtype)
                if value.isVoid { return value }
                old.backend.copy(out: value.strided, source.strided)
                return value.record("CopyBackwards", old, source) { node, g in
                    [node.needs(0) ? Tensor.zerosLike(g) : nil, g]
                }
            })
    }

    /// Sets every element. PyTorch: `Tensor.fill_`.
    @discardableResult
    public func fill_(_ value: some ScalarConvertible) -> Tensor {
        guard value.scalar.checkFits(dtype) else { return .void }
        return inPlace(
            overlapping: true, direct: { $0.backend.fill(out: $0.strided, value.scalar) },
            recorded: { old in
                Tensor.filled(value.scalar, old.sizes, old.dtype).record("FillBackward0", old) { _, g in
                    Tensor.zerosLike(g)
                }
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

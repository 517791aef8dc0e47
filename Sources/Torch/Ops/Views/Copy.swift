// Copies, casts and fills.

extension Tensor: TapeOperators {}

extension Tensor {
    /// Returns a row-major copy. Autograd does not record it.
    func contiguousCopy() -> Tensor {
        if hasSparseForm { return noGrad { detach().sparseCopy(dtype, device, "") } }
        let result = Tensor.allocate(Layout(sizes), dtype, device)
        if anyVoid(result, self) { return .void }
        copyElements(to: result)
        return result
    }

    /// Returns a copy; `.preserve` keeps the strides if they are dense. PyTorch: `torch.clone`.
    public func clone(memoryFormat: MemoryFormat = .preserve) -> Tensor {
        let range = OperatorRange("aten::clone", [self, nil])
        defer { range.end() }
        return converted(dtype, memoryFormat, "CloneBackward0")
    }

    /// Returns a copy in the given dtype and memory format.
    private func converted(
        _ dtype: DType, _ format: MemoryFormat, _ name: @autoclosure () -> String, _ device: Device? = nil,
        nonBlocking: Bool = false
    ) -> Tensor {
        if hasSparseForm { return sparseCopy(dtype, device ?? self.device, name()) }
        guard !isVoid, let target = layout.copied(format) else { return .void }
        // As in PyTorch, what a copy to the host only begins to fill is pinned.
        let isLater = nonBlocking && device?.kind == .cpu && self.device.kind == .cuda
        let result = isLater ? pinned(target, dtype) : Tensor.allocate(target, dtype, device ?? self.device)
        if result.isVoid { return result }
        if nonBlocking {
            Backends.of(result.isOnHost ? self.device : result.device).copyLater(out: result.strided, strided)
        } else {
            copyElements(to: result)
        }
        if device == nil { return result.record(name(), self) { _, g in g } }
        let origin = self.device
        return result.record(name(), self) { _, g in g.to(origin) }
    }

    /// Returns this tensor if it has the memory format, otherwise a copy that has it. PyTorch: `Tensor.contiguous`.
    public func contiguous(memoryFormat: MemoryFormat = .contiguous) -> Tensor {
        if memoryFormat == .contiguous, layout.isContiguous, !hasSparseForm || isVoid { return self }
        let range = OperatorRange("aten::contiguous", [self, nil])
        defer { range.end() }
        guard memoryFormat != .preserve else {
            return fail(.runtime, "preserve memory format is unsupported by the contiguous operator")
        }
        if hasSparseForm {
            return fail(
                .runtime,
                isSparse
                    ? "unsupported memory format option \(memoryFormat.errorName)"
                    : "Sparse CSR tensors do not have is_contiguous")
        }
        return isContiguous(memoryFormat: memoryFormat) ? self : clone(memoryFormat: memoryFormat)
    }

    /// Converts the tensor to a dtype and memory format. Returns this tensor if it has both, unless `copy` is true.
    /// PyTorch: `Tensor.to`.
    public func to(_ dtype: DType, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        if isVoid { return .void }
        if dtype == self.dtype, !copy, memoryFormat == .preserve || memoryFormat == layout.suggestedFormat {
            return self
        }
        let range = OperatorRange("aten::to", [self, nil, nil, nil, nil])
        defer { range.end() }
        if self.dtype.isComplex, !dtype.isComplex, dtype != .bool {
            warn("Casting complex values to real discards the imaginary part")
        }
        return converted(dtype, memoryFormat, "ToCopyBackward0")
    }

    /// Converts the tensor to a memory format: `x.to(memoryFormat: .channelsLast)`.
    public func to(memoryFormat: MemoryFormat, copy: Bool = false) -> Tensor {
        to(dtype, copy: copy, memoryFormat: memoryFormat)
    }

    /// Moves the tensor to a device. Returns this tensor if it is already there, unless `copy` is true.
    /// With `nonBlocking`, a copy between pinned host memory and a CUDA device only begins: host memory has the
    /// elements when the device's stream has been waited for.
    public func to(
        _ device: Device, nonBlocking: Bool = false, copy: Bool = false, memoryFormat: MemoryFormat = .preserve
    ) -> Tensor {
        to(device, dtype, nonBlocking: nonBlocking, copy: copy, memoryFormat: memoryFormat)
    }

    /// Moves the tensor to a device and converts it to a dtype.
    public func to(
        _ device: Device, _ dtype: DType, nonBlocking: Bool = false, copy: Bool = false,
        memoryFormat: MemoryFormat = .preserve
    ) -> Tensor {
        if device.withIndex == self.device || isVoid { return to(dtype, copy: copy, memoryFormat: memoryFormat) }
        guard device.isAvailable else { return fail(.runtime, Tensor.unavailable(device)) }
        guard device.kind == .meta || hasSparseForm || hasData() else { return .void }
        let range = OperatorRange("aten::to", [self, nil, nil, nil, nil, nil, nil, nil])
        defer { range.end() }
        return converted(dtype, memoryFormat, "ToCopyBackward0", device, nonBlocking: nonBlocking)
    }

    /// Converts the tensor to the device and dtype of `other`. PyTorch: `Tensor.to(other)`.
    public func to(_ other: Tensor, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        to(other.device, other.dtype, copy: copy, memoryFormat: memoryFormat)
    }

    /// Moves the tensor to the CPU.
    public func cpu(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.cpu, memoryFormat: memoryFormat) }
    /// Moves the tensor to the CUDA device.
    public func cuda(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.cuda, memoryFormat: memoryFormat) }
    /// Converts the tensor to a dtype. PyTorch: `Tensor.type(dtype)`.
    public func type(_ dtype: DType) -> Tensor { to(dtype) }
    /// Converts the tensor to the dtype of `other`.
    public func typeAs(_ other: Tensor) -> Tensor { to(other.dtype) }
    /// Converts the tensor to float32.
    public func float(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.float32, memoryFormat: memoryFormat) }
    /// Converts the tensor to float64.
    public func double(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.float64, memoryFormat: memoryFormat) }
    /// Converts the tensor to float16.
    public func half(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.float16, memoryFormat: memoryFormat) }
    /// Converts the tensor to bfloat16.
    public func bfloat16(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.bfloat16, memoryFormat: memoryFormat) }
    /// Converts the tensor to int64.
    public func long(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int64, memoryFormat: memoryFormat) }
    /// Converts the tensor to int32.
    public func int(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int32, memoryFormat: memoryFormat) }
    /// Converts the tensor to int16.
    public func short(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int16, memoryFormat: memoryFormat) }
    /// Converts the tensor to int8.
    public func char(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.int8, memoryFormat: memoryFormat) }
    /// Converts the tensor to uint8.
    public func byte(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.uint8, memoryFormat: memoryFormat) }
    /// Converts the tensor to bool.
    public func bool(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.bool, memoryFormat: memoryFormat) }

    /// Copies the elements of `source` into this tensor; `source` is broadcast and converted. PyTorch: `Tensor.copy_`.
    @discardableResult
    public func copy_(_ source: Tensor) -> Tensor { copy_(source, nonBlocking: false) }

    /// Like `copy_(_:)`. With `nonBlocking`, a copy between pinned host memory and a CUDA device only begins.
    @discardableResult
    public func copy_(_ source: Tensor, nonBlocking: Bool) -> Tensor {
        guard source.isVoid || source.layout.expanded(sizes) != nil else {
            return fail(.runtime, Pointwise.broadcastMismatch(sizes, source.sizes))
        }
        guard device.kind == .meta || source.isVoid || source.hasSparseForm || source.hasData() else { return .void }
        return inPlace(
            [source],
            direct: { out in
                if out.hasSparseForm || source.hasSparseForm { return out.takeElements(of: source) }
                let from = source.storage === out.storage ? source.contiguousCopy() : source
                if nonBlocking, !(from.isOnHost && out.isOnHost) {
                    Backends.of(out.isOnHost ? from.device : out.device).copyLater(out: out.strided, from.strided)
                } else {
                    out.backend.copy(out: out.strided, from.strided)
                }
            },
            recorded: { old in
                if old.hasSparseForm || source.hasSparseForm { return old.sparseCopied(source) }
                // The old value is overwritten, so its gradient is zero.
                let value = Tensor.allocate(Layout(old.sizes), old.dtype, device)
                if value.isVoid { return value }
                old.backend.copy(out: value.strided, source.strided)
                return value.record("CopyBackwards", old, source) { node, g in
                    [node.needs(0) ? Tensor.zerosLike(g) : nil, g]
                }
            })
    }

    /// Sets every element to `value`. PyTorch: `Tensor.fill_`.
    @discardableResult
    public func fill_(_ value: some ScalarConvertible) -> Tensor {
        guard value.scalar.checkFits(dtype) else { return .void }
        if hasSparseForm { return fail(unsupported("fill_.Scalar")) }
        return inPlace(
            overlapping: true, direct: { $0.backend.fill(out: $0.strided, value.scalar) },
            recorded: { old in
                Tensor.filled(value.scalar, old.sizes, old.dtype, old.device).record("FillBackward0", old) { _, g in
                    Tensor.zerosLike(g)
                }
            })
    }

    /// Sets every element to zero. PyTorch: `Tensor.zero_`.
    @discardableResult
    public func zero_() -> Tensor { hasSparseForm ? sparseZero_() : fill_(0) }

    /// Computes self += other for sums inside the autograd engine. The sizes are equal, and nothing else uses this
    /// tensor. A sparse tensor takes only a sparse one.
    func accumulateInPlace(_ other: Tensor) {
        writeElements { _ = Pointwise.general(.add, [$0, other], .common, out: $0, name: "add_") }
        bumpVersion()
    }

    /// Returns a new tensor filled with one number. Sizes and dtype come from an existing tensor.
    static func filled(_ value: Scalar, _ sizes: [Int], _ dtype: DType, _ device: Device) -> Tensor {
        let result = Tensor.allocate(Layout(sizes), dtype, device)
        if result.isVoid { return result }
        result.backend.fill(out: result.strided, value)
        return result
    }
}

import CTorchKernels

extension Tensor {
    /// Creates a tensor of uninitialized memory with the given layout (dense, offset 0). Only this function converts
    /// sizes to bytes, so it must accept any sizes that a caller passes.
    static func allocate(_ layout: Layout, _ dtype: DType, _ device: Device) -> Tensor {
        let (bytes, overflow) = layout.count.multipliedReportingOverflow(by: dtype.itemSize)
        if overflow || layout.overflows {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(layout.sizes)")
        }
        if bytes == 0, let message = overflowMessage(ofEmpty: layout.sizes) { return fail(.runtime, message) }
        if !st_is_unwatched() { return watched(layout, dtype, device, byteCount: bytes) }
        return allocate(layout, dtype, device, byteCount: bytes)
    }

    @inline(__always)
    private static func allocate(_ layout: Layout, _ dtype: DType, _ device: Device, byteCount bytes: Int) -> Tensor {
        // The CPU's memory without the way through its backend: small operators consist of this.
        if device.kind == .cpu {
            guard let storage = Storage(byteCount: bytes) else { return fail(.outOfMemory(bytes)) }
            return Tensor(Strided(storage: storage, layout: layout, dtype: dtype))
        }
        // A device that cannot be started has said why.
        guard let backend = Backends.backend(of: device) else { return .void }
        guard let storage = backend.allocate(byteCount: bytes) else {
            return fail(backend.outOfMemory(byteCount: bytes))
        }
        return Tensor(Strided(storage: storage, layout: layout, dtype: dtype))
    }

    /// Creates a tensor inside a vmap or while a profile may run.
    @inline(never)
    private static func watched(_ layout: Layout, _ dtype: DType, _ device: Device, byteCount: Int) -> Tensor {
        if BatchLevel.isActive { return deferred(layout, dtype, device, byteCount: byteCount) }
        let result = allocate(layout, dtype, device, byteCount: byteCount)
        if !result.isVoid { MemoryWatch.begin(result.storage) }
        return result
    }

    /// Creates a tensor inside a vmap, which gets memory when it is written.
    @inline(never)
    private static func deferred(_ layout: Layout, _ dtype: DType, _ device: Device, byteCount: Int) -> Tensor {
        guard let scope = BatchLevel.current, device.isAvailable else { return fail(.runtime, unavailable(device)) }
        let storage = Storage(deferring: byteCount, on: device.withIndex, in: scope)
        return Tensor(Strided(storage: storage, layout: layout, dtype: dtype))
    }

    /// Like `allocate(_:_:like:)`, for sizes from a caller. Raises an error if one is negative.
    static func allocate(_ sizes: [Int], _ dtype: DType, _ device: Device) -> Tensor {
        if let bad = sizes.first(where: { $0 < 0 }) {
            return fail(.runtime, "Trying to create tensor with negative dimension \(bad): \(sizes)")
        }
        guard device.isAvailable else { return fail(.runtime, unavailable(device)) }
        return allocate(Layout(sizes), dtype, device)
    }

    /// Returns PyTorch's message if the tensor is empty and the product of its sizes up to the 0, or a stride,
    /// overflows.
    private static func overflowMessage(ofEmpty sizes: [Int]) -> String? {
        func overflows(_ factors: some Sequence<Int>) -> Bool {
            var product = 1
            return factors.contains { factor in
                let (next, overflow) = product.multipliedReportingOverflow(by: factor)
                product = next
                return overflow
            }
        }
        if overflows(sizes) { return "Storage size calculation overflowed with sizes=\(sizes)" }
        return overflows(sizes.dropFirst().reversed().map { Swift.max($0, 1) }) ? "Stride calculation overflowed" : nil
    }

    static func unavailable(_ device: Device) -> String {
        if device.kind == .cuda, Device.cuda.isAvailable { return CUDAContext.noSuchDevice.message }
        return CUDADevices.refusal
    }

    /// Returns another tensor over the same memory, without autograd history. If the elements of an unresolved tensor
    /// get another dtype, they are resolved first, and the memory is new.
    func alias(_ layout: Layout, _ dtype: DType? = nil) -> Tensor {
        if isUnresolved, let dtype, dtype != self.dtype { return Tensor(strided(layout, dtype)) }
        return rawAlias(layout, dtype)
    }

    /// Returns another tensor over the same memory with the same flags, without autograd history.
    @inline(__always)
    func rawAlias(_ layout: Layout, _ dtype: DType? = nil) -> Tensor {
        if flags.contains(.sparse), !canAlias(layout, dtype) { return .void }
        let result = Tensor(Strided(storage: raw.storage, layout: layout, dtype: dtype ?? raw.dtype), isVoid: isVoid)
        result.flags.formUnion(flags.intersection(.indirect))
        return result
    }
}

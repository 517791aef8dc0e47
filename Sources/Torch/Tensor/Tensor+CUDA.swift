// What tensors have to do with CUDA's streams and with pinned host memory.

extension Tensor {
    /// Notes that work on a stream uses this tensor's memory, so that it is not used again before that work has ended.
    /// Only memory that was allocated on another stream needs this. PyTorch: `Tensor.record_stream`.
    public func recordStream(_ stream: CUDAStream) {
        if isVoid { return }
        guard device.kind == .cuda else {
            return raise(.runtime, "record_stream is only supported for CUDA tensors, and this one is on \(device)")
        }
        (storage.deviceMemory as? CUDAMemory)?.record(stream: stream.number)
    }

    /// The address of the first element on the device, for other libraries.
    package var deviceAddress: UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: UInt(strided.deviceAddress))
    }

    /// Returns a copy in pinned host memory, which a CUDA device reads and writes by itself; this tensor if it is
    /// pinned. PyTorch: `Tensor.pin_memory`.
    public func pinMemory() -> Tensor {
        if isVoid || isPinned() { return self }
        guard device.kind == .cpu else {
            return fail(.runtime, "cannot pin '\(device)' only dense CPU tensors can be pinned")
        }
        guard let target = layout.copied(.preserve) else { return .void }
        let result = pinned(target, dtype)
        if result.isVoid { return result }
        backend.copy(out: result.strided, strided)
        return result.record("PinMemoryBackward0", self) { _, g in g }
    }

    /// Returns a tensor of pinned host memory, for copies of this one. Its bytes are not set.
    func pinned(_ layout: Layout, _ dtype: DType) -> Tensor {
        guard let context = CUDAContext.of(isCUDA ? device : .cuda) else { return .void }
        let bytes = layout.count * dtype.itemSize, memory = context.hostMemory
        guard let pointer = memory.allocate(bytes) else { return fail(context.outOfPinnedMemory) }
        let block = UInt(bitPattern: pointer)
        let storage = Storage(pointer: pointer, byteCount: bytes) {
            memory.free(UnsafeMutableRawPointer(bitPattern: block)!)
        }
        return Tensor(Strided(storage: storage, layout: layout, dtype: dtype))
    }

    /// Returns whether the memory is pinned host memory. PyTorch: `Tensor.is_pinned`.
    public func isPinned() -> Bool {
        guard !isVoid, device.kind == .cpu, let devices = try? CUDADevices.shared.get() else { return false }
        return devices.isPinned(storage.pointer)
    }

    /// Whether the tensor is on a CUDA device. PyTorch: `Tensor.is_cuda`.
    public var isCUDA: Bool { device.kind == .cuda }
}

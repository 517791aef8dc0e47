import CTorchKernels

/// The backend of one CUDA device: plans in Swift, loops in kernels. All work goes to the thread's current stream, and
/// nothing waits for it, except where Swift needs an answer. Results do not depend on the order in which threads run.
final class CUDABackend: Backend {
    let context: CUDAContext
    let device: Device

    init(_ context: CUDAContext) {
        self.context = context
        device = .cuda(context.device)
    }

    // MARK: Memory

    func allocate(byteCount: Int) -> Storage? {
        CUDAMemory(context, byteCount).map { Storage($0, byteCount: byteCount) }
    }

    func outOfMemory(byteCount: Int) -> TorchError { context.outOfMemory(byteCount) }

    var memoryCounts: MemoryCounts {
        let statistics = context.allocator.statistics
        return MemoryCounts(
            allocated: statistics.allocatedBytes.all.current, maxAllocated: statistics.allocatedBytes.all.peak,
            reserved: statistics.reservedBytes.all.current, maxReserved: statistics.reservedBytes.all.peak)
    }
    func resetPeakMemory() { context.allocator.resetPeaks() }
    func emptyCache() { context.allocator.emptyCache() }

    /// Calls `body` with memory that only the work launched in it uses. Raises and returns false if there is none.
    func withScratch(_ byteCount: Int, _ body: (UInt64) throws -> Void) throws {
        guard let memory = CUDAMemory(context, byteCount) else { throw context.outOfMemory(byteCount) }
        try body(memory.address)
        // The stream's order keeps the memory until the kernels have ended.
        withExtendedLifetime(memory) {}
    }

    /// Returns new contiguous memory.
    func scratch(_ sizes: [Int], _ dtype: DType) throws -> Strided {
        let bytes = sizes.reduce(1, *) * dtype.itemSize
        guard let storage = allocate(byteCount: bytes) else { throw context.outOfMemory(bytes) }
        return Strided(storage: storage, layout: Layout(sizes), dtype: dtype)
    }

    /// Returns an operand, or a contiguous copy of it.
    func contiguous(_ operand: Strided) throws -> Strided {
        if operand.layout.isContiguous { return operand }
        let packed = try scratch(operand.layout.sizes, operand.dtype)
        copy(out: packed, operand)
        return packed
    }

    // MARK: Operands

    /// Throws if memory is of another device.
    func check(_ operands: Strided?...) throws {
        for operand in operands {
            if let operand, operand.storage.device != device { throw otherDevice(operand.storage.device) }
        }
    }

    /// Returns an operand; if it is a number of the host, which may be repeated, then in this device's memory.
    func onDevice(_ operand: Strided) throws -> Strided {
        let layout = operand.layout
        guard operand.storage.isOnHost, zip(layout.sizes, layout.strides).allSatisfy({ $0 == 1 || $1 == 0 }) else {
            return operand
        }
        let item = operand.dtype.itemSize
        guard let storage = allocate(byteCount: item) else { throw context.outOfMemory(item) }
        var number = operand
        number.layout = Layout([], offset: layout.offset)
        copy(out: Strided(storage: storage, layout: .scalar, dtype: operand.dtype), number)
        return Strided(
            storage: storage, layout: Layout(layout.sizes, strides: layout.strides, offset: 0), dtype: operand.dtype)
    }

    func otherDevice(_ other: Device) -> TorchError {
        TorchError(.runtime, "Tensor on device \(other) is not on the expected device \(device)!")
    }

    // MARK: Kernels

    /// Returns the kernel of a family with this number and these dtypes. `source` is its text.
    func kernel(
        _ family: KernelKey.Family, _ number: Int, _ dtypes: [DType] = [], _ source: () -> KernelSource
    ) throws -> CUDAKernel {
        try context.kernel(KernelKey(family, UInt64(number), dtypes).value, source)!
    }

    /// Launches a kernel whose threads loop over `count` elements.
    func launch(_ kernel: CUDAKernel, over count: Int, _ fill: (inout KernelArguments) -> Void) throws {
        try context.launch(kernel, grid: (blocks(for: count), 1), block: (256, 1), fill)
    }

    /// Throws PyTorch's error if its kernel of this name does not compute with the dtype: it is not floating point.
    func requireReal(_ dtype: DType, _ name: String) throws {
        if dtype.isFloatingPoint, !dtype.isForStorage { return }
        throw TorchError(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
    }
}

/// A block of a CUDA device's memory.
final class CUDAMemory: DeviceMemory {
    let address: UInt64
    let device: Device
    private let context: CUDAContext
    private let block: CachingAllocator.Block?

    /// Returns nil if the device has no memory. No bytes need none.
    init?(_ context: CUDAContext, _ byteCount: Int) {
        self.context = context
        block = byteCount == 0 ? nil : context.allocate(byteCount)
        if byteCount > 0, block == nil { return nil }
        address = block?.address ?? 0
        device = .cuda(context.device)
    }

    func resized(to byteCount: Int, keeping kept: Int) -> (any DeviceMemory)? {
        guard let other = CUDAMemory(context, byteCount) else { return nil }
        CUDAContext.attempt { try context.copy(other.address, address, kept) }
        return other
    }

    func record(stream: Int) {
        if let block { context.allocator.record(block, stream: stream) }
    }

    deinit {
        if let block { context.allocator.free(block) }
    }
}

import CTorchKernels
import Locks

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One CUDA device in this process: its primary context, properties, streams, memory and kernels.
final class CUDAContext: @unchecked Sendable {
    let driver: CUDADriver
    let device: Int
    let name: String
    /// The architecture that kernels are compiled for: `sm_90`.
    let architecture: String
    let multiprocessorCount, threadsPerMultiprocessor, totalMemory: Int
    private let handle: CUDADriver.Handle
    private let compiler: NVRTC
    private let cache = KernelCache()
    private let streams: StreamTable
    let allocator: CachingAllocator
    let hostMemory: PinnedAllocator
    /// Where kernels report an invalid number in a tensor. Launches get it from `mistake`.
    private let slot: MistakeSlot
    /// The pool and the draws of the graph that is being captured; nil if none is.
    let captured = Mutex<(pool: Int, draws: [GraphDraws])?>(nil)
    /// The most bytes of scratch memory that work is cut for. Tests make it small.
    let blockBytes = Atomic(256 << 20)
    private let kernels = Mutex<[UInt64: CUDAKernel]>([:])
    private let products = Mutex<CuBLAS?>(nil)
    private let biasedProducts = Mutex<CuBLASLt??>(nil)
    let productWorkspaces = ProductWorkspaces()

    init(_ driver: CUDADriver, _ compiler: NVRTC, device: Int) throws {
        self.driver = driver
        self.compiler = compiler
        self.device = device
        var handle: CUDADriver.Handle?
        try driver.check(driver.retainContext(&handle, Int32(device)), "cuDevicePrimaryCtxRetain")
        try driver.check(driver.setCurrent(handle), "cuCtxSetCurrent")
        self.handle = handle!
        var text = [CChar](repeating: 0, count: 256), total = 0
        try driver.check(driver.deviceName(&text, 255, Int32(device)), "cuDeviceGetName")
        try driver.check(driver.totalMemory(&total, Int32(device)), "cuDeviceTotalMem")
        name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        totalMemory = total
        let major = try driver.attribute(.computeCapabilityMajor, of: device),
            minor = try driver.attribute(.computeCapabilityMinor, of: device)
        architecture = "sm_\(major)\(minor)"
        multiprocessorCount = try driver.attribute(.multiprocessorCount, of: device)
        threadsPerMultiprocessor = try driver.attribute(.maxThreadsPerMultiprocessor, of: device)
        let streams = try StreamTable(driver, handle!)
        self.streams = streams
        allocator = CachingAllocator(
            .of(driver, handle!, streams), caches: getenv("SWIFT_TORCH_NO_CUDA_MEMORY_CACHING") == nil)
        hostMemory = PinnedAllocator(driver, handle!, streams)
        slot = try MistakeSlot(hostMemory)
    }

    /// Returns the library of matrix products, which is loaded at first use.
    func cublas() throws -> CuBLAS {
        try products.withLock { products in
            if let known = products { return known }
            let library = try CuBLAS()
            products = library
            return library
        }
    }

    /// Returns the library of matrix products that adds a bias, which is loaded at first use; nil if it is not here.
    func cublasLt() -> CuBLASLt? {
        biasedProducts.withLock { products in
            if let known = products { return known }
            let library = try? CuBLASLt()
            products = .some(library)
            return library
        }
    }

    /// Lets the library of matrix products, if it is in use, make what it needs for the current stream.
    func prepareProducts() throws {
        try products.withLock { $0 }?.prepare(self)
    }

    /// Makes the context this thread's. Other libraries may have changed it since the last call.
    func makeCurrent() throws { try driver.check(driver.setCurrent(handle), "cuCtxSetCurrent") }

    /// The number of this thread's current stream.
    var currentStream: Int { Int(Self.threadsStreams[device]) }
    /// Returns a stream of this context.
    func stream(_ number: Int) throws -> CUDADriver.Handle { try streams.handle(number) }
    /// Returns the current stream.
    func stream() throws -> CUDADriver.Handle { try streams.handle(currentStream) }

    /// Returns the number of the next stream of the pool, in turn.
    func nextStream(highPriority: Bool) -> Int { streams.next(highPriority: highPriority) }

    /// The numbers of this thread's current streams on all devices.
    static var threadsStreams: UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(st_this_thread()).advanced(
            by: MemoryLayout<st_thread>.offset(of: \st_thread.cuda_streams)!
        ).assumingMemoryBound(to: UInt8.self)
    }

    // MARK: Waiting

    /// Where a kernel that is about to be launched reports an invalid number in a tensor. A `withError` around the
    /// launch waits for the kernel at its end.
    var mistake: MistakeSlot {
        if let box = ErrorBox.current, !isCapturing { box.waitsAtEnd(for: self, currentStream) }
        return slot
    }

    /// Waits for all work of a stream.
    func wait(for stream: Int? = nil) throws {
        try makeCurrent()
        try synchronize(self.stream(stream ?? currentStream))
    }

    /// Waits for a stream, and throws the error that a kernel has reported.
    private func synchronize(_ stream: CUDADriver.Handle) throws {
        try driver.check(driver.synchronizeStream(stream), "cuStreamSynchronize")
        try slot.check()
    }

    /// Waits for what was launched last, if launches are waited for.
    func waitIfBlocking() throws {
        if driver.isBlocking, !isCapturing { try wait() }
    }

    /// Waits for all work of the device.
    func waitForAll() throws {
        try makeCurrent()
        try driver.check(driver.synchronizeContext(), "cuCtxSynchronize")
        try slot.check()
    }

    // MARK: Copies, on the current stream

    /// Copies bytes from the host. Memory that is not pinned may be freed when this returns. If it is pinned and
    /// `waits` is false, it must stay until the copy has ended. The pinned memory's allocator ensures this.
    func copyIn(_ to: UInt64, _ from: UnsafeRawPointer, _ count: Int, waits: Bool = true) throws {
        if count == 0 { return }
        try makeCurrent()
        let stream = try stream()
        try driver.check(driver.copyIn(to, from, count, stream), "cuMemcpyHtoDAsync")
        let isPinned = hostMemory.record(from, stream: currentStream)
        // A replay of the graph would read memory that may be freed by then. During a capture, the driver returns an
        // error for the wait.
        if isPinned && waits || isCapturing && !isPinned { try synchronize(stream) }
    }

    /// Copies bytes to the host. If the memory is pinned and `waits` is false, the copy may end after this returns.
    func copyOut(_ to: UnsafeMutableRawPointer, _ from: UInt64, _ count: Int, waits: Bool = true) throws {
        if count == 0 { return }
        try makeCurrent()
        let stream = try stream()
        try driver.check(driver.copyOut(to, from, count, stream), "cuMemcpyDtoHAsync")
        let isPinned = hostMemory.record(to, stream: currentStream)
        if waits || !isPinned { try synchronize(stream) }
    }

    /// Copies bytes inside the device.
    func copy(_ to: UInt64, _ from: UInt64, _ count: Int) throws {
        if count == 0 { return }
        try makeCurrent()
        try driver.check(driver.copyInside(to, from, count, stream()), "cuMemcpyDtoDAsync")
    }

    /// Copies bytes to another device's memory, after this device's work on its current stream and before the other's
    /// next work.
    func copy(to other: CUDAContext, _ to: UInt64, _ from: UInt64, _ count: Int) throws {
        if count == 0 { return }
        // The other device may still use the memory.
        try CUDAMark(other, stream: other.currentStream).block(self, stream: currentStream)
        try makeCurrent()
        try driver.check(
            driver.copyBetween(to, other.handle, from, handle, count, stream()), "cuMemcpyPeerAsync")
        try CUDAMark(self, stream: currentStream).block(other, stream: other.currentStream)
    }

    /// Sets bytes to 0.
    func clear(_ address: UInt64, _ count: Int) throws {
        if count == 0 { return }
        try makeCurrent()
        try driver.check(driver.fillBytes(address, 0, count, stream()), "cuMemsetD8Async")
    }

    // MARK: Kernels

    /// Returns the kernel with this key. At its first use it is compiled, or read from the cache, from what `source`
    /// gives; if that is nil, the result is nil.
    func kernel(_ key: UInt64, _ source: () -> KernelSource?) throws -> CUDAKernel? {
        if let known = kernels.withLock({ $0[key] }) { return known }
        guard let source = source() else { return nil }
        let code =
            try cache?.code(source, architecture: architecture, compiler: compiler)
            ?? compiler.compile(source, architecture: architecture)
        try makeCurrent()
        var module: CUDADriver.Handle?, function: CUDADriver.Handle?
        // A module may be loaded while a stream is captured.
        try driver.relaxed {
            try code.withUnsafeBytes { try driver.check(driver.loadModule(&module, $0.baseAddress!), source.name) }
            try driver.check(driver.getFunction(&function, module, source.name), source.name)
        }
        let kernel = CUDAKernel(function: function!, name: source.name)
        return kernels.withLock {
            let kept = $0[key] ?? kernel
            $0[key] = kept
            return kept
        }
    }

    /// Launches a kernel on the current stream. `fill` packs its arguments.
    func launch(
        _ kernel: CUDAKernel, grid: (x: Int, y: Int), block: (x: Int, y: Int), sharedBytes: Int = 0,
        _ fill: (inout KernelArguments) -> Void
    ) throws {
        try makeCurrent()
        let stream = try stream()
        try withUnsafeTemporaryAllocation(byteCount: KernelArguments.room, alignment: 16) { bytes in
            var arguments = KernelArguments(bytes)
            fill(&arguments)
            var count = arguments.count
            try withUnsafeMutablePointer(to: &count) { count in
                // CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE and the end.
                var extra: (Int, UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?, Int) = (
                    1, bytes.baseAddress, 2, UnsafeMutableRawPointer(count), 0
                )
                let status = driver.launch(
                    kernel.function, UInt32(grid.x), UInt32(grid.y), 1, UInt32(block.x), UInt32(block.y), 1,
                    UInt32(sharedBytes), stream, nil, &extra)
                try driver.check(status, kernel.name)
            }
        }
        try waitIfBlocking()
    }

    // MARK: Memory

    /// Returns the bytes that no process uses.
    func freeMemory() -> Int {
        var unused = 0, total = 0
        guard (try? makeCurrent()) != nil, driver.memoryInfo(&unused, &total) == 0 else { return 0 }
        return unused
    }

    /// Returns PyTorch's error for memory that the device does not have.
    func outOfMemory(_ byteCount: Int) -> TorchError {
        if let fault = driver.fault(of: handle) { return fault }
        let statistics = allocator.statistics
        let held = statistics.allocatedBytes.all.current, reserved = statistics.reservedBytes.all.current
        return TorchError(
            .runtime,
            "CUDA out of memory. Tried to allocate \(Self.text(byteCount)). GPU \(device) has a total capacity of \(Self.text(totalMemory)) of which \(Self.text(freeMemory())) is free. Of the allocated memory \(Self.text(held)) is allocated by PyTorch, and \(Self.text(reserved - held)) is reserved by PyTorch but unallocated."
        )
    }

    var outOfPinnedMemory: TorchError {
        driver.fault(of: handle) ?? TorchError(.runtime, "CUDA error: out of memory (cuMemHostAlloc)")
    }

    /// Returns a number of bytes as PyTorch prints it: `20.00 MiB`.
    static func text(_ byteCount: Int) -> String {
        if byteCount < 1024 { return "\(byteCount) bytes" }
        let units = ["KiB", "MiB", "GiB"]
        var size = Double(byteCount) / 1024, unit = 0
        while size >= 1024, unit < 2 {
            size /= 1024
            unit += 1
        }
        let hundredths = Int((size * 100).rounded())
        let decimals = hundredths % 100
        return "\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals) \(units[unit])"
    }
}

extension CUDAContext: LateWork {
    func finish(_ queue: Int) {
        CUDAContext.attempt { try wait(for: queue) }
    }
}

/// Pinned host memory where a kernel reports the first invalid number in a tensor (`Mistake` of mistake.cuh). After any
/// wait for the kernel, the host reads it without another wait.
final class MistakeSlot: @unchecked Sendable {
    private let words: UnsafeMutablePointer<UInt64>

    init(_ memory: PinnedAllocator) throws {
        guard let pointer = memory.allocate(4 * 8) else { throw TorchError(.runtime, "no pinned memory") }
        words = pointer.bindMemory(to: UInt64.self, capacity: 4)
        words.initialize(repeating: 0, count: 4)
    }

    /// The address, which the device shares with the host.
    var address: UInt64 { UInt64(UInt(bitPattern: words)) }

    /// Throws PyTorch's sentence about the number, and clears the report.
    func check() throws {
        if words[0] == 0 { return }
        let number = Int64(bitPattern: words[1])
        let error =
            switch words[0] {
            case 2: TorchError(.index, "Target \(number) is out of bounds.")
            case 3: TorchError(.runtime, "Number of elements of source < number of ones in mask")
            default:
                TorchError(.index, "index \(number) is out of bounds for dimension \(words[2]) with size \(words[3])")
            }
        words.update(repeating: 0, count: 4)
        throw error
    }
}

/// A kernel of a context.
struct CUDAKernel: @unchecked Sendable {
    let function: CUDADriver.Handle
    let name: String
}

/// The streams of a context by number, made at first use: 0 is the default stream, then come two pools, as in PyTorch.
/// None is the driver's stream 0, for which all others would wait.
final class StreamTable: @unchecked Sendable {
    private let driver: CUDADriver
    private let context: CUDADriver.Handle
    private let first: CUDADriver.Handle
    private let rest = Mutex<(streams: [Int: UInt], turns: [Int])>(([:], [0, 0]))
    /// The number of streams in a pool.
    static let poolSize = 32

    init(_ driver: CUDADriver, _ context: CUDADriver.Handle) throws {
        self.driver = driver
        self.context = context
        first = try Self.make(driver, highPriority: false)
    }

    private static func make(_ driver: CUDADriver, highPriority: Bool) throws -> CUDADriver.Handle {
        var stream: CUDADriver.Handle?
        // CU_STREAM_NON_BLOCKING; a smaller number is a higher priority.
        try driver.check(driver.createStream(&stream, 1, highPriority ? -1 : 0), "cuStreamCreateWithPriority")
        return stream!
    }

    func handle(_ number: Int) throws -> CUDADriver.Handle {
        if number == 0 { return first }
        let stream = try rest.withLock { rest in
            if let known = rest.streams[number] { return known }
            try driver.check(driver.setCurrent(context), "cuCtxSetCurrent")
            let made = UInt(
                bitPattern: try Self.make(driver, highPriority: number > Self.poolSize))
            rest.streams[number] = made
            return made
        }
        return OpaquePointer(bitPattern: stream)!
    }

    func next(highPriority: Bool) -> Int {
        rest.withLock { rest in
            let pool = highPriority ? 1 : 0
            let turn = rest.turns[pool]
            rest.turns[pool] = (turn + 1) % Self.poolSize
            return 1 + pool * Self.poolSize + turn
        }
    }
}

/// A place in a stream's work: an event without a time.
final class CUDAMark: StreamMark, @unchecked Sendable {
    private let driver: CUDADriver
    private let event: CUDADriver.Handle

    /// Records the event after the work that the stream has now.
    init(_ driver: CUDADriver, _ context: CUDADriver.Handle, _ stream: CUDADriver.Handle) throws {
        self.driver = driver
        try driver.check(driver.setCurrent(context), "cuCtxSetCurrent")
        var event: CUDADriver.Handle?
        try driver.check(driver.createEvent(&event, 2), "cuEventCreate")
        self.event = event!
        try driver.check(driver.recordEvent(event, stream), "cuEventRecord")
    }

    convenience init(_ context: CUDAContext, stream: Int) throws {
        try context.makeCurrent()
        try self.init(context, context.stream(stream))
    }

    private convenience init(_ context: CUDAContext, _ stream: CUDADriver.Handle) throws {
        try self.init(context.driver, context.rawHandle, stream)
    }

    /// Makes a stream of another library, in the current context, wait for this mark.
    func block(_ stream: CUDADriver.Handle?) throws {
        try driver.check(driver.waitForEvent(stream, event, 0), "cuStreamWaitEvent")
    }

    /// Makes a stream wait for this mark.
    func block(_ context: CUDAContext, stream: Int) throws {
        try context.makeCurrent()
        try driver.check(driver.waitForEvent(context.stream(stream), event, 0), "cuStreamWaitEvent")
    }

    /// After a fault it is true, because nothing runs any more.
    var hasPassed: Bool { driver.queryEvent(event) != CUDADriver.notReady }
    func wait() { _ = driver.synchronizeEvent(event) }

    deinit { _ = driver.destroyEvent(event) }
}

/// A mark in a stream that cannot be marked any more, because its device has had a fault.
private struct FailedMark: StreamMark {
    var hasPassed: Bool { true }
    func wait() {}
}

extension CUDAContext {
    fileprivate var rawHandle: CUDADriver.Handle { handle }
}

extension StreamTable {
    func mark(_ stream: Int) -> any StreamMark {
        (try? CUDAMark(driver, context, handle(stream))) ?? FailedMark()
    }
}

extension SegmentSource {
    /// The memory of a device.
    fileprivate static func of(
        _ driver: CUDADriver, _ context: CUDADriver.Handle, _ streams: StreamTable
    ) -> SegmentSource {
        let context = UInt(bitPattern: context)
        /// Calls `body` with the context. While a graph is captured, the driver refuses calls that no stream orders,
        /// unless the thread says that it means them.
        @Sendable func relaxed<Result>(_ body: () -> Result) -> Result {
            _ = driver.setCurrent(OpaquePointer(bitPattern: context))
            return driver.relaxed(body)
        }
        return SegmentSource(
            allocate: { byteCount in
                relaxed {
                    var address: UInt64 = 0
                    let status = driver.allocate(&address, byteCount)
                    if status == 0 { return address }
                    // A fault is noted here, and said in the place of the missing memory.
                    if status != CUDADriver.outOfMemory { _ = driver.error(status, "cuMemAlloc") }
                    return nil
                }
            },
            free: { address in relaxed { _ = driver.free(address) } },
            mark: { streams.mark($0) })
    }
}

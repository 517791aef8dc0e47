import CTorchKernels

/// A queue of work on a CUDA device. Work on one stream happens in order; streams wait for each other only by events.
/// PyTorch: `torch.cuda.Stream`.
///
/// Memory that was allocated on one stream and is used on another needs `Tensor.recordStream`.
public struct CUDAStream: Hashable, Sendable {
    /// The device of the stream.
    public let device: Device
    let number: Int

    init(device: Int, number: Int) {
        self.device = .cuda(device)
        self.number = number
    }

    /// Takes the next stream of the device's pool, in turn. Raises if there is no such device.
    /// - Parameters:
    ///   - device: a CUDA device; by default the current one.
    ///   - priority: below 0 for a high priority.
    public init(device: Device = .cuda, priority: Int = 0) {
        let context = CUDAContext.of(device)
        self.init(
            device: context?.device ?? 0, number: context?.nextStream(highPriority: priority < 0) ?? 0)
    }

    /// Returns the stream that operators use on this thread. PyTorch: `torch.cuda.current_stream`.
    public static func current(_ device: Device = .cuda) -> CUDAStream {
        let context = CUDAContext.of(device)
        return CUDAStream(device: context?.device ?? 0, number: context?.currentStream ?? 0)
    }

    /// Returns the stream that operators use at first. PyTorch: `torch.cuda.default_stream`.
    public static func `default`(_ device: Device = .cuda) -> CUDAStream {
        CUDAStream(device: CUDAContext.of(device)?.device ?? 0, number: 0)
    }

    /// Waits until all work of the stream has ended.
    public func synchronize() { perform { context in try context.wait(for: number) } }

    /// Returns whether all work of the stream has ended.
    public func query() -> Bool {
        var isDone = true
        perform { context in
            let status = context.driver.queryStream(try context.stream(number))
            isDone = status != CUDADriver.notReady
            if isDone { try context.driver.check(status, "cuStreamQuery") }
        }
        return isDone
    }

    /// Makes later work of this stream wait for the work that `stream` has now. PyTorch: `Stream.wait_stream`.
    public func waitStream(_ stream: CUDAStream) { waitEvent(stream.recordEvent()) }

    /// Like `waitStream`, unless only one of the two is being captured: then its capture waited for all work before.
    func waitUnlessCapturing(_ stream: CUDAStream) {
        guard let context = CUDAContext.of(device) else { return }
        let states = [self, stream].map { stream in cuda.withStream(stream) { context.isCapturing } }
        if states[0] == states[1] { waitStream(stream) }
    }

    /// Makes later work of this stream wait for an event. PyTorch: `Stream.wait_event`.
    public func waitEvent(_ event: CUDAEvent) { event.wait(self) }

    /// Records an event behind the work that the stream has now. PyTorch: `Stream.record_event`.
    /// - Parameter event: by default a new one without a time.
    @discardableResult
    public func recordEvent(_ event: CUDAEvent = CUDAEvent()) -> CUDAEvent {
        event.record(self)
        return event
    }

    /// Returns this thread's current stream on a CUDA device that has a tensor.
    @inline(__always)
    static func inUse(on device: Device) -> CUDAStream {
        let index = device.index ?? CUDADevices.current
        return CUDAStream(device: index, number: Int(CUDAContext.threadsStreams[index]))
    }

    /// Makes this the thread's current stream on its device.
    func makeCurrent() { CUDAContext.threadsStreams[number(of: device)] = UInt8(number) }

    func number(of device: Device) -> Int { device.index ?? 0 }

    /// The driver's handle as a number, for other libraries in this process. PyTorch: `Stream.cuda_stream`.
    public var cudaStream: Int {
        var handle = 0
        perform { context in handle = Int(bitPattern: try context.stream(number)) }
        return handle
    }

    /// Calls `body` with the driver's handle of the stream, for another library that queues work on it. The device's
    /// context is the thread's current one. Raises what `body` throws.
    package func withHandle(_ body: (UnsafeMutableRawPointer?) throws -> Void) {
        perform { context in try body(UnsafeMutableRawPointer(try context.stream(number))) }
    }

    /// Calls `body` with the device's context, and raises what it throws.
    func perform(_ body: (CUDAContext) throws -> Void) {
        guard let context = CUDAContext.of(device) else { return }
        CUDAContext.attempt {
            try context.makeCurrent()
            try body(context)
        }
    }
}

extension CUDAStream {
    /// Makes a stream of another library wait for the work that this one has now. Its handle is as DLPack passes it:
    /// 1 is the legacy default stream, -1 is none.
    /// - Throws: PyTorch's error for a handle that is not allowed.
    func letOthersWait(_ handle: Int) throws {
        if handle == -1 { return }
        if handle == 0 { throw TorchError(.assertion, "unsupported stream on CUDA: 0.") }
        if handle == 2 { throw TorchError(.runtime, "per-thread default stream is not supported.") }
        let context = try CUDADevices.shared.get().context(number(of: device))
        if try context.stream(number) == OpaquePointer(bitPattern: handle) { return }
        try CUDAMark(context, stream: number).block(OpaquePointer(bitPattern: handle))
    }
}

/// A place in the work of a stream. PyTorch: `torch.cuda.Event`.
public final class CUDAEvent: @unchecked Sendable {
    private let enableTiming: Bool
    private var event: (handle: CUDADriver.Handle, context: CUDAContext)?

    /// Creates an event that has not been recorded.
    /// - Parameter enableTiming: whether the event records the time.
    public init(enableTiming: Bool = false) { self.enableTiming = enableTiming }

    /// Places the event behind the work that a stream has now; by default this thread's current stream.
    public func record(_ stream: CUDAStream = .current()) {
        stream.perform { context in
            if event == nil {
                var handle: CUDADriver.Handle?
                // CU_EVENT_DISABLE_TIMING
                try context.driver.check(context.driver.createEvent(&handle, enableTiming ? 0 : 2), "cuEventCreate")
                event = (handle!, context)
            }
            guard let event, event.context === context else {
                throw TorchError(
                    .runtime,
                    "Event device cuda:\(event?.context.device ?? 0) does not match recording stream's device \(stream.device)."
                )
            }
            try context.driver.check(
                context.driver.recordEvent(event.handle, context.stream(stream.number)), "cuEventRecord")
        }
    }

    /// Makes later work of a stream wait for the event. Does nothing if the event was not recorded.
    public func wait(_ stream: CUDAStream = .current()) {
        guard let event else { return }
        stream.perform { context in
            try context.driver.check(
                context.driver.waitForEvent(context.stream(stream.number), event.handle, 0), "cuStreamWaitEvent")
        }
    }

    /// Returns whether the stream has reached the event.
    public func query() -> Bool {
        guard let event else { return true }
        let status = event.context.driver.queryEvent(event.handle)
        if status != CUDADriver.notReady {
            CUDAContext.attempt { try event.context.driver.check(status, "cuEventQuery") }
        }
        return status != CUDADriver.notReady
    }

    /// Waits until the stream has reached the event.
    public func synchronize() {
        guard let event else { return }
        CUDAContext.attempt {
            try event.context.driver.check(event.context.driver.synchronizeEvent(event.handle), "cuEventSynchronize")
        }
    }

    /// Returns the milliseconds from this event to another. PyTorch: `Event.elapsed_time`.
    /// - Precondition: both have timing enabled and are recorded, and their streams have reached them.
    public func elapsedTime(_ end: CUDAEvent) -> Double {
        guard let first = event, let last = end.event, enableTiming, end.enableTiming else {
            raise(.value, "Both events must be recorded before calculating elapsed time.")
            return 0
        }
        var milliseconds: Float = 0
        CUDAContext.attempt {
            try first.context.driver.check(
                first.context.driver.elapsedTime(&milliseconds, first.handle, last.handle), "cuEventElapsedTime")
        }
        return Double(milliseconds)
    }

    deinit {
        if let event { _ = event.context.driver.destroyEvent(event.handle) }
    }
}

extension CUDAContext {
    /// Returns the context of a CUDA device. Raises and returns nil if there is none.
    static func of(_ device: Device) -> CUDAContext? {
        do {
            let devices = try CUDADevices.shared.get()
            guard device.kind == .cuda else {
                throw TorchError(.value, "Expected a cuda device, but got: \(device)")
            }
            guard let number = devices.number(of: device) else { throw noSuchDevice }
            return try devices.context(number)
        } catch {
            raise(error as? TorchError ?? TorchError(.runtime, "\(error)"))
            return nil
        }
    }

    /// PyTorch's error for a device number that is too large.
    static var noSuchDevice: TorchError {
        TorchError(
            .runtime,
            "CUDA error: invalid device ordinal\nGPU device may be out of range, do you have enough GPUs?\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1"
        )
    }

    /// Calls `body` and raises what it throws. Returns whether it threw nothing.
    @discardableResult
    static func attempt(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            raise(error as? TorchError ?? TorchError(.runtime, "\(error)"))
            return false
        }
    }
}

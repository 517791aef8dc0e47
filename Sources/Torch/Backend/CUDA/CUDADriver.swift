import Locks

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The driver's functions that the backend calls, by the names that the library exports. NVIDIA's header maps
/// `cuMemAlloc` to `cuMemAlloc_v2` and so on; the plain names are older functions of other forms.
struct CUDADriver: @unchecked Sendable {
    /// A context, stream, event, module, function or graph.
    typealias Handle = OpaquePointer
    /// An address in a device's memory.
    typealias Address = UInt64
    typealias Status = Int32
    typealias ToHandle = UnsafeMutablePointer<Handle?>

    let library: CUDALibrary
    /// The version of CUDA that the driver knows: 13000 for 13.0.
    let version: Int
    let deviceCount: Int

    // Devices and contexts.
    let deviceName: @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Status
    let totalMemory: @convention(c) (UnsafeMutablePointer<Int>, Int32) -> Status
    let attribute: @convention(c) (UnsafeMutablePointer<Int32>, Int32, Int32) -> Status
    let retainContext: @convention(c) (ToHandle, Int32) -> Status
    let setCurrent: @convention(c) (Handle?) -> Status
    private let getCurrent: @convention(c) (ToHandle) -> Status
    let synchronizeContext: @convention(c) () -> Status

    // Memory.
    let allocate: @convention(c) (UnsafeMutablePointer<Address>, Int) -> Status
    let free: @convention(c) (Address) -> Status
    let memoryInfo: @convention(c) (UnsafeMutablePointer<Int>, UnsafeMutablePointer<Int>) -> Status
    let allocateHost: @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int, UInt32) -> Status
    let freeHost: @convention(c) (UnsafeMutableRawPointer) -> Status
    let pointerAttribute: @convention(c) (UnsafeMutableRawPointer, Int32, Address) -> Status
    let copyIn: @convention(c) (Address, UnsafeRawPointer, Int, Handle?) -> Status
    let copyOut: @convention(c) (UnsafeMutableRawPointer, Address, Int, Handle?) -> Status
    let copyInside: @convention(c) (Address, Address, Int, Handle?) -> Status
    let copyBetween: @convention(c) (Address, Handle?, Address, Handle?, Int, Handle?) -> Status
    let fillBytes: @convention(c) (Address, UInt8, Int, Handle?) -> Status

    // Streams and events.
    let createStream: @convention(c) (ToHandle, UInt32, Int32) -> Status
    let synchronizeStream: @convention(c) (Handle?) -> Status
    let queryStream: @convention(c) (Handle?) -> Status
    let waitForEvent: @convention(c) (Handle?, Handle?, UInt32) -> Status
    let createEvent: @convention(c) (ToHandle, UInt32) -> Status
    let destroyEvent: @convention(c) (Handle?) -> Status
    let recordEvent: @convention(c) (Handle?, Handle?) -> Status
    let synchronizeEvent: @convention(c) (Handle?) -> Status
    let queryEvent: @convention(c) (Handle?) -> Status
    let elapsedTime: @convention(c) (UnsafeMutablePointer<Float>, Handle?, Handle?) -> Status

    // Kernels.
    let loadModule: @convention(c) (ToHandle, UnsafeRawPointer) -> Status
    let getFunction: @convention(c) (ToHandle, Handle?, UnsafePointer<CChar>) -> Status
    let launch:
        @convention(c) (
            Handle?, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, Handle?, UnsafeMutableRawPointer?,
            UnsafeMutableRawPointer?
        ) -> Status
    // Graphs.
    let beginCapture: @convention(c) (Handle?, Int32) -> Status
    let endCapture: @convention(c) (Handle?, ToHandle) -> Status
    let captureStatus: @convention(c) (Handle?, UnsafeMutablePointer<Int32>) -> Status
    let graphNodes: @convention(c) (Handle?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>) -> Status
    let instantiate: @convention(c) (ToHandle, Handle?, UInt64) -> Status
    let launchGraph: @convention(c) (Handle?, Handle?) -> Status
    let destroyGraph: @convention(c) (Handle?) -> Status
    let destroyExecutable: @convention(c) (Handle?) -> Status
    /// Sets how strict this thread is while a graph is captured, and gives what it was.
    let exchangeCaptureMode: @convention(c) (UnsafeMutablePointer<Int32>) -> Status

    private let errorString: @convention(c) (Status, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Status
    /// The first faults of contexts, after which every call of theirs fails.
    private let faults = FirstFaults()
    /// Whether every launch is waited for, so that an error names its operator.
    let isBlocking = getenv("CUDA_LAUNCH_BLOCKING").map { String(cString: $0) == "1" } ?? false

    /// The oldest version of CUDA that the backend works with.
    static let oldestVersion = 12000

    /// Loads the driver and starts it.
    /// - Throws: `TorchError` that says why it cannot be used.
    init(environment: [String: String] = CUDALibrary.environment) throws {
        try self.init(Self.found(environment))
    }

    /// Loads the driver's library.
    /// - Throws: PyTorch's sentence, and the places searched.
    static func found(_ environment: [String: String]) throws -> CUDALibrary {
        do {
            return try CUDALibrary(.driver, environment: environment)
        } catch {
            throw TorchError(
                .runtime,
                "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx (\(error))"
            )
        }
    }

    init(_ library: CUDALibrary) throws {
        self.library = library
        func sentence(_ status: Status) -> String {
            let describe: (@convention(c) (Status, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Status)? =
                try? library.function("cuGetErrorString")
            var text: UnsafePointer<CChar>?
            guard let describe, describe(status, &text) == 0, let text else { return "" }
            return " (\(String(cString: text)))"
        }
        func start(_ name: String, _ status: Status) throws {
            // CUDA_ERROR_NO_DEVICE
            if status == 100 { throw TorchError(.runtime, "No CUDA GPUs are available") }
            guard status == 0 else {
                throw TorchError(.runtime, "\(library.path): \(name) gives \(status)\(sentence(status))")
            }
        }
        let initialize: @convention(c) (UInt32) -> Status = try library.function("cuInit")
        try start("cuInit", initialize(0))
        var number: Int32 = 0
        let getVersion: @convention(c) (UnsafeMutablePointer<Int32>) -> Status = try library.function(
            "cuDriverGetVersion")
        try start("cuDriverGetVersion", getVersion(&number))
        version = Int(number)
        guard version >= Self.oldestVersion else {
            throw TorchError(
                .runtime,
                "The NVIDIA driver on your system is too old (found version \(version)). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx Alternatively, go to: https://pytorch.org to install a PyTorch version that has been compiled with your version of the CUDA driver."
            )
        }
        let countDevices: @convention(c) (UnsafeMutablePointer<Int32>) -> Status = try library.function(
            "cuDeviceGetCount")
        try start("cuDeviceGetCount", countDevices(&number))
        deviceCount = Int(number)
        guard deviceCount > 0 else { throw TorchError(.runtime, "No CUDA GPUs are available") }

        deviceName = try library.function("cuDeviceGetName")
        totalMemory = try library.function("cuDeviceTotalMem_v2")
        attribute = try library.function("cuDeviceGetAttribute")
        retainContext = try library.function("cuDevicePrimaryCtxRetain")
        setCurrent = try library.function("cuCtxSetCurrent")
        getCurrent = try library.function("cuCtxGetCurrent")
        synchronizeContext = try library.function("cuCtxSynchronize")
        allocate = try library.function("cuMemAlloc_v2")
        free = try library.function("cuMemFree_v2")
        memoryInfo = try library.function("cuMemGetInfo_v2")
        allocateHost = try library.function("cuMemHostAlloc")
        freeHost = try library.function("cuMemFreeHost")
        pointerAttribute = try library.function("cuPointerGetAttribute")
        copyIn = try library.function("cuMemcpyHtoDAsync_v2")
        copyOut = try library.function("cuMemcpyDtoHAsync_v2")
        copyInside = try library.function("cuMemcpyDtoDAsync_v2")
        copyBetween = try library.function("cuMemcpyPeerAsync")
        fillBytes = try library.function("cuMemsetD8Async")
        createStream = try library.function("cuStreamCreateWithPriority")
        synchronizeStream = try library.function("cuStreamSynchronize")
        queryStream = try library.function("cuStreamQuery")
        waitForEvent = try library.function("cuStreamWaitEvent")
        createEvent = try library.function("cuEventCreate")
        destroyEvent = try library.function("cuEventDestroy_v2")
        recordEvent = try library.function("cuEventRecord")
        synchronizeEvent = try library.function("cuEventSynchronize")
        queryEvent = try library.function("cuEventQuery")
        elapsedTime = try library.function("cuEventElapsedTime")
        loadModule = try library.function("cuModuleLoadData")
        getFunction = try library.function("cuModuleGetFunction")
        launch = try library.function("cuLaunchKernel")
        beginCapture = try library.function("cuStreamBeginCapture_v2")
        endCapture = try library.function("cuStreamEndCapture")
        captureStatus = try library.function("cuStreamIsCapturing")
        graphNodes = try library.function("cuGraphGetNodes")
        instantiate = try library.function("cuGraphInstantiateWithFlags")
        launchGraph = try library.function("cuGraphLaunch")
        destroyGraph = try library.function("cuGraphDestroy")
        destroyExecutable = try library.function("cuGraphExecDestroy")
        exchangeCaptureMode = try library.function("cuThreadExchangeStreamCaptureMode")
        errorString = try library.function("cuGetErrorString")
    }

    /// Calls `body` with calls that no stream orders allowed, although this thread captures a graph.
    func relaxed<Result>(_ body: () throws -> Result) rethrows -> Result {
        var mode: Int32 = 2
        _ = exchangeCaptureMode(&mode)
        defer { _ = exchangeCaptureMode(&mode) }
        return try body()
    }

    /// Statuses with a meaning of their own.
    static let outOfMemory: Status = 2, notReady: Status = 600

    /// Throws PyTorch's sentence for a status other than success. `context` says what was called or launched.
    @inline(__always)
    func check(_ status: Status, _ context: @autoclosure () -> String) throws {
        if status != 0 { throw error(status, context()) }
    }

    /// Returns the first fault of a context; nil if it had none.
    func fault(of context: Handle) -> TorchError? { faults.first(UInt(bitPattern: context)) }

    /// Whether a context can do nothing any more after this status.
    private static func isFault(_ status: Status) -> Bool {
        // Illegal addresses and instructions, asserts, misaligned addresses and failed launches, and errors of memory.
        [214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721].contains(status)
    }

    @inline(never)
    func error(_ status: Status, _ context: String) -> TorchError {
        if Self.isFault(status) {
            var current: Handle?
            _ = getCurrent(&current)
            return faults.keep(describe(status, context), UInt(bitPattern: current))
        }
        return describe(status, context)
    }

    private func describe(_ status: Status, _ context: String) -> TorchError {
        var text: UnsafePointer<CChar>?
        let sentence =
            errorString(status, &text) == 0 ? text.map { String(cString: $0) } ?? "" : "unrecognized error code"
        var message = "CUDA error: \(sentence)\n"
        if status == 101 { message += "GPU device may be out of range, do you have enough GPUs?\n" }
        if !isBlocking {
            message +=
                "CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\n"
        }
        message += "(\(context), status \(status))"
        return TorchError(.runtime, message)
    }

    /// What a device is and has.
    enum Attribute: Int32 {
        case maxThreadsPerBlock = 1
        case sharedMemoryPerBlock = 8
        case warpSize = 10
        case multiprocessorCount = 16
        case l2CacheSize = 38
        case maxThreadsPerMultiprocessor = 39
        case computeCapabilityMajor = 75
        case computeCapabilityMinor = 76
        case sharedMemoryPerBlockOptIn = 97
    }

    func attribute(_ name: Attribute, of device: Int) throws -> Int {
        var value: Int32 = 0
        try check(attribute(&value, name.rawValue, Int32(device)), "cuDeviceGetAttribute")
        return Int(value)
    }
}

/// The first fault of each context. All later calls answer with its status, so its sentence is theirs.
private final class FirstFaults: Sendable {
    private let errors = Mutex<[UInt: TorchError]>([:])

    func first(_ context: UInt) -> TorchError? { errors.withLock { $0[context] } }

    /// Keeps an error if it is the first. Returns the first.
    func keep(_ error: TorchError, _ context: UInt) -> TorchError {
        errors.withLock {
            let first = $0[context] ?? error
            $0[context] = first
            return first
        }
    }
}

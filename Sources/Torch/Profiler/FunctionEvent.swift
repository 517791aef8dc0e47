/// One event of a profile: an operator, a step of the backward pass, a block that the program named, or work on a
/// device. Times are in microseconds. PyTorch: `torch.autograd.profiler_util.FunctionEvent`.
public final class FunctionEvent: @unchecked Sendable {
    /// The number of the event in its trace, from 0.
    public let id: Int
    /// The name, such as `aten::addmm` or `autograd::engine::evaluate_function: AddmmBackward0`.
    public let name: String
    /// The name under which `keyAverages` counts the event: that of all steps is `ProfilerStep*`.
    public var key: String { name.hasPrefix("ProfilerStep#") ? "ProfilerStep*" : name }
    /// Where the time was spent: the CPU or a CUDA device.
    public let deviceType: ProfilerActivity
    /// The begin and the end, counted from the start of the trace.
    public let timeRange: (start: Double, end: Double)
    /// The system's number of the thread, and its name; of device work the number of the stream.
    public let thread: Int, threadName: String
    /// The sizes of the inputs: empty in the place of one that is no tensor. Empty if shapes are not recorded.
    public let inputShapes: [[Int]]
    /// The dtypes of the inputs; nil in the place of one that is no tensor.
    public let inputDTypes: [DType?]
    /// The strides of the inputs.
    public let inputStrides: [[Int]]
    /// The number of the tape's node that the event runs, or of the next node when it began; -1 if none was recorded.
    public let sequenceNr: Int
    /// The number of floating-point operations; 0 if they are not counted.
    public let flops: Int
    /// Whether the event began on one thread and ended on another. It then has no time of its own.
    public let isAsync: Bool
    /// Whether the program named the event, with `recordFunction` for example.
    public let isUserAnnotation: Bool
    /// Whether the event is a step of the backward pass: one that runs a node.
    public let isBackward: Bool
    /// The module in whose call the event ran, by the names that lead to it from the outermost module, such as
    /// `layers.0.attention`; empty for the outermost module, nil outside of modules and if modules are not recorded. In
    /// the backward pass it is the module that recorded the step.
    public let modulePath: String?
    /// The class of the outermost module and the path, such as `GPT.layers.0.attention`.
    public let moduleHierarchy: String?
    /// The calls that led to the event, the innermost first; in the backward pass those that recorded the step. Empty
    /// if they are not recorded.
    public internal(set) var stack: [String] = []

    /// The event that this one ran in, on the same thread.
    public internal(set) weak var cpuParent: FunctionEvent?
    /// The events that ran in this one, but not in another of them.
    public internal(set) var cpuChildren: [FunctionEvent] = []
    /// The event's own work on devices.
    public internal(set) var kernels: [FunctionEvent] = []
    /// The thread that recorded the step that a backward event runs.
    public internal(set) var fwdThread: Int?

    /// The bytes that were allocated minus those that were freed in the event, on the CPU and on CUDA devices.
    public internal(set) var cpuMemoryUsage = 0, cudaMemoryUsage = 0
    /// The same without what its children did.
    public internal(set) var selfCPUMemoryUsage = 0, selfCUDAMemoryUsage = 0
    /// The time of its own device work and of its children's.
    public internal(set) var cudaTimeTotal = 0.0

    /// The event that recorded the step that a backward event runs.
    weak var forward: FunctionEvent?
    /// Whether the event overlaps with others of its thread without being inside them. Only one that may end on another
    /// thread does.
    var overlapsOthers = false
    /// Whether the event ends before those around it.
    let nests: Bool
    /// The kind of the range.
    let kind: ProfiledRange.Kind
    /// The number of the device; -1 for the CPU.
    let deviceIndex: Int
    /// The begin and the end by the recorder's clock.
    let nanoseconds: Range<UInt64>
    let endThread: Int?

    /// Creates the event of a thread's range.
    init(
        id: Int, _ range: ProfiledRange, _ module: ProfiledRange.ModulePath?, thread: UInt64, _ name: String,
        start: UInt64
    ) {
        self.id = id
        self.name = range.name
        kind = range.kind
        deviceType = .cpu
        deviceIndex = -1
        nanoseconds = range.begin..<max(range.begin, range.end)
        timeRange = FunctionEvent.microseconds(nanoseconds, since: start)
        (self.thread, threadName) = (Int(thread), name)
        endThread = range.endThread.map { Int($0) }
        inputShapes = range.inputs.map { $0?.sizes ?? [] }
        inputDTypes = range.inputs.map { $0?.dtype }
        inputStrides = range.inputs.map { $0?.strides ?? [] }
        sequenceNr = range.sequence.flatMap { Int(exactly: $0) } ?? -1
        flops = range.flops
        isAsync = range.endThread != nil
        nests = range.nests
        isUserAnnotation = range.kind == .user
        isBackward = range.kind == .backward
        modulePath = module?.path
        moduleHierarchy = module?.full
    }

    /// Creates the event of work on a device.
    init(id: Int, of event: FunctionEvent, _ launch: ProfiledRange.DeviceLaunch, _ time: Range<UInt64>, start: UInt64) {
        self.id = id
        name = event.name.replacing("aten::", with: "cuda::", maxReplacements: 1)
        (kind, nests) = (.function, true)
        deviceType = .cuda
        deviceIndex = launch.device.index ?? 0
        nanoseconds = time
        timeRange = FunctionEvent.microseconds(time, since: start)
        (thread, threadName, endThread) = (launch.stream, "stream \(launch.stream)", nil)
        (inputShapes, inputDTypes, inputStrides) = (event.inputShapes, event.inputDTypes, event.inputStrides)
        (sequenceNr, flops, isAsync, isUserAnnotation, isBackward) = (-1, 0, false, false, false)
        (modulePath, moduleHierarchy) = (event.modulePath, event.moduleHierarchy)
        cudaTimeTotal = timeRange.end - timeRange.start
    }

    /// Creates the event of a change of memory outside of all events.
    init(id: Int, _ memory: ProfiledMemory, thread: UInt64, _ threadName: String, start: UInt64) {
        self.id = id
        name = "[memory]"
        (kind, nests) = (.function, true)
        (deviceType, deviceIndex) = (.cpu, -1)
        nanoseconds = memory.time..<memory.time
        timeRange = FunctionEvent.microseconds(nanoseconds, since: start)
        (self.thread, self.threadName, endThread) = (Int(thread), threadName, nil)
        (inputShapes, inputDTypes, inputStrides) = ([], [], [])
        (sequenceNr, flops, isAsync, isUserAnnotation, isBackward) = (-1, 0, false, false, false)
        (modulePath, moduleHierarchy) = (nil, nil)
        if memory.device.kind == .cuda { cudaMemoryUsage = memory.bytes } else { cpuMemoryUsage = memory.bytes }
        (selfCPUMemoryUsage, selfCUDAMemoryUsage) = (cpuMemoryUsage, cudaMemoryUsage)
    }

    private static func microseconds(_ time: Range<UInt64>, since start: UInt64) -> (start: Double, end: Double) {
        func count(_ time: UInt64) -> Double { (Double(time) - Double(start)) / 1000 }
        return (count(time.lowerBound), count(time.upperBound))
    }

    /// The time from begin to end on the CPU; 0 for work on a device.
    public var cpuTimeTotal: Double { deviceType == .cpu ? timeRange.end - timeRange.start : 0 }
    /// The same without the time of the children; 0 if the event is asynchronous.
    public var selfCPUTimeTotal: Double {
        isAsync ? 0 : cpuTimeTotal - cpuChildren.reduce(0) { $0 + $1.cpuTimeTotal }
    }
    /// The time of its own device work, without the children's.
    public var selfCUDATimeTotal: Double {
        deviceType == .cuda ? cudaTimeTotal : cudaTimeTotal - cpuChildren.reduce(0) { $0 + $1.cudaTimeTotal }
    }
}

extension FunctionEvent: CustomStringConvertible {
    /// The name and the times, in PyTorch's form.
    public var description: String {
        "<FunctionEvent id=\(id) name=\(name) device_type=DeviceType.\(deviceType.rawValue) is_async=\(isAsync ? "True" : "False") start_us=\(timeRange.start) end_us=\(timeRange.end) thread=\(thread) input_shapes=\(inputShapes)>"
    }
}

/// Events of a profile under one name, with the sums of their times. Times are in microseconds, memory is in bytes.
/// PyTorch: `torch.autograd.profiler_util.FunctionEventAvg`.
public struct FunctionEventAvg: Sendable {
    /// The name of the events.
    public let key: String
    /// Where the time was spent: the CPU or a CUDA device.
    public let deviceType: ProfilerActivity
    /// The sizes of the inputs, if events are grouped by them.
    public let inputShapes: [[Int]]
    /// The innermost calls, if events are grouped by them.
    public let stack: [String]
    /// Whether the first of the events began on one thread and ended on another.
    public let isAsync: Bool
    /// Whether the program named the events.
    public let isUserAnnotation: Bool
    /// The number of events.
    public private(set) var count = 0
    /// The time from begin to end, and without the time of the children.
    public private(set) var cpuTimeTotal = 0.0, selfCPUTimeTotal = 0.0
    /// The time of work on CUDA devices, and without the children's.
    public private(set) var cudaTimeTotal = 0.0, selfCUDATimeTotal = 0.0
    /// The bytes that were allocated minus those that were freed, and without what children did.
    public private(set) var cpuMemoryUsage = 0, selfCPUMemoryUsage = 0
    /// The same on CUDA devices.
    public private(set) var cudaMemoryUsage = 0, selfCUDAMemoryUsage = 0
    /// The number of floating-point operations.
    public private(set) var flops = 0

    /// The time of one event.
    public var cpuTime: Double { count == 0 ? 0 : cpuTimeTotal / Double(count) }
    /// The time of one event's work on CUDA devices.
    public var cudaTime: Double { count == 0 ? 0 : cudaTimeTotal / Double(count) }

    /// Creates a group without events, of the form of `event`.
    init(_ event: FunctionEvent, key: String? = nil, hasShapes: Bool, stackDepth: Int) {
        self.key = key ?? event.key
        deviceType = event.deviceType
        inputShapes = hasShapes ? event.inputShapes : []
        stack = Array(event.stack.prefix(stackDepth))
        isAsync = event.isAsync
        isUserAnnotation = event.isUserAnnotation
    }

    mutating func add(_ event: FunctionEvent) {
        count += 1
        cpuTimeTotal += event.cpuTimeTotal
        selfCPUTimeTotal += event.selfCPUTimeTotal
        cudaTimeTotal += event.cudaTimeTotal
        selfCUDATimeTotal += event.selfCUDATimeTotal
        cpuMemoryUsage += event.cpuMemoryUsage
        selfCPUMemoryUsage += event.selfCPUMemoryUsage
        cudaMemoryUsage += event.cudaMemoryUsage
        selfCUDAMemoryUsage += event.selfCUDAMemoryUsage
        flops = flops.addingUpToMost(event.flops)
    }
}

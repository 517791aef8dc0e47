import Foundation

/// What a profile recorded, as events.
final class ProfileTrace {
    let options: ProfileRecorder.Options
    let threads: [ProfileRecorder.Thread]
    /// The recorder's clock at the start, the end, and the start in nanoseconds since 1970.
    let start: UInt64, end: UInt64, startSince1970: UInt64
    let events: EventList
    /// The calls of modules.
    let moduleCalls: [FunctionEvent]

    /// The name of this machine.
    static var hostName: String { ProcessInfo.processInfo.hostName }

    init(
        _ options: ProfileRecorder.Options, start: UInt64, startSince1970: UInt64, end: UInt64,
        threads: [ProfileRecorder.Thread]
    ) {
        self.options = options
        (self.start, self.startSince1970, self.end) = (start, startSince1970, end)
        self.threads = threads
        var builder = TraceBuilder(start: start, options: options)
        builder.findModules(in: threads)
        for thread in threads { builder.add(thread) }
        builder.finish()
        events = EventList(builder.events, options)
        moduleCalls = builder.moduleCalls
    }
}

/// Makes events of the ranges that threads recorded.
private struct TraceBuilder {
    let start: UInt64
    let options: ProfileRecorder.Options
    var events: [FunctionEvent] = []
    var moduleCalls: [FunctionEvent] = []
    private var count = 0
    /// The calls of modules by the tape's numbers, in the order of their begin.
    private var calls: [(nodes: Range<UInt64>, module: ProfiledRange.ModulePath)] = []
    private var stacks: [(event: FunctionEvent, stack: CallStack)] = []

    init(start: UInt64, options: ProfileRecorder.Options) { (self.start, self.options) = (start, options) }

    private mutating func nextID() -> Int {
        count += 1
        return count - 1
    }

    // MARK: Modules

    mutating func findModules(in threads: [ProfileRecorder.Thread]) {
        for thread in threads {
            for range in thread.ranges {
                guard let module = range.module, let first = range.sequence else { continue }
                calls.append((first..<max(first, range.sequenceAtEnd ?? .max), module))
            }
        }
        calls.sort { $0.nodes.lowerBound < $1.nodes.lowerBound }
    }

    /// Returns the innermost module in whose call a node was recorded.
    private func module(recording node: UInt64) -> ProfiledRange.ModulePath? {
        var low = 0, high = calls.count
        while low < high {
            let middle = (low + high) / 2
            if calls[middle].nodes.lowerBound <= node { low = middle + 1 } else { high = middle }
        }
        return calls[..<low].last { $0.nodes.contains(node) }?.module
    }

    // MARK: Threads

    mutating func add(_ thread: ProfileRecorder.Thread) {
        /// The ranges that have begun and not ended, with the module that each gives to those inside it.
        var open: [(end: UInt64, module: ProfiledRange.ModulePath?)] = []
        var own: [FunctionEvent] = []
        for range in thread.ranges {
            while let last = open.last, last.end <= range.begin { open.removeLast() }
            var module = range.module ?? open.last?.module
            if range.kind == .evaluation { module = range.sequence.flatMap { self.module(recording: $0) } }
            if range.nests { open.append((range.end, module)) }
            let event = FunctionEvent(
                id: nextID(), range, module, thread: thread.number, thread.name, start: start)
            if range.kind == .module {
                moduleCalls.append(event)
                continue
            }
            if let stack = range.stack { stacks.append((event, stack)) }
            if options.recordsCPU { own.append(event) }
            for launch in range.launches {
                guard let time = launch.measure() else { continue }
                let kernel = FunctionEvent(id: nextID(), of: event, launch, time, start: start)
                event.kernels.append(kernel)
                events.append(kernel)
            }
        }
        nest(own)
        addMemory(thread, own)
        events += own
    }

    /// Finds which events ran in which others: an event is in another one if its time is.
    private func nest(_ events: [FunctionEvent]) {
        var open: [FunctionEvent] = []
        let sorted = events.filter { !$0.isAsync }.sorted {
            let (a, b) = ($0.nanoseconds, $1.nanoseconds)
            if a.lowerBound != b.lowerBound { return a.lowerBound < b.lowerBound }
            return a.upperBound == b.upperBound ? $0.id < $1.id : a.upperBound > b.upperBound
        }
        for event in sorted {
            while let last = open.last {
                if event.nanoseconds.lowerBound < last.nanoseconds.upperBound,
                    event.nanoseconds.upperBound <= last.nanoseconds.upperBound
                {
                    last.cpuChildren.append(event)
                    event.cpuParent = last
                    break
                }
                if event.nanoseconds.lowerBound < last.nanoseconds.upperBound {
                    (event.nests ? last : event).overlapsOthers = true
                }
                open.removeLast()
            }
            open.append(event)
        }
        for event in sorted.reversed() {
            event.cudaTimeTotal =
                (event.kernels + event.cpuChildren).reduce(0) { $0 + $1.cudaTimeTotal }
        }
    }

    /// Gives each event the memory that changed in its time. A change outside of all events is one itself.
    private mutating func addMemory(_ thread: ProfileRecorder.Thread, _ own: [FunctionEvent]) {
        if thread.memory.isEmpty { return }
        let times = thread.memory.map(\.time)
        func sums(_ kind: Device.Kind) -> [Int] {
            thread.memory.reduce(into: [0]) { $0.append($0.last! + ($1.device.kind == kind ? $1.bytes : 0)) }
        }
        let (cpu, cuda) = (sums(.cpu), sums(.cuda))
        func count(before time: UInt64) -> Int {
            var low = 0, high = times.count
            while low < high {
                let middle = (low + high) / 2
                if times[middle] < time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        var isInside = [Bool](repeating: false, count: times.count)
        for event in own where !event.isAsync {
            let first = count(before: event.nanoseconds.lowerBound), last = count(before: event.nanoseconds.upperBound)
            event.cpuMemoryUsage = cpu[last] - cpu[first]
            event.cudaMemoryUsage = cuda[last] - cuda[first]
            if event.cpuParent == nil { for i in first..<last { isInside[i] = true } }
        }
        for event in own where !event.isAsync {
            event.selfCPUMemoryUsage = event.cpuMemoryUsage - event.cpuChildren.reduce(0) { $0 + $1.cpuMemoryUsage }
            event.selfCUDAMemoryUsage = event.cudaMemoryUsage - event.cpuChildren.reduce(0) { $0 + $1.cudaMemoryUsage }
        }
        for (change, isInside) in zip(thread.memory, isInside) where !isInside && options.recordsCPU {
            events.append(FunctionEvent(id: nextID(), change, thread: thread.number, thread.name, start: start))
        }
    }

    // MARK: All together

    mutating func finish() {
        let frames = CallStack.frames(of: stacks.map(\.stack))
        for ((event, _), frames) in zip(stacks, frames) {
            event.stack = CallStack.calls(
                frames, outside: ["st_call_stack", "Torch.CallStack", "Torch.ThreadProfile"],
                ["Torch.OperatorRange", "Torch.ProfiledBackend", "Torch.recordFunction"]
            )
            .map { $0.name.isEmpty ? $0.description : $0.name }
        }
        events.sort { ($0.nanoseconds.lowerBound, $0.id) < ($1.nanoseconds.lowerBound, $1.id) }
        linkBackward()
    }

    /// Finds for each step of the backward pass the thread and the calls that recorded it: those of the last event that
    /// began before the node had its number.
    private func linkBackward() {
        var forward: [Int: FunctionEvent] = [:]
        for event in events where event.sequenceNr >= 0 && event.kind == .function && event.deviceType == .cpu {
            forward[event.sequenceNr] = event
        }
        for event in events where event.kind == .evaluation {
            guard let origin = forward[event.sequenceNr] else { continue }
            setForward(origin, of: event)
        }
    }

    private func setForward(_ origin: FunctionEvent, of event: FunctionEvent) {
        event.fwdThread = origin.thread
        event.forward = origin
        event.stack = origin.stack
        for child in event.cpuChildren { setForward(origin, of: child) }
    }
}

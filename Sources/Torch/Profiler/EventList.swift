/// The events of a profile, in the order of their begin. PyTorch: `torch.autograd.profiler_util.EventList`.
public struct EventList: RandomAccessCollection, Sendable {
    private let all: [FunctionEvent]
    let options: ProfileRecorder.Options

    init(_ events: [FunctionEvent], _ options: ProfileRecorder.Options) {
        all = events
        self.options = options
    }

    public var startIndex: Int { all.startIndex }
    public var endIndex: Int { all.endIndex }
    public subscript(index: Int) -> FunctionEvent { all[index] }

    /// The sum of the events' own times on the CPU, in microseconds.
    public var selfCPUTimeTotal: Double { all.reduce(0) { $0 + $1.selfCPUTimeTotal } }

    /// Returns the events grouped by name. PyTorch: `EventList.key_averages`.
    /// - Parameters:
    ///   - groupByInputShapes: whether events with other input shapes are another group.
    ///   - groupByStackN: how many of the innermost calls must be the same in a group.
    public func keyAverages(groupByInputShapes: Bool = false, groupByStackN: Int = 0) -> EventAverages {
        struct Key: Hashable {
            let name: String, device: ProfilerActivity, isUserAnnotation: Bool, shapes: [[Int]], stack: [String]
        }
        var groups = OrderedEntries<Key, FunctionEventAvg>()
        let depth = Swift.max(groupByStackN, 0)
        for event in all {
            let key = Key(
                name: event.key, device: event.deviceType, isUserAnnotation: event.isUserAnnotation,
                shapes: groupByInputShapes ? event.inputShapes : [], stack: Array(event.stack.prefix(depth)))
            var group =
                groups[key] ?? FunctionEventAvg(event, hasShapes: groupByInputShapes, stackDepth: depth)
            group.add(event)
            groups[key] = group
        }
        return EventAverages(groups.list.map(\.value), options)
    }

    /// Returns the sums over all events, under the name `Total`. Nil if there is no event.
    /// PyTorch: `EventList.total_average`.
    public func totalAverage() -> FunctionEventAvg? {
        guard let first = all.first else { return nil }
        var total = FunctionEventAvg(first, key: "Total", hasShapes: false, stackDepth: 0)
        for event in all { total.add(event) }
        return total
    }

    /// Returns a table with a line for each event.
    /// - Parameters:
    ///   - sortBy: the column to sort by, the greatest first; nil for the order of the events.
    ///   - rowLimit: how many lines there are at most; -1 for all.
    ///   - maxSrcColumnWidth: the greatest width of the column of calls; nil for any.
    ///   - maxNameColumnWidth: the greatest width of the column of names.
    ///   - maxShapesColumnWidth: the greatest width of the column of input shapes.
    ///   - header: a line above the table.
    ///   - topLevelEventsOnly: whether events that ran in others are left out.
    ///   - timeUnit: the unit of all times; nil for one that fits each.
    public func table(
        sortBy: ProfilerSortKey? = nil, rowLimit: Int = 100, maxSrcColumnWidth: Int? = 75,
        maxNameColumnWidth: Int? = 55, maxShapesColumnWidth: Int? = 80, header: String? = nil,
        topLevelEventsOnly: Bool = false, timeUnit: ProfilerTimeUnit? = nil
    ) -> String {
        let rows = all.map { event in
            var row = FunctionEventAvg(event, hasShapes: true, stackDepth: event.stack.count)
            row.add(event)
            return (row, event.cpuParent == nil)
        }
        return EventTable(
            rows: rows, options: options, sortBy: sortBy, rowLimit: rowLimit, maxSourceWidth: maxSrcColumnWidth,
            maxNameWidth: maxNameColumnWidth, maxShapesWidth: maxShapesColumnWidth, header: header,
            topLevelOnly: topLevelEventsOnly, unit: timeUnit
        ).text
    }
}

/// Groups of events of a profile. `Profiler.keyAverages` makes them.
public struct EventAverages: RandomAccessCollection, Sendable {
    private let all: [FunctionEventAvg]
    private let options: ProfileRecorder.Options

    init(_ groups: [FunctionEventAvg], _ options: ProfileRecorder.Options) {
        all = groups
        self.options = options
    }

    public var startIndex: Int { all.startIndex }
    public var endIndex: Int { all.endIndex }
    public subscript(index: Int) -> FunctionEventAvg { all[index] }

    /// The sum of the events' own times on the CPU, in microseconds.
    public var selfCPUTimeTotal: Double { all.reduce(0) { $0 + $1.selfCPUTimeTotal } }

    /// Returns PyTorch's table: a line for each group. PyTorch: `EventList.table`.
    /// - Parameters:
    ///   - sortBy: the column to sort by, the greatest first; nil for the order of the first events.
    ///   - rowLimit: how many lines there are at most; -1 for all.
    ///   - maxSrcColumnWidth: the greatest width of the column of calls; nil for any.
    ///   - maxNameColumnWidth: the greatest width of the column of names.
    ///   - maxShapesColumnWidth: the greatest width of the column of input shapes.
    ///   - header: a line above the table.
    ///   - timeUnit: the unit of all times; nil for one that fits each.
    public func table(
        sortBy: ProfilerSortKey? = nil, rowLimit: Int = 100, maxSrcColumnWidth: Int? = 75,
        maxNameColumnWidth: Int? = 55, maxShapesColumnWidth: Int? = 80, header: String? = nil,
        timeUnit: ProfilerTimeUnit? = nil
    ) -> String {
        EventTable(
            rows: all.map { ($0, true) }, options: options, sortBy: sortBy, rowLimit: rowLimit,
            maxSourceWidth: maxSrcColumnWidth, maxNameWidth: maxNameColumnWidth, maxShapesWidth: maxShapesColumnWidth,
            header: header, topLevelOnly: false, unit: timeUnit
        ).text
    }
}

/// The columns that a profile's table can be sorted by, with PyTorch's names.
public enum ProfilerSortKey: String, Sendable, CaseIterable {
    case cpuTime = "cpu_time", cpuTimeTotal = "cpu_time_total", selfCPUTimeTotal = "self_cpu_time_total"
    case cudaTime = "cuda_time", cudaTimeTotal = "cuda_time_total", selfCUDATimeTotal = "self_cuda_time_total"
    case cpuMemoryUsage = "cpu_memory_usage", selfCPUMemoryUsage = "self_cpu_memory_usage"
    case cudaMemoryUsage = "cuda_memory_usage", selfCUDAMemoryUsage = "self_cuda_memory_usage"
    case count, flops

    func value(_ group: FunctionEventAvg) -> Double {
        switch self {
        case .cpuTime: group.cpuTime
        case .cpuTimeTotal: group.cpuTimeTotal
        case .selfCPUTimeTotal: group.selfCPUTimeTotal
        case .cudaTime: group.cudaTime
        case .cudaTimeTotal: group.cudaTimeTotal
        case .selfCUDATimeTotal: group.selfCUDATimeTotal
        case .cpuMemoryUsage: Double(group.cpuMemoryUsage)
        case .selfCPUMemoryUsage: Double(group.selfCPUMemoryUsage)
        case .cudaMemoryUsage: Double(group.cudaMemoryUsage)
        case .selfCUDAMemoryUsage: Double(group.selfCUDAMemoryUsage)
        case .count: Double(group.count)
        case .flops: Double(group.flops)
        }
    }
}

/// A unit of time in a profile's table.
public enum ProfilerTimeUnit: String, Sendable {
    /// Seconds, milliseconds, microseconds.
    case s, ms, us
}

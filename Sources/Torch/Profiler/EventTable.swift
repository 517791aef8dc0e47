/// The table of a profile, in PyTorch's layout.
struct EventTable {
    /// The lines, and whether each is of an event outside of all others.
    let rows: [(group: FunctionEventAvg, isTopLevel: Bool)]
    let options: ProfileRecorder.Options
    let sortBy: ProfilerSortKey?
    let rowLimit: Int
    let maxSourceWidth, maxNameWidth, maxShapesWidth: Int?
    let header: String?
    let topLevelOnly: Bool
    let unit: ProfilerTimeUnit?

    private struct Column {
        let title: String, width: Int
        var isLeft = false
        let cell: (FunctionEventAvg) -> String
    }

    var text: String {
        if rows.isEmpty { return "" }
        let groups = rows.map(\.group)
        let hasDeviceTime = groups.contains { $0.selfCUDATimeTotal > 0 }
        let hasDeviceMemory = groups.contains { $0.selfCUDAMemoryUsage > 0 }
        let cpuSum = groups.reduce(0) { $0 + $1.selfCPUTimeTotal }
        let deviceSum = groups.reduce(0) { $0 + ($1.deviceType == .cuda ? $1.selfCUDATimeTotal : 0) }

        var columns = [Column(title: "Name", width: width(groups.map { $0.key }, maxNameWidth), cell: name)]
        func add(_ title: String, _ cell: @escaping (FunctionEventAvg) -> String) {
            columns.append(Column(title: title, width: 12, cell: cell))
        }
        add("Self CPU %") { share($0.selfCPUTimeTotal, cpuSum) }
        add("Self CPU") { time($0.selfCPUTimeTotal) }
        add("CPU total %") { $0.isAsync ? "0" : share($0.cpuTimeTotal, cpuSum) }
        add("CPU total") { time($0.cpuTimeTotal) }
        add("CPU time avg") { time($0.cpuTime) }
        if hasDeviceTime {
            add("Self CUDA") { time($0.selfCUDATimeTotal) }
            add("Self CUDA %") { share($0.selfCUDATimeTotal, deviceSum) }
            add("CUDA total") { time($0.cudaTimeTotal) }
            add("CUDA time avg") { time($0.cudaTime) }
        }
        if options.recordsMemory {
            add("CPU Mem") { memory($0.cpuMemoryUsage) }
            add("Self CPU Mem") { memory($0.selfCPUMemoryUsage) }
            if hasDeviceMemory {
                add("CUDA Mem") { memory($0.cudaMemoryUsage) }
                add("Self CUDA Mem") { memory($0.selfCUDAMemoryUsage) }
            }
        }
        add("# of Calls") { String($0.count) }
        if groups.contains(where: { !$0.inputShapes.isEmpty }) {
            let width = width(groups.map { shapes($0) }, maxShapesWidth)
            columns.append(Column(title: "Input Shapes", width: width) { String(shapes($0).prefix(width)) })
        }
        let source = columns.count
        if groups.contains(where: { !$0.stack.isEmpty }) {
            let width = width(groups.flatMap(\.stack), maxSourceWidth)
            columns.append(
                Column(title: "Source Location", width: width, isLeft: true) { trimmed($0.stack.first ?? "", width) })
        }
        if options.recordsFlops, let least = groups.map(\.flops).filter({ $0 > 0 }).min() {
            let (scale, title) = flopUnit(of: least)
            add("Total \(title)") { $0.flops <= 0 ? "--" : format(Double($0.flops) * scale, "8.3f") }
        }

        func line(_ cells: [String]) -> String {
            zip(columns, cells).map { column, cell in
                format(cell, "\(column.isLeft ? "<" : ">")\(column.width)") + "  "
            }.joined() + "\n"
        }
        let rule = columns.map { String(repeating: "-", count: $0.width) + "  " }.joined() + "\n"
        let length = columns.reduce(-2) { $0 + $1.width + 2 }
        let doubleRule = String(repeating: "=", count: length) + "\n"

        var text = ""
        if let header { text += doubleRule + header + "\n" }
        if topLevelOnly { text += doubleRule + "This report only display top-level ops statistics\n" }
        text += rule + line(columns.map(\.title)) + rule
        for group in shownGroups {
            text += line(columns.map { $0.cell(group) })
            if columns.count > source, columns[source].isLeft {
                for call in group.stack.dropFirst() + [""] {
                    var cells = [String](repeating: "", count: columns.count)
                    cells[source] = trimmed(call, columns[source].width)
                    text += line(cells)
                }
            }
        }
        text += rule + "Self CPU time total: \(time(cpuSum))\n"
        if hasDeviceTime { text += "Self CUDA time total: \(time(deviceSum))\n" }
        return text
    }

    private var shownGroups: [FunctionEventAvg] {
        var shown = rows
        if let sortBy {
            shown = rows.enumerated().sorted {
                let (a, b) = (sortBy.value($0.element.group), sortBy.value($1.element.group))
                return a == b ? $0.offset < $1.offset : a > b
            }.map(\.element)
        }
        if topLevelOnly { shown = shown.filter(\.isTopLevel) }
        return (rowLimit < 0 ? shown[...] : shown.prefix(rowLimit)).map(\.group)
    }

    // MARK: Cells

    /// A column is four characters wider than its longest cell, unless that is too wide.
    private func width(_ cells: [String], _ most: Int?) -> Int {
        let wanted = (cells.map(\.count).max() ?? 0) + 4
        return most.map { min(wanted, max($0, 0)) } ?? wanted
    }

    private func name(_ group: FunctionEventAvg) -> String {
        guard let maxNameWidth, group.key.count >= maxNameWidth - 3 else { return group.key }
        return group.key.prefix(max(maxNameWidth - 3, 0)) + "..."
    }

    private func shapes(_ group: FunctionEventAvg) -> String { "\(group.inputShapes)" }

    /// The end of a text that is too long.
    private func trimmed(_ text: String, _ width: Int) -> String {
        if text.count <= width { return text }
        let end = text.suffix(width)
        return width > 3 ? "..." + end.dropFirst(3) : String(end)
    }

    private func time(_ microseconds: Double) -> String {
        switch unit {
        case .s: return format(microseconds / 1e6, ".3f") + "s"
        case .ms: return format(microseconds / 1e3, ".3f") + "ms"
        case .us: return format(microseconds, ".3f") + "us"
        case nil:
            if microseconds >= 1e6 { return format(microseconds / 1e6, ".3f") + "s" }
            return microseconds >= 1e3
                ? format(microseconds / 1e3, ".3f") + "ms" : format(microseconds, ".3f") + "us"
        }
    }

    private func share(_ part: Double, _ whole: Double) -> String {
        whole == 0 ? "NaN" : format(part * 100 / whole, ".2f") + "%"
    }

    private func memory(_ bytes: Int) -> String {
        for (power, unit) in [(30, "GB"), (20, "MB"), (10, "KB")] where bytes.magnitude >= 1 << power {
            return format(Double(bytes) / Double(1 << power), ".2f") + " \(unit)"
        }
        return "\(bytes) B"
    }

    /// The unit in which the least number of operations is at least 1, as a factor and a name.
    private func flopUnit(of least: Int) -> (scale: Double, title: String) {
        let names = ["FLOPs", "KFLOPs", "MFLOPs", "GFLOPs", "TFLOPs", "PFLOPs"]
        var power = 0, scale = 1.0
        while power + 1 < names.count, Double(least) * scale >= 1000 {
            power += 1
            scale /= 1000
        }
        return (scale, names[power])
    }
}

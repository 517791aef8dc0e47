/// Counts the floating-point operations of matrix products, convolutions and attention, forward and backward, in all
/// and by module. Counts follow from sizes alone, so they are the same on every device, `meta` too.
/// PyTorch: `torch.utils.flop_counter.FlopCounterMode`.
///
///     let counter = FlopCounter(model, display: false)
///     counter.count { model(x).sum().backward() }
///     counter.getTotalFlops()
///     print(counter.getTable())
///
/// A multiplication and an addition are two operations. Other operators (sums, norms, products with vectors) count
/// nothing, as in PyTorch. Recurrent layers count as the products that they consist of; PyTorch leaves out those that
/// one fused operator computes.
///
/// The operations of a backward step belong to the modules in whose call the step was recorded. PyTorch finds them by
/// the gradients of inputs and outputs, so there a module also gets later steps of others if its input has no gradient
/// or is used again. The sums over all modules are the same.
public final class FlopCounter {
    /// How many levels of modules the table has.
    public var depth: Int
    /// Whether `count` prints the table at its end.
    public var display: Bool

    /// A call of a module: the nodes that were recorded in it have numbers from `start` to before `end`.
    private struct Call {
        let name: String, start: UInt64
        var end = UInt64.max
        /// The index of the call in which this one was made; -1 if there is none.
        let outer: Int
    }

    private let modules: [Module]
    private var counts = OrderedEntries<String, OrderedEntries<String, Int>>()
    /// The calls in the order of their begin.
    private var calls: [Call] = []
    /// The index of the innermost call that has not ended; -1 if there is none.
    private var running = -1

    /// Creates a counter.
    /// - Parameters:
    ///   - mods: the modules whose operations are also counted by module. A module's name begins with its class.
    ///   - depth: how many levels of modules the table has.
    ///   - display: whether `count` prints the table at its end.
    public init(_ mods: Module..., depth: Int = 2, display: Bool = true) {
        modules = mods
        self.depth = depth
        self.display = display
    }

    fileprivate init(_ mods: [Module], depth: Int, display: Bool) {
        modules = mods
        self.depth = depth
        self.display = display
    }

    // MARK: Counting

    /// Runs `body` and counts the operations of this thread. Earlier counts are forgotten.
    public func count<Result>(_ body: () throws -> Result) rethrows -> Result {
        (counts, calls, running) = (.init(), [], -1)
        let tally = FlopTally { [unowned self] in add($1, $2, in: $0) }
        var undo: [() -> Void] = []
        for (module, name) in names() {
            let handles = [
                module.register(
                    { [unowned self] _, _ in
                        if FlopTally.current === tally { begin(name) }
                        return nil
                    }, \.before),
                module.register(
                    { [unowned self] _, _, _ in
                        if FlopTally.current === tally { end(name) }
                        return nil
                    }, \.after)
            ]
            undo.append {
                for handle in handles { handle.remove() }
                module.dropEmptyHooks()
            }
        }
        defer {
            for step in undo { step() }
            if display { print(getTable()) }
        }
        return try tally.asCurrent(body)
    }

    /// Returns the modules with their names: the class of a given module, and the path below it. As in PyTorch, a
    /// module under several parents has the name from the last one.
    private func names() -> [(module: Module, name: String)] {
        var found: [ObjectIdentifier: Int] = [:], seen: Set<ObjectIdentifier> = []
        // The list keeps groups of modules, which reflection makes, alive: their addresses stay their own.
        var list: [(module: Module, name: String)] = []
        func add(_ module: Module, _ name: String) {
            let id = ObjectIdentifier(module)
            if let place = found[id] {
                list[place].name = name
            } else {
                found[id] = list.count
                list.append((module, name))
            }
            guard seen.insert(id).inserted else { return }
            for (child, below) in module.namedChildren() { add(below, "\(name).\(child)") }
        }
        for module in modules where found[ObjectIdentifier(module)] == nil { add(module, module.typeName) }
        return list
    }

    private func begin(_ name: String) {
        calls.append(Call(name: name, start: TapeCounter.next, outer: running))
        running = calls.count - 1
    }

    /// Ends a call, and those inside it whose `forward` did not come to its end.
    private func end(_ name: String) {
        while running >= 0 {
            calls[running].end = TapeCounter.next
            defer { running = calls[running].outer }
            if calls[running].name == name { return }
        }
    }

    private func add(_ kind: FlopTally.Operator, _ flops: Int, in tally: FlopTally) {
        var names: Set = ["Global"]
        var call = running
        while call >= 0 {
            names.insert(calls[call].name)
            call = calls[call].outer
        }
        if let node = tally.runningNode {
            call = lastCall(before: node)
            while call >= 0 {
                if calls[call].end > node { names.insert(calls[call].name) }
                call = calls[call].outer
            }
        }
        for name in names {
            var operators = counts[name] ?? .init()
            operators[kind.rawValue] = (operators[kind.rawValue] ?? 0).addingUpToMost(flops)
            counts[name] = operators
        }
    }

    /// Returns the index of the last call that had begun when a node was recorded; -1 if there is none.
    private func lastCall(before node: UInt64) -> Int {
        var low = 0, high = calls.count
        while low < high {
            let middle = (low + high) / 2
            if calls[middle].start <= node { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    // MARK: Results

    /// Returns the number of all operations. PyTorch: `get_total_flops`.
    public func getTotalFlops() -> Int { total(of: "Global") }

    /// Returns the operations by module and operator, such as `["Global": ["aten.mm": 1024]]`. `Global` has all.
    /// PyTorch: `get_flop_counts`.
    public func getFlopCounts() -> [String: [String: Int]] {
        var result: [String: [String: Int]] = [:]
        for (name, operators) in counts.list {
            for (kind, flops) in operators.list { result[name, default: [:]][kind] = flops }
        }
        return result
    }

    private func total(of name: String) -> Int {
        counts[name]?.list.reduce(0) { $0.addingUpToMost($1.value) } ?? 0
    }

    /// Returns a table of the operations by module. PyTorch: `get_table`.
    /// - Parameter depth: how many levels of modules the table has; nil for the counter's own `depth`.
    public func getTable(depth: Int? = nil) -> String {
        let most = depth ?? self.depth, all = total(of: "Global")
        let thousands = min(4, max(0, (String(all).count - 2) / 3))
        var rows: [[String]] = [], isGlobalInside = false
        func lines(_ name: String, _ indent: Int) -> [[String]] {
            let padding = String(repeating: " ", count: indent)
            func line(_ title: String, _ flops: Int) -> [String] {
                [
                    padding + title, FlopCounter.text(flops, thousands: thousands),
                    all == 0 ? "0%" : format(Double(flops) / Double(all), ".2%")
                ]
            }
            let sum = total(of: name)
            if sum >= all { isGlobalInside = true }
            return [line(name, sum)] + (counts[name]?.list.map { line(" - \($0.key)", $0.value) } ?? [])
        }
        for name in counts.list.map(\.key).sorted(by: { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
        )
        where name != "Global" {
            let level = name.count { $0 == "." }
            if level < most { rows += lines(name, level) }
        }
        if counts["Global"] != nil, !isGlobalInside {
            rows = lines("Global", 0) + rows.map { [" " + $0[0]] + $0.dropFirst() }
        }
        return FlopCounter.table(["Module", "FLOP", "% Total"], rows.isEmpty ? [["Global", "0", "0%"]] : rows)
    }

    /// Returns a count in units of a power of 1000, with PyTorch's letter for it.
    private static func text(_ flops: Int, thousands: Int) -> String {
        var unit = 1.0
        for _ in 0..<thousands { unit *= 1000 }
        let number = format(Double(flops) / unit, ".3f")
        // The library that writes PyTorch's table shortens numbers that have no letter.
        return thousands == 0 ? format(Double(number) ?? 0, "g") : number + ["", "K", "M", "B", "T"][thousands]
    }

    /// Returns lines of columns, of which the first is aligned to the left.
    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        let widths = header.indices.map { i in max(header[i].count + 2, rows.map { $0[i].count }.max() ?? 0) }
        let lines = ([header] + rows).map { row in
            row.indices.map { format(row[$0], "\($0 == 0 ? "<" : ">")\(widths[$0])") }.joined(separator: "  ")
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
    }
}

/// Counts the floating-point operations of `body`, and returns the counter.
///
///     let flops = withFlopCounter(model, display: false) { model(x).sum().backward() }.getTotalFlops()
///
/// - Parameters:
///   - mods: the modules whose operations are also counted by module.
///   - depth: how many levels of modules the table has.
///   - display: whether the table is printed at the end.
///   - body: what is counted.
@discardableResult
public func withFlopCounter(
    _ mods: Module..., depth: Int = 2, display: Bool = true, _ body: () throws -> Void
) rethrows -> FlopCounter {
    let counter = FlopCounter(mods, depth: depth, display: display)
    try counter.count(body)
    return counter
}

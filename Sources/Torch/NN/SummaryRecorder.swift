/// Notes the calls of a module and of all modules below it, as the rows of a summary.
final class SummaryRecorder {
    /// A module at one of its paths.
    private final class Place {
        let path: String, module: Module, depth: Int
        unowned let parent: Place?
        var isLeaf = true
        let parameters: [Tensor]

        init(_ path: String, _ module: Module, _ parent: Place?) {
            (self.path, self.module, self.parent) = (path, module, parent)
            depth = (parent?.depth ?? -1) + 1
            parameters = module.parameters()
        }
    }

    /// All places, in the order of the modules. They keep groups of modules, which reflection makes, alive.
    private var places: [Place] = []
    private var placesOfModule: [ObjectIdentifier: [Place]] = [:]
    private var summary = ModuleSummary()
    /// The place of each row.
    private var rowPlaces: [Place] = []
    /// The places whose rows are open at each depth, from 1: those around the last row, and its own.
    private var shown: [Place] = []
    private var rowCounts: [Int] = []
    private var modulesWithRows: Set<ObjectIdentifier> = []
    /// The calls that have not ended: their rows, the operations before them, and those of calls inside them.
    private var running: [(row: Int, before: Int, inside: Int)] = []
    private let tally = FlopTally()

    init(_ root: Module) { add("", root, nil) }

    private func add(_ path: String, _ module: Module, _ parent: Place?) {
        let place = Place(path, module, parent)
        places.append(place)
        placesOfModule[ObjectIdentifier(module), default: []].append(place)
        for (name, child) in module.namedChildren() {
            place.isLeaf = false
            add(Module.join(path, name), child, place)
        }
    }

    /// The modules, each once.
    private var modules: [Module] {
        places.filter { placesOfModule[ObjectIdentifier($0.module)]?.first === $0 }.map(\.module)
    }

    // MARK: Without a call

    /// Returns a summary of all modules at all places.
    func withoutCall() -> ModuleSummary {
        for place in places { appendRow(place) }
        return finished()
    }

    // MARK: With a call

    /// Returns a summary of what `forward` calls. Afterwards the modules are as they were.
    func record(_ device: Device, training: Bool, _ forward: () throws -> Void) rethrows -> ModuleSummary {
        let modules = modules
        if let lazy = modules.first(where: { module in
            module.parameters(recurse: false).contains { $0.isUninitialized }
        }) {
            raise(
                .value,
                "summary: the parameters of \(lazy.typeName) have no shape yet. Call the module once before its summary"
            )
            return summary
        }
        let modes = modules.map(\.isTraining), twins = MemoryTwins()
        let slots = modules.flatMap { $0.allMembers().slots.map(\.slot) }.map { ($0, $0.tensor) }
        let handles = modules.flatMap(watch)
        defer {
            for handle in handles { handle.remove() }
            for (slot, tensor) in slots {
                if let tensor, slot.tensor !== tensor { slot.hold(tensor) }
            }
            twins.restore()
            for (module, mode) in zip(modules, modes) {
                module.isTraining = mode
                module.dropEmptyHooks()
            }
        }
        for module in modules {
            module.isTraining = training
            let members = module.allMembers()
            if device.kind == .meta {
                let others = SummaryRecorder.properties(of: module)
                for tensor in members.parameters.map(\.tensor) + members.buffers.map(\.tensor) + others {
                    twins.moveToMeta(tensor)
                }
            } else {
                for buffer in members.buffers { twins.copyMemory(of: buffer.tensor) }
            }
        }
        try Generator().asDefault { try withDevice(device) { try tally.asCurrent { try noGrad(forward) } } }
        summary.hasCall = true
        summary.totalMultAdds = tally.total / 2
        return finished()
    }

    private func watch(_ module: Module) -> [HookHandle] {
        [
            module.register(
                { [unowned self] module, inputs in
                    begin(module, inputs)
                    return nil
                }, \.before),
            module.register(
                { [unowned self] module, _, output in
                    end(module, output)
                    return nil
                }, \.after)
        ]
    }

    private func begin(_ module: Module, _ inputs: [Any]) {
        guard let candidates = placesOfModule[ObjectIdentifier(module)], var place = candidates.first else { return }
        // A module at several places is called at the one below the running module.
        if candidates.count > 1, let outer = running.last.map({ rowPlaces[$0.row] }) {
            place = candidates.first { SummaryRecorder.is($0, below: outer) } ?? place
        }
        showPlaces(around: place)
        appendRow(place)
        let tensors = SummaryRecorder.tensors(in: inputs)
        summary.rows[summary.rows.count - 1].inputSizes = tensors.map(\.sizes)
        if running.isEmpty {
            summary.totalInput = summary.totalInput.addingUpToMost(SummaryRecorder.byteCount(tensors))
        }
        running.append((summary.rows.count - 1, tally.total, 0))
    }

    private static func `is`(_ place: Place, below outer: Place) -> Bool {
        var parent = place.parent
        while let p = parent, p !== outer { parent = p.parent }
        return parent != nil
    }

    /// Appends rows for modules that are never called, such as lists, when the first module inside is called.
    private func showPlaces(around place: Place) {
        var around: [Place] = [], parent = place.parent
        while let p = parent, p.depth > 0 {
            around.insert(p, at: 0)
            parent = p.parent
        }
        for outer in around where outer.depth > shown.count || shown[outer.depth - 1] !== outer { appendRow(outer) }
    }

    private func appendRow(_ place: Place) {
        let module = place.module
        var row = ModuleSummary.Row()
        row.path = place.path
        row.typeName = module.typeName
        row.depth = place.depth
        if place.depth >= rowCounts.count { rowCounts += [Int](repeating: 0, count: place.depth + 1 - rowCounts.count) }
        rowCounts[place.depth] += 1
        row.index = rowCounts[place.depth]
        row.kernelSize = SummaryRecorder.kernelSize(of: module)
        row.numParams = SummaryRecorder.count(place.parameters)
        row.trainableParams = SummaryRecorder.count(place.parameters.filter(\.requiresGrad))
        row.isLeaf = place.isLeaf
        row.isRecursive = !modulesWithRows.insert(ObjectIdentifier(module)).inserted
        summary.rows.append(row)
        rowPlaces.append(place)
        if place.depth > 0 {
            shown.removeLast(Swift.max(0, shown.count - (place.depth - 1)))
            shown.append(place)
        }
    }

    private func end(_ module: Module, _ output: Any) {
        // Calls inside whose `forward` did not come to its end have no output.
        while let (index, before, inside) = running.popLast() {
            let flops = tally.total - before
            if let last = running.indices.last { running[last].inside += flops }
            summary.rows[index].multAdds = flops / 2
            summary.rows[index].ownMultAdds = (flops - inside) / 2
            guard rowPlaces[index].module === module else { continue }
            let tensors = SummaryRecorder.tensors(in: output)
            summary.rows[index].outputSizes = tensors.map(\.sizes)
            summary.rows[index].outputBytes = SummaryRecorder.byteCount(tensors)
            return
        }
    }

    // MARK: Totals

    private func finished() -> ModuleSummary {
        for i in summary.rows.indices {
            let below = summary.rows[(i + 1)...].prefix { $0.depth > summary.rows[i].depth }.indices
            let inside = Set(below.flatMap { rowPlaces[$0].parameters.map(ObjectIdentifier.init) })
            summary.rows[i].ownParams = SummaryRecorder.count(
                rowPlaces[i].parameters.filter { !inside.contains(ObjectIdentifier($0)) })
            // A module that is never called, such as a list, has what is inside.
            if summary.rows[i].outputSizes.isEmpty, summary.rows[i].multAdds == 0 {
                summary.rows[i].multAdds = below.reduce(0) { $0.addingUpToMost(summary.rows[$1].ownMultAdds) }
            }
        }
        for row in summary.rows where row.isLeaf && row.numParams > 0 {
            for _ in 0..<2 { summary.totalOutputBytes = summary.totalOutputBytes.addingUpToMost(row.outputBytes) }
        }
        let all = places.first?.parameters ?? []
        summary.totalParams = SummaryRecorder.count(all)
        summary.trainableParams = SummaryRecorder.count(all.filter(\.requiresGrad))
        summary.totalParamBytes = SummaryRecorder.byteCount(all)
        return summary
    }

    private static func count(_ tensors: [Tensor]) -> Int { tensors.reduce(0) { $0.addingUpToMost($1.numel()) } }

    private static func byteCount(_ tensors: [Tensor]) -> Int {
        tensors.reduce(0) { sum, tensor in
            let (bytes, overflow) = tensor.numel().multipliedReportingOverflow(by: tensor.itemSize)
            return sum.addingUpToMost(overflow ? .max : bytes)
        }
    }

    // MARK: Values

    /// Returns the tensors of a value: of tuples, arrays, dictionaries, optionals and structures too.
    private static func tensors(in value: Any) -> [Tensor] {
        if let tensor = value as? Tensor { return [tensor] }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .tuple, .collection, .optional, .struct, .dictionary:
            return mirror.children.isEmpty || value is [Double] || value is [Int]
                ? [] : mirror.children.flatMap { tensors(in: $0.value) }
        default: return []
        }
    }

    /// Returns the tensors in a module's properties that are neither parameters nor buffers.
    private static func properties(of module: Module) -> [Tensor] {
        var result: [Tensor] = []
        var mirror: Mirror? = Mirror(reflecting: module)
        while let m = mirror, m.subjectType != Module.self {
            for (_, value) in m.children where !(value is Module) { result += tensors(in: value) }
            mirror = m.superclassMirror
        }
        return result
    }

    /// Returns the property `kernelSize` of a module.
    private static func kernelSize(of module: Module) -> [Int]? {
        var mirror: Mirror? = Mirror(reflecting: module)
        while let m = mirror, m.subjectType != Module.self {
            for (label, value) in m.children where label == "kernelSize" {
                return value as? [Int] ?? (value as? KernelSize)?.values ?? (value as? Int).map { [$0] }
            }
            mirror = m.superclassMirror
        }
        return nil
    }
}

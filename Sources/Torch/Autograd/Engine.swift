import CTorchKernels

/// Walks the graph backwards. A node runs when the gradients of all its users have arrived. If several nodes are ready,
/// the youngest runs first, but a leaf's accumulator runs before all others. So a leaf's gradient is accumulated, its
/// hooks are called and memory is freed as soon as the gradient is complete. PyTorch uses the same order.
struct Engine {
    /// The state of one node in one backward pass.
    private struct Visit {
        let node: Node
        /// The gradients of the node's outputs that have arrived; empty if none has arrived.
        var grads: [Tensor?] = []
        /// Whether only this pass holds each gradient. Such a gradient may be added to in place, or kept without a
        /// copy.
        var owned: [Bool] = []
        /// The number of users of the node that have not run yet.
        var waitsFor = 0
        /// The index in `links` of the node's first edge. Each link is the visit that the edge leads to, or -1 if no
        /// gradient is wanted there.
        var firstLink = 0
        /// The stream of the node; that of an accumulator's first gradient.
        var stream: CUDAStream?
        /// When capturing: whether a captured edge can be reached through the node.
        var isOnPathToCapture = false
        /// The outputs whose gradients are wanted, and their positions in the result.
        var captures: [(output: Int32, position: Int)] = []
    }

    private var visits: [Visit] = []
    private var positions: [ObjectIdentifier: Int] = [:]
    private var links: [Int] = []
    private var ready = ReadyQueue()
    private let createGraph: Bool
    private let retainGraph: Bool
    /// Whether the pass computes the gradients of captured edges instead of accumulating those of the leaves.
    private let isCapturing: Bool
    private var captured: [Tensor?] = []
    private let errorsBefore = ErrorBox.errorCount
    private var streams = GradientStreams()
    /// The vmap in which the pass was started.
    private let startLevel = BatchLevel.current
    /// What counts the floating-point operations of the pass, if anything does.
    private let tally = FlopTally.current
    private let detectsAnomaly = AnomalyMode.isEnabled
    /// Whether a profile runs.
    private let isProfiled = OperatorRange.isActive
    /// Whether each step is looked at: by the detection of anomalies or a profile.
    private let isWatched = AnomalyMode.isEnabled || OperatorRange.isActive
    private let checksNaN = AnomalyMode.isEnabled && AnomalyMode.checksNaN

    /// Propagates the gradients of `roots` to the leaves.
    static func accumulate(roots: [(Edge, Tensor)], retainGraph: Bool, createGraph: Bool) {
        pass(createGraph) {
            var engine = Engine(retainGraph: retainGraph, createGraph: createGraph, isCapturing: false)
            engine.countUsers(from: roots.map(\.0))
            engine.run(roots)
            return ((), engine.hasFailed)
        }
    }

    /// Propagates the gradients of `roots` only to the given edges. Returns the gradients there, or void tensors after
    /// an error.
    static func capture(_ edges: [Edge], roots: [(Edge, Tensor)], retainGraph: Bool, createGraph: Bool) -> [Tensor?] {
        pass(createGraph) {
            var engine = Engine(retainGraph: retainGraph, createGraph: createGraph, isCapturing: true)
            engine.countUsers(from: roots.map(\.0))
            engine.mark(edges)
            engine.run(roots)
            return (engine.hasFailed ? edges.map { _ in .void } : engine.captured, engine.hasFailed)
        }
    }

    /// Runs a pass. A hook or a step of a pass can begin another one; only the end of the outermost one is the end of
    /// the backward pass.
    private static func pass<Result>(_ createGraph: Bool, _ body: () -> (result: Result, hasFailed: Bool)) -> Result {
        let thread = st_this_thread()
        thread.pointee.backward_depth += 1
        let (result, hasFailed) = setGradEnabled(createGraph, body)
        thread.pointee.backward_depth -= 1
        if thread.pointee.backward_depth == 0 { BackwardEnd.run(hasFailed: hasFailed) }
        return result
    }

    private init(retainGraph: Bool, createGraph: Bool, isCapturing: Bool) {
        self.retainGraph = retainGraph
        self.createGraph = createGraph
        self.isCapturing = isCapturing
    }

    /// Returns the vmap in which a node runs: its own, or that of the pass if this is further inside. The vmap of the
    /// pass may be inside that of the node, or the node's may have ended.
    private func batchLevel(of node: Node) -> BatchLevel? {
        guard let startLevel, isCapturing || !(node is AccumulateGrad) else { return node.batchLevel }
        guard let own = node.batchLevel, !startLevel.isInside(own) else { return startLevel }
        return own.inside(startLevel)
    }

    private var hasFailed: Bool { ErrorBox.errorCount != errorsBefore }

    // MARK: Before the first node runs

    /// Finds all nodes below the roots and counts the users of each, without recursion.
    private mutating func countUsers(from roots: [Edge]) {
        var next = 0
        for root in roots {
            if let node = root.node { _ = visit(node) }
        }
        while next < visits.count {
            let node = visits[next].node
            visits[next].firstLink = links.count
            for edge in node.edges {
                guard let input = edge.node else {
                    links.append(-1)
                    continue
                }
                let position = visit(input)
                visits[position].waitsFor += 1
                links.append(position)
            }
            next += 1
        }
    }

    private mutating func visit(_ node: Node) -> Int {
        let id = ObjectIdentifier(node)
        if let position = positions[id] { return position }
        positions[id] = visits.count
        visits.append(Visit(node: node, stream: node.sequence == .max ? nil : node.stream))
        return visits.count - 1
    }

    /// Records which gradients are wanted and which nodes lead to them.
    private mutating func mark(_ edges: [Edge]) {
        captured = [Tensor?](repeating: nil, count: edges.count)
        for (i, edge) in edges.enumerated() {
            guard let node = edge.node, let position = positions[ObjectIdentifier(node)] else { continue }
            visits[position].captures.append((edge.index, i))
        }
        // A node's inputs are older than the node, and leaves lead nowhere.
        for position in visits.indices.sorted(by: { visits[$0].node.sequence < visits[$1].node.sequence }) {
            let first = visits[position].firstLink
            visits[position].isOnPathToCapture = visits[position].node.edges.indices.contains { i in
                let input = links[first + i]
                return input >= 0 && isWanted(input)
            }
        }
    }

    private func isWanted(_ position: Int) -> Bool {
        !isCapturing || visits[position].isOnPathToCapture || !visits[position].captures.isEmpty
    }

    // MARK: Running

    private mutating func run(_ roots: [(Edge, Tensor)]) {
        for (edge, grad) in roots {
            guard let node = edge.node, let position = positions[ObjectIdentifier(node)] else { continue }
            deliver(grad, to: position, Int(edge.index), own: false)
        }
        for position in visits.indices where visits[position].waitsFor == 0 {
            ready.push(position, visits[position].node.sequence)
        }
        let outerNode = tally?.runningNode
        while let position = ready.pop(), !hasFailed {
            let outer = streams.enter(visits[position].stream)
            tally?.runningNode = visits[position].node.sequence
            BatchLevel.with(batchLevel(of: visits[position].node)) {
                if isWatched { runWatched(position) } else { run(position) }
            }
            outer?.restore()
        }
        tally?.runningNode = outerNode ?? nil
        streams.join()
    }

    private mutating func runWatched(_ position: Int) {
        let node = visits[position].node
        let range = isProfiled ? OperatorRange.evaluation(of: node) : nil
        defer { range?.end() }
        if detectsAnomaly { AnomalyMode.watch(node) { run(position) } } else { run(position) }
    }

    private mutating func run(_ position: Int) {
        let node = visits[position].node
        // Moved out of the visit, so that nothing else holds the gradients.
        var grads: [Tensor?] = [], owned: [Bool] = []
        swap(&grads, &visits[position].grads)
        swap(&owned, &visits[position].owned)
        if grads.isEmpty { return skipInputs(from: position) }

        let runsNode = !isCapturing || visits[position].isOnPathToCapture
        // If the node runs too, the captured gradient is the one before its hooks, as in PyTorch.
        if runsNode { takeCaptures(at: position, grads, &owned) }
        callHooks(of: node, &grads, &owned)
        if hasFailed { return }
        if !runsNode { return takeCaptures(at: position, grads, &owned) }

        if let leaf = node as? AccumulateGrad {
            if let grad = grads[0] {
                let range = isProfiled ? OperatorRange.step(of: node, grads) : nil
                defer { range?.end() }
                let own = owned[0]
                grads = []
                leaf.accumulate(grad, own: own)
            }
            return
        }
        let range = isProfiled ? OperatorRange.step(of: node, grads) : nil
        var results = node.apply(grads, isCapturing: isCapturing)
        range?.end()
        grads = []
        if hasFailed { return }
        if !retainGraph { node.releaseSaved() }
        let first = visits[position].firstLink
        for (i, edge) in node.edges.enumerated() {
            let input = links[first + i]
            guard input >= 0, isWanted(input) else { continue }
            if i < results.count, var grad = results[i] {
                results[i] = nil
                let receiver = visits[input].node
                guard
                    Engine.fit(&grad, to: receiver.outputs[Int(edge.index)], node.name, i, in: batchLevel(of: receiver))
                else { return }
                if checksNaN, grad.hasNaN {
                    return raise(.runtime, "Function '\(node.name)' returned nan values in its \(i)th output.")
                }
                let own =
                    isKnownUniquelyReferenced(&grad) && grad.layout.isDense
                    && isKnownUniquelyReferenced(&grad.raw.storage)
                deliver(grad, to: input, Int(edge.index), own: own)
            }
            gradientArrived(at: input)
        }
    }

    /// Informs the inputs of a node without gradients that it will send none.
    private mutating func skipInputs(from position: Int) {
        let first = visits[position].firstLink
        for input in links[first..<(first + visits[position].node.edges.count)] where input >= 0 && isWanted(input) {
            gradientArrived(at: input)
        }
    }

    private mutating func gradientArrived(at position: Int) {
        visits[position].waitsFor -= 1
        if visits[position].waitsFor == 0 { ready.push(position, visits[position].node.sequence) }
    }

    private mutating func takeCaptures(at position: Int, _ grads: [Tensor?], _ owned: inout [Bool]) {
        for (output, i) in visits[position].captures {
            captured[i] = grads[Int(output)]
            owned[Int(output)] = false
        }
    }

    private func callHooks(of node: Node, _ grads: inout [Tensor?], _ owned: inout [Bool]) {
        if node.hooks.isEmpty && node.gradientRetainers.isEmpty { return }
        for hook in node.hooks.bodies {
            let output = Int(hook.output)
            guard let grad = grads[output] else { continue }
            // The hook may keep its argument.
            owned[output] = false
            guard let changed = hook.body(grad) else { continue }
            guard Engine.hook(changed, mayReplace: grad) else { return }
            grads[output] = changed
        }
        for retainer in node.gradientRetainers {
            guard let extras = retainer.extras, let grad = grads[Int(retainer.output)] else { continue }
            owned[Int(retainer.output)] = false
            extras.grad = extras.grad.map { $0.sum(withGradient: grad) } ?? (createGraph ? grad : grad.detach())
        }
    }

    private mutating func deliver(_ grad: Tensor, to position: Int, _ index: Int, own: Bool) {
        // What a gradient is added to was handed to its receiver's stream, so the sum is computed there.
        if visits[position].stream == nil, grad.isCUDA { visits[position].stream = .inUse(on: grad.device) }
        let outer = streams.hand(grad, to: visits[position].stream)
        defer { outer?.restore() }
        if visits[position].grads.isEmpty {
            let count = visits[position].node.outputs.count
            visits[position].grads = [Tensor?](repeating: nil, count: count)
            visits[position].owned = [Bool](repeating: false, count: count)
        }
        if let old = visits[position].grads[index] {
            BatchLevel.with(batchLevel(of: visits[position].node)) {
                if visits[position].owned[index], !createGraph, !BatchLevel.isActive, old.canAccumulate(grad) {
                    old.accumulateInPlace(grad)
                } else {
                    visits[position].grads[index] = old.sum(withGradient: grad)
                    visits[position].owned[index] = !createGraph
                }
            }
        } else {
            visits[position].grads[index] = grad
            visits[position].owned[index] = own
        }
    }
}

// MARK: - The form of gradients

extension Tensor {
    /// Whether a gradient can be added to this one in place: a sparse one takes only sparse ones.
    func canAccumulate(_ grad: Tensor) -> Bool { !hasSparseForm || grad.hasSparseForm }

    /// Returns the sum of two gradients. The sum of a sparse and a dense one is dense.
    func sum(withGradient other: Tensor) -> Tensor { canAccumulate(other) ? self + other : other + self }
}

extension Engine {
    /// Converts a gradient to the form of its tensor: sums over broadcast dimensions, takes the real part for a real
    /// tensor, converts the dtype, and brings a 0-dimensional CPU gradient to the tensor's device. Raises and returns
    /// false if the sizes or devices are not compatible.
    ///
    /// If the gradient differs between the examples of a vmap that `level`, where its tensor was made, is not in, it is
    /// summed over them.
    static func fit(
        _ grad: inout Tensor, to form: OutputForm, _ name: String, _ index: Int, in level: BatchLevel? = .current
    ) -> Bool {
        if grad.isVoid { return false }
        if let own = grad.raw.storage.batchLevel {
            if level?.isInside(own) != true { grad = grad.summed(outside: level) }
            if let own = grad.raw.storage.batchLevel, own != BatchLevel.current {
                return BatchLevel.with(own) { fit(&grad, to: form, name, index, in: level) }
            }
        }
        if grad.device != form.device {
            guard grad.dim == 0, grad.device.kind == .cpu else {
                let subject = name == "GraphRoot" ? "" : "Function \(name) returned an "
                raise(
                    .runtime,
                    "\(subject)invalid gradient at index \(index) - expected device \(form.device) but got \(grad.device)"
                )
                return false
            }
            grad = grad.to(device: form.device)
        }
        if grad.layout.sizes != form.sizes {
            guard Layout.broadcast(form.sizes, grad.layout.sizes) == grad.layout.sizes else {
                raise(
                    .runtime,
                    "Function \(name) returned an invalid gradient at index \(index) - got \(grad.layout.sizes) but expected shape compatible with \(form.sizes)"
                )
                return false
            }
            grad = grad.summed(to: form.sizes)
        }
        if grad.dtype.isComplex, !form.dtype.isComplex { grad = grad.real }
        if grad.dtype != form.dtype { grad = grad.to(form.dtype) }
        return true
    }

    /// Returns whether a hook's result has the form of the gradient that it replaces; raises an error if not.
    static func hook(_ changed: Tensor, mayReplace grad: Tensor) -> Bool {
        if changed.isVoid { return false }
        if changed.dtype != grad.dtype || changed.device != grad.device {
            raise(
                .runtime, "hook '<lambda>' has changed the type of value (was \(grad.typeName) got \(changed.typeName))"
            )
        } else if changed.layout.sizes != grad.layout.sizes {
            raise(.runtime, "hook '<lambda>' has changed the size of value")
        } else {
            return true
        }
        return false
    }
}

/// The visits that are ready to run; the greatest sequence number comes first. Equal numbers come in the order of C++'s
/// `std::priority_queue`. PyTorch's engine uses it, and the order of leaf hooks depends on it.
private struct ReadyQueue {
    private var heap: [(position: Int, sequence: UInt64)] = []

    mutating func push(_ position: Int, _ sequence: UInt64) {
        heap.append((position, sequence))
        siftUp((position, sequence), from: heap.count - 1)
    }

    mutating func pop() -> Int? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return top.position }
        // Moves the gap at the root down to the bottom along the greater children, then lifts the last element from
        // there.
        var gap = 0, child = 0
        while child < (heap.count - 1) / 2 {
            child = 2 * child + 2
            if heap[child].sequence < heap[child - 1].sequence { child -= 1 }
            heap[gap] = heap[child]
            gap = child
        }
        if heap.count.isMultiple(of: 2), child == (heap.count - 2) / 2 {
            heap[gap] = heap[2 * child + 1]
            gap = 2 * child + 1
        }
        siftUp(last, from: gap)
        return top.position
    }

    private mutating func siftUp(_ entry: (position: Int, sequence: UInt64), from start: Int) {
        var gap = start
        while gap > 0, heap[(gap - 1) / 2].sequence < entry.sequence {
            heap[gap] = heap[(gap - 1) / 2]
            gap = (gap - 1) / 2
        }
        heap[gap] = entry
    }
}

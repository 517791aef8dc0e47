/// Walks the graph backwards. A node is always younger than its inputs, so taking the youngest waiting node first visits every node after all its users.
struct Engine {
    private struct Task {
        let node: Node
        var grads: [Tensor?]
        /// Gradients made by this run alone, which may be added to in place or kept.
        var owned: [Bool]
    }

    /// A heap of waiting nodes, the youngest on top, and each one's slot by identity.
    private var heap: [Task] = []
    private var waiting: [ObjectIdentifier: Int] = [:]
    private let createGraph: Bool
    private let retainGraph: Bool
    /// Nodes whose incoming gradient is wanted, and what came.
    private var captures: [Capture]
    /// With captures: only nodes that lead to one are run.
    private var needed: Set<ObjectIdentifier>?

    struct Capture {
        let edge: Edge
        var grad: Tensor?
    }

    /// Propagates `grads` from `roots` to the leaves, or, with `captures`, to those edges only, whose gradients are returned.
    static func run(roots: [(Edge, Tensor)], retainGraph: Bool, createGraph: Bool, captures: [Edge]? = nil) -> [Tensor?] {
        setGradEnabled(createGraph) {
            var engine = Engine(createGraph: createGraph, retainGraph: retainGraph, captures: captures ?? [], restrict: captures != nil, roots: roots)
            for (edge, grad) in roots {
                if let node = edge.node { engine.deliver(grad, to: node, Int(edge.index), own: false) }
            }
            engine.drain()
            return engine.captures.map(\.grad)
        }
    }

    private init(createGraph: Bool, retainGraph: Bool, captures: [Edge], restrict: Bool, roots: [(Edge, Tensor)]) {
        self.createGraph = createGraph
        self.retainGraph = retainGraph
        self.captures = captures.map { Capture(edge: $0, grad: nil) }
        if restrict { needed = Engine.nodesLeading(to: captures, from: roots.compactMap(\.0.node)) }
    }

    private mutating func drain() {
        while var task = pop() {
            let node = task.node
            for hook in node.hooks {
                if let grad = task.grads[Int(hook.output)], let changed = hook.body(grad) {
                    task.grads[Int(hook.output)] = changed
                    task.owned[Int(hook.output)] = false
                }
            }
            for i in captures.indices where captures[i].edge.node === node {
                let index = Int(captures[i].edge.index)
                captures[i].grad = task.grads[index]
                task.owned[index] = false
            }
            if let needed, !needed.contains(ObjectIdentifier(node)) { continue }
            if let leaf = node as? AccumulateGrad {
                if captures.isEmpty {
                    let own = task.owned[0]
                    guard let grad = task.grads[0] else { continue }
                    leaf.accumulate(grad, own: own)
                }
                continue
            }
            var results = node.apply(task.grads)
            if !retainGraph { node.releaseSaved() }
            for (i, edge) in node.edges.enumerated() where i < results.count {
                guard let next = edge.node, var grad = results[i] else { continue }
                results[i] = nil
                if let needed, !needed.contains(ObjectIdentifier(next)), !captures.contains(where: { $0.edge.node === next }) { continue }
                guard fit(&grad, next.outputs[Int(edge.index)], node.name, i) else { return }
                let own = isKnownUniquelyReferenced(&grad) && grad.layout.isContiguous && isKnownUniquelyReferenced(&grad.strided.storage)
                deliver(grad, to: next, Int(edge.index), own: own)
            }
        }
    }

    /// Brings a gradient to the form of the tensor it belongs to: sums over what was broadcast, takes the real part for a real tensor, converts the dtype.
    private func fit(_ grad: inout Tensor, _ form: OutputForm, _ name: String, _ index: Int) -> Bool {
        if grad.isVoid { return false }
        if grad.layout.sizes != form.sizes {
            guard Layout.broadcast(form.sizes, grad.layout.sizes) == grad.layout.sizes else {
                raise(.runtime, "Function \(name) returned an invalid gradient at index \(index) - got \(grad.layout.sizes) but expected shape compatible with \(form.sizes)")
                return false
            }
            grad = grad.summed(to: form.sizes)
        }
        if grad.dtype.isComplex, !form.dtype.isComplex { grad = grad.real }
        if grad.dtype != form.dtype { grad = grad.to(form.dtype) }
        return true
    }

    private mutating func deliver(_ grad: Tensor, to node: Node, _ index: Int, own: Bool) {
        if let slot = waiting[ObjectIdentifier(node)] {
            if let old = heap[slot].grads[index] {
                if heap[slot].owned[index] && !createGraph {
                    old.accumulateInPlace(grad)
                } else {
                    heap[slot].grads[index] = old + grad
                    heap[slot].owned[index] = !createGraph
                }
            } else {
                heap[slot].grads[index] = grad
                heap[slot].owned[index] = own
            }
            return
        }
        var task = Task(node: node, grads: [Tensor?](repeating: nil, count: node.outputs.count), owned: [Bool](repeating: false, count: node.outputs.count))
        task.grads[index] = grad
        task.owned[index] = own
        push(task)
    }

    // MARK: Heap

    private mutating func push(_ task: Task) {
        heap.append(task)
        var i = heap.count - 1
        while i > 0, heap[(i - 1) / 2].node.sequence < heap[i].node.sequence {
            swapTasks(i, (i - 1) / 2)
            i = (i - 1) / 2
        }
        waiting[ObjectIdentifier(task.node)] = i
    }

    private mutating func pop() -> Task? {
        guard !heap.isEmpty else { return nil }
        if heap.count > 1 { swapTasks(0, heap.count - 1) }
        let top = heap.removeLast()
        waiting[ObjectIdentifier(top.node)] = nil
        var i = 0
        while true {
            var largest = i
            for child in [2 * i + 1, 2 * i + 2] where child < heap.count && heap[child].node.sequence > heap[largest].node.sequence { largest = child }
            if largest == i { return top }
            swapTasks(i, largest)
            i = largest
        }
    }

    private mutating func swapTasks(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        waiting[ObjectIdentifier(heap[a].node)] = a
        waiting[ObjectIdentifier(heap[b].node)] = b
    }

    /// The nodes from which some captured edge can be reached.
    private static func nodesLeading(to captures: [Edge], from roots: [Node]) -> Set<ObjectIdentifier> {
        let targets = Set(captures.compactMap { $0.node.map(ObjectIdentifier.init) })
        // Depth first, without recursion: a node is decided when all its inputs are.
        var leads: [ObjectIdentifier: Bool] = [:]
        var stack: [(node: Node, next: Int)] = []
        var result = Set<ObjectIdentifier>()
        for root in roots where leads[ObjectIdentifier(root)] == nil {
            leads[ObjectIdentifier(root)] = false
            stack.append((root, 0))
            while let (node, next) = stack.last {
                if next < node.edges.count {
                    stack[stack.count - 1].next += 1
                    if let input = node.edges[next].node, leads[ObjectIdentifier(input)] == nil {
                        leads[ObjectIdentifier(input)] = false
                        stack.append((input, 0))
                    }
                } else {
                    stack.removeLast()
                    let yes = node.edges.contains { edge in
                        edge.node.map { targets.contains(ObjectIdentifier($0)) || leads[ObjectIdentifier($0)] == true } ?? false
                    }
                    leads[ObjectIdentifier(node)] = yes
                    if yes { result.insert(ObjectIdentifier(node)) }
                }
            }
        }
        return result
    }
}

import CTorchKernels

/// A tensor saved for the backward pass, with its version at that time.
struct SavedTensor {
    /// The tensor. An output of the node itself is saved without its history, to avoid a reference cycle with the node.
    var tensor: Tensor
    var version: UInt32
    var isOutput: Bool
    var outputIndex: Int32
}

/// The node of a built-in operator: a function of saved tensors and incoming gradients.
final class OperatorNode: Node, LaterReader {
    enum Backward {
        /// One output, one input.
        case unary((OperatorNode, Tensor) -> Tensor?)
        /// One output, several inputs.
        case single((OperatorNode, Tensor) -> [Tensor?])
        case multiple((OperatorNode, [Tensor?]) -> [Tensor?])
        /// Like `multiple`, but calls `backward` itself, so it cannot be part of a pass of `grad`.
        case reentrant((OperatorNode, [Tensor?]) -> [Tensor?])
        /// Dropped by a checkpoint, which computes it again.
        case dropped
    }

    private(set) var savedTensors: [SavedTensor]
    private var backward: Backward
    private var isReleased = false
    /// The checkpoint that dropped what this node saved, and the node's number there.
    private var origin: (checkpoint: CheckpointFrame, step: Int)?

    init(_ name: String, edges: [Edge], outputs: [OutputForm], saved: [SavedTensor], _ backward: Backward) {
        savedTensors = saved
        self.backward = backward
        super.init(name, edges: edges, outputs: outputs)
    }

    deinit { GraphRelease.release(&savedTensors) }

    /// Returns whether the gradient of input `i` is wanted.
    func needs(_ i: Int) -> Bool { edges[i].node != nil }

    /// Returns a saved tensor with its history. Raises an error if it was changed since it was saved.
    func saved(_ i: Int) -> Tensor {
        guard i < savedTensors.count else { return .void }
        let s = savedTensors[i]
        if s.tensor.storage.version != s.version {
            let maker: Node? = s.isOutput ? self : s.tensor.node.flatMap { $0 is AccumulateGrad ? nil : $0 }
            let origin =
                maker.map {
                    ", which is output \(s.isOutput ? s.outputIndex : s.tensor.outputIndex) of \($0.operatorName),"
                } ?? ""
            return fail(
                .runtime,
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    + "[\(s.tensor.typeName) \(s.tensor.sizes)]\(origin) is at version \(s.tensor.storage.version); expected version \(s.version) instead. "
                    + AnomalyMode.hintAtWrittenVariable)
        }
        if s.isOutput {
            let result = s.tensor.alias(s.tensor.layout)
            result.node = self
            result.outputIndex = s.outputIndex
            return result
        }
        return s.tensor
    }

    override func apply(_ grads: [Tensor?], isCapturing: Bool) -> [Tensor?] {
        if isReleased {
            raise(
                .runtime,
                "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
                    + "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
                    + "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward."
            )
            return edges.map { _ in nil }
        }
        if let origin, !restore(from: origin.checkpoint, origin.step) { return edges.map { _ in nil } }
        defer { if origin != nil { drop() } }
        switch backward {
        case .unary(let body): return [grads[0].flatMap { body(self, $0) }]
        case .single(let body): return grads[0].map { body(self, $0) } ?? edges.map { _ in nil }
        case .multiple(let body): return body(self, grads)
        case .reentrant(let body):
            if !isCapturing { return body(self, grads) }
            raise(.runtime, reentrantCheckpointInGrad)
            return []
        case .dropped: return edges.map { _ in nil }
        }
    }

    override func releaseSaved() {
        if savedTensors.isEmpty && origin == nil { return }
        isReleased = true
        origin = nil
        GraphRelease.release(&savedTensors)
    }

    // MARK: Checkpoints

    /// Drops what was saved. `checkpoint` will compute it again as its step `step`.
    func drop(into checkpoint: CheckpointFrame, _ step: Int) {
        origin = (checkpoint, step)
        drop()
    }

    private func drop() {
        backward = .dropped
        GraphRelease.release(&savedTensors)
    }

    /// Takes back what was saved from the same step of a new run. Returns false if an error was raised.
    private func restore(from checkpoint: CheckpointFrame, _ step: Int) -> Bool {
        guard let again = checkpoint.step(step) else { return false }
        (savedTensors, backward) = (again.savedTensors, again.backward)
        // A recorded backward pass may need the new run's history too.
        if !isGradEnabled() { again.drop() }
        return true
    }

    /// Returns the saved tensors of a node that only holds them, computed again if they were dropped.
    func heldTensors() -> [Tensor]? {
        let holder: OperatorNode? = origin.map { $0.checkpoint.step($0.step) } ?? self
        return holder?.savedTensors.map(\.tensor)
    }

    /// Lets memory that was saved be written in place before the backward pass: it is copied before the first write.
    func copiesBeforeWrites(to storage: Storage) {
        if !savedTensors.isEmpty { LaterReaders.add(self, to: storage) }
    }

    /// Copies saved tensors in `storage` before it is overwritten in place.
    func copyValues(of storage: Storage) {
        for i in savedTensors.indices
        where savedTensors[i].tensor.storage === storage && savedTensors[i].version == storage.version {
            let s = savedTensors[i].tensor
            let copy = noGrad { s.contiguousCopy() }
            copy.node = s.node
            copy.outputIndex = s.outputIndex
            savedTensors[i].tensor = copy
            savedTensors[i].version = copy.storage.version
        }
    }
}

// MARK: - Recording

/// Returns whether an operator on these tensors must be recorded.
@inline(__always)
func recording(_ a: Tensor) -> Bool { a.requiresGrad && isGradEnabled() }
@inline(__always)
func recording(_ a: Tensor, _ b: Tensor) -> Bool { (a.requiresGrad || b.requiresGrad) && isGradEnabled() }
func recording(_ tensors: [Tensor]) -> Bool { isGradEnabled() && tensors.contains { $0.requiresGrad } }

extension Tensor {
    /// The target of this tensor's gradients.
    var edge: Edge {
        let node = currentNode
        return Edge(node: node, index: node == nil ? 0 : outputIndex)
    }

    func savedForBackward() -> SavedTensor {
        SavedTensor(tensor: self, version: storage.version, isOutput: false, outputIndex: 0)
    }

    /// Records that this result was computed from one input.
    @inline(__always)
    func record(
        _ name: @autoclosure () -> String, _ input: Tensor, saved: @autoclosure () -> [Tensor] = [],
        saveResult: Bool = false,
        _ backward: @escaping (OperatorNode, Tensor) -> Tensor?
    ) -> Tensor {
        if recording(input), dtype.isInexact { attach(name(), [input.edge], saved(), saveResult, .unary(backward)) }
        return self
    }

    /// Records that this result was computed from two inputs.
    @inline(__always)
    func record(
        _ name: @autoclosure () -> String, _ a: Tensor, _ b: Tensor, saved: @autoclosure () -> [Tensor] = [],
        saveResult: Bool = false,
        _ backward: @escaping (OperatorNode, Tensor) -> [Tensor?]
    ) -> Tensor {
        if recording(a, b), dtype.isInexact { attach(name(), [a.edge, b.edge], saved(), saveResult, .single(backward)) }
        return self
    }

    /// Records that this result was computed from several inputs.
    func record(
        _ name: @autoclosure () -> String, inputs: [Tensor], saved: @autoclosure () -> [Tensor] = [],
        saveResult: Bool = false,
        _ backward: @escaping (OperatorNode, Tensor) -> [Tensor?]
    ) -> Tensor {
        if recording(inputs), dtype.isInexact {
            attach(name(), inputs.map(\.edge), saved(), saveResult, .single(backward))
        }
        return self
    }

    private func attach(
        _ name: String, _ edges: [Edge], _ saved: [Tensor], _ saveResult: Bool, _ backward: OperatorNode.Backward
    ) {
        if isVoid { return }
        var items = saved.map { $0.savedForBackward() }
        if saveResult {
            items.append(SavedTensor(tensor: alias(layout), version: storage.version, isOutput: true, outputIndex: 0))
        }
        let new = OperatorNode(name, edges: edges, outputs: [OutputForm(self)], saved: items, backward)
        node = new
        CheckpointRecorder.current?.add(new)
    }

    /// Gives the node of this result, which several steps made, the name of PyTorch's single operator. Does nothing if
    /// the result is not recorded.
    /// - Precondition: the result is none of the operator's inputs.
    @inline(__always)
    func named(_ name: @autoclosure () -> String) -> Tensor {
        if let node = node as? OperatorNode { node.name = name() }
        return self
    }

    /// The dtype and device in PyTorch's error messages.
    var typeName: String {
        hasSparseForm
            ? "torch.sparse.\(dtype.scalarTypeName)Tensor"
            : device == .meta
                ? "Meta\(dtype.scalarTypeName)Type"
                : dtype == .bool || dtype == .bfloat16 || dtype.isComplex
                    ? "CPU\(dtype.scalarTypeName)Type" : "torch.\(dtype.scalarTypeName)Tensor"
    }
}

/// Records several results of one step. Only floating-point and complex results get gradients. `savedResults` contains
/// the indices of the results to save. `isReentrant` states that `backward` calls the engine.
func record(
    _ name: String, results: [Tensor], inputs: [Tensor], saved: [Tensor] = [], savedResults: [Int] = [],
    isReentrant: Bool = false, _ backward: @escaping (OperatorNode, [Tensor?]) -> [Tensor?]
) {
    guard recording(inputs), !results.contains(where: \.isVoid) else { return }
    let items =
        saved.map { $0.savedForBackward() }
        + savedResults.map {
            SavedTensor(
                tensor: results[$0].alias(results[$0].layout), version: results[$0].storage.version, isOutput: true,
                outputIndex: Int32($0))
        }
    let node = OperatorNode(
        name, edges: inputs.map(\.edge), outputs: results.map(OutputForm.init), saved: items,
        isReentrant ? .reentrant(backward) : .multiple(backward))
    CheckpointRecorder.current?.add(node)
    for (i, result) in results.enumerated() where result.dtype.isInexact {
        result.node = node
        result.outputIndex = Int32(i)
    }
}

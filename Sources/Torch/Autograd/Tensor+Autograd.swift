extension Tensor {
    /// Whether the tape follows this tensor. PyTorch: `Tensor.requires_grad`.
    /// - Precondition: set only on leaves, and to true only on floating-point and complex tensors.
    public var requiresGrad: Bool {
        get {
            if node != nil { return true }
            // A view of a base that got a history later, by an in-place write, shares it.
            guard let base, historyVersion != storage.version, let baseNode = base.node else { return false }
            return !(baseNode is AccumulateGrad)
        }
        set { requiresGrad_(newValue) }
    }

    /// PyTorch: `Tensor.requires_grad_`.
    @discardableResult
    public func requiresGrad_(_ requires: Bool = true) -> Tensor {
        if requires == requiresGrad { return self }
        if requires {
            guard dtype.isInexact else { return fail(.runtime, "only Tensors of floating point and complex dtype can require gradients") }
            let leaf = AccumulateGrad(self)
            leaf.grad = extras?.grad
            node = leaf
        } else {
            guard isLeaf else {
                return fail(.runtime, "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().")
            }
            if let grad = (node as? AccumulateGrad)?.grad { rare.grad = grad }
            node = nil
        }
        return self
    }

    /// Whether no recorded operator made this tensor. PyTorch: `Tensor.is_leaf`.
    public var isLeaf: Bool { gradFn == nil }

    /// The node that made this tensor; nil for a leaf. PyTorch: `Tensor.grad_fn`.
    public var gradFn: Node? {
        let node = currentNode
        return node is AccumulateGrad ? nil : node
    }

    /// The gradient that `backward` has accumulated. PyTorch: `Tensor.grad`.
    /// - Precondition: an assigned gradient has this tensor's shape and dtype.
    public var grad: Tensor? {
        get { (node as? AccumulateGrad)?.grad ?? extras?.grad }
        set {
            if let new = newValue {
                guard new.sizes == sizes else {
                    return raise(.runtime, "assigned grad has data of a different size")
                }
                guard new.dtype == dtype else {
                    return raise(.runtime, "assigned grad has data of a different type")
                }
            }
            if let leaf = node as? AccumulateGrad { leaf.grad = newValue } else { rare.grad = newValue }
        }
    }

    /// Keeps the gradient of a tensor that is not a leaf. PyTorch: `Tensor.retain_grad`.
    public func retainGrad() {
        guard requiresGrad else { return raise(.runtime, "can't retain_grad on Tensor that has requires_grad=False") }
        if isLeaf || rare.retainsGrad { return }
        let rare = rare
        rare.retainsGrad = true
        addHook { [weak rare] grad in
            rare?.grad = grad
            return nil
        }
    }

    /// Whether `retainGrad` was called. PyTorch: `Tensor.retains_grad`.
    public var retainsGrad: Bool { extras?.retainsGrad ?? false }

    var rare: TensorExtras {
        if let extras { return extras }
        let new = TensorExtras()
        extras = new
        return new
    }

    /// A tensor over the same memory outside the tape. PyTorch: `Tensor.detach`.
    public func detach() -> Tensor { alias(layout) }

    /// Leaves the tape. PyTorch: `Tensor.detach_`.
    @discardableResult
    public func detach_() -> Tensor {
        if base != nil {
            return fail(.runtime, "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients.")
        }
        node = nil
        outputIndex = 0
        return self
    }

    /// How often the memory was written in place. PyTorch: `Tensor._version`.
    public var version: Int { Int(storage.version) }
    func bumpVersion() { strided.storage.version &+= 1 }

    /// Called with the gradient when it has been computed; what it returns, if anything, takes its place. PyTorch: `Tensor.register_hook`.
    @discardableResult
    public func registerHook(_ hook: @escaping (Tensor) -> Tensor?) -> HookHandle {
        guard requiresGrad else {
            raise(.runtime, "cannot register a hook on a tensor that doesn't require gradient")
            return HookHandle {}
        }
        return addHook(hook)
    }

    @discardableResult
    private func addHook(_ hook: @escaping (Tensor) -> Tensor?) -> HookHandle {
        guard let node = currentNode else { return HookHandle {} }
        let id = (node.hooks.map(\.id).max() ?? 0) + 1
        node.hooks.append(Node.NodeHook(id: id, output: outputIndex, body: hook))
        return HookHandle { [weak node] in node?.hooks.removeAll { $0.id == id } }
    }

    /// Called after the gradient of this leaf has been accumulated. PyTorch: `Tensor.register_post_accumulate_grad_hook`.
    @discardableResult
    public func registerPostAccumulateGradHook(_ hook: @escaping (Tensor) -> Void) -> HookHandle {
        guard let leaf = node as? AccumulateGrad else {
            raise(.runtime, "post accumulate grad hooks cannot be registered on non-leaf tensors")
            return HookHandle {}
        }
        let id = (leaf.postHooks.keys.max() ?? 0) + 1
        leaf.postHooks[id] = { [weak self] _ in if let self { hook(self) } }
        return HookHandle { [weak leaf] in leaf?.postHooks[id] = nil }
    }
}

/// Takes a hook away again. PyTorch: `torch.utils.hooks.RemovableHandle`.
public final class HookHandle {
    private let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    public func remove() { body() }
}

// MARK: - Backward

extension Tensor {
    /// Adds the gradient of this tensor to `.grad` of every leaf it was computed from. PyTorch: `Tensor.backward`.
    ///
    /// - Parameters:
    ///   - gradient: the gradient of this tensor; a scalar needs none (1).
    ///   - retainGraph: keep what was saved, for another pass; by default as `createGraph`.
    ///   - createGraph: record the backward pass too, for higher derivatives.
    public func backward(_ gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false) {
        if isVoid { return }
        guard let root = rootGradient(gradient) else { return }
        _ = Engine.run(roots: [(edge, root)], retainGraph: retainGraph ?? createGraph, createGraph: createGraph)
    }

    fileprivate func rootGradient(_ gradient: Tensor?) -> Tensor? {
        guard requiresGrad else {
            raise(.runtime, "element 0 of tensors does not require grad and does not have a grad_fn")
            return nil
        }
        if let gradient {
            guard gradient.sizes == sizes else {
                raise(.runtime, "Mismatch in shape: grad_output[0] has a shape of \(gradient.shape) and output[0] has a shape of \(shape).")
                return nil
            }
            return gradient.isVoid ? nil : gradient
        }
        guard numel() == 1 else {
            raise(.runtime, "grad can be implicitly created only for scalar outputs")
            return nil
        }
        guard !dtype.isComplex else {
            raise(.runtime, "grad can be implicitly created only for real scalar outputs but got \(dtype)")
            return nil
        }
        return Tensor.filled(1, layout.sizes, dtype)
    }
}

/// The gradients of `outputs` with respect to `inputs`, without touching `.grad`. PyTorch: `torch.autograd.grad`.
///
/// - Parameters:
///   - outputs: what is differentiated; where there are several, an input's gradient is the sum over them.
///   - inputs: leaves or results that require a gradient.
///   - gradOutputs: the gradient of each output, in its shape; nil is 1, for a real output of one element.
///   - retainGraph: keep what was saved, for another pass; by default as `createGraph`.
///   - createGraph: record the backward pass too, for higher derivatives.
///   - allowUnused: an input that the outputs do not depend on gives nil instead of an error.
/// - Returns: a gradient for each input, in its shape.
public func grad(_ outputs: [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false, allowUnused: Bool = false) -> [Tensor?] {
    let nothing = [Tensor?](repeating: nil, count: inputs.count)
    if let gradOutputs, gradOutputs.count != outputs.count {
        raise(.runtime, "got \(outputs.count) tensors and \(gradOutputs.count) gradients")
        return nothing
    }
    var roots: [(Edge, Tensor)] = []
    for (i, output) in outputs.enumerated() {
        guard let root = output.rootGradient(gradOutputs?[i]) else { return nothing }
        roots.append((output.edge, root))
    }
    guard inputs.allSatisfy(\.requiresGrad) else {
        raise(.runtime, "One of the differentiated Tensors does not require grad")
        return nothing
    }
    let found = Engine.run(roots: roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph, captures: inputs.map(\.edge))
    if !allowUnused, found.contains(where: { $0 == nil }) {
        raise(.runtime, "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.")
    }
    return found
}

/// One output, one input.
public func grad(_ output: Tensor, _ input: Tensor, gradOutput: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false) -> Tensor {
    grad([output], [input], gradOutputs: [gradOutput], retainGraph: retainGraph, createGraph: createGraph)[0] ?? .void
}

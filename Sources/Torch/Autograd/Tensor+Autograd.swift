extension Tensor {
    /// Whether autograd records operations on this tensor. PyTorch: `Tensor.requires_grad`.
    /// - Precondition: it is set only on leaves, and set to true only on floating-point and complex tensors.
    public var requiresGrad: Bool {
        @inline(__always) get { node != nil || base != nil && baseHasNewHistory }
        set { requiresGrad_(newValue) }
    }

    /// Whether the base of this view got a history from an in-place write after the view was made. The view shares it.
    private var baseHasNewHistory: Bool {
        guard let base, historyVersion != storage.version, let baseNode = base.node else { return false }
        return !(baseNode is AccumulateGrad)
    }

    /// Sets `requiresGrad` and returns the tensor. PyTorch: `Tensor.requires_grad_`.
    @discardableResult
    public func requiresGrad_(_ requires: Bool = true) -> Tensor {
        if requires == requiresGrad { return self }
        if requires {
            guard dtype.isInexact else {
                return fail(.runtime, "only Tensors of floating point and complex dtype can require gradients")
            }
            let leaf = AccumulateGrad(self)
            leaf.grad = extras?.grad
            node = leaf
        } else {
            guard isLeaf else {
                return fail(
                    .runtime,
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            }
            if let grad = (node as? AccumulateGrad)?.grad { ensureExtras().grad = grad }
            node = nil
        }
        return self
    }

    /// Whether no recorded operator created this tensor. PyTorch: `Tensor.is_leaf`.
    public var isLeaf: Bool { gradFn == nil }

    /// The node that created this tensor; nil for a leaf. PyTorch: `Tensor.grad_fn`.
    public var gradFn: Node? {
        let node = currentNode
        return node is AccumulateGrad ? nil : node
    }

    /// The gradient that `backward` has accumulated. PyTorch: `Tensor.grad`.
    ///
    /// After an error inside `withError`, a missing gradient is a void tensor, not nil.
    /// - Precondition: an assigned gradient has this tensor's shape and dtype.
    public var grad: Tensor? {
        get {
            if let found = accumulatedGrad { return found }
            if !isVoid, !retainsGrad, node != nil, !(node is AccumulateGrad) {
                warn(
                    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during "
                        + "autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. "
                        + "If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead.")
            }
            return isVoid || ErrorBox.hasFailed ? .void : nil
        }
        set {
            if let new = newValue {
                if anyVoid(new, self) { return }
                guard new.sizes == sizes else {
                    return raise(
                        .runtime,
                        "attempting to assign a gradient of size '\(new.sizes)' to a tensor of size '\(sizes)'. "
                            + "Please ensure that the gradient and the tensor are the same size")
                }
                guard new.dtype == dtype else {
                    return raise(
                        .runtime,
                        "attempting to assign a gradient with dtype '\(new.dtype.cName)' to a tensor with grad_dtype '\(dtype.scalarTypeName)'. "
                            + "The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). "
                            + "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. "
                            + "Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match."
                    )
                }
            }
            if let leaf = node as? AccumulateGrad { leaf.grad = newValue } else { ensureExtras().grad = newValue }
        }
    }

    /// The stored gradient; nil if there is none.
    var accumulatedGrad: Tensor? { (node as? AccumulateGrad)?.grad ?? extras?.grad }

    /// Keeps the gradient of a tensor that is not a leaf, as it is after all hooks. If the tensor is written in place,
    /// keeps the gradient of the newest value. PyTorch: `Tensor.retain_grad`.
    public func retainGrad() {
        if isVoid { return }
        guard requiresGrad else { return raise(.runtime, "can't retain_grad on Tensor that has requires_grad=False") }
        if isLeaf || ensureExtras().retainsGrad { return }
        ensureExtras().retainsGrad = true
        currentNode?.retainGradient(of: outputIndex, in: ensureExtras())
    }

    /// Makes the new node of a tensor keep the gradient, instead of the old node.
    func moveRetainer(from old: Node?) {
        guard let extras, extras.retainsGrad, old !== node else { return }
        old?.stopRetaining(in: extras)
        node?.retainGradient(of: outputIndex, in: extras)
    }

    /// Whether `retainGrad` was called. PyTorch: `Tensor.retains_grad`.
    public var retainsGrad: Bool { extras?.retainsGrad ?? false }

    /// Returns the rarely used state, which is created at the first call.
    func ensureExtras() -> TensorExtras {
        if let extras { return extras }
        let new = TensorExtras()
        extras = new
        return new
    }

    /// Returns a tensor over the same memory without autograd history. PyTorch: `Tensor.detach`.
    public func detach() -> Tensor { alias(layout) }

    /// Removes the tensor's autograd history. PyTorch: `Tensor.detach_`.
    @discardableResult
    public func detach_() -> Tensor {
        if base != nil {
            return fail(
                .runtime,
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients."
            )
        }
        node = nil
        outputIndex = 0
        return self
    }

    /// The number of in-place writes to the memory. PyTorch: `Tensor._version`.
    public var version: Int { Int(storage.version) }
    /// Notes that the memory was written in place.
    package func bumpVersion() { storage.version &+= 1 }

    /// Registers a function that is called with the gradient once it is computed. If the function returns a tensor,
    /// that tensor replaces the gradient. It must have the gradient's shape and dtype, otherwise backward stops with an
    /// error. PyTorch: `Tensor.register_hook`.
    ///
    /// The graph holds the hook, and the hook holds its captures. A hook that captures the tensor itself, or a tensor
    /// computed from it, makes a reference cycle that is never freed. Capture such tensors as `weak` or `unowned`.
    @discardableResult
    public func registerHook(_ hook: @escaping (Tensor) -> Tensor?) -> HookHandle {
        if isVoid { return HookHandle {} }
        guard requiresGrad, let node = currentNode else {
            raise(.runtime, "cannot register a hook on a tensor that doesn't require gradient")
            return HookHandle {}
        }
        return HookList.register(Node.Hook(output: outputIndex, body: hook), with: node, in: \Node.hooks)
    }

    /// Registers a function that is called after the gradient of this leaf has been accumulated.
    /// PyTorch: `Tensor.register_post_accumulate_grad_hook`.
    @discardableResult
    public func registerPostAccumulateGradHook(_ hook: @escaping (Tensor) -> Void) -> HookHandle {
        if isVoid { return HookHandle {} }
        guard let leaf = node as? AccumulateGrad else {
            raise(.runtime, "post accumulate grad hooks cannot be registered on non-leaf tensors")
            return HookHandle {}
        }
        return HookList.register(
            { [weak self] in if let self { hook(self) } }, with: leaf, in: \AccumulateGrad.postHooks)
    }
}

// MARK: - Backward

extension Tensor {
    /// Computes the gradients of this tensor and adds them to `.grad` of every leaf that it was computed from.
    /// PyTorch: `Tensor.backward`.
    ///
    /// - Parameters:
    ///   - gradient: the gradient of this tensor. A scalar needs none; it is 1.
    ///   - retainGraph: whether to keep saved tensors for another pass; by default the value of `createGraph`.
    ///   - createGraph: whether to record the backward pass too, for higher derivatives. A leaf and its gradient then
    ///     hold each other until `.grad` is set to nil. `grad(_:_:)` does not make such a cycle.
    public func backward(_ gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false) {
        if isVoid || ErrorBox.hasFailed { return }
        guard let root = rootGradient(gradient, 0) else { return }
        if createGraph {
            warn(
                "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause a memory leak. "
                    + "We recommend using autograd.grad when creating the graph to avoid this. If you have to use this function, make sure to reset the .grad fields "
                    + "of your parameters to None after use to break the cycle and avoid the leak.")
        }
        Engine.accumulate(roots: [(edge, root)], retainGraph: retainGraph ?? createGraph, createGraph: createGraph)
    }

    /// Returns the start gradient of a pass at this tensor, in this tensor's form. The tensor is root number `number`.
    fileprivate func rootGradient(_ gradient: Tensor?, _ number: Int) -> Tensor? {
        if isVoid { return nil }
        guard requiresGrad else {
            raise(.runtime, "element \(number) of tensors does not require grad and does not have a grad_fn")
            return nil
        }
        if var gradient {
            if gradient.isVoid { return nil }
            guard gradient.sizes == sizes else {
                raise(
                    .runtime,
                    "Mismatch in shape: grad_output[\(number)] has a shape of \(gradient.shape) and output[\(number)] has a shape of \(shape)."
                )
                return nil
            }
            guard gradient.dtype.isComplex == dtype.isComplex else {
                raise(
                    .runtime,
                    "For complex Tensors, both grad_output and output are required to have the same dtype. "
                        + "Mismatch in dtype: grad_output[\(number)] has a dtype of \(gradient.dtype) and output[\(number)] has a dtype of \(dtype)."
                )
                return nil
            }
            return Engine.fit(&gradient, to: OutputForm(self), "GraphRoot", number) ? gradient : nil
        }
        guard numel() == 1 else {
            raise(.runtime, "grad can be implicitly created only for scalar outputs")
            return nil
        }
        guard !dtype.isComplex else {
            raise(.runtime, "grad can be implicitly created only for real scalar outputs but got \(dtype)")
            return nil
        }
        return Tensor.filled(1, layout.sizes, dtype, device)
    }
}

/// Computes the gradients of `outputs` with respect to `inputs`, without changing `.grad`.
/// PyTorch: `torch.autograd.grad`.
///
/// - Parameters:
///   - outputs: the tensors to differentiate. An input's gradient is the sum over all outputs.
///   - inputs: leaves or results that require a gradient.
///   - gradOutputs: the gradient of each output, in its shape; nil means 1, for a real output with one element.
///   - retainGraph: whether to keep saved tensors for another pass; by default the value of `createGraph`.
///   - createGraph: whether to record the backward pass too, for higher derivatives.
///   - allowUnused: whether an input that the outputs do not depend on gives nil instead of an error.
/// - Returns: a gradient for each input, in its shape.
public func grad(
    _ outputs: [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil,
    createGraph: Bool = false, allowUnused: Bool = false
) -> [Tensor?] {
    if let gradOutputs, gradOutputs.count != outputs.count {
        raise(.runtime, "got \(outputs.count) tensors and \(gradOutputs.count) gradients")
        return inputs.map { _ in .void }
    }
    var roots: [(Edge, Tensor)] = []
    for (i, output) in outputs.enumerated() {
        guard let root = output.rootGradient(gradOutputs?[i], i) else { return inputs.map { _ in .void } }
        roots.append((output.edge, root))
    }
    guard inputs.allSatisfy(\.requiresGrad) else {
        raise(.runtime, "One of the differentiated Tensors does not require grad")
        return inputs.map { _ in .void }
    }
    let found = Engine.capture(
        inputs.map(\.edge), roots: roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph)
    if !allowUnused, let unused = found.firstIndex(where: { $0 == nil }) {
        raise(
            .runtime,
            "The differentiated Tensor at index \(unused) appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior."
        )
        return inputs.map { _ in .void }
    }
    return found
}

/// Computes the gradient of one output with respect to one input.
public func grad(
    _ output: Tensor, _ input: Tensor, gradOutput: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false
) -> Tensor {
    grad([output], [input], gradOutputs: [gradOutput], retainGraph: retainGraph, createGraph: createGraph)[0] ?? .void
}

extension Tensor {
    /// Removes the gradient, or sets it to zero without recording.
    func clearGrad(setToNone: Bool) {
        guard let old = accumulatedGrad else { return }
        if setToNone {
            grad = nil
        } else {
            let zeros = old.detach()
            noGrad { _ = zeros.zero_() }
            grad = zeros
        }
    }
}

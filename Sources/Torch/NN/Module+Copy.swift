extension Module {
    /// Returns a deep copy of the module, with its own parameters and buffers. PyTorch: `copy.deepcopy(module)`.
    ///
    ///     let target = model.copy { Net(depth: 3) }
    ///
    /// Swift's reflection can read the properties of an object, but it can neither create an object of a class nor set
    /// a property. So `make` creates the modules, in the same way as this module was created. Then `copy` gives them
    /// this module's values: the parameters and buffers with their dtypes, devices, gradients and `requiresGrad`, the
    /// mode of every module, and the hooks. Other properties have the values that `make` gives them.
    ///
    /// The initial weights that `make` draws come from a generator of their own, so the default generator is unchanged.
    /// - Precondition: `make` returns new modules of the same classes, with the same parameters and buffers, of which
    ///   the same ones are shared.
    public final func copy<Copy: Module>(_ make: () -> Copy) -> Copy {
        let copy = Generator().asDefault(make)
        do {
            let pairs = try pairs(with: copy)
            for (source, target) in pairs.tensors { target.takeCopy(of: source) }
            for (source, target) in pairs.modules {
                target.isTraining = source.isTraining
                target.hooks = source.hooks?.copy()
            }
        } catch {
            raise(error)
        }
        return copy
    }

    /// Pairs all modules and tensors with those of a copy that has no values yet. Each tensor is in one pair.
    private func pairs(
        with copy: Module
    ) throws(TorchError) -> (modules: [(Module, Module)], tensors: [(Tensor, Tensor)]) {
        let sources = entries(), targets = copy.entries()
        guard sources.count == targets.count else { throw difference("they have different children") }
        var partners: [ObjectIdentifier: Tensor] = [:]
        var taken = Set<ObjectIdentifier>()
        var tensors: [(Tensor, Tensor)] = []
        for (source, target) in zip(sources, targets) {
            let path = source.path
            guard path == target.path, type(of: source.module) == type(of: target.module) else {
                throw difference(
                    "'\(path)' is \(source.module.typeName), and '\(target.path)' is \(target.module.typeName)")
            }
            let own = source.tensors, new = target.tensors
            guard own.map(\.name) == new.map(\.name) else {
                throw difference("'\(path)' has other parameters or buffers")
            }
            for ((name, tensor), (_, twin)) in zip(own, new) {
                let name = Module.join(path, name)
                guard tensor.isLeaf else {
                    throw TorchError(
                        .runtime,
                        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment."
                    )
                }
                guard tensor.sizes == twin.sizes || twin.isUninitialized else {
                    throw difference("'\(name)' has shape \(tensor.shape), the new one has \(twin.shape)")
                }
                guard tensor !== twin else { throw difference("'\(name)' is the same tensor in both") }
                if let partner = partners[ObjectIdentifier(tensor)] {
                    guard partner === twin else { throw difference("'\(name)' is shared in one of them only") }
                } else {
                    guard taken.insert(ObjectIdentifier(twin)).inserted else {
                        throw difference("'\(name)' is shared in one of them only")
                    }
                    partners[ObjectIdentifier(tensor)] = twin
                    tensors.append((tensor, twin))
                }
            }
        }
        return (zip(sources, targets).map { ($0.module, $1.module) }, tensors)
    }

    private func difference(_ sentence: String) -> TorchError {
        TorchError(.value, "copy: the closure does not make a module like this \(typeName): \(sentence)")
    }

    /// Every module under each of its paths, with its own parameters and buffers.
    private func entries() -> [(path: String, module: Module, tensors: [(name: String, tensor: Tensor)])] {
        var result: [(path: String, module: Module, tensors: [(name: String, tensor: Tensor)])] = []
        walk("") { path, module, members in
            let tensors = members.parameters + members.buffers.map { (name: $0.name, tensor: $0.tensor) }
            result.append((path, module, tensors))
            return true
        }
        return result
    }
}

extension Tensor {
    /// Takes over a copy of another leaf's memory and gradient, and its `requiresGrad`.
    fileprivate func takeCopy(of source: Tensor) {
        grad = nil
        replaceData { _ in source.detach().clone() }
        if isUninitialized { ensureExtras().isUninitialized = source.isUninitialized }
        if requiresGrad != source.requiresGrad { requiresGrad_(source.requiresGrad) }
        grad = source.accumulatedGrad.map { grad in noGrad { grad.detach().clone() } }
    }
}

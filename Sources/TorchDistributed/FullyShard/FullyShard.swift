import Torch

/// The dtypes in which a module of `fullyShard` computes, reduces gradients and returns results.
/// PyTorch: `torch.distributed.fsdp.MixedPrecisionPolicy`.
///
/// The parts of the parameters, and so the optimizer, keep the parameters' own dtype.
public struct MixedPrecisionPolicy: Sendable {
    /// The dtype of the gathered parameters, and of the inputs if they are cast; nil for their own.
    public var paramDType: DType?
    /// The dtype in which gradients are reduced, and add up while they are not reduced; nil for the parameters' own.
    public var reduceDType: DType?
    /// The dtype to which results are cast; nil for none.
    public var outputDType: DType?
    /// Whether floating-point inputs are cast to `paramDType`.
    public var castForwardInputs: Bool

    /// Creates a policy. By default nothing is cast.
    public init(
        paramDType: DType? = nil, reduceDType: DType? = nil, outputDType: DType? = nil, castForwardInputs: Bool = true
    ) {
        self.paramDType = paramDType
        self.reduceDType = reduceDType
        self.outputDType = outputDType
        self.castForwardInputs = castForwardInputs
    }
}

/// Where parts of parameters are kept while they are not used. PyTorch: `torch.distributed.fsdp.OffloadPolicy`.
public enum OffloadPolicy: Sendable {
    /// On the parameters' device.
    case none
    /// In the host's memory. PyTorch: `CPUOffloadPolicy`. It does not exist here: `fullyShard` raises an error.
    case cpu
}

/// Divides the parameters of a module among processes: each has a part of each parameter, its gradient and its
/// optimizer's state. PyTorch: `torch.distributed.fsdp.fully_shard`.
///
///     for block in model.blocks { fullyShard(block) }
///     fullyShard(model)
///     let optimizer = AdamW(model.parameters(), lr: 1e-3)
///     …
///     lossFn(model(x), y).backward()
///     clipGradNorm_(model.parameters(), maxNorm: 1)
///     optimizer.step()
///
/// Before the module's forward pass, the processes gather its parameters. Afterwards they free what they gathered, and
/// gather it again before the module's backward pass. When the gradients are complete, each process gets its part of
/// their mean. So between the uses of its blocks, a process has 1/N of a model's parameters.
///
/// One call makes one group: all parameters of the module that no earlier call has divided. They are gathered together,
/// so the blocks of a model come first, then the model itself.
///
/// A parameter is cut along dimension 0, as by `chunk`: each process has ⌈n / N⌉ rows, and the last ones fewer or none.
/// The parameters stay the same objects. Between the passes they are the parts, and an optimizer updates these;
/// optimizers that need whole matrices, such as Muon, Adafactor and LBFGS, do not compute the same on parts. In the
/// module's passes they are whole, and what was read from them then must not be used later. Hooks of a parameter get
/// its whole gradient in this process, before it is reduced.
///
/// After a forward pass that is recorded, the outermost module's parameters stay whole until its backward pass ends. If
/// no backward pass follows, as in a validation loop without `noGrad`, they stay whole until the next one, or until the
/// step of an optimizer, `clipGradNorm_` or `GradScaler` needs the parts. Until then their `grad` is not that of the
/// parts. So before you read it, and before the step of an optimizer of your own, call `model.fsdp.reshard()`.
///
/// - Parameters:
///   - module: the module, called like a function: its hooks gather the parameters. For a module that writes its own
///     `callAsFunction` without `withHooks`, and for other methods, there is ``FSDPModule/forward(_:)``.
///   - processGroup: the processes; by default all. PyTorch: a one-dimensional `mesh`.
///   - reshardAfterForward: whether the gathered parameters are freed between the forward and the backward pass. By
///     default they are, except those of the outermost module, which the backward pass needs first. Without recording,
///     they are always freed.
///   - mpPolicy: the dtypes of gathered parameters, reductions, inputs and results.
///   - offloadPolicy: `.none`; all else is an error.
///   - ignoredParams: parameters that are not divided, and whose gradients are not reduced.
/// - Returns: the module.
/// - Precondition: all processes have the same module with the same values, and call its passes in the same order. The
///   parameters have at least one dimension and are contiguous.
@discardableResult
public func fullyShard<Net: Module>(
    _ module: Net, processGroup: ProcessGroup? = nil, reshardAfterForward: Bool? = nil,
    mpPolicy: MixedPrecisionPolicy = MixedPrecisionPolicy(), offloadPolicy: OffloadPolicy = .none,
    ignoredParams: [Tensor] = []
) -> Net {
    Sharding.divide(
        [module], processGroup, reshardAfterForward.map(Sharding.Reshard.always), mpPolicy, offloadPolicy,
        ignoredParams)
    return module
}

/// Divides the parameters of a module, which smaller groups of processes keep between the forward and the backward
/// pass. The group of the backward pass is then small, for example the processes of one machine.
/// PyTorch: `torch.distributed.fsdp.fully_shard` with an int as `reshard_after_forward`.
///
/// `reshardAfterForward` is the number of processes that keep the whole parameters together: those with the ranks 0 to
/// `reshardAfterForward` - 1, and so on. 1 is the same as false.
/// - Precondition: the number divides that of the processes. `processGroup` has all processes of the job.
@discardableResult
public func fullyShard<Net: Module>(
    _ module: Net, processGroup: ProcessGroup? = nil, reshardAfterForward: Int,
    mpPolicy: MixedPrecisionPolicy = MixedPrecisionPolicy(), offloadPolicy: OffloadPolicy = .none,
    ignoredParams: [Tensor] = []
) -> Net {
    Sharding.divide([module], processGroup, .among(reshardAfterForward), mpPolicy, offloadPolicy, ignoredParams)
    return module
}

/// Divides the parameters of several modules as one group: they are gathered before the first of them runs and freed
/// after the last, and their gradients are reduced together. PyTorch: `torch.distributed.fsdp.fully_shard` with a list.
///
///     fullyShard([model.norm, model.head])
///     fullyShard(model)
///
/// Modules of the list that lie in others of it count as parts of these.
/// - Returns: the modules.
/// - Precondition: the list is not empty. A forward pass of the outermost module calls each module once; one that it
///   does not call gets no gradient. A module that contains them all is divided too.
@discardableResult
public func fullyShard(
    _ modules: [Module], processGroup: ProcessGroup? = nil, reshardAfterForward: Bool? = nil,
    mpPolicy: MixedPrecisionPolicy = MixedPrecisionPolicy(), offloadPolicy: OffloadPolicy = .none,
    ignoredParams: [Tensor] = []
) -> [Module] {
    Sharding.divide(
        modules, processGroup, reshardAfterForward.map(Sharding.Reshard.always), mpPolicy, offloadPolicy,
        ignoredParams)
    return modules
}

/// Divides the parameters of several modules as one group, which smaller groups of processes keep between the forward
/// and the backward pass.
@discardableResult
public func fullyShard(
    _ modules: [Module], processGroup: ProcessGroup? = nil, reshardAfterForward: Int,
    mpPolicy: MixedPrecisionPolicy = MixedPrecisionPolicy(), offloadPolicy: OffloadPolicy = .none,
    ignoredParams: [Tensor] = []
) -> [Module] {
    Sharding.divide(modules, processGroup, .among(reshardAfterForward), mpPolicy, offloadPolicy, ignoredParams)
    return modules
}

/// What all forms of `fullyShard` do.
private enum Sharding {
    /// What becomes of gathered parameters between the passes.
    enum Reshard {
        case always(Bool)
        case among(Int)
    }

    static func divide(
        _ list: [Module], _ processGroup: ProcessGroup?, _ reshard: Reshard?, _ policy: MixedPrecisionPolicy,
        _ offload: OffloadPolicy, _ ignored: [Tensor]
    ) {
        if case .cpu = offload {
            return raise(
                .notImplemented,
                "fullyShard: CPU offload is not implemented; parts of parameters stay on their device")
        }
        let modules = outermost(list)
        if modules.isEmpty { return raise(.value, "fully_shard: the list of modules is empty") }
        for module in modules {
            if module is ModuleList || module is ModuleDict {
                return raise(
                    .value, "fully_shard does not support containers that do not implement forward: \(module)")
            }
            if module.isFullySharded {
                return raise(
                    .runtime,
                    "Each distinct composable distributed API can only be applied to a module once. fully_shard has already been applied to the following module:\n\(module)"
                )
            }
        }
        guard let group = dist.group(processGroup, "fully_shard"),
            let parameters = ManagedParameters.of(modules, ignoring: ignored)
        else { return }
        var always: Bool?, keepingGroup: ProcessGroup?
        switch reshard {
        case nil: break
        case .always(let value): always = value
        case .among(let count):
            guard count > 0, group.size.isMultiple(of: count) else {
                return raise(
                    .value,
                    "If passing reshard_after_forward as an int, it should be a factor of \(group.size), not \(count)")
            }
            always = count > 1
            if count > 1, count < group.size {
                keepingGroup = KeepingGroups.own(count, of: group)
                if keepingGroup == nil { return }
            }
        }
        FSDPModule.divide(
            modules, parameters, group, reshardsAfterForward: always, keepingGroup: keepingGroup, policy: policy)
    }

    /// Returns each module of a list once, without those that lie in others.
    private static func outermost(_ list: [Module]) -> [Module] {
        if list.count == 1 { return list }
        var inner = Set<ObjectIdentifier>(), seen = Set<ObjectIdentifier>()
        for module in list {
            for child in module.modules() where child !== module { inner.insert(ObjectIdentifier(child)) }
        }
        return list.filter {
            !inner.contains(ObjectIdentifier($0)) && seen.insert(ObjectIdentifier($0)).inserted
        }
    }
}

extension Module {
    /// Whether `fullyShard` was called with this module. PyTorch: `isinstance(module, FSDPModule)`.
    public var isFullySharded: Bool { FSDPModule.of(self) != nil }

    /// What `fullyShard` has added to this module. PyTorch: the methods of `FSDPModule`.
    /// - Precondition: `fullyShard` was called with this module.
    public var fsdp: FSDPModule {
        if let state = FSDPModule.of(self) { return state }
        raise(.value, "Expected an FSDPModule, but fullyShard was not called with this \(typeName)")
        return FSDPModule(of: self)
    }
}

/// The parameters that one call of `fullyShard` divides.
private enum ManagedParameters {
    /// Returns the parameters of modules with their names, without those of modules inside that are divided already.
    /// The names of several modules begin with their positions. Raises and returns nil if one cannot be divided.
    static func of(_ roots: [Module], ignoring ignored: [Tensor]) -> [(name: String, tensor: Tensor)]? {
        let ignored = Set(ignored.map(ObjectIdentifier.init))
        var found: [(name: String, tensor: Tensor)] = []
        var seen = Set<ObjectIdentifier>()
        // They are kept, because lists of modules are made anew by each reflection.
        var visited: [ObjectIdentifier: Module] = [:]
        var open: [(path: String, module: Module)] = roots.enumerated().reversed().map {
            (roots.count == 1 ? "" : "\($0)", $1)
        }
        while let (path, module) = open.popLast() {
            guard visited.updateValue(module, forKey: ObjectIdentifier(module)) == nil else { continue }
            for (name, tensor) in module.namedParameters(prefix: path, recurse: false)
            where !ignored.contains(ObjectIdentifier(tensor)) && seen.insert(ObjectIdentifier(tensor)).inserted {
                guard isDivisible(tensor, name) else { return nil }
                found.append((name, tensor))
            }
            for (name, child) in module.namedChildren().reversed() where !child.isFullySharded {
                open.append((path.isEmpty ? name : "\(path).\(name)", child))
            }
        }
        return found
    }

    private static func isDivisible(_ tensor: Tensor, _ name: String) -> Bool {
        if tensor.isUninitialized {
            raise(
                .runtime,
                "fully_shard: the parameter \(name) is uninitialized. Run a dummy forward pass to initialize the module"
            )
        } else if tensor.dim == 0 {
            raise(
                .value,
                "fully_shard doesn't support scalar parameters. Change \(name) to a 1D tensor with numel equal to 1.")
        } else if !tensor.isContiguous() {
            raise(
                .notImplemented,
                "FSDP does not support non-contiguous parameters yet: \(name) has shape \(tensor.shape) and strides \(tensor.stride())"
            )
        } else if ShardedParameter.of(tensor) != nil {
            raise(
                .value,
                "Parameter '\(name)' is shared with a parameter already managed by another FSDP group. Call fullyShard with a module that contains all modules that share it."
            )
        } else {
            return true
        }
        return false
    }
}

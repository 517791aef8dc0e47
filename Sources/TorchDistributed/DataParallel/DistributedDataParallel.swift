import Torch

/// A module whose processes each compute a part of a batch and average the gradients.
/// PyTorch: `torch.nn.parallel.DistributedDataParallel`.
///
///     try dist.initProcessGroup("mpi")
///     let model = DistributedDataParallel(Net())
///     let optimizer = SGD(model.parameters(), lr: 0.1)
///     …
///     lossFn(model(x), y).backward()    // the gradients are now the mean over all processes
///     optimizer.step()
///
/// All processes begin with the parameters and buffers of rank 0. While the backward pass goes on, gradients are
/// averaged in buckets, in the order in which they become ready. The names of the state dict are those of the module,
/// without `module.`, so a checkpoint is the same with one process and with many.
///
/// The wrapper is called as the module is. A module that writes its own `callAsFunction` is called by
/// `model.forward { $0(x, mask: mask) }`.
public final class DistributedDataParallel<Model: Module>: Module {
    /// The module that is trained.
    public let module: Model
    /// The processes that train it. PyTorch: `process_group`.
    public let processGroup: ProcessGroup?
    private let reducer: Reducer?
    private let broadcastsBuffers: Bool
    private let findsUnused: Bool
    private let isStatic: Bool
    /// Whether backward passes average gradients. PyTorch: `require_backward_grad_sync`.
    public private(set) var requireBackwardGradSync = true
    /// Whether the next forward pass copies the buffers of rank 0. PyTorch: `require_forward_param_sync`.
    private var requireForwardParamSync = true
    private var joining: Joining?

    /// Wraps a module and gives all processes the parameters and buffers of rank 0.
    ///
    /// - Parameters:
    ///   - module: the module; all processes have the same.
    ///   - broadcastBuffers: whether rank 0's buffers, such as running statistics, are copied to all processes before
    ///     each forward pass.
    ///   - initSync: whether all processes get the parameters and buffers of rank 0 now.
    ///   - processGroup: the processes; by default all.
    ///   - bucketCapMb: the size of a bucket in MiB; by default 25. The first one is at most 1 MiB.
    ///   - findUnusedParameters: whether each pass looks for parameters that have no part in the outputs. Without it,
    ///     every parameter must get a gradient in each backward pass.
    ///   - gradientAsBucketView: whether gradients are views of the buckets, which saves memory and copies.
    ///   - staticGraph: whether the same parameters are used in each pass. They are then looked for only once.
    /// - Precondition: a parameter requires a gradient, and the processes have the same parameters.
    public init(
        _ module: Model, broadcastBuffers: Bool = true, initSync: Bool = true, processGroup: ProcessGroup? = nil,
        bucketCapMb: Double? = nil, findUnusedParameters: Bool = false, gradientAsBucketView: Bool = false,
        staticGraph: Bool = false
    ) {
        self.module = module
        broadcastsBuffers = broadcastBuffers
        findsUnused = findUnusedParameters
        isStatic = staticGraph
        let group = processGroup ?? dist.defaultGroup()
        self.processGroup = group
        var seen = Set<ObjectIdentifier>()
        let trained = module.namedParameters().filter {
            $0.parameter.requiresGrad && seen.insert(ObjectIdentifier($0.parameter)).inserted
        }
        guard let group, group.isMember else {
            reducer = nil
            super.init()
            return
        }
        let all = module.parameters()
        guard !trained.isEmpty else {
            raise(
                .runtime,
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient."
            )
            reducer = nil
            super.init()
            return
        }
        if all.contains(where: \.isUninitialized) {
            raise(
                .runtime,
                "Modules with uninitialized parameters can't be used with `DistributedDataParallel`. Run a dummy forward pass to correctly initialize the modules"
            )
            reducer = nil
            super.init()
            return
        }
        if Set(all.map(\.device.kind)).count > 1 {
            raise(
                .value,
                "DistributedDataParallel's input module must be on the same type of devices, but input module parameters locate in {\(Set(all.map { "'\($0.device.kind)'" }).sorted().joined(separator: ", "))}."
            )
        }
        if group.nccl != nil, !group.accepts(all + module.buffers()) {
            reducer = nil
            super.init()
            return
        }
        if ParameterExchange.agree(all, group), initSync {
            ParameterExchange.broadcast(all + module.buffers(), from: 0, group)
        }
        reducer = Reducer(
            trained, group, bucketBytes: max(1, Int((bucketCapMb ?? 25) * 1_048_576)),
            findsUnused: findUnusedParameters, isStatic: staticGraph, gradientsAreViews: gradientAsBucketView)
        super.init()
    }

    /// Wraps a module, with PyTorch's name for it.
    public convenience init(
        module: Model, broadcastBuffers: Bool = true, initSync: Bool = true, processGroup: ProcessGroup? = nil,
        bucketCapMb: Double? = nil, findUnusedParameters: Bool = false, gradientAsBucketView: Bool = false,
        staticGraph: Bool = false
    ) {
        self.init(
            module, broadcastBuffers: broadcastBuffers, initSync: initSync, processGroup: processGroup,
            bucketCapMb: bucketCapMb, findUnusedParameters: findUnusedParameters,
            gradientAsBucketView: gradientAsBucketView, staticGraph: staticGraph)
    }

    /// The module has no name of its own, so that its parameters have theirs without `module.`.
    public override class func stateName(of property: String) -> String { property == "module" ? "" : property }

    /// The name of the class in print.
    public override var typeName: String { "DistributedDataParallel" }

    // MARK: Calls

    /// Runs a forward pass of the module, as `body` calls it. Without it, or a call of this wrapper, a backward pass
    /// averages nothing.
    ///
    ///     let logits = model.forward { $0(tokens, mask: mask) }
    public func forward<Output>(_ body: (Model) -> Output) -> Output {
        guard let reducer, let processGroup else { return body(module) }
        let reduces = isGradEnabled() && requireBackwardGradSync
        if let joining { joining.announce(processGroup, reducer, reduces: reduces) }
        if reduces {
            guard reducer.lastPassIsComplete() else { return body(module) }
            if joining == nil { reducer.rebuildOnce() }
        }
        if broadcastsBuffers, requireForwardParamSync || joining != nil {
            ParameterExchange.broadcast(module.buffers(), from: joining?.authority ?? 0, processGroup)
        }
        requireForwardParamSync = reduces
        let output = body(module)
        if reduces {
            reducer.prepareForBackward(findsUnused || isStatic ? OutputTensors.of(output) : [])
        } else {
            reducer.skipReduction()
        }
        return output
    }

    /// Runs `body` without averaging gradients: they add up in each process, and the next pass outside averages the
    /// sums. PyTorch: `with model.no_sync():`.
    public func noSync<Result>(_ body: () throws -> Result) rethrows -> Result {
        let outer = requireBackwardGradSync
        requireBackwardGradSync = false
        defer { requireBackwardGradSync = outer }
        return try body()
    }

    /// Reduces the buckets by a function of one's own, or one of `CommunicationHooks`.
    /// PyTorch: `DistributedDataParallel.register_comm_hook`.
    /// - Precondition: no hook is registered yet.
    public func registerCommHook(_ hook: @escaping CommunicationHook) {
        guard let reducer else { return }
        guard reducer.communicationHook == nil else {
            return raise(.runtime, "register_comm_hook or register_builtin_comm_hook can only be called once.")
        }
        reducer.communicationHook = hook
    }

    /// Runs a training loop of which some processes have fewer inputs than others. A process that has none left takes
    /// part in the others' averages, with gradients of zero. At the end all have the parameters of one that trained to
    /// the end. PyTorch: `with model.join():`.
    ///
    /// - Parameters:
    ///   - divideByInitialWorldSize: whether gradients are divided by the number of all processes, not only of those
    ///     that still have inputs.
    ///   - enable: false runs `body` alone.
    ///   - throwOnEarlyTermination: whether all processes raise an error as soon as one has no inputs left.
    ///   - body: the training.
    public func join<Result>(
        divideByInitialWorldSize: Bool = true, enable: Bool = true, throwOnEarlyTermination: Bool = false,
        _ body: () throws -> Result
    ) rethrows -> Result {
        guard enable, let reducer, let processGroup else { return try body() }
        let joining = Joining(
            dividesByAll: divideByInitialWorldSize, throwsEarly: throwOnEarlyTermination)
        self.joining = joining
        defer {
            self.joining = nil
            reducer.divisor = processGroup.size
        }
        let result = try body()
        joining.finish(
            processGroup, reducer, tensors: module.parameters() + module.buffers(),
            buffers: broadcastsBuffers ? module.buffers() : [])
        return result
    }
}

extension DistributedDataParallel: Layer where Model: Layer {
    /// Computes the result, without calling the hooks of this wrapper.
    public func forward(_ input: Tensor) -> Tensor { forward { $0(input) } }
}

extension DistributedDataParallel: BinaryLayer where Model: BinaryLayer {
    /// Computes the result, without calling the hooks of this wrapper.
    public func forward(_ input: Tensor, _ other: Tensor) -> Tensor { forward { $0(input, other) } }
}

extension DistributedDataParallel: UnaryModule where Model: UnaryModule {
    /// Computes the result, without calling the hooks of this wrapper.
    public func forward(_ input: Model.Input) -> Model.Output { forward { $0(input) } }
}

extension DistributedDataParallel: BinaryModule where Model: BinaryModule {
    /// Computes the result, without calling the hooks of this wrapper.
    public func forward(_ first: Model.First, _ second: Model.Second) -> Model.Output { forward { $0(first, second) } }
}

/// The tensors of a module's result.
enum OutputTensors {
    /// Returns all tensors in a value: itself, or in arrays, tuples, dictionaries, optionals, structs and classes.
    static func of(_ value: Any) -> [Tensor] {
        var found: [Tensor] = []
        collect(value, depth: 0, &found)
        return found
    }

    private static func collect(_ value: Any, depth: Int, _ found: inout [Tensor]) {
        if let tensor = value as? Tensor {
            found.append(tensor)
        } else if let list = value as? [Tensor] {
            found += list
        } else if depth < 16 {
            for child in Mirror(reflecting: value).children { collect(child.value, depth: depth + 1, &found) }
        }
    }
}

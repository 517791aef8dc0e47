import Locks
import Torch

/// What `fullyShard` has added to a module: `module.fsdp`. PyTorch: `torch.distributed.fsdp.FSDPModule`.
public final class FSDPModule {
    /// Where a module is in a training step.
    private enum Phase { case idle, forward, beforeBackward, afterBackward }

    private struct WeakModule { weak var module: Module? }

    private let members: [WeakModule]
    /// The modules' places among those that are known, also when the modules do not exist any more.
    fileprivate let keys: [ObjectIdentifier]
    private let parameters: ParameterGroup?
    private let policy: MixedPrecisionPolicy
    private var context: ShardingContext?
    private var phase = Phase.idle

    /// nil for the default: true, but false for the outermost module.
    private var reshardsAfterForward: Bool?
    private var reshardsAfterBackward = true
    private var reducesGradients = true
    private var forwardPrefetch: [Weak] = []
    private var backwardPrefetch: [Weak] = []

    private struct Weak { weak var state: FSDPModule? }

    /// Of modules that were divided together, those that this forward pass has not called yet.
    private var awaited = Set<ObjectIdentifier>()
    /// Smaller groups, of which each keeps whole parameters between the forward and the backward pass; nil for none.
    private var keepingGroup: ProcessGroup?
    /// The parameters that have their gradient in this backward pass.
    private var accumulated = Set<Int>()
    /// Hooks of inputs whose gradients are not computed yet. Parameters that are not trained are needed until then.
    private var inputHooks: [HookHandle] = []

    /// A state without parameters, for a module that has none of its own.
    convenience init(of module: Module) { self.init([module], nil, MixedPrecisionPolicy()) }

    private init(_ modules: [Module], _ parameters: ParameterGroup?, _ policy: MixedPrecisionPolicy) {
        members = modules.map(WeakModule.init)
        keys = modules.map(ObjectIdentifier.init)
        self.parameters = parameters
        self.policy = policy
    }

    deinit { FSDPModules.remove(self) }

    /// Divides the parameters of modules that are gathered together, and registers the hooks.
    static func divide(
        _ modules: [Module], _ parameters: [(name: String, tensor: Tensor)], _ group: ProcessGroup,
        reshardsAfterForward: Bool?, keepingGroup: ProcessGroup?, policy: MixedPrecisionPolicy
    ) {
        let divided = parameters.map { ShardedParameter($0.name, $0.tensor, group) }
        let state = FSDPModule(modules, ParameterGroup(divided, group, policy), policy)
        state.reshardsAfterForward = reshardsAfterForward
        state.keepingGroup = keepingGroup
        FSDPModules.add(state)
        for (i, (_, tensor)) in parameters.enumerated() where tensor.requiresGrad {
            tensor.registerPostAccumulateGradHook { [weak state] _ in state?.gradientIsReady(i) }
        }
        for module in modules {
            module.registerForwardPreHook(inputs: [Any].self) { state.beforeForward($0, $1) }
            module.registerForwardHook(inputs: [Any].self, output: Any.self) { state.afterForward($0, $2) }
        }
        ShardedGradients.install()
    }

    /// Returns what `fullyShard` has added to a module, or nil.
    static func of(_ module: Module) -> FSDPModule? { FSDPModules.find(module) }

    fileprivate func belongs(to module: Module) -> Bool { modules.contains { $0 === module } }

    /// The modules that were divided together: one, or those of a list.
    private var modules: [Module] { members.compactMap(\.module) }

    /// The states of this module and, if `recurse` is set, of the modules inside.
    private func states(_ recurse: Bool) -> [FSDPModule] {
        guard recurse else { return [self] }
        var seen = Set<ObjectIdentifier>()
        return modules.flatMap { $0.modules() }.compactMap(FSDPModule.of)
            .filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    /// The divided parameters of this module and of the modules inside.
    var allParameters: [ShardedParameter] { states(true).flatMap { $0.parameters?.parameters ?? [] } }

    // MARK: Calls

    /// Runs `body` with the module's parameters gathered, and prepares for its backward pass, as a call of the module
    /// does. For a module whose calls run no hooks, and for other methods. Of modules that were divided together, this
    /// is the pass of all. PyTorch: `register_fsdp_forward_method`.
    ///
    ///     let embedding = model.fsdp.forward { model.encode(image) }
    public func forward<Output>(_ body: () -> Output) -> Output {
        guard let module = modules.first else { return body() }
        _ = beforeForward(module, [])
        let output = body()
        awaited = awaited.isEmpty ? [] : [ObjectIdentifier(module)]
        return afterForward(module, output) as? Output ?? output
    }

    /// Gathers the parameters of this module, not of the modules inside. Its next pass does not gather them again.
    /// PyTorch: `FSDPModule.unshard`.
    /// - Parameter asyncOp: whether only to begin. The module's next pass, or the handle, waits.
    /// - Returns: with `asyncOp`, a handle to wait for.
    @discardableResult
    public func unshard(asyncOp: Bool = false) -> UnshardHandle? {
        parameters?.unshard()
        if asyncOp { return UnshardHandle(parameters) }
        parameters?.waitForUnshard()
        return nil
    }

    /// Frees the gathered parameters of this module, not of the modules inside. PyTorch: `FSDPModule.reshard`.
    public func reshard() { parameters?.reshard() }

    /// Frees gathered parameters, if these are among them and no pass is in their module.
    static func reshardIdle(_ parameters: [Tensor]) {
        let used = Set(parameters.map(ObjectIdentifier.init))
        for state in FSDPModules.all {
            guard let group = state.parameters,
                group.parameters.contains(where: { used.contains(ObjectIdentifier($0.tensor)) })
            else { continue }
            if state.phase == .idle, group.isGathered || group.isKept { group.reshard() }
        }
    }

    // MARK: Options

    /// Sets whether backward passes reduce gradients. Without it they add up in each process, whole, and the next pass
    /// that reduces them reduces the sums. PyTorch: `FSDPModule.set_requires_gradient_sync`.
    public func setRequiresGradientSync(_ requires: Bool, recurse: Bool = true) {
        for state in states(recurse) { state.reducesGradients = requires }
    }

    /// Sets whether the gathered parameters are freed between forward and backward pass.
    /// PyTorch: `FSDPModule.set_reshard_after_forward`.
    public func setReshardAfterForward(_ reshard: Bool, recurse: Bool = true) {
        for state in states(recurse) {
            state.reshardsAfterForward = reshard
            state.keepingGroup = nil
        }
    }

    /// Sets whether the gathered parameters are freed after the backward pass. Without it, the next forward pass need
    /// not gather them; this is meant for passes between which no optimizer steps. An optimizer needs the parts, and a
    /// step of this library's optimizers makes them; before one of your own, call `reshard`.
    /// PyTorch: `FSDPModule.set_reshard_after_backward`.
    public func setReshardAfterBackward(_ reshard: Bool, recurse: Bool = true) {
        for state in states(recurse) { state.reshardsAfterBackward = reshard }
    }

    /// Sets what sums of gradients are divided by; by default the number of processes.
    /// PyTorch: `FSDPModule.set_gradient_divide_factor`.
    /// - Precondition: `factor` is positive.
    public func setGradientDivideFactor(_ factor: Double) {
        guard factor > 0 else { return raise(.value, "the gradient divide factor must be positive, but got \(factor)") }
        parameters?.divisor = factor
    }

    /// Sets modules that begin to gather their parameters when this module's forward pass begins, so that they are
    /// there in time. Each needs memory from then on. PyTorch: `FSDPModule.set_modules_to_forward_prefetch`.
    /// - Precondition: `fullyShard` was called with each.
    public func setModulesToForwardPrefetch(_ modules: [Module]) {
        forwardPrefetch = modules.map { Weak(state: $0.fsdp) }
    }

    /// Sets modules that begin to gather their parameters when this module's backward pass begins. By default it is
    /// the module whose forward pass came before this one's. PyTorch:
    /// `FSDPModule.set_modules_to_backward_prefetch`.
    /// - Precondition: `fullyShard` was called with each.
    public func setModulesToBackwardPrefetch(_ modules: [Module]) {
        backwardPrefetch = modules.map { Weak(state: $0.fsdp) }
    }

    /// Makes this module and the modules inside ready for another step after a pass that failed. Gradients that are
    /// not reduced yet are lost. PyTorch: `FSDPModule.reset_iter_state`.
    public func resetIterState() {
        context?.reset()
        for state in states(true) { state.forgetPass() }
    }

    // MARK: The forward pass

    /// Finds out which modules belong together, at the first pass.
    private func join() -> ShardingContext? {
        if let context { return context }
        guard let module = modules.first else { return nil }
        guard members.count == 1 else {
            raise(
                .runtime,
                "FSDP requires a single root module but got [\(modules.map(\.typeName).joined(separator: ", "))]")
            return nil
        }
        let inner = states(true)
        for (name, child) in module.namedModules() {
            if let state = FSDPModule.of(child), state !== self, state.context != nil {
                raise(
                    .runtime,
                    "FSDP state has already been lazily initialized for \(name)\nFSDP requires running forward through the root module first"
                )
                return nil
            }
        }
        let onMeta = allParameters.filter { $0.device.kind == .meta }.map { "'\($0.name)'" }
        guard onMeta.isEmpty else {
            raise(
                .runtime,
                "FSDP parameters should be materialized from meta device before training, but the following were still on meta device: [\(onMeta.joined(separator: ", "))]\nFor example, call module.toEmpty(device:) to materialize to device and initialize the values."
            )
            return nil
        }
        let new = ShardingContext(inner)
        for state in inner {
            state.context = new
            state.reshardsAfterForward = state.reshardsAfterForward ?? (state !== self)
        }
        return new
    }

    private func beforeForward(_ caller: Module, _ inputs: [Any]) -> [Any]? {
        guard belongs(to: caller) else {
            raise(.runtime, "FSDP does not support deepcopy. Please use state dict for serialization.")
            return nil
        }
        // A checkpoint computes the forward pass again.
        if phase == .beforeBackward {
            unshardForBackward()
            return cast(inputs)
        }
        guard let context = join() else { return nil }
        let isFirst = phase != .forward
        phase = .forward
        if members.count > 1, awaited.isEmpty { awaited = Set(keys) }
        if context.forwardRoot == nil { context.forwardRoot = self }
        unshard()
        if isFirst { for next in forwardPrefetch { next.state?.unshard(asyncOp: true) } }
        let changed = cast(inputs)
        if isGradEnabled(), hasFrozenParameters { watch(changed ?? inputs) }
        return changed
    }

    private func cast(_ inputs: [Any]) -> [Any]? {
        guard policy.castForwardInputs, let dtype = policy.paramDType else { return nil }
        return inputs.map { FloatingParts.cast($0, to: dtype) }
    }

    private func afterForward(_ caller: Module, _ output: Any) -> Any? {
        guard belongs(to: caller), let context, phase != .idle else { return nil }
        if phase == .forward {
            let isCalledBefore = members.count > 1 && awaited.remove(ObjectIdentifier(caller)) == nil
            if isCalledBefore || !awaited.isEmpty {
                // The backward pass may come to this module before it comes to the one that ends the pass.
                if isGradEnabled() { prepareForBackward(output, nil) }
            } else {
                endForward(context, output)
                if context.forwardRoot === self { context.endForward(of: self, output) }
            }
        }
        return policy.outputDType.map { FloatingParts.cast(output, to: $0) }
    }

    /// Ends a forward pass that did not call all modules which were divided together. PyTorch:
    /// `_force_complete_incomplete_states`.
    /// - Parameter output: the outermost module's.
    func endIncompleteForward(_ output: Any) {
        if let context, phase == .forward, !awaited.isEmpty { endForward(context, output) }
    }

    private func endForward(_ context: ShardingContext, _ output: Any) {
        awaited = []
        let isRecorded = isGradEnabled()
        if !isRecorded {
            parameters?.reshard()
        } else if let keepingGroup {
            parameters?.reshard(keepingAmong: keepingGroup)
        } else if reshardsAfterForward == true {
            parameters?.reshard()
        }
        if isRecorded { prepareForBackward(output, context.pass(of: self)) }
        phase = .idle
    }

    /// - Parameter pass: the place in the order of the passes. The hooks keep it, so it lasts as long as the graph.
    private func prepareForBackward(_ output: Any, _ pass: ForwardPass?) {
        for tensor in OutputTensors.of(output) where tensor.gradFn != nil {
            tensor.registerHook { [self] _ in
                beforeBackward(pass)
                return nil
            }
        }
    }

    /// The recorded forward passes that a backward pass may still come to. Tests count them.
    package var openPassCount: Int { context?.openPassCount ?? 0 }

    // MARK: The backward pass

    private var trained: Int { parameters?.parameters.count { $0.tensor.requiresGrad } ?? 0 }
    private var hasFrozenParameters: Bool { trained < parameters?.parameters.count ?? 0 }

    /// Notes when the gradients of inputs are computed.
    private func watch(_ inputs: [Any]) {
        for input in inputs.flatMap(OutputTensors.of) where input.requiresGrad {
            var handle: HookHandle?
            handle = input.registerHook { [weak self] _ in
                if let handle { self?.inputIsReady(handle) }
                return nil
            }
            if let handle { inputHooks.append(handle) }
        }
    }

    private func inputIsReady(_ handle: HookHandle) {
        handle.remove()
        inputHooks.removeAll { $0 === handle }
        guard inputHooks.isEmpty else { return }
        if phase == .afterBackward {
            if reshardsAfterBackward { parameters?.reshard() }
        } else if phase == .beforeBackward, trained == 0 {
            afterBackward()
        }
    }

    private func beforeBackward(_ pass: ForwardPass?) {
        phase = .beforeBackward
        context?.awaitEndOfBackward()
        unshardForBackward()
        if backwardPrefetch.isEmpty {
            pass?.before?.state?.prefetchForBackward()
        } else {
            for next in backwardPrefetch { next.state?.prefetchForBackward() }
        }
    }

    private func unshardForBackward() {
        parameters?.unshard(fromKept: true)
        parameters?.waitForUnshard()
    }

    /// Begins to gather the parameters, unless this module's part of the backward pass is over.
    private func prefetchForBackward() { if phase != .afterBackward { parameters?.unshard(fromKept: true) } }

    private func gradientIsReady(_ i: Int) {
        context?.awaitEndOfBackward()
        accumulated.insert(i)
        if accumulated.count == trained { afterBackward() }
    }

    /// Reduces the gradients and frees the parameters.
    private func afterBackward() {
        guard let parameters else { return }
        phase = .afterBackward
        accumulated = []
        var gradients: [ParameterGroup.Gradients] = []
        if reducesGradients { gradients = parameters.takeGradients() } else { parameters.keepGradients() }
        if reshardsAfterBackward, inputHooks.isEmpty { parameters.reshard() }
        context?.reduce(gradients, of: parameters)
    }

    /// Completes the backward pass at its end, also if some parameters had no part in it.
    func endBackward() {
        // A pass of `grad` inside this module's forward pass.
        if phase == .forward { return }
        for handle in inputHooks { handle.remove() }
        inputHooks = []
        if phase != .afterBackward {
            afterBackward()
        } else if reshardsAfterBackward {
            parameters?.reshard()
        }
        phase = .idle
        awaited = []
    }

    /// Whether the module's forward pass goes on.
    var isInForward: Bool { phase == .forward }

    /// Forgets what a failed pass has left.
    func forgetPass() {
        for handle in inputHooks { handle.remove() }
        inputHooks = []
        phase = .idle
        accumulated = []
        awaited = []
        parameters?.reset()
    }
}

/// Parameters that are being gathered. PyTorch: `torch.distributed.fsdp.UnshardHandle`.
public final class UnshardHandle {
    private let parameters: ParameterGroup?

    init(_ parameters: ParameterGroup?) { self.parameters = parameters }

    /// Waits until the parameters are gathered. PyTorch: `UnshardHandle.wait`.
    public func wait() { parameters?.waitForUnshard() }
}

/// The modules that `fullyShard` was called with, and what it added to them. A module's hooks keep its state.
private enum FSDPModules {
    private final class Entry: @unchecked Sendable {
        weak var state: FSDPModule?
        let identity: ObjectIdentifier

        init(_ state: FSDPModule) {
            self.state = state
            identity = ObjectIdentifier(state)
        }
    }

    private static let known = Mutex<[ObjectIdentifier: Entry]>([:])

    static func add(_ state: FSDPModule) {
        let keys = state.keys, entry = Entry(state)
        known.withLock { for key in keys { $0[key] = entry } }
    }

    /// Forgets a state that ends. The lock is held, so no state is loaded here: it could end here, and ask for the lock
    /// again. A new module at the same address may have its own state already.
    static func remove(_ state: FSDPModule) {
        let keys = state.keys, identity = ObjectIdentifier(state)
        known.withLock { for key in keys where $0[key]?.identity == identity { $0[key] = nil } }
    }

    /// All states. One of several modules is there several times.
    static var all: [FSDPModule] { known.withLock { Array($0.values) }.compactMap(\.state) }

    static func find(_ module: Module) -> FSDPModule? {
        guard let state = known.withLock({ $0[ObjectIdentifier(module)] })?.state, state.belongs(to: module) else {
            return nil
        }
        return state
    }
}

/// Floating-point tensors among inputs and results.
private enum FloatingParts {
    /// Casts a tensor, and the tensors in an array, a dictionary or a tuple of at most four parts.
    static func cast(_ value: Any, to dtype: DType) -> Any {
        if let tensor = value as? Tensor {
            return tensor.isFloatingPoint() && tensor.dtype != dtype ? tensor.to(dtype) : tensor
        }
        if let list = value as? [Tensor] { return list.map { cast($0, to: dtype) } }
        if let map = value as? [String: Tensor] { return map.mapValues { cast($0, to: dtype) } }
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .tuple else { return value }
        let p = mirror.children.map { cast($0.value, to: dtype) }
        return switch p.count {
        case 2: (p[0], p[1])
        case 3: (p[0], p[1], p[2])
        case 4: (p[0], p[1], p[2], p[3])
        default: value
        }
    }
}

/// L-BFGS (Liu and Nocedal, 1989): corrects the gradient's direction by the curvature of the last iterations. One step
/// runs several iterations. PyTorch: `torch.optim.LBFGS`.
///
///     optimizer.step { optimizer.zeroGrad(); let loss = loss(model(x), y); loss.backward(); return loss }
public final class LBFGS: Optimizer {
    /// The method that finds the step length along a direction. Without a method the length is the learning rate.
    public enum LineSearch: String, Sendable {
        /// A search for a length that satisfies the strong Wolfe conditions.
        case strongWolfe = "strong_wolfe"
    }

    /// Creates the optimizer for one list of parameters.
    ///
    /// - Parameters:
    ///   - params: all parameters. They are updated as one vector.
    ///   - lr: the step length as a factor of the direction. The very first step is scaled to a 1-norm of at most lr. A
    ///     line search tries this length first.
    ///   - maxIter: the maximum number of iterations (directions) in a step.
    ///   - maxEval: a step ends after this number of loss evaluations. The default is maxIter · 5 / 4.
    ///   - toleranceGrad: a step ends if no element of the gradient has a larger magnitude.
    ///   - toleranceChange: a step ends if the loss changes by less, or if no parameter changes by more.
    ///   - historySize: the number of past iterations that are stored.
    ///   - lineSearchFn: the method that finds a better length than `lr`; nil uses `lr`.
    ///   - maximize: whether to maximize the objective.
    /// - Precondition: lr is not negative, and there is one group.
    public init(
        _ params: [Tensor], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
        toleranceChange: Double = 1e-9,
        historySize: Int = 100, lineSearchFn: LineSearch? = nil, maximize: Bool = false
    ) {
        super.init(
            [ParamGroup(params)],
            defaults: [
                ("lr", .orOne(lr)), ("max_iter", .int(maxIter)), ("max_eval", .int(maxEval ?? maxIter * 5 / 4)),
                ("tolerance_grad", .double(toleranceGrad)),
                ("tolerance_change", .double(toleranceChange)), ("history_size", .int(historySize)),
                ("line_search_fn", lineSearchFn.map { .string($0.rawValue) } ?? .null), ("maximize", .bool(maximize))
            ])
    }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        if !paramGroups.isEmpty, paramGroups[0].params.first !== group.params.first {
            return TorchError(.value, "LBFGS doesn't support per-parameter options (parameter groups)")
        }
        for name in ["max_iter", "max_eval", "history_size"] where group[name]?.int == nil {
            return TorchError(.value, "Invalid \(name) value: \(group[name]?.optionText ?? "None")")
        }
        if let search = group["line_search_fn"], !search.isNull, search.string.flatMap(LineSearch.init) == nil {
            return TorchError(.runtime, "only 'strong_wolfe' is supported")
        }
        return OptionCheck.notNegative(group, "lr", "Invalid learning rate") ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Always raises an error: this optimizer needs a closure that computes the loss.
    public override func step() { raise(.type, "LBFGS.step() missing 1 required positional argument: 'closure'") }

    /// Takes a step of up to `maxIter` iterations.
    /// - Parameter closure: computes the loss and its gradients again.
    /// - Returns: the loss at the start of the step.
    @discardableResult
    public override func step(_ closure: () -> Tensor) -> Tensor {
        let range = profiled("step")
        defer { range.end() }
        guard beginStep(), let group = paramGroups.first, let first = group.params.first else { return .void }
        var memory = LBFGSMemory(group.states[0].other)
        let loss = noGrad {
            let start = setGradEnabled(true, closure)
            if !start.isVoid { iterate(group, &memory, start.item(), closure) }
            return start
        }
        if !loss.isVoid, !first.isVoid { group.states[0].other = memory.entries }
        return loss
    }

    /// Returns the closure's loss, negated if the objective is maximized.
    private func evaluate(_ closure: () -> Tensor, _ group: ParamGroup) -> Double {
        let loss = setGradEnabled(true, closure).item()
        return group.maximize ? -loss : loss
    }

    private func iterate(_ group: ParamGroup, _ memory: inout LBFGSMemory, _ start: Double, _ closure: () -> Tensor) {
        let maxIter = group.maxIter, maxEval = group.maxEval
        let toleranceGrad = group.toleranceGrad, toleranceChange = group.toleranceChange
        var loss = group.maximize ? -start : start
        var grad = flatGrad(group)
        var evaluations = 1
        memory.evaluations += 1
        if grad.isVoid || grad.abs().max().item() <= toleranceGrad { return }
        for iteration in 1...max(maxIter, 1) where maxIter > 0 {
            memory.iterations += 1
            let direction = memory.nextDirection(grad, historySize: group.historySize)
            if direction.isVoid { return }
            memory.previousGrad = grad.clone()
            let previousLoss = loss
            memory.previousLoss = loss
            memory.step = memory.iterations == 1 ? min(1, 1 / grad.abs().sum().item()) * group.lr : group.lr
            let slope = grad.dot(direction).item()
            if slope > -toleranceChange { return }
            var asked = 0
            if group.lineSearch != nil {
                let position = group.params.map { $0.clone() }
                let found = strongWolfe(
                    step: memory.step, direction, loss: loss, grad: grad, slope: slope,
                    toleranceChange: toleranceChange, limit: maxEval - evaluations
                ) { step in
                    move(group, direction, by: step)
                    let loss = evaluate(closure, group)
                    let grad = flatGrad(group)
                    for (parameter, old) in zip(group.params, position) { parameter.copy_(old) }
                    return (loss, grad)
                }
                (loss, grad, memory.step, asked) = (found.loss, found.grad, found.step, found.evaluations)
                move(group, direction, by: memory.step)
            } else {
                move(group, direction, by: memory.step)
                if iteration != maxIter {
                    loss = evaluate(closure, group)
                    grad = flatGrad(group)
                    asked = 1
                }
            }
            evaluations += asked
            memory.evaluations += asked
            if iteration == maxIter || evaluations >= maxEval || grad.isVoid || grad.abs().max().item() <= toleranceGrad
            {
                return
            }
            if direction.mul(memory.step).abs().max().item() <= toleranceChange
                || abs(loss - previousLoss) < toleranceChange
            {
                return
            }
        }
    }

    /// Returns all gradients as one vector, negated if the objective is maximized.
    private func flatGrad(_ group: ParamGroup) -> Tensor {
        let parts = group.params.map { parameter -> Tensor in
            let grad = parameter.accumulatedGrad?.toDense() ?? Tensor.zerosLike(parameter)
            return grad.resolveConj().realParts.reshape(-1)
        }
        let flat = cat(parts)
        return group.maximize ? flat.neg() : flat
    }

    private func move(_ group: ParamGroup, _ direction: Tensor, by step: Double) {
        var offset = 0
        for parameter in group.params {
            let p = parameter.realParts
            p.add_(direction.narrow(0, offset, p.numel()).viewAs(p), alpha: step)
            offset += p.numel()
        }
    }

    /// Returns the saved iteration count, directions and step sizes, after checking their form.
    public override func otherState(from saved: StateMap, of parameter: Tensor) throws -> StateMap {
        guard let group = paramGroups.first, parameter === group.params.first else { return [:] }
        return try LBFGSMemory.checked(saved, count: group.params.reduce(0) { $0 + $1.realParts.numel() })
    }
}

/// The state that is kept between iterations. All parameters form one vector.
private struct LBFGSMemory {
    var evaluations = 0
    var iterations = 0
    var direction: Tensor?
    var step = 0.0
    /// History of the last iterations: gradient changes, steps, and 1 / (their dot products).
    var gradChanges: [Tensor] = []
    var steps: [Tensor] = []
    var inverseProducts: [Tensor] = []
    /// The initial scale of the inverse Hessian.
    var scale: Tensor?
    var previousGrad: Tensor?
    var previousLoss = 0.0

    init(_ map: StateMap) {
        func tensors(_ name: StateKey) -> [Tensor] { (map[name]?.list ?? []).compactMap(\.tensor) }
        evaluations = map["func_evals"]?.int ?? 0
        iterations = map["n_iter"]?.int ?? 0
        direction = map["d"]?.tensor
        step = map["t"]?.optionNumber ?? 0
        gradChanges = tensors("old_dirs")
        steps = tensors("old_stps")
        inverseProducts = tensors("ro")
        scale = map["H_diag"]?.tensor
        previousGrad = map["prev_flat_grad"]?.tensor
        previousLoss = map["prev_loss"]?.optionNumber ?? 0
    }

    /// The state in PyTorch's form.
    var entries: StateMap {
        var map: StateMap = ["func_evals": .int(evaluations), "n_iter": .int(iterations)]
        guard let direction, let previousGrad else { return map }
        func list(_ tensors: [Tensor]) -> StateValue { .list(tensors.map { .tensor($0) }) }
        map["d"] = .tensor(direction)
        map["t"] = .double(step)
        map["old_dirs"] = list(gradChanges)
        map["old_stps"] = list(steps)
        map["ro"] = list(inverseProducts)
        map["H_diag"] = scale.map { .tensor($0) } ?? .int(1)
        map["prev_flat_grad"] = .tensor(previousGrad)
        map["prev_loss"] = .double(previousLoss)
        return map
    }

    /// Returns copies of the entries of a saved state. Throws if they do not fit vectors of `count` elements.
    static func checked(_ saved: StateMap, count: Int) throws -> StateMap {
        let memory = LBFGSMemory(saved)
        let vectors = [memory.direction, memory.previousGrad].compactMap { $0 } + memory.gradChanges + memory.steps
        let numbers = memory.inverseProducts + [memory.scale].compactMap { $0 }
        guard memory.evaluations >= 0, memory.iterations >= 0,
            memory.iterations == 0 || memory.direction != nil && memory.previousGrad != nil,
            memory.gradChanges.count == memory.steps.count, memory.steps.count == memory.inverseProducts.count,
            vectors.allSatisfy({ $0.sizes == [count] }), numbers.allSatisfy({ $0.sizes == [] })
        else {
            throw TorchError(.value, "loaded state of LBFGS does not fit \(count) elements")
        }
        func copy(_ tensor: Tensor) -> Tensor { noGrad { tensor.detach().contiguousCopy() } }
        var own = memory
        own.direction = memory.direction.map(copy)
        own.previousGrad = memory.previousGrad.map(copy)
        (own.gradChanges, own.steps, own.inverseProducts) = (
            memory.gradChanges.map(copy), memory.steps.map(copy), memory.inverseProducts.map(copy)
        )
        own.scale = memory.scale.map(copy)
        return own.entries
    }

    /// Returns the next direction by the two-loop recursion. Adds the last step to the history first.
    mutating func nextDirection(_ grad: Tensor, historySize: Int) -> Tensor {
        guard iterations > 1, let previousGrad, let last = direction else {
            (gradChanges, steps, inverseProducts, scale) = ([], [], [], nil)
            let opposite = grad.neg()
            direction = opposite
            return opposite
        }
        let change = grad.sub(previousGrad), moved = last.mul(step)
        let product = change.dot(moved)
        if product.item() > 1e-10 {
            if gradChanges.count >= max(historySize, 1) {
                gradChanges.removeFirst()
                steps.removeFirst()
                inverseProducts.removeFirst()
            }
            gradChanges.append(change)
            steps.append(moved)
            inverseProducts.append(product.reciprocal())
            scale = product.div(change.dot(change))
        }
        let result = grad.neg()
        var weights: [Tensor] = []
        for i in gradChanges.indices.reversed() {
            let weight = steps[i].dot(result).mul(inverseProducts[i])
            weights.append(weight)
            result.sub_(gradChanges[i].mul(weight))
        }
        if let scale { result.mul_(scale) }
        for (i, weight) in zip(gradChanges.indices, weights.reversed()) {
            result.add_(steps[i].mul(weight.sub(gradChanges[i].dot(result).mul(inverseProducts[i]))))
        }
        direction = result
        return result
    }
}

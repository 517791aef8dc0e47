/// L-BFGS (Liu and Nocedal, 1989): goes along the gradient as the curvature of the last steps bends it, several times a
/// step. PyTorch: `torch.optim.LBFGS`.
///
///     optimizer.step { optimizer.zeroGrad(); let loss = loss(model(x), y); loss.backward(); return loss }
public final class LBFGS: Optimizer {
    /// How far to go along a direction: by the learning rate, or as a search finds that satisfies the strong Wolfe
    /// conditions.
    public enum LineSearch: String, Sendable {
        case strongWolfe = "strong_wolfe"
    }

    /// - Parameters:
    ///   - params: all that is optimized, which is moved as one vector.
    ///   - lr: how far to go along a direction, as a part of it (the very first is cut to a 1-norm of 1); a line search
    ///   -     tries that first.
    ///   - maxIter: directions a step.
    ///   - maxEval: how often a step may ask for the loss before it ends; maxIter · 5 / 4 where nil.
    ///   - toleranceGrad: a step ends where no element of the gradient is greater.
    ///   - toleranceChange: a step ends where the loss changes by less, or no parameter by more.
    ///   - historySize: how many directions are remembered.
    ///   - lineSearchFn: how to find a better length than `lr`; nil goes by `lr`.
    ///   - maximize: whether the objective is to grow.
    /// - Precondition: lr is not negative; there is one group.
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

    /// Needs the loss: always a mistake here.
    public override func step() { raise(.type, "LBFGS.step() missing 1 required positional argument: 'closure'") }

    /// Takes a step of up to `maxIter` directions.
    /// - Parameter closure: computes the loss anew, and its gradients.
    /// - Returns: the loss at the beginning.
    @discardableResult
    public override func step(_ closure: () -> Tensor) -> Tensor {
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

    /// One loss of the closure, less being better.
    private func evaluate(_ closure: () -> Tensor, _ group: ParamGroup) -> Double {
        let loss = setGradEnabled(true, closure).item()
        return group.maximize ? -loss : loss
    }

    private func iterate(_ group: ParamGroup, _ memory: inout LBFGSMemory, _ start: Double, _ closure: () -> Tensor) {
        let maxIter = group["max_iter"]?.int ?? 0, maxEval = group["max_eval"]?.int ?? 0
        let toleranceGrad = group.number("tolerance_grad"), toleranceChange = group.number("tolerance_change")
        var loss = group.maximize ? -start : start
        var grad = flatGrad(group)
        var evaluations = 1
        memory.evaluations += 1
        if grad.isVoid || grad.abs().max().item() <= toleranceGrad { return }
        for iteration in 1...max(maxIter, 1) where maxIter > 0 {
            memory.iterations += 1
            let direction = memory.nextDirection(grad, historySize: group["history_size"]?.int ?? 0)
            if direction.isVoid { return }
            memory.previousGrad = grad.clone()
            let previousLoss = loss
            memory.previousLoss = loss
            memory.step = memory.iterations == 1 ? min(1, 1 / grad.abs().sum().item()) * group.lr : group.lr
            let slope = grad.dot(direction).item()
            if slope > -toleranceChange { return }
            var asked = 0
            if group["line_search_fn"]?.string != nil {
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

    /// All gradients in one vector, turned round where the objective is to grow.
    private func flatGrad(_ group: ParamGroup) -> Tensor {
        let parts = group.params.map { parameter -> Tensor in
            let grad = parameter.accumulatedGrad ?? Tensor.zerosLike(parameter)
            return grad.realParts.reshape(-1)
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

    public override func otherState(from saved: StateMap, of parameter: Tensor) throws -> StateMap {
        guard let group = paramGroups.first, parameter === group.params.first else { return [:] }
        return try LBFGSMemory.checked(saved, count: group.params.reduce(0) { $0 + $1.realParts.numel() })
    }
}

/// What is remembered from step to step, of all parameters as one vector.
private struct LBFGSMemory {
    var evaluations = 0
    var iterations = 0
    var direction: Tensor?
    var step = 0.0
    /// Of the last steps: the change of the gradient, the step, and 1 over the product of the two.
    var gradChanges: [Tensor] = []
    var steps: [Tensor] = []
    var inverseProducts: [Tensor] = []
    /// The first guess of the inverse curvature.
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

    /// In PyTorch's form.
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

    /// The entries of a saved state that fit vectors of `count` elements, in memory of their own.
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

    /// The direction from here, by the two-loop recursion; remembers what the last step taught.
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

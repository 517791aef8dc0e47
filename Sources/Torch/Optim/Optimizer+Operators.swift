/// Helpers for optimizers whose step uses tensor operators.
extension Optimizer {
    /// Counts a step and calls `body` for each parameter that has a gradient, without recording. Complex tensors are
    /// passed as views of their real and imaginary parts. The gradient is negated if the objective is maximized.
    /// Weights decay by `decay`, or by the group's option if `decay` is nil. A sparse gradient is an error, unless the
    /// optimizer takes it.
    final func updateEach(
        decay: WeightDecay? = nil, takesSparseGradients: Bool = false,
        _ body: (_ group: ParamGroup, _ parameter: Tensor, _ grad: Tensor, _ memory: ParameterMemory) -> Void
    ) {
        let range = profiled("step")
        defer { range.end() }
        guard beginStep() else { return }
        noGrad {
            for group in paramGroups {
                let maximize = group.maximize, weightDecay = group.weightDecay
                let decay = decay ?? (group.decoupledWeightDecay ? .decoupled : .added)
                for (i, parameter) in group.params.enumerated() {
                    guard var grad = parameter.accumulatedGrad, !parameter.isVoid else { continue }
                    if grad.hasSparseForm, !takesSparseGradients {
                        _ = refusesSparse(grad)
                        return
                    }
                    let memory = ParameterMemory(optimizer: self, group: group, index: i)
                    memory.count()
                    if maximize { grad = grad.neg() }
                    let p = grad.hasSparseForm ? parameter : parameter.realParts
                    var g = grad.hasSparseForm ? grad : grad.resolveConj().realParts
                    if weightDecay != 0, grad.hasSparseForm {
                        return raise(.runtime, "weight_decay option is not compatible with sparse gradients")
                    }
                    if weightDecay != 0 {
                        switch decay {
                        case .never: break
                        case .added: g = g.add(p, alpha: weightDecay)
                        case .decoupled: p.mul_(1 - group.lr * weightDecay)
                        }
                    }
                    body(group, p, g, memory)
                }
            }
        }
    }
}

/// The kind of weight decay: not in `updateEach`, added to the gradient, or decoupled.
enum WeightDecay {
    case never, added, decoupled
}

/// The state of one parameter. State tensors are created on first use.
struct ParameterMemory {
    let optimizer: Optimizer
    let group: ParamGroup
    let index: Int

    var step: Int { group.states[index].step ?? 0 }

    fileprivate func count() {
        if optimizer.countsSteps { group.states[index].step = step + 1 }
    }

    /// Returns state tensor `number` of `stateNames`. Creates it with all elements `initial` if it is missing.
    func tensor(_ number: Int, initial: Double = 0) -> Tensor {
        let tensors = group.states[index].tensors
        if tensors.indices.contains(number), let tensor = tensors[number] {
            return group.params[index].dtype.isComplex
                && optimizer.stateForm(number, of: group.params[index]).dtype.isComplex ? tensor.viewAsReal() : tensor
        }
        let form = optimizer.stateForm(number, of: group.params[index])
        let tensor = Tensor.filled(.double(0), form.sizes, form.dtype, group.params[index].device)
        tensor.realParts.fill_(initial)
        while group.states[index].tensors.count < optimizer.stateNames.count { group.states[index].tensors.append(nil) }
        group.states[index].tensors[number] = tensor
        return tensor.realParts
    }
}

extension Tensor {
    /// The view of the real and imaginary parts of a complex tensor, or the tensor itself.
    var realParts: Tensor { dtype.isComplex ? viewAsReal() : self }
}

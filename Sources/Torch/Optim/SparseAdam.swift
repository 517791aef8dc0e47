import RealModule

/// Adam for sparse gradients: only the rows that a gradient has are updated, with their running means.
/// PyTorch: `torch.optim.SparseAdam`.
///
///     let embedding = Embedding(50_000, 64, sparse: true)
///     let optimizer = SparseAdam(embedding.parameters())
public final class SparseAdam: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: lr and eps are above 0, the betas are in [0, 1), and the parameters are dense.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("betas", .tuple([.double(betas.0), .double(betas.1)])), ("eps", .double(eps)),
                ("maximize", .bool(maximize))
            ])
        let sparse = paramGroups.enumerated().flatMap { number, group in
            group.params.indices.filter { group.params[$0].hasSparseForm }.map { "[\(number), \($0)]" }
        }
        if !sparse.isEmpty {
            raise(
                .value,
                "Sparse params at indices [\(sparse.joined(separator: ", "))]: SparseAdam requires dense parameter tensors"
            )
        }
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        maximize: Bool = false
    ) {
        self.init([ParamGroup(params)], lr: lr, betas: betas, eps: eps, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 2 }

    override var countsInIntegers: Bool { true }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        for (name, sentence) in [("lr", "Invalid learning rate"), ("eps", "Invalid epsilon value")] {
            guard let number = group[name]?.optionNumber, number > 0 else {
                return TorchError(.value, "\(sentence): \(group[name]?.optionText ?? "None")")
            }
        }
        return OptionCheck.betas(group) ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Updates the rows of every parameter that its gradient has.
    public override func step() {
        updateEach(takesSparseGradients: true) { group, p, g, memory in
            guard g.hasSparseForm else {
                return raise(.runtime, "SparseAdam does not support dense gradients, please consider Adam instead")
            }
            let (mean, square) = (memory.tensor(0), memory.tensor(1)), (beta1, beta2) = group.betas
            let g = g.coalesce()
            if g.isVoid || g.nnz() == 0 { return }
            let values = g._values(), count = Double(memory.step)
            let oldMean = mean.sparseMask(g)._values(), oldSquare = square.sparseMask(g)._values()
            let meanChange = values.sub(oldMean).mul_(1 - beta1)
            mean.add_(g.withValues(meanChange, ""))
            let squareChange = values.pow(2).sub_(oldSquare).mul_(1 - beta2)
            square.add_(g.withValues(squareChange, ""))
            let numerator = meanChange.add(oldMean), denominator = squareChange.add(oldSquare).sqrt_().add_(group.eps)
            let rate = group.lr * (1 - .pow(beta2, count)).squareRoot() / (1 - .pow(beta1, count))
            p.add_(g.withValues(numerator.div_(denominator).mul_(-rate), ""))
        }
    }
}

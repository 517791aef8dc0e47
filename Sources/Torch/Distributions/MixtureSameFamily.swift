/// A mixture of distributions of one family: the last batch dimension of the components is chosen by a categorical
/// distribution. PyTorch: `torch.distributions.MixtureSameFamily`.
public final class MixtureSameFamily: Distribution {
    /// The distribution of the choice.
    public private(set) var mixtureDistribution = Categorical(logits: Tensor.zeros(1), validateArgs: false)
    /// The distributions of which one is chosen.
    public private(set) var componentDistribution: Distribution = Distribution(validateArgs: false)

    /// Creates a mixture. The components' last batch dimension is that of the choice's categories.
    public convenience init(
        _ mixtureDistribution: Categorical, _ componentDistribution: Distribution, validateArgs: Bool? = nil
    ) {
        let mixture = mixtureDistribution.batchShape, all = componentDistribution.batchShape.sizes
        let batch = Size(all.dropLast())
        for (i, j) in zip(mixture.reversed(), batch.reversed()) where i != 1 && j != 1 && i != j {
            raise(
                .value,
                "`mixture_distribution.batch_shape` (\(mixture)) is not compatible with `component_distribution.batch_shape`(\(batch))"
            )
        }
        // PyTorch computes the logits here, and then prints them too.
        let count = mixtureDistribution.logits.sizes.last ?? 1
        if all.isEmpty {
            raise(.index, "tuple index out of range")
        } else if all[all.count - 1] != count {
            raise(
                .value,
                "`mixture_distribution component` (\(count)) does not equal `component_distribution.batch_shape[-1]` (\(all[all.count - 1]))"
            )
        }
        self.init(batchShape: batch, eventShape: componentDistribution.eventShape, validateArgs: validateArgs)
        self.mixtureDistribution = mixtureDistribution
        self.componentDistribution = componentDistribution
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = remade(batchShape, fields)
        new.componentDistribution = componentDistribution.expand(batchShape + [mixtureDistribution.categories])
        new.mixtureDistribution = mixtureDistribution.expand(batchShape)
        return new
    }

    private var eventDims: Int { eventShape.count }

    public override var support: Constraint {
        Constraint.MixtureSameFamilyConstraint(componentDistribution.support)
    }
    public override var mean: Tensor {
        (padded(probabilities: mixtureDistribution.probs) * componentDistribution.mean).sum(-1 - eventDims)
    }
    public override var variance: Tensor {
        let probs = padded(probabilities: mixtureDistribution.probs)
        let within = (probs * componentDistribution.variance).sum(-1 - eventDims)
        let between = probs * (componentDistribution.mean - padded(mean)).pow(2)
        return within + between.sum(-1 - eventDims)
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        (componentDistribution.cdf(padded(value)) * mixtureDistribution.probs).sum(-1)
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let components = componentDistribution.logProb(padded(value))
        return (components + mixtureDistribution.logits.logSoftmax(-1)).logsumexp(-1)
    }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad {
            let along = shape.count + batchShape.count
            let choice = mixtureDistribution.sample(shape), draws = componentDistribution.sample(shape)
            if anyVoid(choice, draws) { return .void }
            let ones = [Int](repeating: 1, count: eventDims + 1)
            let index = choice.reshape(choice.sizes + ones)
                .repeat([Int](repeating: 1, count: choice.dim + 1) + eventShape.sizes)
            return draws.gather(along, index).squeeze(along)
        }
    }

    private func padded(_ x: Tensor) -> Tensor { x.unsqueeze(-1 - eventDims) }

    private func padded(probabilities x: Tensor) -> Tensor {
        let own = mixtureDistribution.batchShape.count
        let more = own == 1 ? 0 : max(batchShape.count - own, 0)
        let ones = [Int](repeating: 1, count: more), last = [Int](repeating: 1, count: eventDims)
        return x.reshape(x.sizes.dropLast() + ones + x.sizes.suffix(1) + last)
    }

    public override var description: String {
        "MixtureSameFamily(\n  \(mixtureDistribution),\n  \(componentDistribution))"
    }
}

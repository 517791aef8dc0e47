/// A distribution of which rightmost batch dimensions are part of the event.
/// PyTorch: `torch.distributions.Independent`.
public final class Independent: Distribution {
    /// The distribution of the parts.
    public internal(set) var baseDist: Distribution = Distribution(validateArgs: false)
    /// The number of batch dimensions that join the event.
    public internal(set) var reinterpretedBatchNdims = 0

    /// Creates a distribution whose event includes the last batch dimensions of another.
    public convenience init(_ baseDistribution: Distribution, _ reinterpretedBatchNdims: Int, validateArgs: Bool? = nil)
    {
        let batch = baseDistribution.batchShape.sizes
        if reinterpretedBatchNdims > batch.count {
            raise(
                .value,
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual \(reinterpretedBatchNdims) vs \(batch.count)"
            )
        }
        let moved = max(0, min(reinterpretedBatchNdims, batch.count))
        self.init(
            batchShape: Size(batch.dropLast(moved)),
            eventShape: Size(batch.suffix(moved) + baseDistribution.eventShape.sizes), validateArgs: validateArgs)
        baseDist = baseDistribution
        self.reinterpretedBatchNdims = moved
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = remade(batchShape, fields)
        new.baseDist = baseDist.expand(batchShape + eventShape.sizes.prefix(reinterpretedBatchNdims))
        new.reinterpretedBatchNdims = reinterpretedBatchNdims
        return new
    }

    public override var hasRsample: Bool { baseDist.hasRsample }
    public override var hasEnumerateSupport: Bool { reinterpretedBatchNdims == 0 && baseDist.hasEnumerateSupport }
    public override var support: Constraint {
        reinterpretedBatchNdims == 0 ? baseDist.support : .independent(baseDist.support, reinterpretedBatchNdims)
    }
    public override var mean: Tensor { baseDist.mean }
    public override var mode: Tensor { baseDist.mode }
    public override var variance: Tensor { baseDist.variance }
    public override func sample(_ shape: [Int] = []) -> Tensor { baseDist.sample(shape) }
    public override func rsample(_ shape: [Int] = []) -> Tensor { baseDist.rsample(shape) }
    public override func logProb(_ value: Tensor) -> Tensor {
        baseDist.logProb(value).sumRightmost(reinterpretedBatchNdims)
    }
    public override func entropy() -> Tensor { baseDist.entropy().sumRightmost(reinterpretedBatchNdims) }
    public override func enumerateSupport(expand: Bool = true) -> Tensor {
        guard reinterpretedBatchNdims == 0 else {
            return fail(.notImplemented, "Enumeration over cartesian product is not implemented")
        }
        return baseDist.enumerateSupport(expand: expand)
    }
    public override var description: String { "Independent(\(baseDist), \(reinterpretedBatchNdims))" }
}

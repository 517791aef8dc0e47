/// An approximate softmax for many classes that are ordered by frequency, with its loss. Rare classes form clusters,
/// which the head treats as one class each and smaller layers divide (Grave et al. 2016).
/// PyTorch: `torch.nn.AdaptiveLogSoftmaxWithLoss`.
///
///     let softmax = AdaptiveLogSoftmaxWithLoss(512, 10_000, cutoffs: [1000, 5000])
///     let (output, loss) = softmax(hidden, target)
public final class AdaptiveLogSoftmaxWithLoss: Module, BinaryModule {
    /// Scores of the most frequent classes and of the clusters.
    public let head: Linear
    /// For each cluster, a projection to fewer features and the scores of its classes.
    public let tail: ModuleList
    /// The size of an input.
    public let inFeatures: Int
    /// The number of classes.
    public let nClasses: Int
    /// The first class of each cluster, and the number of classes.
    public let cutoffs: [Int]
    /// The factor by which the features of a cluster are fewer than those of the one before.
    public let divValue: Double

    /// Creates the module with random parameters.
    /// - Parameters:
    ///   - inFeatures: the size of the inputs' last dimension.
    ///   - nClasses: the number of classes.
    ///   - cutoffs: the first class of each cluster, in increasing order, from 1 to nClasses - 1.
    ///   - divValue: cluster i has inFeatures / divValueⁱ⁺¹ features.
    ///   - headBias: whether the head has a bias.
    ///   - dtype: the dtype of the weights.
    ///   - device: the device of the weights.
    public init(
        _ inFeatures: Int, _ nClasses: Int, cutoffs: [Int], divValue: Double = 4, headBias: Bool = false,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        var limits = cutoffs
        if cutoffs.isEmpty { raise(.value, "cutoffs should be a sequence of length larger than 0") }
        if zip(cutoffs, cutoffs.dropFirst()).contains(where: { $0 >= $1 }) || (cutoffs.first ?? 1) <= 0
            || (cutoffs.last ?? 0) >= nClasses
        {
            raise(
                .value,
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1"
            )
            limits = []
        }
        limits.append(Swift.max(nClasses, 0))
        self.inFeatures = inFeatures
        self.nClasses = nClasses
        self.cutoffs = limits
        self.divValue = divValue
        head = Linear(inFeatures, limits[0] &+ limits.count &- 1, bias: headBias, dtype: dtype, device: device)
        tail = ModuleList()
        super.init()
        var divisor = 1.0
        for (first, end) in zip(limits, limits.dropFirst()) {
            divisor *= divValue
            let features = Int(exactly: (Double(inFeatures) / divisor).rounded(.down)) ?? -1
            tail.append(
                Sequential(
                    Linear(inFeatures, features, bias: false, dtype: dtype, device: device),
                    Linear(features, end - first, bias: false, dtype: dtype, device: device)))
        }
    }

    /// The number of classes that the head scores itself.
    private var shortlist: Int { cutoffs[0] }

    /// Draws the parameters again. PyTorch: `reset_parameters`.
    public func resetParameters() {
        head.resetParameters()
        for case let projection as Sequential in tail {
            for case let linear as Linear in projection { linear.resetParameters() }
        }
    }

    /// Computes the log-probability of each target, [N] or [], and the mean of their negatives.
    /// - Parameters:
    ///   - input: [N, inFeatures] or [inFeatures].
    ///   - target: int64 classes, [N] or [].
    public func forward(_ input: Tensor, _ target: Tensor) -> (output: Tensor, loss: Tensor) {
        if anyVoid(input, target) { return (.void, .void) }
        func refuse(_ message: String) -> (output: Tensor, loss: Tensor) {
            raise(.runtime, message)
            return (.void, .void)
        }
        guard target.dim <= 1 else {
            return refuse("0D or 1D target tensor expected, multi-target not supported")
        }
        if target.dim == 1, input.dim > 0, input.sizes[0] != target.sizes[0] {
            return refuse("Input and target should have the same size in the batch dimension.")
        }
        guard input.dim == target.dim + 1 else {
            return refuse(
                "\(target.dim)D target tensor expects \(target.dim + 1)D input tensors, but found inputs with size \(input.shape)"
            )
        }
        let rows = target.dim == 1 ? input : input.unsqueeze(0)
        let classes = noGrad { (target.dim == 1 ? target : target.unsqueeze(0)).detach() }
        var output = Tensor.zeros([classes.sizes[0]], dtype: rows.dtype, device: rows.device)
        var places = Tensor.zerosLike(classes), used = 0
        for (i, (low, high)) in zip([0] + cutoffs, cutoffs).enumerated() {
            let mask = classes.ge(low).logicalAnd(classes.lt(high))
            let members = mask.nonzero().squeeze(1)
            if anyVoid(members, output) { return (.void, .void) }
            if members.numel() == 0 { continue }
            used += members.numel()
            let own = classes.indexSelect(dim: 0, index: members)
            if i == 0 {
                places = places.indexCopy(dim: 0, index: members, source: own)
                continue
            }
            places = places.indexFill(dim: 0, index: members, value: shortlist + i - 1)
            let scores = tail[i - 1](rows.indexSelect(dim: 0, index: members)).logSoftmax(dim: 1)
            let local = scores.gather(dim: 1, index: own.sub(low).unsqueeze(1)).squeeze(1)
            output = output.indexCopy(dim: 0, index: members, source: local)
        }
        guard used == classes.numel() else {
            let least = classes.min().item(as: Int64.self), most = classes.max().item(as: Int64.self)
            return refuse(
                "Target values should be in [0, \(nClasses - 1)], but values in range [\(least), \(most)] were found. ")
        }
        output = output.add(head(rows).logSoftmax(dim: 1).gather(dim: 1, index: places.unsqueeze(1)).squeeze(1))
        let loss = output.neg().mean()
        return (target.dim == 1 ? output : output.squeeze(0), loss)
    }

    /// Returns the log-probabilities of all classes, [N, nClasses], for inputs [N, inFeatures].
    /// PyTorch: `AdaptiveLogSoftmaxWithLoss.log_prob`.
    public func logProb(_ input: Tensor) -> Tensor { logProb(input, head(input)) }

    private func logProb(_ input: Tensor, _ scores: Tensor) -> Tensor {
        let headProbs = scores.logSoftmax(dim: 1)
        var parts = [headProbs.narrow(1, 0, shortlist)]
        for (i, projection) in tail.enumerated() {
            parts.append(projection(input).logSoftmax(dim: 1).add(headProbs.narrow(1, shortlist + i, 1)))
        }
        return cat(parts, dim: 1)
    }

    /// Returns the most probable class of each input, [N]. Equal to `logProb(input).argmax(1)`, but quicker if the
    /// class is a frequent one. PyTorch: `AdaptiveLogSoftmaxWithLoss.predict`.
    public func predict(_ input: Tensor) -> Tensor {
        let scores = head(input)
        let output = scores.argmax(dim: 1)
        let others = output.ge(shortlist).nonzero().squeeze(1)
        if anyVoid(output, others) { return .void }
        if others.numel() == 0 { return output }
        let full = logProb(input.indexSelect(dim: 0, index: others), scores.indexSelect(dim: 0, index: others))
        return output.indexCopy(dim: 0, index: others, source: full.argmax(dim: 1))
    }
}

/// A linear layer and the cross entropy of its result, which with `options` is never in memory as a whole.
/// PyTorch: `torch.nn.LinearCrossEntropyLoss`.
///
///     let loss = LinearCrossEntropyLoss(768, 50257, options: LinearCrossEntropyOptions())
///     loss(hidden, tokens).backward()
public final class LinearCrossEntropyLoss: Module, BinaryLayer {
    /// The weight of each class, [numClasses].
    @Buffer public var weight: Tensor?
    /// The layer that gives the logits: [numClasses × outFeatures, inFeatures].
    public let linear: Linear
    /// The number of classes.
    public let numClasses: Int
    /// The dimensions of a loss with more than one dimension.
    public let outFeatures: [Int]
    /// How the losses are reduced.
    public let reduction: LossReduction
    /// The class whose targets do not count; nil is -100.
    public let ignoreIndex: Int?
    /// The share of the target that is spread evenly over all classes.
    public let labelSmoothing: Double
    /// How the batch is cut into chunks; nil to compute all logits at once.
    public let options: LinearCrossEntropyOptions?

    /// Creates the loss with a random linear layer.
    public init(
        _ inFeatures: Int, _ numClasses: Int, outFeatures: [Int] = [], bias: Bool = false,
        reduction: LossReduction = .mean, weight: Tensor? = nil, ignoreIndex: Int? = nil, labelSmoothing: Double = 0,
        options: LinearCrossEntropyOptions? = nil, dtype: DType = defaultDType, device: Device = .default
    ) {
        if let weight, weight.sizes != [numClasses], !weight.isVoid {
            raise(
                .runtime,
                "expected weight shape to be \(PythonText.tuple([numClasses])), got \(PythonText.tuple(weight.sizes))")
        }
        if !(labelSmoothing >= 0 && labelSmoothing <= 1) {
            raise(
                .runtime,
                "expected label_smoothing to be in range [0, 1], got \(PythonText.repr(labelSmoothing))")
        }
        self.numClasses = numClasses
        self.outFeatures = outFeatures
        self.reduction = reduction
        self.ignoreIndex = ignoreIndex
        self.labelSmoothing = labelSmoothing
        self.options = options
        linear = Linear(
            inFeatures, outFeatures.reduce(numClasses) { $0.multipliedReportingOverflow(by: $1).partialValue },
            bias: bias, dtype: dtype, device: device)
        super.init()
        self.weight = weight
    }

    /// Computes the loss of rows [N, inFeatures] or [inFeatures], and class indices or probabilities.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        let sizes = [numClasses] + outFeatures
        return linearCrossEntropy(
            input, outFeatures.isEmpty ? linear.weight : linear.weight.reshape(sizes + [linear.inFeatures]), target,
            linearBias: outFeatures.isEmpty ? linear.bias : linear.bias?.reshape(sizes), weight: weight,
            reduction: reduction, ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing, options: options)
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "in_features=\(linear.inFeatures), num_classes=\(numClasses), out_features=\(PythonText.tuple(outFeatures)), "
            + "bias=\(PythonText.repr(linear.bias != nil)), reduction=\(reduction.rawValue), "
            + "ignore_index=\(PythonText.repr(ignoreIndex)), label_smoothing=\(PythonText.repr(labelSmoothing)), "
            + "options=\(options?.pythonText ?? "None")"
    }
}

/// What batch and instance normalization share: a weight and a bias for each channel, and running statistics.
/// PyTorch: `torch.nn.modules.batchnorm._NormBase`.
public class RunningNorm: Module, Layer {
    /// The number of channels, which is the size of dimension 1; 0 if it is not inferred yet.
    public internal(set) final var numFeatures: Int
    /// The number that is added to the variance.
    public final let eps: Double
    /// How far the running statistics move towards those of a batch; nil for the average over all batches.
    public internal(set) final var momentum: Double?
    /// Whether the module learns a weight and a bias.
    public final let affine: Bool
    /// Whether the module keeps running statistics.
    public final let trackRunningStats: Bool
    /// The factor of each channel, [numFeatures], or nil.
    @Parameter public final var weight: Tensor?
    /// The summand of each channel, [numFeatures], or nil.
    @Parameter public final var bias: Tensor?
    /// The running mean, [numFeatures], or nil.
    @Buffer public final var runningMean: Tensor?
    /// The running variance, [numFeatures], or nil.
    @Buffer public final var runningVar: Tensor?
    /// Whether the normalization was fused into the layer before it.
    private(set) final var isIdentity = false
    /// The number of batches that the running statistics have seen, int64, or nil.
    @Buffer public final var numBatchesTracked: Tensor?

    /// Creates the tensors. If `numFeatures` is nil, they have no shape yet.
    init(
        numFeatures: Int?, eps: Double, momentum: Double?, affine: Bool, trackRunningStats: Bool, bias: Bool,
        dtype: DType, device: Device
    ) {
        func vector() -> Tensor {
            numFeatures.map { Tensor.empty([$0], dtype: dtype, device: device) }
                ?? .uninitialized(dtype: dtype, device: device)
        }
        self.numFeatures = numFeatures ?? 0
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.trackRunningStats = trackRunningStats
        if affine {
            weight = vector()
            if bias { self.bias = vector() }
        }
        if trackRunningStats {
            runningMean = vector()
            runningVar = vector()
            numBatchesTracked = Tensor.zeros([], dtype: .int64, device: device)
        }
        super.init()
        if numFeatures != nil { resetParameters() }
    }

    /// Resets the running statistics: the mean becomes 0 and the variance 1. PyTorch: `reset_running_stats`.
    public final func resetRunningStats() {
        noGrad {
            runningMean?.zero_()
            runningVar?.fill_(1)
            numBatchesTracked?.zero_()
        }
    }

    /// Sets the weight to 1, the bias to 0, and resets the running statistics. Does nothing if a lazy module has no
    /// shapes yet. PyTorch: `reset_parameters`.
    public final func resetParameters() {
        if [weight, bias, runningMean, runningVar].contains(where: {
            $0.map { $0.isUninitialized || $0.isVoid } == true
        }) {
            return
        }
        resetRunningStats()
        if let weight { Init.ones_(weight) }
        if let bias { Init.zeros_(bias) }
    }

    /// Removes the parameters and buffers. From then on the module returns its input.
    final func becomeIdentity() {
        isIdentity = true
        (weight, bias, runningMean, runningVar, numBatchesTracked) = (nil, nil, nil, nil, nil)
    }

    /// Subclasses compute the result.
    public func forward(_ input: Tensor) -> Tensor {
        fail(.notImplemented, "Module [\(typeName)] is missing the required \"forward\" function")
    }

    /// The ranks of inputs: with a batch dimension last.
    class var ranks: ClosedRange<Int> { 2...5 }

    /// Returns whether the input's rank fits. Raises if it does not.
    final func takes(_ input: Tensor) -> Bool {
        if input.isVoid { return false }
        let ranks = Self.ranks
        if ranks.contains(input.dim) { return true }
        let expected = ranks.map { "\($0)D" }.joined(separator: " or ")
        raise(.value, "expected \(expected) input (got \(input.dim)D input)")
        return false
    }

    /// Gives the parameters and buffers of a lazy module the size of the input's dimension 1.
    final func materialize(for input: Tensor) {
        let tensors = [weight, bias, runningMean, runningVar].compactMap { $0 }
        guard tensors.contains(where: \.isUninitialized) else {
            numFeatures = tensors.first?.numel() ?? 0
            return
        }
        guard input.dim > 1 else {
            raise(.index, "tuple index out of range")
            return
        }
        numFeatures = input.sizes[1]
        for tensor in tensors where tensor.isUninitialized { tensor.materialize([numFeatures]) }
        resetParameters()
    }

    /// State dicts of old or foreign files lack the number of batches.
    override func mayBeMissing(_ name: String) -> Bool { name == "num_batches_tracked" }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        members.add(_bias, "bias")
        members.add(_runningMean, "running_mean")
        members.add(_runningVar, "running_var")
        members.add(_numBatchesTracked, "num_batches_tracked")
        return members
    }

    /// The class, or `Identity` if the module was fused into another one.
    public override var typeName: String { isIdentity ? "Identity" : super.typeName }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        if isIdentity { return "" }
        return
            "\(numFeatures), eps=\(PythonText.repr(eps)), momentum=\(momentum.map { PythonText.repr($0) } ?? "None"), "
            + "affine=\(PythonText.repr(affine)), bias=\(PythonText.repr(bias != nil)), "
            + "track_running_stats=\(PythonText.repr(trackRunningStats))"
    }
}

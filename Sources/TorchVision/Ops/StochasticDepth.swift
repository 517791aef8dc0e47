import Torch

/// What stochastic depth drops: the whole batch or single samples.
public enum StochasticDepthMode: String, Sendable {
    /// All samples or none.
    case batch
    /// Each sample by itself.
    case row
}

/// Sets the input, or some of its samples, to 0 with probability `p` and scales the rest by 1 / (1 - p)
/// (Huang et al., 2016). PyTorch: `torchvision.ops.stochastic_depth`.
/// - Parameters:
///   - input: [N, …].
///   - p: the probability of zeros. If it is 0, nothing is drawn.
///   - mode: whether the whole input is dropped, or each of the N samples by itself.
///   - training: if false, returns the input.
///   - generator: gives one draw, or one for each sample.
public func stochasticDepth(
    _ input: Tensor, p: Double, mode: StochasticDepthMode, training: Bool = true, generator: Generator = .default
) -> Tensor {
    if input.isVoid { return input }
    if p < 0 || p > 1 {
        return .failed(.value, "drop probability has to be between 0 and 1, but got \(format(p))")
    }
    if !training || p == 0 { return input }
    var sizes = [Int](repeating: 1, count: input.dim)
    if mode == .row {
        if sizes.isEmpty { return .failed(.index, "tuple index out of range") }
        sizes[0] = input.size(0)
    }
    let noise = Tensor.empty(sizes, dtype: input.dtype, device: input.device).bernoulli_(1 - p, generator: generator)
    return input * (p < 1 ? noise.div_(1 - p) : noise)
}

/// Drops residual branches at random in training. PyTorch: `torchvision.ops.StochasticDepth`.
public final class StochasticDepth: Module, Layer {
    /// The probability that a branch is dropped.
    public let p: Double
    /// Whether the whole batch is dropped, or each sample by itself.
    public let mode: StochasticDepthMode

    /// Creates a module that drops with probability `p`.
    public init(_ p: Double, _ mode: StochasticDepthMode) {
        self.p = p
        self.mode = mode
    }

    /// Like the other initializer, with PyTorch's names.
    public convenience init(p: Double, mode: StochasticDepthMode) { self.init(p, mode) }

    /// Computes `stochasticDepth` in training mode; otherwise returns the input.
    public func forward(_ input: Tensor) -> Tensor { stochasticDepth(input, p: p, mode: mode, training: isTraining) }

    /// The options that torchvision prints.
    public override var extraRepr: String { "p=\(format(p)), mode=\(mode.rawValue)" }
}

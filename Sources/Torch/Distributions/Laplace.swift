/// The Laplace distribution. PyTorch: `torch.distributions.Laplace`.
public final class Laplace: Distribution {
    /// Creates Laplace distributions with a location and a scale. The arguments broadcast.
    public convenience init(_ loc: some TensorOperand, _ scale: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(loc, scale)
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["loc": values[0], "scale": values[1]],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(loc: some TensorOperand, scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(loc, scale, validateArgs: validateArgs)
    }

    /// The location.
    public var loc: Tensor { field("loc") }
    /// The scale.
    public var scale: Tensor { field("scale") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["loc": .real, "scale": .positive] }
    public override var support: Constraint { .real }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { loc }
    public override var mode: Tensor { loc }
    public override var stddev: Tensor { 2.0.squareRoot() * scale }
    public override var variance: Tensor { 2 * scale.pow(2) }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        let u = loc.unfilled(extendedShape(shape)).uniform_(loc.dtype.epsilon - 1, 1)
        return loc - scale * u.sign() * (-u.abs()).log1p()
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return -(2 * scale).log() - (value - loc).abs() / scale
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let distance = value - loc
        return 0.5 - 0.5 * distance.sign() * (-distance.abs() / scale).expm1()
    }
    public override func icdf(_ value: Tensor) -> Tensor {
        let term = value - 0.5
        return loc - scale * term.sign() * (-2 * term.abs()).log1p()
    }
    public override func entropy() -> Tensor { 1 + (2 * scale).log() }
}

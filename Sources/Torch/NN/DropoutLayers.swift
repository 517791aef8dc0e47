/// What the dropout modules have in common.
public class DropoutModule: StatelessModule {
    /// The probability that an element is dropped.
    public let p: Double
    public let inplace: Bool

    /// - Precondition: 0 ≤ p ≤ 1.
    public init(_ p: Double = 0.5, inplace: Bool = false) {
        let valid = p >= 0 && p <= 1
        if !valid { raise(.value, "dropout probability has to be between 0 and 1, but got \(p)") }
        self.p = valid ? p : 0
        self.inplace = inplace
    }

    public override var extraRepr: String { "p=\(PythonText.repr(p)), inplace=\(PythonText.repr(inplace))" }
}

/// In training, drops every element with probability p and scales the others by 1/(1 - p). PyTorch: `torch.nn.Dropout`.
public final class Dropout: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout($0, p: p, training: isTraining) }
    }
}

/// Dropout that keeps mean and variance of a SELU's output: what is dropped becomes -1.7581 (Klambauer et al., 2017). PyTorch: `torch.nn.AlphaDropout`.
public final class AlphaDropout: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        guard isTraining, p > 0, input.numel() > 0 else { return input }
        return input.computing(inplace: inplace) { x in
            if p == 1 { return x.mul(0) }
            let saturation = 1.7580993408473766
            let a = 1 / ((saturation * saturation * p + 1) * (1 - p)).squareRoot()
            let keep = Tensor.emptyLike(x).bernoulli_(1 - p)
            let shift = keep.sub(1).mul(saturation * a).add(saturation * a * p)
            return x.mul(keep.mul(a)).add(shift)
        }
    }
}

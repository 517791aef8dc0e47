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

/// Dropout that keeps mean and variance of a SELU's output: what is dropped becomes -1.7581 (Klambauer et al., 2017).
/// PyTorch: `torch.nn.AlphaDropout`.
public final class AlphaDropout: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { alphaDropout($0, p: p, training: isTraining) }
    }
}

/// The same for whole channels. PyTorch: `torch.nn.FeatureAlphaDropout`.
public final class FeatureAlphaDropout: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { featureAlphaDropout($0, p: p, training: isTraining) }
    }
}

/// In training, drops whole channels with probability p and scales the others by 1/(1 - p). PyTorch:
/// `torch.nn.Dropout1d`, `Dropout2d`, `Dropout3d`.
public final class Dropout1d: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout1d($0, p: p, training: isTraining) }
    }
}
public final class Dropout2d: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout2d($0, p: p, training: isTraining) }
    }
}
public final class Dropout3d: DropoutModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout3d($0, p: p, training: isTraining) }
    }
}

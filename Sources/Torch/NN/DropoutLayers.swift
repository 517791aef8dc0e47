/// The base class of the dropout modules.
public class DropoutModule: StatelessModule {
    /// The probability that an element is dropped.
    public let p: Double
    /// Whether the result overwrites the input in training.
    public let inplace: Bool

    /// Creates a dropout module with drop probability `p`.
    /// - Precondition: 0 ≤ p ≤ 1.
    public init(_ p: Double = 0.5, inplace: Bool = false) {
        let valid = p >= 0 && p <= 1
        if !valid { raise(.value, "dropout probability has to be between 0 and 1, but got \(p)") }
        self.p = valid ? p : 0
        self.inplace = inplace
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "p=\(PythonText.repr(p)), inplace=\(PythonText.repr(inplace))" }
}

/// In training, sets each element to 0 with probability p and scales the others by 1/(1 - p).
/// PyTorch: `torch.nn.Dropout`.
public final class Dropout: DropoutModule, Layer {
    /// Zeroes elements with probability `p` in training mode; otherwise returns the input.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout($0, p: p, training: isTraining) }
    }
}

/// Dropout for SELU networks: keeps mean and variance of a SELU's output. Sets dropped elements to -1.7581 instead of 0
/// (Klambauer et al., 2017). PyTorch: `torch.nn.AlphaDropout`.
public final class AlphaDropout: DropoutModule, Layer {
    /// Replaces elements with probability `p` in training mode, keeping mean and variance.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { alphaDropout($0, p: p, training: isTraining) }
    }
}

/// Like `AlphaDropout`, but drops whole channels. PyTorch: `torch.nn.FeatureAlphaDropout`.
public final class FeatureAlphaDropout: DropoutModule, Layer {
    /// Replaces whole channels with probability `p` in training mode, keeping mean and variance.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { featureAlphaDropout($0, p: p, training: isTraining) }
    }
}

/// In training, sets whole channels to 0 with probability p and scales the others by 1/(1 - p).
/// PyTorch: `torch.nn.Dropout1d`, `Dropout2d`, `Dropout3d`.
public final class Dropout1d: DropoutModule, Layer {
    /// Zeroes whole channels of [N, C, L] or [C, L] with probability `p` in training mode.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout1d($0, p: p, training: isTraining) }
    }
}
/// Like `Dropout1d`, for channels with two dimensions, such as [N, C, H, W].
public final class Dropout2d: DropoutModule, Layer {
    /// Zeroes whole channels of [N, C, H, W] with probability `p` in training mode.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout2d($0, p: p, training: isTraining) }
    }
}
/// Like `Dropout1d`, for channels with three dimensions, such as [N, C, D, H, W].
public final class Dropout3d: DropoutModule, Layer {
    /// Zeroes whole channels of [N, C, D, H, W] or [C, D, H, W] with probability `p` in training mode.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace && isTraining) { dropout3d($0, p: p, training: isTraining) }
    }
}

extension Tensor {
    /// Returns `body(self)`. If `inplace` is true, writes the result into this tensor.
    fileprivate func computing(inplace: Bool, _ body: (Tensor) -> Tensor) -> Tensor {
        inplace ? inPlace(recorded: body) : body(self)
    }
}

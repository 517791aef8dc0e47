/// The base class of the softmax modules. If no dimension is given, it is chosen by the rank, as in PyTorch.
public class SoftmaxModule: StatelessModule {
    /// The dimension, or nil to choose it by the rank.
    public let dim: Int?

    /// Creates a softmax module for a dimension.
    public init(dim: Int? = nil) { self.dim = dim }

    final func dimension(of input: Tensor) -> Int { dim ?? ([0, 1, 3].contains(input.dim) ? 0 : 1) }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "dim=\(PythonText.repr(dim))" }
}

/// exp(x) divided by its sum along the dimension. PyTorch: `torch.nn.Softmax`.
public final class Softmax: SoftmaxModule, Layer {
    /// Computes the softmax along `dim`.
    public func forward(_ input: Tensor) -> Tensor { input.softmax(dim: dimension(of: input)) }
}

/// log(softmax(x)). PyTorch: `torch.nn.LogSoftmax`.
public final class LogSoftmax: SoftmaxModule, Layer {
    /// Computes the logarithm of the softmax along `dim`.
    public func forward(_ input: Tensor) -> Tensor { input.logSoftmax(dim: dimension(of: input)) }
}

/// softmax(-x). PyTorch: `torch.nn.Softmin`.
public final class Softmin: SoftmaxModule, Layer {
    /// Computes the softmax of the negated input along `dim`.
    public func forward(_ input: Tensor) -> Tensor { input.neg().softmax(dim: dimension(of: input)) }
}

/// Softmax over the channels of [N, C, H, W] or [C, H, W]. PyTorch: `torch.nn.Softmax2d`.
public final class Softmax2d: StatelessModule, Layer {
    /// Computes the softmax over the channels of [N, C, H, W] or [C, H, W].
    public func forward(_ input: Tensor) -> Tensor {
        guard input.isVoid || input.dim == 3 || input.dim == 4 else {
            return fail(.value, "Softmax2d: expected input to be 3D or 4D, got \(input.dim)D instead")
        }
        return input.softmax(dim: -3)
    }
}

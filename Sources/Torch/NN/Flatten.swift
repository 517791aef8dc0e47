/// Flattens the dimensions `startDim` to `endDim` to one dimension. The result is a view if the strides allow it.
/// PyTorch: `torch.nn.Flatten`.
public final class Flatten: StatelessModule, Layer {
    /// The first dimension that is flattened.
    public let startDim: Int
    /// The last dimension that is flattened.
    public let endDim: Int

    /// Creates a module that flattens the given dimensions.
    public init(startDim: Int = 1, endDim: Int = -1) {
        self.startDim = startDim
        self.endDim = endDim
    }

    /// Joins the dimensions `startDim` ... `endDim` into one.
    public func forward(_ input: Tensor) -> Tensor { input.flatten(startDim: startDim, endDim: endDim) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}

/// Splits one dimension into several. PyTorch: `torch.nn.Unflatten`.
public final class Unflatten: StatelessModule, Layer {
    /// The dimension that is split.
    public let dim: Int
    /// The sizes of the new dimensions.
    public let unflattenedSize: [Int]

    /// Creates a module that splits `dim` into `unflattenedSize`.
    public init(_ dim: Int, _ unflattenedSize: [Int]) {
        self.dim = dim
        self.unflattenedSize = unflattenedSize
    }

    /// Splits dimension `dim` into the sizes `unflattenedSize`.
    public func forward(_ input: Tensor) -> Tensor { input.unflatten(dim, unflattenedSize) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "dim=\(dim), unflattened_size=\(PythonText.tuple(unflattenedSize))" }
}

/// Makes one dimension of several, a view where the strides allow it. PyTorch: `torch.nn.Flatten`.
public final class Flatten: StatelessModule, Layer {
    public let startDim: Int
    public let endDim: Int

    public init(startDim: Int = 1, endDim: Int = -1) {
        self.startDim = startDim
        self.endDim = endDim
    }

    public func forward(_ input: Tensor) -> Tensor { input.flatten(startDim: startDim, endDim: endDim) }
    public override var extraRepr: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}

/// Makes several dimensions of one. PyTorch: `torch.nn.Unflatten`.
public final class Unflatten: StatelessModule, Layer {
    public let dim: Int
    public let unflattenedSize: [Int]

    public init(_ dim: Int, _ unflattenedSize: [Int]) {
        self.dim = dim
        self.unflattenedSize = unflattenedSize
    }

    public func forward(_ input: Tensor) -> Tensor { input.unflatten(dim, unflattenedSize) }
    public override var extraRepr: String { "dim=\(dim), unflattened_size=\(PythonText.tuple(unflattenedSize))" }
}

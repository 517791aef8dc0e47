/// The cosine of the angle between two tensors along a dimension. PyTorch: `torch.nn.CosineSimilarity`.
public final class CosineSimilarity: StatelessModule, BinaryLayer {
    /// The dimension that holds the vectors.
    public let dim: Int
    /// The least product of norms that is divided by.
    public let eps: Double

    /// Creates a module that compares vectors along `dim`.
    public init(dim: Int = 1, eps: Double = 1e-8) {
        self.dim = dim
        self.eps = eps
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ other: Tensor) -> Tensor {
        cosineSimilarity(input, other, dim: dim, eps: eps)
    }
}

/// The p-norm of the difference x1 - x2 + eps along the last dimension. PyTorch: `torch.nn.PairwiseDistance`.
public final class PairwiseDistance: StatelessModule, BinaryLayer {
    /// The exponent of the norm. PyTorch's module calls it `norm`.
    public let p: Double
    /// The number that is added to each difference.
    public let eps: Double
    /// Whether the result keeps the last dimension with size 1.
    public let keepdim: Bool

    /// Creates a module that computes distances with the exponent `p`.
    public init(_ p: Double = 2, eps: Double = 1e-6, keepdim: Bool = false) {
        self.p = p
        self.eps = eps
        self.keepdim = keepdim
    }

    /// Like the other initializer, with PyTorch's name for the exponent.
    public convenience init(p: Double, eps: Double = 1e-6, keepdim: Bool = false) {
        self.init(p, eps: eps, keepdim: keepdim)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ other: Tensor) -> Tensor {
        pairwiseDistance(input, other, p: p, eps: eps, keepdim: keepdim)
    }
}

import Torch

/// Returns a view with permuted dimensions. PyTorch: `torchvision.ops.Permute`.
public final class Permute: Module, Layer {
    /// The dimensions of the input, in the order of the result.
    public let dims: [Int]

    /// Creates a module that orders the dimensions so.
    public init(_ dims: [Int]) { self.dims = dims }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(dims: [Int]) { self.init(dims) }

    /// Returns the view.
    public func forward(_ input: Tensor) -> Tensor { input.permute(dims) }
}

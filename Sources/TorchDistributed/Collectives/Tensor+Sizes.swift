import Torch

extension Tensor {
    /// The sizes of the dimensions.
    var sizes: [Int] { shape.sizes }
}

import Torch

/// Mirrors an image left to right with probability `p`. PyTorch: `torchvision.transforms.RandomHorizontalFlip`.
///
/// Draws one `rand(1)`.
public struct RandomHorizontalFlip: Transform {
    /// The probability that an image is mirrored.
    public let p: Double
    /// Creates a transform that mirrors with probability `p`.
    public init(p: Double = 0.5) { self.p = p }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isBelow(p) ? 1 : 0]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor { flipped(images, choices, -1) }
}

/// Mirrors an image top to bottom with probability `p`. PyTorch: `torchvision.transforms.RandomVerticalFlip`.
///
/// Draws one `rand(1)`.
public struct RandomVerticalFlip: Transform {
    /// The probability that an image is mirrored.
    public let p: Double
    /// Creates a transform that mirrors with probability `p`.
    public init(p: Double = 0.5) { self.p = p }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isBelow(p) ? 1 : 0]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor { flipped(images, choices, -2) }
}

private func flipped(_ images: Tensor, _ choices: [[Double]], _ dim: Int) -> Tensor {
    let flipped = choices.indices.filter { choices[$0] == [1] }
    if flipped.isEmpty || images.isVoid { return images }
    if flipped.count == images.size(0) { return images.flip([dim]) }
    let result = images.clone()
    for n in flipped { result.select(0, n).copy_(images.select(0, n).flip([dim])) }
    return result
}

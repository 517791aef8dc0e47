import Torch

/// Sets blocks of the input to 0 and scales the rest (Ghiasi et al., 2018). PyTorch: `torchvision.ops.drop_block2d`.
///
/// Draws with `bernoulli_` where a block may have its center.
/// - Parameters:
///   - input: [N, C, H, W].
///   - p: the part of the elements that is dropped, about.
///   - blockSize: the side of a block: odd. It is at most the smaller side of the image.
///   - inplace: whether the result overwrites the input.
///   - eps: is added to the number of elements that are left.
///   - training: if false, the result is the input.
@discardableResult
public func dropBlock2d(
    _ input: Tensor, p: Double, blockSize: Int, inplace: Bool = false, eps: Double = 1e-6, training: Bool = true
) -> Tensor {
    dropBlock(input, 2, p, blockSize, inplace, eps, training)
}

/// Like `dropBlock2d`, for [N, C, D, H, W]. PyTorch: `torchvision.ops.drop_block3d`.
/// - Parameters:
///   - input: [N, C, D, H, W].
///   - p: the part of the elements that is dropped, about.
///   - blockSize: the side of a block: odd. It is at most the smallest side of the image.
///   - inplace: whether the result overwrites the input.
///   - eps: is added to the number of elements that are left.
///   - training: if false, the result is the input.
@discardableResult
public func dropBlock3d(
    _ input: Tensor, p: Double, blockSize: Int, inplace: Bool = false, eps: Double = 1e-6, training: Bool = true
) -> Tensor {
    dropBlock(input, 3, p, blockSize, inplace, eps, training)
}

private func dropBlock(
    _ input: Tensor, _ rank: Int, _ p: Double, _ blockSize: Int, _ inplace: Bool, _ eps: Double, _ training: Bool
) -> Tensor {
    guard p >= 0, p <= 1 else {
        return Tensor.failed(.value, "drop probability has to be between 0 and 1, but got \(p).")
    }
    if input.isVoid { return input }
    guard input.dim == rank + 2 else {
        return Tensor.failed(.value, "input should be \(rank + 2) dimensional. Got \(input.dim) dimensions.")
    }
    if !training || p == 0 { return input }
    let sizes = Array(input.shape.sizes[2...])
    let side = sizes.reduce(blockSize) { min($0, $1) }
    guard side % 2 != 0 else {
        return Tensor.failed(.value, "block size should be odd. Got \(side) which is even.")
    }
    let half = side >> 1
    guard side > 0 else { return Tensor.failed(.runtime, "pad must be non-negative, but got pad: \(half)") }
    let centers = sizes.map { $0 - side + 1 }
    func product(_ numbers: [Int]) -> Double { numbers.reduce(1) { $0 * Double($1) } }
    let gamma = sizes.reduce(p) { $0 * Double($1) } / (product(sizes.map { _ in side }) * product(centers))
    let noise = noGrad {
        let drawn = Tensor.empty(
            Array(input.shape.sizes[..<2]) + centers, dtype: input.dtype, device: input.device)
        drawn.bernoulli_(gamma)
        let padded = F.pad(drawn, Array(repeating: half, count: 2 * rank), value: 0)
        let dropped =
            rank == 2
            ? F.maxPool2d(padded, side, stride: 1, padding: half) : F.maxPool3d(padded, side, stride: 1, padding: half)
        return 1 - dropped
    }
    let scale = Double(noise.numel()) / (noise.sum() + eps)
    return inplace ? input.mul_(noise).mul_(scale) : input * noise * scale
}

/// `dropBlock2d` as a module. PyTorch: `torchvision.ops.DropBlock2d`.
public final class DropBlock2d: DropBlockModule, Layer {
    /// Drops blocks in training mode; otherwise returns the input.
    public func forward(_ input: Tensor) -> Tensor {
        dropBlock2d(input, p: p, blockSize: blockSize, inplace: inplace, eps: eps, training: isTraining)
    }
}

/// `dropBlock3d` as a module. PyTorch: `torchvision.ops.DropBlock3d`.
public final class DropBlock3d: DropBlockModule, Layer {
    /// Drops blocks in training mode; otherwise returns the input.
    public func forward(_ input: Tensor) -> Tensor {
        dropBlock3d(input, p: p, blockSize: blockSize, inplace: inplace, eps: eps, training: isTraining)
    }
}

/// The options of the modules that drop blocks.
public class DropBlockModule: Module {
    /// The part of the elements that is dropped, about.
    public final let p: Double
    /// The side of a block.
    public final let blockSize: Int
    /// Whether the result overwrites the input.
    public final let inplace: Bool
    /// The number that is added to that of the elements that are left.
    public final let eps: Double

    /// Creates a module. The parameters are those of `dropBlock2d`.
    public init(_ p: Double, blockSize: Int, inplace: Bool = false, eps: Double = 1e-6) {
        self.p = p
        self.blockSize = blockSize
        self.inplace = inplace
        self.eps = eps
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(p: Double, blockSize: Int, inplace: Bool = false, eps: Double = 1e-6) {
        self.init(p, blockSize: blockSize, inplace: inplace, eps: eps)
    }

    /// The options that PyTorch prints in the module's description.
    public final override var extraRepr: String {
        "p=\(p), block_size=\(blockSize), inplace=\(inplace ? "True" : "False")"
    }
}

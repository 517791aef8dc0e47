import Torch

/// Mixes each image of a batch, and its label, with the one before it (Zhang et al., 2017,
/// https://arxiv.org/abs/1710.09412). PyTorch: `torchvision.transforms.v2.MixUp`.
///
/// Draws one weight from the distribution Beta(alpha, alpha).
public struct MixUp: Sendable {
    private let alpha: Double
    private let numClasses: Int?

    /// Creates a transform.
    /// - Parameters:
    ///   - alpha: the parameter of the distribution.
    ///   - numClasses: the number of classes, needed for labels that are indices.
    public init(alpha: Double = 1, numClasses: Int? = nil) {
        if !(alpha > 0) { raise(.value, "Expected parameter concentration to be positive, got \(alpha)") }
        self.alpha = alpha
        self.numClasses = numClasses
    }

    /// Mixes floating-point images [N, C, H, W] and labels.
    /// - Parameters:
    ///   - images: the images.
    ///   - labels: indices [N], or probabilities [N, classes].
    /// - Returns: the images, and probabilities [N, classes].
    public func callAsFunction(_ images: Tensor, _ labels: Tensor) -> (Tensor, Tensor) {
        guard let labels = probabilities(images, labels, numClasses) else { return (.failedImage, .failedImage) }
        let weight = Draws(.default).dirichlet([alpha, alpha])[0]
        return (mix(images, weight), mix(labels, weight))
    }
}

/// Replaces a random rectangle of each image of a batch by that of the one before it, and mixes the labels (Yun et al.,
/// 2019, https://arxiv.org/abs/1905.04899). PyTorch: `torchvision.transforms.v2.CutMix`.
///
/// Draws one weight from the distribution Beta(alpha, alpha), then `randint` for the middle, x and y.
public struct CutMix: Sendable {
    private let alpha: Double
    private let numClasses: Int?

    /// Creates a transform. The parameters are those of `MixUp`.
    public init(alpha: Double = 1, numClasses: Int? = nil) {
        if !(alpha > 0) { raise(.value, "Expected parameter concentration to be positive, got \(alpha)") }
        self.alpha = alpha
        self.numClasses = numClasses
    }

    /// Mixes images [N, C, H, W] and labels.
    /// - Parameters:
    ///   - images: the images.
    ///   - labels: indices [N], or probabilities [N, classes].
    /// - Returns: the images, and probabilities [N, classes].
    public func callAsFunction(_ images: Tensor, _ labels: Tensor) -> (Tensor, Tensor) {
        guard let labels = probabilities(images, labels, numClasses) else { return (.failedImage, .failedImage) }
        let (h, w) = (images.size(-2), images.size(-1))
        guard h > 0, w > 0 else {
            let none = Tensor.failed(.runtime, "CutMix: no pixels in images of \(images.shape)")
            return (none, none)
        }
        let draws = Draws(.default)
        let weight = draws.dirichlet([alpha, alpha])[0]
        let x = draws.integer(0, w), y = draws.integer(0, h)
        let half = 0.5 * (1 - weight).squareRoot()
        guard half.isFinite else { return (images, labels) }
        let (dx, dy) = (Int(half * Double(w)), Int(half * Double(h)))
        let (x1, y1, x2, y2) = (max(x - dx, 0), max(y - dy, 0), min(x + dx, w), min(y + dy, h))
        let result = images.clone()
        result.narrow(-2, y1, y2 - y1).narrow(-1, x1, x2 - x1)
            .copy_(images.roll([1], dims: [0]).narrow(-2, y1, y2 - y1).narrow(-1, x1, x2 - x1))
        return (result, mix(labels, 1 - Double((x2 - x1) * (y2 - y1)) / Double(w * h)))
    }
}

private func mix(_ x: Tensor, _ weight: Double) -> Tensor {
    x.roll([1], dims: [0]).mul_(1 - weight).add_(x.mul(weight))
}

/// Checks the arguments and returns the labels as probabilities. Raises and returns nil if the arguments are wrong.
private func probabilities(_ images: Tensor, _ labels: Tensor, _ numClasses: Int?) -> Tensor? {
    func refuse(_ message: String) -> Tensor? {
        _ = Tensor.failed(.value, message)
        return nil
    }
    if images.isVoid || labels.isVoid { return nil }
    guard labels.dim == 1 || labels.dim == 2 else {
        return refuse(
            "labels should be index based with shape (batch_size,) or probability based with shape (batch_size, num_classes), but got a tensor of shape \(labels.shape) instead."
        )
    }
    if labels.dim == 2, let numClasses, labels.size(-1) != numClasses {
        return refuse(
            "When passing 2D labels, the number of elements in last dimension must match num_classes: \(labels.size(-1)) != \(numClasses). You can Leave num_classes to None."
        )
    }
    if labels.dim == 1, numClasses == nil {
        return refuse("num_classes must be passed if the labels are index-based (1D)")
    }
    guard images.dim == 4 else {
        return refuse("Expected a batched input with 4 dims, but got \(images.dim) dimensions instead.")
    }
    guard images.size(0) == labels.size(0) else {
        return refuse(
            "The batch size of the image or video does not match the batch size of the labels: \(images.size(0)) != \(labels.size(0))."
        )
    }
    var result = labels
    if labels.dim == 1, let numClasses { result = labels.oneHot(numClasses: numClasses) }
    return result.isVoid ? nil : result.isFloatingPoint() ? result : result.to(.float32)
}

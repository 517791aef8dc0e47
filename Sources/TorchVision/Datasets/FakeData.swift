import Torch

/// Random images, the same for the same index. PyTorch: `torchvision.datasets.FakeData`.
///
/// An image is uint8 of `imageSize`: `randn` with the index as the seed, times 255, modulo 256. A label is a `randint`
/// from the same generator. The default generator is not used.
public final class FakeData: Dataset, Sendable {
    /// An image and its label.
    public typealias Element = (Tensor, Int)
    /// Images and their labels.
    public typealias Batch = (Tensor, Tensor)

    /// The number of elements.
    public let count: Int
    private let imageSize: [Int]
    private let numClasses, randomOffset: Int
    private let transform: Compose?
    private let targetTransform: (@Sendable (Int) -> Int)?

    /// Creates a data set.
    /// - Parameters:
    ///   - size: the number of images.
    ///   - imageSize: channels, height and width.
    ///   - numClasses: the number of classes.
    ///   - transform: the transform of the images.
    ///   - targetTransform: a function of the label.
    ///   - randomOffset: a number that is added to the index.
    public init(
        size: Int = 1000, imageSize: [Int] = [3, 224, 224], numClasses: Int = 10, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, randomOffset: Int = 0
    ) {
        if imageSize.count != 3 { raise(.value, "FakeData: imageSize has three numbers, got \(imageSize)") }
        count = max(size, 0)
        self.imageSize = imageSize
        self.numClasses = numClasses
        self.randomOffset = randomOffset
        self.transform = transform.map { ($0 as? Compose) ?? Compose([$0]) }
        self.targetTransform = targetTransform
    }

    /// Returns an image and its label.
    /// - Throws: `TorchError` unless `index` < count.
    public subscript(index: Int) -> (Tensor, Int) {
        get throws {
            guard index < count else { throw TorchError(.index, "FakeData index out of range") }
            return try withError {
                let generator = Generator().manualSeed(index &+ randomOffset)
                let numbers = Tensor.randn(imageSize, generator: generator, dtype: .float32)
                let target = Tensor.randint(0, numClasses, [1], generator: generator).item(as: Int.self)
                let image = numbers.mul(255).to(.int32).bitwiseAnd(255).to(.uint8)
                return (transform?(image) ?? image, targetTransform?(target) ?? target)
            }
        }
    }
}

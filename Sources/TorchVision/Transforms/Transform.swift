import Torch

/// Something done to images. PyTorch: a transform of `torchvision.transforms`.
///
/// Transforms work on batches, [N, C, H, W]; called with one image, [C, H, W] or [H, W], they make a batch of one of
/// it. What is random is chosen first, for each image by itself,
/// and then done to the whole batch: so the numbers drawn are those that torchvision draws for the same images one
/// after the other.
public protocol Transform: Sendable {
    /// Chooses what happens to one image of the given size, drawing from `generator`, and changes the size to what
    /// comes out. The choices come back in `apply`.
    func choose(_ size: inout ImageSize, _ generator: Generator) -> [Int]
    /// The batch transformed; `choices` holds those of each image, or is empty where `choose` gave none.
    func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor
}

/// The sizes of one image.
public struct ImageSize: Sendable, Hashable {
    public var channels, height, width: Int

    public init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }
}

extension Transform {
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Int] { [] }

    /// One image, [C, H, W] or [H, W] (which becomes [1, H, W]).
    public func callAsFunction(_ image: Tensor) -> Tensor {
        let channels = image.dim == 2 ? image.unsqueeze(0) : image
        return batch(channels.unsqueeze(0)).select(0, 0)
    }

    /// Images [N, C, H, W], each with choices of its own.
    public func batch(_ images: Tensor) -> Tensor { Compose([self]).run(images) }
}

/// Transforms one after the other. PyTorch: `torchvision.transforms.Compose`.
///
/// All of an image's choices are drawn before the next image's, from the default generator or, in a loader's worker,
/// from the worker's. After a `Lambda` the images' size is
/// looked at anew, so what follows one is chosen after it has run.
public struct Compose: Transform {
    public let transforms: [any Transform]

    public init(_ transforms: [any Transform]) { self.transforms = transforms }

    public init(@ListBuilder<any Transform> _ transforms: () -> [any Transform]) { self.init(transforms()) }

    /// Without choices of its own: it draws for its parts.
    public func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor { run(images) }
    public func batch(_ images: Tensor) -> Tensor { run(images) }

    func run(_ images: Tensor) -> Tensor {
        var images = images
        for part in parts { images = Compose.run(part, images) }
        return images
    }

    /// The transforms, nested ones laid flat, in runs that can choose together.
    private var parts: [[any Transform]] {
        var parts: [[any Transform]] = [[]]
        func add(_ transform: any Transform) {
            if let inner = transform as? Compose {
                inner.transforms.forEach(add)
            } else {
                parts[parts.count - 1].append(transform)
                if transform is Lambda { parts.append([]) }
            }
        }
        transforms.forEach(add)
        return parts
    }

    private static func run(_ transforms: [any Transform], _ images: Tensor) -> Tensor {
        guard images.dim == 4 else {
            // A failed operator inside withError: let the transforms pass it on.
            return transforms.reduce(images) { $1.apply($0, []) }
        }
        let generator = Generator.default
        var choices = [[[Int]]](repeating: [], count: transforms.count)
        for _ in 0..<images.shape[0] {
            var size = ImageSize(channels: images.shape[1], height: images.shape[2], width: images.shape[3])
            for (k, transform) in transforms.enumerated() {
                let chosen = transform.choose(&size, generator)
                if !chosen.isEmpty { choices[k].append(chosen) }
            }
        }
        return zip(transforms, choices).reduce(images) { $1.0.apply($0, $1.1) }
    }
}

/// A function of a batch of images, [N, C, H, W]. PyTorch: `torchvision.transforms.Lambda`, there of one image.
public struct Lambda: Transform {
    private let function: @Sendable (Tensor) -> Tensor
    public init(_ function: @escaping @Sendable (Tensor) -> Tensor) { self.function = function }
    public func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor { function(images) }
}

/// Collects the lines of a closure into a list.
@resultBuilder
public enum ListBuilder<Item> {
    public static func buildExpression(_ item: Item) -> [Item] { [item] }
    public static func buildBlock(_ parts: [Item]...) -> [Item] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Item]?) -> [Item] { part ?? [] }
    public static func buildEither(first part: [Item]) -> [Item] { part }
    public static func buildEither(second part: [Item]) -> [Item] { part }
    public static func buildArray(_ parts: [[Item]]) -> [Item] { parts.flatMap { $0 } }
}

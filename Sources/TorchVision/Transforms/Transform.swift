import Torch

/// A transform of images. PyTorch: a transform of `torchvision.transforms`.
///
/// Transforms work on batches, [N, C, H, W]. A call with one image, [C, H, W] or [H, W], makes a batch of one. The
/// random choices are drawn first, image by image, and then applied to the whole batch. So the draws are the same as
/// torchvision's for these images one after the other.
public protocol Transform: Sendable {
    /// Draws the choices for one image of the given size from `generator`, and sets `size` to the output size. `apply`
    /// receives the choices.
    func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double]
    /// Transforms the batch. `choices` holds the choices of each image; it is empty if `choose` returned none.
    func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor
}

/// The size of one image.
public struct ImageSize: Sendable, Hashable {
    /// The size in pixels, and the number of channels.
    public var channels, height, width: Int

    /// Creates a size.
    public init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }
}

extension Transform {
    /// Draws nothing.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] { [] }

    /// Transforms one image, [C, H, W] or [H, W] (which becomes [1, H, W]).
    public func callAsFunction(_ image: Tensor) -> Tensor {
        let channels = image.dim == 2 ? image.unsqueeze(0) : image
        return batch(channels.unsqueeze(0)).select(0, 0)
    }

    /// Transforms images [N, C, H, W]. Each image has its own choices.
    public func batch(_ images: Tensor) -> Tensor { Compose([self]).run(images) }
}

/// Applies transforms one after the other. PyTorch: `torchvision.transforms.Compose`.
///
/// Draws all choices of an image before those of the next image. They come from the default generator, or in a worker
/// of a loader from the worker's generator. The size of the images is read again after a `Lambda`, so the choices for
/// later transforms are drawn after the `Lambda` has run.
public struct Compose: Transform {
    /// The transforms in order.
    public let transforms: [any Transform]

    /// Creates a transform that applies `transforms` in order.
    public init(_ transforms: [any Transform]) { self.transforms = transforms }

    /// Creates a transform that applies the transforms of a closure in order, one per line.
    public init(@ListBuilder<any Transform> _ transforms: () -> [any Transform]) { self.init(transforms()) }

    /// Draws the choices of all parts. The size is taken to be the same after a `Lambda`.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        ChoiceList.choose(transforms, &size, generator)
    }

    /// Transforms the batch. Without choices, draws them first.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        choices.isEmpty ? run(images) : each(images, choices) { ChoiceList.apply(transforms, $0, $1) }
    }

    /// Transforms images [N, C, H, W]. Each image has its own choices.
    public func batch(_ images: Tensor) -> Tensor { run(images) }

    func run(_ images: Tensor) -> Tensor {
        var images = images
        for part in parts { images = Compose.run(part, images) }
        return images
    }

    /// The transforms without nesting, in groups that can draw their choices together. `Resize` and `CenterCrop` are
    /// one.
    private var parts: [[any Transform]] {
        var parts: [[any Transform]] = [[]]
        func add(_ transform: any Transform) {
            if let inner = transform as? Compose {
                inner.transforms.forEach(add)
            } else if let crop = transform as? CenterCrop, let resize = parts.last?.last as? Resize {
                parts[parts.count - 1][parts.last!.count - 1] = ResizedMiddle(resize: resize, crop: crop)
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
            // An operator failed inside `withError`. The transforms pass the failure on.
            return transforms.reduce(images) { $1.apply($0, []) }
        }
        let generator = Generator.default
        var choices = [[[Double]]](repeating: [], count: transforms.count)
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

/// The choices of several transforms in one list: for each, the number of its choices, and then these.
enum ChoiceList {
    static func choose(
        _ transforms: [any Transform], _ size: inout ImageSize, _ generator: Generator
    ) -> [Double] {
        transforms.reduce(into: []) { list, transform in
            let chosen = transform.choose(&size, generator)
            list.append(Double(chosen.count))
            list += chosen
        }
    }

    /// Applies the transforms in order to one image, [C, H, W].
    static func apply(_ transforms: [any Transform], _ image: Tensor, _ list: [Double]) -> Tensor {
        var place = 0
        return transforms.reduce(image.unsqueeze(0)) { images, transform in
            let count = Int(list[place])
            let chosen = Array(list[place + 1..<place + 1 + count])
            place += 1 + count
            return transform.apply(images, count == 0 ? [] : [chosen])
        }
        .squeeze(0)
    }
}

/// A function of a batch of images, [N, C, H, W]. PyTorch: `torchvision.transforms.Lambda`, which takes one image.
public struct Lambda: Transform {
    private let function: @Sendable (Tensor) -> Tensor
    /// Creates a transform that calls `function` with the batch.
    public init(_ function: @escaping @Sendable (Tensor) -> Tensor) { self.function = function }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor { function(images) }
}

/// Collects the lines of a closure in a list.
@resultBuilder
public enum ListBuilder<Item> {
    /// Makes a list of one line.
    public static func buildExpression(_ item: Item) -> [Item] { [item] }
    /// Joins the lines of a block.
    public static func buildBlock(_ parts: [Item]...) -> [Item] { parts.flatMap { $0 } }
    /// Returns the lines of an `if` without `else`.
    public static func buildOptional(_ part: [Item]?) -> [Item] { part ?? [] }
    /// Returns the lines of an `if`.
    public static func buildEither(first part: [Item]) -> [Item] { part }
    /// Returns the lines of an `else`.
    public static func buildEither(second part: [Item]) -> [Item] { part }
    /// Joins the lines of a loop.
    public static func buildArray(_ parts: [[Item]]) -> [Item] { parts.flatMap { $0 } }
}

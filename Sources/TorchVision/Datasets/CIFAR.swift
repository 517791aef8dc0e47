import Torch
import TorchFiles

/// 50,000 training and 10,000 test colour images of 32 x 32 in ten classes. PyTorch: `torchvision.datasets.CIFAR10`.
/// Read from the publisher's binary version (`root/cifar-10-batches-bin/data_batch_1.bin`, …), or where that is not
/// there from the folder that torchvision downloads (`root/cifar-10-batches-py`), whose files must have the publisher's
/// MD5. An element is an image, uint8 [3, 32, 32] without a transform, and its label; a batch uint8 or float32 [N, 3,
/// 32, 32] and int64 [N].
public final class CIFAR10: Dataset, Sendable {
    public typealias Element = (Tensor, Int)
    public typealias Batch = (Tensor, Tensor)

    public let classes: [String]
    public let train: Bool
    private let images: CIFARImages

    /// - Parameters:
    ///   - root: the folder that has the publisher's folder.
    ///   - train: the training images, else the test images.
    ///   - download: fetch and unpack the publisher's archive (170 MB) where files of both folders are missing or
    ///     damaged.
    ///   - transform: what becomes of an image; a batch is transformed at once.
    ///   - mirrors: folders to download the archive from, in place of the publisher's.
    /// - Throws: `TorchError` that names the file where one is missing, damaged, or cannot be downloaded.
    public init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        mirrors: [String]? = nil
    ) throws {
        images = try CIFARImages(
            .cifar10, .cifar10, root: root, train: train, download: download, transform: transform,
            mirrors: mirrors)
        classes =
            images.classes ?? [
                "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                "truck"
            ]
        self.train = train
    }

    /// The images as torchvision holds them: uint8 [count, 32, 32, 3], a view.
    public var data: Tensor { images.data.permute(0, 2, 3, 1) }
    /// The labels: int64 [count].
    public var targets: Tensor { images.targets }

    public var count: Int { images.data.count }
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) { images.element(index) }
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) { images.batch(indices) }
}

/// The same in a hundred classes. PyTorch: `torchvision.datasets.CIFAR100`. Read from `root/cifar-100-binary/train.bin`
/// and `test.bin`, or torchvision's `root/cifar-100-python`; the labels are the fine ones.
public final class CIFAR100: Dataset, Sendable {
    public typealias Element = (Tensor, Int)
    public typealias Batch = (Tensor, Tensor)

    public let train: Bool
    private let images: CIFARImages

    /// As `CIFAR10`.
    public init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        mirrors: [String]? = nil
    ) throws {
        images = try CIFARImages(
            .cifar100, .cifar100, root: root, train: train, download: download,
            transform: transform, mirrors: mirrors)
        self.train = train
    }

    /// The images as torchvision holds them: uint8 [count, 32, 32, 3], a view.
    public var data: Tensor { images.data.permute(0, 2, 3, 1) }
    /// The labels: int64 [count].
    public var targets: Tensor { images.targets }

    public var count: Int { images.data.count }
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) { images.element(index) }
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) { images.batch(indices) }
}

/// Images and labels in memory.
struct CIFARImages: Sendable {
    /// uint8 [count, 3, 32, 32]
    let data: Tensor
    let targets: Tensor
    /// The classes' names, if the files say them.
    let classes: [String]?
    private let pipeline: ImagePipeline

    init(
        _ binary: CIFARFiles, _ pickles: CIFARPickles, root: String, train: Bool, download: Bool,
        transform: (any Transform)?, mirrors: [String]?
    ) throws {
        if download, !binary.isComplete(root), !pickles.isIntact(root) { try binary.install(root, mirrors) }
        let isPickled = !binary.isThere(root, train: train) && pickles.isThere(root)
        let parts = isPickled ? try pickles.read(root, train: train) : try binary.read(root, train: train)
        data = parts.count == 1 ? parts[0].images : cat(parts.map(\.images), dim: 0)
        targets = Tensor(parts.flatMap(\.labels)).to(.int64)
        classes = isPickled ? try pickles.classes(root) : nil
        pipeline = ImagePipeline(transform)
    }

    func element(_ index: Int) -> (Tensor, Int) {
        let (images, labels) = batch([index])
        return (images.select(0, 0), labels.item(as: Int.self))
    }

    func batch(_ indices: [Int]) -> (Tensor, Tensor) { (pipeline.images(of: data, indices), targets.rows(indices)) }
}

/// What one file holds.
struct CIFARPart {
    /// uint8 [count, 3, 32, 32]
    let images: Tensor
    let labels: [Int]
}

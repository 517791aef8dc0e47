import Torch
import TorchFiles

/// 50,000 training and 10,000 test color images of 32 x 32 in ten classes. PyTorch: `torchvision.datasets.CIFAR10`.
///
/// The images are read from the publisher's binary version (`root/cifar-10-batches-bin/data_batch_1.bin`, …). If that
/// is not there, they are read from the folder that torchvision downloads (`root/cifar-10-batches-py`), whose files
/// must have the publisher's MD5.
///
/// An element is an image and its label. Without a transform the image is uint8 [3, 32, 32]. A batch is images, uint8
/// or float32 [N, 3, 32, 32], and labels, int64 [N].
public final class CIFAR10: Dataset, Sendable {
    /// An image and its class.
    public typealias Element = (Tensor, Int)
    /// Images and their classes.
    public typealias Batch = (Tensor, Tensor)

    /// The names of the classes.
    public let classes: [String]
    /// Whether these are the training images.
    public let train: Bool
    let images: CIFARImages

    /// Opens the data set in `root`.
    /// - Parameters:
    ///   - root: the folder that contains the publisher's folder.
    ///   - train: true for the training images, false for the test images.
    ///   - download: if true, downloads and unpacks the publisher's archive (170 MB) unless all binary files are there
    ///     or torchvision's folder is intact.
    ///   - transform: the transform of the images. A batch is transformed in one call.
    ///   - targetTransform: a function of the label.
    ///   - mirrors: the folders to download the archive from, instead of the publisher's.
    /// - Throws: `TorchError` that names the file if one is missing, damaged or cannot be downloaded.
    public init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]? = nil
    ) throws {
        images = try CIFARImages(
            .cifar10, .cifar10, root: root, train: train, download: download, transform: transform,
            targetTransform: targetTransform, mirrors: mirrors)
        classes =
            images.classes ?? [
                "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                "truck"
            ]
        self.train = train
    }

    /// The images in torchvision's layout: uint8 [count, 32, 32, 3], a view.
    public var data: Tensor { images.data.permute(0, 2, 3, 1) }
    /// The labels: int64 [count].
    public var targets: Tensor { images.targets }

    /// The number of images.
    public var count: Int { images.data.count }
    /// Returns an image and its label.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) { images.element(index) }
    /// Returns several images and their labels.
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) { images.batch(indices) }
}

/// Like `CIFAR10`, with a hundred classes. PyTorch: `torchvision.datasets.CIFAR100`.
///
/// The images are read from `root/cifar-100-binary/train.bin` and `test.bin`, or from torchvision's folder
/// `root/cifar-100-python`. The labels are the fine ones.
public final class CIFAR100: Dataset, Sendable {
    /// An image and its class.
    public typealias Element = (Tensor, Int)
    /// Images and their classes.
    public typealias Batch = (Tensor, Tensor)

    /// Whether these are the training images.
    public let train: Bool
    let images: CIFARImages

    /// Opens the data set in `root`. The parameters are those of `CIFAR10`.
    public init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]? = nil
    ) throws {
        images = try CIFARImages(
            .cifar100, .cifar100, root: root, train: train, download: download,
            transform: transform, targetTransform: targetTransform, mirrors: mirrors)
        self.train = train
    }

    /// The images in torchvision's layout: uint8 [count, 32, 32, 3], a view.
    public var data: Tensor { images.data.permute(0, 2, 3, 1) }
    /// The labels: int64 [count].
    public var targets: Tensor { images.targets }

    /// The number of images.
    public var count: Int { images.data.count }
    /// Returns an image and its label.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) { images.element(index) }
    /// Returns several images and their labels.
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) { images.batch(indices) }
}

/// The images and labels in memory.
struct CIFARImages: Sendable {
    /// uint8 [count, 3, 32, 32]
    var data: Tensor { contents.data }
    var targets: Tensor { contents.targets }
    /// The class names, if the files have them.
    let classes: [String]?
    private let contents: LabeledImages
    let root: String
    var pipeline: ImagePipeline { contents.pipeline }

    init(
        _ binary: CIFARFiles, _ pickles: CIFARPickles, root: String, train: Bool, download: Bool,
        transform: (any Transform)?, targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]?
    ) throws {
        if download, !binary.isComplete(root), !pickles.isIntact(root) { try binary.install(root, mirrors) }
        let isPickled = !binary.hasFiles(root, train: train) && pickles.hasFiles(root)
        let parts = isPickled ? try pickles.read(root, train: train) : try binary.read(root, train: train)
        let data = parts.count == 1 ? parts[0].images : cat(parts.map(\.images), dim: 0)
        let targets = Tensor(parts.flatMap(\.labels)).to(.int64)
        classes = isPickled ? try pickles.classes(root) : nil
        contents = LabeledImages(data, targets, transform, targetTransform)
        self.root = root
    }

    func element(_ index: Int) -> (Tensor, Int) { contents.element(index) }

    func batch(_ indices: [Int]) -> (Tensor, Tensor) { contents.batch(indices) }
}

/// The contents of one file.
struct CIFARPart {
    /// uint8 [count, 3, 32, 32]
    let images: Tensor
    let labels: [Int]
}

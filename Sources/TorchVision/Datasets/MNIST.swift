import Torch

/// Handwritten digits: 60,000 training and 10,000 test images of 28 x 28. PyTorch: `torchvision.datasets.MNIST`.
///
/// This is also the base class of the other data sets in MNIST's format: `FashionMNIST`, `KMNIST`, `EMNIST`. An element
/// is an image and its label. Without a transform an image is uint8 [1, 28, 28]. With `ToTensor()` it is float32 [1,
/// 28, 28] between 0 and 1. A batch is made in one step: images [N, 1, 28, 28] and labels int64 [N].
public class MNIST: Dataset, @unchecked Sendable {
    /// An image and its class.
    public typealias Element = (Tensor, Int)
    /// Images and their classes.
    public typealias Batch = (Tensor, Tensor)

    /// The images: uint8 [count, height, width].
    public let data: Tensor
    /// The labels: int64 [count].
    public let targets: Tensor
    /// The names of the classes.
    public let classes: [String]
    /// The folder of the data sets.
    public let root: String
    /// Whether these are the training images.
    public let train: Bool
    let contents: LabeledImages

    /// Opens the data set in `root`. The files have torchvision's paths, such as `MNIST/raw/train-images-idx3-ubyte`,
    /// with or without `.gz`.
    ///
    /// - Parameters:
    ///   - root: the folder of the data sets.
    ///   - train: true for the training images, false for the test images.
    ///   - download: if true, puts missing files into `root`. They come from the folder of the system's package
    ///     manager, or else from the network.
    ///   - transform: the transform of the images. A batch is transformed in one call.
    ///   - targetTransform: a function of the label.
    ///   - mirrors: the addresses to download from, instead of the publisher's.
    /// - Throws: `TorchError` that names the file if one is missing, damaged, of another format, or cannot be
    ///   downloaded.
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]? = nil
    ) throws {
        try self.init(
            .mnist, root: root, train: train, download: download, transform: transform,
            targetTransform: targetTransform, mirrors: mirrors)
    }

    init(
        _ files: IDXFiles, root: String, train: Bool, download: Bool, transform: (any Transform)?,
        targetTransform: (@Sendable (Int) -> Int)?, mirrors: [String]?
    ) throws {
        let split = train ? files.train : files.test
        if download {
            // Installs both splits, as torchvision does. Then the other split opens later without a network.
            for file in [files.train.images, files.train.labels, files.test.images, files.test.labels] {
                try files.install(file, root, mirrors)
            }
        }
        let imagePath = try files.path(split.images, root), labelPath = try files.path(split.labels, root)
        let images = try IDX.read(imagePath), labels = try IDX.read(labelPath)
        guard images.dim == 3, images.dtype == .uint8 else {
            throw TorchError(
                .file,
                "\(imagePath): expected images of uint8 in 3 dimensions, got \(images.dtype.name) in \(images.dim)")
        }
        guard labels.dim == 1, labels.dtype == .uint8 else {
            throw TorchError(
                .file,
                "\(labelPath): expected labels of uint8 in 1 dimension, got \(labels.dtype.name) in \(labels.dim)")
        }
        guard images.count == labels.count else {
            throw TorchError(
                .file, "\(imagePath) holds \(images.count) images, but \(labelPath) \(labels.count) labels")
        }
        data = images
        targets = labels.to(.int64)
        classes = files.classes
        self.root = root
        self.train = train
        contents = LabeledImages(images.unsqueeze(1), targets, transform, targetTransform)
    }

    /// The number of images.
    public var count: Int { data.count }

    /// Returns an image and its label.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) {
        contents.element(index)
    }

    /// Returns images [N, 1, height, width] and labels int64 [N].
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) {
        contents.batch(indices)
    }
}

/// Images of ten kinds of clothes in MNIST's format. PyTorch: `torchvision.datasets.FashionMNIST`.
///
/// With `download`, the files of Debian's package dataset-fashion-mnist are used if it is installed.
public final class FashionMNIST: MNIST, @unchecked Sendable {
    /// Opens the data set in `root`. The parameters are those of `MNIST`.
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]? = nil
    ) throws {
        try self.init(
            .fashionMNIST, root: root, train: train, download: download, transform: transform,
            targetTransform: targetTransform, mirrors: mirrors)
    }
}

/// Ten Japanese characters in MNIST's format. PyTorch: `torchvision.datasets.KMNIST`.
public final class KMNIST: MNIST, @unchecked Sendable {
    /// Opens the data set in `root`. The parameters are those of `MNIST`.
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]? = nil
    ) throws {
        try self.init(
            .kmnist, root: root, train: train, download: download, transform: transform,
            targetTransform: targetTransform, mirrors: mirrors)
    }
}

/// Handwritten letters and digits in MNIST's format. PyTorch: `torchvision.datasets.EMNIST`.
///
/// The files are in `root/EMNIST/raw` and have the names of the publisher's archive
/// (`emnist-letters-train-images-idx3-ubyte.gz`, …). The archive is one zip file of all splits. It must be unpacked
/// there by hand: https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip. The images are transposed, as in the files and
/// in torchvision.
public final class EMNIST: MNIST, @unchecked Sendable {
    /// The splits of EMNIST.
    public enum Split: String, Sendable, CaseIterable {
        /// `byMerge` and `balanced` have one class for a letter whose cases look alike. `letters` does not distinguish
        /// the cases.
        case byClass = "byclass", byMerge = "bymerge", balanced, letters, digits, mnist
    }

    /// Opens a split of the data set in `root`. The other parameters are those of `MNIST`.
    public convenience init(
        root: String, split: Split, train: Bool = true, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil
    ) throws {
        try self.init(
            .emnist(split), root: root, train: train, download: false, transform: transform,
            targetTransform: targetTransform, mirrors: nil)
    }

    /// Unavailable: EMNIST has several splits, so the split must be given.
    @available(*, unavailable, message: "EMNIST has several splits: say which")
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, mirrors: [String]? = nil
    ) throws {
        try self.init(root: root, split: .mnist, train: train, transform: transform, targetTransform: targetTransform)
    }
}

import Torch

/// Handwritten digits: 60,000 training and 10,000 test images of 28 x 28. PyTorch: `torchvision.datasets.MNIST`.
///
/// Also the form of every data set in MNIST's files: `FashionMNIST`, `KMNIST`, `EMNIST`. An element is an image and its
/// label; without a transform an image is uint8
/// [1, 28, 28], with `ToTensor()` float32 [1, 28, 28] between 0 and 1. Batches are made at once: images [N, 1, 28, 28],
/// labels int64 [N].
public class MNIST: Dataset, @unchecked Sendable {
    public typealias Element = (Tensor, Int)
    public typealias Batch = (Tensor, Tensor)

    /// The images: uint8 [count, height, width].
    public let data: Tensor
    /// The labels: int64 [count].
    public let targets: Tensor
    public let classes: [String]
    public let root: String
    public let train: Bool
    private let pipeline: ImagePipeline

    /// Opens the data set in `root`, where its files lie as torchvision lays them: `MNIST/raw/train-images-idx3-ubyte`,
    /// gzipped (`.gz`) or not.
    ///
    /// - Parameters:
    ///   - root: the folder of the data sets.
    ///   - train: the training images, else the test images.
    ///   - download: put missing files into `root`: from where the system's package manager installs them, else from
    ///   -     the network.
    ///   - transform: what becomes of an image; a batch is transformed at once.
    ///   - mirrors: addresses to download from, in place of the publishers'.
    /// - Throws: `TorchError` that names the file where one is missing, damaged, not of the expected form, or cannot be
    /// -   downloaded.
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        mirrors: [String]? = nil
    ) throws {
        try self.init(.mnist, root: root, train: train, download: download, transform: transform, mirrors: mirrors)
    }

    init(
        _ files: IDXFiles, root: String, train: Bool, download: Bool, transform: (any Transform)?, mirrors: [String]?
    ) throws {
        let split = train ? files.train : files.test
        if download {
            // Both splits, as torchvision does: what opens now opens later without a network.
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
        pipeline = ImagePipeline(transform)
    }

    public var count: Int { data.count }

    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) {
        let (images, labels) = batch([index])
        return (images.select(0, 0), labels.item(as: Int.self))
    }

    /// Images [N, 1, height, width] and labels int64 [N].
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) {
        (pipeline.images(of: data.unsqueeze(1), indices), targets.rows(indices))
    }
}

/// Images of ten kinds of clothes in MNIST's form. PyTorch: `torchvision.datasets.FashionMNIST`.
///
/// Debian's package dataset-fashion-mnist is found where it is installed.
public final class FashionMNIST: MNIST, @unchecked Sendable {
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        mirrors: [String]? = nil
    ) throws {
        try self.init(
            .fashionMNIST, root: root, train: train, download: download, transform: transform, mirrors: mirrors)
    }
}

/// Ten Japanese characters in MNIST's form. PyTorch: `torchvision.datasets.KMNIST`.
public final class KMNIST: MNIST, @unchecked Sendable {
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        mirrors: [String]? = nil
    ) throws {
        try self.init(.kmnist, root: root, train: train, download: download, transform: transform, mirrors: mirrors)
    }
}

/// Handwritten letters and digits in MNIST's form. PyTorch: `torchvision.datasets.EMNIST`.
///
/// The files lie in `root/EMNIST/raw` under their names in the publisher's archive
/// (`emnist-letters-train-images-idx3-ubyte.gz`, …), which is one zip of all splits and must be
/// unpacked there by hand: https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip. As in torchvision, images lie
/// transposed, as the files hold them.
public final class EMNIST: MNIST, @unchecked Sendable {
    public enum Split: String, Sendable, CaseIterable {
        case byClass = "byclass", byMerge = "bymerge", balanced, letters, digits, mnist
    }

    public convenience init(root: String, split: Split, train: Bool = true, transform: (any Transform)? = nil) throws {
        try self.init(.emnist(split), root: root, train: train, download: false, transform: transform, mirrors: nil)
    }

    @available(*, unavailable, message: "EMNIST has several splits: say which")
    public convenience init(
        root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil,
        mirrors: [String]? = nil
    ) throws {
        try self.init(root: root, split: .mnist, train: train, transform: transform)
    }
}

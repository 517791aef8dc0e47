import Torch
import TorchFiles

/// 5,000 training and 8,000 test color images of 96 x 96 in ten classes, and 100,000 without a label.
/// PyTorch: `torchvision.datasets.STL10`.
///
/// The files are the publisher's, `root/stl10_binary/train_X.bin`, …. Without a transform an image is uint8
/// [3, 96, 96]. The label of an image without one is -1.
public final class STL10: Dataset, Sendable {
    /// An image and its label.
    public typealias Element = (Tensor, Int)
    /// Images and their labels.
    public typealias Batch = (Tensor, Tensor)

    /// The parts of the data set.
    public enum Split: String, Sendable, CaseIterable {
        /// `trainUnlabeled` has the training images, then those without a label.
        case train, test, unlabeled, trainUnlabeled = "train+unlabeled"
    }

    /// The images: uint8 [count, 3, 96, 96].
    public var data: Tensor { images.data }
    /// The labels: int64 [count].
    public var labels: Tensor { images.targets }
    /// The names of the classes, if the publisher's file is there.
    public let classes: [String]
    private let images: LabeledImages

    /// Opens a part of the data set.
    /// - Parameters:
    ///   - root: the folder that contains the publisher's folder.
    ///   - split: the part.
    ///   - folds: one of the ten publisher's selections of 1,000 training images, 0...9, or nil for all.
    ///   - transform: the transform of the images. A batch is transformed in one call.
    ///   - targetTransform: a function of the label.
    ///   - download: if true, downloads and unpacks the publisher's archive (2.6 GB) unless all files are there.
    ///   - mirrors: the folders to download the archive from, instead of the publisher's.
    /// - Throws: `TorchError` that names the file if one is missing or damaged, or cannot be downloaded.
    public init(
        root: String, split: Split = .train, folds: Int? = nil, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, download: Bool = false, mirrors: [String]? = nil
    ) throws {
        if let folds, !(0..<10).contains(folds) {
            throw TorchError(.value, "Value for argument folds should be in the range [0, 10), but got \(folds).")
        }
        let folder = Files.join(root, "stl10_binary")
        let names = ["train_X.bin", "train_y.bin", "unlabeled_X.bin", "test_X.bin", "test_y.bin"]
        if download, !names.allSatisfy({ Files.exists(Files.join(folder, $0)) }) {
            try STL10.install(root, names + ["class_names.txt", "fold_indices.txt"], mirrors)
        }
        var data: Tensor, labels: Tensor
        switch split {
        case .train, .trainUnlabeled:
            (data, labels) = try STL10.read(folder, "train_X.bin", "train_y.bin")
            if let folds { (data, labels) = try STL10.select(folder, folds, data, labels) }
            if split == .trainUnlabeled {
                let (more, none) = try STL10.read(folder, "unlabeled_X.bin", nil)
                (data, labels) = (cat([data, more], dim: 0), cat([labels, none], dim: 0))
            }
        case .unlabeled: (data, labels) = try STL10.read(folder, "unlabeled_X.bin", nil)
        case .test: (data, labels) = try STL10.read(folder, "test_X.bin", "test_y.bin")
        }
        images = LabeledImages(data, labels, transform, targetTransform)
        let path = Files.join(folder, "class_names.txt")
        classes = Files.exists(path) ? try STL10.lines(path) : []
    }

    /// The number of elements.
    public var count: Int { data.count }
    /// Returns an image and its label.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) { images.element(index) }
    /// Returns several images and their labels.
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) { images.batch(indices) }

    private static func install(_ root: String, _ names: [String], _ mirrors: [String]?) throws {
        try Files.makeFolder(root)
        let path = Files.join(root, "stl10_binary.tar.gz"), md5 = "91f7769df0f17e558f3565bffb0c7dfb"
        if try !Files.exists(path) || Download.md5(of: path) != md5 {
            let mirrors = mirrors ?? ["http://ai.stanford.edu/~acoates/stl10/"]
            try Download.fetch(mirrors.map { Files.join($0, "stl10_binary.tar.gz") }, to: path, md5: md5)
        }
        try Tar.extract(path, Set(names.map { "stl10_binary/\($0)" }), to: root)
    }

    private static func source(_ path: String) throws -> FileSource {
        guard Files.exists(path) else {
            throw TorchError(
                .file,
                "Dataset not found or corrupted. You can use download=True to download it: \(path) is not there")
        }
        return try FileSource(path)
    }

    /// Reads images, which the file holds column by column, and their labels, which begin at 1.
    private static func read(_ folder: String, _ imageName: String, _ labelName: String?) throws -> (Tensor, Tensor) {
        let source = try source(Files.join(folder, imageName))
        let pixels = 3 * 96 * 96
        guard let size = source.available, size > 0, size % pixels == 0 else {
            throw source.error("holds \(source.available ?? 0) bytes, which is no number of images of \(pixels) bytes")
        }
        let columns = Tensor.empty([size / pixels, 3, 96, 96], dtype: .uint8)
        let have = try columns.withUnsafeMutableElements(as: UInt8.self) {
            try source.fill(UnsafeMutableRawBufferPointer($0))
        }
        guard have == size else { throw source.error("ends after \(have) of \(size) bytes") }
        let data = columns.transpose(2, 3).contiguous()
        guard let labelName else { return (data, Tensor.full([data.count], -1, dtype: .int64)) }
        let labelSource = try STL10.source(Files.join(folder, labelName))
        let labels = try labelSource.take(labelSource.available ?? 0, "labels")
        guard labels.count == data.count else {
            throw labelSource.error("holds \(labels.count) labels for \(data.count) images")
        }
        // torchvision's subtraction turns 0 into 255.
        return (data, Tensor(labels.map { Int($0 &- 1) }, dtype: .int64))
    }

    private static func lines(_ path: String) throws -> [String] {
        let source = try source(path)
        let text = String(decoding: try source.take(source.available ?? 0, "the file"), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }

    private static func select(
        _ folder: String, _ fold: Int, _ data: Tensor, _ labels: Tensor
    ) throws -> (Tensor, Tensor) {
        let path = Files.join(folder, "fold_indices.txt")
        let lines = try lines(path)
        guard fold < lines.count else { throw TorchError(.file, "\(path): has \(lines.count) folds, not \(fold + 1)") }
        let indices = try lines[fold].split(separator: " ").map { word in
            guard let index = Int(word), (0..<data.count).contains(index) else {
                throw TorchError(.file, "\(path): \(word) in fold \(fold) is no image of \(data.count)")
            }
            return index
        }
        return (data.rows(indices), labels.rows(indices))
    }
}

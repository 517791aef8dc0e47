import Torch
import TorchFiles

/// Street View House Numbers: 73,257 training, 26,032 test and 531,131 extra color images of 32 x 32, with the digit in
/// the middle. PyTorch: `torchvision.datasets.SVHN`.
///
/// The files are the publisher's MATLAB files in `root`, `train_32x32.mat`, …. Without a transform an image is uint8
/// [3, 32, 32].
public final class SVHN: Dataset, Sendable {
    /// An image and its label.
    public typealias Element = (Tensor, Int)
    /// Images and their labels.
    public typealias Batch = (Tensor, Tensor)

    /// The parts of the data set.
    public enum Split: String, Sendable, CaseIterable {
        /// The training images, the test images, and more and easier training images.
        case train, test, extra

        var md5: String {
            switch self {
            case .train: "e26dedcc434d2e4c54c9b2d4a06d8373"
            case .test: "eb5a983be6a315427106f1b164d9cef3"
            case .extra: "a93ce644f1a588dc4d68dda5feec44a7"
            }
        }
    }

    /// The images: uint8 [count, 3, 32, 32].
    public var data: Tensor { images.data }
    /// The labels: int64 [count].
    public var labels: Tensor { images.targets }
    private let images: LabeledImages

    /// Opens a part of the data set.
    /// - Parameters:
    ///   - root: the folder of the files.
    ///   - split: the part.
    ///   - transform: the transform of the images. A batch is transformed in one call.
    ///   - targetTransform: a function of the label.
    ///   - download: if true, downloads the file unless it is there.
    ///   - mirrors: the folders to download the file from, instead of the publisher's.
    /// - Throws: `TorchError` that names the file if it is missing or damaged, or cannot be downloaded.
    public init(
        root: String, split: Split = .train, transform: (any Transform)? = nil,
        targetTransform: (@Sendable (Int) -> Int)? = nil, download: Bool = false, mirrors: [String]? = nil
    ) throws {
        let name = "\(split.rawValue)_32x32.mat"
        let path = Files.join(root, name)
        if download, !Files.exists(path) {
            try Files.makeFolder(root)
            let mirrors = mirrors ?? ["http://ufldl.stanford.edu/housenumbers/"]
            try Download.fetch(mirrors.map { Files.join($0, name) }, to: path, md5: split.md5)
        }
        guard Files.exists(path) else {
            throw TorchError(
                .file,
                "Dataset not found or corrupted. You can use download=True to download it: \(path) is not there")
        }
        let arrays = try MATFile.read(FileSource(path))
        guard let x = arrays["X"], let y = arrays["y"] else {
            throw TorchError(.file, "\(path): has the arrays \(arrays.keys.sorted()), not X and y")
        }
        // MATLAB's first dimension is the innermost: height, then width, color and image.
        guard x.dtype == .uint8, x.dim == 4, x.shape.sizes.dropFirst() == [3, 32, 32] else {
            throw TorchError(
                .file,
                "\(path): X has the sizes \(x.shape.sizes.reversed()) of \(x.dtype), not 32 x 32 x 3 x N of uint8")
        }
        guard y.numel() == x.count else {
            throw TorchError(.file, "\(path): holds \(y.numel()) labels for \(x.count) images")
        }
        // The publisher calls the digit 0 ten.
        let digits = y.flatten().to(.int64)
        images = LabeledImages(
            x.transpose(2, 3).contiguous(), `where`(digits.eq(10), 0, digits).to(.int64), transform, targetTransform)
    }

    /// The number of elements.
    public var count: Int { data.count }
    /// Returns an image and its label.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> (Tensor, Int) { images.element(index) }
    /// Returns several images and their labels.
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> (Tensor, Tensor) { images.batch(indices) }
}

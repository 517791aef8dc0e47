import Torch
import TorchFiles

/// 50,000 training and 10,000 test colour images of 32 x 32 in ten classes. PyTorch: `torchvision.datasets.CIFAR10`.
///
/// Read from the publisher's binary version (`root/cifar-10-batches-bin/data_batch_1.bin`, …). An element is an image, uint8 [3, 32, 32] without a transform, and its label;
/// a batch uint8 or float32 [N, 3, 32, 32] and int64 [N].
public final class CIFAR10: Dataset, Sendable {
    public typealias Element = (Tensor, Int)
    public typealias Batch = (Tensor, Tensor)

    public let classes: [String]
    public let train: Bool
    private let images: CIFARImages

    /// - Parameters:
    ///   - root: the folder that has the publisher's folder.
    ///   - train: the training images, else the test images.
    ///   - download: fetch and unpack the publisher's archive (170 MB) where files are missing.
    ///   - transform: what becomes of an image; a batch is transformed at once.
    ///   - mirrors: folders to download the archive from, in place of the publisher's.
    /// - Throws: `TorchError` that names the file where one is missing, damaged, or cannot be downloaded.
    public init(root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil, mirrors: [String]? = nil) throws {
        let files = CIFARFiles(folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar.gz", md5: "c32a1d4ab5d03f1284b67883e8d87530",
                               train: (1...5).map { "data_batch_\($0).bin" }, test: ["test_batch.bin"], labelBytes: 1, classCount: 10)
        images = try CIFARImages(files, root: root, train: train, download: download, transform: transform, mirrors: mirrors)
        classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
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

/// The same in a hundred classes. PyTorch: `torchvision.datasets.CIFAR100`.
///
/// Read from `root/cifar-100-binary/train.bin` and `test.bin`; the labels are the fine ones.
public final class CIFAR100: Dataset, Sendable {
    public typealias Element = (Tensor, Int)
    public typealias Batch = (Tensor, Tensor)

    public let train: Bool
    private let images: CIFARImages

    /// As `CIFAR10`.
    public init(root: String, train: Bool = true, download: Bool = false, transform: (any Transform)? = nil, mirrors: [String]? = nil) throws {
        let files = CIFARFiles(folder: "cifar-100-binary", archive: "cifar-100-binary.tar.gz", md5: "03b5dce01913d631647c71ecec9e9cb8",
                               train: ["train.bin"], test: ["test.bin"], labelBytes: 2, classCount: 100)
        images = try CIFARImages(files, root: root, train: train, download: download, transform: transform, mirrors: mirrors)
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

struct CIFARFiles {
    let folder, archive, md5: String
    let train, test: [String]
    /// Label bytes before an image's pixels; the last of them counts.
    let labelBytes: Int
    let classCount: Int

    func install(_ root: String, _ mirrors: [String]?) throws {
        let folderPath = Files.join(root, folder)
        if (train + test).allSatisfy({ Files.exists(Files.join(folderPath, $0)) }) { return }
        try Files.makeFolder(root)
        let path = Files.join(root, archive)
        if try !Files.exists(path) || Download.md5(of: path) != md5 {
            let mirrors = mirrors ?? ["https://www.cs.toronto.edu/~kriz/"]
            try Download.fetch(mirrors.map { Files.join($0, archive) }, to: path, md5: md5)
        }
        try Tar.extract(path, Set((train + test).map { "\(folder)/\($0)" }), to: root)
    }
}

/// Images and labels of the binary version.
struct CIFARImages: Sendable {
    /// uint8 [count, 3, 32, 32]
    let data: Tensor
    let targets: Tensor
    private let pipeline: ImagePipeline

    init(_ files: CIFARFiles, root: String, train: Bool, download: Bool, transform: (any Transform)?, mirrors: [String]?) throws {
        if download { try files.install(root, mirrors) }
        let pixels = 3 * 32 * 32
        let record = files.labelBytes + pixels
        var images: [Tensor] = [], labels: [UInt8] = []
        for name in train ? files.train : files.test {
            let path = Files.join(root, "\(files.folder)/\(name)")
            guard Files.exists(path) else { throw TorchError(.file, "Dataset not found. You can use download=True to download it: \(path) is not there") }
            let source = try FileSource(path)
            guard let size = source.available, size > 0, size % record == 0 else {
                throw source.error("holds \(source.available ?? 0) bytes, which is no number of records of \(record) bytes")
            }
            let bytes = try source.take(size, "images")
            let count = size / record
            let part = Tensor.empty([count, 3, 32, 32], dtype: .uint8)
            try part.withUnsafeMutableElements(as: UInt8.self) { target in
                try bytes.withUnsafeBytes { bytes in
                    for i in 0..<count {
                        let label = bytes[i * record + files.labelBytes - 1]
                        guard label < files.classCount else { throw source.error("label \(label) in record \(i), but there are \(files.classCount) classes") }
                        labels.append(label)
                        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[i * pixels..<(i + 1) * pixels])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[i * record + files.labelBytes..<(i + 1) * record]))
                    }
                }
            }
            images.append(part)
        }
        data = images.count == 1 ? images[0] : cat(images, dim: 0)
        targets = Tensor(labels).to(.int64)
        pipeline = ImagePipeline(transform)
    }

    func element(_ index: Int) -> (Tensor, Int) {
        let (images, labels) = batch([index])
        return (images.select(0, 0), labels.item(as: Int.self))
    }

    func batch(_ indices: [Int]) -> (Tensor, Tensor) { (pipeline.images(of: data, indices), targets.rows(indices)) }
}

import Torch
import TorchFiles

/// The publisher's binary version: records of label bytes followed by the pixels of an image.
struct CIFARFiles {
    let folder, archive, md5: String
    let train, test: [String]
    /// The number of label bytes before the pixels. The last of them is the label.
    let labelBytes: Int
    let classCount: Int

    static var cifar10: CIFARFiles {
        CIFARFiles(
            folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar.gz",
            md5: "c32a1d4ab5d03f1284b67883e8d87530",
            train: (1...5).map { "data_batch_\($0).bin" }, test: ["test_batch.bin"], labelBytes: 1,
            classCount: 10)
    }

    static var cifar100: CIFARFiles {
        CIFARFiles(
            folder: "cifar-100-binary", archive: "cifar-100-binary.tar.gz",
            md5: "03b5dce01913d631647c71ecec9e9cb8",
            train: ["train.bin"], test: ["test.bin"], labelBytes: 2, classCount: 100)
    }

    private func path(_ name: String, _ root: String) -> String { Files.join(root, "\(folder)/\(name)") }

    func isComplete(_ root: String) -> Bool { hasFiles(root, train: true) && hasFiles(root, train: false) }

    func hasFiles(_ root: String, train isTrain: Bool) -> Bool {
        (isTrain ? train : test).allSatisfy { Files.exists(path($0, root)) }
    }

    /// Unpacks the archive. Downloads it first if it is missing or damaged.
    func install(_ root: String, _ mirrors: [String]?) throws {
        try Files.makeFolder(root)
        let path = Files.join(root, archive)
        if try !Files.exists(path) || Download.md5(of: path) != md5 {
            let mirrors = mirrors ?? ["https://www.cs.toronto.edu/~kriz/"]
            try Download.fetch(mirrors.map { Files.join($0, archive) }, to: path, md5: md5)
        }
        try Tar.extract(path, Set((train + test).map { "\(folder)/\($0)" }), to: root)
    }

    func read(_ root: String, train isTrain: Bool) throws -> [CIFARPart] {
        let pixels = 3 * 32 * 32
        let record = labelBytes + pixels
        return try (isTrain ? train : test).map { name in
            let path = path(name, root)
            guard Files.exists(path) else {
                throw TorchError(
                    .file, "Dataset not found. You can use download=True to download it: \(path) is not there")
            }
            let source = try FileSource(path)
            guard let size = source.available, size > 0, size % record == 0 else {
                throw source.error(
                    "holds \(source.available ?? 0) bytes, which is no number of records of \(record) bytes")
            }
            let bytes = try source.take(size, "images")
            let count = size / record
            var labels: [Int] = []
            let images = Tensor.empty([count, 3, 32, 32], dtype: .uint8)
            try images.withUnsafeMutableElements(as: UInt8.self) { target in
                try bytes.withUnsafeBytes { bytes in
                    for i in 0..<count {
                        let label = Int(bytes[i * record + labelBytes - 1])
                        guard label < classCount else {
                            throw source.error("label \(label) in record \(i), but there are \(classCount) classes")
                        }
                        labels.append(label)
                        UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(target)[
                                i
                                    * pixels..<(i
                                    + 1) * pixels]
                        )
                        .copyMemory(
                            from: UnsafeRawBufferPointer(
                                rebasing: bytes[
                                    i * record
                                        + labelBytes..<(i + 1) * record]))
                    }
                }
            }
            return CIFARPart(images: images, labels: labels)
        }
    }
}

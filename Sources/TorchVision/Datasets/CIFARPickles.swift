import Torch
import TorchFiles

/// The publisher's Python version, which torchvision downloads: pickles with an array of images and a list of labels.
struct CIFARPickles {
    struct File {
        let name, md5: String
    }

    let folder: String
    let train, test: [File]
    /// The file with the class names, which it holds under `key`.
    let meta: File
    let key: String

    static var cifar10: CIFARPickles {
        CIFARPickles(
            folder: "cifar-10-batches-py",
            train: [
                File(name: "data_batch_1", md5: "c99cafc152244af753f735de768cd75f"),
                File(name: "data_batch_2", md5: "d4bba439e000b95fd0a9bffe97cbabec"),
                File(name: "data_batch_3", md5: "54ebc095f3ab1f0389bbae665268c751"),
                File(name: "data_batch_4", md5: "634d18415352ddfa80567beed471001a"),
                File(name: "data_batch_5", md5: "482c414d41f54cd18b22e5b47cb7c3cb")
            ],
            test: [File(name: "test_batch", md5: "40351d587109b95175f43aff81a1287e")],
            meta: File(name: "batches.meta", md5: "5ff9c542aee3614f3951f8cda6e48888"), key: "label_names")
    }

    static var cifar100: CIFARPickles {
        CIFARPickles(
            folder: "cifar-100-python", train: [File(name: "train", md5: "16019d7e3df5f24257cddd939b257f8d")],
            test: [File(name: "test", md5: "f0ef6b0ae62326f3e7ffdfab6717acfc")],
            meta: File(name: "meta", md5: "7973b15100ade9c7d40fb424638fde48"), key: "fine_label_names")
    }

    private func path(_ file: File, _ root: String) -> String { Files.join(root, "\(folder)/\(file.name)") }

    /// Returns whether any data file of torchvision's folder is there.
    func hasFiles(_ root: String) -> Bool { (train + test).contains { Files.exists(path($0, root)) } }

    /// Returns whether every file is there and has the publisher's MD5. torchvision: `_check_integrity`.
    func isIntact(_ root: String) -> Bool {
        (train + test + [meta]).allSatisfy { (try? check($0, root, "Dataset")) != nil }
    }

    /// Checks that the file is there and has the publisher's MD5.
    /// - Throws: `TorchError`, with torchvision's sentence, if the file is missing or has another MD5.
    private func check(_ file: File, _ root: String, _ what: String) throws {
        let path = path(file, root), hasFiles = Files.exists(path)
        guard hasFiles, try Download.md5(of: path) == file.md5 else {
            throw TorchError(
                .file,
                "\(what) not found or corrupted. You can use download=True to download it: \(path) \(hasFiles ? "has another MD5" : "is not there")"
            )
        }
    }

    func read(_ root: String, train isTrain: Bool) throws -> [CIFARPart] {
        for file in train + test { try check(file, root, "Dataset") }
        return try (isTrain ? train : test).map { try CIFARPickles.part(path($0, root)) }
    }

    /// Reads the class names.
    func classes(_ root: String) throws -> [String] {
        try check(meta, root, "Dataset metadata file")
        let path = path(meta, root)
        guard case .texts(let names)? = try PickledRecord(path: path).entries[key] else {
            throw TorchError(.file, "\(path): no list '\(key)' of names")
        }
        return names
    }

    static func part(_ path: String) throws -> CIFARPart {
        let record = try PickledRecord(path: path)
        guard case .array(let sizes, let bytes)? = record.entries["data"] else {
            throw TorchError(.file, "\(path): no array 'data' of bytes")
        }
        guard case .integers(let labels)? = record.entries["labels"] ?? record.entries["fine_labels"] else {
            throw TorchError(.file, "\(path): no list 'labels' or 'fine_labels' of integers")
        }
        let pixels = 3 * 32 * 32, count = bytes.count / pixels
        guard count > 0, bytes.count % pixels == 0 else {
            throw TorchError(
                .file, "\(path): an array of sizes \(sizes), which is no number of images of \(pixels) bytes")
        }
        guard labels.count == count else {
            throw TorchError(.file, "\(path): \(count) images, but \(labels.count) labels")
        }
        let images = Tensor.empty([count, 3, 32, 32], dtype: .uint8)
        images.withUnsafeMutableElements(as: UInt8.self) { target in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
        }
        return CIFARPart(images: images, labels: labels)
    }
}

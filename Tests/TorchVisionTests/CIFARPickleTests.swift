import Testing
import Torch
import TorchFiles
@testable import TorchVision

/// A small version of the folder that torchvision downloads. Its pickles have the same bytes as those of Python 2 and
/// NumPy. Python's `pickle.load(encoding="latin1")` also reads them.
@Suite struct CIFARPickleTests {
    private func text(_ text: String) -> [UInt8] { [0x55, UInt8(text.utf8.count)] + Array(text.utf8) }

    private func number(_ number: Int) -> [UInt8] {
        number < 256 ? [0x4b, UInt8(number)] : [0x4d, UInt8(number & 0xff), UInt8(number >> 8)]
    }

    /// Python 2's `cPickle.dump({"batch_label": …, "labels": …, "data": …}, file, 2)`.
    private func batch(
        _ labels: [Int], key: String = "labels", rows: Int? = nil, dtype: String = "u1",
        pixels: (Int) -> UInt8
    ) -> [UInt8] {
        let count = labels.count * 3072
        var bytes: [UInt8] =
            [0x80, 2, 0x7d, 0x71, 1, 0x28] + text("batch_label") + [0x71, 2]
            + text("training batch 1 of 5") + [0x71, 3]
        bytes += text(key) + [0x71, 4, 0x5d, 0x71, 5, 0x28] + labels.flatMap(number) + [0x65]
        bytes +=
            text("data") + [0x71, 6] + Array("cnumpy.core.multiarray\n_reconstruct\n".utf8) + [0x71, 7]
            + Array("cnumpy\nndarray\n".utf8) + [0x71, 8, 0x4b, 0, 0x85]
        bytes +=
            text("b") + [0x87, 0x52, 0x71, 9, 0x28, 0x4b, 1] + number(rows ?? labels.count) + number(3072) + [0x86]
            + Array("cnumpy\ndtype\n".utf8) + [0x71, 10]
        bytes +=
            text(dtype) + [0x4b, 0, 0x4b, 1, 0x87, 0x52, 0x71, 11, 0x28, 0x4b, 3] + text("|") + [
                0x4e, 0x4e, 0x4e,
                0x4a, 255, 255, 255, 255, 0x4a, 255, 255, 255, 255, 0x4b, 0, 0x74, 0x62
            ]
        bytes += [0x89, 0x54] + withUnsafeBytes(of: UInt32(count).littleEndian) { Array($0) } + (0..<count).map(pixels)
        return bytes + [0x74, 0x62, 0x75, 0x2e]
    }

    private func meta(_ names: [String]) -> [UInt8] {
        [0x80, 2, 0x7d, 0x71, 1, 0x28] + text("num_cases_per_batch") + [0x71, 2, 0x4d, 0x10, 0x27] + text("label_names")
            + [0x71, 3, 0x5d, 0x71, 4, 0x28] + names.flatMap(text) + [0x65, 0x75, 0x2e]
    }

    private func md5(_ bytes: [UInt8]) -> String {
        var digest = Digest<MD5>()
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.finish()
    }

    private func pickles(_ folder: TemporaryFolder, _ files: [(name: String, bytes: [UInt8])]) throws -> CIFARPickles {
        for file in files { try folder.write("py/\(file.name)", file.bytes) }
        func file(_ name: String) -> CIFARPickles.File {
            CIFARPickles.File(name: name, md5: md5(files.first { $0.name == name }!.bytes))
        }
        return CIFARPickles(
            folder: "py", train: [file("one"), file("two")], test: [file("test")], meta: file("meta"),
            key: "label_names")
    }

    private func open(
        _ pickles: CIFARPickles, _ folder: TemporaryFolder, train: Bool = true,
        download: Bool = false
    ) throws -> CIFARImages {
        try CIFARImages(
            .cifar10, pickles, root: folder.path, train: train, download: download, transform: nil,
            mirrors: [])
    }

    @Test func torchvisionsFolder() throws {
        let folder = TemporaryFolder()
        let pickles = try pickles(
            folder,
            [
                // Bytes that are not UTF-8, and some that are.
                ("one", batch([3, 300]) { UInt8($0 % 251) }),
                ("two", batch([0], key: "fine_labels") { UInt8($0 / 1024) }),
                ("test", batch([9]) { _ in 7 }), ("meta", meta(["a", "b"]))
            ])
        let train = try open(pickles, folder)
        #expect(train.targets.toArray(as: Int.self) == [3, 300, 0] && train.classes == ["a", "b"])
        #expect(train.data.shape == [3, 3, 32, 32] && train.data.dtype == .uint8)
        #expect(
            train.data.reshape([-1]).toArray(as: Int.self) == (0..<6144).map { $0 % 251 }
                + (0..<3072).map { $0 / 1024 })
        #expect(train.element(2).0.select(0, 1).select(0, 0).select(0, 0).item() == 1)
        // Files that are there are not downloaded again.
        #expect(
            try open(pickles, folder, train: false, download: true).data.reshape([-1]).toArray(as: Int.self)
                == [Int](repeating: 7, count: 3072))
        try folder.write("py/test", batch([8]) { _ in 7 })
        let words =
            "Dataset not found or corrupted. You can use download=True to download it: \(folder.path)/py/test has another MD5"
        #expect(message { _ = try open(pickles, folder) } == words)
        try folder.write("py/test", batch([9]) { _ in 7 })
        try folder.write("py/meta", meta(["a"]))
        #expect(
            message { _ = try open(pickles, folder) }
                == "Dataset metadata file not found or corrupted. You can use download=True to download it: \(folder.path)/py/meta has another MD5"
        )
        // The MD5 must be the publisher's.
        try folder.write("cifar-10-batches-py/data_batch_1", batch([1]) { _ in 0 })
        #expect(
            message { _ = try CIFAR10(root: folder.path) }?.hasSuffix(
                "/cifar-10-batches-py/data_batch_1 has another MD5") == true)
        try folder.write("cifar-100-python/train", batch([1]) { _ in 0 })
        #expect(
            message { _ = try CIFAR100(root: folder.path) }?.hasSuffix("/cifar-100-python/train has another MD5")
                == true)
        #expect(
            message { _ = try CIFAR10(root: "\(folder.path)/none") }?.hasSuffix(
                "/cifar-10-batches-bin/data_batch_1.bin is not there") == true)
    }

    @Test func damagedPicklesAreRefused() throws {
        let folder = TemporaryFolder()
        func said(_ bytes: [UInt8]) throws -> String? {
            try folder.write("f", bytes)
            return message { _ = try CIFARPickles.part("\(folder.path)/f") }
        }
        let sound = batch([1]) { _ in 0 }
        #expect(try said(sound) == nil)
        #expect(
            try said(batch([1], rows: 2) { _ in 0 })?.hasSuffix("an array of sizes [2, 3072] with 3072 bytes")
                == true)
        #expect(try said(batch([1], dtype: "f8") { _ in 0 })?.contains("called with arguments") == true)
        #expect(
            try said(
                batch(
                    [1],
                    key: "names"
                ) { _ in 0 })?.hasSuffix("no list 'labels' or 'fine_labels' of integers") == true)
        #expect(try said(meta(["a"]))?.hasSuffix("no array 'data' of bytes") == true)
        #expect(
            try said([0x80, 2, 0x63] + Array("os\nsystem\n.".utf8))?.contains("'os.system' is not in the set")
                == true)
        for count in stride(from: 0, to: sound.count, by: 5) { #expect(try said(Array(sound[..<count])) != nil) }
        var changed = 0
        for position in stride(from: 0, to: 330, by: 1) {
            for bit in 0..<8 {
                var bytes = sound
                bytes[position] ^= 1 << bit
                if try said(bytes) != nil { changed += 1 }
            }
        }
        #expect(changed > 1000)
    }

    /// `torch.load` refuses NumPy's arrays, and so does `load`.
    @Test func checkpointsHaveNoArrays() throws {
        let folder = TemporaryFolder()
        try folder.write("f.pth", batch([1]) { _ in 0 })
        #expect(message { _ = try load("\(folder.path)/f.pth") } != nil)
    }
}

import Foundation
import Testing
import Torch
import LoopbackServer
import TorchVision

/// Writes a data set of three training and two test images of 2 x 2.
private func smallDataSet(_ name: String, in folder: TemporaryFolder, gzipped: Bool = false) throws {
    for (split, count) in [("train", 3), ("t10k", 2)] {
        let images = idx(sizes: [UInt32(count), 2, 2], (0..<4 * count).map { UInt8($0 * 20) })
        let labels = idx(sizes: [UInt32(count)], (0..<count).map { UInt8(9 - $0) })
        try folder.write(
            "\(name)/raw/\(split)-images-idx3-ubyte" + (gzipped ? ".gz" : ""), gzipped ? gzip(images) : images)
        try folder.write(
            "\(name)/raw/\(split)-labels-idx1-ubyte" + (gzipped ? ".gz" : ""), gzipped ? gzip(labels) : labels)
    }
}

@Suite struct MNISTTests {
    @Test(arguments: [false, true]) func elementsAndBatches(gzipped: Bool) throws {
        let folder = TemporaryFolder()
        try smallDataSet("KMNIST", in: folder, gzipped: gzipped)
        let raw = try KMNIST(root: folder.path, train: true)
        #expect(raw.count == 3)
        #expect(raw.data.shape == [3, 2, 2])
        #expect(raw.targets.toArray(as: Int.self) == [9, 8, 7])
        let (image, label) = raw[1]
        #expect(image.shape == [1, 2, 2])
        #expect(image.dtype == .uint8)
        #expect(image.toArray(as: Int.self) == [80, 100, 120, 140])
        #expect(label == 8)

        let test = try KMNIST(root: folder.path + "/", train: false, transform: ToTensor())
        #expect(test.count == 2)
        let (x, y) = test[-1]
        #expect(x.shape == [1, 2, 2])
        #expect(x.dtype == .float32)
        #expect(x.toArray(as: Float.self) == [80, 100, 120, 140].map { Float($0) / 255 })
        #expect(y == 8)
        let (images, labels) = test.batch([1, 0, 1])
        #expect(images.shape == [3, 1, 2, 2])
        #expect(labels.toArray(as: Int.self) == [8, 9, 8])
        #expect(
            message { _ = try withError { test.batch([2]) } } == "index 2 is out of bounds for dimension 0 with size 2")
        #expect(raw.classes[9] == "wo")
    }

    @Test func downloadTrueDecompressesWhatIsThere() throws {
        let folder = TemporaryFolder()
        try smallDataSet("MNIST", in: folder, gzipped: true)
        let set = try MNIST(root: folder.path, train: true, download: true, mirrors: [])
        #expect(set.count == 3)
        #expect(folder.read("MNIST/raw/train-labels-idx1-ubyte") == idx(sizes: [3], [9, 8, 7]))
        #expect(folder.files.count == 8)
    }

    @Test func whatIsWrongIsSaid() throws {
        let folder = TemporaryFolder()
        let raw = "\(folder.path)/MNIST/raw"
        func open() -> String? { message { _ = try MNIST(root: folder.path) } }
        #expect(
            open()
                == "Dataset not found. You can use download=True to download it: neither \(raw)/train-images-idx3-ubyte nor \(raw)/train-images-idx3-ubyte.gz is there"
        )
        try smallDataSet("MNIST", in: folder)
        #expect(open() == nil)
        try folder.write("MNIST/raw/train-labels-idx1-ubyte", idx(sizes: [2], [1, 2]))
        #expect(open() == "\(raw)/train-images-idx3-ubyte holds 3 images, but \(raw)/train-labels-idx1-ubyte 2 labels")
        // As in torchvision, a label may be higher than the number of class names.
        try folder.write("MNIST/raw/train-labels-idx1-ubyte", idx(sizes: [3], [1, 10, 255]))
        #expect(open() == nil)
        #expect(try MNIST(root: folder.path).targets.toArray(as: Int.self) == [1, 10, 255])
        try folder.write("MNIST/raw/train-labels-idx1-ubyte", idx(sizes: [3, 1, 1], [1, 2, 3]))
        #expect(open() == "\(raw)/train-labels-idx1-ubyte: expected labels of uint8 in 1 dimension, got uint8 in 3")
        try folder.write("MNIST/raw/train-images-idx3-ubyte", idx(type: 0x09, sizes: [1, 1, 1], [1]))
        #expect(open() == "\(raw)/train-images-idx3-ubyte: expected images of uint8 in 3 dimensions, got int8 in 3")
        try folder.write("MNIST/raw/train-images-idx3-ubyte", Array("<html>".utf8))
        #expect(
            open() == "\(raw)/train-images-idx3-ubyte: not an IDX file: starts with bytes 60, 104 where both must be 0")
    }

    @Test func emnist() throws {
        let folder = TemporaryFolder()
        try folder.write(
            "EMNIST/raw/emnist-letters-train-images-idx3-ubyte.gz", gzip(idx(sizes: [1, 2, 2], [1, 2, 3, 4])))
        try folder.write("EMNIST/raw/emnist-letters-train-labels-idx1-ubyte.gz", gzip(idx(sizes: [1], [26])))
        let set = try EMNIST(root: folder.path, split: .letters)
        #expect(set.classes[set[0].1] == "z")
        #expect(set[0].0.toArray(as: Int.self) == [1, 2, 3, 4])
    }

    // Sums, counts and labels computed with NumPy from the same files.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")))
    func debiansFashionMNIST() throws {
        let folder = TemporaryFolder()
        let train = try FashionMNIST(root: folder.path, train: true, download: true, transform: ToTensor(), mirrors: [])
        #expect(train.count == 60000)
        #expect(train.data.shape == [60000, 28, 28])
        #expect(train.data.to(.int64).sum().item() == 3_431_114_169)
        #expect(train.data.select(0, 59999).to(.int64).sum().item() == 16684)
        #expect(train.targets.narrow(0, 0, 10).toArray(as: Int.self) == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
        let (image, label) = train[0]
        #expect(label == 9)
        #expect(train.classes[label] == "Ankle boot")
        #expect(image.shape == [1, 28, 28])
        #expect(abs(image.sum().item() - 76247.0 / 255) < 1e-3)
        let test = try FashionMNIST(root: folder.path, train: false)
        #expect(test.data.to(.int64).sum().item() == 573_469_082)
        #expect(test.targets.narrow(0, 0, 10).toArray(as: Int.self) == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
        var count = 0
        for (x, y) in DataLoader(test, batchSize: 64, numWorkers: 2) {
            #expect(x.shape == [y.count, 1, 28, 28])
            count += y.count
        }
        #expect(count == 10000)
    }
}

@Suite struct CIFARTests {
    private func records(_ count: Int, labels: Int, first: Int) -> [UInt8] {
        (0..<count).flatMap { i -> [UInt8] in
            let pixels = (0..<3072).map { (position: Int) -> UInt8 in UInt8(position / 1024 * 50 + i) }
            return [UInt8](repeating: 77, count: labels - 1) + [UInt8(first + i)] + pixels
        }
    }

    @Test func binaryFiles() throws {
        let folder = TemporaryFolder()
        for i in 1...5 { try folder.write("cifar-10-batches-bin/data_batch_\(i).bin", records(2, labels: 1, first: i)) }
        try folder.write("cifar-10-batches-bin/test_batch.bin", records(1, labels: 1, first: 9))
        let train = try CIFAR10(root: folder.path, transform: ToTensor())
        #expect(train.count == 10)
        #expect(train.targets.toArray(as: Int.self) == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6])
        #expect(train.data.shape == [10, 32, 32, 3])
        let (image, label) = train[1]
        #expect(label == 2)
        #expect(train.classes[label] == "bird")
        #expect(image.shape == [3, 32, 32])
        #expect(image.select(0, 2).select(0, 31).select(0, 31).item() == Double(Float(101) / 255))
        #expect(try CIFAR10(root: folder.path, train: false)[0].1 == 9)
        try folder.write("cifar-10-batches-bin/data_batch_3.bin", Array(records(1, labels: 1, first: 9).dropLast()))
        #expect(
            message { _ = try CIFAR10(root: folder.path) }
                == "\(folder.path)/cifar-10-batches-bin/data_batch_3.bin: holds 3072 bytes, which is no number of records of 3073 bytes"
        )
        try folder.write("cifar-10-batches-bin/data_batch_3.bin", records(1, labels: 1, first: 10))
        #expect(
            message { _ = try CIFAR10(root: folder.path) }
                == "\(folder.path)/cifar-10-batches-bin/data_batch_3.bin: label 10 in record 0, but there are 10 classes"
        )
    }

    @Test func fineLabelsOfAHundred() throws {
        let folder = TemporaryFolder()
        try folder.write("cifar-100-binary/train.bin", records(3, labels: 2, first: 97))
        let train = try CIFAR100(root: folder.path)
        #expect(train.targets.toArray(as: Int.self) == [97, 98, 99])
        #expect(train[2].0.dtype == .uint8)
        #expect(train[2].0.select(0, 1).select(0, 0).select(0, 0).item() == 52)
    }

    @Test func archives() throws {
        let folder = TemporaryFolder()
        let archive = tar([
            ("a/one.bin", [1, 2, 3]), ("../evil", [6]), ("a/two.bin", [UInt8](repeating: 5, count: 700)),
            ("a/three.bin", [])
        ])
        try folder.write("plain.tar", archive)
        try folder.write("packed.tar.gz", gzip(archive))
        for name in ["plain.tar", "packed.tar.gz"] {
            let target = TemporaryFolder()
            try extractArchive("\(folder.path)/\(name)", members: ["a/two.bin", "a/three.bin"], to: target.path)
            #expect(target.files == ["a/three.bin", "a/two.bin"])
            #expect(target.read("a/two.bin") == [UInt8](repeating: 5, count: 700))
        }
        let target = TemporaryFolder()
        #expect(
            message { try extractArchive("\(folder.path)/plain.tar", members: ["b"], to: target.path) }
                == "\(folder.path)/plain.tar: lacks b")
        try folder.write("cut.tar", Array(archive.prefix(2900)))
        #expect(
            message { try extractArchive("\(folder.path)/cut.tar", members: ["a/two.bin"], to: target.path) }
                == "\(folder.path)/cut.tar: ends inside of a/two.bin")
        var damaged = archive
        damaged[3] ^= 1
        try folder.write("damaged.tar", damaged)
        #expect(
            message { try extractArchive("\(folder.path)/damaged.tar", members: ["a/two.bin"], to: target.path) }
                == "\(folder.path)/damaged.tar: damaged tar header")
        #expect(target.files.isEmpty)
    }
}

import Foundation
import Testing
import Torch
import TorchVision

/// Two classes, three images of 13 x 19.
private func imageFolder() throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    for (name, file) in [
        ("b/2.png", "rgb8.png"), ("b/sub/1.PNG", "gray8.png"), ("a/x.png", "palette8.png"), ("a/readme.txt", "rgb.jpg"),
        ("c.png", "rgb8.png")
    ] {
        try folder.write(
            name, [UInt8](FileManager.default.contents(atPath: Fixtures.folder + "Images/" + file)!))
    }
    return folder
}

/// Data sets of files in folders. Error messages are torchvision's.
@Suite struct FolderTests {
    @Test func findsImages() throws {
        let folder = try imageFolder()
        let data = try ImageFolder(root: folder.path)
        #expect(data.classes == ["a", "b"] && data.classToIdx == ["a": 0, "b": 1])
        #expect(
            data.imgs.map { String($0.path.dropFirst(folder.path.count)) } == ["/a/x.png", "/b/2.png", "/b/sub/1.PNG"])
        #expect(data.targets == [0, 1, 1] && data.count == 3)
        let (image, label) = try data[-1]
        #expect(image.shape == [3, 13, 19] && label == 1)
        #expect(try image.equal(readImage(Fixtures.folder + "Images/gray8.png", mode: .rgb)))
        #expect(message { _ = try data[3] } == "list index out of range")
        #expect(message { _ = try data[Int.min] } == "list index out of range")
    }

    @Test func refusals() throws {
        let folder = TemporaryFolder()
        #expect(
            message { _ = try ImageFolder(root: folder.path + "/no") }
                == "[Errno 2] No such file or directory: '\(folder.path)/no'")
        #expect(
            message { _ = try ImageFolder(root: folder.path) } == "Couldn't find any class folder in \(folder.path).")
        try folder.write("a/x.png", [1, 2, 3])
        try folder.write("b/x.txt", [1])
        try folder.write("c/x.txt", [1])
        #expect(
            message { _ = try ImageFolder(root: folder.path) }
                == "Found no valid file for the classes b, c. Supported extensions are: .jpg, .jpeg, .png, .ppm, .bmp, .pgm, .tif, .tiff, .webp"
        )
        #expect(
            message { _ = try ImageFolder(root: folder.path, isValidFile: { $0.hasSuffix(".png") }) }
                == "Found no valid file for the classes b, c. ")
        let data = try ImageFolder(root: folder.path, allowEmpty: true)
        #expect(data.classes == ["a", "b", "c"] && data.count == 1)
        #expect(
            message { _ = try data[0] }
                == "\(folder.path)/a/x.png: Unsupported image file. "
                + "Only jpeg, png, webp and gif are currently supported.")
        #expect(
            message { _ = try DatasetFolder(root: folder.path, loader: { _ in Tensor.ones(1) }) }
                == "Both extensions and is_valid_file cannot be None or not None at the same time")
        // A folder in itself ends.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/a/loop", withDestinationPath: folder.path + "/a")
        #expect(try ImageFolder(root: folder.path, allowEmpty: true).count == 1)
    }

    @Test func streetViewHouseNumbers() throws {
        let folder = TemporaryFolder()
        for (name, source) in [("train", "svhn.mat"), ("test", "svhn-plain.mat")] {
            try folder.write(
                "\(name)_32x32.mat", [UInt8](FileManager.default.contents(atPath: Fixtures.folder + source)!))
        }
        let data = try SVHN(root: folder.path, targetTransform: { $0 + 1 })
        #expect(data.count == 4 && data.data.shape == [4, 3, 32, 32])
        #expect(data.labels.toArray(as: Int.self) == [1, 0, 5, 2])
        for (n, c, h, w) in [(0, 0, 0, 0), (1, 2, 3, 4), (3, 1, 31, 30)] {
            #expect(data.data[n, c, h, w].item(as: Int.self) == (h * 7 + w * 3 + c * 50 + n * 11) % 256)
        }
        let (image, label) = data[2]
        #expect(image.equal(data.data.select(0, 2)) && label == 6)
        #expect(try SVHN(root: folder.path, split: .test).count == 1)
        #expect(
            message { _ = try SVHN(root: folder.path, split: .extra) }?.hasPrefix("Dataset not found or corrupted.")
                == true)
        // Damaged files are refused with their name.
        let bytes = folder.read("train_32x32.mat")!
        for count in [0, 100, 130, 140, 300, bytes.count - 1] {
            try folder.write("train_32x32.mat", Array(bytes[..<count]))
            #expect(message { _ = try SVHN(root: folder.path) }?.contains("train_32x32.mat: ") == true, "\(count)")
        }
        for place in stride(from: 126, to: bytes.count, by: 37) {
            var damaged = bytes
            damaged[place] ^= 0x55
            try folder.write("train_32x32.mat", damaged)
            _ = message { _ = try SVHN(root: folder.path) }
        }
    }

    @Test func stl10() throws {
        let folder = TemporaryFolder()
        let pixels = (0..<3 * 3 * 96 * 96).map { UInt8(truncatingIfNeeded: $0 * 7 / 3) }
        try folder.write("stl10_binary/train_X.bin", pixels)
        try folder.write("stl10_binary/train_y.bin", [3, 1, 10])
        try folder.write("stl10_binary/unlabeled_X.bin", Array(pixels[..<(3 * 96 * 96)]))
        try folder.write("stl10_binary/fold_indices.txt", Array("2 0\n1\n".utf8))
        try folder.write("stl10_binary/class_names.txt", Array("airplane\nbird\n".utf8))
        let data = try STL10(root: folder.path)
        #expect(data.labels.toArray(as: Int.self) == [2, 0, 9] && data.classes == ["airplane", "bird"])
        #expect(data.data[1, 2, 5, 9].item(as: Int.self) == Int(pixels[(1 * 3 + 2) * 9216 + 9 * 96 + 5]))
        let fold = try STL10(root: folder.path, folds: 0)
        #expect(fold.labels.toArray(as: Int.self) == [9, 2] && fold.data.select(0, 0).equal(data.data.select(0, 2)))
        #expect(try STL10(root: folder.path, split: .trainUnlabeled).labels.toArray(as: Int.self) == [2, 0, 9, -1])
        #expect(try STL10(root: folder.path, split: .unlabeled)[0].1 == -1)
        #expect(message { _ = try STL10(root: folder.path, folds: 2) }?.contains("has 2 folds, not 3") == true)
        #expect(
            message { _ = try STL10(root: folder.path, folds: 10) }
                == "Value for argument folds should be in the range [0, 10), but got 10.")
        #expect(message { _ = try STL10(root: folder.path, split: .test) }?.contains("test_X.bin is not there") == true)
        try folder.write("stl10_binary/train_y.bin", [1])
        #expect(message { _ = try STL10(root: folder.path) }?.hasSuffix("holds 1 labels for 3 images") == true)
    }
}

extension TransformTests {
    @Test func workersDecode() throws {
        let folder = try imageFolder()
        let data = try ImageFolder(
            root: folder.path,
            transform: Compose {
                Resize([8, 8]); ToTensor()
            }, targetTransform: { 10 * $0 })
        let loader = DataLoader(data, batchSize: 2, numWorkers: 2)
        var shapes: [[Int]] = [], labels: [Int] = []
        for (images, targets) in loader {
            shapes.append(images.shape.sizes)
            labels += targets.toArray(as: Int.self)
        }
        #expect(shapes == [[2, 3, 8, 8], [1, 3, 8, 8]] && labels == [0, 10, 10])
    }

    @Test func fakeData() throws {
        let recorded = try loadNpz(Fixtures.folder + "utils.npz")
        let data = FakeData(size: 10, imageSize: [3, 4, 5], numClasses: 7, randomOffset: 3)
        manualSeed(9)
        let untouched = Generator().manualSeed(9)
        for i in 0..<3 {
            let (image, label) = try data[i]
            #expect(image.equal(recorded["fake|\(i)"]!))
            #expect(label == recorded["fake|labels"]!.select(0, i).item(as: Int.self))
        }
        #expect(Tensor.rand([2]).equal(Tensor.rand([2], generator: untouched)))
        #expect(message { _ = try data[10] } == "FakeData index out of range")
    }
}

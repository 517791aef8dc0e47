import Foundation
import Torch
import TorchFiles

/// Files in folders, one folder a class: `root/CLASS/…/NAME`. PyTorch: `torchvision.datasets.DatasetFolder`.
///
/// Classes are the folders in `root`, in the order of their names. Files are found in all folders below. A file is read
/// when it is asked for, so the workers of a loader decode. An element is what the loader makes of a file, transformed,
/// and the class. A batch stacks elements, which must have one size.
public class DatasetFolder: Dataset, @unchecked Sendable {
    /// An image and its label.
    public typealias Element = (Tensor, Int)
    /// Images and their labels.
    public typealias Batch = (Tensor, Tensor)

    /// The folder of the classes.
    public let root: String
    /// The names of the classes.
    public let classes: [String]
    /// The number of each class.
    public let classToIdx: [String: Int]
    /// The path and the class of each file.
    public let samples: [(path: String, target: Int)]
    private let loader: @Sendable (String) throws -> Tensor
    private let transform: Compose?
    private let targetTransform: (@Sendable (Int) -> Int)?

    /// The class of each file.
    public var targets: [Int] { samples.map(\.target) }

    /// Finds the files.
    /// - Parameters:
    ///   - root: the folder of the classes.
    ///   - loader: reads a file.
    ///   - extensions: the ends of the names of files that belong to the data set, in small letters.
    ///   - transform: the transform of each element.
    ///   - targetTransform: a function of the class.
    ///   - isValidFile: whether a path belongs to the data set, instead of `extensions`.
    ///   - allowEmpty: whether a class may have no file.
    /// - Throws: `TorchError` if there is no class, a class without a file, or no folder.
    public init(
        root: String, loader: @escaping @Sendable (String) throws -> Tensor, extensions: [String]? = nil,
        transform: (any Transform)? = nil, targetTransform: (@Sendable (Int) -> Int)? = nil,
        isValidFile: (@Sendable (String) -> Bool)? = nil, allowEmpty: Bool = false
    ) throws {
        guard (extensions == nil) != (isValidFile == nil) else {
            throw TorchError(.value, "Both extensions and is_valid_file cannot be None or not None at the same time")
        }
        let folder = root == "~" || root.hasPrefix("~/") ? NSHomeDirectory() + root.dropFirst() : root
        let classes = try FolderListing(folder).folders
        guard !classes.isEmpty else { throw TorchError(.file, "Couldn't find any class folder in \(root).") }
        var samples: [(path: String, target: Int)] = [], empty: [String] = []
        for (index, name) in classes.enumerated() {
            let before = samples.count
            for path in try FolderListing.walk(Files.join(folder, name)) {
                let isValid = isValidFile?(path) ?? extensions!.contains { path.lowercased().hasSuffix($0) }
                if isValid { samples.append((path, index)) }
            }
            if samples.count == before { empty.append(name) }
        }
        if !empty.isEmpty, !allowEmpty {
            var message = "Found no valid file for the classes \(empty.joined(separator: ", ")). "
            if let extensions { message += "Supported extensions are: \(extensions.joined(separator: ", "))" }
            throw TorchError(.file, message)
        }
        self.root = root
        self.classes = classes
        classToIdx = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        self.samples = samples
        self.loader = loader
        self.transform = transform.map { ($0 as? Compose) ?? Compose([$0]) }
        self.targetTransform = targetTransform
    }

    /// The number of elements.
    public var count: Int { samples.count }

    /// Reads a file and transforms it.
    /// - Precondition: -count ≤ `index` < count.
    /// - Throws: `TorchError` that names the file if it cannot be read.
    public subscript(index: Int) -> (Tensor, Int) {
        get throws {
            guard index >= -count, index < count else { throw TorchError(.index, "list index out of range") }
            let (path, target) = samples[index < 0 ? index + count : index]
            let sample = try loader(path)
            let image = try withError { transform?(sample) ?? sample }
            return (image, targetTransform?(target) ?? target)
        }
    }
}

/// Images in folders, one folder a class. PyTorch: `torchvision.datasets.ImageFolder`.
///
/// Without a transform, an image is uint8 [3, height, width]. JPEG, PNG and WebP files can be read; the other kinds of
/// image files that torchvision takes are found too, and refused when they are read.
public final class ImageFolder: DatasetFolder, @unchecked Sendable {
    /// The ends of the names of image files.
    public static let extensions = [
        ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"
    ]

    /// The path and the class of each image.
    public var imgs: [(path: String, target: Int)] { samples }

    /// Finds the images. The parameters are those of `DatasetFolder`. The default loader reads three channels.
    public init(
        root: String, transform: (any Transform)? = nil, targetTransform: (@Sendable (Int) -> Int)? = nil,
        loader: (@Sendable (String) throws -> Tensor)? = nil, isValidFile: (@Sendable (String) -> Bool)? = nil,
        allowEmpty: Bool = false
    ) throws {
        try super.init(
            root: root, loader: loader ?? ImageFolder.load,
            extensions: isValidFile == nil ? ImageFolder.extensions : nil, transform: transform,
            targetTransform: targetTransform, isValidFile: isValidFile, allowEmpty: allowEmpty)
    }

    private static func load(_ path: String) throws -> Tensor {
        let image = try readImage(path, mode: .rgb)
        return image.dtype == .uint16 ? TF.convertImageDtype(image, .uint8) : image
    }
}

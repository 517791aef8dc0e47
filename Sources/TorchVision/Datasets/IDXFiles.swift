import Torch
import TorchFiles

/// The files of a data set in MNIST's format, and the places to get them from.
struct IDXFiles {
    struct File {
        /// The name without `.gz`.
        let name: String
        /// The MD5 of the gzipped file on the mirrors.
        let md5: String?
    }

    let folder: String
    let train: (images: File, labels: File)
    let test: (images: File, labels: File)
    let classes: [String]
    var mirrors: [String] = []
    /// The folders in which the system's package manager installs the gzipped files.
    var systemFolders: [String] = []

    /// Returns the path of the file in `root`, with or without `.gz`.
    func path(_ file: File, _ root: String) throws -> String {
        let path = Files.join(root, "\(folder)/raw/\(file.name)")
        if Files.exists(path) { return path }
        if Files.exists(path + ".gz") { return path + ".gz" }
        throw TorchError(
            .file,
            "Dataset not found. You can use download=True to download it: neither \(path) nor \(path).gz is there")
    }

    /// Makes sure that the file is in `root`, decompressed.
    func install(_ file: File, _ root: String, _ otherMirrors: [String]?) throws {
        let raw = Files.join(root, "\(folder)/raw")
        let path = Files.join(raw, file.name)
        if Files.exists(path) { return }
        try Files.makeFolder(raw)
        if Files.exists(path + ".gz") { return try IDX.extract(path + ".gz", to: path) }
        for system in systemFolders where Files.exists("\(system)/\(file.name).gz") {
            return try IDX.extract("\(system)/\(file.name).gz", to: path)
        }
        let mirrors = otherMirrors ?? mirrors
        guard !mirrors.isEmpty else {
            throw TorchError(.file, "\(path) is not there, and no address to download it from")
        }
        try Download.fetch(mirrors.map { Files.join($0, file.name + ".gz") }, to: path + ".gz", md5: file.md5)
        try IDX.extract(path + ".gz", to: path)
    }
}

extension IDXFiles {
    private static func named(_ prefix: String, _ images: String?, _ labels: String?) -> (images: File, labels: File) {
        (File(name: "\(prefix)-images-idx3-ubyte", md5: images), File(name: "\(prefix)-labels-idx1-ubyte", md5: labels))
    }

    // The addresses and MD5 sums are those of torchvision 0.29.

    static var mnist: IDXFiles {
        IDXFiles(
            folder: "MNIST",
            train: named("train", "f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432"),
            test: named("t10k", "9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"),
            classes: [
                "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven",
                "8 - eight", "9 - nine"
            ],
            mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"])
    }

    static var fashionMNIST: IDXFiles {
        IDXFiles(
            folder: "FashionMNIST",
            train: named("train", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe"),
            test: named("t10k", "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
            classes: [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
            ],
            mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
            systemFolders: ["/usr/share/datasets/fashion-mnist"])
    }

    static var kmnist: IDXFiles {
        IDXFiles(
            folder: "KMNIST",
            train: named("train", "bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344"),
            test: named("t10k", "5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134"),
            classes: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
            mirrors: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"])
    }

    static func emnist(_ split: EMNIST.Split) -> IDXFiles {
        let digits = (0...9).map(String.init)
        let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init), lower = upper.map { $0.lowercased() }
        // If the upper and lower case of a letter look alike, they are one class.
        let merged = lower.filter {
            !["c", "i", "j", "k", "l", "m", "o", "p", "s", "u", "v", "w", "x", "y", "z"].contains($0)
        }
        let classes =
            switch split {
            case .byClass: digits + upper + lower
            case .byMerge, .balanced: digits + upper + merged
            case .letters: ["N/A"] + lower
            case .digits, .mnist: digits
            }
        return IDXFiles(
            folder: "EMNIST", train: named("emnist-\(split.rawValue)-train", nil, nil),
            test: named("emnist-\(split.rawValue)-test", nil, nil),
            classes: classes)
    }
}

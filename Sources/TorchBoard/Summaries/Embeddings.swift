import Torch
import TorchFiles

extension SummaryWriter {
    /// Adds vectors for TensorBoard's projector. PyTorch: `add_embedding`.
    ///
    /// Writes `tensors.tsv`, `metadata.tsv` and `sprite.png` in a folder of the step and the tag, and
    /// `projector_config.pbtxt`, which lists all embeddings of this writer.
    /// - Parameters:
    ///   - mat: the vectors, [count, size].
    ///   - metadata: a label for each vector.
    ///   - labelImg: an image for each vector, [count, 1 or 3, height, width] with values in 0...1, not taller than
    ///     wide. The projector shows square ones best. PyTorch: `label_img`.
    ///   - globalStep: the step of the training run; the default is 0.
    ///   - tag: the name.
    /// - Throws: `TorchError` if a file cannot be written.
    /// - Precondition: there are as many labels and images as vectors.
    public func addEmbedding(
        _ mat: Tensor, metadata: [String]? = nil, labelImg: Tensor? = nil, globalStep: Int? = nil,
        tag: String = "default"
    ) throws {
        try add(mat, metadata.map { ($0.count, $0) }, labelImg, globalStep ?? 0, tag)
    }

    /// Like the function whose metadata has one column, for a table. PyTorch: `add_embedding` with `metadata_header`.
    /// - Parameters:
    ///   - mat: the vectors, [count, size].
    ///   - metadata: a row for each vector.
    ///   - metadataHeader: the titles of the columns. PyTorch: `metadata_header`.
    ///   - labelImg: an image for each vector.
    ///   - globalStep: the step of the training run; the default is 0.
    ///   - tag: the name.
    public func addEmbedding(
        _ mat: Tensor, metadata: [[String]], metadataHeader: [String], labelImg: Tensor? = nil,
        globalStep: Int? = nil, tag: String = "default"
    ) throws {
        guard metadata.allSatisfy({ $0.count == metadataHeader.count }) else {
            return raise(.assertion, "len of header must be equal to the number of columns in metadata")
        }
        let lines = ([metadataHeader] + metadata).map { $0.joined(separator: "\t") }
        try add(mat, (metadata.count, lines), labelImg, globalStep ?? 0, tag)
    }

    private func add(
        _ mat: Tensor, _ metadata: (count: Int, lines: [String])?, _ images: Tensor?, _ step: Int, _ tag: String
    ) throws {
        guard mat.dim == 2 else {
            return raise(.assertion, "mat should be 2D, where mat.size(0) is the number of data points")
        }
        if let metadata, metadata.count != mat.size(0) {
            return raise(.assertion, "#labels should equal with #data points")
        }
        if let images, images.dim != 4 || images.size(0) != mat.size(0) {
            return raise(.assertion, "#images should equal with #data points")
        }
        let escaped = tag.replacing("%", with: "%25").replacing("/", with: "%2f").replacing("\\", with: "%5c")
        // These two names are the folder of the step and the one above it, which other embeddings use.
        let name = [".", ".."].contains(tag) ? tag.replacing(".", with: "%2e") : escaped
        let part = "\(format(step, "05d"))/\(name)", folder = Files.join(logDir, part)
        var sprite: [UInt8]?
        if let images {
            guard let made = try self.sprite(images) else { return }
            sprite = made
        }
        if Files.exists(folder) {
            warn("Embedding dir exists, did you set global_step for add_embedding()?")
        }
        try Files.makeFolder(folder)
        if let metadata {
            try writeFile("\(folder)/metadata.tsv", metadata.lines.joined(separator: "\n") + "\n")
        }
        if let sprite { try writeFile("\(folder)/sprite.png", sprite) }
        try writeFile("\(folder)/tensors.tsv", table(mat))
        let embedding = ProjectorConfig.Embedding(
            name: "\(tag):\(format(step, "05d"))", folder: part, hasMetadata: metadata != nil,
            image: images.map { ($0.size(3), $0.size(2)) })
        try addToProjector(embedding) { try writeFile(Files.join(logDir, "projector_config.pbtxt"), $0.text) }
    }

    /// Returns all images in a square, as a PNG file. Raises and returns nil if they have a wrong form.
    private func sprite(_ images: Tensor) throws -> [UInt8]? {
        let columns = Int(Double(images.size(0)).squareRoot().rounded(.up))
        return try noGrad {
            guard let grid = Pixels.grid(images.detach().to(.cpu), columns: columns) else { return nil }
            let width = grid.size(2), rows = grid.size(1)
            guard rows <= width else {
                raise(.value, "label images must not be taller than wide, got \(images.shape)")
                return nil
            }
            let square = Tensor.zeros([3, width, width], dtype: .float64)
            square.narrow(1, 0, rows).copy_(grid)
            let bytes = square.mul(255).clamp(min: 0, max: 255).to(.uint8).permute(1, 2, 0).toArray(as: UInt8.self)
            return try PNGFile.encode(bytes, width: width, height: width, channels: 3)
        }
    }

    private func table(_ mat: Tensor) -> String {
        var text = ""
        let width = mat.size(1)
        func write<Number>(_ numbers: [Number], _ form: (Number) -> String) {
            for row in 0..<mat.size(0) {
                text += numbers[row * width..<(row + 1) * width].map(form).joined(separator: "\t") + "\n"
            }
        }
        if mat.dtype == .bool {
            write(mat.toArray(as: Bool.self)) { $0 ? "True" : "False" }
        } else if mat.dtype.isInexact {
            write(mat.toArray(as: Double.self)) { PythonRepr.of($0) }
        } else {
            write(mat.toArray(as: Int.self)) { String($0) }
        }
        return text
    }

    private func writeFile(_ path: String, _ text: String) throws { try writeFile(path, Array(text.utf8)) }

    private func writeFile(_ path: String, _ bytes: [UInt8]) throws {
        let file = try OutputFile(path: path)
        try file.write(bytes)
        try file.commit()
    }
}

/// The list of embeddings, in the text format of Protocol Buffers.
struct ProjectorConfig {
    struct Embedding {
        let name, folder: String
        let hasMetadata: Bool
        /// The size of an image in the sprite.
        let image: (width: Int, height: Int)?
    }

    var embeddings: [Embedding] = []

    var text: String {
        embeddings.map { embedding in
            var lines = ["tensor_name: \(quoted(embedding.name))"]
            if embedding.hasMetadata { lines.append("metadata_path: \(quoted("\(embedding.folder)/metadata.tsv"))") }
            if let image = embedding.image {
                lines += [
                    "sprite {", "  image_path: \(quoted("\(embedding.folder)/sprite.png"))",
                    "  single_image_dim: \(image.width)", "  single_image_dim: \(image.height)", "}"
                ]
            }
            lines.append("tensor_path: \(quoted("\(embedding.folder)/tensors.tsv"))")
            return "embeddings {\n" + lines.map { "  \($0)\n" }.joined() + "}\n"
        }.joined()
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "'"):
                result += "\\" + String(UnicodeScalar(byte))
            case 0x20..<0x7f: result.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 8)
                result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return result + "\""
    }
}

import Torch
import TorchFiles

/// A folder in Hugging Face's form: `config.json` and the weights, in one file or in several.
struct PretrainedFolder {
    let path: String
    /// The members of config.json.
    let config: JSONFields

    /// Reads config.json.
    init(_ path: String) throws {
        self.path = path
        config = try PretrainedFolder.fields(of: Files.join(path, "config.json"))
    }

    /// Reads a file that holds one JSON object.
    static func fields(of path: String) throws -> JSONFields {
        try JSONFields(try json(path), path: "the object", source: path)
    }

    /// Reads a JSON file.
    static func json(_ path: String) throws -> JSONText {
        let source = try FileSource(path)
        var bytes: [UInt8] = []
        try source.forEachPiece { bytes += $0 }
        return try JSONTextReader.read(bytes, source: path)
    }

    func has(_ file: String) -> Bool { Files.exists(Files.join(path, file)) }

    /// Reads all weights.
    func weights() throws -> StateDict {
        if has("model.safetensors") { return try loadSafetensors(Files.join(path, "model.safetensors")) }
        if has("model.safetensors.index.json") {
            return try shards("model.safetensors.index.json") { try loadSafetensors($0) }
        }
        if has("pytorch_model.bin") { return try loadStateDict(Files.join(path, "pytorch_model.bin")) }
        if has("pytorch_model.bin.index.json") {
            return try shards("pytorch_model.bin.index.json") { try loadStateDict($0) }
        }
        throw TorchError(
            .file,
            "\(path): no weights; looked for model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json"
        )
    }

    /// Reads the files that an index names. Each tensor must be in the file that the index says.
    private func shards(_ index: String, _ load: (String) throws -> StateDict) throws -> StateDict {
        let fields = try PretrainedFolder.fields(of: Files.join(path, index))
        guard case .object(let map) = try fields.required("weight_map") else {
            throw fields.error("has a 'weight_map' that is no object")
        }
        var namesOfFile: [(file: String, names: [String])] = []
        var place: [ExactText: Int] = [:]
        for (name, value) in map {
            guard case .string(let file) = value, !file.isEmpty, !file.utf8.contains(UInt8(ascii: "/")), file != ".."
            else {
                throw fields.error("names no file of this folder for '\(name)'")
            }
            let index = place[ExactText(file)] ?? namesOfFile.count
            if index == namesOfFile.count {
                place[ExactText(file)] = index
                namesOfFile.append((file, []))
            }
            namesOfFile[index].names.append(name)
        }
        var state = StateDict()
        for (file, names) in namesOfFile {
            let shard = try load(Files.join(path, file))
            for name in names {
                guard let tensor = shard[name] else {
                    throw TorchError(.file, "\(Files.join(path, file)): has no tensor '\(name)', which \(index) says")
                }
                state[name] = tensor
            }
        }
        return state
    }
}

extension JSONFields {
    /// Returns a finite number.
    func optionalNumber(_ name: String) throws -> Double? {
        switch optional(name) {
        case nil: return nil
        case .integer(let number): return Double(number)
        case .double(let number): return number
        case .some(let value): throw error("has '\(name)' that should be a number, and is \(value.kind)")
        }
    }

    /// Returns one count or a list of counts.
    func optionalCounts(_ name: String) throws -> [Int]? {
        guard case .array(let elements)? = optional(name) else { return try optionalCount(name).map { [$0] } }
        return try elements.map { element in
            guard case .integer(let number) = element, (0...Int(Int32.max)).contains(number) else {
                throw error("has '\(name)' that should be a list of counts")
            }
            return number
        }
    }
}

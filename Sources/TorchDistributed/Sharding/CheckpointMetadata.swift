import Foundation
import Torch

/// The file `.metadata` of a distributed checkpoint: the tensors' forms, and where their parts are.
struct Metadata {
    /// A step from a container to an element.
    enum Step: Equatable {
        case key(String)
        /// A dictionary's key that is a number.
        case number(Int)
        /// The position in a list.
        case index(Int)

        var text: String {
            switch self {
            case .key(let name): name
            case .number(let number), .index(let number): "\(number)"
            }
        }
        var position: Int { if case .index(let i) = self { i } else { 0 } }
    }

    struct Form {
        let dtype: DType
        let sizes: [Int]
    }

    enum Entry {
        case tensor(Form)
        case bytes
    }

    private struct Part {
        let offsets, sizes: [Int]
    }

    private struct Place {
        let name: String
        let offsets: [Int]?
        let file: String
        let offset, length: Int
    }

    private(set) var entries: [(name: String, entry: Entry)] = []
    private(set) var paths: [String: [Step]] = [:]
    private var parts: [String: [Part]] = [:]
    private var places: [String: [Place]] = [:]
    private let folder: URL

    // MARK: Writing

    /// Returns the pickle of PyTorch's `Metadata` object.
    static func pickle(_ items: [WrittenItem], paths: [String: [Step]]) -> [UInt8] {
        let module = "torch.distributed.checkpoint.metadata"
        var order: [String] = []
        for item in items where !order.contains(item.name) { order.append(item.name) }
        let groups = Dictionary(grouping: items, by: \.name)
        var pickler = MetadataPickler()
        pickler.object(module, "Metadata") { p in
            p.dict { p in
                p.string("state_dict_metadata")
                p.dict { p in
                    for name in order {
                        p.string(name)
                        guard let chunks = groups[name]?.compactMap(\.form), let first = chunks.first else {
                            p.object(module, "BytesStorageMetadata", state: nil)
                            continue
                        }
                        p.object(module, "TensorStorageMetadata") { p in
                            p.dict { p in
                                p.string("properties")
                                p.object(module, "TensorProperties") { $0.properties(first.dtype) }
                                p.string("size")
                                p.size(first.sizes)
                                p.string("chunks")
                                p.list { p in
                                    for chunk in chunks {
                                        p.object(module, "ChunkStorageMetadata") { p in
                                            p.dict { p in
                                                p.string("offsets")
                                                p.size(chunk.offsets)
                                                p.string("sizes")
                                                p.size(chunk.lengths)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                p.string("planner_data")
                p.dict { p in
                    for name in order {
                        p.string(name)
                        p.tuple { p in
                            for step in paths[name] ?? [.key(name)] {
                                switch step {
                                case .key, .number: p.string(step.text)
                                case .index(let index): p.int(index)
                                }
                            }
                        }
                    }
                }
                p.string("storage_data")
                p.dict { p in
                    for name in order {
                        for (i, item) in (groups[name] ?? []).enumerated() {
                            p.object(module, "MetadataIndex") { p in
                                p.dict { p in
                                    p.string("fqn")
                                    p.string(name)
                                    p.string("index")
                                    guard let form = item.form else { return p.none() }
                                    p.int(i)
                                    p.string("offset")
                                    p.size(form.offsets)
                                }
                            }
                            p.object("torch.distributed.checkpoint.filesystem", "_StorageInfo") { p in
                                p.dict { p in
                                    p.string("relative_path")
                                    p.string(item.file)
                                    p.string("offset")
                                    p.int(item.offset)
                                    p.string("length")
                                    p.int(item.length)
                                }
                            }
                        }
                    }
                }
            }
        }
        return pickler.finish()
    }

    // MARK: Reading

    /// Reads the file in a folder.
    init(_ folder: URL) throws {
        self.folder = folder
        let path = folder.appendingPathComponent(".metadata")
        guard let data = try? Data(contentsOf: path) else {
            throw TorchError(.file, "\(folder.path): no checkpoint: it has no file .metadata")
        }
        let root = try MetadataUnpickler.read([UInt8](data), path.path)
        func error(_ what: String) -> TorchError { TorchError(.file, "\(path.path): \(what)") }
        guard case .object("torch.distributed.checkpoint.metadata.Metadata") = root.kind,
            let tensors = root["state_dict_metadata"]
        else { throw error("not the metadata of a distributed checkpoint") }
        for (key, value) in tensors.entries {
            guard let name = key.string else { throw error("a name that is no text") }
            guard value["chunks"] != nil else {
                entries.append((name, .bytes))
                continue
            }
            guard let sizes = value["size"]?.sizes, let properties = value["properties"]?.state?.elements,
                let dtype = properties.first?.global.flatMap({ DType(name: $0) })
            else { throw error("\(name): the form of the tensor is not known") }
            guard Layout.checkedCount(sizes) != nil else { throw error("\(name): the sizes \(sizes) are not possible") }
            entries.append((name, .tensor(Form(dtype: dtype, sizes: sizes))))
            parts[name] = try value["chunks"]?.elements.map { chunk in
                guard let offsets = chunk["offsets"]?.sizes, let lengths = chunk["sizes"]?.sizes,
                    offsets.count == sizes.count, lengths.count == sizes.count,
                    zip(offsets, zip(lengths, sizes)).allSatisfy({ $0 >= 0 && $1.0 >= 0 && $0 <= $1.1 - $1.0 })
                else { throw error("\(name): a part that does not lie in the tensor") }
                return Part(offsets: offsets, sizes: lengths)
            }
        }
        for (key, value) in root["planner_data"]?.entries ?? [] {
            guard let name = key.string else { continue }
            // PyTorch writes a dictionary's key as text, also if it is a number. Numbers are positions in lists.
            paths[name] = value.elements.compactMap { step in
                if let index = step.int { return .index(index) }
                guard let key = step.string else { return nil }
                return Int(key).flatMap { "\($0)" == key ? .number($0) : nil } ?? .key(key)
            }
        }
        for (key, value) in root["storage_data"]?.entries ?? [] {
            guard let name = key["fqn"]?.string, let file = value["relative_path"]?.string,
                let offset = value["offset"]?.int, let length = value["length"]?.int, offset >= 0, length >= 0
            else { throw error("the place of a value is not known") }
            guard !file.contains("/"), !file.isEmpty else { throw error("\(file) is not a file of the checkpoint") }
            places[name, default: []].append(
                Place(name: name, offsets: key["offset"]?.sizes, file: file, offset: offset, length: length))
        }
    }

    private func bytes(_ place: Place) throws -> Data {
        let path = folder.appendingPathComponent(place.file)
        guard let file = try? FileHandle(forReadingFrom: path) else {
            throw TorchError(.file, "\(path.path): the file of \(place.name) cannot be read")
        }
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(place.offset))
        guard let data = try file.read(upToCount: place.length), data.count == place.length else {
            throw TorchError(.file, "\(path.path): \(place.name) is cut short")
        }
        return data
    }

    /// Reads a value that is not a tensor.
    func value(of name: String) throws -> StateValue {
        guard let place = places[name]?.first else {
            throw TorchError(.file, "\(folder.path): \(name) has no place in a file")
        }
        return try CheckpointBytes.value(bytes(place))
    }

    /// Returns the part of a tensor that begins at `offsets` and has these sizes. Memory is taken only if the stored
    /// parts are as large as the whole tensor.
    func tensor(_ name: String, _ form: Form, sizes: [Int], at offsets: [Int]) throws -> Tensor {
        var missing = Layout.checkedCount(form.sizes) ?? .max
        for part in parts[name] ?? [] { missing -= min(missing, Layout.checkedCount(part.sizes) ?? 0) }
        guard missing == 0 else {
            throw TorchError(.file, "\(folder.path): \(name) is not complete")
        }
        let target: Tensor
        do {
            target = try withError { Tensor.zeros(sizes, dtype: form.dtype, device: .cpu) }
        } catch {
            throw TorchError(.file, "\(folder.path): \(name): \(error)")
        }
        try read(name, into: target, at: offsets)
        return target
    }

    /// Reads the part of a tensor that begins at `offsets` and has the sizes of `target`.
    func read(_ name: String, into target: Tensor, at offsets: [Int]) throws {
        var covered = 0
        for part in parts[name] ?? [] {
            let first = zip(offsets, part.offsets).map { max($0, $1) }
            let ends = zip(zip(offsets, target.sizes), zip(part.offsets, part.sizes)).map {
                min($0.0 + $0.1, $1.0 + $1.1)
            }
            let lengths = zip(first, ends).map { $1 - $0 }
            if lengths.contains(where: { $0 <= 0 }) { continue }
            guard let place = places[name]?.first(where: { $0.offsets ?? part.offsets == part.offsets }) else {
                throw TorchError(.file, "\(folder.path): a part of \(name) has no place in a file")
            }
            guard case .tensor(let stored) = try CheckpointBytes.value(bytes(place)), stored.sizes == part.sizes else {
                throw TorchError(.file, "\(folder.path): \(place.file): \(name) is not a tensor of sizes \(part.sizes)")
            }
            var (from, to) = (stored.detach(), target.detach())
            for dim in lengths.indices {
                from = from.narrow(dim, first[dim] - part.offsets[dim], lengths[dim])
                to = to.narrow(dim, first[dim] - offsets[dim], lengths[dim])
            }
            noGrad { _ = to.copy_(from) }
            covered += lengths.reduce(1, *)
        }
        guard covered >= target.numel() else {
            throw TorchError(.file, "\(folder.path): \(name) is not complete")
        }
    }
}

extension MetadataPickler {
    /// The attributes of a dense tensor on the CPU, as `TensorProperties` stores them.
    fileprivate mutating func properties(_ dtype: String) {
        tuple { p in
            p.global("torch", dtype)
            p.call("torch.serialization", "_get_layout") { $0.string("torch.strided") }
            p.bool(false)
            p.call("torch.distributed.checkpoint.metadata", "_MEM_FORMAT_ENCODING") { $0.int(0) }
            p.bool(false)
        }
    }
}

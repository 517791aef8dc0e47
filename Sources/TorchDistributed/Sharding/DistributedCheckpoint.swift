import Foundation
import Torch

/// A part of a tensor that is divided among processes.
public struct TensorShard {
    /// The elements that this process has.
    public let tensor: Tensor
    /// Where they begin in the whole tensor, for each dimension.
    public let offsets: [Int]
    /// The sizes of the whole tensor.
    public let globalSizes: [Int]

    /// Creates a part of a tensor.
    /// - Precondition: the part lies inside the whole tensor.
    public init(_ tensor: Tensor, offsets: [Int], globalSizes: [Int]) {
        self.tensor = tensor
        self.offsets = offsets
        self.globalSizes = globalSizes
        let fits =
            offsets.count == tensor.dim && globalSizes.count == tensor.dim
            && zip(offsets, zip(tensor.sizes, globalSizes)).allSatisfy { $0 >= 0 && $0 + $1.0 <= $1.1 }
        if !fits {
            raise(
                .value,
                "a part with sizes \(tensor.sizes) at \(offsets) does not lie in a tensor with sizes \(globalSizes)")
        }
    }
}

extension dist {
    /// Checkpoints that all processes write together, in PyTorch's layout: a folder with a file of each process and
    /// `.metadata`. Any number of processes can read them. PyTorch: `torch.distributed.checkpoint`.
    public enum checkpoint {
        /// Writes a checkpoint. All processes call this. A tensor that several processes have under one name is the
        /// same in all, and one of them writes it; values that are not tensors are those of rank 0. The checkpoint
        /// exists once `.metadata` does, which is written last. PyTorch: `torch.distributed.checkpoint.save`.
        ///
        /// - Parameters:
        ///   - stateDict: dictionaries and lists of tensors, numbers and text. Names are joined by points.
        ///   - shards: tensors of which each process has a part, by their joined names.
        ///   - checkpointID: the folder.
        ///   - processGroup: the processes that write it; nil for all.
        /// - Throws: `TorchError` in all processes if one cannot write; there is then no checkpoint.
        public static func save(
            _ stateDict: some StateValueConvertible, shards: [String: TensorShard] = [:], checkpointID: String,
            processGroup: ProcessGroup? = nil
        ) throws {
            let group = dist.isInitialized() ? dist.group(processGroup, "checkpoint.save") : nil
            let rank = group?.rank ?? 0
            let folder = URL(fileURLWithPath: checkpointID)
            let items = FlatState(stateDict.stateValue)
            var written: [WrittenItem] = []
            var failure: String?
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                if rank == 0 { try? FileManager.default.removeItem(at: folder.appendingPathComponent(".metadata")) }
                written = try write(items, shards, to: folder, rank: rank, count: group?.size ?? 1)
            } catch {
                failure = "\(error)"
            }
            let report = Report(items: written, failure: failure)
            let reports = try group == nil ? [report] : dist.allGatherObject(report, group: group)
            if let (rank, failure) = reports.enumerated().compactMap({ i, report in report.failure.map { (i, $0) } })
                .first
            {
                throw TorchError(.file, "the checkpoint \(checkpointID) was not written: rank \(rank): \(failure)")
            }
            var last: String?
            if rank == 0 {
                do {
                    let bytes = Metadata.pickle(reports.flatMap(\.items), paths: items.paths)
                    try Data(bytes).write(to: folder.appendingPathComponent(".metadata"), options: .atomic)
                } catch { last = "\(error)" }
            }
            if group != nil {
                last = try dist.broadcastObject(
                    rank == 0 ? [last ?? ""] : nil, src: group?.ranks[0] ?? 0, group: group)[0]
            }
            if let last, !last.isEmpty {
                throw TorchError(.file, "the checkpoint \(checkpointID) was not written: \(last)")
            }
        }

        /// Reads a whole checkpoint. PyTorch: `dcp_to_torch_save`, or `load` of an empty state dict.
        /// - Throws: `TorchError` with file and reason if it cannot be read.
        public static func load(checkpointID: String) throws -> StateValue {
            let folder = URL(fileURLWithPath: checkpointID)
            let metadata = try Metadata(folder)
            var flat: [(path: [Metadata.Step], value: StateValue)] = []
            for (name, entry) in metadata.entries {
                let value: StateValue
                switch entry {
                case .bytes: value = try metadata.value(of: name)
                case .tensor(let form):
                    value = .tensor(
                        try metadata.tensor(name, form, sizes: form.sizes, at: form.sizes.map { _ in 0 }))
                }
                flat.append((metadata.paths[name] ?? [.key(name)], value))
            }
            return FlatState.join(flat)
        }

        /// Reads tensors of a checkpoint into existing ones, with any number of processes. Nothing changes if one of
        /// them is missing or has other sizes. PyTorch: `torch.distributed.checkpoint.load`.
        ///
        /// - Parameters:
        ///   - stateDict: the tensors to read, by their joined names.
        ///   - shards: tensors of which this process reads a part.
        ///   - prefix: what the names in the checkpoint begin with, such as `model.`.
        ///   - checkpointID: the folder.
        /// - Throws: `TorchError` with file and reason.
        public static func load(
            into stateDict: StateDict, shards: [String: TensorShard] = [:], prefix: String = "", checkpointID: String
        ) throws {
            let metadata = try Metadata(URL(fileURLWithPath: checkpointID))
            var reads: [(name: String, target: Tensor, offsets: [Int])] = []
            let all =
                stateDict.map { ($0, $1, [Int](repeating: 0, count: $1.dim), $1.sizes) }
                + shards.sorted { $0.key < $1.key }.map { ($0, $1.tensor, $1.offsets, $1.globalSizes) }
            for (name, tensor, offsets, sizes) in all {
                guard case .tensor(let form)? = metadata.entries.first(where: { $0.name == prefix + name })?.entry
                else {
                    throw TorchError(.runtime, "Missing key in checkpoint state_dict: \(prefix + name).")
                }
                guard form.sizes == sizes else {
                    throw TorchError(
                        .value,
                        "Size mismatch between saved \(form.sizes) and current: \(sizes) for \(prefix + name)")
                }
                reads.append((prefix + name, tensor, offsets))
            }
            let values = try reads.map { read in
                let value = Tensor.empty(read.target.sizes, dtype: read.target.dtype, device: .cpu)
                try metadata.read(read.name, into: value, at: read.offsets)
                return value
            }
            for (read, value) in zip(reads, values) { noGrad { _ = read.target.detach().copy_(value) } }
        }

        /// What a process has written.
        private struct Report: Codable {
            let items: [WrittenItem]
            let failure: String?
        }

        private static func write(
            _ state: FlatState, _ shards: [String: TensorShard], to folder: URL, rank: Int, count: Int
        ) throws -> [WrittenItem] {
            var data = Data()
            var items: [WrittenItem] = []
            let file = "__\(rank)_0.distcp"
            func add(_ name: String, _ value: StateValue, _ shard: TensorShard?) throws {
                let bytes = try CheckpointBytes.of(value)
                var form: WrittenItem.Form?
                if case .tensor(let tensor) = value {
                    form = WrittenItem.Form(
                        dtype: tensor.dtype.name, sizes: shard?.globalSizes ?? tensor.sizes,
                        offsets: shard?.offsets ?? tensor.sizes.map { _ in 0 }, lengths: tensor.sizes)
                }
                items.append(WrittenItem(name: name, file: file, offset: data.count, length: bytes.count, form: form))
                data.append(bytes)
            }
            // Tensors that all have are written in turn, values by rank 0.
            var turn = 0
            for (name, value) in state.items where shards[name] == nil {
                if case .tensor(let tensor) = value {
                    defer { turn += 1 }
                    if turn % count == rank {
                        try add(name, .tensor(noGrad { tensor.detach().to(.cpu).contiguous().clone() }), nil)
                    }
                } else if rank == 0 {
                    try add(name, value, nil)
                }
            }
            for (name, shard) in shards.sorted(by: { $0.key < $1.key }) where shard.tensor.numel() > 0 {
                try add(name, .tensor(noGrad { shard.tensor.detach().to(.cpu).contiguous().clone() }), shard)
            }
            if !items.isEmpty { try data.write(to: folder.appendingPathComponent(file), options: .atomic) }
            return items
        }
    }
}

/// A value in a file of a checkpoint.
struct WrittenItem: Codable {
    /// The part of a tensor that the item is.
    struct Form: Codable {
        let dtype: String
        let sizes, offsets, lengths: [Int]
    }

    let name: String
    let file: String
    let offset, length: Int
    /// nil for a value that is not a tensor.
    let form: Form?
}

/// A state dict with joined names, as PyTorch flattens it.
struct FlatState {
    private(set) var items: [(name: String, value: StateValue)] = []
    private(set) var paths: [String: [Metadata.Step]] = [:]

    init(_ state: StateValue) { flatten(state, []) }

    private mutating func flatten(_ value: StateValue, _ path: [Metadata.Step]) {
        switch value {
        case .dict(let map) where !map.isEmpty || path.isEmpty:
            for (key, entry) in map {
                if case .string(let name) = key {
                    flatten(entry, path + [.key(name)])
                } else if case .int(let number) = key {
                    flatten(entry, path + [.number(number)])
                }
            }
        case .list(let elements) where FlatState.holdsTensors(elements):
            for (i, element) in elements.enumerated() { flatten(element, path + [.index(i)]) }
        default:
            let name = path.map(\.text).joined(separator: ".")
            items.append((name, value))
            paths[name] = path
        }
    }

    /// Whether a list is divided into its elements. Others are written as one value.
    private static func holdsTensors(_ elements: [StateValue]) -> Bool {
        elements.contains { element in
            switch element {
            case .tensor, .dict: true
            case .list(let inner): holdsTensors(inner)
            default: false
            }
        }
    }

    /// Makes nested containers again.
    static func join(_ flat: [(path: [Metadata.Step], value: StateValue)]) -> StateValue {
        if let only = flat.first, only.path.isEmpty { return only.value }
        var groups: [(step: Metadata.Step, inner: [(path: [Metadata.Step], value: StateValue)])] = []
        for (path, value) in flat {
            guard let first = path.first else { continue }
            let rest = (Array(path.dropFirst()), value)
            if let i = groups.firstIndex(where: { $0.step == first }) {
                groups[i].inner.append(rest)
            } else {
                groups.append((first, [rest]))
            }
        }
        if case .index? = groups.first?.step {
            return .list(groups.sorted { $0.step.position < $1.step.position }.map { join($0.inner) })
        }
        var map = StateMap()
        for (step, inner) in groups {
            switch step {
            case .key(let name): map[.string(name)] = join(inner)
            case .number(let number), .index(let number): map[.int(number)] = join(inner)
            }
        }
        return .dict(map)
    }
}

/// Values as the bytes of `torch.save`.
enum CheckpointBytes {
    static func of(_ value: StateValue) throws -> Data {
        try temporary { path in
            try Torch.save(value, to: path)
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }
    }

    static func value(_ bytes: Data) throws -> StateValue {
        try temporary { path in
            try bytes.write(to: URL(fileURLWithPath: path))
            return try Torch.load(path)
        }
    }

    private static func temporary<Result>(_ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("torch-\(UUID().uuidString).pth").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}

/// Reads files that `torch.save` wrote before PyTorch 1.6: several pickles, then the storages.
enum LegacyCheckpointReader {
    /// 0x1950a86a20f9469cfc6c
    private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

    static func read(_ file: InputFile) throws -> StateValue {
        let stream = FileStream(file)
        let budget = CheckpointBudget(file, size: file.size)
        guard case .bigInt(magic) = try Unpickler.read(stream, budget).root else {
            throw file.error("a pickle, but not one of torch.save: it has no magic number")
        }
        guard case .int(1001) = try Unpickler.read(stream, budget).root else {
            throw file.error("the protocol version of this old checkpoint is not known")
        }
        let system = try Unpickler.read(stream, budget)
        if case .dict(let i) = system.root {
            for entry in system.dicts[i].entries {
                if case .string("little_endian") = entry.key, case .bool(false) = entry.value {
                    throw file.error("an old checkpoint from a big-endian machine")
                }
            }
        }
        let graph = try Unpickler.read(stream, budget)
        let positions = try storages(stream, graph, budget)
        return try PickleConverter.convert(graph, of: file, budget, isSwapped: false) { record in
            guard let position = positions[ExactText(record.key)] else {
                throw file.error("has no storage '\(record.key)', which a tensor needs")
            }
            stream.seek(position.offset)
            return try stream.storage(byteCount: position.size)
        }
    }

    /// Returns the offsets and sizes of the storages that the last pickle lists. Each storage is its element count,
    /// then its elements.
    private static func storages(
        _ stream: FileStream, _ graph: PickleGraph, _ budget: CheckpointBudget
    ) throws -> [ExactText: (offset: Int, size: Int)] {
        var sizes: [ExactText: (count: Int, itemSize: Int)] = [:]
        for record in graph.storages { sizes[ExactText(record.key)] = (record.count, record.type.itemSize) }
        let list = try Unpickler.read(stream, budget)
        guard case .list(let i) = list.root else {
            throw stream.error("byte \(stream.offset): the list of storages is a \(list.root.typeName)")
        }
        var positions: [ExactText: (offset: Int, size: Int)] = [:]
        for object in list.lists[i] {
            guard case .string(let key) = object, let (count, itemSize) = sizes[ExactText(key)] else {
                throw stream.error("byte \(stream.offset): a storage that no tensor uses")
            }
            let at = stream.offset
            let written = try stream.bytes(8).littleEndian(0, as: Int64.self)
            guard written == count else {
                throw stream.error("byte \(at): storage '\(key)' has \(written) elements, \(count) are wanted")
            }
            // The unpickler rejected counts whose byte size overflows.
            let size = count * itemSize
            guard size <= stream.remaining else {
                throw stream.error("byte \(at): storage '\(key)' of \(size) bytes is cut short")
            }
            guard positions.updateValue((stream.offset, size), forKey: ExactText(key)) == nil else {
                throw stream.error("byte \(at): storage '\(key)' is there twice")
            }
            stream.seek(stream.offset + size)
        }
        return positions
    }
}

/// Turns a pickle's graph into values, and its storages into tensors: the second and last step of reading a checkpoint.
struct PickleConverter {
    private let file: InputFile
    private let graph: PickleGraph
    private let isSwapped: Bool
    private let readStorage: (PickleGraph.StorageRecord) throws -> Storage

    private var storages: [String: (storage: Storage, type: ElementType)] = [:]
    private var tensors: [Int: Tensor] = [:]
    private var containers: [Container: Converted] = [:]
    private var underWay: Set<Container> = []
    private var path: [String] = []

    /// Python's own limit on what it pickles is near 1000; real checkpoints stay below 20.
    private static let deepest = 200

    private enum Container: Hashable { case list(Int), tuple(Int), set(Int), dict(Int) }
    /// A value and the number of values in it, counting shared ones as often as they appear.
    private typealias Converted = (value: StateValue, count: Int)

    /// - Parameter readStorage: the memory that the file holds for a storage, of exactly its size.
    static func convert(_ graph: PickleGraph, of file: InputFile, isSwapped: Bool, readStorage: @escaping (PickleGraph.StorageRecord) throws -> Storage) throws -> StateValue {
        var converter = PickleConverter(file: file, graph: graph, isSwapped: isSwapped, readStorage: readStorage)
        return try converter.convert(graph.root).value
    }

    private init(file: InputFile, graph: PickleGraph, isSwapped: Bool, readStorage: @escaping (PickleGraph.StorageRecord) throws -> Storage) {
        self.file = file
        self.graph = graph
        self.isSwapped = isSwapped
        self.readStorage = readStorage
    }

    private func error(_ what: String) -> TorchError {
        file.error(path.isEmpty ? what : "[" + path.joined(separator: "][") + "]: " + what)
    }

    private mutating func convert(_ object: PickleGraph.Object) throws -> Converted {
        switch object {
        case .none: return (.null, 1)
        case .bool(let value): return (.bool(value), 1)
        case .int(let value): return (.int(value), 1)
        case .bigInt(let value): return (.bigInt(value), 1)
        case .double(let value): return (.double(value), 1)
        case .string(let value): return (.string(value), 1)
        case .bytes(let value): return (.bytes(value), 1)
        case .size(let value): return (.size(value), 1)
        case .device(let text):
            guard let device = try? Device(text) else { throw error("the device '\(text)' is not one of cpu, cuda") }
            return (.device(device), 1)
        case .global(.dtype(.known(let dtype))): return (.dtype(dtype), 1)
        case .global(.dtype(.unsupported(let name, _))): throw error("the dtype \(name) is not supported")
        case .global, .storage, .array: throw error("a \(object.typeName) where a value is expected")
        case .tensor(let i): return (.tensor(try tensor(i)), 1)
        case .list(let i): return try container(.list(i)) { try $0.elements($0.graph.lists[i]) { .list($0) } }
        case .tuple(let i): return try container(.tuple(i)) { try $0.elements($0.graph.tuples[i]) { .tuple($0) } }
        case .set(let i): return try container(.set(i)) { try $0.elements($0.graph.lists[i]) { .set($0) } }
        case .dict(let i): return try container(.dict(i)) { try $0.dict($0.graph.dicts[i]) }
        }
    }

    private mutating func container(_ key: Container, _ body: (inout PickleConverter) throws -> Converted) throws -> Converted {
        if let known = containers[key] { return known }
        guard underWay.insert(key).inserted else { throw error("a container that holds itself") }
        guard underWay.count <= PickleConverter.deepest else { throw file.error("containers nested more than \(PickleConverter.deepest) deep") }
        let result = try body(&self)
        underWay.remove(key)
        containers[key] = result
        return result
    }

    /// A few bytes can say "this list ten times" about a list that says the same of another, and so on: harmless here, endless for whoever walks through it.
    private func check(_ count: Int) throws {
        guard count <= 64 * graph.pickleSize + 1 << 20 else { throw error("containers that repeat each other to \(count) values") }
    }

    private mutating func elements(_ objects: [PickleGraph.Object], _ make: ([StateValue]) -> StateValue) throws -> Converted {
        var values: [StateValue] = []
        values.reserveCapacity(objects.count)
        var count = 1
        for (i, object) in objects.enumerated() {
            path.append(String(i))
            let (value, inner) = try convert(object)
            path.removeLast()
            values.append(value)
            count += inner
            try check(count)
        }
        return (make(values), count)
    }

    private mutating func dict(_ dict: PickleGraph.Dict) throws -> Converted {
        var map = StateMap(isOrderedDict: dict.isOrderedDict)
        var count = 1
        for entry in dict.entries {
            let (keyValue, keyCount) = try convert(entry.key)
            count += keyCount
            try check(count)
            guard let key = StateKey(keyValue) else { throw error("a \(keyValue.typeName) as a dictionary's key") }
            path.append(key.description)
            let (value, inner) = try convert(entry.value)
            path.removeLast()
            map[key] = value
            count += inner
            try check(count)
        }
        return (.dict(map), count)
    }

    private mutating func tensor(_ index: Int) throws -> Tensor {
        if let known = tensors[index] { return known }
        let record = graph.tensors[index]
        let source = graph.storages[record.storage]
        var type = source.type
        if let dtype = record.dtype {
            guard type == .untyped else { throw error("a tensor of two dtypes") }
            type = dtype
        }
        let dtype: DType
        switch type {
        case .known(let known): dtype = known
        case .unsupported(let name, _): throw error("a tensor of dtype \(name), which is not supported")
        case .untyped: throw error("a tensor without a dtype")
        }
        let (start, overflow) = record.offset.addingReportingOverflow(source.view?.lowerBound ?? 0)
        guard !overflow else { throw error("a tensor at offset \(record.offset)") }
        let storage = try storage(source, type, dtype)
        let tensor: Tensor
        do {
            tensor = try FileTensor.make(storage, record.sizes, strides: record.strides, offset: start, dtype)
        } catch {
            throw self.error("a tensor whose \(error.message)")
        }
        if record.requiresGrad {
            guard dtype.isInexact else { throw error("a tensor of \(dtype) that requires a gradient") }
            tensor.requiresGrad_()
        }
        tensors[index] = tensor
        return tensor
    }

    private mutating func storage(_ record: PickleGraph.StorageRecord, _ type: ElementType, _ dtype: DType) throws -> Storage {
        if let known = storages[record.key] {
            guard known.type == type else { throw error("storage '\(record.key)' is used with two dtypes") }
            return known.storage
        }
        guard record.location != "meta" else { throw error("a tensor on the meta device, which has no elements") }
        let storage = try readStorage(record)
        FileTensor.normalize(storage, dtype, isSwapped: isSwapped)
        storages[record.key] = (storage, type)
        return storage
    }
}

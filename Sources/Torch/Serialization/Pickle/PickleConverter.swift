/// Converts a pickle's graph to values, and its storages to tensors. This is the second and last step of reading a
/// checkpoint.
struct PickleConverter {
    private let file: InputFile
    private let graph: PickleGraph
    private let budget: CheckpointBudget
    private let isSwapped: Bool
    private let readStorage: (PickleGraph.StorageRecord) throws -> Storage

    private var storages: [ExactText: (storage: Storage, type: ElementType)] = [:]
    private var tensors: [Tensor?]
    private var sparse: [Int: Tensor] = [:]
    /// The results of containers that are reached by several paths.
    private var known: [PickleGraph.Container: Converted] = [:]
    /// The keys that tuples were converted to.
    private var tupleKeys: [Int: StateKey] = [:]
    private var underWay: Set<PickleGraph.Container> = []
    /// The keys and indices that lead to the current value.
    private var path: [StateKey] = []

    /// A value and the number of values in it. A shared value counts each time it appears.
    private typealias Converted = (value: StateValue, count: Int)

    /// - Parameter readStorage: returns the memory of a storage in the file, with exactly its size.
    static func convert(
        _ graph: PickleGraph, of file: InputFile, _ budget: CheckpointBudget, isSwapped: Bool,
        readStorage: @escaping (PickleGraph.StorageRecord) throws -> Storage
    ) throws -> StateValue {
        var converter = PickleConverter(graph, file, budget, isSwapped, readStorage)
        return try converter.convert(graph.root).value
    }

    private init(
        _ graph: PickleGraph, _ file: InputFile, _ budget: CheckpointBudget, _ isSwapped: Bool,
        _ readStorage: @escaping (PickleGraph.StorageRecord) throws -> Storage
    ) {
        self.graph = graph
        self.file = file
        self.budget = budget
        self.isSwapped = isSwapped
        self.readStorage = readStorage
        tensors = Array(repeating: nil, count: graph.tensors.count)
    }

    private func error(_ what: String) -> TorchError {
        if path.isEmpty { return file.error(what) }
        // Keys of a hostile file may be long.
        let keys = path.map { String($0.description.unicodeScalars.prefix(100)) }
        return file.error("[" + keys.joined(separator: "][") + "]: " + what)
    }

    private mutating func convert(_ object: PickleGraph.Object) throws -> Converted {
        if object.container != nil { return try container(object) }
        return (try leaf(object), 1)
    }

    /// Converts a value that contains no other value. Not inlined: calls of `convert` nest as deep as the file says,
    /// and this code needs more stack space.
    @inline(never)
    private mutating func leaf(_ object: PickleGraph.Object) throws -> StateValue {
        switch object {
        case .none: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .bigInt(let value): return .bigInt(value)
        case .double(let value): return .double(value)
        case .string(let value): return .string(value)
        case .bytes(let value): return .bytes(value)
        case .size(let value): return .size(value)
        case .device(let text):
            guard let device = try? Device(text) else { throw error("the device '\(text)' is not one of cpu, cuda") }
            return .device(device)
        case .global(.dtype(.known(let dtype))): return .dtype(dtype)
        case .global(.dtype(.unsupported(let name, _))): throw error("the dtype \(name) is not supported")
        case .storage(let i): return .tensor(try tensor(ofStorage: i))
        case .tensor(let i): return .tensor(try tensor(i))
        case .sparse(let i): return .tensor(try sparse(i))
        case .global, .layout, .array, .list, .tuple, .set, .dict:
            throw error("a \(object.typeName) where a value is expected")
        }
    }

    private mutating func container(_ object: PickleGraph.Object) throws -> Converted {
        guard path.count < CheckpointBudget.deepest else {
            throw file.error("containers nested more than \(CheckpointBudget.deepest) deep")
        }
        guard let key = object.container, graph.shared.contains(key) else { return try contents(object) }
        if let known = known[key] { return known }
        guard underWay.insert(key).inserted else { throw error("a container that holds itself") }
        let result = try contents(object)
        underWay.remove(key)
        known[key] = result
        return result
    }

    private mutating func contents(_ object: PickleGraph.Object) throws -> Converted {
        switch object {
        case .list(let i): try elements(graph.lists[i]) { .list($0) }
        case .tuple(let i): try elements(graph.tuples[i]) { .tuple($0) }
        case .set(let i): try elements(graph.lists[i]) { .set($0) }
        case .dict(let i): try dict(graph.dicts[i])
        default: (try leaf(object), 1)
        }
    }

    private mutating func elements(
        _ objects: [PickleGraph.Object], _ make: ([StateValue]) -> StateValue
    ) throws -> Converted {
        try budget.spend(objects.count)
        var values: [StateValue] = []
        values.reserveCapacity(objects.count)
        var count = 1
        for (i, object) in objects.enumerated() {
            path.append(.int(i))
            let (value, inner) = try convert(object)
            path.removeLast()
            values.append(value)
            count += inner
            try budget.checkRepetitions(count)
        }
        return (make(values), count)
    }

    private mutating func dict(_ dict: PickleGraph.Dict) throws -> Converted {
        try budget.spend(dict.entries.count)
        var map = StateMap(isOrderedDict: dict.isOrderedDict)
        var count = 1
        for entry in dict.entries {
            let (key, keyCount) = try key(entry.key)
            path.append(key)
            let (value, inner) = try convert(entry.value)
            path.removeLast()
            map[key] = value
            count += inner + keyCount
            try budget.checkRepetitions(count)
        }
        return (.dict(map), count)
    }

    private mutating func key(_ object: PickleGraph.Object) throws -> (key: StateKey, count: Int) {
        let key: StateKey
        var count = 1
        if case .tuple(let i) = object, let known = tupleKeys[i] {
            key = known
        } else {
            let (value, inner) = try convert(object)
            guard let new = StateKey(value) else { throw error("a \(value.typeName) as a dictionary's key") }
            if case .tuple(let i) = object { tupleKeys[i] = new }
            key = new
            count = inner
        }
        // The cost of hashing the key.
        try budget.spend(key.weight)
        return (key, count)
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
        let dtype = try dtype(type)
        let (start, overflow) = record.offset.addingReportingOverflow(source.view?.lowerBound ?? 0)
        guard !overflow else { throw error("a tensor at offset \(record.offset)") }
        guard dtype.isComplex || !record.isConjugated else { throw error("a tensor of \(dtype) with a conj bit") }
        guard dtype != .bool || !record.isNegated else { throw error("a tensor of \(dtype) with a neg bit") }
        let storage = try storage(source, type, dtype)
        let tensor: Tensor
        do {
            tensor = try FileTensor.make(storage, record.sizes, strides: record.strides, offset: start, dtype)
        } catch {
            throw self.error("a tensor whose \(error.message)")
        }
        if record.isConjugated { tensor.flags.insert(.conjugated) }
        if record.isNegated { tensor.flags.insert(.negated) }
        if record.requiresGrad {
            guard dtype.isInexact else { throw error("a tensor of \(dtype) that requires a gradient") }
            tensor.requiresGrad_()
        }
        tensors[index] = tensor
        return tensor
    }

    private mutating func sparse(_ index: Int) throws -> Tensor {
        if let known = sparse[index] { return known }
        let record = graph.sparse[index]
        let parts = try record.parts.map { try tensor($0) }
        // Whatever a file says of its indices is checked.
        let made: Tensor
        do {
            made = try withError {
                switch record.layout {
                case .sparseCsr:
                    .sparseCsrTensor(parts[0], parts[1], parts[2], record.sizes, checkInvariants: true)
                case .sparseCsc:
                    .sparseCscTensor(parts[0], parts[1], parts[2], record.sizes, checkInvariants: true)
                default:
                    .sparseCooTensor(
                        parts[0], parts[1], record.sizes, checkInvariants: true, isCoalesced: record.isCoalesced)
                }
            }
        } catch let mistake as TorchError {
            throw error("a sparse tensor: \(mistake.message)")
        }
        let detached = made.detach()
        if record.requiresGrad {
            guard made.dtype.isInexact else { throw error("a tensor of \(made.dtype) that requires a gradient") }
            detached.requiresGrad_()
        }
        sparse[index] = detached
        return detached
    }

    /// Returns a tensor for a storage without a tensor: its elements, or its bytes if it has no dtype.
    private mutating func tensor(ofStorage index: Int) throws -> Tensor {
        let record = graph.storages[index]
        let type = record.type == .untyped ? .known(.uint8) : record.type
        let dtype = try dtype(type)
        let view = record.view ?? 0..<record.count
        let storage = try storage(record, type, dtype)
        do {
            return try FileTensor.make(storage, [view.count], strides: [1], offset: view.lowerBound, dtype)
        } catch {
            throw self.error("a storage whose \(error.message)")
        }
    }

    private func dtype(_ type: ElementType) throws -> DType {
        switch type {
        case .known(let known): return known
        case .unsupported(let name, _): throw error("a tensor of dtype \(name), which is not supported")
        case .untyped: throw error("a tensor without a dtype")
        }
    }

    private mutating func storage(
        _ record: PickleGraph.StorageRecord, _ type: ElementType, _ dtype: DType
    ) throws -> Storage {
        if let known = storages[ExactText(record.key)] {
            // Bytes may have any dtype that does not need to change them.
            let areBytes = record.type == .untyped && !isSwapped && dtype != .bool && known.type != .known(.bool)
            guard known.type == type || areBytes else { throw error("storage '\(record.key)' is used with two dtypes") }
            return known.storage
        }
        guard record.location != "meta" else { throw error("a tensor on the meta device, which has no elements") }
        let storage = try readStorage(record)
        FileTensor.normalize(storage, dtype, isSwapped: isSwapped)
        storages[ExactText(record.key)] = (storage, type)
        return storage
    }
}

extension StateKey {
    /// The cost of hashing the key, in units of the budget.
    fileprivate var weight: Int {
        switch self {
        case .string(let text): 1 + text.utf8.count / 32
        case .bytes(let bytes): 1 + bytes.count / 32
        case .tuple(let keys): keys.reduce(1) { $0 + $1.weight }
        default: 1
        }
    }
}

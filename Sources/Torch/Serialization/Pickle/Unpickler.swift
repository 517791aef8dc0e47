/// Reads the pickles that `torch.save` writes (protocol 2, or 3 if requested). Opcodes and classes form a closed set;
/// anything else is an error that names it.
struct Unpickler {
    private let input: FileStream
    private let budget: CheckpointBudget
    private var graph = PickleGraph()
    private var stack: [PickleGraph.Object] = []
    private var marks: [Int] = []
    private var memo: [UInt32: PickleGraph.Object] = [:]
    private var buffer: [UInt8] = []
    private var next = 0
    /// The integers of tuples and lists that were read as sizes or strides. Each is converted once, even if it is used
    /// a million times.
    private var integerLists: [PickleGraph.Container: [Int]] = [:]
    /// The storages that tuples have named.
    private var namedStorages: [Int: Int] = [:]
    /// The bits that metadata dictionaries set, and the number of their entries that have been checked.
    private var metadataBits: [Int: (checked: Int, bits: Bits)] = [:]
    /// The position of the current opcode in the file.
    private var opcodeOffset = 0

    typealias Object = PickleGraph.Object

    /// Whether NumPy arrays of bytes are allowed. `torch.save` does not write them.
    private let allowsArrays: Bool

    /// Reads one pickle. `input` is then right after it.
    static func read(_ input: FileStream, _ budget: CheckpointBudget, allowsArrays: Bool = false) throws -> PickleGraph
    {
        var unpickler = Unpickler(input, budget, allowsArrays: allowsArrays)
        return try unpickler.run()
    }

    private init(_ input: FileStream, _ budget: CheckpointBudget, allowsArrays: Bool) {
        self.input = input
        self.budget = budget
        self.allowsArrays = allowsArrays
    }

    private mutating func run() throws -> PickleGraph {
        guard try byte() == 0x80 else { throw error("not a pickle") }
        let version = try byte()
        guard version == 2 || version == 3 else {
            throw error("pickle protocol \(version); torch.save's own protocol 2, and 3, can be read")
        }
        while true {
            opcodeOffset = offset
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") { break }
            try budget.spend(1)
            try step(opcode)
        }
        graph.root = try pop()
        guard stack.isEmpty && marks.isEmpty else { throw error("\(stack.count) objects are left on the stack") }
        input.seek(offset)
        return graph
    }

    private mutating func step(_ opcode: UInt8) throws {
        switch opcode {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.int(Int(Int32(bitPattern: try number()))))
        case UInt8(ascii: "K"): stack.append(.int(Int(try byte())))
        case UInt8(ascii: "M"): stack.append(.int(Int(try number() as UInt16)))
        case 0x8a: stack.append(integer(try bytes(Int(try byte()))))
        case UInt8(ascii: "G"): stack.append(.double(Double(bitPattern: (try number() as UInt64).byteSwapped)))
        case UInt8(ascii: "X"): stack.append(.string(try text(Int(try number() as UInt32))))
        case UInt8(ascii: "C"): stack.append(.bytes(try bytes(Int(try byte()))))
        case UInt8(ascii: "B"): stack.append(.bytes(try bytes(Int(try number() as UInt32))))
        case UInt8(ascii: "U"): stack.append(python2String(try bytes(Int(try byte()))))
        case UInt8(ascii: "T"): stack.append(python2String(try bytes(Int(try number() as UInt32))))
        case UInt8(ascii: ")"): push(tuple: [])
        case UInt8(ascii: "t"): push(tuple: try popMark())
        case 0x85: push(tuple: [try pop()])
        case 0x86:
            let b = try pop(), a = try pop()
            push(tuple: [a, b])
        case 0x87:
            let c = try pop(), b = try pop(), a = try pop()
            push(tuple: [a, b, c])
        case UInt8(ascii: "]"):
            stack.append(.list(graph.lists.count))
            graph.lists.append([])
        case UInt8(ascii: "a"):
            let item = try pop()
            graph.lists[try list()].append(item)
        case UInt8(ascii: "e"):
            let mark = try popMarkPlace()
            guard case .list(let i)? = object(beneath: mark) else {
                throw error("items are appended to something that is no list")
            }
            graph.lists[i].append(contentsOf: stack[mark...])
            stack.removeSubrange(mark...)
        case UInt8(ascii: "}"): push(.init())
        case UInt8(ascii: "s"):
            let value = try pop(), key = try pop()
            graph.dicts[try dict("SETITEM")].entries.append((key, value))
        case UInt8(ascii: "u"):
            let mark = try popMarkPlace()
            guard (stack.count - mark) % 2 == 0 else { throw error("SETITEMS with a key that has no value") }
            guard case .dict(let target)? = object(beneath: mark) else {
                throw error("SETITEMS on something that is no dict")
            }
            let count = (stack.count - mark) / 2
            if graph.dicts[target].entries.isEmpty { graph.dicts[target].entries.reserveCapacity(count) }
            for i in stride(from: mark, to: stack.count, by: 2) {
                graph.dicts[target].entries.append((stack[i], stack[i + 1]))
            }
            stack.removeSubrange(mark...)
        case UInt8(ascii: "q"): memo[UInt32(try byte())] = try top()
        case UInt8(ascii: "r"): memo[try number()] = try top()
        case UInt8(ascii: "h"): try get(UInt32(try byte()))
        case UInt8(ascii: "j"): try get(try number())
        case UInt8(ascii: "c"): try global()
        case UInt8(ascii: "R"):
            let arguments = try popTuple("REDUCE")
            guard case .global(let function) = try pop() else { throw error("REDUCE of something that is no function") }
            stack.append(try call(function, arguments))
        case 0x81:
            let arguments = try popTuple("NEWOBJ")
            guard case .global(let function) = try pop() else { throw error("NEWOBJ of something that is no class") }
            stack.append(try call(function, arguments))
        case UInt8(ascii: "b"):
            let state = try pop()
            if case .array(let i) = try top() { return try fill(i, state) }
            if case .global(.arrayDType) = try top() { return }
            // The only attribute that is allowed and ignored: `_metadata` of a state dict.
            guard case .dict(let i) = try top(), graph.dicts[i].isOrderedDict else {
                throw error("BUILD of a \(try top().typeName); only an OrderedDict may have attributes")
            }
        case UInt8(ascii: "Q"): try persistent()
        default:
            throw error("opcode 0x\(String(opcode, radix: 16)) is not one that torch.save writes")
        }
    }

    // MARK: Stack

    private mutating func pop() throws -> Object {
        guard stack.count > marks.last ?? 0, let object = stack.popLast() else { throw error("nothing on the stack") }
        return object
    }

    private func top() throws -> Object {
        guard stack.count > marks.last ?? 0, let object = stack.last else { throw error("nothing on the stack") }
        return object
    }

    private mutating func popMarkPlace() throws -> Int {
        guard let mark = marks.popLast() else { throw error("no mark on the stack") }
        return mark
    }

    private mutating func popMark() throws -> [Object] {
        let mark = try popMarkPlace()
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    /// Returns the object below the items after a mark.
    private func object(beneath mark: Int) -> Object? { mark > marks.last ?? 0 ? stack[mark - 1] : nil }

    private mutating func popTuple(_ opcode: String) throws -> [Object] {
        guard case .tuple(let i) = try pop() else { throw error("\(opcode) whose arguments are no tuple") }
        return graph.tuples[i]
    }

    private mutating func push(tuple items: [Object]) {
        stack.append(.tuple(graph.tuples.count))
        graph.tuples.append(items)
    }

    private mutating func push(_ dict: PickleGraph.Dict) {
        stack.append(.dict(graph.dicts.count))
        graph.dicts.append(dict)
    }

    private func list() throws -> Int {
        guard case .list(let i) = try top() else { throw error("an item is appended to a \(try top().typeName)") }
        return i
    }

    private func dict(_ opcode: String) throws -> Int {
        guard case .dict(let i) = try top() else { throw error("\(opcode) on a \(try top().typeName)") }
        return i
    }

    private mutating func get(_ position: UInt32) throws {
        guard let object = memo[position] else { throw error("nothing was memoized under \(position)") }
        share(object)
        stack.append(object)
    }

    /// Records that one more path leads to an object.
    private mutating func share(_ object: Object) {
        if let container = object.container { graph.shared.insert(container) }
    }

    // MARK: Values

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try bytes(count), as: UTF8.self) else {
            throw error("text that is not UTF-8")
        }
        return text
    }

    /// Python 2's `str` is usually text, but can be any bytes.
    private func python2String(_ bytes: [UInt8]) -> Object {
        String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
    }

    private func integer(_ bytes: [UInt8]) -> Object {
        var bytes = bytes
        // Shorten to the shortest two's complement form of the same number.
        while let last = bytes.last,
            last == 0 && (bytes.count == 1 || bytes[bytes.count - 2] < 0x80)
                || last == 0xff && bytes.count > 1 && bytes[bytes.count - 2] >= 0x80
        { bytes.removeLast() }
        if bytes.count > 8 { return .bigInt(bytes) }
        var value: UInt64 = (bytes.last ?? 0) >= 0x80 ? .max : 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return .int(Int(Int64(bitPattern: value)))
    }

    private mutating func global() throws {
        let module = try line(), name = try line()
        let array = allowsArrays ? PickleGlobal(arrayModule: module, name: name) : nil
        guard let global = array ?? PickleGlobal(module: module, name: name) else {
            throw error("'\(module).\(name)' is not in the set of classes and functions that a checkpoint may use")
        }
        stack.append(.global(global))
    }

    // MARK: Classes and functions

    private mutating func call(_ function: PickleGlobal, _ arguments: [Object]) throws -> Object {
        switch function {
        case .orderedDict:
            guard arguments.isEmpty || arguments.count == 1 else { break }
            var dict = PickleGraph.Dict(isOrderedDict: true)
            if let items = arguments.first {
                guard case .list(let list) = items else { break }
                try budget.spend(graph.lists[list].count)
                dict.entries.reserveCapacity(graph.lists[list].count)
                for item in graph.lists[list] {
                    guard let pair = sequence(item), pair.count == 2 else {
                        throw error("OrderedDict of something that is no pair")
                    }
                    pair.forEach { share($0) }
                    dict.entries.append((pair[0], pair[1]))
                }
            }
            graph.dicts.append(dict)
            return .dict(graph.dicts.count - 1)
        case .counter:
            guard arguments.count == 1, case .dict = arguments[0] else { break }
            share(arguments[0])
            return arguments[0]
        case .set:
            guard arguments.count <= 1, arguments.isEmpty || sequence(arguments[0]) != nil else { break }
            let elements = arguments.first.flatMap(sequence) ?? []
            try budget.spend(elements.count)
            elements.forEach { share($0) }
            graph.lists.append(elements)
            return .set(graph.lists.count - 1)
        case .bytes:
            guard arguments.count <= 1 else { break }
            guard let first = arguments.first else { return .bytes([]) }
            guard case .bytes(let bytes) = first else { break }
            return .bytes(bytes)
        case .encode:
            guard arguments.count == 2, case .string(let text) = arguments[0], case .string("latin1") = arguments[1]
            else { break }
            try budget.spend(text.utf8.count / 32)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(text.utf8.count)
            for scalar in text.unicodeScalars {
                guard let byte = UInt8(exactly: scalar.value) else {
                    throw error("bytes with a character beyond latin1")
                }
                bytes.append(byte)
            }
            return .bytes(bytes)
        case .size:
            guard arguments.count <= 1,
                let sizes = try integers(arguments.first ?? .none) ?? (arguments.isEmpty ? [] : nil)
            else { break }
            return .size(Size(sizes))
        case .device:
            guard case .string(let type)? = arguments.first, type.utf8.count <= 64 else { break }
            if arguments.count == 1 { return .device(type) }
            guard arguments.count == 2, case .int(let index) = arguments[1] else { break }
            return .device("\(type):\(index)")
        case .rebuildTensor:
            guard arguments.count == 4 else { break }
            return try tensor(arguments, requiresGrad: .bool(false), dtype: nil, metadata: .none)
        case .rebuildTensorV2:
            guard arguments.count == 6 || arguments.count == 7 else { break }
            let metadata: Object = arguments.count == 7 ? arguments[6] : .none
            return try tensor(arguments, requiresGrad: arguments[4], dtype: nil, metadata: metadata)
        case .rebuildTensorV3:
            guard arguments.count == 7 || arguments.count == 8, case .global(.dtype(let dtype)) = arguments[6] else {
                break
            }
            let metadata: Object = arguments.count == 8 ? arguments[7] : .none
            return try tensor(arguments, requiresGrad: arguments[4], dtype: dtype, metadata: metadata)
        case .layout:
            guard arguments.count == 1, case .string(let name) = arguments[0], name.hasPrefix("torch."),
                let layout = TensorLayout(rawValue: String(name.dropFirst(6)))
            else { break }
            return .layout(layout)
        case .rebuildSparse:
            guard arguments.count == 2, case .layout(let layout) = arguments[0], let parts = sequence(arguments[1])
            else {
                break
            }
            return try sparse(layout, parts)
        case .rebuildParameter, .rebuildParameterWithState:
            if case .sparse(let i)? = arguments.first, arguments.count > 1, case .bool(let requiresGrad) = arguments[1]
            {
                var record = graph.sparse[i]
                record.requiresGrad = requiresGrad
                return try add(record)
            }
            guard arguments.count == (function == .rebuildParameter ? 3 : 4), case .tensor(let i) = arguments[0],
                case .bool(let requiresGrad) = arguments[1]
            else { break }
            var record = graph.tensors[i]
            record.requiresGrad = requiresGrad
            return try add(record)
        case .rebuildFromType:
            // A tensor with Python attributes. They are ignored.
            guard arguments.count == 4, case .global(let inner) = arguments[0],
                case .global(.tensorClass) = arguments[1], case .tuple(let items) = arguments[2]
            else { break }
            switch inner {
            case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3, .rebuildParameter, .rebuildParameterWithState,
                .rebuildSparse:
                return try call(inner, graph.tuples[items])
            default: break
            }
        case .arrayReconstruct:
            guard arguments.count == 3, case .global(.arrayClass) = arguments[0] else { break }
            graph.arrays.append(.init())
            return .array(graph.arrays.count - 1)
        case .arrayDType:
            guard let first = arguments.first, case .string("u1") = first else { break }
            return .global(.arrayDType)
        case .tensorClass, .storageType, .dtype, .arrayClass: break
        }
        throw error("\(function) called with arguments that torch.save does not write")
    }

    private mutating func add(_ record: PickleGraph.TensorRecord) throws -> Object {
        try budget.spend(16 + record.sizes.count + record.strides.count)
        graph.tensors.append(record)
        return .tensor(graph.tensors.count - 1)
    }

    private mutating func add(_ record: PickleGraph.SparseRecord) throws -> Object {
        try budget.spend(16 + record.sizes.count)
        graph.sparse.append(record)
        return .sparse(graph.sparse.count - 1)
    }

    /// Adds a sparse tensor. `parts` are its indices, values, sizes and, for coordinates, whether it is coalesced.
    private mutating func sparse(_ layout: TensorLayout, _ parts: [Object]) throws -> Object {
        let count = layout == .sparseCoo ? 2 : 3
        let tensors = parts.prefix(count).compactMap { if case .tensor(let i) = $0 { i } else { nil } }
        guard layout != .strided, tensors.count == count, parts.count > count, let sizes = try integers(parts[count])
        else { throw error("a sparse tensor described in a way that torch.save does not use") }
        var isCoalesced: Bool?
        if layout == .sparseCoo, parts.count > 3, case .bool(let flag) = parts[3] { isCoalesced = flag }
        return try add(.init(layout: layout, parts: tensors, sizes: sizes, isCoalesced: isCoalesced))
    }

    private mutating func tensor(
        _ arguments: [Object], requiresGrad: Object, dtype: ElementType?, metadata: Object
    ) throws -> Object {
        let bits = try bits(metadata)
        guard case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
            let sizes = try integers(arguments[2]),
            let strides = try integers(arguments[3]), case .bool(let requiresGrad) = requiresGrad
        else {
            throw error("a tensor described in a way that torch.save does not use")
        }
        return try add(
            .init(
                storage: storage, offset: offset, sizes: sizes, strides: strides, requiresGrad: requiresGrad,
                isConjugated: bits.conj, isNegated: bits.neg, dtype: dtype
            ))
    }

    /// The bits of PyTorch's lazy conjugation and negation.
    private typealias Bits = (conj: Bool, neg: Bool)

    /// Returns the bits that a tensor's metadata sets. As in PyTorch, the presence of a key sets its bit, whatever the
    /// value.
    private mutating func bits(_ metadata: Object) throws -> Bits {
        if case .none = metadata { return (false, false) }
        guard case .dict(let i) = metadata else { throw error("a tensor's metadata is a \(metadata.typeName)") }
        // Many tensors may refer to one dictionary, which may have grown since it was checked.
        var (checked, bits) = metadataBits[i] ?? (0, (false, false))
        let entries = graph.dicts[i].entries
        if checked == entries.count { return bits }
        for entry in entries[checked...] {
            guard case .string(let key) = entry.key else {
                throw error("a tensor's metadata with a \(entry.key.typeName) as a key")
            }
            if key == "conj" { bits.conj = true }
            if key == "neg" { bits.neg = true }
        }
        checked = entries.count
        metadataBits[i] = (checked, bits)
        return bits
    }

    /// Sets an array from NumPy's state: (version, sizes, dtype, whether it is column-major, elements).
    private mutating func fill(_ array: Int, _ state: Object) throws {
        guard let parts = sequence(state), parts.count == 5, let sizes = try integers(parts[1]),
            case .global(.arrayDType) = parts[2], case .bool(false) = parts[3],
            let count = Layout.checkedCount(sizes)
        else {
            throw error("an array that is not one of bytes, row by row")
        }
        switch parts[4] {
        case .bytes(let bytes): graph.arrays[array].bytes = bytes
        case .string(let text):
            try budget.spend(text.utf8.count / 32)
            graph.arrays[array].bytes = Array(text.utf8)
        default: throw error("an array whose elements are a \(parts[4].typeName)")
        }
        guard graph.arrays[array].bytes.count == count, sizes.allSatisfy({ $0 >= 0 }) else {
            throw error("an array of sizes \(sizes) with \(graph.arrays[array].bytes.count) bytes")
        }
        graph.arrays[array].sizes = sizes
    }

    private func sequence(_ object: Object) -> [Object]? {
        switch object {
        case .list(let i): graph.lists[i]
        case .tuple(let i): graph.tuples[i]
        default: nil
        }
    }

    /// Returns sizes or strides, or nil if the object is something else.
    private mutating func integers(_ object: Object) throws -> [Int]? {
        if case .size(let size) = object { return size.sizes }
        guard let items = sequence(object), let container = object.container else { return nil }
        // Lists only grow, so the same count means the same content.
        if let known = integerLists[container], known.count == items.count { return known }
        guard items.count <= Layout.maxRank else {
            throw error("\(items.count) dimensions; at most \(Layout.maxRank) can be read")
        }
        var result: [Int] = []
        for item in items {
            guard case .int(let value) = item else { return nil }
            result.append(value)
        }
        integerLists[container] = result
        return result
    }

    /// Reads a storage reference: ('storage', type, key, location, count). Files before 1.6 have a sixth element: None,
    /// or (key, offset, count) of a view.
    private mutating func persistent() throws {
        guard case .tuple(let i) = try pop() else { throw error("a persistent id that is no tuple") }
        if let known = namedStorages[i] {
            stack.append(.storage(known))
            return
        }
        let id = graph.tuples[i]
        guard id.count == 5 || id.count == 6, case .string("storage") = id[0],
            case .global(.storageType(let type)) = id[1], case .string(let key) = id[2],
            case .string(let location) = id[3], case .int(let count) = id[4]
        else {
            throw error("a persistent id that is no storage")
        }
        guard key.utf8.count <= 256 else { throw error("a storage with a key of \(key.utf8.count) bytes") }
        guard count >= 0, !count.multipliedReportingOverflow(by: type.itemSize).overflow else {
            throw error("a storage of \(count) elements")
        }
        var record = PickleGraph.StorageRecord(type: type, key: key, location: location, count: count)
        if id.count == 6, let view = sequence(id[5]) {
            guard view.count == 3, case .int(let offset) = view[1], case .int(let length) = view[2], offset >= 0,
                length >= 0, offset <= count, length <= count - offset
            else {
                throw error("a storage's view that reaches outside it")
            }
            record.view = offset..<(offset + length)
        }
        stack.append(.storage(graph.storages.count))
        namedStorages[i] = graph.storages.count
        graph.storages.append(record)
    }

    // MARK: Input

    private var offset: Int { input.offset - (buffer.count - next) }

    private func error(_ what: String) -> TorchError { input.error("byte \(opcodeOffset): \(what)") }

    private mutating func byte() throws -> UInt8 {
        if next == buffer.count {
            guard input.remaining > 0 else { throw error("the pickle ends in the middle") }
            buffer = try input.bytes(min(input.remaining, 1 << 16))
            next = 0
        }
        defer { next += 1 }
        return buffer[next]
    }

    private mutating func bytes(_ count: Int) throws -> [UInt8] {
        let buffered = min(count, buffer.count - next)
        guard count - buffered <= input.remaining else { throw error("\(count) bytes wanted, the pickle ends before") }
        var result = Array(buffer[next..<next + buffered])
        next += buffered
        if buffered < count { result += try input.bytes(count - buffered) }
        return result
    }

    private mutating func number<T: FixedWidthInteger>() throws -> T {
        var value: T = 0
        for i in 0..<T.bitWidth / 8 { value |= T(truncatingIfNeeded: try byte()) << (8 * i) }
        return value
    }

    private mutating func line() throws -> String {
        var bytes: [UInt8] = []
        while true {
            let byte = try byte()
            if byte == UInt8(ascii: "\n") { break }
            guard bytes.count < 256 else { throw error("a name of more than 256 bytes") }
            bytes.append(byte)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("a name that is not UTF-8") }
        return text
    }
}

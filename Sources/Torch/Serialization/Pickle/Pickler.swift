/// Writes a value as the pickle (protocol 2) that `torch.save` writes, and collects its storages.
struct Pickler {
    private(set) var bytes: [UInt8] = []
    /// The storages, in the order of their keys: '0', '1', …
    private(set) var storages: [Storage] = []
    private var positions: [ObjectIdentifier: (key: Int, dtype: DType)] = [:]
    private var memo: [String: Int] = [:]
    /// The number of containers around the current value.
    private var depth = 0

    static func pickle(_ value: StateValue) throws -> Pickler {
        var pickler = Pickler()
        pickler.bytes = [0x80, 2]
        try pickler.write(value)
        pickler.op(".")
        return pickler
    }

    private mutating func write(_ value: StateValue) throws {
        switch value {
        case .null: op("N")
        case .bool(let b): bytes.append(b ? 0x88 : 0x89)
        case .int(let i): write(i)
        case .bigInt(let digits):
            guard let count = UInt8(exactly: digits.count) else {
                throw TorchError(.value, "save: an integer of \(digits.count) bytes; PyTorch reads at most 255")
            }
            bytes += [0x8a, count] + digits
        case .double(let d):
            op("G")
            number(d.bitPattern.byteSwapped)
        case .string(let s): try write(s)
        case .bytes(let b):
            global("_codecs", "encode")
            try write(String(String.UnicodeScalarView(b.map { Unicode.Scalar($0) })))
            try write("latin1")
            bytes.append(0x86)
            op("R")
        case .tensor(let tensor): try write(tensor)
        case .list, .tuple, .set, .dict:
            depth += 1
            guard depth <= CheckpointBudget.deepest else {
                throw TorchError(
                    .value,
                    "save: containers nested more than \(CheckpointBudget.deepest) deep, which load would refuse"
                )
            }
            try write(container: value)
            depth -= 1
        case .size(let size):
            global("torch", "Size")
            write(tuple: size.sizes)
            bytes.append(0x85)
            op("R")
        case .dtype(let dtype):
            global("torch", dtype.name)
        case .device(let device):
            global("torch", "device")
            try write(device.description)
            bytes.append(0x85)
            op("R")
        }
    }

    private mutating func write(container: StateValue) throws {
        switch container {
        case .list(let elements): try write(list: elements)
        case .tuple(let elements):
            op("(")
            for element in elements { try write(element) }
            op("t")
        case .set(let elements):
            global("__builtin__", "set")
            try write(list: elements)
            bytes.append(0x85)
            op("R")
        case .dict(let map):
            if map.isOrderedDict {
                emptyOrderedDict()
            } else {
                op("}")
            }
            if map.isEmpty { return }
            op("(")
            for (key, value) in map {
                try write(key.value)
                try write(value)
            }
            op("u")
        default: try write(container)
        }
    }

    private mutating func write(_ tensor: Tensor) throws {
        try tensor.checkIsInitialized()
        if tensor.isVoid { throw TorchError(.value, "save: a tensor that is void because an operator before failed") }
        if tensor.hasSparseForm { return try write(sparse: tensor) }
        let storage = tensor.storage
        let position = positions[ObjectIdentifier(storage)] ?? (storages.count, tensor.dtype)
        if position.key == storages.count {
            positions[ObjectIdentifier(storage)] = position
            storages.append(storage)
        }
        guard position.dtype == tensor.dtype else {
            throw TorchError(
                .runtime, "Cannot save multiple tensors or storages that view the same data as different types")
        }
        let isOfBytes = tensor.dtype.isSavedAsBytes
        global("torch._utils", isOfBytes ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
        op("(")
        op("(")
        try memoized("storage")
        if isOfBytes {
            global("torch.storage", "UntypedStorage")
        } else {
            global("torch", PickleGlobal.storageName(tensor.dtype))
        }
        try write(String(position.key))
        try memoized("cpu")
        write(isOfBytes ? storage.byteCount : storage.byteCount / tensor.itemSize)
        op("t")
        op("Q")
        write(tensor.storageOffset())
        write(tuple: tensor.sizes)
        write(tuple: tensor.stride())
        bytes.append(tensor.requiresGrad ? 0x88 : 0x89)
        // The tensor has no hooks.
        emptyOrderedDict()
        if isOfBytes { global("torch", tensor.dtype.name) }
        try writeBits(of: tensor)
        op("t")
        op("R")
    }

    /// Writes a sparse tensor as its indices and values. Like PyTorch, does not write whether it requires a gradient.
    private mutating func write(sparse tensor: Tensor) throws {
        guard let parts = tensor.sparseParts else { return }
        global("torch._utils", "_rebuild_sparse_tensor")
        op("(")
        global("torch.serialization", "_get_layout")
        try memoized(tensor.layoutKind.description)
        bytes.append(0x85)
        op("R")
        op("(")
        if let starts = parts.pattern.starts { try write(starts.detach()) }
        try write(parts.pattern.indices.detach())
        try write(parts.values.detach().view(parts.valueSizes))
        try write(.size(tensor.shape))
        if tensor.isSparse { try write(.bool(parts.pattern.isCoalesced)) }
        op("t")
        op("t")
        op("R")
    }

    /// Writes which of PyTorch's lazy bits an unresolved tensor has. Its storage is written as it is.
    private mutating func writeBits(of tensor: Tensor) throws {
        if !tensor.isUnresolved { return }
        op("}")
        for (name, isSet) in [("conj", tensor.isConj()), ("neg", tensor.isNeg())] where isSet {
            try memoized(name)
            bytes.append(0x88)
            op("s")
        }
    }

    private mutating func emptyOrderedDict() {
        global("collections", "OrderedDict")
        op(")")
        op("R")
    }

    private mutating func write(list elements: [StateValue]) throws {
        op("]")
        if elements.isEmpty { return }
        op("(")
        for element in elements { try write(element) }
        op("e")
    }

    private mutating func write(tuple elements: [Int]) {
        op("(")
        for element in elements { write(element) }
        op("t")
    }

    private mutating func write(_ i: Int) {
        if let small = UInt8(exactly: i) {
            op("K")
            bytes.append(small)
        } else if let small = UInt16(exactly: i) {
            op("M")
            number(small)
        } else if let small = Int32(exactly: i) {
            op("J")
            number(small)
        } else {
            bytes += [0x8a, 8]
            number(i)
        }
    }

    private mutating func write(_ s: String) throws {
        guard let count = UInt32(exactly: s.utf8.count) else {
            throw TorchError(.value, "save: a string of \(s.utf8.count) bytes; a pickle holds at most 4 GiB")
        }
        op("X")
        number(count)
        bytes += Array(s.utf8)
    }

    /// Writes a text that every tensor repeats. It is stored once and then recalled.
    private mutating func memoized(_ s: String) throws {
        if getMemoized(s) { return }
        try write(s)
        memoize(s)
    }

    private mutating func global(_ module: String, _ name: String) {
        let text = "c\(module)\n\(name)\n"
        if getMemoized(text) { return }
        bytes += Array(text.utf8)
        memoize(text)
    }

    private mutating func getMemoized(_ text: String) -> Bool {
        guard let position = memo[text] else { return false }
        bytes += [UInt8(ascii: "h"), UInt8(position)]
        return true
    }

    /// Stores a text in the memo. There are few texts: functions, storage classes and dtypes.
    private mutating func memoize(_ text: String) {
        bytes += [UInt8(ascii: "q"), UInt8(memo.count)]
        memo[text] = memo.count
    }

    private mutating func op(_ code: Unicode.Scalar) { bytes.append(UInt8(ascii: code)) }

    private mutating func number(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) }
    }
}

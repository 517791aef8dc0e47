import Torch

/// A value in the pickle of a distributed checkpoint's metadata. Objects are the classes and attributes that are
/// written; nothing in the file is executed.
final class PickledValue {
    enum Kind {
        case none
        case bool(Bool)
        case int(Int)
        case double(Double)
        case string(String)
        /// A class or function, such as `torch.float32`.
        case global(String)
        case tuple
        case list
        case dict
        /// A call of a class or function, with its arguments in `elements`.
        case object(String)
    }

    let kind: Kind
    /// The elements of a list or tuple, or the arguments of a call.
    var elements: [PickledValue]
    /// The entries of a dictionary.
    var entries: [(key: PickledValue, value: PickledValue)] = []
    /// What an object was given after it was made.
    var state: PickledValue?

    init(_ kind: Kind, _ elements: [PickledValue] = []) {
        self.kind = kind
        self.elements = elements
    }

    /// The attribute of an object, or the value of a text key.
    subscript(name: String) -> PickledValue? {
        (state ?? self).entries.first { $0.key.string?.isExactly(name) == true }?.value
    }

    var string: String? { if case .string(let text) = kind { text } else { nil } }
    var int: Int? { if case .int(let number) = kind { number } else { nil } }
    var global: String? { if case .global(let name) = kind { name } else { nil } }
    /// The numbers of a `torch.Size`, a tuple or a list.
    var sizes: [Int]? {
        var list = elements
        if case .object("torch.Size") = kind { list = elements.first?.elements ?? [] }
        let numbers = list.compactMap(\.int)
        return numbers.count == list.count ? numbers : nil
    }
}

/// Reads the pickle.
struct MetadataUnpickler {
    private let bytes: [UInt8]
    private let name: String
    private var position = 0
    private var stack: [PickledValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickledValue] = [:]

    /// - Throws: `TorchError` if the bytes are not a pickle of plain values and objects.
    static func read(_ bytes: [UInt8], _ name: String) throws -> PickledValue {
        var reader = MetadataUnpickler(bytes: bytes, name: name)
        return try reader.run()
    }

    private init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    private func error(_ what: String) -> TorchError { TorchError(.file, "\(name): byte \(position): \(what)") }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw error("the pickle is cut short") }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func number(_ count: Int) throws -> Int {
        let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw error("a length that is too large") }
        return number
    }

    private mutating func line() throws -> String {
        guard let end = bytes[position...].firstIndex(of: 10) else { throw error("the pickle is cut short") }
        let text = try take(end - position)
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func pop() throws -> PickledValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw error("a value is missing") }
        return value
    }

    private mutating func popToMark() throws -> [PickledValue] {
        guard let mark = marks.popLast() else { throw error("a mark is missing") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func top() throws -> PickledValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw error("a value is missing") }
        return value
    }

    private mutating func push(_ kind: PickledValue.Kind, _ elements: [PickledValue] = []) {
        stack.append(PickledValue(kind, elements))
    }

    private mutating func push(text count: Int) throws {
        push(.string(String(decoding: try take(count), as: UTF8.self)))
    }

    private mutating func run() throws -> PickledValue {
        while true {
            let code = try take(1).first ?? 0
            switch code {
            case 0x80: _ = try take(1)
            case 0x95: _ = try take(8)
            case UInt8(ascii: "."): return try pop()
            case UInt8(ascii: "N"): push(.none)
            case 0x88: push(.bool(true))
            case 0x89: push(.bool(false))
            case UInt8(ascii: "K"): push(.int(try number(1)))
            case UInt8(ascii: "M"): push(.int(try number(2)))
            case UInt8(ascii: "J"): push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
            case 0x8a:
                let count = try number(1)
                let digits = Array(try take(count))
                guard count <= 8 else { throw error("an integer that is too large") }
                let negative = (digits.last ?? 0) & 0x80 != 0
                let value = digits.reversed().reduce(negative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
                push(.int(Int(truncatingIfNeeded: value)))
            case UInt8(ascii: "G"):
                push(.double(Double(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })))
            case 0x8c: try push(text: try number(1))
            case UInt8(ascii: "X"): try push(text: try number(4))
            case 0x8d: try push(text: try number(8))
            case 0x94: memo[memo.count] = try top()
            case UInt8(ascii: "q"): memo[try number(1)] = try top()
            case UInt8(ascii: "r"): memo[try number(4)] = try top()
            case UInt8(ascii: "h"): try recall(try number(1))
            case UInt8(ascii: "j"): try recall(try number(4))
            case UInt8(ascii: "("): marks.append(stack.count)
            case UInt8(ascii: ")"): push(.tuple)
            case UInt8(ascii: "]"): push(.list)
            case UInt8(ascii: "}"): push(.dict)
            case UInt8(ascii: "t"): push(.tuple, try popToMark())
            case 0x85, 0x86, 0x87:
                var elements: [PickledValue] = []
                for _ in 0..<(code - 0x84) { elements.insert(try pop(), at: 0) }
                push(.tuple, elements)
            case UInt8(ascii: "a"):
                let value = try pop()
                try top().elements.append(value)
            case UInt8(ascii: "e"):
                let values = try popToMark()
                try top().elements += values
            case UInt8(ascii: "s"):
                let value = try pop(), key = try pop()
                try top().entries.append((key, value))
            case UInt8(ascii: "u"):
                let values = try popToMark()
                guard values.count.isMultiple(of: 2) else { throw error("a key without a value") }
                for i in stride(from: 0, to: values.count, by: 2) {
                    try top().entries.append((values[i], values[i + 1]))
                }
            case UInt8(ascii: "c"):
                let module = try line(), name = try line()
                push(.global("\(module).\(name)"))
            case 0x93:
                guard let name = try pop().string, let module = try pop().string else {
                    throw error("a class without a name")
                }
                push(.global("\(module).\(name)"))
            case 0x81, UInt8(ascii: "R"):
                let arguments = try pop()
                guard let name = try pop().global else { throw error("a call of something else than a class") }
                push(.object(name), arguments.elements)
            case UInt8(ascii: "b"):
                let state = try pop()
                try top().state = state
            default: throw error("opcode \(code) is not expected in a checkpoint's metadata")
            }
        }
    }

    private mutating func recall(_ key: Int) throws {
        guard let value = memo[key] else { throw error("a value that was not stored") }
        stack.append(value)
    }
}

/// Writes the pickle, in protocol 4.
struct MetadataPickler {
    private(set) var bytes: [UInt8] = [0x80, 4]

    mutating func global(_ module: String, _ name: String) {
        string(module)
        string(name)
        bytes.append(0x93)
    }

    mutating func none() { bytes.append(UInt8(ascii: "N")) }
    mutating func bool(_ value: Bool) { bytes.append(value ? 0x88 : 0x89) }

    mutating func int(_ value: Int) {
        bytes += [0x8a, 8]
        bytes += withUnsafeBytes(of: Int64(value).littleEndian, Array.init)
    }

    mutating func string(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes.append(UInt8(ascii: "X"))
        bytes += withUnsafeBytes(of: UInt32(utf8.count).littleEndian, Array.init)
        bytes += utf8
    }

    mutating func tuple(_ body: (inout MetadataPickler) -> Void) { marked("(", "t", body) }
    mutating func list(_ body: (inout MetadataPickler) -> Void) {
        bytes.append(UInt8(ascii: "]"))
        marked("(", "e", body)
    }
    mutating func dict(_ body: (inout MetadataPickler) -> Void) {
        bytes.append(UInt8(ascii: "}"))
        marked("(", "u", body)
    }

    private mutating func marked(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout MetadataPickler) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        body(&self)
        bytes.append(UInt8(ascii: close))
    }

    /// A call of a function or class with arguments.
    mutating func call(_ module: String, _ name: String, _ arguments: (inout MetadataPickler) -> Void) {
        global(module, name)
        tuple(arguments)
        bytes.append(UInt8(ascii: "R"))
    }

    /// An object with attributes: `state` writes a dictionary or a tuple.
    mutating func object(_ module: String, _ name: String, state: ((inout MetadataPickler) -> Void)?) {
        global(module, name)
        bytes += [UInt8(ascii: ")"), 0x81]
        guard let state else { return }
        state(&self)
        bytes.append(UInt8(ascii: "b"))
    }

    mutating func size(_ sizes: [Int]) {
        call("torch", "Size") { $0.tuple { p in for size in sizes { p.int(size) } } }
    }

    mutating func finish() -> [UInt8] { bytes + [UInt8(ascii: ".")] }
}

import Foundation
import Torch

/// The reason why a case cannot run: the library does not have a dtype, an argument or an operator.
struct Unsupported: Error {
    let why: String
    /// Whether an argument has a type that the Swift function does not take, so that such a call does not compile.
    let isMistyped: Bool

    init(_ why: String, isMistyped: Bool = false) {
        self.why = why
        self.isMistyped = isMistyped
    }
}

/// A case file with a wrong format.
struct Malformed: Error {
    let why: String
    init(_ why: String) { self.why = why }
}

typealias JSON = [String: Any]

/// A tensor in a case file.
struct TensorData {
    let dtype: DType
    let shape: [Int]
    let strides: [Int]?
    let bytes: Data

    init(_ json: JSON) throws {
        guard let name = json["dtype"] as? String, let shape = json["shape"] as? [Int],
            let text = json["data"] as? String,
            let bytes = Data(base64Encoded: text)
        else { throw Malformed("a tensor without dtype, shape and data") }
        guard let dtype = DType(name: name) else { throw Unsupported("dtype \(name)") }
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
        strides = json["strides"] as? [Int]
        guard let count = Layout.checkedCount(shape), strides != nil || count * dtype.itemSize == bytes.count else {
            throw Malformed("a tensor of shape \(shape) with \(bytes.count) bytes")
        }
    }

    /// Returns a new tensor. If there are strides, it is the view of its storage that they describe.
    func tensor() throws -> Tensor {
        nonisolated(unsafe) let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(bytes.count, 64), alignment: 64)
        bytes.withUnsafeBytes { if $0.count > 0 { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }
        let storage = Storage(pointer: memory, byteCount: bytes.count) { memory.deallocate() }
        return try Tensor(
            storage: storage, layout: strides.map { Layout(shape, strides: $0, offset: 0) } ?? Layout(shape),
            dtype: dtype)
    }

    /// The elements in row-major order.
    var elements: Elements {
        bytes.withUnsafeBytes {
            Elements(
                $0.baseAddress, Layout(shape, strides: strides ?? Layout.contiguousStrides(shape), offset: 0), dtype)
        }
    }
}

/// An argument or a result.
enum Value {
    case tensor(Tensor)
    case int(Int)
    case float(Double)
    case complex(Double, Double)
    case bool(Bool)
    case string(String)
    case none
    case list([Value])
    case dict([String: Value])
    case dtype(DType)
    case device(String)
    case memoryFormat(String)
    case layout(String)
    case slice([Value])
    case ellipsis

    /// Reads a value.
    /// - Throws: `Unsupported` if the library does not have a dtype.
    init(_ json: JSON) throws {
        guard json.count == 1, let (key, content) = json.first else {
            throw Malformed("a value with \(json.count) keys")
        }
        switch (key, content) {
        case ("tensor", let data as JSON): self = .tensor(try TensorData(data).tensor())
        case ("int", let number as Int): self = .int(number)
        case ("float", _): self = .float(try Value.double(content))
        case ("bool", let flag as Bool): self = .bool(flag)
        case ("str", let text as String): self = .string(text)
        case ("none", _): self = .none
        case ("list", let items as [JSON]), ("tuple", let items as [JSON]):
            self = .list(try items.map { try Value($0) })
        case ("dict", let items as [String: JSON]): self = .dict(try items.mapValues { try Value($0) })
        case ("dtype", let name as String):
            guard let dtype = DType(name: name) else { throw Unsupported("dtype \(name)") }
            self = .dtype(dtype)
        case ("device", let name as String): self = .device(name)
        case ("memory_format", let name as String): self = .memoryFormat(name)
        case ("layout", let name as String): self = .layout(name)
        case ("slice", let items as [JSON]): self = .slice(try items.map { try Value($0) })
        case ("ellipsis", _): self = .ellipsis
        case ("complex", let parts as [Any]) where parts.count == 2:
            self = .complex(try Value.double(parts[0]), try Value.double(parts[1]))
        default: throw Malformed("a value of the unknown kind '\(key)'")
        }
    }

    static func double(_ content: Any) throws -> Double {
        switch content {
        case let number as Double: return number
        case "nan" as String: return .nan
        case "inf" as String: return .infinity
        case "-inf" as String: return -.infinity
        default: throw Malformed("\(content) is no number")
        }
    }

    /// The tensors in the value, in order.
    var tensors: [Tensor] {
        switch self {
        case .tensor(let t): [t]
        case .list(let items), .slice(let items): items.flatMap(\.tensors)
        case .dict(let items): items.sorted { $0.key < $1.key }.flatMap(\.value.tensors)
        default: []
        }
    }

    /// Returns the value at a path of list positions and dictionary keys.
    func at(_ path: some Collection<Substring>) -> Value? {
        guard let step = path.first else { return self }
        switch self {
        case .list(let items), .slice(let items):
            guard let i = Int(step), items.indices.contains(i) else { return nil }
            return items[i].at(path.dropFirst())
        case .dict(let items): return items[String(step)]?.at(path.dropFirst())
        default: return nil
        }
    }
}

extension Value: CustomStringConvertible {
    var description: String {
        switch self {
        case .tensor(let t): "\(t.dtype)\(t.shape.sizes)"
        case .int(let i): "\(i)"
        case .float(let d): "\(d)"
        case .complex(let re, let im): "\(Scalar.complex(re, im))"
        case .bool(let b): "\(b)"
        case .string(let s): "'\(s)'"
        case .none: "none"
        case .list(let items), .slice(let items): "\(items)"
        case .dict(let items): "\(items)"
        case .dtype(let d): "\(d)"
        case .device(let s), .memoryFormat(let s), .layout(let s): s
        case .ellipsis: "..."
        }
    }
}

/// A type that an adapter can return.
protocol Outcome {
    var value: Value { get }
}

extension Value: Outcome { var value: Value { self } }
extension Tensor: Outcome { var value: Value { .tensor(self) } }
extension Bool: Outcome { var value: Value { .bool(self) } }
extension Int: Outcome { var value: Value { .int(self) } }
extension Double: Outcome { var value: Value { .float(self) } }
extension Array: Outcome where Element: Outcome { var value: Value { .list(map(\.value)) } }
extension Size: Outcome { var value: Value { .list(sizes.map { .int($0) }) } }
extension Scalar: Outcome {
    var value: Value {
        switch self {
        case .bool(let b): .bool(b)
        case .int(let i): .int(Int(i))
        case .uint(let u): .float(Double(u))
        case .double(let d): .float(d)
        case .complex(let re, let im): .complex(re, im)
        }
    }
}

/// A result of two or three tensors.
func both(_ pair: (Tensor, Tensor)) -> [Tensor] { [pair.0, pair.1] }
func all(_ triple: (Tensor, Tensor, Tensor)) -> [Tensor] { [triple.0, triple.1, triple.2] }

import Torch

/// The arguments of a case. They are looked up by PyTorch's names or positions.
struct Call {
    /// PyTorch's argument names in order. A name with a star takes all remaining positional arguments; the names after
    /// it are keywords.
    let names: [Substring]
    /// The number of names before the one with a star.
    private let named: Int
    let positional: [Value]
    let keywords: [String: Value]

    /// Arguments that on the CPU only repeat the default.
    private static let implied: Set<String> = ["device", "layout", "requires_grad", "pin_memory", "non_blocking"]

    /// Creates the arguments of a call.
    /// - Throws: `Unsupported` if an argument has no name in `signature`. So no argument is ignored by accident.
    init(_ signature: String, _ positional: [Value], _ keywords: [String: Value]) throws {
        names = signature.split(separator: " ")
        self.positional = positional
        self.keywords = keywords
        named = names.firstIndex { $0.hasPrefix("*") } ?? names.count
        if named == names.count, positional.count > names.count {
            throw Unsupported("\(positional.count) positional arguments")
        }
        for (name, value) in keywords where !names.contains(where: { $0 == name }) {
            if case .layout(let layout) = value, layout != "strided" {
                throw Unsupported("layout \(layout)", isMistyped: true)
            }
            if Call.implied.contains(name) { continue }
            if case .memoryFormat(let format) = value, format == "preserve_format" || format == "contiguous_format" {
                continue
            }
            if case .none = value { continue }
            throw Unsupported("argument \(name)")
        }
    }

    init(_ signature: String, _ arguments: Arguments) throws {
        try self.init(signature, arguments.positional, arguments.keywords)
    }

    /// The argument, or nil if it is absent or `None`.
    subscript(_ name: String) -> Value? {
        var found = keywords[name]
        if let position = names.firstIndex(where: { $0 == name }), position < min(named, positional.count) {
            found = positional[position]
        }
        if case .some(.none) = found { return nil }
        return found
    }

    /// Returns whether the argument is given as `None`.
    func isNone(_ name: String) -> Bool {
        var found = keywords[name]
        if let position = names.firstIndex(where: { $0 == name }), position < min(named, positional.count) {
            found = positional[position]
        }
        if case .some(.none) = found { return true }
        return false
    }

    /// All positional arguments from the name with the star on.
    var rest: [Value] { Array(positional.dropFirst(named)) }

    private func mistyped(_ name: String, _ value: Value?) -> Unsupported {
        Unsupported(value.map { "argument \(name) = \($0)" } ?? "no argument \(name)", isMistyped: true)
    }

    func tensorOrNil(_ name: String) throws -> Tensor? {
        switch self[name] {
        case nil: return nil
        case .tensor(let t): return t
        case let other: throw mistyped(name, other)
        }
    }

    func tensor(_ name: String) throws -> Tensor {
        guard let t = try tensorOrNil(name) else { throw mistyped(name, nil) }
        return t
    }

    /// The tensor of a method call: the first argument.
    var input: Tensor {
        get throws {
            guard case .tensor(let t) = positional.first ?? keywords["input"] else {
                throw mistyped("input", positional.first)
            }
            return t
        }
    }

    func isTensor(_ name: String) -> Bool { if case .tensor = self[name] { true } else { false } }

    func tensors(_ name: String) throws -> [Tensor] {
        guard case .list(let items) = self[name] else { throw mistyped(name, self[name]) }
        return try items.map {
            guard case .tensor(let t) = $0 else { throw mistyped(name, $0) }
            return t
        }
    }

    /// Returns the remaining positional arguments: tensors, or one list of tensors.
    func restTensors() throws -> [Tensor] {
        let items: [Value]
        if rest.count == 1, case .list(let list) = rest[0] { items = list } else { items = rest }
        return try items.map {
            guard case .tensor(let t) = $0 else { throw mistyped("tensors", $0) }
            return t
        }
    }

    func intOrNil(_ name: String) throws -> Int? {
        switch self[name] {
        case nil: return nil
        case .int(let i): return i
        case let other: throw mistyped(name, other)
        }
    }

    func int(_ name: String, _ fallback: Int? = nil) throws -> Int {
        guard let i = try intOrNil(name) ?? fallback else { throw mistyped(name, nil) }
        return i
    }

    /// Returns a tensor or a number.
    func operand(_ name: String) throws -> any TensorOperand {
        if let t = self[name], case .tensor(let tensor) = t { return tensor }
        return try scalar(name)
    }

    func operandOrNil(_ name: String) throws -> (any TensorOperand)? { self[name] == nil ? nil : try operand(name) }

    func bool(_ name: String, _ fallback: Bool) throws -> Bool {
        switch self[name] {
        case nil: return fallback
        case .bool(let b): return b
        case let other: throw mistyped(name, other)
        }
    }

    func string(_ name: String, _ fallback: String) throws -> String {
        switch self[name] {
        case nil: return fallback
        case .string(let s): return s
        case let other: throw mistyped(name, other)
        }
    }

    func scalarOrNil(_ name: String) throws -> Scalar? {
        switch self[name] {
        case nil: return nil
        case .int(let i): return .int(Int64(i))
        case .float(let d): return .double(d)
        case .bool(let b): return .bool(b)
        case .complex(let re, let im): return .complex(re, im)
        case let other: throw mistyped(name, other)
        }
    }

    /// Returns a list of numbers.
    func scalars(_ name: String) throws -> [Scalar] {
        guard case .list(let items) = self[name] else { throw mistyped(name, self[name]) }
        return try items.map {
            switch $0 {
            case .int(let i): .int(Int64(i))
            case .float(let d): .double(d)
            default: throw mistyped(name, $0)
            }
        }
    }

    func scalar(_ name: String, _ fallback: Scalar? = nil) throws -> Scalar {
        guard let s = try scalarOrNil(name) ?? fallback else { throw mistyped(name, nil) }
        return s
    }

    func double(_ name: String, _ fallback: Double? = nil) throws -> Double {
        guard let s = try scalarOrNil(name)?.doubleValue ?? fallback else { throw mistyped(name, nil) }
        return s
    }

    func pair(_ name: String, _ fallback: (Double, Double)) throws -> (Double, Double) {
        switch self[name] {
        case nil: return fallback
        case .list(let items):
            let numbers: [Double] = items.compactMap {
                switch $0 {
                case .float(let d): d
                case .int(let i): Double(i)
                default: nil
                }
            }
            guard items.count == 2, numbers.count == 2 else { throw mistyped(name, .list(items)) }
            return (numbers[0], numbers[1])
        case let other: throw mistyped(name, other)
        }
    }

    /// Returns one integer or a list of integers, or nil if the argument is absent.
    func intsOrNil(_ name: String) throws -> [Int]? {
        guard let value = self[name] else { return nil }
        return try ints(value, name)
    }

    func ints(_ name: String) throws -> [Int] {
        guard let list = try intsOrNil(name) else { throw mistyped(name, nil) }
        return list
    }

    /// Returns the remaining positional arguments: integers, or one list of integers.
    func restInts() throws -> [Int] {
        if rest.count == 1 { return try ints(rest[0], "sizes") }
        return try rest.flatMap { try ints($0, "sizes") }
    }

    /// Returns the remaining positional arguments, each a list of integers.
    func restIntLists() throws -> [[Int]] { try rest.map { try ints($0, "sizes") } }

    private func ints(_ value: Value, _ name: String) throws -> [Int] {
        switch value {
        case .int(let i): return [i]
        case .list(let items):
            return try items.map {
                guard case .int(let i) = $0 else { throw mistyped(name, value) }
                return i
            }
        default: throw mistyped(name, value)
        }
    }

    func dtypeOrNil(_ name: String = "dtype") throws -> DType? {
        switch self[name] {
        case nil: return nil
        case .dtype(let d): return d
        case let other: throw mistyped(name, other)
        }
    }

    /// The argument `layout`.
    func layout() throws -> TensorLayout {
        guard case .layout(let name)? = self["layout"] else { return .strided }
        guard let layout = TensorLayout(rawValue: name) else { throw Unsupported("layout \(name)") }
        return layout
    }

    func dtype(_ fallback: DType = defaultDType) throws -> DType { try dtypeOrNil() ?? fallback }

    /// The argument `memory_format`. If it is absent, the input's own format.
    var memoryFormat: MemoryFormat {
        get throws {
            switch self["memory_format"] {
            case nil, .memoryFormat("preserve_format"): return .preserve
            case .memoryFormat("contiguous_format"): return .contiguous
            case .memoryFormat("channels_last"): return .channelsLast
            case .memoryFormat("channels_last_3d"): return .channelsLast3d
            case let other: throw mistyped("memory_format", other)
            }
        }
    }
}

/// The Swift calls for the operators of the case files.
struct Table {
    struct Entry {
        let signature: String
        var call: ((Call) throws -> Value)?
        var inPlace: ((Call) throws -> Tensor)?
        /// Whether the operator is random. Then the numbers must agree to the bit.
        var isDraw = false
    }

    private(set) var entries: [String: Entry] = [:]

    /// Adds an operator: PyTorch's argument names in order, the call, and the in-place variant if there is one.
    mutating func op<R: Outcome>(
        _ name: String, _ signature: String = "input", inPlace: ((Call) throws -> Tensor)? = nil,
        _ call: @escaping (Call) throws -> R
    ) {
        entries[name] = Entry(signature: signature, call: { try call($0).value }, inPlace: inPlace)
    }

    /// Adds a random operator. Its numbers must be equal to PyTorch's to the bit.
    mutating func draw<R: Outcome>(_ name: String, _ signature: String, _ call: @escaping (Call) throws -> R) {
        entries[name] = Entry(signature: signature, call: { try call($0).value }, inPlace: nil, isDraw: true)
    }

    /// Adds an operator that takes only one tensor.
    mutating func unary(_ name: String, _ call: @escaping (Tensor) -> Tensor, _ inPlace: ((Tensor) -> Tensor)? = nil) {
        op(name, "input", inPlace: inPlace.map { body in { try body($0.input) } }) { try call($0.input) }
    }

    /// Adds an operator that takes only two tensors.
    mutating func binary(
        _ name: String, _ call: @escaping (Tensor, Tensor) -> Tensor, _ inPlace: ((Tensor, Tensor) -> Tensor)? = nil
    ) {
        op(name, "input other", inPlace: inPlace.map { body in { try body($0.input, $0.tensor("other")) } }) {
            try call($0.input, $0.tensor("other"))
        }
    }
}

import Torch

/// For any argument, a call returns a result or raises an error. It does not trap, get a signal or loop forever. The
/// same holds for a module's initializer and for its call.
enum Extremes: Property {
    static let name = "extremes"
    static let usualCases = 1
    static let memoryLimit: Int? = 2 << 30

    private static let ints = [Int.min, Int.min + 1, -1, 0, 1, 1 << 31, 1 << 32, 1 << 62, Int.max]
    private static let doubles = [Double.nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude]

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] { try variants(of: operatorCase, on: .cpu) }
    static func variants(of moduleCase: ModuleCase) throws -> [Variant] { variants(of: moduleCase, on: .cpu) }

    static func variants(of operatorCase: OperatorCase, on device: Device) throws -> [Variant] {
        if operatorCase.mustFail { return [] }
        func variant(_ path: [Substring], _ name: String, _ value: @escaping () throws -> Value) -> Variant {
            let attempt = Attempt(operatorCase: operatorCase, device: device) { $0.replace(path, by: try value()) }
            return Variant("\(path.joined(separator: "/")) is \(name)") { try attempt.problem() }
        }
        return try operatorCase.arguments().root.paths().flatMap { path, value -> [Variant] in
            guard case .tensor = value else {
                return extremes(of: value).map { name, value in variant(path, name) { value } }
            }
            return try tensors(operatorCase, path).map { name, tensor in variant(path, name) { .tensor(try tensor()) } }
        }
    }

    static func variants(of moduleCase: ModuleCase, on device: Device) -> [Variant] {
        func variant(_ path: [Substring], _ name: String, _ change: @escaping (ModuleCase) -> ModuleCase) -> Variant {
            Variant("\(path.joined(separator: "/")) is \(name)") {
                do {
                    let result = try withError {
                        var changed = change(try moduleCase.fresh())
                        changed.device = device
                        if device != .cpu { Cuda.move(&changed.call) }
                        return try changed.result()
                    }
                    if result.tensors.contains(where: \.isVoid) {
                        return "the result is void, and no error was raised"
                    }
                } catch is TorchError {}
                return device == .cpu ? nil : Cuda.report()
            }
        }
        let options = moduleCase.initializer.root.paths().flatMap { path, value in
            extremes(of: value).map { name, value in
                variant(path, name) { moduleCase in
                    var changed = moduleCase
                    changed.initializer.replace(path, by: value)
                    return changed
                }
            }
        }
        let inputs = moduleCase.call.root.paths().flatMap { path, value -> [Variant] in
            guard case .tensor(let t) = value else { return [] }
            let sizes: [(String, [Int])] = [
                ("without elements", [0] + t.shape.sizes.dropFirst()), ("without rows", t.shape.sizes.map { _ in 0 }),
                ("of no dimension", []), ("a vector", [5]), ("a matrix", [2, 3]),
                ("of 65 dimensions", [Int](repeating: 1, count: 65))
            ]
            return sizes.map { name, sizes in
                variant(path, name) { moduleCase in
                    var changed = moduleCase
                    changed.call.replace(path, by: .tensor(Tensor.ones(sizes, dtype: t.dtype)))
                    return changed
                }
            }
        }
        return options + inputs
    }

    /// Returns extreme values in place of a number or a list.
    private static func extremes(of value: Value) -> [(String, Value)] {
        switch value {
        case .int, .float:
            return ints.map { ("\($0)", .int($0)) } + doubles.map { ("\($0)", .float($0)) }
        case .list(let items):
            return [
                ("empty", .list([])), ("one shorter", .list(Array(items.dropLast()))),
                ("one longer", .list(items + items.suffix(1))), ("three times as long", .list(items + items + items)),
                ("70 long", .list(items.isEmpty ? [] : (0..<70).map { items[$0 % items.count] }))
            ]
        default: return []
        }
    }

    private static func tensors(
        _ operatorCase: OperatorCase, _ path: [Substring]
    ) throws
        -> [(String, () throws -> Tensor)]
    {
        func fresh() throws -> Tensor { try operatorCase.arguments().tensor(at: path.joined(separator: "/")) }
        func ranked(_ rank: Int) throws -> Tensor {
            let t = try fresh()
            return try t.over(Layout([Int](repeating: 1, count: max(rank - t.dim, 0)) + t.shape.sizes))
        }
        func filled(_ value: some ScalarConvertible) throws -> Tensor { Tensor.fullLike(try fresh(), value) }
        let t = try fresh()
        var found: [(String, () throws -> Tensor)] = [
            ("without elements", { Tensor.empty([0] + t.shape.sizes.dropFirst(), dtype: t.dtype) }),
            ("without rows or columns", { Tensor.empty(t.shape.sizes.map { _ in 0 }, dtype: t.dtype) }),
            ("of no dimension", { Tensor.ones([], dtype: t.dtype) }),
            ("a vector", { Tensor.ones([5], dtype: t.dtype) }),
            ("of 65 dimensions", { try ranked(65) }),
            ("of 130 dimensions", { try ranked(130) })
        ]
        // An operator whose result has fewer elements than the argument may take forever on 2^58 elements.
        let results = try withError { try operatorCase.call(operatorCase.arguments()) }.tensors
        if results.contains(where: { $0.numel() >= t.numel() }) {
            found.append(("2^58 equal elements", { Tensor.ones([1, 1], dtype: t.dtype).expand(1 << 29, 1 << 29) }))
        }
        if t.dtype.isFloatingPoint {
            found += doubles.map { d in ("full of \(d)", { try filled(d) }) }
        } else if t.dtype.isInteger {
            found += ints.map { n in ("full of \(n)", { try filled(wrapped(n, t.dtype)) }) }
        }
        return found
    }

    /// Returns the nearest number of an integer dtype.
    private static func wrapped(_ n: Int, _ dtype: DType) -> Int {
        let bits = dtype.itemSize * 8
        if bits == 64 { return n }
        return dtype.isSigned ? min(max(n, -(1 << (bits - 1))), (1 << (bits - 1)) - 1) : min(max(n, 0), (1 << bits) - 1)
    }
}

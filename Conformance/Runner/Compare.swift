import Foundation
import Torch

/// A tensor's elements in row-major order, read without the library's own copies and casts.
enum Elements {
    case integers([Int64])
    case floats([Double])
    case complexes([Complex<Double>])

    init(_ base: UnsafeRawPointer?, _ layout: Layout, _ dtype: DType) {
        guard let base, layout.count > 0 else {
            self = dtype.isComplex ? .complexes([]) : dtype.isFloatingPoint ? .floats([]) : .integers([])
            return
        }
        func walk<T>(_ read: (UnsafeRawPointer) -> T) -> [T] {
            var result: [T] = []
            result.reserveCapacity(layout.count)
            var index = [Int](repeating: 0, count: layout.rank)
            var position = layout.offset
            for _ in 0..<layout.count {
                result.append(read(base + position * dtype.itemSize))
                for d in (0..<layout.rank).reversed() {
                    index[d] += 1
                    position += layout.strides[d]
                    if index[d] < layout.sizes[d] { break }
                    position -= layout.sizes[d] * layout.strides[d]
                    index[d] = 0
                }
            }
            return result
        }
        self =
            switch dtype {
            case .bool, .uint8: .integers(walk { Int64($0.load(as: UInt8.self)) })
            case .int8: .integers(walk { Int64($0.load(as: Int8.self)) })
            case .int16: .integers(walk { Int64($0.loadUnaligned(as: Int16.self)) })
            case .int32: .integers(walk { Int64($0.loadUnaligned(as: Int32.self)) })
            case .int64: .integers(walk { $0.loadUnaligned(as: Int64.self) })
            case .uint16: .integers(walk { Int64($0.loadUnaligned(as: UInt16.self)) })
            case .uint32: .integers(walk { Int64($0.loadUnaligned(as: UInt32.self)) })
            case .uint64: .integers(walk { Int64(bitPattern: $0.loadUnaligned(as: UInt64.self)) })
            // float8 numbers are compared by their bytes.
            case .float8_e4m3fn, .float8_e5m2: .floats(walk { Double($0.load(as: UInt8.self)) })
            case .float16: .floats(walk { Double($0.loadUnaligned(as: Float16.self)) })
            case .bfloat16: .floats(walk { Double(Float(bitPattern: UInt32($0.loadUnaligned(as: UInt16.self)) << 16)) })
            case .float32: .floats(walk { Double($0.loadUnaligned(as: Float.self)) })
            case .float64: .floats(walk { $0.loadUnaligned(as: Double.self) })
            case .complex64:
                .complexes(
                    walk {
                        Complex(
                            Double($0.loadUnaligned(as: Float.self)), Double(($0 + 4).loadUnaligned(as: Float.self)))
                    })
            case .complex32:
                .complexes(
                    walk {
                        Complex(
                            Double($0.loadUnaligned(as: Float16.self)), Double(($0 + 2).loadUnaligned(as: Float16.self))
                        )
                    })
            case .complex128:
                .complexes(walk { Complex($0.loadUnaligned(as: Double.self), ($0 + 8).loadUnaligned(as: Double.self)) })
            }
    }

    init(_ tensor: Tensor) {
        let plain = tensor.detach().resolveConj().resolveNeg()
        self.init(
            plain.storage.pointer,
            Layout(plain.shape.sizes, strides: plain.stride(), offset: plain.storageOffset()), plain.dtype)
        withExtendedLifetime(plain) {}
    }
}

/// The allowed difference between a result and PyTorch's result.
enum Tolerance {
    /// The tolerances of FORMAT.md.
    case value
    /// Like `value`, for a gradient.
    case gradient
    /// Like `value`, with another absolute tolerance for float64.
    case within(Double)
    /// For special values: only a relative tolerance, and zeros must have the same sign.
    case special
    /// For densities and moments of distributions: within 2e-6, relative above 1.
    case density
    /// For gradients of densities, which are sums of terms that cancel.
    case slope
    /// For draws of distributions, of which logarithms and powers may have another last bit.
    case draw
    /// Equal to the bit.
    case exact

    func bounds(_ dtype: DType) -> Bounds {
        switch self {
        case .exact: return Bounds(rtol: 0, atol: 0)
        case .density where dtype == .float32: return Bounds(rtol: 2e-6, atol: 2e-6)
        case .draw where dtype == .float32: return Bounds(rtol: 1e-6, atol: 1e-6)
        case .slope where dtype == .float32: return Bounds(rtol: 1e-5, atol: 1e-5)
        case .density where dtype == .float64, .slope where dtype == .float64, .draw where dtype == .float64:
            return Bounds(rtol: 1e-9, atol: 1e-12)
        // The absolute tolerance is a few of the smallest numbers, which have no digits to compare.
        case .special:
            return Bounds(
                rtol: Tolerance.value.bounds(dtype).rtol, atol: 8 * Tolerance.leastPositive(dtype), zeroSigns: true)
        default: break
        }
        switch dtype {
        case .float64, .complex128:
            if case .within(let atol) = self { return Bounds(rtol: 1e-7, atol: atol) }
            return Bounds(rtol: 1e-7, atol: 1e-7)
        case .float32, .complex64: return Bounds(rtol: 1e-4, atol: 1e-5)
        case .bfloat16: return Bounds(rtol: 1.6e-2, atol: 1e-2)
        case .float16, .complex32:
            if case .gradient = self { return Bounds(rtol: 2e-3, atol: 2e-3) }
            return Bounds(rtol: 1e-3, atol: 1e-3)
        default: return Bounds(rtol: 0, atol: 0)
        }
    }

    /// Whether a tensor may also be close as a whole.
    var looksAtWhole: Bool {
        switch self {
        case .exact, .special, .density, .slope, .draw: false
        default: true
        }
    }

    private static func leastPositive(_ dtype: DType) -> Double {
        switch dtype {
        case .float64, .complex128: Double.leastNonzeroMagnitude
        case .float16, .complex32: Double(Float16.leastNonzeroMagnitude)
        case .bfloat16: 0x1p-133
        default: Double(Float.leastNonzeroMagnitude)
        }
    }
}

struct Bounds {
    let rtol: Double
    let atol: Double
    var zeroSigns = false

    func hold(_ a: Double, _ b: Double) -> Bool {
        if a == b { return !zeroSigns || a != 0 || a.sign == b.sign }
        if a.isNaN && b.isNaN { return true }
        return a.isFinite && b.isFinite && abs(a - b) <= atol + rtol * abs(b)
    }

    /// Compares the distance in the complex plane. Compares part by part if a number is not finite or the signs of
    /// zeros count.
    func hold(_ a: Complex<Double>, _ b: Complex<Double>) -> Bool {
        if a.isFinite && b.isFinite && !zeroSigns { return (a - b).length <= atol + rtol * b.length }
        return hold(a.rawStorage.x, b.rawStorage.x) && hold(a.rawStorage.y, b.rawStorage.y)
    }
}

/// Compares a result with the expected value of a case. Returns nil if they agree, otherwise the first difference.
func difference(_ actual: Value?, _ expected: JSON, _ tolerance: Tolerance = .value) throws -> String? {
    guard let (key, content) = expected.first else { throw Malformed("an empty value") }
    guard let actual else { return key == "none" ? nil : "nothing where \(key) is expected" }
    switch (key, actual) {
    case ("tensor", .tensor(let tensor)):
        guard let json = content as? JSON else { throw Malformed("a tensor that is no object") }
        return difference(tensor, try TensorData(json), tolerance)
    case ("int", .int(let i)): return i == content as? Int ? nil : "\(i) where \(content) is expected"
    case ("bool", .bool(let b)): return b == content as? Bool ? nil : "\(b) where \(content) is expected"
    case ("str", .string(let s)): return s == content as? String ? nil : "'\(s)' where '\(content)' is expected"
    case ("none", .none): return nil
    case ("dtype", .dtype(let d)): return d.name == content as? String ? nil : "\(d) where \(content) is expected"
    case ("float", .float(let d)):
        let expected = try Value.double(content)
        return Tolerance.value.bounds(.float32).hold(d, expected) ? nil : "\(d) where \(expected) is expected"
    case ("complex", .complex(let re, let im)):
        guard case .complex(let x, let y) = try Value(expected) else {
            throw Malformed("a complex number without two parts")
        }
        return Tolerance.value.bounds(.complex64).hold(Complex(re, im), Complex(x, y))
            ? nil : "\(actual) where \(Scalar.complex(x, y)) is expected"
    case ("list", .list(let items)), ("tuple", .list(let items)):
        guard let expectedItems = content as? [JSON] else { throw Malformed("a list that is none") }
        guard items.count == expectedItems.count else {
            return "\(items.count) results where \(expectedItems.count) are expected"
        }
        for (i, (item, expectedItem)) in zip(items, expectedItems).enumerated() {
            if let found = try difference(item, expectedItem, tolerance) { return "[\(i)]: \(found)" }
        }
        return nil
    case ("dict", .dict(let items)):
        guard let expectedItems = content as? [String: JSON] else { throw Malformed("a dictionary that is none") }
        guard items.keys.sorted() == expectedItems.keys.sorted() else {
            return "keys \(items.keys.sorted()) where \(expectedItems.keys.sorted()) are expected"
        }
        for (name, item) in items.sorted(by: { $0.key < $1.key }) {
            if let found = try difference(item, expectedItems[name] ?? [:], tolerance) { return "\(name): \(found)" }
        }
        return nil
    default: return "\(actual) where \(key) is expected"
    }
}

private func difference(_ tensor: Tensor, _ expected: TensorData, _ tolerance: Tolerance) -> String? {
    difference(tensor, dtype: expected.dtype, shape: expected.shape, expected.elements, tolerance)
}

/// Compares two tensors. Returns nil if they agree, otherwise the first difference.
func difference(_ tensor: Tensor, _ expected: Tensor, _ tolerance: Tolerance) -> String? {
    difference(tensor, dtype: expected.dtype, shape: expected.shape.sizes, Elements(expected), tolerance)
}

private func difference(
    _ tensor: Tensor, dtype: DType, shape: [Int], _ elements: Elements, _ tolerance: Tolerance
) -> String? {
    if tensor.dtype != dtype { return "\(tensor.dtype) where \(dtype) is expected" }
    if tensor.shape.sizes != shape { return "shape \(tensor.shape.sizes) where \(shape) is expected" }
    switch (Elements(tensor), elements) {
    case (.integers(let a), .integers(let b)):
        guard let i = zip(a, b).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset else { return nil }
        return
            "\(elementName(i, shape)) is \(a[i]) where \(b[i]) is expected\(others(zip(a, b).count { $0 != $1 }, a.count))"
    case (.floats(let a), .floats(let b)):
        let bounds = tolerance.bounds(dtype)
        let far = a.indices.filter { !bounds.hold(a[$0], b[$0]) }
        guard let first = far.first else { return nil }
        if tolerance.looksAtWhole, dtype == .float32, isCloseAsWhole(a, b) { return nil }
        return "\(elementName(first, shape)) is \(a[first]) where \(b[first]) is expected\(others(far.count, a.count))"
    case (.complexes(let a), .complexes(let b)):
        let bounds = tolerance.bounds(dtype)
        let far = a.indices.filter { !bounds.hold(a[$0], b[$0]) }
        guard let first = far.first else { return nil }
        return
            "\(elementName(first, shape)) is \(a[first].scalar) where \(b[first].scalar) is expected\(others(far.count, a.count))"
    default: return "different kinds"
    }
}

/// Returns whether all differences are within 1e-5 of the largest magnitude, as for sums in another order.
private func isCloseAsWhole(_ a: [Double], _ b: [Double]) -> Bool {
    let reach = 1e-5 * b.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    return zip(a, b).allSatisfy {
        $0 == $1 || $0.isNaN && $1.isNaN || ($0.isFinite && $1.isFinite && abs($0 - $1) <= reach)
    }
}

private func elementName(_ flat: Int, _ shape: [Int]) -> String {
    var rest = flat
    var index: [Int] = []
    for size in shape.reversed() {
        index.append(rest % size)
        rest /= size
    }
    return "\(Array(index.reversed()))"
}

private func others(_ count: Int, _ total: Int) -> String { total == 1 ? "" : " (\(count) of \(total) differ)" }

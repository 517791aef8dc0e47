@_exported import ComplexModule
import RealModule

/// A number that is not a tensor. PyTorch calls it a Python number or `Scalar`.
public enum Scalar: Sendable, Hashable {
    /// A truth value.
    case bool(Bool)
    /// An integer that fits Int64.
    case int(Int64)
    /// An integer above `Int64.max`; smaller integers use `int`.
    case uint(UInt64)
    /// A floating-point number.
    case double(Double)
    /// A complex number: its real and imaginary parts.
    case complex(Double, Double)

    /// The value as a float; for a complex number, its real part.
    public var doubleValue: Double {
        switch self {
        case .bool(let b): b ? 1 : 0
        case .int(let i): Double(i)
        case .uint(let u): Double(u)
        case .double(let d): d
        case .complex(let re, _): re
        }
    }

    /// The value as an integer. A float is truncated; NaN and values outside Int64 give Int64.min, like a conversion on
    /// x86-64. An integer above `Int64.max` keeps its bits.
    public var int64Value: Int64 {
        switch self {
        case .bool(let b): b ? 1 : 0
        case .int(let i): i
        case .uint(let u): Int64(bitPattern: u)
        case .double, .complex: Int64(exactly: doubleValue.rounded(.towardZero)) ?? .min
        }
    }

    /// Whether the value is not 0.
    public var boolValue: Bool {
        switch self {
        case .bool(let b): b
        case .int(let i): i != 0
        case .uint: true
        case .double(let d): d != 0
        case .complex(let re, let im): re != 0 || im != 0
        }
    }

    /// Whether the value is a real floating-point number.
    public var isFloatingPoint: Bool { if case .double = self { true } else { false } }
    /// Whether the value is a complex number.
    public var isComplex: Bool { if case .complex = self { true } else { false } }
    /// The imaginary part; 0 for a real number.
    public var imaginaryValue: Double { if case .complex(_, let im) = self { im } else { 0 } }
    /// The complex conjugate; a real number returns itself.
    var conj: Scalar { if case .complex(let re, let im) = self { .complex(re, -im) } else { self } }
    /// Whether the value is a truth value.
    public var isBool: Bool { if case .bool = self { true } else { false } }

    /// The dtype of a tensor that is created from this number.
    public var dtype: DType {
        switch self {
        case .bool: .bool
        case .int: .int64
        case .uint: .uint64
        case .double: defaultDType
        case .complex: defaultDType.toComplex
        }
    }
}

extension Scalar: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Scalar: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bool(let b): b ? "True" : "False"
        case .int(let i): "\(i)"
        case .uint(let u): "\(u)"
        case .double(let d): "\(d)"
        case .complex(let re, let im): "(\(re.plain)\(im.sign == .minus || im.isNaN ? "" : "+")\(im.plain)j)"
        }
    }
}

/// A Swift number that can be combined with a tensor in an expression.
public protocol ScalarConvertible: TensorOperand, Sendable {
    /// The number as a `Scalar`.
    var scalar: Scalar { get }
}

/// A Swift type that tensor elements can be read and written as.
public protocol TensorElement: ScalarConvertible, Equatable, NestedNumbers where Number == Self {
    /// The dtype whose elements have the same memory format as this type.
    static var dtype: DType { get }
    /// Creates a value from a number, converted to this type.
    init(_ scalar: Scalar)
}

extension Scalar: ScalarConvertible { public var scalar: Scalar { self } }

extension Bool: TensorElement {
    public static var dtype: DType { .bool }
    public var scalar: Scalar { .bool(self) }
    public init(_ scalar: Scalar) { self = scalar.boolValue }
}

extension TensorElement where Self: FixedWidthInteger {
    public var scalar: Scalar { Int64(exactly: self).map(Scalar.int) ?? .uint(UInt64(truncatingIfNeeded: self)) }
    public init(_ scalar: Scalar) { self.init(truncatingIfNeeded: scalar.int64Value) }
}

extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension UInt16: TensorElement { public static var dtype: DType { .uint16 } }
extension UInt32: TensorElement { public static var dtype: DType { .uint32 } }
extension UInt64: TensorElement {
    public static var dtype: DType { .uint64 }
    public init(_ scalar: Scalar) {
        // A float above Int64.max has no valid int64Value.
        if case .double(let d) = scalar, d >= 0x1p63, d < 0x1p64 {
            self = UInt64(d)
        } else {
            self.init(truncatingIfNeeded: scalar.int64Value)
        }
    }
}
extension UInt: TensorElement {
    public static var dtype: DType { .uint64 }
    public init(_ scalar: Scalar) { self.init(truncatingIfNeeded: UInt64(scalar)) }
}
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }

#if !(os(macOS) && arch(x86_64))
extension Float16: TensorElement {
    public static var dtype: DType { .float16 }
    public var scalar: Scalar { .double(Double(self)) }
    public init(_ scalar: Scalar) { self = Float16(scalar.doubleValue) }
}
#endif

extension Float: TensorElement {
    public static var dtype: DType { .float32 }
    public var scalar: Scalar { .double(Double(self)) }
    public init(_ scalar: Scalar) { self = Float(scalar.doubleValue) }
}

extension Double: TensorElement {
    public static var dtype: DType { .float64 }
    public var scalar: Scalar { .double(self) }
    public init(_ scalar: Scalar) { self = scalar.doubleValue }
}

/// A real type for the parts of swift-numerics' complex numbers.
public protocol ComplexPart: Real, BinaryFloatingPoint {
    /// The dtype of complex numbers with parts of this type.
    static var complexDType: DType { get }
}

extension Float: ComplexPart { public static var complexDType: DType { .complex64 } }
extension Double: ComplexPart { public static var complexDType: DType { .complex128 } }

extension Complex: TensorOperand where RealType: ComplexPart {}
extension Complex: ScalarConvertible where RealType: ComplexPart {
    public var scalar: Scalar { .complex(Double(rawStorage.x), Double(rawStorage.y)) }
}
extension Complex: NestedNumbers where RealType: ComplexPart {}
extension Complex: TensorElement where RealType: ComplexPart {
    public static var dtype: DType { RealType.complexDType }
    public init(_ scalar: Scalar) { self.init(RealType(scalar.doubleValue), RealType(scalar.imaginaryValue)) }
}

extension Double {
    /// The text that C++ streams print: an integral value has no decimal point.
    var plain: String { magnitude < 1e15 && self == rounded() ? "\(Int(self))" : "\(self)" }
}

@_exported import ComplexModule
import RealModule

/// A number without a tensor: what PyTorch calls a Python number or `Scalar`.
public enum Scalar: Sendable, Hashable {
    case bool(Bool)
    case int(Int64)
    /// An integer above `Int64.max`; smaller ones are `int`.
    case uint(UInt64)
    case double(Double)
    /// Real and imaginary part.
    case complex(Double, Double)

    /// The value as a float; of a complex number its real part.
    public var doubleValue: Double {
        switch self {
        case .bool(let b): b ? 1 : 0
        case .int(let i): Double(i)
        case .uint(let u): Double(u)
        case .double(let d): d
        case .complex(let re, _): re
        }
    }

    /// The value as an integer; a float is truncated, and NaN or what lies outside Int64 gives Int64.min as a
    /// conversion on x86-64 does. Of an integer above
    /// `Int64.max` the same bits.
    public var int64Value: Int64 {
        switch self {
        case .bool(let b): b ? 1 : 0
        case .int(let i): i
        case .uint(let u): Int64(bitPattern: u)
        case .double, .complex: Int64(exactly: doubleValue.rounded(.towardZero)) ?? .min
        }
    }

    public var boolValue: Bool {
        switch self {
        case .bool(let b): b
        case .int(let i): i != 0
        case .uint: true
        case .double(let d): d != 0
        case .complex(let re, let im): re != 0 || im != 0
        }
    }

    public var isFloatingPoint: Bool { if case .double = self { true } else { false } }
    public var isComplex: Bool { if case .complex = self { true } else { false } }
    /// The value's imaginary part; of a real number 0.
    public var imaginaryValue: Double { if case .complex(_, let im) = self { im } else { 0 } }
    /// The complex conjugate; of a real number itself.
    var conj: Scalar { if case .complex(let re, let im) = self { .complex(re, -im) } else { self } }
    public var isBool: Bool { if case .bool = self { true } else { false } }

    /// The dtype a tensor made of this number alone has.
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

/// A Swift number that can stand beside a tensor in an expression.
public protocol ScalarConvertible: TensorOperand, Sendable {
    var scalar: Scalar { get }
}

/// A Swift type that a tensor's elements can be read and written as.
public protocol TensorElement: ScalarConvertible, Equatable, NestedNumbers where Number == Self {
    /// The dtype whose memory has exactly this type's form.
    static var dtype: DType { get }
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
        // Above Int64.max a float has no int64Value.
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

/// The real types that swift-numerics' complex numbers are stored by here.
public protocol ComplexPart: Real, BinaryFloatingPoint {
    /// The dtype of complex numbers of such parts.
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
    /// As C++ streams print it: an integral value without a point.
    var plain: String { magnitude < 1e15 && self == rounded() ? "\(Int(self))" : "\(self)" }
}

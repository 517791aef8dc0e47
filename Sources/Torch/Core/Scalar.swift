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
    /// Creates a number from an integer literal.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// Creates a number from a floating-point literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a number from a Boolean literal.
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

extension Double {
    /// The text that C++ streams print: an integral value has no decimal point.
    var plain: String { magnitude < 1e15 && self == rounded() ? "\(Int(self))" : "\(self)" }
}

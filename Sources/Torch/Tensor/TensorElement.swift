import RealModule

// The Swift types that stand for elements of a tensor.

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
    /// The dtype `bool`.
    public static var dtype: DType { .bool }
    /// The value as a `Scalar`.
    public var scalar: Scalar { .bool(self) }
    /// Whether the number is not 0.
    public init(_ scalar: Scalar) { self = scalar.boolValue }
}

extension TensorElement where Self: FixedWidthInteger {
    /// The number as an integer `Scalar`.
    public var scalar: Scalar { Int64(exactly: self).map(Scalar.int) ?? .uint(UInt64(truncatingIfNeeded: self)) }
    /// Creates the integer from a number, converted as in PyTorch, modulo 2 to the power of its bits.
    public init(_ scalar: Scalar) { self.init(truncatingIfNeeded: scalar.int64Value) }
}

extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension UInt16: TensorElement { public static var dtype: DType { .uint16 } }
extension UInt32: TensorElement { public static var dtype: DType { .uint32 } }
extension UInt64: TensorElement {
    /// The dtype `uint64`.
    public static var dtype: DType { .uint64 }
    /// Creates the integer from a number, converted modulo 2⁶⁴.
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
    /// The dtype `uint64`.
    public static var dtype: DType { .uint64 }
    /// Creates the integer from a number, converted modulo 2⁶⁴.
    public init(_ scalar: Scalar) { self.init(truncatingIfNeeded: UInt64(scalar)) }
}
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }

#if !(os(macOS) && arch(x86_64))
extension Float16: TensorElement {
    /// The dtype `float16`.
    public static var dtype: DType { .float16 }
    /// The number as a `Scalar`.
    public var scalar: Scalar { .double(Double(self)) }
    /// Rounds the number to float16.
    public init(_ scalar: Scalar) { self = Float16(scalar.doubleValue) }
}
#endif

extension Float: TensorElement {
    /// The dtype `float32`.
    public static var dtype: DType { .float32 }
    /// The number as a `Scalar`.
    public var scalar: Scalar { .double(Double(self)) }
    /// Converts a Python `float`, rounded to float32.
    public init(_ scalar: Scalar) { self = Float(scalar.doubleValue) }
}

extension Double: TensorElement {
    /// The dtype `float64`.
    public static var dtype: DType { .float64 }
    /// The number as a `Scalar`.
    public var scalar: Scalar { .double(self) }
    /// Converts a Python `float`, or an object with `__float__`.
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
    /// The number as a `Scalar`.
    public var scalar: Scalar { .complex(Double(rawStorage.x), Double(rawStorage.y)) }
}
extension Complex: NestedNumbers where RealType: ComplexPart {}
extension Complex: TensorElement where RealType: ComplexPart {
    /// The complex dtype with parts of this type.
    public static var dtype: DType { RealType.complexDType }
    /// Converts the number; a real one gets the imaginary part 0.
    public init(_ scalar: Scalar) { self.init(RealType(scalar.doubleValue), RealType(scalar.imaginaryValue)) }
}

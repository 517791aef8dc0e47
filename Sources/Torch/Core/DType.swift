import CTorchKernels

/// The type of a tensor's elements. PyTorch: `torch.dtype`.
public enum DType: UInt8, Sendable, Hashable, CaseIterable {
    /// A dtype that operators compute with.
    case bool = 0, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128,
        complex32
    /// A dtype for storage: PyTorch supports few operators on it.
    case uint16, uint32, uint64, float8_e4m3fn, float8_e5m2

    /// The size of an element in bytes.
    public var itemSize: Int {
        switch self {
        case .bool, .uint8, .int8, .float8_e4m3fn, .float8_e5m2: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32, .complex32: 4
        case .int64, .uint64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// Whether the dtype is inexact and real.
    public var isFloatingPoint: Bool { isInexact && !isComplex }
    /// Whether the dtype is complex.
    public var isComplex: Bool {
        switch self {
        case .complex32, .complex64, .complex128: true
        default: false
        }
    }
    /// Whether the dtype is floating point or complex. Only tensors of these dtypes have gradients.
    public var isInexact: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64, .complex64, .complex128, .complex32, .float8_e4m3fn, .float8_e5m2:
            true
        default: false
        }
    }
    /// Whether the dtype is an integer dtype; false for bool.
    public var isInteger: Bool { self != .bool && !isInexact }
    /// Whether the dtype has negative numbers; false for bool and the unsigned integers.
    public var isSigned: Bool {
        switch self {
        case .bool, .uint8, .uint16, .uint32, .uint64: false
        default: true
        }
    }
    /// Whether the dtype is uint16, uint32, uint64 or float8. Most kernels do not support these.
    var isForStorage: Bool { rawValue >= DType.uint16.rawValue }
    var isFloat8: Bool { self == .float8_e4m3fn || self == .float8_e5m2 }

    /// Returns whether PyTorch's kernel of this name supports the dtype. Raises an error if the dtype is for storage
    /// and
    /// neither `float8` nor `unsigned` allows it.
    func supportsKernel(_ kernel: @autoclosure () -> String, float8: Bool = false, unsigned: Bool = false) -> Bool {
        if !isForStorage || (isFloat8 ? float8 : unsigned) { return true }
        raise(.notImplemented, "\"\(kernel())\" not implemented for '\(scalarTypeName)'")
        return false
    }

    /// The distance from 1 to the next larger number; for complex dtypes, that of their parts; 0 for integers.
    /// PyTorch: `torch.finfo(dtype).eps`.
    var epsilon: Double {
        switch toReal {
        case .float16: 0x1p-10
        case .bfloat16: 0x1p-7
        case .float32: 0x1p-23
        case .float64: 0x1p-52
        case .float8_e4m3fn: 0x1p-3
        case .float8_e5m2: 0x1p-2
        default: 0
        }
    }

    /// The smallest positive number with full precision; for complex dtypes, that of their parts; 0 for integers.
    /// PyTorch: `torch.finfo(dtype).tiny`.
    var smallestNormal: Double {
        switch toReal {
        case .float16, .float8_e5m2: 0x1p-14
        case .bfloat16, .float32: 0x1p-126
        case .float64: 0x1p-1022
        case .float8_e4m3fn: 0x1p-6
        default: 0
        }
    }

    /// The name without `torch.`, for example `float32`.
    public var name: String { String(describing: self).replacingPrefix("torch.") }

    /// The name in PyTorch's error messages, for example `Float` or `Long`.
    package var scalarTypeName: String {
        switch self {
        case .bool: "Bool"
        case .uint8: "Byte"
        case .int8: "Char"
        case .int16: "Short"
        case .int32: "Int"
        case .int64: "Long"
        case .float16: "Half"
        case .bfloat16: "BFloat16"
        case .float32: "Float"
        case .float64: "Double"
        case .complex64: "ComplexFloat"
        case .complex128: "ComplexDouble"
        case .complex32: "ComplexHalf"
        case .uint16: "UInt16"
        case .uint32: "UInt32"
        case .uint64: "UInt64"
        case .float8_e4m3fn: "Float8_e4m3fn"
        case .float8_e5m2: "Float8_e5m2"
        }
    }

    /// Creates the dtype with PyTorch's name `name`, with or without `torch.`. Returns nil if there is no such dtype.
    public init?(name: String) {
        let bare = name.replacingPrefix("torch.")
        guard let found = DType.allCases.first(where: { $0.name == bare }) else { return nil }
        self = found
    }

    /// The same dtype for kernels.
    var kernel: KernelDType {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        case .complex64: .complex64
        case .complex128: .complex128
        case .complex32: .complex32
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .float8_e4m3fn: .float8_e4m3fn
        case .float8_e5m2: .float8_e5m2
        }
    }

    /// The dtype in which pointwise float formulas are computed: this dtype if it is inexact, otherwise the default
    /// dtype.
    var floatCompute: DType { isInexact ? self : defaultDType }

    /// The dtype of intermediate results: float32 for half types, otherwise the dtype itself.
    var wide: DType { self == .float16 || self == .bfloat16 ? .float32 : self }

    /// The dtype of a complex dtype's parts; a real dtype returns itself. PyTorch: `torch.dtype.to_real`.
    public var toReal: DType {
        switch self {
        case .complex64: .float32
        case .complex128: .float64
        case .complex32: .float16
        default: self
        }
    }

    /// The complex dtype whose parts hold the numbers of this real dtype; a complex dtype returns itself.
    /// PyTorch: `torch.dtype.to_complex`.
    /// - Precondition: the dtype is not uint16, uint32, uint64 or float8. These have no complex dtype.
    public var toComplex: DType {
        switch self {
        case .float64, .complex128: .complex128
        case .float16, .complex32: .complex32
        case .bool, .uint8, .int8, .int16, .int32, .int64: defaultDType.toComplex
        case .float32, .bfloat16, .complex64: .complex64
        case .uint16, .uint32, .uint64, .float8_e4m3fn, .float8_e5m2:
            {
                raise(.runtime, "Unknown Complex ScalarType for \(scalarTypeName)")
                return .complex64
            }()
        }
    }
}

extension DType: CustomStringConvertible {
    /// PyTorch's name, for example `torch.float32`.
    public var description: String {
        switch self {
        case .bool: "torch.bool"
        case .uint8: "torch.uint8"
        case .int8: "torch.int8"
        case .int16: "torch.int16"
        case .int32: "torch.int32"
        case .int64: "torch.int64"
        case .float16: "torch.float16"
        case .bfloat16: "torch.bfloat16"
        case .float32: "torch.float32"
        case .float64: "torch.float64"
        case .complex64: "torch.complex64"
        case .complex128: "torch.complex128"
        case .complex32: "torch.complex32"
        case .uint16: "torch.uint16"
        case .uint32: "torch.uint32"
        case .uint64: "torch.uint64"
        case .float8_e4m3fn: "torch.float8_e4m3fn"
        case .float8_e5m2: "torch.float8_e5m2"
        }
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}

// MARK: - Promotion

/// Returns the dtype that both dtypes can be converted to without losing their kind.
/// PyTorch: `torch.promote_types`.
/// - Precondition: a common dtype exists. A float8 dtype promotes only with itself; uint16, uint32 and uint64 promote
///   only with themselves and with the floating-point dtypes other than float8.
public func promoteTypes(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a.isForStorage || b.isForStorage {
        if let common = storedPromotion(a, b) { return common }
        let kind = a.isFloat8 || b.isFloat8 ? "Float8 Types" : "uint16, uint32, uint64 types"
        raise(
            .runtime,
            "Promotion for \(kind) is not supported, attempted to promote \(a.scalarTypeName) and \(b.scalarTypeName)")
        return a
    }
    switch (a, b) {
    case (.bool, let other), (let other, .bool): return other
    case (.float16, .bfloat16), (.bfloat16, .float16): return .float32
    default: break
    }
    if a.isInexact || b.isInexact {
        if !b.isInexact { return a }
        if !a.isInexact { return b }
        if a.isComplex != b.isComplex { return promoteTypes(a.toComplex, b.toComplex) }
        return a.itemSize > b.itemSize ? a : b
    }
    // Two different integers: uint8 and a signed integer need a signed type that holds 255.
    if a == .uint8 { return b == .int8 ? .int16 : b }
    if b == .uint8 { return a == .int8 ? .int16 : a }
    return a.rawValue > b.rawValue ? a : b
}

/// Returns the common dtype of two different dtypes of which at least one is for storage: the floating-point one.
/// Returns nil if there is none.
private func storedPromotion(_ a: DType, _ b: DType) -> DType? {
    if a.isFloat8 || b.isFloat8 { return nil }
    return a.isFloatingPoint ? a : b.isFloatingPoint ? b : nil
}

/// Returns whether the two dtypes have a common dtype.
func arePromotable(_ a: DType, _ b: DType) -> Bool {
    a == b || !(a.isForStorage || b.isForStorage) || storedPromotion(a, b) != nil
}

/// Returns whether a result of dtype `from` may be written into a tensor of dtype `to`. PyTorch: `torch.can_cast`.
public func canCast(_ from: DType, to: DType) -> Bool {
    if from.isComplex && !to.isComplex { return false }
    if from.isFloatingPoint && !to.isInexact { return false }
    if from != .bool && to == .bool { return false }
    return true
}

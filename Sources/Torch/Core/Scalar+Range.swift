extension Scalar {
    /// Returns whether PyTorch converts the number to the dtype without an overflow error. Unsigned integer dtypes take
    /// negative integers. Float dtypes other than float8_e4m3fn take infinities.
    func fits(_ dtype: DType) -> Bool {
        if case .complex(_, let imaginary) = self {
            guard dtype.isComplex else { return false }
            guard Scalar.double(imaginary).fits(dtype.toReal) else { return false }
        }
        if dtype.isComplex { return Scalar.double(doubleValue).fits(dtype.toReal) }
        if dtype == .bool { return true }
        if dtype.isInteger {
            let range = dtype.integerRange
            if case .uint = self { return dtype == .uint64 }
            if dtype == .uint64 { if case .double(let d) = self { return d >= 0 && d < 0x1p64 } else { return true } }
            guard case .double(let d) = self else {
                return range.contains(int64Value) || !dtype.isSigned && range.contains(0 &- int64Value)
            }
            return d >= Double(range.lowerBound) && d <= Double(range.upperBound)
        }
        let magnitude = Swift.abs(doubleValue)
        return !(magnitude > dtype.greatestFinite) || magnitude == .infinity && dtype != .float8_e4m3fn
    }
}

extension Scalar {
    /// Returns whether the number fits; raises if not.
    func checkFits(_ dtype: DType) -> Bool {
        if fits(dtype) { return true }
        raise(.runtime, "value cannot be converted to type \(dtype.convertedName) without overflow")
        return false
    }
}

extension DType {
    /// The C++ name in PyTorch's error message about a number that does not fit.
    var convertedName: String {
        switch self {
        case .uint8: "uint8_t"
        case .int8: "int8_t"
        case .int16: "int16_t"
        case .int64: "int64_t"
        case .uint16, .uint32, .uint64: name + "_t"
        default: cName
        }
    }

    /// The greatest finite number of a floating-point dtype.
    var greatestFinite: Double {
        switch self {
        case .float16: 65504
        case .bfloat16: 0x1.FEp127
        case .float8_e4m3fn: 448
        case .float8_e5m2: 57344
        case .float32: Double(Float.greatestFiniteMagnitude)
        default: Double.greatestFiniteMagnitude
        }
    }
}

extension DType {
    /// The range of an integer dtype, and 0...1 for bool. For uint64, the part that fits in an Int64.
    var integerRange: ClosedRange<Int64> {
        if self == .bool { return 0...1 }
        if self == .uint64 { return 0...Int64.max }
        let bits = 8 * itemSize
        return isSigned ? Int64.min >> (64 - bits)...Int64.max >> (64 - bits) : 0...(1 << bits) - 1
    }
}

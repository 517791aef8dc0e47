/// The dtype of a mixed expression. PyTorch has three ranks: tensors with dimensions, 0-dimensional tensors, and
/// numbers. A lower rank changes the result only if it is of a higher kind (bool, integer, float, complex).
/// PyTorch: `torch.result_type`.
struct ResultType {
    private var dimensioned: DType?
    private var zeroDimensional: DType?
    private var number: DType?
    /// Whether two operands of one rank have no common dtype. The error has been raised already.
    private var isConflict = false

    mutating func add(_ tensor: Tensor) {
        if tensor.isNumber {
            let dtype =
                tensor.dtype.isComplex
                ? defaultDType.toComplex : tensor.dtype.isFloatingPoint ? defaultDType : tensor.dtype
            ResultType.add(dtype, to: &number, &isConflict)
        } else if tensor.dim > 0 {
            ResultType.add(tensor.dtype, to: &dimensioned, &isConflict)
        } else {
            ResultType.add(tensor.dtype, to: &zeroDimensional, &isConflict)
        }
    }

    private static func add(_ dtype: DType, to rank: inout DType?, _ isConflict: inout Bool) {
        guard let old = rank else { return rank = dtype }
        if !arePromotable(old, dtype) { isConflict = true }
        rank = promoteTypes(old, dtype)
    }

    /// The common dtype; raises and returns nil if there is none.
    var common: DType? {
        var isConflict = isConflict
        let lower = ResultType.combine(zeroDimensional, number, &isConflict)
        let dtype = ResultType.combine(dimensioned, lower, &isConflict) ?? defaultDType
        return isConflict ? nil : dtype
    }

    var dtype: DType { common ?? defaultDType }

    private static func combine(_ higher: DType?, _ lower: DType?, _ isConflict: inout Bool) -> DType? {
        guard let higher else { return lower }
        guard let lower else { return higher }
        if higher.isComplex { return higher }
        if higher.isFloatingPoint {
            if lower.isComplex && higher.isFloat8 { isConflict = true }
            return lower.isComplex ? higher.toComplex : higher
        }
        if higher.isForStorage && lower.isComplex { return lower }
        guard higher == .bool || lower.isInexact else { return higher }
        if !arePromotable(higher, lower) { isConflict = true }
        return promoteTypes(higher, lower)
    }
}

/// Returns the dtype of an arithmetic expression of the operands. PyTorch: `torch.result_type`.
public func resultType(_ operands: any TensorOperand...) -> DType {
    commonType(operands.map(\.operand)) ?? defaultDType
}

/// Like `resultType`, but raises and returns nil if the operands have no common dtype.
func commonType(_ operands: [Tensor]) -> DType? {
    var type = ResultType()
    for operand in operands { type.add(operand) }
    return type.common
}

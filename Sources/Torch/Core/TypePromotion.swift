/// The dtype of a mixed expression, by PyTorch's three ranks: tensors with dimensions, 0-dimensional tensors, numbers. A lower rank counts only where it is of a
/// higher kind (bool, integer, float, complex). PyTorch: `torch.result_type`.
struct ResultType {
    private var dimensioned: DType?
    private var zeroDimensional: DType?
    private var number: DType?

    mutating func add(_ tensor: Tensor) {
        if tensor.isNumber {
            let dtype = tensor.dtype.isComplex ? defaultDType.toComplex : tensor.dtype.isFloatingPoint ? defaultDType : tensor.dtype
            number = number.map { promoteTypes($0, dtype) } ?? dtype
        } else if tensor.dim > 0 {
            dimensioned = dimensioned.map { promoteTypes($0, tensor.dtype) } ?? tensor.dtype
        } else {
            zeroDimensional = zeroDimensional.map { promoteTypes($0, tensor.dtype) } ?? tensor.dtype
        }
    }

    var dtype: DType {
        ResultType.combine(dimensioned, ResultType.combine(zeroDimensional, number)) ?? defaultDType
    }

    private static func combine(_ higher: DType?, _ lower: DType?) -> DType? {
        guard let higher else { return lower }
        guard let lower else { return higher }
        if higher.isComplex { return higher }
        if higher.isFloatingPoint { return lower.isComplex ? higher.toComplex : higher }
        return higher == .bool || lower.isInexact ? promoteTypes(higher, lower) : higher
    }
}

/// The dtype that an arithmetic expression of the operands has. PyTorch: `torch.result_type`.
public func resultType(_ operands: any TensorOperand...) -> DType {
    var type = ResultType()
    for operand in operands { type.add(operand.operand) }
    return type.dtype
}

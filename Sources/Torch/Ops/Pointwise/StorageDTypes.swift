import CTorchKernels

// What operators do with dtypes for storage (uint16, uint32, uint64, float8), and the messages with which they refuse
// them.

extension Tensor {
    /// Like `DType.supportsKernel`, for the tensor's dtype.
    func supportsKernel(_ kernel: @autoclosure () -> String, float8: Bool = false, unsigned: Bool = false) -> Bool {
        dtype.supportsKernel(kernel(), float8: float8, unsigned: unsigned)
    }
}

extension Pointwise {
    /// Rounds the operands of an operator in a float8 dtype to this dtype. Raises and returns nil if PyTorch refuses a
    /// factor or divisor of one element.
    static func float8Operands(_ formula: Formula, _ operands: [Tensor], _ dtype: DType) -> [Tensor]? {
        if operands.count == 2, operands[1].numel() == 1, let name = reducedKernels[formula] {
            raise(.notImplemented, "\"\(name)_reduced_float\" not implemented for '\(dtype.scalarTypeName)'")
            return nil
        }
        return operands.map { operand in operand.dtype == dtype ? operand : noGrad { operand.detach().to(dtype) } }
    }

    private static let reducedKernels: [Formula: String] = [
        .mul: "mul_cpu", .div: "div_cpu", .floorDivide: "div_floor_cpu", .truncDivide: "div_trunc_cpu"
    ]

    /// Returns PyTorch's name for the kernel that refuses a dtype for storage, or nil if it is the operator's own name.
    static func kernelName(_ formula: Formula, _ operands: [Tensor]) -> String? {
        switch formula {
        case .clamp: operands[1...].allSatisfy(\.isNumber) ? "clamp_scalar_cpu" : "clamp_cpu"
        case .lerp: operands[2].isNumber ? "lerp_kernel_scalar" : "lerp_kernel_tensor"
        case .polygamma: operands[1].numberValue.map { $0.int64Value == 1 } == true ? "trigamma" : "polygamma"
        default: kernelNames[formula]
        }
    }

    private static let kernelNames: [Formula: String] = {
        var names: [Formula: String] = [
            .add: "add_stub", .sub: "add_stub", .addScaled: "add_stub", .square: "pow", .pow: "pow", .exp2: "exp2",
            .digamma: "digamma", .sigmoid: "sigmoid_cpu_reduced_float", .deg2rad: "mul_cpu_reduced_float",
            .rad2deg: "mul_cpu_reduced_float", .logsigmoid: "log_sigmoid_cpu", .gelu: "GeluKernelImpl",
            .geluTanh: "GeluKernelImpl", .floorDivide: "div_floor_cpu", .truncDivide: "div_trunc_cpu",
            .leftShift: "lshift_cpu", .rightShift: "rshift_cpu", .bitwiseNot: "bitwise_not_cpu",
            .bitwiseAnd: "bitwise_and_cpu", .bitwiseOr: "bitwise_or_cpu", .bitwiseXor: "bitwise_xor_cpu",
            .logicalNot: "logical_not_cpu", .logicalAnd: "logical_and_cpu", .logicalOr: "logical_or_cpu",
            .logicalXor: "logical_xor_cpu", .maskedFill: "masked_fill", .leakyRelu: "leaky_relu_cpu",
            .softshrink: "softshrink_check", .besselK0: "modified_bessel_k0_cpu", .besselK1: "modified_bessel_k1_cpu",
            .besselK0e: "scaled_modified_bessel_k0_cpu", .besselK1e: "scaled_modified_bessel_k1_cpu",
            .besselJ0: "bessel_j0_cpu", .besselJ1: "bessel_j1_cpu", .besselY0: "bessel_y0_cpu",
            .besselY1: "bessel_y1_cpu", .sphericalBesselJ0: "spherical_bessel_j0_cpu", .airyAi: "airy_ai_cpu",
            .logNdtr: "log_ndtr_cpu", .ndtr: "mul_cpu_reduced_float", .mantissa: "frexp_cpu",
            .chebyshevT: "chebyshev_polynomial_t_cpu", .chebyshevU: "chebyshev_polynomial_u_cpu",
            .chebyshevV: "chebyshev_polynomial_v_cpu", .chebyshevW: "chebyshev_polynomial_w_cpu",
            .shiftedChebyshevT: "shifted_chebyshev_polynomial_t_cpu",
            .shiftedChebyshevU: "shifted_chebyshev_polynomial_u_cpu",
            .shiftedChebyshevV: "shifted_chebyshev_polynomial_v_cpu",
            .shiftedChebyshevW: "shifted_chebyshev_polynomial_w_cpu", .hermiteH: "hermite_polynomial_h_cpu",
            .hermiteHe: "hermite_polynomial_he_cpu", .laguerreL: "laguerre_polynomial_l_cpu",
            .legendreP: "legendre_polynomial_p_cpu", .addcmul: "addcmul_cpu_out", .addcdiv: "addcdiv_cpu_out",
            .relu: "clamp_min_scalar_cpu", .relu6: "clamp_scalar_cpu", .selu: "elu_cpu", .softsign: "add_stub"
        ]
        let vectors: [Formula] = [
            .sqrt, .exp, .expm1, .log, .log2, .log10, .log1p, .sin, .cos, .tan, .asin, .acos, .atan, .tanh, .erf, .erfc,
            .erfinv, .lgamma, .i0, .round, .ceil, .floor, .trunc
        ]
        for formula in vectors { names[formula] = "\(String(cString: st_formula_name(formula)))_vml_cpu" }
        let plain: [Formula] = [
            .neg, .sign, .abs, .reciprocal, .rsqrt, .sinh, .cosh, .asinh, .acosh, .atanh, .frac, .sinc, .angle,
            .isposinf, .isneginf, .signbit, .maximum, .minimum, .fmax, .fmin, .remainder, .fmod, .gcd, .lcm, .heaviside,
            .mul, .div, .atan2, .copysign, .hypot, .nextafter, .xlogy, .xlog1py, .logaddexp, .logaddexp2, .lt, .le, .gt,
            .ge, .eq, .ne, .prelu, .hardshrink, .threshold, .silu, .mish, .hardsigmoid, .hardswish, .softplus, .elu,
            .igamma, .igammac, .entr, .erfcx, .i0e, .i1, .i1e, .ndtri, .zeta
        ]
        for formula in plain { names[formula] = "\(String(cString: st_formula_name(formula)))_cpu" }
        return names
    }()
}

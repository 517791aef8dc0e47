import Torch

extension Table {
    mutating func addArithmetic() {
        op(
            "add", "input other alpha",
            inPlace: { try $0.input.add_($0.operand("other"), alpha: $0.scalar("alpha", 1)) }
        ) {
            try $0["alpha"] == nil
                ? $0.input.add($0.tensor("other")) : $0.input.add($0.operand("other"), alpha: $0.scalar("alpha"))
        }
        op(
            "sub", "input other alpha",
            inPlace: { try $0.input.sub_($0.operand("other"), alpha: $0.scalar("alpha", 1)) }
        ) {
            try $0["alpha"] == nil
                ? $0.input.sub($0.operand("other")) : $0.input.sub($0.operand("other"), alpha: $0.scalar("alpha"))
        }
        op("rsub", "input other alpha") { try $0.input.rsub($0.operand("other"), alpha: $0.scalar("alpha", 1)) }
        binary("mul", { $0.mul($1) }, { $0.mul_($1) })
        func rounding(_ c: Call) throws -> Tensor.RoundingMode? {
            try c["rounding_mode"].map { _ in
                guard let mode = Tensor.RoundingMode(rawValue: try c.string("rounding_mode", "")) else {
                    throw Unsupported("rounding mode")
                }
                return mode
            }
        }
        op(
            "div", "input other rounding_mode",
            inPlace: { try $0.input.div_($0.operand("other"), roundingMode: rounding($0)) }
        ) {
            try $0.input.div($0.operand("other"), roundingMode: rounding($0))
        }
        binary("true_divide", { $0.div($1) }, { $0.div_($1) })
        binary("floor_divide", { $0.floorDivide($1) }, { $0.floorDivide_($1) })
        binary("remainder", { $0.remainder($1) }, { $0.remainder_($1) })
        binary("fmod", { $0.fmod($1) }, { $0.fmod_($1) })
        binary("pow", { $0.pow($1) }, { $0.pow_($1) })
        op(
            "addcmul", "input tensor1 tensor2 value",
            inPlace: { try $0.input.addcmul_($0.tensor("tensor1"), $0.tensor("tensor2"), value: $0.scalar("value", 1)) }
        ) {
            try $0.input.addcmul($0.tensor("tensor1"), $0.tensor("tensor2"), value: $0.scalar("value", 1))
        }
        op(
            "addcdiv", "input tensor1 tensor2 value",
            inPlace: { try $0.input.addcdiv_($0.tensor("tensor1"), $0.tensor("tensor2"), value: $0.scalar("value", 1)) }
        ) {
            try $0.input.addcdiv($0.tensor("tensor1"), $0.tensor("tensor2"), value: $0.scalar("value", 1))
        }
        op("lerp", "input end weight", inPlace: { try $0.input.lerp_($0.tensor("end"), $0.operand("weight")) }) {
            try $0.input.lerp($0.tensor("end"), $0.operand("weight"))
        }
        binary("__radd__", { $1 + $0 })
        binary("__rsub__", { $0.rsub($1) })
        binary("__rmul__", { $1 * $0 })
        binary("__rdiv__", { $1 / $0 })
        binary("__rmod__", { $1 % $0 })
        binary("__rpow__", { $1.pow($0) })
        binary("__rand__", { $1 & $0 })
        binary("__ror__", { $1 | $0 })
        binary("__rxor__", { $1 ^ $0 })
    }

    mutating func addMath() {
        unary("neg", { $0.neg() }, { $0.neg_() })
        unary("abs", { $0.abs() }, { $0.abs_() })
        unary("sign", { $0.sign() }, { $0.sign_() })
        unary("sgn", { $0.sgn() }, { $0.sgn_() })
        unary("square", { $0.square() }, { $0.square_() })
        unary("reciprocal", { $0.reciprocal() }, { $0.reciprocal_() })
        unary("sqrt", { $0.sqrt() }, { $0.sqrt_() })
        unary("rsqrt", { $0.rsqrt() }, { $0.rsqrt_() })
        unary("exp", { $0.exp() }, { $0.exp_() })
        unary("exp2", { $0.exp2() }, { $0.exp2_() })
        unary("expm1", { $0.expm1() }, { $0.expm1_() })
        unary("log", { $0.log() }, { $0.log_() })
        unary("log2", { $0.log2() }, { $0.log2_() })
        unary("log10", { $0.log10() }, { $0.log10_() })
        unary("log1p", { $0.log1p() }, { $0.log1p_() })
        unary("sin", { $0.sin() }, { $0.sin_() })
        unary("cos", { $0.cos() }, { $0.cos_() })
        unary("tan", { $0.tan() }, { $0.tan_() })
        unary("asin", { $0.asin() }, { $0.asin_() })
        unary("acos", { $0.acos() }, { $0.acos_() })
        unary("atan", { $0.atan() }, { $0.atan_() })
        unary("sinh", { $0.sinh() }, { $0.sinh_() })
        unary("cosh", { $0.cosh() }, { $0.cosh_() })
        unary("tanh", { $0.tanh() }, { $0.tanh_() })
        unary("asinh", { $0.asinh() }, { $0.asinh_() })
        unary("acosh", { $0.acosh() }, { $0.acosh_() })
        unary("atanh", { $0.atanh() }, { $0.atanh_() })
        unary("erf", { $0.erf() }, { $0.erf_() })
        unary("erfc", { $0.erfc() }, { $0.erfc_() })
        unary("erfinv", { $0.erfinv() }, { $0.erfinv_() })
        unary("sinc", { $0.sinc() }, { $0.sinc_() })
        unary("ceil", { $0.ceil() }, { $0.ceil_() })
        unary("floor", { $0.floor() }, { $0.floor_() })
        unary("trunc", { $0.trunc() }, { $0.trunc_() })
        unary("frac", { $0.frac() }, { $0.frac_() })
        unary("deg2rad", { $0.deg2rad() }, { $0.deg2rad_() })
        unary("rad2deg", { $0.rad2deg() }, { $0.rad2deg_() })
        unary("sigmoid", { $0.sigmoid() }, { $0.sigmoid_() })
        unary("positive", { $0.positive() })
        op("round", "input decimals", inPlace: { try $0.input.round_(decimals: $0.int("decimals", 0)) }) {
            try $0.input.round(decimals: $0.int("decimals", 0))
        }
        op("logit", "input eps", inPlace: { try $0.input.logit_(eps: $0.scalarOrNil("eps")?.doubleValue) }) {
            try $0.input.logit(eps: $0.scalarOrNil("eps")?.doubleValue)
        }
        op(
            "nan_to_num", "input nan posinf neginf",
            inPlace: {
                try $0.input.nanToNum_(
                    nan: $0.double("nan", 0), posinf: $0.scalarOrNil("posinf")?.doubleValue,
                    neginf: $0.scalarOrNil("neginf")?.doubleValue)
            }
        ) {
            try $0.input.nanToNum(
                nan: $0.double("nan", 0), posinf: $0.scalarOrNil("posinf")?.doubleValue,
                neginf: $0.scalarOrNil("neginf")?.doubleValue)
        }
        binary("atan2", { $0.atan2($1) }, { $0.atan2_($1) })
        op("copysign", "input other", inPlace: { try $0.input.copysign_($0.operand("other")) }) {
            try $0.input.copysign($0.operand("other"))
        }
        binary("hypot", { $0.hypot($1) }, { $0.hypot_($1) })
        binary("nextafter", { $0.nextafter($1) }, { $0.nextafter_($1) })
        binary("gcd", { $0.gcd($1) }, { $0.gcd_($1) })
        binary("lcm", { $0.lcm($1) }, { $0.lcm_($1) })
        binary("heaviside", { $0.heaviside($1) }, { $0.heaviside_($1) })
        binary("xlogy", { $0.xlogy($1) }, { $0.xlogy_($1) })
        binary("logaddexp", { $0.logaddexp($1) })
        binary("logaddexp2", { $0.logaddexp2($1) })
    }

    mutating func addComparison() {
        binary("eq", { $0.eq($1) }, { $0.eq_($1) })
        binary("ne", { $0.ne($1) }, { $0.ne_($1) })
        binary("lt", { $0.lt($1) }, { $0.lt_($1) })
        binary("le", { $0.le($1) }, { $0.le_($1) })
        binary("gt", { $0.gt($1) }, { $0.gt_($1) })
        binary("ge", { $0.ge($1) }, { $0.ge_($1) })
        binary("logical_and", { $0.logicalAnd($1) }, { $0.logicalAnd_($1) })
        binary("logical_or", { $0.logicalOr($1) }, { $0.logicalOr_($1) })
        binary("logical_xor", { $0.logicalXor($1) }, { $0.logicalXor_($1) })
        binary("bitwise_and", { $0.bitwiseAnd($1) }, { $0.bitwiseAnd_($1) })
        binary("bitwise_or", { $0.bitwiseOr($1) }, { $0.bitwiseOr_($1) })
        binary("bitwise_xor", { $0.bitwiseXor($1) }, { $0.bitwiseXor_($1) })
        binary("bitwise_left_shift", { $0.bitwiseLeftShift($1) }, { $0.bitwiseLeftShift_($1) })
        binary("bitwise_right_shift", { $0.bitwiseRightShift($1) }, { $0.bitwiseRightShift_($1) })
        binary("clamp_min", { $0.clampMin($1) }, { $0.clampMin_($1) })
        binary("clamp_max", { $0.clampMax($1) }, { $0.clampMax_($1) })
        unary("logical_not", { $0.logicalNot() }, { $0.logicalNot_() })
        unary("bitwise_not", { $0.bitwiseNot() }, { $0.bitwiseNot_() })
        unary("isnan", { $0.isnan() })
        unary("isinf", { $0.isinf() })
        unary("isfinite", { $0.isfinite() })
        unary("isposinf", { $0.isposinf() })
        unary("isneginf", { $0.isneginf() })
        unary("signbit", { $0.signbit() })
        for name in ["maximum", "max@binary"] { binary(name, { $0.maximum($1) }) }
        for name in ["minimum", "min@binary"] { binary(name, { $0.minimum($1) }) }
        binary("fmax", { $0.fmax($1) })
        binary("fmin", { $0.fmin($1) })
        op("equal", "input other") { try $0.input.equal($0.tensor("other")) }
        op("isclose", "input other rtol atol equal_nan") {
            try $0.input.isclose(
                $0.tensor("other"), rtol: $0.double("rtol", 1e-5), atol: $0.double("atol", 1e-8),
                equalNan: $0.bool("equal_nan", false))
        }
        op("allclose", "input other rtol atol equal_nan") {
            try $0.input.allclose(
                $0.tensor("other"), rtol: $0.double("rtol", 1e-5), atol: $0.double("atol", 1e-8),
                equalNan: $0.bool("equal_nan", false))
        }
        op(
            "clamp", "input min max",
            inPlace: { try $0.input.clamp_(min: $0.operandOrNil("min"), max: $0.operandOrNil("max")) }
        ) {
            try $0.input.clamp(min: $0.operandOrNil("min"), max: $0.operandOrNil("max"))
        }
        // In the cases, the input comes before the condition.
        op("where", "input condition other") {
            try `where`($0.tensor("condition"), $0.operand("input"), $0.operand("other"))
        }
    }

    mutating func addActivations() {
        unary("nn.functional.relu", { $0.relu() }, { $0.relu_() })
        unary("nn.functional.relu6", { $0.relu6() }, { $0.relu6_() })
        unary("nn.functional.silu", { $0.silu() }, { $0.silu_() })
        unary("nn.functional.mish", { $0.mish() }, { $0.mish_() })
        unary("nn.functional.selu", { $0.selu() }, { $0.selu_() })
        unary("nn.functional.logsigmoid", { $0.logsigmoid() })
        unary("nn.functional.hardsigmoid", { $0.hardsigmoid() }, { $0.hardsigmoid_() })
        unary("nn.functional.hardswish", { $0.hardswish() }, { $0.hardswish_() })
        unary("nn.functional.softsign", { $0.softsign() })
        unary("nn.functional.tanhshrink", { $0.tanhshrink() })
        op(
            "nn.functional.threshold", "input threshold value",
            inPlace: { try $0.input.threshold_($0.double("threshold"), $0.double("value")) }
        ) {
            try $0.input.threshold($0.double("threshold"), $0.double("value"))
        }
        op("nn.functional.gelu", "input approximate") {
            try $0.input.gelu(approximate: GELUApproximation($0.string("approximate", "none")))
        }
        op("nn.functional.softplus", "input beta threshold") {
            try $0.input.softplus(beta: $0.double("beta", 1), threshold: $0.double("threshold", 20))
        }
        op(
            "nn.functional.leaky_relu", "input negative_slope",
            inPlace: { try $0.input.leakyRelu_($0.double("negative_slope", 0.01)) }
        ) {
            try $0.input.leakyRelu($0.double("negative_slope", 0.01))
        }
        op("nn.functional.elu", "input alpha", inPlace: { try $0.input.elu_(alpha: $0.double("alpha", 1)) }) {
            try $0.input.elu(alpha: $0.double("alpha", 1))
        }
        op("nn.functional.celu", "input alpha", inPlace: { try $0.input.celu_(alpha: $0.double("alpha", 1)) }) {
            try $0.input.celu(alpha: $0.double("alpha", 1))
        }
        op(
            "nn.functional.hardtanh", "input min_val max_val",
            inPlace: { try $0.input.hardtanh_($0.double("min_val", -1), $0.double("max_val", 1)) }
        ) {
            try $0.input.hardtanh($0.double("min_val", -1), $0.double("max_val", 1))
        }
        op("nn.functional.hardshrink", "input lambd") { try $0.input.hardshrink($0.double("lambd", 0.5)) }
        op("nn.functional.softshrink", "input lambd") { try $0.input.softshrink($0.double("lambd", 0.5)) }
        op("nn.functional.prelu", "input weight") { try $0.input.prelu($0.tensor("weight")) }
        op("nn.functional.glu", "input dim") { try $0.input.glu(dim: $0.int("dim", -1)) }
    }
}

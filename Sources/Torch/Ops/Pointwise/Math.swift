import CTorchKernels

// Pointwise mathematics. Each function stands next to its derivative.

extension Tensor {
    /// Computes |x|. PyTorch: `torch.abs`.
    public func abs() -> Tensor {
        guard dtype != .bool else { return fail(.notImplemented, "\"abs_cpu\" not implemented for 'Bool'") }
        if dtype == .uint8 { return clone() }
        return unary(.abs, .real, node: "Abs", saved: true) { n, g in g.mul(n.saved(0).sgn()) }
    }

    /// Returns the sign of each real element: -1, 0 or 1.
    public func sign() -> Tensor {
        guard !dtype.isComplex else {
            return fail(
                .notImplemented,
                "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.")
        }
        return unary(.sign, .common, node: "Sign") { _, g in g.mul(0) }
    }
    /// Computes x / |x|, or 0 if x is 0; for a real element this is its sign. PyTorch: `torch.sgn`.
    public func sgn() -> Tensor {
        if !dtype.isComplex { return sign() }
        return unary(.sign, .common, node: "Sgn", saved: true) { n, g in
            let x = n.saved(0)
            let sgn = x.sgn()
            return g.sub(sgn.mul(sgn.conj().mul(g).real)).div(x.abs()).maskedFill(x.eq(0), 0)
        }
    }

    /// Computes x².
    public func square() -> Tensor { pow(2) }
    /// Returns the tensor itself; a bool tensor is an error.
    public func positive() -> Tensor {
        dtype == .bool ? fail(.notImplemented, "The `+` operator, on a bool tensor is not supported.") : self
    }

    /// Computes 1 / x.
    public func reciprocal() -> Tensor {
        unary(.reciprocal, node: "Reciprocal", saveResult: true) { n, g in
            g.neg().mul(n.saved(0).mul(n.saved(0)).conj())
        }
    }

    /// Computes √x.
    public func sqrt() -> Tensor {
        unary(.sqrt, node: "Sqrt", saveResult: true) { n, g in g.div(n.saved(0).conj().mul(2)) }
    }

    /// Computes 1 / √x.
    public func rsqrt() -> Tensor {
        unary(.rsqrt, node: "Rsqrt", saveResult: true) { n, g in g.mul(-0.5).mul(n.saved(0).pow(3).conj()) }
    }

    /// Computes exp(x).
    public func exp() -> Tensor { unary(.exp, node: "Exp", saveResult: true) { n, g in g.mul(n.saved(0).conj()) } }
    /// Computes 2^x.
    public func exp2() -> Tensor {
        unary(.exp2, node: "Exp2", saveResult: true) { n, g in g.mul(n.saved(0).conj()).mul(0.6931471805599453) }
    }

    /// Computes exp(x) - 1.
    public func expm1() -> Tensor {
        unary(.expm1, node: "Expm1", saveResult: true) { n, g in g.mul(n.saved(0).conj().add(1)) }
    }

    /// Computes the natural logarithm of x.
    public func log() -> Tensor { unary(.log, node: "Log", saved: true) { n, g in g.div(n.saved(0).conj()) } }
    /// Computes the logarithm of x to base 2.
    public func log2() -> Tensor {
        unary(.log2, node: "Log2", saved: true) { n, g in g.div(n.saved(0).conj().mul(0.6931471805599453)) }
    }

    /// Computes the logarithm of x to base 10.
    public func log10() -> Tensor {
        unary(.log10, node: "Log10", saved: true) { n, g in g.div(n.saved(0).conj().mul(2.302585092994046)) }
    }

    /// Computes log(1 + x).
    public func log1p() -> Tensor {
        unary(.log1p, node: "Log1P", saved: true) { n, g in g.div(n.saved(0).conj().add(1)) }
    }

    /// Computes the sine of x.
    public func sin() -> Tensor { unary(.sin, node: "Sin", saved: true) { n, g in g.mul(n.saved(0).cos().conj()) } }
    /// Computes the cosine of x.
    public func cos() -> Tensor {
        unary(.cos, node: "Cos", saved: true) { n, g in g.mul(n.saved(0).sin().neg().conj()) }
    }

    /// Computes the tangent of x.
    public func tan() -> Tensor {
        unary(.tan, node: "Tan", saveResult: true) { n, g in g.mul(n.saved(0).pow(2).add(1).conj()) }
    }

    /// Computes the arcsine of x.
    public func asin() -> Tensor {
        unary(.asin, node: "Asin", saved: true) { n, g in g.mul(n.saved(0).pow(2).rsub(1).rsqrt().conj()) }
    }

    /// Computes the arccosine of x.
    public func acos() -> Tensor {
        unary(.acos, node: "Acos", saved: true) { n, g in g.mul(n.saved(0).pow(2).rsub(1).rsqrt().neg().conj()) }
    }

    /// Computes the arctangent of x.
    public func atan() -> Tensor {
        unary(.atan, node: "Atan", saved: true) { n, g in g.div(n.saved(0).pow(2).add(1).conj()) }
    }

    /// Computes the hyperbolic sine of x.
    public func sinh() -> Tensor { unary(.sinh, node: "Sinh", saved: true) { n, g in g.mul(n.saved(0).cosh().conj()) } }
    /// Computes the hyperbolic cosine of x.
    public func cosh() -> Tensor { unary(.cosh, node: "Cosh", saved: true) { n, g in g.mul(n.saved(0).sinh().conj()) } }
    /// Computes the hyperbolic tangent of x.
    public func tanh() -> Tensor { unary(.tanh, node: "Tanh", saveResult: true) { n, g in g.tanhBackward(n.saved(0)) } }
    /// Computes the inverse hyperbolic sine of x.
    public func asinh() -> Tensor {
        unary(.asinh, node: "Asinh", saved: true) { n, g in g.mul(n.saved(0).pow(2).add(1).rsqrt().conj()) }
    }

    /// Computes the inverse hyperbolic cosine of x.
    public func acosh() -> Tensor {
        unary(.acosh, node: "Acosh", saved: true) { n, g in
            let x = n.saved(0)
            // The root of the product has the wrong sign if the real part is negative.
            let slope = x.dtype.isComplex ? x.sub(1).rsqrt().mul(x.add(1).rsqrt()) : x.pow(2).sub(1).rsqrt()
            return g.mul(slope.conj())
        }
    }

    /// Computes the inverse hyperbolic tangent of x.
    public func atanh() -> Tensor {
        unary(.atanh, node: "Atanh", saved: true) { n, g in g.div(n.saved(0).pow(2).rsub(1).conj()) }
    }

    /// Computes the error function.
    public func erf() -> Tensor {
        unary(.erf, node: "Erf", saved: true) { n, g in g.mul(n.saved(0).pow(2).neg().exp().mul(1.1283791670955126)) }
    }

    /// Computes the complementary error function, 1 - erf(x).
    public func erfc() -> Tensor {
        unary(.erfc, node: "Erfc", saved: true) { n, g in g.mul(n.saved(0).pow(2).neg().exp().mul(-1.1283791670955126))
        }
    }

    /// Computes the inverse error function.
    public func erfinv() -> Tensor {
        unary(.erfinv, node: "Erfinv", saveResult: true) { n, g in
            g.mul(n.saved(0).pow(2).exp().mul(0.8862269254527580))
        }
    }

    /// Computes sin(πx) / (πx), or 1 if x is 0.
    public func sinc() -> Tensor {
        unary(.sinc, node: "Sinc", saved: true) { n, g in
            let x = n.saved(0)
            let p = x.mul(Double.pi)
            let square = p.mul(x)
            let slope = p.mul(p.cos()).sub(p.sin()).div(square)
            return Torch.where(square.eq(0), 0, g.mul(slope.conj()))
        }
    }

    /// Rounds up to an integer.
    public func ceil() -> Tensor {
        guard requireReal("ceil is not supported for complex inputs") else { return .void }
        return unary(.ceil, .common, node: "Ceil") { _, g in g.mul(0) }
    }

    /// Rounds down to an integer.
    public func floor() -> Tensor {
        guard requireReal("floor is not supported for complex inputs") else { return .void }
        return unary(.floor, .common, node: "Floor") { _, g in g.mul(0) }
    }

    /// Rounds towards zero to an integer.
    public func trunc() -> Tensor {
        guard requireReal("trunc is not supported for complex inputs") else { return .void }
        return unary(.trunc, .common, node: "Trunc") { _, g in g.mul(0) }
    }

    /// Like `trunc()`.
    public func fix() -> Tensor { trunc() }
    /// Returns the fractional part of each element.
    public func frac() -> Tensor { unary(.frac, .common, node: "Frac") { _, g in g } }
    /// Rounds to the nearest integer, halves to even; `decimals` is the number of decimal places.
    /// PyTorch: `torch.round`.
    public func round(decimals: Int = 0) -> Tensor {
        if decimals == 0 { return unary(.round, .common, node: "Round") { _, g in g.mul(0) } }
        guard dtype.isFloatingPoint, !dtype.isForStorage else {
            return fail(.notImplemented, "\"round_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        // With more places, every finite number rounds to itself or to 0.
        let positions = Int(Swift.min(decimals.magnitude, 400))
        let scale = Array(repeating: 10.0, count: positions).reduce(1, *)
        return noGrad { decimals > 0 ? detach().mul(scale).round().div(scale) : detach().div(scale).round().mul(scale) }
            .record("RoundBackward1", self) { _, g in g.mul(0) }
    }

    /// Converts degrees to radians.
    public func deg2rad() -> Tensor {
        !requireReal("deg2rad is not supported for complex tensors.")
            ? .void : unary(.deg2rad, node: "Deg2Rad") { _, g in g.mul(Double.pi / 180) }
    }

    /// Converts radians to degrees.
    public func rad2deg() -> Tensor {
        !requireReal("rad2deg is not supported for complex tensors.")
            ? .void : unary(.rad2deg, node: "Rad2Deg") { _, g in g.mul(180 / Double.pi) }
    }

    /// Computes log(x / (1 - x)); if `eps` is given, x is first limited to [eps, 1 - eps]. PyTorch: `torch.logit`.
    public func logit(eps: Double? = nil) -> Tensor {
        guard requireReal("\"logit_cpu\" not implemented for '\(dtype.scalarTypeName)'"),
            supportsKernel("logit_cpu", unsigned: true)
        else { return .void }
        let result: Tensor = noGrad {
            let x = detach().to(dtype.floatCompute)
            // If eps > 1/2, the bounds are crossed. As in PyTorch, the lower bound is applied first.
            let inside = eps.map { Torch.where(x.lt($0), $0, Torch.where(x.gt(1 - $0), 1 - $0, x)) } ?? x
            return inside.div(inside.rsub(1)).log()
        }
        return result.record("LogitBackward0", self, saved: [self]) { n, g in
            let x = n.saved(0)
            let inside = g.div(x.mul(x.rsub(1)))
            guard let eps else { return Torch.where(x.lt(0).logicalOr(x.gt(1)), Double.nan, inside) }
            return Torch.where(x.lt(eps).logicalOr(x.gt(1 - eps)), 0, inside)
        }
    }

    /// Replaces NaN and infinities by numbers; the default for infinities is the dtype's greatest finite number with
    /// the same sign. PyTorch: `torch.nan_to_num`.
    public func nanToNum(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
        if dtype.isComplex {
            return resolveConj().viewAsReal().nanToNum(nan: nan, posinf: posinf, neginf: neginf).viewAsComplex()
                .named("NanToNumBackward0")
        }
        if !dtype.isFloatingPoint { return clone() }
        guard supportsKernel("nan_to_num") else { return .void }
        let limit = dtype.greatestFinite
        return maskedFill(isnan(), nan).maskedFill(isposinf(), posinf ?? limit).maskedFill(isneginf(), neginf ?? -limit)
            .named("NanToNumBackward0")
    }

    /// Computes the angle of the point (other, self). PyTorch: `torch.atan2`.
    public func atan2(_ other: Tensor) -> Tensor {
        if let cast = Autocast.widestOnCUDA([self, other]) { return cast.run { $0(self).atan2($0(other)) } }
        return Pointwise.binary(.atan2, self, other, .float, name: "atan2").record(
            "Atan2Backward0", self, other, saved: [self, other]
        ) { n, g in
            let (y, x) = (n.saved(0), n.saved(1))
            let square = y.mul(y).add(x.mul(x))
            let scaled = g.mul(square.reciprocal().maskedFill(square.eq(0), 0))
            return [scaled.mul(x), scaled.mul(y.neg())]
        }
    }

    /// Returns the magnitude of self with the sign of `other`.
    public func copysign(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return Pointwise.binary(.copysign, self, other, .float, name: "copysign").record(
            "CopysignBackward\(other.isNumber ? 1 : 0)", self, other, saved: [self, other]
        ) { n, g in
            let (x, y) = (n.saved(0), n.saved(1))
            let ratio = noGrad { x.copysign(y).div(x).maskedFill(x.eq(0), 0) }
            return [
                n.needs(0) ? g.mul(ratio).depending(on: x, y) : nil,
                n.needs(1) ? Tensor.zerosLike(g).depending(on: x, y) : nil
            ]
        }
    }

    /// Computes √(self² + other²).
    public func hypot(_ other: Tensor) -> Tensor {
        Pointwise.binary(.hypot, self, other, .common, name: "hypot").record(
            "HypotBackward0", self, other, saved: [self, other], saveResult: true
        ) { n, g in
            [g.mul(n.saved(0).div(n.saved(2))), g.mul(n.saved(1).div(n.saved(2)))]
        }
    }

    /// Returns the next representable number from self towards other. PyTorch: `torch.nextafter`.
    public func nextafter(_ other: Tensor) -> Tensor {
        let isHalf = dtype == other.dtype && (dtype == .float16 || dtype == .bfloat16)
        let result =
            isHalf
            ? noGrad { detach().nextHalf(other.detach()) }
            : Pointwise.binary(.nextafter, self, other, .common, name: "nextafter")
        return result.record("NextafterBackward0", self, other, saved: [self, other]) { n, g in
            [n.needs(0) ? g.maskedFill(n.saved(0).eq(n.saved(1)), 0) : nil, n.needs(1) ? Tensor.zerosLike(g) : nil]
        }
    }

    /// Like `nextafter(_:)`, for two tensors of one half type. Their bits, read as integers, are ordered by magnitude.
    private func nextHalf(_ other: Tensor) -> Tensor {
        func bits(_ x: Tensor) -> Tensor {
            x.alias(x.layout, .int16)
        }
        let grows = lt(other).eq(gt(0))
        let fromZero = Torch.where(other.gt(0), 1, Tensor(Int16.min + 1, device: .cpu))
        let next = Torch.where(eq(0), fromZero, bits(self).add(Torch.where(grows, 1, -1))).to(.int16)
        let value = next.alias(next.layout, dtype)
        return Torch.where(eq(other), other, Torch.where(isnan(), self, Torch.where(other.isnan(), other, value)))
    }

    /// Computes the greatest common divisor of each pair of integers.
    public func gcd(_ other: Tensor) -> Tensor { Pointwise.binary(.gcd, self, other, .common, name: "gcd_cpu") }
    /// Computes the least common multiple of each pair of integers.
    public func lcm(_ other: Tensor) -> Tensor { Pointwise.binary(.lcm, self, other, .common, name: "lcm_cpu") }
    /// Returns 0 where self < 0, `values` where self is 0, and 1 where self > 0.
    public func heaviside(_ values: Tensor) -> Tensor {
        guard dtype == values.dtype else {
            return fail(.runtime, "heaviside is not yet implemented for tensors with different dtypes.")
        }
        return Pointwise.binary(.heaviside, self, values, .common, name: "heaviside")
    }

    /// Computes x · log(y); the result is 0 if x is 0. PyTorch: `torch.xlogy`.
    public func xlogy(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return Pointwise.binary(.xlogy, self, other, .float, name: "xlogy").record(
            "XlogyBackward0", self, other, saved: [self, other]
        ) { n, g in
            let (x, y) = (n.saved(0), n.saved(1))
            return [
                n.needs(0) ? g.mul(y.log().maskedFill(x.eq(0).logicalAnd(y.le(0)), 0)) : nil,
                n.needs(1) ? g.mul(x).div(y) : nil
            ]
        }
    }

    /// Whether the common dtype is floating-point or complex. Raises an error that names `kernel` if it is not.
    private func isInexact(with other: Tensor, _ kernel: String) -> Bool {
        guard !anyVoid(self, other), let common = commonType([self, other]) else { return false }
        if !common.isInexact { raise(.notImplemented, "\"\(kernel)\" not implemented for '\(common.scalarTypeName)'") }
        return common.isInexact
    }

    /// Computes log(exp(x) + exp(y)). PyTorch: `torch.logaddexp`.
    public func logaddexp(_ other: Tensor) -> Tensor {
        guard isInexact(with: other, "logaddexp_cpu") else { return .void }
        return Pointwise.binary(.logaddexp, self, other, .float, name: "logaddexp").record(
            "LogaddexpBackward0", self, other, saved: [self, other]
        ) { n, g in
            let (x, y) = (n.saved(0), n.saved(1))
            return [g.div(y.sub(x).exp().add(1).conj()), g.div(x.sub(y).exp().add(1).conj())]
        }
    }

    /// Computes log2(2^x + 2^y). PyTorch: `torch.logaddexp2`.
    public func logaddexp2(_ other: Tensor) -> Tensor {
        guard isInexact(with: other, "logaddexp2_cpu") else { return .void }
        return Pointwise.binary(.logaddexp2, self, other, .float, name: "logaddexp2").record(
            "Logaddexp2Backward0", self, other, saved: [self, other]
        ) { n, g in
            let (x, y) = (n.saved(0), n.saved(1))
            return [g.div(y.sub(x).exp2().add(1)), g.div(x.sub(y).exp2().add(1))]
        }
    }
}

// MARK: - In place

extension Tensor {
    /// In-place version of `abs()`.
    @discardableResult public func abs_() -> Tensor { inPlace { $0.abs() } }
    /// In-place version of `sign()`.
    @discardableResult public func sign_() -> Tensor { inPlace(.sign, name: "sign_") { $0.sign() } }
    /// In-place version of `sgn()`.
    @discardableResult public func sgn_() -> Tensor { inPlace(.sign, name: "sgn_") { $0.sgn() } }
    /// In-place version of `square()`.
    @discardableResult public func square_() -> Tensor { inPlace { $0.square() } }
    /// In-place version of `reciprocal()`.
    @discardableResult public func reciprocal_() -> Tensor {
        inPlace(.reciprocal, rule: .float, name: "reciprocal_") { $0.reciprocal() }
    }

    /// In-place version of `sqrt()`.
    @discardableResult public func sqrt_() -> Tensor { inPlace(.sqrt, rule: .float, name: "sqrt_") { $0.sqrt() } }
    /// In-place version of `rsqrt()`.
    @discardableResult public func rsqrt_() -> Tensor { inPlace(.rsqrt, rule: .float, name: "rsqrt_") { $0.rsqrt() } }
    /// In-place version of `exp()`.
    @discardableResult public func exp_() -> Tensor { inPlace(.exp, rule: .float, name: "exp_") { $0.exp() } }
    /// In-place version of `exp2()`.
    @discardableResult public func exp2_() -> Tensor { inPlace(.exp2, rule: .float, name: "exp2_") { $0.exp2() } }
    /// In-place version of `expm1()`.
    @discardableResult public func expm1_() -> Tensor { inPlace(.expm1, rule: .float, name: "expm1_") { $0.expm1() } }
    /// In-place version of `log()`.
    @discardableResult public func log_() -> Tensor { inPlace(.log, rule: .float, name: "log_") { $0.log() } }
    /// In-place version of `log2()`.
    @discardableResult public func log2_() -> Tensor { inPlace(.log2, rule: .float, name: "log2_") { $0.log2() } }
    /// In-place version of `log10()`.
    @discardableResult public func log10_() -> Tensor { inPlace(.log10, rule: .float, name: "log10_") { $0.log10() } }
    /// In-place version of `log1p()`.
    @discardableResult public func log1p_() -> Tensor { inPlace(.log1p, rule: .float, name: "log1p_") { $0.log1p() } }
    /// In-place version of `sin()`.
    @discardableResult public func sin_() -> Tensor { inPlace(.sin, rule: .float, name: "sin_") { $0.sin() } }
    /// In-place version of `cos()`.
    @discardableResult public func cos_() -> Tensor { inPlace(.cos, rule: .float, name: "cos_") { $0.cos() } }
    /// In-place version of `tan()`.
    @discardableResult public func tan_() -> Tensor { inPlace(.tan, rule: .float, name: "tan_") { $0.tan() } }
    /// In-place version of `asin()`.
    @discardableResult public func asin_() -> Tensor { inPlace(.asin, rule: .float, name: "asin_") { $0.asin() } }
    /// In-place version of `acos()`.
    @discardableResult public func acos_() -> Tensor { inPlace(.acos, rule: .float, name: "acos_") { $0.acos() } }
    /// In-place version of `atan()`.
    @discardableResult public func atan_() -> Tensor { inPlace(.atan, rule: .float, name: "atan_") { $0.atan() } }
    /// In-place version of `sinh()`.
    @discardableResult public func sinh_() -> Tensor { inPlace(.sinh, rule: .float, name: "sinh_") { $0.sinh() } }
    /// In-place version of `cosh()`.
    @discardableResult public func cosh_() -> Tensor { inPlace(.cosh, rule: .float, name: "cosh_") { $0.cosh() } }
    /// In-place version of `tanh()`.
    @discardableResult public func tanh_() -> Tensor { inPlace(.tanh, rule: .float, name: "tanh_") { $0.tanh() } }
    /// In-place version of `asinh()`.
    @discardableResult public func asinh_() -> Tensor { inPlace(.asinh, rule: .float, name: "asinh_") { $0.asinh() } }
    /// In-place version of `acosh()`.
    @discardableResult public func acosh_() -> Tensor { inPlace(.acosh, rule: .float, name: "acosh_") { $0.acosh() } }
    /// In-place version of `atanh()`.
    @discardableResult public func atanh_() -> Tensor { inPlace(.atanh, rule: .float, name: "atanh_") { $0.atanh() } }
    /// In-place version of `erf()`.
    @discardableResult public func erf_() -> Tensor { inPlace(.erf, rule: .float, name: "erf_") { $0.erf() } }
    /// In-place version of `erfc()`.
    @discardableResult public func erfc_() -> Tensor { inPlace(.erfc, rule: .float, name: "erfc_") { $0.erfc() } }
    /// In-place version of `erfinv()`.
    @discardableResult public func erfinv_() -> Tensor {
        inPlace(.erfinv, rule: .float, name: "erfinv_") { $0.erfinv() }
    }
    /// In-place version of `sinc()`.
    @discardableResult public func sinc_() -> Tensor { inPlace(.sinc, rule: .float, name: "sinc_") { $0.sinc() } }
    /// In-place version of `ceil()`.
    @discardableResult public func ceil_() -> Tensor { inPlace(.ceil, name: "ceil_") { $0.ceil() } }
    /// In-place version of `floor()`.
    @discardableResult public func floor_() -> Tensor { inPlace(.floor, name: "floor_") { $0.floor() } }
    /// In-place version of `trunc()`.
    @discardableResult public func trunc_() -> Tensor { inPlace(.trunc, name: "trunc_") { $0.trunc() } }
    /// In-place version of `fix()`.
    @discardableResult public func fix_() -> Tensor { trunc_() }
    /// In-place version of `frac()`.
    @discardableResult public func frac_() -> Tensor { inPlace(.frac, name: "frac_") { $0.frac() } }
    /// In-place version of `round(decimals:)`.
    @discardableResult public func round_(decimals: Int = 0) -> Tensor { inPlace { $0.round(decimals: decimals) } }
    /// In-place version of `deg2rad()`.
    @discardableResult public func deg2rad_() -> Tensor {
        inPlace(.deg2rad, rule: .float, name: "deg2rad_") { $0.deg2rad() }
    }
    /// In-place version of `rad2deg()`.
    @discardableResult public func rad2deg_() -> Tensor {
        inPlace(.rad2deg, rule: .float, name: "rad2deg_") { $0.rad2deg() }
    }
    /// In-place version of `sigmoid()`.
    @discardableResult public func sigmoid_() -> Tensor {
        inPlace(.sigmoid, rule: .float, name: "sigmoid_") { $0.sigmoid() }
    }
    /// In-place version of `relu()`.
    @discardableResult public func relu_() -> Tensor {
        dtype.isFloatingPoint ? inPlace(.relu, name: "relu_") { $0.relu() } : inPlace { $0.relu() }
    }
    /// In-place version of `logit(eps:)`.
    @discardableResult public func logit_(eps: Double? = nil) -> Tensor { inPlace { $0.logit(eps: eps) } }
    /// In-place version of `nanToNum(nan:posinf:neginf:)`.
    @discardableResult public func nanToNum_(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
        inPlace { $0.nanToNum(nan: nan, posinf: posinf, neginf: neginf) }
    }

    /// In-place version of `atan2(_:)`.
    @discardableResult public func atan2_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.atan2(other) } }
    /// In-place version of `copysign(_:)`.
    @discardableResult public func copysign_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.copysign(o) }
    }

    /// In-place version of `hypot(_:)`.
    @discardableResult public func hypot_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.hypot(other) } }
    /// In-place version of `nextafter(_:)`.
    @discardableResult public func nextafter_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.nextafter(other) } }
    /// In-place version of `gcd(_:)`.
    @discardableResult public func gcd_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.gcd(other) } }
    /// In-place version of `lcm(_:)`.
    @discardableResult public func lcm_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.lcm(other) } }
    /// In-place version of `heaviside(_:)`.
    @discardableResult public func heaviside_(_ values: Tensor) -> Tensor { inPlace([values]) { $0.heaviside(values) } }
    /// In-place version of `xlogy(_:)`.
    @discardableResult public func xlogy_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.xlogy(o) }
    }
}

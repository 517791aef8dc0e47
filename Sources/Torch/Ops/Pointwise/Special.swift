import CTorchKernels

// Special functions. Functions in the `torch` namespace are methods; functions of `torch.special` are in `special`.

extension Tensor {
    /// Computes log |Γ(x)|. PyTorch: `torch.lgamma`.
    public func lgamma() -> Tensor {
        unary(.lgamma, node: "Lgamma", saved: true) { n, g in g.mul(n.saved(0).digamma()) }
    }

    /// Computes the logarithmic derivative of the gamma function. PyTorch: `torch.digamma`, `torch.special.psi`.
    public func digamma() -> Tensor {
        unary(.digamma, node: "Digamma", saved: true) { n, g in g.mul(n.saved(0).polygamma(1)) }
    }

    /// Computes the n-th derivative of the digamma function. PyTorch: `torch.polygamma`.
    /// - Precondition: `n` is not negative.
    public func polygamma(_ n: Int) -> Tensor {
        guard n >= 0 else { return fail(.runtime, "polygamma(n, x) does not support negative n.") }
        if n == 0 { return digamma() }
        return Pointwise.binary(.polygamma, self, n.operand, .float, name: "polygamma").record(
            "PolygammaBackward0", self, saved: [self]
        ) { node, g in
            g.mul(node.saved(0).polygamma(n == .max ? n : n + 1))
        }
    }

    /// Computes the logarithm of the multivariate gamma function of dimension p. PyTorch: `torch.mvlgamma`,
    /// `torch.special.multigammaln`.
    /// - Precondition: `p` is at least 1.
    public func mvlgamma(_ p: Int) -> Tensor {
        if isVoid { return .void }
        guard p >= 1 else { return fail(.runtime, "p has to be greater than or equal to 1") }
        guard dtype != .bool else { return fail(.runtime, "The input tensor may not be a boolean tensor.") }
        guard supportsKernel("arange_cpu", unsigned: true) else { return .void }
        let steps = noGrad { Tensor.arange(p, dtype: dtype.floatCompute, device: device).mul(-0.5) }
        return unsqueeze(-1).add(steps).lgamma().sum(dim: -1).add(Double(p) * (Double(p) - 1) / 4 * 1.1447298858494002)
            .named("MvlgammaBackward0")
    }

    /// Computes the regularized lower incomplete gamma function P(self, other). PyTorch: `torch.igamma`,
    /// `torch.special.gammainc`.
    public func igamma(_ other: Tensor) -> Tensor { incompleteGamma(other, .igamma, "igamma", sign: 1) }
    /// Computes the regularized upper incomplete gamma function Q(self, other). PyTorch: `torch.igammac`,
    /// `torch.special.gammaincc`.
    public func igammac(_ other: Tensor) -> Tensor { incompleteGamma(other, .igammac, "igammac", sign: -1) }

    private func incompleteGamma(_ other: Tensor, _ formula: Formula, _ name: StaticString, sign: Double) -> Tensor {
        if anyVoid(self, other) { return .void }
        guard let type = commonType([self, other]) else { return .void }
        guard type.isFloatingPoint else {
            return fail(.notImplemented, "\"\(name)_cpu\" not implemented for '\(type.scalarTypeName)'")
        }
        return Pointwise.binary(formula, self, other, .common, name: name)
            .record(formula == .igamma ? "IgammaBackward0" : "IgammacBackward0", self, other, saved: [self, other]) {
                node, g in
                let (a, x) = (node.saved(0), node.saved(1))
                let toOther = { g.mul(a.sub(1).mul(x.log()).sub(x).sub(a.lgamma()).exp().mul(sign)) }
                return [
                    node.needs(0) ? special.withoutDerivative("\(name): input") : nil, node.needs(1) ? toOther() : nil
                ]
            }
    }

    /// Computes the modified Bessel function of the first kind of order 0. PyTorch: `torch.i0`, `torch.special.i0`.
    public func i0() -> Tensor { unary(.i0, node: "I0", saved: true) { n, g in g.mul(special.i1(n.saved(0))) } }

    /// Computes self · 2^other. PyTorch: `torch.ldexp`.
    public func ldexp(_ other: Tensor) -> Tensor { mul(2.0.operand.pow(other)).named("LdexpBackward0") }

    /// Returns the mantissa, with magnitude in [1/2, 1), and the exponent (int32) of each element.
    /// PyTorch: `torch.frexp`.
    public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
        if isVoid { return (.void, .void) }
        guard dtype.isFloatingPoint else {
            return (fail(.runtime, "torch.frexp() only supports floating-point dtypes"), .void)
        }
        guard supportsKernel("frexp_cpu") else { return (.void, .void) }
        let exponent = Tensor.allocate(IterationOrder.resultLayout(sizes, [layout]), .int32, device)
        if exponent.isVoid { return (.void, .void) }
        _ = backend.pointwise(.exponent, compute: dtype, out: exponent.strided, [strided])
        let mantissa = Pointwise.unary(.mantissa, self, .common, name: "frexp").record(
            "FrexpBackward0", self, saved: [exponent]
        ) { node, g in
            g.div(node.saved(0).exp2())
        }
        return (mantissa, exponent)
    }

    /// Computes self^exponent in float64, or in complex128 if an operand is complex. PyTorch: `torch.float_power`.
    public func floatPower(_ exponent: some TensorOperand) -> Tensor {
        let exponent = exponent.operand
        let wide: DType = dtype.isComplex || exponent.dtype.isComplex ? .complex128 : .float64
        return (isNumber ? self : to(wide)).pow(exponent.isNumber ? exponent : exponent.to(wide))
    }
}

/// Special functions. PyTorch: `torch.special`. Functions that `torch` has too are methods of the tensor: `x.erf()`,
/// `x.polygamma(2)`.
public enum special {
    // MARK: Normal distribution and error function

    /// Computes exp(x²) · erfc(x). PyTorch: `torch.special.erfcx`.
    public static func erfcx(_ x: Tensor) -> Tensor {
        x.unary(.erfcx, node: "SpecialErfcx", saved: true, saveResult: true) { n, g in
            g.mul(n.saved(0).mul(2).mul(n.saved(1)).sub(1.1283791670955126))
        }
    }

    /// Computes the cumulative distribution function of the normal distribution. PyTorch: `torch.special.ndtr`.
    public static func ndtr(_ x: Tensor) -> Tensor {
        x.unary(.ndtr, node: "SpecialNdtr", saved: true) { n, g in
            g.mul(n.saved(0).square().mul(-0.5).exp().mul(0.3989422804014327))
        }.named("MulBackward1")
    }

    /// Computes the logarithm of the normal distribution's cumulative function. PyTorch: `torch.special.log_ndtr`.
    public static func logNdtr(_ x: Tensor) -> Tensor {
        x.unary(.logNdtr, node: "SpecialLogNdtr", saved: true, saveResult: true) { n, g in
            g.mul(n.saved(0).square().mul(0.5).add(n.saved(1)).neg().exp().mul(0.3989422804014327))
        }
    }

    /// Computes the inverse of the normal distribution's cumulative function. PyTorch: `torch.special.ndtri`.
    public static func ndtri(_ p: Tensor) -> Tensor {
        p.unary(.ndtri, node: "SpecialNdtri", saveResult: true) { n, g in
            g.mul(n.saved(0).square().mul(0.5).exp().mul(2.5066282746310002))
        }
    }

    // MARK: Entropy, zeta

    /// Computes -x · log(x); the result is 0 at 0 and -∞ below 0. PyTorch: `torch.special.entr`.
    public static func entr(_ x: Tensor) -> Tensor {
        x.unary(.entr, node: "SpecialEntr", saved: true) { n, g in g.mul(n.saved(0).log().add(1).neg()) }
    }

    /// Computes x · log(1 + y); the result is 0 if x is 0. PyTorch: `torch.special.xlog1py`.
    public static func xlog1py(_ x: some TensorOperand, _ y: some TensorOperand) -> Tensor {
        let (x, y) = (x.operand, y.operand)
        return Pointwise.binary(.xlog1py, x, y, .float, name: "xlog1py").record(
            "SpecialXlog1PyBackward0", x, y, saved: [x, y]
        ) { n, g in
            let (x, y) = (n.saved(0), n.saved(1))
            return [
                n.needs(0) ? g.mul(y.log1p().maskedFill(x.eq(0).logicalAnd(y.le(-1)), 0)) : nil,
                n.needs(1) ? g.mul(x).div(y.add(1)) : nil
            ]
        }
    }

    /// Computes the Hurwitz zeta function, Σ (k + q)^-x. PyTorch: `torch.special.zeta`.
    public static func zeta(_ x: some TensorOperand, _ q: some TensorOperand) -> Tensor {
        let (x, q) = (x.operand, q.operand)
        return Pointwise.binary(.zeta, x, q, .float, name: "zeta").record("SpecialZetaBackward0", x, q, saved: [x, q]) {
            n, g in
            [
                n.needs(0) ? withoutDerivative("zeta: self") : nil,
                n.needs(1) ? g.mul(n.saved(0).neg()).mul(zeta(n.saved(0).add(1), n.saved(1))) : nil
            ]
        }
    }

    // MARK: Bessel functions

    /// Computes exp(-|x|) · I0(x). PyTorch: `torch.special.i0e`.
    public static func i0e(_ x: Tensor) -> Tensor {
        x.unary(.i0e, node: "SpecialI0E", saved: true, saveResult: true) { n, g in
            g.mul(i1e(n.saved(0)).sub(n.saved(0).sgn().mul(n.saved(1))))
        }
    }

    /// Computes the modified Bessel function of the first kind of order 1. PyTorch: `torch.special.i1`.
    public static func i1(_ x: Tensor) -> Tensor {
        x.unary(.i1, node: "SpecialI1", saved: true, saveResult: true) { n, g in
            g.mul(slopeOfOrderOne(n.saved(0)) { x in x.i0().sub(n.saved(1).div(x)) })
        }
    }

    /// Computes exp(-|x|) · I1(x). PyTorch: `torch.special.i1e`.
    public static func i1e(_ x: Tensor) -> Tensor {
        x.unary(.i1e, node: "SpecialI1E", saved: true, saveResult: true) { n, g in
            g.mul(slopeOfOrderOne(n.saved(0)) { x in i0e(x).sub(n.saved(1).mul(x.sgn().add(x.reciprocal()))) })
        }
    }

    /// Computes the modified Bessel function of the first kind of order 0. PyTorch: `torch.special.modified_bessel_i0`,
    /// `torch.special.modified_bessel_i1`.
    public static func modifiedBesselI0(_ x: Tensor) -> Tensor {
        x.unary(.i0, node: "SpecialModifiedBesselI0", saved: true) { n, g in g.mul(modifiedBesselI1(n.saved(0))) }
    }

    /// Computes the modified Bessel function of the first kind of order 1.
    public static func modifiedBesselI1(_ x: Tensor) -> Tensor {
        x.unary(.i1, node: "SpecialModifiedBesselI1", saved: true, saveResult: true) { n, g in
            g.mul(slopeOfOrderOne(n.saved(0)) { x in modifiedBesselI0(x).sub(n.saved(1).div(x)) })
        }
    }

    /// Computes the modified Bessel function of the second kind of order 0.
    /// PyTorch: `torch.special.modified_bessel_k0`,
    /// `torch.special.modified_bessel_k1`.
    public static func modifiedBesselK0(_ x: Tensor) -> Tensor {
        x.unary(.besselK0, node: "SpecialModifiedBesselK0", saved: true) { n, g in
            g.mul(modifiedBesselK1(n.saved(0)).neg())
        }
    }

    /// Computes the modified Bessel function of the second kind of order 1.
    public static func modifiedBesselK1(_ x: Tensor) -> Tensor {
        x.unary(.besselK1, node: "SpecialModifiedBesselK1", saved: true, saveResult: true) { n, g in
            g.mul(modifiedBesselK0(n.saved(0)).add(n.saved(1).div(n.saved(0))).neg())
        }
    }

    /// Computes exp(x) · K0(x). PyTorch: `torch.special.scaled_modified_bessel_k0`,
    /// `torch.special.scaled_modified_bessel_k1`.
    public static func scaledModifiedBesselK0(_ x: Tensor) -> Tensor {
        x.unary(.besselK0e, node: "SpecialScaledModifiedBesselK0") { _, _ in
            withoutDerivative("special_scaled_modified_bessel_k0")
        }
    }

    /// Computes exp(x) · K1(x).
    public static func scaledModifiedBesselK1(_ x: Tensor) -> Tensor {
        x.unary(.besselK1e, node: "SpecialScaledModifiedBesselK1") { _, _ in
            withoutDerivative("special_scaled_modified_bessel_k1")
        }
    }

    /// Computes the Bessel function of the first kind of order 0.
    /// PyTorch: `torch.special.bessel_j0`, `torch.special.bessel_j1`.
    public static func besselJ0(_ x: Tensor) -> Tensor {
        x.unary(.besselJ0, node: "SpecialBesselJ0", saved: true) { n, g in g.mul(besselJ1(n.saved(0)).neg()) }
    }

    /// Computes the Bessel function of the first kind of order 1.
    public static func besselJ1(_ x: Tensor) -> Tensor {
        x.unary(.besselJ1, node: "SpecialBesselJ1", saved: true, saveResult: true) { n, g in
            g.mul(slopeOfOrderOne(n.saved(0)) { x in besselJ0(x).sub(n.saved(1).div(x)) })
        }
    }

    /// Computes the Bessel function of the second kind of order 0.
    /// PyTorch: `torch.special.bessel_y0`, `torch.special.bessel_y1`.
    public static func besselY0(_ x: Tensor) -> Tensor {
        x.unary(.besselY0, node: "SpecialBesselY0", saved: true) { n, g in g.mul(besselY1(n.saved(0)).neg()) }
    }

    /// Computes the Bessel function of the second kind of order 1.
    public static func besselY1(_ x: Tensor) -> Tensor {
        x.unary(.besselY1, node: "SpecialBesselY1", saved: true, saveResult: true) { n, g in
            g.mul(besselY0(n.saved(0)).sub(n.saved(1).div(n.saved(0))))
        }
    }

    /// Computes sin(x) / x. PyTorch: `torch.special.spherical_bessel_j0`.
    public static func sphericalBesselJ0(_ x: Tensor) -> Tensor {
        x.unary(.sphericalBesselJ0, node: "SpecialSphericalBesselJ0") { _, _ in
            withoutDerivative("special_spherical_bessel_j0")
        }
    }

    /// Computes the Airy function Ai. PyTorch: `torch.special.airy_ai`.
    public static func airyAi(_ x: Tensor) -> Tensor {
        x.unary(.airyAi, node: "SpecialAiryAi") { _, _ in withoutDerivative("special_airy_ai") }
    }

    /// The derivative of a function of order 1: `slope(x)`, or its limit 1/2 if x is almost 0.
    private static func slopeOfOrderOne(_ x: Tensor, _ slope: (Tensor) -> Tensor) -> Tensor {
        let tiny: Double =
            switch x.dtype {
            case .float64: 0x1p-52
            case .float16: 0x1p-10
            case .bfloat16: 0x1p-7
            default: 0x1p-23
            }
        let isAway = noGrad { x.detach().abs().le(tiny).logicalNot() }
        return Torch.where(isAway, slope(Torch.where(isAway, x, tiny)), 0.5)
    }

    // MARK: Orthogonal polynomials of degree n; each element has its own degree

    /// Computes the Chebyshev polynomial of the first kind. PyTorch: `torch.special.chebyshev_polynomial_t`.
    public static func chebyshevPolynomialT(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.chebyshevT, x, n, "chebyshev_polynomial_t")
    }

    /// Computes the Chebyshev polynomial of the second kind.
    public static func chebyshevPolynomialU(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.chebyshevU, x, n, "chebyshev_polynomial_u")
    }

    /// Computes the Chebyshev polynomial of the third kind.
    public static func chebyshevPolynomialV(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.chebyshevV, x, n, "chebyshev_polynomial_v")
    }

    /// Computes the Chebyshev polynomial of the fourth kind.
    public static func chebyshevPolynomialW(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.chebyshevW, x, n, "chebyshev_polynomial_w")
    }

    /// Computes the Chebyshev polynomial of the first kind at 2x - 1.
    /// PyTorch: `torch.special.shifted_chebyshev_polynomial_t`.
    public static func shiftedChebyshevPolynomialT(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.shiftedChebyshevT, x, n, "shifted_chebyshev_polynomial_t")
    }

    /// Computes the Chebyshev polynomial of the second kind at 2x - 1.
    public static func shiftedChebyshevPolynomialU(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.shiftedChebyshevU, x, n, "shifted_chebyshev_polynomial_u")
    }

    /// Computes the Chebyshev polynomial of the third kind at 2x - 1.
    public static func shiftedChebyshevPolynomialV(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.shiftedChebyshevV, x, n, "shifted_chebyshev_polynomial_v")
    }

    /// Computes the Chebyshev polynomial of the fourth kind at 2x - 1.
    public static func shiftedChebyshevPolynomialW(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.shiftedChebyshevW, x, n, "shifted_chebyshev_polynomial_w")
    }

    /// Computes the physicists' Hermite polynomial. PyTorch: `torch.special.hermite_polynomial_h`,
    /// `torch.special.hermite_polynomial_he`.
    public static func hermitePolynomialH(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.hermiteH, x, n, "hermite_polynomial_h")
    }

    /// Computes the probabilists' Hermite polynomial.
    public static func hermitePolynomialHe(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.hermiteHe, x, n, "hermite_polynomial_he")
    }
    /// Computes the Laguerre polynomial. PyTorch: `torch.special.laguerre_polynomial_l`.
    public static func laguerrePolynomialL(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.laguerreL, x, n, "laguerre_polynomial_l")
    }
    /// Computes the Legendre polynomial. PyTorch: `torch.special.legendre_polynomial_p`.
    public static func legendrePolynomialP(_ x: some TensorOperand, _ n: some TensorOperand) -> Tensor {
        polynomial(.legendreP, x, n, "legendre_polynomial_p")
    }

    private static func polynomial(
        _ formula: Formula, _ x: some TensorOperand, _ n: some TensorOperand, _ name: StaticString
    ) -> Tensor {
        let (x, n) = (x.operand, n.operand)
        return Pointwise.binary(formula, x, n, .float, name: name).record("Special\(name)Backward0", x, n) { node, _ in
            [
                node.needs(0) ? withoutDerivative("special_\(name)") : nil,
                node.needs(1) ? withoutDerivative("special_\(name)") : nil
            ]
        }
    }

    /// Raises the error for a derivative that PyTorch does not have.
    fileprivate static func withoutDerivative(_ name: String) -> Tensor {
        fail(.notImplemented, "the derivative for '\(name)' is not implemented.")
    }
}

// MARK: - In place

extension Tensor {
    /// In-place version of `lgamma()`.
    @discardableResult public func lgamma_() -> Tensor {
        inPlace(.lgamma, rule: .float, name: "lgamma_") { $0.lgamma() }
    }
    /// In-place version of `digamma()`.
    @discardableResult public func digamma_() -> Tensor {
        inPlace(.digamma, rule: .float, name: "digamma_") { $0.digamma() }
    }

    /// In-place version of `polygamma(_:)`.
    @discardableResult public func polygamma_(_ n: Int) -> Tensor { inPlace { $0.polygamma(n) } }
    /// In-place version of `mvlgamma(_:)`.
    @discardableResult public func mvlgamma_(_ p: Int) -> Tensor { inPlace { $0.mvlgamma(p) } }
    /// In-place version of `igamma(_:)`.
    @discardableResult public func igamma_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.igamma(other) } }
    /// In-place version of `igammac(_:)`.
    @discardableResult public func igammac_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.igammac(other) } }
    /// In-place version of `i0()`.
    @discardableResult public func i0_() -> Tensor { inPlace(.i0, rule: .float, name: "i0_") { $0.i0() } }
    /// In-place version of `ldexp(_:)`.
    @discardableResult public func ldexp_(_ other: Tensor) -> Tensor { inPlace([other]) { $0.ldexp(other) } }
    /// In-place version of `floatPower(_:)`.
    @discardableResult
    public func floatPower_(_ exponent: some TensorOperand) -> Tensor {
        let exponent = exponent.operand
        let wide: DType = dtype.isComplex || exponent.dtype.isComplex ? .complex128 : .float64
        guard isVoid || dtype == wide else {
            return fail(
                .runtime,
                "the base given to float_power_ has dtype \(dtype.scalarTypeName) but the operation's result requires dtype \(wide.scalarTypeName)"
            )
        }
        return inPlace([exponent]) { $0.floatPower(exponent) }
    }
}

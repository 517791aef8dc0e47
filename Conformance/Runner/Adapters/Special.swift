import Torch

extension Table {
    mutating func addSpecial() {
        unary("lgamma", { $0.lgamma() }, { $0.lgamma_() })
        unary("digamma", { $0.digamma() }, { $0.digamma_() })
        unary("i0", { $0.i0() }, { $0.i0_() })
        for name in ["polygamma", "special.polygamma"] {
            op(name, "input n", inPlace: { try $0.input.polygamma_($0.int("n")) }) {
                try $0.input.polygamma($0.int("n"))
            }
        }
        op("mvlgamma", "input p", inPlace: { try $0.input.mvlgamma_($0.int("p")) }) {
            try $0.input.mvlgamma($0.int("p"))
        }
        binary("igamma", { $0.igamma($1) }, { $0.igamma_($1) })
        binary("igammac", { $0.igammac($1) }, { $0.igammac_($1) })
        binary("ldexp", { $0.ldexp($1) }, { $0.ldexp_($1) })
        op("frexp") { try both($0.input.frexp()) }
        op("float_power", "input exponent", inPlace: { try $0.input.floatPower_($0.operand("exponent")) }) {
            try $0.input.floatPower($0.operand("exponent"))
        }

        unary("special.airy_ai", special.airyAi)
        unary("special.bessel_j0", special.besselJ0)
        unary("special.bessel_j1", special.besselJ1)
        unary("special.bessel_y0", special.besselY0)
        unary("special.bessel_y1", special.besselY1)
        unary("special.entr", special.entr)
        unary("special.erfcx", special.erfcx)
        unary("special.i0e", special.i0e)
        unary("special.i1", special.i1)
        unary("special.i1e", special.i1e)
        unary("special.log_ndtr", special.logNdtr)
        unary("special.modified_bessel_i0", special.modifiedBesselI0)
        unary("special.modified_bessel_i1", special.modifiedBesselI1)
        unary("special.modified_bessel_k0", special.modifiedBesselK0)
        unary("special.modified_bessel_k1", special.modifiedBesselK1)
        unary("special.ndtr", special.ndtr)
        unary("special.ndtri", special.ndtri)
        unary("special.scaled_modified_bessel_k0", special.scaledModifiedBesselK0)
        unary("special.scaled_modified_bessel_k1", special.scaledModifiedBesselK1)
        unary("special.spherical_bessel_j0", special.sphericalBesselJ0)
        binary("special.xlog1py", special.xlog1py)
        binary("special.zeta", special.zeta)
        binary("special.chebyshev_polynomial_t", special.chebyshevPolynomialT)
        binary("special.chebyshev_polynomial_u", special.chebyshevPolynomialU)
        binary("special.chebyshev_polynomial_v", special.chebyshevPolynomialV)
        binary("special.chebyshev_polynomial_w", special.chebyshevPolynomialW)
        binary("special.shifted_chebyshev_polynomial_t", special.shiftedChebyshevPolynomialT)
        binary("special.shifted_chebyshev_polynomial_u", special.shiftedChebyshevPolynomialU)
        binary("special.shifted_chebyshev_polynomial_v", special.shiftedChebyshevPolynomialV)
        binary("special.shifted_chebyshev_polynomial_w", special.shiftedChebyshevPolynomialW)
        binary("special.hermite_polynomial_h", special.hermitePolynomialH)
        binary("special.hermite_polynomial_he", special.hermitePolynomialHe)
        binary("special.laguerre_polynomial_l", special.laguerrePolynomialL)
        binary("special.legendre_polynomial_p", special.legendrePolynomialP)
    }
}

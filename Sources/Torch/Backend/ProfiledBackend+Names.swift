import CTorchKernels

// PyTorch's names of what primitives do.

extension ProfiledBackend {
    /// Returns the name of a pointwise operator, and the number of its arguments behind the tensors.
    static func operatorName(of formula: Formula) -> (name: String, others: Int) {
        switch formula {
        case .add, .sub: (bareName(formula), 1)
        case .addcmul, .addcdiv, .gelu, .geluBackward: (bareName(formula), 1)
        case .addScaled: ("add", 0)
        case .geluTanh: ("gelu", 1)
        case .geluTanhBackward: ("gelu_backward", 1)
        case .truncDivide: ("div", 1)
        case .square: ("pow", 1)
        case .conjugate: ("conj_physical", 0)
        case .logsigmoid: ("log_sigmoid_forward", 0)
        case .logsigmoidBackward: ("log_sigmoid_backward", 0)
        case .leftShift: ("bitwise_left_shift", 0)
        case .rightShift: ("bitwise_right_shift", 0)
        case .mantissa, .exponent: ("frexp", 0)
        case .standardGammaGrad: ("_standard_gamma_grad", 0)
        case .dirichletGrad: ("_dirichlet_grad", 0)
        case .i0e, .i1, .i1e, .besselJ0, .besselJ1, .besselY0, .besselY1, .airyAi, .sphericalBesselJ0, .entr, .erfcx,
            .logNdtr, .ndtri, .zeta, .xlog1py:
            ("special_" + bareName(formula), 0)
        case .ndtr: ("special_ndtr", 0)
        case .besselK0: ("special_modified_bessel_k0", 0)
        case .besselK1: ("special_modified_bessel_k1", 0)
        case .besselK0e: ("special_scaled_modified_bessel_k0", 0)
        case .besselK1e: ("special_scaled_modified_bessel_k1", 0)
        case .chebyshevT: ("special_chebyshev_polynomial_t", 0)
        case .chebyshevU: ("special_chebyshev_polynomial_u", 0)
        case .chebyshevV: ("special_chebyshev_polynomial_v", 0)
        case .chebyshevW: ("special_chebyshev_polynomial_w", 0)
        case .shiftedChebyshevT: ("special_shifted_chebyshev_polynomial_t", 0)
        case .shiftedChebyshevU: ("special_shifted_chebyshev_polynomial_u", 0)
        case .shiftedChebyshevV: ("special_shifted_chebyshev_polynomial_v", 0)
        case .shiftedChebyshevW: ("special_shifted_chebyshev_polynomial_w", 0)
        case .hermiteH: ("special_hermite_polynomial_h", 0)
        case .hermiteHe: ("special_hermite_polynomial_he", 0)
        case .laguerreL: ("special_laguerre_polynomial_l", 0)
        case .legendreP: ("special_legendre_polynomial_p", 0)
        default: (bareName(formula), 0)
        }
    }

    private static func bareName(_ formula: Formula) -> String { snakeCase(String(cString: st_formula_name(formula))) }

    static func operatorName(of draw: RandomDraw) -> String {
        switch draw {
        case .uniform: "uniform_"
        case .normal: "normal_"
        case .bernoulli, .bernoulliOf: "bernoulli_"
        case .exponential: "exponential_"
        case .cauchy: "cauchy_"
        case .logNormal: "log_normal_"
        case .geometric: "geometric_"
        case .integers, .allIntegers: "random_"
        case .permutation: "randperm"
        case .rreluSlopes: "rrelu_with_noise"
        case .categories: "multinomial"
        case .gamma: "_standard_gamma"
        case .dirichlet: "_sample_dirichlet"
        case .poisson: "poisson"
        case .binomial: "binomial"
        }
    }

    static func operatorName(of kind: FourierKind) -> String {
        switch kind {
        case .real: "_fft_r2c"
        case .toReal: "_fft_c2r"
        default: "_fft_c2c"
        }
    }

    static func operatorName(of kind: SpectrumKind) -> String {
        switch kind {
        case .hermitianLower, .hermitianUpper: "_linalg_eigh"
        case .general: "linalg_eig"
        case .singular: "_linalg_svd"
        }
    }

    static func operatorName(of what: Decomposition) -> String {
        switch what {
        case .lu: "linalg_lu_factor_ex"
        case .luSolve: "linalg_lu_solve"
        case .interchanges: "lu_unpack"
        case .cholesky: "linalg_cholesky_ex"
        case .choleskySolve: "cholesky_solve"
        case .choleskyInverse: "cholesky_inverse"
        case .triangularSolve: "linalg_solve_triangular"
        case .qr: "linalg_qr"
        case .orthogonal: "linalg_householder_product"
        case .reflect: "ormqr"
        case .ldl: "linalg_ldl_factor_ex"
        case .ldlSolve: "linalg_ldl_solve"
        case .leastSquares, .leastSquaresPivoted, .leastSquaresDivided, .leastSquaresIterated: "linalg_lstsq"
        }
    }

    static func operatorName(of cell: RecurrentCell) -> String {
        switch cell {
        case .tanh: "rnn_tanh"
        case .relu: "rnn_relu"
        case .lstm: "lstm"
        case .gru: "gru"
        }
    }
}

import CTorchKernels

// PyTorch's names of what primitives do.

extension ProfiledBackend {
    /// Returns the name of a pointwise operator, and the number of its arguments behind the tensors.
    static func operatorName(of formula: Formula) -> (name: String, others: Int) {
        let bare = snakeCase(String(cString: st_formula_name(formula)))
        let name = specialFunctions.contains(bare) ? "special_" + bare : otherNames[bare] ?? bare
        return (name, withAnotherArgument.contains(bare) ? 1 : 0)
    }

    /// The formulas whose operators have an argument that is not an operand of the formula.
    private static let withAnotherArgument: Set = [
        "add", "sub", "trunc_divide", "square", "gelu", "gelu_tanh", "gelu_backward", "gelu_tanh_backward"
    ]
    /// The formulas whose operators stand in `torch.special` only.
    private static let specialFunctions: Set = [
        "i0e", "i1", "i1e", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "airy_ai", "spherical_bessel_j0",
        "entr", "erfcx", "ndtr", "log_ndtr", "ndtri", "zeta", "xlog1py"
    ]
    /// The formulas whose operators have other names.
    private static let otherNames = [
        "add_scaled": "add", "gelu_tanh": "gelu", "gelu_tanh_backward": "gelu_backward", "trunc_divide": "div",
        "square": "pow", "conjugate": "conj_physical", "logsigmoid": "log_sigmoid_forward",
        "logsigmoid_backward": "log_sigmoid_backward", "left_shift": "bitwise_left_shift",
        "right_shift": "bitwise_right_shift", "mantissa": "frexp", "exponent": "frexp",
        "standard_gamma_grad": "_standard_gamma_grad", "dirichlet_grad": "_dirichlet_grad",
        "bessel_k0": "special_modified_bessel_k0", "bessel_k1": "special_modified_bessel_k1",
        "bessel_k0e": "special_scaled_modified_bessel_k0", "bessel_k1e": "special_scaled_modified_bessel_k1",
        "chebyshev_t": "special_chebyshev_polynomial_t", "chebyshev_u": "special_chebyshev_polynomial_u",
        "chebyshev_v": "special_chebyshev_polynomial_v", "chebyshev_w": "special_chebyshev_polynomial_w",
        "shifted_chebyshev_t": "special_shifted_chebyshev_polynomial_t",
        "shifted_chebyshev_u": "special_shifted_chebyshev_polynomial_u",
        "shifted_chebyshev_v": "special_shifted_chebyshev_polynomial_v",
        "shifted_chebyshev_w": "special_shifted_chebyshev_polynomial_w",
        "hermite_h": "special_hermite_polynomial_h", "hermite_he": "special_hermite_polynomial_he",
        "laguerre_l": "special_laguerre_polynomial_l", "legendre_p": "special_legendre_polynomial_p"
    ]

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

// Window functions. PyTorch: `torch.signal.windows`.

/// Signal processing: the window functions of `torch.signal`.
public enum signal {
    /// Windows of M points. With `sym`, a window is symmetric, for filter design. Without it, a window is periodic, for
    /// spectral analysis. The dtype is float32 or float64; without `dtype`, it is the default dtype. The
    /// layout is strided.
    public enum windows {
        /// Returns the Bartlett window: two straight lines. PyTorch: `torch.signal.windows.bartlett`.
        public static func bartlett(
            _ M: Int, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            window("bartlett", M, dtype, layout, device, requiresGrad) { dtype in
                if M == 1 { return .ones(1, dtype: dtype, device: device) }
                let step = 2 / Double(sym ? M - 1 : M)
                return 1 - points(-1, step, M, dtype, device).abs()
            }
        }

        /// Returns the Blackman window. PyTorch: `torch.signal.windows.blackman`.
        public static func blackman(
            _ M: Int, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            cosines("blackman", M, [0.42, 0.5, 0.08], sym, dtype, layout, device, requiresGrad)
        }

        /// Returns half a period of the sine. PyTorch: `torch.signal.windows.cosine`.
        public static func cosine(
            _ M: Int, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            window("cosine", M, dtype, layout, device, requiresGrad) { dtype in
                let step = Double.pi / (Double(M) + (!sym && M > 1 ? 1 : 0))
                return points(0.5 * step, step, M, dtype, device).sin()
            }
        }

        /// Returns exp(-|n - center| / tau). PyTorch: `torch.signal.windows.exponential`.
        /// - Precondition: `tau` > 0; if `sym` is true, `center` is nil, and the center is in the middle.
        public static func exponential(
            _ M: Int, center: Double? = nil, tau: Double = 1, sym: Bool = true, dtype: DType? = nil,
            layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            window("exponential", M, dtype, layout, device, requiresGrad) { dtype in
                guard tau > 0 else { return fail(.value, "Tau must be positive, got: \(tau.plain) instead.") }
                guard !sym || center == nil else { return fail(.value, "Center must be None for symmetric windows") }
                let center = center ?? Double(!sym && M > 1 ? M : M - 1) / 2
                return points(-center / tau, 1 / tau, M, dtype, device).abs().neg().exp()
            }
        }

        /// Returns the Gaussian window. PyTorch: `torch.signal.windows.gaussian`.
        /// - Precondition: `std` > 0.
        public static func gaussian(
            _ M: Int, std: Double = 1, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            window("gaussian", M, dtype, layout, device, requiresGrad) { dtype in
                guard std > 0 else {
                    return fail(.value, "Standard deviation must be positive, got: \(std.plain) instead.")
                }
                let step = 1 / (std * 2.0.squareRoot())
                return points(-Double(!sym && M > 1 ? M : M - 1) / 2 * step, step, M, dtype, device).square().neg()
                    .exp()
            }
        }

        /// Returns Σ (-1)^i a_i cos(2π i n / N). PyTorch: `torch.signal.windows.general_cosine`.
        /// - Precondition: `a` has at least one coefficient.
        public static func generalCosine(
            _ M: Int, a: [Double], sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            cosines("general_cosine", M, a, sym, dtype, layout, device, requiresGrad)
        }

        /// Returns alpha - (1 - alpha) cos(2π n / N). PyTorch: `torch.signal.windows.general_hamming`.
        public static func generalHamming(
            _ M: Int, alpha: Double = 0.54, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            cosines("general_cosine", M, [alpha, 1 - alpha], sym, dtype, layout, device, requiresGrad)
        }

        /// Returns the Hamming window. PyTorch: `torch.signal.windows.hamming`.
        public static func hamming(
            _ M: Int, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            generalHamming(M, sym: sym, dtype: dtype, layout: layout, device: device, requiresGrad: requiresGrad)
        }

        /// Returns the Hann window. PyTorch: `torch.signal.windows.hann`.
        public static func hann(
            _ M: Int, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            generalHamming(
                M, alpha: 0.5, sym: sym, dtype: dtype, layout: layout, device: device, requiresGrad: requiresGrad)
        }

        /// Returns the Kaiser window: I₀(√(β² - k²)) / I₀(β). PyTorch: `torch.signal.windows.kaiser`.
        /// - Precondition: `beta` is not negative.
        public static func kaiser(
            _ M: Int, beta: Double = 12, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            window("kaiser", M, dtype, layout, device, requiresGrad) { dtype in
                guard beta >= 0 else { return fail(.value, "beta must be non-negative, got: \(beta.plain) instead.") }
                if M == 1 { return .ones(1, dtype: dtype, device: device) }
                let k = points(-beta, 2 * beta / Double(sym ? M - 1 : M), M, dtype, device)
                // Clamp, because rounding can put the last point beyond the edge.
                return (beta * beta - k.square()).clamp(min: 0).sqrt().i0()
                    / Tensor(beta, dtype: dtype, device: device).i0()
            }
        }

        /// Returns the Nuttall window. PyTorch: `torch.signal.windows.nuttall`.
        public static func nuttall(
            _ M: Int, sym: Bool = true, dtype: DType? = nil, layout: TensorLayout = .strided,
            device: Device = .default, requiresGrad: Bool = false
        ) -> Tensor {
            cosines(
                "general_cosine", M, [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym, dtype, layout, device,
                requiresGrad)
        }

        private static func cosines(
            _ name: String, _ M: Int, _ a: [Double], _ sym: Bool, _ dtype: DType?, _ layout: TensorLayout,
            _ device: Device, _ requiresGrad: Bool
        ) -> Tensor {
            window(name, M, dtype, layout, device, requiresGrad) { dtype in
                if M == 1 { return .ones(1, dtype: dtype, device: device) }
                guard !a.isEmpty else { return fail(.value, "Coefficients cannot be empty") }
                let k = points(0, 2 * Double.pi / Double(sym ? M - 1 : M), M, dtype, device)
                return a.indices.reduce(Tensor.zeros(M, dtype: dtype, device: device)) {
                    $0 + (k * Double($1)).cos() * ($1 % 2 == 0 ? a[$1] : -a[$1])
                }
            }
        }

        /// Returns M numbers: first, first + step, …
        private static func points(
            _ first: Double, _ step: Double, _ M: Int, _ dtype: DType, _ device: Device
        ) -> Tensor {
            .linspace(first, first + Double(M - 1) * step, steps: M, dtype: dtype, device: device)
        }

        private static func window(
            _ name: String, _ M: Int, _ dtype: DType?, _ layout: TensorLayout, _ device: Device, _ requiresGrad: Bool,
            _ body: (DType) -> Tensor
        ) -> Tensor {
            let dtype = dtype ?? defaultDType
            guard M >= 0 else { return fail(.value, "\(name) requires non-negative window length, got M=\(M)") }
            guard layout == .strided else {
                return fail(.value, "\(name) is implemented for strided tensors only, got: \(layout)")
            }
            guard dtype == .float32 || dtype == .float64 else {
                return fail(.value, "\(name) expects float32 or float64 dtypes, got: \(dtype)")
            }
            if M == 0 { return .empty([0], dtype: dtype, device: device, requiresGrad: requiresGrad) }
            return noGrad { body(dtype) }.requiring(requiresGrad)
        }
    }
}

// Windows for short-time Fourier transforms, which `torch` has beside those of `torch.signal.windows`.

extension Tensor {
    /// Returns the Hann window, 0.5 - 0.5 cos(2πn / N). PyTorch: `torch.hann_window`.
    /// - Parameters:
    ///   - windowLength: the numbers of the window.
    ///   - periodic: whether N is `windowLength`, for transforms, or one less, so that the window is symmetric.
    ///   - dtype: a floating-point dtype; nil is the default one.
    ///   - device: where the window is.
    ///   - requiresGrad: whether it requires a gradient.
    public static func hannWindow(
        _ windowLength: Int, periodic: Bool = true, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        window("hann_window", windowLength, dtype) {
            signal.windows.hann($0, sym: !periodic, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }

    /// Returns the Hamming window, alpha - beta cos(2πn / N). The other parameters are those of `hannWindow`.
    /// PyTorch: `torch.hamming_window`.
    public static func hammingWindow(
        _ windowLength: Int, periodic: Bool = true, alpha: Double = 0.54, beta: Double = 0.46, dtype: DType? = nil,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        window("hamming_window", windowLength, dtype) {
            $0 == 1
                ? .ones([1], dtype: dtype ?? defaultDType, device: device, requiresGrad: requiresGrad)
                : signal.windows.generalCosine(
                    $0, a: [alpha, beta], sym: !periodic, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }

    /// Returns the Blackman window, 0.42 - 0.5 cos(2πn / N) + 0.08 cos(4πn / N). The other parameters are those of
    /// `hannWindow`. PyTorch: `torch.blackman_window`.
    public static func blackmanWindow(
        _ windowLength: Int, periodic: Bool = true, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        window("blackman_window", windowLength, dtype) {
            signal.windows.blackman($0, sym: !periodic, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }

    /// Returns the Bartlett window, a triangle that begins at 0. The other parameters are those of `hannWindow`.
    /// PyTorch: `torch.bartlett_window`.
    public static func bartlettWindow(
        _ windowLength: Int, periodic: Bool = true, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        window("bartlett_window", windowLength, dtype) {
            signal.windows.bartlett($0, sym: !periodic, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }

    /// Returns the Kaiser window of shape `beta`. The other parameters are those of `hannWindow`.
    /// PyTorch: `torch.kaiser_window`.
    public static func kaiserWindow(
        _ windowLength: Int, periodic: Bool = true, beta: Double = 12, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        window("kaiser_window", windowLength, dtype) {
            signal.windows.kaiser(
                $0, beta: beta, sym: !periodic, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }

    private static func window(_ name: String, _ length: Int, _ dtype: DType?, _ make: (Int) -> Tensor) -> Tensor {
        let dtype = dtype ?? defaultDType
        guard dtype.isFloatingPoint else {
            return fail(.runtime, "\(name) expects floating point dtypes, got: \(dtype.scalarTypeName)")
        }
        guard length >= 0 else {
            return fail(.runtime, "\(name) requires non-negative window_length, got window_length=\(length)")
        }
        return make(length)
    }
}

/// Discrete Fourier transforms. PyTorch: `torch.fft`.
///
/// Inputs are of float32 or float64, complex64 or complex128; other numbers become the default dtype. Lengths may be
/// any, also primes. `n` and `s` cut inputs off or fill them with zeros. Gradients of all orders exist.
public enum fft {
    /// How results are scaled.
    public enum Norm: String, Sendable {
        /// Inverse transforms are divided by the number of points.
        case backward
        /// Both are divided by its root.
        case ortho
        /// Forward transforms are divided by it.
        case forward

        /// Returns the factor of a transform of `count` points.
        func scale(_ count: Int, inverse: Bool) -> Double {
            switch self {
            case .ortho: 1 / Double(count).squareRoot()
            case .forward: inverse ? 1 : 1 / Double(count)
            case .backward: inverse ? 1 / Double(count) : 1
            }
        }
    }

    // MARK: One dimension

    /// Computes X[k] = Σ x[j] · exp(-2πi·jk/n) along a dimension. PyTorch: `torch.fft.fft`.
    public static func fft(_ input: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
        one(input, n, dim, norm, inverse: false)
    }

    /// The inverse of `fft`: computes x[j] = 1/n · Σ X[k] · exp(2πi·jk/n). PyTorch: `torch.fft.ifft`.
    public static func ifft(_ input: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
        one(input, n, dim, norm, inverse: true)
    }

    /// Computes the first n/2 + 1 numbers of the transform of real numbers; the others are conjugates of these.
    /// PyTorch: `torch.fft.rfft`.
    public static func rfft(_ input: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
        oneReal("rfft", input, n, dim, norm, inverse: false)
    }

    /// The inverse of `rfft`: computes n real numbers, by default 2 · (size - 1). PyTorch: `torch.fft.irfft`.
    public static func irfft(_ input: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
        oneToReal(input, n, dim, norm, inverse: true)
    }

    /// Computes the transform, n real numbers, of numbers with x[n - j] = conj(x[j]), given by the first n/2 + 1.
    /// PyTorch: `torch.fft.hfft`.
    public static func hfft(_ input: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
        oneToReal(input, n, dim, norm, inverse: false)
    }

    /// The inverse of `hfft`: computes n/2 + 1 complex numbers from n real ones. PyTorch: `torch.fft.ihfft`.
    public static func ihfft(_ input: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
        oneReal("ihfft", input, n, dim, norm, inverse: true)
    }

    // MARK: Two dimensions

    /// Computes `fft` along two dimensions. PyTorch: `torch.fft.fft2`.
    public static func fft2(
        _ input: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward
    ) -> Tensor { fftn(input, s: s, dim: dim, norm: norm) }

    /// The inverse of `fft2`. PyTorch: `torch.fft.ifft2`.
    public static func ifft2(
        _ input: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward
    ) -> Tensor { ifftn(input, s: s, dim: dim, norm: norm) }

    /// Computes `rfft` along the second of two dimensions, then `fft` along the first. PyTorch: `torch.fft.rfft2`.
    public static func rfft2(
        _ input: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward
    ) -> Tensor { rfftn(input, s: s, dim: dim, norm: norm) }

    /// The inverse of `rfft2`. PyTorch: `torch.fft.irfft2`.
    public static func irfft2(
        _ input: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward
    ) -> Tensor { irfftn(input, s: s, dim: dim, norm: norm) }

    /// Computes `fft` along the first of two dimensions, then `hfft` along the second. PyTorch: `torch.fft.hfft2`.
    public static func hfft2(
        _ input: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward
    ) -> Tensor { hfftn(input, s: s, dim: dim, norm: norm) }

    /// The inverse of `hfft2`. PyTorch: `torch.fft.ihfft2`.
    public static func ihfft2(
        _ input: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward
    ) -> Tensor { ihfftn(input, s: s, dim: dim, norm: norm) }

    // MARK: Any dimensions

    /// Computes `fft` along several dimensions: `dim`, or the last ones if only `s` is given, or all.
    /// PyTorch: `torch.fft.fftn`.
    public static func fftn(_ input: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
        several(input, s, dim, norm, inverse: false)
    }

    /// The inverse of `fftn`. PyTorch: `torch.fft.ifftn`.
    public static func ifftn(_ input: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
        several(input, s, dim, norm, inverse: true)
    }

    /// Computes `rfft` along the last of several dimensions, then `fft` along the others.
    /// PyTorch: `torch.fft.rfftn`.
    public static func rfftn(_ input: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
        guard let real = FourierInput.realInput(input, "rfftn", valued: true),
            let axes = FourierAxes("rfftn", real, s, dim, isReal: true)
        else { return .void }
        let x = axes.resized(real)
        return FourierTransform.real(x, axes.dims, scale: norm.scale(axes.count(x), inverse: false))
    }

    /// The inverse of `rfftn`. PyTorch: `torch.fft.irfftn`.
    public static func irfftn(_ input: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
        guard let complex = FourierInput.complexInput(input),
            let axes = FourierAxes("irfftn", complex, s, dim, isReal: true)
        else {
            return .void
        }
        guard let (x, length) = axes.resizedToReal(complex, s) else { return .void }
        let count = axes.count(x) / x.sizes[axes.dims.last!] * length
        return FourierTransform.toReal(x, axes.dims, length: length, scale: norm.scale(count, inverse: true))
    }

    /// Computes `fft` along all but the last of several dimensions, then `hfft` along the last.
    /// PyTorch: `torch.fft.hfftn`.
    public static func hfftn(_ input: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
        guard let complex = FourierInput.complexInput(input),
            let axes = FourierAxes("hfftn", complex, s, dim, isReal: true),
            let (x, length) = axes.resizedToReal(complex, s), let last = axes.dims.last
        else { return .void }
        let others = Array(axes.dims.dropLast())
        let scale = norm.scale(others.reduce(1) { $0 * x.sizes[$1] }, inverse: false)
        let first = others.isEmpty ? x : FourierTransform.complex(x, others, scale: scale, inverse: false)
        return FourierTransform.toReal(
            first.conj().named("ConjBackward0"), [last], length: length, scale: norm.scale(length, inverse: false))
    }

    /// The inverse of `hfftn`. PyTorch: `torch.fft.ihfftn`.
    public static func ihfftn(_ input: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
        guard let real = FourierInput.realInput(input, "ihfftn", valued: true),
            let axes = FourierAxes("ihfftn", real, s, dim, isReal: true),
            let last = axes.dims.last
        else { return .void }
        let x = axes.resized(real), others = Array(axes.dims.dropLast())
        let half = FourierTransform.real(x, [last], scale: norm.scale(x.sizes[last], inverse: true)).conj().named(
            "ConjBackward0")
        if others.isEmpty { return half }
        let scale = norm.scale(others.reduce(1) { $0 * x.sizes[$1] }, inverse: true)
        return FourierTransform.complex(half, others, scale: scale, inverse: true)
    }

    // MARK: Frequencies

    /// Returns the frequencies of the numbers of `fft`, in cycles per unit if samples are `d` units apart: 0, 1, …,
    /// then the negative ones, divided by n · d. PyTorch: `torch.fft.fftfreq`.
    public static func fftfreq(_ n: Int, d: Double = 1, dtype: DType? = nil, device: Device = .default) -> Tensor {
        guard FourierInput.isLength(n) else { return .void }
        let half = Double((n + 1) / 2)
        let all = Tensor.arange(Double(n), dtype: dtype, device: device)
        return Torch.where(all.lt(half), all, all.sub(n)).mul(1 / (Double(n) * d))
    }

    /// Returns the frequencies of the numbers of `rfft`. PyTorch: `torch.fft.rfftfreq`.
    public static func rfftfreq(_ n: Int, d: Double = 1, dtype: DType? = nil, device: Device = .default) -> Tensor {
        guard FourierInput.isLength(n) else { return .void }
        return Tensor.arange(Double(n / 2 + 1), dtype: dtype, device: device).mul(1 / (Double(n) * d))
    }

    /// Moves the number of frequency 0 to the middle of dimensions, by default of all. PyTorch: `torch.fft.fftshift`.
    public static func fftshift(_ input: Tensor, dim: [Int]? = nil) -> Tensor {
        shifted(input, dim) { $0 / 2 }
    }

    /// The inverse of `fftshift`. PyTorch: `torch.fft.ifftshift`.
    public static func ifftshift(_ input: Tensor, dim: [Int]? = nil) -> Tensor {
        shifted(input, dim) { ($0 + 1) / 2 }
    }

    private static func shifted(_ input: Tensor, _ dim: [Int]?, _ shift: (Int) -> Int) -> Tensor {
        if input.isVoid { return .void }
        var dims: [Int] = []
        for d in dim ?? Array(0..<input.dim) {
            guard let wrapped = input.wrap(d) else { return .void }
            dims.append(wrapped)
        }
        if dims.isEmpty || input.dim == 0 { return input.clone() }
        return input.roll(dims.map { shift(input.sizes[$0]) }, dims: dims)
    }
}

// MARK: - Calls

extension fft {
    private static func one(_ input: Tensor, _ n: Int?, _ dim: Int, _ norm: Norm, inverse: Bool) -> Tensor {
        let isComplex = input.dtype.isComplex
        guard
            let x = isComplex ? FourierInput.complexInput(input) : FourierInput.realInput(input, "fft", valued: false),
            let (x, d) = FourierInput.resized(x, n, dim)
        else { return .void }
        let scale = norm.scale(x.sizes[d], inverse: inverse)
        if isComplex { return FourierTransform.complex(x, [d], scale: scale, inverse: inverse) }
        let result = FourierTransform.real(x, [d], scale: scale, onesided: false)
        return inverse ? result.conj().named("ConjBackward0") : result
    }

    private static func oneReal(
        _ name: String, _ input: Tensor, _ n: Int?, _ dim: Int, _ norm: Norm, inverse: Bool
    ) -> Tensor {
        guard let x = FourierInput.realInput(input, name, valued: false), let (x, d) = FourierInput.resized(x, n, dim)
        else { return .void }
        let result = FourierTransform.real(x, [d], scale: norm.scale(x.sizes[d], inverse: inverse))
        return inverse ? result.conj().named("ConjBackward0") : result
    }

    private static func oneToReal(_ input: Tensor, _ n: Int?, _ dim: Int, _ norm: Norm, inverse: Bool) -> Tensor {
        guard let complex = FourierInput.complexInput(input), let d = FourierInput.axis(complex, dim) else {
            return .void
        }
        let length = n ?? 2 * (complex.sizes[d] - 1)
        guard FourierInput.isLength(length), let (x, _) = FourierInput.resized(complex, n.map { $0 / 2 + 1 }, dim)
        else { return .void }
        return FourierTransform.toReal(
            inverse ? x : x.conj().named("ConjBackward0"), [d], length: length,
            scale: norm.scale(length, inverse: inverse))
    }

    private static func several(
        _ input: Tensor, _ s: [Int]?, _ dim: [Int]?, _ norm: Norm, inverse: Bool
    ) -> Tensor {
        guard let complex = FourierInput.complexInput(input),
            let axes = FourierAxes("fftn", complex, s, dim, isReal: false)
        else {
            return .void
        }
        let x = axes.resized(complex)
        if axes.dims.isEmpty { return x.clone() }
        return FourierTransform.complex(
            x, axes.dims, scale: norm.scale(axes.count(x), inverse: inverse), inverse: inverse)
    }
}

// Short-time Fourier transforms: spectra of windows that move along a signal.

extension Tensor {
    /// Computes the Fourier transforms of frames of `nFFT` samples that begin `hopLength` samples apart.
    /// PyTorch: `torch.stft`.
    ///
    /// - Parameters:
    ///   - nFFT: the samples of a frame.
    ///   - hopLength: the samples from one frame to the next; by default nFFT / 4.
    ///   - winLength: the samples of the window, by default nFFT. A shorter window stands in the middle of a frame.
    ///   - window: multiplies each frame, [winLength]; by default ones.
    ///   - center: whether nFFT / 2 samples are added at both ends, so that frame t is centered at sample
    ///     t · hopLength.
    ///   - padMode: how they are made.
    ///   - normalized: whether results are divided by the root of nFFT.
    ///   - onesided: whether only the first nFFT / 2 + 1 frequencies are computed; by default for real signals.
    ///   - returnComplex: whether results are complex. Otherwise their last dimension has the real and the imaginary
    ///     part. It must be given for real signals.
    ///   - alignToWindow: whether the first frame begins with the window, not with the zeros before it; only if not
    ///     `center`.
    /// - Returns: [N, frequencies, frames] for signals [N, samples]; without N for one signal [samples].
    public func stft(
        _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
        padMode: PaddingMode = .reflect, normalized: Bool = false, onesided: Bool? = nil, returnComplex: Bool? = nil,
        alignToWindow: Bool? = nil
    ) -> Tensor {
        if isVoid || window?.isVoid == true { return .void }
        if let cast = Autocast.float32OnCPU {
            return cast.run {
                $0(self).stft(
                    nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, padMode: padMode,
                    normalized: normalized, onesided: onesided, returnComplex: returnComplex,
                    alignToWindow: alignToWindow)
            }
        }
        if center, alignToWindow != nil {
            return fail(.runtime, "stft align_to_window should only be set when center = false")
        }
        let hop = hopLength ?? nFFT / 4, length = winLength ?? nFFT
        let isComplex = dtype.isComplex || window?.dtype.isComplex == true
        guard let asComplex = returnComplex ?? (isComplex ? true : nil) else {
            return fail(
                .runtime,
                "stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release."
            )
        }
        var signals = dim == 1 ? unsqueeze(0) : self
        if center, dtype.isInexact, dim == 1 || dim == 2, nFFT > 0 {
            signals = signals.unsqueeze(0).pad([nFFT / 2, nFFT / 2], mode: padMode).squeeze(0)
            if signals.isVoid { return .void }
        }
        func refuse(_ reason: String, _ kind: TorchError.Kind = .runtime) -> Tensor {
            let shown = dim == 1 ? signals[0] : signals
            return fail(
                kind,
                "stft(\(shown.typeName)\(shown.sizes), n_fft=\(nFFT), hop_length=\(hop), win_length=\(length), window=\(Tensor.described(window)), normalized=\(normalized ? 1 : 0), onesided=\(onesided.map { $0 ? "1" : "0" } ?? "None"), return_complex=\(asComplex ? 1 : 0), align_to_window=\(alignToWindow.map { $0 ? "1" : "0" } ?? "None")) : \(reason)"
            )
        }
        guard dtype.isInexact else {
            return refuse("expected a tensor of floating point or complex values", .notImplemented)
        }
        guard dim == 1 || dim == 2 else { return refuse("expected a 1D or 2D tensor") }
        let samples = signals.sizes[1]
        guard nFFT > 0, nFFT <= samples else { return refuse("expected 0 < n_fft <= \(samples)") }
        guard hop > 0 else { return refuse("expected hop_length > 0, but got hop_length=\(hop)") }
        guard length > 0, length <= nFFT else {
            return refuse("expected 0 < win_length <= n_fft, but got win_length=\(length)")
        }
        if let window, window.sizes != [length] {
            return refuse(
                "expected a 1D window tensor of size equal to win_length=\(length), but got window with size \(window.sizes)"
            )
        }
        var frames = signals.unfold(1, alignToWindow == true ? length : nFFT, hop)
        if alignToWindow == true {
            if let window { frames = frames.mul(window) }
            frames = frames.constantPadNd(Tensor.padding(length, nFFT))
        } else if let frameWindow = Tensor.frameWindow(window, length, nFFT, dtype, device) {
            frames = frames.mul(frameWindow)
        }
        let isReal = !frames.dtype.isComplex
        if onesided == true, !isReal {
            return fail(.runtime, "Cannot have onesided output if window or input is complex")
        }
        let scale = normalized ? 1 / Double(nFFT).squareRoot() : 1
        var result =
            isReal
            ? FourierTransform.real(frames, [2], scale: scale, onesided: onesided ?? true)
            : FourierTransform.complex(frames, [2], scale: scale, inverse: false)
        result = result.transpose(1, 2).named("TransposeBackward1")
        if dim == 1 { result = result.squeeze(0).named("SqueezeBackward4") }
        return asComplex ? result : result.viewAsReal()
    }

    /// The inverse of `stft`: adds up the frames, multiplied by the window, and divides by the sum of the squares of
    /// the windows. PyTorch: `torch.istft`.
    ///
    /// - Parameters:
    ///   - nFFT: the samples of a frame.
    ///   - hopLength: the samples from one frame to the next; by default nFFT / 4.
    ///   - winLength: the samples of the window, by default nFFT.
    ///   - window: the window with which the frames were made; by default ones.
    ///   - center: whether the frames are centered; then nFFT / 2 samples at both ends are left out.
    ///   - normalized: whether the frames were divided by the root of nFFT.
    ///   - onesided: whether there are only nFFT / 2 + 1 frequencies; by default, whether there are not nFFT.
    ///   - length: the number of samples; by default as many as the frames cover.
    ///   - returnComplex: whether the signal is complex.
    /// - Returns: [N, samples], or [samples].
    public func istft(
        _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
        normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil, returnComplex: Bool = false
    ) -> Tensor {
        if isVoid || window?.isVoid == true { return .void }
        let hop = hopLength ?? nFFT / 4, windowLength = winLength ?? nFFT
        func refuse(_ reason: String) -> Tensor {
            fail(
                .runtime,
                "istft(\(typeName)\(sizes), n_fft=\(nFFT), hop_length=\(hop), win_length=\(windowLength), window=\(Tensor.described(window)), center=\(center ? 1 : 0), normalized=\(normalized ? 1 : 0), onesided=\(onesided.map { $0 ? "1" : "0" } ?? "None"), length=\(length.map(String.init) ?? "None"), return_complex=\(returnComplex ? 1 : 0)) \(reason)"
            )
        }
        guard dtype.isComplex else {
            return fail(
                .type,
                "istft requires a complex-valued input tensor matching the output from stft with return_complex=True.")
        }
        guard dim == 2 || dim == 3 else {
            return refuse("expected a tensor with 2 or 3 dimensions, but got \(dim)")
        }
        guard nFFT > 0 else { return refuse("expected n_fft > 0") }
        var spectra = dim == 2 ? unsqueeze(0) : self
        let (bins, frames) = (spectra.sizes[1], spectra.sizes[2])
        let isOnesided = onesided ?? (bins != nFFT)
        guard numel() > 0 else { return refuse("input tensor cannot be empty.") }
        guard bins == (isOnesided ? nFFT / 2 + 1 : nFFT) else {
            return refuse(
                "expected the frequency dimension (3rd to the last) of the input tensor to match \(isOnesided ? "n_fft / 2 + 1 when onesided=True" : "n_fft when onesided=False"), but got \(bins)"
            )
        }
        guard hop > 0, hop <= windowLength else { return refuse("expected 0 < hop_length <= win_length") }
        guard windowLength > 0, windowLength <= nFFT else { return refuse("expected 0 < win_length <= n_fft") }
        if let window, window.sizes != [windowLength] {
            return refuse("Invalid window shape. window has to be 1D and length of `win_length`")
        }
        guard frames - 1 <= (Int.max - nFFT) / hop else { return refuse("expected fewer frames") }
        let real = dtype.toReal
        let frameWindow =
            Tensor.frameWindow(window, windowLength, nFFT, real, device)
            ?? Tensor.ones([nFFT], dtype: real, device: device)
        let scale = normalized ? 1 / Double(nFFT).squareRoot() : 1 / Double(nFFT)
        spectra = spectra.transpose(1, 2)
        if returnComplex {
            guard !isOnesided else {
                return fail(.runtime, "Cannot have onesided output if window or input is complex")
            }
            spectra = FourierTransform.complex(spectra, [2], scale: scale, inverse: true)
        } else {
            guard !frameWindow.dtype.isComplex else {
                return fail(.runtime, "Complex windows are incompatible with return_complex=False")
            }
            spectra = FourierTransform.toReal(
                isOnesided ? spectra : spectra.slice(2, 0, nFFT / 2 + 1), [2], length: nFFT, scale: scale)
        }
        let total = nFFT + hop * (frames - 1), start = center ? nFFT / 2 : 0
        let end = length.map { start + Swift.min($0, Int.max - start) } ?? (center ? total - nFFT / 2 : total)
        func overlapped(_ frames: Tensor) -> Tensor {
            frames.overlappedAndAdded([frames.sizes[0], total], size: nFFT, step: hop).slice(1, start, end)
        }
        let signal = overlapped(spectra.mul(frameWindow.view([1, 1, nFFT])))
        let envelope = overlapped(frameWindow.square().expand([1, frames, nFFT]))
        if signal.isVoid || envelope.isVoid { return .void }
        if envelope.device != .meta, envelope.numel() > 0 {
            let lowest = envelope.abs().min()
            guard lowest.itemScalar().doubleValue > 1e-11 else {
                return refuse("window overlap add min: \(lowest.lt(1e-11))")
            }
        }
        var result = signal.div(envelope)
        if dim == 2 { result = result.squeeze(0) }
        if end > total {
            warn(
                "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please check your center and hop_length settings."
            )
            result = result.constantPadNd([0, end - total])
        }
        return result
    }

    /// Returns a window of `nFFT` numbers with the given one in the middle; nil if it would be ones.
    private static func frameWindow(
        _ window: Tensor?, _ length: Int, _ nFFT: Int, _ dtype: DType, _ device: Device
    ) -> Tensor? {
        guard window != nil || length < nFFT else { return nil }
        let given = window ?? .ones([length], dtype: dtype, device: device)
        return length == nFFT ? given : given.constantPadNd(padding(length, nFFT))
    }

    /// Returns the zeros before and behind a window in the middle of a frame.
    private static func padding(_ length: Int, _ nFFT: Int) -> [Int] {
        let left = (nFFT - length) / 2
        return [left, nFFT - length - left]
    }

    private static func described(_ window: Tensor?) -> String {
        window.map { "\($0.typeName){\($0.sizes)}" } ?? "None"
    }

    /// The adjoint of `unfold` along the last dimension: adds the frames to zeros of the given sizes.
    private func overlappedAndAdded(_ sizes: [Int], size: Int, step: Int) -> Tensor {
        // The frames, or the places inside a frame, are added one after the other, whichever are fewer.
        let overlapping = step >= size ? [] : [self.sizes[1] < size ? 1 : 2]
        return added(into: sizes, overlapping: overlapping, through: { $0.unfolded(1, size, step) }) {
            $0.unfold(1, size, step)
        }
    }
}

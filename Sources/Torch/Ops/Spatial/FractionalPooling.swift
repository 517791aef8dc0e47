// Max pooling whose windows begin at random places (Graham, 2014).

extension Tensor {
    /// Returns the maxima of windows of [N, C, H, W] or [C, H, W] that begin at pseudorandom places, as many as the
    /// result has elements. PyTorch: `torch.nn.functional.fractional_max_pool2d`.
    ///
    /// The numbers are (height, width), or one for both.
    /// - Parameters:
    ///   - kernelSize: the size of a window.
    ///   - outputSize: the size of the result.
    ///   - randomSamples: uniform numbers in [0, 1), [N, C, 2] with the input's dtype; if it is nil, they are drawn.
    public func fractionalMaxPool2d(
        _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        fractionalMaxPool(2, kernelSize.toKernelSize(), outputSize.toKernelSize(), randomSamples, false).values
    }

    /// Like `fractionalMaxPool2d(_:outputSize:randomSamples:)`, for a result whose size is the input's times
    /// `outputRatio`, rounded down.
    public func fractionalMaxPool2d(
        _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        guard let size = fractionalSize(2, outputRatio.toScaleFactor()) else { return .void }
        return fractionalMaxPool(2, kernelSize.toKernelSize(), KernelSize(size), randomSamples, false).values
    }

    /// Like `fractionalMaxPool2d(_:outputSize:randomSamples:)`, with the index of each maximum in its plane.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d_with_indices`.
    public func fractionalMaxPool2dWithIndices(
        _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        fractionalMaxPool(2, kernelSize.toKernelSize(), outputSize.toKernelSize(), randomSamples, true)
    }

    /// Like `fractionalMaxPool2dWithIndices(_:outputSize:randomSamples:)`, for a ratio of sizes.
    public func fractionalMaxPool2dWithIndices(
        _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        guard let size = fractionalSize(2, outputRatio.toScaleFactor()) else { return (.void, .void) }
        return fractionalMaxPool(2, kernelSize.toKernelSize(), KernelSize(size), randomSamples, true)
    }

    /// Like `fractionalMaxPool2d(_:outputSize:randomSamples:)`, for [N, C, D, H, W] or [C, D, H, W] and samples
    /// [N, C, 3]. PyTorch: `torch.nn.functional.fractional_max_pool3d`.
    public func fractionalMaxPool3d(
        _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        fractionalMaxPool(3, kernelSize.toKernelSize(), outputSize.toKernelSize(), randomSamples, false).values
    }

    /// Like `fractionalMaxPool3d(_:outputSize:randomSamples:)`, for a ratio of sizes.
    public func fractionalMaxPool3d(
        _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        guard let size = fractionalSize(3, outputRatio.toScaleFactor()) else { return .void }
        return fractionalMaxPool(3, kernelSize.toKernelSize(), KernelSize(size), randomSamples, false).values
    }

    /// Like `fractionalMaxPool3d(_:outputSize:randomSamples:)`, with the index of each maximum in its volume.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d_with_indices`.
    public func fractionalMaxPool3dWithIndices(
        _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        fractionalMaxPool(3, kernelSize.toKernelSize(), outputSize.toKernelSize(), randomSamples, true)
    }

    /// Like `fractionalMaxPool3dWithIndices(_:outputSize:randomSamples:)`, for a ratio of sizes.
    public func fractionalMaxPool3dWithIndices(
        _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        guard let size = fractionalSize(3, outputRatio.toScaleFactor()) else { return (.void, .void) }
        return fractionalMaxPool(3, kernelSize.toKernelSize(), KernelSize(size), randomSamples, true)
    }

    private func fractionalSize(_ spatial: Int, _ ratio: ScaleFactor) -> [Int]? {
        if isVoid { return nil }
        let ratios = ratio.values.count == 1 ? [Double](repeating: ratio.values[0], count: spatial) : ratio.values
        guard ratios.count == spatial else {
            return refuse(
                .value,
                "fractional_max_pool\(spatial)d requires output_ratio to either be a single Int or tuple of Ints.")
        }
        guard dim >= spatial else { return outOfRange(-spatial) }
        var result: [Int] = []
        for (size, ratio) in zip(sizes.suffix(spatial), ratios) {
            guard let target = Int(pythonic: Double(size) * ratio) else { return nil }
            result.append(target)
        }
        return result
    }

    private func outOfRange<T>(_ d: Int) -> T? {
        refuse(
            .index,
            dim == 0
                ? "Dimension specified as \(d) but tensor has no dimensions"
                : "Dimension out of range (expected to be in range of [-\(dim), \(dim - 1)], but got \(d))")
    }

    private func fractionalMaxPool(
        _ spatial: Int, _ kernelSize: KernelSize, _ outputSize: KernelSize, _ randomSamples: Tensor?,
        _ withIndices: Bool
    ) -> (values: Tensor, indices: Tensor) {
        if let cast = Autocast.float32OnCPU {
            return cast.run {
                $0(self).fractionalMaxPool(spatial, kernelSize, outputSize, $0(randomSamples), withIndices)
            }
        }
        let nothing = (values: Tensor.void, indices: Tensor.void)
        if isVoid || randomSamples?.isVoid ?? false { return nothing }
        let name = "fractional_max_pool\(spatial)d", numbers = spatial == 2 ? "tuple of Ints" : "tuple of three Ints"
        func refused(_ message: String) -> (values: Tensor, indices: Tensor) {
            raise(.runtime, message)
            return nothing
        }
        if dim < spatial + 1 {
            let _: Int? = outOfRange(-spatial - 1)
            return nothing
        }
        guard let kernel = kernelSize.expanded(to: spatial) else {
            return refused("\(name): kernel_size must either be a single Int or \(numbers)")
        }
        guard let target = outputSize.expanded(to: spatial) else {
            return refused("\(name): output_size must either be a single Int or \(numbers)")
        }
        guard kernel.allSatisfy({ $0 > 0 }) else {
            let text = kernel.map(String.init).joined(separator: "x")
            return refused("\(name)(): kernel size should be greater than zero, but got \(text)")
        }
        guard dim <= spatial + 2 else {
            return refused("\(name)(): Expected \(spatial + 1)D or \(spatial + 2)D tensor, but got: \(sizes)")
        }
        let function = spatial == 2 ? "\(name)()" : "\(name)_out()"
        if let empty = (dim - spatial - 1..<dim).first(where: { sizes[$0] == 0 }) {
            return refused(
                "\(function): Expected input to have non-zero size for non-batch dimensions, but got\(sizes) with dimension \(empty) being empty."
            )
        }
        let source = Array(sizes.suffix(spatial)), names = ["time", "height", "width"].suffix(spatial)
        for (d, name) in zip(0..<spatial, names) {
            let (last, overflow) = target[d].addingReportingOverflow(kernel[d] - 1)
            if overflow || last > source[d] {
                return refused(
                    "\(function): pool \(name) \(kernel[d]) too large relative to input \(name) \(source[d])")
            }
        }
        let result = sizes.dropLast(spatial) + target
        if let bad = target.first(where: { $0 < 0 }) {
            return refused("Trying to create tensor with negative dimension \(bad): \(result)")
        }
        let batch = dim == spatial + 1 ? 1 : sizes[0], channels = sizes[dim - spatial - 1]
        guard
            isTaken(isComputedFloat, by: randomSamples == nil ? "check_uniform_bounds" : "\(name)_out_frame"),
            let samples = checked(randomSamples, batch, channels, spatial)
        else { return nothing }
        let windows = noGrad { () -> [PoolWindows] in
            // In two dimensions the first sample is that of the width.
            let columns = spatial == 2 ? [1, 0] : [0, 1, 2]
            return (0..<3).map { k in
                let d = k - (3 - spatial)
                if d < 0 { return .sliding(kernel: 1, stride: 1, padding: 0, dilation: 1) }
                let starts = samples.select(-1, columns[d]).reshape([batch * channels, 1]).intervals(
                    source[d], target[d], kernel[d])
                return .starting(at: Indices(starts.strided), length: kernel[d])
            }
        }
        let (values, indices) = maxPooled(
            windows, spatial, Array(result), .contiguous, node: "FractionalMaxPool\(spatial)DBackward0",
            withIndices: withIndices)
        return (values, indices ?? .void)
    }

    /// Returns the samples [N, C, dimensions], drawn if they are not given. Raises and returns nil if they do not fit.
    private func checked(_ given: Tensor?, _ batch: Int, _ channels: Int, _ spatial: Int) -> Tensor? {
        guard let given else {
            let drawn = noGrad { Tensor.rand([batch, channels, spatial], dtype: dtype, device: device) }
            return drawn.isVoid ? nil : drawn
        }
        guard Tensor.shareDevice(self, given) else { return nil }
        if given.dtype != dtype { return refuse("Expect _random_samples to have the same dtype as input") }
        if given.dim != 3 { return refuse("Expect _random_samples to have 3 dimensions, got \(given.dim)") }
        if given.sizes[0] < batch {
            return refuse("Expect _random_samples.size(0) no less then input batch size.")
        }
        if given.sizes[1] != channels {
            return refuse("Expect _random_samples.size(1) equals to input channel size.")
        }
        if given.sizes[2] != spatial {
            return refuse("Expect _random_samples.size(2) equals to \(spatial); got \(given.sizes[2]).")
        }
        return given.detach().narrow(0, 0, batch)
    }

    /// Returns the starts of `count` windows of `length` for each sample of a column, in the arithmetic of its dtype.
    /// PyTorch: `generate_intervals`.
    fileprivate func intervals(_ size: Int, _ count: Int, _ length: Int) -> Tensor {
        if count == 0 { return Tensor.empty([sizes[0], 0], dtype: .int64, device: device) }
        let last = Tensor.full([sizes[0], 1], size - length, dtype: .int64, device: device)
        if count == 1 { return last }
        func number(_ value: Int) -> Tensor { Tensor.full([1], value, dtype: .int64, device: device).to(dtype) }
        let alpha = number(size - length).div(number(count - 1))
        let steps = Tensor.arange(count - 1, device: device).to(dtype)
        let starts = steps.add(self).mul(alpha).to(.int64).sub(mul(alpha).to(.int64))
        return Torch.cat([starts.clamp(min: 0, max: size - length), last], dim: 1).contiguous()
    }
}

extension Int {
    /// Rounds toward zero, as Python's `int` does. Raises and returns nil for a number without an integer.
    init?(pythonic value: Double) {
        if value.isNaN {
            raise(.value, "cannot convert float NaN to integer")
            return nil
        }
        if value.isInfinite {
            raise(.runtime, "cannot convert float infinity to integer")
            return nil
        }
        guard value.magnitude < 0x1p62 else {
            raise(.runtime, "Overflow when unpacking long long")
            return nil
        }
        self.init(value)
    }
}

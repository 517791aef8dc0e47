// Maxima, averages and norms of sliding windows.

extension KernelSize {
    /// The stride of a pooling that is not given: the size of its windows.
    public static let likeKernel = KernelSize([Int]())
}

// MARK: - Maximum

extension Tensor {
    /// Returns the maximum of each sliding window of [N, C, L] or [C, L]. PyTorch: `torch.nn.functional.max_pool1d`.
    ///
    /// - Parameters:
    ///   - kernelSize: the size of a window.
    ///   - stride: the distance between windows; that of the kernel's size if it is not given.
    ///   - padding: the number of elements, less than every number, before the first and after the last one; at most
    ///     half the kernel's size.
    ///   - dilation: the distance between the elements of a window.
    ///   - ceilMode: whether a last window that is not complete counts.
    public func maxPool1d(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        if isVoid { return .void }
        let (kernel, padding) = (kernelSize.toKernelSize().values, padding.toKernelSize().values)
        let (given, dilation) = (stride.toKernelSize().values, dilation.toKernelSize().values)
        guard dim == 2 || dim == 3, !sizes.suffix(2).contains(0) else {
            return fail(
                .runtime,
                "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:\(sizes)"
            )
        }
        func refused(_ message: String) -> Tensor { fail(.runtime, "max_pool1d() \(message)") }
        func size(_ list: String, _ values: [Int]) -> Tensor {
            refused("\(list) tuple of ints of size 1 but got size \(values.count)")
        }
        if kernel.count != 1 { return size("kernel_size must be an int, list of ints or", kernel) }
        if given.count > 1 { return size("stride must be None, an int, list of ints, or", given) }
        if padding.count != 1 { return size("padding must be an int, list of ints, or", padding) }
        if dilation.count != 1 { return size("dilation must be an int, list of ints or", dilation) }
        let stride = given.isEmpty ? kernel : given
        if kernel[0] <= 0 { return refused("kernel_size must be greater than zero, but got \(kernel[0])") }
        if stride[0] <= 0 { return refused("stride must be greater than zero, but got \(stride[0])") }
        if padding[0] < 0 { return refused("padding must be non-negative, but got \(padding[0])") }
        if padding[0] > kernel[0] / 2 {
            return refused(
                "padding should be at most half of kernel size, but got padding=\(padding[0]) and kernel_size=\(kernel[0])"
            )
        }
        if dilation[0] <= 0 { return refused("dilation must be greater than zero, but got \(dilation[0])") }
        guard
            let length = PoolGeometry.size(
                sizes[dim - 1], kernel[0], stride[0], padding[0], dilation[0], ceilMode: ceilMode)
        else { return .void }
        if length <= 0 { return refused("Invalid computed output size: \(length)") }
        guard isTaken(isComputedFloat, by: "max_pool1d_impl") else { return .void }
        let lines = unsqueeze(-2)
        let geometry = PoolGeometry(
            spatial: 2, kernel: [1] + kernel, stride: [1] + stride, padding: [0] + padding, dilation: [1] + dilation,
            sizes: lines.sizes.dropLast(1) + [length], format: lines.layout.suggestedFormat)
        return lines.maxPooled(geometry, withIndices: false).values.squeeze(-2)
    }

    /// Like `maxPool1d(_:stride:padding:dilation:ceilMode:)`, with the index of each maximum along L.
    /// PyTorch: `torch.nn.functional.max_pool1d_with_indices`, `max_pool1d(…, return_indices=True)`.
    public func maxPool1dWithIndices(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        if isVoid { return (.void, .void) }
        let (kernel, given) = (kernelSize.toKernelSize(), stride.toKernelSize())
        guard let kernel = kernel.oneNumber("max_pool1d", "kernel_size"),
            let stride = given.values.isEmpty ? kernel : given.oneNumber("max_pool1d", "stride"),
            let padding = padding.toKernelSize().oneNumber("max_pool1d", "padding"),
            let dilation = dilation.toKernelSize().oneNumber("max_pool1d", "dilation"),
            hasRank(2...3, for: "max_pool1d")
        else { return (.void, .void) }
        let (values, indices) = unsqueeze(-2).maxPool2dWithIndices(
            [1, kernel], stride: [1, stride], padding: [0, padding], dilation: [1, dilation], ceilMode: ceilMode)
        return (values.squeeze(-2), indices.squeeze(-2))
    }

    /// Returns the maximum of each sliding window of [N, C, H, W] or [C, H, W]. NaN is greater than every number.
    /// PyTorch: `torch.nn.functional.max_pool2d`.
    ///
    /// The numbers are (height, width), or one for both.
    /// - Parameters:
    ///   - kernelSize: the size of a window.
    ///   - stride: the distance between windows; that of the kernel's size if it is not given.
    ///   - padding: the number of elements, less than every number, at each border; at most half the kernel's size.
    ///   - dilation: the distance between the elements of a window.
    ///   - ceilMode: whether last windows that are not complete count.
    public func maxPool2d(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        maxPool(
            2, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), dilation.toKernelSize(),
            ceilMode, withIndices: false
        ).values
    }

    /// Like `maxPool2d(_:stride:padding:dilation:ceilMode:)`, with the index of each maximum in its plane (row-major).
    /// PyTorch: `torch.nn.functional.max_pool2d_with_indices`, `max_pool2d(…, return_indices=True)`.
    public func maxPool2dWithIndices(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        let (values, indices) = maxPool(
            2, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), dilation.toKernelSize(),
            ceilMode, withIndices: true)
        return (values, indices ?? .void)
    }

    /// Like `maxPool2d(_:stride:padding:dilation:ceilMode:)`, for [N, C, D, H, W] or [C, D, H, W].
    /// PyTorch: `torch.nn.functional.max_pool3d`.
    public func maxPool3d(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        maxPool(
            3, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), dilation.toKernelSize(),
            ceilMode, withIndices: false
        ).values
    }

    /// Like `maxPool3d(_:stride:padding:dilation:ceilMode:)`, with the index of each maximum in its volume (row-major).
    /// PyTorch: `torch.nn.functional.max_pool3d_with_indices`, `max_pool3d(…, return_indices=True)`.
    public func maxPool3dWithIndices(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        let (values, indices) = maxPool(
            3, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), dilation.toKernelSize(),
            ceilMode, withIndices: true)
        return (values, indices ?? .void)
    }

    private func maxPool(
        _ spatial: Int, _ kernel: KernelSize, _ stride: KernelSize, _ padding: KernelSize, _ dilation: KernelSize,
        _ ceilMode: Bool, withIndices: Bool
    ) -> (values: Tensor, indices: Tensor?) {
        if spatial == 3, let cast = Autocast.float32OnCPU {
            return cast.run {
                $0(self).maxPool(
                    spatial, kernel, stride, padding, dilation, ceilMode, withIndices: withIndices)
            }
        }
        if isVoid { return (.void, nil) }
        guard
            let geometry = PoolGeometry(
                self, "max_pool\(spatial)d", spatial, kernel: kernel, stride: stride, padding: padding,
                dilation: dilation, ceilMode: ceilMode),
            isTaken(
                isComputedFloat || dtype.isInteger && !dtype.isForStorage,
                by: "max_pool\(spatial)d\(geometry.format.kernelSuffix)")
        else { return (.void, nil) }
        return maxPooled(geometry, withIndices: withIndices)
    }

    fileprivate func maxPooled(_ geometry: PoolGeometry, withIndices: Bool) -> (values: Tensor, indices: Tensor?) {
        maxPooled(
            geometry.windows, geometry.spatial, geometry.sizes, geometry.format,
            node: "MaxPool\(geometry.spatial)DWithIndicesBackward0", withIndices: withIndices)
    }

    /// Computes the maximum of each window and, if they are asked for or a gradient needs them, their indices.
    func maxPooled(
        _ windows: [PoolWindows], _ spatial: Int, _ target: [Int], _ format: MemoryFormat, node: String,
        withIndices: Bool
    ) -> (values: Tensor, indices: Tensor?) {
        let range = OperatorRange(ofNode: node, [self])
        defer { range.end() }
        let input = dense(in: format), values = Tensor.allocate(target, format, dtype, device)
        let needsIndices = withIndices || recording(self) && dtype.isInexact
        let indices = needsIndices ? Tensor.allocate(target, format, .int64, device) : nil
        if anyVoid(input, values) || indices?.isVoid ?? false { return (.void, nil) }
        if values.numel() > 0 {
            backend.maxPool(
                values: values.planes(spatial, format),
                indices: indices.map { Indices($0.planes(spatial, format).strided) },
                input.planes(spatial, format), windows)
        }
        guard let indices else { return (values, nil) }
        return (
            values.record(node, self, saved: [indices]) { [sizes] node, g in
                g.scatteredToPlanes(node.saved(0), spatial, sizes, format)
            }, indices
        )
    }

    /// Returns zeros of the given sizes, to which each element is added at its index in the plane: the adjoint of
    /// `gatheredFromPlanes`.
    func scatteredToPlanes(_ indices: Tensor, _ spatial: Int, _ target: [Int], _ format: MemoryFormat) -> Tensor {
        if anyVoid(self, indices) { return .void }
        let grad = dense(in: format), places = indices.dense(in: format)
        let result = Tensor.allocate(target, format, dtype, device)
        if anyVoid(grad, places) || result.isVoid { return .void }
        guard
            result.numel() == 0
                || backend.planeScatter(
                    out: result.planes(spatial, format), grad: grad.planes(spatial, format),
                    indices: Indices(places.planes(spatial, format).strided))
        else { return .void }
        return result.record("MaxPool\(spatial)DWithIndicesBackwardBackward0", self, saved: [indices]) { node, g in
            g.gatheredFromPlanes(node.saved(0), spatial)
        }
    }

    /// Returns the elements at indices in the planes of the last `spatial` dimensions.
    func gatheredFromPlanes(_ indices: Tensor, _ spatial: Int) -> Tensor {
        if anyVoid(self, indices) { return .void }
        let lead = Array(sizes.dropLast(spatial))
        let flat = reshape(lead + [sizes.suffix(spatial).reduce(1, *)])
        let places = noGrad { indices.reshape(lead + [indices.sizes.suffix(spatial).reduce(1, *)]) }
        return flat.gather(dim: -1, index: places).reshape(indices.sizes)
    }

    /// Returns the gradient of max pooling's input from the gradient of its result and the indices of the maxima.
    /// PyTorch: `torch.ops.aten.max_pool2d_with_indices_backward`.
    public func maxPool2dWithIndicesBackward(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false,
        indices: Tensor
    ) -> Tensor {
        if anyVoid(self, input) || indices.isVoid { return .void }
        guard Tensor.commonDevice([self, input, indices]) != nil else { return .void }
        guard dtype == input.dtype else {
            return fail(
                .runtime,
                "expected dtype \(input.dtype.cName) for `gradOutput` but got dtype \(dtype.cName)")
        }
        guard
            let geometry = PoolGeometry(
                input, "max_pool2d", 2, kernel: kernelSize.toKernelSize(), stride: stride.toKernelSize(),
                padding: padding.toKernelSize(), dilation: dilation.toKernelSize(), ceilMode: ceilMode)
        else { return .void }
        for tensor in [self, indices] where tensor.sizes != geometry.sizes {
            let rank = geometry.sizes.count
            let d = (0..<rank).first { tensor.dim != rank || tensor.sizes[$0] != geometry.sizes[$0] } ?? 0
            return fail(
                .runtime,
                "Expected a tensor of dimension \(rank) and tensor.size[\(d)] == \(geometry.sizes[d]) but got: dimension \(tensor.dim) and tensor.size[\(d)] = \(d < tensor.dim ? tensor.sizes[d] : 0)"
            )
        }
        guard indices.dtype == .int64 else {
            return fail(.runtime, "expected scalar type Long but found \(indices.dtype.scalarTypeName)")
        }
        guard isTaken(isComputedFloat, by: "max_pool2d_backward\(geometry.format.kernelSuffix)") else { return .void }
        let result = noGrad { detach().scatteredToPlanes(indices.detach(), 2, input.sizes, geometry.format) }
        // The result depends on the input only through its indices.
        return result.record("MaxPool2DWithIndicesBackwardBackward0", self, input, saved: [indices]) {
            [sizes = input.sizes] node, g in
            [g.gatheredFromPlanes(node.saved(0), 2), Tensor.filled(0, sizes, g.dtype, g.device)]
        }
    }
}

// MARK: - Average

extension Tensor {
    /// Returns the average of each sliding window of [N, C, L] or [C, L]. PyTorch: `torch.nn.functional.avg_pool1d`.
    ///
    /// - Parameters:
    ///   - kernelSize: the size of a window.
    ///   - stride: the distance between windows; that of the kernel's size if it is not given.
    ///   - padding: the number of zeros before the first and after the last element.
    ///   - ceilMode: whether a last window that is not complete counts.
    ///   - countIncludePad: whether padding counts as elements of a window.
    public func avgPool1d(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true
    ) -> Tensor {
        if isVoid { return .void }
        let (kernel, given) = (kernelSize.toKernelSize(), stride.toKernelSize())
        guard let kernel = kernel.oneNumber("avg_pool1d", "kernel_size"),
            let stride = given.values.isEmpty ? kernel : given.oneNumber("avg_pool1d", "stride"),
            let padding = padding.toKernelSize().oneNumber("avg_pool1d", "padding"), hasRank(2...3, for: "avg_pool1d")
        else { return .void }
        return unsqueeze(-2).avgPool2d(
            [1, kernel], stride: [1, stride], padding: [0, padding], ceilMode: ceilMode,
            countIncludePad: countIncludePad
        ).squeeze(-2)
    }

    /// Returns the average of each sliding window of [N, C, H, W] or [C, H, W].
    /// PyTorch: `torch.nn.functional.avg_pool2d`.
    ///
    /// The numbers are (height, width), or one for both.
    /// - Parameters:
    ///   - kernelSize: the size of a window.
    ///   - stride: the distance between windows; that of the kernel's size if it is not given.
    ///   - padding: the number of zeros at each border.
    ///   - ceilMode: whether last windows that are not complete count.
    ///   - countIncludePad: whether padding counts as elements of a window.
    ///   - divisorOverride: the number by which the sums are divided; if it is nil, the number of elements.
    public func avgPool2d(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) -> Tensor {
        avgPool(
            2, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), ceilMode, countIncludePad,
            divisorOverride)
    }

    /// Like `avgPool2d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`, for [N, C, D, H, W] or
    /// [C, D, H, W]. PyTorch: `torch.nn.functional.avg_pool3d`.
    public func avgPool3d(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) -> Tensor {
        avgPool(
            3, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), ceilMode, countIncludePad,
            divisorOverride)
    }

    private func avgPool(
        _ spatial: Int, _ kernel: KernelSize, _ stride: KernelSize, _ padding: KernelSize, _ ceilMode: Bool,
        _ countIncludePad: Bool, _ divisor: Int?
    ) -> Tensor {
        if spatial == 3, let cast = Autocast.float32OnCPU {
            return cast.run {
                $0(self).avgPool(spatial, kernel, stride, padding, ceilMode, countIncludePad, divisor)
            }
        }
        if isVoid { return .void }
        guard
            let geometry = PoolGeometry(
                self, "avg_pool\(spatial)d", spatial, kernel: kernel, stride: stride, padding: padding, dilation: 1,
                ceilMode: ceilMode, divisor: divisor),
            isTaken(
                dtype == .int64 || (spatial == 2 ? isComputedFloat : dtype == .float32 || dtype == .float64),
                by: spatial == 2 ? "avg_pool2d\(geometry.format.kernelSuffix)" : "avg_pool3d_out_frame")
        else { return .void }
        return avgPooled(
            geometry.windows, spatial, geometry.sizes, geometry.format,
            divisor.map { .fixed($0) } ?? (countIncludePad ? .padded : .inside), node: "AvgPool\(spatial)DBackward0")
    }

    func avgPooled(
        _ windows: [PoolWindows], _ spatial: Int, _ target: [Int], _ format: MemoryFormat, _ divisor: PoolDivisor,
        node: String
    ) -> Tensor {
        let range = OperatorRange(ofNode: node, [self])
        defer { range.end() }
        let input = dense(in: format), result = Tensor.allocate(target, format, dtype, device)
        if anyVoid(input, result) { return .void }
        if result.numel() > 0 {
            backend.avgPool(
                out: result.planes(spatial, format), input.planes(spatial, format), windows, divisor)
        }
        return result.record(node, self) { [sizes] _, g in
            g.avgUnpooled(windows, spatial, sizes, format, divisor, node: node)
        }
    }

    /// The adjoint of `avgPooled`.
    private func avgUnpooled(
        _ windows: [PoolWindows], _ spatial: Int, _ target: [Int], _ format: MemoryFormat, _ divisor: PoolDivisor,
        node: String
    ) -> Tensor {
        if isVoid { return .void }
        let grad = dense(in: format), result = Tensor.allocate(target, format, dtype, device)
        if anyVoid(grad, result) { return .void }
        guard
            result.numel() == 0
                || backend.avgPoolBackward(
                    out: result.planes(spatial, format), grad: grad.planes(spatial, format), windows, divisor)
        else { return .void }
        return result.record("\(node.dropLast())Backward0", self) { [sizes] _, g in
            g.avgPooled(windows, spatial, sizes, format, divisor, node: node)
        }
    }
}

extension KernelSize {
    /// Returns the number of a one-dimensional operator. Raises and returns nil if there is not exactly one.
    func oneNumber(_ name: String, _ argument: String) -> Int? {
        if values.count == 1 { return values[0] }
        return refuse("\(name)() argument '\(argument)' should contain one int (got \(values.count))")
    }
}

// MARK: - Norm

extension Tensor {
    /// Returns the p-norm (Σ xᵖ)^(1/p) of each sliding window of [N, C, L] or [C, L], for p = `normType`.
    /// PyTorch: `torch.nn.functional.lp_pool1d`.
    /// - Precondition: `normType` is not 0.
    public func lpPool1d(
        _ normType: Double, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        lpPool(1, normType, kernelSize.toKernelSize(), stride.toKernelSize(), ceilMode)
    }

    /// Like `lpPool1d(_:_:stride:ceilMode:)`, for [N, C, H, W] or [C, H, W]. PyTorch: `torch.nn.functional.lp_pool2d`.
    public func lpPool2d(
        _ normType: Double, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        lpPool(2, normType, kernelSize.toKernelSize(), stride.toKernelSize(), ceilMode)
    }

    /// Like `lpPool1d(_:_:stride:ceilMode:)`, for [N, C, D, H, W] or [C, D, H, W].
    /// PyTorch: `torch.nn.functional.lp_pool3d`.
    public func lpPool3d(
        _ normType: Double, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        lpPool(3, normType, kernelSize.toKernelSize(), stride.toKernelSize(), ceilMode)
    }

    private func lpPool(
        _ spatial: Int, _ p: Double, _ kernel: KernelSize, _ stride: KernelSize, _ ceilMode: Bool
    )
        -> Tensor
    {
        if isVoid { return .void }
        if p == 0 { return fail(.value, "norm_type must be a non-zero value, but got \(PythonText.repr(p))") }
        func largest(_ x: Tensor) -> Tensor {
            switch spatial {
            case 1: x.maxPool1d(kernel, stride: stride, ceilMode: ceilMode)
            case 2: x.maxPool2d(kernel, stride: stride, ceilMode: ceilMode)
            default: x.maxPool3d(kernel, stride: stride, ceilMode: ceilMode)
            }
        }
        if p == .infinity { return largest(abs()) }
        if p == -.infinity { return largest(abs().neg()).neg() }
        guard let window = kernel.expanded(to: spatial) else {
            return fail(
                .value,
                kernel.values.count > spatial
                    ? "too many values to unpack (expected \(spatial))"
                    : "not enough values to unpack (expected \(spatial), got \(kernel.values.count))")
        }
        let powers = pow(p)
        let average =
            switch spatial {
            case 1: powers.avgPool1d(kernel, stride: stride, ceilMode: ceilMode)
            case 2: powers.avgPool2d(kernel, stride: stride, ceilMode: ceilMode)
            default: powers.avgPool3d(kernel, stride: stride, ceilMode: ceilMode)
            }
        if average.isVoid { return .void }
        // PyTorch's form of the average, which decides gradients at 0.
        return average.sign().mul(average.abs().relu()).mul(window.reduce(1, &*)).pow(1 / p)
    }
}

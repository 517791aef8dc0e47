// Pooling with as many windows as the result has elements.

extension Tensor {
    /// Divides [N, C, L] or [C, L] into `outputSize` windows and returns their averages.
    /// PyTorch: `torch.nn.functional.adaptive_avg_pool1d`.
    public func adaptiveAvgPool1d(_ outputSize: some KernelSizeConvertible) -> Tensor {
        if isVoid { return .void }
        guard let length = outputSize.toKernelSize().oneNumber("adaptive_avg_pool1d", "output_size"),
            hasRank(2...3, for: "adaptive_avg_pool1d")
        else { return .void }
        return unsqueeze(-2).adaptiveAvgPool(2, [1, length]).squeeze(-2)
    }

    /// Divides [N, C, H, W] or [C, H, W] into windows, as many as the result has elements, and returns their averages.
    /// PyTorch: `torch.nn.functional.adaptive_avg_pool2d`.
    /// - Parameter outputSize: the height and width of the result, or one number for both; nil keeps the input's.
    public func adaptiveAvgPool2d(_ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        if isVoid { return .void }
        guard let target = outputSize.toAdaptiveSize().resolved(self, 2) else { return .void }
        return adaptiveAvgPool(2, target)
    }

    /// Like `adaptiveAvgPool2d(_:)`, for [N, C, D, H, W] or [C, D, H, W].
    /// PyTorch: `torch.nn.functional.adaptive_avg_pool3d`.
    public func adaptiveAvgPool3d(_ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        if isVoid { return .void }
        guard let target = outputSize.toAdaptiveSize().resolved(self, 3) else { return .void }
        return adaptiveAvgPool(3, target)
    }

    private func adaptiveAvgPool(_ spatial: Int, _ target: [Int]) -> Tensor {
        if spatial == 3, let cast = Autocast.float32OnCPU {
            return cast.run { $0(self).adaptiveAvgPool(spatial, target) }
        }
        if isVoid { return .void }
        let name = "adaptive_avg_pool\(spatial)d"
        guard target.count == spatial else { return fail(.runtime, "\(name): output_size must be \(spatial)") }
        guard target.allSatisfy({ $0 >= 0 }) else {
            let texts = target.map(String.init)
            let list = spatial == 2 ? texts.joined(separator: ", ") : "\(texts[0]), \(texts[1]),\(texts[2])"
            return fail(
                .runtime, "\(name): elements of output_size must be greater than or equal to 0 but received {\(list)}")
        }
        if target.allSatisfy({ $0 == 1 }), dim >= spatial {
            // One window is the whole plane.
            let format = dim == spatial + 2 ? layout.suggestedFormat : .contiguous
            let mean = self.mean(dim: Array((dim - spatial)..<dim), keepdim: true)
            return format == .contiguous || mean.isVoid ? mean : mean.contiguous(memoryFormat: format)
        }
        guard (spatial + 1...spatial + 2).contains(dim) else {
            return fail(
                .runtime, "\(name)(): Expected \(spatial + 1)D or \(spatial + 2)D tensor, but got \(sizes)")
        }
        let format = spatial == 2 ? layout.suggestedFormat : .contiguous
        guard isNotEmpty(from: spatial == 2 ? dim - 2 : 1, for: "\(name)()"),
            isTaken(isComputedFloat, by: spatial == 2 ? "\(name)\(format.kernelSuffix)" : "\(name)_cpu")
        else { return .void }
        return avgPooled(
            adaptiveWindows, spatial, sizes.dropLast(spatial) + target, format, .inside,
            node: "AdaptiveAvgPool\(spatial)DBackward0")
    }

    /// Divides [N, C, L] or [C, L] into `outputSize` windows and returns their maxima.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool1d`.
    public func adaptiveMaxPool1d(_ outputSize: some KernelSizeConvertible) -> Tensor {
        adaptiveMaxPool1d(outputSize.toKernelSize(), withIndices: false).values
    }

    /// Like `adaptiveMaxPool1d(_:)`, with the index of each maximum along L.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool1d_with_indices`.
    public func adaptiveMaxPool1dWithIndices(
        _ outputSize: some KernelSizeConvertible
    ) -> (
        values: Tensor, indices: Tensor
    ) {
        let (values, indices) = adaptiveMaxPool1d(outputSize.toKernelSize(), withIndices: true)
        return (values, indices ?? .void)
    }

    /// Divides [N, C, H, W] or [C, H, W] into windows, as many as the result has elements, and returns their maxima.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool2d`.
    /// - Parameter outputSize: the height and width of the result, or one number for both; nil keeps the input's.
    public func adaptiveMaxPool2d(_ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        adaptiveMaxPool(2, outputSize.toAdaptiveSize(), withIndices: false).values
    }

    /// Like `adaptiveMaxPool2d(_:)`, with the index of each maximum in its plane (row-major).
    /// PyTorch: `torch.nn.functional.adaptive_max_pool2d_with_indices`.
    public func adaptiveMaxPool2dWithIndices(
        _ outputSize: some AdaptiveSizeConvertible
    ) -> (
        values: Tensor, indices: Tensor
    ) {
        let (values, indices) = adaptiveMaxPool(2, outputSize.toAdaptiveSize(), withIndices: true)
        return (values, indices ?? .void)
    }

    /// Like `adaptiveMaxPool2d(_:)`, for [N, C, D, H, W] or [C, D, H, W].
    /// PyTorch: `torch.nn.functional.adaptive_max_pool3d`.
    public func adaptiveMaxPool3d(_ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        adaptiveMaxPool(3, outputSize.toAdaptiveSize(), withIndices: false).values
    }

    /// Like `adaptiveMaxPool3d(_:)`, with the index of each maximum in its volume (row-major).
    /// PyTorch: `torch.nn.functional.adaptive_max_pool3d_with_indices`.
    public func adaptiveMaxPool3dWithIndices(
        _ outputSize: some AdaptiveSizeConvertible
    ) -> (
        values: Tensor, indices: Tensor
    ) {
        let (values, indices) = adaptiveMaxPool(3, outputSize.toAdaptiveSize(), withIndices: true)
        return (values, indices ?? .void)
    }

    private func adaptiveMaxPool1d(_ size: KernelSize, withIndices: Bool) -> (values: Tensor, indices: Tensor?) {
        if isVoid { return (.void, nil) }
        guard let length = size.oneNumber("adaptive_max_pool1d", "output_size"),
            hasRank(2...3, for: "adaptive_max_pool1d"), isNotEmpty(from: 1, for: "adaptive_max_pool1d()")
        else { return (.void, nil) }
        let (values, indices) = unsqueeze(-2).adaptiveMaxPool(2, AdaptiveSize([1, length]), withIndices: withIndices)
        return values.isVoid ? (.void, nil) : (values.squeeze(-2), indices?.squeeze(-2))
    }

    private func adaptiveMaxPool(
        _ spatial: Int, _ size: AdaptiveSize, withIndices: Bool
    ) -> (
        values: Tensor, indices: Tensor?
    ) {
        if spatial == 3, let cast = Autocast.float32OnCPU {
            return cast.run { $0(self).adaptiveMaxPool(spatial, size, withIndices: withIndices) }
        }
        if isVoid { return (.void, nil) }
        let name = "adaptive_max_pool\(spatial)d"
        guard let target = size.resolved(self, spatial) else { return (.void, nil) }
        guard (spatial + 1...spatial + 2).contains(dim) else {
            return (
                fail(.runtime, "\(name)(): Expected \(spatial + 1)D or \(spatial + 2)D tensor, but got: \(sizes)"), nil
            )
        }
        guard isNotEmpty(from: 1, for: "\(name)()") else { return (.void, nil) }
        guard target.count == spatial else {
            return (fail(.runtime, "\(name)(): internal error: output_size.size() must be \(spatial)"), nil)
        }
        let sizes = sizes.dropLast(spatial) + target
        if let bad = target.first(where: { $0 < 0 }) {
            return (fail(.runtime, "Trying to create tensor with negative dimension \(bad): \(sizes)"), nil)
        }
        guard isTaken(isComputedFloat, by: spatial == 2 ? name : "\(name)_cpu") else { return (.void, nil) }
        return maxPooled(
            adaptiveWindows, spatial, Array(sizes), spatial == 2 ? layout.suggestedFormat : .contiguous,
            node: "AdaptiveMaxPool\(spatial)DBackward0", withIndices: withIndices)
    }

    private var adaptiveWindows: [PoolWindows] {
        [PoolWindows](repeating: .adaptive, count: 3)
    }
}

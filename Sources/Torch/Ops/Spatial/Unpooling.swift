// Places the results of max pooling back.

extension Tensor {
    /// Returns zeros with each element of [N, C, L] or [C, L] at its index, as `maxPool1dWithIndices` gives it.
    /// PyTorch: `torch.nn.functional.max_unpool1d`.
    ///
    /// - Parameters:
    ///   - indices: int64 indices with the input's sizes.
    ///   - kernelSize: the size of the windows.
    ///   - stride: the distance between windows; that of the kernel's size if it is not given.
    ///   - padding: the padding that was added to the pooling's input.
    ///   - outputSize: the length of the result, or all its sizes, if several inputs give a pooling of this length.
    public func maxUnpool1d(
        _ indices: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        if anyVoid(self, indices) { return .void }
        guard
            let size = unpooledSize(
                1, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), outputSize)
        else { return .void }
        let result = unsqueeze(-1).maxUnpooled(indices.unsqueeze(-1), 2, size.target + [1])
        return result.isVoid ? result : result.squeeze(-1)
    }

    /// Returns zeros with each element of [N, C, H, W] or [C, H, W] at its index in the plane, as
    /// `maxPool2dWithIndices` gives it. PyTorch: `torch.nn.functional.max_unpool2d`.
    ///
    /// The arguments are those of `maxUnpool1d(_:_:stride:padding:outputSize:)`, each (height, width).
    public func maxUnpool2d(
        _ indices: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        if let cast = Autocast.float32OnCPU {
            return cast.run {
                $0(self).maxUnpool2d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
            }
        }
        if anyVoid(self, indices) { return .void }
        guard
            let size = unpooledSize(
                2, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), outputSize)
        else { return .void }
        return maxUnpooled(indices, 2, size.target)
    }

    /// Like `maxUnpool2d(_:_:stride:padding:outputSize:)`, for [N, C, D, H, W] or [C, D, H, W].
    /// PyTorch: `torch.nn.functional.max_unpool3d`.
    public func maxUnpool3d(
        _ indices: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        if let cast = Autocast.float32OnCPU {
            return cast.run {
                $0(self).maxUnpool3d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
            }
        }
        if anyVoid(self, indices) { return .void }
        guard
            let size = unpooledSize(
                3, kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), outputSize)
        else { return .void }
        return maxUnpooled(indices, 3, size.target, stride: size.stride)
    }

    /// Returns the spatial sizes of the result, and the strides. PyTorch: `_unpool_output_size`.
    private func unpooledSize(
        _ spatial: Int, _ kernel: KernelSize, _ stride: KernelSize, _ padding: KernelSize, _ outputSize: [Int]?
    ) -> (target: [Int], stride: [Int])? {
        guard let kernel = kernel.expanded(to: spatial),
            let stride = stride.values.isEmpty ? kernel : stride.expanded(to: spatial),
            let padding = padding.expanded(to: spatial)
        else { return refuse(.index, "tuple index out of range") }
        guard dim >= spatial else { return refuse(.index, "tuple index out of range") }
        guard (kernel + stride + padding).allSatisfy({ $0.magnitude < 1 << 31 }) else {
            return refuse("Overflow when unpacking long long")
        }
        var target: [Int] = []
        for d in 0..<spatial {
            let (steps, overflow) = (sizes[dim - spatial + d] - 1).multipliedReportingOverflow(by: stride[d])
            if overflow || steps.magnitude > 1 << 62 { return refuse("Overflow when unpacking long long") }
            target.append(steps + kernel[d] - 2 * padding[d])
        }
        if var given = outputSize {
            if given.count == spatial + 2 { given.removeFirst(2) }
            guard given.count == spatial else {
                return refuse(
                    .value,
                    "output_size should be a sequence containing \(spatial) or \(spatial + 2) elements, but it has a length of '\(given.count)'"
                )
            }
            for d in 0..<spatial {
                let (least, most) = (target[d] - stride[d], target[d] + stride[d])
                guard least < given[d], given[d] < most else {
                    return refuse(
                        .value,
                        "invalid output_size \"\(PythonText.tuple(given))\" (dim \(d) must be between \(least) and \(most))"
                    )
                }
            }
            target = given
        }
        for d in 0..<spatial where target[d] < 0 {
            return refuse(
                .value,
                "max_unpooling: output_size must contain non-negative spatial dimensions, but got output_size[\(d)]=\(target[d])"
            )
        }
        return (target, stride)
    }

    private func maxUnpooled(_ indices: Tensor, _ spatial: Int, _ target: [Int], stride: [Int] = []) -> Tensor {
        guard indices.dtype == .int64 else {
            return fail(
                .runtime, "elements in indices should be type int64 but got: \(indices.dtype.scalarTypeName)")
        }
        guard (spatial + 1...spatial + 2).contains(dim) else {
            return fail(
                .runtime,
                "Input to max_unpooling\(spatial)d should be a \(spatial + 1)d or \(spatial + 2)d Tensor, but got a tensor with \(dim) dimensions."
            )
        }
        guard sizes == indices.sizes else {
            return fail(
                .runtime,
                "Expected shape of indices to be same as that of the input tensor (\(sizes)) but got indices tensor with shape: \(indices.sizes)"
            )
        }
        guard isNotEmpty(from: 1, for: "max_unpooling\(spatial)d_forward_out_cpu()") else { return .void }
        guard stride.allSatisfy({ $0 > 0 }) else {
            return fail(.runtime, "strides should be greater than zero, but got stride: \(stride)")
        }
        let format = spatial == 2 ? layout.suggestedFormat : .contiguous
        guard isTaken(isComputedFloat, by: "max_unpool\(spatial)d\(format.kernelSuffix)"),
            Tensor.shareDevice(self, indices)
        else { return .void }
        let lead = Array(sizes.dropLast(spatial))
        guard let total = Layout.checkedCount(target), Layout.checkedCount(lead + target) != nil else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(lead + target)")
        }
        let count = sizes.suffix(spatial).reduce(1, *)
        let places = noGrad { indices.detach().contiguous().reshape(lead + [count]) }
        if let bad = places.firstOutside(0..<total) {
            let text = target.map(String.init).joined(separator: "x")
            return fail(.runtime, "Found an invalid max index: \(bad) (output volumes are of size \(text))")
        }
        let zeros = Tensor.filled(0, lead + [total], dtype, device)
        if anyVoid(zeros, places) { return .void }
        let result = zeros.scatter(dim: -1, index: places, source: reshape(lead + [count])).reshape(lead + target)
        return (format == .contiguous ? result : result.contiguous(memoryFormat: format)).named(
            "MaxUnpool\(spatial)DBackward0")
    }
}

import CTorchKernels

extension CPUBackend {
    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        guard canCompute(out, input, by: "LayerNormKernelImpl") else { return false }
        var rows = form.kernel
        return hadMemory(
            st_normalize_rows(
                centered, &rows, eps, out.pointer, numbers.mean?.pointer, numbers.rstd.pointer, input.pointer,
                numbers.weight?.pointer, numbers.bias?.pointer, input.dtype.kernel))
    }

    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        guard canCompute(grad, input, by: "LayerNormBackwardKernelImpl") else { return false }
        var rows = form.kernel
        return hadMemory(
            st_normalize_rows_backward(
                centered, &rows, gradients.input?.pointer, gradients.weight?.pointer, gradients.bias?.pointer,
                grad.pointer, input.pointer, numbers.mean?.pointer, numbers.rstd.pointer, numbers.weight?.pointer,
                input.dtype.kernel))
    }

    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        guard canCompute(out, input, by: "batch_norm"), let mean = numbers.mean else { return false }
        var channels = form.kernel
        return hadMemory(
            st_normalize_channels(
                given, &channels, eps, meanDType.kernel, out.pointer, mean.pointer, variance?.pointer,
                numbers.rstd.pointer, input.pointer, numbers.weight?.pointer, numbers.bias?.pointer,
                input.dtype.kernel))
    }

    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        guard canCompute(grad, input, by: "batch_norm"), let mean = numbers.mean else { return false }
        var channels = form.kernel
        return hadMemory(
            st_normalize_channels_backward(
                given, &channels, gradients.input?.pointer, gradients.weight?.pointer, gradients.bias?.pointer,
                grad.pointer, input.pointer, mean.pointer, numbers.rstd.pointer, numbers.weight?.pointer,
                input.dtype.kernel))
    }
}

extension NormalizedRows {
    fileprivate var kernel: st_norm_rows {
        st_norm_rows(rows: Int64(rows), n: Int64(length), groups: Int64(groups), inner: Int64(inner))
    }
}

extension NormalizedChannels {
    fileprivate var kernel: st_norm_channels {
        st_norm_channels(outer: Int64(outer), channels: Int64(channels), inner: Int64(inner))
    }
}

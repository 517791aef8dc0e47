extension CheckedBackend {
    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        check(form, "normalize", out.count, input)
        check("normalize", [out], [numbers.mean, numbers.rstd], numbers, input, form.rows, form.weights)
        return base.normalize(form, centered: centered, eps: eps, out: out, numbers, input)
    }

    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        check(form, "normalizeBackward", grad.count, input)
        check("normalizeBackward", gradients, grad, numbers, input, form.rows, form.weights)
        return base.normalizeBackward(form, centered: centered, gradients, grad: grad, numbers, input)
    }

    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        check(form, "normalizeChannels", out.count, numbers, input)
        let statistics = given ? [variance] : [numbers.mean, numbers.rstd, variance]
        check("normalizeChannels", [out], statistics, numbers, input, form.channels, form.channels)
        return base.normalizeChannels(
            form, given: given, eps: eps, meanDType: meanDType, out: out, variance: variance, numbers, input)
    }

    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        check(form, "normalizeChannelsBackward", grad.count, numbers, input)
        check("normalizeChannelsBackward", gradients, grad, numbers, input, form.channels, form.channels)
        return base.normalizeChannelsBackward(form, given: given, gradients, grad: grad, numbers, input)
    }

    private func check(_ form: NormalizedRows, _ primitive: String, _ count: Int, _ input: Dense) {
        require(
            form.groups > 0 && form.inner > 0 && form.rows % form.groups == 0 && form.length % form.inner == 0
                && form.rows * form.length == input.count && count == input.count, primitive,
            "\(form) of \(input.count) elements to \(count)")
    }

    private func check(
        _ form: NormalizedChannels, _ primitive: String, _ count: Int, _ numbers: NormalizationNumbers, _ input: Dense
    ) {
        require(
            form.outer * form.channels * form.inner == input.count && count == input.count && numbers.mean != nil,
            primitive, "\(form) of \(input.count) elements to \(count)")
    }

    /// Checks the operands of a backward pass.
    private func check(
        _ primitive: String, _ gradients: NormalizationGradients, _ grad: Dense, _ numbers: NormalizationNumbers,
        _ input: Dense, _ statistics: Int, _ weights: Int
    ) {
        require(grad.dtype == input.dtype, primitive, "a gradient of \(grad.dtype) for \(input.dtype)")
        check(primitive, [gradients.input], [], numbers, input, statistics, weights)
        let outputs = [gradients.input, gradients.weight, gradients.bias].compactMap { $0?.strided }
        check(primitive, out: outputs, [grad.strided])
        for gradient in [gradients.weight, gradients.bias].compactMap({ $0 }) {
            require(
                gradient.count == weights && gradient.dtype == input.dtype.wide, primitive,
                "\(gradient.count) gradients of \(gradient.dtype) for \(weights) weights")
        }
    }

    /// Checks the memory, dtypes and counts of a normalization. `written` are the statistics that it writes.
    private func check(
        _ primitive: String, _ outputs: [Dense?], _ written: [Dense?], _ numbers: NormalizationNumbers, _ input: Dense,
        _ statistics: Int, _ weights: Int
    ) {
        let read = [numbers.mean, numbers.rstd].compactMap { number in
            written.contains { $0?.strided.storage === number?.strided.storage } ? nil : number
        }
        check(
            primitive, out: (outputs + written).compactMap { $0?.strided },
            ([input] + read + [numbers.weight, numbers.bias]).compactMap { $0?.strided })
        for output in outputs.compactMap({ $0 }) {
            require(
                output.dtype == input.dtype && output.count == input.count, primitive,
                "\(input.count) of \(input.dtype) to \(output.count) of \(output.dtype)")
        }
        for number in (written + [numbers.mean, numbers.rstd]).compactMap({ $0 }) {
            require(
                number.count == statistics && number.dtype == input.dtype.wide, primitive,
                "\(number.count) statistics of \(number.dtype) for \(statistics) of \(input.dtype)")
        }
        for weight in [numbers.weight, numbers.bias].compactMap({ $0 }) {
            require(
                weight.count == weights && weight.dtype == input.dtype.wide, primitive,
                "\(weight.count) weights of \(weight.dtype), not \(weights), for \(input.dtype)")
        }
    }
}

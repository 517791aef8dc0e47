extension CheckedBackend {
    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool {
        check("attention", [results.out, results.logsumexp?.strided].compactMap { $0 }, [], inputs)
        check("attention", results, inputs)
        return base.attention(results, inputs)
    }

    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool {
        let primitive = "attentionBackward"
        check(
            primitive, [gradients.query, gradients.key, gradients.value].compactMap { $0 },
            [grad, results.out, results.logsumexp?.strided].compactMap { $0 }, inputs)
        check(primitive, results, inputs)
        require(results.logsumexp != nil, primitive, "no logsumexp")
        check(primitive, grad, like: results.out)
        for (gradient, input) in [
            (gradients.query, inputs.query), (gradients.key, inputs.key), (gradients.value, inputs.value)
        ] {
            if let gradient { check(primitive, gradient, like: input) }
        }
        return base.attentionBackward(gradients, grad: grad, results, inputs)
    }

    private func check(_ primitive: String, _ outputs: [Strided], _ others: [Strided], _ inputs: AttentionInputs) {
        check(
            primitive, out: outputs, [inputs.query, inputs.key, inputs.value] + [inputs.mask].compactMap { $0 } + others
        )
        let query = inputs.query.layout.sizes, key = inputs.key.layout.sizes, value = inputs.value.layout.sizes
        let batch = key.count - 2
        require(
            batch >= 0 && query.count == batch + 3 && value.count == batch + 2
                && query.prefix(batch) == key.prefix(batch) && key.dropLast() == value.dropLast()
                && query.last == key.last && !query.contains(0) && !key.contains(0) && !value.contains(0), primitive,
            "queries \(query), keys \(key) and values \(value)")
        require(
            inputs.key.dtype == inputs.query.dtype && inputs.value.dtype == inputs.query.dtype, primitive,
            "\(inputs.query.dtype), \(inputs.key.dtype) and \(inputs.value.dtype)")
        for operand in [inputs.query, inputs.key, inputs.value] { checkRows(primitive, operand) }
        if let mask = inputs.mask {
            require(
                mask.layout.sizes == query.dropLast() + [key[batch]]
                    && (mask.dtype == .bool || mask.dtype.isFloatingPoint && !mask.dtype.isForStorage), primitive,
                "a mask of \(mask.dtype) and \(mask.layout.sizes) for queries \(query) and keys \(key)")
        }
    }

    private func check(_ primitive: String, _ results: AttentionResults, _ inputs: AttentionInputs) {
        let (query, value) = (inputs.query.layout.sizes, inputs.value.layout.sizes)
        require(
            results.out.layout.sizes == query.dropLast() + value.suffix(1) && results.out.dtype == inputs.query.dtype,
            primitive, "queries \(query) and values \(value) to \(results.out.layout.sizes)")
        checkRows(primitive, results.out)
        if let logsumexp = results.logsumexp {
            require(
                logsumexp.layout.sizes == query.dropLast() && logsumexp.dtype == inputs.query.dtype.wide, primitive,
                "queries \(query) to \(logsumexp.dtype) of \(logsumexp.layout.sizes)")
        }
    }

    private func check(_ primitive: String, _ operand: Strided, like other: Strided) {
        require(
            operand.layout.sizes == other.layout.sizes && operand.dtype == other.dtype, primitive,
            "\(operand.dtype) of \(operand.layout.sizes), not \(other.dtype) of \(other.layout.sizes)")
        checkRows(primitive, operand)
    }

    private func checkRows(_ primitive: String, _ operand: Strided) {
        require(
            operand.layout.sizes.last == 1 || operand.layout.strides.last == 1, primitive,
            "rows of stride \(operand.layout.strides.last ?? 0)")
    }
}

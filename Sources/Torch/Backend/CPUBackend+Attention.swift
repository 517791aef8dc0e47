import CTorchKernels

extension CPUBackend {
    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool {
        guard canCompute(results.out, inputs.query, inputs.key, inputs.value, inputs.mask, by: "flash_attention") else {
            return false
        }
        return withPlan(inputs, [results.out]) { plan, mask, operands in
            hadMemory(
                st_attention(
                    inputs.query.dtype.kernel, plan, operands, operands + 1, operands + 2, mask, operands + 3,
                    results.logsumexp?.pointer))
        }
    }

    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool {
        guard canCompute(grad, results.out, inputs.query, inputs.key, inputs.value, inputs.mask, by: "flash_attention"),
            let logsumexp = results.logsumexp
        else { return false }
        let wanted = [gradients.query, gradients.key, gradients.value]
        return withPlan(inputs, [results.out, grad] + wanted.map { $0 ?? grad }) { plan, mask, operands in
            hadMemory(
                st_attention_backward(
                    inputs.query.dtype.kernel, plan, operands, operands + 1, operands + 2, mask, operands + 3,
                    logsumexp.pointer, operands + 4, wanted[0] == nil ? nil : operands + 5,
                    wanted[1] == nil ? nil : operands + 6, wanted[2] == nil ? nil : operands + 7))
        }
    }

    /// Calls `body` with C's form of the sizes, of the mask, and of the query, key, value and further operands.
    private func withPlan(
        _ inputs: AttentionInputs, _ others: [Strided],
        _ body: (
            UnsafePointer<st_attention_plan>, UnsafePointer<st_attention_mask>?, UnsafePointer<st_attention_operand>
        ) -> Bool
    ) -> Bool {
        let batch = inputs.key.layout.rank - 2, all = [inputs.query, inputs.key, inputs.value] + others
        // Sizes, then strides of the mask and of each operand. The last number makes the list not empty.
        let numbers: [Int64] =
            inputs.key.layout.sizes.prefix(batch).map { Int64($0) }
            + ([inputs.mask ?? inputs.query] + all).flatMap { $0.layout.strides.prefix(batch).map { Int64($0) } } + [0]
        return numbers.withUnsafeBufferPointer { numbers in
            let base = numbers.baseAddress!
            let sizes = inputs.query.layout.sizes
            var plan = st_attention_plan(
                dims: Int32(batch), batch: base, groups: Int64(sizes[batch]), l: Int64(sizes[batch + 1]),
                s: Int64(inputs.key.layout.sizes[batch]), e: Int64(sizes[batch + 2]),
                ev: Int64(inputs.value.layout.sizes[batch + 1]), scale: inputs.scale, causal: inputs.isCausal)
            let operands = all.enumerated().map { i, operand in
                let strides = operand.layout.strides, hasGroups = strides.count == batch + 3
                return st_attention_operand(
                    data: operand.pointer, batch: base + (i + 2) * batch, group: hasGroups ? Int64(strides[batch]) : 0,
                    row: Int64(strides[strides.count - 2]))
            }
            guard let mask = inputs.mask else { return body(&plan, nil, operands) }
            let strides = mask.layout.strides.suffix(3).map { Int64($0) }
            var masked = st_attention_mask(
                data: mask.pointer, batch: base + batch, group: strides[0], row: strides[1], column: strides[2],
                dtype: mask.dtype.kernel)
            return body(&plan, &masked, operands)
        }
    }
}

import CTorchKernels

extension CPUBackend {
    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        guard canCompute(arrays.gates, arrays.out, arrays.weight, by: "rnn") else { return false }
        var operands = st_recurrent_forward_operands(
            gates: arrays.gates.pointer, out: arrays.out.pointer, cells: arrays.cells?.pointer,
            extra: arrays.extra?.pointer, first_hidden: arrays.firstHidden.pointer,
            first_cell: arrays.firstCell?.pointer, last_hidden: lastHidden.pointer, last_cell: lastCell?.pointer,
            weight: arrays.weight.pointer, bias: arrays.bias?.pointer, projection: arrays.projection?.pointer)
        return hadMemory(form.withKernelForm(arrays.out.dtype) { st_recurrent_forward(&$0, &operands) })
    }

    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        guard canCompute(arrays.gates, arrays.out, arrays.weight, by: "rnn_backward") else { return false }
        var operands = st_recurrent_backward_operands(
            gates: arrays.gates.pointer, out: arrays.out.pointer, cells: arrays.cells?.pointer,
            extra: arrays.extra?.pointer, first_hidden: arrays.firstHidden.pointer,
            first_cell: arrays.firstCell?.pointer, weight: arrays.weight.pointer,
            projection: arrays.projection?.pointer, grad_out: gradients.out?.pointer,
            grad_last_hidden: gradients.lastHidden?.pointer, grad_last_cell: gradients.lastCell?.pointer,
            grad_gates: gradients.gates.pointer, grad_stride: Int64(gradients.gates.layout.sizes[1]),
            grad_extra: gradients.extra?.pointer,
            grad_first_hidden: gradients.firstHidden.pointer, grad_first_cell: gradients.firstCell?.pointer)
        return hadMemory(form.withKernelForm(arrays.out.dtype) { st_recurrent_backward(&$0, &operands) })
    }
}

extension RecurrentForm {
    fileprivate func withKernelForm(_ dtype: DType, _ body: (inout st_recurrent_form) -> Int64) -> Int64 {
        let cell =
            switch self.cell {
            case .tanh: ST_RECURRENT_TANH
            case .relu: ST_RECURRENT_RELU
            case .lstm: ST_RECURRENT_LSTM
            case .gru: ST_RECURRENT_GRU
            }
        return batchSizes.map(Int64.init).withUnsafeBufferPointer { sizes in
            var form = st_recurrent_form(
                cell: cell, dtype: dtype.kernel, rounded_to: roundedTo.kernel,
                reversed: isReversed, hidden: Int64(hidden), state: Int64(state), steps: Int64(sizes.count),
                rows: Int64(rows), batch_sizes: sizes.baseAddress!)
            return body(&form)
        }
    }
}

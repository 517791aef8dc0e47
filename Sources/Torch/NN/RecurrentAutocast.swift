/// The dtypes of a recurrent layer or cell under autocast.
///
/// The kernels compute in the dtype of the weights, which is at least as precise as PyTorch's products in the lower
/// precision. The results have PyTorch's dtypes, which follow from its products in the lower precision and its
/// promotions:
///
/// | layer | output and hidden state | cell state |
/// | --- | --- | --- |
/// | `RNN`, `RNNCell` | lower precision | |
/// | `LSTM` | lower precision | lower precision |
/// | `LSTM` with a projection | lower precision | as the initial state |
/// | `LSTM` of a packed sequence, `LSTMCell` | as the initial state | as the initial state |
/// | `GRU`, `GRUCell` | as the initial state | |
///
/// Without an initial state, its dtype is the input's.
struct RecurrentAutocast {
    private let weights: DType, hidden: DType, cell: DType

    /// Which of PyTorch's functions computes an LSTM.
    enum Call { case layer, projectedLayer, packedLayer, step }

    /// Creates the dtypes of one call. Returns nil if nothing is cast.
    init?(_ kind: RecurrentCell, _ call: Call, weight: Tensor?, _ input: Tensor, _ initial: RecurrentState?) {
        guard let lower = AutocastState.dtype, let weight, RecurrentAutocast.isEligible(weight) else { return nil }
        let state: DType = (initial?.hidden ?? input).dtype == lower ? lower : .float32
        weights = weight.dtype
        switch (kind, call) {
        case (.lstm, .layer): (hidden, cell) = (lower, lower)
        case (.lstm, .projectedLayer): (hidden, cell) = (lower, state)
        case (.lstm, _), (.gru, _): (hidden, cell) = (state, state)
        case (.tanh, _), (.relu, _): (hidden, cell) = (lower, lower)
        }
    }

    private static func isEligible(_ tensor: Tensor) -> Bool {
        tensor.dtype.isFloatingPoint && tensor.dtype != .float64 && !tensor.dtype.isFloat8
            && tensor.device.kind == .cpu
    }

    /// Returns an operand in the dtype of the weights.
    func operand(_ tensor: Tensor) -> Tensor {
        tensor.isVoid || !RecurrentAutocast.isEligible(tensor) ? tensor : tensor.to(weights)
    }

    /// Returns an output in the dtype that PyTorch gives it.
    func output(_ tensor: Tensor) -> Tensor { tensor.isVoid ? tensor : tensor.to(hidden) }

    /// Returns a state in the dtypes that PyTorch gives it.
    func state(_ state: RecurrentState) -> RecurrentState {
        RecurrentState(hidden: output(state.hidden), cell: state.cell.map { $0.isVoid ? $0 : $0.to(cell) })
    }
}

// One step of a recurrent cell by recorded operators. PyTorch's CPU computes its cells so.

/// The weights of one layer and direction.
struct RecurrentWeights {
    /// [G · H, I] and [G · H, P].
    var input, hidden: Tensor
    /// [G · H] each, or nil.
    var inputBias, hiddenBias: Tensor?
    /// [P, H]: the projection of an LSTM, or nil.
    var projection: Tensor?

    /// The tensors that are there, in PyTorch's order.
    var all: [Tensor] { [input, hidden] + [inputBias, hiddenBias, projection].compactMap { $0 } }
}

/// The hidden state and, for an LSTM, the cell state.
struct RecurrentState {
    var hidden: Tensor
    var cell: Tensor?

    /// Returns the state with a function applied to both parts.
    func map(_ body: (Tensor) -> Tensor) -> RecurrentState {
        RecurrentState(hidden: body(hidden), cell: cell.map(body))
    }

    /// Concatenates states along the sequences.
    static func concatenated(_ states: [RecurrentState]) -> RecurrentState {
        if states.count == 1 { return states[0] }
        return RecurrentState(
            hidden: cat(states.map(\.hidden)), cell: states[0].cell == nil ? nil : cat(states.compactMap(\.cell)))
    }
}

extension RecurrentCell {
    /// Computes the state after a step from the inputs' part of the gates [N, G · H].
    func step(_ gates: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights) -> RecurrentState {
        let own = state.hidden.linear(weights.hidden, weights.hiddenBias)
        switch self {
        case .tanh: return RecurrentState(hidden: own.add(gates).tanh())
        case .relu: return RecurrentState(hidden: own.add(gates).relu())
        case .lstm:
            let parts = own.add(gates).unsafeChunk(4, dim: 1)
            guard parts.count == 4, let old = state.cell else { return state.map { _ in .void } }
            let cell = parts[1].sigmoid().mul(old).add(parts[0].sigmoid().mul(parts[2].tanh()))
            let hidden = parts[3].sigmoid().mul(cell.tanh())
            return RecurrentState(hidden: weights.projection.map { hidden.matmul($0.t()) } ?? hidden, cell: cell)
        case .gru:
            let inputs = gates.unsafeChunk(3, dim: 1), parts = own.unsafeChunk(3, dim: 1)
            guard inputs.count == 3, parts.count == 3 else { return state.map { _ in .void } }
            let reset = parts[0].add(inputs[0]).sigmoid(), update = parts[1].add(inputs[1]).sigmoid()
            let new = inputs[2].add(parts[2].mul(reset)).tanh()
            return RecurrentState(hidden: state.hidden.sub(new).mul(update).add(new))
        }
    }

    /// Computes one step of a cell that is used by itself, with PyTorch's checks. PyTorch: `torch.lstm_cell`,
    /// `gru_cell`, `rnn_tanh_cell`, `rnn_relu_cell`.
    func callAsFunction(_ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights) -> RecurrentState {
        if anyVoid([input, state.hidden] + [state.cell].compactMap { $0 } + weights.all) {
            return state.map { _ in .void }
        }
        let hidden = weights.hidden.sizes[1]
        guard input.sizes[1] == weights.input.sizes[1] else {
            raise(
                .runtime,
                "input has inconsistent input_size: got \(input.sizes[1]) expected \(weights.input.sizes[1])")
            return state.map { _ in .void }
        }
        for (label, part) in [state.hidden, state.cell].enumerated() {
            guard let part else { continue }
            guard part.dim == 2 else {
                raise(.runtime, "Expected 2D hidden\(label) (batch x hidden_size), but got \(part.dim)D tensor")
                return state.map { _ in .void }
            }
            guard input.sizes[0] == part.sizes[0] else {
                raise(
                    .runtime,
                    "Input batch size \(input.sizes[0]) doesn't match hidden\(label) batch size \(part.sizes[0])")
                return state.map { _ in .void }
            }
            guard part.sizes[1] == hidden else {
                raise(
                    .runtime,
                    "hidden\(label) has inconsistent hidden_size: got \(part.sizes[1]), expected \(hidden)")
                return state.map { _ in .void }
            }
        }
        return step(input.linear(weights.input, weights.inputBias), state, weights)
    }
}

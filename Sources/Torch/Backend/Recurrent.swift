// One layer and direction of a recurrent network: its form, and its operands. Rows are packed: those of a step follow
// those of the step before it. All arrays are float32, or float64.

/// The cells of recurrent layers.
package enum RecurrentCell: Sendable, Equatable {
    /// An Elman cell with a nonlinearity, a long short-term memory, a gated recurrent unit.
    case tanh, relu, lstm, gru

    /// The number of gates G.
    package var gates: Int {
        switch self {
        case .tanh, .relu: 1
        case .lstm: 4
        case .gru: 3
        }
    }
}

/// The form of a layer.
package struct RecurrentForm: Sendable, Equatable {
    /// The cell.
    package var cell: RecurrentCell
    /// Whether the steps run from the last to the first.
    package var isReversed: Bool
    /// The units H of a gate, and the size P of the hidden state.
    package var hidden, state: Int
    /// The rows of each step. They are positive and do not increase, so the first is the number N of sequences.
    package var batchSizes: [Int]
    /// The sum of the batch sizes.
    package var rows: Int
    /// The dtype to which the numbers of each step are rounded.
    package var roundedTo: DType

    /// The number N of sequences.
    package var batch: Int { batchSizes[0] }
}

/// The arrays of a forward pass. The backward pass reads them too.
package struct RecurrentArrays {
    /// [rows, G · H]: the inputs' part of the gates with its bias. The forward pass replaces it by the gates' values;
    /// for the cells tanh and relu, by undefined numbers.
    package var gates: Dense
    /// [rows, P]: the hidden states.
    package var out: Dense
    /// [rows, H]: the cell states of an LSTM.
    package var cells: Dense?
    /// [rows, H]: for a GRU the hidden part of the new gate, before the reset gate multiplies it; for an LSTM with a
    /// projection the hidden states before it.
    package var extra: Dense?
    /// [N, P]: the initial hidden states.
    package var firstHidden: Dense
    /// [N, H]: the initial cell states of an LSTM.
    package var firstCell: Dense?
    /// [G · H, P], [G · H] and [P, H]: the weights and biases of the hidden state, and the projection.
    package var weight: Dense
    package var bias: Dense?
    package var projection: Dense?
}

/// The gradients of a backward pass.
package struct RecurrentGradients {
    /// The gradients of the results, in their sizes; nil for zeros.
    package var out, lastHidden, lastCell: Dense?
    /// [rows, S]: receives the gradients of the inputs' part of the gates in the first G · H columns, and leaves the
    /// other columns undefined.
    package var gates: Dense
    /// Receives for a GRU the gradients of the hidden part of the gates, of the sizes of `gates`, and for an LSTM with
    /// a projection those of the hidden states, [rows, P].
    package var extra: Dense?
    /// [N, P] and [N, H]: receive the gradients of the initial states.
    package var firstHidden: Dense
    package var firstCell: Dense?
}

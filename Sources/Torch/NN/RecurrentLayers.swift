/// A stack of Elman layers: hₜ = tanh(W_ih · xₜ + b_ih + W_hh · hₜ₋₁ + b_hh), or relu instead of tanh.
/// PyTorch: `torch.nn.RNN`.
///
///     let rnn = RNN(10, 20, numLayers: 2)
///     let (output, hidden) = rnn(x)                  // x: [length, batch, 10]
///
/// `RNNBase` says how the weights are named and drawn.
public final class RNN: RNNBase {
    /// The nonlinearity of a cell.
    public enum Nonlinearity: String, Sendable {
        /// The hyperbolic tangent, or max(0, x).
        case tanh, relu

        var cell: RecurrentCell { self == .tanh ? .tanh : .relu }
    }

    /// The nonlinearity.
    public let nonlinearity: Nonlinearity

    /// Creates the layers with random parameters. `RNNBase` explains the options.
    /// - Precondition: the sizes and `numLayers` are positive, and 0 ≤ `dropout` ≤ 1.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, nonlinearity: Nonlinearity = .tanh, bias: Bool = true,
        batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.nonlinearity = nonlinearity
        super.init(
            nonlinearity.cell, inputSize, hiddenSize,
            Options(
                numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout,
                bidirectional: bidirectional, dtype: dtype, device: device))
    }

    /// Computes the layers and calls the module's hooks.
    /// - Parameters:
    ///   - input: [length, batch, inputSize], with `batchFirst` [batch, length, inputSize], or [length, inputSize].
    ///   - hx: the initial hidden states [numLayers · directions, batch, hiddenSize], without the batch for a single
    ///     sequence; nil for zeros.
    /// - Returns: the last layer's hidden states of all steps, with both directions behind each other in the last
    ///   dimension, and the last hidden states of all layers, in the shape of `hx`.
    public func callAsFunction(_ input: Tensor, _ hx: Tensor? = nil) -> (Tensor, Tensor) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Like `callAsFunction(_:_:)`, for packed sequences.
    public func callAsFunction(_ input: PackedSequence, _ hx: Tensor? = nil) -> (PackedSequence, Tensor) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Computes the layers, without calling the hooks. PyTorch: `Module.forward`.
    public func forward(_ input: Tensor, _ hx: Tensor? = nil) -> (Tensor, Tensor) {
        let (output, state) = run(input, hx.map { RecurrentState(hidden: $0) })
        return (output, state.hidden)
    }

    /// Like `forward(_:_:)`, for packed sequences.
    public func forward(_ input: PackedSequence, _ hx: Tensor? = nil) -> (PackedSequence, Tensor) {
        let (output, state) = run(input, hx.map { RecurrentState(hidden: $0) })
        return (output, state.hidden)
    }
}

/// A stack of gated recurrent units (Cho et al., 2014). PyTorch: `torch.nn.GRU`.
///
/// With the gates r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z = σ(W_iz·x + b_iz + W_hz·h + b_hz) and
/// n = tanh(W_in·x + b_in + r · (W_hn·h + b_hn)), the next hidden state is (1 - z) · n + z · h. The weights hold the
/// gates in the order r, z, n. `RNNBase` says how they are named and drawn.
public final class GRU: RNNBase {
    /// Creates the layers with random parameters. `RNNBase` explains the options.
    /// - Precondition: the sizes and `numLayers` are positive, and 0 ≤ `dropout` ≤ 1.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0, bidirectional: Bool = false, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            .gru, inputSize, hiddenSize,
            Options(
                numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout,
                bidirectional: bidirectional, dtype: dtype, device: device))
    }

    /// Computes the layers and calls the module's hooks.
    /// - Parameters:
    ///   - input: [length, batch, inputSize], with `batchFirst` [batch, length, inputSize], or [length, inputSize].
    ///   - hx: the initial hidden states [numLayers · directions, batch, hiddenSize], without the batch for a single
    ///     sequence; nil for zeros.
    /// - Returns: the last layer's hidden states of all steps, with both directions behind each other in the last
    ///   dimension, and the last hidden states of all layers, in the shape of `hx`.
    public func callAsFunction(_ input: Tensor, _ hx: Tensor? = nil) -> (Tensor, Tensor) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Like `callAsFunction(_:_:)`, for packed sequences.
    public func callAsFunction(_ input: PackedSequence, _ hx: Tensor? = nil) -> (PackedSequence, Tensor) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Computes the layers, without calling the hooks. PyTorch: `Module.forward`.
    public func forward(_ input: Tensor, _ hx: Tensor? = nil) -> (Tensor, Tensor) {
        let (output, state) = run(input, hx.map { RecurrentState(hidden: $0) })
        return (output, state.hidden)
    }

    /// Like `forward(_:_:)`, for packed sequences.
    public func forward(_ input: PackedSequence, _ hx: Tensor? = nil) -> (PackedSequence, Tensor) {
        let (output, state) = run(input, hx.map { RecurrentState(hidden: $0) })
        return (output, state.hidden)
    }
}

/// A stack of long short-term memories (Hochreiter and Schmidhuber, 1997). PyTorch: `torch.nn.LSTM`.
///
///     let lstm = LSTM(10, 20, numLayers: 2)
///     let (output, (h, c)) = lstm(x)                 // x: [length, batch, 10]
///     let (next, state) = lstm(y, (h, c))
///
/// With the gates i, f, o = σ(W_i·x + b_i + W_h·h + b_h) and g = tanh(…), the next cell state is c′ = f·c + i·g and the
/// next hidden state o · tanh(c′). If `projSize` is not 0, W_hr maps it to this size (Sak et al., 2014). The weights
/// hold the gates in the order i, f, g, o. `RNNBase` says how they are named and drawn.
public final class LSTM: RNNBase {
    /// Creates the layers with random parameters. `RNNBase` explains the options.
    /// - Precondition: the sizes and `numLayers` are positive, 0 ≤ `projSize` < `hiddenSize`, and 0 ≤ `dropout` ≤ 1.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0, bidirectional: Bool = false, projSize: Int = 0, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        super.init(
            .lstm, inputSize, hiddenSize,
            Options(
                numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout,
                bidirectional: bidirectional, projSize: projSize, dtype: dtype, device: device))
    }

    /// Computes the layers and calls the module's hooks.
    /// - Parameters:
    ///   - input: [length, batch, inputSize], with `batchFirst` [batch, length, inputSize], or [length, inputSize].
    ///   - hx: the initial hidden states [numLayers · directions, batch, projSize or hiddenSize] and cell states
    ///     [numLayers · directions, batch, hiddenSize], without the batch for a single sequence; nil for zeros.
    /// - Returns: the last layer's hidden states of all steps, with both directions behind each other in the last
    ///   dimension, and the last states of all layers, in the shapes of `hx`.
    public func callAsFunction(_ input: Tensor, _ hx: (Tensor, Tensor)? = nil) -> (Tensor, (Tensor, Tensor)) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Like `callAsFunction(_:_:)`, for packed sequences.
    public func callAsFunction(
        _ input: PackedSequence, _ hx: (Tensor, Tensor)? = nil
    ) -> (PackedSequence, (Tensor, Tensor)) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Computes the layers, without calling the hooks. PyTorch: `Module.forward`.
    public func forward(_ input: Tensor, _ hx: (Tensor, Tensor)? = nil) -> (Tensor, (Tensor, Tensor)) {
        let (output, state) = run(input, hx.map { RecurrentState(hidden: $0.0, cell: $0.1) })
        return (output, (state.hidden, state.cell ?? .void))
    }

    /// Like `forward(_:_:)`, for packed sequences.
    public func forward(
        _ input: PackedSequence, _ hx: (Tensor, Tensor)? = nil
    ) -> (PackedSequence, (Tensor, Tensor)) {
        let (output, state) = run(input, hx.map { RecurrentState(hidden: $0.0, cell: $0.1) })
        return (output, (state.hidden, state.cell ?? .void))
    }
}

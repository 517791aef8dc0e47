/// What `RNNCell`, `LSTMCell` and `GRUCell` have in common. PyTorch: `torch.nn.RNNCellBase`.
///
/// weightIH [gates · hiddenSize, inputSize], weightHH [gates · hiddenSize, hiddenSize] and the biases [gates ·
/// hiddenSize] are drawn in this order from uniform(±1/√hiddenSize).
public class RNNCellBase: Module {
    /// The size of the input's last dimension.
    public final let inputSize: Int
    /// The number of units.
    public final let hiddenSize: Int
    /// Whether there are biases.
    public final let bias: Bool
    /// The weight of the input.
    @Parameter public var weightIH: Tensor
    /// The weight of the hidden state.
    @Parameter public var weightHH: Tensor
    /// The bias of the input's part, or nil.
    @Parameter public var biasIH: Tensor?
    /// The bias of the hidden state's part, or nil.
    @Parameter public var biasHH: Tensor?

    let cell: RecurrentCell

    init(_ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, _ bias: Bool, _ dtype: DType, _ device: Device) {
        self.cell = cell
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        self.bias = bias
        let (gates, overflows) = hiddenSize.multipliedReportingOverflow(by: cell.gates)
        func parameter(_ sizes: [Int]) -> Tensor {
            overflows
                ? fail(.runtime, "Storage size calculation overflowed with hidden_size=\(hiddenSize)")
                : Tensor.empty(sizes, dtype: dtype, device: device)
        }
        weightIH = parameter([gates, inputSize])
        weightHH = parameter([gates, hiddenSize])
        biasIH = bias ? parameter([gates]) : nil
        biasHH = bias ? parameter([gates]) : nil
        super.init()
        resetParameters()
    }

    /// Draws the parameters again. PyTorch: `reset_parameters`.
    public final func resetParameters() {
        if anyVoid(weightIH, weightHH, biasIH, biasHH) { return }
        let bound = hiddenSize > 0 ? 1 / Double(hiddenSize).squareRoot() : 0
        for parameter in [weightIH, weightHH] + [biasIH, biasHH].compactMap({ $0 }) {
            Init.uniform_(parameter, -bound, bound)
        }
    }

    final override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weightIH, "weight_ih")
        members.add(_weightHH, "weight_hh")
        members.add(_biasIH, "bias_ih")
        members.add(_biasHH, "bias_hh")
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public final override var extraRepr: String {
        "\(inputSize), \(hiddenSize)\(bias ? "" : ", bias=False")\(cell == .relu ? ", nonlinearity=relu" : "")"
    }

    /// Computes one step for [batch, inputSize] or [inputSize].
    final func run(_ input: Tensor, _ initial: RecurrentState?) -> RecurrentState {
        if let cast = RecurrentAutocast(cell, .step, weight: weightIH, input, initial) {
            return cast.state(AutocastState.off { run(cast.operand(input), initial?.map(cast.operand)) })
        }
        if Autocast.isOn { return AutocastState.off { run(input, initial) } }
        let none = RecurrentState(hidden: .void, cell: cell == .lstm ? .void : nil)
        if anyVoid(input, weightIH, weightHH, initial?.hidden, initial?.cell) { return none }
        guard input.dim == 1 || input.dim == 2 else {
            raise(.value, "\(typeName): Expected input to be 1D or 2D, got \(input.dim)D instead")
            return none
        }
        for (i, part) in [initial?.hidden, initial?.cell].enumerated() {
            guard let part, part.dim != 1 && part.dim != 2 else { continue }
            raise(
                .value,
                "\(typeName): Expected \(cell == .lstm ? "hx[\(i)]" : "hidden") to be 1D or 2D, got \(part.dim)D instead"
            )
            return none
        }
        let isBatched = input.dim == 2
        let rows = isBatched ? input : input.unsqueeze(0)
        let state: RecurrentState
        if let initial {
            state = isBatched ? initial : initial.map { $0.unsqueeze(0) }
        } else {
            let zeros = Tensor.zeros([rows.sizes[0], hiddenSize], dtype: input.dtype, device: input.device)
            state = RecurrentState(hidden: zeros, cell: cell == .lstm ? zeros : nil)
        }
        let next = cell(
            rows, state, RecurrentWeights(input: weightIH, hidden: weightHH, inputBias: biasIH, hiddenBias: biasHH))
        return isBatched ? next : next.map { $0.squeeze(0) }
    }
}

/// One step of an Elman cell: tanh(W_ih · x + b_ih + W_hh · h + b_hh), or relu. PyTorch: `torch.nn.RNNCell`.
public final class RNNCell: RNNCellBase {
    /// The nonlinearity.
    public let nonlinearity: RNN.Nonlinearity

    /// Creates a cell with random parameters.
    /// - Precondition: the sizes are not negative.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, nonlinearity: RNN.Nonlinearity = .tanh,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.nonlinearity = nonlinearity
        super.init(nonlinearity.cell, inputSize, hiddenSize, bias, dtype, device)
    }

    /// Computes the next hidden state and calls the module's hooks. The input is [batch, inputSize] or [inputSize], and
    /// `hx` [batch, hiddenSize] or [hiddenSize]; nil for zeros.
    public func callAsFunction(_ input: Tensor, _ hx: Tensor? = nil) -> Tensor {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Computes the next hidden state, without calling the hooks.
    public func forward(_ input: Tensor, _ hx: Tensor? = nil) -> Tensor {
        run(input, hx.map { RecurrentState(hidden: $0) }).hidden
    }
}

/// One step of a gated recurrent unit; `GRU` has its formulas. PyTorch: `torch.nn.GRUCell`.
public final class GRUCell: RNNCellBase {
    /// Creates a cell with random parameters.
    /// - Precondition: the sizes are not negative.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(.gru, inputSize, hiddenSize, bias, dtype, device)
    }

    /// Computes the next hidden state and calls the module's hooks. The input is [batch, inputSize] or [inputSize], and
    /// `hx` [batch, hiddenSize] or [hiddenSize]; nil for zeros.
    public func callAsFunction(_ input: Tensor, _ hx: Tensor? = nil) -> Tensor {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Computes the next hidden state, without calling the hooks.
    public func forward(_ input: Tensor, _ hx: Tensor? = nil) -> Tensor {
        run(input, hx.map { RecurrentState(hidden: $0) }).hidden
    }
}

/// One step of a long short-term memory; `LSTM` has its formulas. PyTorch: `torch.nn.LSTMCell`.
public final class LSTMCell: RNNCellBase {
    /// Creates a cell with random parameters.
    /// - Precondition: the sizes are not negative.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(.lstm, inputSize, hiddenSize, bias, dtype, device)
    }

    /// Computes the next hidden and cell states and calls the module's hooks. The input is [batch, inputSize] or
    /// [inputSize], and both states of `hx` are [batch, hiddenSize] or [hiddenSize]; nil for zeros.
    public func callAsFunction(_ input: Tensor, _ hx: (Tensor, Tensor)? = nil) -> (Tensor, Tensor) {
        withHooks(input, hx) { forward($0, $1) }
    }

    /// Computes the next hidden and cell states, without calling the hooks.
    public func forward(_ input: Tensor, _ hx: (Tensor, Tensor)? = nil) -> (Tensor, Tensor) {
        let next = run(input, hx.map { RecurrentState(hidden: $0.0, cell: $0.1) })
        return (next.hidden, next.cell ?? .void)
    }
}

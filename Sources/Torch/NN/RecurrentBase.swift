/// What `RNN`, `LSTM` and `GRU` have in common: their options, their weights and the stack of layers.
/// PyTorch: `torch.nn.RNNBase`.
///
/// The weights have PyTorch's names: `weight_ih_l0` and `weight_hh_l0` of the first layer, `bias_ih_l0` and
/// `bias_hh_l0`, `weight_hr_l0` of a projection, and the same with `_reverse` for the other direction. All are drawn
/// from uniform(±1/√hiddenSize). `getParameter("weight_ih_l0")` returns one of them.
public class RNNBase: Module {
    /// The size of the input's last dimension.
    public final let inputSize: Int
    /// The number of units of a layer and direction.
    public final let hiddenSize: Int
    /// The number of layers. Each takes the hidden states of the one before it.
    public final let numLayers: Int
    /// Whether the layers have biases.
    public final let bias: Bool
    /// Whether a batch of inputs is [batch, length, inputSize] instead of [length, batch, inputSize]; the same holds
    /// for the result.
    public final let batchFirst: Bool
    /// In training, the probability that an element of the result of each layer but the last is dropped.
    public final let dropout: Double
    /// Whether a second direction runs from the last step to the first. The result then holds both directions.
    public final let bidirectional: Bool
    /// The size of the projected hidden state; 0 if it is not projected.
    public final let projSize: Int

    let cell: RecurrentCell
    private let slots: [(name: String, slot: Parameter<Tensor>)]

    /// The options that all three modules have.
    struct Options {
        var numLayers: Int
        var bias, batchFirst: Bool
        var dropout: Double
        var bidirectional: Bool
        var projSize = 0
        var dtype: DType
        var device: Device
    }

    init(_ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, _ options: Options) {
        self.cell = cell
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        numLayers = options.numLayers
        bias = options.bias
        batchFirst = options.batchFirst
        bidirectional = options.bidirectional
        projSize = options.projSize
        let isValid = RNNBase.check(inputSize, hiddenSize, options)
        dropout = isValid ? options.dropout : 0
        slots = isValid ? RNNBase.parameters(cell, inputSize, hiddenSize, options) : []
        super.init()
        resetParameters()
    }

    /// Returns whether the options are valid. Raises if they are not.
    private static func check(_ inputSize: Int, _ hiddenSize: Int, _ options: Options) -> Bool {
        let problem: String? =
            if !(options.dropout >= 0 && options.dropout <= 1) {
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            } else if inputSize <= 0 {
                "input_size must be greater than zero"
            } else if hiddenSize <= 0 {
                "hidden_size must be greater than zero"
            } else if options.numLayers <= 0 {
                "num_layers must be greater than zero"
            } else if options.projSize < 0 {
                "proj_size should be a positive integer or zero to disable projections"
            } else if options.projSize >= hiddenSize {
                "proj_size has to be smaller than hidden_size"
            } else if options.numLayers > mostLayers {
                "num_layers must be at most \(mostLayers), but got \(options.numLayers)"
            } else {
                nil
            }
        if let problem {
            raise(.value, problem)
            return false
        }
        if options.dropout > 0, options.numLayers == 1 {
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=\(PythonText.repr(options.dropout)) and num_layers=1"
            )
        }
        return true
    }

    /// More layers are a mistake, and would be created one after the other until the memory is full.
    private static let mostLayers = 1 << 16

    /// Returns the parameters without values, in PyTorch's order; none, with an error raised, if they cannot be made.
    private static func parameters(
        _ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, _ options: Options
    ) -> [(name: String, slot: Parameter<Tensor>)] {
        let directions = options.bidirectional ? ["", "_reverse"] : [""]
        let (gates, overflows) = hiddenSize.multipliedReportingOverflow(by: cell.gates)
        let size = options.projSize > 0 ? options.projSize : hiddenSize
        let (width, widthOverflows) = size.multipliedReportingOverflow(by: directions.count)
        if overflows || widthOverflows {
            raise(.runtime, "Storage size calculation overflowed with hidden_size=\(hiddenSize)")
            return []
        }
        var slots: [(name: String, slot: Parameter<Tensor>)] = []
        for layer in 0..<options.numLayers {
            for direction in directions {
                var entries = [
                    ("weight_ih", [gates, layer == 0 ? inputSize : width]), ("weight_hh", [gates, size])
                ]
                if options.bias { entries += [("bias_ih", [gates]), ("bias_hh", [gates])] }
                if options.projSize > 0 { entries.append(("weight_hr", [options.projSize, hiddenSize])) }
                for (name, sizes) in entries {
                    let tensor = Tensor.empty(sizes, dtype: options.dtype, device: options.device)
                    if tensor.isVoid { return [] }
                    slots.append(("\(name)_l\(layer)\(direction)", Parameter(wrappedValue: tensor)))
                }
            }
        }
        return slots
    }

    /// Draws the parameters again. PyTorch: `reset_parameters`.
    public final func resetParameters() {
        let bound = 1 / Double(max(hiddenSize, 1)).squareRoot()
        for (_, slot) in slots { Init.uniform_(slot.wrappedValue, -bound, bound) }
    }

    /// The parameters of each layer and direction, in the order of the state dict. PyTorch: `RNNBase.all_weights`.
    public final var allWeights: [[Tensor]] {
        let count = parametersOfLayer
        return stride(from: 0, to: slots.count, by: count).map { start in
            slots[start..<start + count].map(\.slot.wrappedValue)
        }
    }

    private var parametersOfLayer: Int { 2 + (bias ? 2 : 0) + (projSize > 0 ? 1 : 0) }

    final override func members() -> ModuleMembers {
        var members = ModuleMembers()
        for (name, slot) in slots { members.add(slot, name) }
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public final override var extraRepr: String {
        var text = "\(inputSize), \(hiddenSize)"
        if projSize != 0 { text += ", proj_size=\(projSize)" }
        if numLayers != 1 { text += ", num_layers=\(numLayers)" }
        if !bias { text += ", bias=False" }
        if batchFirst { text += ", batch_first=True" }
        if dropout != 0 { text += ", dropout=\(PythonText.repr(dropout))" }
        if bidirectional { text += ", bidirectional=True" }
        return text
    }

    // MARK: Forward

    private var directions: Int { bidirectional ? 2 : 1 }
    private var stateSize: Int { projSize > 0 ? projSize : hiddenSize }
    private var failure: RecurrentState { RecurrentState(hidden: .void, cell: cell == .lstm ? .void : nil) }

    /// Computes all layers for a tensor: [length, batch, inputSize], with `batchFirst` [batch, length, inputSize], or
    /// [length, inputSize] for a single sequence.
    final func run(_ input: Tensor, _ initial: RecurrentState?) -> (output: Tensor, state: RecurrentState) {
        if let cast = RecurrentAutocast(
            cell, projSize > 0 ? .projectedLayer : .layer, weight: slots.first?.slot.wrappedValue, input, initial)
        {
            let (output, state) = AutocastState.off { run(cast.operand(input), initial?.map(cast.operand)) }
            return (cast.output(output), cast.state(state))
        }
        if Autocast.isOn { return AutocastState.off { run(input, initial) } }
        let none = (Tensor.void, failure)
        if input.isVoid || anyVoid(initial?.hidden, initial?.cell) || slots.isEmpty { return none }
        guard input.dim == 2 || input.dim == 3 else {
            raise(
                .value,
                "\(cell == .lstm ? "LSTM" : cell == .gru ? "GRU" : "RNN"): Expected input to be 2D or 3D, got \(input.dim)D \(cell == .tanh || cell == .relu ? "tensor instead" : "instead")"
            )
            return none
        }
        let isBatched = input.dim == 3, batchDim = batchFirst ? 0 : 1
        if let initial, !hasDimensions(initial, isBatched) { return none }
        let batched = isBatched ? input : input.unsqueeze(batchDim)
        let batch = batched.sizes[batchDim]
        let state = isBatched ? initial : initial?.map { $0.unsqueeze(1) }
        guard check(batched, dims: 3), let first = firstState(state, batched, batch), shareDevice(input, first) else {
            return none
        }
        let steps = batchFirst ? batched.transpose(0, 1) : batched
        let length = steps.sizes[0]
        guard length > 0 else {
            raise(.runtime, "Expected sequence length to be larger than 0 in RNN")
            return none
        }
        // An expanded input can be longer than any memory.
        guard length <= RecurrentSteps.most else {
            raise(.outOfMemory(length.multipliedReportingOverflow(by: 8).overflow ? .max : length * 8))
            return none
        }
        var (output, last) = stack(
            steps, first,
            RecurrentSteps(batchSizes: [Int](repeating: batch, count: length), isPacked: false))
        if batchFirst { output = transposed(output) }
        return isBatched ? (output, last) : (output.squeeze(batchDim), last.map { $0.squeeze(1) })
    }

    /// Brings the result to [batch, length, *]. PyTorch does that in place if oneDNN did not compute it.
    private func transposed(_ output: Tensor) -> Tensor {
        let result = output.transpose(0, 1)
        let isOneDNN = cell == .lstm && projSize == 0 && output.dtype == .float32
        return isOneDNN ? result : result.named("TransposeBackward1")
    }

    /// Computes all layers for packed sequences. States are in the order of the sequences before they were sorted.
    final func run(
        _ input: PackedSequence, _ initial: RecurrentState?
    ) -> (output: PackedSequence, state: RecurrentState) {
        func result(_ output: Tensor) -> PackedSequence {
            PackedSequence(
                data: output, batchSizes: input.batchSizes, sortedIndices: input.sortedIndices,
                unsortedIndices: input.unsortedIndices)
        }
        if let cast = RecurrentAutocast(
            cell, projSize > 0 ? .projectedLayer : .packedLayer, weight: slots.first?.slot.wrappedValue, input.data,
            initial)
        {
            let wide = PackedSequence(
                data: cast.operand(input.data), batchSizes: input.batchSizes, sortedIndices: input.sortedIndices,
                unsortedIndices: input.unsortedIndices)
            let (output, state) = AutocastState.off { run(wide, initial?.map(cast.operand)) }
            return (result(cast.output(output.data)), cast.state(state))
        }
        if Autocast.isOn { return AutocastState.off { run(input, initial) } }
        let none = (result(.void), failure)
        if anyVoid(input.data, input.batchSizes, initial?.hidden, initial?.cell) || slots.isEmpty { return none }
        if let initial, !hasDimensions(initial, true) { return none }
        guard check(input.data, dims: 2), let sizes = input.checkedBatchSizes() else { return none }
        let permuted = initial?.map { state in input.sortedIndices.map { state.indexSelect(1, $0) } ?? state }
        guard let first = firstState(permuted, input.data, sizes[0]), shareDevice(input.data, first) else {
            return none
        }
        let (output, last) = stack(input.data, first, RecurrentSteps(batchSizes: sizes, isPacked: true))
        return (
            result(output), last.map { state in input.unsortedIndices.map { state.indexSelect(1, $0) } ?? state }
        )
    }

    /// Runs the layers one after the other, with dropout between them.
    private func stack(
        _ input: Tensor, _ first: RecurrentState, _ steps: RecurrentSteps
    ) -> (output: Tensor, state: RecurrentState) {
        let hidden = first.hidden.unbind(dim: 0), cells = first.cell?.unbind(dim: 0)
        let count = parametersOfLayer
        var current = input
        var last: [RecurrentState] = []
        for layer in 0..<numLayers {
            var outputs: [Tensor] = []
            for direction in 0..<directions {
                let i = layer * directions + direction
                guard i < hidden.count, (i + 1) * count <= slots.count else { return (.void, failure) }
                let (output, state) = RecurrentLayer(cell: cell, isReversed: direction == 1, steps: steps)(
                    current, RecurrentState(hidden: hidden[i], cell: cells?[i]), weights(of: i))
                if output.isVoid { return (.void, failure) }
                outputs.append(output)
                last.append(state)
            }
            current = outputs.count == 1 ? outputs[0] : cat(outputs, dim: outputs[0].dim - 1)
            if dropout != 0, isTraining, layer < numLayers - 1 {
                current = Torch.dropout(current, p: dropout, training: true)
            }
        }
        let state = RecurrentState(
            hidden: Torch.stack(last.map(\.hidden)), cell: cell == .lstm ? Torch.stack(last.compactMap(\.cell)) : nil)
        return (current, state)
    }

    private func weights(of index: Int) -> RecurrentWeights {
        let first = index * parametersOfLayer
        func tensor(_ i: Int) -> Tensor { slots[first + i].slot.wrappedValue }
        return RecurrentWeights(
            input: tensor(0), hidden: tensor(1), inputBias: bias ? tensor(2) : nil, hiddenBias: bias ? tensor(3) : nil,
            projection: projSize > 0 ? tensor(bias ? 4 : 2) : nil)
    }

    // MARK: Checks

    /// Returns whether the initial states have the number of dimensions that goes with the input's. Raises if not.
    private func hasDimensions(_ state: RecurrentState, _ isBatched: Bool) -> Bool {
        let wanted = isBatched ? 3 : 2, kind = isBatched ? "batched 3-D" : "unbatched 2-D"
        if let memory = state.cell {
            if state.hidden.dim == wanted && memory.dim == wanted { return true }
            raise(
                .runtime,
                "For \(kind) input, hx and cx should also be \(wanted)-D but got (\(state.hidden.dim)-D, \(memory.dim)-D) tensors"
            )
        } else {
            if state.hidden.dim == wanted { return true }
            raise(
                .runtime,
                "For \(kind) input, hx should also be \(wanted)-D but got \(state.hidden.dim)-D tensor")
        }
        return false
    }

    private func check(_ input: Tensor, dims: Int) -> Bool {
        let dtype = slots[0].slot.wrappedValue.dtype
        if input.dtype != dtype {
            raise(
                .value,
                "RNN input dtype (\(input.dtype)) does not match weight dtype (\(dtype)). Convert input: input.to(\(dtype)), or convert model: model.to(\(input.dtype))"
            )
        } else if input.dim != dims {
            raise(.runtime, "input must have \(dims) dimensions, got \(input.dim)")
        } else if input.size(-1) != inputSize {
            raise(
                .runtime,
                "input.size(-1) must be equal to input_size. Expected \(inputSize), got \(input.size(-1))")
        } else {
            return true
        }
        return false
    }

    /// Returns the initial states, or zeros if none are given. Raises and returns nil if their sizes do not fit.
    private func firstState(_ state: RecurrentState?, _ input: Tensor, _ batch: Int) -> RecurrentState? {
        let layers = numLayers * directions
        guard let state else {
            func zeros(_ size: Int) -> Tensor {
                Tensor.zeros([layers, batch, size], dtype: input.dtype, device: input.device)
            }
            return RecurrentState(hidden: zeros(stateSize), cell: cell == .lstm ? zeros(hiddenSize) : nil)
        }
        let parts = [(state.hidden, stateSize)] + (state.cell.map { [($0, hiddenSize)] } ?? [])
        for (i, (part, size)) in parts.enumerated() {
            if part.sizes != [layers, batch, size] {
                raise(
                    .runtime,
                    "Expected hidden\(cell == .lstm ? "[\(i)]" : "") size (\(layers), \(batch), \(size)), got \(part.sizes)"
                )
                return nil
            }
            if part.dtype != input.dtype {
                raise(
                    .runtime,
                    "mat1 and mat2 must have the same dtype, but got \(part.dtype.scalarTypeName) and \(input.dtype.scalarTypeName)"
                )
                return nil
            }
        }
        return state
    }

    /// Returns whether the operands are on one device. Raises if they are not.
    private func shareDevice(_ input: Tensor, _ state: RecurrentState) -> Bool {
        let others = [(slots[0].slot.wrappedValue, "parameter"), (state.hidden, "hidden")]
        guard let (other, name) = others.first(where: { $0.0.device != input.device }) else { return true }
        raise(
            .runtime,
            "Input and \(name) tensors are not at the same device, found input tensor at \(input.device) and \(name) tensor at \(other.device)"
        )
        return false
    }
}

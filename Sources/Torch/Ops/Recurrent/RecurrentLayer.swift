// One layer and direction of a recurrent network as one operator: a product for the inputs of all steps, then one
// primitive that loops over the steps. If the backward pass is recorded, it runs through recorded operators.

/// One layer and direction.
struct RecurrentLayer {
    let cell: RecurrentCell
    let isReversed: Bool
    let steps: RecurrentSteps

    typealias Result = (output: Tensor, state: RecurrentState)

    /// Computes the hidden states of all steps and the last states. `input` is [T, N, I] or [rows, I].
    func callAsFunction(_ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights) -> Result {
        let states = [state.hidden] + [state.cell].compactMap { $0 }
        let operands = [input] + states + weights.all
        let none: Result = (.void, state.map { _ in .void })
        if anyVoid(operands) || Tensor.commonDevice(operands) == nil { return none }
        guard isFused(input, state, weights) else {
            return steps.compute(cell, isReversed: isReversed, input, state, weights)
        }
        return fused(input, state, weights) ?? none
    }

    /// PyTorch's name of the node of the output.
    private func nodeName(_ input: Tensor, _ weights: RecurrentWeights) -> String {
        if steps.isPacked { return "CatBackward0" }
        return cell == .lstm && input.dtype == .float32 && weights.projection == nil
            ? "MkldnnRnnLayerBackward0" : "StackBackward0"
    }

    /// Whether the primitive computes this layer. Operands that do not fit raise their errors step by step.
    private func isFused(_ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights) -> Bool {
        let dtype = input.dtype
        guard [DType.float32, .float64, .bfloat16, .float16].contains(dtype), steps.rows > 0 else { return false }
        let hidden = weights.hidden.sizes[0] / cell.gates, size = weights.projection?.sizes[0] ?? hidden
        let gates = hidden * cell.gates
        func fits(_ tensor: Tensor?, _ sizes: [Int]) -> Bool {
            tensor.map { $0.dtype == dtype && $0.sizes == sizes } ?? true
        }
        return hidden > 0 && size > 0 && input.sizes == steps.sizes(weights.input.sizes[1])
            && fits(weights.input, [gates, weights.input.sizes[1]]) && fits(weights.hidden, [gates, size])
            && fits(weights.inputBias, [gates]) && fits(weights.hiddenBias, [gates])
            && fits(weights.projection, [size, hidden]) && fits(state.hidden, [steps.batch, size])
            && fits(state.cell, [steps.batch, hidden])
    }

    private func form(_ input: Tensor, _ weights: RecurrentWeights) -> RecurrentForm {
        RecurrentForm(
            cell: cell, isReversed: isReversed, hidden: weights.hidden.sizes[0] / cell.gates,
            state: weights.hidden.sizes[1], batchSizes: steps.batchSizes, rows: steps.rows, roundedTo: input.dtype)
    }

    // MARK: Forward

    private func fused(_ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights) -> Result? {
        let form = form(input, weights), dtype = input.dtype, isWide = dtype == dtype.wide
        guard let (arrays, last) = noGrad({ computed(form, input, state, weights) }) else { return nil }
        let result = noGrad { (output: arrays.output.to(dtype), state: last.map { $0.to(dtype) }) }
        let inputs = [input, state.hidden] + [state.cell].compactMap { $0 } + weights.all
        guard recording(inputs), !result.output.isVoid else { return result }
        // The result itself is saved if it has the dtype of the arrays.
        var kept = [arrays.cells, arrays.extra].compactMap { $0 }
        if form.cell == .lstm || form.cell == .gru { kept.append(arrays.gates) }
        if !isWide { kept.append(arrays.output) }
        let results = [result.output, result.state.hidden] + [result.state.cell].compactMap { $0 }
        let has = (bias: weights.inputBias != nil, projection: weights.projection != nil)
        let savedCount = inputs.count + kept.count + (isWide ? 1 : 0)
        record(
            nodeName(input, weights), results: results, inputs: inputs, saved: inputs + kept,
            savedResults: isWide ? [0] : []
        ) { [self] node, grads in
            let saved = (0..<savedCount).map { node.saved($0) }
            if anyVoid(saved) { return [] }
            var rest = saved[...]
            func next(_ exists: Bool = true) -> Tensor? { exists ? rest.popFirst() : nil }
            guard let input = next(), let hidden = next() else { return [] }
            let state = RecurrentState(hidden: hidden, cell: next(cell == .lstm))
            guard let own = next(), let recurrent = next() else { return [] }
            let weights = RecurrentWeights(
                input: own, hidden: recurrent, inputBias: next(has.bias), hiddenBias: next(has.bias),
                projection: next(has.projection))
            if isGradEnabled() { return recordedGradients(node, grads, input, state, weights) }
            let cells = next(cell == .lstm), extra = next(cell == .gru || has.projection)
            let gates = next(cell == .lstm || cell == .gru)
            guard let output = next() else { return [] }
            let arrays = Arrays(gates: gates ?? output, output: output, cells: cells, extra: extra)
            return gradients(node, grads, form, arrays, input, state, weights)
        }
        (result.output.node as? OperatorNode)?.copiesBeforeWrites(to: result.output.storage)
        return result
    }

    /// The arrays that the forward pass writes and the backward pass reads.
    private struct Arrays {
        var gates, output: Tensor
        var cells, extra: Tensor?

        var all: [Tensor] { [gates, output] + [cells, extra].compactMap { $0 } }

        /// Returns the operands of the primitives.
        func operands(_ state: RecurrentState, _ weights: RecurrentWeights) -> RecurrentArrays {
            RecurrentArrays(
                gates: gates.dense, out: output.dense, cells: cells?.dense, extra: extra?.dense,
                firstHidden: state.hidden.dense, firstCell: state.cell?.dense, weight: weights.hidden.dense,
                bias: weights.hiddenBias?.dense, projection: weights.projection?.dense)
        }
    }

    /// Runs the forward pass, without recording.
    private func computed(
        _ form: RecurrentForm, _ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights
    ) -> (Arrays, RecurrentState)? {
        let dtype = input.dtype.wide, device = input.device
        func memory(_ sizes: [Int]) -> Tensor { Tensor.allocate(sizes, dtype, device) }
        let first = state.map { plain($0) }, plainWeights = self.plain(weights)
        let arrays = Arrays(
            gates: rows(input).linear(plainWeights.input, plainWeights.inputBias),
            output: memory(steps.sizes(form.state)), cells: cell == .lstm ? memory([form.rows, form.hidden]) : nil,
            extra: cell == .gru || weights.projection != nil ? memory([form.rows, form.hidden]) : nil)
        let last = RecurrentState(
            hidden: memory([form.batch, form.state]), cell: cell == .lstm ? memory([form.batch, form.hidden]) : nil)
        if anyVoid(arrays.all + plainWeights.all)
            || anyVoid(first.hidden, first.cell, last.hidden, last.cell)
        {
            return nil
        }
        FlopTally.current?.add(
            weights.hiddenBias == nil ? .mm : .addmm, rows: form.rows, form, projects: weights.projection != nil, input)
        return input.backend.recurrent(
            form, arrays.operands(first, plainWeights), lastHidden: last.hidden.dense, lastCell: last.cell?.dense)
            ? (arrays, last) : nil
    }

    /// Returns an operand as the primitives read it.
    private func plain(_ tensor: Tensor) -> Tensor { tensor.detach().to(tensor.dtype.wide).contiguous() }

    private func plain(_ weights: RecurrentWeights) -> RecurrentWeights {
        RecurrentWeights(
            input: plain(weights.input), hidden: plain(weights.hidden), inputBias: weights.inputBias.map { plain($0) },
            hiddenBias: weights.hiddenBias.map { plain($0) }, projection: weights.projection.map { plain($0) })
    }

    /// Returns the input as [rows, I].
    private func rows(_ input: Tensor) -> Tensor { plain(input).reshape([steps.rows, input.sizes[input.dim - 1]]) }

    // MARK: Backward

    /// Computes the gradients by the primitive. Returns one for each input of the node.
    private func gradients(
        _ node: OperatorNode, _ grads: [Tensor?], _ form: RecurrentForm, _ arrays: Arrays, _ input: Tensor,
        _ state: RecurrentState, _ weights: RecurrentWeights
    ) -> [Tensor?] {
        let dtype = input.dtype.wide, device = input.device, width = cell.gates * form.hidden
        func memory(_ sizes: [Int]) -> Tensor { Tensor.allocate(sizes, dtype, device) }
        let incoming = grads.map { $0.map { plain($0) } }
        let first = state.map { plain($0) }, plainWeights = plain(weights)
        // Rows that are a multiple of 1 KiB apart would share their places in the caches.
        let isPower = (width &* dtype.itemSize).isMultiple(of: 1024)
        let stride = isPower ? width + 64 / dtype.itemSize : width
        let gates = memory([form.rows, stride])
        let extra =
            cell == .gru
            ? memory([form.rows, stride])
            : weights.projection != nil ? memory([form.rows, form.state]) : nil
        let ofFirst = RecurrentState(
            hidden: memory([form.batch, form.state]), cell: cell == .lstm ? memory([form.batch, form.hidden]) : nil)
        if anyVoid(arrays.all + plainWeights.all + incoming.compactMap { $0 })
            || anyVoid(first.hidden, first.cell, gates, extra, ofFirst.hidden, ofFirst.cell)
        {
            return []
        }
        let operands = RecurrentGradients(
            out: incoming[0]?.dense, lastHidden: incoming[1]?.dense,
            lastCell: cell == .lstm ? incoming[2]?.dense : nil, gates: gates.dense, extra: extra?.dense,
            firstHidden: ofFirst.hidden.dense, firstCell: ofFirst.cell?.dense)
        // The first step needs no product if the initial states take no gradient.
        FlopTally.current?.add(
            .mm, rows: form.rows - (node.needs(1) ? 0 : form.batch), form, projects: weights.projection != nil, input)
        guard input.backend.recurrentBackward(form, arrays.operands(first, plainWeights), operands) else { return [] }

        let ofGates = gates.narrow(1, 0, width)
        let ofHidden = cell == .gru ? extra?.narrow(1, 0, width) ?? .void : ofGates
        var result: [Tensor?] = []
        func add(_ make: () -> Tensor?) { result.append(node.needs(result.count) ? make() : nil) }
        add { ofGates.mm(plainWeights.input).view(input.sizes) }
        add { ofFirst.hidden }
        if cell == .lstm { add { ofFirst.cell } }
        add { ofGates.t().mm(rows(input)) }
        add { product(ofHidden, withStatesOf: arrays.output, first.hidden) }
        if weights.inputBias != nil {
            let place = result.count
            let isWanted = node.needs(place) || cell != .gru && node.needs(place + 1)
            let sum = isWanted ? ofGates.sum(dim: 0) : nil
            add { sum }
            add { cell == .gru ? ofHidden.sum(dim: 0) : sum }
        }
        if weights.projection != nil { add { extra.flatMap { extra in arrays.extra.map { extra.t().mm($0) } } } }
        return result
    }

    /// Returns the sum over all rows of the products of a row's gradients and the hidden state before it.
    private func product(_ grads: Tensor, withStatesOf output: Tensor, _ first: Tensor) -> Tensor {
        let output = output.detach().view([steps.rows, first.sizes[1]])
        let segments = steps.statesBefore(isReversed: isReversed)
        func states(_ segment: RecurrentSteps.Segment) -> Tensor {
            (segment.isInitial ? first : output).narrow(0, segment.start, segment.length)
        }
        if segments.count > 2 { return grads.t().mm(cat(segments.map(states))) }
        var sum: Tensor?, row = 0
        for segment in segments {
            let part = grads.narrow(0, row, segment.length).t().mm(states(segment))
            sum = sum.map { $0.add_(part) } ?? part
            row += segment.length
        }
        return sum ?? .void
    }

    /// Computes the gradients by recorded operators, so that they can be differentiated.
    private func recordedGradients(
        _ node: OperatorNode, _ grads: [Tensor?], _ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights
    ) -> [Tensor?] {
        // Each input gets its own node, although two inputs may be one tensor.
        func own(_ tensor: Tensor) -> Tensor { tensor.expand(tensor.sizes) }
        let input = own(input), state = state.map(own)
        let weights = RecurrentWeights(
            input: own(weights.input), hidden: own(weights.hidden), inputBias: weights.inputBias.map(own),
            hiddenBias: weights.hiddenBias.map(own), projection: weights.projection.map(own))
        let inputs = [input, state.hidden] + [state.cell].compactMap { $0 } + weights.all
        let wanted = inputs.indices.filter { node.needs($0) && inputs[$0].requiresGrad }
        let (output, last) = steps.compute(cell, isReversed: isReversed, input, state, weights)
        let results = [output, last.hidden] + [last.cell].compactMap { $0 }
        let used = results.indices.filter { $0 < grads.count && grads[$0] != nil && results[$0].requiresGrad }
        var found = [Tensor?](repeating: nil, count: inputs.count)
        if wanted.isEmpty || used.isEmpty { return found }
        let gradients = grad(
            used.map { results[$0] }, wanted.map { inputs[$0] }, gradOutputs: used.map { grads[$0] }, createGraph: true,
            allowUnused: true)
        for (i, gradient) in zip(wanted, gradients) { found[i] = gradient }
        return found
    }
}

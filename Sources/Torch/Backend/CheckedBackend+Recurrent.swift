extension CheckedBackend {
    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        let primitive = "recurrent"
        check(form, primitive, arrays)
        let outputs = [arrays.gates, arrays.out, lastHidden] + [arrays.cells, arrays.extra, lastCell].compactMap { $0 }
        check(
            primitive, out: outputs.map(\.strided),
            ([arrays.firstHidden, arrays.weight]
                + [arrays.firstCell, arrays.bias, arrays.projection].compactMap { $0 }).map(\.strided), sameDType: true)
        check(form, primitive, lastHidden, form.batch, form.state)
        if form.cell == .lstm { check(form, primitive, lastCell, form.batch, form.hidden) }
        return base.recurrent(form, arrays, lastHidden: lastHidden, lastCell: lastCell)
    }

    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        let primitive = "recurrentBackward"
        check(form, primitive, arrays)
        let outputs =
            [gradients.gates, gradients.firstHidden] + [gradients.extra, gradients.firstCell].compactMap { $0 }
        let inputs: [Dense?] = [
            arrays.gates, arrays.out, arrays.cells, arrays.extra, arrays.firstHidden, arrays.firstCell, arrays.weight,
            arrays.projection, gradients.out, gradients.lastHidden, gradients.lastCell
        ]
        check(primitive, out: outputs.map(\.strided), inputs.compactMap { $0?.strided }, sameDType: true)
        let gates = gradients.gates.layout.sizes
        require(
            gates.count == 2 && gates[0] == form.rows && gates[1] >= form.cell.gates * form.hidden, primitive,
            "gradients of sizes \(gates) for \(form)")
        check(form, primitive, gradients.firstHidden, form.batch, form.state)
        if let out = gradients.out { check(form, primitive, out, form.rows, form.state) }
        if let hidden = gradients.lastHidden { check(form, primitive, hidden, form.batch, form.state) }
        if form.cell == .lstm { check(form, primitive, gradients.firstCell, form.batch, form.hidden) }
        if let cell = gradients.lastCell { check(form, primitive, cell, form.batch, form.hidden) }
        if form.cell == .gru { check(form, primitive, gradients.extra, form.rows, gates[1]) }
        if arrays.projection != nil { check(form, primitive, gradients.extra, form.rows, form.state) }
        return base.recurrentBackward(form, arrays, gradients)
    }

    private func check(_ form: RecurrentForm, _ primitive: String, _ arrays: RecurrentArrays) {
        let sizes = form.batchSizes
        require(
            sizes.last ?? 0 > 0 && zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 }
                && sizes.reduce(0, +) == form.rows && form.hidden > 0 && form.state > 0, primitive, "the form \(form)")
        require(
            form.state == form.hidden || arrays.projection != nil && form.cell == .lstm, primitive,
            "a state of \(form.state) for \(form.hidden) units")
        let dtype = arrays.out.dtype
        require(
            (dtype == .float32 || dtype == .float64) && form.roundedTo.wide == dtype, primitive,
            "\(dtype) rounded to \(form.roundedTo)")
        check(form, primitive, arrays.gates, form.rows, form.cell.gates * form.hidden)
        check(form, primitive, arrays.out, form.rows, form.state)
        check(form, primitive, arrays.firstHidden, form.batch, form.state)
        check(form, primitive, arrays.weight, form.cell.gates * form.hidden, form.state)
        if let bias = arrays.bias { check(form, primitive, bias, form.cell.gates, form.hidden) }
        if let projection = arrays.projection { check(form, primitive, projection, form.state, form.hidden) }
        if form.cell == .lstm {
            check(form, primitive, arrays.cells, form.rows, form.hidden)
            check(form, primitive, arrays.firstCell, form.batch, form.hidden)
        }
        if form.cell == .gru || arrays.projection != nil {
            check(form, primitive, arrays.extra, form.rows, form.hidden)
        }
    }

    /// Checks the number of elements of an operand that a form needs.
    private func check(_ form: RecurrentForm, _ primitive: String, _ operand: Dense?, _ rows: Int, _ columns: Int) {
        require(
            operand?.count == rows * columns, primitive,
            "\(operand.map { "\($0.count)" } ?? "no") elements for [\(rows), \(columns)] of \(form)")
    }
}

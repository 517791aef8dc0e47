// Recurrent layers of all examples. If all sequences are equally long and the weights are common, the examples are more
// sequences of one layer. Otherwise the primitive runs for each example.

extension BatchLevel {
    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        run(arrays.results + [lastHidden.strided, lastCell?.strided], arrays.inputs) {
            $0.recurrent(form, arrays, lastHidden: lastHidden, lastCell: lastCell)
        } batched: { device in
            guard let all = formOfAll(form, arrays) else {
                return each(device) {
                    $0.recurrent(
                        form, example(arrays, $1), lastHidden: example(lastHidden, $1), lastCell: example(lastCell, $1))
                }
            }
            var operands = BatchedOperands(self, device)
            let steps = form.batchSizes.count
            var lifted = arrays
            lifted.gates = operands.changed(arrays.gates, inside: steps)
            lifted.out = operands.output(arrays.out, inside: steps)
            lifted.cells = operands.output(arrays.cells, inside: steps)
            lifted.extra = operands.output(arrays.extra, inside: steps)
            lifted.firstHidden = operands.input(arrays.firstHidden)
            lifted.firstCell = operands.input(arrays.firstCell)
            let (h, c) = (operands.output(lastHidden), operands.output(lastCell))
            return operands.run { $0.recurrent(all, lifted.inRows(all), lastHidden: h.folded, lastCell: c?.folded) }
        }
    }

    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        let outs = [gradients.gates, gradients.extra, gradients.firstHidden, gradients.firstCell].map { $0?.strided }
        let given = [gradients.out, gradients.lastHidden, gradients.lastCell].map { $0?.strided }
        return run(outs, arrays.results + arrays.inputs + given) {
            $0.recurrentBackward(form, arrays, gradients)
        } batched: { device in
            guard let all = formOfAll(form, arrays) else {
                return each(device) { $0.recurrentBackward(form, example(arrays, $1), example(gradients, $1)) }
            }
            var operands = BatchedOperands(self, device)
            let steps = form.batchSizes.count
            var lifted = arrays
            lifted.gates = operands.input(arrays.gates, inside: steps)
            lifted.out = operands.input(arrays.out, inside: steps)
            lifted.cells = operands.input(arrays.cells, inside: steps)
            lifted.extra = operands.input(arrays.extra, inside: steps)
            lifted.firstHidden = operands.input(arrays.firstHidden)
            lifted.firstCell = operands.input(arrays.firstCell)
            func rows(_ d: Dense?) -> Dense? { d.map { $0.reshaped([all.rows, $0.count / all.rows]) } }
            let gates = operands.output(gradients.gates, inside: steps)
            let part = RecurrentGradients(
                out: rows(operands.input(gradients.out, inside: steps)),
                lastHidden: operands.input(gradients.lastHidden)?.folded,
                lastCell: operands.input(gradients.lastCell)?.folded, gates: rows(gates) ?? gates,
                extra: rows(operands.output(gradients.extra, inside: steps)),
                firstHidden: operands.output(gradients.firstHidden).folded,
                firstCell: operands.output(gradients.firstCell)?.folded)
            return operands.run { $0.recurrentBackward(all, lifted.inRows(all), part) }
        }
    }

    /// Returns the form of a layer that has the sequences of all examples; nil if there is none.
    private func formOfAll(_ form: RecurrentForm, _ arrays: RecurrentArrays) -> RecurrentForm? {
        let weights = [arrays.weight, arrays.bias, arrays.projection]
        guard !weights.contains(where: isBatched), form.batchSizes.allSatisfy({ $0 == form.batch }) else { return nil }
        var all = form
        all.batchSizes = form.batchSizes.map { $0 * size }
        all.rows *= size
        return all
    }

    private func example(_ arrays: RecurrentArrays, _ i: Int) -> RecurrentArrays {
        RecurrentArrays(
            gates: example(arrays.gates, i), out: example(arrays.out, i), cells: example(arrays.cells, i),
            extra: example(arrays.extra, i), firstHidden: example(arrays.firstHidden, i),
            firstCell: example(arrays.firstCell, i), weight: example(arrays.weight, i), bias: example(arrays.bias, i),
            projection: example(arrays.projection, i))
    }

    private func example(_ gradients: RecurrentGradients, _ i: Int) -> RecurrentGradients {
        RecurrentGradients(
            out: example(gradients.out, i), lastHidden: example(gradients.lastHidden, i),
            lastCell: example(gradients.lastCell, i), gates: example(gradients.gates, i),
            extra: example(gradients.extra, i), firstHidden: example(gradients.firstHidden, i),
            firstCell: example(gradients.firstCell, i))
    }
}

extension RecurrentArrays {
    fileprivate var results: [Strided?] { [gates.strided, out.strided, cells?.strided, extra?.strided] }
    fileprivate var inputs: [Strided?] {
        [firstHidden.strided, firstCell?.strided, weight.strided, bias?.strided, projection?.strided]
    }

    /// The same arrays with one dimension for all rows, and one for all sequences.
    fileprivate func inRows(_ form: RecurrentForm) -> RecurrentArrays {
        func rows(_ d: Dense, _ count: Int) -> Dense { d.reshaped([count, d.count / count]) }
        var result = self
        (result.gates, result.out) = (rows(gates, form.rows), rows(out, form.rows))
        (result.cells, result.extra) = (cells.map { rows($0, form.rows) }, extra.map { rows($0, form.rows) })
        result.firstHidden = rows(firstHidden, form.batch)
        result.firstCell = firstCell.map { rows($0, form.batch) }
        return result
    }
}

import CTorchKernels

// The primitives that have a place for one more dimension, or for more rows.

extension BatchLevel: Backend {
    func allocate(byteCount: Int) -> Storage? { allocate(byteCount, .cpu) }
    var memoryCounts: MemoryCounts { below(.cpu) { $0.memoryCounts } }
    func resetPeakMemory() { below(.cpu) { $0.resetPeakMemory() } }
    func emptyCache() { below(.cpu) { $0.emptyCache() } }

    /// Runs a primitive once, or for all examples.
    @inline(__always)
    func run(
        _ outs: [Strided?], _ inputs: [Strided?], once: (any Backend) -> Bool,
        batched: (Device) -> Bool
    ) -> Bool {
        guard let device = outs.lazy.compactMap({ $0 }).first?.storage.device else { return true }
        switch plan(outs, inputs) {
        case .once: return below(device, once)
        case .batched: return batched(device)
        case .nothing: return true
        }
    }

    /// Runs a primitive for each example.
    func each(_ device: Device, _ body: (any Backend, Int) -> Bool) -> Bool {
        for i in 0..<size where !below(device, { body($0, i) }) { return false }
        return true
    }

    // MARK: Pointwise and memory

    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool { false }

    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool {
        run([out], inputs) {
            $0.pointwise(formula, compute: compute, out: out, inputs)
        } batched: { device in
            let rank = out.layout.rank, all = full(out), lifted = inputs.map { broadcast($0, rank: rank) }
            return below(device) { $0.pointwise(formula, compute: compute, out: all, lifted) }
        }
    }

    func copy(out: Strided, _ source: Strided) {
        _ = run([out], [source]) {
            $0.copy(out: out, source)
            return true
        } batched: { device in
            let all = full(out), lifted = broadcast(source, rank: out.layout.rank)
            below(device) { $0.copy(out: all, lifted) }
            return true
        }
    }

    func cat(out: Strided, _ sources: [Strided], dim: Int) {
        _ = run([out], sources) {
            $0.cat(out: out, sources, dim: dim)
            return true
        } batched: { device in
            let all = full(out), lifted = sources.map { full($0) }
            if all.layout.isDense {
                below(device) { $0.cat(out: all, lifted, dim: dim + 1) }
                return true
            }
            return each(device) { backend, i in
                backend.cat(out: example(out, i), sources.map { example($0, i) }, dim: dim)
                return true
            }
        }
    }

    func fill(out: Strided, _ value: Scalar) {
        _ = run([out], []) {
            $0.fill(out: out, value)
            return true
        } batched: { device in
            let all = full(out)
            below(device) { $0.fill(out: all, value) }
            return true
        }
    }

    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) {
        _ = run([out.strided], [input.strided]) {
            $0.triangle(upper: upper, diagonal: diagonal, out: out, input)
            return true
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i) = (operands.output(out), operands.input(input))
            return operands.run {
                $0.triangle(upper: upper, diagonal: diagonal, out: o, i)
                return true
            }
        }
    }

    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {
        _ = run([out], [source]) {
            $0.assemble(out: out, source, dims, filler: filler)
            return true
        } batched: { device in
            let all = full(out)
            if all.layout.isDense {
                let lifted = full(source), stretches = [[Stretch(length: size, start: 0)]] + dims
                below(device) { $0.assemble(out: all, lifted, stretches, filler: filler) }
                return true
            }
            return each(device) { backend, i in
                backend.assemble(out: example(out, i), example(source, i), dims, filler: filler)
                return true
            }
        }
    }

    // MARK: Reductions

    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        run([out], [input]) {
            $0.reduce(op, out: out, input, dims: dims)
        } batched: { device in
            let (o, i, d) = (full(out), full(input), dims.map { $0 + 1 })
            return below(device) { $0.reduce(op, out: o, i, dims: d) }
        }
    }

    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        run([values, indices], [input]) {
            $0.reduceArg(max: max, values: values, indices: indices, input, dims: dims)
        } batched: { device in
            let (v, n, i) = (values.map { full($0) }, indices.map { full($0) }, full(input))
            return below(device) { $0.reduceArg(max: max, values: v, indices: n, i, dims: dims.map { $0 + 1 }) }
        }
    }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        run([variance, mean], [input]) {
            $0.moments(correction: correction, variance: variance, mean: mean, input, dims: dims)
        } batched: { device in
            let (v, m, i) = (variance.map { full($0) }, mean.map { full($0) }, full(input))
            return below(device) {
                $0.moments(correction: correction, variance: v, mean: m, i, dims: dims.map { $0 + 1 })
            }
        }
    }

    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        run([out], [input]) {
            $0.reducePower(p, out: out, input, dims: dims)
        } batched: { device in
            let (o, i) = (full(out), full(input))
            return below(device) { $0.reducePower(p, out: o, i, dims: dims.map { $0 + 1 }) }
        }
    }

    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool {
        run([out.strided, indices?.strided], [input.strided]) {
            $0.scan(op, out: out, indices: indices, input, dim: dim)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, n, i) = (
                operands.output(out, rank: 1), operands.output(indices, rank: 1), operands.input(input, rank: 1)
            )
            return operands.run { $0.scan(op, out: o, indices: n, i, dim: dim + 1) }
        }
    }

    // MARK: Order

    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool {
        run([values?.strided, indices?.strided], [input.strided]) {
            $0.sort(values: values, indices: indices, input, descending: descending)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (v, n, i) = (
                operands.output(values, rank: 1), operands.output(indices, rank: 1), operands.input(input, rank: 1)
            )
            return operands.run { $0.sort(values: v, indices: n, i, descending: descending) }
        }
    }

    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool {
        run([values.strided, indices.strided], [input.strided]) {
            $0.topk(values: values, indices: indices, input, largest: largest, sorted: sorted)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (v, n, i) = (
                operands.output(values, rank: 1), operands.output(indices, rank: 1), operands.input(input, rank: 1)
            )
            return operands.run { $0.topk(values: v, indices: n, i, largest: largest, sorted: sorted) }
        }
    }

    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool {
        run([values.strided, indices.strided], [input.strided]) {
            $0.select(what, k: k, values: values, indices: indices, input)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (v, n, i) = (
                operands.output(values, rank: 1), operands.output(indices, rank: 1), operands.input(input, rank: 1)
            )
            return operands.run { $0.select(what, k: k, values: v, indices: n, i) }
        }
    }

    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {
        _ = run([out.strided], [sorted.strided, sorter?.strided, values.strided]) {
            $0.searchsorted(out: out, sorted: sorted, sorter: sorter, values: values, right: right)
            return true
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, s, r, v) = (
                operands.output(out), operands.input(sorted), operands.input(sorter), operands.input(values)
            )
            // A common row counts for all values of an example.
            let rows = size * sorted.layout.sizes.dropLast().reduce(1, *)
            func inRows(_ d: Dense) -> Dense { d.reshaped([rows, d.count / Swift.max(rows, 1)]) }
            return operands.run {
                $0.searchsorted(
                    out: Indices(inRows(o.dense).strided), sorted: inRows(s),
                    sorter: r.map { Indices(inRows($0.dense).strided) }, values: inRows(v), right: right)
                return true
            }
        }
    }

    // MARK: Softmax and losses

    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool {
        run([out.strided], [input.strided]) {
            $0.softmax(log: log, out: out, input, dim: dim)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i) = (operands.output(out, rank: 1), operands.input(input, rank: 1))
            return operands.run { $0.softmax(log: log, out: o, i, dim: dim + 1) }
        }
    }

    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool {
        run([out.strided], [grad.strided, result.strided]) {
            $0.softmaxBackward(log: log, out: out, grad: grad, result: result, dim: dim)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, g, r) = (
                operands.output(out, rank: 1), operands.input(grad, rank: 1), operands.input(result, rank: 1)
            )
            return operands.run { $0.softmaxBackward(log: log, out: o, grad: g, result: r, dim: dim + 1) }
        }
    }

    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool {
        run([losses.strided, statistics.strided], [input.strided, target.strided]) {
            $0.crossEntropy(losses: losses, statistics: statistics, input, target: target, ignored: ignored)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (l, i, t) = (operands.output(losses), operands.input(input), operands.input(target))
            // The statistics of all rows lie together: [2, examples, rows].
            let all = full(statistics.strided)
            let order = Strided(storage: all.storage, layout: all.layout.permuted([1, 0, 2]), dtype: all.dtype)
            guard let s = operands.new(order) else { return false }
            operands.copyBack(s, to: order)
            let rows = s.layout.sizes[1] * s.layout.sizes[2]
            return operands.run {
                $0.crossEntropy(
                    losses: l.folded, statistics: Dense(s).reshaped([2, rows]), i.folded, target: t.folded,
                    ignored: ignored)
            }
        }
    }

    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool {
        run([out.strided], [scale.strided, statistics.strided, input.strided, target.strided]) {
            $0.crossEntropyBackward(out: out, scale: scale, statistics: statistics, input, target: target)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i, t) = (operands.output(out), operands.input(input), operands.input(target))
            let all = full(statistics.strided)
            let order = Strided(storage: all.storage, layout: all.layout.permuted([1, 0, 2]), dtype: all.dtype)
            var scales = full(Strided(storage: scale.strided.storage, layout: scale.layout, dtype: scale.dtype))
            let rows = input.layout.sizes[0]
            // One number for all rows of an example is repeated for each.
            scales.layout = Layout(
                [size, rows], strides: [scales.layout.strides[0], scale.count == 1 ? 0 : 1],
                offset: scales.layout.offset)
            guard let s = operands.copied(order), let c = operands.copied(scales) else { return false }
            return operands.run {
                $0.crossEntropyBackward(
                    out: o.folded, scale: Dense(c).reshaped([size * rows]),
                    statistics: Dense(s).reshaped([2, size * rows]), i.folded, target: t.folded)
            }
        }
    }

    // MARK: Fourier transforms and linear algebra

    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool {
        run([out.strided], [input.strided]) {
            $0.fourier(shape, out: out, input)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i) = (operands.output(out), operands.input(input))
            let all = FourierShape(
                kind: shape.kind, outer: shape.outer * size, length: shape.length, inner: shape.inner,
                scale: shape.scale)
            return operands.run { $0.fourier(all, out: o.folded, i.folded) }
        }
    }

    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool {
        let parts = [arrays.a, arrays.b, arrays.c, arrays.values, arrays.pivots, arrays.info].map { $0?.strided }
        // Operands from outside are only read, and stay as they are.
        let own = parts.filter { $0?.storage.batch?.scopeLevel?.isInside(self) == true }
        return run(own + [arrays.info.strided], parts) {
            $0.decompose(form, arrays)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let all = DecompositionArrays(
                a: operands.changed(arrays.a), b: operands.changed(arrays.b), c: operands.changed(arrays.c),
                values: operands.changed(arrays.values), pivots: operands.changed(arrays.pivots),
                info: operands.changed(arrays.info))
            return operands.run { $0.decompose(form, all) }
        }
    }

    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool {
        run([values.strided, left?.strided, right?.strided, info.strided, matrices.strided], []) {
            $0.spectra(form, values: values, left: left, right: right, info: info, overwriting: matrices)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (v, l, r) = (operands.output(values), operands.output(left), operands.output(right))
            let (n, m) = (operands.output(info), operands.changed(matrices))
            let all = SpectraForm(
                kind: form.kind, vectors: form.vectors, batch: form.batch * size, rows: form.rows,
                columns: form.columns)
            return operands.run {
                $0.spectra(
                    all, values: v.folded, left: l?.folded, right: r?.folded, info: n.folded, overwriting: m.folded)
            }
        }
    }

    // MARK: Index tensors

    private func lifted(_ indices: [IndexOperand], _ operands: inout BatchedOperands) -> [IndexOperand] {
        indices.map { operand in
            let isBatched = operand.index.strided.storage.batchLevel == self
            return IndexOperand(
                index: isBatched ? operands.input(operand.index) : operand.index,
                strides: [isBatched ? operand.index.count : 0] + operand.strides, size: operand.size,
                step: operand.step)
        }
    }

    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        run([out], [input] + indices.map(\.index.strided)) {
            $0.indexGet(out: out, input, indices, wraps: wraps)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i, n) = (full(out), full(input), lifted(indices, &operands))
            return operands.run { $0.indexGet(out: o, i, n, wraps: wraps) }
        }
    }

    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        run([out], [source] + indices.map(\.index.strided)) {
            $0.indexPut(mode, out: out, source, indices, wraps: wraps)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, s, n) = (full(out), full(source), lifted(indices, &operands))
            return operands.run { $0.indexPut(mode, out: o, s, n, wraps: wraps) }
        }
    }

    // MARK: Products

    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool {
        run([out.strided], [a, b, bias?.strided]) {
            $0.matmul(out: out, a, b, bias: bias)
        } batched: { device in
            if let bias, bias.strided.storage.batchLevel == self {
                return each(device) { backend, i in
                    backend.matmul(out: example(out, i), example(a, i), example(b, i), bias: example(bias, i))
                }
            }
            var operands = BatchedOperands(self, device)
            let o = operands.output(out), left = full(a)
            // A common right side makes one product of all rows.
            if b.storage.batchLevel != self, b.layout.rank == 2,
                let rows = left.layout.viewed([size * a.layout.sizes[0], a.layout.sizes[1]])
            {
                let all = Strided(storage: left.storage, layout: rows, dtype: a.dtype)
                return operands.run { $0.matmul(out: o.folded, all, b, bias: bias) }
            }
            return operands.run { $0.matmul(out: o, left, full(b), bias: bias) }
        }
    }
}

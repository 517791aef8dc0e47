import CTorchKernels

/// Recurrent layers: a product and a kernel for each step.
extension CUDABackend {
    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        CUDAContext.attempt {
            try check(arrays.out.strided, arrays.gates.strided, arrays.weight.strided, lastHidden.strided)
            let dtype = arrays.out.dtype, (H, P) = (form.hidden, form.state), width = form.cell.gates * H
            let product = try scratch([form.batch, width], dtype)
            let cells = try kernel(.recurrent, form.number << 2, [dtype, form.roundedTo]) {
                .recurrentCells(form, dtype)
            }
            let weight = arrays.weight.rows(P, width, strides: [1, P])
            for step in form.steps(backward: false) {
                // The states before this step are those of another step, then initial ones.
                multiplyRows(product, arrays.out.rows(step.beforeCount, P, from: step.before), weight)
                multiplyRows(
                    product.rows(from: step.beforeCount),
                    arrays.firstHidden.rows(step.rows - step.beforeCount, P, from: step.beforeCount), weight)
                try launch(cells, step.rows * H) {
                    $0.add(addressesOf: product)
                    arrays.pack(&$0)
                    step.pack(form, &$0)
                    $0.add(Int32(arrays.projection == nil ? 0 : 1))
                }
                guard let projection = arrays.projection, let extra = arrays.extra else { continue }
                let out = arrays.out.rows(step.rows, P, from: step.first)
                multiplyRows(
                    out, extra.rows(step.rows, H, from: step.first), projection.rows(H, P, strides: [1, H]))
                if form.roundedTo == dtype { continue }
                try launch(
                    kernel(.recurrent, 1, [dtype, form.roundedTo]) { .roundAll(form, dtype) }, step.rows * P
                ) {
                    $0.add(addressesOf: out)
                    $0.add(counts: step.rows * P)
                }
            }
            try copyLast(form, arrays.out, lastHidden, P)
            if let cells = arrays.cells, let lastCell { try copyLast(form, cells, lastCell, H) }
        }
    }

    /// Copies each sequence's last state.
    private func copyLast(_ form: RecurrentForm, _ states: Dense, _ last: Dense, _ width: Int) throws {
        let row = width * states.dtype.itemSize, from = states.strided.deviceAddress, to = last.strided.deviceAddress
        for step in form.steps(backward: false) {
            // The sequences that the step ends.
            let first = form.isReversed ? step.index == 0 ? 0 : step.rows : step.nextRows
            if first < step.rows {
                try context.copy(
                    to + UInt64(first * row), from + UInt64((step.first + first) * row), (step.rows - first) * row)
            }
        }
    }

    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        CUDAContext.attempt {
            try check(arrays.out.strided, arrays.gates.strided, gradients.gates.strided, gradients.firstHidden.strided)
            let dtype = arrays.out.dtype, (H, P) = (form.hidden, form.state), width = form.cell.gates * H
            let stride = gradients.gates.layout.sizes[1]
            let product = try scratch([form.batch, max(P, H)], dtype)
            let ofGates = form.cell == .gru ? gradients.extra! : gradients.gates
            let weight = arrays.weight.rows(width, P)
            let backward = try kernel(.recurrent, form.number << 2 | 2, [dtype]) { .recurrentBackward(form, dtype) }
            for step in form.steps(backward: true) {
                multiplyRows(
                    product.asRows(P), ofGates.rows(step.afterCount, width, from: step.after, stride: stride), weight)
                try launch(backward, step.rows * P) {
                    $0.add(addressesOf: product)
                    arrays.pack(&$0)
                    gradients.pack(stride, step.afterCount, &$0)
                    step.pack(form, &$0)
                    $0.add(Int32(arrays.projection == nil ? 0 : 1))
                }
                if let projection = arrays.projection, let extra = gradients.extra {
                    multiplyRows(
                        product.asRows(H), extra.rows(step.rows, P, from: step.first), projection.rows(P, H))
                    let kernel = try kernel(.recurrent, form.number << 2 | 3, [dtype]) {
                        .projectedBackward(form, dtype)
                    }
                    try launch(kernel, step.rows * H) {
                        $0.add(addressesOf: product)
                        arrays.pack(&$0)
                        gradients.pack(stride, step.afterCount, &$0)
                        step.pack(form, &$0)
                    }
                }
                // The sequences that begin with this step.
                let begins = step.rows - step.beforeCount
                if begins == 0 { continue }
                multiplyRows(
                    product.asRows(P),
                    ofGates.rows(begins, width, from: step.first + step.beforeCount, stride: stride), weight)
                try launch(kernel(.recurrent, 2, [dtype]) { .finishHidden(dtype) }, begins * P) {
                    $0.add(addressesOf: product, gradients.firstHidden.rows(begins, P, from: step.beforeCount))
                    $0.add(Int32(form.cell == .gru ? 1 : 0))
                    $0.add(counts: begins * P)
                }
            }
        }
    }

    /// out = a · b for the rows of a.
    private func multiplyRows(_ out: Strided, _ a: Strided, _ b: Strided) {
        if a.count == 0 { return }
        let sizes = [a.layout.sizes[0], b.layout.sizes[1]]
        let target = Strided(
            storage: out.storage, layout: Layout(sizes, offset: out.layout.offset), dtype: out.dtype)
        _ = matmul(out: Dense(target), a, b, bias: nil)
    }

    /// Launches a kernel with a thread for each of `count` numbers.
    private func launch(
        _ kernel: CUDAKernel, _ count: Int, _ fill: (inout KernelArguments) -> Void
    ) throws {
        try context.launch(kernel, grid: ((count + 255) / 256, 1), block: (256, 1), fill)
    }
}

/// A step of a recurrent layer: where its rows are, and those before and after it, in the order of execution.
private struct RecurrentStep {
    var index, rows, first: Int
    var before, beforeCount, after, afterCount: Int
    /// The rows of the next step in time.
    var nextRows: Int

    /// Packs `StepRows` of recurrent.cuh.
    func pack(_ form: RecurrentForm, _ arguments: inout KernelArguments) {
        arguments.add(counts: rows, first, before, beforeCount, form.hidden, form.state)
    }
}

extension RecurrentForm {
    fileprivate var number: Int {
        switch cell {
        case .tanh: 1
        case .relu: 2
        case .lstm: 3
        case .gru: 4
        }
    }

    /// Returns the steps in the order in which they run, or in the opposite order.
    fileprivate func steps(backward: Bool) -> [RecurrentStep] {
        var offsets: [Int] = [], sum = 0
        for size in batchSizes {
            offsets.append(sum)
            sum += size
        }
        func source(_ t: Int, _ other: Int) -> (Int, Int) {
            batchSizes.indices.contains(other) ? (offsets[other], Swift.min(batchSizes[t], batchSizes[other])) : (0, 0)
        }
        let steps = batchSizes.indices.map { t in
            let (before, beforeCount) = source(t, isReversed ? t + 1 : t - 1)
            let (after, afterCount) = source(t, isReversed ? t - 1 : t + 1)
            return RecurrentStep(
                index: t, rows: batchSizes[t], first: offsets[t], before: before, beforeCount: beforeCount,
                after: after, afterCount: afterCount, nextRows: t + 1 < batchSizes.count ? batchSizes[t + 1] : 0)
        }
        return isReversed != backward ? steps.reversed() : steps
    }
}

extension RecurrentArrays {
    /// Packs `StepArrays` of recurrent.cuh.
    fileprivate func pack(_ arguments: inout KernelArguments) {
        arguments.add(
            addressesOf: gates.strided, out.strided, cells?.strided, extra?.strided, firstHidden.strided,
            firstCell?.strided, bias?.strided)
    }
}

extension RecurrentGradients {
    /// Packs `StepGradients` of recurrent.cuh.
    fileprivate func pack(_ stride: Int, _ afterCount: Int, _ arguments: inout KernelArguments) {
        arguments.add(
            addressesOf: out?.strided, lastHidden?.strided, lastCell?.strided, gates.strided, extra?.strided,
            firstHidden.strided, firstCell?.strided)
        arguments.add(counts: stride, afterCount)
    }
}

extension Dense {
    /// Rows of a matrix from row `from` on, `stride` elements apart; or the matrix with other strides.
    fileprivate func rows(
        _ count: Int, _ width: Int, from: Int = 0, stride: Int? = nil, strides: [Int]? = nil
    ) -> Strided {
        let stride = stride ?? width
        return Strided(
            storage: strided.storage,
            layout: Layout(
                [count, width], strides: strides ?? [stride, 1], offset: layout.offset + from * stride),
            dtype: dtype)
    }
}

extension Strided {
    /// The rows of a contiguous matrix from row `from` on.
    fileprivate func rows(from: Int) -> Strided {
        var part = self
        let width = layout.sizes[1]
        part.layout = Layout([layout.sizes[0] - from, width], offset: layout.offset + from * width)
        return part
    }

    /// The same memory as rows of another width.
    fileprivate func asRows(_ width: Int) -> Strided {
        Strided(storage: storage, layout: Layout([layout.sizes[0], width], offset: layout.offset), dtype: dtype)
    }
}

extension KernelSource {
    private static func recurrent(
        _ name: String, _ form: RecurrentForm, _ dtype: DType, _ kernel: String
    ) -> KernelSource {
        let rounds = form.roundedTo == dtype ? "NotRounded" : "RoundedTo<\(form.roundedTo.cudaElement)>"
        return KernelSource(
            "\(name)_\(form.cell)_\(dtype.name)_\(form.roundedTo.name)", header: "recurrent",
            types: ["T": dtype.cudaElement, "R": rounds, "cell": "cell_\(form.cell)"], kernel)
    }
    static func recurrentCells(_ form: RecurrentForm, _ dtype: DType) -> KernelSource {
        recurrent(
            "recurrent", form, dtype,
            "(const T *product, StepArrays<T> arrays, StepRows rows, int projects) { recurrent_cells<cell, T, R>(product, arrays, rows, projects); }"
        )
    }
    static func roundAll(_ form: RecurrentForm, _ dtype: DType) -> KernelSource {
        recurrent("rounded", form, dtype, "(T *x, long long n) { round_all<T, R>(x, n); }")
    }
    static func recurrentBackward(_ form: RecurrentForm, _ dtype: DType) -> KernelSource {
        recurrent(
            "recurrent_back", form, dtype,
            "(const T *product, StepArrays<T> arrays, StepGradients<T> gradients, StepRows rows, int projects) { recurrent_backward<cell>(product, arrays, gradients, rows, projects); }"
        )
    }
    static func projectedBackward(_ form: RecurrentForm, _ dtype: DType) -> KernelSource {
        recurrent(
            "projected_back", form, dtype,
            "(const T *product, StepArrays<T> arrays, StepGradients<T> gradients, StepRows rows) { projected_backward<cell>(product, arrays, gradients, rows); }"
        )
    }
    static func finishHidden(_ dtype: DType) -> KernelSource {
        KernelSource(
            "finish_hidden_\(dtype.name)", header: "recurrent", types: ["T": dtype.cudaElement],
            "(const T *product, T *first_hidden, int adds, long long n) { finish_hidden(product, first_hidden, adds, n); }"
        )
    }
}

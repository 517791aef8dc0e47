import CTorchKernels

/// A backend that checks the arguments of each primitive and then calls another backend. If a call breaks the contract,
/// the program stops with a message. Without the check, a kernel would read or write foreign memory.
///
/// For each operand it checks that the elements lie inside the storage and that the address is aligned. For outputs it
/// checks that no two indices share an element, and that an input overlaps them only if it has the same elements at the
/// same positions. It then checks each primitive's dtypes, sizes and ranges.
final class CheckedBackend: Backend {
    let base: any Backend

    init(_ base: any Backend) { self.base = base }

    func allocate(byteCount: Int) -> Storage? {
        require(byteCount >= 0, "allocate", "byte count \(byteCount)")
        return base.allocate(byteCount: byteCount)
    }
    func outOfMemory(byteCount: Int) -> TorchError { base.outOfMemory(byteCount: byteCount) }
    var memoryCounts: MemoryCounts { base.memoryCounts }
    func resetPeakMemory() { base.resetPeakMemory() }
    func emptyCache() { base.emptyCache() }

    // MARK: Pointwise

    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool {
        check("pointwise", out: [out], inputs)
        for input in inputs {
            require(
                input.layout.expanded(out.layout.sizes) != nil, "pointwise",
                "sizes \(input.layout.sizes) do not broadcast to \(out.layout.sizes)")
        }
        return base.pointwise(formula, compute: compute, out: out, inputs)
    }

    /// Returns false, so the caller uses `pointwise`, whose operands can be checked.
    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool { false }

    func copy(out: Strided, _ source: Strided) {
        check("copy", out: [out], [source])
        require(
            source.layout.expanded(out.layout.sizes) != nil, "copy",
            "sizes \(source.layout.sizes) do not broadcast to \(out.layout.sizes)")
        base.copy(out: out, source)
    }

    func copyLater(out: Strided, _ source: Strided) {
        check("copyLater", out: [out], [source])
        base.copyLater(out: out, source)
    }

    func cat(out: Strided, _ sources: [Strided], dim: Int) {
        check("cat", out: [out], sources)
        require(out.layout.isDense, "cat", "the result's memory has gaps")
        if out.count == 0 { return base.cat(out: out, sources, dim: dim) }
        let along = sources.reduce(0) { $0 + $1.layout.sizes[dim] }
        require(
            along == out.layout.sizes[dim], "cat", "sources of \(along) along dimension \(dim) for \(out.layout.sizes)")
        for source in sources {
            var sizes = source.layout.sizes
            sizes[dim] = out.layout.sizes[dim]
            require(
                sizes == out.layout.sizes && source.count > 0, "cat",
                "a source of \(source.layout.sizes) for \(out.layout.sizes)")
        }
        base.cat(out: out, sources, dim: dim)
    }

    func fill(out: Strided, _ value: Scalar) {
        // Several writes of the same value to one element are allowed.
        checkOperand("fill", out)
        base.fill(out: out, value)
    }

    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool {
        switch distribution {
        case .bernoulliOf(let input), .rreluSlopes(let input, _, _):
            check("draw", out: [out.strided], [input.strided])
            require(
                input.layout.sizes == out.layout.sizes, "draw", "sizes \(input.layout.sizes) to \(out.layout.sizes)")
        case .categories(let weights):
            check("draw", out: [out.strided], [weights.strided])
            let (rows, most) = (weights.layout.sizes.dropLast(), weights.layout.sizes.last)
            require(
                out.dtype == .int64 && rows == out.layout.sizes.dropLast() && most ?? 0 > 0, "draw",
                "weights of sizes \(weights.layout.sizes) to \(out.dtype) of \(out.layout.sizes)")
        case .gamma(let input), .dirichlet(let input), .poisson(let input):
            check("draw", out: [out.strided], [input.strided], sameDType: true)
            require(
                input.layout.sizes == out.layout.sizes, "draw", "sizes \(input.layout.sizes) to \(out.layout.sizes)")
        case .binomial(let count, let p):
            check("draw", out: [out.strided], [count.strided, p.strided], sameDType: true)
            require(
                count.layout.sizes == out.layout.sizes && p.layout.sizes == out.layout.sizes, "draw",
                "sizes \(count.layout.sizes), \(p.layout.sizes) to \(out.layout.sizes)")
        default:
            check("draw", out: [out.strided], [])
        }
        return base.draw(distribution, out: out, from: generator)
    }

    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) {
        check("triangle", out: [out.strided], [input.strided], sameDType: true)
        require(
            out.layout.rank >= 2 && out.layout.sizes == input.layout.sizes, "triangle",
            "sizes \(input.layout.sizes) to \(out.layout.sizes)")
        base.triangle(upper: upper, diagonal: diagonal, out: out, input)
    }

    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {
        check("assemble", out: [out], [source], sameDType: true)
        require(
            out.layout.isDense && dims.count == out.layout.rank, "assemble",
            "\(dims.count) dimensions for \(out.layout.sizes)")
        for (d, stretches) in dims.enumerated() {
            require(
                stretches.reduce(0) { $0 + $1.length } == out.layout.sizes[d]
                    && stretches.allSatisfy { $0.length >= 0 }, "assemble",
                "stretches \(stretches) for \(out.layout.sizes)")
            for stretch in stretches where stretch.length > 0 {
                guard let start = stretch.start else { continue }
                let positions = 0..<source.layout.sizes[d], last = start + (stretch.length - 1) * stretch.step
                require(
                    positions.contains(start) && positions.contains(last), "assemble",
                    "a stretch \(stretch) of \(source.layout.sizes)")
            }
        }
        base.assemble(out: out, source, dims, filler: filler)
    }

    // MARK: Reductions

    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        checkReduction("reduce", [out], input, dims)
        return base.reduce(op, out: out, input, dims: dims)
    }

    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        checkReduction("reduceArg", [values, indices].compactMap { $0 }, input, dims)
        require(indices.map { $0.dtype == .int64 } ?? true, "reduceArg", "indices are not int64")
        require(values.map { $0.dtype == input.dtype } ?? true, "reduceArg", "values of another dtype")
        return base.reduceArg(max: max, values: values, indices: indices, input, dims: dims)
    }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        let outputs = [variance, mean].compactMap { $0 }
        checkReduction("moments", outputs, input, dims)
        require(
            outputs.allSatisfy { $0.dtype == input.dtype }, "moments", "results of another dtype than \(input.dtype)")
        return base.moments(correction: correction, variance: variance, mean: mean, input, dims: dims)
    }

    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        checkReduction("reducePower", [out], input, dims)
        return base.reducePower(p, out: out, input, dims: dims)
    }

    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool {
        check("scan", out: [out.strided] + (indices.map { [$0.strided] } ?? []), [input.strided])
        require(
            out.layout.sizes == input.layout.sizes && (indices.map { $0.count == out.count } ?? true), "scan",
            "sizes \(input.layout.sizes) to \(out.layout.sizes)")
        require(out.dtype == input.dtype, "scan", "\(input.dtype) to \(out.dtype)")
        require(dim >= 0 && dim < Swift.max(out.layout.rank, 1), "scan", "dimension \(dim)")
        return base.scan(op, out: out, indices: indices, input, dim: dim)
    }

    // MARK: Order

    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool {
        check("sort", out: [values?.strided, indices?.strided].compactMap { $0 }, [input.strided])
        require(
            values.map { $0.dtype == input.dtype && $0.count == input.count } ?? true, "sort", "values of another form")
        require(indices.map { $0.count == input.count } ?? true, "sort", "indices of another form")
        return base.sort(values: values, indices: indices, input, descending: descending)
    }

    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool {
        checkChosen("topk", values, indices, input)
        return base.topk(values: values, indices: indices, input, largest: largest, sorted: sorted)
    }

    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool {
        checkChosen("select", values, indices, input)
        require(k >= 0 && k < Swift.max(input.layout.sizes.last ?? 1, 1), "select", "k \(k) of \(input.layout.sizes)")
        return base.select(what, k: k, values: values, indices: indices, input)
    }

    func sortRows(order: Indices, _ input: Dense) -> Bool {
        check("sortRows", out: [order.strided], [input.strided])
        require(
            input.layout.rank == 2 && order.count == input.layout.sizes[0], "sortRows",
            "\(order.count) for \(input.layout.sizes)")
        return base.sortRows(order: order, input)
    }

    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int {
        check("runs", out: [numbers.strided, starts.strided], [input.strided])
        let rows = input.layout.sizes.dropLast().reduce(1, *)
        require(
            numbers.count >= rows && starts.count >= rows, "runs",
            "\(numbers.count) and \(starts.count) for \(input.layout.sizes)")
        return base.runs(numbers: numbers, starts: starts, input)
    }

    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool {
        check("softmax", out: [out.strided], [input.strided], sameDType: true)
        require(out.layout.sizes == input.layout.sizes, "softmax", "sizes \(input.layout.sizes) to \(out.layout.sizes)")
        return base.softmax(log: log, out: out, input, dim: dim)
    }

    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool {
        check("softmaxBackward", out: [out.strided], [grad.strided, result.strided], sameDType: true)
        require(
            out.layout.sizes == grad.layout.sizes && out.layout.sizes == result.layout.sizes, "softmaxBackward",
            "sizes \(grad.layout.sizes), \(result.layout.sizes) to \(out.layout.sizes)")
        return base.softmaxBackward(log: log, out: out, grad: grad, result: result, dim: dim)
    }

    // MARK: Index tensors

    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        checkIndexed("indexGet", out, reached: input, indices)
        check("indexGet", out: [out], indices.map(\.index.strided), sameDType: false)
        require(out.dtype == input.dtype, "indexGet", "\(input.dtype) to \(out.dtype)")
        return base.indexGet(out: out, input, indices, wraps: wraps)
    }

    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        checkIndexed("indexPut", source, reached: out, indices)
        checkOperand("indexPut", source)
        require(out.dtype == source.dtype, "indexPut", "\(source.dtype) to \(out.dtype)")
        return base.indexPut(mode, out: out, source, indices, wraps: wraps)
    }

    func nonzero(_ input: Dense) -> Strided? {
        checkOperand("nonzero", input.strided)
        require(input.layout.rank > 0, "nonzero", "no dimension")
        return base.nonzero(input)
    }

    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        check("maskedSelect", out: [], [input.strided, mask.strided])
        require(
            mask.dtype.itemSize == 1 && mask.count == input.count, "maskedSelect",
            "a mask of \(mask.dtype) and \(mask.layout.sizes) for \(input.layout.sizes)")
        return base.maskedSelect(input, mask: mask)
    }

    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool {
        check("maskedScatter", out: [out.strided], [mask.strided, source.strided])
        require(
            mask.dtype.itemSize == 1 && mask.count == out.count && source.dtype == out.dtype, "maskedScatter",
            "\(source.dtype) by \(mask.layout.sizes) to \(out.layout.sizes) of \(out.dtype)")
        return base.maskedScatter(out: out, mask: mask, source: source)
    }

    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {
        check(
            "searchsorted", out: [out.strided], [sorted.strided, values.strided] + (sorter.map { [$0.strided] } ?? []))
        require(
            out.count == values.count && sorted.dtype == values.dtype, "searchsorted",
            "\(values.count) values of \(values.dtype) to \(out.count)")
        require(sorter.map { $0.count == sorted.count } ?? true, "searchsorted", "a sorter of another size")
        base.searchsorted(out: out, sorted: sorted, sorter: sorter, values: values, right: right)
    }

    // MARK: Products and steps

    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool {
        check("matmul", out: [out.strided], [a, b] + (bias.map { [$0.strided] } ?? []))
        let (rank, sizes) = (out.layout.rank, out.layout.sizes)
        let fits =
            rank >= 2 && a.layout.rank == rank && b.layout.rank == rank && a.dtype == b.dtype
            && a.layout.sizes[..<(rank - 2)] == sizes[..<(rank - 2)]
            && b.layout.sizes[..<(rank - 2)] == sizes[..<(rank - 2)]
            && a.layout.sizes[rank - 2] == sizes[rank - 2] && b.layout.sizes[rank - 1] == sizes[rank - 1]
            && a.layout.sizes[rank - 1] == b.layout.sizes[rank - 2]
            && (bias.map { $0.count == sizes[rank - 1] && $0.dtype == out.dtype } ?? true)
        require(fits, "matmul", "\(a.layout.sizes) of \(a.dtype) and \(b.layout.sizes) of \(b.dtype) to \(sizes)")
        return base.matmul(out: out, a, b, bias: bias)
    }

    func rowProduct(out: Dense, starts: Indices, columns: Indices, values: Dense, _ dense: Dense) -> Bool? {
        check(
            "rowProduct", out: [out.strided], [values.strided, dense.strided, starts.strided, columns.strided])
        let (sizes, form) = (out.layout.sizes, dense.layout.sizes)
        require(
            sizes.count == 2 && form.count == 2 && sizes[1] == form[1] && starts.count == sizes[0] + 1
                && columns.count == values.count && values.dtype == out.dtype && dense.dtype == out.dtype, "rowProduct",
            "\(starts.count) starts, \(columns.count) columns, \(values.count) values of \(values.dtype) and \(form) to \(sizes)"
        )
        return base.rowProduct(out: out, starts: starts, columns: columns, values: values, dense)
    }

    // MARK: Planes

    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) {
        check("maxPool", out: [values.strided] + (indices.map { [$0.strided] } ?? []), [input.strided])
        require(
            values.dtype == input.dtype && (indices.map { $0.layout.sizes == values.layout.sizes } ?? true), "maxPool",
            "\(input.dtype) to \(values.dtype), or indices of another form")
        checkPlanes("maxPool", values, input, windows)
        base.maxPool(values: values, indices: indices, input, windows)
    }

    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) {
        check("avgPool", out: [out.strided], [input.strided], sameDType: true)
        checkPlanes("avgPool", out, input, windows)
        base.avgPool(out: out, input, windows, divisor)
    }

    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool {
        check("avgPoolBackward", out: [out.strided], [grad.strided], sameDType: true)
        checkPlanes("avgPoolBackward", grad, out, windows)
        return base.avgPoolBackward(out: out, grad: grad, windows, divisor)
    }

    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool {
        check("planeScatter", out: [out.strided], [grad.strided, indices.strided])
        require(
            grad.dtype == out.dtype && indices.layout.sizes == grad.layout.sizes, "planeScatter",
            "\(grad.dtype) to \(out.dtype), or indices of \(indices.layout.sizes) for \(grad.layout.sizes)")
        checkPlanes("planeScatter", grad, out, [])
        return base.planeScatter(out: out, grad: grad, indices: indices)
    }

    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool {
        check("resample", out: [out.strided], [input.strided], sameDType: true)
        checkPlanes("resample", out, input, [])
        require(axes.count == 3, "resample", "\(axes.count) dimensions")
        for (d, axis) in axes.enumerated() where axis == nil {
            require(
                out.layout.sizes[d + 1] == input.layout.sizes[d + 1], "resample",
                "sizes \(input.layout.sizes) to \(out.layout.sizes)")
        }
        return base.resample(out: out, input, axes, adjoint: adjoint)
    }

    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) {
        check("gridSample", out: [out.strided], [input.strided, grid.strided], sameDType: true)
        checkGrid("gridSample", out, input, grid)
        base.gridSample(out: out, input, grid: grid, options)
    }

    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool {
        check(
            "gridSampleBackward", out: [inputGrad?.strided, gridGrad?.strided].compactMap { $0 },
            [grad.strided, input.strided, grid.strided], sameDType: true)
        checkGrid("gridSampleBackward", grad, input, grid)
        require(
            inputGrad.map { $0.layout.sizes == input.layout.sizes } ?? true
                && gridGrad.map { $0.layout.sizes == grid.layout.sizes } ?? true, "gridSampleBackward",
            "gradients of another form")
        return base.gridSampleBackward(
            inputGrad: inputGrad, gridGrad: gridGrad, grad: grad, input, grid: grid, options)
    }

    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool {
        check("convolution", out: [out], [a, b] + (bias.map { [$0.strided] } ?? []), sameDType: true)
        let (input, weight, output) = plan.operands(pass, out: out, a, b)
        let ranks = [plan.output, plan.kernel, plan.stride, plan.padding, plan.dilation].map(\.count)
        require(
            ranks.allSatisfy { $0 == plan.input.count } && (1...3).contains(plan.input.count), "convolution",
            "\(ranks) spatial dimensions for \(plan.input.count)")
        require(
            input.layout.sizes == plan.inputSizes && weight.layout.sizes == plan.weightSizes
                && output.layout.sizes == plan.outputSizes && out.layout.isDense, "convolution",
            "\(input.layout.sizes) by \(weight.layout.sizes) to \(output.layout.sizes) for \(plan)")
        require(
            input.count > 0 && weight.count > 0 && output.count > 0 && plan.groups > 0
                && plan.inputChannels % plan.groups == 0 && plan.outputChannels % plan.groups == 0
                && plan.stride.allSatisfy { $0 > 0 } && plan.dilation.allSatisfy { $0 > 0 }
                && plan.padding.allSatisfy { $0 >= 0 }, "convolution", "\(plan)")
        let channels = pass == .forward ? plan.outputChannels : pass == .backwardInput ? plan.inputChannels : -1
        require(bias.map { $0.count == channels } ?? true, "convolution", "a bias for \(channels) channels")
        return base.convolution(pass, plan, out: out, a, b, bias: bias)
    }

    func sgd(_ list: [SGDTensors], first: Bool, _ options: SGDStep) {
        for t in list { checkStep("sgd", t.parameter, [t.grad, t.momentumBuffer]) }
        base.sgd(list, first: first, options)
    }

    func adam(_ list: [AdamTensors], _ options: AdamStep) {
        for t in list { checkStep("adam", t.parameter, [t.grad, t.expAvg, t.expAvgSq, t.maxExpAvgSq]) }
        base.adam(list, options)
    }
}

// MARK: - What is checked

extension CheckedBackend {
    func require(_ holds: @autoclosure () -> Bool, _ primitive: String, _ problem: @autoclosure () -> String) {
        if !holds() { fatalError("the contract of the backend's primitive \(primitive) is broken: \(problem())") }
    }

    func check(_ primitive: String, out outputs: [Strided], _ inputs: [Strided], sameDType: Bool = false) {
        for operand in outputs + inputs { checkOperand(primitive, operand) }
        if sameDType, let dtype = outputs.first?.dtype {
            require(
                (outputs + inputs).allSatisfy { $0.dtype == dtype }, primitive,
                "dtypes \((outputs + inputs).map(\.dtype)) are not one")
        }
        for output in outputs {
            require(!output.storage.isReadOnly, primitive, "the result goes to a copy that nobody will read")
            require(
                output.count == 0 || !output.layout.overlapsItself, primitive,
                "the result of \(output.layout.sizes) with strides \(output.layout.strides) overlaps itself")
            for input in inputs
            where input.storage === output.storage && !(input.layout == output.layout && input.dtype == output.dtype) {
                require(
                    !touch(input, output), primitive,
                    "an input of \(input.layout.sizes) lies under the result of \(output.layout.sizes)")
            }
        }
    }

    private func checkOperand(_ primitive: String, _ operand: Strided) {
        // The backend itself refuses what has no memory.
        if operand.count == 0 || operand.storage.sparseContents != nil { return }
        guard let bytes = operand.byteRange else {
            return require(
                false, primitive,
                "the extent of \(operand.layout.sizes) with strides \(operand.layout.strides) overflows")
        }
        require(
            bytes.lowerBound >= 0 && bytes.upperBound <= operand.storage.byteCount, primitive,
            "\(operand.layout.sizes) with strides \(operand.layout.strides) from \(operand.layout.offset) on needs the bytes \(bytes) of \(operand.storage.byteCount)"
        )
        // The backend itself refuses memory of another device.
        if !operand.storage.isOnHost { return }
        let alignment = operand.dtype.toReal.itemSize
        require(
            Int(bitPattern: operand.pointer) % alignment == 0, primitive,
            "the address of \(operand.dtype) is not a multiple of \(alignment)")
    }

    /// Returns whether the two may share an element. Parts of one matrix, such as blocks or columns, are distinguished
    /// by their coordinates.
    private func touch(_ a: Strided, _ b: Strided) -> Bool {
        guard a.count > 0, b.count > 0, let x = a.byteRange, let y = b.byteRange, x.overlaps(y) else { return false }
        guard a.dtype == b.dtype, a.layout.rank == b.layout.rank else { return true }
        let (p, q) = (a.layout.walkedUpwards, b.layout.walkedUpwards)
        var dims: [(stride: Int, a: Int, b: Int)] = []
        for d in 0..<p.rank where p.sizes[d] != 1 || q.sizes[d] != 1 {
            let stride = p.sizes[d] == 1 ? q.strides[d] : p.strides[d]
            guard q.sizes[d] == 1 || q.strides[d] == stride else { return true }
            if stride != 0 { dims.append((stride, p.sizes[d], q.sizes[d])) }
        }
        dims.sort { $0.stride > $1.stride }
        return meet(dims[...], q.offset - p.offset)
    }

    /// Returns whether an element of a and an element of b coincide: whether the sum of stride · (i - j) over the
    /// dimensions can be `distance`, where i is the index in a and j the index in b.
    private func meet(_ dims: ArraySlice<(stride: Int, a: Int, b: Int)>, _ distance: Int) -> Bool {
        guard let first = dims.first else { return distance == 0 }
        let rest = dims.dropFirst(), reach = rest.reduce(0) { $0 + $1.stride * (Swift.max($1.a, $1.b) - 1) }
        let least = Swift.max(-(first.b - 1), (distance - reach) / first.stride - 1),
            most = Swift.min(first.a - 1, (distance + reach) / first.stride + 1)
        return least <= most && (least...most).contains { meet(rest, distance - $0 * first.stride) }
    }

    private func checkReduction(_ primitive: String, _ outputs: [Strided], _ input: Strided, _ dims: [Int]) {
        check(primitive, out: outputs, [input])
        var sizes = input.layout.sizes
        for d in dims {
            require(sizes.indices.contains(d), primitive, "dimension \(d) of \(sizes)")
            sizes[d] = 1
        }
        for output in outputs {
            require(
                output.layout.sizes == sizes, primitive, "\(input.layout.sizes) over \(dims) to \(output.layout.sizes)")
        }
    }

    private func checkChosen(_ primitive: String, _ values: Dense, _ indices: Indices, _ input: Dense) {
        check(primitive, out: [values.strided, indices.strided], [input.strided])
        require(
            values.dtype == input.dtype && values.layout.sizes == indices.layout.sizes, primitive,
            "values and indices of another form")
        require(
            values.layout.sizes.dropLast() == input.layout.sizes.dropLast(), primitive,
            "\(input.layout.sizes) to \(values.layout.sizes)")
        require(
            (values.layout.sizes.last ?? 1) <= (input.layout.sizes.last ?? 1), primitive,
            "\(input.layout.sizes) to \(values.layout.sizes)")
    }

    private func checkIndexed(_ primitive: String, _ walked: Strided, reached: Strided, _ indices: [IndexOperand]) {
        require(
            walked.layout.sizes == reached.layout.sizes, primitive, "\(walked.layout.sizes) and \(reached.layout.sizes)"
        )
        checkOperand(primitive, walked)
        if walked.count == 0 { return }
        for index in indices {
            checkOperand(primitive, index.index.strided)
            require(
                index.strides.count == walked.layout.rank, primitive,
                "\(index.strides.count) strides of an index over \(walked.layout.sizes)")
            let last = zip(walked.layout.sizes, index.strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
            require(
                index.strides.allSatisfy { $0 >= 0 } && last < index.index.count, primitive,
                "element \(last) of an index of \(index.index.count)")
            require(index.size >= 0, primitive, "an index into \(index.size) places")
        }
        // If a dimension has no position, every index is out of range, and the backend raises before it reads.
        if indices.contains(where: { $0.size == 0 }) { return }
        // The elements lie inside the storage for all indices in range.
        let positions = indices.map(\.size), steps = indices.map(\.step)
        checkOperand(
            primitive,
            Strided(
                storage: reached.storage,
                layout: Layout(
                    reached.layout.sizes + positions, strides: reached.layout.strides + steps,
                    offset: reached.layout.offset), dtype: reached.dtype))
    }

    /// Checks planes of the same count, and that all windows lie in the source.
    private func checkPlanes(_ primitive: String, _ pooled: Dense, _ source: Dense, _ windows: [PoolWindows]) {
        let (p, s) = (pooled.layout.sizes, source.layout.sizes)
        require(
            p.count == 5 && s.count == 5 && p[0] == s[0] && p[4] == s[4] && (windows.isEmpty || windows.count == 3),
            primitive, "planes \(s) and \(p)")
        for (d, window) in windows.enumerated() {
            guard case .starting(let starts, let length) = window else { continue }
            require(
                starts.layout.sizes == [p[0], p[d + 1]] && p[4] == 1, primitive,
                "\(starts.layout.sizes) starts for planes \(p)")
            // Those of a device are not looked at.
            for i in 0..<(starts.strided.storage.isOnHost ? starts.count : 0) {
                require(
                    starts.pointer[i] >= 0 && Int(starts.pointer[i]) + length <= s[d + 1], primitive,
                    "a window of \(length) from \(starts.pointer[i]) in \(s[d + 1])")
            }
        }
    }

    /// Checks the sizes of planes [N, C, *sizes], a grid [N, *points, coordinates] and samples [N, C, *points].
    private func checkGrid(_ primitive: String, _ samples: Dense, _ planes: Dense, _ grid: Dense) {
        let (o, i, g) = (samples.layout.sizes, planes.layout.sizes, grid.layout.sizes)
        require(
            (i.count == 4 || i.count == 5) && o.count == i.count && g.count == i.count && g.last == i.count - 2
                && o[0] == i[0] && g[0] == i[0] && o[1] == i[1] && Array(o[2...]) == Array(g[1..<(g.count - 1)])
                && !i[2...].contains(0), primitive, "planes \(i), a grid \(g) and samples \(o)")
    }

    private func checkStep(_ primitive: String, _ parameter: Dense, _ others: [Dense?]) {
        for other in others.compactMap({ $0 }) + [parameter] {
            checkOperand(primitive, other.strided)
            require(
                other.dtype == parameter.dtype && other.count == parameter.count, primitive,
                "\(other.count) elements of \(other.dtype) for a parameter of \(parameter.count) of \(parameter.dtype)")
        }
    }
}

extension Layout {
    /// The same elements with no negative stride.
    fileprivate var walkedUpwards: Layout { reversed(sizes.indices.filter { strides[$0] < 0 }) }
}

extension Strided {
    /// The range of bytes in the storage that the elements cover; nil if it overflows.
    fileprivate var byteRange: Range<Int>? {
        var first = layout.offset, last = layout.offset
        for (size, stride) in zip(layout.sizes, layout.strides) {
            let (way, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            if overflow { return nil }
            let (moved, past) = (way < 0 ? first : last).addingReportingOverflow(way)
            if past { return nil }
            if way < 0 { first = moved } else { last = moved }
        }
        let (start, o1) = first.multipliedReportingOverflow(by: dtype.itemSize)
        let (end, o2) = last.multipliedReportingOverflow(by: dtype.itemSize)
        let (after, o3) = end.addingReportingOverflow(dtype.itemSize)
        return o1 || o2 || o3 || start > after ? nil : start..<after
    }
}

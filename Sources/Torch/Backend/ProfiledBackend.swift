import CTorchKernels

/// A backend that notes each call of a primitive in the profile that runs, and then calls another backend. `Backends`
/// puts it in front of a device's backend while a profile runs, so no operator needs a line of its own.
///
/// A primitive has the name of PyTorch's operator that does the same. If an operator of this name began just before
/// (`OperatorRange`), both are one call.
final class ProfiledBackend: Backend {
    private let base: any Backend
    private let profile: ThreadProfile?

    init(_ base: any Backend) {
        self.base = base
        profile = ThreadProfile.current
    }

    /// Runs a primitive as a range of the profile.
    /// - Parameters:
    ///   - inputs: the operands; nil in the place of one that PyTorch's operator has and that is no tensor.
    ///   - flops: the number of floating-point operations.
    private func run<Result>(
        _ name: String, _ inputs: @autoclosure () -> [Strided?], flops: @autoclosure () -> Int = 0, out: Strided?,
        _ body: () -> Result
    ) -> Result {
        guard let profile else { return body() }
        let options = profile.options
        var range = ProfiledRange(kind: .function, name: "aten::\(name)")
        if options.recordsShapes { range.inputs = inputs().map { $0.map { .init($0.layout, $0.dtype) } } }
        if !st_this_thread().pointee.grad_disabled { range.sequence = TapeCounter.next }
        let output = options.recordsMemory ? out.map { UInt(bitPattern: $0.storage.address) } : nil
        guard let mark = profile.begin(range, merges: true, output: output) else { return body() }
        let timer = options.recordsCUDA ? out.flatMap { CUDALaunchTimer($0.storage.device, profile.recorder) } : nil
        defer {
            let launch = timer?.stop(), count = options.recordsFlops ? flops() : 0
            mark.end {
                if let launch { $0.launches.append(launch) }
                $0.flops = $0.flops.addingUpToMost(count)
            }
        }
        return body()
    }

    // MARK: Memory

    func allocate(byteCount: Int) -> Storage? {
        let storage = base.allocate(byteCount: byteCount)
        if let storage { MemoryWatch.begin(storage) }
        return storage
    }
    func outOfMemory(byteCount: Int) -> TorchError { base.outOfMemory(byteCount: byteCount) }
    var memoryCounts: MemoryCounts { base.memoryCounts }
    func resetPeakMemory() { base.resetPeakMemory() }
    func emptyCache() { base.emptyCache() }

    func copy(out: Strided, _ source: Strided) {
        run("copy_", [out, source, nil], out: device(out, source)) { base.copy(out: out, source) }
    }

    func copyLater(out: Strided, _ source: Strided) {
        run("copy_", [out, source, nil], out: device(out, source)) { base.copyLater(out: out, source) }
    }

    /// The operand of a copy that a device holds, if one does.
    private func device(_ out: Strided, _ source: Strided) -> Strided {
        source.storage.device.kind == .cuda ? source : out
    }

    func cat(out: Strided, _ sources: [Strided], dim: Int) {
        run("cat", sources, out: out) { base.cat(out: out, sources, dim: dim) }
    }

    func fill(out: Strided, _ value: Scalar) {
        let isZero = value.doubleValue == 0
        run(isZero ? "zero_" : "fill_", isZero ? [out] : [out, nil], out: out) { base.fill(out: out, value) }
    }

    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) {
        run(upper ? "triu" : "tril", [input.strided, nil], out: out.strided) {
            base.triangle(upper: upper, diagonal: diagonal, out: out, input)
        }
    }

    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {
        let pads = dims.contains { $0.contains { $0.start == nil } }
        run(pads ? "constant_pad_nd" : "index", [source, nil, nil], out: out) {
            base.assemble(out: out, source, dims, filler: filler)
        }
    }

    // MARK: Pointwise

    /// Returns false, so the caller uses `pointwise`, whose operands have sizes.
    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool { false }

    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool {
        let (name, others) = ProfiledBackend.operatorName(of: formula)
        let isInPlace = inputs.first.map { $0.storage === out.storage } ?? false
        return run(
            isInPlace ? name + "_" : name, inputs + [Strided?](repeating: nil, count: others),
            flops: !isInPlace && (name == "mul" || name == "add") ? inputs.first?.count ?? 0 : 0, out: out
        ) { base.pointwise(formula, compute: compute, out: out, inputs) }
    }

    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool {
        run(ProfiledBackend.operatorName(of: distribution), [out.strided], out: out.strided) {
            base.draw(distribution, out: out, from: generator)
        }
    }

    // MARK: Reductions

    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        let isWhole = dims.count == input.layout.rank
        let name: String
        switch op {
        case .max: name = isWhole ? "max" : "amax"
        case .min: name = isWhole ? "min" : "amin"
        case .countNonzero: name = "count_nonzero"
        case .sumOfSquares, .sumOfAbs: name = "linalg_vector_norm"
        case .sum: name = "sum"
        case .prod: name = "prod"
        case .nansum: name = "nansum"
        case .all: name = "all"
        case .any: name = "any"
        default: name = "reduce"
        }
        return run(name, [input, nil] + (isWhole ? [] : [nil, nil]), out: out) {
            base.reduce(op, out: out, input, dims: dims)
        }
    }

    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        run((values == nil ? "arg" : "") + (max ? "max" : "min"), [input, nil, nil], out: values ?? indices) {
            base.reduceArg(max: max, values: values, indices: indices, input, dims: dims)
        }
    }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        run(variance == nil ? "mean" : mean == nil ? "var" : "var_mean", [input, nil, nil, nil], out: variance ?? mean)
        {
            base.moments(correction: correction, variance: variance, mean: mean, input, dims: dims)
        }
    }

    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        run("linalg_vector_norm", [input, nil, nil, nil, nil], out: out) {
            base.reducePower(p, out: out, input, dims: dims)
        }
    }

    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool {
        let name: String
        switch op {
        case .sum: name = "cumsum"
        case .prod: name = "cumprod"
        case .max: name = "cummax"
        case .min: name = "cummin"
        case .logsumexp: name = "logcumsumexp"
        }
        return run(name, [input.strided, nil], out: out.strided) {
            base.scan(op, out: out, indices: indices, input, dim: dim)
        }
    }

    // MARK: Order

    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool {
        run("sort", [input.strided, nil, nil], out: input.strided) {
            base.sort(values: values, indices: indices, input, descending: descending)
        }
    }

    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool {
        run("topk", [input.strided, nil, nil, nil, nil], out: values.strided) {
            base.topk(values: values, indices: indices, input, largest: largest, sorted: sorted)
        }
    }

    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool {
        let name: String
        switch what {
        case .kth: name = "kthvalue"
        case .median: name = "median"
        case .nanmedian: name = "nanmedian"
        case .mode: name = "mode"
        }
        return run(name, [input.strided, nil, nil], out: values.strided) {
            base.select(what, k: k, values: values, indices: indices, input)
        }
    }

    func sortRows(order: Indices, _ input: Dense) -> Bool {
        run("unique_dim", [input.strided], out: order.strided) { base.sortRows(order: order, input) }
    }

    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int {
        run("unique_consecutive", [input.strided], out: numbers.strided) {
            base.runs(numbers: numbers, starts: starts, input)
        }
    }

    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {
        run("searchsorted", [sorted.strided, values.strided, nil, nil, nil, sorter?.strided], out: out.strided) {
            base.searchsorted(out: out, sorted: sorted, sorter: sorter, values: values, right: right)
        }
    }

    // MARK: Softmax and losses

    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool {
        run(log ? "_log_softmax" : "_softmax", [input.strided, nil, nil], out: out.strided) {
            base.softmax(log: log, out: out, input, dim: dim)
        }
    }

    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool {
        run(
            log ? "_log_softmax_backward_data" : "_softmax_backward_data", [grad.strided, result.strided, nil, nil],
            out: out.strided
        ) { base.softmaxBackward(log: log, out: out, grad: grad, result: result, dim: dim) }
    }

    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool {
        run("cross_entropy_loss", [input.strided, target.strided, nil, nil, nil, nil], out: losses.strided) {
            base.crossEntropy(losses: losses, statistics: statistics, input, target: target, ignored: ignored)
        }
    }

    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool {
        run("cross_entropy_loss_backward", [scale.strided, input.strided, target.strided], out: out.strided) {
            base.crossEntropyBackward(out: out, scale: scale, statistics: statistics, input, target: target)
        }
    }

    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) {
        run("_ctc_loss", [input.strided, sequences.targets.strided, nil, nil, nil, nil], out: losses.strided) {
            base.ctcLoss(losses: losses, alpha: alpha, input, sequences)
        }
    }

    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool {
        run("_ctc_loss_backward", [grad.strided, input.strided, sequences.targets.strided], out: out.strided) {
            base.ctcLossBackward(
                out: out, grad: grad, losses: losses, alpha: alpha, input, sequences, zeroInfinity: zeroInfinity)
        }
    }

    // MARK: Fourier transforms and linear algebra

    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool {
        run(ProfiledBackend.operatorName(of: shape.kind), [input.strided, nil, nil, nil], out: out.strided) {
            base.fourier(shape, out: out, input)
        }
    }

    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool {
        run(
            ProfiledBackend.operatorName(of: form.what), [arrays.a.strided] + (arrays.b.map { [$0.strided] } ?? []),
            out: arrays.a.strided
        ) { base.decompose(form, arrays) }
    }

    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool {
        run(ProfiledBackend.operatorName(of: form.kind), [matrices.strided, nil, nil], out: values.strided) {
            base.spectra(form, values: values, left: left, right: right, info: info, overwriting: matrices)
        }
    }

    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool {
        let isBatch = out.layout.rank > 2
        let name = bias == nil ? isBatch ? "bmm" : "mm" : isBatch ? "baddbmm" : "addmm"
        let inputs: [Strided?] = (bias.map { [$0.strided] } ?? []) + [a, b] + (bias == nil ? [] : [nil, nil])
        return run(
            name, inputs, flops: ([2, a.layout.sizes.last ?? 1] + out.layout.sizes).product, out: out.strided
        ) { base.matmul(out: out, a, b, bias: bias) }
    }

    func rowProduct(out: Dense, starts: Indices, columns: Indices, values: Dense, _ dense: Dense) -> Bool? {
        run("_sparse_mm", [values.strided, dense.strided], out: out.strided) {
            base.rowProduct(out: out, starts: starts, columns: columns, values: values, dense)
        }
    }

    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool {
        // A transposed convolution runs the gradient's pass. Operators count their own operations.
        let isForward = profile?.innermostName?.hasPrefix("aten::conv") ?? false
        return run(
            isForward ? "convolution" : "convolution_backward",
            isForward ? [a, b, bias?.strided] + [Strided?](repeating: nil, count: 6) : [a, b],
            flops: isForward ? 0 : ([2, plan.weightSizes.product, plan.batch] + plan.output).product, out: out
        ) { base.convolution(pass, plan, out: out, a, b, bias: bias) }
    }

    // MARK: Attention, normalization, recurrent layers

    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool {
        run(
            "_scaled_dot_product_flash_attention_for_cpu",
            [inputs.query, inputs.key, inputs.value, nil, nil, inputs.mask, nil],
            flops: ProfiledBackend.attentionFlops(inputs), out: results.out
        ) { base.attention(results, inputs) }
    }

    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool {
        run(
            "_scaled_dot_product_flash_attention_for_cpu_backward", [grad, inputs.query, inputs.key, inputs.value],
            flops: ProfiledBackend.attentionFlops(inputs, backward: true), out: grad
        ) { base.attentionBackward(gradients, grad: grad, results, inputs) }
    }

    /// Two operations for each product of the scores and of the result; the gradients take five products, not two.
    private static func attentionFlops(_ inputs: AttentionInputs, backward: Bool = false) -> Int {
        guard let keys = inputs.key.layout.sizes.dropLast().last, let valueWidth = inputs.value.layout.sizes.last else {
            return 0
        }
        let rows = inputs.query.layout.sizes.dropLast(), width = inputs.query.layout.sizes.last ?? 0
        let (own, other) = backward ? (3, 2) : (1, 1)
        return ([2, keys, own &* width &+ other &* valueWidth] + rows).product
    }

    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run(
            !centered ? "_fused_rms_norm" : form.groups > 1 ? "native_group_norm" : "native_layer_norm",
            [input.strided, nil, numbers.weight?.strided, numbers.bias?.strided, nil], out: out.strided
        ) { base.normalize(form, centered: centered, eps: eps, out: out, numbers, input) }
    }

    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run(
            !centered
                ? "_fused_rms_norm_backward"
                : form.groups > 1 ? "native_group_norm_backward" : "native_layer_norm_backward",
            [grad.strided, input.strided], out: grad.strided
        ) { base.normalizeBackward(form, centered: centered, gradients, grad: grad, numbers, input) }
    }

    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run(
            "native_batch_norm",
            [input.strided, numbers.weight?.strided, numbers.bias?.strided, nil, nil, nil, nil, nil],
            out: out.strided
        ) {
            base.normalizeChannels(
                form, given: given, eps: eps, meanDType: meanDType, out: out, variance: variance, numbers, input)
        }
    }

    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run("native_batch_norm_backward", [grad.strided, input.strided], out: grad.strided) {
            base.normalizeChannelsBackward(form, given: given, gradients, grad: grad, numbers, input)
        }
    }

    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        run(
            ProfiledBackend.operatorName(of: form.cell), [arrays.gates.strided, arrays.firstHidden.strided],
            flops: ProfiledBackend.recurrentFlops(form, arrays), out: arrays.out.strided
        ) { base.recurrent(form, arrays, lastHidden: lastHidden, lastCell: lastCell) }
    }

    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        run(
            ProfiledBackend.operatorName(of: form.cell) + "_backward", [arrays.gates.strided, arrays.out.strided],
            flops: ProfiledBackend.recurrentFlops(form, arrays), out: gradients.gates.strided
        ) { base.recurrentBackward(form, arrays, gradients) }
    }

    /// Two operations for each product of the hidden states with their weights and with the projection.
    private static func recurrentFlops(_ form: RecurrentForm, _ arrays: RecurrentArrays) -> Int {
        let projection = arrays.projection == nil ? 0 : [2, form.rows, form.hidden, form.state].product
        return [2, form.rows, form.hidden, form.state, form.cell.gates].product.addingUpToMost(projection)
    }

    // MARK: Indexing

    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        run("index", [input, indices.first?.index.strided], out: out) {
            base.indexGet(out: out, input, indices, wraps: wraps)
        }
    }

    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        run("index_put_", [out, indices.first?.index.strided, source, nil], out: out) {
            base.indexPut(mode, out: out, source, indices, wraps: wraps)
        }
    }

    func nonzero(_ input: Dense) -> Strided? {
        run("nonzero", [input.strided], out: input.strided) { base.nonzero(input) }
    }

    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        run("masked_select", [input.strided, mask.strided], out: input.strided) { base.maskedSelect(input, mask: mask) }
    }

    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool {
        run("masked_scatter_", [out.strided, mask.strided, source.strided], out: out.strided) {
            base.maskedScatter(out: out, mask: mask, source: source)
        }
    }

    // MARK: Planes

    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) {
        run("max_pool\(ProfiledBackend.dimensions(of: input))d_with_indices", [input.strided], out: values.strided) {
            base.maxPool(values: values, indices: indices, input, windows)
        }
    }

    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) {
        run("avg_pool\(ProfiledBackend.dimensions(of: input))d", [input.strided], out: out.strided) {
            base.avgPool(out: out, input, windows, divisor)
        }
    }

    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool {
        run("avg_pool\(ProfiledBackend.dimensions(of: grad))d_backward", [grad.strided], out: out.strided) {
            base.avgPoolBackward(out: out, grad: grad, windows, divisor)
        }
    }

    /// The number of dimensions in the name of a pooling of planes [outer, depth, height, width, inner].
    private static func dimensions(of planes: Dense) -> Int { planes.layout.sizes[1] == 1 ? 2 : 3 }

    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool {
        run("max_pool2d_with_indices_backward", [grad.strided, indices.strided], out: out.strided) {
            base.planeScatter(out: out, grad: grad, indices: indices)
        }
    }

    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool {
        run(adjoint ? "upsample_backward" : "upsample", [input.strided], out: out.strided) {
            base.resample(out: out, input, axes, adjoint: adjoint)
        }
    }

    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) {
        run("grid_sampler_2d", [input.strided, grid.strided, nil, nil, nil], out: out.strided) {
            base.gridSample(out: out, input, grid: grid, options)
        }
    }

    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool {
        run("grid_sampler_2d_backward", [grad.strided, input.strided, grid.strided], out: grad.strided) {
            base.gridSampleBackward(inputGrad: inputGrad, gridGrad: gridGrad, grad: grad, input, grid: grid, options)
        }
    }

    // MARK: Optimizers

    func sgd(_ list: [SGDTensors], first: Bool, _ options: SGDStep) {
        run("_fused_sgd_", [], out: list.first?.parameter.strided) { base.sgd(list, first: first, options) }
    }

    func adam(_ list: [AdamTensors], _ options: AdamStep) {
        run(options.decoupled ? "_fused_adamw_" : "_fused_adam_", [], out: list.first?.parameter.strided) {
            base.adam(list, options)
        }
    }
}

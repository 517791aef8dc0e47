import CTorchKernels

/// The device `meta`: memory that is only counted. Nothing is computed, so operators give the shape, strides and dtype
/// of their results at once, whatever their size. What needs the data raises PyTorch's error. PyTorch:
/// `torch.device("meta")`.
final class MetaBackend: Backend {
    func allocate(byteCount: Int) -> Storage? { Storage(countingBytes: byteCount) }
    var memoryCounts: MemoryCounts { MemoryCounts() }
    func resetPeakMemory() {}
    func emptyCache() {}

    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool { true }
    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool { true }
    func copy(out: Strided, _ source: Strided) {}
    func cat(out: Strided, _ sources: [Strided], dim: Int) {}
    func fill(out: Strided, _ value: Scalar) {}
    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) {}
    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {}
    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool { true }

    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool { true }
    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool { true }
    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool { true }
    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool { true }
    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool { true }

    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool { true }
    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool { true }
    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool { true }
    func sortRows(order: Indices, _ input: Dense) -> Bool { true }
    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int {
        needsData("_unique2")
        return 0
    }

    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool { true }
    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool { true }

    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool { true }
    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool {
        true
    }
    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) {}
    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool { true }

    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool { true }
    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool { true }
    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool { true }
    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool { true }
    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool { true }

    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { true }
    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { true }
    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { true }
    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { true }

    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        true
    }
    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        true
    }

    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool { true }
    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        true
    }
    func nonzero(_ input: Dense) -> Strided? {
        needsData("nonzero")
        return nil
    }
    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        needsData("masked_select")
        return nil
    }
    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool { true }
    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {}

    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool { true }

    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) {}
    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) {}
    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool { true }
    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool { true }
    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool { true }
    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) {}
    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool { true }

    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool { true }

    func sgd(_ list: [SGDTensors], first: Bool, _ options: SGDStep) {}
    func adam(_ list: [AdamTensors], _ options: AdamStep) {}

    /// Raises the error of an operator whose result's shape depends on the data.
    private func needsData(_ name: String) {
        raise(
            .notImplemented,
            "aten::\(name): attempted to run this operator with Meta tensors, but there was no fake impl or Meta kernel registered."
        )
    }
}

import CTorchKernels

/// The backend of one CUDA device: plans in Swift, loops in kernels. All work goes to the thread's current stream, and
/// nothing waits for it, except where Swift needs an answer.
///
/// A primitive that has no kernel yet raises a sentence with its name.
final class CUDABackend: Backend {
    let context: CUDAContext
    let device: Device

    init(_ context: CUDAContext) {
        self.context = context
        device = .cuda(context.device)
    }

    // MARK: Memory

    func allocate(byteCount: Int) -> Storage? {
        CUDAMemory(context, byteCount).map { Storage($0, byteCount: byteCount) }
    }

    func outOfMemory(byteCount: Int) -> TorchError { context.outOfMemory(byteCount) }

    var memoryCounts: MemoryCounts {
        let statistics = context.allocator.statistics
        return MemoryCounts(
            allocated: statistics.allocatedBytes.all.current, maxAllocated: statistics.allocatedBytes.all.peak,
            reserved: statistics.reservedBytes.all.current, maxReserved: statistics.reservedBytes.all.peak)
    }
    func resetPeakMemory() { context.allocator.resetPeaks() }
    func emptyCache() { context.allocator.emptyCache() }

    /// Calls `body` with memory that only the work launched in it uses. Raises and returns false if there is none.
    func withScratch(_ byteCount: Int, _ body: (UInt64) throws -> Void) throws {
        guard let memory = CUDAMemory(context, byteCount) else { throw context.outOfMemory(byteCount) }
        try body(memory.address)
        // The stream's order keeps the memory until the kernels have ended.
        withExtendedLifetime(memory) {}
    }

    // MARK: Operands

    /// Throws if memory is of another device.
    func check(_ operands: Strided?...) throws {
        for operand in operands {
            if let operand, operand.storage.device != device { throw otherDevice(operand.storage.device) }
        }
    }

    func otherDevice(_ other: Device) -> TorchError {
        TorchError(.runtime, "Tensor on device \(other) is not on the expected device \(device)!")
    }

    /// Raises the error of a primitive that has no kernel yet. Returns false.
    @discardableResult
    func missing(_ primitive: StaticString) -> Bool {
        raise(.notImplemented, "\(primitive) has no kernel for the device \(device) yet; use Tensor.cpu() for it")
        return false
    }

    // MARK: Primitives that have no kernel yet

    func cat(out: Strided, _ sources: [Strided], dim: Int) {
        // One copy a source.
        var start = 0
        for source in sources {
            let offset = out.layout.offset + start * out.layout.strides[dim]
            var sizes = out.layout.sizes
            sizes[dim] = source.layout.sizes[dim]
            start += sizes[dim]
            copy(
                out: Strided(
                    storage: out.storage, layout: Layout(sizes, strides: out.layout.strides, offset: offset),
                    dtype: out.dtype), source)
        }
    }

    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) { missing("triangle") }
    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) { missing("assemble") }
    func draw(_ distribution: Distribution, out: Dense, from generator: Generator) -> Bool { missing("draw") }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        missing("moments")
    }
    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool { missing("reducePower") }
    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool { missing("scan") }

    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool { missing("fourier") }
    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool { missing("decompose") }
    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool { missing("spectra") }

    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool { missing("sort") }
    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool { missing("topk") }
    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool {
        missing("select")
    }
    func sortRows(order: Indices, _ input: Dense) -> Bool { missing("sortRows") }
    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int {
        missing("runs")
        return 0
    }

    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) { missing("ctcLoss") }
    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool { missing("ctcLossBackward") }

    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool { missing("attention") }
    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool { missing("attentionBackward") }

    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { missing("normalize") }
    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { missing("normalizeBackward") }
    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { missing("normalizeChannels") }
    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool { missing("normalizeChannelsBackward") }

    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool {
        missing("recurrent")
    }
    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool {
        missing("recurrentBackward")
    }

    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        missing("indexPut")
        return true
    }
    func nonzero(_ input: Dense) -> Strided? {
        missing("nonzero")
        return nil
    }
    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        missing("maskedSelect")
        return nil
    }
    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool {
        missing("maskedScatter")
        return true
    }
    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {
        missing("searchsorted")
    }

    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) { missing("maxPool") }
    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) { missing("avgPool") }
    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool {
        missing("avgPoolBackward")
    }
    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool { missing("planeScatter") }
    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool { missing("resample") }
    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) { missing("gridSample") }
    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool { missing("gridSampleBackward") }

    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool { missing("convolution") }
}

/// A block of a CUDA device's memory.
final class CUDAMemory: DeviceMemory {
    let address: UInt64
    let device: Device
    private let context: CUDAContext
    private let block: CachingAllocator.Block?

    /// Returns nil if the device has no memory. No bytes need none.
    init?(_ context: CUDAContext, _ byteCount: Int) {
        self.context = context
        block = byteCount == 0 ? nil : context.allocator.allocate(byteCount, stream: context.currentStream)
        if byteCount > 0, block == nil { return nil }
        address = block?.address ?? 0
        device = .cuda(context.device)
    }

    func resized(to byteCount: Int, keeping kept: Int) -> (any DeviceMemory)? {
        guard let other = CUDAMemory(context, byteCount) else { return nil }
        CUDAContext.attempt { try context.copy(other.address, address, kept) }
        return other
    }

    func record(stream: Int) {
        if let block { context.allocator.record(block, stream: stream) }
    }

    deinit {
        if let block { context.allocator.free(block) }
    }
}

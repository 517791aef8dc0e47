/// How `linearCrossEntropy` cuts its batch into chunks, so that the logits of all rows are never in memory at once.
/// PyTorch: `torch.nn.LinearCrossEntropyOptions`.
///
/// PyTorch's `acc_policy` and `acc_dtype` choose where half types are widened; here sums of half types are always
/// float32.
public struct LinearCrossEntropyOptions: Sendable, Hashable {
    /// Whether `backward(retainGraph: true)` may be called, which costs a copy of the gradients. If false, a second
    /// backward raises. It does not matter for the reduction `none`, whose backward computes the logits again.
    public var allowRetainGraph: Bool
    /// The rows of one chunk; nil to follow `chunkingMethod`.
    public var batchChunkSize: Int?
    /// How the rows of a chunk are found.
    public var chunkingMethod: ChunkingMethod?

    /// A rule for the rows of a chunk.
    public enum ChunkingMethod: Sendable, Hashable {
        /// Like `aspectRatio()`, with chunks small enough that the peak memory never exceeds that of whole logits.
        case auto
        /// The logits of a chunk take as much memory as the input, or that divided by a factor of at least 1.
        case aspectRatio(_ factor: Int = 1)
    }

    /// Creates options.
    /// - Precondition: `batchChunkSize` and the factor of `chunkingMethod` are positive.
    public init(
        allowRetainGraph: Bool = false, batchChunkSize: Int? = nil, chunkingMethod: ChunkingMethod? = .auto
    ) {
        self.allowRetainGraph = allowRetainGraph
        self.batchChunkSize = batchChunkSize
        self.chunkingMethod = chunkingMethod
        if let size = batchChunkSize, size <= 0 {
            raise(.value, "batch_chunk_size must be positive int or None, got \(size)")
        }
        if case .aspectRatio(let factor) = chunkingMethod, factor <= 0 {
            raise(.value, "invalid chunking_method: 'aspect_ratio:\(factor)'")
        }
    }

    /// Returns the rows of a chunk. Raises and returns nil if the size and the method contradict each other.
    func rows(of batch: Int, features: Int, classes: Int, dtype: DType, isOfProbabilities: Bool) -> Int? {
        let given = Swift.min(Swift.max(batchChunkSize ?? batch, 1), Swift.max(batch, 1))
        let isAuto = chunkingMethod == .auto
        guard let method = isAuto && batchChunkSize != nil ? nil : chunkingMethod, batch > 0 else { return given }
        var factor = 1
        if case .aspectRatio(let f) = method { factor = Swift.max(f, 1) }
        let (width, many) = (Swift.max(features, 1), Swift.max(classes, 1))
        let target = (batch - 1) / ((many - 1) / width + 1) + 1
        var rows = Swift.min(LinearCrossEntropyOptions.powerOfTwo(from: target) / factor, batch)
        if isAuto, dtype == .float32 || dtype == .float64 {
            let (product, overflow) = batch.multipliedReportingOverflow(by: many)
            let most = isOfProbabilities ? batch / 2 : overflow ? batch : product / width / 4
            rows = Swift.max(1, Swift.min(rows, most >= 1 ? LinearCrossEntropyOptions.powerOfTwo(upTo: most) : 1))
        }
        if let size = batchChunkSize, size != rows {
            raise(
                .value,
                "batch_chunk_size (=\(size)) and chunking_method ('aspect_ratio\(factor == 1 ? "" : ":\(factor)")') give different chunk sizes (\(size) vs \(rows)); pass only one."
            )
            return nil
        }
        return Swift.max(1, rows)
    }

    private static func powerOfTwo(upTo n: Int) -> Int { 1 << (Int.bitWidth - 1 - n.leadingZeroBitCount) }
    private static func powerOfTwo(from n: Int) -> Int { n <= 1 ? 1 : n > 1 << 61 ? n : powerOfTwo(upTo: n - 1) << 1 }
}

extension LinearCrossEntropyOptions {
    /// PyTorch's form of the options, in a module's description.
    var pythonText: String {
        let method =
            switch chunkingMethod {
            case nil: "None"
            case .auto: "'auto'"
            case .aspectRatio(1): "'aspect_ratio'"
            case .aspectRatio(let factor): "'aspect_ratio:\(factor)'"
            }
        return "LinearCrossEntropyOptions(allow_retain_graph=\(allowRetainGraph ? "True" : "False"), "
            + "batch_chunk_size=\(batchChunkSize.map(String.init) ?? "None"), chunking_method=\(method), "
            + "acc_policy='auto', acc_dtype=None)"
    }
}

/// The rows of a table that integers of any shape say: [*] to [*, embeddingDim]. PyTorch: `torch.nn.Embedding`.
///
/// weight [numEmbeddings, embeddingDim] is drawn from a standard normal distribution; the row `paddingIdx` is zero at
/// first and gets no gradient.
public final class Embedding: Module, Layer {
    public let paddingIdx: Int?
    public let maxNorm: Double?
    public let normType: Double
    public let scaleGradByFreq: Bool
    @Parameter public var weight: Tensor

    /// The options are those of `embedding`; a negative `paddingIdx` counts from the end.
    /// - Precondition: the sizes are not negative, and `paddingIdx` is a row.
    public convenience init(
        _ numEmbeddings: Int, _ embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false,
        dtype: DType = defaultDType, device: Device = .cpu
    ) {
        self.init(
            table: Tensor.empty([numEmbeddings, embeddingDim], dtype: dtype, device: device), paddingIdx, maxNorm,
            normType, scaleGradByFreq)
        resetParameters()
    }

    /// A table that is there already, by default not to be trained. PyTorch: `Embedding.from_pretrained`.
    /// - Precondition: `weight` has two dimensions.
    public convenience init(
        pretrained weight: Tensor, freeze: Bool = true, paddingIdx: Int? = nil, maxNorm: Double? = nil,
        normType: Double = 2, scaleGradByFreq: Bool = false
    ) {
        self.init(table: EmbeddingTable.checked(weight), paddingIdx, maxNorm, normType, scaleGradByFreq)
        self.weight.requiresGrad_(!freeze)
    }

    private init(table: Tensor, _ paddingIdx: Int?, _ maxNorm: Double?, _ normType: Double, _ scaleGradByFreq: Bool) {
        self.paddingIdx = EmbeddingTable.row(paddingIdx, of: table, "Padding_idx must be within num_embeddings")
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        weight = table
        super.init()
    }

    /// Draws the table anew. PyTorch: `reset_parameters`.
    public func resetParameters() { EmbeddingTable.draw(weight, paddingIdx) }

    public func forward(_ input: Tensor) -> Tensor {
        embedding(
            input, weight, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType,
            scaleGradByFreq: scaleGradByFreq)
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        return members
    }

    public override var extraRepr: String {
        EmbeddingTable.sizes(weight) + (paddingIdx.map { ", padding_idx=\($0)" } ?? "")
            + EmbeddingTable.options(maxNorm, normType, scaleGradByFreq)
    }
}

/// Sums, means or maxima of bags of a table's rows: [bags, length], or a vector and offsets, to [bags, embeddingDim].
/// PyTorch: `torch.nn.EmbeddingBag`.
///
/// weight [numEmbeddings, embeddingDim] is drawn from a standard normal distribution; the row `paddingIdx` is zero at
/// first, is in no bag and gets no gradient.
public final class EmbeddingBag: Module, Layer {
    public let maxNorm: Double?
    public let normType: Double
    public let scaleGradByFreq: Bool
    public let mode: EmbeddingBagMode
    public let includeLastOffset: Bool
    public let paddingIdx: Int?
    @Parameter public var weight: Tensor

    /// The options are those of `embeddingBag`; a negative `paddingIdx` counts from the end.
    /// - Precondition: the sizes are not negative, and `paddingIdx` is a row.
    public convenience init(
        _ numEmbeddings: Int, _ embeddingDim: Int, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean,
        includeLastOffset: Bool = false, paddingIdx: Int? = nil, dtype: DType = defaultDType, device: Device = .cpu
    ) {
        self.init(
            table: Tensor.empty([numEmbeddings, embeddingDim], dtype: dtype, device: device), maxNorm, normType,
            scaleGradByFreq, mode, includeLastOffset, paddingIdx)
        resetParameters()
    }

    /// A table that is there already, by default not to be trained. PyTorch: `EmbeddingBag.from_pretrained`.
    /// - Precondition: `weight` has two dimensions.
    public convenience init(
        pretrained weight: Tensor, freeze: Bool = true, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false,
        mode: EmbeddingBagMode = .mean, includeLastOffset: Bool = false, paddingIdx: Int? = nil
    ) {
        self.init(
            table: EmbeddingTable.checked(weight), maxNorm, normType, scaleGradByFreq, mode, includeLastOffset,
            paddingIdx)
        self.weight.requiresGrad_(!freeze)
    }

    private init(
        table: Tensor, _ maxNorm: Double?, _ normType: Double, _ scaleGradByFreq: Bool, _ mode: EmbeddingBagMode,
        _ includeLastOffset: Bool, _ paddingIdx: Int?
    ) {
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.mode = mode
        self.includeLastOffset = includeLastOffset
        self.paddingIdx = EmbeddingTable.row(paddingIdx, of: table, "padding_idx must be within num_embeddings")
        weight = table
        super.init()
    }

    /// Draws the table anew. PyTorch: `reset_parameters`.
    public func resetParameters() { EmbeddingTable.draw(weight, paddingIdx) }

    /// The bags of a matrix of integers, one a row.
    public func forward(_ input: Tensor) -> Tensor { forward(input, offsets: nil) }

    /// The bags of a vector of integers, which begin at `offsets`. `perSampleWeights`, in the shape of `input`,
    /// multiply the rows of a sum.
    public func forward(_ input: Tensor, offsets: Tensor?, perSampleWeights: Tensor? = nil) -> Tensor {
        embeddingBag(
            input, weight, offsets: offsets, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq,
            mode: mode, perSampleWeights: perSampleWeights,
            includeLastOffset: includeLastOffset, paddingIdx: paddingIdx)
    }

    /// `forward` with the module's hooks around it.
    public func callAsFunction(_ input: Tensor, _ offsets: Tensor, perSampleWeights: Tensor? = nil) -> Tensor {
        guard hooks != nil else { return forward(input, offsets: offsets, perSampleWeights: perSampleWeights) }
        return withHooks([input, offsets] + (perSampleWeights.map { [$0] } ?? [])) {
            forward($0[0], offsets: $0[1], perSampleWeights: $0.count > 2 ? $0[2] : nil)
        }
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        return members
    }

    public override var extraRepr: String {
        EmbeddingTable.sizes(weight) + EmbeddingTable.options(maxNorm, normType, scaleGradByFreq)
            + ", mode='\(mode.rawValue)'"
            + (paddingIdx.map { ", padding_idx=\($0)" } ?? "")
    }
}

/// What both have in common.
private enum EmbeddingTable {
    /// The table, where it is one.
    static func checked(_ weight: Tensor) -> Tensor {
        if weight.isVoid { return weight }
        return weight.dim == 2 ? weight : fail(.value, "Embeddings parameter is expected to be 2-dimensional")
    }

    /// The row, counted from the front.
    static func row(_ index: Int?, of table: Tensor, _ sentence: String) -> Int? {
        guard let index, !table.isVoid else { return nil }
        let count = table.sizes[0]
        guard index >= -count, index < count else {
            raise(.value, sentence)
            return nil
        }
        return index < 0 ? index + count : index
    }

    static func draw(_ weight: Tensor, _ paddingIdx: Int?) {
        if weight.isVoid { return }
        Init.normal_(weight)
        if let paddingIdx { noGrad { _ = weight.detach().select(0, paddingIdx).zero_() } }
    }

    static func sizes(_ weight: Tensor) -> String { weight.isVoid ? "" : "\(weight.sizes[0]), \(weight.sizes[1])" }

    /// The options that are not PyTorch's own, as it prints them.
    static func options(_ maxNorm: Double?, _ normType: Double, _ scaleGradByFreq: Bool) -> String {
        (maxNorm.map { ", max_norm=\(PythonText.repr($0))" } ?? "")
            + (normType == 2 ? "" : ", norm_type=\(PythonText.repr(normType))")
            + (scaleGradByFreq ? ", scale_grad_by_freq=True" : "")
    }
}

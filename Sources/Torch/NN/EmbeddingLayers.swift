/// Looks up rows of a table: integers of any shape [*] give [*, embeddingDim]. PyTorch: `torch.nn.Embedding`.
///
/// weight [numEmbeddings, embeddingDim] is drawn from a standard normal distribution. The row `paddingIdx` starts as
/// zeros and gets no gradient.
public final class Embedding: Module, Layer {
    /// The row that starts as zeros and gets no gradient.
    public let paddingIdx: Int?
    /// If given, a row that is looked up and has a larger norm is scaled down to this norm.
    public let maxNorm: Double?
    /// The p of the norm for `maxNorm`.
    public let normType: Double
    /// Whether each row's gradient is divided by how often the row was looked up.
    public let scaleGradByFreq: Bool
    /// Whether the gradient of `weight` is a sparse tensor.
    public let sparse: Bool
    /// The table, [numEmbeddings, embeddingDim].
    @Parameter public var weight: Tensor
    /// The number of rows.
    public var numEmbeddings: Int { weight.size(0) }
    /// The length of a row.
    public var embeddingDim: Int { weight.size(1) }

    /// Creates a table with random rows. The options are those of `embedding`. A negative `paddingIdx` counts from the
    /// end.
    /// - Precondition: the sizes are not negative, and `paddingIdx` is a valid row.
    public convenience init(
        _ numEmbeddings: Int, _ embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, sparse: Bool = false, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            table: Tensor.empty([numEmbeddings, embeddingDim], dtype: dtype, device: device), paddingIdx, maxNorm,
            normType, scaleGradByFreq, sparse)
        resetParameters()
    }

    /// Creates an embedding from a given table. By default the table is not trained.
    /// PyTorch: `Embedding.from_pretrained`.
    /// - Precondition: `weight` has two dimensions.
    public convenience init(
        pretrained weight: Tensor, freeze: Bool = true, paddingIdx: Int? = nil, maxNorm: Double? = nil,
        normType: Double = 2, scaleGradByFreq: Bool = false, sparse: Bool = false
    ) {
        self.init(table: EmbeddingTable.checked(weight), paddingIdx, maxNorm, normType, scaleGradByFreq, sparse)
        self.weight.requiresGrad_(!freeze)
    }

    private init(
        table: Tensor, _ paddingIdx: Int?, _ maxNorm: Double?, _ normType: Double, _ scaleGradByFreq: Bool,
        _ sparse: Bool
    ) {
        self.paddingIdx = EmbeddingTable.row(paddingIdx, of: table, "Padding_idx must be within num_embeddings")
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.sparse = sparse
        weight = table
        super.init()
    }

    /// Draws the table again. PyTorch: `reset_parameters`.
    public func resetParameters() { EmbeddingTable.draw(weight, paddingIdx) }

    /// Returns the row of `weight` for each index: [*] becomes [*, embeddingDim].
    public func forward(_ input: Tensor) -> Tensor {
        embedding(
            input, weight, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType,
            scaleGradByFreq: scaleGradByFreq, sparse: sparse)
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        EmbeddingTable.sizes(weight) + (paddingIdx.map { ", padding_idx=\($0)" } ?? "")
            + EmbeddingTable.options(maxNorm, normType, scaleGradByFreq, sparse)
    }
}

/// Looks up rows of a table and reduces each bag of rows to its sum, mean or maximum. The input is [bags, length], or a
/// vector with offsets; the result is [bags, embeddingDim]. PyTorch: `torch.nn.EmbeddingBag`.
///
/// weight [numEmbeddings, embeddingDim] is drawn from a standard normal distribution. The row `paddingIdx` starts as
/// zeros, is left out of the bags and gets no gradient.
public final class EmbeddingBag: Module, Layer {
    /// If given, a row that is looked up and has a larger norm is scaled down to this norm.
    public let maxNorm: Double?
    /// The p of the norm for `maxNorm`.
    public let normType: Double
    /// Whether each row's gradient is divided by how often the row was looked up.
    public let scaleGradByFreq: Bool
    /// Whether the gradient of `weight` is a sparse tensor. The mode must not be maximum.
    public let sparse: Bool
    /// How a bag is reduced: sum, mean or maximum.
    public let mode: EmbeddingBagMode
    /// Whether the last offset is the end of the last bag.
    public let includeLastOffset: Bool
    /// The row that starts as zeros, is left out of the bags and gets no gradient.
    public let paddingIdx: Int?
    /// The table, [numEmbeddings, embeddingDim].
    @Parameter public var weight: Tensor
    /// The number of rows.
    public var numEmbeddings: Int { weight.size(0) }
    /// The length of a row.
    public var embeddingDim: Int { weight.size(1) }

    /// Creates a table with random rows. The options are those of `embeddingBag`. A negative `paddingIdx` counts from
    /// the end.
    /// - Precondition: the sizes are not negative, and `paddingIdx` is a valid row.
    public convenience init(
        _ numEmbeddings: Int, _ embeddingDim: Int, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean, sparse: Bool = false,
        includeLastOffset: Bool = false, paddingIdx: Int? = nil, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            table: Tensor.empty([numEmbeddings, embeddingDim], dtype: dtype, device: device), maxNorm, normType,
            scaleGradByFreq, mode, sparse, includeLastOffset, paddingIdx)
        resetParameters()
    }

    /// Creates an embedding bag from a given table. By default the table is not trained.
    /// PyTorch: `EmbeddingBag.from_pretrained`.
    /// - Precondition: `weight` has two dimensions.
    public convenience init(
        pretrained weight: Tensor, freeze: Bool = true, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false,
        mode: EmbeddingBagMode = .mean, sparse: Bool = false, includeLastOffset: Bool = false, paddingIdx: Int? = nil
    ) {
        self.init(
            table: EmbeddingTable.checked(weight), maxNorm, normType, scaleGradByFreq, mode, sparse, includeLastOffset,
            paddingIdx)
        self.weight.requiresGrad_(!freeze)
    }

    private init(
        table: Tensor, _ maxNorm: Double?, _ normType: Double, _ scaleGradByFreq: Bool, _ mode: EmbeddingBagMode,
        _ sparse: Bool, _ includeLastOffset: Bool, _ paddingIdx: Int?
    ) {
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.mode = mode
        self.sparse = sparse
        self.includeLastOffset = includeLastOffset
        self.paddingIdx = EmbeddingTable.row(paddingIdx, of: table, "padding_idx must be within num_embeddings")
        weight = table
        super.init()
    }

    /// Draws the table again. PyTorch: `reset_parameters`.
    public func resetParameters() { EmbeddingTable.draw(weight, paddingIdx) }

    /// Reduces the bags of an integer matrix: each row is a bag.
    public func forward(_ input: Tensor) -> Tensor { forward(input, offsets: nil) }

    /// Reduces the bags of an integer vector: bags begin at `offsets`. `perSampleWeights`, of the shape of `input`,
    /// multiplies the rows; the mode must be sum.
    public func forward(_ input: Tensor, offsets: Tensor?, perSampleWeights: Tensor? = nil) -> Tensor {
        embeddingBag(
            input, weight, offsets: offsets, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq,
            mode: mode, sparse: sparse, perSampleWeights: perSampleWeights,
            includeLastOffset: includeLastOffset, paddingIdx: paddingIdx)
    }

    /// Calls `forward` and the module's hooks.
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

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        EmbeddingTable.sizes(weight) + EmbeddingTable.options(maxNorm, normType, scaleGradByFreq, sparse)
            + ", mode='\(mode.rawValue)'"
            + (paddingIdx.map { ", padding_idx=\($0)" } ?? "")
    }
}

/// The common parts of `Embedding` and `EmbeddingBag`.
private enum EmbeddingTable {
    /// Returns the table. Raises an error if it does not have two dimensions.
    static func checked(_ weight: Tensor) -> Tensor {
        if weight.isVoid { return weight }
        return weight.dim == 2 ? weight : fail(.value, "Embeddings parameter is expected to be 2-dimensional")
    }

    /// Returns the row counted from the front. Raises `sentence` and returns nil if it is out of range.
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

    /// The options that differ from PyTorch's defaults, as PyTorch prints them.
    static func options(_ maxNorm: Double?, _ normType: Double, _ scaleGradByFreq: Bool, _ sparse: Bool) -> String {
        (maxNorm.map { ", max_norm=\(PythonText.repr($0))" } ?? "")
            + (normType == 2 ? "" : ", norm_type=\(PythonText.repr(normType))")
            + (scaleGradByFreq ? ", scale_grad_by_freq=True" : "") + (sparse ? ", sparse=True" : "")
    }
}

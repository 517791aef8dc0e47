import Foundation

/// The distribution of the sum of x xᵀ over as many normal vectors x as there are degrees of freedom.
/// PyTorch: `torch.distributions.Wishart`.
public final class Wishart: ExponentialFamily {
    private var chi2 = Chi2(1, validateArgs: false)

    /// Creates Wishart distributions with covariance matrices of the vectors.
    public convenience init(_ df: some TensorOperand, covarianceMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(df.operand, "covariance_matrix", covarianceMatrix, validateArgs) { linalg.cholesky($0) }
    }

    /// Creates Wishart distributions with the inverses of covariance matrices.
    public convenience init(_ df: some TensorOperand, precisionMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(df.operand, "precision_matrix", precisionMatrix, validateArgs) { $0.precisionToScaleTril() }
    }

    /// Creates Wishart distributions with lower Cholesky factors of covariance matrices.
    public convenience init(_ df: some TensorOperand, scaleTril: Tensor, validateArgs: Bool? = nil) {
        self.init(df.operand, "scale_tril", scaleTril, validateArgs) { $0 }
    }

    /// Same as `init(_:covarianceMatrix:validateArgs:)`.
    public convenience init(df: some TensorOperand, covarianceMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(df, covarianceMatrix: covarianceMatrix, validateArgs: validateArgs)
    }

    /// Same as `init(_:precisionMatrix:validateArgs:)`.
    public convenience init(df: some TensorOperand, precisionMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(df, precisionMatrix: precisionMatrix, validateArgs: validateArgs)
    }

    /// Same as `init(_:scaleTril:validateArgs:)`.
    public convenience init(df: some TensorOperand, scaleTril: Tensor, validateArgs: Bool? = nil) {
        self.init(df, scaleTril: scaleTril, validateArgs: validateArgs)
    }

    private convenience init(
        _ df: Tensor, _ name: String, _ matrix: Tensor, _ validateArgs: Bool?, factor: (Tensor) -> Tensor
    ) {
        if matrix.dim < 2 {
            raise(.value, "scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        }
        let own = Array(matrix.sizes.dropLast(2)), event = Array(matrix.sizes.suffix(2)), n = event.last ?? 1
        let batch = df.isNumber ? own : broadcastShapes(own, df.sizes).sizes
        let count = df.numberValue.map { matrix.filled([], $0.doubleValue) } ?? df.expand(batch)
        if noGrad({ count.le(n - 1).any().isTrue(ifUnknown: false) }) {
            raise(.value, "Value of df=\(df) expected to be greater than ndim - 1 = \(n - 1).")
        }
        if noGrad({ count.lt(n).any().isTrue(ifUnknown: false) }) {
            warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.")
        }
        self.init(
            batchShape: Size(batch), eventShape: Size(event),
            parameters: ["df": count, name: matrix.expand(batch + [-1, -1])], validateArgs: validateArgs)
        fields["_unbroadcasted_scale_tril"] = factor(matrix)
        chi2 = chiSquares()
    }

    /// The squares of the diagonal of Bartlett's factor.
    private func chiSquares() -> Chi2 {
        let n = eventShape.sizes.last ?? 1
        let steps = Tensor.arange(n, dtype: factor.dtype, device: factor.device)
        return Chi2(df.unsqueeze(-1) - steps.expand(batchShape.sizes + [-1]))
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = super.expand(batchShape)
        new.fields["df"] = df.expand(batchShape)
        new.fields["_unbroadcasted_scale_tril"] = factor.expand(batchShape + eventShape.sizes)
        new.chi2 = new.chiSquares()
        return new
    }

    /// The factor as it was given or computed, without the batch dimensions of the degrees of freedom.
    private var factor: Tensor { field("_unbroadcasted_scale_tril") }
    private var matrixShape: [Int] { batchShape.sizes + eventShape.sizes }
    private var p: Int { eventShape.sizes.last ?? 1 }

    /// The degrees of freedom.
    public var df: Tensor { field("df") }
    /// The lower Cholesky factor of the covariance.
    public var scaleTril: Tensor { field("scale_tril") { factor.expand(matrixShape) } }
    /// The covariance matrix.
    public var covarianceMatrix: Tensor {
        field("covariance_matrix") { factor.matmul(factor.transpose(-2, -1)).expand(matrixShape) }
    }
    /// The inverse of the covariance matrix.
    public var precisionMatrix: Tensor {
        field("precision_matrix") {
            Tensor.eye(p, dtype: factor.dtype, device: factor.device).choleskySolve(factor).expand(matrixShape)
        }
    }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        [
            "covariance_matrix": .positiveDefinite, "precision_matrix": .positiveDefinite,
            "scale_tril": .lowerCholesky, "df": .greaterThan(p - 1)
        ]
    }
    public override var support: Constraint { .positiveDefinite }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { df.view(batchShape.sizes + [1, 1]) * covarianceMatrix }
    public override var mode: Tensor {
        let count = df - p - 1
        return count.maskedFill(count.le(0), Double.nan).view(batchShape.sizes + [1, 1]) * covarianceMatrix
    }
    public override var variance: Tensor {
        let v = covarianceMatrix, diagonal = v.diagonal(dim1: -2, dim2: -1)
        return df.view(batchShape.sizes + [1, 1])
            * (v.pow(2) + einsum("...i,...j->...ij", diagonal, diagonal))
    }

    /// Bartlett's decomposition: a triangle of normal numbers with chi-distributed numbers on the diagonal.
    private func bartlett(_ shape: [Int]) -> Tensor {
        let diagonal = chi2.rsample(shape).sqrt()
        let noise = diagonal.clamp(min: diagonal.dtype.epsilon).diagEmbed(dim1: -2, dim2: -1)
        if noise.isVoid { return noise }
        let below = diagonal.normalDraws(shape + batchShape.sizes + [p * (p - 1) / 2])
        var lower = noise.newZeros(noise.sizes)
        if p > 1 { lower = below.lowerTriangleMatrix(diagonal: -1) }
        let factor = factor.matmul(noise + lower)
        return factor.matmul(factor.transpose(-2, -1))
    }

    /// PyTorch draws again where the first draw is positive-definite, not where it is singular, and says that it was.
    /// The same happens here, so that the draws are the same.
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        rsample(shape, maxTryCorrection: 10)
    }

    /// Returns draws with gradients, of which some are drawn again up to `maxTryCorrection` times.
    public func rsample(_ shape: [Int] = [], maxTryCorrection: Int) -> Tensor {
        var sample = bartlett(shape)
        let dims = Array((-batchShape.count)..<0)
        func isAny(_ mask: Tensor) -> Tensor { dims.isEmpty ? mask : mask.amax(dims) }
        var again = isAny(noGrad { support.check(sample.detach()) })
        guard again.any().isTrue(ifUnknown: false) else { return sample }
        warn("Singular sample detected.")
        for _ in 0..<maxTryCorrection {
            let new = bartlett(again[again].sizes)
            if anyVoid(sample, new) { return .void }
            if sample.requiresGrad { sample = sample.clone() }
            sample[again] = new
            let isSingular = isAny(noGrad { support.check(new.detach()).logicalNot() })
            again = again.clone()
            again[again.clone()] = isSingular
            if !again.any().isTrue(ifUnknown: false) { break }
        }
        return sample
    }

    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let n = df, first = factor.halfLogDeterminant + Double(p) * log(2.0) / 2
        let determinant = (n - p - 1) / 2 * value.slogdet().logabsdet
        let trace = value.choleskySolve(factor).diagonal(dim1: -2, dim2: -1).sum(-1) / 2
        return -n * first - (n / 2).mvlgamma(p) + determinant - trace
    }
    public override func entropy() -> Tensor {
        let n = df, first = factor.halfLogDeterminant + Double(p) * log(2.0) / 2
        let digamma = (n / 2).unsqueeze(-1) - Tensor.arange(p, dtype: n.dtype, device: n.device).div(2)
        let slope = (n - p - 1) / 2 * digamma.digamma().sum(-1)
        return (p + 1) * first + (n / 2).mvlgamma(p) - slope + n * p / 2
    }

    public override var meanCarrierMeasure: Double? { 0 }
    public override var naturalParams: [Tensor] { [-precisionMatrix / 2, (df - p - 1) / 2] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor {
        let half = Double(p + 1) / 2, count = params[1] + half
        let determinant = (-2 * params[0]).slogdet().logabsdet
        return count * (log(2.0) * Double(p) - determinant) + count.mvlgamma(p)
    }
}

/// The distribution of Cholesky factors of correlation matrices, of Lewandowski, Kurowicka and Joe.
/// PyTorch: `torch.distributions.LKJCholesky`.
public final class LKJCholesky: Distribution {
    private var beta = Beta(1, 1, validateArgs: false)

    /// Creates distributions of `dim` × `dim` matrices with a concentration.
    public convenience init(_ dim: Int, concentration: some TensorOperand = 1.0, validateArgs: Bool? = nil) {
        if dim < 2 {
            raise(.value, "Expected dim to be an integer greater than or equal to 2. Found dim=\(dim).")
        }
        let value = Self.broadcastAll(concentration)[0], n = max(dim, 2)
        let steps = Tensor.arange(n - 1, dtype: value.dtype, device: value.device)
        let offset = cat([steps.newZeros([1]), steps])
        let beta = Beta(offset + 0.5, (value + 0.5 * Double(n - 2)).unsqueeze(-1) - 0.5 * offset)
        self.init(
            batchShape: Size(value.sizes), eventShape: [n, n], parameters: ["concentration": value],
            validateArgs: validateArgs)
        self.beta = beta
    }

    /// Same as `init(_:concentration:validateArgs:)`.
    public convenience init(dim: Int, concentration: some TensorOperand = 1.0, validateArgs: Bool? = nil) {
        self.init(dim, concentration: concentration, validateArgs: validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = super.expand(batchShape)
        new.beta = beta.expand(batchShape + [dim])
        return new
    }

    /// The number of rows.
    public var dim: Int { eventShape.sizes.last ?? 2 }
    /// The concentration.
    public var concentration: Tensor { field("concentration") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["concentration": .positive] }
    public override var support: Constraint { .corrCholesky }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad {
            let y = beta.sample(shape).unsqueeze(-1)
            let normal = y.normalDraws(extendedShape(shape)).tril(-1)
            let direction = normal / normal.norm(dim: -1, keepdim: true)
            if direction.isVoid { return .void }
            direction.select(-2, 0).fill_(0)
            let w = y.sqrt() * direction
            let diagonal = (1 - w.pow(2).sum(-1)).clamp(min: w.dtype.smallestNormal).sqrt()
            return w + diagonal.diagEmbed()
        }
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let diagonal = value.diagonal(dim1: -1, dim2: -2)[.ellipsis, 1...]
        let steps = Tensor.arange(2, dim + 1, device: concentration.device)
        let order = 2 * (concentration - 1).unsqueeze(-1) + dim - steps
        let unnormalized = (order * diagonal.log()).sum(-1)
        let rest = dim - 1, alpha = concentration + 0.5 * Double(rest)
        let constant = 0.5 * Double(rest) * log(Double.pi)
        return unnormalized - (constant + (alpha - 0.5).mvlgamma(rest) - alpha.lgamma() * rest)
    }
}

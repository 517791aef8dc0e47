import Foundation

/// The normal distribution of vectors with a mean and a covariance matrix, a precision matrix (its inverse) or a lower
/// Cholesky factor. PyTorch: `torch.distributions.MultivariateNormal`.
public final class MultivariateNormal: Distribution {
    /// Creates normal distributions with covariance matrices.
    public convenience init(_ loc: Tensor, covarianceMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, "covariance_matrix", covarianceMatrix, validateArgs) { linalg.cholesky($0) }
    }

    /// Creates normal distributions with the inverses of covariance matrices.
    public convenience init(_ loc: Tensor, precisionMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, "precision_matrix", precisionMatrix, validateArgs) { $0.precisionToScaleTril() }
    }

    /// Creates normal distributions with lower Cholesky factors of covariance matrices.
    public convenience init(_ loc: Tensor, scaleTril: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, "scale_tril", scaleTril, validateArgs) { $0 }
    }

    /// Same as `init(_:covarianceMatrix:validateArgs:)`.
    public convenience init(loc: Tensor, covarianceMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, covarianceMatrix: covarianceMatrix, validateArgs: validateArgs)
    }

    /// Same as `init(_:precisionMatrix:validateArgs:)`.
    public convenience init(loc: Tensor, precisionMatrix: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, precisionMatrix: precisionMatrix, validateArgs: validateArgs)
    }

    /// Same as `init(_:scaleTril:validateArgs:)`.
    public convenience init(loc: Tensor, scaleTril: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, scaleTril: scaleTril, validateArgs: validateArgs)
    }

    private convenience init(
        _ loc: Tensor, _ name: String, _ matrix: Tensor, _ validateArgs: Bool?, factor: (Tensor) -> Tensor
    ) {
        if loc.dim < 1 { raise(.value, "loc must be at least one-dimensional.") }
        if matrix.dim < 2 {
            raise(
                .value,
                "\(name == "scale_tril" ? "scale_tril matrix" : name) must be at least two-dimensional, with optional leading batch dimensions"
            )
        }
        let batch = broadcastShapes(Array(matrix.sizes.dropLast(2)), Array(loc.sizes.dropLast())).sizes
        let loc = loc.expand(batch + [-1])
        self.init(
            batchShape: Size(batch), eventShape: Size(Array(loc.sizes.suffix(1))),
            parameters: ["loc": loc, name: matrix.expand(batch + [-1, -1])], validateArgs: validateArgs)
        fields["_unbroadcasted_scale_tril"] = factor(matrix)
    }

    /// The factor as it was given or computed, without the batch dimensions of the mean.
    var factor: Tensor { field("_unbroadcasted_scale_tril") }
    private var matrixShape: [Int] { batchShape.sizes + eventShape.sizes + eventShape.sizes }

    /// The mean.
    public var loc: Tensor { field("loc") }
    /// The lower Cholesky factor of the covariance.
    public var scaleTril: Tensor { field("scale_tril") { factor.expand(matrixShape) } }
    /// The covariance matrix.
    public var covarianceMatrix: Tensor {
        field("covariance_matrix") { factor.matmul(factor.mT).expand(matrixShape) }
    }
    /// The inverse of the covariance matrix.
    public var precisionMatrix: Tensor {
        field("precision_matrix") { factor.choleskyInverse().expand(matrixShape) }
    }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        [
            "loc": .realVector, "covariance_matrix": .positiveDefinite, "precision_matrix": .positiveDefinite,
            "scale_tril": .lowerCholesky
        ]
    }
    public override var support: Constraint { .realVector }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { loc }
    public override var mode: Tensor { loc }
    public override var variance: Tensor { factor.pow(2).sum(-1).expand(extendedShape()) }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        loc + factor.timesVector(loc.normalDraws(extendedShape(shape)))
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let distance = factor.mahalanobis(value - loc), constant = Double(eventShape[0]) * log(2 * Double.pi)
        return -0.5 * (constant + distance) - factor.halfLogDeterminant
    }
    public override func entropy() -> Tensor {
        let constant = 0.5 * Double(eventShape[0]) * (1 + log(2 * Double.pi))
        return (factor.halfLogDeterminant + constant).expand(batchShape.sizes)
    }
}

/// The normal distribution of vectors with a covariance matrix of low rank plus a diagonal: W Wᵀ + diag(D).
/// PyTorch: `torch.distributions.LowRankMultivariateNormal`.
public final class LowRankMultivariateNormal: Distribution {
    /// Creates normal distributions with the factor W and the diagonal D of the covariance.
    public convenience init(_ loc: Tensor, covFactor: Tensor, covDiag: Tensor, validateArgs: Bool? = nil) {
        let event = Size(Array(loc.sizes.suffix(1)))
        if loc.dim < 1 {
            raise(.value, "loc must be at least one-dimensional.")
        } else if covFactor.dim < 2 {
            raise(.value, "cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        } else if covFactor.sizes[covFactor.dim - 2] != event[0] {
            raise(.value, "cov_factor must be a batch of matrices with shape \(event[0]) x m")
        } else if Array(covDiag.sizes.suffix(1)) != event.sizes {
            raise(.value, "cov_diag must be a batch of vectors with shape \(event)")
        }
        var parts = [loc, covFactor, covDiag]
        let vectors = Layout.broadcast(loc.sizes + [1], covDiag.sizes + [1])
        if vectors.flatMap({ Layout.broadcast($0, covFactor.sizes) }) == nil {
            raise(
                .value,
                "Incompatible batch shapes: loc \(loc.shape), cov_factor \(covFactor.shape), cov_diag \(covDiag.shape)")
            parts = parts.map { _ in .void }
        } else {
            parts = broadcastTensors([loc.unsqueeze(-1), covFactor, covDiag.unsqueeze(-1)])
            parts = [parts[0][.ellipsis, 0], parts[1], parts[2][.ellipsis, 0]]
        }
        self.init(
            batchShape: Size(parts[0].sizes.dropLast()), eventShape: event,
            parameters: [
                "loc": parts[0], "cov_factor": parts[1], "cov_diag": parts[2], "_unbroadcasted_cov_factor": covFactor,
                "_unbroadcasted_cov_diag": covDiag
            ], validateArgs: false)
        fields["_capacitance_tril"] = linalg.cholesky(
            (covFactor.mT / covDiag.unsqueeze(-2)).matmul(covFactor).plusIdentity())
        validate(validateArgs)
    }

    /// Same as `init(_:covFactor:covDiag:validateArgs:)`.
    public convenience init(loc: Tensor, covFactor: Tensor, covDiag: Tensor, validateArgs: Bool? = nil) {
        self.init(loc, covFactor: covFactor, covDiag: covDiag, validateArgs: validateArgs)
    }

    /// The mean.
    public var loc: Tensor { field("loc") }
    /// The factor of the covariance, of low rank.
    public var covFactor: Tensor { field("cov_factor") }
    /// The diagonal of the covariance.
    public var covDiag: Tensor { field("cov_diag") }

    var factor: Tensor { field("_unbroadcasted_cov_factor") }
    var diagonal: Tensor { field("_unbroadcasted_cov_diag") }
    /// The Cholesky factor of I + Wᵀ D⁻¹ W.
    var capacitance: Tensor { field("_capacitance_tril") }
    private var matrixShape: [Int] { batchShape.sizes + eventShape.sizes + eventShape.sizes }

    /// The lower Cholesky factor of the covariance.
    public var scaleTril: Tensor {
        field("scale_tril") {
            let root = diagonal.sqrt().unsqueeze(-1), scaled = factor / root
            return (root * linalg.cholesky(scaled.matmul(scaled.mT).plusIdentity())).expand(matrixShape)
        }
    }
    /// The covariance matrix.
    public var covarianceMatrix: Tensor {
        field("covariance_matrix") { (factor.matmul(factor.mT) + diagonal.diagEmbed()).expand(matrixShape) }
    }
    /// The inverse of the covariance matrix.
    public var precisionMatrix: Tensor {
        field("precision_matrix") {
            let a = linalg.solveTriangular(capacitance, factor.mT / diagonal.unsqueeze(-2), upper: false)
            return (diagonal.reciprocal().diagEmbed() - a.mT.matmul(a)).expand(matrixShape)
        }
    }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        [
            "loc": .realVector, "cov_factor": .independent(.real, 2), "cov_diag": .independent(.positive, 1)
        ]
    }
    public override var support: Constraint { .realVector }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { loc }
    public override var mode: Tensor { loc }
    public override var variance: Tensor { (factor.pow(2).sum(-1) + diagonal).expand(extendedShape()) }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        let shape = extendedShape(shape)
        let first = loc.normalDraws(shape.dropLast() + covFactor.sizes.suffix(1)), second = loc.normalDraws(shape)
        return loc + factor.timesVector(first) + diagonal.sqrt() * second
    }

    var logDeterminant: Tensor { 2 * capacitance.halfLogDeterminant + diagonal.log().sum(-1) }

    func mahalanobis(_ x: Tensor) -> Tensor {
        let inner = (factor.mT / diagonal.unsqueeze(-2)).timesVector(x)
        return (x.pow(2) / diagonal).sum(-1) - capacitance.mahalanobis(inner)
    }

    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let constant = Double(eventShape[0]) * log(2 * Double.pi)
        return -0.5 * (constant + logDeterminant + mahalanobis(value - loc))
    }
    public override func entropy() -> Tensor {
        let constant = Double(eventShape[0]) * (1 + log(2 * Double.pi))
        return (0.5 * (constant + logDeterminant)).expand(batchShape.sizes)
    }
}

extension Tensor {
    fileprivate func plusIdentity() -> Tensor {
        isVoid ? self : self + Tensor.eye(sizes[dim - 1], dtype: dtype, device: device)
    }
}

import Foundation

// Divergences of two distributions of one class.

extension KLTable {
    static let ownFamilies: [Entry] = [
        Entry(Bernoulli.self, Bernoulli.self) { p, q in
            let t1 = p.probs * ((-q.logits).softplus() - (-p.logits).softplus())
            let t2 = (1 - p.probs) * (q.logits.softplus() - p.logits.softplus())
            return t1.maskedFill(q.probs.eq(0), Double.infinity).maskedFill(p.probs.eq(0), 0)
                + t2.maskedFill(q.probs.eq(1), Double.infinity).maskedFill(p.probs.eq(1), 0)
        },
        Entry(Beta.self, Beta.self) { p, q in
            let (p1, p0) = (p.concentration1, p.concentration0), (q1, q0) = (q.concentration1, q.concentration0)
            let sumP = p1 + p0, sumQ = q1 + q0
            let t1 = q1.lgamma() + q0.lgamma() + sumP.lgamma(), t2 = p1.lgamma() + p0.lgamma() + sumQ.lgamma()
            let t3 = (p1 - q1) * p1.digamma(), t4 = (p0 - q0) * p0.digamma(), t5 = (sumQ - sumP) * sumP.digamma()
            return t1 - t2 + t3 + t4 + t5
        },
        Entry(Binomial.self, Binomial.self) { p, q in
            if noGrad({ p.totalCount.lt(q.totalCount).any().isTrue(ifUnknown: false) }) {
                return fail(
                    .notImplemented,
                    "KL between Binomials where q.total_count > p.total_count is not implemented")
            }
            let trial = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
            return (p.totalCount * trial).maskedFill(p.totalCount.gt(q.totalCount), Double.infinity)
        },
        Entry(Categorical.self, Categorical.self) { p, q in categorical(p, q) },
        Entry(OneHotCategorical.self, OneHotCategorical.self) { p, q in categorical(p.categorical, q.categorical) },
        Entry(ContinuousBernoulli.self, ContinuousBernoulli.self) { p, q in
            let t1 = p.mean * (p.logits - q.logits), t2 = p.logNorm + (-p.probs).log1p()
            return t1 + t2 + (-q.logNorm - (-q.probs).log1p())
        },
        Entry(Dirichlet.self, Dirichlet.self) { p, q in
            let a = p.concentration, b = q.concentration, sum = a.sum(-1)
            let t1 = sum.lgamma() - b.sum(-1).lgamma(), t2 = (a.lgamma() - b.lgamma()).sum(-1)
            let t4 = a.digamma() - sum.digamma().unsqueeze(-1)
            return t1 - t2 + ((a - b) * t4).sum(-1)
        },
        Entry(Exponential.self, Exponential.self) { p, q in
            let ratio = q.rate / p.rate
            return -ratio.log() + ratio - 1
        },
        Entry(ExponentialFamily.self, ExponentialFamily.self) { p, q in
            guard type(of: p) == type(of: q) else {
                return fail(
                    .notImplemented,
                    "The cross KL-divergence between different exponential families cannot                             be computed using Bregman divergences"
                )
            }
            guard let (params, normalizer, slopes) = p.differentiated() else { return .void }
            let others = q.naturalParams
            var result = q.logNormalizer(others) - normalizer
            for (i, slope) in slopes.enumerated() where i < others.count {
                result = result - ((others[i] - params[i]) * slope).sumRightmost(q.eventShape.count)
            }
            return result
        },
        Entry(Gamma.self, Gamma.self) { p, q in
            let a = p.concentration, b = q.concentration
            let t1 = b * (p.rate / q.rate).log(), t2 = b.lgamma() - a.lgamma()
            return t1 + t2 + (a - b) * a.digamma() + (q.rate - p.rate) * (a / p.rate)
        },
        Entry(Gumbel.self, Gumbel.self) { p, q in
            let ratio = p.scale / q.scale, c2 = q.loc / q.scale, c3 = p.loc / q.scale
            let t1 = -ratio.log() - c2 + c3, t3 = (c2 + (1 + ratio).lgamma() - c3).exp()
            return t1 + ratio * eulerConstant + t3 - (1 + eulerConstant)
        },
        Entry(Geometric.self, Geometric.self) { p, q in
            -p.entropy() - (-q.probs).log1p() / p.probs - q.logits
        },
        Entry(HalfNormal.self, HalfNormal.self) { p, q in normal(p.normal, q.normal) },
        Entry(Laplace.self, Laplace.self) { p, q in
            let ratio = p.scale / q.scale, distance = (p.loc - q.loc).abs()
            return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1
        },
        Entry(Normal.self, Normal.self) { p, q in normal(p, q) },
        Entry(Pareto.self, Pareto.self) { p, q in
            let ratio = p.scale / q.scale, alphas = q.alpha / p.alpha
            let result = q.alpha * ratio.log() - alphas.log() + alphas - 1
            return result.maskedFill(p.scale.lt(q.scale), Double.infinity)
        },
        Entry(Poisson.self, Poisson.self) { p, q in
            p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)
        },
        Entry(TransformedDistribution.self, TransformedDistribution.self) { p, q in
            guard p.transforms == q.transforms, p.eventShape == q.eventShape else {
                return fail(.notImplemented, "the transforms or event shapes of p and q differ")
            }
            return klDivergence(p.baseDist, q.baseDist)
        },
        Entry(Uniform.self, Uniform.self) { p, q in
            ((q.high - q.low) / (p.high - p.low)).log()
                .maskedFill(q.low.gt(p.low).logicalOr(q.high.lt(p.high)), Double.infinity)
        },
        Entry(Independent.self, Independent.self) { p, q in
            guard p.reinterpretedBatchNdims == q.reinterpretedBatchNdims else {
                return fail(.notImplemented, "p and q reinterpret different numbers of batch dimensions")
            }
            return klDivergence(p.baseDist, q.baseDist).sumRightmost(p.reinterpretedBatchNdims)
        },
        Entry(Cauchy.self, Cauchy.self) { p, q in
            let above = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
            return above - (4 * p.scale * q.scale).log()
        },
        Entry(LowRankMultivariateNormal.self, LowRankMultivariateNormal.self) { p, q in
            guard sameEvents(p, q, "two Low Rank Multivariate Normals") else { return .void }
            let a = lowRankFactor(q), term1 = q.logDeterminant - p.logDeterminant
            let first = (p.diagonal / q.diagonal).sum(-1)
            let second = (p.factor * q.diagonal.rsqrt().unsqueeze(-1)).squareSum
            let third = (a * p.diagonal.sqrt().unsqueeze(-2)).squareSum, fourth = a.matmul(p.factor).squareSum
            let term2 = first + second - third - fourth
            return 0.5 * (term1 + term2 + q.mahalanobis(q.loc - p.loc) - p.eventShape[0])
        },
        Entry(MultivariateNormal.self, LowRankMultivariateNormal.self) { p, q in
            guard sameEvents(p, q, "two (Low Rank) Multivariate Normals") else { return .void }
            let a = lowRankFactor(q), term1 = q.logDeterminant - 2 * p.factor.halfLogDeterminant
            let first = (p.factor * q.diagonal.rsqrt().unsqueeze(-1)).squareSum
            let term2 = first - a.matmul(p.factor).squareSum
            return 0.5 * (term1 + term2 + q.mahalanobis(q.loc - p.loc) - p.eventShape[0])
        },
        Entry(LowRankMultivariateNormal.self, MultivariateNormal.self) { p, q in
            guard sameEvents(p, q, "two (Low Rank) Multivariate Normals") else { return .void }
            let term1 = 2 * q.factor.halfLogDeterminant - p.logDeterminant
            let diagonal = p.diagonal.sqrt().diagEmbed()
            let first = solved(q.factor, p.factor).squareSum, second = solved(q.factor, diagonal).squareSum
            return 0.5 * (term1 + first + second + q.factor.mahalanobis(q.loc - p.loc) - p.eventShape[0])
        },
        Entry(MultivariateNormal.self, MultivariateNormal.self) { p, q in
            guard sameEvents(p, q, "two Multivariate Normals") else { return .void }
            let half = q.factor.halfLogDeterminant - p.factor.halfLogDeterminant
            let trace = solved(q.factor, p.factor).squareSum, distance = q.factor.mahalanobis(q.loc - p.loc)
            return half + 0.5 * (trace + distance - p.eventShape[0])
        }
    ]

    private static func normal(_ p: Normal, _ q: Normal) -> Tensor {
        let variances = (p.scale / q.scale).pow(2), distance = ((p.loc - q.loc) / q.scale).pow(2)
        return 0.5 * (variances + distance - 1 - variances.log())
    }

    private static func categorical(_ p: Categorical, _ q: Categorical) -> Tensor {
        let t = p.probs * (p.logits - q.logits)
        return t.maskedFill(q.probs.eq(0), Double.infinity).maskedFill(p.probs.eq(0), 0).sum(-1)
    }

    private static func sameEvents(_ p: Distribution, _ q: Distribution, _ kind: String) -> Bool {
        if p.eventShape == q.eventShape { return true }
        raise(
            .value,
            "KL-divergence between \(kind) with                          different event shapes cannot be computed")
        return false
    }

    /// L⁻¹ Wᵀ D⁻¹, with the Cholesky factor L of I + Wᵀ D⁻¹ W.
    private static func lowRankFactor(_ q: LowRankMultivariateNormal) -> Tensor {
        linalg.solveTriangular(q.capacitance, q.factor.mT / q.diagonal.unsqueeze(-2), upper: false)
    }

    private static func solved(_ factor: Tensor, _ other: Tensor) -> Tensor {
        if anyVoid(factor, other) { return .void }
        let batch = broadcastShapes(Array(factor.sizes.dropLast(2)), Array(other.sizes.dropLast(2))).sizes
        return linalg.solveTriangular(
            factor.expand(batch + factor.sizes.suffix(2)), other.expand(batch + other.sizes.suffix(2)), upper: false)
    }
}

extension Tensor {
    /// The sum of the squared elements of each matrix.
    fileprivate var squareSum: Tensor { flatten(startDim: -2).pow(2).sum(-1) }
}

import Foundation

// Divergences of distributions of two classes.

extension KLTable {
    static let betaAndBernoulli: [Entry] = [
        Entry(Bernoulli.self, Poisson.self) { p, q in -p.entropy() - (p.probs * q.rate.log() - q.rate) },
        infinite(Poisson.self, Bernoulli.self, \.rate),
        infinite(Poisson.self, Binomial.self, \.rate),
        Entry(Beta.self, ContinuousBernoulli.self) { p, q in
            -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q.logNorm
        },
        infinite(Beta.self, Pareto.self, \.concentration1),
        Entry(Beta.self, Exponential.self) { p, q in -p.entropy() - q.rate.log() + q.rate * p.mean },
        Entry(Beta.self, Gamma.self) { p, q in
            let (a, b) = (p.concentration1, p.concentration0)
            let t2 = q.concentration.lgamma() - q.concentration * q.rate.log()
            let t3 = (q.concentration - 1) * (a.digamma() - (a + b).digamma())
            return -p.entropy() + t2 - t3 + q.rate * a / (a + b)
        },
        Entry(Beta.self, Normal.self) { p, q in
            let mean = p.mean, square = q.scale.pow(2), total = p.concentration1 + p.concentration0
            let t3 = (mean * (1 - mean) / (total + 1) + mean.pow(2)) * 0.5
            let quotient = (t3 - q.loc * mean + q.loc.pow(2) * 0.5) / square
            return -p.entropy() + 0.5 * (square * 2 * Double.pi).log() + quotient
        },
        Entry(Beta.self, Uniform.self) { p, q in
            (-p.entropy() + (q.high - q.low).log())
                .maskedFill(q.low.gt(0).logicalOr(q.high.lt(1)), Double.infinity)
        },
        infinite(ContinuousBernoulli.self, Pareto.self, \.probs),
        Entry(ContinuousBernoulli.self, Exponential.self) { p, q in -p.entropy() - q.rate.log() + q.rate * p.mean },
        Entry(ContinuousBernoulli.self, Normal.self) { p, q in
            let t2 = 0.5 * (log(2 * Double.pi) + (q.loc / q.scale).square()) + q.scale.log()
            let above = p.variance + p.mean.square() - 2 * q.loc * p.mean
            return -p.entropy() + t2 + above / (2 * q.scale.square())
        },
        Entry(ContinuousBernoulli.self, Uniform.self) { p, q in
            let result = -p.entropy() + (q.high - q.low).log()
            return result.maskedFill(q.low.ge(0).logicalOr(q.high.le(1)), Double.infinity)
        }
    ]

    static let exponentialAndGamma: [Entry] = [
        infinite(Exponential.self, Beta.self, \.rate),
        infinite(Exponential.self, ContinuousBernoulli.self, \.rate),
        infinite(Exponential.self, Pareto.self, \.rate),
        infinite(Exponential.self, Uniform.self, \.rate),
        Entry(Exponential.self, Gamma.self) { p, q in
            let ratio = q.rate / p.rate, a = q.concentration
            return -a * ratio.log() + ratio + a.lgamma() + a * eulerConstant - (1 + eulerConstant)
        },
        Entry(Exponential.self, Gumbel.self) { p, q in
            let product = p.rate * q.scale, ratio = q.loc / q.scale
            let t2 = ratio.exp() * product / (product + 1)
            return product.log() - 1 - ratio + t2 + product.reciprocal()
        },
        Entry(Exponential.self, Normal.self) { p, q in
            let variance = q.scale.pow(2), square = p.rate.pow(2)
            let t1 = 0.5 * (square * variance * 2 * Double.pi).log()
            return t1 - 1 + (square.reciprocal() - q.loc / p.rate + q.loc.pow(2) * 0.5) / variance
        },
        infinite(Gamma.self, Beta.self, \.concentration),
        infinite(Gamma.self, ContinuousBernoulli.self, \.concentration),
        infinite(Gamma.self, Pareto.self, \.concentration),
        infinite(Gamma.self, Uniform.self, \.concentration),
        Entry(Gamma.self, Exponential.self) { p, q in
            -p.entropy() - q.rate.log() + q.rate * p.concentration / p.rate
        },
        Entry(Gamma.self, Gumbel.self) { p, q in
            let product = p.rate * q.scale, ratio = q.loc / q.scale, a = p.concentration
            let t1 = (a - 1) * a.digamma() - a.lgamma() - a, t2 = product.log() + a / product
            return t1 + t2 + (ratio.exp() * (1 + product.reciprocal()).pow(-a) - ratio)
        },
        Entry(Gamma.self, Normal.self) { p, q in
            let variance = q.scale.pow(2), square = p.rate.pow(2), a = p.concentration
            let t1 = 0.5 * (square * variance * 2 * Double.pi).log() - a - a.lgamma()
            let t2 = 0.5 * (a.pow(2) + a) / square, t3 = q.loc * a / p.rate, t4 = 0.5 * q.loc.pow(2)
            return t1 + (a - 1) * a.digamma() + (t2 - t3 + t4) / variance
        }
    ]

    static let realLine: [Entry] = [
        infinite(Gumbel.self, Beta.self, \.loc),
        infinite(Gumbel.self, ContinuousBernoulli.self, \.loc),
        infinite(Gumbel.self, Exponential.self, \.loc),
        infinite(Gumbel.self, Gamma.self, \.loc),
        infinite(Gumbel.self, Pareto.self, \.loc),
        infinite(Gumbel.self, Uniform.self, \.loc),
        Entry(Gumbel.self, Normal.self) { p, q in
            let ratio = p.scale / q.scale, t1 = (ratio / (2 * Double.pi).squareRoot()).log()
            let t2 = (Double.pi * ratio * 0.5).pow(2) / 3
            let t3 = ((p.loc + p.scale * eulerConstant - q.loc) / q.scale).pow(2) * 0.5
            return -t1 + t2 + t3 - (eulerConstant + 1)
        },
        infinite(Laplace.self, Beta.self, \.loc),
        infinite(Laplace.self, ContinuousBernoulli.self, \.loc),
        infinite(Laplace.self, Exponential.self, \.loc),
        infinite(Laplace.self, Gamma.self, \.loc),
        infinite(Laplace.self, Pareto.self, \.loc),
        infinite(Laplace.self, Uniform.self, \.loc),
        Entry(Laplace.self, Normal.self) { p, q in
            let variance = q.scale.pow(2), ratio = p.scale.pow(2) / variance
            let t1 = 0.5 * (2 * ratio / Double.pi).log()
            let squares = 0.5 * p.loc.pow(2) - p.loc * q.loc + 0.5 * q.loc.pow(2)
            return -t1 + ratio + squares / variance - 1
        },
        infinite(Normal.self, Beta.self, \.loc),
        infinite(Normal.self, ContinuousBernoulli.self, \.loc),
        infinite(Normal.self, Exponential.self, \.loc),
        infinite(Normal.self, Gamma.self, \.loc),
        infinite(Normal.self, Pareto.self, \.loc),
        infinite(Normal.self, Uniform.self, \.loc),
        Entry(Normal.self, Gumbel.self) { p, q in
            let mean = p.loc / q.scale, variance = (p.scale / q.scale).pow(2), loc = q.loc / q.scale
            let t3 = (-mean + 0.5 * variance + loc).exp()
            return -(variance.log() * 0.5) + (mean - loc) + t3 - 0.5 * (1 + log(2 * Double.pi))
        },
        Entry(Normal.self, Laplace.self) { p, q in
            let distance = p.loc - q.loc, ratio = distance / p.scale
            let t2 = (2 / Double.pi).squareRoot() * p.scale * (-0.5 * ratio.pow(2)).exp()
            let t3 = distance * (0.5.squareRoot() * ratio).erf()
            return -(p.scale / q.scale).log() + (t2 + t3) / q.scale - 0.5 * (1 + log(0.5 * Double.pi))
        }
    ]

    static let halfLine: [Entry] = [
        infinite(Pareto.self, Beta.self, \.scale),
        infinite(Pareto.self, ContinuousBernoulli.self, \.scale),
        infinite(Pareto.self, Uniform.self, \.scale),
        Entry(Pareto.self, Exponential.self) { p, q in
            let product = p.scale * q.rate, a = p.alpha
            let result = (a / product).log() - a.reciprocal() + a * product / (a - 1) - 1
            return result.maskedFill(a.le(1), Double.infinity)
        },
        Entry(Pareto.self, Gamma.self) { p, q in
            let common = p.scale.log() + p.alpha.reciprocal()
            let t2 = q.concentration.lgamma() - q.concentration * q.rate.log()
            let t3 = (1 - q.concentration) * common, t4 = q.rate * p.alpha * p.scale / (p.alpha - 1)
            return (p.alpha.log() - common + t2 + t3 + t4 - 1).maskedFill(p.alpha.le(1), Double.infinity)
        },
        Entry(Pareto.self, Normal.self) { p, q in
            let variance = 2 * q.scale.pow(2), common = p.scale / (p.alpha - 1), a = p.alpha
            let t1 = ((2 * Double.pi).squareRoot() * q.scale * a / p.scale).log()
            let t3 = a * common.pow(2) / (a - 2), t4 = (a * common - q.loc).pow(2)
            let result = t1 - a.reciprocal() + (t3 + t4) / variance - 1
            return result.maskedFill(a.le(2), Double.infinity)
        }
    ]

    static let uniform: [Entry] = [
        Entry(Uniform.self, Beta.self) { p, q in
            let width = p.high - p.low, (a, b) = (q.concentration1, q.concentration0)
            let t2 = (a - 1) * (xLogX(p.high) - xLogX(p.low) - width) / width
            let t3 = (b - 1) * (xLogX(1 - p.high) - xLogX(1 - p.low) + width) / width
            let t4 = a.lgamma() + b.lgamma() - (a + b).lgamma()
            return (t3 + t4 - width.log() - t2).maskedFill(p.high.gt(1).logicalOr(p.low.lt(0)), Double.infinity)
        },
        Entry(Uniform.self, ContinuousBernoulli.self) { p, q in
            let result = -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q.logNorm
            return result.maskedFill(p.high.ge(1).logicalOr(p.low.le(0)), Double.infinity)
        },
        Entry(Uniform.self, Exponential.self) { p, q in
            (q.rate * (p.high + p.low) / 2 - ((p.high - p.low) * q.rate).log())
                .maskedFill(p.low.lt(0), Double.infinity)
        },
        Entry(Uniform.self, Gamma.self) { p, q in
            let width = p.high - p.low
            let t2 = q.concentration.lgamma() - q.concentration * q.rate.log()
            let t3 = (1 - q.concentration) * (xLogX(p.high) - xLogX(p.low) - width) / width
            let t4 = q.rate * (p.high + p.low) / 2
            return (-width.log() + t2 + t3 + t4).maskedFill(p.low.lt(0), Double.infinity)
        },
        Entry(Uniform.self, Gumbel.self) { p, q in
            let common = q.scale / (p.high - p.low)
            let high = (p.high - q.loc) / q.scale, low = (p.low - q.loc) / q.scale
            let t1 = common.log() + 0.5 * (high + low)
            return t1 - common * ((-high).exp() - (-low).exp())
        },
        Entry(Uniform.self, Normal.self) { p, q in
            let width = p.high - p.low, t1 = ((Double.pi * 2).squareRoot() * q.scale / width).log()
            let distance = ((p.high + p.low - 2 * q.loc) / 2).pow(2)
            return t1 + 0.5 * (width.pow(2) / 12 + distance) / q.scale.pow(2)
        },
        Entry(Uniform.self, Pareto.self) { p, q in
            let width = p.high - p.low, t1 = (q.alpha * q.scale.pow(q.alpha) * width).log()
            let t2 = (xLogX(p.high) - xLogX(p.low) - width) / width
            return (t2 * (q.alpha + 1) - t1).maskedFill(p.low.lt(q.scale), Double.infinity)
        }
    ]

    private static func xLogX(_ x: Tensor) -> Tensor { x.xlogy(x) }
}

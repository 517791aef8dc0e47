/// A distribution whose density is exp(⟨t(x), θ⟩ - F(θ) + k(x)). PyTorch: `torch.distributions.ExponentialFamily`.
///
/// Entropies and divergences are computed from the natural parameters θ, the log normalizer F, its derivatives, and the
/// mean of k.
open class ExponentialFamily: Distribution {
    /// The natural parameters θ.
    open var naturalParams: [Tensor] {
        lacks("natural_params")
        return []
    }

    /// Returns the log normalizer F of natural parameters.
    open func logNormalizer(_ params: [Tensor]) -> Tensor { lacks("log_normalizer") }

    /// The expected value of the carrier measure k, or nil if it is not known.
    open var meanCarrierMeasure: Double? { nil }

    open override func entropy() -> Tensor {
        guard let carrier = meanCarrierMeasure else { return lacks("entropy") }
        guard let (params, normalizer, slopes) = differentiated() else { return .void }
        var result = normalizer - carrier
        for (param, slope) in zip(params, slopes) {
            result = result - (param * slope).reshape(batchShape.sizes + [-1]).sum(-1)
        }
        return result
    }

    /// Returns the natural parameters without history, the log normalizer, and its derivatives with respect to them.
    final func differentiated() -> (params: [Tensor], normalizer: Tensor, slopes: [Tensor])? {
        let params = naturalParams.map { $0.detach().requiresGrad_() }
        if params.isEmpty { return nil }
        return enableGrad {
            let normalizer = logNormalizer(params)
            let slopes = grad([normalizer.sum()], params, createGraph: true).map { $0 ?? .void }
            return (params, normalizer, slopes)
        }
    }
}

import Torch

// What changes the scores of the next token before one is drawn. All take scores [N, vocabulary] and return new ones.
// The library transformers has them as `LogitsProcessor`.

extension Tensor {
    /// Makes tokens less probable that occur in `ids` [N, L] already: their scores are divided by `penalty` if they are
    /// positive, otherwise multiplied (Keskar et al., 2019). The library transformers:
    /// `RepetitionPenaltyLogitsProcessor`.
    /// - Precondition: `penalty` is positive.
    public func repetitionPenalty(_ penalty: Double, ids: Tensor) -> Tensor {
        guard penalty > 0 else {
            return fail(.value, "`penalty` has to be a strictly positive float, but is \(penalty)")
        }
        if penalty == 1 { return self }
        let scores = gather(dim: 1, index: ids)
        return scatter(dim: 1, index: ids, source: (scores * penalty).where(scores .< 0, scores / penalty))
    }

    /// Divides the scores by a temperature: below 1 the most probable tokens gain. The library transformers:
    /// `TemperatureLogitsWarper`.
    /// - Precondition: `temperature` is positive. For the most probable token itself, do not sample.
    public func temperature(_ temperature: Double) -> Tensor {
        guard temperature > 0 else {
            return fail(
                .value,
                "`temperature` (=\(temperature)) has to be a strictly positive float, otherwise your next token scores will be invalid."
            )
        }
        return temperature == 1 ? self : self / temperature
    }

    /// Keeps the `k` highest scores of each row; the others become -∞. `transformers`: `TopKLogitsWarper`.
    /// - Precondition: `k` is positive.
    public func keepingTopK(_ k: Int) -> Tensor {
        guard k > 0 else { return fail(.value, "`top_k` has to be a strictly positive integer, but is \(k)") }
        let least = topk(Swift.min(k, size(-1))).values.narrow(-1, -1, 1)
        return maskedFill(self .< least, -Double.infinity)
    }

    /// Keeps the most probable tokens of each row whose probabilities together reach `p`, and at least one; the scores
    /// of the others become -∞ (Holtzman et al., 2019). `transformers`: `TopPLogitsWarper`.
    /// - Precondition: 0 < p ≤ 1.
    public func keepingTopP(_ p: Double) -> Tensor {
        guard p > 0, p <= 1 else { return fail(.value, "`top_p` has to be a float > 0 and < 1, but is \(p)") }
        if p == 1 { return self }
        let (ascending, order) = sort()
        let isOutside = ascending.softmax(dim: -1).cumsum(-1) .<= 1 - p
        isOutside[.all, -1] = Tensor(false)
        return maskedFill(isOutside.scatter(dim: 1, index: order, source: isOutside), -Double.infinity)
    }

    /// Keeps the tokens whose probability is at least `p` times that of the most probable one; the scores of the others
    /// become -∞ (Nguyen et al., 2024). `transformers`: `MinPLogitsWarper`.
    /// - Precondition: 0 ≤ p ≤ 1.
    public func keepingMinP(_ p: Double) -> Tensor {
        guard p >= 0, p <= 1 else {
            return fail(.value, "`min_p` has to be a float in the [0, 1] interval, but is \(p)")
        }
        let probabilities = softmax(dim: -1)
        return maskedFill(probabilities .< probabilities.amax(dim: -1, keepdim: true) * p, -Double.infinity)
    }
}

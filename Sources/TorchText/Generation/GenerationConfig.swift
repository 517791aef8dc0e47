import Torch

/// How tokens are chosen, and when to stop. `transformers`: `GenerationConfig`.
public struct GenerationConfig: Sendable, Equatable {
    /// The largest number of new tokens.
    public var maxNewTokens = 20
    /// Whether tokens are drawn. If false, the most probable one is taken, and only `repetitionPenalty` has an effect.
    public var doSample = false
    /// Divides the scores: below 1 the most probable tokens gain.
    public var temperature = 1.0
    /// The number of most probable tokens to draw from, or nil for all.
    public var topK: Int?
    /// The sum of probabilities of the tokens to draw from, or nil for all.
    public var topP: Double?
    /// The least probability of a token to draw, as a part of the largest one, or nil for all.
    public var minP: Double?
    /// Above 1, makes tokens less probable that have occurred.
    public var repetitionPenalty = 1.0
    /// The tokens that end a text.
    public var eosTokenIDs: Set<Int> = []
    /// The token that fills rows of a batch that have ended, by default the least of `eosTokenIDs`.
    public var padTokenID: Int?

    /// Creates a configuration that takes the most probable token.
    public init(
        maxNewTokens: Int = 20, doSample: Bool = false, temperature: Double = 1, topK: Int? = nil, topP: Double? = nil,
        minP: Double? = nil, repetitionPenalty: Double = 1, eosTokenIDs: Set<Int> = [], padTokenID: Int? = nil
    ) {
        self.maxNewTokens = maxNewTokens
        self.doSample = doSample
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.eosTokenIDs = eosTokenIDs
        self.padTokenID = padTokenID
    }

    /// Chooses the next token of each row.
    /// - Parameters:
    ///   - scores: the logits of the last position, [N, vocabulary].
    ///   - ids: the tokens so far, int64 [N, L].
    ///   - generator: draws the tokens: `multinomial` of the probabilities.
    /// - Returns: tokens, int64 [N].
    public func nextTokens(_ scores: Tensor, after ids: Tensor, generator: Generator = .default) -> Tensor {
        var scores = scores.to(.float32).repetitionPenalty(repetitionPenalty, ids: ids)
        guard doSample else { return scores.argmax(dim: -1) }
        // The order of transformers.
        scores = scores.temperature(temperature)
        if let topK { scores = scores.keepingTopK(topK) }
        if let topP { scores = scores.keepingTopP(topP) }
        if let minP { scores = scores.keepingMinP(minP) }
        return scores.softmax(dim: -1).multinomial(1, generator: generator).squeeze(1)
    }
}

import Torch

extension Tokenizer {
    /// Several texts, each as `encode` gives it, and padded together. Texts are shared out over the threads; the result does not depend on how many there are.
    /// `tokenizers`: `encode_batch`.
    /// - Throws: as `encode`, for the first text that fails.
    public func encodeBatch(_ texts: [String], addSpecialTokens: Bool = true) throws -> [Encoding] {
        try batch(texts.count) { try encode(texts[$0], addSpecialTokens: addSpecialTokens) }
    }

    /// Several pairs of texts.
    public func encodeBatch(_ pairs: [(String, String)], addSpecialTokens: Bool = true) throws -> [Encoding] {
        try batch(pairs.count) { try encode(pairs[$0].0, pair: pairs[$0].1, addSpecialTokens: addSpecialTokens) }
    }

    private func batch(_ count: Int, _ encode: (Int) throws -> Encoding) throws -> [Encoding] {
        var results = [Result<Encoding, any Error>?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { results in
            parallelFor(count, grain: 4) { range in
                for place in range { results[place] = Result { try encode(place) } }
            }
        }
        var encodings = try results.map { try $0!.get() }
        padding?.apply(&encodings)
        return encodings
    }
}

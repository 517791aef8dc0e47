import Synchronization
import Torch

extension Tokenizer {
    /// Encodes several texts like `encode` and pads them together. The texts are distributed over the threads. The
    /// result does not depend on the number of threads. `tokenizers`: `encode_batch`.
    /// - Throws: the error of `encode` for the first text that fails.
    public func encodeBatch(_ texts: [String], addSpecialTokens: Bool = true) throws -> [Tokenizer.Encoding] {
        try batch(texts.count) { try encode(texts[$0], addSpecialTokens: addSpecialTokens) }
    }

    /// Encodes several pairs of texts. `tokenizers`: `encode_batch([(a, b)])`.
    public func encodeBatch(_ pairs: [(String, String)], addSpecialTokens: Bool = true) throws -> [Tokenizer.Encoding] {
        try batch(pairs.count) { try encode(pairs[$0].0, pair: pairs[$0].1, addSpecialTokens: addSpecialTokens) }
    }

    private func batch(_ count: Int, _ encode: (Int) throws -> Tokenizer.Encoding) throws -> [Tokenizer.Encoding] {
        var results = [Result<Tokenizer.Encoding, any Error>?](repeating: nil, count: count)
        // Texts after a failed one are skipped. Texts before it still run, because they may fail, too.
        let failed = Atomic(Int.max)
        results.withUnsafeMutableBufferPointer { results in
            // A worker of a data loader uses only its own core.
            parallelFor(count, grain: getWorkerInfo() == nil ? 4 : max(1, count)) { range in
                for position in range where position < failed.load(ordering: .relaxed) {
                    let result = Result { try encode(position) }
                    if case .failure = result { failed.min(position, ordering: .relaxed) }
                    results[position] = result
                }
            }
        }
        var encodings = try results.map { try $0!.get() }
        padding?.apply(&encodings)
        return encodings
    }
}

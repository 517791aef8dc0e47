import Torch

/// Encodings of one length as tensors, as a model takes them.
public struct EncodingBatch: Sendable {
    /// int64 [batch, length].
    public let ids: Tensor
    /// int64 [batch, length]: 0 for padding, 1 for all others.
    public let attentionMask: Tensor
    /// int64 [batch, length].
    public let typeIDs: Tensor
}

extension Tokenizer.Encoding: Collatable {
    /// Encodings as tensors; those that are shorter than the longest get tokens of number 0 behind them, which the
    /// attention mask has as 0.
    /// For another number or side, give the tokenizer a `padding`.
    public static func collate(_ elements: [Tokenizer.Encoding]) -> EncodingBatch {
        func padded(_ rows: [[Int]]) -> Tensor { padSequence(rows.map { Tensor($0) }, batchFirst: true) }
        return EncodingBatch(
            ids: padded(elements.map(\.ids)), attentionMask: padded(elements.map(\.attentionMask)),
            typeIDs: padded(elements.map(\.typeIDs)))
    }
}

extension [[Int]] {
    /// The lists one after the other, int64 [sum of their lengths], and where each begins, int64 [count]: what
    /// `embeddingBag` takes.
    public func concatenatedWithOffsets() -> (ids: Tensor, offsets: Tensor) {
        var offsets: [Int] = []
        offsets.reserveCapacity(count)
        var ids: [Int] = []
        for list in self {
            offsets.append(ids.count)
            ids += list
        }
        return (Tensor(ids), Tensor(offsets))
    }
}

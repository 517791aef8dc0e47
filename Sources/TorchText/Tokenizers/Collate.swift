import Torch

/// Encodings of equal length as tensors for a model.
public struct EncodingBatch: Sendable {
    /// The token ids, int64 [batch, length].
    public let ids: Tensor
    /// The attention mask, int64 [batch, length]: 0 for padding, 1 for all other tokens.
    public let attentionMask: Tensor
    /// The type ids, int64 [batch, length].
    public let typeIDs: Tensor
}

extension Tokenizer.Encoding: Collatable {
    /// Stacks encodings into tensors. Shorter encodings are padded at the end with token id 0, which has attention mask
    /// 0. For another id or side, set the tokenizer's `padding`.
    public static func collate(_ elements: [Tokenizer.Encoding]) -> EncodingBatch {
        func padded(_ rows: [[Int]]) -> Tensor { padSequence(rows.map { Tensor($0) }, batchFirst: true) }
        return EncodingBatch(
            ids: padded(elements.map(\.ids)), attentionMask: padded(elements.map(\.attentionMask)),
            typeIDs: padded(elements.map(\.typeIDs)))
    }
}

extension [[Int]] {
    /// Returns the concatenated lists, int64 [sum of their lengths], and the start of each list, int64 [count]. These
    /// are the inputs of `embeddingBag`.
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

import Torch

/// The pairs of tokens that are merged, with their order and results.
final class BPEMerges: @unchecked Sendable {
    struct Merge {
        var rank, id: Int32
    }

    private struct Slot {
        /// The ids of the pair. All bits are 1 if the slot is free.
        var key = UInt64.max
        var merge = Merge(rank: .max, id: 0)
    }

    /// The pairs in order.
    let pairs: [(Int32, Int32)]
    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int

    /// - Parameter prefix: the number of bytes that the second token of a pair loses.
    init(_ merges: [(String, String)], _ names: TokenNames, prefix: Int, source: String) throws {
        var slotCount = 16
        while slotCount < merges.count * 2 { slotCount *= 2 }
        let mask = slotCount - 1
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
        slots.initialize(repeating: Slot(), count: slotCount)
        var pairs: [(Int32, Int32)] = []
        pairs.reserveCapacity(merges.count)
        var joined: [UInt8] = []
        func missing(_ rank: Int, _ token: String) -> TorchError {
            slots.deallocate()
            return TorchError(
                .file,
                "\(source): merge \(rank) needs the token \"\(token.prefix(40))\", which is not in the vocabulary")
        }
        for (rank, (first, second)) in merges.enumerated() {
            guard let a = names.table.find(first) else { throw missing(rank, first) }
            guard let b = names.table.find(second) else { throw missing(rank, second) }
            joined.removeAll(keepingCapacity: true)
            joined.append(contentsOf: first.utf8)
            joined.append(contentsOf: second.utf8.dropFirst(prefix))
            guard
                let id = joined.withUnsafeBufferPointer({ buffer in
                    buffer.baseAddress.flatMap { names.table.find($0, buffer.count) }
                })
            else {
                throw missing(rank, String(decoding: joined, as: UTF8.self))
            }
            let key = Self.key(a, b)
            // If a pair occurs twice, its last rank counts.
            let index = Self.position(slots, mask, key)
            slots[index] = Slot(key: key, merge: Merge(rank: Int32(rank), id: id))
            pairs.append((a, b))
        }
        self.pairs = pairs
        self.slots = slots
        self.mask = mask
    }

    deinit { slots.deallocate() }

    private static func key(_ first: Int32, _ second: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
    }

    @inline(__always)
    private static func position(_ slots: UnsafeMutablePointer<Slot>, _ mask: Int, _ key: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: ByteHash.fold(key)) & mask
        while slots[index].key != key, slots[index].key != .max { index = (index + 1) & mask }
        return index
    }

    /// Returns the merge of a pair. Its rank is `Int32.max` if the pair is not merged.
    @inline(__always)
    func find(_ first: Int32, _ second: Int32) -> Merge {
        slots[Self.position(slots, mask, Self.key(first, second))].merge
    }
}

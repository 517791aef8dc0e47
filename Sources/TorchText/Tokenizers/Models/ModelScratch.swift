#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A token of a piece of text, and which of the piece's bytes it is.
struct ModelToken {
    var id: Int32
    var start, end: Int32
}

/// What a model works with: memory that is used again, and the words it has seen. Used by one thread at a time.
final class ModelScratch: @unchecked Sendable {
    /// The tokens found so far.
    var tokens: [ModelToken] = []
    let words = WordCache()
    var symbols = BPESymbols()
    var lattice: [Unigram.Node] = []
}

/// The tokens of words seen before, as many as fit; it begins anew when it is full.
final class WordCache {
    private struct Slot {
        var hash: UInt64 = 0
        var keyStart: Int32 = 0
        /// 0 where the slot is free.
        var keyCount: Int32 = 0
        var tokenStart: Int32 = 0
        var tokenCount: Int32 = 0
    }

    /// Longer words are not kept.
    static let longest = 48
    private static let slotCount = 1 << 15
    private static let mostWords = 1 << 14

    private let slots: UnsafeMutablePointer<Slot>
    private let keys: UnsafeMutablePointer<UInt8>
    private var keyCount = 0
    private var count = 0
    private var tokens: [ModelToken] = []

    init() {
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(), count: Self.slotCount)
        keys = .allocate(capacity: Self.mostWords * Self.longest)
    }

    deinit {
        slots.deallocate()
        keys.deallocate()
    }

    /// Adds the word's tokens to `result`; false where the word has not been seen.
    @inline(__always)
    func find(_ word: UnsafePointer<UInt8>, _ wordCount: Int, _ hash: UInt64, _ result: inout [ModelToken]) -> Bool {
        let slot = slots[place(word, wordCount, hash)]
        guard slot.keyCount > 0 else { return false }
        for place in Int(slot.tokenStart)..<Int(slot.tokenStart + slot.tokenCount) { result.append(tokens[place]) }
        return true
    }

    /// Keeps the tokens of a word that is not here yet.
    func insert(_ word: UnsafePointer<UInt8>, _ wordCount: Int, _ hash: UInt64, _ found: ArraySlice<ModelToken>) {
        if count == Self.mostWords {
            slots.update(repeating: Slot(), count: Self.slotCount)
            tokens.removeAll(keepingCapacity: true)
            (keyCount, count) = (0, 0)
        }
        (keys + keyCount).update(from: word, count: wordCount)
        slots[place(word, wordCount, hash)] = Slot(hash: hash, keyStart: Int32(keyCount), keyCount: Int32(wordCount), tokenStart: Int32(tokens.count), tokenCount: Int32(found.count))
        tokens.append(contentsOf: found)
        keyCount += wordCount
        count += 1
    }

    @inline(__always)
    private func place(_ word: UnsafePointer<UInt8>, _ wordCount: Int, _ hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while true {
            let slot = slots[index]
            if slot.keyCount == 0 { return index }
            if slot.hash == hash, Int(slot.keyCount) == wordCount, memcmp(keys + Int(slot.keyStart), word, wordCount) == 0 { return index }
            index = (index + 1) & (Self.slotCount - 1)
        }
    }
}

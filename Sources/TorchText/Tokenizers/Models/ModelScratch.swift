#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A token of a piece of text, with its byte range in the piece.
struct ModelToken {
    var id: Int32
    var start, end: Int32
}

/// A growing buffer of tokens without an array's checks.
struct ModelTokens {
    private(set) var start: UnsafeMutablePointer<ModelToken>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    /// Must be called once, by the owner.
    func free() { start.deallocate() }

    @inline(__always)
    mutating func append(_ token: ModelToken) {
        if count == capacity { grow() }
        start[count] = token
        count += 1
    }

    mutating func removeAll() { count = 0 }

    mutating func removeLast(to kept: Int) { count = kept }

    mutating func reverse(from first: Int) {
        var reversed = UnsafeMutableBufferPointer(start: start + first, count: count - first)
        reversed.reverse()
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<ModelToken>.allocate(capacity: capacity * 2)
        larger.update(from: start, count: count)
        start.deallocate()
        (start, capacity) = (larger, capacity * 2)
    }
}

/// Working memory of a model: reusable buffers, and a cache of words. Used by one thread at a time.
final class ModelScratch: @unchecked Sendable {
    /// The tokens so far.
    @exclusivity(unchecked) var tokens = ModelTokens(capacity: 1024)
    let words = WordCache()
    @exclusivity(unchecked) var symbols = BPESymbols()
    @exclusivity(unchecked) var lattice: [Unigram.Node] = []

    deinit { tokens.free() }
}

/// A cache of the tokens of words. It is emptied when it is full.
final class WordCache {
    private struct Slot {
        var hash: UInt64 = 0
        var keyStart: Int32 = 0
        /// 0 if the slot is free.
        var keyCount: Int32 = 0
        var tokenStart: Int32 = 0
        var tokenCount: Int32 = 0
    }

    /// The maximum length of a cached word in bytes.
    static let longest = 48
    private static let slotCount = 1 << 15
    private static let maxWords = 1 << 14

    private let slots: UnsafeMutablePointer<Slot>
    private let keys: UnsafeMutablePointer<UInt8>
    @exclusivity(unchecked) private var keyCount = 0
    @exclusivity(unchecked) private var count = 0
    @exclusivity(unchecked) private var tokens = ModelTokens(capacity: 1024)

    init() {
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(), count: Self.slotCount)
        keys = .allocate(capacity: Self.maxWords * Self.longest)
    }

    deinit {
        slots.deallocate()
        keys.deallocate()
        tokens.free()
    }

    /// Appends the word's tokens to `result`. Returns false if the word is not in the cache.
    @inline(__always)
    func find(_ word: UnsafePointer<UInt8>, _ wordCount: Int, _ hash: UInt64, _ result: inout ModelTokens) -> Bool {
        let slot = slots[position(word, wordCount, hash)]
        guard slot.keyCount > 0 else { return false }
        let found = tokens.start + Int(slot.tokenStart)
        for position in 0..<Int(slot.tokenCount) { result.append(found[position]) }
        return true
    }

    /// Stores the tokens of a word that is not in the cache.
    func insert(
        _ word: UnsafePointer<UInt8>, _ wordCount: Int, _ hash: UInt64, _ found: UnsafeBufferPointer<ModelToken>
    ) {
        if count == Self.maxWords {
            slots.update(repeating: Slot(), count: Self.slotCount)
            tokens.removeAll()
            (keyCount, count) = (0, 0)
        }
        (keys + keyCount).update(from: word, count: wordCount)
        slots[position(word, wordCount, hash)] = Slot(
            hash: hash, keyStart: Int32(keyCount), keyCount: Int32(wordCount), tokenStart: Int32(tokens.count),
            tokenCount: Int32(found.count))
        for token in found { tokens.append(token) }
        keyCount += wordCount
        count += 1
    }

    @inline(__always)
    private func position(_ word: UnsafePointer<UInt8>, _ wordCount: Int, _ hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while true {
            let slot = slots[index]
            if slot.keyCount == 0 { return index }
            if slot.hash == hash, Int(slot.keyCount) == wordCount,
                memcmp(keys + Int(slot.keyStart), word, wordCount) == 0
            {
                return index
            }
            index = (index + 1) & (Self.slotCount - 1)
        }
    }
}

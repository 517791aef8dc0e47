/// Hand-written scanners for the regular expressions of byte-level tokenizers. Each expression matches at every
/// position, so the matches are the words.
struct WordScanner: Sendable {
    /// GPT-2's expression.
    static let gpt2 = WordScanner(isGPT2: true, digits: 0)

    private let isGPT2: Bool
    /// The maximum number of digits in a word.
    private let digits: Int

    private init(isGPT2: Bool, digits: Int) {
        self.isGPT2 = isGPT2
        self.digits = digits
    }

    private static let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#

    /// Creates the scanner for a known expression. Returns nil for any other.
    init?(expression: String) {
        switch expression {
        case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: self = .gpt2
        case Self.head + #"\p{N}{1,3}"# + Self.tail: self.init(isGPT2: false, digits: 3)
        case Self.head + #"\p{N}"# + Self.tail: self.init(isGPT2: false, digits: 1)
        default: return nil
        }
    }

    /// Returns the end of the word that begins at `at`.
    /// - Precondition: `at` < `end`, both on boundaries of valid UTF-8.
    @inline(__always)
    func next(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
        isGPT2 ? nextOfGPT2(bytes, at, end) : nextOfLlama(bytes, at, end)
    }

    private func nextOfGPT2(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
        if bytes[at] == UInt8(ascii: "'"), let stop = contraction(bytes, at, end) { return stop }
        var word = at
        var (code, count) = UTF8Text.scalar(bytes, at)
        if code == 0x20, at + 1 < end {
            word = at + 1
            (code, count) = UTF8Text.scalar(bytes, word)
        }
        let own = CharacterClass.of(code).intersection([.letter, .number, .space])
        if own.contains(.space) { return spaces(bytes, at, end) }
        return run(of: own, bytes, word + count, end)
    }

    private func nextOfLlama(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
        if bytes[at] == UInt8(ascii: "'"), let stop = contraction(bytes, at, end) { return stop }
        let (code, count) = UTF8Text.scalar(bytes, at)
        let own = CharacterClass.of(code).intersection([.letter, .number, .space])
        if own == .letter { return run(of: .letter, bytes, at + count, end) }
        if own == .number {
            var stop = at + count
            for _ in 1..<digits where stop < end {
                let (next, width) = UTF8Text.scalar(bytes, stop)
                guard CharacterClass.of(next).contains(.number) else { break }
                stop += width
            }
            return stop
        }
        var sign = at, width = count, next = own
        if at + count < end, code != 10, code != 13 {
            let (following, followingWidth) = UTF8Text.scalar(bytes, at + count)
            let followingClass = CharacterClass.of(following).intersection([.letter, .number, .space])
            if followingClass == .letter { return run(of: .letter, bytes, at + count + followingWidth, end) }
            if code == 0x20 { (sign, width, next) = (at + 1, followingWidth, followingClass) }
        }
        if next.isEmpty {
            var stop = run(of: [], bytes, sign + width, end)
            while stop < end, bytes[stop] == 10 || bytes[stop] == 13 { stop += 1 }
            return stop
        }
        // The word goes up to the last line end among these spaces, if there is one.
        var stop = at, line = at
        while stop < end {
            let (space, width) = UTF8Text.scalar(bytes, stop)
            guard CharacterClass.of(space).contains(.space) else { break }
            stop += width
            if space == 10 || space == 13 { line = stop }
        }
        return line > at ? line : spaces(bytes, at, end)
    }

    /// Returns the end of a word of spaces. If other text follows, the last space is left out, unless it is the only
    /// one.
    private func spaces(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int {
        var stop = at, last = at
        while stop < end {
            let (code, count) = UTF8Text.scalar(bytes, stop)
            guard CharacterClass.of(code).contains(.space) else { return last > at ? last : stop }
            last = stop
            stop += count
        }
        return end
    }

    private func run(of kind: CharacterClass, _ bytes: UnsafePointer<UInt8>, _ from: Int, _ end: Int) -> Int {
        var stop = from
        while stop < end {
            let (code, count) = UTF8Text.scalar(bytes, stop)
            guard CharacterClass.of(code).intersection([.letter, .number, .space]) == kind else { break }
            stop += count
        }
        return stop
    }

    private func contraction(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int? {
        guard at + 1 < end else { return nil }
        // If case is ignored, the long s matches s.
        if !isGPT2, at + 2 < end, bytes[at + 1] == 0xC5, bytes[at + 2] == 0xBF { return at + 3 }
        let fold: UInt8 = isGPT2 ? 0 : 0x20
        let first = bytes[at + 1] | (bytes[at + 1] < 0x80 ? fold : 0)
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return at + 2
        default: break
        }
        guard at + 2 < end else { return nil }
        let second = bytes[at + 2] | (bytes[at + 2] < 0x80 ? fold : 0)
        switch (first, second) {
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return at + 3
        default: return nil
        }
    }
}

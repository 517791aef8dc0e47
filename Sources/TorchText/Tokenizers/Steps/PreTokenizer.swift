import Torch

extension Tokenizer {
    /// A step that splits a text into words for the model. `tokenizers`: the classes of `tokenizers.pre_tokenizers`.
    public indirect enum PreTokenizer: Sendable, Equatable {
        /// Splits at spaces and isolates each punctuation character.
        case bert
        /// Makes runs of word characters, and runs of other characters except spaces.
        case whitespace
        /// Splits at spaces.
        case whitespaceSplit
        /// Splits at punctuation characters.
        case punctuation(SplitBehavior = .isolated)
        /// Separates digits from other text. Each run of digits becomes a word, or each digit if `individualDigits` is
        /// true.
        case digits(individualDigits: Bool = false)
        /// Splits words like GPT-2 and replaces each byte with a printable character.
        case byteLevel(addPrefixSpace: Bool = true, trimOffsets: Bool = true, useRegex: Bool = true)
        /// Splits at the matches of a pattern. With `invert`, splits at the text between the matches.
        case split(Pattern, SplitBehavior, invert: Bool = false)
        /// Replaces blanks with `replacement`, which begins a word.
        case metaspace(replacement: Unicode.Scalar = "▁", prependScheme: PrependScheme = .always, split: Bool = true)
        /// Splits at a character and removes it.
        case charDelimiterSplit(Unicode.Scalar)
        /// Splits where the script changes, for example from Latin to Cyrillic. Hiragana, Katakana and Han count as one
        /// script. Blanks belong to the text before them.
        case unicodeScripts
        /// Applies several pre-tokenizers in order.
        case sequence([PreTokenizer])
    }

    /// The words that get a metaspace at their start. `tokenizers`: the `prepend_scheme` of `Metaspace`.
    public enum PrependScheme: String, Sendable {
        /// Every piece of text, no piece, or only the piece at the start of the text.
        case always, never, first
    }
}

/// A pre-tokenizer that is ready to run.
indirect enum CompiledPreTokenizer: Sendable {
    case bert
    case whitespace
    case whitespaceSplit
    case punctuation(Tokenizer.SplitBehavior)
    case digits(Tokenizer.SplitBehavior)
    /// `writesBytes` says whether bytes are written as characters. A byte-level model can read raw bytes instead.
    case byteLevel(addPrefixSpace: Bool, useRegex: Bool, writesBytes: Bool)
    case split(CompiledPattern, Tokenizer.SplitBehavior, invert: Bool)
    case metaspace(replacement: UInt32, Tokenizer.PrependScheme, split: Bool)
    case charDelimiterSplit(UInt32)
    case unicodeScripts
    case sequence([CompiledPreTokenizer])

    init(_ preTokenizer: Tokenizer.PreTokenizer, source: String) throws {
        switch preTokenizer {
        case .bert: self = .bert
        case .whitespace: self = .whitespace
        case .whitespaceSplit: self = .whitespaceSplit
        case .punctuation(let behavior): self = .punctuation(behavior)
        case .digits(let individualDigits): self = .digits(individualDigits ? .isolated : .contiguous)
        case .byteLevel(let addPrefixSpace, _, let useRegex):
            self = .byteLevel(addPrefixSpace: addPrefixSpace, useRegex: useRegex, writesBytes: true)
        case .split(let pattern, let behavior, let invert):
            self = .split(try CompiledPattern(pattern, source: source), behavior, invert: invert)
        case .metaspace(let replacement, let scheme, let split):
            self = .metaspace(replacement: replacement.value, scheme, split: split)
        case .charDelimiterSplit(let delimiter): self = .charDelimiterSplit(delimiter.value)
        case .unicodeScripts: self = .unicodeScripts
        case .sequence(let steps): self = .sequence(try steps.map { try CompiledPreTokenizer($0, source: source) })
        }
    }

    /// The same pre-tokenizer, but its last byte-level step leaves the bytes unchanged. Nil if the last step is not
    /// byte-level.
    var leavingBytes: CompiledPreTokenizer? {
        switch self {
        case .byteLevel(let addPrefixSpace, let useRegex, _):
            return .byteLevel(addPrefixSpace: addPrefixSpace, useRegex: useRegex, writesBytes: false)
        case .sequence(let steps):
            guard let last = steps.last?.leavingBytes else { return nil }
            return .sequence(steps.dropLast() + [last])
        default: return nil
        }
    }

    /// Splits the pieces that are text.
    /// - Throws: `TorchError` if the budget is exceeded.
    func apply(_ text: inout AlignedText, _ pieces: inout [Piece], _ budget: StepBudget) throws {
        switch self {
        case .bert:
            Self.split(text, &pieces) { bytes, piece, result in Self.bertWords(bytes, piece, &result) }
        case .whitespace:
            Self.split(text, &pieces) { bytes, piece, result in
                Self.runs(bytes, piece, &result) { kind in kind.contains(.word) ? 1 : kind.contains(.space) ? 0 : 2 }
            }
        case .whitespaceSplit:
            Self.split(text, &pieces) { bytes, piece, result in
                Self.runs(bytes, piece, &result) { $0.contains(.space) ? 0 : 1 }
            }
        case .punctuation(let behavior):
            Self.splitCharacters(text, &pieces, behavior) { CharacterClass.of($0).contains(.punctuation) }
        case .digits(let behavior):
            Self.splitCharacters(text, &pieces, behavior) { CharacterClass.of($0).contains(.numeric) }
        case .charDelimiterSplit(let delimiter):
            Self.splitCharacters(text, &pieces, .removed) { $0 == delimiter }
        case .unicodeScripts:
            Self.split(text, &pieces) { bytes, piece, result in Self.scripts(bytes, piece, &result) }
        case .split(let pattern, let behavior, let invert):
            var parts: [SplitPart] = []
            try Self.split(text, &pieces) { bytes, piece, result in
                parts.removeAll(keepingCapacity: true)
                try pattern.parts(bytes, piece.start, piece.end, budget, into: &parts)
                if invert { for position in parts.indices { parts[position].isMatch.toggle() } }
                behavior.pieces(parts, into: &result)
            }
        case .byteLevel(let addPrefixSpace, let useRegex, let writesBytes):
            if addPrefixSpace { try Self.prefixBlank(&text, &pieces, budget) }
            if useRegex {
                Self.split(text, &pieces) { bytes, piece, result in
                    var at = piece.start
                    while at < piece.end {
                        let next = WordScanner.gpt2.next(bytes, at, piece.end)
                        result.append(Piece(start: at, end: next))
                        at = next
                    }
                }
            }
            if writesBytes { try Self.rewrite(&text, &pieces) { try CompiledNormalizer.byteLevel.apply(&$0, budget) } }
        case .metaspace(let replacement, let scheme, let split):
            Self.markSpaces(&text, &pieces, replacement, scheme)
            if split { Self.splitCharacters(text, &pieces, .mergedWithNext) { $0 == replacement } }
        case .sequence(let steps):
            for step in steps {
                try step.apply(&text, &pieces, budget)
                try budget.check(text)
            }
        }
    }

    private static func split(
        _ text: AlignedText, _ pieces: inout [Piece],
        _ body: (UnsafePointer<UInt8>, Piece, inout [Piece]) throws -> Void
    ) rethrows {
        var result: [Piece] = []
        result.reserveCapacity(text.bytes.count / 4 + pieces.count)
        try text.bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            for piece in pieces {
                if piece.token >= 0 { result.append(piece) } else { try body(base, piece, &result) }
            }
        }
        pieces = result
    }

    private static func splitCharacters(
        _ text: AlignedText, _ pieces: inout [Piece], _ behavior: Tokenizer.SplitBehavior, _ isMatch: (UInt32) -> Bool
    ) {
        var parts: [SplitPart] = []
        split(text, &pieces) { bytes, piece, result in
            parts.removeAll(keepingCapacity: true)
            var at = piece.start, last = piece.start
            while at < piece.end {
                let (code, count) = UTF8Text.scalar(bytes, at)
                if isMatch(code) {
                    if last < at { parts.append(SplitPart(start: last, end: at, isMatch: false)) }
                    parts.append(SplitPart(start: at, end: at + count, isMatch: true))
                    last = at + count
                }
                at += count
            }
            if last < at { parts.append(SplitPart(start: last, end: at, isMatch: false)) }
            behavior.pieces(parts, into: &result)
        }
    }

    /// Appends runs of characters of the same kind. Runs of kind 0 are left out.
    @inline(__always)
    private static func runs(
        _ bytes: UnsafePointer<UInt8>, _ piece: Piece, _ result: inout [Piece], _ kind: (CharacterClass) -> Int
    ) {
        var at = piece.start, start = at, current = 0
        while at < piece.end {
            let (code, count) = UTF8Text.scalar(bytes, at)
            let own = kind(CharacterClass.of(code))
            if own != current {
                if current != 0 { result.append(Piece(start: start, end: at)) }
                (start, current) = (at, own)
            }
            at += count
        }
        if current != 0 { result.append(Piece(start: start, end: at)) }
    }

    /// Appends pieces that begin where the script changes. Text before the first character with a script is left out.
    private static func scripts(_ bytes: UnsafePointer<UInt8>, _ piece: Piece, _ result: inout [Piece]) {
        var at = piece.start, start = at, current = UnicodeScript.any
        while at < piece.end {
            let (code, count) = UTF8Text.scalar(bytes, at)
            let own = UnicodeScript.of(code)
            if own != current, own != UnicodeScript.any {
                if current != UnicodeScript.any { result.append(Piece(start: start, end: at)) }
                (start, current) = (at, own)
            }
            at += count
        }
        if current != UnicodeScript.any { result.append(Piece(start: start, end: at)) }
    }

    /// A table with 1 for ASCII spaces and punctuation. The memory is never freed.
    private nonisolated(unsafe) static let asciiSplits: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 128)
        for byte in 0..<128 {
            table[byte] = CharacterClass.of(UInt32(byte)).isDisjoint(with: [.space, .punctuation]) ? 0 : 1
        }
        return UnsafePointer(table)
    }()

    private static func bertWords(_ bytes: UnsafePointer<UInt8>, _ piece: Piece, _ result: inout [Piece]) {
        var at = piece.start, start = at
        let splits = asciiSplits
        while at < piece.end {
            // Fast path for ASCII letters and digits.
            if bytes[at] < 0x80, splits[Int(bytes[at])] == 0 {
                at += 1
                continue
            }
            let (code, count) = UTF8Text.scalar(bytes, at)
            let kind = CharacterClass.of(code)
            if !kind.isDisjoint(with: [.space, .punctuation]) {
                if start < at { result.append(Piece(start: start, end: at)) }
                if !kind.contains(.space) { result.append(Piece(start: at, end: at + count)) }
                start = at + count
            }
            at += count
        }
        if start < at { result.append(Piece(start: start, end: at)) }
    }

    /// Inserts a blank before each piece that does not begin with one.
    private static func prefixBlank(_ text: inout AlignedText, _ pieces: inout [Piece], _ budget: StepBudget) throws {
        guard pieces.contains(where: { $0.token < 0 && $0.count > 0 && text.bytes[$0.start] != 0x20 }) else { return }
        try rewrite(&text, &pieces) { piece in
            if piece.bytes[0] != 0x20 { try CompiledNormalizer.prepend([0x20]).apply(&piece, budget) }
        }
    }

    private static func markSpaces(
        _ text: inout AlignedText, _ pieces: inout [Piece], _ replacement: UInt32, _ scheme: Tokenizer.PrependScheme
    ) {
        rewrite(&text, &pieces) { piece in
            let isFirst = piece.spans[0].start == 0
            var result = AlignedText()
            result.bytes.reserveCapacity(piece.bytes.count + 16)
            var letters = piece.letters(0, piece.bytes.count)
            for position in letters.indices where letters[position].code == 0x20 {
                letters[position].code = replacement
            }
            if letters[0].code != replacement, scheme == .always || scheme == .first && isFirst {
                result.append(Letter(code: replacement, span: letters[0].span))
            }
            for letter in letters { result.append(letter) }
            piece = result
        }
    }

    /// Makes a new text from pieces that `body` changes.
    static func rewrite(
        _ text: inout AlignedText, _ pieces: inout [Piece], _ body: (inout AlignedText) throws -> Void
    ) rethrows {
        var result = AlignedText()
        result.bytes.reserveCapacity(text.bytes.count * 2)
        result.spans.reserveCapacity(text.bytes.count * 2)
        for position in pieces.indices {
            let piece = pieces[position], start = result.bytes.count
            if piece.token >= 0 {
                result.append(text, piece)
            } else {
                var own = AlignedText()
                own.append(text, piece)
                try body(&own)
                result.append(own, Piece(start: 0, end: own.bytes.count))
            }
            pieces[position] = Piece(start: start, end: result.bytes.count, token: piece.token)
        }
        text = result
    }
}

import Torch

extension Tokenizer {
    /// A step that changes a text before it is split. `tokenizers`: the classes of `tokenizers.normalizers`.
    public indirect enum Normalizer: Sendable, Equatable {
        /// BERT's cleaning: removes control characters, turns every space into a blank, puts blanks around ideographs,
        /// removes accents and converts to lower case. If `stripAccents` is nil, it equals `lowercase`.
        case bert(
            cleanText: Bool = true, handleChineseChars: Bool = true, stripAccents: Bool? = nil, lowercase: Bool = true)
        /// A Unicode normal form.
        case nfc, nfd, nfkc, nfkd
        /// Converts to lower case.
        case lowercase
        /// Removes combining marks. The text must be decomposed before.
        case stripAccents
        /// Removes spaces at the start or at the end.
        case strip(left: Bool = true, right: Bool = true)
        /// Replaces the matches of a pattern.
        case replace(Pattern, with: String)
        /// Inserts a text at the start.
        case prepend(String)
        /// Replaces every byte with a printable character.
        case byteLevel
        /// The cleaning of Google's translation models.
        case nmt
        /// Applies several normalizers in order.
        case sequence([Normalizer])
    }
}

/// A normalizer that is ready to run.
indirect enum CompiledNormalizer: Sendable {
    case bert(BertCleaning)
    case form(UnicodeForm)
    case lowercase
    case stripAccents
    case strip(left: Bool, right: Bool)
    case replace(CompiledPattern, [UInt32])
    case prepend([UInt32])
    case byteLevel
    case nmt
    case sequence([CompiledNormalizer])

    init(_ normalizer: Tokenizer.Normalizer, source: String) throws {
        switch normalizer {
        case .bert(let cleanText, let handleChineseChars, let stripAccents, let lowercase):
            self = .bert(
                BertCleaning(
                    cleanText: cleanText, handleChineseChars: handleChineseChars,
                    stripAccents: stripAccents ?? lowercase, lowercase: lowercase))
        case .nfc: self = .form(.nfc)
        case .nfd: self = .form(.nfd)
        case .nfkc: self = .form(.nfkc)
        case .nfkd: self = .form(.nfkd)
        case .lowercase: self = .lowercase
        case .stripAccents: self = .stripAccents
        case .strip(let left, let right): self = .strip(left: left, right: right)
        case .replace(let pattern, let content):
            self = .replace(try CompiledPattern(pattern, source: source), content.unicodeScalars.map(\.value))
        case .prepend(let text): self = .prepend(text.unicodeScalars.map(\.value))
        case .byteLevel: self = .byteLevel
        case .nmt: self = .nmt
        case .sequence(let steps): self = .sequence(try steps.map { try CompiledNormalizer($0, source: source) })
        }
    }

    /// Normalizes a whole text.
    /// - Throws: `TorchError` if the budget is exceeded.
    func apply(_ text: inout AlignedText, _ budget: StepBudget) throws {
        if text.bytes.isEmpty { return }
        switch self {
        case .sequence(let steps): for step in steps { try step.apply(&text, budget) }
        case .bert(let cleaning): cleaning.apply(&text)
        case .form: if !text.bytes.isASCII { change(&text) }
        case .lowercase:
            guard text.bytes.isASCII else { return change(&text) }
            for position in text.bytes.indices where (0x41...0x5A).contains(text.bytes[position]) {
                text.bytes[position] |= 0x20
            }
        case .stripAccents: if !text.bytes.isASCII { change(&text) }
        case .replace(let pattern, let content): try replace(&text, pattern, content, budget)
        case .strip, .prepend, .byteLevel, .nmt: change(&text)
        }
        try budget.check(text)
    }

    private func change(_ text: inout AlignedText) {
        let letters = text.letters(0, text.bytes.count)
        var result = AlignedText()
        result.bytes.reserveCapacity(text.bytes.count)
        result.spans.reserveCapacity(text.bytes.count)
        for letter in changed(letters) { result.append(letter) }
        text = result
    }

    private func changed(_ letters: [Letter]) -> [Letter] {
        switch self {
        case .form(let form): return form.apply(letters)
        case .lowercase: return letters.lowercased()
        case .stripAccents: return letters.filter { !CharacterClass.of($0.code).contains(.mark) }
        case .strip(let left, let right):
            var first = 0, last = letters.count
            func isSpace(_ position: Int) -> Bool { CharacterClass.of(letters[position].code).contains(.space) }
            if left { while first < last, isSpace(first) { first += 1 } }
            if right { while last > first, isSpace(last - 1) { last -= 1 } }
            return Array(letters[first..<last])
        case .prepend(let text): return text.map { Letter(code: $0, span: letters[0].span) } + letters
        case .byteLevel:
            var result: [Letter] = []
            var bytes: [UInt8] = []
            for letter in letters {
                bytes.removeAll(keepingCapacity: true)
                UTF8Text.append(letter.code, to: &bytes)
                for byte in bytes {
                    result.append(Letter(code: ByteLevelAlphabet.characters[Int(byte)], span: letter.span))
                }
            }
            return result
        case .nmt: return letters.compactMap(Self.translationCleaned)
        case .bert, .replace, .sequence: return letters
        }
    }

    private static func translationCleaned(_ letter: Letter) -> Letter? {
        switch letter.code {
        case 1...8, 0xB, 0xE...0x1F, 0x7F, 0x8F, 0x9F: nil
        case 9, 0xA, 0xC, 0xD, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
            Letter(code: 0x20, span: letter.span)
        default: letter
        }
    }

    /// Replaces the matches. Inserted characters get the span of the last replaced character.
    private func replace(
        _ text: inout AlignedText, _ pattern: CompiledPattern, _ content: [UInt32], _ budget: StepBudget
    ) throws {
        var parts: [SplitPart] = []
        try text.bytes.withUnsafeBufferPointer { try pattern.parts($0.baseAddress!, 0, $0.count, budget, into: &parts) }
        guard parts.contains(where: \.isMatch) else { return }
        var result = AlignedText()
        let (front, _) = text.origin(0, 1)
        for part in parts {
            if part.isMatch {
                var span = Span(start: Int32(front), end: Int32(front))
                if part.end > 0 {
                    let last = text.bytes.withUnsafeBufferPointer { UTF8Text.before($0.baseAddress!, part.end) }
                    let origin = text.origin(last, part.end)
                    span = Span(start: Int32(origin.start), end: Int32(origin.end))
                }
                for code in content { result.append(Letter(code: code, span: span)) }
                try budget.check(result)
            } else {
                result.append(text, Piece(start: part.start, end: part.end))
            }
        }
        text = result
    }
}

extension [Letter] {
    /// Returns the lower case of each character. If it has several characters, they share one span.
    func lowercased() -> [Letter] {
        var result: [Letter] = []
        result.reserveCapacity(count)
        for letter in self {
            if letter.code < 0x80 {
                result.append(
                    Letter(
                        code: (0x41...0x5A).contains(letter.code) ? letter.code | 0x20 : letter.code, span: letter.span)
                )
            } else {
                for scalar in Unicode.Scalar(letter.code)!.properties.lowercaseMapping.unicodeScalars {
                    result.append(Letter(code: scalar.value, span: letter.span))
                }
            }
        }
        return result
    }
}

extension [UInt8] {
    var isASCII: Bool {
        withUnsafeBufferPointer { buffer in
            var any: UInt8 = 0
            for byte in buffer { any |= byte }
            return any < 0x80
        }
    }
}

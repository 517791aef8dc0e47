import Torch

extension Tokenizer {
    /// A step that turns tokens back into text. `tokenizers`: the classes of `tokenizers.decoders`.
    public indirect enum Decoder: Sendable, Equatable {
        /// Joins tokens with blanks and appends tokens with the prefix directly. `cleanup` removes blanks before
        /// punctuation and before English contractions.
        case wordPiece(prefix: String = "##", cleanup: Bool = true)
        /// Converts byte-level characters to the bytes they stand for. The options belong to the pre-tokenizer and are
        /// only kept for the file.
        case byteLevel(addPrefixSpace: Bool = true, trimOffsets: Bool = true, useRegex: Bool = true)
        /// Replaces the suffix, which ends a word, with a blank. In the last token, the suffix is removed.
        case bpe(suffix: String = "</w>")
        /// Replaces the `replacement` character with a blank. In the first token, it is removed unless the scheme is
        /// `never`.
        case metaspace(replacement: Unicode.Scalar = "▁", prependScheme: PrependScheme = .always, split: Bool = true)
        /// Converts tokens like "<0x61>" to bytes.
        case byteFallback
        /// Joins all tokens into one.
        case fuse
        /// Removes `content` from the start of each token up to `start` times, and from the end up to `stop` times.
        case strip(content: Unicode.Scalar = " ", start: Int = 0, stop: Int = 0)
        /// Replaces the matches of a pattern in each token.
        case replace(Pattern, with: String)
        /// Applies several decoders in order.
        case sequence([Decoder])
    }
}

/// A decoder that is ready to run.
struct CompiledDecoder: Sendable {
    private let decoder: Tokenizer.Decoder
    /// The pattern, if this is a `replace` step.
    private let pattern: CompiledPattern?
    private let steps: [CompiledDecoder]

    init(_ decoder: Tokenizer.Decoder, source: String) throws {
        self.decoder = decoder
        if case .replace(let pattern, _) = decoder {
            self.pattern = try CompiledPattern(pattern, source: source)
        } else {
            pattern = nil
        }
        if case .sequence(let steps) = decoder {
            self.steps = try steps.map { try CompiledDecoder($0, source: source) }
        } else {
            steps = []
        }
    }

    /// - Throws: `TorchError` if the steps exceed the budget for the text of the tokens.
    func decode(_ tokens: [String]) throws -> String {
        try chain(tokens, StepBudget(for: tokens.reduce(0) { $0 + $1.utf8.count })).joined()
    }

    private func chain(_ tokens: [String], _ budget: StepBudget) throws -> [String] {
        switch decoder {
        case .sequence:
            return try steps.reduce(tokens) { tokens, step in
                let result = try step.chain(tokens, budget)
                try budget.check(result.reduce(0) { $0 + $1.utf8.count })
                return result
            }
        case .wordPiece(let prefix, let cleanup):
            return tokens.enumerated().map { position, token in
                var text = token
                if position > 0 {
                    text =
                        token.utf8.starts(with: prefix.utf8)
                        ? String(decoding: token.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : " " + token
                }
                return cleanup ? Self.cleaned(text) : text
            }
        case .byteLevel:
            let bytes = tokens.flatMap { ByteLevelAlphabet.bytes(of: $0) ?? Array($0.utf8) }
            return [String(decoding: bytes, as: UTF8.self)]
        case .bpe(let suffix):
            return tokens.enumerated().map { position, token in
                Self.replaced(token, suffix, position == tokens.count - 1 ? "" : " ")
            }
        case .metaspace(let replacement, let scheme, _):
            return tokens.enumerated().map { position, token in
                var text = String.UnicodeScalarView()
                for scalar in token.unicodeScalars {
                    if scalar != replacement {
                        text.append(scalar)
                    } else if position > 0 || scheme == .never {
                        text.append(" ")
                    }
                }
                return String(text)
            }
        case .byteFallback: return Self.joiningBytes(tokens)
        case .fuse: return [tokens.joined()]
        case .strip(let content, let start, let stop):
            return tokens.map { token in
                var scalars = token.unicodeScalars[...]
                for _ in 0..<min(start, token.utf8.count) where scalars.first == content { scalars.removeFirst() }
                for _ in 0..<min(stop, token.utf8.count) where scalars.last == content { scalars.removeLast() }
                return String(scalars)
            }
        case .replace(_, let content):
            var made = 0
            return try tokens.map { token in
                if token.isEmpty { return token }
                let bytes = Array(token.utf8)
                var parts: [SplitPart] = []
                try bytes.withUnsafeBufferPointer {
                    try pattern!.parts($0.baseAddress!, 0, $0.count, budget, into: &parts)
                }
                for part in parts { made += part.isMatch ? content.utf8.count : part.end - part.start }
                try budget.check(made)
                return parts.map { $0.isMatch ? content : String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) }
                    .joined()
            }
        }
    }

    private static func cleaned(_ text: String) -> String {
        guard text.utf8.contains(0x20) else { return text }
        var result = text
        for (from, to) in [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
            (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")
        ] {
            result = replaced(result, from, to)
        }
        return result
    }

    /// Compares bytes, because a Swift string does not find a blank that is followed by a combining mark.
    private static func replaced(_ text: String, _ from: String, _ to: String) -> String {
        let bytes = Array(text.utf8), pattern = Array(from.utf8)
        var result: [UInt8] = []
        if pattern.isEmpty {
            result.append(contentsOf: to.utf8)
            for scalar in text.unicodeScalars {
                UTF8Text.append(scalar.value, to: &result)
                result.append(contentsOf: to.utf8)
            }
            return String(decoding: result, as: UTF8.self)
        }
        var at = 0
        while at < bytes.count {
            if bytes[at...].starts(with: pattern) {
                result.append(contentsOf: to.utf8)
                at += pattern.count
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func joiningBytes(_ tokens: [String]) -> [String] {
        var result: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            if bytes.isEmpty { return }
            if let text = String(validating: bytes, as: UTF8.self) {
                result.append(text)
            } else {
                result += repeatElement("\u{FFFD}", count: bytes.count)
            }
            bytes.removeAll()
        }
        for token in tokens {
            if let byte = byte(token) {
                bytes.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    private static func byte(_ token: String) -> UInt8? {
        let bytes = Array(token.utf8)
        guard bytes.count == 6, bytes.starts(with: "<0x".utf8), bytes[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: bytes[3..<5], as: UTF8.self), radix: 16)
    }
}

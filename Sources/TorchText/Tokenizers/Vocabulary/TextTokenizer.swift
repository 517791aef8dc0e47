/// A rule that splits a text into tokens without a vocabulary. PyTorch: `torchtext.data.utils.get_tokenizer`.
public enum TextTokenizer: Sendable {
    /// Converts to lower case. The marks . , ( ) ! ? ' become tokens, " is removed, and ; : and `<br />` are spaces.
    /// torchtext: `get_tokenizer("basic_english")`.
    case basicEnglish
    /// Splits at spaces, like Python's `str.split()`. torchtext: `get_tokenizer(None)`.
    case whitespace

    /// Returns the tokens of a text.
    public func callAsFunction(_ text: String) -> [String] {
        var tokens: [String] = []
        forEachToken(in: text) {
            tokens.append(String(decoding: UnsafeBufferPointer(start: $0, count: $1), as: UTF8.self))
        }
        return tokens
    }

    /// Calls `body` with the UTF-8 of each token.
    @inline(__always)
    func forEachToken(in text: String, _ body: (UnsafePointer<UInt8>, Int) -> Void) {
        var text = text
        switch self {
        case .basicEnglish: BasicEnglish.tokens(&text, body)
        case .whitespace:
            text.withUTF8 { buffer in
                guard let bytes = buffer.baseAddress else { return }
                var at = 0, start = 0
                while at < buffer.count {
                    let (code, count) = UTF8Text.scalar(bytes, at)
                    if BasicEnglish.isSpace(code) {
                        if start < at { body(bytes + start, at - start) }
                        start = at + count
                    }
                    at += count
                }
                if start < at { body(bytes + start, at - start) }
            }
        }
    }
}

/// Returns all sequences of 1 to `count` adjacent tokens, joined with blanks: first the tokens, then the pairs, and so
/// on. torchtext: `torchtext.data.utils.ngrams_iterator`.
/// - Precondition: `count` is at least 1.
public func ngramsIterator(_ tokens: [String], _ count: Int) -> some Sequence<String> {
    precondition(count >= 1, "ngramsIterator: count \(count) must be at least 1")
    return (1...count).lazy.flatMap { length in
        (0..<max(0, tokens.count - length + 1)).lazy.map {
            length == 1 ? tokens[$0] : tokens[$0..<$0 + length].joined(separator: " ")
        }
    }
}

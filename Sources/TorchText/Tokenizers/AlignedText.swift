import Torch

/// A byte range in the input.
struct Span: Equatable {
    var start, end: Int32
}

/// A character during processing, with its range in the input.
struct Letter {
    var code: UInt32
    var span: Span
}

/// A range of bytes of an `AlignedText`: an added token, or text that is not tokenized yet.
struct Piece {
    var start, end: Int
    /// The id of the added token; -1 for text.
    var token: Int32 = -1

    var count: Int { end - start }
}

/// Text during processing from input to tokens. It is valid UTF-8. Each byte has the input range of the character that
/// it comes from.
struct AlignedText {
    var bytes: [UInt8] = []
    /// One span for each byte. Empty while the bytes are the unchanged input.
    var spans: [Span] = []

    var isInput: Bool { spans.isEmpty }

    /// Returns the input range of these bytes, which may begin and end inside a character.
    @inline(__always)
    func origin(_ start: Int, _ end: Int) -> (start: Int, end: Int) {
        if !spans.isEmpty { return (Int(spans[start].start), Int(spans[end - 1].end)) }
        var first = start, last = end
        while first > 0, bytes[first] & 0xC0 == 0x80 { first -= 1 }
        while last < bytes.count, bytes[last] & 0xC0 == 0x80 { last += 1 }
        return (first, last)
    }

    mutating func append(_ letter: Letter) {
        let before = bytes.count
        UTF8Text.append(letter.code, to: &bytes)
        for _ in before..<bytes.count { spans.append(letter.span) }
    }

    /// Appends bytes of another text, with their spans.
    mutating func append(_ other: AlignedText, _ piece: Piece) {
        bytes.append(contentsOf: other.bytes[piece.start..<piece.end])
        if !other.isInput { return spans.append(contentsOf: other.spans[piece.start..<piece.end]) }
        other.bytes.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            var at = piece.start
            while at < piece.end {
                let count = UTF8Text.scalar(base, at).count
                let span = Span(start: Int32(at), end: Int32(at + count))
                for _ in 0..<count { spans.append(span) }
                at += count
            }
        }
    }

    /// Returns the characters of a byte range.
    func letters(_ start: Int, _ end: Int) -> [Letter] {
        var letters: [Letter] = []
        letters.reserveCapacity(end - start)
        bytes.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            var at = start
            while at < end {
                let (code, count) = UTF8Text.scalar(base, at)
                letters.append(
                    Letter(code: code, span: isInput ? Span(start: Int32(at), end: Int32(at + count)) : spans[at]))
                at += count
            }
        }
        return letters
    }
}

extension [Letter] {
    /// Returns the characters of `changes`, with spans from these characters. A `change` of 0 replaces the next
    /// character. A change of -n also removes the n characters after it. A change of 1 inserts a character, which gets
    /// the span of the character before it.
    ///
    /// - Parameter removed: the number of characters to remove at the front before the changes.
    func transformed(_ changes: [(code: UInt32, change: Int)], removed: Int = 0) -> [Letter] {
        var result: [Letter] = []
        result.reserveCapacity(changes.count)
        let front = Span(start: first?.span.start ?? 0, end: first?.span.start ?? 0)
        var next = removed
        for (code, change) in changes {
            let position = change > 0 ? next - 1 : next
            result.append(Letter(code: code, span: position < 0 ? front : self[Swift.min(position, count - 1)].span))
            if change <= 0 { next += 1 - change }
        }
        return result
    }
}

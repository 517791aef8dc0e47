import Torch

/// A place in the input, in bytes.
struct Span: Equatable {
    var start, end: Int32
}

/// A character under way, and where in the input it came from.
struct Letter {
    var code: UInt32
    var span: Span
}

/// A run of bytes of an `AlignedText`: an added token, or text that is yet to be split and tokenized.
struct Piece {
    var start, end: Int
    /// The number of the added token; -1 for text.
    var token: Int32 = -1

    var count: Int { end - start }
}

/// Text under way from the input to tokens: valid UTF-8, and for each byte the place in the input of the character that
/// it came from.
struct AlignedText {
    var bytes: [UInt8] = []
    /// One for each byte; empty while the bytes are the input's own.
    var spans: [Span] = []

    var isInput: Bool { spans.isEmpty }

    /// Where in the input these bytes came from; they may begin and end inside of characters.
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

    /// The bytes of another text, with their places.
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

    /// The characters of a run.
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
    /// Characters in place of these. A `change` of 0 takes the place of the next character, -n also removes the n after
    /// it, and 1 is put in and lies where the character
    /// before it lies.
    ///
    /// - Parameter removed: how many characters in front go first.
    func transformed(_ changes: [(code: UInt32, change: Int)], removed: Int = 0) -> [Letter] {
        var result: [Letter] = []
        result.reserveCapacity(changes.count)
        let front = Span(start: first?.span.start ?? 0, end: first?.span.start ?? 0)
        var next = removed
        for (code, change) in changes {
            let place = change > 0 ? next - 1 : next
            result.append(Letter(code: code, span: place < 0 ? front : self[Swift.min(place, count - 1)].span))
            if change <= 0 { next += 1 - change }
        }
        return result
    }
}

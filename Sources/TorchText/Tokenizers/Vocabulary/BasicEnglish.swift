/// torchtext's normalization for English. torchtext applies its replacement rules one after another; this code does the
/// same in one pass over the UTF-8 bytes.
enum BasicEnglish {
    private enum Action {
        /// Part of a token.
        static let letter: UInt8 = 0
        static let space: UInt8 = 1
        /// A token of its own.
        static let mark: UInt8 = 2
        /// Left out. The text on both sides is joined.
        static let gone: UInt8 = 3
        static let angle: UInt8 = 4
        static let other: UInt8 = 5
    }

    /// The action for each byte, and its lower case.
    private static let table: [(action: UInt8, lower: UInt8)] = (0..<256).map { byte in
        let byte = UInt8(byte)
        let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "!"), UInt8(ascii: "?"):
            return (Action.mark, lower)
        case UInt8(ascii: ";"), UInt8(ascii: ":"): return (Action.space, lower)
        case UInt8(ascii: "\""): return (Action.gone, lower)
        case UInt8(ascii: "<"): return (Action.angle, lower)
        case 0x80...: return (Action.other, lower)
        default: return (isSpace(UInt32(byte)) ? Action.space : Action.letter, lower)
        }
    }

    /// Like Python's `str.isspace`.
    static func isSpace(_ code: UInt32) -> Bool {
        switch code {
        case 9...13, 0x1C...0x20: true
        case ..<0x80: false
        default: CharacterClass.of(code).contains(.space)
        }
    }

    @inline(__always)
    static func tokens(_ text: inout String, _ body: (UnsafePointer<UInt8>, Int) -> Void) {
        text.withUTF8 { buffer in
            guard let bytes = buffer.baseAddress else { return }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { short in
                table.withUnsafeBufferPointer { table in
                    // A token in lower case. It has at most three times the size of its text, because some characters
                    // have a longer lower case.
                    var token = TokenBuffer(short)
                    var at = 0
                    let end = buffer.count
                    func finish() {
                        if token.count > 0 { body(token.start, token.count) }
                        token.count = 0
                    }
                    while at < end {
                        let entry = table[Int(bytes[at])]
                        switch entry.action {
                        case Action.letter:
                            token.append(entry.lower)
                            at += 1
                        case Action.space:
                            finish()
                            at += 1
                        case Action.mark:
                            finish()
                            body(bytes + at, 1)
                            at += 1
                        case Action.gone:
                            at += 1
                        case Action.angle:
                            if let next = lineBreak(bytes, at, end) {
                                finish()
                                at = next
                            } else {
                                token.append(entry.lower)
                                at += 1
                            }
                        default:
                            let (code, count) = UTF8Text.scalar(bytes, at)
                            if CharacterClass.of(code).contains(.space) {
                                finish()
                            } else if code == 0x3A3 {
                                append(isFinalSigma(bytes, at, end) ? 0x3C2 : 0x3C3, &token)
                            } else if CharacterClass.of(code).isDisjoint(with: [.letter, .mark, .number]), code < 0x2460
                            {
                                for position in at..<at + count { token.append(bytes[position]) }
                            } else {
                                for scalar in Unicode.Scalar(code)!.properties.lowercaseMapping.unicodeScalars {
                                    append(scalar.value, &token)
                                }
                            }
                            at += count
                        }
                    }
                    finish()
                    token.free()
                }
            }
        }
    }

    private static func append(_ code: UInt32, _ token: inout TokenBuffer) {
        var encoded: [UInt8] = []
        UTF8Text.append(code, to: &encoded)
        for byte in encoded { token.append(byte) }
    }

    /// Returns the end of a `<br />` that begins here. Quotation marks inside it are ignored, because they are removed
    /// before torchtext looks for `<br />`.
    private static func lineBreak(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Int? {
        let pattern: StaticString = "<br />"
        var position = at
        for index in 0..<6 {
            while position < end, bytes[position] == UInt8(ascii: "\"") { position += 1 }
            guard position < end else { return nil }
            let byte = bytes[position]
            guard ((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) == pattern.utf8Start[index] else { return nil }
            position += 1
        }
        return position
    }

    /// Returns whether a capital sigma ends a word, so that its lower case is ς: a cased letter comes before it and
    /// none after it. Case-ignorable characters in between are skipped.
    private static func isFinalSigma(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> Bool {
        func isCased(_ position: Int) -> Bool? {
            let properties = Unicode.Scalar(UTF8Text.scalar(bytes, position).code)!.properties
            return properties.isCaseIgnorable ? nil : properties.isCased
        }
        var position = at, before = false
        while position > 0 {
            position = UTF8Text.before(bytes, position)
            if let cased = isCased(position) {
                before = cased
                break
            }
        }
        guard before else { return false }
        position = at + 2
        while position < end {
            if let cased = isCased(position) { return !cased }
            position += UTF8Text.scalar(bytes, position).count
        }
        return true
    }
}

/// The bytes of one token. They are in stack memory, or in heap memory if the token is long.
private struct TokenBuffer {
    private(set) var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var isOwn = false
    var count = 0

    init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
        start = memory.baseAddress!
        capacity = memory.count
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if count == capacity { grow() }
        start[count] = byte
        count += 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
        larger.update(from: start, count: count)
        free()
        (start, capacity, isOwn) = (larger, capacity * 2, true)
    }

    func free() { if isOwn { start.deallocate() } }
}

import Torch

/// Reads JSON values into columns (RFC 8259). Also accepts `NaN` and `Infinity`, which Python writes.
struct JSONParser {
    private let base: UnsafePointer<UInt8>
    private let end: Int
    /// The position of the next byte.
    private(set) var position: Int
    private let scratch = ByteBuffer()
    /// Whether numbers are rounded the way pandas rounds them when it rewrites rows that are partly stored as JSON.
    private let rewritesNumbers: Bool
    private static let maximumDepth = 64

    /// - Parameter bytes: must live as long as the parser.
    init(_ bytes: UnsafeRawBufferPointer, from position: Int, rewritesNumbers: Bool = false) {
        self.rewritesNumbers = rewritesNumbers
        base = UnsafePointer(
            (bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64)!).assumingMemoryBound(to: UInt8.self))
        end = bytes.count
        self.position = position
    }

    private func wrong(_ what: String) -> TorchError { TorchError(.file, what) }

    @inline(__always) mutating func skipSpace() {
        while position < end, base[position] <= 0x20,
            base[position] == 0x20 || base[position] == 0x0a || base[position] == 0x0d || base[position] == 0x09
        { position += 1 }
    }

    /// Returns the next byte that is not space, without consuming it. Returns nil at the end.
    @inline(__always) mutating func peek() -> UInt8? {
        skipSpace()
        return position < end ? base[position] : nil
    }

    /// Skips spaces and consumes `byte`. Throws if another byte follows.
    @inline(__always) private mutating func take(_ byte: UInt8, _ words: StaticString) throws {
        guard peek() == byte else { throw wrong("expected \(words)\(found)") }
        position += 1
    }

    private var found: String {
        guard position < end else { return ", but the text ends" }
        let byte = base[position]
        return byte > 0x20 && byte < 0x7f ? ", found \(Character(UnicodeScalar(byte)))" : ", found the byte \(byte)"
    }

    /// Reads a value into the next row of `column`.
    mutating func value(_ column: JSONColumn, depth: Int = 0) throws {
        if column.kind == .json { return try json(column, depth: depth) }
        switch peek() {
        case UInt8(ascii: "\""): try column.appendText { try text($0) }
        case UInt8(ascii: "{"): try object(column, depth: depth)
        case UInt8(ascii: "["): try list(column, depth: depth)
        case UInt8(ascii: "t"):
            try word("true")
            try column.append(true)
        case UInt8(ascii: "f"):
            try word("false")
            try column.append(false)
        case UInt8(ascii: "n"):
            try word("null")
            column.appendNulls(1)
        default: try number(column)
        }
    }

    /// Reads an object into the next row of `column`.
    mutating func object(_ column: JSONColumn, depth: Int = 0) throws {
        guard depth < JSONParser.maximumDepth else {
            throw wrong("values nested deeper than \(JSONParser.maximumDepth)")
        }
        try take(UInt8(ascii: "{"), "{")
        try column.startObject()
        if peek() == UInt8(ascii: "}") {
            position += 1
            return column.endObject(0)
        }
        var guess = 0, members = 0
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw wrong("expected a name in quotes\(found)") }
            let expected = guess
            let child = try name { try column.child($0, guess: expected) }
            guess = child.position + 1
            members += 1
            try take(UInt8(ascii: ":"), ":")
            try value(child.column, depth: depth + 1)
            if peek() == UInt8(ascii: ",") {
                position += 1
                continue
            }
            try take(UInt8(ascii: "}"), ", or }")
            return column.endObject(members)
        }
    }

    /// Reads a value of any kind into the next row of a column that stores JSON.
    private mutating func json(_ column: JSONColumn, depth: Int) throws {
        switch peek() {
        case UInt8(ascii: "n"):
            try word("null")
            column.appendNulls(1)
        case UInt8(ascii: "\""):
            scratch.truncate(to: 0)
            try text(scratch)
            let text = String(
                decoding: UnsafeRawBufferPointer(start: scratch.memory, count: scratch.count),
                as: UTF8.self)
            try column.append(json: PandasJSON.encoded(.string(text)))
        default:
            let start = position
            try value(JSONColumn.discarding(), depth: depth)
            var json = ""
            try PandasJSON.write(
                PandasJSONReader.read(
                    UnsafeRawBufferPointer(
                        start: base + start,
                        count: position - start)), to: &json)
            try column.append(json: json)
        }
    }

    private mutating func list(_ column: JSONColumn, depth: Int) throws {
        guard depth < JSONParser.maximumDepth else {
            throw wrong("values nested deeper than \(JSONParser.maximumDepth)")
        }
        let item = try column.startList()
        try array { try $0.value(item, depth: depth + 1) }
    }

    /// Reads an array. `element` reads each of its values.
    @inline(__always) mutating func array(_ element: (inout JSONParser) throws -> Void) throws {
        try take(UInt8(ascii: "["), "[")
        if peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try element(&self)
            if peek() == UInt8(ascii: ",") {
                position += 1
                continue
            }
            try take(UInt8(ascii: "]"), ", or ]")
            return
        }
    }

    private mutating func word(_ word: StaticString) throws {
        guard position + word.utf8CodeUnitCount <= end,
            (0..<word.utf8CodeUnitCount).allSatisfy({ base[position + $0] == word.utf8Start[$0] })
        else { throw wrong("expected a value\(found)") }
        position += word.utf8CodeUnitCount
    }

    /// Returns the position of the next special byte in a string: a quote, a backslash or a control character.
    @inline(__always) private func special(from start: Int) -> Int {
        var cursor = start
        let ones: UInt64 = 0x0101_0101_0101_0101, tops: UInt64 = 0x8080_8080_8080_8080
        while cursor + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self))
            let quote = word ^ ones &* 0x22, backslash = word ^ ones &* 0x5c
            let hits =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word) & tops
            if hits != 0 { return cursor + hits.trailingZeroBitCount / 8 }
            cursor += 8
        }
        while cursor < end, base[cursor] != 0x22, base[cursor] != 0x5c, base[cursor] >= 0x20 { cursor += 1 }
        return cursor
    }

    /// Calls `body` with the decoded name.
    @inline(__always) private mutating func name<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let start = position + 1, stop = special(from: start)
        if stop < end, base[stop] == 0x22 {
            position = stop + 1
            return try body(UnsafeRawBufferPointer(start: base + start, count: stop - start))
        }
        scratch.truncate(to: 0)
        try text(scratch)
        return try body(UnsafeRawBufferPointer(start: scratch.memory, count: scratch.count))
    }

    /// Decodes a quoted string and appends it to `buffer`.
    @inline(__always) private mutating func text(_ buffer: ByteBuffer) throws {
        position += 1
        while true {
            let stop = special(from: position)
            buffer.append(UnsafeRawBufferPointer(start: base + position, count: stop - position))
            position = stop
            guard position < end else { throw wrong("a text without its closing quote") }
            if base[position] == 0x22 {
                position += 1
                return
            }
            guard base[position] == 0x5c else {
                throw wrong(
                    "a control character (byte \(base[position])) inside a text, which must be written as an escape")
            }
            try escape(buffer)
        }
    }

    private mutating func escape(_ buffer: ByteBuffer) throws {
        guard position + 1 < end else { throw wrong("a text without its closing quote") }
        let byte = base[position + 1]
        position += 2
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "n"): buffer.append(UInt8(0x0a))
        case UInt8(ascii: "t"): buffer.append(UInt8(0x09))
        case UInt8(ascii: "r"): buffer.append(UInt8(0x0d))
        case UInt8(ascii: "b"): buffer.append(UInt8(0x08))
        case UInt8(ascii: "f"): buffer.append(UInt8(0x0c))
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if 0xd800..<0xdc00 ~= code {
                guard position + 1 < end, base[position] == UInt8(ascii: "\\"), base[position + 1] == UInt8(ascii: "u")
                else { throw wrong("half of a surrogate pair") }
                position += 2
                let low = try hexadecimal()
                guard 0xdc00..<0xe000 ~= low else { throw wrong("half of a surrogate pair") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = UnicodeScalar(code) else { throw wrong("half of a surrogate pair") }
            for byte in UTF8.encode(scalar)! { buffer.append(byte) }
        default: throw wrong("an escape of the byte \(byte), which JSON does not have")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard position + 4 <= end else { throw wrong("a text without its closing quote") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch base[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = base[position] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = base[position] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = base[position] - UInt8(ascii: "A") + 10
            default: throw wrong("an escape \\u without four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    @inline(__always) private mutating func digits() -> Int {
        let start = position
        while position < end, base[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position - start
    }

    private mutating func number(_ column: JSONColumn) throws {
        let start = position
        let isNegative = position < end && base[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let first = position, whole = digits()
        guard whole > 0 else { return try unusual(column, isNegative, start) }
        guard whole == 1 || base[first] != UInt8(ascii: "0") else { throw wrong("a number that begins with 0") }
        var isInteger = true
        if position < end, base[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard digits() > 0 else { throw wrong("expected a digit behind the point\(found)") }
        }
        if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < end, base[position] == UInt8(ascii: "-") || base[position] == UInt8(ascii: "+") {
                position += 1
            }
            guard digits() > 0 else { throw wrong("expected a digit of the exponent\(found)") }
        }
        let text = UnsafeRawBufferPointer(start: base + start, count: position - start)
        if isInteger, let number = NumberText.integer(text) { return try column.append(number) }
        if rewritesNumbers { return try rewrite(text, column) }
        guard let number = NumberText.real(text), number.isFinite else { throw wrong("a number too big for a double") }
        try column.append(number)
    }

    private func rewrite(_ text: UnsafeRawBufferPointer, _ column: JSONColumn) throws {
        switch try PandasJSONReader.number(text) {
        case .double(let number):
            let written = Array(PandasJSON.number(number).utf8)
            guard let number = written.withUnsafeBytes({ NumberText.real($0) }) else { return column.appendNulls(1) }
            try column.append(number)
        case .uint(let number): try column.append(Double(number))
        default: column.appendNulls(1)
        }
    }

    private mutating func unusual(_ column: JSONColumn, _ isNegative: Bool, _ start: Int) throws {
        for (word, number) in [("NaN", Double.nan), ("Infinity", .infinity), ("Inf", .infinity)]
            as [(StaticString, Double)]
        {
            guard (try? self.word(word)) != nil else { continue }
            if rewritesNumbers { return column.appendNulls(1) }
            return try column.append(isNegative ? -number : number)
        }
        position = start
        throw wrong("expected a value\(found)")
    }
}

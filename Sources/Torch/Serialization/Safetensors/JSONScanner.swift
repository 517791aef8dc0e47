/// A strict scanner for the JSON of safetensors headers. Error messages contain a byte offset.
struct JSONScanner {
    struct Flaw: Error { let message: String }

    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func flaw(_ what: String) -> Flaw { Flaw(message: "header, byte \(offset): \(what)") }

    private mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[offset]) { offset += 1 }
    }

    /// Skips the next character and returns true if it is `character`.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(Flaw) {
        if !take(character) { throw flaw("'\(character)' expected") }
    }

    /// Throws unless only spaces follow.
    mutating func expectEnd() throws(Flaw) {
        skipSpace()
        if offset < bytes.count { throw flaw("the end expected") }
    }

    /// Whether an object begins here.
    var isAtObject: Bool {
        mutating get {
            skipSpace()
            return offset < bytes.count && bytes[offset] == UInt8(ascii: "{")
        }
    }

    /// Skips the next value and returns true if it is null.
    mutating func takeNull() -> Bool {
        skipSpace()
        return takeWord("null")
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let word = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[offset...].starts(with: word) else { return false }
        offset += word.count
        return true
    }

    /// Reads an object. Calls `member` for each key in order, also for repeated keys; `member` reads the value.
    mutating func object(_ member: (inout JSONScanner, String) throws(Flaw) -> Void) throws(Flaw) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while take(",")
        try expect("}")
    }

    /// Reads an array of non-negative integers.
    mutating func integers(atMost limit: Int) throws(Flaw) -> [Int] {
        try expect("[")
        if take("]") { return [] }
        var result: [Int] = []
        repeat {
            guard result.count < limit else { throw flaw("more than \(limit) numbers") }
            result.append(try integer())
        } while take(",")
        try expect("]")
        return result
    }

    /// The reference implementation's nesting limit, counted from inside a tensor's entry.
    private static let deepest = 125

    /// Skips any value.
    mutating func skipValue() throws(Flaw) {
        // The closing brackets of the open arrays and objects.
        var open: [Unicode.Scalar] = []
        while true {
            skipSpace()
            guard offset < bytes.count else { throw flaw("a value expected") }
            var isOpening = false
            switch bytes[offset] {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open.append(bytes[offset] == UInt8(ascii: "[") ? "]" : "}")
                guard open.count <= JSONScanner.deepest else {
                    throw flaw("values nested more than \(JSONScanner.deepest) deep")
                }
                offset += 1
                isOpening = true
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
            default:
                guard takeWord("null") || takeWord("true") || takeWord("false") else { throw flaw("a value expected") }
            }
            // Close the arrays and objects that end here, then move to the next value.
            while let closing = open.last {
                if take(closing) {
                    open.removeLast()
                    isOpening = false
                    continue
                }
                if !isOpening { try expect(",") }
                if closing == "}" {
                    _ = try string()
                    try expect(":")
                }
                break
            }
            if open.isEmpty { return }
        }
    }

    private mutating func skipNumber() throws(Flaw) {
        let start = offset
        func isDigit() -> Bool { offset < bytes.count && (0x30...0x39).contains(bytes[offset]) }
        func digits() throws(Flaw) {
            guard isDigit() else { throw flaw("a digit expected") }
            while isDigit() { offset += 1 }
        }
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < bytes.count, bytes[offset] == 0x30 { offset += 1 } else { try digits() }
        if isDigit() { throw flaw("a number that begins with 0") }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[offset]) { offset += 1 }
            try digits()
        }
        guard Double(String(decoding: bytes[start..<offset], as: UTF8.self))?.isFinite == true else {
            throw flaw("a number out of range")
        }
    }

    private mutating func integer() throws(Flaw) -> Int {
        skipSpace()
        let start = offset
        var value = 0
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
            let (tens, o1) = value.multipliedReportingOverflow(by: 10)
            let (sum, o2) = tens.addingReportingOverflow(Int(bytes[offset] - 0x30))
            if o1 || o2 { throw flaw("a number beyond 64 bits") }
            value = sum
            offset += 1
        }
        guard offset > start else { throw flaw("a non-negative integer expected") }
        guard offset == start + 1 || bytes[start] != 0x30 else { throw flaw("a number that begins with 0") }
        return value
    }

    mutating func string() throws(Flaw) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            guard offset < bytes.count else { throw flaw("a string without an end") }
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw flaw("a string that is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
            case 0..<0x20: throw flaw("a control character in a string")
            default: text.append(byte)
            }
        }
    }

    private mutating func escape() throws(Flaw) -> Unicode.Scalar {
        guard offset < bytes.count else { throw flaw("a string without an end") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = try hex4()
            if code & 0xfc00 == 0xd800 {
                guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
                    bytes[offset + 1] == UInt8(ascii: "u")
                else { throw flaw("half a character") }
                offset += 2
                let low = try hex4()
                guard low & 0xfc00 == 0xdc00 else { throw flaw("half a character") }
                code = 0x10000 + (code & 0x3ff) << 10 + (low & 0x3ff)
            }
            guard let scalar = Unicode.Scalar(code) else { throw flaw("half a character") }
            return scalar
        default: throw flaw("an unknown escape")
        }
    }

    private mutating func hex4() throws(Flaw) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw flaw("four hexadecimal digits expected")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    /// Returns the text as a JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{c}": result += "\\f"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

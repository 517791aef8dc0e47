/// The header of a `.npy` file: a Python dictionary with exactly the keys `descr`, `fortran_order` and `shape`.
struct NpyHeader {
    let dtype: DType
    let isSwapped: Bool
    let isFortranOrder: Bool
    let sizes: [Int]

    struct Flaw: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The longest header that is read. NumPy rejects headers of more than 10,000 bytes by default.
    private static let longest = 65_536

    private static let types: [(DType, String)] = [
        (.bool, "b1"), (.uint8, "u1"), (.int8, "i1"), (.int16, "i2"), (.int32, "i4"), (.int64, "i8"), (.float16, "f2"),
        (.float32, "f4"), (.float64, "f8"),
        (.complex64, "c8"), (.complex128, "c16"), (.uint16, "u2"), (.uint32, "u4"), (.uint64, "u8")
    ]

    /// The content that a header describes.
    enum Content {
        case numbers(NpyHeader)
        /// Elements that are not numbers, or numbers that no `DType` holds, with the error message.
        case other(String)
    }

    /// Reads a header of version 1, 2 or 3.
    static func read(_ stream: some ByteStream) throws -> Content {
        guard stream.remaining >= 10 else {
            throw stream.error("not a .npy file: \(stream.remaining) bytes, shorter than a header")
        }
        let start = try stream.bytes(8)
        guard start.starts(with: magic) else {
            throw stream.error("not a .npy file: it does not begin with \\x93NUMPY")
        }
        let length: Int
        switch start[6] {
        case 1: length = Int(try stream.bytes(2).littleEndian(0, as: UInt16.self))
        case 2, 3: length = Int(try stream.bytes(4).littleEndian(0, as: UInt32.self))
        default: throw stream.error("version \(start[6]).\(start[7]) of the .npy format is not known")
        }
        guard length <= longest else { throw stream.error("a header of \(length) bytes, at most \(longest) are read") }
        guard length <= stream.remaining else { throw stream.error("cut short in its header") }
        var parser = Parser(try stream.bytes(length))
        do {
            return try parser.content()
        } catch {
            throw stream.error(error.message)
        }
    }

    /// Returns the bytes before a tensor's elements, as NumPy writes them.
    static func bytes(_ dtype: DType, _ sizes: [Int], isFortranOrder: Bool) throws(Flaw) -> [UInt8] {
        guard let type = types.first(where: { $0.0 == dtype })?.1 else {
            throw Flaw("NumPy has no \(dtype); convert it with .float()")
        }
        let order = dtype.itemSize == 1 ? "|" : 1.littleEndian == 1 ? "<" : ">"
        let shape = "(" + sizes.map(String.init).joined(separator: ", ") + (sizes.count == 1 ? ",)" : ")")
        var text =
            "{'descr': '\(order)\(type)', 'fortran_order': \(isFortranOrder ? "True" : "False"), 'shape': \(shape), }"
        // NumPy leaves room for one dimension to grow to 21 digits, then pads to a multiple of 64.
        if let growing = isFortranOrder ? sizes.last : sizes.first {
            text += String(repeating: " ", count: 21 - String(growing).count)
        }
        while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
        text += "\n"
        let length = text.utf8.count
        return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
    }

    /// Parses only this dictionary, not other Python syntax.
    private struct Parser {
        private let bytes: [UInt8]
        private var at = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func content() throws(Flaw) -> Content {
            var type: String?
            var order: Bool?
            var sizes: [Int]?
            try expect("{")
            while !take("}") {
                let key = try string()
                try expect(":")
                // If a key occurs twice, the last value is used, as in Python.
                switch key {
                case "descr":
                    if isStructured { return .other("header: structured dtypes are not supported") }
                    type = try string()
                case "fortran_order": order = try bool()
                case "shape": sizes = try tuple()
                default: throw flaw("unknown key '\(key)'")
                }
                if !take(",") {
                    try expect("}")
                    break
                }
            }
            skipSpace()
            guard at == bytes.count else { throw flaw("text behind the dictionary") }
            guard let type, let order, let sizes else { throw flaw("descr, fortran_order or shape is missing") }
            guard Layout.checkedCount(sizes) != nil else { throw flaw("impossible shape \(sizes)") }
            let element = NpyElement(type)
            guard let dtype = types.first(where: { $0.1 == element.code })?.0 else {
                return .other("header: dtype '\(type)' is not supported")
            }
            let isSwapped = element.isSwapped && dtype.itemSize > 1
            return .numbers(NpyHeader(dtype: dtype, isSwapped: isSwapped, isFortranOrder: order, sizes: sizes))
        }

        /// Whether the next value is a list of fields, or a dtype with a shape.
        private var isStructured: Bool {
            mutating get {
                skipSpace()
                return at < bytes.count && (bytes[at] == UInt8(ascii: "[") || bytes[at] == UInt8(ascii: "("))
            }
        }

        private func flaw(_ what: String) -> Flaw { Flaw("header, character \(at): \(what)") }

        private mutating func skipSpace() {
            while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
            at += 1
            return true
        }

        private mutating func expect(_ character: Unicode.Scalar) throws(Flaw) {
            if !take(character) { throw flaw("'\(character)' expected") }
        }

        private mutating func string() throws(Flaw) -> String {
            // Python 2 wrote strings with a prefix u.
            _ = take("u")
            let quote: UInt8
            if take("'") {
                quote = UInt8(ascii: "'")
            } else if take("\"") {
                quote = UInt8(ascii: "\"")
            } else {
                throw flaw("a string expected")
            }
            let start = at
            while at < bytes.count, bytes[at] != quote {
                guard bytes[at] >= 0x20, bytes[at] < 0x7f, bytes[at] != UInt8(ascii: "\\") else {
                    throw flaw("an unexpected character in a string")
                }
                at += 1
            }
            guard at < bytes.count else { throw flaw("a string without an end") }
            defer { at += 1 }
            return String(decoding: bytes[start..<at], as: UTF8.self)
        }

        private mutating func bool() throws(Flaw) -> Bool {
            skipSpace()
            for (word, value) in [("True", true), ("False", false)] where bytes[at...].starts(with: word.utf8) {
                at += word.utf8.count
                return value
            }
            throw flaw("True or False expected")
        }

        private mutating func tuple() throws(Flaw) -> [Int] {
            try expect("(")
            var sizes: [Int] = []
            while !take(")") {
                guard sizes.count < Layout.maxRank else { throw flaw("more than \(Layout.maxRank) dimensions") }
                sizes.append(try integer())
                if !take(",") {
                    // In Python, "(3)" is not a tuple.
                    guard sizes.count > 1 else { throw flaw("',' expected") }
                    try expect(")")
                    break
                }
            }
            return sizes
        }

        private mutating func integer() throws(Flaw) -> Int {
            skipSpace()
            let start = at
            var value = 0
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
                let (tens, o1) = value.multipliedReportingOverflow(by: 10)
                let (sum, o2) = tens.addingReportingOverflow(Int(bytes[at] - 0x30))
                if o1 || o2 { throw flaw("a size beyond 64 bits") }
                value = sum
                at += 1
            }
            guard at > start else { throw flaw("a size expected") }
            // Python 2 wrote long integers with a suffix L.
            _ = take("L")
            return value
        }
    }
}

/// The entries of a zip file, from its central directory. They are checked: data lies inside the file, entries do not
/// overlap, and the sizes are possible. Names may repeat, and entries may use unsupported compression methods.
struct ZipDirectory {
    struct Entry {
        let name: String
        /// The bytes of the name in the file.
        let rawName: ArraySlice<UInt8>
        let method: UInt16
        let compressedSize: Int
        let size: Int
        fileprivate let headerOffset: Int
    }

    static let stored: UInt16 = 0
    static let deflated: UInt16 = 8

    let entries: [Entry]
    private let positions: [ExactText: Int]
    /// A name that occurs twice, or nil.
    let repeatedName: String?

    /// Returns an entry's index in the directory. If several entries have the name, returns the last one, as Python's
    /// `zipfile` does.
    func index(of name: String) -> Int? { positions[ExactText(name)] }

    /// - Parameter freeExpansion: the number of bytes that all compressed entries together may always expand to. Above
    ///   it, they may expand to `maxExpansion` times the size of the file.
    init(_ file: InputFile, freeExpansion: Int) throws {
        let (start, size, count) = try ZipDirectory.locate(file)
        let bytes = try file.bytes(at: start, count: size)
        var entries: [Entry] = []
        var positions: [ExactText: Int] = [:]
        var repeatedName: String?
        var at = 0
        while at < bytes.count {
            guard bytes.count - at >= 46, bytes.littleEndian(at, as: UInt32.self) == 0x0201_4b50 else {
                throw file.error("corrupt zip file: no directory entry at byte \(start + at)")
            }
            let nameLength = Int(bytes.littleEndian(at + 28, as: UInt16.self))
            let extraLength = Int(bytes.littleEndian(at + 30, as: UInt16.self))
            let commentLength = Int(bytes.littleEndian(at + 32, as: UInt16.self))
            let end = at + 46 + nameLength + extraLength + commentLength
            guard end <= bytes.count else {
                throw file.error("corrupt zip file: the directory entry at byte \(start + at) is cut short")
            }
            let rawName = bytes[(at + 46)..<(at + 46 + nameLength)]
            let isUnicode = bytes.littleEndian(at + 8, as: UInt16.self) & 0x800 != 0
            guard !rawName.contains(0), let name = ZipDirectory.text(rawName, isUnicode: isUnicode) else {
                throw file.error(
                    "corrupt zip file: the name of the directory entry at byte \(start + at) is not UTF-8 text")
            }
            if positions.updateValue(entries.count, forKey: ExactText(name)) != nil { repeatedName = name }
            let method = bytes.littleEndian(at + 10, as: UInt16.self)
            let extra = (at + 46 + nameLength)..<(at + 46 + nameLength + extraLength)
            guard let (size, compressedSize, offset) = ZipDirectory.sizes(bytes, at, extra) else {
                throw file.error("corrupt zip file: entry '\(name)' does not tell its size and place")
            }
            let isPossible =
                switch method {
                case ZipDirectory.stored: size == compressedSize
                case ZipDirectory.deflated: size / ZipDirectory.maxDeflation <= compressedSize
                default: true
                }
            guard isPossible else {
                throw file.error("entry '\(name)' claims to hold \(size) bytes in \(compressedSize): impossible")
            }
            entries.append(
                Entry(
                    name: name, rawName: rawName, method: method, compressedSize: compressedSize, size: size,
                    headerOffset: offset
                ))
            at = end
        }
        guard entries.count == count else {
            throw file.error("corrupt zip file: \(entries.count) entries in a directory of \(count)")
        }
        self.entries = entries
        self.positions = positions
        self.repeatedName = repeatedName
        try checkPlaces(file, directory: start)
        try checkExpansion(file, freeExpansion)
    }

    /// The largest compression factor of deflate.
    private static let maxDeflation = 1032
    /// The largest expansion, as a factor of the file's size, if it exceeds the free expansion.
    static let maxExpansion = 100

    /// Decodes a name as Python's `zipfile` does: UTF-8 if the entry is marked so, else code page 437.
    private static func text(_ name: ArraySlice<UInt8>, isUnicode: Bool) -> String? {
        if isUnicode || name.allSatisfy({ $0 < 0x80 }) { return String(validating: name, as: UTF8.self) }
        let scalars = name.map { $0 < 0x80 ? Unicode.Scalar($0) : codePage437[Int($0) - 0x80] }
        return String(String.UnicodeScalarView(scalars))
    }

    private static let codePage437 = Array(
        ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
            + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}").unicodeScalars
    )

    private static func locate(_ file: InputFile) throws -> (start: Int, size: Int, count: Int) {
        let tailStart = max(0, file.size - 65_557)
        let tail = try file.bytes(at: tailStart, count: file.size - tailStart)
        var at = tail.count - 22
        while at >= 0,
            !(tail.littleEndian(at, as: UInt32.self) == 0x0605_4b50
                && at + 22 + Int(tail.littleEndian(at + 20, as: UInt16.self)) == tail.count)
        { at -= 1 }
        guard at >= 0 else { throw file.error("corrupt zip file: it has no directory (cut short?)") }
        var count = UInt64(tail.littleEndian(at + 10, as: UInt16.self))
        var size = UInt64(tail.littleEndian(at + 12, as: UInt32.self))
        var start = UInt64(tail.littleEndian(at + 16, as: UInt32.self))
        var end = tailStart + at
        if count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff, end >= 20 {
            let locator = try file.bytes(at: end - 20, count: 20)
            if locator.littleEndian(0, as: UInt32.self) == 0x0706_4b50 {
                guard let offset = Int(exactly: locator.littleEndian(8, as: UInt64.self)), offset <= file.size - 56
                else {
                    throw file.error("corrupt zip file: its zip64 directory is out of range")
                }
                let record = try file.bytes(at: offset, count: 56)
                guard record.littleEndian(0, as: UInt32.self) == 0x0606_4b50 else {
                    throw file.error("corrupt zip file: no zip64 directory at byte \(offset)")
                }
                count = record.littleEndian(32)
                size = record.littleEndian(40)
                start = record.littleEndian(48)
                end = offset
            }
        }
        guard let s = Int(exactly: start), let n = Int(exactly: size), let c = Int(exactly: count), s <= end,
            n <= end - s
        else {
            throw file.error("corrupt zip file: its directory of \(size) bytes at byte \(start) is out of range")
        }
        return (s, n, c)
    }

    /// Returns the three numbers of a directory entry. Reads them from the zip64 field if they are stored there.
    private static func sizes(
        _ bytes: [UInt8], _ at: Int, _ extra: Range<Int>
    ) -> (size: Int, compressed: Int, offset: Int)? {
        var wide: [UInt64] = []
        var field = extra.lowerBound
        while extra.upperBound - field >= 4 {
            let length = Int(bytes.littleEndian(field + 2, as: UInt16.self))
            guard length <= extra.upperBound - field - 4 else { return nil }
            if bytes.littleEndian(field, as: UInt16.self) == 1 {
                wide = stride(from: field + 4, through: field + 4 + length - 8, by: 8).map { bytes.littleEndian($0) }
                break
            }
            field += 4 + length
        }
        var next = wide.makeIterator()
        func number(_ narrow: UInt32) -> Int? {
            narrow == 0xffff_ffff ? next.next().flatMap { Int(exactly: $0) } : Int(narrow)
        }
        guard let size = number(bytes.littleEndian(at + 24)), let compressed = number(bytes.littleEndian(at + 20)),
            let offset = number(bytes.littleEndian(at + 42))
        else { return nil }
        return (size, compressed, offset)
    }

    private func checkPlaces(_ file: InputFile, directory: Int) throws {
        var end = 0
        var last = ""
        for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard entry.headerOffset >= end else {
                throw file.error("corrupt zip file: entries '\(last)' and '\(entry.name)' overlap")
            }
            guard entry.headerOffset <= directory - 30 else {
                throw file.error("corrupt zip file: entry '\(entry.name)' is out of range")
            }
            let header = try file.bytes(at: entry.headerOffset, count: 30)
            guard header.littleEndian(0, as: UInt32.self) == 0x0403_4b50 else {
                throw file.error("corrupt zip file: no entry '\(entry.name)' at byte \(entry.headerOffset)")
            }
            let data =
                entry.headerOffset + 30 + Int(header.littleEndian(26, as: UInt16.self))
                + Int(header.littleEndian(28, as: UInt16.self))
            guard data <= directory, entry.compressedSize <= directory - data else {
                throw file.error(
                    "corrupt zip file: entry '\(entry.name)' of \(entry.compressedSize) bytes is out of range")
            }
            end = data + entry.compressedSize
            last = entry.name
        }
    }

    private func checkExpansion(_ file: InputFile, _ free: Int) throws {
        var total = 0
        for entry in entries where entry.method == ZipDirectory.deflated {
            let (sum, overflow) = total.addingReportingOverflow(entry.size)
            total = overflow ? .max : sum
        }
        guard total <= free || total / ZipDirectory.maxExpansion <= file.size else {
            throw file.error(
                "expands to \(total) bytes, more than \(ZipDirectory.maxExpansion) times its size: "
                    + "refused as a zip bomb"
            )
        }
    }
}

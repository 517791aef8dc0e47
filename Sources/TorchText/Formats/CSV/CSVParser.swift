#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Splits text into rows and fields like pandas's tokenizer. A quote is special only at the start of a field; the text
/// after the closing quote still belongs to the field.
struct CSVParser {
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private let delimiter: UInt8
    private let quote: UInt8
    /// The position of the next byte.
    private(set) var position: Int

    /// - Parameter bytes: must live as long as the parser.
    init(_ bytes: UnsafeRawBufferPointer, from position: Int, delimiter: UInt8, quote: UInt8) {
        base = UnsafePointer(
            (bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64)!).assumingMemoryBound(to: UInt8.self))
        end = bytes.count
        self.position = position
        self.delimiter = delimiter
        self.quote = quote
    }

    mutating func rewind(to position: Int) { self.position = position }

    /// Returns the fields of the next row, or nil if there is no next row.
    mutating func fields() throws -> [[UInt8]]? {
        guard skipBlankLines() else { return nil }
        var result: [[UInt8]] = []
        repeat {
            let column = CSVColumn()
            try field(column)
            result.append(column.bytes(0))
        } while endField()
        return result
    }

    /// Appends the next row and fills missing fields with empty ones. Returns false if there is no next row.
    @inline(__always) mutating func row(_ columns: [CSVColumn]) throws -> Bool {
        guard skipBlankLines() else { return false }
        let start = position
        var index = 0
        repeat {
            guard index < columns.count else { throw tooLong(start, columns.count) }
            try field(columns[index])
            index += 1
        } while endField()
        while index < columns.count {
            columns[index].endField()
            index += 1
        }
        return true
    }

    private mutating func tooLong(_ start: Int, _ columns: Int) -> TorchError {
        position = start
        let count = (try? fields()?.count) ?? columns + 1
        position = start
        return TorchError(.file, "\(count) fields, where there are \(columns) columns")
    }

    /// Skips lines that are empty or hold only blanks. Returns false at the end of the text.
    @inline(__always) private mutating func skipBlankLines() -> Bool {
        while position < end {
            let byte = base[position]
            if byte > 0x20 { return true }
            if byte == 0x0a || byte == 0x0d {
                position += 1
                continue
            }
            guard byte == 0x20 || byte == 0x09, byte != delimiter else { return true }
            var cursor = position
            while cursor < end, base[cursor] == 0x20 || base[cursor] == 0x09, base[cursor] != delimiter { cursor += 1 }
            if cursor < end, base[cursor] != 0x0a, base[cursor] != 0x0d { return true }
            position = cursor
        }
        return false
    }

    /// Skips the end of a field. Returns whether the row continues.
    @inline(__always) private mutating func endField() -> Bool {
        guard position < end else { return false }
        let byte = base[position]
        position += 1
        if byte == delimiter { return true }
        if byte == 0x0d, position < end, base[position] == 0x0a { position += 1 }
        return false
    }

    @inline(__always) private mutating func field(_ column: CSVColumn) throws {
        if position < end, base[position] == quote { try quoted(column) }
        let stop = special(from: position)
        try column.append(base + position, stop - position, isShort: position + 8 <= end)
        position = stop
        column.endField()
    }

    /// Appends the text between two quotes.
    private mutating func quoted(_ column: CSVColumn) throws {
        let start = position
        position += 1
        while true {
            guard position < end, let found = memchr(base + position, Int32(quote), end - position) else {
                position = start
                throw TorchError(.file, "a quoted field that does not end")
            }
            let stop = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
            let isDoubled = stop + 1 < end && base[stop + 1] == quote
            // A doubled quote stands for one quote in the field.
            try column.append(base + position, stop - position + (isDoubled ? 1 : 0), isShort: false)
            position = stop + (isDoubled ? 2 : 1)
            if !isDoubled { return }
        }
    }

    /// Returns the position of the next delimiter or line end.
    @inline(__always) private func special(from start: Int) -> Int {
        var cursor = start
        let ones: UInt64 = 0x0101_0101_0101_0101, tops: UInt64 = 0x8080_8080_8080_8080,
            wanted = ones &* UInt64(delimiter)
        while cursor + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self))
            let separator = word ^ wanted, newline = word ^ ones &* 0x0a, carriage = word ^ ones &* 0x0d
            let hits =
                ((separator &- ones) & ~separator | (newline &- ones) & ~newline | (carriage &- ones) & ~carriage)
                & tops
            if hits != 0 { return cursor + hits.trailingZeroBitCount / 8 }
            cursor += 8
        }
        while cursor < end, base[cursor] != delimiter, base[cursor] != 0x0a, base[cursor] != 0x0d { cursor += 1 }
        return cursor
    }
}

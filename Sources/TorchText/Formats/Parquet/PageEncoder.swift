import CSnappy
import Torch

/// Encodes data pages of version 1. Levels are run-length encoded, values are plain (Encodings.md: "PLAIN", "RLE").
enum PageEncoder {
    /// Returns a page with its header, and the size of both before compression.
    static func page(
        _ entries: Shredding.Entries, _ leaf: ParquetFields.Leaf, _ codec: PageCodec
    ) throws -> (bytes: [UInt8], uncompressedSize: Int) {
        var body: [UInt8] = []
        if leaf.maxRepetition > 0 { append(levels: entries.repetitions, max: leaf.maxRepetition, to: &body) }
        append(levels: entries.definitions, max: leaf.maxDefinition, to: &body)
        try append(entries, leaf, to: &body)
        let stored = codec == .snappy ? try compressed(body) : body
        guard body.count <= Int(Int32.max), stored.count <= Int(Int32.max), entries.definitions.count <= Int(Int32.max)
        else {
            throw TorchError(
                .value, "a page of \(body.count) bytes, more than Parquet allows; write fewer rows a group")
        }
        let levels = ThriftValue.int32(Encoding.rle.rawValue)
        let header = ThriftValue.structure([
            (1, .int32(0)), (2, .int32(body.count)), (3, .int32(stored.count)),
            (
                5,
                .structure([
                    (1, .int32(entries.definitions.count)), (2, .int32(Encoding.plain.rawValue)), (3, levels),
                    (4, levels)
                ])
            )
        ]).encoded
        return (header + stored, header.count + body.count)
    }

    private static func compressed(_ body: [UInt8]) throws -> [UInt8] {
        var size = snappy_max_compressed_length(body.count)
        var status = SNAPPY_OK
        let result = [UInt8](unsafeUninitializedCapacity: size) { target, count in
            body.withUnsafeBytes { source in
                target.withMemoryRebound(to: CChar.self) {
                    status = snappy_compress(
                        source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count, $0.baseAddress, &size)
                }
            }
            count = status == SNAPPY_OK ? size : 0
        }
        guard status == SNAPPY_OK else { throw TorchError(.runtime, "snappy could not compress \(body.count) bytes") }
        return result
    }

    /// Appends levels: first the size in bytes, then runs of at least eight equal levels as run lengths and all other
    /// levels as bit-packed groups of eight.
    private static func append(levels: [UInt16], max: Int, to bytes: inout [UInt8]) {
        let width = Int.bitWidth - max.leadingZeroBitCount
        var encoded: [UInt8] = [], literals: [UInt16] = []
        func flush() {
            if literals.isEmpty { return }
            while literals.count % 8 != 0 { literals.append(0) }
            encoded.append(varint: UInt64(literals.count / 8) << 1 | 1)
            var pending: UInt64 = 0, bits = 0
            for level in literals {
                pending |= UInt64(level) << UInt64(bits)
                bits += width
                while bits >= 8 {
                    encoded.append(UInt8(truncatingIfNeeded: pending))
                    pending >>= 8
                    bits -= 8
                }
            }
            literals.removeAll(keepingCapacity: true)
        }
        var position = 0
        while position < levels.count {
            let level = levels[position]
            var end = position + 1
            while end < levels.count, levels[end] == level { end += 1 }
            // Fills a group that has been started before.
            while position < end, literals.count % 8 != 0 {
                literals.append(level)
                position += 1
            }
            if end - position >= 8 {
                flush()
                encoded.append(varint: UInt64(end - position) << 1)
                encoded.append(UInt8(truncatingIfNeeded: level))
                if width > 8 { encoded.append(UInt8(level >> 8)) }
            } else {
                literals += levels[position..<end]
            }
            position = end
        }
        flush()
        withUnsafeBytes(of: UInt32(encoded.count).littleEndian) { bytes += $0 }
        bytes += encoded
    }

    private static func append(_ entries: Shredding.Entries, _ leaf: ParquetFields.Leaf, to bytes: inout [UInt8]) throws
    {
        let column = entries.column
        func put(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        switch column.storage {
        case .bits(let bits):
            for start in stride(from: 0, to: entries.rows.count, by: 8) {
                var byte: UInt8 = 0
                for (position, row) in entries.rows[start..<min(start + 8, entries.rows.count)].enumerated()
                where bits.bit(row) { byte |= 1 << UInt8(position) }
                bytes.append(byte)
            }
        case .variable(let offsets, let data):
            for row in entries.rows {
                let range = try column.range(row, offsets, isLarge: column.type.hasLargeOffsets, limit: data.count)
                guard range.count <= Int(Int32.max) else {
                    throw TorchError(.value, "a value of \(range.count) bytes, more than Parquet allows")
                }
                put(UInt32(range.count))
                data.withUnsafeBytes { bytes += $0[range] }
            }
        case .fixed(let values):
            let width = column.type.width ?? 0
            for row in entries.rows {
                switch column.type {
                case .int8: put(Int32(values.load(row, as: Int8.self)))
                case .int16: put(Int32(values.load(row, as: Int16.self)))
                case .uint8: put(UInt32(values.load(row, as: UInt8.self)))
                case .uint16: put(UInt32(values.load(row, as: UInt16.self)))
                case .date64, .time(.seconds), .timestamp(.seconds, _): try put(number(column, row), as: leaf.physical)
                // Decimal numbers have the highest byte first.
                case .decimal:
                    values.withUnsafeBytes { bytes += $0[row * width..<row * width + leaf.typeLength].reversed() }
                default: values.withUnsafeBytes { bytes += $0[row * width..<(row + 1) * width] }
                }
            }
        // A column of nulls only has no values.
        default: break
        }
        func put(_ number: Int, as physical: PhysicalType) throws {
            guard physical == .int32 else { return put(Int64(number)) }
            guard let narrow = Int32(exactly: number) else {
                throw TorchError(.value, "\(number) in a column of \(column.type), which Parquet stores in 32 bits")
            }
            put(narrow)
        }
    }

    /// Returns a value in the unit that Parquet stores: dates in days, seconds as milliseconds.
    private static func number(_ column: Column, _ row: Int) throws -> Int {
        switch try column.value(at: row) {
        case .date(let days): return days
        case .time(let time, _): return time * 1000
        case .timestamp(let time, _, _):
            let (milliseconds, overflow) = time.multipliedReportingOverflow(by: 1000)
            guard !overflow else {
                throw TorchError(.value, "\(time) seconds, which milliseconds in 64 bits do not reach")
            }
            return milliseconds
        default: return 0
        }
    }
}

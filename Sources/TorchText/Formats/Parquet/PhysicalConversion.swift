import Torch

/// Converts values from Parquet's storage to Arrow's layout, if the two differ.
enum PhysicalConversion {
    /// - Parameter bytes: `rows` values of `leaf.width` bytes.
    static func fixed(_ leaf: ParquetLeaf, _ rows: Int, _ validity: Bytes?, _ bytes: Bytes) throws -> Column {
        let converted: Bytes
        switch (leaf.type, leaf.physical) {
        case (.int8, _), (.uint8, _): converted = narrowed(bytes, rows, to: UInt8.self)
        case (.int16, _), (.uint16, _): converted = narrowed(bytes, rows, to: UInt16.self)
        case (.timestamp, .int96): converted = nanoseconds(bytes, rows)
        case (.decimal(_, _, let width), let physical):
            converted =
                try physical == .fixedLenByteArray
                ? decimals(rows, width, bytes) { row in row * leaf.typeLength..<(row + 1) * leaf.typeLength }
                : widened(bytes, rows, from: leaf.width!, to: width)
        default: converted = bytes
        }
        return try Column(leaf.type, count: rows, validity: validity, .fixed(converted))
    }

    /// - Parameter offsets: 64-bit offsets if the values are decimal numbers.
    static func texts(
        _ leaf: ParquetLeaf, _ rows: Int, _ validity: Bytes?, offsets: Bytes, data: Bytes
    ) throws -> Column {
        guard case .decimal(_, _, let width) = leaf.type else {
            return try Column(leaf.type, count: rows, validity: validity, .variable(offsets: offsets, data: data))
        }
        let numbers = try decimals(rows, width, data) { row in
            Int(offsets.load(row, as: Int64.self))..<Int(offsets.load(row + 1, as: Int64.self))
        }
        return try Column(leaf.type, count: rows, validity: validity, .fixed(numbers))
    }

    /// Returns the lower bits of 32-bit integers.
    private static func narrowed<Element: FixedWidthInteger & UnsignedInteger>(
        _ bytes: Bytes, _ rows: Int, to type: Element.Type
    ) -> Bytes {
        Bytes(count: rows * MemoryLayout<Element>.size) { target in
            bytes.withUnsafeBytes { source in
                for row in 0..<rows {
                    let value = source.loadUnaligned(fromByteOffset: row * 4, as: UInt32.self)
                    target.storeBytes(
                        of: Element(truncatingIfNeeded: value), toByteOffset: row * MemoryLayout<Element>.size,
                        as: Element.self)
                }
            }
        }
    }

    /// Converts INT96: nanoseconds of the day in 64 bits, then the Julian day in 32 bits. Sums wrap around.
    private static func nanoseconds(_ bytes: Bytes, _ rows: Int) -> Bytes {
        let epoch: Int64 = 2_440_588, day: Int64 = 86_400_000_000_000
        return Bytes(count: rows * 8) { target in
            bytes.withUnsafeBytes { source in
                for row in 0..<rows {
                    let time = source.loadUnaligned(fromByteOffset: row * 12, as: Int64.self),
                        days = source.loadUnaligned(fromByteOffset: row * 12 + 8, as: UInt32.self)
                    target.storeBytes(of: (Int64(days) - epoch) &* day &+ time, toByteOffset: row * 8, as: Int64.self)
                }
            }
        }
    }

    /// Sign-extends integers of 4 or 8 bytes to `width` bytes.
    private static func widened(_ bytes: Bytes, _ rows: Int, from narrow: Int, to width: Int) throws -> Bytes {
        Bytes(count: try size(rows, width)) { target in
            bytes.withUnsafeBytes { source in
                for row in 0..<rows {
                    let sign: UInt8 = source[(row + 1) * narrow - 1] & 0x80 == 0 ? 0 : 0xff
                    for byte in 0..<width {
                        target[row * width + byte] = byte < narrow ? source[row * narrow + byte] : sign
                    }
                }
            }
        }
    }

    /// Converts big-endian integers of any length to little-endian integers of `width` bytes.
    /// - Throws: `TorchError` if an integer needs more bytes.
    private static func decimals(
        _ rows: Int, _ width: Int, _ data: Bytes, _ position: (Int) -> Range<Int>
    ) throws -> Bytes {
        try Bytes(count: try size(rows, width)) { target in
            try data.withUnsafeBytes { source in
                for row in 0..<rows {
                    let range = position(row)
                    let sign: UInt8 = range.isEmpty || source[range.lowerBound] & 0x80 == 0 ? 0 : 0xff
                    for byte in 0..<width {
                        target[row * width + byte] = byte < range.count ? source[range.upperBound - 1 - byte] : sign
                    }
                    if range.count > width {
                        let isFilling =
                            source[range.lowerBound..<range.upperBound - width].allSatisfy { $0 == sign }
                            && target[row * width + width - 1] & 0x80 == sign & 0x80
                        guard isFilling else {
                            throw TorchError(
                                .file, "a decimal number of \(range.count) bytes, more than its digits need")
                        }
                    }
                }
            }
        }
    }

    private static func size(_ rows: Int, _ width: Int) throws -> Int {
        let (size, overflow) = rows.multipliedReportingOverflow(by: width)
        guard !overflow else { throw TorchError(.file, "\(rows) decimal numbers of \(width) bytes") }
        return size
    }
}

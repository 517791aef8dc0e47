import Torch

/// Decodes DELTA_BINARY_PACKED: differences in blocks of bit-packed miniblocks (Encodings.md).
struct DeltaDecoder {
    private let source: UnsafeRawBufferPointer
    private let blockSize: Int
    private let miniblocks: Int
    /// The number of values.
    let count: Int
    private let first: Int64
    private(set) var position = 0

    /// - Parameter most: the maximum number of values.
    init(_ source: UnsafeRawBufferPointer, most: Int) throws {
        self.source = source
        let blockSize = try BitPacking.varint(source, &position), miniblocks = try BitPacking.varint(source, &position)
        let count = try BitPacking.varint(source, &position)
        guard blockSize > 0, blockSize <= 1 << 20, miniblocks > 0, miniblocks <= blockSize, blockSize % miniblocks == 0,
            blockSize / miniblocks % 8 == 0
        else {
            throw TorchError(.file, "differences in \(miniblocks) miniblocks of \(blockSize) numbers")
        }
        guard count <= UInt64(most) else { throw TorchError(.file, "\(count) differences in a page of \(most) values") }
        self.blockSize = Int(blockSize)
        self.miniblocks = Int(miniblocks)
        self.count = Int(count)
        first = Self.signed(try BitPacking.varint(source, &position))
    }

    private static func signed(_ number: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: number >> 1) ^ -Int64(truncatingIfNeeded: number & 1)
    }

    /// Decodes all numbers. Sums wrap around, as they do in the writer.
    mutating func decode<Element: FixedWidthInteger>(into target: UnsafeMutablePointer<Element>) throws {
        if count == 0 { return }
        let perMiniblock = blockSize / miniblocks
        var last = first, done = 1
        target[0] = Element(truncatingIfNeeded: first)
        while done < count {
            let least = Self.signed(try BitPacking.varint(source, &position))
            let widths = position
            guard source.count - position >= miniblocks else { throw BitPacking.truncated }
            position += miniblocks
            for miniblock in 0..<miniblocks where done < count {
                let width = Int(source[widths + miniblock])
                guard width <= 64 else { throw TorchError(.file, "differences of \(width) bits") }
                let length = min(perMiniblock, count - done)
                // The padding of the last miniblock may be missing.
                let size = min(perMiniblock / 8 * width, source.count - position)
                guard size >= (length * width + 7) / 8 else { throw BitPacking.truncated }
                let packed = UnsafeRawBufferPointer(rebasing: source[position..<position + size])
                let mask: UInt64 = width == 0 ? 0 : ~0 >> UInt64(64 - width)
                for i in 0..<length {
                    last = last &+ least &+ Int64(bitPattern: Self.number(packed, i &* width, width, mask))
                    target[done + i] = Element(truncatingIfNeeded: last)
                }
                position += size
                done += length
            }
        }
    }

    /// Returns the `width` bits (at most 64) at `bit`.
    @inline(__always)
    private static func number(_ source: UnsafeRawBufferPointer, _ bit: Int, _ width: Int, _ mask: UInt64) -> UInt64 {
        if width == 0 { return 0 }
        let byte = bit >> 3, shift = UInt64(bit & 7)
        if byte + 9 <= source.count {
            let base = source.baseAddress! + byte
            let low = UInt64(littleEndian: base.loadUnaligned(as: UInt64.self)) >> shift
            // Shifts twice, because a single shift by 64 is not possible.
            let high = (UInt64(base.load(fromByteOffset: 8, as: UInt8.self)) << 1) << (63 - shift)
            return (low | high) & mask
        }
        var result: UInt64 = 0
        for i in 0..<min(9, source.count - byte) {
            let bitOffset = 8 * i - Int(shift)
            let value = UInt64(source[byte + i])
            result |= bitOffset >= 0 ? (bitOffset < 64 ? value << UInt64(bitOffset) : 0) : value >> UInt64(-bitOffset)
        }
        return result & mask
    }
}

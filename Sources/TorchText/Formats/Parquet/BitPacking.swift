import Torch

/// Parquet's hybrid of runs and bit-packed groups ("RLE / Bit-Packing Hybrid" of Encodings.md). It encodes levels,
/// dictionary indices and booleans.
enum BitPacking {
    /// Returns the number of bits that the numbers up to `largest` need.
    static func width(of largest: Int) -> Int { Int.bitWidth - largest.leadingZeroBitCount }

    /// Decodes `count` numbers and returns the number of bytes read.
    /// - Precondition: `bitWidth` is at most 32 and at most the bit width of `Element`.
    @inline(__always)
    static func decodeHybrid<Element: FixedWidthInteger & UnsignedInteger>(
        _ source: UnsafeRawBufferPointer, bitWidth: Int, count: Int, into target: UnsafeMutablePointer<Element>
    ) throws -> Int {
        let mask: UInt64 = bitWidth == 0 ? 0 : ~0 >> UInt64(64 - bitWidth)
        var position = 0, done = 0
        while done < count {
            let head = try varint(source, &position)
            let left = count - done
            if head & 1 == 0 {
                let size = (bitWidth + 7) / 8
                guard source.count - position >= size else { throw truncated }
                var value: UInt64 = 0
                for byte in 0..<size { value |= UInt64(source[position + byte]) << UInt64(8 * byte) }
                position += size
                let run = head >> 1
                guard run > 0 else { throw TorchError(.file, "a run of no values") }
                let length = run < UInt64(left) ? Int(run) : left
                (target + done).update(repeating: Element(truncatingIfNeeded: value & mask), count: length)
                done += length
            } else {
                let groups = head >> 1
                guard groups > 0 else { throw TorchError(.file, "a run of no values") }
                let length = groups < UInt64((left + 7) / 8) ? Int(groups) * 8 : left
                // The last group may end after the last value.
                let whole = groups <= UInt64(Int.max / 64) ? Int(groups) * bitWidth : Int.max
                let size = min(whole, source.count - position)
                guard size >= (length * bitWidth + 7) / 8 else { throw truncated }
                unpack(
                    UnsafeRawBufferPointer(rebasing: source[position..<position + size]), bitWidth: bitWidth,
                    count: length, into: target + done)
                position += size
                done += length
            }
        }
        return position
    }

    /// Decodes a bit-packed run. The lowest bits of a byte come first.
    /// - Precondition: `source` has enough bits; `bitWidth` is at most 32.
    @inline(__always)
    static func unpack<Element: FixedWidthInteger & UnsignedInteger>(
        _ source: UnsafeRawBufferPointer, bitWidth: Int, count: Int, into target: UnsafeMutablePointer<Element>
    ) {
        if bitWidth == 0 {
            target.update(repeating: 0, count: count)
            return
        }
        let mask: UInt64 = ~0 >> UInt64(64 - bitWidth)
        let base = source.baseAddress!
        // For the first `wide` numbers, eight bytes can be read at once.
        let wide = source.count < 8 ? 0 : min(count, ((source.count - 8) * 8) / bitWidth + 1)
        for i in 0..<wide {
            let bit = i &* bitWidth
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
            target[i] = Element(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask)
        }
        for i in wide..<max(wide, count) {
            target[i] = Element(truncatingIfNeeded: number(source, at: i * bitWidth, mask: mask))
        }
    }

    /// Returns the number at `bit`, near the end of the bytes.
    @inline(__always)
    private static func number(_ source: UnsafeRawBufferPointer, at bit: Int, mask: UInt64) -> UInt64 {
        var word: UInt64 = 0
        let first = bit >> 3
        for byte in 0..<min(8, source.count - first) { word |= UInt64(source[first + byte]) << UInt64(8 * byte) }
        return (word >> UInt64(bit & 7)) & mask
    }

    /// Decodes the deprecated encoding of levels, in which the highest bits of a byte come first. Returns the number of
    /// bytes read.
    static func decodeHighestFirst(
        _ source: UnsafeRawBufferPointer, bitWidth: Int, count: Int, into target: UnsafeMutablePointer<UInt8>
    ) throws -> Int {
        let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
        guard !overflow, (bits + 7) / 8 <= source.count else { throw truncated }
        for i in 0..<count {
            var value: UInt8 = 0
            for bit in i * bitWidth..<(i + 1) * bitWidth {
                value = value << 1 | source[bit >> 3] >> UInt8(7 - bit & 7) & 1
            }
            target[i] = value
        }
        return (bits + 7) / 8
    }

    static func varint(_ source: UnsafeRawBufferPointer, _ position: inout Int) throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < source.count else { throw truncated }
            let next = source[position]
            position += 1
            result |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return result }
        }
        throw TorchError(.file, "a number of more than 64 bits")
    }

    static var truncated: TorchError { TorchError(.file, "a page's values end before their number is reached") }

    /// Writes one bit for each of `count` bytes to the bits `start ..< start + count` of `target`: 1 if the byte is not
    /// 0. Without `flags`, writes ones.
    ///
    /// Several threads may write adjacent ranges. With `part` `.inside`, this function writes only the bytes that lie
    /// completely in the range. With `.edges`, it writes only the others; their bits must be 0 before.
    static func pack(
        _ flags: UnsafePointer<UInt8>?, count: Int, into target: UnsafeMutablePointer<UInt8>, at start: Int,
        _ part: Part
    ) {
        let end = start + count
        let firstByte = (start + 7) / 8, lastByte = max(firstByte, end / 8)
        switch part {
        case .inside:
            guard let flags else {
                (target + firstByte).update(repeating: 0xff, count: lastByte - firstByte)
                return
            }
            for byte in firstByte..<lastByte {
                let word = UnsafeRawPointer(flags + (byte * 8 - start)).loadUnaligned(as: UInt64.self)
                // Each flag is 0 or 1. The product collects them in the highest byte.
                target[byte] = UInt8(truncatingIfNeeded: (UInt64(littleEndian: word) &* 0x0102_0408_1020_4080) >> 56)
            }
        case .edges:
            func set(_ bits: Range<Int>) {
                for bit in bits where flags?[bit - start] ?? 1 != 0 { target[bit >> 3] |= 1 << UInt8(bit & 7) }
            }
            set(start..<min(firstByte * 8, end))
            if end > lastByte * 8, lastByte * 8 >= start { set(lastByte * 8..<end) }
        }
    }

    enum Part { case inside, edges }
}

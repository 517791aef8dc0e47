import Torch

/// Decimal numbers in Arrow's format: a two's complement integer, divided by 10 to the power of the scale.
/// Python: `decimal.Decimal`.
enum Decimal {
    /// Returns the number's digits, such as `-12.50`. A negative scale appends zeros.
    static func text(_ bytes: UnsafeRawBufferPointer, scale: Int) -> String {
        var limbs = magnitude(bytes)
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        var digits: [UInt8] = []
        while !limbs.allSatisfy({ $0 == 0 }) {
            var rest: UInt64 = 0
            for index in limbs.indices.reversed() {
                let (quotient, remainder) = (rest << 32 | UInt64(limbs[index])).quotientAndRemainder(
                    dividingBy: 1_000_000_000)
                limbs[index] = UInt32(quotient)
                rest = remainder
            }
            for _ in 0..<9 {
                digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            }
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if scale < 0, !digits.isEmpty {
            digits.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: -scale), at: 0)
        }
        let fraction = max(scale, 0)
        while digits.count <= fraction { digits.append(UInt8(ascii: "0")) }
        if fraction > 0 { digits.insert(UInt8(ascii: "."), at: fraction) }
        if isNegative { digits.append(UInt8(ascii: "-")) }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    /// Returns the integer's bytes; nil if `text` is not a decimal number, has more fraction digits than `scale`, or
    /// has more digits than `precision`.
    static func bytes(_ text: String, precision: Int, scale: Int, width: Int) -> [UInt8]? {
        guard let (digits, positions, isNegative) = parse(text) else { return nil }
        var whole = digits
        if positions < scale { whole += repeatElement(0, count: scale - positions) }
        if positions > scale {
            guard whole.suffix(positions - scale).allSatisfy({ $0 == 0 }) else { return nil }
            whole.removeLast(min(positions - scale, whole.count))
        }
        guard whole.drop(while: { $0 == 0 }).count <= precision else { return nil }
        var result = [UInt8](repeating: 0, count: width)
        for digit in whole {
            var carry = UInt16(digit)
            for index in result.indices {
                carry += UInt16(result[index]) * 10
                result[index] = UInt8(carry & 255)
                carry >>= 8
            }
            guard carry == 0 else { return nil }
        }
        guard let last = result.last, last & 0x80 == 0 else { return nil }
        return isNegative ? negated(result) : result
    }

    /// Returns the number of all digits and of fraction digits; nil if `text` is not a decimal number.
    static func form(_ text: String) -> (precision: Int, scale: Int)? {
        parse(text).map { digits, positions, _ in (max(digits.drop { $0 == 0 }.count, positions, 1), positions) }
    }

    private static func parse(_ text: String) -> (digits: [UInt8], positions: Int, isNegative: Bool)? {
        var rest = Substring(text).utf8
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        var digits: [UInt8] = [], positions: Int?
        for byte in rest {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - UInt8(ascii: "0"))
                positions = positions.map { $0 + 1 }
            case UInt8(ascii: ".") where positions == nil: positions = 0
            default: return nil
            }
        }
        return digits.isEmpty ? nil : (digits, positions ?? 0, isNegative)
    }

    /// Returns the absolute value in 32-bit limbs, lowest first.
    private static func magnitude(_ bytes: UnsafeRawBufferPointer) -> [UInt32] {
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        let absolute = isNegative ? negated(Array(bytes)) : Array(bytes)
        return stride(from: 0, to: absolute.count, by: 4).map { start in
            absolute[start..<min(start + 4, absolute.count)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    private static func negated(_ bytes: [UInt8]) -> [UInt8] {
        var carry = true
        return bytes.map { byte in
            let (sum, overflow) = (~byte).addingReportingOverflow(carry ? 1 : 0)
            carry = overflow
            return sum
        }
    }
}

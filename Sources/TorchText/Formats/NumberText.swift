import Torch

/// Numbers spelled in ASCII.
enum NumberText {
    /// An integer of 64 bits, with or without a sign; nil for anything else.
    @inline(__always) static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let (magnitude, isNegative) = magnitude(text) else { return nil }
        if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// An integer's absolute value and whether it is negative; nil where `text` is no integer, or is beyond 64 bits.
    @inline(__always) static func magnitude(_ text: UnsafeRawBufferPointer) -> (UInt64, isNegative: Bool)? {
        guard var pointer = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        let end = pointer + text.count
        guard pointer < end else { return nil }
        let isNegative = pointer.pointee == UInt8(ascii: "-")
        if isNegative || pointer.pointee == UInt8(ascii: "+") { pointer += 1 }
        guard pointer < end else { return nil }
        // Nineteen digits cannot overflow.
        let safe = min(end, pointer + 19)
        var result: UInt64 = 0
        while pointer < safe {
            let digit = pointer.pointee &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            result = result &* 10 &+ UInt64(digit)
            pointer += 1
        }
        while pointer < end {
            let digit = pointer.pointee &- UInt8(ascii: "0")
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if digit > 9 || overflow || carry { return nil }
            result = sum
            pointer += 1
        }
        return (result, isNegative)
    }

    /// The double nearest to a decimal number, which may have a sign, a point and an exponent; infinite beyond the largest; nil where `text` is none.
    static func real(_ text: UnsafeRawBufferPointer) -> Double? {
        var place = 0
        let count = text.count
        var isNegative = false
        if place < count, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") {
            isNegative = text[place] == UInt8(ascii: "-")
            place += 1
        }
        var mantissa: UInt64 = 0, digits = 0, exponent = 0, isExact = true, isBehindPoint = false
        while place < count {
            let byte = text[place]
            if byte == UInt8(ascii: "."), !isBehindPoint { isBehindPoint = true } else {
                let digit = byte &- UInt8(ascii: "0")
                if digit > 9 { break }
                digits += 1
                if mantissa < 1 << 59 {
                    mantissa = mantissa * 10 + UInt64(digit)
                    if isBehindPoint { exponent -= 1 }
                } else {
                    isExact = isExact && digit == 0
                    if !isBehindPoint { exponent += 1 }
                }
            }
            place += 1
        }
        guard digits > 0 else { return nil }
        if place < count {
            guard text[place] | 0x20 == UInt8(ascii: "e") else { return nil }
            place += 1
            var isDown = false, power = 0
            if place < count, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") {
                isDown = text[place] == UInt8(ascii: "-")
                place += 1
            }
            guard place < count else { return nil }
            while place < count {
                let digit = text[place] &- UInt8(ascii: "0")
                if digit > 9 { return nil }
                power = min(power * 10 + Int(digit), 1 << 20)
                place += 1
            }
            exponent += isDown ? -power : power
        }
        // Both are exact as doubles, so that one operation rounds once.
        if isExact, mantissa <= 1 << 53, abs(exponent) <= 22 {
            let number = Double(mantissa), power = powers[abs(exponent)]
            let result = exponent < 0 ? number / power : number * power
            return isNegative ? -result : result
        }
        return Double(String(decoding: text, as: UTF8.self))
    }

    private static let powers: [Double] = (0...22).map { repeatElement(10, count: $0).reduce(1, *) }
}

import Torch

/// Parses numbers in ASCII.
enum NumberText {
    /// Returns a 64-bit integer, with or without a sign. Returns nil for anything else.
    @inline(__always) static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let (magnitude, isNegative) = magnitude(text) else { return nil }
        if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// Returns the absolute value of an integer and whether it is negative. Returns nil if `text` is not an integer or
    /// does not fit in 64 bits.
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

    /// Returns the double nearest to a decimal number, which may have a sign, a point and an exponent. Returns infinity
    /// if the number is too large, and nil if `text` is not a number.
    static func real(_ text: UnsafeRawBufferPointer) -> Double? {
        guard let first = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        let end = first + text.count
        var position = first
        let isNegative = position < end && position.pointee == UInt8(ascii: "-")
        if isNegative || position < end && position.pointee == UInt8(ascii: "+") { position += 1 }
        var mantissa: UInt64 = 0
        func digits() -> Int {
            let start = position
            while position < end {
                let digit = position.pointee &- UInt8(ascii: "0")
                if digit > 9 { break }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                position += 1
            }
            return position - start
        }
        let whole = digits()
        var behind = 0
        if position < end, position.pointee == UInt8(ascii: ".") {
            position += 1
            behind = digits()
        }
        guard whole + behind > 0 else { return nil }
        var exponent = -behind
        if position < end {
            guard position.pointee | 0x20 == UInt8(ascii: "e") else { return nil }
            position += 1
            let isDown = position < end && position.pointee == UInt8(ascii: "-")
            if isDown || position < end && position.pointee == UInt8(ascii: "+") { position += 1 }
            guard position < end else { return nil }
            var power = 0
            while position < end {
                let digit = position.pointee &- UInt8(ascii: "0")
                if digit > 9 { return nil }
                power = min(power * 10 + Int(digit), 1 << 20)
                position += 1
            }
            exponent += isDown ? -power : power
        }
        // Nineteen digits cannot overflow.
        guard whole + behind <= 19, abs(exponent) <= PowersOfTen.limit else {
            return Double(String(decoding: text, as: UTF8.self))
        }
        let number = PowersOfTen.scale(mantissa, by: exponent)
        return isNegative ? -number : number
    }
}

/// Computes the double nearest to an integer times a power of ten (D. Lemire, "Number Parsing at a Gigabyte per
/// Second", 2021), for exponents whose power of five fits in 64 bits.
enum PowersOfTen {
    static let limit = 27

    /// The first 128 bits of five to the power -27 ... 27. Values below one are rounded up.
    private static let fives: [(high: UInt64, low: UInt64)] = (-limit...limit).map { exponent in
        let five = repeatElement(5 as UInt64, count: abs(exponent)).reduce(1, *)
        if exponent >= 0 { return (five << UInt64(five.leadingZeroBitCount), 0) }
        // Divides a power of two bit by bit.
        var rest: UInt64 = 1 << UInt64(63 - (five - 1).leadingZeroBitCount), high: UInt64 = 0, low: UInt64 = 0
        for _ in 0..<128 {
            rest <<= 1
            let bit: UInt64 = rest >= five ? 1 : 0
            rest -= bit * five
            (high, low) = (high << 1 | low >> 63, low << 1 | bit)
        }
        return low == .max ? (high + 1, 0) : (high, low + 1)
    }

    /// - Precondition: the exponent is between `-limit` and `limit`.
    static func scale(_ mantissa: UInt64, by exponent: Int) -> Double {
        if mantissa == 0 { return 0 }
        let five = fives[exponent + limit], zeros = mantissa.leadingZeroBitCount, wide = mantissa << UInt64(zeros)
        var (high, low) = wide.multipliedFullWidth(by: five.high)
        if high & 0x1ff == 0x1ff {
            let (sum, carry) = low.addingReportingOverflow(wide.multipliedFullWidth(by: five.low).high)
            low = sum
            if carry { high += 1 }
        }
        let top = high >> 63, shift = top + 9
        var bits = high >> shift
        // A tie between two doubles goes to the even one.
        if low <= 1, (-4...23).contains(exponent), bits & 3 == 1, bits << shift == high { bits &= ~1 }
        bits = (bits + bits & 1) >> 1
        let power = (217_706 * exponent) >> 16 + 63 + Int(top) - zeros + 1023
        // If the sum carried into a 54th bit, it is a power of two.
        return bits >> 53 == 0
            ? Double(bitPattern: UInt64(power) << 52 | bits & (1 << 52 - 1))
            : Double(bitPattern: UInt64(power + 1) << 52)
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finite numbers in decimal, as C's `printf` writes them in the C locale. `printf` itself, and with it Foundation's
/// `String(format:)`, puts the decimal separator of the process's locale into the text.
package enum DecimalText {
    /// `%.Nf`: digits before the point and `digits` behind it.
    package static func fixed(_ value: Double, _ digits: Int) -> String { printed(value, "%.*f", digits) }

    /// `%.Ne`: one digit before the point, `digits` behind it, and an exponent.
    package static func scientific(_ value: Double, _ digits: Int) -> String { printed(value, "%.*e", digits) }

    /// `%.Ng`: `digits` digits altogether without zeros at the end, with an exponent only if it is shorter.
    package static func general(_ value: Double, _ digits: Int) -> String { printed(value, "%.*g", digits) }

    private static func printed(_ value: Double, _ format: String, _ digits: Int) -> String {
        let precision = max(0, min(digits, Int(CInt.max) - 320))
        // 309 digits before the point, a sign, a terminator, and a point that some locales write with several bytes.
        let capacity = 320 + precision
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
            let length = withVaList([CInt(precision), value]) { arguments in
                buffer.withMemoryRebound(to: CChar.self) { vsnprintf($0.baseAddress!, capacity, format, arguments) }
            }
            var end = 0
            for i in 0..<max(0, min(Int(length), capacity - 1)) {
                switch buffer[i] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"):
                    buffer[end] = buffer[i]
                // The rest of a point of several bytes.
                case _ where end > 0 && buffer[end - 1] == UInt8(ascii: "."): continue
                default: buffer[end] = UInt8(ascii: ".")
                }
                end += 1
            }
            return String(decoding: buffer[..<end], as: UTF8.self)
        }
    }
}

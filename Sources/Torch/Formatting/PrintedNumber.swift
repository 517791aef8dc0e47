#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Numbers in C's text format, for files and other programs.
package enum PrintedNumber {
    /// Formats a finite number like C's `printf`, but with a decimal point in every locale.
    /// - Parameters:
    ///   - value: the number.
    ///   - format: `%.*e`, `%.*f` or `%.*g`.
    ///   - precision: the value for the star.
    package static func of(_ value: Double, _ format: String, _ precision: Int) -> String {
        // 309 digits before the point, a sign, a terminator, and a point that has several bytes in some locales.
        let capacity = 320 + precision
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
            let length = withVaList([CInt(truncatingIfNeeded: precision), value]) { arguments in
                buffer.withMemoryRebound(to: CChar.self) { vsnprintf($0.baseAddress!, capacity, format, arguments) }
            }
            var end = 0
            for i in 0..<max(0, min(Int(length), capacity - 1)) {
                switch buffer[i] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"):
                    buffer[end] = buffer[i]
                // The other bytes of a multi-byte decimal point.
                case _ where end > 0 && buffer[end - 1] == UInt8(ascii: "."): continue
                default: buffer[end] = UInt8(ascii: ".")
                }
                end += 1
            }
            return String(decoding: buffer[..<end], as: UTF8.self)
        }
    }
}

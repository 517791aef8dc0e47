#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Numbers as C prints them, which files and other programs read.
package enum PrintedNumber {
    /// Prints a finite number as C's `printf` does, but with a point in every locale.
    /// - Parameters:
    ///   - value: the number.
    ///   - format: one of `%.*e`, `%.*f` and `%.*g`.
    ///   - precision: what takes the star's place.
    package static func of(_ value: Double, _ format: String, _ precision: Int) -> String {
        // 309 digits before the point, a sign, a terminator, and a point that some locales write with several bytes.
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

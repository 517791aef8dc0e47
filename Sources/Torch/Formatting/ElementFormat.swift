#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The one form that all elements of a printed tensor share: their notation and their width.
struct ElementFormat {
    private enum Notation {
        /// Integers and truth values.
        case plain
        /// Floating-point numbers that are all whole: `3.`
        case whole
        case fixed
        case scientific
    }

    private let notation: Notation
    private let precision: Int
    /// Characters that an element takes. Zeros, infinities and NaN among floats do not widen it.
    let width: Int
    /// The elements, each at least `width` characters long.
    let texts: [String]

    init(_ elements: [Scalar], _ dtype: DType, _ options: PrintOptions) {
        precision = options.precision
        notation = dtype.isFloatingPoint ? ElementFormat.notation(elements, sciMode: options.sciMode) : .plain
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        var width = 1
        for element in elements {
            let text = ElementFormat.text(element, notation, precision)
            if ElementFormat.counts(element, dtype) { width = max(width, text.utf8.count) }
            texts.append(text)
        }
        for (i, text) in texts.enumerated() where text.utf8.count < width {
            texts[i] = String(repeating: " ", count: width - text.utf8.count) + text
        }
        self.width = width
        self.texts = texts
    }

    private static func counts(_ element: Scalar, _ dtype: DType) -> Bool {
        guard dtype.isFloatingPoint else { return true }
        let value = element.doubleValue
        return value.isFinite && value != 0
    }

    /// PyTorch's choice: an exponent where the largest magnitude is more than 1000 times the smallest or above 10⁸, or, unless all are whole, the smallest
    /// is below 10⁻⁴.
    private static func notation(_ elements: [Scalar], sciMode: Bool?) -> Notation {
        var (least, greatest) = (Double.infinity, 0.0)
        var areWhole = true
        for element in elements {
            let value = element.doubleValue
            guard value.isFinite && value != 0 else { continue }
            least = min(least, value.magnitude)
            greatest = max(greatest, value.magnitude)
            if value != value.rounded(.up) { areWhole = false }
        }
        let isWide = greatest > 0 && (greatest / least > 1000 || greatest > 1e8 || least < 1e-4)
        return sciMode ?? isWide ? .scientific : areWhole ? .whole : .fixed
    }

    private static func text(_ element: Scalar, _ notation: Notation, _ precision: Int) -> String {
        switch element {
        case .bool(let b): return b ? "True" : "False"
        case .int(let i): return String(i)
        case .double(let d):
            if d.isNaN { return "nan" }
            if d.isInfinite { return d < 0 ? "-inf" : "inf" }
            return switch notation {
            case .scientific: decimal(d, "%.*e", precision)
            case .whole: decimal(d, "%.0f", nil) + "."
            case .fixed, .plain: decimal(d, "%.*f", precision)
            }
        }
    }

    /// `printf` of a finite number, with a point whatever the locale puts in its place.
    private static func decimal(_ value: Double, _ format: String, _ precision: Int?) -> String {
        let arguments: [any CVarArg] = precision.map { [CInt(truncatingIfNeeded: $0), value] } ?? [value]
        // 309 digits before the point, a sign, a terminator, and a point that some locales write with several bytes.
        let capacity = 320 + (precision ?? 0)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            let length = withVaList(arguments) { vsnprintf(buffer.baseAddress!, capacity, format, $0) }
            var text = ""
            text.reserveCapacity(Int(length))
            var inPoint = false
            for byte in buffer.prefix(Int(max(0, min(length, CInt(truncatingIfNeeded: capacity - 1))))) {
                let byte = UInt8(bitPattern: byte)
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"):
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                    inPoint = false
                default:
                    if !inPoint { text.append(".") }
                    inPoint = true
                }
            }
            return text
        }
    }
}

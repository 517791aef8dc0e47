#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The format of all elements of a printed tensor: a common notation and width.
struct ElementFormat {
    private enum Notation {
        /// Integers and Booleans.
        case plain
        /// Floating-point numbers that are all integral, printed as `3.`
        case whole
        case fixed
        case scientific
    }

    /// The width of an element in characters. Zeros, infinities and NaN of floating-point dtypes do not widen it.
    let width: Int
    /// The texts of the elements, right-aligned. For a complex element, the imaginary part follows the real part
    /// directly.
    private let texts: [String]

    init(_ elements: [Scalar], _ dtype: DType, _ options: PrintOptions) {
        if dtype.isComplex {
            let real = ElementFormat(elements.map { .double($0.doubleValue) }, dtype.toReal, options)
            let imaginary = ElementFormat(elements.map { .double($0.imaginaryValue) }, dtype.toReal, options)
            width = real.width + imaginary.width + 1
            texts = zip(real.texts, imaginary.texts).map { re, im in
                let part = im.drop { $0 == " " }
                return re + (part.hasPrefix("-") ? "" : "+") + part + "j"
            }
            return
        }
        let notation = dtype.isFloatingPoint ? ElementFormat.notation(elements, sciMode: options.sciMode) : .plain
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        var width = 1
        for element in elements {
            let text = ElementFormat.text(element, notation, options.precision)
            if ElementFormat.counts(element, dtype) { width = max(width, text.utf8.count) }
            texts.append(text)
        }
        self.width = width
        self.texts = texts.map { String(repeating: " ", count: max(0, width - $0.utf8.count)) + $0 }
    }

    func append(_ index: Int, to text: inout String) { text += texts[index] }

    private static func counts(_ element: Scalar, _ dtype: DType) -> Bool {
        guard dtype.isFloatingPoint else { return true }
        let value = element.doubleValue
        return value.isFinite && value != 0
    }

    /// Chooses the notation like PyTorch: with an exponent if the largest magnitude is more than 1000 times the
    /// smallest, or above 10⁸, or if the smallest is below 10⁻⁴.
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
        // If all elements are zeros, infinities or NaN, they need no fraction digits and no exponent, regardless of
        // `sciMode`.
        if greatest == 0 { return .whole }
        let isWide = greatest / least > 1000 || greatest > 1e8 || least < 1e-4
        return sciMode ?? isWide ? .scientific : areWhole ? .whole : .fixed
    }

    private static func text(_ element: Scalar, _ notation: Notation, _ precision: Int) -> String {
        switch element {
        case .bool(let b): return b ? "True" : "False"
        case .int(let i): return String(i)
        case .uint(let u): return String(u)
        case .double, .complex:
            let d = element.doubleValue
            if d.isNaN { return "nan" }
            if d.isInfinite { return d < 0 ? "-inf" : "inf" }
            return switch notation {
            case .scientific: PrintedNumber.of(d, "%.*e", precision)
            case .whole: PrintedNumber.of(d, "%.*f", 0) + "."
            case .fixed, .plain: PrintedNumber.of(d, "%.*f", precision)
            }
        }
    }
}

/// A value that Python's formats apply to. Numbers, texts and 0-dimensional tensors are such values.
public protocol Formattable {
    /// Returns the value as text in a format of Python's mini-language. Python: `__format__`.
    ///
    /// A format that the value does not have raises Python's ValueError and gives an empty text.
    func formatted(_ spec: String) -> String
}

/// Returns a value as text in one of Python's formats. Python: `format`.
///
/// ```swift
/// format(0.12345, ".3f")      // 0.123
/// format(1234567, ",")        // 1,234,567
/// format("loss", ">8")        // "    loss"
/// "\(loss, ">8.4f") \(accuracy, ".1%")"
/// ```
///
/// A format is `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`:
/// - align: `<` left, `>` right, `^` centered, `=` padding after the sign. A character before it fills.
/// - sign: `+` also for positive numbers, a space in its place, `-` only for negative ones.
/// - `z`: a number that is rounded to zero has no minus sign.
/// - `#`: `0x` and the like for integers; floating-point numbers keep their point.
/// - `0`: zeros fill, after the sign.
/// - width: the least number of characters (code points).
/// - grouping: `,` or `_` between thousands; `_` between four digits of `b`, `o`, `x`, `X`.
/// - precision: digits after the point for `f`, `e` and `%`, significant digits for `g`, characters of a text.
/// - type: `d`, `b`, `o`, `x`, `X`, `c`, `n` for integers; `f`, `e`, `g`, `%` in both cases for all numbers; `s` for
///   texts.
///
/// The result does not depend on the locale.
/// - Parameters:
///   - value: a number, a text or a 0-dimensional tensor.
///   - spec: the format. If it is empty, the value is written as Python's `str` does.
/// - Precondition: the value has the format; otherwise Python's ValueError is raised.
public func format(_ value: some Formattable, _ spec: String = "") -> String { value.formatted(spec) }

extension DefaultStringInterpolation {
    /// Appends a value in one of Python's formats: `"\(loss, ".4f")"`. Python: `f"{loss:.4f}"`.
    ///
    /// ``format(_:_:)`` lists the formats.
    public mutating func appendInterpolation(_ value: some Formattable, _ spec: String) {
        appendLiteral(value.formatted(spec))
    }
}

extension Formattable where Self: BinaryInteger {
    public func formatted(_ spec: String) -> String { FormatSpec.format(self, spec) }
}

extension Int: Formattable {}
extension Int8: Formattable {}
extension Int16: Formattable {}
extension Int32: Formattable {}
extension Int64: Formattable {}
extension UInt: Formattable {}
extension UInt8: Formattable {}
extension UInt16: Formattable {}
extension UInt32: Formattable {}
extension UInt64: Formattable {}

extension Formattable where Self: BinaryFloatingPoint {
    public func formatted(_ spec: String) -> String { FormatSpec.format(Double(self), spec) }
}

extension Double: Formattable {}
extension Float: Formattable {}

extension Bool: Formattable {
    public func formatted(_ spec: String) -> String {
        spec.isEmpty ? PythonText.repr(self) : FormatSpec.format(self ? 1 : 0, spec, for: "bool")
    }
}

extension Formattable where Self: StringProtocol {
    public func formatted(_ spec: String) -> String { FormatSpec.format(String(self), spec) }
}

extension String: Formattable {}
extension Substring: Formattable {}

extension Tensor: Formattable {
    /// Returns the element of a 0-dimensional tensor in one of Python's formats: `"\(loss, ".4f")"`. Other tensors
    /// have no format but the empty one, which gives their description. PyTorch: `Tensor.__format__`.
    public func formatted(_ spec: String) -> String {
        if isVoid { return "" }
        if dim == 0, device.kind != .meta, !dtype.isComplex {
            let element = detach().itemScalar()
            switch element {
            case .bool(let value): return value.formatted(spec)
            case .int(let value): return value.formatted(spec)
            case .uint(let value): return value.formatted(spec)
            case .double(let value): return value.formatted(spec)
            case .complex: break
            }
        }
        if !spec.isEmpty { raise(.type, "unsupported format string passed to Tensor.__format__") }
        return spec.isEmpty ? description : ""
    }
}

/// One factor for each spatial dimension, or one factor for all of them. PyTorch: `float` or a `tuple` of `float`.
public struct ScaleFactor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable,
    Equatable
{
    /// The factors. There is one if the same factor is meant for all dimensions.
    public let values: [Double]
    /// Whether it was written as a number, not as a list.
    public let isNumber: Bool

    /// Creates one factor for all dimensions.
    public init(_ value: Double) {
        values = [value]
        isNumber = true
    }

    /// Creates one factor for each dimension.
    public init(_ values: [Double]) {
        self.values = values
        isNumber = false
    }

    public init(floatLiteral value: Double) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(Double(value)) }
    public init(arrayLiteral elements: Double...) { self.init(elements) }
}

extension ScaleFactor: CustomStringConvertible {
    /// The form in which Python prints it: `2.0`, `(2.0, 3.0)` or `(2.0,)`.
    public var description: String {
        let texts = values.map { PythonText.repr($0) }
        return isNumber ? texts[0] : texts.count == 1 ? "(\(texts[0]),)" : "(\(texts.joined(separator: ", ")))"
    }
}

/// What can be passed where PyTorch takes a `float` or a `tuple` of `float`: `Double`, `Int`, `[Double]` and
/// `ScaleFactor`.
public protocol ScaleFactorConvertible {
    /// Returns the factors as a `ScaleFactor`.
    func toScaleFactor() -> ScaleFactor
}

extension ScaleFactor: ScaleFactorConvertible { public func toScaleFactor() -> ScaleFactor { self } }
extension Double: ScaleFactorConvertible { public func toScaleFactor() -> ScaleFactor { ScaleFactor(self) } }
extension Int: ScaleFactorConvertible { public func toScaleFactor() -> ScaleFactor { ScaleFactor(Double(self)) } }
extension Array: ScaleFactorConvertible where Element == Double {
    public func toScaleFactor() -> ScaleFactor { ScaleFactor(self) }
}

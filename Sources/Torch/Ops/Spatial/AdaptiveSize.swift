/// The size of an adaptive pooling's result: one number for each spatial dimension, or one number for all of them. nil
/// stands for the size of the input. PyTorch: `int`, `None` or a `tuple` of them.
///
///     AdaptiveAvgPool2d([5, nil])
public struct AdaptiveSize: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable, Equatable {
    /// The numbers. There is one if the same number is meant for all dimensions.
    public let values: [Int?]
    /// Whether it was written as a number, not as a list.
    public let isNumber: Bool

    /// Creates a size from one number for all dimensions.
    public init(_ value: Int) {
        values = [value]
        isNumber = true
    }

    /// Creates a size from one number, or nil, for each dimension.
    public init(_ values: [Int?]) {
        self.values = values
        isNumber = false
    }

    public init(integerLiteral value: Int) { self.init(value) }
    public init(arrayLiteral elements: Int?...) { self.init(elements) }

    /// Returns the sizes for an input; a number counts for all `spatial` dimensions. Raises and returns nil if the
    /// input has too few dimensions for a list.
    func resolved(_ input: Tensor, _ spatial: Int) -> [Int]? {
        if isNumber { return [Int](repeating: values[0] ?? 1, count: spatial) }
        if input.dim <= values.count { return refuse(.value, "Input dimension should be at least \(values.count + 1)") }
        return zip(values, input.sizes.suffix(values.count)).map { $0 ?? $1 }
    }
}

extension AdaptiveSize: CustomStringConvertible {
    /// The form in which Python prints it: `3`, `(3, None)` or `(3,)`.
    public var description: String {
        let texts = values.map { $0.map(String.init) ?? "None" }
        return isNumber ? texts[0] : texts.count == 1 ? "(\(texts[0]),)" : "(\(texts.joined(separator: ", ")))"
    }
}

/// What can be passed as the size of an adaptive pooling's result: `Int`, `[Int]`, `[Int?]`, `Size`, `KernelSize` and
/// `AdaptiveSize`.
public protocol AdaptiveSizeConvertible {
    /// Returns the numbers as an `AdaptiveSize`.
    func toAdaptiveSize() -> AdaptiveSize
}

/// An element of a list that is a size: `Int` or `Int?`.
public protocol AdaptiveSizeElement {
    /// The size, or nil for that of the input.
    var adaptiveSize: Int? { get }
}

extension Int: AdaptiveSizeElement { public var adaptiveSize: Int? { self } }
extension Optional: AdaptiveSizeElement where Wrapped == Int { public var adaptiveSize: Int? { self } }

extension AdaptiveSize: AdaptiveSizeConvertible { public func toAdaptiveSize() -> AdaptiveSize { self } }
extension Int: AdaptiveSizeConvertible { public func toAdaptiveSize() -> AdaptiveSize { AdaptiveSize(self) } }
extension Array: AdaptiveSizeConvertible where Element: AdaptiveSizeElement {
    public func toAdaptiveSize() -> AdaptiveSize { AdaptiveSize(map(\.adaptiveSize)) }
}
extension Size: AdaptiveSizeConvertible { public func toAdaptiveSize() -> AdaptiveSize { AdaptiveSize(sizes) } }
extension KernelSize: AdaptiveSizeConvertible {
    public func toAdaptiveSize() -> AdaptiveSize { isNumber ? AdaptiveSize(values[0]) : AdaptiveSize(values) }
}

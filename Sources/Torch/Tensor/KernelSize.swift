/// One number for each spatial dimension, or one number for all of them: a kernel's size, a stride, a padding, a
/// dilation. PyTorch: `int` or `tuple` of `int`.
///
///     Conv2d(3, 16, kernelSize: 3, stride: [2, 1])
///
/// Parameters are declared as `some KernelSizeConvertible`, so that literals, `Int` and `[Int]` can be passed.
public struct KernelSize: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable, Equatable {
    /// The numbers. There is one if the same number is meant for all dimensions.
    public let values: [Int]
    /// Whether it was written as a number, not as a list. Only the printed form depends on it.
    public let isNumber: Bool

    /// Creates a size from one number for all dimensions.
    public init(_ value: Int) {
        values = [value]
        isNumber = true
    }

    /// Creates a size from one number for each dimension.
    public init(_ values: some Collection<Int>) {
        self.values = Array(values)
        isNumber = false
    }

    public init(integerLiteral value: Int) { self.init(value) }
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// Returns one number for each of `count` dimensions. Returns nil if there are neither one nor `count` numbers.
    /// PyTorch: `expand_param_if_needed`.
    public func expanded(to count: Int) -> [Int]? {
        if values.count == count { return values }
        return values.count == 1 ? [Int](repeating: values[0], count: Swift.max(count, 0)) : nil
    }
}

extension KernelSize: CustomStringConvertible {
    /// The form in which Python prints it: `3`, `(3, 5)` or `(3,)`.
    public var description: String { isNumber ? "\(values[0])" : KernelSize.tuple(values) }

    /// Returns the text of a Python tuple: `(3, 5)` or `(3,)`.
    static func tuple(_ values: [Int]) -> String {
        values.count == 1 ? "(\(values[0]),)" : "(" + values.map(String.init).joined(separator: ", ") + ")"
    }
}

/// What can be passed where PyTorch takes an `int` or a `tuple` of `int`: `Int`, `[Int]`, `Size` and `KernelSize`.
public protocol KernelSizeConvertible {
    /// Returns the numbers as a `KernelSize`.
    func toKernelSize() -> KernelSize
}

extension KernelSize: KernelSizeConvertible { public func toKernelSize() -> KernelSize { self } }
extension Int: KernelSizeConvertible { public func toKernelSize() -> KernelSize { KernelSize(self) } }
extension Array: KernelSizeConvertible where Element == Int {
    public func toKernelSize() -> KernelSize { KernelSize(self) }
}
extension Size: KernelSizeConvertible { public func toKernelSize() -> KernelSize { KernelSize(sizes) } }

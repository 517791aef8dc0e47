/// A number, or nested arrays of numbers, from which a tensor can be created.
public protocol NestedNumbers {
    /// The type of the numbers in the innermost arrays.
    associatedtype Number: TensorElement
    /// Appends the size of each nesting level, read from the first element of the level above. Stops at an empty level.
    func appendSizes(to sizes: inout [Int])
    /// Appends the numbers in row-major order. If an array at `level` or below has another length than `sizes` says,
    /// sets `mismatch` to the first such array.
    func append(to numbers: inout [Number], _ sizes: [Int], level: Int, mismatch: inout NestingMismatch?)
}

/// The level and length of a nested array whose length differs from the others of its level.
public struct NestingMismatch: Sendable {
    /// The nesting level, counted from 0, and the length of the array.
    public var level, length: Int
}

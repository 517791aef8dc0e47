/// A number, or nested arrays of numbers, from which a tensor can be created.
public protocol NestedNumbers {
    /// The type of the numbers in the innermost arrays.
    associatedtype Number: TensorElement
    /// Appends the numbers of `value` to `result`, in row-major order.
    static func flatten(_ value: Self, into result: inout FlattenedNumbers<Number>)
}

/// The numbers of nested arrays in row-major order, and the sizes of the tensor that they make.
public struct FlattenedNumbers<Number: TensorElement> {
    var numbers: [Number] = []
    /// The length of the first array of each nesting level, up to the first empty one.
    var sizes: [Int] = []
    /// The nesting level of the array that is read now.
    private var level = 0
    /// The first array whose length differs from the size of its level.
    private(set) var mismatch: (level: Int, length: Int)?

    /// Calls `body` for an array of `count` elements of the next nesting level. If its length differs from the others
    /// of the level, sets `mismatch` instead.
    mutating func readArray(count: Int, _ body: (inout FlattenedNumbers) -> Void) {
        if mismatch != nil { return }
        if level == sizes.count { sizes.append(count) }
        guard count == sizes[level] else { return mismatch = (level, count) }
        level += 1
        body(&self)
        level -= 1
    }
}

/// What distinguishes a tensor from plain elements in memory. A fast path asks for all of it in one comparison.
struct TensorFlags: OptionSet {
    let rawValue: UInt8

    /// The tensor replaces the result of a failed operator.
    static let void = TensorFlags(rawValue: 1)
    /// The tensor represents a Swift number.
    static let number = TensorFlags(rawValue: 2)
    /// The memory holds the complex conjugates of the elements. PyTorch: the conjugate bit.
    static let conjugated = TensorFlags(rawValue: 4)
    /// The memory holds the negatives of the elements. PyTorch: the negative bit.
    static let negated = TensorFlags(rawValue: 8)

    /// The flags of a tensor whose memory does not hold its own elements.
    static let unresolved: TensorFlags = [.conjugated, .negated]
}

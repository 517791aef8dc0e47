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
    /// The tensor is sparse: its storage has no memory, but indices and values.
    static let sparse = TensorFlags(rawValue: 16)

    /// The flags of a tensor whose memory holds other elements than its own.
    static let unresolved: TensorFlags = [.conjugated, .negated]
    /// The flags of a tensor whose elements cannot be read where its layout says.
    static let indirect: TensorFlags = [.conjugated, .negated, .sparse]
}

/// The sizes of a tensor's dimensions, printed like PyTorch's: `torch.Size([64, 1, 28, 28])`. PyTorch: `torch.Size`.
public struct Size: Sendable, Hashable, RandomAccessCollection, MutableCollection, ExpressibleByArrayLiteral {
    /// The sizes as an array.
    public var sizes: [Int]

    /// Creates a `Size` from an array.
    public init(_ sizes: [Int]) { self.sizes = sizes }
    /// Creates sizes from an array literal.
    public init(arrayLiteral elements: Int...) { sizes = elements }

    public var startIndex: Int { 0 }
    public var endIndex: Int { sizes.count }

    /// The shape of a void tensor: size 1 at every index, so that computations with its sizes do not trap.
    static let ofVoid = Size([Int](repeating: 1, count: 64))

    /// The size of a dimension. A negative position counts from the end.
    /// - Precondition: the dimension exists.
    public subscript(position: Int) -> Int {
        get { wrappedIndex(position).map { sizes[$0] } ?? 1 }
        set { if let i = wrappedIndex(position) { sizes[i] = newValue } }
    }

    private func wrappedIndex(_ position: Int) -> Int? {
        let index = position < 0 ? position &+ sizes.count : position
        if sizes.indices.contains(index) { return index }
        raise(.index, "tuple index out of range")
        return nil
    }

    /// The product of the sizes. PyTorch: `Size.numel`.
    public var numel: Int {
        let count = Layout.saturatedCount(sizes)
        guard count < .max else {
            raise(.runtime, "numel: integer multiplication overflow")
            return 0
        }
        return count
    }

    /// Returns whether the sizes equal an array.
    public static func == (a: Size, b: [Int]) -> Bool { a.sizes == b }
    /// Returns whether the sizes differ from an array.
    public static func != (a: Size, b: [Int]) -> Bool { a.sizes != b }
}

extension Size: CustomStringConvertible {
    public var description: String { "torch.Size(\(sizes))" }
}

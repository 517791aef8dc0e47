/// A tensor's sizes, as PyTorch prints them: `torch.Size([64, 1, 28, 28])`. PyTorch: `torch.Size`.
public struct Size: Sendable, Hashable, RandomAccessCollection, MutableCollection, ExpressibleByArrayLiteral {
    public var sizes: [Int]

    public init(_ sizes: [Int]) { self.sizes = sizes }
    public init(arrayLiteral elements: Int...) { sizes = elements }

    public var startIndex: Int { 0 }
    public var endIndex: Int { sizes.count }

    /// The size of a dimension, counted from the end where negative.
    public subscript(position: Int) -> Int {
        get { sizes[position < 0 ? position + sizes.count : position] }
        set { sizes[position < 0 ? position + sizes.count : position] = newValue }
    }

    /// The product of the sizes. PyTorch: `Size.numel`.
    public var numel: Int {
        guard let count = Layout.checkedCount(sizes) else {
            raise(.runtime, "numel: integer multiplication overflow")
            return 0
        }
        return count
    }

    public static func == (a: Size, b: [Int]) -> Bool { a.sizes == b }
    public static func != (a: Size, b: [Int]) -> Bool { a.sizes != b }
}

extension Size: CustomStringConvertible {
    public var description: String { "torch.Size(\(sizes))" }
}

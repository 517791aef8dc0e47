// Indexing by integers, ranges, .all, .ellipsis and .newAxis: always a view.

/// One place in an index expression: `a[1, 0]`, `a[..<2, 0...]`, `a[.all, 1]`, `a[.ellipsis, .newAxis]`.
public protocol TensorIndex {
    var tensorIndex: BasicIndex { get }
}

/// What one place of an index expression does.
public enum BasicIndex: Sendable {
    case integer(Int)
    case slice(start: Int?, end: Int?, step: Int)
    case ellipsis
    case newAxis
}

/// The places that are no numbers: every index of a dimension, as many dimensions as it takes, a new dimension of size 1.
public struct SpecialIndex: TensorIndex, Sendable {
    public let tensorIndex: BasicIndex
}

extension TensorIndex where Self == SpecialIndex {
    public static var all: SpecialIndex { SpecialIndex(tensorIndex: .slice(start: nil, end: nil, step: 1)) }
    public static var ellipsis: SpecialIndex { SpecialIndex(tensorIndex: .ellipsis) }
    public static var newAxis: SpecialIndex { SpecialIndex(tensorIndex: .newAxis) }
}

/// Every `by`-th index from `from` up to `to`. Python: `from:to:by`.
public struct Slice: TensorIndex, Sendable {
    public let tensorIndex: BasicIndex
    public init(_ from: Int? = nil, _ to: Int? = nil, by step: Int = 1) { tensorIndex = .slice(start: from, end: to, step: step) }
}

extension Int: TensorIndex { public var tensorIndex: BasicIndex { .integer(self) } }
extension Range: TensorIndex where Bound == Int { public var tensorIndex: BasicIndex { .slice(start: lowerBound, end: upperBound, step: 1) } }
extension ClosedRange: TensorIndex where Bound == Int {
    public var tensorIndex: BasicIndex { .slice(start: lowerBound, end: upperBound == -1 ? nil : upperBound + 1, step: 1) }
}
extension PartialRangeFrom: TensorIndex where Bound == Int { public var tensorIndex: BasicIndex { .slice(start: lowerBound, end: nil, step: 1) } }
extension PartialRangeUpTo: TensorIndex where Bound == Int { public var tensorIndex: BasicIndex { .slice(start: nil, end: upperBound, step: 1) } }
extension PartialRangeThrough: TensorIndex where Bound == Int {
    public var tensorIndex: BasicIndex { .slice(start: nil, end: upperBound == -1 ? nil : upperBound + 1, step: 1) }
}

extension Tensor {
    /// A view of part of the tensor. PyTorch: basic indexing, `a[1, 0:2, ..., None]`.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get { viewed(indices.map(\.tensorIndex)) }
        set {
            let region = viewed(indices.map(\.tensorIndex))
            // `a[i] += b` has written the view itself already.
            if newValue.storage === region.storage && newValue.layout == region.layout { return }
            region.assign(newValue)
        }
    }

    /// Reads the only element of a part as a number, or writes a number into all of it: `a[1, 0] = 100`, `a[.all, 0] = x.scalar`.
    @_disfavoredOverload
    public subscript(_ indices: any TensorIndex...) -> Scalar {
        get { viewed(indices.map(\.tensorIndex)).itemScalar() }
        set { viewed(indices.map(\.tensorIndex)).fill_(newValue) }
    }

    private func assign(_ value: Tensor) {
        // PyTorch drops leading dimensions of size 1 from the value.
        var source = value
        while source.dim > dim, source.sizes[0] == 1 { source = source.squeeze(0) }
        copy_(source)
    }

    private func viewed(_ indices: [BasicIndex]) -> Tensor {
        let used = indices.reduce(0) { count, index in
            switch index {
            case .integer, .slice: count + 1
            case .ellipsis, .newAxis: count
            }
        }
        guard used <= dim else {
            if dim == 0 { return fail(.index, "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number") }
            return fail(.index, "too many indices for tensor of dimension \(dim)")
        }
        var result = self
        var d = 0
        var sawEllipsis = false
        for index in indices {
            switch index {
            case .integer(let i):
                let size = result.isVoid ? 0 : result.sizes[d]
                guard i >= -size && i < size else {
                    return result.isVoid ? .void : fail(.index, "index \(i) is out of bounds for dimension \(d) with size \(size)")
                }
                result = result.select(d, i)
            case .slice(let start, let end, let step):
                if start != nil || end != nil || step != 1 { result = result.slice(d, start, end, step: step) }
                d += 1
            case .ellipsis:
                if sawEllipsis { return fail(.index, "an index can only have a single ellipsis ('...')") }
                sawEllipsis = true
                d += dim - used
            case .newAxis:
                result = result.unsqueeze(d)
                d += 1
            }
            if result.isVoid { return .void }
        }
        return result === self ? view(as: layout, "AliasBackward0") { _, g in g } : result
    }
}

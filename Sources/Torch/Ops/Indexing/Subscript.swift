// Indexing: integers, slices, .all, .ellipsis and .newAxis give a view. If the indices contain a tensor, a list or a
// Bool, the result is a copy.

/// An index in a subscript: `a[1, 0]`, `a[..<2, 0...]`, `a[.all, 1]`, `a[.ellipsis, .newAxis]`, `a[mask]`,
/// `a[[0, 2], index]`.
public protocol TensorIndex {
    /// The operation that this index performs.
    var tensorIndex: IndexTerm { get }
}

/// The operation of one index in a subscript.
public enum IndexTerm: Sendable {
    /// Selects one index of a dimension and removes the dimension.
    case integer(Int)
    /// Selects every `step`-th index from `start` up to `end`.
    case slice(start: Int?, end: Int?, step: Int)
    /// Keeps as many dimensions as the other indices leave over.
    case ellipsis
    /// Adds a dimension of size 1.
    case newAxis
    /// Adds a dimension of size 1 (true) or 0 (false).
    case bool(Bool)
    /// Selects by a tensor of integers, or by a mask of dtype bool or uint8.
    case tensor(Tensor)
}

/// An index that is not a number: `.all`, `.ellipsis` or `.newAxis`.
public struct SpecialIndex: TensorIndex, Sendable {
    /// The operation that this index performs.
    public let tensorIndex: IndexTerm
}

extension TensorIndex where Self == SpecialIndex {
    /// Every index of a dimension. Python: `:`.
    public static var all: SpecialIndex { SpecialIndex(tensorIndex: .slice(start: nil, end: nil, step: 1)) }
    /// As many dimensions as the other indices leave over. Python: `...`.
    public static var ellipsis: SpecialIndex { SpecialIndex(tensorIndex: .ellipsis) }
    /// A new dimension of size 1. Python: `None`.
    public static var newAxis: SpecialIndex { SpecialIndex(tensorIndex: .newAxis) }
}

/// Every `by`-th index from `from` up to, but not including, `to`. Python: `from:to:by`.
public struct Slice: TensorIndex, Sendable {
    /// The operation that this index performs.
    public let tensorIndex: IndexTerm
    /// Creates a slice. A missing bound is the start or the end of the dimension.
    public init(_ from: Int? = nil, _ to: Int? = nil, by step: Int = 1) {
        tensorIndex = .slice(start: from, end: to, step: step)
    }
}

extension Int: TensorIndex {
    /// Selects one index of a dimension.
    public var tensorIndex: IndexTerm { .integer(self) }
}
extension Bool: TensorIndex {
    /// Adds a dimension of size 1 (true) or 0 (false).
    public var tensorIndex: IndexTerm { .bool(self) }
}
extension Tensor: TensorIndex {
    /// Selects by the tensor's indices, or by the elements where a mask is true.
    public var tensorIndex: IndexTerm { .tensor(self) }
}
extension Range: TensorIndex where Bound == Int {
    /// Selects the indices of the range.
    public var tensorIndex: IndexTerm { .slice(start: lowerBound, end: upperBound, step: 1) }
}
extension ClosedRange: TensorIndex where Bound == Int {
    /// Selects the indices of the range.
    public var tensorIndex: IndexTerm { .slice(start: lowerBound, end: end(after: upperBound), step: 1) }
}
extension PartialRangeFrom: TensorIndex where Bound == Int {
    /// Selects the indices from the bound to the end of the dimension.
    public var tensorIndex: IndexTerm { .slice(start: lowerBound, end: nil, step: 1) }
}
extension PartialRangeUpTo: TensorIndex where Bound == Int {
    /// Selects the indices from 0 up to, but not including, the bound.
    public var tensorIndex: IndexTerm { .slice(start: nil, end: upperBound, step: 1) }
}
extension PartialRangeThrough: TensorIndex where Bound == Int {
    /// Selects the indices from 0 through the bound.
    public var tensorIndex: IndexTerm { .slice(start: nil, end: end(after: upperBound), step: 1) }
}

/// Returns the end of a slice whose last index is `last`. If `last` is the last index of the dimension, returns nil,
/// which means the end of the dimension.
private func end(after last: Int) -> Int? { last == -1 || last == .max ? nil : last + 1 }

/// A type whose arrays can be used as an index: integers, Bools (a mask), or arrays of these.
public protocol IndexListElement: NestedNumbers {}

extension Int: IndexListElement {}
extension Bool: IndexListElement {}
extension Array: IndexListElement where Element: IndexListElement {}
extension Array: TensorIndex where Element: IndexListElement {
    /// Selects by the tensor of the list's numbers.
    public var tensorIndex: IndexTerm {
        .tensor(Tensor(nested: self, dtype: nil, device: .cpu, requiresGrad: false))
    }
}

/// What the indices of a subscript select: a view, and the index tensors to apply to it.
private struct IndexedPart {
    /// The result of the integers, slices and new dimensions.
    let view: Tensor
    /// An index tensor or nil for each dimension of `view`, up to the last index tensor; empty if there are none.
    let indices: [Tensor?]

    init(_ view: Tensor, _ indices: [Tensor?] = []) {
        self.view = view
        self.indices = indices
    }

    static var void: IndexedPart { IndexedPart(.void) }
}

extension Tensor {
    /// A part of the tensor: a view, or a copy if the indices are tensors, lists or Bools. PyTorch: `a[1, 0:2, ...,
    /// None]`, `a[mask]`, `a[[0, 2], :, index]`.
    ///
    /// Integer tensors and lists are broadcast together. If they are adjacent, their dimensions stay in place;
    /// otherwise they move to the front. A mask replaces as many dimensions as it has. An assigned value is broadcast
    /// to the part. If the indices contain tensors, the assigned value must have this tensor's dtype.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get {
            let part = resolve(indices)
            return part.indices.isEmpty || part.view.isVoid ? part.view : part.view.index(part.indices)
        }
        set {
            let part = resolve(indices), view = part.view
            if !part.indices.isEmpty { return _ = view.indexPut_(part.indices, newValue.withoutLeadingOnes()) }
            // `a[i] += b` has already written the view itself.
            if newValue.storage === view.storage, newValue.layout == view.layout, newValue.flags == view.flags {
                return
            }
            view.copy_(newValue.sizes == view.sizes ? newValue : newValue.withoutLeadingOnes().expand(view.sizes))
        }
    }

    /// Writes a number to all elements of a part: `a[1, 0] = 100`, `a[mask] = 0`, `a[.all, 0] = x.itemScalar()`.
    ///
    /// This subscript cannot be read. To read a number, use `item()` of the tensor that the other subscript returns.
    @_disfavoredOverload
    public subscript(_ indices: any TensorIndex...) -> any ScalarConvertible {
        @available(*, unavailable, message: "a subscript gives a tensor; its only element is read by item()")
        get { fatalError("unavailable") }
        set { write(newValue.scalar, at: indices) }
    }

    private func write(_ value: Scalar, at indices: [any TensorIndex]) {
        let part = resolve(indices)
        if part.indices.isEmpty {
            part.view.fill_(value)
        } else if !part.view.isVoid {
            part.view.indexPut_(part.indices, Tensor.filled(value, [], dtype, device))
        }
    }

    /// Removes leading dimensions of size 1, as PyTorch does with an assigned value.
    private func withoutLeadingOnes() -> Tensor {
        let ones = sizes.prefix { $0 == 1 }.count
        return ones == 0 ? self : view(Array(sizes[ones...]))
    }

    /// Applies integers, slices and new dimensions.
    private func resolve(_ indices: [any TensorIndex]) -> IndexedPart {
        if isVoid { return .void }
        let terms = indices.map(\.tensorIndex)
        var used = 0
        for term in terms {
            switch term {
            case .integer, .slice: used += 1
            case .tensor(let t): used += t.isMask ? t.dim : 1
            case .ellipsis, .newAxis, .bool: break
            }
        }
        guard used <= dim else {
            if dim > 0 || terms.count > 1 {
                return IndexedPart(fail(.index, "too many indices for tensor of dimension \(dim)"))
            }
            switch terms[0] {
            case .integer:
                return IndexedPart(
                    fail(
                        .index,
                        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
                    ))
            case .slice(let start, let end, let step): return IndexedPart(slice(0, start, end, step: step))
            default: return IndexedPart(fail(.index, "too many indices for tensor of dimension 0"))
            }
        }
        var result = self
        var tensors: [Tensor?] = []
        var d = 0
        var sawEllipsis = false
        /// The number of dimensions of the result that `tensors` covers. A mask is one entry but covers several
        /// dimensions.
        var covered = 0
        func add(_ tensor: Tensor) {
            tensors += [Tensor?](repeating: nil, count: d - covered)
            tensors.append(tensor)
            let taken = tensor.isMask ? tensor.dim : 1
            d += taken
            covered = d
        }
        func select(_ i: Int, at position: Int) {
            let size = result.sizes[d]
            result =
                i >= -size && i < size
                ? result.select(d, i)
                : fail(.index, "index \(i) is out of bounds for dimension \(position) with size \(size)")
        }
        func addDimension(_ isFull: Bool) {
            result = result.unsqueeze(d)
            add(Tensor(isFull ? [0] : [Int](), device: .cpu))
        }
        for (position, term) in terms.enumerated() {
            switch term {
            case .integer(let i):
                select(i, at: position)
            case .slice(let start, let end, let step):
                guard step > 0 else {
                    return IndexedPart(
                        fail(.value, step == 0 ? "slice step cannot be zero" : "step must be greater than zero"))
                }
                if start != nil || end != nil || step != 1 { result = result.slice(d, start, end, step: step) }
                d += 1
            case .ellipsis:
                // A second ellipsis covers no dimension.
                if !sawEllipsis { d += dim - used }
                sawEllipsis = true
            case .newAxis:
                result = result.unsqueeze(d)
                d += 1
            case .bool(let isFull):
                addDimension(isFull)
            case .tensor(let index):
                if index.isVoid { return .void }
                if index.dim == 0, index.isMask {
                    addDimension(index.itemScalar().boolValue)
                } else if index.dim == 0, index.dtype.isInteger {
                    select(Int(index.itemScalar().int64Value), at: position)
                } else {
                    add(index)
                }
            }
            if result.isVoid { return .void }
        }
        if tensors.isEmpty, result === self { return IndexedPart(view(as: layout, "AliasBackward0") { _, g in g }) }
        return IndexedPart(result, tensors)
    }

    private var isMask: Bool { dtype == .bool || dtype == .uint8 }
}

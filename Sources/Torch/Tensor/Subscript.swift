// Indexing: integers, slices, .all, .ellipsis and .newAxis give a view; with a tensor, a list or a Bool among them the
// result is a copy.

/// One place in an index expression: `a[1, 0]`, `a[..<2, 0...]`, `a[.all, 1]`, `a[.ellipsis, .newAxis]`, `a[mask]`,
/// `a[[0, 2], index]`.
public protocol TensorIndex {
    var tensorIndex: IndexTerm { get }
}

/// What one place of an index expression does.
public enum IndexTerm: Sendable {
    case integer(Int)
    case slice(start: Int?, end: Int?, step: Int)
    case ellipsis
    case newAxis
    /// A new dimension of size 1, or 0.
    case bool(Bool)
    /// Integers, or a mask of bool or uint8.
    case tensor(Tensor)
}

/// The places that are no numbers: every index of a dimension, as many dimensions as it takes, a new dimension of size
/// 1.
public struct SpecialIndex: TensorIndex, Sendable {
    public let tensorIndex: IndexTerm
}

extension TensorIndex where Self == SpecialIndex {
    public static var all: SpecialIndex { SpecialIndex(tensorIndex: .slice(start: nil, end: nil, step: 1)) }
    public static var ellipsis: SpecialIndex { SpecialIndex(tensorIndex: .ellipsis) }
    public static var newAxis: SpecialIndex { SpecialIndex(tensorIndex: .newAxis) }
}

/// Every `by`-th index from `from` up to `to`. Python: `from:to:by`.
public struct Slice: TensorIndex, Sendable {
    public let tensorIndex: IndexTerm
    public init(_ from: Int? = nil, _ to: Int? = nil, by step: Int = 1) {
        tensorIndex = .slice(start: from, end: to, step: step)
    }
}

extension Int: TensorIndex { public var tensorIndex: IndexTerm { .integer(self) } }
extension Bool: TensorIndex { public var tensorIndex: IndexTerm { .bool(self) } }
extension Tensor: TensorIndex { public var tensorIndex: IndexTerm { .tensor(self) } }
extension Range: TensorIndex where Bound == Int {
    public var tensorIndex: IndexTerm { .slice(start: lowerBound, end: upperBound, step: 1) }
}
extension ClosedRange: TensorIndex where Bound == Int {
    public var tensorIndex: IndexTerm { .slice(start: lowerBound, end: end(after: upperBound), step: 1) }
}
extension PartialRangeFrom: TensorIndex where Bound == Int {
    public var tensorIndex: IndexTerm { .slice(start: lowerBound, end: nil, step: 1) }
}
extension PartialRangeUpTo: TensorIndex where Bound == Int {
    public var tensorIndex: IndexTerm { .slice(start: nil, end: upperBound, step: 1) }
}
extension PartialRangeThrough: TensorIndex where Bound == Int {
    public var tensorIndex: IndexTerm { .slice(start: nil, end: end(after: upperBound), step: 1) }
}

/// The end of a slice whose last index is `last`; nil, the end of the dimension, after its last index.
private func end(after last: Int) -> Int? { last == -1 || last == .max ? nil : last + 1 }

/// What a list that serves as an index may hold: integers, Bools (a mask), lists of such.
public protocol IndexListElement {
    static func indexTensor(_ list: [Self]) -> Tensor
}

extension Int: IndexListElement { public static func indexTensor(_ list: [Int]) -> Tensor { Tensor(list) } }
extension Bool: IndexListElement { public static func indexTensor(_ list: [Bool]) -> Tensor { Tensor(list) } }
extension Array: IndexListElement where Element: IndexListElement {
    public static func indexTensor(_ list: [[Element]]) -> Tensor { stack(list.map(Element.indexTensor)) }
}
extension Array: TensorIndex where Element: IndexListElement {
    public var tensorIndex: IndexTerm { .tensor(Element.indexTensor(self)) }
}

extension Tensor {
    /// Part of the tensor: a view, or with tensors, lists or Bools among the indices a copy. PyTorch: `a[1, 0:2, ...,
    /// None]`, `a[mask]`, `a[[0, 2], :, index]`.
    ///
    /// Integer tensors and lists are broadcast together. Their dimensions stand where they stood if they are side by
    /// side, else in front. A mask stands for as many dimensions
    /// as it has. What is assigned is broadcast to the part; with tensors among the indices it has this tensor's dtype.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get {
            let (part, tensors) = located(indices)
            return tensors.isEmpty || part.isVoid ? part : part.index(tensors)
        }
        set {
            let (part, tensors) = located(indices)
            if !tensors.isEmpty { return _ = part.indexPut_(tensors, newValue.withoutLeadingOnes()) }
            // `a[i] += b` has written the view itself already.
            if newValue.storage === part.storage && newValue.layout == part.layout { return }
            part.copy_(newValue.sizes == part.sizes ? newValue : newValue.withoutLeadingOnes().expand(part.sizes))
        }
    }

    /// Writes a number into all of a part: `a[1, 0] = 100`, `a[mask] = 0`, `a[.all, 0] = x.itemScalar()`.
    ///
    /// It cannot be read: a subscript gives a tensor, whose only element `item()` reads.
    @_disfavoredOverload
    public subscript(_ indices: any TensorIndex...) -> any ScalarConvertible {
        @available(*, unavailable, message: "a subscript gives a tensor; its only element is read by item()")
        get { fatalError("unavailable") }
        set { write(newValue.scalar, at: indices) }
    }

    private func write(_ value: Scalar, at indices: [any TensorIndex]) {
        let (part, tensors) = located(indices)
        if tensors.isEmpty {
            part.fill_(value)
        } else if !part.isVoid {
            part.indexPut_(tensors, Tensor.filled(value, [], part.dtype))
        }
    }

    /// PyTorch drops leading dimensions of size 1 from what is assigned.
    private func withoutLeadingOnes() -> Tensor {
        let ones = sizes.prefix { $0 == 1 }.count
        return ones == 0 ? self : view(Array(sizes[ones...]))
    }

    /// The view that integers, slices and new dimensions make, and the index tensors that are left for it; no tensors
    /// where there are none.
    private func located(_ indices: [any TensorIndex]) -> (Tensor, [Tensor?]) {
        if isVoid { return (.void, []) }
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
                return (fail(.index, "too many indices for tensor of dimension \(dim)"), [])
            }
            switch terms[0] {
            case .integer:
                return (
                    fail(
                        .index,
                        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
                    ), []
                )
            case .slice(let start, let end, let step): return (slice(0, start, end, step: step), [])
            default: return (fail(.index, "too many indices for tensor of dimension 0"), [])
            }
        }
        var result = self
        var tensors: [Tensor?] = []
        var d = 0
        var sawEllipsis = false
        /// Dimensions of the result that `tensors` speaks of: a mask is one entry for several.
        var covered = 0
        func add(_ tensor: Tensor) {
            tensors += [Tensor?](repeating: nil, count: d - covered)
            tensors.append(tensor)
            let taken = tensor.isMask ? tensor.dim : 1
            d += taken
            covered = d
        }
        func select(_ i: Int, at place: Int) {
            let size = result.sizes[d]
            result =
                i >= -size && i < size
                ? result.select(d, i)
                : fail(.index, "index \(i) is out of bounds for dimension \(place) with size \(size)")
        }
        func addDimension(_ isFull: Bool) {
            result = result.unsqueeze(d)
            add(isFull ? Tensor([0]) : Tensor([Int]()))
        }
        for (place, term) in terms.enumerated() {
            switch term {
            case .integer(let i):
                select(i, at: place)
            case .slice(let start, let end, let step):
                guard step > 0 else {
                    return (
                        fail(.value, step == 0 ? "slice step cannot be zero" : "step must be greater than zero"), []
                    )
                }
                if start != nil || end != nil || step != 1 { result = result.slice(d, start, end, step: step) }
                d += 1
            case .ellipsis:
                // A second ellipsis takes no dimension.
                if !sawEllipsis { d += dim - used }
                sawEllipsis = true
            case .newAxis:
                result = result.unsqueeze(d)
                d += 1
            case .bool(let isFull):
                addDimension(isFull)
            case .tensor(let index):
                if index.isVoid { return (.void, []) }
                if index.dim == 0, index.isMask {
                    addDimension(index.itemScalar().boolValue)
                } else if index.dim == 0, index.dtype.isInteger {
                    select(Int(index.itemScalar().int64Value), at: place)
                } else {
                    add(index)
                }
            }
            if result.isVoid { return (.void, []) }
        }
        if tensors.isEmpty, result === self { return (view(as: layout, "AliasBackward0") { _, g in g }, []) }
        return (result, tensors)
    }

    private var isMask: Bool { dtype == .bool || dtype == .uint8 }
}

/// How a tensor's elements lie in its storage: sizes, strides and an offset, all counted in elements. A value without
/// memory.
public struct Layout: Sendable {
    /// Sizes and strides, shared by every copy: a result of the same form costs one reference.
    private final class Form: Sendable {
        let sizes: [Int]
        let strides: [Int]
        let count: Int
        let isContiguous: Bool

        init(_ sizes: [Int], _ strides: [Int], _ count: Int, _ isContiguous: Bool) {
            self.sizes = sizes
            self.strides = strides
            self.count = count
            self.isContiguous = isContiguous
        }
    }

    private let form: Form
    public let offset: Int

    public var sizes: [Int] { form.sizes }
    public var strides: [Int] { form.strides }
    /// The number of elements.
    public var count: Int { form.count }
    /// Whether the elements lie one after the other in row-major order.
    public var isContiguous: Bool { form.isContiguous }

    /// A row-major layout. If the product of the sizes overflows, `count` is `Int.max`, and no memory is given for it.
    /// - Precondition: the sizes are not negative.
    public init(_ sizes: [Int], offset: Int = 0) {
        self.offset = offset
        form =
            switch sizes.count {
            case 0: Layout.scalarForm
            case 1: Form(sizes, Layout.unitStrides, sizes[0], true)
            default: Form(sizes, Layout.contiguousStrides(sizes), Layout.saturatedCount(sizes), true)
            }
    }

    public init(_ sizes: [Int], strides: [Int], offset: Int) {
        self.offset = offset
        let count = Layout.saturatedCount(sizes)
        form = Form(sizes, strides, count, count == 0 || Layout.isContiguous(sizes, strides))
    }

    /// Whether the product of the sizes is more than an Int holds.
    var overflows: Bool { form.count == Int.max }

    private init(_ form: Form, offset: Int) {
        self.form = form
        self.offset = offset
    }

    /// The same sizes and strides from the storage's start.
    public var atOrigin: Layout { at(0) }

    /// The same sizes and strides from another place of the storage on.
    func at(_ offset: Int) -> Layout { offset == self.offset ? self : Layout(form, offset: offset) }

    private static let unitStrides = [1]
    private static let scalarForm = Form([], [], 1, true)

    public static let scalar = Layout([])

    /// Whether both are contiguous and of the same sizes.
    @inline(__always)
    func isContiguousAndMatches(_ other: Layout) -> Bool {
        form === other.form
            ? form.isContiguous : form.isContiguous && other.form.isContiguous && form.sizes == other.form.sizes
    }

    public var rank: Int { sizes.count }

    /// The product of the sizes; `Int.max` if it overflows, 0 if one of them is 0.
    static func saturatedCount(_ sizes: [Int]) -> Int {
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { return sizes.contains(0) ? 0 : Int.max }
            count = product
        }
        return count
    }

    /// The product of the sizes; nil if one is negative or the product (or the bytes of 16-byte elements) overflows.
    public static func checkedCount(_ sizes: [Int]) -> Int? {
        if sizes.contains(where: { $0 < 0 }) { return nil }
        let count = saturatedCount(sizes)
        return count <= Int.max / 16 ? count : nil
    }

    public static func contiguousStrides(_ sizes: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: sizes.count)
        var step = 1
        for i in sizes.indices.reversed() {
            strides[i] = step
            step = step &* max(sizes[i], 1)
        }
        return strides
    }

    private static func isContiguous(_ sizes: [Int], _ strides: [Int]) -> Bool {
        var expected = 1
        for i in sizes.indices.reversed() where sizes[i] != 1 {
            if strides[i] != expected { return false }
            expected = expected &* sizes[i]
        }
        return true
    }

    /// Elements from the first to one past the last that the layout touches, counted from `offset`.
    public var extent: Int {
        if count == 0 { return 0 }
        return zip(sizes, strides).reduce(1) { $0 &+ ($1.0 - 1) &* $1.1 }
    }

    /// Whether no two indices share an element and no element between first and last is left out.
    public var isDense: Bool {
        if isContiguous { return true }
        var expected = 1
        for (size, stride) in zip(sizes, strides).filter({ $0.0 != 1 }).sorted(by: { $0.1 < $1.1 }) {
            if stride != expected { return false }
            expected = expected &* size
        }
        return true
    }

    /// Whether some dimension repeats the same element, as `expand` makes it.
    public var overlapsItself: Bool {
        if isContiguous || isDense { return false }
        return zip(sizes, strides).contains { $0.0 > 1 && $0.1 == 0 }
    }
}

extension Layout: Hashable {
    public static func == (a: Layout, b: Layout) -> Bool {
        a.offset == b.offset && (a.form === b.form || a.sizes == b.sizes && a.strides == b.strides)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(sizes)
        hasher.combine(strides)
        hasher.combine(offset)
    }
}

// MARK: - Views

extension Layout {
    public func permuted(_ order: [Int]) -> Layout {
        Layout(order.map { sizes[$0] }, strides: order.map { strides[$0] }, offset: offset)
    }

    public func transposed(_ a: Int, _ b: Int) -> Layout {
        var sizes = sizes, strides = strides
        sizes.swapAt(a, b)
        strides.swapAt(a, b)
        return Layout(sizes, strides: strides, offset: offset)
    }

    /// One index of a dimension, which goes away.
    public func selected(_ dim: Int, _ index: Int) -> Layout {
        var sizes = sizes, strides = strides
        let step = strides.remove(at: dim)
        sizes.remove(at: dim)
        return Layout(sizes, strides: strides, offset: offset &+ index &* step)
    }

    /// `length` indices of a dimension, `step` apart.
    public func sliced(_ dim: Int, start: Int, length: Int, step: Int = 1) -> Layout {
        var sizes = sizes, strides = strides
        let start = start &* strides[dim]
        sizes[dim] = length
        strides[dim] &*= step
        return Layout(sizes, strides: strides, offset: offset &+ start)
    }

    /// The elements whose index in `b` is that in `a` plus `offset`: both dimensions go away, and the diagonal comes
    /// last.
    public func diagonal(offset: Int, _ a: Int, _ b: Int) -> Layout {
        let length = offset >= 0 ? Swift.min(sizes[a], sizes[b] - offset) : Swift.min(sizes[a] + offset, sizes[b])
        var sizes = sizes, strides = strides
        let step = strides[a] &+ strides[b]
        let start = length <= 0 ? 0 : offset >= 0 ? offset &* strides[b] : (0 &- offset) &* strides[a]
        for d in [Swift.max(a, b), Swift.min(a, b)] {
            sizes.remove(at: d)
            strides.remove(at: d)
        }
        return Layout(sizes + [Swift.max(length, 0)], strides: strides + [step], offset: self.offset &+ start)
    }

    /// Windows of `size` indices of a dimension, `step` apart; what lies inside a window comes last. A scalar counts as
    /// one dimension of 1.
    public func unfolded(_ dim: Int, _ size: Int, _ step: Int) -> Layout {
        if rank == 0 { return Layout([size], strides: [1], offset: offset) }
        var sizes = sizes, strides = strides
        sizes[dim] = (sizes[dim] - size) / step + 1
        strides[dim] &*= step
        return Layout(sizes + [size], strides: strides + [self.strides[dim]], offset: offset)
    }

    /// The indices of some dimensions in reverse. Its strides are negative: for reading by a backend, not for a tensor.
    func reversed(_ dims: [Int]) -> Layout {
        var strides = strides, offset = offset
        for d in dims where sizes[d] > 0 {
            offset &+= (sizes[d] - 1) &* strides[d]
            strides[d] = 0 &- strides[d]
        }
        return Layout(sizes, strides: strides, offset: offset)
    }

    public func unsqueezed(_ dim: Int) -> Layout {
        var sizes = sizes, strides = strides
        strides.insert(dim < rank ? sizes[dim] &* strides[dim] : 1, at: dim)
        sizes.insert(1, at: dim)
        return Layout(sizes, strides: strides, offset: offset)
    }

    /// Without those of `dims` whose size is 1.
    public func squeezed(_ dims: some Sequence<Int>) -> Layout {
        let gone = Set(dims.filter { sizes[$0] == 1 })
        let kept = sizes.indices.filter { !gone.contains($0) }
        return permuted(Array(kept))
    }

    /// Broadcast to `target` (whose sizes are not negative), or nil where the sizes do not allow it.
    public func expanded(_ target: [Int]) -> Layout? {
        if target == sizes { return self }
        let lead = target.count - rank
        if lead < 0 { return nil }
        var strides = [Int](repeating: 0, count: target.count)
        for i in target.indices.reversed() {
            if i < lead { continue }
            let size = sizes[i - lead]
            if size == target[i] {
                strides[i] = self.strides[i - lead]
            } else if size != 1 {
                return nil
            }
        }
        return Layout(target, strides: strides, offset: offset)
    }

    /// Other sizes for the same elements in the same order without a copy, or nil where strides do not allow it.
    /// - Precondition: the product of `target` is `count`.
    public func viewed(_ target: [Int]) -> Layout? {
        if isContiguous { return Layout(target, offset: offset) }
        var strides = [Int](repeating: 1, count: target.count)
        // Walk the runs of dimensions that merge into one; the new dimensions must divide the same runs.
        var view = target.count - 1
        var run = 1
        var viewRun = 1
        var base = self.strides.last ?? 1
        for i in sizes.indices.reversed() {
            run = run &* sizes[i]
            let runEnds = i == 0 || (sizes[i - 1] != 1 && self.strides[i - 1] != run &* base)
            if !runEnds { continue }
            while view >= 0, viewRun < run || target[view] == 1 {
                strides[view] = viewRun &* base
                viewRun = viewRun &* target[view]
                view -= 1
            }
            if viewRun != run { return nil }
            if i > 0 {
                base = self.strides[i - 1]
                run = 1
                viewRun = 1
            }
        }
        return view == -1 ? Layout(target, strides: strides, offset: offset) : nil
    }
}

// MARK: - Broadcasting

extension Layout {
    /// The sizes both broadcast to, or nil.
    public static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
        if a == b { return a }
        var result = a.count >= b.count ? a : b
        let other = a.count >= b.count ? b : a
        let lead = result.count - other.count
        for i in other.indices where other[i] != result[i + lead] {
            if result[i + lead] == 1 {
                result[i + lead] = other[i]
            } else if other[i] != 1 {
                return nil
            }
        }
        return result
    }
}

extension Layout {
    /// The layout of the parts of complex elements that lie so: a last dimension of two.
    var parts: Layout { Layout(sizes + [2], strides: strides.map { $0 &* 2 } + [1], offset: offset &* 2) }
}

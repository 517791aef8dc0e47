import CTorchKernels
/// The position of a tensor's elements in its storage: sizes, strides and an offset, all counted in elements. A layout
/// owns no memory.
package struct Layout: Sendable {
    /// Sizes and strides, shared by all copies. A result of the same form costs one reference.
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
    /// The position of the first element in the storage, in elements.
    package let offset: Int

    /// The size of each dimension.
    package var sizes: [Int] { form.sizes }
    /// The stride of each dimension, in elements.
    package var strides: [Int] { form.strides }
    /// The number of elements.
    package var count: Int { form.count }
    /// Whether the elements are contiguous in row-major order.
    package var isContiguous: Bool { form.isContiguous }

    /// Creates a row-major layout. If the product of the sizes overflows, `count` is `Int.max` and allocation fails.
    /// - Precondition: the sizes are not negative.
    package init(_ sizes: [Int], offset: Int = 0) {
        self.offset = offset
        form =
            switch sizes.count {
            case 0: Layout.scalarForm
            case 1: Form(sizes, Layout.unitStrides, sizes[0], true)
            default: Form(sizes, Layout.contiguousStrides(sizes), Layout.saturatedCount(sizes), true)
            }
    }

    /// Creates a layout with the given strides, in elements.
    package init(_ sizes: [Int], strides: [Int], offset: Int) {
        self.offset = offset
        let count = Layout.saturatedCount(sizes)
        form = Form(sizes, strides, count, count == 0 || Layout.isContiguous(sizes, strides))
    }

    /// Whether the product of the sizes overflows an Int.
    var overflows: Bool { form.count == Int.max }

    private init(_ form: Form, offset: Int) {
        self.form = form
        self.offset = offset
    }

    /// The layout with the same sizes and strides and offset 0.
    package var atOrigin: Layout { at(0) }

    /// Returns the layout with the same sizes and strides at another offset.
    func at(_ offset: Int) -> Layout { offset == self.offset ? self : Layout(form, offset: offset) }

    private static let unitStrides = [1]
    private static let scalarForm = Form([], [], 1, true)

    /// The largest number of dimensions that kernels, files and other frameworks exchange.
    static let maxRank = Int(ST_MAX_DIMS)
    /// The layout of a 0-dimensional tensor.
    package static let scalar = Layout([])

    /// Returns whether both layouts are contiguous and have the same sizes.
    @inline(__always)
    func isContiguousAndMatches(_ other: Layout) -> Bool {
        form === other.form
            ? form.isContiguous : form.isContiguous && other.form.isContiguous && form.sizes == other.form.sizes
    }

    /// The number of dimensions.
    package var rank: Int { sizes.count }

    /// Returns the product of the sizes: `Int.max` if it overflows, 0 if one size is 0.
    static func saturatedCount(_ sizes: [Int]) -> Int {
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { return sizes.contains(0) ? 0 : Int.max }
            count = product
        }
        return count
    }

    /// Returns the product of the sizes; nil if one is negative, or if the product or the bytes of 16-byte elements
    /// overflow.
    package static func checkedCount(_ sizes: [Int]) -> Int? {
        if sizes.contains(where: { $0 < 0 }) { return nil }
        let count = saturatedCount(sizes)
        return count <= Int.max / 16 ? count : nil
    }

    /// Returns the row-major strides of these sizes.
    package static func contiguousStrides(_ sizes: [Int]) -> [Int] {
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

    /// The number of elements from the first to the last that the layout covers, gaps included.
    package var extent: Int {
        if count == 0 { return 0 }
        return zip(sizes, strides).reduce(1) { $0 &+ ($1.0 - 1) &* $1.1 }
    }

    /// Whether the elements fill their range of memory without gaps and without overlaps.
    package var isDense: Bool {
        if isContiguous { return true }
        var expected = 1
        for (size, stride) in zip(sizes, strides).filter({ $0.0 != 1 }).sorted(by: { $0.1 < $1.1 }) {
            if stride != expected { return false }
            expected = expected &* size
        }
        return true
    }

    /// Whether a dimension repeats the same element (stride 0), as after `expand`.
    package var overlapsItself: Bool {
        if isContiguous || isDense { return false }
        return zip(sizes, strides).contains { $0.0 > 1 && $0.1 == 0 }
    }
}

extension Layout: Hashable {
    package static func == (a: Layout, b: Layout) -> Bool {
        a.offset == b.offset && (a.form === b.form || a.sizes == b.sizes && a.strides == b.strides)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(sizes)
        hasher.combine(strides)
        hasher.combine(offset)
    }
}

// MARK: - Views

extension Layout {
    /// Returns the layout with its dimensions in the given order.
    package func permuted(_ order: [Int]) -> Layout {
        Layout(order.map { sizes[$0] }, strides: order.map { strides[$0] }, offset: offset)
    }

    /// Returns the layout with dimensions `a` and `b` swapped.
    package func transposed(_ a: Int, _ b: Int) -> Layout {
        var sizes = sizes, strides = strides
        sizes.swapAt(a, b)
        strides.swapAt(a, b)
        return Layout(sizes, strides: strides, offset: offset)
    }

    /// Returns the layout at one index of a dimension. The dimension is removed.
    package func selected(_ dim: Int, _ index: Int) -> Layout {
        var sizes = sizes, strides = strides
        let step = strides.remove(at: dim)
        sizes.remove(at: dim)
        return Layout(sizes, strides: strides, offset: offset &+ index &* step)
    }

    /// Returns the layout of `length` indices of a dimension, `step` apart.
    package func sliced(_ dim: Int, start: Int, length: Int, step: Int = 1) -> Layout {
        var sizes = sizes, strides = strides
        let start = start &* strides[dim]
        sizes[dim] = length
        strides[dim] &*= step
        return Layout(sizes, strides: strides, offset: offset &+ start)
    }

    /// Returns the elements whose index in `b` is their index in `a` plus `offset`. Both dimensions are removed, and
    /// the diagonal becomes the last dimension.
    package func diagonal(offset: Int, _ a: Int, _ b: Int) -> Layout {
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

    /// Returns windows of `size` indices of a dimension, `step` apart. The window's elements become the last dimension.
    /// A scalar counts as one dimension of size 1.
    package func unfolded(_ dim: Int, _ size: Int, _ step: Int) -> Layout {
        if rank == 0 { return Layout([size], strides: [1], offset: offset) }
        var sizes = sizes, strides = strides
        sizes[dim] = (sizes[dim] - size) / step + 1
        strides[dim] &*= step
        return Layout(sizes + [size], strides: strides + [self.strides[dim]], offset: offset)
    }

    /// Returns the layout with some dimensions in reverse order. Its strides are negative: only backends may read with
    /// it, tensors may not have it.
    func reversed(_ dims: [Int]) -> Layout {
        var strides = strides, offset = offset
        for d in dims where sizes[d] > 0 {
            offset &+= (sizes[d] - 1) &* strides[d]
            strides[d] = 0 &- strides[d]
        }
        return Layout(sizes, strides: strides, offset: offset)
    }

    /// Returns the layout with a new dimension of size 1 at `dim`.
    package func unsqueezed(_ dim: Int) -> Layout {
        var sizes = sizes, strides = strides
        strides.insert(dim < rank ? sizes[dim] &* strides[dim] : 1, at: dim)
        sizes.insert(1, at: dim)
        return Layout(sizes, strides: strides, offset: offset)
    }

    /// Returns the layout without those dimensions in `dims` that have size 1.
    package func squeezed(_ dims: some Sequence<Int>) -> Layout {
        let gone = Set(dims.filter { sizes[$0] == 1 })
        let kept = sizes.indices.filter { !gone.contains($0) }
        return permuted(Array(kept))
    }

    /// Returns the layout broadcast to `target`, or nil if the sizes are not compatible. No size of `target` may be
    /// negative.
    package func expanded(_ target: [Int]) -> Layout? {
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

    /// Returns a layout with other sizes for the same elements in the same order, or nil if that needs a copy.
    /// - Precondition: the product of `target` is `count`.
    package func viewed(_ target: [Int]) -> Layout? {
        if isContiguous { return Layout(target, offset: offset) }
        var strides = [Int](repeating: 1, count: target.count)
        // Walks the runs of dimensions that merge into one. The new dimensions must divide the same runs.
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
    /// Returns the sizes that both broadcast to, or nil if they are not compatible.
    package static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
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
    /// The layout of the real and imaginary parts of complex elements: it has a last dimension of size 2.
    var parts: Layout { Layout(sizes + [2], strides: strides.map { $0 &* 2 } + [1], offset: offset &* 2) }
}

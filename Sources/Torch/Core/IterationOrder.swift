/// The order in which loops walk several operands together, as in PyTorch's TensorIterator. It determines the strides
/// of a new result.
enum IterationOrder {
    /// Returns the dimensions from the outermost loop to the innermost, for operands of the same rank.
    static func order(_ sizes: [Int], _ strides: [[Int]]) -> [Int] {
        var order = Array(sizes.indices.reversed())
        sort(
            sizes.count, stride: { strides[$0][order[$1]] }, size: { sizes[order[$0]] }, operands: strides.count,
            swap: { order.swapAt($0, $1) })
        return order.reversed()
    }

    /// Sorts dimensions, given from the innermost outwards, because strides grow outwards. `stride` gets an operand and
    /// a dimension's present place.
    @inline(__always)
    static func sort<Number: Comparable & ExpressibleByIntegerLiteral>(
        _ rank: Int, stride: (Int, Int) -> Number, size: (Int) -> Number, operands: Int, swap: (Int, Int) -> Void
    ) {
        func compare(_ a: Int, _ b: Int) -> Int {
            for k in 0..<operands {
                let (x, y) = (stride(k, a), stride(k, b))
                if x == 0 || y == 0 { continue }
                if x != y { return x < y ? -1 : 1 }
                if size(a) > size(b) { return 1 }
            }
            return 0
        }
        if rank <= 1 { return }
        for i in 1..<rank {
            var high = i
            for low in Swift.stride(from: i - 1, through: 0, by: -1) {
                let c = compare(low, high)
                if c > 0 {
                    swap(low, high)
                    high = low
                } else if c < 0 {
                    break
                }
            }
        }
    }

    /// Returns the layout of a new result: dense, with strides in the order of the operands' strides.
    static func resultLayout(_ sizes: [Int], _ operands: [Layout]) -> Layout {
        if operands.allSatisfy({ $0.isContiguous && $0.rank <= 1 || $0.isContiguous && $0.sizes == sizes }) {
            return Layout(sizes)
        }
        let expanded = operands.compactMap { $0.expanded(sizes)?.strides }
        let order = order(sizes, expanded)
        if order.elementsEqual(0..<sizes.count) { return Layout(sizes) }
        var strides = [Int](repeating: 1, count: sizes.count)
        var step = 1
        for dim in order.reversed() {
            strides[dim] = step
            step = step &* max(sizes[dim], 1)
        }
        return Layout(sizes, strides: strides, offset: 0)
    }
}

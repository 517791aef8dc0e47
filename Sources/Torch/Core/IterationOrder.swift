/// The order in which loops walk several operands together, as in PyTorch's TensorIterator. It determines the strides
/// of a new result.
enum IterationOrder {
    /// Returns the dimensions from the outermost loop to the innermost, for operands of the same rank.
    static func order(_ sizes: [Int], _ strides: [[Int]]) -> [Int] {
        let rank = sizes.count
        // Sorted from the innermost outwards, because strides grow outwards.
        var order = Array((0..<rank).reversed())
        func compare(_ a: Int, _ b: Int) -> Int {
            for operand in strides {
                let (x, y) = (operand[a], operand[b])
                if x == 0 || y == 0 { continue }
                if x != y { return x < y ? -1 : 1 }
                if sizes[a] > sizes[b] { return 1 }
            }
            return 0
        }
        if rank > 1 {
            for i in 1..<rank {
                var high = i
                for low in stride(from: i - 1, through: 0, by: -1) {
                    let c = compare(order[low], order[high])
                    if c > 0 {
                        order.swapAt(low, high)
                        high = low
                    } else if c < 0 {
                        break
                    }
                }
            }
        }
        return order.reversed()
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

    /// Returns the operands' sizes and strides with dimensions reordered by the first operand's strides, and merged if
    /// every operand allows it.
    static func coalesced(_ sizes: [Int], _ strides: [[Int]]) -> (sizes: [Int], strides: [[Int]]) {
        let order = order(sizes, strides).filter { sizes[$0] != 1 }
        var outSizes: [Int] = []
        var outStrides = [[Int]](repeating: [], count: strides.count)
        for dim in order {
            if let last = outSizes.indices.last,
                strides.indices.allSatisfy({ outStrides[$0][last] == strides[$0][dim] &* sizes[dim] })
            {
                outSizes[last] = outSizes[last] &* sizes[dim]
                for k in strides.indices { outStrides[k][last] = strides[k][dim] }
            } else {
                outSizes.append(sizes[dim])
                for k in strides.indices { outStrides[k].append(strides[k][dim]) }
            }
        }
        return (outSizes, outStrides)
    }
}

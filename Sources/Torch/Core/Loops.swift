/// The loops that walk several operands together: their sizes and each operand's strides, from the outermost dimension
/// to the innermost. Loops are planned here, once; kernels run them as they are.
///
/// The numbers are in scratch memory, in rows that kernels read: first the sizes, then each operand's strides, in
/// elements. A stride of 0 repeats an element.
struct Loops {
    private let numbers: UnsafeMutablePointer<Int64>
    private let room: Int
    let operands: Int
    private(set) var rank: Int

    /// Calls `body` with loops that have no dimension yet.
    /// - Parameter room: the most dimensions that the loops can have.
    @inline(__always)
    static func with<Result>(
        room: Int, operands: Int, _ body: (inout Loops) throws -> Result
    ) rethrows -> Result {
        try withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(1, room * (operands + 1))) { numbers in
            var loops = Loops(numbers: numbers.baseAddress!, room: room, operands: operands, rank: 0)
            return try body(&loops)
        }
    }

    /// Calls `body` with merged loops over `sizes`, to which all layouts are broadcast, in `IterationOrder`.
    @inline(__always)
    static func with<Result>(
        _ sizes: [Int], _ layouts: [Layout], _ body: (Loops) throws -> Result
    ) rethrows -> Result {
        try with(room: sizes.count, operands: layouts.count) { loops in
            for size in sizes { loops.append(size) }
            for (k, layout) in layouts.enumerated() { loops.setStrides(k, layout) }
            loops.order()
            loops.merge()
            return try body(loops)
        }
    }

    /// The size of each dimension.
    var sizes: UnsafeMutablePointer<Int64> { numbers }
    /// Returns an operand's stride along each dimension.
    func strides(_ operand: Int) -> UnsafeMutablePointer<Int64> { numbers + (operand + 1) * room }

    /// The product of the sizes.
    var count: Int64 { (0..<rank).reduce(1) { $0 &* sizes[$1] } }

    // MARK: Dimensions

    /// Adds an innermost dimension, along which no operand moves yet.
    mutating func append(_ size: Int) {
        sizes[rank] = Int64(size)
        for k in 0..<operands { strides(k)[rank] = 0 }
        rank += 1
    }

    /// Adds an innermost dimension with the strides of the first operands.
    mutating func append(_ size: Int, _ first: Int, _ second: Int = 0) {
        append(size)
        strides(0)[rank - 1] = Int64(first)
        if operands > 1 { strides(1)[rank - 1] = Int64(second) }
    }

    /// Adds an outermost dimension of size 1.
    mutating func prependOne() {
        append(1)
        for d in (1..<rank).reversed() { swapDimensions(d, d - 1) }
    }

    /// Sets an operand's strides to those of a layout that is broadcast to the sizes. Dimensions of another size, which
    /// only incompatible layouts have, are repeated too.
    func setStrides(_ operand: Int, _ layout: Layout) {
        let row = strides(operand), lead = rank - layout.rank
        let (sizes, strides) = (layout.sizes, layout.strides)
        for i in sizes.indices where i + lead >= 0 && sizes[i] == Int(self.sizes[i + lead]) {
            row[i + lead] = Int64(strides[i])
        }
    }

    private func swapDimensions(_ a: Int, _ b: Int) {
        for row in 0...operands {
            let at = numbers + row * room
            (at[a], at[b]) = (at[b], at[a])
        }
    }

    // MARK: Planning

    /// Puts the dimensions in `IterationOrder`.
    func order() {
        IterationOrder.sort(
            rank,
            stride: { self.strides($0)[self.rank - 1 - $1] }, size: { self.sizes[self.rank - 1 - $0] },
            operands: operands, swap: { self.swapDimensions(self.rank - 1 - $0, self.rank - 1 - $1) })
    }

    /// Puts the dimensions along which the first operand moves furthest outside. Equal ones keep their order. Returns
    /// whether a dimension has moved.
    func orderByFirst() -> Bool {
        let strides = strides(0)
        var moved = false
        for d in 0..<rank {
            var at = d
            while at > 0, strides[at - 1].magnitude < strides[at].magnitude {
                swapDimensions(at - 1, at)
                at -= 1
                moved = true
            }
        }
        return moved
    }

    /// Drops dimensions of size 1, and merges neighbours if every operand allows it.
    mutating func merge() {
        var kept = 0
        for d in 0..<rank where sizes[d] != 1 {
            let joins =
                kept > 0 && (0..<operands).allSatisfy { strides($0)[kept - 1] == strides($0)[d] &* sizes[d] }
            if joins { kept -= 1 }
            sizes[kept] = joins ? sizes[kept] &* sizes[d] : sizes[d]
            for k in 0..<operands { strides(k)[kept] = strides(k)[d] }
            kept += 1
        }
        rank = kept
    }
}

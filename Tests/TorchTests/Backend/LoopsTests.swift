import Testing

@testable import Torch

/// The plans that kernels get. The expected numbers are arithmetic.
@Suite struct LoopsTests {
    private func plan(_ sizes: [Int], _ layouts: Layout...) -> [[Int]] {
        Loops.with(sizes, layouts, rows)
    }

    /// Returns the sizes, then each operand's strides.
    private func rows(_ loops: Loops) -> [[Int]] {
        let rows = [loops.sizes] + (0..<loops.operands).map(loops.strides)
        return rows.map { row in (0..<loops.rank).map { Int(row[$0]) } }
    }

    @Test func neighboursMerge() {
        let whole = Layout([2, 3, 4])
        #expect(plan([2, 3, 4], whole, whole) == [[24], [1], [1]])
        #expect(plan([2, 3, 4], whole, .scalar) == [[24], [1], [0]])
        #expect(plan([1, 1], Layout([1, 1]), .scalar) == [[], [], []])
        // Rows of a wider matrix do not merge.
        #expect(plan([2, 3], Layout([2, 3]), Layout([2, 3], strides: [5, 1], offset: 0)) == [[2, 3], [3, 1], [5, 1]])
    }

    @Test func operandsAreBroadcast() {
        #expect(plan([2, 3], Layout([2, 3]), Layout([3])) == [[2, 3], [3, 1], [0, 1]])
        #expect(plan([2, 3, 4], Layout([2, 3, 4]), Layout([3, 1])) == [[2, 3, 4], [12, 4, 1], [0, 1, 0]])
    }

    @Test func theFirstOperandsMemoryIsWalkedInOrder() {
        let turned = Layout([2, 3]).permuted([1, 0])
        #expect(plan([3, 2], turned, turned) == [[6], [1], [1]])
        #expect(plan([3, 2], turned, Layout([3, 2])) == [[2, 3], [3, 1], [1, 2]])
        #expect(plan([3, 2], Layout([3, 2]), turned) == [[3, 2], [2, 1], [1, 3]])
    }

    @Test func reductionsFollowTheInputsMemory() {
        Loops.with(room: 3, operands: 1) { loops in
            loops.append(4, 1)
            loops.append(1, 7)
            loops.append(2, -4)
            loops.merge()
            #expect(rows(loops) == [[4, 2], [1, -4]])
            #expect(loops.orderByFirst() && rows(loops) == [[2, 4], [-4, 1]])
            #expect(!loops.orderByFirst())
            #expect(loops.count == 8)
        }
    }

    @Test func dimensionsAreAddedOutside() {
        Loops.with(room: 3, operands: 1) { loops in
            loops.append(4, 2)
            loops.append(3, 9)
            loops.prependOne()
            #expect(rows(loops) == [[1, 4, 3], [0, 2, 9]])
        }
    }
}

import Testing
import Torch

@Suite struct LayoutTests {
    @Test func viewsAreArithmetic() {
        let layout = Layout([2, 3, 4])
        #expect(layout.strides == [12, 4, 1] && layout.count == 24 && layout.isContiguous)
        #expect(layout.permuted([2, 0, 1]).strides == [1, 12, 4])
        #expect(layout.selected(1, 2) == Layout([2, 4], strides: [12, 1], offset: 8))
        #expect(layout.sliced(2, start: 1, length: 2, step: 2) == Layout([2, 3, 2], strides: [12, 4, 2], offset: 1))
        #expect(layout.expanded([5, 2, 3, 4])?.strides == [0, 12, 4, 1])
        #expect(layout.expanded([2, 5, 4]) == nil)
    }

    /// The strides agree with torch.empty(...).view(...), which keeps or refuses the same ones.
    @Test func viewKeepsStridesWhereItCan() {
        #expect(Layout([2, 3, 4]).permuted([0, 2, 1]).viewed([2, 2, 2, 3])?.strides == [12, 2, 1, 4])
        #expect(Layout([2, 3]).transposed(0, 1).viewed([6]) == nil)
        #expect(Layout([4, 6], strides: [12, 2], offset: 3).viewed([24])?.strides == [2])
        #expect(Layout([1, 3], strides: [7, 2], offset: 0).viewed([3, 1])?.strides == [2, 2])
    }

    @Test func overflowIsFound() {
        #expect(Layout.checkedCount([1 << 40, 1 << 40]) == nil)
        #expect(Layout.checkedCount([0, 1 << 62, 1 << 62]) == 0 && Layout.checkedCount([0, 1 << 62]) == 0)
        #expect(Layout.checkedCount([3, -1]) == nil)
        #expect(Layout.checkedCount([]) == 1)
    }

    @Test func broadcasting() {
        #expect(Layout.broadcast([3, 1], [4]) == [3, 4])
        #expect(Layout.broadcast([], [2, 0]) == [2, 0])
        #expect(Layout.broadcast([3], [4]) == nil)
    }
}

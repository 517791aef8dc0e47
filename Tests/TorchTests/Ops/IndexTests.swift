import Testing
import Torch

/// Index tensors and inputs in every layout. The values are PyTorch 2.15's.
@Suite struct IndexTests {
    @Test func expandedIndicesAreReadOnceForEachPlace() {
        let x = Tensor.arange(20, dtype: .float32).reshape(5, 4), index = Tensor([2]).expand(3)
        func row(_ t: Tensor, _ i: Int) -> [Float] { t[i].toArray() }
        #expect((0..<3).allSatisfy { row(x.indexSelect(dim: 0, index: index), $0) == [8, 9, 10, 11] })
        #expect(row(x.indexAdd(dim: 0, index: index, source: Tensor.ones(3, 4)), 2) == [11, 12, 13, 14])
        #expect(row(x.indexAdd(dim: 0, index: index, source: Tensor.ones(3, 4)), 0) == [0, 1, 2, 3])
        #expect(row(x.indexCopy(dim: 0, index: index, source: Tensor.ones(3, 4)), 2) == [1, 1, 1, 1])
        #expect(row(x.indexFill(dim: 0, index: index, value: 9), 2) == [9, 9, 9, 9])
        #expect(
            row(x.indexReduce(dim: 0, index: index, source: Tensor.ones(3, 4), reduce: .mean), 2) == [
                2.75, 3, 3.25, 3.5
            ])
        #expect(x.take(Tensor([2]).expand(3, 3)).toArray() == [Float](repeating: 2, count: 9))
        #expect(x.put(Tensor([2]).expand(3), Tensor.ones(3), accumulate: true).flatten()[2].item() == 5)
        #expect(index.bincount().toArray(as: Int.self) == [0, 0, 3])
        #expect(
            x.gather(dim: 0, index: Tensor([2]).view(1, 1).expand(2, 4)).toArray() == [8, 9, 10, 11, 8, 9, 10, 11]
                as [Float])
    }

    @Test func uniqueReadsItsInputInAnyLayout() {
        let m = Tensor([[1, 5], [1, 6], [2, 7]])
        #expect(m[.all, 0].unique().toArray(as: Int.self) == [1, 2])
        #expect(m[.all, 0].uniqueConsecutive().toArray(as: Int.self) == [1, 2])
        #expect(Tensor([2]).expand(5).unique().toArray(as: Int.self) == [2])
        let all = m.t().unique(returnInverse: true, returnCounts: true)
        #expect(
            all.output.toArray(as: Int.self) == [1, 2, 5, 6, 7]
                && all.inverseIndices?.toArray(as: Int.self) == [0, 0, 1, 2, 3, 4]
                && all.counts?.toArray(as: Int.self) == [2, 1, 1, 1, 1])
    }

    @Test func withoutAnIndexTensorTheWholeTensorIsMeant() {
        let x = Tensor.arange(9, dtype: .float32).view(3, 3)
        // This leaves large offsets on the stack.
        _ = Tensor.zeros(100_000).index([Tensor.full([512], 99_000, dtype: .int64)])
        #expect(x.index([nil, nil]).toArray() == x.toArray() as [Float])
        #expect(x.t().index([nil]).toArray() == x.t().toArray() as [Float])
        #expect(Tensor.zeros(3, 3).indexPut([nil, nil], Tensor.ones(3)).toArray() == [Float](repeating: 1, count: 9))
        #expect(
            Tensor.ones(3, 3).indexPut([nil], Tensor(2.0), accumulate: true).toArray()
                == [Float](repeating: 3, count: 9))
        #expect(message { try withError { x.index([]) } } == "at least one index must be provided")
    }

    @Test func manyDimensionsHaveCoordinates() {
        let x = Tensor([0, 3, 0, 4]).reshape([Int](repeating: 1, count: 129) + [4])
        let positions = x.nonzero()
        #expect(
            positions.shape.sizes == [2, 130] && positions.select(1, 129).toArray(as: Int.self) == [1, 3]
                && positions.sum().item(as: Int.self) == 4)
        #expect(Tensor.ones([Int](repeating: 1, count: 130)).nonzero().shape.sizes == [1, 130])
        #expect(x.sum().item(as: Int.self) == 7)
    }

    @Test func twoEllipsesAreOne() {
        #expect(Tensor.arange(6).reshape(2, 3)[.ellipsis, 1, .ellipsis].toArray(as: Int.self) == [1, 4])
    }

    @Test func whatIsWrittenToSharedElementsIsTheSameForEach() {
        func x(_ form: String) -> Tensor {
            form == "row"
                ? Tensor.ones(1, 3).expand(3, 3)
                : form == "column" ? Tensor.ones(3, 1).expand(3, 3) : Tensor.ones(1).expand(3)
        }
        let mask = Tensor([true, false, true]), index = Tensor([0, 2])
        let writers: [(String, String, (Tensor) -> Tensor, [Float])] = [
            ("fill_", "vector", { $0.fill_(5) }, [5, 5, 5]),
            ("zero_", "vector", { $0.zero_() }, [0, 0, 0]),
            ("maskedFill_", "vector", { $0.maskedFill_(Tensor([true, false, false]), 5) }, [5, 5, 5]),
            ("maskedFill_", "row", { $0.maskedFill_(mask, 5) }, [5, 1, 5, 5, 1, 5, 5, 1, 5]),
            ("indexFill_", "column", { $0.indexFill_(dim: 0, index: index, value: 5) }, [5, 5, 5, 1, 1, 1, 5, 5, 5]),
            ("indexPut_", "vector", { $0.indexPut_([Tensor([1])], Tensor(5.0)) }, [5, 5, 5]),
            ("indexPut_ of a mask", "column", { $0.indexPut_([mask], Tensor(5.0)) }, [5, 5, 5, 1, 1, 1, 5, 5, 5]),
            ("indexPut_ that adds", "vector", { $0.indexPut_([index], Tensor(5.0), accumulate: true) }, [11, 11, 11]),
            ("tril_", "row", { $0.tril_() }, [1, 0, 0, 1, 0, 0, 1, 0, 0]),
            ("tril_", "column", { $0.tril_() }, [0, 0, 0, 0, 0, 0, 1, 1, 1]),
            ("triu_", "row", { $0.triu_() }, [0, 0, 1, 0, 0, 1, 0, 0, 1])
        ]
        for (name, form, write, expected) in writers {
            #expect(write(x(form)).toArray() == expected, "\(name) of a \(form)")
        }
        for write in [
            { $0.add_(1) }, { $0.copy_(Tensor.ones(3)) }, { $0.normal_() },
            { $0.indexAdd_(dim: 0, index: Tensor([0]), source: Tensor.ones(1)) }
        ] as [(Tensor) -> Tensor] {
            #expect(
                message { try withError { write(x("vector")) } }.hasPrefix(
                    "unsupported operation: more than one element of the written-to tensor"))
        }
        // A recorded write goes through the base.
        let leaf = Tensor([2.0], requiresGrad: true), shared = (leaf * 1).expand(3)
        shared.maskedFill_(Tensor([true, false, false]), 3)
        #expect(shared.detach().toArray() == [3, 3, 3] as [Float])
    }
}

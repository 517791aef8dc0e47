import Testing
import Torch

// The numbers are PyTorch 2.15's for the same calls.
@Suite struct RearrangingTests {
    @Test func rollsSeveralDimensionsInOnePass() {
        let a = Tensor.arange(24).reshape(2, 3, 4).transpose(0, 2)
        let rolled = a.roll([1, -2, 5], dims: [0, 1, 2])
        #expect(
            rolled.flatten().toArray(as: Int.self) == [
                23, 11, 15, 3, 19, 7, 20, 8, 12, 0, 16, 4, 21, 9, 13, 1, 17, 5, 22, 10, 14, 2, 18, 6
            ])
        #expect(a.roll([1, 1], dims: [0, 0]).equal(a.roll(2, dim: 0)))
        #expect(Tensor.zeros(0, 3).roll(2, dim: 0).shape == [0, 3])
    }

    @Test func rollsRowsThatSeveralThreadsShare() {
        let n = 200_003, a = Tensor.arange(n), rolled = a.roll(70_001).toArray(as: Int.self)
        #expect(rolled.indices.allSatisfy { rolled[$0] == ($0 + n - 70_001) % n })
        let wide = stack([a, a + 1]).roll([1, -5], dims: [0, 1])
        #expect(wide[0, 0].item(as: Int.self) == 6 && wide[1, n - 1].item(as: Int.self) == 4)
    }

    @Test func bordersOfEveryMode() {
        let x = Tensor.arange(1, 13, dtype: .float32).reshape(1, 2, 2, 3)
        let expected: [(PaddingMode, [Int], [[Float]])] = [
            (
                .reflect, [2, 1, 1, 1],
                [[12, 11, 10, 11, 12, 11], [9, 8, 7, 8, 9, 8], [12, 11, 10, 11, 12, 11], [9, 8, 7, 8, 9, 8]]
            ),
            (
                .replicate, [1, 2, 1, 1],
                [[7, 7, 8, 9, 9, 9], [7, 7, 8, 9, 9, 9], [10, 10, 11, 12, 12, 12], [10, 10, 11, 12, 12, 12]]
            ),
            (
                .circular, [3, 1, 2, 0],
                [
                    [7, 8, 9, 7, 8, 9, 7], [10, 11, 12, 10, 11, 12, 10], [7, 8, 9, 7, 8, 9, 7],
                    [10, 11, 12, 10, 11, 12, 10]
                ]
            )
        ]
        for (mode, pad, second) in expected {
            let padded = x.pad(pad, mode: mode)
            #expect(padded[0, 1].flatten().toArray(as: Float.self) == second.flatMap { $0 })
            // Channels first or last in memory, elements of another width, and every second column of a wider tensor.
            #expect(x.contiguous(memoryFormat: .channelsLast).pad(pad, mode: mode).equal(padded))
            #expect(x.double().pad(pad, mode: mode).equal(padded.double()))
            #expect(stack([x, x], dim: 4).select(4, 0).pad(pad, mode: mode).equal(padded))
        }
        let cut = x.pad([-1, 2, 1, -1, 0, 1], value: 7.5)
        #expect(cut.shape == [1, 3, 2, 4])
        #expect(
            cut.flatten().toArray(as: Float.self) == [
                7.5, 7.5, 7.5, 7.5, 2, 3, 7.5, 7.5, 7.5, 7.5, 7.5, 7.5, 8, 9, 7.5, 7.5
            ] + [Float](repeating: 7.5, count: 8))
    }

    @Test(arguments: [1, 7, 33, 400]) func joinsLongRowsOfSeveralSources(width: Int) {
        // Element (i, j) of the whole is 1000 i + j. It is cut into blocks of columns of three widths. The second cut
        // has wider rows in memory, and the third is transposed.
        let rows = 601, whole = Tensor.arange(rows).unsqueeze(1) * 1000 + Tensor.arange(2 * width + 5)
        let cuts = [
            whole.narrow(1, 0, width).contiguous(), whole.narrow(1, width, 5),
            whole.narrow(1, width + 5, width).t().contiguous().t()
        ]
        for count in 1...3 {
            let expected = whole.narrow(1, 0, cuts.prefix(count).map { $0.shape[1] }.reduce(0, +))
            #expect(cat(Array(cuts.prefix(count)), dim: 1).equal(expected))
            #expect(cat(cuts.prefix(count).map { $0.t() }, dim: 0).equal(expected.t()))
            #expect(
                cat(cuts.prefix(count).map { $0.double() } + [Tensor.zeros(rows, 0)], dim: 1).equal(expected.double()))
        }
        let deep = whole.view(rows, 1, -1).expand(rows, 3, 2 * width + 5)
        #expect(
            cat([deep.contiguous(), deep.narrow(1, 0, 2)], dim: 1).equal(
                whole.unsqueeze(1).expand(rows, 5, 2 * width + 5)))
    }

    @Test func flipsAnyDimensionsOfATensor() {
        let (a, b, c) = (40, 30, 70), x = Tensor.arange(a * b * c).reshape(a, b, c)
        for dims in [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] {
            let flipped = x.flip(dims)
            func position(_ i: Int, _ d: Int, _ n: Int) -> Int { dims.contains(d) ? n - 1 - i : i }
            let values = flipped.flatten().toArray(as: Int.self)
            #expect(
                values.indices.allSatisfy {
                    values[$0] == (position($0 / c / b, 0, a) * b + position($0 / c % b, 1, b)) * c
                        + position($0 % c, 2, c)
                })
        }
    }

    @Test(arguments: [DType.uint8, .int16, .float32, .int64, .complex128]) func flipsRowsOfEveryWidth(dtype: DType) {
        for n in [1, 7, 64, 131] {
            let a = Tensor.arange(3 * n).remainder(251).reshape(3, n)
            let flipped = a.to(dtype).flip(1).to(.int64).toArray(as: Int.self)
            #expect(flipped.indices.allSatisfy { flipped[$0] == ($0 / n * n + n - 1 - $0 % n) % 251 })
        }
    }

    @Test func longRangesAreMadeByManyThreads() {
        let a = Tensor.arange(5, 600_005, step: 3).toArray(as: Int.self)
        #expect(a.count == 200_000 && a.indices.allSatisfy { a[$0] == 5 + 3 * $0 })
        let b = Tensor.arange(0.5, 150_000.5, dtype: .float32).toArray(as: Float.self)
        #expect(b.count == 150_000 && b.indices.allSatisfy { b[$0] == Float($0) + 0.5 })
    }

    @Test func theLastOfSeveralWritesStandsOnAnyNumberOfThreads() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        manualSeed(3)
        let positions = Tensor.randint(-1000, 1000, [150_000]), values = Tensor.arange(150_000)
        var expected = [Int](repeating: -1, count: 1000)
        for (i, position) in positions.toArray(as: Int.self).enumerated() {
            expected[position < 0 ? position + 1000 : position] = i
        }
        for count in [1, 2, 5] {
            setNumThreads(count)
            let written = Tensor.full([1000], -1, dtype: .int64)
            written[positions] = values
            #expect(written.toArray(as: Int.self) == expected)
        }
    }
}

import Testing
import Torch
import TorchText

/// Batches of numbers are read from Arrow's memory without a value for each. They are what `collate` makes of the rows.
@Suite struct NumberBatchTests {
    private func dataset() throws -> ArrowDataset {
        let numbers = Array(0..<10)
        return try ArrowDataset([
            "i": numbers.map { .int($0 * 7 - 20) }, "x": numbers.map { .double(Double($0) / 4) },
            "flag": numbers.map { .bool($0 % 3 == 0) }, "text": numbers.map { .string("t\($0)") },
            "pair": numbers.map { .list([.double(Double($0)), .double(-1)]) },
            "ragged": numbers.map { n in .list((0..<n % 3).map { .int($0) }) },
            "gap": numbers.map { $0 == 4 ? .null : .int($0) }
        ])
    }

    @Test func batchesAreWhatCollateMakes() throws {
        let data = try dataset().selectColumns(["i", "x", "flag", "text", "pair"])
        for chosen in [[0], [3, 1, 4, 1, 5], [9, -1, -10]] {
            let batch = try data.batch(chosen), rows = try data.collate(chosen.map { try data.row($0) })
            #expect("\(batch)" == "\(rows)")
        }
        let batch = try data.batch([2, 0])
        #expect(batch.tensor("i").toArray() == [-6, -20] as [Int] && batch.tensor("i").dtype == .int64)
        #expect(batch.tensor("x").toArray() == [0.5, 0] as [Double] && batch.tensor("x").dtype == .float64)
        #expect(batch.tensor("flag").toArray() == [false, true])
        #expect(batch["text"]?.strings == ["t2", "t0"])
    }

    @Test func selectionsAndFormats() throws {
        let data = try dataset().selectColumns(["i", "x", "pair"]).select([8, 6, 4, 2]).withFormat(.torch)
        let batch = try data.batch([0, 3])
        #expect(batch.tensor("i").toArray() == [36, -6] as [Int])
        #expect(batch.tensor("x").dtype == .float32 && batch.tensor("x").toArray() == [2, 0.5] as [Float])
        #expect(batch.tensor("pair").shape == [2, 2] && batch.tensor("pair").toArray() == [8, -1, 2, -1] as [Float])
        #expect("\(batch)" == "\(try data.collate([data[0], data[3]]))")
        #expect("\(data[1..<3])" == "\(try data.batch([1, 2]))")
    }

    /// What has no place in one tensor goes the way by values.
    @Test func nullsAndRaggedLists() throws {
        let data = try dataset()
        #expect(throws: TorchError.self) { try data.selectColumns(["gap"]).batch([3, 4]) }
        #expect(try data.selectColumns(["gap"]).batch([3, 5]).tensor("gap").toArray() == [3, 5] as [Int])
        let gaps = data.selectColumns(["gap"]).withFormat(.torch)[3..<6].tensor("gap")
        #expect(gaps.dtype == .float32 && gaps.isnan().toArray() == [false, true, false])
        #expect(throws: TorchError.self) { try data.selectColumns(["ragged"]).withFormat(.torch).batch([1, 2]) }
        #expect(
            try data.selectColumns(["ragged"]).withFormat(.torch).batch([2, 5]).tensor("ragged").toArray() == [
                0, 1, 0, 1
            ] as [Int])
        #expect(throws: TorchError.self) { try data.batch([10]) }
    }

    @Test func streamsHaveBatches() async throws {
        let stream = try dataset().selectColumns(["i", "text"]).iterable()
        var sizes: [Int] = []
        for try await batch in stream.batch(4) { sizes.append(batch["i"]?.list?.count ?? 0) }
        #expect(sizes == [4, 4, 2])
        var sums: [Int] = []
        for try await batch in stream.loader(batchSize: 4, dropLast: true) {
            sums.append(batch.tensor("i").sum().item(as: Int.self))
            #expect(batch["text"]?.strings?.count == 4)
        }
        // 7 * (0 + 1 + 2 + 3) - 80 and 7 * (4 + 5 + 6 + 7) - 80.
        #expect(sums == [-38, 74])
    }
}

import Foundation
import Testing
import Torch
@testable import TorchText

/// The orders are those of Python's library (Fixtures/datasets/streams.py).
@Suite struct StreamTests {
    private static func inEpoch(_ epoch: Int, _ rows: IterableDataset) -> IterableDataset {
        var rows = rows
        rows.setEpoch(epoch)
        return rows
    }

    private static let changes: [(String, @Sendable (IterableDataset) -> IterableDataset)] = [
        ("whole", { $0 }),
        ("take", { $0.skip(2).take(7) }),
        ("seed 0", { $0.shuffle(seed: 0) }),
        ("seed 42, buffer 10", { $0.shuffle(seed: 42, bufferSize: 10) }),
        ("seed 7, buffer 1", { $0.shuffle(seed: 7, bufferSize: 1) }),
        ("seed 7, buffer 0", { $0.shuffle(seed: 7, bufferSize: 0) }),
        ("seed 3, buffer 25", { $0.shuffle(seed: 3, bufferSize: 25) }),
        ("seed 3, buffer 8, shards 3", { $0.shuffle(seed: 3, bufferSize: 8, maxBufferInputShards: 3) }),
        ("seed 3, buffer 8, shards 1", { $0.shuffle(seed: 3, bufferSize: 8, maxBufferInputShards: 1) }),
        ("behind take", { $0.take(20).shuffle(seed: 5, bufferSize: 6) }),
        ("behind skip", { $0.skip(3).shuffle(seed: 5, bufferSize: 6) }),
        ("before take", { $0.shuffle(seed: 5, bufferSize: 6).take(9) }),
        ("twice", { $0.shuffle(seed: 1, bufferSize: 9).shuffle(seed: 2, bufferSize: 7, maxBufferInputShards: 4) }),
        ("behind map", { $0.map { ["i": $0["i"]!] }.shuffle(seed: 9, bufferSize: 11) }),
        (
            "behind batched map",
            {
                $0.map(batched: { ["i": .list($0["i"]!.list!.flatMap { [$0, $0] })] }, batchSize: 4).shuffle(
                    seed: 9, bufferSize: 11)
            }
        ),
        ("behind filter", { $0.filter { $0["i"]!.int! % 3 != 0 }.shuffle(seed: 9, bufferSize: 11) }),
        ("before map", { $0.shuffle(seed: 9, bufferSize: 11).map { ["i": $0["i"]!] } }),
        ("epoch 1", { inEpoch(1, $0.shuffle(seed: 42, bufferSize: 10)) }),
        ("epoch 5", { inEpoch(5, $0.shuffle(seed: 42, bufferSize: 10)) }),
        ("epoch 2 of all", { inEpoch(2, $0) }),
        ("epoch 2 behind take", { inEpoch(2, $0.take(20).shuffle(seed: 5, bufferSize: 6)) }),
        (
            "epoch 3 of two shuffles",
            { inEpoch(3, $0.shuffle(seed: 1, bufferSize: 9).filter { _ in true }.shuffle(seed: 2, bufferSize: 7)) }
        )
    ]

    private func numbers(_ rows: IterableDataset) async throws -> [Int] {
        try await rows.reduce(into: []) { $0.append($1["i"]?.int ?? -1) }
    }

    private func check(_ rows: IterableDataset, _ expected: Expected, _ name: String) async throws {
        for (change, body) in Self.changes {
            let wanted = expected[change].numbers
            #expect(!wanted.isEmpty)
            #expect(try await numbers(body(rows)) == wanted, "\(name): \(change)")
        }
    }

    @Test(arguments: [
        "parquet *", "parquet 0[0-2]", "parquet 05", "json *", "json 0[0-2]", "json 05", "csv *", "csv 0[0-2]", "csv 05"
    ]) func ordersOfFiles(_ source: String) async throws {
        let parts = source.split(separator: " ").map(String.init)
        let files = "\(DatasetsFixture.fixture("streams"))/\(parts[1]).\(["json": "jsonl"][parts[0]] ?? parts[0])"
        let rows = try await streamDataset(parts[0], split: "train", dataFiles: .string(files))
        try await check(rows, Expected.streams["orders"][source], source)
    }

    @Test func ordersInMemory() async throws {
        let rows = try ArrowDataset(["i": (0..<30).map { .int($0) }]).iterable(numShards: 4)
        try await check(rows, Expected.streams["memory"], "memory")
    }

    @Test func partsOfProcesses() async throws {
        let rows = try ArrowDataset(["i": (0..<30).map { .int($0) }]).iterable(numShards: 4)
        func shuffled(_ rows: IterableDataset) -> IterableDataset {
            rows.shuffle(seed: 3, bufferSize: 8, maxBufferInputShards: 3)
        }
        typealias Split = (_ rank: Int, _ count: Int) -> IterableDataset
        let splits: [(String, Split)] = [
            ("whole", { splitDatasetByNode(rows, rank: $0, worldSize: $1) }),
            ("shards", { splitDatasetByNode(rows, rank: $0, worldSize: $1, strategy: .shards) }),
            ("examples", { splitDatasetByNode(rows, rank: $0, worldSize: $1, strategy: .examples) }),
            ("shuffled", { splitDatasetByNode(shuffled(rows), rank: $0, worldSize: $1) }),
            ("shuffled after", { shuffled(splitDatasetByNode(rows, rank: $0, worldSize: $1)) }),
            ("take", { splitDatasetByNode(rows.skip(2).take(7), rank: $0, worldSize: $1) }),
            ("take after", { splitDatasetByNode(rows, rank: $0, worldSize: $1).skip(1).take(3) }),
            (
                "map",
                {
                    splitDatasetByNode(rows.map { ["i": .int($0["i"]!.int! * 2)] }, rank: $0, worldSize: $1)
                        .filter { $0["i"]!.int! % 3 != 0 }
                }
            ),
            (
                "epoch 2",
                { Self.inEpoch(2, splitDatasetByNode(rows.shuffle(seed: 5, bufferSize: 6), rank: $0, worldSize: $1)) }
            ),
            (
                "twice",
                { splitDatasetByNode(splitDatasetByNode(rows, rank: $0, worldSize: $1), rank: 1, worldSize: 2) }
            )
        ]
        for count in 1...5 {
            for (name, split) in splits where name != "shards" || count < 5 {
                let expected = Expected.streams["nodes"]["\(name) \(count)"].list
                #expect(expected.count == count)
                for (rank, part) in expected.enumerated() {
                    let found = split(rank, count)
                    #expect(found.numShards == part[0].number, "\(name) \(count) \(rank)")
                    #expect(try await numbers(found) == part[1].numbers, "\(name) \(count) \(rank)")
                }
            }
        }
        for (rank, count, strategy, message) in [
            (0, 5, .shards, "Cannot split an iterable dataset with num_shards=4 across world_size=5 nodes"),
            (2, 2, .auto, "rank should be in [0, worldSize-1], but got rank=2 and worldSize=2")
        ] as [(Int, Int, NodeSplitStrategy, String)] {
            let error = #expect(throws: TorchError.self) {
                try withError { _ = splitDatasetByNode(rows, rank: rank, worldSize: count, strategy: strategy) }
            }
            #expect(error?.message.hasPrefix(message) == true)
        }
    }

    @Test func batches() async throws {
        let rows = try ArrowDataset(["i": (0..<30).map { .int($0) }]).iterable(numShards: 4)
        let sums = rows.map(
            batched: { batch in
                let numbers = batch["i"]!.list!.map { $0.int! }
                return ["sum": [.int(numbers.reduce(0, +))], "n": [.int(numbers.count)]]
            }, batchSize: 8, removeColumns: ["i"])
        #expect(sums.columnNames == nil)
        var found: [[Int]] = []
        for try await row in sums { found.append([row["sum"]!.int!, row["n"]!.int!]) }
        #expect(found == Expected.streams["batched"].list.map { [$0["sum"].number, $0["n"].number] })
        await #expect(
            throws: TorchError(.value, "Column lengths mismatch: column 's' has length 1 while 'i' has length 8.")
        ) {
            for try await _ in rows.map(batched: { _ in ["s": [1]] }, batchSize: 8) {}
        }
    }

    private static func parts() throws -> [ArrowDataset] {
        try [3, 5, 40, 7].enumerated().map { k, n in try ArrowDataset(["i": (100 * k..<100 * k + n).map { .int($0) }]) }
    }

    private func numbers(_ rows: ArrowDataset) throws -> [Int] { try rows["i"].values().compactMap(\.int) }

    @Test(arguments: [StoppingStrategy.firstExhausted, .allExhausted, .allExhaustedWithoutReplacement])
    func interleaving(_ strategy: StoppingStrategy) throws {
        #expect(
            try numbers(interleaveDatasets(Self.parts(), stoppingStrategy: strategy))
                == Expected.streams["turns"][strategy.rawValue].numbers)
        for (name, probabilities) in [("skewed", [0.1, 0.2, 0.65, 0.05]), ("even", [0.25, 0.25, 0.25, 0.25])] {
            for seed in [0, 42, 1 << 40 + 3] as [UInt64] {
                let expected = Expected.streams["drawn"]["\(name) \(seed) \(strategy.rawValue)"].numbers
                #expect(!expected.isEmpty)
                #expect(
                    try numbers(
                        interleaveDatasets(
                            Self.parts(), probabilities: probabilities, seed: seed, stoppingStrategy: strategy))
                        == expected, "\(name) \(seed)")
            }
        }
    }

    @Test func interleavingWithoutSome() throws {
        #expect(
            try numbers(interleaveDatasets(Self.parts(), probabilities: [0, 0.5, 0.5, 0], seed: 1))
                == Expected.streams["undrawn"].numbers)
        func mistake(
            _ words: String, _ probabilities: [Double], _ strategy: StoppingStrategy = .firstExhausted,
            _ parts: [ArrowDataset]? = nil
        ) throws {
            let error = #expect(throws: TorchError.self) {
                try withError {
                    try interleaveDatasets(
                        parts ?? Self.parts(), probabilities: probabilities, seed: 1, stoppingStrategy: strategy)
                }
            }
            #expect(error?.message.contains(words) == true, "\(error as Any)")
        }
        try mistake("'a' and 'p' must have same size", [0.5, 0.5])
        try mistake("do not sum to 1", [0.5, 0.5, 0.5, 0.5])
        try mistake("are not non-negative", [0.5, -0.5, 0.5, 0.5])
        try mistake("contain NaN", [0.5, .nan, 0.5, 0.5])
        try mistake("at indices [0, 3] have probability 0", [0, 0.5, 0.5, 0], .allExhausted)
        try mistake("at indices [1] are empty", [0.5, 0.5], .firstExhausted, [Self.parts()[0], Self.parts()[1].take(0)])
    }

    @Test func sideBySide() throws {
        let numbers = (0..<30).map { Value.int($0) }
        let left = try ArrowDataset(["i": numbers]).shuffle(seed: 1),
            texts = try ArrowDataset(["s": numbers.map { .string("row \($0)") }])
        // The batches end at other rows.
        let cut = try concatenateDatasets([
            ArrowDataset(["j": Array(numbers[..<7])]), ArrowDataset(["j": Array(numbers[7...])])
        ])
        let joined = try concatenateDatasets([left, texts, cut], axis: 1)
        #expect(joined.columnNames == ["i", "s", "j"] && joined.table.batches.count == 2)
        #expect(
            try (0..<30).map { try joined.row($0) }
                == Expected.streams["beside"].list.map {
                    ["i": .int($0["i"].number), "s": .string($0["s"].text), "j": .int($0["j"].number)]
                })
        #expect(throws: TorchError(.value, "Number of rows must match for all datasets")) {
            try withError { try concatenateDatasets([left, cut.take(3)], axis: 1) }
        }
        #expect(throws: TorchError(.value, "The table can't have duplicated columns but columns ['i'] are duplicated."))
        { try withError { try concatenateDatasets([left, left], axis: 1) } }
        // If a data set has rows, one without rows adds no columns to it.
        #expect(try concatenateDatasets([left.take(0).renameColumn("i", "k"), texts]).columnNames == ["s"])
        #expect(try concatenateDatasets([left.take(0), texts.take(0)]).columnNames == ["i"])
    }
}

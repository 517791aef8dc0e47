import Testing
import Torch
@testable import TorchText

/// Selections and changes of columns give the same rows as datasets 5.2 with the same seeds.
@Suite struct ArrowDatasetTests {
    /// The data set of Fixtures/datasets/make.py.
    static let dataset: ArrowDataset = {
        let rows = (0..<23).map { i -> Row in
            let k: Value = i % 7 == 3 ? .null : .int(i * 5 % 4)
            let x: Value = i % 5 == 4 ? .null : .double(i % 6 == 1 ? .nan : Double(i * 7 % 10) / 4)
            let s: Value = .string(i % 2 == 1 ? "é\(i * 11 % 23)" : "b\(i)")
            return ["i": .int(i), "k": k, "x": x, "s": s, "label": .int(i % 3)]
        }
        return try! ArrowDataset(rows, features: Features(["label": .classLabel(ClassLabel(names: ["a", "b", "c"]))]))
    }()

    private let dataset = ArrowDatasetTests.dataset
    private let selections = Expected.all["selections"]

    private func numbers(_ dataset: ArrowDataset) throws -> [Int] { try dataset["i"].values().compactMap(\.int) }

    private func mistake<Result>(_ kind: TorchError.Kind, _ message: String, _ body: () throws -> Result) {
        #expect(throws: TorchError(kind, message)) { try withError { _ = try body() } }
    }

    @Test func printing() {
        #expect(dataset.description == selections["print"].text)
        #expect(dataset[2].description == selections["row"].text && dataset[-1].description == selections["last"].text)
        #expect(dataset[3..<6].description == selections["range"].text && dataset[3...5] == dataset[3..<6])
        #expect(dataset[[1, -1]].description == selections["list"].text)
        #expect(
            dataset["s"].description == selections["column"].text
                && dataset.select([4, 1])["i"].description == selections["short"].text)
        #expect(
            dataset.shape == (23, 5) && dataset[20...]["i"] == [20, 21, 22] && dataset[..<2]["i"] == [0, 1]
                && dataset[21..<99]["i"] == [21, 22])
        #expect(
            DatasetDict([("train", dataset.take(2)), ("test", dataset.take(1))]).description == """
                DatasetDict({
                    train: Dataset({
                        features: ['i', 'k', 'x', 's', 'label'],
                        num_rows: 2
                    })
                    test: Dataset({
                        features: ['i', 'k', 'x', 's', 'label'],
                        num_rows: 1
                    })
                })
                """)
    }

    @Test func randomNumbers() {
        for item in Expected.all["permutations"].list {
            var generator = PCG64(seed: item[0].big)
            #expect(Array(generator.permutation(item[1].number).prefix(12)) == item[2].numbers, "\(item)")
        }
        var generator = PCG64(seed: 7)
        let choices = [(4, 2), (4, 4), (1, 1), (5, 3), (100, 7)].map { generator.choice($0.0, size: $0.1) }
        #expect(choices == Expected.all["choices"].list.map(\.numbers))
    }

    @Test func shuffles() throws {
        for (seed, order) in selections["shuffle"].members {
            #expect(try numbers(dataset.shuffle(seed: UInt64(seed)!)) == order.numbers)
        }
        #expect(try numbers(dataset.shuffle(seed: 1).select(3..<17).shuffle(seed: 2)) == selections["twice"].numbers)
        #expect(try numbers(dataset.shuffle()).sorted() == Array(0..<23))
    }

    @Test func splits() throws {
        func check(_ parts: DatasetDict, _ expected: Expected) throws {
            #expect(try numbers(parts["train"]) == expected[0].numbers && numbers(parts["test"]) == expected[1].numbers)
        }
        let sizes: [(ArrowDataset.PartSize, UInt64, String)] = [
            (0.25, 0, "0.25,0"), (7, 3, "7,3"), (0.1, 42, "0.1,42"), (0.5, 42, "0.5,42")
        ]
        for (size, seed, name) in sizes.prefix(3) {
            try check(dataset.trainTestSplit(testSize: size, seed: seed), selections["split"][name])
        }
        for (size, seed, name) in [sizes[0], sizes[1], sizes[3]] {
            try check(
                dataset.trainTestSplit(testSize: size, seed: seed, stratifyByColumn: "label"),
                selections["stratified"][name])
        }
        try check(dataset.trainTestSplit(testSize: 0.3, trainSize: 0.4, seed: 5), selections["both"])
        try check(dataset.trainTestSplit(testSize: 5, shuffle: false), selections["unshuffled"])
        mistake(
            .value,
            "test_size=23 should be either positive and smaller than the number of samples 23 or a float in the (0, 1) range"
        ) { try dataset.trainTestSplit(testSize: 23) }
        mistake(
            .value,
            "test_size=1.5 should be either positive and smaller than the number of samples 23 or a float in the (0, 1) range"
        ) { try dataset.trainTestSplit(testSize: 1.5) }
        mistake(
            .value, "Stratifying by column is only supported for ClassLabel column, and column i is Value('int64')."
        ) { try dataset.trainTestSplit(stratifyByColumn: "i") }
    }

    @Test func sorts() throws {
        let expected = selections["sort"]
        func check(_ name: String, _ sorted: ArrowDataset) throws {
            #expect(try numbers(sorted) == expected[name].numbers, "\(name)")
        }
        try check("k", dataset.sort("k"))
        try check("k-", dataset.sort("k", reverse: true))
        try check("k^", dataset.sort("k", nullPlacement: .atStart))
        try check("x", dataset.sort("x"))
        try check("x-", dataset.sort("x", reverse: true))
        try check("x^", dataset.sort("x", reverse: true, nullPlacement: .atStart))
        try check("s", dataset.sort("s"))
        try check("s-", dataset.sort("s", reverse: true))
        try check("k,s-", dataset.sort(["k", "s"], reverse: [false, true]))
        try check("k-,x", dataset.sort(["k", "x"], reverse: [true, false], nullPlacement: .atStart))
    }

    @Test func parts() throws {
        #expect(
            try (0..<4).map { try numbers(dataset.shard(numShards: 4, index: $0)) }
                == selections["shards"][0].list.map(\.numbers))
        #expect(
            try (0..<4).map { try numbers(dataset.shard(numShards: 4, index: $0, contiguous: false)) }
                == selections["shards"][1].list.map(\.numbers))
        #expect(
            try [dataset.take(3), dataset.skip(20), dataset.take(2).repeat(3)].map(numbers)
                == selections["take"].list.map(\.numbers))
        #expect(
            try dataset.unique("k").map { $0.int ?? 0 } == selections["unique"].numbers
                && dataset.unique("k").contains(.null))
        let three = [dataset.select(0..<2), dataset.select(5..<8), dataset.select(10..<14)]
        #expect(try numbers(interleaveDatasets(three)) == selections["interleave"][0].numbers)
        #expect(
            try numbers(interleaveDatasets(three, stoppingStrategy: .allExhausted))
                == selections["interleave"][1].numbers)
        #expect(try numbers(concatenateDatasets(three)) == selections["concatenate"][0].numbers)
        let different = try concatenateDatasets([ArrowDataset(["a": [1]]), ArrowDataset(["b": ["x"], "a": [nil]])])
        #expect(different[0...].description == selections["concatenate"][1].text)
    }

    @Test func changes() throws {
        let expected = Expected.all["changes"]
        func check(_ name: String, _ changed: ArrowDataset) {
            #expect(
                [changed.features.description, changed[0..<3].description] == expected[name].list.map(\.text), "\(name)"
            )
        }
        check(
            "map",
            try dataset.map(removeColumns: ["s"]) {
                ["c": .double(Double($0["i"]!.int!) * 2.5), "i": .string("\($0["i"]!.int!)")]
            })
        check("half", try dataset.map { ["i": .double(Double($0["i"]!.int!) / 2)] })
        check("null", try dataset.map(withIndices: { _, i in ["z": nil, "n": .int(i * 10)] }, numProc: 3))
        let small = try dataset.castColumn("i", .value("int8"))
        check("int8", try small.map { ["i": .int($0["i"]!.int! + 1)] })
        check("int64", try small.map { ["i": .int($0["i"]!.int! + 1000)] })
        check(
            "batched",
            try dataset.map(
                batched: { batch in
                    let sum = batch["i"]!.list!.reduce(0) { $0 + $1.int! }
                    return ["n": .list([.int(sum), .int(sum)])]
                }, batchSize: 10, removeColumns: dataset.columnNames))
        check(
            "nested",
            try dataset.map(removeColumns: dataset.columnNames) {
                ["o": .row(["a": .list([$0["i"]!, .null]), "b": $0["s"]!])]
            })
        #expect(try numbers(dataset.filter(numProc: 2) { $0["label"] == 1 }) == expected["filter"].numbers)
        check("rename", dataset.renameColumn("i", "j").removeColumns(["s", "x"]))
        check("add", try dataset.shuffle(seed: 0).addColumn("new", (0..<23).map { .int($0 * $0) }))
        check("encode", try dataset.classEncodeColumn("s"))
        check("string", try dataset.castColumn("x", .value("string")))
        check(
            "flatten",
            try ArrowDataset(["s": [.row(["a": 1, "b": .row(["c": 2])]), nil, .row(["a": nil, "b": nil])]]).flatten())
    }

    @Test func mapsOfManyRows() throws {
        let dataset = try ArrowDataset(["n": (0..<5000).map { .int($0) }])
        // Only nulls in the first thousand rows, integers in the second, floats in the rest.
        let mapped = try dataset.map(numProc: 4) { row in
            let n = row["n"]!.int!
            return ["m": n < 1000 ? .null : n < 2000 ? .int(n) : .double(Double(n) / 2)]
        }
        #expect(mapped.features.description == "{'n': Value('int64'), 'm': Value('float64')}" && mapped.count == 5000)
        #expect(mapped[999]["m"] == .null && mapped[1500]["m"] == 1500.0 && mapped[4999]["m"] == 2499.5)
        #expect(throws: TorchError.self) { try dataset.map { ["m": $0["n"]!.int! < 4000 ? .int(1) : .string("x")] } }
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try dataset.map(numProc: 3) { row in if row["n"] == 4321 { throw Stop() } else { row } }
        }
        let grown = try dataset.map(batched: { ["n": .list($0["n"]!.list!.flatMap { [$0, $0] })] }, batchSize: 300)
        #expect(grown.count == 10000 && grown[9999]["n"] == 4999)
        #expect(try dataset.shuffle(seed: 1).flattenIndices()["n"].values() == dataset.shuffle(seed: 1)["n"].values())
    }

    @Test func mistakes() throws {
        let current = "Current columns in the dataset: ['i', 'k', 'x', 's', 'label']"
        mistake(.index, "Invalid key: 23 is out of bounds for size 23") { dataset[23] }
        mistake(.index, "Invalid key: -24 is out of bounds for size 23") { dataset[-24] }
        mistake(.index, "Invalid key: 99 is out of bounds for size 23") { dataset[[0, 99]] }
        mistake(.value, "Column 'zz' doesn't exist.") { dataset["zz"] }
        mistake(.value, "Original column name zz not in the dataset. \(current)") { dataset.renameColumn("zz", "y") }
        mistake(
            .value,
            "New column name k already in the dataset. Please choose a column name which is not already in the dataset. \(current)"
        ) { dataset.renameColumn("i", "k") }
        mistake(.value, "Column name ['zz'] not in the dataset. \(current)") { dataset.removeColumns("zz") }
        mistake(.value, "Column name ['q'] not in the dataset. \(current).") { dataset.selectColumns(["q"]) }
        mistake(.index, "Index 70 out of range for dataset of size 23.") { dataset.select([70]) }
        mistake(
            .value,
            "Column 'zz' not found in the dataset. Please provide a column selected in: ['i', 'k', 'x', 's', 'label']"
        ) { try dataset.sort("zz") }
        mistake(
            .value,
            "Parameter 'reverse' should be either a boolean or a list of booleans with the same length as 'column_names'."
        ) { try dataset.sort(["i"], reverse: [true, false]) }
        mistake(.value, "Column (zz) not in table columns (['i', 'k', 'x', 's', 'label']).") {
            try dataset.unique("zz")
        }
        mistake(.value, "The table can't have duplicated columns but columns ['i'] are duplicated.") {
            try dataset.addColumn("i", [1])
        }
        mistake(.value, "index should be in [0, num_shards-1]") { dataset.shard(numShards: 3, index: 3) }
        mistake(.key, "'x'") { DatasetDict([("train", dataset)])["x"] }
        mistake(.value, "Unable to concatenate an empty list of datasets.") { try concatenateDatasets([]) }
        mistake(
            .value,
            "The features can't be aligned because the key a of features {'a': Value('string')} has unexpected type - Value('string') (expected either Value('int64') or Value(\"null\")."
        ) {
            try concatenateDatasets([ArrowDataset(["a": [1]]), ArrowDataset(["a": ["x"]])])
        }
        #expect(throws: TorchError.self) { try ArrowDataset(["a": ["z"]]).castColumn("a", .value("int32")) }
        #expect(throws: TorchError.self) { try ArrowDataset(["a": [1, 2], "b": [1]]) }
    }

    @Test func tensors() throws {
        let dataset = try ArrowDataset([
            "n": [1, 2, nil], "x": [0.5, 1.5, 2.5], "s": ["a", "b", nil], "l": [[1, 2], [3, 4], [5, 6]],
            "r": [[1], [], [1, 2]], "b": [true, false, true]
        ])
        let formatted = dataset.withFormat(.torch)
        #expect(
            formatted[0].tensor("n").dtype == .int64 && formatted[0].tensor("x").dtype == .float32
                && formatted[1].tensor("b").dtype == .bool)
        #expect(formatted[2].tensor("n").item(as: Double.self).isNaN && formatted[0]["s"]?.string == "a")
        let part = formatted[0..<2]
        #expect(
            part.tensor("n").shape == [2] && part.tensor("l").shape == [2, 2] && part["s"]?.strings == ["a", "b"]
                && part["r"]?.list?.count == 2)
        #expect(dataset.withFormat(.torch, columns: ["x", "l"])[0].names == ["x", "l"])
        let numbers = dataset.take(2).selectColumns(["n", "x", "s", "l"])
        let batches = Array(DataLoader(numbers, batchSize: 2))
        #expect(
            batches.count == 1 && batches[0].tensor("n").dtype == .int64 && batches[0].tensor("x").dtype == .float64
                && batches[0]["s"]?.strings == ["a", "b"])
        #expect(batches[0]["l"]?.list?.count == 2)
        let stacked = Array(DataLoader(numbers.withFormat(.torch), batchSize: 2))[0]
        #expect(stacked.tensor("l").shape == [2, 2] && stacked.tensor("x").dtype == .float32)
        // A collate function that pads.
        let padded = DataLoader(
            dataset, batchSize: 3, numWorkers: 2, collate: { rows in rows.map { $0["r"]!.list!.count }.max()! })
        #expect(Array(padded) == [2])
        #expect(throws: TorchError.self) { try dataset.batch([0, 2]) }
        #expect(throws: TorchError.self) { try dataset.withFormat(.torch, columns: ["r"]).batch([0, 1]) }
    }
}

import Testing
import Torch
@testable import TorchText

/// Values are converted to the column types of a data set as in datasets 5.2 with pyarrow 26.
@Suite struct ValueTypeTests {
    private func column(_ values: [Value], _ feature: Feature) throws -> [Value] {
        try ArrowDataset(["a": values], features: Features(["a": feature]))["a"].values()
    }

    private func refused<Result>(_ kind: TorchError.Kind, _ message: String, _ body: () throws -> Result) {
        let error = #expect(throws: TorchError.self) { _ = try withError { try body() } }
        #expect(error?.kind == kind && error?.message.hasSuffix(message) == true, "\(error?.message ?? "")")
    }

    @Test func classNamesBecomeNumbers() throws {
        let label = Feature.classLabel(ClassLabel(names: ["neg", "pos"]))
        #expect(
            try column(["pos", "neg", .null, 1, -1, "0", " pos", true, 1.0], label) == [
                1, 0, .null, 1, -1, 0, 1, 1,
                1
            ])
        #expect(try column([["pos"], ["neg"]], .list(label)) == [[1], [0]])
        #expect(try column([["x": "pos"]], .structure(Features(["x": label]))) == [["x": 1]])
        refused(.value, "Invalid string class label zzz") { try column(["zzz"], label) }
        refused(.value, "Class label 2 greater than configured num_classes 2") { try column([2], label) }
        refused(.value, "Class label -2 greater than configured num_classes 2") { try column([-2], label) }
        refused(.value, "Class label 5 greater than configured num_classes 2") {
            try column(
                [["pos", 5]],
                .list(label))
        }
        refused(.value, "Float value 1.500000 was truncated converting to int64") { try column([1.5], label) }
    }

    @Test func numbersAndTextsBecomeWhatTheColumnHolds() throws {
        #expect(
            try column([1.0, 1.5, true, "7", " 7", "+7", "-7", "1_000", 300.0, .bytes([0x37])], .value("int64"))
                == [1, 1, 1, 7, 7, 7, -7, 1000, 300, 7])
        #expect(try column([-1.9, false, .null], .value("int8")) == [-1, 0, .null])
        #expect(
            try column([1, true, "1.5", "nan", "-inf", " 1", "1e5"], .value("float64")).map(\.description)
                == ["1.0", "1.0", "1.5", "nan", "-inf", "1.0", "100000.0"])
        #expect(
            try column([.int(1 << 53 + 1), .uint(1 << 63)], .value("float64")) == [
                9007199254740992.0,
                9.223372036854776e18
            ])
        #expect(
            try column([1, 1.0, 1e16, true, .bytes([0x78]), [1, "x", .null], .date(18263), -0.0], .value("string"))
                == ["1", "1.0", "1e+16", "True", "b'x'", "[1, 'x', None]", "2020-01-02", "-0.0"])
        #expect(
            try column(
                [
                    .timestamp(1_577_934_245_000_600, .microseconds, zone: nil), .duration(86404, .seconds),
                    .time(11040, .seconds)
                ], .value("string"))
                == ["2020-01-02 03:04:05.000600", "1 day, 0:00:04", "03:04:00"])
        #expect(
            try column(["", [], 0, .bytes([]), [0], "x", .double(.nan)], .value("bool")) == [
                false, false, false,
                false, true, true, true
            ])
        #expect(
            try column([["x": "1", "y": 2]], .structure(Features(["x": .value("int64"), "z": .value("string")])))
                == [["x": 1, "z": .null]])
        #expect(try column(["ab"], .list(.value("string"))) == [["a", "b"]])
        refused(.value, "Integer value 300 not in range: -128 to 127") { try column([300.0], .value("int8")) }
        refused(.value, "Integer value -7 not in range: 0 to 255") { try column(["-7"], .value("uint8")) }
        refused(.value, "cannot convert float NaN to integer") { try column([.double(.nan)], .value("int64")) }
        refused(.value, "invalid literal for int() with base 10: '7.0'") { try column(["7.0"], .value("int64")) }
        refused(.value, "could not convert string to float: '0x10'") { try column(["0x10"], .value("float64")) }
    }

    @Test func castsLoseNothing() throws {
        func cast(_ values: [Value], _ from: String, _ to: String) throws -> [Value] {
            try ArrowDataset(["a": values], features: Features(["a": .value(from)])).castColumn(
                "a",
                .value(to))["a"].values()
        }
        let most = 1 << 53
        #expect(try cast([.int(most), .int(-most)], "int64", "float64") == [9007199254740992.0, -9007199254740992.0])
        refused(.value, "Integer value 9007199254740993 not in range: -9007199254740992 to 9007199254740992") {
            try cast([.int(most + 1)], "int64", "float64")
        }
        refused(.value, "Integer value 16777217 not in range: -16777216 to 16777216") {
            try cast(
                [16_777_217], "int64",
                "float32")
        }
        #expect(try cast([2049], "int64", "float16") == [2048.0])
        refused(.value, "Integer value 300 not in range: -128 to 127") { try cast([300], "int64", "int8") }
        refused(.value, "Float value 300.000000 was truncated converting to int8") {
            try cast(
                [300.0], "float64",
                "int8")
        }
        refused(.value, "Float value 9223372036854775808.000000 was truncated converting to int64") {
            try cast([.double(0x1p63)], "float64", "int64")
        }
        refused(.value, "Float value nan was truncated converting to int64") {
            try cast(
                [.double(.nan)], "float64",
                "int64")
        }
        #expect(
            try cast(
                [1.0, 1.5, 1e16, -0.0, 1e-5, 1.5e-7, 123_456_789.0, 1e9, 1e10, 1234567890.5, .double(.nan)],
                "float64", "string")
                == [
                    "1", "1.5", "1e+16", "-0", "0.00001", "1.5e-7", "123456789", "1000000000", "1e+10", "1234567890.5",
                    "nan"
                ])
        #expect(try cast([0.1, 100000.0], "float32", "string") == ["0.1", "100000"])
        #expect(try cast(["0x10", "-7"], "string", "int64") == [16, -7])
        refused(.value, "Failed to parse string: '+1' as a scalar of type int64") {
            try cast(
                ["+1"], "string",
                "int64")
        }
        // pyarrow also refuses such an integer among floats.
        refused(
            .value,
            "Integer value 9007199254740993 is outside of the range exactly representable by a IEEE 754 double precision value"
        ) {
            try ArrowDataset(["a": [1.5, .int(most + 1)]])
        }
    }

    @Test func mapsKeepTheTypesTheyAreGiven() throws {
        let label = Feature.classLabel(ClassLabel(names: ["neg", "pos"])), rows = try ArrowDataset(["i": [0, 1]])
        func mapped(_ values: [Value], _ feature: Feature) throws -> [Value] {
            try rows.map(
                features: Features([
                    "i": .value("int64"),
                    "a": feature
                ])
            ) { ["a": values[$0["i"]!.int!]] }["a"].values()
        }
        #expect(try mapped(["pos", "neg"], label) == [1, 0])
        refused(.value, "Class label 2 greater than configured num_classes 2") { try mapped([0, 2], label) }
        refused(.value, "Invalid string class label zzz") { try mapped(["zzz", "neg"], label) }
        #expect(
            try mapped([0.0, 1.0], .value("int64")) == [0, 1] && mapped(["1", "2"], .value("int64")) == [1, 2]
                && mapped([1, 2], .value("bool")) == [true, true])
        refused(.value, "Float value 1.500000 was truncated converting to int64") {
            try mapped(
                [0.0, 1.5],
                .value("int64"))
        }
        refused(.value, "Integer value 9007199254740993 not in range: -9007199254740992 to 9007199254740992") {
            try mapped([.int(1 << 53 + 1), 2], .value("float64"))
        }
        let labels = try ArrowDataset(["a": [0, 1]], features: Features(["a": label]))
        #expect(try labels.map { ["a": $0["a"] == 0 ? "pos" : "neg"] }["a"].values() == [1, 0])
        refused(.value, "Class label 2 greater than configured num_classes 2") {
            try labels.map { ["a": .int($0["a"]!.int! + 1)] }
        }
        // Columns can also be removed from a data set without rows. A map adds no column to it.
        let empty = try ArrowDataset(
            ["a": [], "b": []],
            features: Features([
                "a": .value("int64"),
                "b": .value("string")
            ]))
        #expect(try empty.map(removeColumns: ["a"]) { _ in ["c": 1] }.features == Features(["b": .value("string")]))
        #expect(try empty.map(removeColumns: ["a", "b"]) { _ in ["c": 1] }.columnNames == [])
        refused(.value, "Column name ['z'] not in the dataset. Current columns in the dataset: ['a', 'b']") {
            try empty.map(removeColumns: ["z"]) { $0 }
        }
    }

    @Test func differentValues() throws {
        func unique(_ values: [Value]) throws -> [String] {
            try ArrowDataset(["a": values]).unique("a").map(\.description)
        }
        #expect(
            try unique([-0.0, 0.0, .double(.nan), .double(.nan), 1.0, .null, .null]) == [
                "-0.0", "0.0", "nan",
                "1.0", "None"
            ])
        func classes(_ values: [Value], nulls: Bool = false) throws -> String {
            let dataset = try ArrowDataset(["a": values]).classEncodeColumn("a", includeNulls: nulls)
            return "\(dataset.features) \(try dataset["a"].values())"
        }
        #expect(try classes([true, false, true]) == "{'a': ClassLabel(names=['False', 'True'])} [1, 0, 1]")
        #expect(try classes([true, .null, true]) == "{'a': ClassLabel(names=['True'])} [0, None, 0]")
        #expect(try classes([true, .null, true], nulls: true) == "{'a': ClassLabel(names=['None', 'True'])} [1, 0, 1]")
        #expect(try classes([10, 9, 10]) == "{'a': ClassLabel(names=['10', '9'])} [0, 1, 0]")
        #expect(
            try classes([1.0, 0.5, -0.0, 0.0])
                == "{'a': ClassLabel(names=['-0.0', '0.0', '0.5', '1.0'])} [3, 2, 0, 1]")
        #expect(
            try classes([.bytes([0x62]), .bytes([0x61])])
                == #"{'a': ClassLabel(names=['b"b\'a\'"', 'b"b\'b\'"'])} [1, 0]"#)
        #expect(
            try classes([.timestamp(1_577_934_245, .seconds, zone: nil)])
                == "{'a': ClassLabel(names=['2020-01-02 03:04:05'])} [0]")
        // In several batches and with a selection.
        let long = try ArrowDataset(["a": (0..<2500).map { .string("\($0 % 3)") }]).map(
            batched: { $0 },
            batchSize: 1000)
        let encoded = try long.select((0..<2500).reversed()).classEncodeColumn("a")
        let numbers = try encoded["a"].values().compactMap(\.int)
        #expect(numbers == (0..<2500).reversed().map { $0 % 3 })
    }

    @Test func joinedColumnsMayHaveNullsInEachOthersPlace() throws {
        func joined(_ a: [Value], _ b: [Value]) throws -> String {
            let dataset = try withError { try concatenateDatasets([ArrowDataset(["a": a]), ArrowDataset(["a": b])]) }
            return "\(dataset.features["a"]!) \(try dataset["a"].values())"
        }
        #expect(try joined([[]], [[1]]) == "List(Value('int64')) [[], [1]]")
        #expect(try joined([[1]], [[]]) == "List(Value('int64')) [[1], []]")
        #expect(try joined([[[]]], [[[1]]]) == "List(List(Value('int64'))) [[[]], [[1]]]")
        #expect(try joined([["b": .null]], [["b": 1]]) == "{'b': Value('int64')} [{'b': None}, {'b': 1}]")
        #expect(try joined([[.null]], [[["b": 1]]]) == "List({'b': Value('int64')}) [[None], [{'b': 1}]]")
        #expect(
            try joined([["b": .null, "c": 1]], [["b": 1, "c": .null]])
                == "{'b': Value('int64'), 'c': Value('int64')} [{'b': None, 'c': 1}, {'b': 1, 'c': None}]")
        #expect(
            try joined([["b": 1]], [["b": 1, "c": 2]])
                == "{'b': Value('int64'), 'c': Value('int64')} [{'b': 1, 'c': None}, {'b': 1, 'c': 2}]")
        #expect(try joined([.null], [[1]]) == "List(Value('int64')) [None, [1]]")
        refused(.type, "Unable to merge: Field a has incompatible types: list<item: null> vs string") {
            try joined(
                [[]],
                ["x"])
        }
        refused(
            .value,
            "The features can't be aligned because the key a of features {'a': Value('float64')} has unexpected type - Value('float64') (expected either Value('int64') or Value(\"null\")."
        ) {
            try joined([1], [1.5])
        }
    }

    @Test func rangesCountFromTheEndAsATensorsDo() throws {
        let dataset = try ArrowDataset(["i": (0..<5).map { .int($0) }])
        func rows(_ row: Row) -> [Int] { row["i"]?.list?.compactMap(\.int) ?? [] }
        #expect(
            rows(dataset[(-3)...]) == [2, 3, 4] && rows(dataset[(-9)...]) == [0, 1, 2, 3, 4]
                && rows(dataset[9...])
                    == []
        )
        #expect(
            rows(dataset[..<(-1)]) == [0, 1, 2, 3] && rows(dataset[..<(-9)]) == []
                && rows(dataset[...(-2)]) == [
                    0,
                    1, 2, 3
                ])
        #expect(
            rows(dataset[-3 ..< -1]) == [2, 3] && rows(dataset[-3 ... -1]) == [2, 3, 4]
                && rows(dataset[-2..<9])
                    == [3, 4]
        )
        #expect(
            rows(dataset[1..<3]) == [1, 2] && rows(dataset[3...3]) == [3] && rows(dataset[2..<2]) == []
                && rows(dataset[...2]) == [0, 1, 2])
    }
}

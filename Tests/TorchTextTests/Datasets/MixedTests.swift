import Foundation
import Testing
import Torch
@testable import TorchText

/// Values of mixed types give the same results as datasets 5.2 (Fixtures/datasets/mixed.py).
@Suite struct MixedTests {
    private static func recorded(_ path: String) throws -> Row {
        try #require(Metadata.value(json: Array(Data(contentsOf: URL(fileURLWithPath: path))), source: path).row)
    }

    /// Compares with Python's recorded result of one case.
    private func compare(_ name: String, _ expected: Row, _ make: () throws -> ArrowDataset) {
        do {
            let dataset = try make()
            #expect(dataset.features.description == expected["features"]?.string, "\(name)")
            #expect(dataset[0...].description == expected["rows"]?.string, "\(name)")
        } catch {
            #expect(expected["error"] != nil, "\(name): \(error)")
        }
    }

    private func compareAll(_ path: String) throws {
        let recorded = try Self.recorded(path)
        for entry in recorded["lines"]?.list ?? [] {
            let expected = try #require(entry.row), text = try #require(expected["text"]?.string)
            for chunk in [1 << 22, 8] {
                compare(text, expected) {
                    ArrowDataset(
                        try JSONLinesReader.read(
                            DataFile(Bytes(Array(text.utf8)), name: "f"), chunk: chunk,
                            onMixedTypes: .useJSON))
                }
            }
        }
        for entry in recorded["map"]?.list ?? [] {
            let expected = try #require(entry.row), values = try #require(expected["values"]?.list)
            compare("map \(values)", expected) {
                try ArrowDataset(["i": values.indices.map { .int($0) }]).map(removeColumns: ["i"]) {
                    ["a": values[$0["i"]!.int!]]
                }
            }
        }
        for entry in recorded["built"]?.list ?? [] {
            let expected = try #require(entry.row), values = try #require(expected["values"]?.list)
            compare("built \(values)", expected) { try ArrowDataset(["a": values], onMixedTypes: .useJSON) }
        }
    }

    @Test func theSameAsPython() throws { try compareAll(DatasetsFixture.fixture("mixed.json")) }

    /// A file written by mixed.py --random.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["MIXED_CASES"] != nil, "MIXED_CASES names no file"))
    func randomCasesAreTheSameAsPython() throws { try compareAll(ProcessInfo.processInfo.environment["MIXED_CASES"]!) }

    private func mistake<Result>(_ kind: TorchError.Kind, _ message: String, _ body: () throws -> Result) {
        #expect(throws: TorchError(kind, message)) { try withError { _ = try body() } }
    }

    /// The rows, the output and the files are those of datasets 5.2.
    @Test func columnsOfJSON() throws {
        let features = Features(["a": .json]),
            values: [Value] = [
                1, "x", .null,
                ["b": [.double(0.3), .double(1.0 / 3)]]
            ]
        let dataset = try ArrowDataset(["a": values], features: features)
        let rows = "{'a': [1, 'x', None, {'b': [0.30000000000000004, 0.33333333330000003]}]}"
        #expect(dataset.features.description == "{'a': Json(decode=True)}" && dataset[0...].description == rows)
        // Numbers and text together need JSON, or are an error.
        #expect(throws: TorchError.self) { try ArrowDataset(["a": [1, "x"]]) }
        #expect(try dataset.map { ["a": [$0["a"]!]] }[0..<2].description == "{'a': [[1], ['x']]}")
        #expect(try dataset.filter { $0["a"] != "x" }.count == 3)
        #expect(
            try dataset.castColumn("a", .value("string"))[0...].description
                == #"{'a': ['1', '"x"', None, '{"b":[0.3,0.3333333333]}']}"#)
        func cast(_ values: [Value]) throws -> String {
            try ArrowDataset(["a": values]).castColumn("a", .json)[0...].description
        }
        #expect(try cast(["1", "x", .null]) == "{'a': ['1', 'x', None]}")
        #expect(try cast(["1", "2", .null, "\"q\""]) == "{'a': [1, 2, None, 'q']}")
        #expect(try cast([1, 2, .null]) == "{'a': [1, 2, None]}")
        #expect(try cast([["b": 1.5]]) == "{'a': [{'b': 1.5}]}")
        #expect(try concatenateDatasets([dataset, dataset]).count == 8)
        mistake(.type, "Sorting not supported for type extension<arrow.json>") { try dataset.sort("a") }
        mistake(
            .notImplemented,
            "Function 'unique' has no kernel matching input types (extension<arrow.json>)"
        ) { try dataset.unique("a") }

        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func text(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }
        try dataset.toJSON("\(folder)/a.jsonl")
        #expect(try text("a.jsonl") == "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":null}\n{\"a\":{\"b\":[0.3,0.3333333333]}}\n")
        try dataset.toCSV("\(folder)/a.csv")
        #expect(try text("a.csv") == "a\n1\n\"\"\"x\"\"\"\n\"\"\n\"{\"\"b\"\":[0.3,0.3333333333]}\"\n")
        try dataset.toParquet("\(folder)/a.parquet")
        let table = try ParquetFile(path: "\(folder)/a.parquet").table()
        #expect(table.schema.fields == [Field("a", .json)])
        #expect(ArrowDataset(table)[0...].description == rows)
        try dataset.saveToDisk("\(folder)/disk")
        let saved = try ArrowDataset.loadFromDisk("\(folder)/disk")
        #expect(saved.features == features && saved[0...].description == rows)
        #expect(try text("disk/dataset_info.json").contains("\"_type\": \"Json\""))
    }

    /// The numbers that pandas' ujson_loads reads.
    @Test func pandasReadsNumbersInItsOwnWay() throws {
        func read(_ text: String) throws -> String {
            try Array(text.utf8).withUnsafeBytes { try PandasJSONReader.read($0) }.description
        }
        for (text, expected) in [
            ("0.3", "0.30000000000000004"), ("0.1", "0.1"), ("5.55", "5.55"),
            ("0.123456789012345678", "0.12345678901234501"), ("123456789.123456789", "123456789.12345679"),
            ("1e-5", "1e-05"), ("1.5e300", "1.5e+300"), ("-0.0", "-0.0"), ("-0", "0"), ("01", "1"), ("1.", "1.0"),
            ("-", "0"), ("1E5", "100000.0"), ("NaN", "None"), ("-Infinity", "-inf"),
            ("12345678901234567890", "12345678901234567890"), (" 1 ", "1"), ("\"a\nb\"", "'a\\nb'"),
            ("{\"a\":1,\"b\":3,\"a\":2}", "{'a': 2, 'b': 3}"), ("[]", "[]")
        ] {
            #expect(try read(text) == expected, "\(text)")
        }
        for (text, expected) in [
            ("18446744073709551616", "Value is too big!"), ("-9223372036854775809", "Value is too small"),
            ("[1, 2,]", "Unexpected character found when decoding array value (1)"),
            ("", "Expected object or value"),
            ("1 2", "Trailing data"), ("tru", "Unexpected character found when decoding 'true'"),
            (".5", "Expected object or value"),
            (String(repeating: "[", count: 1025), "Reached object decoding depth limit")
        ] {
            #expect(throws: TorchError(.value, expected), "\(text)") { try read(text) }
        }
    }
}

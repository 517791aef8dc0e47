import Foundation
import Testing
import Torch
@testable import TorchText

/// The files written equal those of Python's library (Fixtures/datasets/write.py).
@Suite struct WriteTests {
    private func dataset(_ name: String) throws -> ArrowDataset {
        let table = try ArrowReader.read(DatasetsFixture.fixture("written/\(name).arrow"))
        return ArrowDataset(table, features: Features(table.schema))
    }

    private func compare(_ name: String, _ ending: String, _ write: (ArrowDataset, String) throws -> Int) throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let size = try write(dataset(name), "\(folder)/a")
        let found = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a")),
            wanted = try Data(contentsOf: URL(fileURLWithPath: DatasetsFixture.fixture("written/\(name).\(ending)")))
        #expect(size == found.count)
        let (lines, expected) = (
            found.split(separator: 10, omittingEmptySubsequences: false),
            wanted.split(separator: 10, omittingEmptySubsequences: false)
        )
        #expect(lines.count == expected.count)
        for (line, other) in zip(lines, expected) where line != other {
            Issue.record(
                "\(name): \(String(decoding: line, as: UTF8.self)) where Python writes \(String(decoding: other, as: UTF8.self))"
            )
        }
    }

    @Test(arguments: ["simple", "one", "empty", "dictionary", "decimal", "bytes", "times", "floats", "batches"])
    func csv(_ name: String) throws {
        try compare(name, "csv") { try $0.toCSV($1) }
    }

    @Test(arguments: [
        "simple", "one", "empty", "dictionary", "decimal", "ascii", "times", "nested", "floats", "batches"
    ]) func jsonLines(_ name: String) throws {
        try compare(name, "jsonl") { try $0.toJSON($1) }
    }

    @Test func whatCannotBeWritten() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a"
        try "old".write(toFile: path, atomically: true, encoding: .utf8)
        let nested = try dataset("nested"), bytes = try dataset("bytes")
        #expect(
            throws: TorchError(
                .value,
                "\(path): column l is list<item: int64>, and CSV holds single values only; write JSON lines or Parquet")
        ) { try nested.toCSV(path) }
        #expect(throws: TorchError(.value, "\(path): column b: bytes that are not UTF-8, which JSON cannot hold")) {
            try bytes.toJSON(path)
        }
        // The old file stays, and no other file is left in the folder.
        #expect(
            try String(contentsOfFile: path, encoding: .utf8) == "old"
                && FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
        let error = #expect(throws: TorchError.self) { try bytes.toCSV("\(folder)/none/a") }
        #expect(error!.message.hasPrefix("\(folder)/none/a: cannot write"))
    }

    /// Python 3.11.9 and later also quote it. Earlier versions wrote it without quotes, so it was read back as two
    /// rows.
    @Test func carriageReturnsComeBack() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let rows = try ArrowDataset(["s": ["a\rb", "c\r\nd"], "n": [1, 2]])
        try rows.toCSV("\(folder)/a.csv")
        #expect(try String(contentsOfFile: "\(folder)/a.csv", encoding: .utf8) == "s,n\n\"a\rb\",1\n\"c\r\nd\",2\n")
        let table = try CSVReader.read("\(folder)/a.csv")
        #expect(try (0..<2).map { try table.row(at: $0) } == [["s": "a\rb", "n": 1], ["s": "c\r\nd", "n": 2]])
    }

    @Test func selectionsAreWrittenInTheirOrder() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let rows = try ArrowDataset(["i": (0..<5).map { .int($0) }]).select([3, 1, 1]).renameColumn("i", "é")
        try rows.toCSV("\(folder)/a.csv")
        try rows.toJSON("\(folder)/a.jsonl")
        #expect(try String(contentsOfFile: "\(folder)/a.csv", encoding: .utf8) == "é\n3\n1\n1\n")
        #expect(
            try String(contentsOfFile: "\(folder)/a.jsonl", encoding: .utf8)
                == "{\"\\u00e9\":3}\n{\"\\u00e9\":1}\n{\"\\u00e9\":1}\n")
    }

    @Test func parquetFilesAreRead() throws {
        let path = DatasetsFixture.fixture("hub/datasets/stanfordnlp/imdb/main/plain_text/train-00000-of-00001.parquet")
        let rows = try ArrowDataset.fromParquet(path), file = try ParquetFile(path: path).table()
        #expect(rows.columnNames == ["text", "label"] && rows.count == file.count && rows.count > 0)
        #expect(rows.features["label"] == .classLabel(ClassLabel(names: ["neg", "pos"])))
        #expect(try (0..<rows.count).map { try rows.row($0) } == (0..<file.count).map { try file.row(at: $0) })
        let turned = try ArrowDataset.fromParquet(path, columns: ["label", "text"])
        #expect(
            turned.columnNames == ["label", "text"] && turned[0]["text"] == rows[0]["text"]
                && turned.features["label"] == rows.features["label"])
        #expect(try ArrowDataset.fromParquet(path, columns: ["label"])[0] == ["label": rows[0]["label"]!])
        #expect(throws: TorchError(.value, "\(path): there is no column txt among text, label")) {
            try ArrowDataset.fromParquet(path, columns: ["txt"])
        }
        let arrow = DatasetsFixture.fixture("written/one.arrow")
        let error = #expect(throws: TorchError.self) { try ArrowDataset.fromParquet(arrow) }
        #expect(error!.message.hasPrefix(arrow))
    }
}

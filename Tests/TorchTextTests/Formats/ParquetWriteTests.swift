import Foundation
import Testing
import Torch
@testable import TorchText

/// Parquet files that are written and read here. Fixtures/parquet/check_written.py reads them with pyarrow and
/// `datasets`.
@Suite struct ParquetWriteTests {
    /// Returns the value as Parquet stores it. Parquet has no seconds, so they become milliseconds.
    private func stored(_ value: Value) -> Value {
        switch value {
        case .time(let time, .seconds): .time(time * 1000, .milliseconds)
        case .timestamp(let time, .seconds, let zone): .timestamp(time * 1000, .milliseconds, zone: zone)
        case .list(let values): .list(values.map(stored))
        case .row(let row): .row(Row(names: row.names, values: row.values.map(stored)))
        default: value
        }
    }

    private func text(_ dataset: ArrowDataset) throws -> [String] {
        try (0..<dataset.count).map { try Described.text(.row(dataset.row($0))) }
    }

    private func compare(
        _ dataset: ArrowDataset, _ path: String, _ name: String, batchSize: Int? = nil,
        _ compression: ArrowDataset.ParquetCompression = .snappy
    ) throws {
        let size = try dataset.toParquet(path, batchSize: batchSize, compression: compression)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == size)
        let read = try ArrowDataset.fromParquet(path)
        #expect(read.columnNames.areExactly(dataset.columnNames), "\(name)")
        #expect(
            try text(read) == (0..<dataset.count).map { try Described.text(stored(.row(dataset.row($0)))) }, "\(name)")
    }

    /// Returns a data set for every Arrow fixture that can be one: all types, nested and null.
    private func datasets() throws -> [(name: String, dataset: ArrowDataset)] {
        let files =
            try FormatFixtures.files("arrow", ".arrow")
            + ["simple", "one", "empty", "times", "nested", "floats", "batches", "decimal", "bytes"].map {
                DatasetsFixture.fixture("written/\($0).arrow")
            }
        return try files.compactMap { path in
            let table = try ArrowReader.read(path)
            guard table.schema.fields.map(\.name).repeated.isEmpty else { return nil }
            return (
                String(path.split(separator: "/").suffix(2).joined(separator: "-").dropLast(6)),
                ArrowDataset(table, features: Features(table.schema))
            )
        }
    }

    /// Messages for types that Parquet or a data set does not have.
    private let missing = ["which Parquet has not", "without fields", "seems to be a pyarrow data type"]

    @Test func whatIsWrittenIsRead() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var written = 0, refused = 0
        for (name, dataset) in try datasets() {
            do {
                try compare(dataset, "\(folder)/a", name)
                try compare(dataset, "\(folder)/a", name, batchSize: 7, .none)
                try compare(dataset.select((0..<dataset.count).reversed()), "\(folder)/a", name, batchSize: 1000)
                written += 1
            } catch let error as TorchError where missing.contains(where: error.message.contains) { refused += 1 }
        }
        #expect(written >= 20 && refused < 12, "\(written) written, \(refused) refused")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
    }

    @Test func featuresSurvive() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let features = Features([
            "text": .value("string"), "label": .classLabel(ClassLabel(names: ["neg", "pos"])),
            "tr": .translation(languages: ["en", "é"]), "utc": .value("timestamp[us, tz=UTC]"),
            "paris": .value("timestamp[ms, tz=Europe/Paris]"), "d": .value("duration[ns]"),
            "l": .list(.structure(Features(["a": .value("int8"), "b": .list(.value("bool"))]))),
            "dec": .value("decimal128(10, 2)")
        ])
        let row: Row = [
            "text": "a", "label": 1, "tr": ["en": "x", "é": nil], "utc": .timestamp(-1, .microseconds, zone: "UTC"),
            "paris": .timestamp(5, .milliseconds, zone: "Europe/Paris"),
            "d": .duration(7, .nanoseconds), "l": [["a": 1, "b": [true, nil]], nil], "dec": .decimal("-1.50")
        ]
        let rows = try ArrowDataset(
            [row, Row(names: row.names, values: row.names.map { _ in .null })], features: features)
        try rows.toParquet("\(folder)/a.parquet")
        let read = try ArrowDataset.fromParquet("\(folder)/a.parquet")
        #expect(read.features == features)
        #expect(try read.row(0) == row && read.row(1) == rows.row(1))
    }

    private static func many() throws -> ArrowDataset {
        let count = 40_000
        return try ArrowDataset([
            "i": (0..<count).map { .int($0) }, "x": (0..<count).map { $0 % 100 < 50 ? .null : .double(Double($0) / 7) },
            "s": (0..<count).map { $0 % 3 == 0 ? .null : .string(String(repeating: "é\($0)", count: 1 + $0 % 40)) },
            "l": (0..<count).map { row in
                row % 11 == 0 ? .null : .list((0..<row % 5).map { $0 == 3 ? .null : .int($0 * row) })
            }, "b": (0..<count).map { .bool($0 % 3 == 0) }
        ])
    }

    /// Values that fill several pages, in row groups. Levels are runs or bit-packed.
    @Test(arguments: [ArrowDataset.ParquetCompression.none, .snappy]) func manyRows(
        _ compression: ArrowDataset.ParquetCompression
    ) throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try compare(Self.many(), "\(folder)/a", "many", batchSize: 30_000, compression)
        let file = try ParquetFile(path: "\(folder)/a")
        #expect(file.rowGroups.map(\.count) == [30_000, 10_000])
    }

    @Test func whatParquetHasNot() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let empty = try ArrowDataset(["e": [.row(Row())]])
        #expect(
            throws: TorchError(.value, "\(folder)/a: column e is a structure without fields, which Parquet has not")
        ) { try empty.toParquet("\(folder)/a") }
        let times = try ArrowDataset(["t": [.timestamp(.max, .seconds, zone: nil)]])
        #expect(
            throws: TorchError(
                .value, "\(folder)/a: column t: \(Int.max) seconds, which milliseconds in 64 bits do not reach")
        ) { try times.toParquet("\(folder)/a") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        #expect(throws: TorchError(.value, "expected a positive batch_size, but got 0")) {
            try withError { _ = try times.toParquet("\(folder)/a", batchSize: 0) }
        }
    }

    /// Writes the files for check_written.py.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["PARQUET_WRITTEN"] != nil, "PARQUET_WRITTEN names no folder"))
    func filesForPyarrow() throws {
        let folder = ProcessInfo.processInfo.environment["PARQUET_WRITTEN"]!
        for (name, dataset) in try datasets() + [("many", Self.many())] {
            do {
                try dataset.toParquet("\(folder)/\(name).parquet", batchSize: dataset.count > 10_000 ? 30_000 : 7)
                let writer = try ArrowWriter("\(folder)/\(name).arrow", schema: dataset.features.schema())
                try writer.write(
                    dataset.table.batches.flatMap { $0 }.isEmpty
                        ? Table.empty
                        : Table(
                            dataset.columnNames,
                            dataset.table.batches.map {
                                try zip($0, zip(dataset.features.names, dataset.features.types)).map {
                                    try $0.cast($1.0, $1.1)
                                }
                            }))
                try writer.finish()
            } catch let error as TorchError where missing.contains(where: error.message.contains) {}
        }
    }
}

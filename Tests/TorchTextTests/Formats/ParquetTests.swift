import Foundation
import Testing
import Torch
@testable import TorchText

/// Fixtures/parquet/make.py makes the fixtures and the expected results.
@Suite struct ParquetTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/parquet").path

    private static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".parquet") }.sorted().map {
            "\(folder)/\($0)"
        }
    }

    /// Returns a line for the types, and a line for each row.
    private func lines(_ table: Table) throws -> [String] {
        try [table.schema.fields.map(\.description).joined(separator: "; ")]
            + (0..<table.count).map { try table.row(at: $0).values.map(exactText).joined(separator: " | ") }
    }

    private func compare(_ path: String) throws {
        var expected = try String(contentsOfFile: "\(path).expected", encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        expected.removeLast()
        var found = try lines(ParquetFile(path: path).table())
        if expected[0] == "-" { found[0] = "-" }
        #expect(found.count == expected.count, "\(path)")
        for (number, (ours, theirs)) in zip(found, expected).enumerated() where ours != theirs {
            Issue.record("\(path), line \(number): read \(ours), expected \(theirs)")
            return
        }
    }

    @Test(arguments: try files(fixtures)) func fixturesAreReadAsPyarrowReadsThem(_ path: String) throws {
        try compare(path)
    }

    /// Files written by Fixtures/parquet/random_files.py.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["PARQUET_FILES"] != nil, "PARQUET_FILES names no folder"))
    func filesAreReadAsPyarrowReadsThem() throws {
        let files = try Self.files(ProcessInfo.processInfo.environment["PARQUET_FILES"]!)
        #expect(!files.isEmpty)
        for path in files { try compare(path) }
    }

    @Test func footerIsReadAlone() throws {
        let path = "\(Self.fixtures)/reviews.parquet"
        let file = try ParquetFile(path: path)
        #expect(file.count == 60)
        #expect(file.rowGroups.map(\.count) == [40, 0, 20])
        #expect(file.schema.fields == [Field("text", .string), Field("label", .int64)])
        #expect(Array(file.schema.metadata.keys) == ["huggingface"])
        #expect(file.schema.metadata["huggingface"]!.contains(#""names": ["neg", "pos"]"#))
        // The file opens although its first pages are overwritten, because opening reads only the footer.
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        bytes.replaceSubrange(4..<200, with: [UInt8](repeating: 0xff, count: 196))
        let damaged = try ParquetFile(Bytes(bytes), name: "damaged")
        #expect(damaged.count == 60)
        #expect(throws: TorchError.self) { try damaged.table() }
    }

    @Test func columnsAreReadAlone() throws {
        let file = try ParquetFile(path: "\(Self.fixtures)/reviews.parquet")
        let labels = try file.read(rowGroup: 2, columns: [1])
        #expect(labels.count == 1)
        #expect(labels[0].count == 20)
        #expect(try (0..<20).map { try labels[0].value(at: $0) } == (0..<20).map { .int($0 % 2) })
        let swapped = try file.table(columns: [1, 0])
        #expect(swapped.schema.fields.map(\.name) == ["label", "text"])
        let whole = try file.table()
        #expect(
            try (0..<60).map { try swapped.value(at: $0, column: 1) }
                == (0..<60).map { try whole.value(at: $0, column: 0) })
        #expect(try file.read(rowGroup: 1).map(\.count) == [0, 0])
        #expect(try file.table(columns: []).schema.fields.isEmpty)
    }

    /// The columns are read on several threads. If a column is read alone, its pages are.
    @Test func threadsChangeNothing() throws {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        for name in ["delta-v2", "nested-v2-dictionary", "snappy-v1", "fallback"] {
            let file = try ParquetFile(path: "\(Self.fixtures)/\(name).parquet")
            setNumThreads(1)
            let one = try lines(file.table())
            setNumThreads(4)
            #expect(try lines(file.table()) == one)
            let alone = try file.rowGroups.indices.map { group in
                try file.schema.fields.indices.map { try file.read(rowGroup: group, columns: [$0])[0] }
            }
            #expect(try lines(Table(schema: file.schema, batches: alone)) == one)
        }
    }

    static let refusals: [(String, String)] = [
        ("begins-inside", "goes on before it has begun"),
        ("billions-of-rows", "its pages end 999999999999 values before"),
        ("bomb", "2147483647 bytes from 12 with gzip"),
        ("brotli-bomb", "2147483647 bytes from 405 with brotli"),
        (
            "brotli-corrupt",
            "a page of 164 bytes, compressed with brotli, is corrupt"
        ),
        ("brotli-short", "compressed with brotli, has 100 bytes"), ("checksum", "column text: a page's checksum"),
        ("decimal", "1073741824 digits"),
        ("deep-metadata", "nested more than 32 deep"), ("deep-schema", "nested more than 64 deep"),
        ("dictionary-count", "2147483647 texts in 4 bytes"),
        ("dictionary-index", "entry 1 of a dictionary of 1"), ("dictionary-repeats", "become more than the"),
        ("encrypted", "is encrypted, which is not supported"),
        ("few-fields", "promise more fields"), ("level", "column l.element: a level 3, where 2 is the highest"),
        ("long-list", "a list of 4611686018427387904 elements"),
        ("lz4-bomb", "2147483647 bytes from 164 with lz4"), ("lz4-corrupt", "compressed with lz4, is corrupt"),
        ("lz4-cut", "compressed with lz4, is corrupt"),
        ("lz4-long", "compressed with lz4, is corrupt"), ("lz4-more", "compressed with lz4, is corrupt"),
        ("lz4-short", "compressed with lz4, is corrupt"),
        ("lzo", "is compressed with LZO, which is not supported"), ("neighbours", "where its neighbours have 2"),
        ("no-dictionary", "a dictionary, which is missing"),
        ("run-of-nulls", "a page of 2147483647 values"), ("text-length", "a text of 4294967295 bytes")
    ]

    @Test(arguments: refusals) func liesAreRefused(_ name: String, _ reason: String) throws {
        let path = "\(Self.fixtures)/bad/\(name).parquet"
        let error = #expect(throws: TorchError.self) { try ParquetFile(path: path).table() }
        #expect(error?.message.hasPrefix("\(path): ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    /// The list above contains every file of `bad`.
    @Test func everyLieIsTried() throws {
        #expect(try Self.files("\(Self.fixtures)/bad").count == Self.refusals.count)
    }

    @Test(arguments: ["snappy-v1", "delta-v2", "nested", "types"]) func cutFilesAreRefused(_ name: String) throws {
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(Self.fixtures)/\(name).parquet")))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: TorchError.self, "cut at \(count)") {
                try ParquetFile(Bytes(Array(bytes[..<count])), name: "cut").table()
            }
        }
    }

    /// A changed byte gives other values or an error.
    @Test(arguments: [
        "brotli-v1", "lz4-v1", "lz4-hadoop-blocks", "zstd-v1", "delta-v1", "nested-v2-dictionary",
        "polars"
    ]) func changedFilesDoNoHarm(_ name: String) throws {
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(Self.fixtures)/\(name).parquet")))
        var refused = 0
        for position in stride(from: 4, to: bytes.count, by: 3) {
            var changed = bytes
            changed[position] ^= UInt8(1 << (position % 8))
            do {
                let table = try ParquetFile(Bytes(changed), name: "changed", expansion: 1 << 20).table()
                for row in 0..<table.count { _ = try table.row(at: row) }
            } catch is TorchError {
                refused += 1
            }
        }
        #expect(refused > 0)
    }
}

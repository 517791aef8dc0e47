import Foundation
import Testing
import Torch
@testable import TorchText

/// Files that pyarrow wrote, with their contents (Fixtures/formats/arrow.py).
@Suite struct ArrowTests {
    @Test func everyValueIsWhatPyarrowWrote() throws {
        let paths = try FormatFixtures.files("arrow", ".arrow")
        #expect(paths.count == 24)
        for path in paths { try compare(path) }
    }

    private func compare(_ path: String) throws {
        let expected = try String(contentsOfFile: path.replacing(".arrow", with: ".txt"), encoding: .utf8)
        #expect(try Described.text(ArrowReader.read(path)) == expected, "\(path)")
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in try FormatFixtures.files("arrow", ".arrow") {
            let table = try ArrowReader.read(path)
            let writer = try ArrowWriter("\(folder)/a.arrow", schema: table.schema)
            try writer.write(table)
            try writer.finish()
            #expect(try Described.text(ArrowReader.read("\(folder)/a.arrow")) == Described.text(table), "\(path)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.arrow"])
    }

    /// A slice of a column is written without the rest. A dictionary is written again only if it changes.
    @Test func slicesAreWrittenWithoutTheRest() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let type = DataType.dictionary(index: .int32, values: .string)
        let schema = Schema(
            fields: [Field("s", .string), Field("l", .list(.int64)), Field("d", type)], metadata: ["k": "v"])
        let values = (0..<10000).map { Value.string("row \($0)") }
        let columns = try [
            Column(values, type: .string), Column((0..<10000).map { .list([.int($0), .null]) }, type: .list(.int64)),
            Column(values.map { _ in .string("same") }, type: type)
        ]
        let table = try Table(schema: schema, batches: [columns])
        let writer = try ArrowWriter("\(folder)/a.arrow", schema: schema)
        for start in [0, 500, 9990] { try writer.write(table.slice(start..<start + 10)) }
        try writer.finish()
        let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/a.arrow")[.size] as! Int
        #expect(size < 4096)
        let read = try ArrowReader.read("\(folder)/a.arrow")
        #expect(read.schema.metadata == ["k": "v"])
        let rows = [0, 500, 9990].flatMap { $0..<$0 + 10 }
        #expect(try (0..<30).map { try read.row(at: $0) } == rows.map { try table.row(at: $0) })
    }

    /// Text views of all lengths, in several buffers, nested, compressed, and in a dictionary.
    @Test func viewsAreRead() throws {
        let paths = try FormatFixtures.files("arrow/views", ".arrow")
        #expect(paths.count == 2)
        for path in paths { try compare(path) }
        // A view of text that does not exist or is too long.
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: paths[0])))
        for position in stride(from: 0, to: bytes.count, by: 3) {
            var bytes = bytes
            for change in [0x80, 0xff, bytes[position] &+ 1] as [UInt8] {
                bytes[position] = change
                do {
                    let table = try ArrowReader.read(Bytes(bytes), name: "x", maximumExpansion: 1 << 16)
                    for row in 0..<min(table.count, 50) { _ = try table.row(at: row) }
                } catch { #expect(error is TorchError) }
            }
        }
    }

    @Test func whatIsNotSupportedIsNamed() throws {
        for (name, words) in [
            ("lz4", "LZ4"), ("listview", "ListView"), ("union", "Union"), ("runend", "RunEndEncoded"),
            ("cut", "it ends inside a message"), ("cutfile", "may have been cut off")
        ] {
            let path = FormatFixtures.folder.appendingPathComponent("arrow/bad/\(name).arrow").path
            let error = #expect(throws: TorchError.self) { try ArrowReader.read(path) }
            #expect(error!.message.contains(words) && error!.message.hasPrefix(path), "\(error!)")
        }
        #expect(throws: TorchError(.file, "x: no Arrow data: it has no schema")) {
            try ArrowReader.read(Bytes(), name: "x")
        }
    }

    /// A file that is cut anywhere, or has any one byte changed, is read or refused.
    @Test func damageIsFoundOrHarmless() throws {
        for path in try FormatFixtures.files("arrow", ".arrow").prefix(12) {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            func read(_ bytes: [UInt8]) {
                do {
                    let table = try ArrowReader.read(Bytes(bytes), name: "x", maximumExpansion: 1 << 20)
                    for row in 0..<min(table.count, 50) { _ = try table.row(at: row) }
                } catch { #expect(error is TorchError) }
            }
            for count in stride(from: 0, to: bytes.count, by: 7) { read(Array(bytes[..<count])) }
            for position in stride(from: 0, to: bytes.count, by: 3) {
                var bytes = bytes
                bytes[position] ^= UInt8(1 << (position % 8))
                read(bytes)
                bytes[position] = 255
                read(bytes)
            }
        }
    }

    /// Inputs with which a fuzzer found a problem.
    @Test func findsOfTheFuzzerAreRefused() throws {
        for path in try FormatFixtures.files("fuzz", ".arrow") {
            do {
                let table = try ArrowReader.read(path), rows = min(table.count, 64)
                // Does the same as the fuzzer: a table that one access refuses may accept another.
                func check(_ body: () throws -> Void) {
                    do { try body() } catch { #expect(error is TorchError, "\(path): \(error)") }
                }
                for row in 0..<rows { check { _ = try table.row(at: row) } }
                check { _ = try table.gather((0..<rows).reversed()) }
                check { _ = try table.slice(rows / 3..<rows) }
                for column in table.schema.fields.indices where table.count <= 1 << 16 {
                    check { _ = try table.column(column) }
                }
            } catch { #expect(error is TorchError, "\(path): \(error)") }
        }
    }

    /// 128 MB in rows of 1.3 KB, as in IMDB. Opening reads only the headers, and a row reads only its own pages.
    @Test func openingDoesNotReadTheFile() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/large.arrow", schema = Schema(fields: [Field("text", .string), Field("label", .int64)])
        let text = ByteBuffer()
        text.append(zeros: 1300 * 1000)
        let data = text.finish(), offsets = Bytes((0...1000).map { Int32($0 * 1300) }),
            labels = Bytes((0..<1000).map { Int64($0) })
        let writer = try ArrowWriter(path, schema: schema)
        for _ in 0..<100 {
            try writer.write([
                Column(.string, count: 1000, .variable(offsets: offsets, data: data)),
                Column(.int64, count: 1000, .fixed(labels))
            ])
        }
        try writer.finish()
        let table = try ArrowReader.read(path)
        #expect(table.count == 100_000)
        let opened = try resident(path)
        #expect(opened > 0 && opened < 12 << 20, "\(opened) bytes of 130 MB are in memory after opening")
        for row in stride(from: 0, to: table.count, by: 9973) {
            #expect(try table.value(at: row, column: 1) == .int(row % 1000))
        }
        #expect(try resident(path) < 16 << 20)
    }

    /// Returns the number of bytes of a mapped file that are in memory, according to the system.
    private func resident(_ path: String) throws -> Int {
        #if os(Linux)
        // The reported size is 0, so the file must be read to its end.
        let maps = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps")).readToEnd() ?? Data()
        let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n")
        guard let start = lines.firstIndex(where: { $0.hasSuffix(path) }),
            let line = lines[start...].first(where: { $0.hasPrefix("Rss:") })
        else { return 0 }
        return Int(line.split(separator: " ")[1])! << 10
        #else
        return 1
        #endif
    }
}

/// Any number of further files. arrow.py describes how to make and check them.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["FORMATS_ORACLE"] != nil)) struct ArrowOracle {
    @Test func everyFileIsReadAndRewritten() throws {
        let folder = ProcessInfo.processInfo.environment["FORMATS_ORACLE"]!
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".arrow")
        {
            let stem = "\(folder)/\(name.dropLast(6))"
            do {
                let table = try ArrowReader.read("\(folder)/\(name)")
                #expect(try Described.text(table) == String(contentsOfFile: "\(stem).txt", encoding: .utf8), "\(name)")
                let writer = try ArrowWriter("\(stem).rewritten", schema: table.schema)
                try writer.write(table)
                try writer.finish()
            } catch { Issue.record("\(name): \(error)") }
        }
    }
}

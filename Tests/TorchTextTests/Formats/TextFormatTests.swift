import Foundation
import Testing
import Torch
@testable import TorchText

/// JSON lines, CSV and plain text, compared with the results of pyarrow.json, pandas and `datasets`
/// (Fixtures/formats/texts.py).
@Suite struct TextFormatTests {
    static func compare(_ folder: String) throws {
        func expect(_ path: String, _ expected: String, _ read: (String) throws -> Table) {
            do {
                let wanted = try String(decoding: Data(contentsOf: URL(fileURLWithPath: expected)), as: UTF8.self)
                #expect(try Described.text(read(path)) == wanted, "\(path)")
            } catch { Issue.record("\(path): \(error)") }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        for name in names where name.hasSuffix(".expected") {
            let path = "\(folder)/\(name.dropLast(9))"
            switch path.split(separator: ".").last {
            case "jsonl":
                expect(path, "\(folder)/\(name)") { try JSONLinesReader.read($0) }
                // Small pieces: the cuts are at all places.
                expect(path, "\(folder)/\(name)") { try JSONLinesReader.read(DataFile($0), chunk: 16) }
            case "csv":
                expect(path, "\(folder)/\(name)") { try CSVReader.read($0) }
                expect(path, "\(folder)/\(name)") { try CSVReader.read(DataFile($0), batch: 16) }
            default:
                expect(path, "\(folder)/\(name)") { try TextReader.read($0) }
                expect(path, path + ".keep") { try TextReader.read($0, keepLinebreaks: true) }
                expect(path, path + ".paragraph") { try TextReader.read($0, sampleBy: .paragraph) }
                expect(path, path + ".document") { try TextReader.read($0, sampleBy: .document) }
            }
        }
        #expect(names.count > 100)
    }

    @Test func everyValueIsWhatPythonReads() throws {
        try Self.compare(FormatFixtures.folder.appendingPathComponent("text").path)
    }

    @Test func compressedFilesAreRead() throws {
        for ending in ["gz", "zst"] {
            let path = FormatFixtures.folder.appendingPathComponent("text/rows.jsonl.\(ending)").path
            let table = try JSONLinesReader.read(path)
            #expect(table.count == 50)
            #expect(try table.row(at: 49) == Row([("text", .string("row 49")), ("n", .int(49))]))
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let folder = try FormatFixtures.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            for cut in [5, bytes.count / 2, bytes.count - 1] {
                try Data(bytes[..<cut]).write(to: URL(fileURLWithPath: "\(folder)/cut"))
                #expect(throws: TorchError.self) { try JSONLinesReader.read("\(folder)/cut") }
            }
        }
    }

    private func json(_ text: String) throws -> [Row] {
        let table = try JSONLinesReader.read(DataFile(Bytes(Array(text.utf8)), name: "f"))
        return try (0..<table.count).map { try table.row(at: $0) }
    }

    @Test func jsonLists() throws {
        let rows = [Row([("a", .int(1)), ("b", .null)]), Row([("a", .null), ("b", .string("x"))])]
        #expect(try json("[{\"a\": 1}, {\"b\": \"x\"}]") == rows)
        #expect(try json("\u{feff}[\n  {\"a\":\n1}\n,{\"b\": \"x\"}\n]\n") == rows)
        #expect(try json("[]") == [])
        #expect(try json("[\"a\", \"b\"]") == [Row([("text", .string("a"))]), Row([("text", .string("b"))])])
        #expect(
            try json("{\"a\": NaN}\n{\"a\": -Infinity}\n{\"a\": 1}").map { Described.text($0["a"]!) } == [
                "dnan", "dfff0000000000000", "d3ff0000000000000"
            ])
        // Integers of more than 64 bits are floats, also in lists.
        #expect(
            try json("{\"a\": [1, null]}\n{\"a\": [null, 12345678901234567890123]}").map { $0["a"]! } == [
                .list([.double(1), .null]), .list([.null, .double(1.2345678901234568e22)])
            ])
        #expect(
            try json("{\"a\": [0.5, 7]}\n{\"a\": null}\n{\"a\": [null]}").map { $0["a"]! } == [
                .list([.double(0.5), .double(7)]), .null, .list([.null])
            ])
        #expect(
            try json("{\"a\": [null, \"2020-01-01\"]}")[0]["a"]
                == .list([.null, .timestamp(1577836800, .seconds, zone: nil)]))
        #expect(try json("{\"a\": 1} {\"a\": 2}{\"a\": 3}").count == 3)
    }

    @Test func jsonErrorsNameFileLineAndCause() {
        for (text, message) in [
            ("{\"a\": 1}\n{\"a\": \"x\"}\n", "f: line 2: a: a string, where rows before have a number"),
            (
                "{\"a\": [{\"b\": true}]}\n{\"a\": [{\"b\": 1}]}\n",
                "f: line 2: a[].b: a number, where rows before have a boolean"
            ),
            ("{\"a\": 1}\n\n{\"a\": 1", "f: line 3: expected , or }, but the text ends"),
            ("{\"a\": 1,\n \"a\": 2}", "f: line 2: a: twice in one object"),
            ("{\"a\": 01}", "f: line 1: a number that begins with 0"),
            ("{\"a\": 1.}", "f: line 1: expected a digit behind the point, found }"),
            ("{\"a\": 1e400}", "f: line 1: a number too big for a double"),
            ("{\"a\": \"\\ud83d\"}", "f: line 1: half of a surrogate pair"),
            (
                "{\"a\": \"\t\"}",
                "f: line 1: a control character (byte 9) inside a text, which must be written as an escape"
            ),
            (
                "{\"a\": \"x}\n",
                "f: line 1: a control character (byte 10) inside a text, which must be written as an escape"
            ),
            ("{'a': 1}", "f: line 1: expected a name in quotes, found '"),
            ("{\"a\": tru}", "f: line 1: expected a value, found t"),
            ("[1] 2", "f: line 1: something behind the end of the array"),
            ("[{\"a\": 1},\n{\"a\": 2}", "f: line 2: expected , or ], but the text ends"),
            ("{\"a\": " + String(repeating: "[", count: 100), "f: line 1: values nested deeper than 64")
        ] {
            #expect(throws: TorchError(.file, message)) { try json(text) }
        }
        let bytes = Bytes([UInt8]("{\"a\": 1}\n{\"a\": \"".utf8) + [0xff] + Array("\"}".utf8))
        #expect(throws: TorchError(.file, "f: line 2: not UTF-8")) {
            try JSONLinesReader.read(DataFile(bytes, name: "f"))
        }
        #expect(throws: TorchError(.file, "f: line 2: not UTF-8")) { try CSVReader.read(DataFile(bytes, name: "f")) }
        #expect(throws: TorchError(.file, "f: line 2: not UTF-8")) { try TextReader.read(DataFile(bytes, name: "f")) }
    }

    private func csv(_ text: String, _ options: CSVReader.Options = .init()) throws -> Table {
        try CSVReader.read(DataFile(Bytes(Array(text.utf8)), name: "f"), options)
    }

    @Test func csvOptions() throws {
        var options = CSVReader.Options()
        options.delimiter = UInt8(ascii: "\t")
        #expect(try csv("a\tb\n1\tx,y\n", options).row(at: 0) == Row([("a", .int(1)), ("b", .string("x,y"))]))
        options = .init()
        options.hasHeader = false
        #expect(try csv("1,2\n3,4", options).row(at: 1) == Row([("0", .int(3)), ("1", .int(4))]))
        options = .init()
        options.columnNames = ["x", "y", "z"]
        #expect(try csv("1,2\n3,4", options).row(at: 0) == Row([("x", .int(1)), ("y", .int(2)), ("z", .null)]))
        options = .init()
        options.quote = UInt8(ascii: "'")
        #expect(try csv("a\n'x''\"\n'", options).row(at: 0) == Row([("a", .string("x'\"\n"))]))
        // pandas: a, a.2, a.1, a.3, Unnamed: 4, Unnamed: 5
        #expect(
            try csv("a,a,a.1,a,,\n1,2,3,4,5,6").columnNames == ["a", "a.2", "a.1", "a.3", "Unnamed: 4", "Unnamed: 5"])
        #expect(try csv("a,b\n").count == 0)
        // Two names, although they are equal in Swift: é as one code point and as two.
        #expect(try csv("\u{e9},e\u{301}\n1,2").columnNames.map { Array($0.utf8).count } == [2, 3])
        #expect(
            try JSONLinesReader.read(
                DataFile(Bytes(Array("{\"\u{e9}\": 1, \"e\u{301}\": 2}\n{\"e\u{301}\": 3}".utf8)), name: "f"), chunk: 1
            ).columnNames.count == 2)
        // If lines end in \r, pandas loses an empty field at the start of a line.
        #expect(try csv("a,b\r,1\r\rx,2\r").row(at: 0) == Row([("a", .null), ("b", .int(1))]))
    }

    @Test func csvErrorsNameFileLineAndCause() {
        for (text, message) in [
            ("a,b\n1,2\n\n1,2,3\n", "f: line 4: 3 fields, where there are 2 columns"),
            ("a,b\n1,\"abc\n", "f: line 2: a quoted field that does not end"),
            ("", "f: line 1: no columns: the file is empty"),
            ("\n\n", "f: line 3: no columns: the file is empty")
        ] {
            #expect(throws: TorchError(.file, message)) { try csv(text) }
        }
    }

    /// Python: float(text).
    @Test func decimalNumbersAreRoundedCorrectly() {
        for (text, bits) in [
            ("0.1", 0x3fb9_9999_9999_999a), ("9007199254740993", 0x4340_0000_0000_0000),
            ("1.7976931348623157e308", 0x7fef_ffff_ffff_ffff), ("5e-324", 1),
            ("2.2250738585072011e-308", 0x000f_ffff_ffff_ffff),
            ("123456789012345678901234567890", 0x45f8_ee90_ff6c_373e), ("1e23", 0x44b5_2d02_c7e1_4af6),
            ("-1.5E+3", 0xc097_7000_0000_0000), ("0.000000000000000000000000000000000001", 0x3875_4484_932d_2e72),
            ("1e-400", 0), ("1e400", 0x7ff0_0000_0000_0000), ("17976931348623157000e289", 0x7fef_ffff_ffff_ffff)
        ] as [(String, UInt64)] {
            let number = Array(text.utf8).withUnsafeBytes { NumberText.real($0) }
            #expect(number?.bitPattern == bits, "\(text)")
        }
        for text in ["", "-", ".", "1e", "1e+", "1x", "e5", "0x10", "1.5.2", " 1", "1_0"] {
            #expect(Array(text.utf8).withUnsafeBytes { NumberText.real($0) } == nil, "\(text)")
        }
    }

    @Test func damagedUTF8IsFound() {
        func position(_ bytes: [UInt8]) -> Int? { bytes.withUnsafeBytes { UTF8Check.firstInvalid($0) } }
        let text = Array(String(repeating: "aé€🐢\u{7ff}\u{800}\u{ffff}\u{10ffff}", count: 9).utf8)
        #expect(position(text) == nil)
        for bad in [
            [0x80], [0xc1, 0x80], [0xe0, 0x9f, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x8f, 0x80, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0xf5], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x90]
        ] as [[UInt8]] {
            for count in [0, 31, 40] {
                #expect(position([UInt8](repeating: 65, count: count) + text + bad) == count + text.count)
            }
        }
    }
}

/// Any number of further files. texts.py describes how to make them.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["FORMATS_ORACLE"] != nil)) struct TextOracle {
    @Test func everyFileIsReadAsPythonReadsIt() throws {
        try TextFormatTests.compare(ProcessInfo.processInfo.environment["FORMATS_ORACLE"]!)
    }
}

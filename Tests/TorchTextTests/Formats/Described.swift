import Foundation
import Testing
@testable import TorchText

/// The contents of a table in the notation of Fixtures/formats/arrow.py: the kind and the bits of every value.
enum Described {
    static func text(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let bit): "\(bit)"
        case .int(let number): "i\(number)"
        case .uint(let number): "i\(number)"
        case .double(let number):
            number.isNaN ? "dnan" : "d" + hex(withUnsafeBytes(of: number.bitPattern.bigEndian) { Array($0) })
        case .string(let text): "s" + hex(text.utf8)
        case .bytes(let bytes): "b" + hex(bytes)
        case .list(let values): "[" + values.map(text).joined(separator: ",") + "]"
        case .row(let row):
            "{" + zip(row.names, row.values).map { "\(hex($0.utf8))=\(text($1))" }.joined(separator: ",") + "}"
        case .date(let days): "D\(days)"
        case .time(let time, let unit): "T\(time):\(unit.rawValue)"
        case .timestamp(let time, let unit, let zone): "t\(time):\(unit.rawValue):\(zone ?? "")"
        case .duration(let time, let unit): "u\(time):\(unit.rawValue)"
        case .decimal(let text): "m" + text
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Returns the schema, its metadata, and a line for each row.
    static func text(_ table: Table) throws -> String {
        var lines = table.schema.fields.map { "\(hex($0.name.utf8)) \($0.type)" }
        lines += table.schema.metadata.map { (hex($0.utf8), hex($1.utf8)) }.sorted { $0.0 < $1.0 }.map {
            "@\($0) \($1)"
        }
        lines.append("--")
        for row in 0..<table.count { lines.append(try table.row(at: row).values.map(text).joined(separator: " ")) }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The folders of the fixtures.
enum FormatFixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/formats")

    static func files(_ name: String, _ ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(name).path).filter {
            $0.hasSuffix(ending)
        }.sorted().map { folder.appendingPathComponent("\(name)/\($0)").path }
    }

    /// Creates a folder, which the caller removes.
    static func temporaryFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("formats-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

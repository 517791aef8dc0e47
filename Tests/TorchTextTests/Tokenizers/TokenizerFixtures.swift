import Foundation
import TorchFiles
@testable import TorchText

/// The files that Fixtures/Tokenizers/generate.py made with the library `tokenizers` 0.23.3.
enum TokenizerFixtures {
    static let folder = String(#filePath.dropLast("Tokenizers/TokenizerFixtures.swift".count)) + "Fixtures/Tokenizers/"

    static func tokenizer(_ name: String) throws -> Tokenizer { try Tokenizer(path: folder + name + ".json") }

    /// Returns the recorded requests with the answers of the library.
    static func cases() throws -> [JSONText] {
        let packed = try Data(contentsOf: URL(fileURLWithPath: folder + "expected.jsonl.gz"))
        let source = try GzipSource(MemorySource([UInt8](packed), name: "expected.jsonl.gz"))
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try block.withUnsafeMutableBytes { try source.read(into: $0) }
            if count == 0 { break }
            bytes += block[..<count]
        }
        return try bytes.split(separator: 10).map { try JSONTextReader.read(Array($0), source: "expected.jsonl") }
    }
}

extension JSONText {
    var text: String {
        guard case .string(let text) = self else { return "" }
        return text
    }

    var int: Int? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    var flag: Bool {
        guard case .bool(let flag) = self else { return false }
        return flag
    }

    var list: [JSONText] {
        guard case .array(let list) = self else { return [] }
        return list
    }
}

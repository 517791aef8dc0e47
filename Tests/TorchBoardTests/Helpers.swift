import Foundation
import Torch

/// A folder that is removed with the value.
final class TemporaryFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("torchboard-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Files that Fixtures/record.py wrote.
enum Fixtures {
    static let folder = String(#filePath.dropLast("Helpers.swift".count)) + "Fixtures/"
}

func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Returns the message of the error that `body` throws, or nil.
func message(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return (error as? TorchError)?.message ?? "another error: \(error)"
    }
}

/// The fields of a message of Protocol Buffers, read without the code that wrote it.
struct ProtoFields {
    private(set) var fields: [(number: Int, bytes: [UInt8])] = []

    init(_ message: [UInt8]) {
        var rest = message[...]
        func varint() -> Int {
            var value = 0, shift = 0
            while let byte = rest.popFirst() {
                value |= Int(byte & 0x7f) << shift
                if byte < 0x80 { break }
                shift += 7
            }
            return value
        }
        while !rest.isEmpty {
            let key = varint()
            switch key & 7 {
            case 0: fields.append((key >> 3, [UInt8(truncatingIfNeeded: varint())]))
            case 1, 5:
                let count = key & 7 == 1 ? 8 : 4
                fields.append((key >> 3, Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            default:
                let count = varint()
                fields.append((key >> 3, Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
        }
    }

    subscript(number: Int) -> [ProtoFields] { bytes(number).map { ProtoFields($0) } }
    func bytes(_ number: Int) -> [[UInt8]] { fields.filter { $0.number == number }.map(\.bytes) }
    func texts(_ number: Int) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }
}

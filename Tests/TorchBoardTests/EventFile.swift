import Foundation
import Torch

/// Reads event files, without the code that wrote them.
enum EventFile {
    /// Returns the events of a file, and whether the file ends with a whole one. Throws if a checksum is wrong.
    static func read(_ bytes: [UInt8]) throws -> (events: [[UInt8]], isWhole: Bool) {
        var events: [[UInt8]] = [], position = 0
        while bytes.count - position >= 12 {
            let length = Int(number(bytes, position, 8))
            guard length >= 0, bytes.count - position - 16 >= length else { break }
            let data = position + 12
            guard number(bytes, position + 8, 4) == UInt64(masked(bytes[position..<position + 8])),
                number(bytes, data + length, 4) == UInt64(masked(bytes[data..<data + length]))
            else { throw TorchError(.file, "record \(events.count): wrong checksum") }
            events.append(Array(bytes[data..<data + length]))
            position = data + length + 4
        }
        return (events, position == bytes.count)
    }

    static func read(_ path: String) throws -> (events: [[UInt8]], isWhole: Bool) {
        try read([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// The event files of a folder, not of those in it.
    static func paths(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("events.out.") }
            .sorted().map { "\(folder)/\($0)" }
    }

    private static func number(_ bytes: [UInt8], _ position: Int, _ count: Int) -> UInt64 {
        bytes[position..<position + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// CRC-32C bit by bit, as its definition says, and TensorFlow's mask.
    static func masked(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
        }
        crc = ~crc
        return (crc >> 15 | crc << 17) &+ 0xa282_ead8
    }
}

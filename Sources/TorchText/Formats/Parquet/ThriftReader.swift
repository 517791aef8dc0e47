import Torch

/// Reads Thrift's compact protocol, the encoding of Parquet's metadata (thrift-compact-protocol.md).
///
/// Callers request the expected type of each field. Unknown fields are skipped. Counts are checked against the number
/// of remaining bytes, and nesting against `deepest`.
struct ThriftReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    private var depth = 0

    private static let deepest = 32

    /// - Precondition: the bytes outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    struct FieldHeader {
        let id: Int
        let type: Kind
    }

    enum Kind: UInt8 {
        case yes = 1, no, int8, int16, int32, int64, double, binary, list, set, map, structure
    }

    private var left: Int { bytes.count - position }

    private mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw TorchError(.file, "the metadata end in the middle") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func varint() throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            result |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return result }
        }
        throw TorchError(.file, "a number of more than 64 bits in the metadata")
    }

    private mutating func zigzag() throws -> Int {
        let number = try varint()
        return Int(truncatingIfNeeded: number >> 1) ^ -Int(truncatingIfNeeded: number & 1)
    }

    private func kind(_ code: UInt8) throws -> Kind {
        guard let kind = Kind(rawValue: code) else {
            throw TorchError(.file, "an unknown type \(code) in the metadata")
        }
        return kind
    }

    private func wrongType(_ field: FieldHeader) -> TorchError {
        TorchError(.file, "field \(field.id) of the metadata has the wrong type (\(field.type))")
    }

    /// Calls `body` for each field. `body` reads the field and returns true, or returns false if it does not know the
    /// field.
    mutating func structure(_ body: (inout ThriftReader, FieldHeader) throws -> Bool) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw TorchError(.file, "the metadata are nested more than \(Self.deepest) deep")
        }
        var id = 0
        while true {
            let head = try byte()
            if head == 0 { return }
            let type = try kind(head & 0xf)
            id = head >> 4 == 0 ? try zigzag() : id + Int(head >> 4)
            guard id > 0, id <= Int(Int16.max) else { throw TorchError(.file, "field \(id) in the metadata") }
            let field = FieldHeader(id: id, type: type)
            if try !body(&self, field) { try skip(type) }
        }
    }

    mutating func structure(_ field: FieldHeader, _ body: (inout ThriftReader, FieldHeader) throws -> Bool) throws {
        guard field.type == .structure else { throw wrongType(field) }
        try structure(body)
    }

    mutating func bool(_ field: FieldHeader) throws -> Bool {
        switch field.type {
        case .yes: return true
        case .no: return false
        default: throw wrongType(field)
        }
    }

    mutating func int(_ field: FieldHeader) throws -> Int {
        switch field.type {
        case .int8: return Int(Int8(bitPattern: try byte()))
        case .int16, .int32, .int64: return try zigzag()
        default: throw wrongType(field)
        }
    }

    mutating func string(_ field: FieldHeader) throws -> String {
        guard field.type == .binary else { throw wrongType(field) }
        return try string()
    }

    private mutating func string() throws -> String {
        let count = try varint()
        guard count <= UInt64(left) else {
            throw TorchError(.file, "a text of \(count) bytes in metadata of which \(left) are left")
        }
        defer { position += Int(count) }
        return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
    }

    /// Returns the number and the type of a list's elements.
    private mutating func listHeader() throws -> (count: Int, type: Kind) {
        let head = try byte()
        let count = head >> 4 == 15 ? try varint() : UInt64(head >> 4)
        // An element has at least one byte.
        guard count <= UInt64(left) else {
            throw TorchError(.file, "a list of \(count) elements in metadata of which \(left) bytes are left")
        }
        return (Int(count), count == 0 ? .structure : try kind(head & 0xf))
    }

    /// Calls `body` once for each structure of a list.
    mutating func list(_ field: FieldHeader, _ body: (inout ThriftReader) throws -> Void) throws {
        guard field.type == .list else { throw wrongType(field) }
        let (count, type) = try listHeader()
        guard type == .structure else { throw wrongType(field) }
        for _ in 0..<count { try body(&self) }
    }

    private mutating func skip(_ type: Kind) throws {
        switch type {
        case .yes, .no: break
        case .int8: _ = try byte()
        case .int16, .int32, .int64: _ = try varint()
        case .double: try advance(8)
        case .binary:
            let count = try varint()
            try advance(count <= UInt64(left) ? Int(count) : Int.max)
        case .list, .set:
            try nested { reader in
                let (count, type) = try reader.listHeader()
                for _ in 0..<count { try reader.skipElement(type) }
            }
        case .map:
            try nested { reader in
                let count = try reader.varint()
                if count == 0 { return }
                guard count <= UInt64(reader.left) else {
                    throw TorchError(
                        .file, "a map of \(count) elements in metadata of which \(reader.left) bytes are left")
                }
                let types = try reader.byte()
                let key = try reader.kind(types >> 4), value = try reader.kind(types & 0xf)
                for _ in 0..<count {
                    try reader.skipElement(key)
                    try reader.skipElement(value)
                }
            }
        case .structure: try structure { _, _ in false }
        }
    }

    /// Skips an element of a list or map. A boolean is a byte in a list, but in a structure it is part of the field's
    /// type.
    private mutating func skipElement(_ type: Kind) throws {
        if type == .yes || type == .no { _ = try byte() } else { try skip(type) }
    }

    private mutating func nested(_ body: (inout ThriftReader) throws -> Void) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw TorchError(.file, "the metadata are nested more than \(Self.deepest) deep")
        }
        try body(&self)
    }

    private mutating func advance(_ count: Int) throws {
        guard count <= left else { throw TorchError(.file, "the metadata end in the middle") }
        position += count
    }
}

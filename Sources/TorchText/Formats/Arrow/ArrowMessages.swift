import Torch

/// A message of an Arrow stream or file: its header and its body (Arrow IPC, "Encapsulated message format").
struct ArrowMessage {
    enum Header {
        case schema(FlatTable)
        case dictionary(id: Int, isDelta: Bool, FlatTable)
        case batch(FlatTable)
    }

    let header: Header
    let body: Bytes

    /// Reads the message at `position` and moves `position` behind it. Returns nil at the end of the stream.
    init?(_ bytes: Bytes, at position: inout Int) throws {
        guard position < bytes.count else { return nil }
        guard var length = bytes.word(position) else { throw TorchError(.file, "it ends inside a message") }
        var start = position + 4
        // Before Arrow 0.15, a message started with its length, without the marker -1.
        if length == -1 {
            guard let next = bytes.word(start) else { throw TorchError(.file, "it ends inside a message") }
            length = next
            start += 4
        }
        if length == 0 { return nil }
        guard length > 0, let metadata = bytes.slice(start, length) else {
            throw TorchError(.file, "it ends inside a message, whose header has \(length) bytes")
        }
        let table = try FlatTable(root: metadata)
        let version = try table.number(0, default: Int16(0))
        guard version == 3 || version == 4 else {
            throw TorchError(.file, "metadata of version V\(Int(version) + 1); versions V4 and V5 are supported")
        }
        let kind = try table.number(1, default: UInt8(0)), size = try table.number(3, default: Int64(0))
        guard size >= 0, let body = bytes.slice(start + length, Int(size)) else {
            throw TorchError(.file, "it ends inside a message, whose body has \(size) bytes")
        }
        guard let header = try table.table(2) else { throw TorchError(.file, "a message without a header") }
        switch kind {
        case 1: self.header = .schema(header)
        case 2:
            guard let data = try header.table(1) else { throw TorchError(.file, "a dictionary without values") }
            self.header = .dictionary(
                id: Int(try header.number(0, default: Int64(0))), isDelta: try header.number(2, default: UInt8(0)) != 0,
                data)
        case 3: self.header = .batch(header)
        case 4, 5: throw TorchError(.file, "it holds tensors, not columns")
        default: throw TorchError(.file, "a message of kind \(kind), which is unknown")
        }
        self.body = body
        position = start + length + Int(size)
    }
}

extension Bytes {
    /// Returns the 32-bit integer at byte `offset`, or nil if fewer than 4 bytes are left.
    func word(_ offset: Int) -> Int? {
        slice(offset, 4).map { Int($0.load(0, as: Int32.self)) }
    }

    func starts(_ magic: StaticString) -> Bool {
        withUnsafeBytes { $0.starts(with: UnsafeBufferPointer(start: magic.utf8Start, count: magic.utf8CodeUnitCount)) }
    }
}

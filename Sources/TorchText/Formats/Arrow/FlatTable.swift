import Torch

/// A table in a FlatBuffers buffer (FlatBuffers internals, "Format"). The buffer is not trusted: every offset and
/// length is checked before use.
struct FlatTable {
    let bytes: Bytes
    private let position: Int
    private let vtable: Int
    private let slots: Int
    private let size: Int

    /// Reads the root table. The buffer starts with its offset.
    init(root bytes: Bytes) throws {
        guard bytes.count >= 4 else { throw FlatTable.error }
        try self.init(bytes, at: Int(bytes.number(at: 0) as UInt32))
    }

    private init(_ bytes: Bytes, at position: Int) throws {
        guard position >= 0, position <= bytes.count - 4 else { throw FlatTable.error }
        let vtable = position - Int(bytes.number(at: position) as Int32)
        guard vtable >= 0, vtable <= bytes.count - 4 else { throw FlatTable.error }
        let length = Int(bytes.number(at: vtable) as UInt16)
        size = Int(bytes.number(at: vtable + 2) as UInt16)
        guard length >= 4, length % 2 == 0, length <= bytes.count - vtable, size >= 4, size <= bytes.count - position
        else { throw FlatTable.error }
        slots = (length - 4) / 2
        self.bytes = bytes
        self.position = position
        self.vtable = vtable
    }

    static let error = TorchError(.file, "damaged metadata: an offset or a length points outside")

    /// Returns the position of a field of `width` bytes, or nil if the table does not have the field.
    private func fieldOffset(_ slot: Int, _ width: Int) throws -> Int? {
        guard slot < slots else { return nil }
        let offset = Int(bytes.number(at: vtable + 4 + slot * 2) as UInt16)
        if offset == 0 { return nil }
        guard offset >= 4, offset + width <= size else { throw FlatTable.error }
        return position + offset
    }

    /// Returns a number, or `absent` if the table does not have the field.
    func number<Element: FixedWidthInteger & BitwiseCopyable>(_ slot: Int, default absent: Element) throws -> Element {
        try fieldOffset(slot, MemoryLayout<Element>.size).map { bytes.number(at: $0) } ?? absent
    }

    /// Returns the position of the object that a field refers to.
    private func target(_ slot: Int) throws -> Int? {
        guard let offset = try fieldOffset(slot, 4) else { return nil }
        return try FlatTable.follow(bytes, offset)
    }

    private static func follow(_ bytes: Bytes, _ offset: Int) throws -> Int {
        let target = offset + Int(bytes.number(at: offset) as UInt32)
        guard target <= bytes.count - 4 else { throw error }
        return target
    }

    func table(_ slot: Int) throws -> FlatTable? { try target(slot).map { try FlatTable(bytes, at: $0) } }

    /// Returns a vector with elements of `width` bytes.
    func vector(_ slot: Int, width: Int) throws -> FlatVector {
        guard let start = try target(slot) else { return FlatVector(bytes: bytes, start: 0, count: 0, width: width) }
        let count = Int(bytes.number(at: start) as UInt32)
        guard count <= (bytes.count - start - 4) / width else { throw FlatTable.error }
        return FlatVector(bytes: bytes, start: start + 4, count: count, width: width)
    }

    /// Returns a vector of tables. The same table may occur more than once, so callers must limit how many tables they
    /// visit.
    func tables(_ slot: Int) throws -> (count: Int, table: (Int) throws -> FlatTable) {
        let vector = try vector(slot, width: 4)
        return (vector.count, { index in try FlatTable(bytes, at: FlatTable.follow(bytes, vector.start + index * 4)) })
    }

    /// Returns the bytes of a string.
    func text(_ slot: Int) throws -> Bytes? {
        guard try target(slot) != nil else { return nil }
        let vector = try vector(slot, width: 1)
        return bytes.slice(vector.start, vector.count)
    }
}

/// Consecutive numbers or structures.
struct FlatVector {
    fileprivate let bytes: Bytes
    fileprivate let start: Int
    let count: Int
    let width: Int

    /// Returns a number inside an element.
    /// - Precondition: `index` is less than `count`, and the number lies inside the element's width.
    func number<Element: FixedWidthInteger & BitwiseCopyable>(_ index: Int, at offset: Int = 0) -> Element {
        precondition(index >= 0 && index < count && offset >= 0 && offset + MemoryLayout<Element>.size <= width)
        return bytes.number(at: start + index * width + offset)
    }
}

extension Bytes {
    /// Returns the number at byte `offset`, which need not be aligned.
    /// - Precondition: the number lies inside the bytes.
    fileprivate func number<Element: BitwiseCopyable>(at offset: Int) -> Element {
        precondition(offset >= 0 && offset + MemoryLayout<Element>.size <= count)
        return start.loadUnaligned(fromByteOffset: offset, as: Element.self)
    }
}

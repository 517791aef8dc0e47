import Torch

/// A table inside a FlatBuffers buffer (FlatBuffers internals, "Format"). Nothing in the buffer is believed: every
/// offset and length is checked when it is followed.
struct FlatTable {
    let bytes: Bytes
    private let position: Int
    private let vtable: Int
    private let slots: Int
    private let size: Int

    /// The table that the buffer begins with a reference to.
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

    /// Where a field lies, which takes `width` bytes; nil where the table leaves it out.
    private func place(_ slot: Int, _ width: Int) throws -> Int? {
        guard slot < slots else { return nil }
        let offset = Int(bytes.number(at: vtable + 4 + slot * 2) as UInt16)
        if offset == 0 { return nil }
        guard offset >= 4, offset + width <= size else { throw FlatTable.error }
        return position + offset
    }

    /// A number, or what its absence means.
    func number<Element: FixedWidthInteger & BitwiseCopyable>(_ slot: Int, default absent: Element) throws -> Element {
        try place(slot, MemoryLayout<Element>.size).map { bytes.number(at: $0) } ?? absent
    }

    /// Where what a field refers to lies.
    private func target(_ slot: Int) throws -> Int? {
        guard let place = try place(slot, 4) else { return nil }
        return try FlatTable.follow(bytes, place)
    }

    private static func follow(_ bytes: Bytes, _ place: Int) throws -> Int {
        let target = place + Int(bytes.number(at: place) as UInt32)
        guard target <= bytes.count - 4 else { throw error }
        return target
    }

    func table(_ slot: Int) throws -> FlatTable? { try target(slot).map { try FlatTable(bytes, at: $0) } }

    /// Elements of `width` bytes each.
    func vector(_ slot: Int, width: Int) throws -> FlatVector {
        guard let start = try target(slot) else { return FlatVector(bytes: bytes, start: 0, count: 0, width: width) }
        let count = Int(bytes.number(at: start) as UInt32)
        guard count <= (bytes.count - start - 4) / width else { throw FlatTable.error }
        return FlatVector(bytes: bytes, start: start + 4, count: count, width: width)
    }

    /// Tables; one and the same table may be named more than once, so whoever walks them must bound the number.
    func tables(_ slot: Int) throws -> (count: Int, table: (Int) throws -> FlatTable) {
        let vector = try vector(slot, width: 4)
        return (vector.count, { index in try FlatTable(bytes, at: FlatTable.follow(bytes, vector.start + index * 4)) })
    }

    /// A text's bytes.
    func text(_ slot: Int) throws -> Bytes? {
        guard try target(slot) != nil else { return nil }
        let vector = try vector(slot, width: 1)
        return bytes.slice(vector.start, vector.count)
    }
}

/// Numbers or structures one after the other.
struct FlatVector {
    fileprivate let bytes: Bytes
    fileprivate let start: Int
    let count: Int
    let width: Int

    /// A number inside an element.
    /// - Precondition: `index` is less than `count`, and the number lies inside the element's width.
    func number<Element: FixedWidthInteger & BitwiseCopyable>(_ index: Int, at offset: Int = 0) -> Element {
        precondition(index >= 0 && index < count && offset >= 0 && offset + MemoryLayout<Element>.size <= width)
        return bytes.number(at: start + index * width + offset)
    }
}

extension Bytes {
    /// The number at a byte's place, aligned or not.
    /// - Precondition: the run holds it.
    fileprivate func number<Element: BitwiseCopyable>(at offset: Int) -> Element {
        precondition(offset >= 0 && offset + MemoryLayout<Element>.size <= count)
        return start.loadUnaligned(fromByteOffset: offset, as: Element.self)
    }
}

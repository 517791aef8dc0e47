import Torch

/// Builds a column row by row. Python: `pyarrow`'s array builders.
///
/// A list or structure begins with `startList` or `startRow`; its values are then appended to `children`. After an
/// error, the builder must not be used any more.
final class ColumnBuilder {
    let type: DataType
    @exclusivity(unchecked) private(set) var count = 0
    /// The builders of a list's values, a structure's fields or a dictionary's values.
    let children: [ColumnBuilder]

    /// Created by the first null.
    @exclusivity(unchecked) private var validity: BitBuffer?
    @exclusivity(unchecked) private var bits = BitBuffer()
    private let data = ByteBuffer()
    private let offsets: ByteBuffer
    private let hasLargeOffsets: Bool
    private let isVariable: Bool
    private let width: Int
    /// The row number of each value in the dictionary.
    private var positions: [Value: Int] = [:]

    init(_ type: DataType) {
        self.type = type
        switch type {
        case .list(let field, _), .fixedList(let field, _), .map(let field): children = [ColumnBuilder(field.type)]
        case .structure(let fields): children = fields.map { ColumnBuilder($0.type) }
        case .dictionary(_, let values): children = [ColumnBuilder(values)]
        default: children = []
        }
        switch type {
        case .string, .json, .binary: isVariable = true
        default: isVariable = false
        }
        hasLargeOffsets = type.hasLargeOffsets
        width = type.width ?? 0
        offsets = ByteBuffer()
        if isVariable { appendOffset(0) }
    }

    @inline(__always) private func appendOffset(_ offset: Int) {
        if hasLargeOffsets { offsets.append(Int64(offset)) } else { offsets.append(Int32(truncatingIfNeeded: offset)) }
    }

    @inline(__always) private func appendValid() {
        validity?.append(true)
        count += 1
    }

    func appendNull() {
        if validity == nil {
            validity = BitBuffer()
            validity!.append(true, times: count)
        }
        validity!.append(false)
        appendPlaceholder()
    }

    /// Appends an empty row to every buffer except the validity.
    private func appendPlaceholder() {
        count += 1
        switch type {
        case .null: break
        case .bool: bits.append(false)
        case .string, .json, .binary: appendOffset(data.count)
        case .list, .map: appendOffset(children[0].count)
        case .fixedList(_, let length): for _ in 0..<length { children[0].appendNull() }
        case .structure: children.forEach { $0.appendNull() }
        case .dictionary(let index, _): data.append(zeros: index.width ?? 0)
        default: data.append(zeros: width)
        }
    }

    /// - Precondition: the type is `bool`.
    @inline(__always) func append(_ bit: Bool) {
        assert(type == .bool)
        appendValid()
        bits.append(bit)
    }

    /// Appends an element of a fixed-width type with its memory layout: an `Int32` to `date32`, an `Int64` to
    /// `timestamp`.
    /// - Precondition: the element has the type's width.
    @inline(__always) func append<Element: BitwiseCopyable>(fixed element: Element) {
        precondition(MemoryLayout<Element>.size == width)
        appendValid()
        data.append(element)
    }

    /// Appends rows that have the column's memory layout; none of them is null.
    /// - Precondition: the type has a fixed width, and the size of `elements` is a multiple of it.
    func append(contentsOf elements: UnsafeRawBufferPointer) {
        precondition(width > 0 && elements.count % width == 0)
        let rows = elements.count / width
        validity?.append(true, times: rows)
        count += rows
        data.append(elements)
    }

    /// Appends the bytes of a text or of a binary row.
    /// - Throws: `TorchError` if a column with 32-bit offsets would exceed 2 GiB, or if the type has another fixed
    ///   width.
    @inline(__always) func append(bytes: UnsafeRawBufferPointer) throws {
        guard isVariable else { return try appendFixed(bytes) }
        guard hasLargeOffsets || bytes.count <= Int(Int32.max) - data.count else {
            throw TorchError(.file, "more than 2 GiB in a column of \(type)")
        }
        appendValid()
        data.append(bytes)
        appendOffset(data.count)
    }

    private func appendFixed(_ bytes: UnsafeRawBufferPointer) throws {
        guard case .fixedBinary(let width) = type, bytes.count == width else {
            throw TorchError(.file, "\(bytes.count) bytes in a column of \(type)")
        }
        appendValid()
        data.append(bytes)
    }

    /// Begins a list. It contains the values that are appended to `children[0]` until the next row begins.
    /// - Precondition: the type is a list, a fixed list or a map. A fixed list must get exactly its number of values.
    @inline(__always) func startList() {
        appendValid()
        if case .fixedList = type { return }
        appendOffset(children[0].count)
    }

    /// Begins a structure. The caller must append one value to each of `children`.
    /// - Precondition: the type is a structure.
    @inline(__always) func startRow() { appendValid() }

    /// Appends a dictionary index, the row number of a value in `children[0]`.
    /// - Throws: `TorchError` if the type of the dictionary's indices cannot represent it.
    func append(position: Int) throws {
        guard case .dictionary(let index, _) = type else {
            throw TorchError(.file, "a dictionary's number in a column of \(type)")
        }
        guard Column.append(position, to: data, index) else {
            throw TorchError(.file, "more values than a dictionary with indices of \(index) can have")
        }
        appendValid()
    }

    /// Appends the index of `value` in `children[0]`, and returns it. Adds a new value to `children[0]` first.
    @discardableResult
    func append(inDictionary value: Value) throws -> Int {
        if let position = positions[value] {
            try append(position: position)
            return position
        }
        let position = children[0].count
        try children[0].append(value)
        positions[value] = position
        try append(position: position)
        return position
    }

    /// Returns the column. Nothing may be appended after that.
    /// - Throws: `TorchError` if children do not have the number of values that the rows need, or if lists exceed
    ///   32-bit offsets.
    func finish() throws -> Column {
        let validity = validity?.finish()
        switch type {
        case .null: return try Column(type, count: count, .null)
        case .bool: return try Column(type, count: count, validity: validity, .bits(bits.finish()))
        case .string, .json, .binary:
            return try Column(
                type, count: count, validity: validity,
                .variable(offsets: offsets.finish(), data: data.finish()))
        case .list, .map:
            guard hasLargeOffsets || children[0].count <= Int(Int32.max) else {
                throw TorchError(.file, "more than \(Int32.max) values in a column of \(type)")
            }
            appendOffset(children[0].count)
            return try Column(
                type, count: count, validity: validity, .list(offsets: offsets.finish(), values: children[0].finish()))
        case .fixedList:
            return try Column(type, count: count, validity: validity, .fixedList(values: children[0].finish()))
        case .structure:
            return try Column(type, count: count, validity: validity, .structure(children.map { try $0.finish() }))
        case .dictionary:
            return try Column(
                type, count: count, validity: validity,
                .dictionary(indices: data.finish(), values: children[0].finish()))
        default: return try Column(type, count: count, validity: validity, .fixed(data.finish()))
        }
    }
}

extension Column {
    /// Appends an integer with the layout of `type`. Returns false if the type cannot represent it.
    static func append(_ number: Int, to buffer: ByteBuffer, _ type: DataType) -> Bool {
        func put<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) -> Bool {
            guard let element = Element(exactly: number) else { return false }
            buffer.append(element)
            return true
        }
        return switch type {
        case .int8: put(Int8.self)
        case .int16: put(Int16.self)
        case .int32: put(Int32.self)
        case .int64: put(Int64.self)
        case .uint8: put(UInt8.self)
        case .uint16: put(UInt16.self)
        case .uint32: put(UInt32.self)
        case .uint64: put(UInt64.self)
        default: false
        }
    }
}

import Torch

/// Values of one type in Arrow's memory layout (Arrow Columnar Format, "Physical Memory Layout"), little-endian.
/// Reading a value touches only that value's memory.
///
/// Buffers may come from a file, so they are checked when they are used: reading a row throws if an offset or an index
/// is out of range.
struct Column: Sendable {
    let type: DataType
    let count: Int
    /// One bit per row, 0 for null; nil if no row is null.
    let validity: Bytes?
    let storage: Storage

    indirect enum Storage: Sendable {
        /// Every row is null.
        case null
        /// One bit per row.
        case bits(Bytes)
        /// `DataType.width` bytes per row.
        case fixed(Bytes)
        /// `count + 1` offsets of 32 or 64 bits into `data`.
        case variable(offsets: Bytes, data: Bytes)
        /// `count + 1` offsets of 32 or 64 bits into `values`.
        case list(offsets: Bytes, values: Column)
        /// Row i consists of the rows i * n ..< (i + 1) * n of `values`.
        case fixedList(values: Column)
        case structure([Column])
        /// Row numbers in `values`.
        case dictionary(indices: Bytes, values: Column)
    }

    /// - Throws: `TorchError` if a buffer is too short for `count` rows, or does not belong to the type.
    init(_ type: DataType, count: Int, validity: Bytes? = nil, _ storage: Storage) throws {
        func need(_ bytes: Bytes, _ rows: Int, _ width: Int) throws {
            let (size, overflow) = rows.multipliedReportingOverflow(by: width)
            guard !overflow, bytes.count >= size else {
                throw TorchError(.file, "\(count) rows of \(type) in a buffer of \(bytes.count) bytes")
            }
        }
        guard count >= 0, count < 1 << 60 else { throw TorchError(.file, "a column of \(count) rows") }
        if let validity, validity.count < (count + 7) / 8 {
            throw TorchError(.file, "\(count) rows and \(validity.count) bytes of validity bits")
        }
        switch (type, storage) {
        case (.null, .null): break
        case (.bool, .bits(let bits)): try need(bits, (count + 7) / 8, 1)
        case (.string(let isLarge), .variable(let offsets, _)), (.binary(let isLarge), .variable(let offsets, _)),
            (.list(_, let isLarge), .list(let offsets, _)):
            // Arrow allows an empty offsets buffer if there are no rows.
            if count > 0 { try need(offsets, count + 1, isLarge ? 8 : 4) }
        case (.json, .variable(let offsets, _)): if count > 0 { try need(offsets, count + 1, 4) }
        case (.map, .list(let offsets, _)): if count > 0 { try need(offsets, count + 1, 4) }
        case (.fixedList(_, let length), .fixedList(let values)):
            let (rows, overflow) = count.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow, values.count >= rows else {
                throw TorchError(.file, "\(count) lists of \(length) in \(values.count) values")
            }
        case (.structure(let fields), .structure(let columns)):
            guard fields.count == columns.count, columns.allSatisfy({ $0.count >= count }) else {
                throw TorchError(.file, "\(count) rows of \(type) in too few values")
            }
        case (.dictionary(let index, _), .dictionary(let indices, _)):
            guard let width = index.width else { throw TorchError(.file, "a dictionary with indices of \(index)") }
            try need(indices, count, width)
        case (_, .fixed(let bytes)):
            guard let width = type.width else { throw TorchError(.file, "\(type) in a buffer of fixed width") }
            if case .decimal(_, let scale, _) = type, abs(scale) > 1024 {
                throw TorchError(.file, "a decimal number of scale \(scale)")
            }
            try need(bytes, count, width)
        default: throw TorchError(.file, "buffers that do not belong to \(type)")
        }
        self.type = type
        self.count = count
        self.validity = validity
        self.storage = storage
    }

    func isNull(_ row: Int) -> Bool {
        precondition(row >= 0 && row < count)
        if case .null = storage { return true }
        return validity.map { !$0.bit(row) } ?? false
    }

    /// Returns the range of the bytes or values of row `row`.
    /// - Throws: `TorchError` if the offsets are not inside `limit`.
    func range(_ row: Int, _ offsets: Bytes, isLarge: Bool, limit: Int) throws -> Range<Int> {
        let start = isLarge ? Int(offsets.load(row, as: Int64.self)) : Int(offsets.load(row, as: Int32.self))
        let end = isLarge ? Int(offsets.load(row + 1, as: Int64.self)) : Int(offsets.load(row + 1, as: Int32.self))
        guard start >= 0, start <= end, end <= limit else {
            throw TorchError(.file, "row \(row) lies at \(start) to \(end) of \(limit)")
        }
        return start..<end
    }
}

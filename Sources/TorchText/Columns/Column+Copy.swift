import Torch

/// A run of consecutive rows in one of several columns or batches, which `part` selects.
struct RowRun: Hashable, Sendable {
    var part: Int
    var start: Int
    var count: Int

    var end: Int { start + count }
}

extension [RowRun] {
    /// Appends a run of rows. If it continues the last run, extends that run instead.
    @inline(__always) mutating func append(part: Int, _ start: Int, _ count: Int) {
        if let last, last.part == part, last.end == start {
            self[self.count - 1].count += count
        } else {
            append(RowRun(part: part, start: start, count: count))
        }
    }

    /// Returns the number of rows in all runs.
    /// - Throws: `TorchError` if the number overflows. This can happen with rows that take no memory.
    func rowCount() throws -> Int {
        try reduce(0) { sum, run in
            let (total, overflow) = sum.addingReportingOverflow(run.count)
            guard !overflow else { throw TorchError(.file, "more rows than can be counted") }
            return total
        }
    }
}

extension Column {
    /// Returns the rows with these numbers, in this order, in new memory; a dictionary's values are shared.
    /// Python: `pyarrow.Array.take`.
    /// - Throws: `TorchError` if the column's buffers are invalid, or the result exceeds 32-bit offsets.
    /// - Precondition: 0 ≤ each number < `count`.
    func gather(_ rows: some Sequence<Int>) throws -> Column {
        var runs: [RowRun] = []
        for row in rows {
            precondition(row >= 0 && row < count)
            runs.append(part: 0, row, 1)
        }
        return try Column.copy(runs, of: [self])
    }

    /// Returns consecutive rows without a copy, except for bits. Python: `pyarrow.Array.slice`.
    /// - Precondition: `rows` is inside `0 ..< count`.
    func slice(_ rows: Range<Int>) throws -> Column {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
        func bits(_ bits: Bytes) -> Bytes {
            var result = BitBuffer()
            result.append(bits, rows.lowerBound, rows.count)
            return result.finish()
        }
        func elements(_ bytes: Bytes, _ width: Int, _ count: Int) -> Bytes {
            bytes.slice(rows.lowerBound * width, count * width) ?? Bytes()
        }
        let offsetWidth = type.hasLargeOffsets ? 8 : 4
        let storage: Storage
        switch self.storage {
        case .null: storage = .null
        case .bits(let values): storage = .bits(bits(values))
        case .fixed(let bytes): storage = .fixed(elements(bytes, type.width ?? 0, rows.count))
        case .variable(let offsets, let data):
            storage = .variable(offsets: elements(offsets, offsetWidth, rows.count + 1), data: data)
        case .list(let offsets, let values):
            storage = .list(offsets: elements(offsets, offsetWidth, rows.count + 1), values: values)
        case .fixedList(let values):
            guard case .fixedList(_, let length) = type else { return self }
            storage = .fixedList(values: try values.slice(rows.lowerBound * length..<rows.upperBound * length))
        case .structure(let columns): storage = .structure(try columns.map { try $0.slice(rows) })
        case .dictionary(let indices, let values):
            storage = .dictionary(indices: elements(indices, indexWidth, rows.count), values: values)
        }
        return try Column(type, count: rows.count, validity: validity.map(bits), storage)
    }

    /// Returns the rows of all columns, one column after the other. If dictionaries differ, creates one with the values
    /// of all. Python: `pyarrow.concat_arrays`.
    /// - Throws: `TorchError` if the types differ, if buffers are invalid, or if the result exceeds the width of its
    ///   offsets or indices.
    static func concatenate(_ parts: [Column]) throws -> Column {
        guard let first = parts.first else { throw TorchError(.value, "no columns to concatenate") }
        if parts.count == 1 { return first }
        if let other = parts.first(where: { $0.type != first.type }) {
            throw TorchError(.value, "a column of \(first.type) and one of \(other.type)")
        }
        return try copy(parts.indices.map { RowRun(part: $0, start: 0, count: parts[$0].count) }, of: parts)
    }

    /// Copies the rows of `runs` from columns of one type.
    /// - Throws: `TorchError` if the columns' buffers are invalid, or if the result exceeds the width of its offsets or
    ///   indices.
    static func copy(_ runs: [RowRun], of parts: [Column]) throws -> Column {
        let type = parts[0].type
        let count = try runs.rowCount()
        // A damaged file can claim any number of rows that take no memory, but their validity takes memory.
        guard type.takesMemory || count <= 1 << 28 else { throw TorchError(.file, "\(count) rows of \(type)") }
        let storage: Storage
        switch parts[0].storage {
        case .null: storage = .null
        case .bits:
            var bits = BitBuffer()
            let sources = parts.map { part in if case .bits(let bits) = part.storage { bits } else { Bytes() } }
            for run in runs { bits.append(sources[run.part], run.start, run.count) }
            storage = .bits(bits.finish())
        case .fixed: storage = .fixed(elements(runs, of: parts.map(\.fixedBytes), width: type.width ?? 0))
        case .variable:
            let sources = parts.map { part in
                if case .variable(let offsets, let data) = part.storage { (offsets, data) } else { (Bytes(), Bytes()) }
            }
            let (offsets, ranges) = try offsets(runs, of: parts, sources.map(\.0), limits: sources.map(\.1.count))
            storage = .variable(offsets: offsets, data: elements(ranges, of: sources.map(\.1), width: 1))
        case .list:
            let sources = parts.compactMap { part in
                if case .list(let offsets, let values) = part.storage { (offsets, values) } else { nil }
            }
            let (offsets, ranges) = try offsets(runs, of: parts, sources.map(\.0), limits: sources.map(\.1.count))
            storage = .list(offsets: offsets, values: try copy(ranges, of: sources.map(\.1)))
        case .fixedList:
            guard case .fixedList(_, let length) = type else {
                throw TorchError(.file, "buffers that do not belong to \(type)")
            }
            let values = parts.compactMap { part in
                if case .fixedList(let values) = part.storage { values } else { nil }
            }
            storage = .fixedList(
                values: try copy(
                    runs.map { RowRun(part: $0.part, start: $0.start * length, count: $0.count * length) }, of: values))
        case .structure(let columns):
            storage = .structure(
                try columns.indices.map { index in
                    try copy(
                        runs,
                        of: parts.compactMap { part in
                            if case .structure(let columns) = part.storage { columns[index] } else { nil }
                        })
                })
        case .dictionary: storage = try dictionary(runs, of: parts, type)
        }
        return try Column(type, count: count, validity: validity(runs, of: parts), storage)
    }

    private var fixedBytes: Bytes {
        switch storage {
        case .fixed(let bytes), .dictionary(let bytes, _): bytes
        default: Bytes()
        }
    }

    private var indexWidth: Int {
        guard case .dictionary(let index, _) = type else { return 0 }
        return index.width ?? 0
    }

    private static func validity(_ runs: [RowRun], of parts: [Column]) -> Bytes? {
        if parts.allSatisfy({ $0.validity == nil }) { return nil }
        var bits = BitBuffer()
        for run in runs {
            if let validity = parts[run.part].validity {
                bits.append(validity, run.start, run.count)
            } else {
                bits.append(true, times: run.count)
            }
        }
        return bits.finish()
    }

    private static func elements(_ runs: [RowRun], of parts: [Bytes], width: Int) -> Bytes {
        let buffer = ByteBuffer(capacity: runs.reduce(0) { $0 + $1.count } * width)
        for run in runs {
            parts[run.part].withUnsafeBytes {
                buffer.append(UnsafeRawBufferPointer(rebasing: $0[run.start * width..<run.end * width]))
            }
        }
        return buffer.finish()
    }

    /// Returns the new offsets of the rows of `runs`, and the runs of the values that these rows contain.
    private static func offsets(
        _ runs: [RowRun], of parts: [Column], _ sources: [Bytes], limits: [Int]
    ) throws -> (Bytes, [RowRun]) {
        let type = parts[0].type, isLarge = type.hasLargeOffsets
        let result = ByteBuffer(capacity: (runs.reduce(0) { $0 + $1.count } + 1) * (isLarge ? 8 : 4))
        var ranges: [RowRun] = []
        ranges.reserveCapacity(runs.count)
        var total = 0, known = limits.reduce(0) { $0 &+ $1 }
        func put(_ offset: Int) {
            if isLarge { result.append(Int64(offset)) } else { result.append(Int32(truncatingIfNeeded: offset)) }
        }
        put(0)
        for run in runs where run.count > 0 {
            let first = try parts[run.part].range(
                run.start, sources[run.part], isLarge: isLarge, limit: limits[run.part])
            var end = first.upperBound
            put(total + first.count)
            for row in run.start + 1..<run.end where run.count > 1 {
                end = try parts[run.part].range(row, sources[run.part], isLarge: isLarge, limit: limits[run.part])
                    .upperBound
                put(total + end - first.lowerBound)
            }
            total += end - first.lowerBound
            guard total < 1 << 60 else {
                throw TorchError(.file, "more values than can be counted in a column of \(type)")
            }
            guard isLarge || total <= Int(Int32.max) else {
                throw TorchError(
                    .value, "more than \(Int32.max) bytes or values in a column of \(type), whose offsets have 32 bits")
            }
            // The total can exceed the number of all values only if a row is copied twice, or if rows overlap, which
            // happens only in a damaged file.
            if total > known {
                for part in parts { try part.checkOffsets() }
                known = .max
            }
            ranges.append(part: run.part, first.lowerBound, end - first.lowerBound)
        }
        return (result.finish(), ranges)
    }

    private static func dictionary(_ runs: [RowRun], of parts: [Column], _ type: DataType) throws -> Storage {
        let dictionaries = parts.compactMap { part in
            if case .dictionary(_, let values) = part.storage { values } else { nil }
        }
        let width = parts[0].indexWidth
        if dictionaries.dropFirst().allSatisfy({ $0.isSame(as: dictionaries[0]) }) {
            return .dictionary(
                indices: elements(runs, of: parts.map(\.fixedBytes), width: width), values: dictionaries[0])
        }
        guard case .dictionary(let index, let valueType) = type else {
            throw TorchError(.file, "buffers that do not belong to \(type)")
        }
        guard !valueType.hasDictionary else {
            throw TorchError(.notImplemented, "joining different dictionaries whose values hold dictionaries")
        }
        for dictionary in dictionaries { try dictionary.checkOffsets() }
        let builder = ColumnBuilder(type)
        var positions = [[Int: Int]](repeating: [:], count: parts.count)
        for run in runs {
            let part = parts[run.part]
            guard case .dictionary(let indices, let values) = part.storage else { continue }
            for row in run.start..<run.end {
                if part.isNull(row) {
                    builder.appendNull()
                    continue
                }
                guard let number = Column.integer(indices, index, row), number >= 0, number < values.count else {
                    throw TorchError(.file, "row \(row) names no value of its dictionary of \(values.count)")
                }
                if let position = positions[run.part][number] {
                    try builder.append(position: position)
                } else {
                    positions[run.part][number] = try builder.append(inDictionary: values.value(at: number))
                }
            }
        }
        return try builder.finish().storage
    }

    /// - Throws: `TorchError` if rows overlap or are out of range, in this column or a nested one.
    private func checkOffsets() throws {
        switch storage {
        case .variable(let offsets, let data):
            for row in 0..<count { _ = try range(row, offsets, isLarge: type.hasLargeOffsets, limit: data.count) }
        case .list(let offsets, let values):
            for row in 0..<count { _ = try range(row, offsets, isLarge: type.hasLargeOffsets, limit: values.count) }
            try values.checkOffsets()
        case .fixedList(let values): try values.checkOffsets()
        case .structure(let columns): for column in columns { try column.checkOffsets() }
        case .null, .bits, .fixed, .dictionary: break
        }
    }

    /// Returns whether two columns use the same memory.
    func isSame(as other: Column) -> Bool {
        guard count == other.count, type == other.type, validity?.start == other.validity?.start else { return false }
        switch (storage, other.storage) {
        case (.null, .null): return true
        case (.bits(let a), .bits(let b)), (.fixed(let a), .fixed(let b)): return a.start == b.start
        case (.variable(let a, let data), .variable(let b, let other)):
            return a.start == b.start && data.start == other.start
        case (.list(let a, let values), .list(let b, let other)),
            (.dictionary(let a, let values), .dictionary(let b, let other)):
            return a.start == b.start && values.isSame(as: other)
        case (.fixedList(let values), .fixedList(let other)): return values.isSame(as: other)
        case (.structure(let columns), .structure(let others)):
            return zip(columns, others).allSatisfy { $0.isSame(as: $1) }
        default: return false
        }
    }
}

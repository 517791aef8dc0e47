import Torch

/// Splits a column of lists and structures into leaf columns with levels ("Nested Encoding" in the format's README,
/// after Dremel).
struct Shredding {
    /// The stored entries of a leaf column for some rows.
    struct Entries {
        let column: Column
        /// The rows of `column` that hold values, in order.
        var rows: [Int] = []
        var definitions: [UInt16] = []
        var repetitions: [UInt16] = []
    }

    /// A place for a value. `row` is nil if something above is null or is an empty list.
    private struct Position {
        var row: Int?
        var definition: UInt16
        var repetition: UInt16
    }

    private(set) var leaves: [Entries] = []

    /// - Throws: `TorchError` if the buffers of the column are inconsistent.
    init(_ column: Column, rows: Range<Int>) throws {
        try shred(column, rows.map { Position(row: $0, definition: 0, repetition: 0) }, depth: 0)
    }

    /// - Parameter depth: the number of lists above.
    private mutating func shred(_ column: Column, _ positions: [Position], depth: UInt16) throws {
        var positions = positions
        for index in positions.indices {
            guard let row = positions[index].row else { continue }
            if column.isNull(row) { positions[index].row = nil } else { positions[index].definition += 1 }
        }
        func elements(_ range: (Int) throws -> Range<Int>) throws -> [Position] {
            var result: [Position] = []
            for position in positions {
                guard let row = position.row else {
                    result.append(position)
                    continue
                }
                let range = try range(row)
                if range.isEmpty {
                    result.append(Position(row: nil, definition: position.definition, repetition: position.repetition))
                }
                for element in range {
                    result.append(
                        Position(
                            row: element, definition: position.definition + 1,
                            repetition: element == range.lowerBound ? position.repetition : depth + 1))
                }
            }
            return result
        }
        switch (column.type, column.storage) {
        case (_, .structure(let columns)): for column in columns { try shred(column, positions, depth: depth) }
        case (_, .list(let offsets, let values)):
            try shred(
                values,
                elements { try column.range($0, offsets, isLarge: column.type.hasLargeOffsets, limit: values.count) },
                depth: depth + 1)
        case (.fixedList(_, let length), .fixedList(let values)):
            try shred(values, elements { $0 * length..<($0 + 1) * length }, depth: depth + 1)
        default:
            var entries = Entries(column: column)
            for position in positions {
                if let row = position.row { entries.rows.append(row) }
                entries.definitions.append(position.definition)
                entries.repetitions.append(position.repetition)
            }
            leaves.append(entries)
        }
    }
}

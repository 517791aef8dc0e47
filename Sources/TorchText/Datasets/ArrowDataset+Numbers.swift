import Torch

extension ArrowDataset {
    /// Returns the numbers of a column as a tensor, read from Arrow's memory in one pass: int64 for integers, bool, and
    /// `real` for floating-point numbers. If `lists` is true, lists of numbers that all have the same length become the
    /// rows of a matrix. Returns nil if a value is null, is no number or does not fit in int64, or if lists differ in
    /// length.
    /// - Throws: `TorchError` if the file that holds the column is damaged.
    func numbers(_ column: Int, _ positions: [(batch: Int, row: Int)], real: DType, lists: Bool) throws -> Tensor? {
        guard let first = positions.first else { return nil }
        let own = table.batches[first.batch][column]
        guard lists, let values = own.listValues else {
            return NumberPieces(positions, length: 1) { table.batches[$0][column] }
                .tensor(own.type, [positions.count], real)
        }
        var pieces: [(batch: Int, row: Int)] = []
        pieces.reserveCapacity(positions.count)
        var length = 0
        for position in positions {
            guard let range = try table.batches[position.batch][column].listRange(position.row), !range.isEmpty,
                pieces.isEmpty || range.count == length
            else { return nil }
            length = range.count
            pieces.append((position.batch, range.lowerBound))
        }
        return NumberPieces(pieces, length: length) { table.batches[$0][column].listValues! }
            .tensor(values.type, [positions.count, length], real)
    }
}

extension Column {
    /// The values of all lists; nil if this is not a column of lists.
    fileprivate var listValues: Column? {
        switch (type, storage) {
        case (.list, .list(_, let values)), (.fixedList, .fixedList(let values)): values
        default: nil
        }
    }

    /// Returns the range of a list's values; nil for null.
    fileprivate func listRange(_ row: Int) throws -> Range<Int>? {
        if isNull(row) { return nil }
        switch (type, storage) {
        case (_, .list(let offsets, let values)):
            return try range(row, offsets, isLarge: type.hasLargeOffsets, limit: values.count)
        case (.fixedList(_, let length), _): return row * length..<(row + 1) * length
        default: return nil
        }
    }
}

/// As many consecutive rows from each of several places in the batches of a column.
private struct NumberPieces {
    private let pieces: [(batch: Int, row: Int)]
    private let length: Int
    private let column: (Int) -> Column

    init(_ pieces: [(batch: Int, row: Int)], length: Int, _ column: @escaping (Int) -> Column) {
        self.pieces = pieces
        self.length = length
        self.column = column
    }

    /// Returns the numbers of columns of this type; nil if the type has no numbers, or if one is null or too large.
    func tensor(_ type: DataType, _ sizes: [Int], _ real: DType) -> Tensor? {
        switch type {
        case .bool: tensor(sizes) { bits, row in bits.bit(row) }
        case .int8: integers(Int8.self, sizes)
        case .int16: integers(Int16.self, sizes)
        case .int32: integers(Int32.self, sizes)
        case .int64: integers(Int64.self, sizes)
        case .uint8: integers(UInt8.self, sizes)
        case .uint16: integers(UInt16.self, sizes)
        case .uint32: integers(UInt32.self, sizes)
        case .uint64: integers(UInt64.self, sizes)
        case .float32 where real == .float32: tensor(sizes) { $0.load($1, as: Float.self) }
        case .float32: tensor(sizes) { Double($0.load($1, as: Float.self)) }
        case .float64 where real == .float32: tensor(sizes) { Float($0.load($1, as: Double.self)) }
        case .float64: tensor(sizes) { $0.load($1, as: Double.self) }
        default: nil
        }
    }

    private func integers<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, _ sizes: [Int]) -> Tensor? {
        tensor(sizes) { Int64(exactly: $0.load($1, as: Number.self)) }
    }

    @inline(__always)
    private func tensor<Number: TensorElement>(_ sizes: [Int], _ load: (Bytes, Int) -> Number?) -> Tensor? {
        let result = Tensor.empty(sizes, dtype: Number.dtype, device: .cpu)
        if result.isVoid { return nil }
        let isComplete = result.withUnsafeMutableElements(as: Number.self) { out -> Bool in
            var next = 0, batch = -1, bytes = Bytes(), validity: Bytes?
            for piece in pieces {
                if piece.batch != batch {
                    let column = column(piece.batch)
                    batch = piece.batch
                    validity = column.validity
                    switch column.storage {
                    case .fixed(let found), .bits(let found): bytes = found
                    default: return false
                    }
                }
                for row in piece.row..<piece.row + length {
                    if let validity, !validity.bit(row) { return false }
                    guard let number = load(bytes, row) else { return false }
                    out[next] = number
                    next += 1
                }
            }
            return next == pieces.count * length
        }
        return isComplete ? result : nil
    }
}

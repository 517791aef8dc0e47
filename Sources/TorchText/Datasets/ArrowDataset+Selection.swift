import Torch

extension ArrowDataset {
    /// Returns the rows with these numbers, without checks.
    /// - Precondition: 0 ≤ each number < `count`.
    func selected(_ rows: [Int]) -> ArrowDataset {
        ArrowDataset(
            table, features: features, indices: indices.map { indices in rows.map { indices[$0] } } ?? rows,
            split: split)
    }

    /// Returns the rows with these numbers, in this order. Python: `select`.
    /// - Precondition: -count ≤ each number < count.
    public func select(_ rows: some Sequence<Int>) -> ArrowDataset {
        var positions: [Int] = []
        for row in rows {
            guard let position = checked(row) else {
                return .failed(.index, "Index \(row) out of range for dataset of size \(count).")
            }
            positions.append(position)
        }
        return selected(positions)
    }

    /// Returns the first `n` rows, or all rows if there are fewer. Python: `take`.
    public func take(_ n: Int) -> ArrowDataset { selected(Array(0..<max(0, min(n, count)))) }

    /// Returns all rows except the first `n`. Python: `skip`.
    public func skip(_ n: Int) -> ArrowDataset { selected(Array(max(0, min(n, count))..<count)) }

    /// Returns all rows, repeated `times` times. Python: `repeat`.
    public func `repeat`(_ times: Int) -> ArrowDataset { selected((0..<max(0, times)).flatMap { _ in 0..<count }) }

    /// Returns the rows in random order. Uses NumPy's default generator, so a seed gives the same order as in Python.
    /// Python: `shuffle`.
    /// - Parameter seed: the generator's seed; nil for a random seed.
    public func shuffle(seed: UInt64? = nil) -> ArrowDataset {
        var generator = PCG64(seed: seed ?? .random(in: 0...UInt64(UInt32.max)))
        return selected(generator.permutation(count))
    }

    /// Returns one of `numShards` parts whose sizes differ by at most one row. Python: `shard`.
    /// - Parameters:
    ///   - numShards: the number of parts.
    ///   - index: the number of the part to return.
    ///   - contiguous: whether a part consists of neighbouring rows; if false, part i has the rows whose number is i
    ///     modulo `numShards`.
    /// - Precondition: 0 ≤ `index` < `numShards`.
    public func shard(numShards: Int, index: Int, contiguous: Bool = true) -> ArrowDataset {
        guard index >= 0, index < numShards else { return .failed(.value, "index should be in [0, num_shards-1]") }
        if !contiguous { return selected(Array(stride(from: index, to: count, by: numShards))) }
        let (size, rest) = count.quotientAndRemainder(dividingBy: numShards)
        let start = size * index + min(index, rest)
        return selected(Array(start..<start + size + (index < rest ? 1 : 0)))
    }

    /// Returns the rows for which `isIncluded` returns true. Python: `filter`.
    /// - Parameters:
    ///   - numProc: the number of threads.
    ///   - isIncluded: returns whether to keep a row.
    /// - Throws: the errors of `isIncluded`; `TorchError` if a file is damaged.
    public func filter(numProc: Int = 1, _ isIncluded: @Sendable (Row) throws -> Bool) throws -> ArrowDataset {
        try filter(numProc: numProc, withIndices: { row, _ in try isIncluded(row) })
    }

    /// Like `filter(numProc:_:)`, with the row's number as second argument. Python: `filter(with_indices=True)`.
    public func filter(
        numProc: Int = 1, withIndices isIncluded: @Sendable (Row, Int) throws -> Bool
    ) throws -> ArrowDataset {
        let parts = try inParts(count, numProc) { range in try range.filter { try isIncluded(rowUnchecked($0), $0) } }
        return selected(parts.flatMap { $0 })
    }

    /// Returns the different values of a column, in order of first appearance. Python: `unique`.
    /// - Precondition: there is a column of this name.
    /// - Throws: `TorchError` if a file is damaged.
    public func unique(_ column: String) throws -> [Value] {
        guard features[column] != nil else {
            raise(.value, "Column (\(column)) not in table columns (\(PythonRepr.of(columnNames))).")
            return []
        }
        if features[column] == .json {
            raise(.notImplemented, "Function 'unique' has no kernel matching input types (extension<arrow.json>)")
            return []
        }
        var seen: Set<Value> = []
        // Floats are compared by their bits, as in Arrow: -0.0 and 0.0 are different, and NaNs with the same bits are
        // equal.
        return try self[column].values().filter { value in
            if case .double(let number) = value { return seen.insert(.uint(number.bitPattern)).inserted }
            return seen.insert(value).inserted
        }
    }
}

/// Returns the part of a data set that one of several processes reads: neighbouring rows, whose numbers differ by at
/// most one between the processes. Python: `datasets.distributed.split_dataset_by_node`.
/// - Precondition: 0 ≤ `rank` < `worldSize`.
public func splitDatasetByNode(_ dataset: ArrowDataset, rank: Int, worldSize: Int) -> ArrowDataset {
    dataset.shard(numShards: worldSize, index: rank)
}

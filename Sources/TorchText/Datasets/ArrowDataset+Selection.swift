@_spi(Interop) import Torch

extension ArrowDataset {
    /// - Precondition: the numbers lie between 0 and `count`.
    func selected(_ rows: [Int]) -> ArrowDataset {
        ArrowDataset(
            table, features: features, indices: indices.map { indices in rows.map { indices[$0] } } ?? rows,
            split: split)
    }

    /// The rows of these numbers, in this order. Python: `select`.
    /// - Precondition: -count ≤ each number < count.
    public func select(_ rows: some Sequence<Int>) -> ArrowDataset {
        var places: [Int] = []
        for row in rows {
            guard let place = checked(row) else {
                return .failed(.index, "Index \(row) out of range for dataset of size \(count).")
            }
            places.append(place)
        }
        return selected(places)
    }

    /// The first rows, or all where there are fewer. Python: `take`.
    public func take(_ n: Int) -> ArrowDataset { selected(Array(0..<max(0, min(n, count)))) }

    /// All but the first rows. Python: `skip`.
    public func skip(_ n: Int) -> ArrowDataset { selected(Array(max(0, min(n, count))..<count)) }

    /// All rows so many times over. Python: `repeat`.
    public func `repeat`(_ times: Int) -> ArrowDataset { selected((0..<max(0, times)).flatMap { _ in 0..<count }) }

    /// The rows in random order: that of NumPy's default generator, so a seed gives the order it gives in Python.
    /// Python: `shuffle`.
    /// - Parameter seed: a random one where nil.
    public func shuffle(seed: UInt64? = nil) -> ArrowDataset {
        var generator = PCG64(seed: seed ?? .random(in: 0...UInt64(UInt32.max)))
        return selected(generator.permutation(count))
    }

    /// One of `numShards` parts of nearly one size. Python: `shard`.
    /// - Parameters:
    ///   - numShards: how many parts there are.
    ///   - index: which of them.
    ///   - contiguous: neighbours stay together; otherwise part i has every row whose number is i modulo `numShards`.
    /// - Precondition: 0 ≤ `index` < `numShards`.
    public func shard(numShards: Int, index: Int, contiguous: Bool = true) -> ArrowDataset {
        guard index >= 0, index < numShards else { return .failed(.value, "index should be in [0, num_shards-1]") }
        if !contiguous { return selected(Array(stride(from: index, to: count, by: numShards))) }
        let (size, rest) = count.quotientAndRemainder(dividingBy: numShards)
        let start = size * index + min(index, rest)
        return selected(Array(start..<start + size + (index < rest ? 1 : 0)))
    }

    /// The rows for which `isIncluded` holds. Python: `filter`.
    /// - Parameters:
    ///   - numProc: threads at work.
    ///   - isIncluded: whether a row stays.
    /// - Throws: what `isIncluded` throws; `TorchError` where a file is damaged.
    public func filter(numProc: Int = 1, _ isIncluded: @Sendable (Row) throws -> Bool) throws -> ArrowDataset {
        try filter(numProc: numProc, withIndices: { row, _ in try isIncluded(row) })
    }

    /// The same with each row's number. Python: `filter(with_indices=True)`.
    public func filter(
        numProc: Int = 1, withIndices isIncluded: @Sendable (Row, Int) throws -> Bool
    ) throws -> ArrowDataset {
        let parts = try inParts(count, numProc) { range in try range.filter { try isIncluded(rowUnchecked($0), $0) } }
        return selected(parts.flatMap { $0 })
    }

    /// The different values of a column in the order in which they appear. Python: `unique`.
    /// - Precondition: there is a column of this name.
    /// - Throws: `TorchError` where a file is damaged.
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
        // Floats are told apart by their bits, as in Arrow: -0.0 and 0.0 are two, and one NaN is one value.
        return try self[column].values().filter { value in
            if case .double(let number) = value { return seen.insert(.uint(number.bitPattern)).inserted }
            return seen.insert(value).inserted
        }
    }
}

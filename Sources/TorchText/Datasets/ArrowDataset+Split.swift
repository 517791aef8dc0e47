import Torch

extension ArrowDataset {
    /// The size of a part of a data set: a number of rows, or a fraction of all rows.
    public enum PartSize: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
        CustomStringConvertible
    {
        /// A number of rows.
        case rows(Int)
        /// A fraction of all rows, between 0 and 1.
        case fraction(Double)

        /// Creates a number of rows from a literal.
        public init(integerLiteral value: Int) { self = .rows(value) }
        /// Creates a fraction of the rows from a literal.
        public init(floatLiteral value: Double) { self = .fraction(value) }

        public var description: String {
            switch self {
            case .rows(let rows): "\(rows)"
            case .fraction(let fraction): PythonRepr.of(fraction)
            }
        }

        fileprivate func isSound(_ count: Int) -> Bool {
            switch self {
            case .rows(let rows): rows > 0 && rows < count
            case .fraction(let fraction): fraction > 0 && fraction < 1
            }
        }
    }

    /// Splits the rows into two parts, `train` and `test`. Uses NumPy's default generator, so a seed gives the same
    /// parts as in Python. Python: `train_test_split`.
    /// - Parameters:
    ///   - testSize: the size of `test`; if both sizes are nil, a quarter.
    ///   - trainSize: the size of `train`; nil for the remaining rows.
    ///   - shuffle: whether to choose rows at random; if false, cuts the data set in two.
    ///   - seed: the generator's seed; nil for a random seed.
    ///   - stratifyByColumn: a column of class labels; both parts then have the same proportions of classes.
    /// - Precondition: neither part is empty or has all rows; the column holds class labels with at least two rows per
    ///   class.
    /// - Throws: `TorchError` if a file is damaged.
    public func trainTestSplit(
        testSize: PartSize? = nil, trainSize: PartSize? = nil, shuffle: Bool = true, seed: UInt64? = nil,
        stratifyByColumn: String? = nil
    ) throws -> DatasetDict {
        func mistake(_ message: String) -> DatasetDict {
            raise(.value, message)
            return DatasetDict([("train", .empty), ("test", .empty)])
        }
        let n = count
        if n == 0 { return DatasetDict([("train", self), ("test", self)]) }
        let testSize = testSize ?? (trainSize == nil ? .fraction(0.25) : nil)
        for (name, size) in [("test_size", testSize), ("train_size", trainSize)] {
            if let size, !size.isSound(n) {
                return mistake(
                    "\(name)=\(size) should be either positive and smaller than the number of samples \(n) or a float in the (0, 1) range"
                )
            }
        }
        if case .fraction(let train)? = trainSize, case .fraction(let test)? = testSize, train + test > 1 {
            return mistake(
                "The sum of test_size and train_size = \(PythonRepr.of(train + test)), should be in the (0, 1) range. Reduce test_size and/or train_size."
            )
        }
        func rows(_ size: PartSize?, _ rounding: FloatingPointRoundingRule) -> Int? {
            switch size {
            case .rows(let rows): rows
            case .fraction(let fraction): Int((fraction * Double(n)).rounded(rounding))
            case nil: nil
            }
        }
        var (train, test) = (rows(trainSize, .down), rows(testSize, .up))
        if train == nil { train = n - (test ?? 0) }
        if test == nil { test = n - (train ?? 0) }
        guard let train, let test, train <= n - test else {
            return mistake(
                "The sum of train_size and test_size = \((train ?? 0) + (test ?? 0)), should be smaller than the number of samples \(n). Reduce test_size and/or train_size."
            )
        }
        guard train > 0 else {
            return mistake(
                "With n_samples=\(n), test_size=\(testSize?.description ?? "None") and train_size=\(trainSize?.description ?? "None"), the resulting train set will be empty. Adjust any of the aforementioned parameters."
            )
        }
        var parts: (train: [Int], test: [Int])
        var generator = PCG64(seed: seed ?? .random(in: 0...UInt64(UInt32.max)))
        switch (shuffle, stratifyByColumn) {
        case (false, nil): parts = (Array(0..<train), Array(train..<train + test))
        case (false, _?): return mistake("Stratified train/test split is not implemented for `shuffle=False`")
        case (true, nil):
            let order = generator.permutation(n)
            parts = (Array(order[test..<test + train]), Array(order[..<test]))
        case (true, let column?):
            guard let feature = features[column] else {
                return mistake("Key \(column) not found in \(PythonRepr.of(columnNames))")
            }
            guard case .classLabel = feature else {
                return mistake(
                    "Stratifying by column is only supported for ClassLabel column, and column \(column) is \(feature)."
                )
            }
            var strata = Strata(try self[column].values())
            guard strata.smallest >= 2 else {
                return mistake(
                    "The least populated class in \(column) column has only 1 member, which is too few. The minimum number of groups for any class cannot be less than 2."
                )
            }
            for (name, size) in [("train_size", train), ("test_size", test)] where size < strata.count {
                return mistake(
                    "The \(name) = \(size) should be greater or equal to the number of classes = \(strata.count)")
            }
            parts = strata.split(train: train, test: test, &generator)
        }
        return DatasetDict([("train", selected(parts.train)), ("test", selected(parts.test))])
    }
}

/// The rows of each class, for a split in which both parts keep the classes' proportions. Scikit-learn:
/// `StratifiedShuffleSplit`.
private struct Strata {
    private let classes: [[Int]]

    init(_ labels: [Value]) {
        var classes: [Int: [Int]] = [:]
        for (row, label) in labels.enumerated() { classes[label.int ?? .min, default: []].append(row) }
        self.classes = classes.sorted { $0.key < $1.key }.map(\.value)
    }

    var count: Int { classes.count }
    var smallest: Int { classes.map(\.count).min() ?? 0 }

    mutating func split(train: Int, test: Int, _ generator: inout PCG64) -> (train: [Int], test: [Int]) {
        let sizes = classes.map(\.count)
        let trainSizes = Strata.shares(sizes, train, &generator)
        let testSizes = Strata.shares(zip(sizes, trainSizes).map { $0 - $1 }, test, &generator)
        var result: (train: [Int], test: [Int]) = ([], [])
        for (position, rows) in classes.enumerated() {
            let order = generator.permutation(rows.count).map { rows[$0] }
            result.train += order[..<trainSizes[position]]
            result.test += order[trainSizes[position]..<trainSizes[position] + testSizes[position]]
        }
        generator.shuffle(&result.train)
        generator.shuffle(&result.test)
        return result
    }

    /// Returns the most likely number of rows of each class among `draws` rows. Breaks ties at random.
    private static func shares(_ sizes: [Int], _ draws: Int, _ generator: inout PCG64) -> [Int] {
        let total = Double(sizes.reduce(0, +))
        let exact = sizes.map { Double(draws) * Double($0) / total }
        var shares = exact.map { Int($0.rounded(.down)) }
        var missing = draws - shares.reduce(0, +)
        let remainders = exact.map { $0 - $0.rounded(.down) }
        for remainder in Set(remainders).sorted(by: >) where missing > 0 {
            let tied = remainders.indices.filter { remainders[$0] == remainder }
            let chosen = generator.choice(tied.count, size: min(tied.count, missing))
            for position in chosen { shares[tied[position]] += 1 }
            missing -= chosen.count
        }
        return shares
    }
}

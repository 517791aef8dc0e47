/// The numbers below `count` in random order, or drawn with replacement. PyTorch: `torch.utils.data.RandomSampler`.
///
/// Without a generator of its own, a pass draws one int64 from the default generator, which seeds the pass's own; with
/// one, it draws from that: a `randperm` for each
/// time that `numSamples` goes through all numbers, and one more of which what is left over is taken (at the end of the
/// pass, even where that is nothing).
public struct RandomSampler: Sampler {
    /// Numbers a pass gives.
    public let count: Int
    public let replacement: Bool
    private let range: Int
    private let generator: Generator?

    /// - Precondition: there is something to draw from, and `numSamples`, by default `count`, is positive.
    public init(count range: Int, replacement: Bool = false, numSamples: Int? = nil, generator: Generator? = nil) {
        let samples = numSamples ?? range
        let ok = samples > 0 && range > 0
        if !ok {
            raise(
                .value, "num_samples should be a positive integer value, but got num_samples=\(range > 0 ? samples : 0)"
            )
        }
        self.range = range
        count = ok ? samples : 0
        self.replacement = replacement
        self.generator = generator
    }

    public init(_ dataset: some Dataset, replacement: Bool = false, numSamples: Int? = nil, generator: Generator? = nil)
    {
        self.init(count: dataset.count, replacement: replacement, numSamples: numSamples, generator: generator)
    }

    public func makeIterator() -> Iterator { Iterator(self) }

    public struct Iterator: IteratorProtocol {
        private let sampler: RandomSampler
        private var generator: Generator?
        private var drawn: [Int] = []
        private var position = 0
        private var left: Int
        private var isOver = false

        init(_ sampler: RandomSampler) {
            self.sampler = sampler
            left = sampler.count
            isOver = sampler.count == 0
        }

        public mutating func next() -> Int? {
            while position == drawn.count {
                if isOver { return nil }
                draw()
            }
            defer { position += 1 }
            return drawn[position]
        }

        private mutating func draw() {
            let generator = generator ?? sampler.generator ?? Draws.seeded(by: Draws.seed(.default))
            self.generator = generator
            position = 0
            let piece = sampler.replacement ? 32 : sampler.range
            let isLast = left < piece
            if sampler.replacement {
                drawn = Draws.integers(isLast ? left : piece, below: sampler.range, generator)
            } else {
                drawn = Draws.permutation(sampler.range, generator)
                if isLast { drawn.removeSubrange(left...) }
            }
            left -= drawn.count
            isOver = isLast
        }
    }
}

/// The given numbers in random order. PyTorch: `torch.utils.data.SubsetRandomSampler`.
public struct SubsetRandomSampler: Sampler {
    public let indices: [Int]
    private let generator: Generator

    public init(_ indices: [Int], generator: Generator = .default) {
        self.indices = indices
        self.generator = generator
    }

    public var count: Int { indices.count }

    /// The `randperm` is drawn with the first number.
    public func makeIterator() -> AnyIterator<Int> {
        var order: IndexingIterator<[Int]>?
        return AnyIterator {
            var numbers = order ?? Draws.permutation(indices.count, generator).makeIterator()
            defer { order = numbers }
            return numbers.next().map { indices[$0] }
        }
    }
}

/// Numbers below the count of `weights`, drawn with these probabilities (they need not sum to 1). PyTorch:
/// `torch.utils.data.WeightedRandomSampler`.
public struct WeightedRandomSampler: Sampler {
    public let weights: [Double]
    /// Numbers a pass gives.
    public let count: Int
    public let replacement: Bool
    private let generator: Generator

    /// - Precondition: `numSamples` is positive; the weights are as `multinomial` takes them.
    public init(_ weights: [Double], _ numSamples: Int, replacement: Bool = true, generator: Generator = .default) {
        if numSamples <= 0 {
            raise(.value, "num_samples should be a positive integer value, but got num_samples=\(numSamples)")
        }
        self.weights = weights
        count = Swift.max(numSamples, 0)
        self.replacement = replacement
        self.generator = generator
    }

    /// All numbers are drawn with the first.
    public func makeIterator() -> AnyIterator<Int> {
        var order: IndexingIterator<[Int]>?
        return AnyIterator {
            var numbers =
                order
                ?? (count == 0
                ? []
                : Tensor(weights, dtype: .float64).multinomial(count, replacement: replacement, generator: generator)
                    .toArray()).makeIterator()
            defer { order = numbers }
            return numbers.next()
        }
    }
}

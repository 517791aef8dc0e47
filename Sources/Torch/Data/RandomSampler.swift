/// A sampler of the numbers below `count` in random order, or with replacement.
/// PyTorch: `torch.utils.data.RandomSampler`.
///
/// Without its own generator, a pass draws one int64 from the default generator to seed a new generator. With one, the
/// pass draws from it directly. Without replacement, it draws one `randperm` for each full pass of `numSamples` through
/// the numbers, and one more at the end for the remainder, even if the remainder is empty.
public struct RandomSampler: Sampler {
    /// The number of samples in one pass.
    public let count: Int
    /// Whether numbers are drawn with replacement.
    public let replacement: Bool
    private let range: Int
    private let generator: Generator?

    /// Creates a sampler of the numbers below `count`.
    /// - Precondition: `count` is positive, and `numSamples`, by default `count`, is positive.
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

    /// Creates a sampler of the indices of a dataset.
    public init(_ dataset: some Dataset, replacement: Bool = false, numSamples: Int? = nil, generator: Generator? = nil)
    {
        self.init(count: dataset.count, replacement: replacement, numSamples: numSamples, generator: generator)
    }

    public func makeIterator() -> Iterator { Iterator(self) }

    /// An iterator over one pass.
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
            let generator = generator ?? sampler.generator ?? SamplerDraws.seeded(by: SamplerDraws.seed(.default))
            self.generator = generator
            position = 0
            let piece = sampler.replacement ? 32 : sampler.range
            let isLast = left < piece
            if sampler.replacement {
                drawn = SamplerDraws.integers(isLast ? left : piece, below: sampler.range, generator)
            } else {
                drawn = SamplerDraws.permutation(sampler.range, generator)
                if isLast { drawn.removeSubrange(left...) }
            }
            left -= drawn.count
            isOver = isLast
        }
    }
}

/// A sampler of the given indices in random order. PyTorch: `torch.utils.data.SubsetRandomSampler`.
public struct SubsetRandomSampler: Sampler {
    /// The indices to sample from.
    public let indices: [Int]
    private let generator: Generator

    /// Creates a sampler of the given indices.
    public init(_ indices: [Int], generator: Generator = .default) {
        self.indices = indices
        self.generator = generator
    }

    /// The number of indices.
    public var count: Int { indices.count }

    /// Returns an iterator. It draws the `randperm` when the first index is read.
    public func makeIterator() -> AnyIterator<Int> {
        var order: IndexingIterator<[Int]>?
        return AnyIterator {
            var numbers = order ?? SamplerDraws.permutation(indices.count, generator).makeIterator()
            defer { order = numbers }
            return numbers.next().map { indices[$0] }
        }
    }
}

/// A sampler of the indices of `weights` with these probabilities. They need not sum to 1.
/// PyTorch: `torch.utils.data.WeightedRandomSampler`.
public struct WeightedRandomSampler: Sampler {
    /// The weight of each index.
    public let weights: [Double]
    /// The number of samples in one pass.
    public let count: Int
    /// Whether indices are drawn with replacement.
    public let replacement: Bool
    private let generator: Generator

    /// Creates a sampler of the indices of `weights`.
    /// - Precondition: `numSamples` is positive, and the weights are valid for `multinomial`.
    public init(_ weights: [Double], _ numSamples: Int, replacement: Bool = true, generator: Generator = .default) {
        if numSamples <= 0 {
            raise(.value, "num_samples should be a positive integer value, but got num_samples=\(numSamples)")
        }
        self.weights = weights
        count = Swift.max(numSamples, 0)
        self.replacement = replacement
        self.generator = generator
    }

    /// Returns an iterator. It draws all indices when the first one is read.
    public func makeIterator() -> AnyIterator<Int> {
        var order: IndexingIterator<[Int]>?
        return AnyIterator {
            var numbers =
                order
                ?? (count == 0
                ? []
                : Tensor(weights, dtype: .float64, device: .cpu).multinomial(
                    count, replacement: replacement, generator: generator
                )
                .toArray()).makeIterator()
            defer { order = numbers }
            return numbers.next()
        }
    }
}

/// The order in which a loader reads elements or, if the elements are arrays of indices, batches.
/// PyTorch: `torch.utils.data.Sampler`.
///
/// Samplers draw random numbers when indices are read, not before. This keeps the draws in PyTorch's order.
///
/// A sampler of your own has a `count` and makes an iterator over the indices of one pass.
public protocol Sampler<Element>: Sequence {
    /// The number of elements of one pass.
    var count: Int { get }
}

extension Sampler {
    func erasedIterator() -> AnyIterator<Element> { AnyIterator(makeIterator()) }
}

/// Any array of indices is a sampler; any array of arrays of indices is a batch sampler.
extension Array: Sampler {}
extension Range: Sampler where Bound == Int {}

/// A sampler of 0, 1, 2, … PyTorch: `torch.utils.data.SequentialSampler`.
public struct SequentialSampler: Sampler {
    /// The number of indices.
    public let count: Int

    /// Creates a sampler of the numbers below `count`.
    public init(count: Int) { self.count = Swift.max(0, count) }
    /// Creates a sampler of the indices of a dataset.
    public init(_ dataset: some Dataset) { self.init(count: dataset.count) }

    public func makeIterator() -> Iterator { Iterator(count: count) }

    /// An iterator over one pass. It is a concrete type because a generic iterator behind `any Sampler` is sixty times
    /// slower.
    public struct Iterator: IteratorProtocol {
        fileprivate let count: Int
        private var position = 0

        fileprivate init(count: Int) { self.count = count }

        public mutating func next() -> Int? {
            if position == count { return nil }
            defer { position += 1 }
            return position
        }
    }
}

/// A sampler of batches: arrays of `batchSize` indices from another sampler. The last one may be shorter, or is dropped
/// if `dropLast`. PyTorch: `torch.utils.data.BatchSampler`.
public struct BatchSampler: Sampler {
    /// The sampler of the indices.
    public let sampler: any Sampler<Int>
    /// The number of indices per batch.
    public let batchSize: Int
    /// Whether an incomplete last batch is dropped.
    public let dropLast: Bool

    /// Creates a batch sampler.
    /// - Precondition: `batchSize` is positive.
    public init(_ sampler: any Sampler<Int>, batchSize: Int, dropLast: Bool) {
        if batchSize <= 0 {
            raise(.value, "batch_size should be a positive integer value, but got batch_size=\(batchSize)")
        }
        self.sampler = sampler
        self.batchSize = Swift.max(1, batchSize)
        self.dropLast = dropLast
    }

    /// The number of batches.
    public var count: Int {
        let (full, rest) = sampler.count.quotientAndRemainder(dividingBy: batchSize)
        return dropLast || rest == 0 ? full : full + 1
    }

    public func makeIterator() -> AnyIterator<[Int]> {
        let numbers = sampler.erasedIterator()
        return AnyIterator {
            var batch: [Int] = []
            batch.reserveCapacity(Swift.min(batchSize, sampler.count))
            while batch.count < batchSize, let number = numbers.next() { batch.append(number) }
            return batch.isEmpty || dropLast && batch.count < batchSize ? nil : batch
        }
    }
}

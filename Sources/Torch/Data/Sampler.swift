/// The order in which a loader asks for elements, or (with lists of numbers) for batches. PyTorch:
/// `torch.utils.data.Sampler`.
///
/// Random numbers are drawn while the numbers are being asked for, not before: that is what keeps the draws in
/// PyTorch's order.
public protocol Sampler<Element>: Sequence {
    /// How many numbers, or lists of them, one pass gives.
    var count: Int { get }
}

extension Sampler {
    func erasedIterator() -> AnyIterator<Element> { AnyIterator(makeIterator()) }
}

/// Any list of numbers can stand for a sampler, any list of lists for a batch sampler.
extension Array: Sampler {}
extension Range: Sampler where Bound == Int {}

/// 0, 1, 2, … PyTorch: `torch.utils.data.SequentialSampler`.
public struct SequentialSampler: Sampler {
    public let count: Int

    public init(count: Int) { self.count = Swift.max(0, count) }
    public init(_ dataset: some Dataset) { self.init(count: dataset.count) }

    public func makeIterator() -> Iterator { Iterator(count: count) }

    /// A type of its own rather than the range's: behind `any Sampler` a generic iterator takes sixty times as long.
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

/// Lists of `batchSize` numbers of another sampler; the last may be shorter, or is left out with `dropLast`. PyTorch:
/// `torch.utils.data.BatchSampler`.
public struct BatchSampler: Sampler {
    public let sampler: any Sampler<Int>
    public let batchSize: Int
    public let dropLast: Bool

    /// - Precondition: `batchSize` is positive.
    public init(_ sampler: any Sampler<Int>, batchSize: Int, dropLast: Bool) {
        if batchSize <= 0 {
            raise(.value, "batch_size should be a positive integer value, but got batch_size=\(batchSize)")
        }
        self.sampler = sampler
        self.batchSize = Swift.max(1, batchSize)
        self.dropLast = dropLast
    }

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

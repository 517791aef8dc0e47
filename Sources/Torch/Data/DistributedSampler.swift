/// A sampler of the indices that one of several processes reads. Each process has the same number of indices.
/// PyTorch: `torch.utils.data.distributed.DistributedSampler`.
///
/// The order of all indices is the same in every process; process `rank` takes every `numReplicas`-th of it. If the
/// number of elements is not divisible, the first indices are repeated at the end, or the last ones are left out if
/// `dropLast` is true.
///
///     let sampler = DistributedSampler(dataset, numReplicas: 4, rank: 1)
///     let loader = DataLoader(dataset, batchSize: 64, sampler: sampler)
///     for epoch in 0..<epochs {
///         sampler.setEpoch(epoch)   // another order in each epoch
///         for batch in loader { … }
///     }
public final class DistributedSampler: Sampler {
    /// The number of processes.
    public let numReplicas: Int
    /// The number of this process.
    public let rank: Int
    /// Whether the order is random.
    public let shuffle: Bool
    /// The number that, with the epoch, determines a random order. It is the same in all processes.
    public let seed: Int
    /// Whether the last indices are left out, instead of the first being repeated.
    public let dropLast: Bool
    /// The epoch that `setEpoch` set.
    public private(set) var epoch = 0
    /// The number of indices of one process.
    public let count: Int
    private let total: Int

    /// Creates a sampler of the numbers below `count`.
    /// - Precondition: `rank` is below `numReplicas`, and not negative.
    public init(
        count total: Int, numReplicas: Int, rank: Int, shuffle: Bool = true, seed: Int = 0, dropLast: Bool = false
    ) {
        let isValid = rank >= 0 && rank < numReplicas
        if !isValid {
            raise(.value, "Invalid rank \(rank), rank should be in the interval [0, \(numReplicas - 1)]")
        }
        self.total = isValid ? Swift.max(0, total) : 0
        self.numReplicas = isValid ? numReplicas : 1
        self.rank = isValid ? rank : 0
        self.shuffle = shuffle
        self.seed = seed
        self.dropLast = dropLast
        let (full, rest) = self.total.quotientAndRemainder(dividingBy: self.numReplicas)
        count = dropLast || rest == 0 ? full : full + 1
    }

    /// Creates a sampler of the indices of a dataset.
    public convenience init(
        _ dataset: some Dataset, numReplicas: Int, rank: Int, shuffle: Bool = true, seed: Int = 0,
        dropLast: Bool = false
    ) {
        self.init(
            count: dataset.count, numReplicas: numReplicas, rank: rank, shuffle: shuffle, seed: seed,
            dropLast: dropLast)
    }

    /// Sets the epoch, so that the next pass has another random order. PyTorch: `DistributedSampler.set_epoch`.
    public func setEpoch(_ epoch: Int) { self.epoch = epoch }

    /// Returns an iterator over one pass. It does not draw from the default generator.
    public func makeIterator() -> AnyIterator<Int> {
        if total == 0 { return AnyIterator { nil } }
        let order = shuffle ? SamplerDraws.permutation(total, SamplerDraws.seeded(by: Int64(seed &+ epoch))) : nil
        var taken = 0
        return AnyIterator { [count, total, rank, numReplicas] in
            if taken == count { return nil }
            let position = (rank + taken * numReplicas) % total
            taken += 1
            return order?[position] ?? position
        }
    }
}

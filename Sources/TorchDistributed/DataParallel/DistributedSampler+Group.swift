import Torch

extension DistributedSampler {
    /// Creates a sampler of the indices of a dataset that this process reads.
    /// - Precondition: the default group exists.
    public convenience init(
        _ dataset: some Dataset, shuffle: Bool = true, seed: Int = 0, dropLast: Bool = false
    ) {
        self.init(
            dataset, numReplicas: dist.getWorldSize(), rank: dist.getRank(), shuffle: shuffle, seed: seed,
            dropLast: dropLast)
    }
}

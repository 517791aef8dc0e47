import Testing
import Torch

/// Batches of elements of similar length: the indices are sorted by length and cut into batches.
private struct BucketSampler: Sampler {
    let lengths: [Int]
    let batchSize: Int

    var count: Int { (lengths.count + batchSize - 1) / batchSize }

    func makeIterator() -> IndexingIterator<[[Int]]> {
        let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
        let starts = stride(from: 0, to: order.count, by: batchSize)
        return starts.map { Array(order[$0..<Swift.min($0 + batchSize, order.count)]) }.makeIterator()
    }
}

/// Every second index, from another start in each pass.
private final class AlternatingSampler: Sampler {
    private let range: Range<Int>
    private var pass = 0

    init(_ range: Range<Int>) { self.range = range }

    var count: Int { range.count / 2 }

    func makeIterator() -> AnyIterator<Int> {
        var next = range.lowerBound + pass % 2, left = count
        pass += 1
        return AnyIterator {
            if left == 0 { return nil }
            defer {
                next += 2
                left -= 1
            }
            return next
        }
    }
}

@Suite struct CustomSamplerTests {
    private let dataset = TensorDataset(Tensor.arange(6) * 10)

    @Test(arguments: [0, 2]) func aBatchSampler(workers: Int) {
        let sampler = BucketSampler(lengths: [5, 1, 4, 2, 3], batchSize: 2)
        let loader = DataLoader(dataset, batchSampler: sampler, numWorkers: workers)
        #expect(loader.count == 3)
        #expect(loader.map { $0.toArray(as: Int.self) } == [[10, 30], [40, 20], [0]])
    }

    @Test(arguments: [0, 2]) func aSampler(workers: Int) {
        let loader = DataLoader(dataset, batchSize: 2, sampler: AlternatingSampler(0..<6), numWorkers: workers)
        #expect(loader.count == 2)
        #expect(loader.map { $0.toArray(as: Int.self) } == [[0, 20], [40]])
        #expect(loader.map { $0.toArray(as: Int.self) } == [[10, 30], [50]])
    }

    @Test func itIsCutIntoBatches() {
        let batches = BatchSampler(AlternatingSampler(0..<8), batchSize: 3, dropLast: true)
        #expect(batches.count == 1 && Array(batches) == [[0, 2, 4]])
    }
}

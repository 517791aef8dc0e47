// The code of Sources/Torch/Torch.docc/DatasetsAndLoaders.md. Scripts/guides.py writes this file.
import Foundation
import Torch
import TorchVision

func datasetsAndLoaders() async throws {
    manualSeed(0)
    let numbers = Tensor.arange(10)
    let dataset = TensorDataset(numbers, numbers.float() / 10)
    print(dataset.count, dataset[3]) // 10 (tensor(3), tensor(0.3000))

    for (x, y) in DataLoader(dataset, batchSize: 4) {
        print(x, y.shape)
    }

    struct Lines: Dataset {
        let lines: [String]

        init(_ path: String) throws {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            lines = text.split(separator: "\n").map(String.init)
        }

        var count: Int { lines.count }

        subscript(index: Int) -> (Tensor, Double) {
            get throws {
                let fields = lines[index].split(separator: ",").compactMap {
                    Double($0)
                }
                guard fields.count == 3 else {
                    throw TorchError(
                        .value, "line \(index + 1) is not three numbers")
                }
                return (Tensor(Array(fields[..<2])).float(), fields[2])
            }
        }
    }

    let text = "1,2,0.5\n3,4,1.5\n5,6,2.5\n"
    try text.write(toFile: "points.csv", atomically: true, encoding: .utf8)
    for (x, y) in DataLoader(try Lines("points.csv"), batchSize: 2) {
        print(x, y)
    }

    struct Ratings: Dataset {
        typealias Batch = (Tensor, [String], Tensor)
        let count = 4

        subscript(index: Int) -> (Tensor, String, Int) {
            (Tensor.full([2], index), "user \(index)", index % 2)
        }

        func collate(_ elements: [(Tensor, String, Int)]) throws -> Batch {
            try defaultCollate(elements)
        }
    }

    for (features, users, ratings) in DataLoader(Ratings(), batchSize: 4) {
        print(features.shape) // torch.Size([4, 2])
        print(users) // ["user 0", "user 1", "user 2", "user 3"]
        print(ratings) // tensor([0, 1, 0, 1])
    }

    let sequences = [[1, 2, 3], [4], [5, 6]].map { Tensor($0) }
    let padded = DataLoader(
        sequences, batchSize: 3,
        collate: { batch in
            (padSequence(batch, batchFirst: true), Tensor(batch.map(\.count)))
        })
    for (words, lengths) in padded {
        print(words, lengths)
    }

    let parts = randomSplit(
        dataset, [0.8, 0.2], generator: Generator().manualSeed(42))
    print(parts[0].count, parts[1].indices) // 8 [3, 7]
    print(ConcatDataset(parts).count) // 10
    print(Subset(dataset, [1, 3, 5]))
    // Subset(TensorDataset([10], [10]), 3)

    let shuffled = DataLoader(
        dataset, batchSize: 5, shuffle: true,
        generator: Generator().manualSeed(0))
    for (x, _) in shuffled {
        print(x)
    }

    for (x, _) in DataLoader(dataset, batchSize: 2, sampler: [9, 0]) {
        print(x) // tensor([9, 0])
    }
    let weights = [0.0, 0, 0, 0, 0, 0, 0, 0, 1, 99]
    let sampler = WeightedRandomSampler(weights, 5)
    for (x, _) in DataLoader(dataset, batchSize: 5, sampler: sampler) {
        print(x) // tensor([9, 9, 9, 9, 9])
    }

    struct BucketSampler: Sampler {
        let lengths: [Int]
        let batchSize: Int

        var count: Int { (lengths.count + batchSize - 1) / batchSize }

        func makeIterator() -> IndexingIterator<[[Int]]> {
            let order = lengths.indices.sorted { lengths[$0] < lengths[$1] }
            return stride(from: 0, to: order.count, by: batchSize)
                .map { Array(order[$0...].prefix(batchSize)) }
                .makeIterator()
        }
    }

    let buckets = BucketSampler(
        lengths: [5, 1, 4, 2, 3, 6, 1, 1, 9, 9], batchSize: 5)
    for (x, _) in DataLoader(dataset, batchSampler: buckets) {
        print(x)
    }

    let loader = DataLoader(
        dataset, batchSize: 5, shuffle: true, numWorkers: 2)
    var sum = 0.0
    for (x, _) in loader { sum += x.sum().item() }
    print(sum) // 45.0

    for try await (x, _) in loader { sum += x.sum().item() }
    print(sum) // 90.0

    let wrong = "1,2,0.5\n3,four\n"
    try wrong.write(toFile: "broken.csv", atomically: true, encoding: .utf8)
    do {
        let loader = DataLoader(try Lines("broken.csv"), batchSize: 2)
        try loader.forEachBatch { x, y in print(x, y) }
    } catch {
        print(error) // line 2 is not three numbers
    }

    let images = FakeData(
        size: 8, imageSize: [3, 40, 40],
        transform: Compose {
            RandomCrop(32)
            RandomHorizontalFlip()
            ToTensor()
        })
    for (x, y) in DataLoader(images, batchSize: 8, shuffle: true) {
        print(x.shape, x.dtype, y.shape)
        // torch.Size([8, 3, 32, 32]) torch.float32 torch.Size([8])
    }
}

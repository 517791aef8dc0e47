import Testing
import Torch

/// Ten elements: a float tensor and its index.
private struct Numbers: Dataset {
    var count = 10
    subscript(index: Int) -> (Tensor, Int) { (Tensor([Float(index)]), index) }
}

private func numbers<S: Dataset>(_ loader: DataLoader<S>) -> [[Int]] where S.Batch == (Tensor, Tensor) {
    loader.map { $0.1.toArray() }
}

private func draws(_ count: Int, _ generator: Generator = .default) -> [Int] {
    Tensor.randint(0, 1000, [count], generator: generator).toArray()
}

extension DrawingTests {
    // PyTorch 2.15 printed the numbers of this suite with the same seeds and arguments, for a dataset of 10
    // (tensor([i]), i).
    @Suite struct Loader {
        @Test func withoutShuffleAPassDrawsOneSeed() {
            manualSeed(0)
            let loader = DataLoader(Numbers(), batchSize: 4)
            #expect(numbers(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
            #expect(draws(3) == [933, 760, 963])
        }

        @Test func shuffleDrawsASecondSeed() {
            manualSeed(0)
            let loader = DataLoader(Numbers(), batchSize: 4, shuffle: true)
            #expect(numbers(loader) == [[6, 7, 1, 4], [2, 0, 9, 8], [3, 5]])
            #expect(numbers(loader) == [[2, 4, 7, 0], [8, 9, 5, 3], [6, 1]])
            #expect(draws(3) == [497, 683, 101])
        }

        @Test func aGeneratorOfItsOwnDrawsEverything() {
            manualSeed(0)
            let generator = Generator().manualSeed(7)
            #expect(
                numbers(DataLoader(Numbers(), batchSize: 4, shuffle: true, generator: generator)) == [
                    [1, 3, 5, 7], [9, 4, 6, 2], [8, 0]
                ])
            #expect(
                numbers(DataLoader(Numbers(), batchSize: 5, shuffle: true, generator: generator)) == [
                    [5, 1, 6, 0, 9], [7, 8, 4, 3, 2]
                ])
            #expect(draws(3, generator) == [979, 661, 104])
            #expect(draws(3) == [44, 239, 933])
        }

        @Test func dropLast() {
            manualSeed(3)
            #expect(
                numbers(DataLoader(Numbers(), batchSize: 4, shuffle: true, dropLast: true)) == [
                    [6, 2, 0, 1], [8, 3, 5, 4]
                ])
        }

        @Test func workersChangeNoDraw() {
            for workers in [1, 2, 3, 8] {
                manualSeed(0)
                #expect(
                    numbers(DataLoader(Numbers(), batchSize: 4, shuffle: true, numWorkers: workers)) == [
                        [6, 7, 1, 4], [2, 0, 9, 8], [3, 5]
                    ])
                #expect(draws(3) == [963, 379, 427])
            }
        }

        @Test func aWorkerDrawsFromItsOwnSeed() {
            struct Drawing: Dataset {
                let count = 8
                subscript(index: Int) -> (Tensor, Int) {
                    guard let worker = getWorkerInfo() else { return (Tensor([-1]), -1) }
                    return (
                        Tensor.randint(0, 1000, [1], generator: worker.generator),
                        worker.id * 10000 + Int(worker.seed % 1000)
                    )
                }
            }
            manualSeed(0)
            let batches = DataLoader(Drawing(), batchSize: 2, numWorkers: 2).map {
                ($0.0.toArray(as: Int.self), $0.1.toArray(as: Int.self))
            }
            #expect(batches.map(\.0) == [[906, 10], [724, 2], [804, 13], [724, 613]])
            #expect(batches.map(\.1) == [[455, 455], [10456, 10456], [455, 455], [10456, 10456]])
            #expect(getWorkerInfo() == nil)
        }

        @Test func samplers() {
            manualSeed(3)
            #expect(
                Array(RandomSampler(count: 10, replacement: true, numSamples: 35)) == [
                    7, 8, 5, 1, 8, 6, 2, 2, 3, 9, 8, 6, 2, 5, 5, 4, 2, 5, 8, 4, 1, 8, 5, 1, 3, 1, 7, 4, 2, 1, 1, 5, 3,
                    3, 7
                ])
            #expect(draws(2) == [737, 667])
            #expect(
                Array(RandomSampler(count: 10, numSamples: 23)) == [
                    7, 5, 3, 1, 4, 2, 8, 9, 6, 0, 4, 1, 3, 0, 7, 9, 8, 5, 2, 6, 2, 9, 3
                ])
            let generator = Generator().manualSeed(5)
            #expect(
                Array(RandomSampler(count: 10, numSamples: 23, generator: generator)) == [
                    1, 4, 9, 6, 3, 5, 0, 2, 8, 7, 4, 2, 8, 7, 6, 1, 0, 3, 5, 9, 7, 5, 0
                ])
            #expect(draws(2, generator) == [329, 783])
            manualSeed(3)
            #expect(Array(SubsetRandomSampler([3, 1, 4, 15, 9, 2])) == [9, 3, 15, 4, 1, 2])
            #expect(draws(2) == [280, 840])
        }

        @Test func splits() {
            manualSeed(42)
            #expect(randomSplit(Numbers(), [3, 7]).map(\.indices) == [[2, 6, 1], [8, 4, 5, 0, 9, 3, 7]])
            let generator = Generator().manualSeed(42)
            #expect(
                randomSplit(Numbers(count: 11), [0.3, 0.3, 0.4], generator: generator).map(\.indices) == [
                    [6, 8, 9, 2], [1, 10, 0], [7, 3, 5, 4]
                ])
        }
    }
}

/// Suites that use the default generator. They run one after the other.
@Suite(.serialized) struct DrawingTests {}

@Suite struct DataLoaderTests {
    @Test func countsAndSizes() {
        let loader = DataLoader(Numbers(), batchSize: 4)
        #expect(loader.count == 3)
        #expect(loader.dataset.count == 10)
        #expect(DataLoader(Numbers(), batchSize: 4, dropLast: true).count == 2)
        for (batch, (x, y)) in loader.enumerated() {
            #expect(x.shape == [batch == 2 ? 2 : 4, 1])
            #expect(x.dtype == .float32)
            #expect(y.dtype == .int64)
        }
        #expect(numbers(DataLoader(Numbers(count: 0), batchSize: 4)).isEmpty)
    }

    @Test func samplersOfTheCallers() {
        #expect(numbers(DataLoader(Numbers(), batchSize: 2, sampler: [9, 0, 3])) == [[9, 0], [3]])
        #expect(numbers(DataLoader(Numbers(), batchSampler: [[1], [2, 3], [4]], numWorkers: 2)) == [[1], [2, 3], [4]])
    }

    @Test func collate() throws {
        let loader = DataLoader(Numbers(), batchSize: 4, collate: { elements in elements.map(\.1).reduce(0, +) })
        #expect(Array(loader) == [6, 22, 17])
        let (x, y, z) = try defaultCollate([(1, 2.5, "a"), (3, 4.5, "b")])
        #expect(x.toArray(as: Int.self) == [1, 3])
        #expect(y.dtype == .float64)
        #expect(y.toArray(as: Double.self) == [2.5, 4.5])
        #expect(z == ["a", "b"])
        let table = try [String: Int].collate([["a": 1, "b": 2], ["a": 3, "b": 4]])
        #expect(table["b"]?.toArray(as: Int.self) == [2, 4])
        #expect(throws: TorchError.self) { try [Int].collate([[1], [1, 2]]) }
    }

    /// A regression data set: one number per element.
    @Test func numbersBecomeATensor() {
        struct Readings: Dataset {
            let count = 3
            subscript(index: Int) -> (Tensor, Float) { (Tensor.ones(2), Float(index) / 2) }
        }
        struct Precise: Dataset {
            let count = 3
            subscript(index: Int) -> (Tensor, Double) { (Tensor.ones(2), Double(index) / 2) }
        }
        let (x, y) = DataLoader(Readings(), batchSize: 3).first { _ in true }!
        #expect(x.shape == [3, 2] && y.dtype == .float32 && y.toArray(as: Float.self) == [0, 0.5, 1])
        #expect(DataLoader(Precise(), batchSize: 2).map { $0.1.dtype } == [.float64, .float64])
    }

    @Test func tensors() {
        let x = Tensor.arange(0, 12).view(6, 2), y = Tensor.arange(0, 6)
        let dataset = TensorDataset(x, y)
        let (row, label) = dataset[2]
        #expect(row.toArray(as: Int.self) == [4, 5])
        #expect(label.item(as: Int.self) == 2)
        for workers in [0, 2] {
            var rows: [[Int]] = []
            for (a, b) in DataLoader(dataset, batchSize: 4, numWorkers: workers) {
                #expect(a.shape == [b.count, 2])
                rows.append(a.toArray())
            }
            #expect(rows == [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11]])
        }
        // Rows of a transposed tensor, also with negative indices.
        let turned = TensorDataset(x.t())
        #expect(turned.batch([1, -2]).toArray(as: Int.self) == [1, 3, 5, 7, 9, 11, 0, 2, 4, 6, 8, 10])
        #expect(message { _ = TensorDataset(x, Tensor.zeros(5)) } == "Size mismatch between tensors")
        #expect(message { _ = dataset.batch([6]) } == "index 6 is out of bounds for dimension 0 with size 6")
    }

    @Test func gradientsFlowThroughRows() {
        let x = Tensor.ones(4, 2, requiresGrad: true)
        x.rows([1, 1, 3]).sum().backward()
        #expect(x.grad?.toArray(as: Float.self) == [0, 0, 2, 2, 0, 0, 1, 1])
    }

    @Test func dividedRowsAreTheOperatorsNumbers() {
        let bytes = Tensor((0..<256).map { UInt8($0) }).view(64, 4)
        let order = (0..<64).map { ($0 * 37) % 64 }
        let fused = bytes.rows(order, dividedBy: 255)
        let plain = bytes.rows(order).to(.float32).div(255)
        #expect(fused.toArray(as: Float.self).map(\.bitPattern) == plain.toArray(as: Float.self).map(\.bitPattern))
    }

    @Test func concatenated() throws {
        let both = ConcatDataset([Numbers(count: 3), Numbers(count: 0), Numbers(count: 4)])
        #expect(both.count == 7)
        #expect(both.cumulativeSizes == [3, 3, 7])
        #expect(try (0..<7).map { try both[$0].1 } == [0, 1, 2, 0, 1, 2, 3])
        #expect(try both[-1].1 == 3)
        #expect(numbers(DataLoader(both, batchSize: 4)) == [[0, 1, 2, 0], [1, 2, 3]])
        #expect(throws: TorchError(.index, "absolute value of index should not exceed dataset length")) { try both[7] }
    }

    @Test func subsets() throws {
        let subset = Subset(Numbers(), [7, 3, 5])
        #expect(try subset[-1].1 == 5)
        #expect(numbers(DataLoader(subset, batchSize: 2)) == [[7, 3], [5]])
        #expect(throws: TorchError.self) { try subset.batch([3]) }
    }

    @Test func workersKeepTheOrder() {
        struct Uneven: Dataset {
            let count = 200
            subscript(index: Int) -> (Tensor, Int) {
                // Some batches take much longer than others.
                let size = index % 7 == 0 ? 200_000 : 1
                return (Tensor.ones(size).sum().view(1), index)
            }
        }
        for workers in [1, 2, 5] {
            let seen = DataLoader(Uneven(), batchSize: 3, numWorkers: workers, prefetchFactor: 3).flatMap {
                $0.1.toArray(as: Int.self)
            }
            #expect(seen == Array(0..<200))
        }
        // If a loop ends early, the iterator's workers end too.
        for _ in 0..<20 {
            for (_, y) in DataLoader(Uneven(), batchSize: 2, numWorkers: 3) {
                #expect(y.toArray(as: Int.self) == [0, 1])
                break
            }
        }
    }

    private struct Broken: Error {}

    private struct Failing: Dataset {
        let count = 10
        let throwsOwn: Bool
        subscript(index: Int) -> (Tensor, Int) {
            get throws {
                if index == 5 {
                    if throwsOwn { throw Broken() }
                    _ = Tensor.ones(2).add(Tensor.ones(3))
                    return (Tensor.ones(1), 5)
                }
                return (Tensor.ones(1), index)
            }
        }
    }

    @Test func errorsReachTheConsumer() throws {
        let sizes = "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0"
        for workers in [0, 2] {
            var seen = 0
            let error = #expect(throws: TorchError.self) {
                try DataLoader(Failing(throwsOwn: false), batchSize: 2, numWorkers: workers).forEachBatch { _ in
                    seen += 1
                }
            }
            #expect(seen == 2)
            #expect(error?.message == (workers == 0 ? sizes : "Caught RuntimeError in DataLoader worker 0: \(sizes)"))
            // A `for` loop passes the error to the surrounding `withError`.
            seen = 0
            let other = #expect(throws: TorchError.self) {
                try withError {
                    for _ in DataLoader(Failing(throwsOwn: true), batchSize: 2, numWorkers: workers) { seen += 1 }
                }
            }
            #expect(seen == 2)
            #expect(
                other?.message
                    == (workers == 0
                        ? "Caught Broken in DataLoader: Broken()" : "Caught Broken in DataLoader worker 0: Broken()"))
        }
        #expect(throws: Broken.self) { try DataLoader(Failing(throwsOwn: true)).forEachBatch { _ in } }
    }

    private func message(_ body: () -> Void) -> String? {
        do {
            try withError(body)
            return nil
        } catch {
            return (error as? TorchError)?.message
        }
    }

    // The messages are PyTorch 2.15's.
    @Test func argumentsAreChecked() {
        #expect(
            message { _ = DataLoader(Numbers(), batchSize: 0) }
                == "batch_size should be a positive integer value, but got batch_size=0")
        #expect(
            message { _ = DataLoader(Numbers(), shuffle: true, sampler: [1]) }
                == "sampler option is mutually exclusive with shuffle")
        #expect(
            message { _ = DataLoader(Numbers(), batchSize: 2, batchSampler: [[1]]) }
                == "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
        #expect(
            message { _ = DataLoader(Numbers(), numWorkers: -1) }
                == "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        #expect(
            message { _ = DataLoader(Numbers(), prefetchFactor: 2) }
                == "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
        #expect(
            message { _ = DataLoader(Numbers(count: 0), shuffle: true) }
                == "num_samples should be a positive integer value, but got num_samples=0")
        #expect(
            message { _ = RandomSampler(count: 4, numSamples: -3) }
                == "num_samples should be a positive integer value, but got num_samples=-3")
        #expect(
            message { _ = randomSplit(Numbers(), [3, 8]) }
                == "Sum of input lengths does not equal the length of the input dataset!")
        #expect(message { _ = randomSplit(Numbers(), [1.5, -0.5]) } == "Fraction at index 0 is not between 0 and 1")
        #expect(
            message { _ = randomSplit(Numbers(), [0.5, 0.4]) }
                == "Sum of input lengths does not equal the length of the input dataset!")
    }

    /// PyTorch 2.15: `[int(s[1]) for s in DataLoader(TensorDataset(torch.arange(4.), torch.arange(4)), batch_size=None,
    /// shuffle=True, generator=torch.Generator().manual_seed(3))]`.
    @Test func withoutABatchSizeElementsComeAsTheyAre() {
        let dataset = TensorDataset(Tensor.arange(4.0), Tensor.arange(4))
        for workers in [0, 2] {
            let plain = DataLoader(dataset, batchSize: nil, numWorkers: workers)
            #expect(plain.count == 4 && plain.batchSize == nil)
            #expect(plain.map { $0.0.dim } == [0, 0, 0, 0] && plain.map { $0.1.item(as: Int.self) } == [0, 1, 2, 3])
            let shuffled = DataLoader(
                dataset, batchSize: nil, shuffle: true, numWorkers: workers, generator: Generator().manualSeed(3))
            #expect(shuffled.map { $0.1.item(as: Int.self) } == [1, 0, 2, 3])
        }
        #expect(DataLoader(dataset, batchSize: nil, sampler: [3, 1]).map { $0.0.item() } == [3, 1])
        #expect(
            message { _ = DataLoader(dataset, batchSize: nil, shuffle: true, sampler: [1]) }
                == "sampler option is mutually exclusive with shuffle")
    }
}

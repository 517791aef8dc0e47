import Foundation

/// Iterates over the batches of a dataset, in order. Batches are made on this thread, or ahead of time by workers.
/// PyTorch: `torch.utils.data.DataLoader`.
///
/// ```swift
/// let loader = DataLoader(dataset, batchSize: 64, shuffle: true)
/// for (x, y) in loader { … }
/// ```
///
/// A `for` loop cannot throw. There, an error of the dataset stops the program, or the `withError` around the loop
/// throws it. `forEachBatch` and the iterator's `nextBatch` throw the error themselves.
///
/// In an asynchronous function, `for try await (x, y) in loader { … }` throws the error too. It waits for the workers
/// without blocking a thread. If its task is cancelled, it stops the workers and throws `CancellationError`.
///
/// Every loop may end early by `break`; its workers then stop.
///
/// Every pass draws one int64 from `generator` or the default generator, as the seed of the workers. Then its sampler
/// draws. The numbers are the same as in PyTorch.
public final class DataLoader<Source: Dataset>: Sequence {
    /// The type of a batch.
    public typealias Element = Source.Batch

    /// The dataset.
    public let dataset: Source
    /// The order of the elements.
    public let sampler: any Sampler<Int>
    /// The element indices of each batch.
    public let batchSampler: any Sampler<[Int]>
    /// The number of elements per batch; nil if a batch sampler decides. PyTorch: `batch_size`.
    public let batchSize: Int?
    /// Whether an incomplete last batch is dropped.
    public let dropLast: Bool
    /// The number of worker threads.
    public let numWorkers: Int
    /// The number of batches that each worker makes ahead; nil without workers.
    public let prefetchFactor: Int?
    /// The generator of the shuffle and the workers' seeds; nil for the default generator.
    public let generator: Generator?
    /// Whether batches are copied to pinned host memory.
    public let pinMemory: Bool

    /// Creates a loader for a dataset.
    ///
    /// - Parameters:
    ///   - dataset: provides the elements and makes the batches (`Dataset.batch(_:)`).
    ///   - batchSize: the number of elements per batch.
    ///   - shuffle: whether to use a new random order in every pass.
    ///   - sampler: the order of the elements, instead of `shuffle`.
    ///   - batchSampler: the element indices of each batch, instead of `batchSize`, `shuffle`, `sampler` and
    ///     `dropLast`.
    ///   - numWorkers: the number of threads that make batches ahead. With 0, the caller's thread makes them on demand.
    ///     Worker `w` makes batches w, w + numWorkers, … and has its own generator (`getWorkerInfo`).
    ///   - dropLast: whether to drop an incomplete last batch.
    ///   - generator: draws the shuffle and the workers' seeds.
    ///   - prefetchFactor: the number of batches ahead per worker; 2 by default.
    ///   - pinMemory: whether batches are copied to pinned host memory, so that copies to a CUDA device need not wait:
    ///     tensors, tuples of two to four tensors, arrays and dictionaries of tensors, and `Pinnable` types. Without a
    ///     device it is ignored, with a warning.
    /// - Precondition: `batchSize` is positive, `numWorkers` is not negative, and no two arguments contradict each
    ///   other.
    public convenience init(
        _ dataset: Source, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        batchSampler: (any Sampler<[Int]>)? = nil,
        numWorkers: Int = 0, dropLast: Bool = false, generator: Generator? = nil, prefetchFactor: Int? = nil,
        pinMemory: Bool = false
    ) {
        let isContradiction = batchSampler != nil && (batchSize != 1 || shuffle || sampler != nil || dropLast)
        self.init(
            dataset, shuffle, sampler, numWorkers, generator, prefetchFactor, pinMemory,
            batchSize: batchSampler == nil ? batchSize : nil, dropLast: batchSampler == nil && dropLast,
            mistake: isContradiction
                ? "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last" : nil
        ) {
            batchSampler ?? BatchSampler($0, batchSize: batchSize, dropLast: dropLast)
        }
    }

    /// Creates a loader that returns the elements one at a time, without collating:
    /// `DataLoader(dataset, batchSize: nil)`. Its batch sampler returns one index at a time.
    /// PyTorch: `batch_size=None`.
    public convenience init<Base: Dataset>(
        _ dataset: Base, batchSize: NoBatchSize, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        numWorkers: Int = 0,
        generator: Generator? = nil, prefetchFactor: Int? = nil, pinMemory: Bool = false
    ) where Source == UnbatchedDataset<Base> {
        self.init(
            UnbatchedDataset(dataset), shuffle, sampler, numWorkers, generator, prefetchFactor, pinMemory,
            batchSize: nil, dropLast: false, mistake: nil
        ) {
            BatchSampler($0, batchSize: 1, dropLast: false)
        }
    }

    private init(
        _ dataset: Source, _ shuffle: Bool, _ sampler: (any Sampler<Int>)?, _ numWorkers: Int, _ generator: Generator?,
        _ prefetchFactor: Int?, _ pinMemory: Bool, batchSize: Int?, dropLast: Bool,
        mistake: String?, batches: (any Sampler<Int>) -> any Sampler<[Int]>
    ) {
        self.dataset = dataset
        self.generator = generator
        self.dropLast = dropLast
        self.batchSize = batchSize
        self.numWorkers = Swift.max(0, numWorkers)
        self.pinMemory = pinMemory && Device.cuda.isAvailable
        if pinMemory, !self.pinMemory {
            warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used."
            )
        }
        self.prefetchFactor = numWorkers > 0 ? Swift.max(1, prefetchFactor ?? 2) : nil
        let cores = ProcessInfo.processInfo.activeProcessorCount
        if numWorkers > cores {
            warn(
                "This DataLoader will create \(numWorkers) worker processes in total. Our suggested max number of worker in current system is \(cores), "
                    + "which is smaller than what this DataLoader is going to create. Please be aware that excessive worker creation might get DataLoader running slow "
                    + "or even freeze, lower the worker number to avoid potential slowness/freeze if necessary.")
        }
        let mistake: String? =
            if numWorkers < 0 {
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            } else if numWorkers == 0 && prefetchFactor != nil {
                "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            } else if let prefetchFactor, prefetchFactor < 0 {
                "prefetch_factor option should be non-negative"
            } else if sampler != nil && shuffle {
                "sampler option is mutually exclusive with shuffle"
            } else {
                mistake
            }
        if let mistake {
            raise(.value, mistake)
            self.sampler = [Int]()
            self.batchSampler = [[Int]]()
            return
        }
        self.sampler = sampler ?? (shuffle ? RandomSampler(dataset, generator: generator) : SequentialSampler(dataset))
        batchSampler = batches(self.sampler)
    }

    /// Like `init(_:batchSize:shuffle:sampler:batchSampler:numWorkers:dropLast:generator:prefetchFactor:)`, with a
    /// function that collates elements into a batch. PyTorch: `collate_fn`.
    public convenience init<Base: Dataset, Batch>(
        _ dataset: Base, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        batchSampler: (any Sampler<[Int]>)? = nil,
        numWorkers: Int = 0, collate: @escaping @Sendable ([Base.Element]) throws -> Batch, dropLast: Bool = false,
        generator: Generator? = nil, prefetchFactor: Int? = nil, pinMemory: Bool = false
    ) where Source == CollatedDataset<Base, Batch> {
        self.init(
            CollatedDataset(dataset, collate: collate), batchSize: batchSize, shuffle: shuffle, sampler: sampler,
            batchSampler: batchSampler,
            numWorkers: numWorkers, dropLast: dropLast, generator: generator, prefetchFactor: prefetchFactor,
            pinMemory: pinMemory)
    }

    /// Like the initializer with a dataset, for a list of elements.
    public convenience init<Element: Sendable, Batch>(
        _ elements: [Element], batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        batchSampler: (any Sampler<[Int]>)? = nil,
        numWorkers: Int = 0, collate: @escaping @Sendable ([Element]) throws -> Batch, dropLast: Bool = false,
        generator: Generator? = nil, prefetchFactor: Int? = nil, pinMemory: Bool = false
    ) where Source == CollatedDataset<ListDataset<Element>, Batch> {
        self.init(
            ListDataset(elements), batchSize: batchSize, shuffle: shuffle, sampler: sampler,
            batchSampler: batchSampler, numWorkers: numWorkers, collate: collate, dropLast: dropLast,
            generator: generator, prefetchFactor: prefetchFactor, pinMemory: pinMemory)
    }

    /// The number of batches. PyTorch: `len(loader)`.
    public var count: Int { batchSampler.count }
    /// The number of batches.
    public var underestimatedCount: Int { count }

    public func makeIterator() -> DataLoaderIterator<Source> { DataLoaderIterator(self) }

    /// Calls `body` with each batch.
    /// - Throws: the first error of the dataset, of an operator that makes a batch, or of `body`.
    public func forEachBatch(_ body: (Source.Batch) throws -> Void) throws {
        let iterator = makeIterator()
        while let batch = try iterator.nextBatch() { try body(batch) }
    }
}

/// An iterator over a loader's batches for one pass. Its release stops the workers.
public final class DataLoaderIterator<Source: Dataset>: IteratorProtocol {
    private let dataset: Source
    private let batches: AnyIterator<[Int]>
    private let workers: DataLoaderWorkers<Source>?
    private let pinMemory: Bool
    /// Whether all batches have been requested from the workers.
    private var isOrdered = false
    private var isOver = false

    init(_ loader: DataLoader<Source>) {
        dataset = loader.dataset
        pinMemory = loader.pinMemory
        let seed = SamplerDraws.seed(loader.generator ?? .default)
        batches = loader.batchSampler.erasedIterator()
        workers =
            loader.numWorkers > 0
            ? DataLoaderWorkers(loader.dataset, count: loader.numWorkers, seed: seed, pinMemory: pinMemory) : nil
        if let prefetchFactor = loader.prefetchFactor {
            for _ in 0..<prefetchFactor {
                for _ in 0..<loader.numWorkers { requestAhead() }
            }
        }
    }

    private func requestAhead() {
        if !isOrdered, let indices = batches.next() { workers?.order(indices) } else { isOrdered = true }
    }

    /// Returns the next batch; nil after the last batch, after an error, and if an operator has failed inside
    /// `withError`.
    public func next() -> Source.Batch? {
        if ErrorBox.hasFailed { return nil }
        do {
            return try produce { try PinnedBatch.pin(dataset.batch($0), if: pinMemory) }
        } catch let error as TorchError {
            raise(error)
        } catch {
            raise(.runtime, "Caught \(type(of: error)) in DataLoader: \(error)")
        }
        return nil
    }

    /// Returns the next batch; nil after the last batch or after an error.
    /// - Throws: an error of the dataset or of an operator; if a worker made the batch, a `TorchError` that names the
    ///   worker.
    public func nextBatch() throws -> Source.Batch? {
        try produce { indices in try withError { try PinnedBatch.pin(dataset.batch(indices), if: pinMemory) } }
    }

    /// Like `nextBatch()`, but waits for the workers without blocking a thread.
    func nextBatch(isolation actor: isolated (any Actor)?) async throws -> Source.Batch? {
        if isOver { return nil }
        do {
            try Task.checkCancellation()
            try await workers?.waitForNext(isolation: actor)
        } catch {
            isOver = true
            throw error
        }
        return try nextBatch()
    }

    private func produce(_ make: ([Int]) throws -> Source.Batch) throws -> Source.Batch? {
        if isOver { return nil }
        let range = OperatorRange(
            workers == nil
                ? "enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__"
                : "enumerate(DataLoader)#_MultiProcessingDataLoaderIter.__next__", kind: .user)
        defer { range.end() }
        do {
            if let workers {
                if let batch = try workers.next() {
                    requestAhead()
                    return batch
                }
            } else if let indices = batches.next() {
                return try make(indices)
            }
        } catch {
            isOver = true
            throw error
        }
        isOver = true
        return nil
    }
}

extension DataLoader: AsyncSequence {
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(batches: makeIterator()) }

    /// An asynchronous iterator over a loader's batches for one pass. Its release stops the workers. Without workers,
    /// the task's own thread makes the batches.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let batches: DataLoaderIterator<Source>

        /// Returns the next batch; nil after the last batch or after an error.
        /// - Throws: the errors of `DataLoaderIterator.nextBatch`, and `CancellationError`.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Source.Batch? {
            try await batches.nextBatch(isolation: actor)
        }

        /// Returns the next batch; nil after the last batch or after an error.
        /// - Throws: the errors of `DataLoaderIterator.nextBatch`, and `CancellationError`.
        public mutating func next() async throws -> Source.Batch? { try await batches.nextBatch(isolation: nil) }
    }
}

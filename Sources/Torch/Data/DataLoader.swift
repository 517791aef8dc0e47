import Foundation

/// Batches of a dataset, in order, made by this thread or ahead of time by workers. PyTorch:
/// `torch.utils.data.DataLoader`.
///
/// ```swift
/// let loader = DataLoader(dataset, batchSize: 64, shuffle: true)
/// for (x, y) in loader { … }
/// ```
///
/// A `for` loop cannot throw: an error of the dataset stops the program there, or is thrown by the `withError` around
/// the loop. `forEachBatch` and the iterator's
/// `nextBatch` throw it themselves.
///
/// Every pass draws one int64 from `generator`, or the default generator, which seeds the workers; then its sampler
/// draws. The same numbers come out as in PyTorch.
public final class DataLoader<Source: Dataset>: Sequence {
    public typealias Element = Source.Batch

    public let dataset: Source
    public let sampler: any Sampler<Int>
    public let batchSampler: any Sampler<[Int]>
    /// Elements a batch; nil where a batch sampler decides. PyTorch: `batch_size`.
    public let batchSize: Int?
    public let dropLast: Bool
    public let numWorkers: Int
    /// Batches that each worker makes ahead; nil without workers.
    public let prefetchFactor: Int?
    public let generator: Generator?

    /// - Parameters:
    ///   - dataset: gives the elements, and makes the batches (`Dataset.batch(_:)`).
    ///   - batchSize: elements a batch.
    ///   - shuffle: another random order every pass.
    ///   - sampler: the order of the elements, in place of `shuffle`.
    ///   - batchSampler: the elements of each batch, in place of `batchSize`, `shuffle`, `sampler` and `dropLast`.
    ///   - numWorkers: threads that make batches ahead; 0 makes them on the caller's thread, when they are asked for.
    ///   -     Worker `w` makes batches w, w + numWorkers, …
    ///     and has a generator of its own (`getWorkerInfo`).
    ///   - dropLast: leave a shorter last batch out.
    ///   - generator: draws the shuffle and the workers' seeds.
    ///   - prefetchFactor: batches ahead for each worker; 2 where nothing is said.
    /// - Precondition: `batchSize` is positive, `numWorkers` is not negative, and no two arguments contradict each
    /// -   other.
    public convenience init(
        _ dataset: Source, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        batchSampler: (any Sampler<[Int]>)? = nil,
        numWorkers: Int = 0, dropLast: Bool = false, generator: Generator? = nil, prefetchFactor: Int? = nil
    ) {
        let isContradiction = batchSampler != nil && (batchSize != 1 || shuffle || sampler != nil || dropLast)
        self.init(
            dataset, shuffle, sampler, numWorkers, generator, prefetchFactor,
            batchSize: batchSampler == nil ? batchSize : nil, dropLast: batchSampler == nil && dropLast,
            mistake: isContradiction
                ? "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last" : nil
        ) {
            batchSampler ?? BatchSampler($0, batchSize: batchSize, dropLast: dropLast)
        }
    }

    /// The elements one at a time, as the dataset gives them: `DataLoader(dataset, batchSize: nil)`. The batch sampler
    /// then gives one number a time. PyTorch: `batch_size=None`.
    public convenience init<Base: Dataset>(
        _ dataset: Base, batchSize: NoBatchSize, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        numWorkers: Int = 0,
        generator: Generator? = nil, prefetchFactor: Int? = nil
    ) where Source == UnbatchedDataset<Base> {
        self.init(
            UnbatchedDataset(dataset), shuffle, sampler, numWorkers, generator, prefetchFactor, batchSize: nil,
            dropLast: false, mistake: nil
        ) {
            BatchSampler($0, batchSize: 1, dropLast: false)
        }
    }

    private init(
        _ dataset: Source, _ shuffle: Bool, _ sampler: (any Sampler<Int>)?, _ numWorkers: Int, _ generator: Generator?,
        _ prefetchFactor: Int?, batchSize: Int?, dropLast: Bool,
        mistake: String?, batches: (any Sampler<Int>) -> any Sampler<[Int]>
    ) {
        self.dataset = dataset
        self.generator = generator
        self.dropLast = dropLast
        self.batchSize = batchSize
        self.numWorkers = Swift.max(0, numWorkers)
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

    /// The same with a function that makes a batch of elements. PyTorch: `collate_fn`.
    public convenience init<Base: Dataset, Batch>(
        _ dataset: Base, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler<Int>)? = nil,
        batchSampler: (any Sampler<[Int]>)? = nil,
        numWorkers: Int = 0, collate: @escaping @Sendable ([Base.Element]) throws -> Batch, dropLast: Bool = false,
        generator: Generator? = nil, prefetchFactor: Int? = nil
    ) where Source == CollatedDataset<Base, Batch> {
        self.init(
            CollatedDataset(dataset, collate: collate), batchSize: batchSize, shuffle: shuffle, sampler: sampler,
            batchSampler: batchSampler,
            numWorkers: numWorkers, dropLast: dropLast, generator: generator, prefetchFactor: prefetchFactor)
    }

    /// The number of batches. PyTorch: `len(loader)`.
    public var count: Int { batchSampler.count }
    public var underestimatedCount: Int { count }

    public func makeIterator() -> DataLoaderIterator<Source> { DataLoaderIterator(self) }

    /// Calls `body` with each batch.
    /// - Throws: the first error of the dataset, of an operator on the way to a batch, or of `body`.
    public func forEachBatch(_ body: (Source.Batch) throws -> Void) throws {
        let iterator = makeIterator()
        while let batch = try iterator.nextBatch() { try body(batch) }
    }
}

/// One pass over a loader's batches. Letting it go stops its workers.
public final class DataLoaderIterator<Source: Dataset>: IteratorProtocol {
    private let dataset: Source
    private let batches: AnyIterator<[Int]>
    private let workers: DataLoaderWorkers<Source>?
    /// Whether the last batch has been ordered from the workers.
    private var isOrdered = false
    private var isOver = false

    init(_ loader: DataLoader<Source>) {
        dataset = loader.dataset
        let seed = Draws.seed(loader.generator ?? .default)
        batches = loader.batchSampler.erasedIterator()
        workers = loader.numWorkers > 0 ? DataLoaderWorkers(loader.dataset, count: loader.numWorkers, seed: seed) : nil
        if let prefetchFactor = loader.prefetchFactor {
            for _ in 0..<prefetchFactor {
                for _ in 0..<loader.numWorkers { orderAhead() }
            }
        }
    }

    private func orderAhead() {
        if !isOrdered, let indices = batches.next() { workers?.order(indices) } else { isOrdered = true }
    }

    /// The next batch, nil after the last one, after an error, and after a mistake inside `withError`.
    public func next() -> Source.Batch? {
        if ErrorBox.hasFailed { return nil }
        do {
            return try produce { try dataset.batch($0) }
        } catch let error as TorchError {
            raise(error)
        } catch {
            raise(.runtime, "Caught \(type(of: error)) in DataLoader: \(error)")
        }
        return nil
    }

    /// The next batch, nil after the last one or after an error.
    /// - Throws: what the dataset threw; an operator's mistake; from a worker, a `TorchError` that names the worker.
    public func nextBatch() throws -> Source.Batch? {
        try produce { indices in try withError { try dataset.batch(indices) } }
    }

    private func produce(_ make: ([Int]) throws -> Source.Batch) throws -> Source.Batch? {
        if isOver { return nil }
        do {
            if let workers {
                if let batch = try workers.next() {
                    orderAhead()
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

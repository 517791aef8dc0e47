/// The concatenation of datasets. PyTorch: `torch.utils.data.ConcatDataset`.
public struct ConcatDataset<Base: Dataset>: Dataset {
    /// The type of an element.
    public typealias Element = Base.Element
    /// The type of a batch.
    public typealias Batch = Base.Batch

    /// The datasets.
    public let datasets: [Base]
    /// For each dataset, the number of elements up to its end. PyTorch: `cumulative_sizes`.
    public let cumulativeSizes: [Int]

    /// Creates the concatenation of the datasets.
    /// - Precondition: there is at least one dataset.
    public init(_ datasets: [Base]) {
        if datasets.isEmpty { raise(.value, "datasets should not be an empty iterable") }
        self.datasets = datasets
        var total = 0
        cumulativeSizes = datasets.map {
            total += $0.count; return total
        }
    }

    /// The total number of elements.
    public var count: Int { cumulativeSizes.last ?? 0 }

    /// The element at `index`. A negative index counts from the end.
    /// - Throws: `TorchError` (IndexError) if the index is out of range, and the errors of the dataset.
    public subscript(index: Int) -> Base.Element {
        get throws {
            let (dataset, inner) = try locate(index)
            return try datasets[dataset][inner]
        }
    }

    /// Returns a batch. If one dataset contains all elements, its own `batch` is used; otherwise they are read one by
    /// one.
    public func batch(_ indices: [Int]) throws -> Base.Batch {
        let locations = try indices.map(locate)
        if let first = locations.first, locations.allSatisfy({ $0.dataset == first.dataset }) {
            return try datasets[first.dataset].batch(locations.map(\.index))
        }
        return try collate(locations.map { try datasets[$0.dataset][$0.index] })
    }

    /// Collates elements with the first dataset.
    public func collate(_ elements: [Base.Element]) throws -> Base.Batch {
        guard let first = datasets.first else { throw TorchError(.value, "datasets should not be an empty iterable") }
        return try first.collate(elements)
    }

    private func locate(_ index: Int) throws -> (dataset: Int, index: Int) {
        let position = index < 0 ? index + count : index
        guard position >= 0, position < count else {
            throw TorchError(.index, "absolute value of index should not exceed dataset length")
        }
        var low = 0, high = cumulativeSizes.count - 1
        while low < high {
            let middle = (low + high) / 2
            if position < cumulativeSizes[middle] { high = middle } else { low = middle + 1 }
        }
        return (low, low == 0 ? position : position - cumulativeSizes[low - 1])
    }
}

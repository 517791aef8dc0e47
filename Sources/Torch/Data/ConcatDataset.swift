/// Datasets one after the other. PyTorch: `torch.utils.data.ConcatDataset`.
public struct ConcatDataset<Base: Dataset>: Dataset {
    public typealias Element = Base.Element
    public typealias Batch = Base.Batch

    public let datasets: [Base]
    /// The number of elements up to and with each dataset. PyTorch: `cumulative_sizes`.
    public let cumulativeSizes: [Int]

    /// - Precondition: there is at least one dataset.
    public init(_ datasets: [Base]) {
        if datasets.isEmpty { raise(.value, "datasets should not be an empty iterable") }
        self.datasets = datasets
        var total = 0
        cumulativeSizes = datasets.map {
            total += $0.count; return total
        }
    }

    public var count: Int { cumulativeSizes.last ?? 0 }

    /// - Throws: `TorchError` (IndexError) out of range, and what the dataset throws.
    public subscript(index: Int) -> Base.Element {
        get throws {
            let (dataset, inner) = try place(index)
            return try datasets[dataset][inner]
        }
    }

    /// Gathered by the dataset itself where one holds the whole batch, element by element otherwise.
    public func batch(_ indices: [Int]) throws -> Base.Batch {
        let places = try indices.map(place)
        if let first = places.first, places.allSatisfy({ $0.dataset == first.dataset }) {
            return try datasets[first.dataset].batch(places.map(\.index))
        }
        return try collate(places.map { try datasets[$0.dataset][$0.index] })
    }

    public func collate(_ elements: [Base.Element]) throws -> Base.Batch {
        guard let first = datasets.first else { throw TorchError(.value, "datasets should not be an empty iterable") }
        return try first.collate(elements)
    }

    private func place(_ index: Int) throws -> (dataset: Int, index: Int) {
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

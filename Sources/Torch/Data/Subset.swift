/// A subset of a dataset. PyTorch: `torch.utils.data.Subset`.
public struct Subset<Base: Dataset>: Dataset {
    /// The type of an element.
    public typealias Element = Base.Element
    /// The type of a batch.
    public typealias Batch = Base.Batch

    /// The whole dataset.
    public let dataset: Base
    /// The indices in `dataset` of the subset's elements, in the subset's order.
    public let indices: [Int]

    /// Creates a subset of the elements at `indices`.
    public init(_ dataset: Base, _ indices: [Int]) {
        self.dataset = dataset
        self.indices = indices
    }

    /// The number of elements.
    public var count: Int { indices.count }

    /// The element at `index`. A negative index counts from the end.
    /// - Throws: `TorchError` (IndexError) if the index is out of range, and the errors of the dataset.
    public subscript(index: Int) -> Base.Element {
        get throws { try dataset[baseIndex(index)] }
    }

    /// Returns a batch from the whole dataset's `batch`.
    public func batch(_ indices: [Int]) throws -> Base.Batch { try dataset.batch(indices.map(baseIndex)) }
    /// Collates elements with the whole dataset.
    public func collate(_ elements: [Base.Element]) throws -> Base.Batch { try dataset.collate(elements) }

    private func baseIndex(_ index: Int) throws -> Int {
        let position = index < 0 ? index + count : index
        guard indices.indices.contains(position) else { throw TorchError(.index, "list index out of range") }
        return indices[position]
    }
}

/// Splits a dataset randomly into parts with the given lengths. It draws one `randperm` over the whole dataset.
/// PyTorch: `torch.utils.data.random_split`.
/// - Precondition: the lengths add up to the dataset's count.
public func randomSplit<Base: Dataset>(
    _ dataset: Base, _ lengths: [Int], generator: Generator = .default
) -> [Subset<Base>] {
    var total = 0
    for length in lengths {
        let (sum, overflow) = total.addingReportingOverflow(length)
        total = overflow || length < 0 ? -1 : sum
        if total < 0 { break }
    }
    guard total == dataset.count else {
        raise(.value, "Sum of input lengths does not equal the length of the input dataset!")
        return []
    }
    let order = SamplerDraws.permutation(total, generator)
    var start = 0
    return lengths.map { length in
        defer { start += length }
        return Subset(dataset, Array(order[start..<start + length]))
    }
}

/// Like `randomSplit(_:_:generator:)` with lengths, but with fractions. Lengths are rounded down; the remaining
/// elements go to the parts in turn, one each.
/// - Precondition: each fraction is between 0 and 1, and they add up to 1.
public func randomSplit<Base: Dataset>(
    _ dataset: Base, _ fractions: [Double], generator: Generator = .default
) -> [Subset<Base>] {
    let sum = fractions.reduce(0, +)
    guard abs(sum - 1) <= 1e-9 * max(abs(sum), 1) else {
        raise(.value, "Sum of input lengths does not equal the length of the input dataset!")
        return []
    }
    if let bad = fractions.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
        raise(.value, "Fraction at index \(bad) is not between 0 and 1")
        return []
    }
    var lengths = fractions.map { Int((Double(dataset.count) * $0).rounded(.down)) }
    let rest = dataset.count - lengths.reduce(0, +)
    if rest > 0 {
        for i in 0..<rest { lengths[i % lengths.count] += 1 }
    }
    return randomSplit(dataset, lengths, generator: generator)
}

extension Subset {
    /// Same as `init(_:_:)`, with PyTorch's argument label.
    public init(_ dataset: Base, indices: [Int]) { self.init(dataset, indices) }
}

/// Same as `randomSplit(_:_:generator:)`, with PyTorch's argument label.
public func randomSplit<Base: Dataset>(
    _ dataset: Base, lengths: [Int], generator: Generator = .default
) -> [Subset<Base>] {
    randomSplit(dataset, lengths, generator: generator)
}

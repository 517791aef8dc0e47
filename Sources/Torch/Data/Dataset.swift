/// Elements that can be asked for by number, one at a time or a whole batch at once. PyTorch:
/// `torch.utils.data.Dataset`.
///
/// A dataset of `(Tensor, Int)`, `(Tensor, Float)`, `(Tensor, Double)`, `(Tensor, Tensor)`, single tensors or numbers
/// needs only `count` and the subscript: elements are
/// then stacked to a batch by the default `collate`. For other tuples it is written in a line, `try
/// defaultCollate(elements)`. A dataset that can gather faster than
/// element by element implements `batch` itself. `Batch` is `(Tensor, Tensor)` unless the dataset says otherwise.
/// Loaders ask from several threads at once where they have
/// workers, so datasets are `Sendable`.
public protocol Dataset<Element, Batch>: Sendable {
    associatedtype Element
    associatedtype Batch = (Tensor, Tensor)

    /// The number of elements. PyTorch: `len(dataset)`.
    var count: Int { get }
    /// One element. What cannot be read from outside (a missing file) is thrown. PyTorch: `__getitem__`.
    subscript(index: Int) -> Element { get throws }
    /// Makes a batch of elements. PyTorch: a loader's `collate_fn`.
    func collate(_ elements: [Element]) throws -> Batch
    /// A batch of the elements of these numbers, in this order. PyTorch: `__getitems__`.
    func batch(_ indices: [Int]) throws -> Batch
}

extension Dataset {
    public func batch(_ indices: [Int]) throws -> Batch { try collate(indices.map { try self[$0] }) }
}

extension Dataset where Element == (Tensor, Int), Batch == (Tensor, Tensor) {
    /// The tensors stacked, the integers as one int64 tensor.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element == (Tensor, Float), Batch == (Tensor, Tensor) {
    /// The tensors stacked, the numbers as one float32 tensor.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element == (Tensor, Double), Batch == (Tensor, Tensor) {
    /// The tensors stacked, the numbers as one float64 tensor.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element == (Tensor, Tensor), Batch == (Tensor, Tensor) {
    /// Either column stacked.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element: Collatable, Batch == Element.Collated {
    public func collate(_ elements: [Element]) throws -> Batch { try Element.collate(elements) }
}

extension Dataset where Batch == [Element] {
    /// The elements as they are.
    public func collate(_ elements: [Element]) throws -> Batch { elements }
}

/// A dataset whose batches are made by another function. PyTorch: a `DataLoader`'s `collate_fn`.
public struct CollatedDataset<Base: Dataset, Batch>: Dataset {
    public typealias Element = Base.Element
    public let base: Base
    private let function: @Sendable ([Base.Element]) throws -> Batch

    public init(_ base: Base, collate: @escaping @Sendable ([Base.Element]) throws -> Batch) {
        self.base = base
        function = collate
    }

    public var count: Int { base.count }
    public subscript(index: Int) -> Base.Element { get throws { try base[index] } }
    public func collate(_ elements: [Base.Element]) throws -> Batch { try function(elements) }
}

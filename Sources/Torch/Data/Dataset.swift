/// A collection of elements that are read by index, one at a time or as a whole batch.
/// PyTorch: `torch.utils.data.Dataset`.
///
/// For elements of type `(Tensor, Int)`, `(Tensor, Float)`, `(Tensor, Double)`, `(Tensor, Tensor)`, single tensors or
/// numbers, a dataset needs only `count` and the subscript. The default `collate` then stacks elements into a batch.
/// For other tuples, `collate` is one line: `try defaultCollate(elements)`. Implement `batch` if the dataset can gather
/// a batch faster than element by element. `Batch` is `(Tensor, Tensor)` by default. Loaders with workers read from
/// several threads at the same time, so datasets are `Sendable`.
public protocol Dataset<Element, Batch>: Sendable {
    /// The type of an element.
    associatedtype Element
    /// The type of a batch.
    associatedtype Batch = (Tensor, Tensor)

    /// The number of elements. PyTorch: `len(dataset)`.
    var count: Int { get }
    /// Returns one element. Throws if external data, such as a file, cannot be read. PyTorch: `__getitem__`.
    subscript(index: Int) -> Element { get throws }
    /// Collates elements into a batch. PyTorch: a loader's `collate_fn`.
    func collate(_ elements: [Element]) throws -> Batch
    /// Returns a batch of the elements at these indices, in this order. PyTorch: `__getitems__`.
    func batch(_ indices: [Int]) throws -> Batch
}

extension Dataset {
    /// Reads the elements one by one and collates them.
    public func batch(_ indices: [Int]) throws -> Batch { try collate(indices.map { try self[$0] }) }
}

extension Dataset where Element == (Tensor, Int), Batch == (Tensor, Tensor) {
    /// Stacks the tensors and collects the integers in one int64 tensor.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element == (Tensor, Float), Batch == (Tensor, Tensor) {
    /// Stacks the tensors and collects the numbers in one float32 tensor.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element == (Tensor, Double), Batch == (Tensor, Tensor) {
    /// Stacks the tensors and collects the numbers in one float64 tensor.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element == (Tensor, Tensor), Batch == (Tensor, Tensor) {
    /// Stacks each column.
    public func collate(_ elements: [Element]) throws -> Batch { try defaultCollate(elements) }
}

extension Dataset where Element: Collatable, Batch == Element.Collated {
    /// Collates the elements with their type's `collate`.
    public func collate(_ elements: [Element]) throws -> Batch { try Element.collate(elements) }
}

extension Dataset where Batch == [Element] {
    /// Returns the elements unchanged.
    public func collate(_ elements: [Element]) throws -> Batch { elements }
}

/// A dataset with a custom collate function. PyTorch: a `DataLoader`'s `collate_fn`.
public struct CollatedDataset<Base: Dataset, Batch>: Dataset {
    /// The type of an element.
    public typealias Element = Base.Element
    /// The dataset that provides the elements.
    public let base: Base
    private let function: @Sendable ([Base.Element]) throws -> Batch

    /// Creates a dataset whose batches are made by `collate`.
    public init(_ base: Base, collate: @escaping @Sendable ([Base.Element]) throws -> Batch) {
        self.base = base
        function = collate
    }

    /// The number of elements.
    public var count: Int { base.count }
    /// The element at `index`.
    public subscript(index: Int) -> Base.Element { get throws { try base[index] } }
    /// Collates elements with the custom function.
    public func collate(_ elements: [Base.Element]) throws -> Batch { try function(elements) }
}

/// A list as a dataset, whose batches are lists.
public struct ListDataset<Element: Sendable>: Dataset {
    /// The type of a batch.
    public typealias Batch = [Element]
    /// The elements.
    public let elements: [Element]

    /// Creates a dataset of the elements of a list.
    public init(_ elements: [Element]) { self.elements = elements }

    /// The number of elements.
    public var count: Int { elements.count }

    /// The element at `index`.
    /// - Throws: `TorchError` unless 0 ≤ `index` < count.
    public subscript(index: Int) -> Element {
        get throws {
            guard elements.indices.contains(index) else { throw TorchError(.index, "list index out of range") }
            return elements[index]
        }
    }
}

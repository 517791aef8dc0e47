/// A dataset whose batches are single, unchanged elements, for loaders without batches.
/// PyTorch: `DataLoader(dataset, batch_size=None)`.
public struct UnbatchedDataset<Base: Dataset>: Dataset {
    /// The dataset that provides the elements.
    public let base: Base

    /// Creates a dataset without batches.
    public init(_ base: Base) { self.base = base }

    /// The number of elements.
    public var count: Int { base.count }
    /// The element at `index`.
    public subscript(index: Int) -> Base.Element { get throws { try base[index] } }

    /// Returns the only element.
    /// - Throws: `TorchError` if there is not exactly one element.
    public func collate(_ elements: [Base.Element]) throws -> Base.Element {
        guard elements.count == 1 else {
            throw TorchError(.value, "\(elements.count) elements where a loader without batches takes one at a time")
        }
        return elements[0]
    }
}

/// The type of nil in `DataLoader(dataset, batchSize: nil)`.
public struct NoBatchSize: ExpressibleByNilLiteral, Sendable {
    /// Creates the value from `nil`.
    public init(nilLiteral: ()) {}
}

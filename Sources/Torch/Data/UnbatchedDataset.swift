/// A dataset whose batches are single elements, as they are: what a loader without batches reads. PyTorch:
/// `DataLoader(dataset, batch_size=None)`.
public struct UnbatchedDataset<Base: Dataset>: Dataset {
    public let base: Base

    public init(_ base: Base) { self.base = base }

    public var count: Int { base.count }
    public subscript(index: Int) -> Base.Element { get throws { try base[index] } }

    /// - Throws: `TorchError` where there is not exactly one.
    public func collate(_ elements: [Base.Element]) throws -> Base.Element {
        guard elements.count == 1 else {
            throw TorchError(.value, "\(elements.count) elements where a loader without batches takes one at a time")
        }
        return elements[0]
    }
}

/// The nil of `DataLoader(dataset, batchSize: nil)`.
public struct NoBatchSize: ExpressibleByNilLiteral, Sendable {
    public init(nilLiteral: ()) {}
}

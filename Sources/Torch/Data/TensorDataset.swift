/// What a `TensorDataset` is made of: tensors.
public protocol TensorColumn: Sendable {
    var asTensor: Tensor { get }
    static func column(_ tensor: Tensor) -> Self
}

extension Tensor: TensorColumn {
    public var asTensor: Tensor { self }
    public static func column(_ tensor: Tensor) -> Tensor { tensor }
}

/// Tensors side by side: element i is row i of each, a batch the same rows of each. PyTorch:
/// `torch.utils.data.TensorDataset`.
///
/// `TensorDataset(x, y)` has elements and batches of type `(Tensor, Tensor)`; of one tensor alone, `Tensor`.
public struct TensorDataset<each Column: TensorColumn>: Dataset {
    public typealias Element = (repeat each Column)
    public typealias Batch = (repeat each Column)

    public let tensors: (repeat each Column)
    public let count: Int

    /// - Precondition: every tensor has a first dimension, of one and the same size.
    public init(_ tensors: repeat each Column) {
        self.tensors = (repeat each tensors)
        var sizes: [Int?] = []
        for column in repeat each tensors { sizes.append(column.asTensor.dim > 0 ? column.asTensor.shape[0] : nil) }
        let first = sizes.first ?? nil
        let ok = first != nil && sizes.allSatisfy { $0 == first }
        if !ok { raise(.value, "Size mismatch between tensors") }
        count = ok ? first ?? 0 : 0
    }

    /// Views of the rows.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> Element {
        (repeat (each Column).column((each tensors).asTensor.select(0, index)))
    }

    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> Batch {
        (repeat (each Column).column((each tensors).asTensor.rows(indices)))
    }

    public func collate(_ elements: [Element]) -> Batch {
        let columns = (repeat Rows<each Column>())
        for element in elements { repeat (each columns).tensors.append((each element).asTensor) }
        return (repeat (each Column).column(stack((each columns).tensors, dim: 0)))
    }
}

private final class Rows<Column> {
    var tensors: [Tensor] = []
}

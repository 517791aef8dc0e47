/// A column of a `TensorDataset`: a tensor.
public protocol TensorColumn: Sendable {
    /// The column as a tensor.
    var asTensor: Tensor { get }
    /// Creates a column from a tensor.
    static func column(_ tensor: Tensor) -> Self
}

extension Tensor: TensorColumn {
    /// The tensor itself.
    public var asTensor: Tensor { self }
    /// Returns the tensor itself.
    public static func column(_ tensor: Tensor) -> Tensor { tensor }
}

/// A dataset of tensors with the same first dimension. Element i is row i of each tensor; a batch is the same rows of
/// each. PyTorch: `torch.utils.data.TensorDataset`.
///
/// `TensorDataset(x, y)` has elements and batches of type `(Tensor, Tensor)`. With a single tensor, the type is
/// `Tensor`.
public struct TensorDataset<each Column: TensorColumn>: Dataset {
    /// The type of an element.
    public typealias Element = (repeat each Column)
    /// The type of a batch.
    public typealias Batch = (repeat each Column)

    /// The tensors.
    public let tensors: (repeat each Column)
    /// The number of rows.
    public let count: Int

    /// Creates a dataset from tensors.
    /// - Precondition: every tensor has a first dimension, and all first dimensions have the same size.
    public init(_ tensors: repeat each Column) {
        self.tensors = (repeat each tensors)
        var sizes: [Int?] = []
        for column in repeat each tensors { sizes.append(column.asTensor.dim > 0 ? column.asTensor.shape[0] : nil) }
        let first = sizes.first ?? nil
        let ok = first != nil && sizes.allSatisfy { $0 == first }
        if !ok { raise(.value, "Size mismatch between tensors") }
        count = ok ? first ?? 0 : 0
    }

    /// The element at `index`: views of the rows.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> Element {
        (repeat (each Column).column((each tensors).asTensor.select(0, index)))
    }

    /// Returns the rows at the given indices of each tensor.
    /// - Precondition: -count ≤ each index < count.
    public func batch(_ indices: [Int]) -> Batch {
        (repeat (each Column).column((each tensors).asTensor.rows(indices)))
    }

    /// Stacks the elements of each column.
    public func collate(_ elements: [Element]) -> Batch {
        let columns = (repeat Rows<each Column>())
        for element in elements { repeat (each columns).tensors.append((each element).asTensor) }
        return (repeat (each Column).column(stack((each columns).tensors, dim: 0)))
    }
}

private final class Rows<Column> {
    var tensors: [Tensor] = []
}

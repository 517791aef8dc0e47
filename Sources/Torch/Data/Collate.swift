/// A type whose elements a data loader can collate into a batch. PyTorch: the types that `default_collate` supports.
public protocol Collatable {
    /// The type of a batch.
    associatedtype Collated
    /// Collates elements into a batch.
    /// - Precondition: there is at least one element.
    static func collate(_ elements: [Self]) throws -> Collated
}

extension Tensor: Collatable {
    /// Stacks the tensors along a new first dimension.
    /// - Precondition: all tensors have the same shape.
    public static func collate(_ elements: [Tensor]) -> Tensor { stack(elements, dim: 0) }
}

extension Collatable where Self: TensorElement {
    /// Creates one tensor of the numbers with their own dtype: `Double` gives float64.
    public static func collate(_ elements: [Self]) -> Tensor { Tensor(elements, dtype: Self.dtype) }
}

extension Bool: Collatable {}
extension Int: Collatable {}
extension Int64: Collatable {}
extension Int32: Collatable {}
extension UInt8: Collatable {}
extension Float: Collatable {}
extension Double: Collatable {}

extension String: Collatable {
    /// Returns the strings as an array.
    public static func collate(_ elements: [String]) -> [String] { elements }
}

extension Array: Collatable where Element: Collatable {
    /// Collates the elements at each position.
    /// - Throws: `TorchError` if the lengths differ.
    public static func collate(_ elements: [[Element]]) throws -> [Element.Collated] {
        guard let length = elements.first?.count else { return [] }
        guard elements.allSatisfy({ $0.count == length }) else {
            throw TorchError(.runtime, "each element in list of batch should be of equal size")
        }
        return try (0..<length).map { position in try Element.collate(elements.map { $0[position] }) }
    }
}

extension Dictionary: Collatable where Value: Collatable {
    /// Collates the values of each key.
    /// - Throws: `TorchError` if an element lacks a key.
    public static func collate(_ elements: [[Key: Value]]) throws -> [Key: Value.Collated] {
        guard let first = elements.first else { return [:] }
        var result: [Key: Value.Collated] = [:]
        for key in first.keys {
            let column = elements.compactMap { $0[key] }
            guard column.count == elements.count else {
                throw TorchError(.runtime, "key '\(key)' is not in every element of the batch")
            }
            result[key] = try Value.collate(column)
        }
        return result
    }
}

/// Collates tuples of any length by column: tensors are stacked, and numbers become a tensor.
/// PyTorch: `torch.utils.data.default_collate`.
/// - Precondition: there is at least one element, and the tensors of each column have the same shape.
public func defaultCollate<each Column: Collatable>(
    _ elements: [(repeat each Column)]
) throws -> (repeat (each Column).Collated) {
    let columns = (repeat Gathered<each Column>(capacity: elements.count))
    for element in elements { repeat (each columns).elements.append(each element) }
    return (repeat try (each Column).collate((each columns).elements))
}

/// The elements of one column. It is a class because the parts of a parameter pack cannot be changed in place.
private final class Gathered<Element> {
    var elements: [Element] = []
    init(capacity: Int) { elements.reserveCapacity(capacity) }
}

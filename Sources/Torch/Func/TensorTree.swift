/// A value that contains tensors: an argument or a result of the functions that `vmap`, `grad` and others transform.
///
/// Tensors, numbers, texts, optionals, arrays, dictionaries and state dicts of them are trees. PyTorch: a pytree.
public protocol TensorTree {
    /// Returns the same tree with each tensor replaced by a result of `body`. Calls `body` in a fixed order.
    func mapTensors(_ body: (Tensor) -> Tensor) -> Self
}

extension Tensor: TensorTree {
    public func mapTensors(_ body: (Tensor) -> Tensor) -> Self {
        // A class that is final: every result of `body` is a `Self`.
        unsafeDowncast(body(self), to: Self.self)
    }
}

extension Array: TensorTree where Element: TensorTree {
    public func mapTensors(_ body: (Tensor) -> Tensor) -> [Element] { map { $0.mapTensors(body) } }
}

extension Optional: TensorTree where Wrapped: TensorTree {
    public func mapTensors(_ body: (Tensor) -> Tensor) -> Wrapped? { map { $0.mapTensors(body) } }
}

extension Dictionary: TensorTree where Key: Comparable, Value: TensorTree {
    /// Calls `body` in the order of the keys.
    public func mapTensors(_ body: (Tensor) -> Tensor) -> [Key: Value] {
        var result = self
        for key in keys.sorted() { result[key] = self[key]?.mapTensors(body) }
        return result
    }
}

extension Int: TensorTree { public func mapTensors(_ body: (Tensor) -> Tensor) -> Int { self } }
extension Double: TensorTree { public func mapTensors(_ body: (Tensor) -> Tensor) -> Double { self } }
extension Float: TensorTree { public func mapTensors(_ body: (Tensor) -> Tensor) -> Float { self } }
extension Bool: TensorTree { public func mapTensors(_ body: (Tensor) -> Tensor) -> Bool { self } }
extension String: TensorTree { public func mapTensors(_ body: (Tensor) -> Tensor) -> String { self } }

extension TensorTree {
    /// The tensors in order.
    var leaves: [Tensor] {
        var result: [Tensor] = []
        _ = mapTensors {
            result.append($0)
            return $0
        }
        return result
    }

    /// Returns the same tree with the tensors of a list, which the list is then without.
    func replacingLeaves(_ tensors: inout ArraySlice<Tensor>) -> Self {
        mapTensors { _ in tensors.popFirst() ?? .void }
    }

    /// Returns the same tree with the tensors of a list.
    func withLeaves(_ tensors: [Tensor]) -> Self {
        var rest = tensors[...]
        return replacingLeaves(&rest)
    }
}

/// Returns the tensors of each tree.
func leafLists<each Tree: TensorTree>(_ trees: repeat each Tree) -> [[Tensor]] {
    var lists: [[Tensor]] = []
    _ = (repeat lists.append((each trees).leaves))
    return lists
}

/// Calls a function with arguments that have other tensors. (Swift 6.3 cannot keep a tuple of a pack in a variable.)
func apply<each Input: TensorTree, Output>(
    _ f: (repeat each Input) -> Output, _ tensors: [Tensor], like inputs: repeat each Input
) -> Output {
    var rest = tensors[...]
    return f(repeat (each inputs).replacingLeaves(&rest))
}

/// Returns trees with other tensors.
func rebuilt<each Value: TensorTree>(_ tensors: [Tensor], like trees: repeat each Value) -> (repeat each Value) {
    var rest = tensors[...]
    return (repeat (each trees).replacingLeaves(&rest))
}

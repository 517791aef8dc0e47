// What operators return if they fail.

/// Reports an error and returns a void tensor in place of the result.
@inline(never)
package func fail(_ error: TorchError) -> Tensor {
    raise(error)
    return .void
}

@inline(never)
package func fail(_ kind: TorchError.Kind = .runtime, _ message: String) -> Tensor {
    raise(kind, message)
    return .void
}

extension Tensor {
    /// Reports a programmer's error like the built-in operators, and returns a void tensor in place of the result. Use
    /// it in your own operators and transforms.
    public static func failed(_ kind: TorchError.Kind, _ message: String) -> Tensor { fail(kind, message) }

    /// Returns void tensors as the results of an operator that failed. There are as many as the caller expects, or a
    /// large number if that is unknown, so that indexing the list does not trap before the error is thrown.
    static func voids(_ count: Int = 1024) -> [Tensor] {
        [Tensor](repeating: .void, count: Swift.min(Swift.max(count, 1), 1 << 16))
    }
}

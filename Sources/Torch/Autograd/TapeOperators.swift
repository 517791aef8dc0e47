/// The operators that the tape itself needs: it sums gradients, brings them to the form of their inputs, and copies
/// what is written in place. `Ops` implements them. Besides these, autograd only adds, clones and views.
protocol TapeOperators {
    /// Whether an element is NaN. A tensor without data has none.
    var hasNaN: Bool { get }
    /// Returns a tensor of uninitialized memory with the given strides.
    static func emptyStrided(
        _ sizes: [Int], _ strides: [Int], dtype: DType, device: Device, requiresGrad: Bool
    ) -> Self
    /// Returns a new tensor filled with one number.
    static func filled(_ value: Scalar, _ sizes: [Int], _ dtype: DType, _ device: Device) -> Self
    /// Returns the same elements in new row-major memory, without autograd history.
    func contiguousCopy() -> Self
    /// Copies the elements of `source`, broadcast and converted.
    func copy_(_ source: Self) -> Self
    /// Sets all elements to 0.
    func zero_() -> Self
    /// Gives a sparse tensor the places and values of another one.
    func takeElements(of source: Self)
    /// Adds `other`, of the same sizes, without recording.
    func accumulateInPlace(_ other: Self)
    /// The adjoint of a broadcast: sums to the given sizes.
    func summed(to sizes: [Int]) -> Self
    /// The real part.
    var real: Self { get }
    /// Returns a view of the complex conjugates; a real tensor itself.
    func conj() -> Self
    /// The negatives.
    func neg() -> Self
    /// Returns this tensor, or a copy if it is an unresolved view of conjugates.
    func resolveConj() -> Self
    /// Returns a view of the real and imaginary parts.
    func viewAsReal() -> Self
    /// Returns the tensor in another dtype.
    func to(_ dtype: DType, copy: Bool, memoryFormat: MemoryFormat) -> Self
    /// Returns a view with the given sizes, strides and offset.
    func asStrided(_ sizes: [Int], _ strides: [Int], _ storageOffset: Int?) -> Self
    /// Returns a copy with `source` written to the elements of such a view.
    func asStridedScatter(_ source: Self, _ sizes: [Int], _ strides: [Int], _ storageOffset: Int?) -> Self
}

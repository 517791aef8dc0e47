import CTorchKernels

/// Fourier transforms along the middle dimension of [outer, length, inner].
package struct FourierShape {
    /// The greatest length for which `inner` may be more than 1.
    static let mostColumns = Int(ST_FFT_MOST_COLUMNS)

    let kind: FourierKind
    let outer: Int, length: Int, inner: Int
    /// Multiplies the results.
    let scale: Double

    /// The numbers of each transform that are read: real ones for `.real`, otherwise complex ones.
    var inputCount: Int { kind == .toReal ? length / 2 + 1 : length }
    /// The numbers of each transform that are written: real ones for `.toReal`, otherwise complex ones.
    var outputCount: Int { kind == .real ? length / 2 + 1 : length }
}

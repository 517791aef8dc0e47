/// The zeros around the input of a convolution: numbers, or PyTorch's words `same` and `valid`.
///
///     conv2d(x, w, padding: 1)
///     Conv2d(3, 16, 3, padding: .same)
public struct ConvolutionPadding: Sendable, Equatable {
    enum Kind: Equatable {
        case numbers(KernelSize)
        case same
        case valid
        case unknown(String)
    }

    let kind: Kind

    /// As many zeros as give an output of the input's size. The stride must be 1.
    public static let same = ConvolutionPadding(kind: .same)
    /// No zeros.
    public static let valid = ConvolutionPadding(kind: .valid)

    init(kind: Kind) { self.kind = kind }

    /// Creates a padding of one number for both sides of each spatial dimension.
    public init(_ size: some KernelSizeConvertible) { kind = .numbers(size.toKernelSize()) }

    /// Creates a padding from PyTorch's word, `same` or `valid`. Operators refuse other words.
    public init(_ name: String) {
        kind = name == "same" ? .same : name == "valid" ? .valid : .unknown(name)
    }
}

/// What can be passed as the padding of a convolution: `Int`, `[Int]`, `Size`, `KernelSize`, `.same`, `.valid`, and
/// PyTorch's words as a `String`.
public protocol ConvolutionPaddingConvertible {
    /// Returns the padding.
    func toConvolutionPadding() -> ConvolutionPadding
}

extension ConvolutionPaddingConvertible where Self: KernelSizeConvertible {
    public func toConvolutionPadding() -> ConvolutionPadding { ConvolutionPadding(self) }
}

extension Int: ConvolutionPaddingConvertible {}
extension Array: ConvolutionPaddingConvertible where Element == Int {}
extension Size: ConvolutionPaddingConvertible {}
extension KernelSize: ConvolutionPaddingConvertible {}
extension String: ConvolutionPaddingConvertible {
    public func toConvolutionPadding() -> ConvolutionPadding { ConvolutionPadding(self) }
}
extension ConvolutionPadding: ConvolutionPaddingConvertible {
    public func toConvolutionPadding() -> ConvolutionPadding { self }
}

extension ConvolutionPaddingConvertible where Self == ConvolutionPadding {
    /// As many zeros as give an output of the input's size. The stride must be 1.
    public static var same: ConvolutionPadding { ConvolutionPadding.same }
    /// No zeros.
    public static var valid: ConvolutionPadding { ConvolutionPadding.valid }
}

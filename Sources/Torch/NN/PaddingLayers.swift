// Modules of padding: `Tensor.pad`. They have no parameters.

/// The base class of the padding modules.
public class PaddingModule: StatelessModule {
    /// The number of elements before and after the last dimension, then the one before it, and so on.
    public let padding: [Int]

    /// Takes one number for all borders, or one for each.
    fileprivate init(_ spatial: Int, _ padding: KernelSize) {
        self.padding =
            padding.isNumber ? [Int](repeating: padding.values[0], count: 2 * spatial) : padding.values
    }

    public override var extraRepr: String { PythonText.tuple(padding) }

    /// Returns the input, or raises and returns a void tensor if it has another number of dimensions.
    fileprivate func checked(_ input: Tensor, _ spatial: Int) -> Tensor {
        if input.isVoid || (spatial + 1...spatial + 2).contains(input.dim) { return input }
        return fail(.value, "expected \(spatial + 1)D or \(spatial + 2)D input (got \(input.dim)D input)")
    }
}

/// The base class of the modules that pad with one number.
public class ConstantPaddingModule: PaddingModule {
    /// The number.
    public let value: Scalar

    fileprivate init(_ spatial: Int, _ padding: KernelSize, _ value: Scalar) {
        self.value = value
        super.init(spatial, padding)
    }

    public override var extraRepr: String { "padding=\(super.extraRepr), value=\(PythonText.repr(value))" }
}

/// Pads the last dimension with one number. PyTorch: `torch.nn.ConstantPad1d`.
public final class ConstantPad1d: ConstantPaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible, _ value: some ScalarConvertible) {
        super.init(1, padding.toKernelSize(), value.scalar)
    }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant, value: value) }
}

/// Pads the last two dimensions with one number. PyTorch: `torch.nn.ConstantPad2d`.
public final class ConstantPad2d: ConstantPaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible, _ value: some ScalarConvertible) {
        super.init(2, padding.toKernelSize(), value.scalar)
    }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant, value: value) }
}

/// Pads the last three dimensions with one number. PyTorch: `torch.nn.ConstantPad3d`.
public final class ConstantPad3d: ConstantPaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible, _ value: some ScalarConvertible) {
        super.init(3, padding.toKernelSize(), value.scalar)
    }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant, value: value) }
}

/// Pads the last dimension with zeros. PyTorch: `torch.nn.ZeroPad1d`.
public final class ZeroPad1d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(1, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant) }
}

/// Pads the last two dimensions with zeros. PyTorch: `torch.nn.ZeroPad2d`.
public final class ZeroPad2d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(2, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant) }
}

/// Pads the last three dimensions with zeros. PyTorch: `torch.nn.ZeroPad3d`.
public final class ZeroPad3d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(3, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant) }
}

/// Pads the last dimension with the elements mirrored at the edge. PyTorch: `torch.nn.ReflectionPad1d`.
public final class ReflectionPad1d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(1, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .reflect) }
}

/// Pads the last two dimensions with the elements mirrored at the edge. PyTorch: `torch.nn.ReflectionPad2d`.
public final class ReflectionPad2d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(2, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .reflect) }
}

/// Pads the last three dimensions with the elements mirrored at the edge. PyTorch: `torch.nn.ReflectionPad3d`.
public final class ReflectionPad3d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(3, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .reflect) }
}

/// Pads the last dimension with the edge element. PyTorch: `torch.nn.ReplicationPad1d`.
public final class ReplicationPad1d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(1, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .replicate) }
}

/// Pads the last two dimensions with the edge element. PyTorch: `torch.nn.ReplicationPad2d`.
public final class ReplicationPad2d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(2, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .replicate) }
}

/// Pads the last three dimensions with the edge element. PyTorch: `torch.nn.ReplicationPad3d`.
public final class ReplicationPad3d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(3, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .replicate) }
}

/// Pads the last dimension with the elements from the opposite end. PyTorch: `torch.nn.CircularPad1d`.
public final class CircularPad1d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(1, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { checked(input, 1).pad(padding, mode: .circular) }
}

/// Pads the last two dimensions with the elements from the opposite end. PyTorch: `torch.nn.CircularPad2d`.
public final class CircularPad2d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(2, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { checked(input, 2).pad(padding, mode: .circular) }
}

/// Pads the last three dimensions with the elements from the opposite end. PyTorch: `torch.nn.CircularPad3d`.
public final class CircularPad3d: PaddingModule, Layer {
    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(3, padding.toKernelSize()) }

    public func forward(_ input: Tensor) -> Tensor { checked(input, 3).pad(padding, mode: .circular) }
}

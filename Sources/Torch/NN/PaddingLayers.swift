// Modules of padding: `Tensor.pad`. They have no parameters.

/// The base class of the padding modules.
public class PaddingModule: StatelessModule {
    /// The number of elements before and after the last dimension, then the one before it, and so on.
    public let padding: [Int]

    /// The number of padded dimensions. Subclasses have one.
    class var spatialDims: Int { 0 }

    fileprivate init(sizes: KernelSize) {
        let count = 2 * Self.spatialDims
        padding = sizes.isNumber ? [Int](repeating: sizes.values[0], count: count) : sizes.values
    }

    public override var extraRepr: String { PythonText.tuple(padding) }
}

/// The base class of the modules that pad with one number, and their initializers.
public class ConstantPaddingModule: PaddingModule {
    /// The number.
    public let value: Scalar

    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible, _ value: some ScalarConvertible) {
        self.value = value.scalar
        super.init(sizes: padding.toKernelSize())
    }

    /// Like the other initializer, with PyTorch's name for the number.
    public convenience init(_ padding: some KernelSizeConvertible, value: some ScalarConvertible) {
        self.init(padding, value)
    }

    /// Like the other initializer, with PyTorch's names.
    public convenience init(padding: some KernelSizeConvertible, value: some ScalarConvertible) {
        self.init(padding, value)
    }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: .constant, value: value) }

    public override var extraRepr: String { "padding=\(super.extraRepr), value=\(PythonText.repr(value))" }
}

/// The base class of the modules that pad with zeros or with elements of the input, and their initializers.
public class BorderPaddingModule: PaddingModule {
    /// What is at the border.
    class var mode: PaddingMode { .constant }

    /// Creates a module for one padding at all borders, or one for each border: those of the last dimension first.
    public init(_ padding: some KernelSizeConvertible) { super.init(sizes: padding.toKernelSize()) }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(padding: some KernelSizeConvertible) { self.init(padding) }

    public func forward(_ input: Tensor) -> Tensor { input.pad(padding, mode: Self.mode) }
}

/// The base class of CircularPad1d, CircularPad2d and CircularPad3d.
public class CircularPaddingModule: BorderPaddingModule {
    override class var mode: PaddingMode { .circular }

    public override func forward(_ input: Tensor) -> Tensor {
        let dims = Self.spatialDims
        if input.isVoid || (dims + 1...dims + 2).contains(input.dim) { return super.forward(input) }
        return fail(.value, "expected \(dims + 1)D or \(dims + 2)D input (got \(input.dim)D input)")
    }
}

/// Pads the last dimension with one number. PyTorch: `torch.nn.ConstantPad1d`.
public final class ConstantPad1d: ConstantPaddingModule, Layer {
    override class var spatialDims: Int { 1 }
}

/// Pads the last two dimensions with one number. PyTorch: `torch.nn.ConstantPad2d`.
public final class ConstantPad2d: ConstantPaddingModule, Layer {
    override class var spatialDims: Int { 2 }
}

/// Pads the last three dimensions with one number. PyTorch: `torch.nn.ConstantPad3d`.
public final class ConstantPad3d: ConstantPaddingModule, Layer {
    override class var spatialDims: Int { 3 }
}

/// Pads the last dimension with zeros. PyTorch: `torch.nn.ZeroPad1d`.
public final class ZeroPad1d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 1 }
}

/// Pads the last two dimensions with zeros. PyTorch: `torch.nn.ZeroPad2d`.
public final class ZeroPad2d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 2 }
}

/// Pads the last three dimensions with zeros. PyTorch: `torch.nn.ZeroPad3d`.
public final class ZeroPad3d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 3 }
}

/// Pads the last dimension with the elements mirrored at the edge. PyTorch: `torch.nn.ReflectionPad1d`.
public final class ReflectionPad1d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 1 }
    override class var mode: PaddingMode { .reflect }
}

/// Pads the last two dimensions with the elements mirrored at the edge. PyTorch: `torch.nn.ReflectionPad2d`.
public final class ReflectionPad2d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 2 }
    override class var mode: PaddingMode { .reflect }
}

/// Pads the last three dimensions with the elements mirrored at the edge. PyTorch: `torch.nn.ReflectionPad3d`.
public final class ReflectionPad3d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 3 }
    override class var mode: PaddingMode { .reflect }
}

/// Pads the last dimension with the edge element. PyTorch: `torch.nn.ReplicationPad1d`.
public final class ReplicationPad1d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 1 }
    override class var mode: PaddingMode { .replicate }
}

/// Pads the last two dimensions with the edge element. PyTorch: `torch.nn.ReplicationPad2d`.
public final class ReplicationPad2d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 2 }
    override class var mode: PaddingMode { .replicate }
}

/// Pads the last three dimensions with the edge element. PyTorch: `torch.nn.ReplicationPad3d`.
public final class ReplicationPad3d: BorderPaddingModule, Layer {
    override class var spatialDims: Int { 3 }
    override class var mode: PaddingMode { .replicate }
}

/// Pads the last dimension with the elements from the opposite end. PyTorch: `torch.nn.CircularPad1d`.
public final class CircularPad1d: CircularPaddingModule, Layer {
    override class var spatialDims: Int { 1 }
}

/// Pads the last two dimensions with the elements from the opposite end. PyTorch: `torch.nn.CircularPad2d`.
public final class CircularPad2d: CircularPaddingModule, Layer {
    override class var spatialDims: Int { 2 }
}

/// Pads the last three dimensions with the elements from the opposite end. PyTorch: `torch.nn.CircularPad3d`.
public final class CircularPad3d: CircularPaddingModule, Layer {
    override class var spatialDims: Int { 3 }
}

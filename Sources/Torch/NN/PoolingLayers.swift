// Modules of pooling. They have no parameters.

/// The base class of MaxPool1d, MaxPool2d and MaxPool3d, and their initializers.
public class MaxPoolModule: StatelessModule {
    /// The size of a window.
    public let kernelSize: KernelSize
    /// The distance between windows.
    public let stride: KernelSize
    /// The number of elements, less than every number, at each border.
    public let padding: KernelSize
    /// The distance between the elements of a window.
    public let dilation: KernelSize
    /// Whether last windows that are not complete count.
    public let ceilMode: Bool

    fileprivate init(
        _ kernelSize: KernelSize, _ stride: KernelSize, _ padding: KernelSize, _ dilation: KernelSize, _ ceilMode: Bool
    ) {
        self.kernelSize = kernelSize
        self.stride = stride.values.isEmpty ? kernelSize : stride
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    /// Creates a module for windows of `kernelSize`. If `stride` is not given, windows do not overlap.
    public convenience init(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) {
        self.init(
            kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), dilation.toKernelSize(), ceilMode)
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) {
        self.init(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    public override var extraRepr: String {
        "kernel_size=\(kernelSize), stride=\(stride), padding=\(padding), dilation=\(dilation), ceil_mode=\(PythonText.repr(ceilMode))"
    }
}

/// Max pooling of [N, C, L] or [C, L]: `Tensor.maxPool1d`. PyTorch: `torch.nn.MaxPool1d`.
///
/// `pool.withIndices(x)` is PyTorch's `MaxPool1d(…, return_indices=True)(x)`.
public final class MaxPool1d: MaxPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.maxPool1d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) {
            $0.maxPool1dWithIndices(
                kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
        }
    }
}

/// Max pooling of [N, C, H, W] or [C, H, W]: `Tensor.maxPool2d`. PyTorch: `torch.nn.MaxPool2d`.
///
/// `pool.withIndices(x)` is PyTorch's `MaxPool2d(…, return_indices=True)(x)`.
public final class MaxPool2d: MaxPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.maxPool2d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) {
            $0.maxPool2dWithIndices(
                kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
        }
    }
}

/// Max pooling of [N, C, D, H, W] or [C, D, H, W]: `Tensor.maxPool3d`. PyTorch: `torch.nn.MaxPool3d`.
///
/// `pool.withIndices(x)` is PyTorch's `MaxPool3d(…, return_indices=True)(x)`.
public final class MaxPool3d: MaxPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.maxPool3d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) {
            $0.maxPool3dWithIndices(
                kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
        }
    }
}

/// The base class of MaxUnpool1d, MaxUnpool2d and MaxUnpool3d, which undo max pooling, and their initializers.
public class MaxUnpoolModule: StatelessModule {
    /// The size of a window, one number for each dimension.
    public let kernelSize: KernelSize
    /// The distance between windows.
    public let stride: KernelSize
    /// The padding of the pooling.
    public let padding: KernelSize

    /// The number of spatial dimensions. Subclasses have one.
    class var spatialDims: Int { 0 }

    fileprivate init(_ kernelSize: KernelSize, _ stride: KernelSize, _ padding: KernelSize) {
        let dims = Self.spatialDims
        func listed(_ size: KernelSize) -> KernelSize { size.expanded(to: dims).map { KernelSize($0) } ?? size }
        self.kernelSize = listed(kernelSize)
        self.stride = listed(stride.values.isEmpty ? kernelSize : stride)
        self.padding = listed(padding)
    }

    /// Creates a module for the arguments of a max pooling. If `stride` is not given, windows did not overlap.
    public convenience init(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0
    ) {
        self.init(kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize())
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0
    ) {
        self.init(kernelSize, stride: stride, padding: padding)
    }

    public override var extraRepr: String { "kernel_size=\(kernelSize), stride=\(stride), padding=\(padding)" }
}

/// Places maxima back at their indices: `Tensor.maxUnpool1d`. PyTorch: `torch.nn.MaxUnpool1d`.
public final class MaxUnpool1d: MaxUnpoolModule, BinaryLayer {
    override class var spatialDims: Int { 1 }

    public func forward(_ input: Tensor, _ indices: Tensor) -> Tensor {
        input.maxUnpool1d(indices, kernelSize, stride: stride, padding: padding)
    }

    /// Calls the module, hooks included, for a result of the given size.
    public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]) -> Tensor {
        withHooks(input, indices) {
            $0.maxUnpool1d($1, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
        }
    }
}

/// Places maxima back at their indices: `Tensor.maxUnpool2d`. PyTorch: `torch.nn.MaxUnpool2d`.
public final class MaxUnpool2d: MaxUnpoolModule, BinaryLayer {
    override class var spatialDims: Int { 2 }

    public func forward(_ input: Tensor, _ indices: Tensor) -> Tensor {
        input.maxUnpool2d(indices, kernelSize, stride: stride, padding: padding)
    }

    /// Calls the module, hooks included, for a result of the given size.
    public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]) -> Tensor {
        withHooks(input, indices) {
            $0.maxUnpool2d($1, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
        }
    }
}

/// Places maxima back at their indices: `Tensor.maxUnpool3d`. PyTorch: `torch.nn.MaxUnpool3d`.
public final class MaxUnpool3d: MaxUnpoolModule, BinaryLayer {
    override class var spatialDims: Int { 3 }

    public func forward(_ input: Tensor, _ indices: Tensor) -> Tensor {
        input.maxUnpool3d(indices, kernelSize, stride: stride, padding: padding)
    }

    /// Calls the module, hooks included, for a result of the given size.
    public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]) -> Tensor {
        withHooks(input, indices) {
            $0.maxUnpool3d($1, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
        }
    }
}

/// The base class of AvgPool1d, AvgPool2d and AvgPool3d, and the initializers of the last two.
public class AvgPoolModule: StatelessModule {
    /// The size of a window.
    public let kernelSize: KernelSize
    /// The distance between windows.
    public let stride: KernelSize
    /// The number of zeros at each border.
    public let padding: KernelSize
    /// Whether last windows that are not complete count.
    public let ceilMode: Bool
    /// Whether padding counts as elements of a window.
    public let countIncludePad: Bool
    /// The number by which sums are divided; nil for the number of elements.
    public let divisorOverride: Int?

    fileprivate init(
        _ kernelSize: KernelSize, _ stride: KernelSize, _ padding: KernelSize, _ ceilMode: Bool,
        _ countIncludePad: Bool, _ divisorOverride: Int?
    ) {
        self.kernelSize = kernelSize
        self.stride = stride.values.isEmpty ? kernelSize : stride
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludePad = countIncludePad
        self.divisorOverride = divisorOverride
    }

    /// Creates a module for windows of `kernelSize`. If `stride` is not given, windows do not overlap.
    public convenience init(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) {
        self.init(
            kernelSize.toKernelSize(), stride.toKernelSize(), padding.toKernelSize(), ceilMode, countIncludePad,
            divisorOverride)
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) {
        self.init(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }

    public override var extraRepr: String { "kernel_size=\(kernelSize), stride=\(stride), padding=\(padding)" }
}

/// Average pooling of [N, C, L] or [C, L]: `Tensor.avgPool1d`. PyTorch: `torch.nn.AvgPool1d`.
public final class AvgPool1d: AvgPoolModule, Layer {
    /// Creates a module for windows of `kernelSize`. If `stride` is not given, windows do not overlap.
    public init(
        _ kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        func listed(_ size: KernelSize) -> KernelSize { KernelSize(size.values) }
        super.init(
            listed(kernelSize.toKernelSize()), listed(stride.toKernelSize()), listed(padding.toKernelSize()), ceilMode,
            countIncludePad, nil)
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        self.init(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.avgPool1d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
    }
}

/// Average pooling of [N, C, H, W] or [C, H, W]: `Tensor.avgPool2d`. PyTorch: `torch.nn.AvgPool2d`.
public final class AvgPool2d: AvgPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.avgPool2d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }
}

/// Average pooling of [N, C, D, H, W] or [C, D, H, W]: `Tensor.avgPool3d`. PyTorch: `torch.nn.AvgPool3d`.
public final class AvgPool3d: AvgPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.avgPool3d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }
}

/// The base class of LPPool1d, LPPool2d and LPPool3d, and their initializers.
public class LPPoolModule: StatelessModule {
    /// The exponent p.
    public let normType: Scalar
    /// The size of a window.
    public let kernelSize: KernelSize
    /// The distance between windows; nil for the kernel's size.
    public let stride: KernelSize?
    /// Whether last windows that are not complete count.
    public let ceilMode: Bool

    fileprivate init(p: Scalar, _ kernelSize: KernelSize, _ stride: KernelSize, _ ceilMode: Bool) {
        if p.doubleValue == 0 { raise(.value, "norm_type must be a non-zero value, but got \(PythonText.repr(p))") }
        normType = p
        self.kernelSize = kernelSize
        self.stride = stride.values.isEmpty ? nil : stride
        self.ceilMode = ceilMode
    }

    /// Creates a module for the p-norm of windows of `kernelSize`, for p = `normType`.
    /// - Precondition: `normType` is not 0.
    public convenience init(
        _ normType: some ScalarConvertible, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) {
        self.init(p: normType.scalar, kernelSize.toKernelSize(), stride.toKernelSize(), ceilMode)
    }

    /// Like the other initializer, with PyTorch's names.
    public convenience init(
        normType: some ScalarConvertible, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) {
        self.init(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    public override var extraRepr: String {
        "norm_type=\(PythonText.repr(normType)), kernel_size=\(kernelSize), stride=\(stride.map { "\($0)" } ?? "None"), ceil_mode=\(PythonText.repr(ceilMode))"
    }
}

/// The p-norm of windows of [N, C, L] or [C, L]: `Tensor.lpPool1d`. PyTorch: `torch.nn.LPPool1d`.
public final class LPPool1d: LPPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.lpPool1d(normType.doubleValue, kernelSize, stride: stride ?? .likeKernel, ceilMode: ceilMode)
    }
}

/// The p-norm of windows of [N, C, H, W] or [C, H, W]: `Tensor.lpPool2d`. PyTorch: `torch.nn.LPPool2d`.
public final class LPPool2d: LPPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.lpPool2d(normType.doubleValue, kernelSize, stride: stride ?? .likeKernel, ceilMode: ceilMode)
    }
}

/// The p-norm of windows of [N, C, D, H, W] or [C, D, H, W]: `Tensor.lpPool3d`. PyTorch: `torch.nn.LPPool3d`.
public final class LPPool3d: LPPoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor {
        input.lpPool3d(normType.doubleValue, kernelSize, stride: stride ?? .likeKernel, ceilMode: ceilMode)
    }
}

// Modules of adaptive and fractional pooling. They have no parameters.

/// The base class of the adaptive pooling modules.
public class AdaptivePoolModule: StatelessModule {
    /// The size of the result; nil keeps the input's.
    public let outputSize: AdaptiveSize

    /// Creates a module for results of `outputSize`.
    public init(_ outputSize: some AdaptiveSizeConvertible) { self.outputSize = outputSize.toAdaptiveSize() }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }

    public override var extraRepr: String { "output_size=\(outputSize)" }

    fileprivate var numbers: KernelSize {
        let known = outputSize.values.compactMap { $0 }
        return outputSize.isNumber && known.count == 1 ? KernelSize(known[0]) : KernelSize(known)
    }
}

/// Averages of `outputSize` windows of [N, C, L] or [C, L]. PyTorch: `torch.nn.AdaptiveAvgPool1d`.
public final class AdaptiveAvgPool1d: AdaptivePoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.adaptiveAvgPool1d(numbers) }
}

/// Averages of windows of [N, C, H, W] or [C, H, W]. PyTorch: `torch.nn.AdaptiveAvgPool2d`.
public final class AdaptiveAvgPool2d: AdaptivePoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.adaptiveAvgPool2d(outputSize) }
}

/// Averages of windows of [N, C, D, H, W] or [C, D, H, W]. PyTorch: `torch.nn.AdaptiveAvgPool3d`.
public final class AdaptiveAvgPool3d: AdaptivePoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.adaptiveAvgPool3d(outputSize) }
}

/// Maxima of `outputSize` windows of [N, C, L] or [C, L]. PyTorch: `torch.nn.AdaptiveMaxPool1d`.
public final class AdaptiveMaxPool1d: AdaptivePoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.adaptiveMaxPool1d(numbers) }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) { $0.adaptiveMaxPool1dWithIndices(numbers) }
    }
}

/// Maxima of windows of [N, C, H, W] or [C, H, W]. PyTorch: `torch.nn.AdaptiveMaxPool2d`.
public final class AdaptiveMaxPool2d: AdaptivePoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.adaptiveMaxPool2d(outputSize) }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) { $0.adaptiveMaxPool2dWithIndices(outputSize) }
    }
}

/// Maxima of windows of [N, C, D, H, W] or [C, D, H, W]. PyTorch: `torch.nn.AdaptiveMaxPool3d`.
public final class AdaptiveMaxPool3d: AdaptivePoolModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.adaptiveMaxPool3d(outputSize) }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) { $0.adaptiveMaxPool3dWithIndices(outputSize) }
    }
}

/// The base class of FractionalMaxPool2d and FractionalMaxPool3d.
public class FractionalMaxPoolModule: StatelessModule {
    /// The size of a window.
    public let kernelSize: KernelSize
    /// The size of the result, or nil if a ratio is given.
    public let outputSize: KernelSize?
    /// The ratio of the result's size to the input's, or nil.
    public let outputRatio: ScaleFactor?

    fileprivate init(_ spatial: Int, _ kernelSize: KernelSize, _ outputSize: KernelSize?, _ outputRatio: ScaleFactor?) {
        if spatial == 3, !kernelSize.values.allSatisfy({ $0 > 0 }) {
            raise(.value, "kernel_size must be greater than 0, but got \(kernelSize)")
        }
        if let outputRatio, !outputRatio.values.allSatisfy({ $0 > 0 && $0 < 1 }) {
            raise(.value, "output_ratio must be between 0 and 1 (got \(outputRatio))")
        }
        self.kernelSize = kernelSize
        self.outputSize = outputSize
        self.outputRatio = outputRatio
    }
}

/// Max pooling whose windows begin at random places: `Tensor.fractionalMaxPool2d`.
/// PyTorch: `torch.nn.FractionalMaxPool2d`.
public final class FractionalMaxPool2d: FractionalMaxPoolModule, Layer {
    /// Creates a module for results of `outputSize`.
    public init(_ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible) {
        super.init(2, kernelSize.toKernelSize(), outputSize.toKernelSize(), nil)
    }

    /// Creates a module for results whose size is the input's times `outputRatio`.
    /// - Precondition: 0 < `outputRatio` < 1.
    public init(_ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible) {
        super.init(2, kernelSize.toKernelSize(), nil, outputRatio.toScaleFactor())
    }

    public func forward(_ input: Tensor) -> Tensor {
        outputSize.map { input.fractionalMaxPool2d(kernelSize, outputSize: $0) }
            ?? input.fractionalMaxPool2d(kernelSize, outputRatio: outputRatio ?? 1)
    }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) { input in
            outputSize.map { input.fractionalMaxPool2dWithIndices(kernelSize, outputSize: $0) }
                ?? input.fractionalMaxPool2dWithIndices(kernelSize, outputRatio: outputRatio ?? 1)
        }
    }
}

/// Max pooling whose windows begin at random places: `Tensor.fractionalMaxPool3d`.
/// PyTorch: `torch.nn.FractionalMaxPool3d`.
public final class FractionalMaxPool3d: FractionalMaxPoolModule, Layer {
    /// Creates a module for results of `outputSize`.
    public init(_ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible) {
        super.init(3, kernelSize.toKernelSize(), outputSize.toKernelSize(), nil)
    }

    /// Creates a module for results whose size is the input's times `outputRatio`.
    /// - Precondition: 0 < `outputRatio` < 1.
    public init(_ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible) {
        super.init(3, kernelSize.toKernelSize(), nil, outputRatio.toScaleFactor())
    }

    public func forward(_ input: Tensor) -> Tensor {
        outputSize.map { input.fractionalMaxPool3d(kernelSize, outputSize: $0) }
            ?? input.fractionalMaxPool3d(kernelSize, outputRatio: outputRatio ?? 1)
    }

    /// Calls the module, hooks included, and also returns the indices of the maxima.
    public func withIndices(_ input: Tensor) -> (values: Tensor, indices: Tensor) {
        withHooks(input) { input in
            outputSize.map { input.fractionalMaxPool3dWithIndices(kernelSize, outputSize: $0) }
                ?? input.fractionalMaxPool3dWithIndices(kernelSize, outputRatio: outputRatio ?? 1)
        }
    }
}

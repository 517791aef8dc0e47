// PyTorch's names for the leading arguments of the pooling modules: `MaxPool2d(kernelSize: 2)` for `MaxPool2d(2)`.

extension MaxPool1d {
    /// Like `init(_:stride:padding:dilation:ceilMode:)`, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) {
        self.init(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}

extension MaxUnpool1d {
    /// Like `init(_:stride:padding:)`, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0
    ) {
        self.init(kernelSize, stride: stride, padding: padding)
    }
}

extension AvgPool1d {
    /// Like the initializer without the first name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        self.init(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
    }
}

extension LPPool1d {
    /// Like `init(_:_:stride:ceilMode:)`, with PyTorch's names.
    public convenience init(
        normType: some ScalarConvertible, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) {
        self.init(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }
}

extension AdaptiveAvgPool1d {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }
}

extension AdaptiveMaxPool1d {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }
}

extension MaxPool2d {
    /// Like `init(_:stride:padding:dilation:ceilMode:)`, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) {
        self.init(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}

extension MaxUnpool2d {
    /// Like `init(_:stride:padding:)`, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0
    ) {
        self.init(kernelSize, stride: stride, padding: padding)
    }
}

extension AvgPool2d {
    /// Like the initializer without the first name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) {
        self.init(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }
}

extension LPPool2d {
    /// Like `init(_:_:stride:ceilMode:)`, with PyTorch's names.
    public convenience init(
        normType: some ScalarConvertible, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) {
        self.init(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }
}

extension AdaptiveAvgPool2d {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }
}

extension AdaptiveMaxPool2d {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }
}

extension MaxPool3d {
    /// Like `init(_:stride:padding:dilation:ceilMode:)`, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) {
        self.init(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}

extension MaxUnpool3d {
    /// Like `init(_:stride:padding:)`, with PyTorch's name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0
    ) {
        self.init(kernelSize, stride: stride, padding: padding)
    }
}

extension AvgPool3d {
    /// Like the initializer without the first name.
    public convenience init(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) {
        self.init(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }
}

extension LPPool3d {
    /// Like `init(_:_:stride:ceilMode:)`, with PyTorch's names.
    public convenience init(
        normType: some ScalarConvertible, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) {
        self.init(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }
}

extension AdaptiveAvgPool3d {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }
}

extension AdaptiveMaxPool3d {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(outputSize: some AdaptiveSizeConvertible) { self.init(outputSize) }
}

// PyTorch's names for the leading arguments of spatial operators: `x.maxPool2d(kernelSize: 2)` for `x.maxPool2d(2)`.

extension Tensor {
    /// Same as `maxPool1d(_:stride:padding:dilation:ceilMode:)`.
    public func maxPool1d(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        maxPool1d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Same as `maxPool1dWithIndices(_:stride:padding:dilation:ceilMode:)`.
    public func maxPool1dWithIndices(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        maxPool1dWithIndices(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Same as `maxPool2d(_:stride:padding:dilation:ceilMode:)`.
    public func maxPool2d(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        maxPool2d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Same as `maxPool2dWithIndices(_:stride:padding:dilation:ceilMode:)`.
    public func maxPool2dWithIndices(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        maxPool2dWithIndices(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Same as `maxPool3d(_:stride:padding:dilation:ceilMode:)`.
    public func maxPool3d(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        maxPool3d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Same as `maxPool3dWithIndices(_:stride:padding:dilation:ceilMode:)`.
    public func maxPool3dWithIndices(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        maxPool3dWithIndices(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Same as `avgPool1d(_:stride:padding:ceilMode:countIncludePad:)`.
    public func avgPool1d(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true
    ) -> Tensor {
        avgPool1d(kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
    }

    /// Same as `avgPool2d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`.
    public func avgPool2d(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) -> Tensor {
        avgPool2d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }

    /// Same as `avgPool3d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`.
    public func avgPool3d(
        kernelSize: some KernelSizeConvertible, stride: some KernelSizeConvertible = KernelSize.likeKernel,
        padding: some KernelSizeConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
        divisorOverride: Int? = nil
    ) -> Tensor {
        avgPool3d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }

    /// Same as `lpPool1d(_:_:stride:ceilMode:)`.
    public func lpPool1d(
        normType: Double, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        lpPool1d(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Same as `lpPool2d(_:_:stride:ceilMode:)`.
    public func lpPool2d(
        normType: Double, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        lpPool2d(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Same as `lpPool3d(_:_:stride:ceilMode:)`.
    public func lpPool3d(
        normType: Double, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        lpPool3d(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Same as `adaptiveAvgPool1d(_:)`.
    public func adaptiveAvgPool1d(outputSize: some KernelSizeConvertible) -> Tensor { adaptiveAvgPool1d(outputSize) }

    /// Same as `adaptiveAvgPool2d(_:)`.
    public func adaptiveAvgPool2d(outputSize: some AdaptiveSizeConvertible) -> Tensor { adaptiveAvgPool2d(outputSize) }

    /// Same as `adaptiveAvgPool3d(_:)`.
    public func adaptiveAvgPool3d(outputSize: some AdaptiveSizeConvertible) -> Tensor { adaptiveAvgPool3d(outputSize) }

    /// Same as `adaptiveMaxPool1d(_:)`.
    public func adaptiveMaxPool1d(outputSize: some KernelSizeConvertible) -> Tensor { adaptiveMaxPool1d(outputSize) }

    /// Same as `adaptiveMaxPool1dWithIndices(_:)`.
    public func adaptiveMaxPool1dWithIndices(
        outputSize: some KernelSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        adaptiveMaxPool1dWithIndices(outputSize)
    }

    /// Same as `adaptiveMaxPool2d(_:)`.
    public func adaptiveMaxPool2d(outputSize: some AdaptiveSizeConvertible) -> Tensor { adaptiveMaxPool2d(outputSize) }

    /// Same as `adaptiveMaxPool2dWithIndices(_:)`.
    public func adaptiveMaxPool2dWithIndices(
        outputSize: some AdaptiveSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        adaptiveMaxPool2dWithIndices(outputSize)
    }

    /// Same as `adaptiveMaxPool3d(_:)`.
    public func adaptiveMaxPool3d(outputSize: some AdaptiveSizeConvertible) -> Tensor { adaptiveMaxPool3d(outputSize) }

    /// Same as `adaptiveMaxPool3dWithIndices(_:)`.
    public func adaptiveMaxPool3dWithIndices(
        outputSize: some AdaptiveSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        adaptiveMaxPool3dWithIndices(outputSize)
    }

    /// Same as `fractionalMaxPool2d(_:outputSize:randomSamples:)`.
    public func fractionalMaxPool2d(
        kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        fractionalMaxPool2d(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool2d(_:outputRatio:randomSamples:)`.
    public func fractionalMaxPool2d(
        kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        fractionalMaxPool2d(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool2dWithIndices(_:outputSize:randomSamples:)`.
    public func fractionalMaxPool2dWithIndices(
        kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        fractionalMaxPool2dWithIndices(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool2dWithIndices(_:outputRatio:randomSamples:)`.
    public func fractionalMaxPool2dWithIndices(
        kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        fractionalMaxPool2dWithIndices(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool3d(_:outputSize:randomSamples:)`.
    public func fractionalMaxPool3d(
        kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        fractionalMaxPool3d(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool3d(_:outputRatio:randomSamples:)`.
    public func fractionalMaxPool3d(
        kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> Tensor {
        fractionalMaxPool3d(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool3dWithIndices(_:outputSize:randomSamples:)`.
    public func fractionalMaxPool3dWithIndices(
        kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        fractionalMaxPool3dWithIndices(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Same as `fractionalMaxPool3dWithIndices(_:outputRatio:randomSamples:)`.
    public func fractionalMaxPool3dWithIndices(
        kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible, randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        fractionalMaxPool3dWithIndices(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Same as `maxUnpool1d(_:_:stride:padding:outputSize:)`.
    public func maxUnpool1d(
        indices: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        maxUnpool1d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Same as `maxUnpool2d(_:_:stride:padding:outputSize:)`.
    public func maxUnpool2d(
        indices: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        maxUnpool2d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Same as `maxUnpool3d(_:_:stride:padding:outputSize:)`.
    public func maxUnpool3d(
        indices: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        maxUnpool3d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Same as `gridSample(_:mode:paddingMode:alignCorners:)`.
    public func gridSample(
        grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePaddingMode = .zeros,
        alignCorners: Bool = false
    ) -> Tensor {
        gridSample(grid, mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
    }

    /// Same as `affineGrid(_:alignCorners:)`.
    public func affineGrid(size: [Int], alignCorners: Bool = false) -> Tensor {
        affineGrid(size, alignCorners: alignCorners)
    }
}

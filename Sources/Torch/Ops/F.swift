// Written by Scripts/functions.py: do not edit.

/// The functions of networks. PyTorch: `torch.nn.functional`.
public enum F {
    /// Function form of `Tensor.adaptiveAvgPool1d(_:)`. PyTorch: `torch.nn.functional.adaptive_avg_pool1d`.
    public static func adaptiveAvgPool1d(_ input: Tensor, _ outputSize: some KernelSizeConvertible) -> Tensor {
        input.adaptiveAvgPool1d(outputSize)
    }

    /// Function form of `Tensor.adaptiveAvgPool1d(outputSize:)`. PyTorch: `torch.nn.functional.adaptive_avg_pool1d`.
    public static func adaptiveAvgPool1d(_ input: Tensor, outputSize: some KernelSizeConvertible) -> Tensor {
        input.adaptiveAvgPool1d(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveAvgPool2d(_:)`. PyTorch: `torch.nn.functional.adaptive_avg_pool2d`.
    public static func adaptiveAvgPool2d(_ input: Tensor, _ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveAvgPool2d(outputSize)
    }

    /// Function form of `Tensor.adaptiveAvgPool2d(outputSize:)`. PyTorch: `torch.nn.functional.adaptive_avg_pool2d`.
    public static func adaptiveAvgPool2d(_ input: Tensor, outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveAvgPool2d(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveAvgPool3d(_:)`. PyTorch: `torch.nn.functional.adaptive_avg_pool3d`.
    public static func adaptiveAvgPool3d(_ input: Tensor, _ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveAvgPool3d(outputSize)
    }

    /// Function form of `Tensor.adaptiveAvgPool3d(outputSize:)`. PyTorch: `torch.nn.functional.adaptive_avg_pool3d`.
    public static func adaptiveAvgPool3d(_ input: Tensor, outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveAvgPool3d(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool1d(_:)`. PyTorch: `torch.nn.functional.adaptive_max_pool1d`.
    public static func adaptiveMaxPool1d(_ input: Tensor, _ outputSize: some KernelSizeConvertible) -> Tensor {
        input.adaptiveMaxPool1d(outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool1d(outputSize:)`. PyTorch: `torch.nn.functional.adaptive_max_pool1d`.
    public static func adaptiveMaxPool1d(_ input: Tensor, outputSize: some KernelSizeConvertible) -> Tensor {
        input.adaptiveMaxPool1d(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool1dWithIndices(_:)`.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool1d_with_indices`.
    public static func adaptiveMaxPool1dWithIndices(
        _ input: Tensor, _ outputSize: some KernelSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        input.adaptiveMaxPool1dWithIndices(outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool1dWithIndices(outputSize:)`.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool1d_with_indices`.
    public static func adaptiveMaxPool1dWithIndices(
        _ input: Tensor, outputSize: some KernelSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        input.adaptiveMaxPool1dWithIndices(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool2d(_:)`. PyTorch: `torch.nn.functional.adaptive_max_pool2d`.
    public static func adaptiveMaxPool2d(_ input: Tensor, _ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveMaxPool2d(outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool2d(outputSize:)`. PyTorch: `torch.nn.functional.adaptive_max_pool2d`.
    public static func adaptiveMaxPool2d(_ input: Tensor, outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveMaxPool2d(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool2dWithIndices(_:)`.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool2d_with_indices`.
    public static func adaptiveMaxPool2dWithIndices(
        _ input: Tensor, _ outputSize: some AdaptiveSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        input.adaptiveMaxPool2dWithIndices(outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool2dWithIndices(outputSize:)`.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool2d_with_indices`.
    public static func adaptiveMaxPool2dWithIndices(
        _ input: Tensor, outputSize: some AdaptiveSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        input.adaptiveMaxPool2dWithIndices(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool3d(_:)`. PyTorch: `torch.nn.functional.adaptive_max_pool3d`.
    public static func adaptiveMaxPool3d(_ input: Tensor, _ outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveMaxPool3d(outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool3d(outputSize:)`. PyTorch: `torch.nn.functional.adaptive_max_pool3d`.
    public static func adaptiveMaxPool3d(_ input: Tensor, outputSize: some AdaptiveSizeConvertible) -> Tensor {
        input.adaptiveMaxPool3d(outputSize: outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool3dWithIndices(_:)`.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool3d_with_indices`.
    public static func adaptiveMaxPool3dWithIndices(
        _ input: Tensor, _ outputSize: some AdaptiveSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        input.adaptiveMaxPool3dWithIndices(outputSize)
    }

    /// Function form of `Tensor.adaptiveMaxPool3dWithIndices(outputSize:)`.
    /// PyTorch: `torch.nn.functional.adaptive_max_pool3d_with_indices`.
    public static func adaptiveMaxPool3dWithIndices(
        _ input: Tensor, outputSize: some AdaptiveSizeConvertible
    ) -> (values: Tensor, indices: Tensor) {
        input.adaptiveMaxPool3dWithIndices(outputSize: outputSize)
    }

    /// Function form of `Tensor.affineGrid(_:alignCorners:)`. PyTorch: `torch.nn.functional.affine_grid`.
    public static func affineGrid(_ input: Tensor, _ size: [Int], alignCorners: Bool = false) -> Tensor {
        input.affineGrid(size, alignCorners: alignCorners)
    }

    /// Function form of `Tensor.affineGrid(size:alignCorners:)`. PyTorch: `torch.nn.functional.affine_grid`.
    public static func affineGrid(_ input: Tensor, size: [Int], alignCorners: Bool = false) -> Tensor {
        input.affineGrid(size: size, alignCorners: alignCorners)
    }

    /// Same as `alphaDropout(_:p:training:)`. PyTorch: `torch.nn.functional.alpha_dropout`.
    public static func alphaDropout(_ input: Tensor, p: Double = 0.5, training: Bool = false) -> Tensor {
        Torch.alphaDropout(input, p: p, training: training)
    }

    /// Same as `alphaDropout(_:_:training:)`. PyTorch: `torch.nn.functional.alpha_dropout`.
    public static func alphaDropout(_ input: Tensor, _ p: Double, training: Bool = false) -> Tensor {
        Torch.alphaDropout(input, p, training: training)
    }

    /// Function form of `Tensor.avgPool1d(_:stride:padding:ceilMode:countIncludePad:)`.
    /// PyTorch: `torch.nn.functional.avg_pool1d`.
    public static func avgPool1d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true
    ) -> Tensor {
        input.avgPool1d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
    }

    /// Function form of `Tensor.avgPool1d(kernelSize:stride:padding:ceilMode:countIncludePad:)`.
    /// PyTorch: `torch.nn.functional.avg_pool1d`.
    public static func avgPool1d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true
    ) -> Tensor {
        input.avgPool1d(
            kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
            countIncludePad: countIncludePad)
    }

    /// Function form of `Tensor.avgPool2d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`.
    /// PyTorch: `torch.nn.functional.avg_pool2d`.
    public static func avgPool2d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
    ) -> Tensor {
        input.avgPool2d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }

    /// Function form of `Tensor.avgPool2d(kernelSize:stride:padding:ceilMode:countIncludePad:divisorOverride:)`.
    /// PyTorch: `torch.nn.functional.avg_pool2d`.
    public static func avgPool2d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
    ) -> Tensor {
        input.avgPool2d(
            kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
            countIncludePad: countIncludePad, divisorOverride: divisorOverride)
    }

    /// Function form of `Tensor.avgPool3d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`.
    /// PyTorch: `torch.nn.functional.avg_pool3d`.
    public static func avgPool3d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
    ) -> Tensor {
        input.avgPool3d(
            kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
            divisorOverride: divisorOverride)
    }

    /// Function form of `Tensor.avgPool3d(kernelSize:stride:padding:ceilMode:countIncludePad:divisorOverride:)`.
    /// PyTorch: `torch.nn.functional.avg_pool3d`.
    public static func avgPool3d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
    ) -> Tensor {
        input.avgPool3d(
            kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
            countIncludePad: countIncludePad, divisorOverride: divisorOverride)
    }

    /// Same as `batchNorm(_:runningMean:runningVar:weight:bias:training:momentum:eps:)`.
    /// PyTorch: `torch.nn.functional.batch_norm`.
    public static func batchNorm(
        _ input: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil,
        bias: Tensor? = nil, training: Bool = false, momentum: Double = 0.1, eps: Double = 1e-5
    ) -> Tensor {
        Torch.batchNorm(
            input, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, training: training,
            momentum: momentum, eps: eps)
    }

    /// Same as `bilinear(_:_:_:_:)`. PyTorch: `torch.nn.functional.bilinear`.
    public static func bilinear(_ x1: Tensor, _ x2: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
        Torch.bilinear(x1, x2, weight, bias)
    }

    /// Same as `binaryCrossEntropy(_:_:weight:reduction:)`. PyTorch: `torch.nn.functional.binary_cross_entropy`.
    public static func binaryCrossEntropy(
        _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.binaryCrossEntropy(input, target, weight: weight, reduction: reduction)
    }

    /// Same as `binaryCrossEntropyWithLogits(_:_:weight:posWeight:reduction:)`.
    /// PyTorch: `torch.nn.functional.binary_cross_entropy_with_logits`.
    public static func binaryCrossEntropyWithLogits(
        _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil,
        reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.binaryCrossEntropyWithLogits(input, target, weight: weight, posWeight: posWeight, reduction: reduction)
    }

    /// Function form of `Tensor.celu(alpha:)`. PyTorch: `torch.nn.functional.celu`.
    public static func celu(_ input: Tensor, alpha: Double = 1, inplace: Bool = false) -> Tensor {
        inplace ? input.celu_(alpha: alpha) : input.celu(alpha: alpha)
    }

    /// Function form of `Tensor.channelShuffle(_:)`. PyTorch: `torch.nn.functional.channel_shuffle`.
    public static func channelShuffle(_ input: Tensor, _ groups: Int) -> Tensor { input.channelShuffle(groups) }

    /// Same as `conv1d(_:_:_:stride:padding:dilation:groups:)`. PyTorch: `torch.nn.functional.conv1d`.
    public static func conv1d(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
        padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
    ) -> Tensor {
        Torch.conv1d(input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Same as `conv1d(_:_:bias:stride:padding:dilation:groups:)`. PyTorch: `torch.nn.functional.conv1d`.
    public static func conv1d(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
        padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
    ) -> Tensor {
        Torch.conv1d(input, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Same as `conv2d(_:_:_:stride:padding:dilation:groups:)`. PyTorch: `torch.nn.functional.conv2d`.
    public static func conv2d(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
        padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
    ) -> Tensor {
        Torch.conv2d(input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Same as `conv2d(_:_:bias:stride:padding:dilation:groups:)`. PyTorch: `torch.nn.functional.conv2d`.
    public static func conv2d(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
        padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
    ) -> Tensor {
        Torch.conv2d(input, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Same as `conv3d(_:_:_:stride:padding:dilation:groups:)`. PyTorch: `torch.nn.functional.conv3d`.
    public static func conv3d(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
        padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
    ) -> Tensor {
        Torch.conv3d(input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Same as `conv3d(_:_:bias:stride:padding:dilation:groups:)`. PyTorch: `torch.nn.functional.conv3d`.
    public static func conv3d(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
        padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
    ) -> Tensor {
        Torch.conv3d(input, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Same as `convTranspose1d(_:_:_:stride:padding:outputPadding:groups:dilation:)`.
    /// PyTorch: `torch.nn.functional.conv_transpose1d`.
    public static func convTranspose1d(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
        dilation: some KernelSizeConvertible = 1
    ) -> Tensor {
        Torch.convTranspose1d(
            input, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
            dilation: dilation)
    }

    /// Same as `convTranspose1d(_:_:bias:stride:padding:outputPadding:groups:dilation:)`.
    /// PyTorch: `torch.nn.functional.conv_transpose1d`.
    public static func convTranspose1d(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
        dilation: some KernelSizeConvertible = 1
    ) -> Tensor {
        Torch.convTranspose1d(
            input, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
            dilation: dilation)
    }

    /// Same as `convTranspose2d(_:_:_:stride:padding:outputPadding:groups:dilation:)`.
    /// PyTorch: `torch.nn.functional.conv_transpose2d`.
    public static func convTranspose2d(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
        dilation: some KernelSizeConvertible = 1
    ) -> Tensor {
        Torch.convTranspose2d(
            input, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
            dilation: dilation)
    }

    /// Same as `convTranspose2d(_:_:bias:stride:padding:outputPadding:groups:dilation:)`.
    /// PyTorch: `torch.nn.functional.conv_transpose2d`.
    public static func convTranspose2d(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
        dilation: some KernelSizeConvertible = 1
    ) -> Tensor {
        Torch.convTranspose2d(
            input, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
            dilation: dilation)
    }

    /// Same as `convTranspose3d(_:_:_:stride:padding:outputPadding:groups:dilation:)`.
    /// PyTorch: `torch.nn.functional.conv_transpose3d`.
    public static func convTranspose3d(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
        dilation: some KernelSizeConvertible = 1
    ) -> Tensor {
        Torch.convTranspose3d(
            input, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
            dilation: dilation)
    }

    /// Same as `convTranspose3d(_:_:bias:stride:padding:outputPadding:groups:dilation:)`.
    /// PyTorch: `torch.nn.functional.conv_transpose3d`.
    public static func convTranspose3d(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
        dilation: some KernelSizeConvertible = 1
    ) -> Tensor {
        Torch.convTranspose3d(
            input, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
            dilation: dilation)
    }

    /// Same as `cosineEmbeddingLoss(_:_:_:margin:reduction:)`. PyTorch: `torch.nn.functional.cosine_embedding_loss`.
    public static func cosineEmbeddingLoss(
        _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.cosineEmbeddingLoss(input1, input2, target, margin: margin, reduction: reduction)
    }

    /// Same as `cosineSimilarity(_:_:dim:eps:)`. PyTorch: `torch.nn.functional.cosine_similarity`.
    public static func cosineSimilarity(_ x1: Tensor, _ x2: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
        Torch.cosineSimilarity(x1, x2, dim: dim, eps: eps)
    }

    /// Same as `crossEntropy(_:_:weight:ignoreIndex:reduction:labelSmoothing:)`.
    /// PyTorch: `torch.nn.functional.cross_entropy`.
    public static func crossEntropy(
        _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
        reduction: LossReduction = .mean, labelSmoothing: Double = 0
    ) -> Tensor {
        Torch.crossEntropy(
            input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction,
            labelSmoothing: labelSmoothing)
    }

    /// Same as `ctcLoss(_:_:inputLengths:targetLengths:blank:reduction:zeroInfinity:)`.
    /// PyTorch: `torch.nn.functional.ctc_loss`.
    public static func ctcLoss(
        _ logProbs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
        reduction: LossReduction = .mean, zeroInfinity: Bool = false
    ) -> Tensor {
        Torch.ctcLoss(
            logProbs, targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
            reduction: reduction, zeroInfinity: zeroInfinity)
    }

    /// Same as `ctcLoss(_:_:inputLengths:targetLengths:blank:reduction:zeroInfinity:)`.
    /// PyTorch: `torch.nn.functional.ctc_loss`.
    public static func ctcLoss(
        _ logProbs: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: Int = 0,
        reduction: LossReduction = .mean, zeroInfinity: Bool = false
    ) -> Tensor {
        Torch.ctcLoss(
            logProbs, targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
            reduction: reduction, zeroInfinity: zeroInfinity)
    }

    /// Same as `dropout(_:p:training:)`. PyTorch: `torch.nn.functional.dropout`.
    public static func dropout(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
        Torch.dropout(input, p: p, training: training)
    }

    /// Same as `dropout(_:_:training:)`. PyTorch: `torch.nn.functional.dropout`.
    public static func dropout(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
        Torch.dropout(input, p, training: training)
    }

    /// Same as `dropout1d(_:p:training:)`. PyTorch: `torch.nn.functional.dropout1d`.
    public static func dropout1d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
        Torch.dropout1d(input, p: p, training: training)
    }

    /// Same as `dropout1d(_:_:training:)`. PyTorch: `torch.nn.functional.dropout1d`.
    public static func dropout1d(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
        Torch.dropout1d(input, p, training: training)
    }

    /// Same as `dropout2d(_:p:training:)`. PyTorch: `torch.nn.functional.dropout2d`.
    public static func dropout2d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
        Torch.dropout2d(input, p: p, training: training)
    }

    /// Same as `dropout2d(_:_:training:)`. PyTorch: `torch.nn.functional.dropout2d`.
    public static func dropout2d(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
        Torch.dropout2d(input, p, training: training)
    }

    /// Same as `dropout3d(_:p:training:)`. PyTorch: `torch.nn.functional.dropout3d`.
    public static func dropout3d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
        Torch.dropout3d(input, p: p, training: training)
    }

    /// Same as `dropout3d(_:_:training:)`. PyTorch: `torch.nn.functional.dropout3d`.
    public static func dropout3d(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
        Torch.dropout3d(input, p, training: training)
    }

    /// Function form of `Tensor.elu(alpha:)`. PyTorch: `torch.nn.functional.elu`.
    public static func elu(_ input: Tensor, alpha: Double = 1, inplace: Bool = false) -> Tensor {
        inplace ? input.elu_(alpha: alpha) : input.elu(alpha: alpha)
    }

    /// Same as `embedding(_:_:paddingIdx:maxNorm:normType:scaleGradByFreq:sparse:)`.
    /// PyTorch: `torch.nn.functional.embedding`.
    public static func embedding(
        _ input: Tensor, _ weight: Tensor, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, sparse: Bool = false
    ) -> Tensor {
        Torch.embedding(
            input, weight, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType,
            scaleGradByFreq: scaleGradByFreq, sparse: sparse)
    }

    /// Same as `embeddingBag`. PyTorch: `torch.nn.functional.embedding_bag`.
    public static func embeddingBag(
        _ input: Tensor, _ weight: Tensor, offsets: Tensor? = nil, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean, sparse: Bool = false,
        perSampleWeights: Tensor? = nil, includeLastOffset: Bool = false, paddingIdx: Int? = nil
    ) -> Tensor {
        Torch.embeddingBag(
            input, weight, offsets: offsets, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq,
            mode: mode, sparse: sparse, perSampleWeights: perSampleWeights, includeLastOffset: includeLastOffset,
            paddingIdx: paddingIdx)
    }

    /// Same as `featureAlphaDropout(_:p:training:)`. PyTorch: `torch.nn.functional.feature_alpha_dropout`.
    public static func featureAlphaDropout(_ input: Tensor, p: Double = 0.5, training: Bool = false) -> Tensor {
        Torch.featureAlphaDropout(input, p: p, training: training)
    }

    /// Same as `featureAlphaDropout(_:_:training:)`. PyTorch: `torch.nn.functional.feature_alpha_dropout`.
    public static func featureAlphaDropout(_ input: Tensor, _ p: Double, training: Bool = false) -> Tensor {
        Torch.featureAlphaDropout(input, p, training: training)
    }

    /// Function form of `Tensor.fold(outputSize:kernelSize:dilation:padding:stride:)`.
    /// PyTorch: `torch.nn.functional.fold`.
    public static func fold(
        _ input: Tensor, outputSize: some KernelSizeConvertible, kernelSize: some KernelSizeConvertible,
        dilation: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        stride: some KernelSizeConvertible = 1
    ) -> Tensor {
        input.fold(outputSize: outputSize, kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
    }

    /// Function form of `Tensor.fractionalMaxPool2d(_:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d`.
    public static func fractionalMaxPool2d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool2d(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2d(_:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d`.
    public static func fractionalMaxPool2d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool2d(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2d(kernelSize:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d`.
    public static func fractionalMaxPool2d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool2d(kernelSize: kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2d(kernelSize:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d`.
    public static func fractionalMaxPool2d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool2d(kernelSize: kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2dWithIndices(_:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d_with_indices`.
    public static func fractionalMaxPool2dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool2dWithIndices(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2dWithIndices(_:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d_with_indices`.
    public static func fractionalMaxPool2dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool2dWithIndices(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2dWithIndices(kernelSize:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d_with_indices`.
    public static func fractionalMaxPool2dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool2dWithIndices(
            kernelSize: kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool2dWithIndices(kernelSize:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool2d_with_indices`.
    public static func fractionalMaxPool2dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool2dWithIndices(
            kernelSize: kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3d(_:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d`.
    public static func fractionalMaxPool3d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool3d(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3d(_:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d`.
    public static func fractionalMaxPool3d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool3d(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3d(kernelSize:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d`.
    public static func fractionalMaxPool3d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool3d(kernelSize: kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3d(kernelSize:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d`.
    public static func fractionalMaxPool3d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> Tensor {
        input.fractionalMaxPool3d(kernelSize: kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3dWithIndices(_:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d_with_indices`.
    public static func fractionalMaxPool3dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool3dWithIndices(kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3dWithIndices(_:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d_with_indices`.
    public static func fractionalMaxPool3dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool3dWithIndices(kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3dWithIndices(kernelSize:outputSize:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d_with_indices`.
    public static func fractionalMaxPool3dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputSize: some KernelSizeConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool3dWithIndices(
            kernelSize: kernelSize, outputSize: outputSize, randomSamples: randomSamples)
    }

    /// Function form of `Tensor.fractionalMaxPool3dWithIndices(kernelSize:outputRatio:randomSamples:)`.
    /// PyTorch: `torch.nn.functional.fractional_max_pool3d_with_indices`.
    public static func fractionalMaxPool3dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, outputRatio: some ScaleFactorConvertible,
        randomSamples: Tensor? = nil
    ) -> (values: Tensor, indices: Tensor) {
        input.fractionalMaxPool3dWithIndices(
            kernelSize: kernelSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// Same as `gaussianNllLoss(_:_:variance:full:eps:reduction:)`. PyTorch: `torch.nn.functional.gaussian_nll_loss`.
    public static func gaussianNllLoss(
        _ input: Tensor, _ target: Tensor, variance: Tensor, full: Bool = false, eps: Double = 1e-6,
        reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.gaussianNllLoss(input, target, variance: variance, full: full, eps: eps, reduction: reduction)
    }

    /// Function form of `Tensor.gelu(approximate:)`. PyTorch: `torch.nn.functional.gelu`.
    public static func gelu(_ input: Tensor, approximate: GELUApproximation = .none) -> Tensor {
        input.gelu(approximate: approximate)
    }

    /// Function form of `Tensor.glu(_:)`. PyTorch: `torch.nn.functional.glu`.
    public static func glu(_ input: Tensor, _ dim: Int) -> Tensor { input.glu(dim) }

    /// Function form of `Tensor.glu(dim:)`. PyTorch: `torch.nn.functional.glu`.
    public static func glu(_ input: Tensor, dim: Int = -1) -> Tensor { input.glu(dim: dim) }

    /// Function form of `Tensor.gridSample(_:mode:paddingMode:alignCorners:)`.
    /// PyTorch: `torch.nn.functional.grid_sample`.
    public static func gridSample(
        _ input: Tensor, _ grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePaddingMode = .zeros,
        alignCorners: Bool = false
    ) -> Tensor {
        input.gridSample(grid, mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
    }

    /// Function form of `Tensor.gridSample(grid:mode:paddingMode:alignCorners:)`.
    /// PyTorch: `torch.nn.functional.grid_sample`.
    public static func gridSample(
        _ input: Tensor, grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePaddingMode = .zeros,
        alignCorners: Bool = false
    ) -> Tensor {
        input.gridSample(grid: grid, mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
    }

    /// Same as `groupNorm(_:_:weight:bias:eps:)`. PyTorch: `torch.nn.functional.group_norm`.
    public static func groupNorm(
        _ input: Tensor, _ numGroups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
    ) -> Tensor {
        Torch.groupNorm(input, numGroups, weight: weight, bias: bias, eps: eps)
    }

    /// Same as `groupNorm(_:numGroups:weight:bias:eps:)`. PyTorch: `torch.nn.functional.group_norm`.
    public static func groupNorm(
        _ input: Tensor, numGroups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
    ) -> Tensor {
        Torch.groupNorm(input, numGroups: numGroups, weight: weight, bias: bias, eps: eps)
    }

    /// Function form of `Tensor.hardshrink(_:)`. PyTorch: `torch.nn.functional.hardshrink`.
    public static func hardshrink(_ input: Tensor, _ lambda: Double = 0.5) -> Tensor { input.hardshrink(lambda) }

    /// Function form of `Tensor.hardshrink(lambd:)`. PyTorch: `torch.nn.functional.hardshrink`.
    public static func hardshrink(_ input: Tensor, lambd: Double) -> Tensor { input.hardshrink(lambd: lambd) }

    /// Function form of `Tensor.hardsigmoid()`. PyTorch: `torch.nn.functional.hardsigmoid`.
    public static func hardsigmoid(_ input: Tensor, inplace: Bool = false) -> Tensor {
        inplace ? input.hardsigmoid_() : input.hardsigmoid()
    }

    /// Function form of `Tensor.hardswish()`. PyTorch: `torch.nn.functional.hardswish`.
    public static func hardswish(_ input: Tensor, inplace: Bool = false) -> Tensor {
        inplace ? input.hardswish_() : input.hardswish()
    }

    /// Function form of `Tensor.hardtanh(_:_:)`. PyTorch: `torch.nn.functional.hardtanh`.
    public static func hardtanh(
        _ input: Tensor, _ min: Double = -1, _ max: Double = 1, inplace: Bool = false
    ) -> Tensor {
        if inplace { return input.hardtanh_(min, max) }
        return input.hardtanh(min, max)
    }

    /// Function form of `Tensor.hardtanh(minVal:maxVal:)`. PyTorch: `torch.nn.functional.hardtanh`.
    public static func hardtanh(_ input: Tensor, minVal: Double, maxVal: Double, inplace: Bool = false) -> Tensor {
        inplace ? input.hardtanh_(minVal: minVal, maxVal: maxVal) : input.hardtanh(minVal: minVal, maxVal: maxVal)
    }

    /// Same as `hingeEmbeddingLoss(_:_:margin:reduction:)`. PyTorch: `torch.nn.functional.hinge_embedding_loss`.
    public static func hingeEmbeddingLoss(
        _ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.hingeEmbeddingLoss(input, target, margin: margin, reduction: reduction)
    }

    /// Same as `huberLoss(_:_:reduction:delta:weight:)`. PyTorch: `torch.nn.functional.huber_loss`.
    public static func huberLoss(
        _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, delta: Double = 1, weight: Tensor? = nil
    ) -> Tensor {
        Torch.huberLoss(input, target, reduction: reduction, delta: delta, weight: weight)
    }

    /// Same as `instanceNorm(_:runningMean:runningVar:weight:bias:useInputStats:momentum:eps:)`.
    /// PyTorch: `torch.nn.functional.instance_norm`.
    public static func instanceNorm(
        _ input: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil,
        bias: Tensor? = nil, useInputStats: Bool = true, momentum: Double = 0.1, eps: Double = 1e-5
    ) -> Tensor {
        Torch.instanceNorm(
            input, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias,
            useInputStats: useInputStats, momentum: momentum, eps: eps)
    }

    /// Function form of `Tensor.interpolate(size:mode:alignCorners:antialias:)`.
    /// PyTorch: `torch.nn.functional.interpolate`.
    public static func interpolate(
        _ input: Tensor, size: some KernelSizeConvertible, mode: InterpolationMode = .nearest,
        alignCorners: Bool? = nil, antialias: Bool = false
    ) -> Tensor {
        input.interpolate(size: size, mode: mode, alignCorners: alignCorners, antialias: antialias)
    }

    /// Function form of `Tensor.interpolate(scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)`.
    /// PyTorch: `torch.nn.functional.interpolate`.
    public static func interpolate(
        _ input: Tensor, scaleFactor: some ScaleFactorConvertible, mode: InterpolationMode = .nearest,
        alignCorners: Bool? = nil, recomputeScaleFactor: Bool? = nil, antialias: Bool = false
    ) -> Tensor {
        input.interpolate(
            scaleFactor: scaleFactor, mode: mode, alignCorners: alignCorners,
            recomputeScaleFactor: recomputeScaleFactor, antialias: antialias)
    }

    /// Same as `klDiv(_:_:reduction:logTarget:batchMean:)`. PyTorch: `torch.nn.functional.kl_div`.
    public static func klDiv(
        _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, logTarget: Bool = false,
        batchMean: Bool = false
    ) -> Tensor {
        Torch.klDiv(input, target, reduction: reduction, logTarget: logTarget, batchMean: batchMean)
    }

    /// Same as `l1Loss(_:_:reduction:weight:)`. PyTorch: `torch.nn.functional.l1_loss`.
    public static func l1Loss(
        _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, weight: Tensor? = nil
    ) -> Tensor {
        Torch.l1Loss(input, target, reduction: reduction, weight: weight)
    }

    /// Same as `layerNorm(_:_:weight:bias:eps:)`. PyTorch: `torch.nn.functional.layer_norm`.
    public static func layerNorm(
        _ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
    ) -> Tensor {
        Torch.layerNorm(input, normalizedShape, weight: weight, bias: bias, eps: eps)
    }

    /// Same as `layerNorm(_:_:weight:bias:eps:)`. PyTorch: `torch.nn.functional.layer_norm`.
    public static func layerNorm(
        _ input: Tensor, _ normalizedShape: Size, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
    ) -> Tensor {
        Torch.layerNorm(input, normalizedShape, weight: weight, bias: bias, eps: eps)
    }

    /// Same as `layerNorm(_:normalizedShape:weight:bias:eps:)`. PyTorch: `torch.nn.functional.layer_norm`.
    public static func layerNorm(
        _ input: Tensor, normalizedShape: some Collection<Int>, weight: Tensor? = nil, bias: Tensor? = nil,
        eps: Double = 1e-5
    ) -> Tensor {
        Torch.layerNorm(input, normalizedShape: normalizedShape, weight: weight, bias: bias, eps: eps)
    }

    /// Function form of `Tensor.leakyRelu(_:)`. PyTorch: `torch.nn.functional.leaky_relu`.
    public static func leakyRelu(_ input: Tensor, _ negativeSlope: Double = 0.01, inplace: Bool = false) -> Tensor {
        inplace ? input.leakyRelu_(negativeSlope) : input.leakyRelu(negativeSlope)
    }

    /// Function form of `Tensor.leakyRelu(negativeSlope:)`. PyTorch: `torch.nn.functional.leaky_relu`.
    public static func leakyRelu(_ input: Tensor, negativeSlope: Double, inplace: Bool = false) -> Tensor {
        inplace ? input.leakyRelu_(negativeSlope: negativeSlope) : input.leakyRelu(negativeSlope: negativeSlope)
    }

    /// Function form of `Tensor.linear(_:_:)`. PyTorch: `torch.nn.functional.linear`.
    public static func linear(_ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
        input.linear(weight, bias)
    }

    /// Function form of `Tensor.linear(_:bias:)`. PyTorch: `torch.nn.functional.linear`.
    public static func linear(_ input: Tensor, _ weight: Tensor, bias: Tensor?) -> Tensor {
        input.linear(weight, bias: bias)
    }

    /// Same as `linearCrossEntropy(_:_:_:linearBias:weight:reduction:ignoreIndex:labelSmoothing:options:)`.
    /// PyTorch: `torch.nn.functional.linear_cross_entropy`.
    public static func linearCrossEntropy(
        _ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, linearBias: Tensor? = nil, weight: Tensor? = nil,
        reduction: LossReduction = .mean, ignoreIndex: Int? = nil, labelSmoothing: Double = 0,
        options: LinearCrossEntropyOptions? = nil
    ) -> Tensor {
        Torch.linearCrossEntropy(
            input, linearWeight, target, linearBias: linearBias, weight: weight, reduction: reduction,
            ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing, options: options)
    }

    /// Same as `localResponseNorm(_:_:alpha:beta:k:)`. PyTorch: `torch.nn.functional.local_response_norm`.
    public static func localResponseNorm(
        _ input: Tensor, _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
    ) -> Tensor {
        Torch.localResponseNorm(input, size, alpha: alpha, beta: beta, k: k)
    }

    /// Function form of `Tensor.logSoftmax(_:dtype:)`. PyTorch: `torch.nn.functional.log_softmax`.
    public static func logSoftmax(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor {
        input.logSoftmax(dim, dtype: dtype)
    }

    /// Function form of `Tensor.logSoftmax(dim:dtype:)`. PyTorch: `torch.nn.functional.log_softmax`.
    public static func logSoftmax(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
        input.logSoftmax(dim: dim, dtype: dtype)
    }

    /// Function form of `Tensor.logsigmoid()`. PyTorch: `torch.nn.functional.logsigmoid`.
    public static func logsigmoid(_ input: Tensor) -> Tensor { input.logsigmoid() }

    /// Function form of `Tensor.lpPool1d(_:_:stride:ceilMode:)`. PyTorch: `torch.nn.functional.lp_pool1d`.
    public static func lpPool1d(
        _ input: Tensor, _ normType: Double, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        input.lpPool1d(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.lpPool1d(normType:kernelSize:stride:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.lp_pool1d`.
    public static func lpPool1d(
        _ input: Tensor, normType: Double, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        input.lpPool1d(normType: normType, kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.lpPool2d(_:_:stride:ceilMode:)`. PyTorch: `torch.nn.functional.lp_pool2d`.
    public static func lpPool2d(
        _ input: Tensor, _ normType: Double, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        input.lpPool2d(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.lpPool2d(normType:kernelSize:stride:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.lp_pool2d`.
    public static func lpPool2d(
        _ input: Tensor, normType: Double, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        input.lpPool2d(normType: normType, kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.lpPool3d(_:_:stride:ceilMode:)`. PyTorch: `torch.nn.functional.lp_pool3d`.
    public static func lpPool3d(
        _ input: Tensor, _ normType: Double, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        input.lpPool3d(normType, kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.lpPool3d(normType:kernelSize:stride:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.lp_pool3d`.
    public static func lpPool3d(
        _ input: Tensor, normType: Double, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, ceilMode: Bool = false
    ) -> Tensor {
        input.lpPool3d(normType: normType, kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
    }

    /// Same as `marginRankingLoss(_:_:_:margin:reduction:)`. PyTorch: `torch.nn.functional.margin_ranking_loss`.
    public static func marginRankingLoss(
        _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.marginRankingLoss(input1, input2, target, margin: margin, reduction: reduction)
    }

    /// Function form of `Tensor.maxPool1d(_:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool1d`.
    public static func maxPool1d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        input.maxPool1d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool1d(kernelSize:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool1d`.
    public static func maxPool1d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        input.maxPool1d(
            kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool1dWithIndices(_:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool1d_with_indices`.
    public static func maxPool1dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        input.maxPool1dWithIndices(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool1dWithIndices(kernelSize:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool1d_with_indices`.
    public static func maxPool1dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        input.maxPool1dWithIndices(
            kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool2d(_:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool2d`.
    public static func maxPool2d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        input.maxPool2d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool2d(kernelSize:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool2d`.
    public static func maxPool2d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        input.maxPool2d(
            kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool2dWithIndices(_:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool2d_with_indices`.
    public static func maxPool2dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        input.maxPool2dWithIndices(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool2dWithIndices(kernelSize:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool2d_with_indices`.
    public static func maxPool2dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        input.maxPool2dWithIndices(
            kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool3d(_:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool3d`.
    public static func maxPool3d(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        input.maxPool3d(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool3d(kernelSize:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool3d`.
    public static func maxPool3d(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> Tensor {
        input.maxPool3d(
            kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool3dWithIndices(_:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool3d_with_indices`.
    public static func maxPool3dWithIndices(
        _ input: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        input.maxPool3dWithIndices(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxPool3dWithIndices(kernelSize:stride:padding:dilation:ceilMode:)`.
    /// PyTorch: `torch.nn.functional.max_pool3d_with_indices`.
    public static func maxPool3dWithIndices(
        _ input: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        dilation: some KernelSizeConvertible = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        input.maxPool3dWithIndices(
            kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// Function form of `Tensor.maxUnpool1d(indices:kernelSize:stride:padding:outputSize:)`.
    /// PyTorch: `torch.nn.functional.max_unpool1d`.
    public static func maxUnpool1d(
        _ input: Tensor, indices: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        input.maxUnpool1d(
            indices: indices, kernelSize: kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Function form of `Tensor.maxUnpool1d(_:_:stride:padding:outputSize:)`.
    /// PyTorch: `torch.nn.functional.max_unpool1d`.
    public static func maxUnpool1d(
        _ input: Tensor, _ indices: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        input.maxUnpool1d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Function form of `Tensor.maxUnpool2d(indices:kernelSize:stride:padding:outputSize:)`.
    /// PyTorch: `torch.nn.functional.max_unpool2d`.
    public static func maxUnpool2d(
        _ input: Tensor, indices: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        input.maxUnpool2d(
            indices: indices, kernelSize: kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Function form of `Tensor.maxUnpool2d(_:_:stride:padding:outputSize:)`.
    /// PyTorch: `torch.nn.functional.max_unpool2d`.
    public static func maxUnpool2d(
        _ input: Tensor, _ indices: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        input.maxUnpool2d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Function form of `Tensor.maxUnpool3d(indices:kernelSize:stride:padding:outputSize:)`.
    /// PyTorch: `torch.nn.functional.max_unpool3d`.
    public static func maxUnpool3d(
        _ input: Tensor, indices: Tensor, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        input.maxUnpool3d(
            indices: indices, kernelSize: kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Function form of `Tensor.maxUnpool3d(_:_:stride:padding:outputSize:)`.
    /// PyTorch: `torch.nn.functional.max_unpool3d`.
    public static func maxUnpool3d(
        _ input: Tensor, _ indices: Tensor, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = KernelSize.likeKernel, padding: some KernelSizeConvertible = 0,
        outputSize: [Int]? = nil
    ) -> Tensor {
        input.maxUnpool3d(indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
    }

    /// Function form of `Tensor.mish()`. PyTorch: `torch.nn.functional.mish`.
    public static func mish(_ input: Tensor, inplace: Bool = false) -> Tensor { inplace ? input.mish_() : input.mish() }

    /// Same as `mseLoss(_:_:reduction:weight:)`. PyTorch: `torch.nn.functional.mse_loss`.
    public static func mseLoss(
        _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, weight: Tensor? = nil
    ) -> Tensor {
        Torch.mseLoss(input, target, reduction: reduction, weight: weight)
    }

    /// Same as `multiHeadAttentionForward`. PyTorch: `torch.nn.functional.multi_head_attention_forward`.
    public static func multiHeadAttentionForward(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, embedDimToCheck: Int, numHeads: Int, inProjWeight: Tensor?,
        inProjBias: Tensor?, biasK: Tensor?, biasV: Tensor?, addZeroAttn: Bool, dropoutP: Double, outProjWeight: Tensor,
        outProjBias: Tensor?, training: Bool = true, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
        attnMask: Tensor? = nil, useSeparateProjWeight: Bool = false, qProjWeight: Tensor? = nil,
        kProjWeight: Tensor? = nil, vProjWeight: Tensor? = nil, staticK: Tensor? = nil, staticV: Tensor? = nil,
        averageAttnWeights: Bool = true, isCausal: Bool = false
    ) -> (output: Tensor, weights: Tensor?) {
        Torch.multiHeadAttentionForward(
            query, key, value, embedDimToCheck: embedDimToCheck, numHeads: numHeads, inProjWeight: inProjWeight,
            inProjBias: inProjBias, biasK: biasK, biasV: biasV, addZeroAttn: addZeroAttn, dropoutP: dropoutP,
            outProjWeight: outProjWeight, outProjBias: outProjBias, training: training, keyPaddingMask: keyPaddingMask,
            needWeights: needWeights, attnMask: attnMask, useSeparateProjWeight: useSeparateProjWeight,
            qProjWeight: qProjWeight, kProjWeight: kProjWeight, vProjWeight: vProjWeight, staticK: staticK,
            staticV: staticV, averageAttnWeights: averageAttnWeights, isCausal: isCausal)
    }

    /// Same as `multiMarginLoss(_:_:p:margin:weight:reduction:)`. PyTorch: `torch.nn.functional.multi_margin_loss`.
    public static func multiMarginLoss(
        _ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
        reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.multiMarginLoss(input, target, p: p, margin: margin, weight: weight, reduction: reduction)
    }

    /// Same as `multilabelMarginLoss(_:_:reduction:)`. PyTorch: `torch.nn.functional.multilabel_margin_loss`.
    public static func multilabelMarginLoss(
        _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.multilabelMarginLoss(input, target, reduction: reduction)
    }

    /// Same as `multilabelSoftMarginLoss(_:_:weight:reduction:)`.
    /// PyTorch: `torch.nn.functional.multilabel_soft_margin_loss`.
    public static func multilabelSoftMarginLoss(
        _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.multilabelSoftMarginLoss(input, target, weight: weight, reduction: reduction)
    }

    /// Same as `nllLoss(_:_:weight:ignoreIndex:reduction:)`. PyTorch: `torch.nn.functional.nll_loss`.
    public static func nllLoss(
        _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
        reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.nllLoss(input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    }

    /// Function form of `Tensor.normalize(p:dim:eps:)`. PyTorch: `torch.nn.functional.normalize`.
    public static func normalize(_ input: Tensor, p: Double = 2, dim: Int = 1, eps: Double = 1e-12) -> Tensor {
        input.normalize(p: p, dim: dim, eps: eps)
    }

    /// Function form of `Tensor.oneHot(_:)`. PyTorch: `torch.nn.functional.one_hot`.
    public static func oneHot(_ input: Tensor, _ numClasses: Int) -> Tensor { input.oneHot(numClasses) }

    /// Function form of `Tensor.oneHot(numClasses:)`. PyTorch: `torch.nn.functional.one_hot`.
    public static func oneHot(_ input: Tensor, numClasses: Int = -1) -> Tensor { input.oneHot(numClasses: numClasses) }

    /// Function form of `Tensor.pad(pad:mode:value:)`. PyTorch: `torch.nn.functional.pad`.
    public static func pad(_ input: Tensor, pad: [Int], mode: PaddingMode = .constant, value: Scalar? = nil) -> Tensor {
        input.pad(pad: pad, mode: mode, value: value)
    }

    /// Function form of `Tensor.pad(_:mode:value:)`. PyTorch: `torch.nn.functional.pad`.
    public static func pad(
        _ input: Tensor, _ pad: [Int], mode: PaddingMode = .constant, value: Scalar? = nil
    ) -> Tensor {
        input.pad(pad, mode: mode, value: value)
    }

    /// Same as `pairwiseDistance(_:_:p:eps:keepdim:)`. PyTorch: `torch.nn.functional.pairwise_distance`.
    public static func pairwiseDistance(
        _ x1: Tensor, _ x2: Tensor, p: Double = 2, eps: Double = 1e-6, keepdim: Bool = false
    ) -> Tensor {
        Torch.pairwiseDistance(x1, x2, p: p, eps: eps, keepdim: keepdim)
    }

    /// Same as `pdist(_:p:)`. PyTorch: `torch.nn.functional.pdist`.
    public static func pdist(_ x: Tensor, p: Double = 2) -> Tensor { Torch.pdist(x, p: p) }

    /// Function form of `Tensor.pixelShuffle(upscaleFactor:)`. PyTorch: `torch.nn.functional.pixel_shuffle`.
    public static func pixelShuffle(_ input: Tensor, upscaleFactor: Int) -> Tensor {
        input.pixelShuffle(upscaleFactor: upscaleFactor)
    }

    /// Function form of `Tensor.pixelShuffle(_:)`. PyTorch: `torch.nn.functional.pixel_shuffle`.
    public static func pixelShuffle(_ input: Tensor, _ upscaleFactor: Int) -> Tensor {
        input.pixelShuffle(upscaleFactor)
    }

    /// Function form of `Tensor.pixelUnshuffle(downscaleFactor:)`. PyTorch: `torch.nn.functional.pixel_unshuffle`.
    public static func pixelUnshuffle(_ input: Tensor, downscaleFactor: Int) -> Tensor {
        input.pixelUnshuffle(downscaleFactor: downscaleFactor)
    }

    /// Function form of `Tensor.pixelUnshuffle(_:)`. PyTorch: `torch.nn.functional.pixel_unshuffle`.
    public static func pixelUnshuffle(_ input: Tensor, _ downscaleFactor: Int) -> Tensor {
        input.pixelUnshuffle(downscaleFactor)
    }

    /// Same as `poissonNllLoss(_:_:logInput:full:eps:reduction:)`. PyTorch: `torch.nn.functional.poisson_nll_loss`.
    public static func poissonNllLoss(
        _ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
        reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.poissonNllLoss(input, target, logInput: logInput, full: full, eps: eps, reduction: reduction)
    }

    /// Function form of `Tensor.prelu(_:)`. PyTorch: `torch.nn.functional.prelu`.
    public static func prelu(_ input: Tensor, _ weight: Tensor) -> Tensor { input.prelu(weight) }

    /// Function form of `Tensor.relu()`. PyTorch: `torch.nn.functional.relu`.
    public static func relu(_ input: Tensor, inplace: Bool = false) -> Tensor { inplace ? input.relu_() : input.relu() }

    /// Function form of `Tensor.relu6()`. PyTorch: `torch.nn.functional.relu6`.
    public static func relu6(_ input: Tensor, inplace: Bool = false) -> Tensor {
        inplace ? input.relu6_() : input.relu6()
    }

    /// Same as `rmsNorm(_:_:weight:eps:)`. PyTorch: `torch.nn.functional.rms_norm`.
    public static func rmsNorm(
        _ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, eps: Double? = nil
    ) -> Tensor {
        Torch.rmsNorm(input, normalizedShape, weight: weight, eps: eps)
    }

    /// Same as `rmsNorm(_:_:weight:eps:)`. PyTorch: `torch.nn.functional.rms_norm`.
    public static func rmsNorm(
        _ input: Tensor, _ normalizedShape: Size, weight: Tensor? = nil, eps: Double? = nil
    ) -> Tensor {
        Torch.rmsNorm(input, normalizedShape, weight: weight, eps: eps)
    }

    /// Same as `rmsNorm(_:normalizedShape:weight:eps:)`. PyTorch: `torch.nn.functional.rms_norm`.
    public static func rmsNorm(
        _ input: Tensor, normalizedShape: some Collection<Int>, weight: Tensor? = nil, eps: Double? = nil
    ) -> Tensor {
        Torch.rmsNorm(input, normalizedShape: normalizedShape, weight: weight, eps: eps)
    }

    /// Function form of `Tensor.rrelu(_:_:training:generator:)`. PyTorch: `torch.nn.functional.rrelu`.
    public static func rrelu(
        _ input: Tensor, _ lower: Double = 1.0 / 8, _ upper: Double = 1.0 / 3, training: Bool = false,
        generator: Generator = .default, inplace: Bool = false
    ) -> Tensor {
        if inplace { return input.rrelu_(lower, upper, training: training, generator: generator) }
        return input.rrelu(lower, upper, training: training, generator: generator)
    }

    /// Same as `scaledDotProductAttention(_:_:_:attnMask:dropoutP:isCausal:scale:enableGQA:)`.
    /// PyTorch: `torch.nn.functional.scaled_dot_product_attention`.
    public static func scaledDotProductAttention(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, attnMask: Tensor? = nil, dropoutP: Double = 0,
        isCausal: Bool = false, scale: Double? = nil, enableGQA: Bool = false
    ) -> Tensor {
        Torch.scaledDotProductAttention(
            query, key, value, attnMask: attnMask, dropoutP: dropoutP, isCausal: isCausal, scale: scale,
            enableGQA: enableGQA)
    }

    /// Function form of `Tensor.selu()`. PyTorch: `torch.nn.functional.selu`.
    public static func selu(_ input: Tensor, inplace: Bool = false) -> Tensor { inplace ? input.selu_() : input.selu() }

    /// Function form of `Tensor.sigmoid()`. PyTorch: `torch.nn.functional.sigmoid`.
    public static func sigmoid(_ input: Tensor) -> Tensor { input.sigmoid() }

    /// Function form of `Tensor.silu()`. PyTorch: `torch.nn.functional.silu`.
    public static func silu(_ input: Tensor, inplace: Bool = false) -> Tensor { inplace ? input.silu_() : input.silu() }

    /// Same as `smoothL1Loss(_:_:reduction:beta:)`. PyTorch: `torch.nn.functional.smooth_l1_loss`.
    public static func smoothL1Loss(
        _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, beta: Double = 1
    ) -> Tensor {
        Torch.smoothL1Loss(input, target, reduction: reduction, beta: beta)
    }

    /// Same as `softMarginLoss(_:_:reduction:)`. PyTorch: `torch.nn.functional.soft_margin_loss`.
    public static func softMarginLoss(_ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean) -> Tensor {
        Torch.softMarginLoss(input, target, reduction: reduction)
    }

    /// Function form of `Tensor.softmax(_:dtype:)`. PyTorch: `torch.nn.functional.softmax`.
    public static func softmax(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor {
        input.softmax(dim, dtype: dtype)
    }

    /// Function form of `Tensor.softmax(dim:dtype:)`. PyTorch: `torch.nn.functional.softmax`.
    public static func softmax(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
        input.softmax(dim: dim, dtype: dtype)
    }

    /// Function form of `Tensor.softmin(_:dtype:)`. PyTorch: `torch.nn.functional.softmin`.
    public static func softmin(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor {
        input.softmin(dim, dtype: dtype)
    }

    /// Function form of `Tensor.softmin(dim:dtype:)`. PyTorch: `torch.nn.functional.softmin`.
    public static func softmin(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
        input.softmin(dim: dim, dtype: dtype)
    }

    /// Function form of `Tensor.softplus(beta:threshold:)`. PyTorch: `torch.nn.functional.softplus`.
    public static func softplus(_ input: Tensor, beta: Double = 1, threshold: Double = 20) -> Tensor {
        input.softplus(beta: beta, threshold: threshold)
    }

    /// Function form of `Tensor.softshrink(_:)`. PyTorch: `torch.nn.functional.softshrink`.
    public static func softshrink(_ input: Tensor, _ lambda: Double = 0.5) -> Tensor { input.softshrink(lambda) }

    /// Function form of `Tensor.softshrink(lambd:)`. PyTorch: `torch.nn.functional.softshrink`.
    public static func softshrink(_ input: Tensor, lambd: Double) -> Tensor { input.softshrink(lambd: lambd) }

    /// Function form of `Tensor.softsign()`. PyTorch: `torch.nn.functional.softsign`.
    public static func softsign(_ input: Tensor) -> Tensor { input.softsign() }

    /// Function form of `Tensor.tanh()`. PyTorch: `torch.nn.functional.tanh`.
    public static func tanh(_ input: Tensor) -> Tensor { input.tanh() }

    /// Function form of `Tensor.tanhshrink()`. PyTorch: `torch.nn.functional.tanhshrink`.
    public static func tanhshrink(_ input: Tensor) -> Tensor { input.tanhshrink() }

    /// Function form of `Tensor.threshold(_:_:)`. PyTorch: `torch.nn.functional.threshold`.
    public static func threshold(
        _ input: Tensor, _ threshold: Double, _ value: Double, inplace: Bool = false
    ) -> Tensor {
        if inplace { return input.threshold_(threshold, value) }
        return input.threshold(threshold, value)
    }

    /// Function form of `Tensor.threshold(threshold:value:)`. PyTorch: `torch.nn.functional.threshold`.
    public static func threshold(_ input: Tensor, threshold: Double, value: Double, inplace: Bool = false) -> Tensor {
        if inplace { return input.threshold_(threshold: threshold, value: value) }
        return input.threshold(threshold: threshold, value: value)
    }

    /// Same as `tripletMarginLoss(_:_:_:margin:p:eps:swap:reduction:)`.
    /// PyTorch: `torch.nn.functional.triplet_margin_loss`.
    public static func tripletMarginLoss(
        _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6,
        swap: Bool = false, reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.tripletMarginLoss(
            anchor, positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)
    }

    /// Same as `tripletMarginWithDistanceLoss(_:_:_:distance:margin:swap:reduction:)`.
    /// PyTorch: `torch.nn.functional.triplet_margin_with_distance_loss`.
    public static func tripletMarginWithDistanceLoss(
        _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor,
        distance: (Tensor, Tensor) -> Tensor = { pairwiseDistance($0, $1) }, margin: Double = 1, swap: Bool = false,
        reduction: LossReduction = .mean
    ) -> Tensor {
        Torch.tripletMarginWithDistanceLoss(
            anchor, positive, negative, distance: distance, margin: margin, swap: swap, reduction: reduction)
    }

    /// Function form of `Tensor.unfold(kernelSize:dilation:padding:stride:)`. PyTorch: `torch.nn.functional.unfold`.
    public static func unfold(
        _ input: Tensor, kernelSize: some KernelSizeConvertible, dilation: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, stride: some KernelSizeConvertible = 1
    ) -> Tensor {
        input.unfold(kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
    }
}

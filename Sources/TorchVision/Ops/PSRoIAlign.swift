import Torch

/// Like `roiAlign`, but each bin has channels of its own (Li et al., 2017). PyTorch: `torchvision.ops.ps_roi_align`.
/// - Parameters:
///   - input: [N, C, H, W] of dtype float32, float64 or float16. C is a multiple of the number of bins.
///   - boxes: [K, 5] or a list of N tensors [L, 4], of the same dtype. Only `input` gets a gradient.
///   - outputSize: the number of bins along the height and the width.
///   - spatialScale: multiplies the coordinates, if the image that they belong to was larger than `input`.
///   - samplingRatio: the points along each side of a bin; by default as many as it has pixels, rounded up. A bin
///     without a width then gives NaN.
/// - Returns: [K, C / (outputSize[0] · outputSize[1]), outputSize[0], outputSize[1]].
public func psRoiAlign(
    _ input: Tensor, _ boxes: some RegionBoxes, outputSize: some KernelSizeConvertible, spatialScale: Double = 1,
    samplingRatio: Int = -1
) -> Tensor {
    let boxes = boxes.toRegions()
    let form = RegionForm(
        .alignByPosition, input, boxes, outputSize.toKernelSize(), scale: spatialScale, sampling: samplingRatio)
    return form?.mean(input, boxes) ?? RegionForm.refused
}

/// `psRoiAlign` as a module. PyTorch: `torchvision.ops.PSRoIAlign`.
public final class PSRoIAlign: Module {
    /// The number of bins along the height and the width.
    public let outputSize: KernelSize
    /// Multiplies the coordinates.
    public let spatialScale: Double
    /// The points along each side of a bin; 0 or less for as many as it has pixels.
    public let samplingRatio: Int

    /// Creates a module. The parameters are those of `psRoiAlign`.
    public init(_ outputSize: some KernelSizeConvertible, spatialScale: Double, samplingRatio: Int) {
        self.outputSize = outputSize.toKernelSize()
        self.spatialScale = spatialScale
        self.samplingRatio = samplingRatio
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(outputSize: some KernelSizeConvertible, spatialScale: Double, samplingRatio: Int) {
        self.init(outputSize, spatialScale: spatialScale, samplingRatio: samplingRatio)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        psRoiAlign(
            input, rois, outputSize: outputSize, spatialScale: spatialScale, samplingRatio: samplingRatio)
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        withHooks(input, rois) { forward($0, $1) }
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "output_size=\(outputSize), spatial_scale=\(spatialScale), sampling_ratio=\(samplingRatio)"
    }
}

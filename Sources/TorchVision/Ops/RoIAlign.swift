import Torch

/// Pools regions of interest: the mean of interpolated points in each bin of a box (He et al., 2017).
/// PyTorch: `torchvision.ops.roi_align`.
///
/// A box of coordinates that are no numbers gives zeros. A box of an image that is not in the batch is an error.
/// - Parameters:
///   - input: [N, C, H, W] of dtype float32, float64 or float16. float16 is computed in float32.
///   - boxes: [K, 5] or a list of N tensors [L, 4], of the same dtype. Only `input` gets a gradient.
///   - outputSize: the number of bins along the height and the width.
///   - spatialScale: multiplies the coordinates, if the image that they belong to was larger than `input`.
///   - samplingRatio: the points along each side of a bin; by default as many as it has pixels, rounded up.
///   - aligned: whether the center of a pixel, not its corner, has whole coordinates; then boxes may also be smaller
///     than a pixel.
/// - Returns: [K, C, outputSize[0], outputSize[1]].
public func roiAlign(
    _ input: Tensor, _ boxes: some RegionBoxes, outputSize: some KernelSizeConvertible, spatialScale: Double = 1,
    samplingRatio: Int = -1, aligned: Bool = false
) -> Tensor {
    let boxes = boxes.toRegions()
    let form = RegionForm(
        .align, input, boxes, outputSize.toKernelSize(), scale: spatialScale, sampling: samplingRatio,
        aligned: aligned)
    return form?.mean(input, boxes) ?? RegionForm.refused
}

/// `roiAlign` as a module. PyTorch: `torchvision.ops.RoIAlign`.
public final class RoIAlign: Module {
    /// The number of bins along the height and the width.
    public let outputSize: KernelSize
    /// Multiplies the coordinates.
    public let spatialScale: Double
    /// The points along each side of a bin; 0 or less for as many as it has pixels.
    public let samplingRatio: Int
    /// Whether the center of a pixel has whole coordinates.
    public let aligned: Bool

    /// Creates a module. The parameters are those of `roiAlign`.
    public init(
        _ outputSize: some KernelSizeConvertible, spatialScale: Double, samplingRatio: Int, aligned: Bool = false
    ) {
        self.outputSize = outputSize.toKernelSize()
        self.spatialScale = spatialScale
        self.samplingRatio = samplingRatio
        self.aligned = aligned
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        outputSize: some KernelSizeConvertible, spatialScale: Double, samplingRatio: Int, aligned: Bool = false
    ) {
        self.init(outputSize, spatialScale: spatialScale, samplingRatio: samplingRatio, aligned: aligned)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        roiAlign(
            input, rois, outputSize: outputSize, spatialScale: spatialScale, samplingRatio: samplingRatio,
            aligned: aligned)
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        withHooks(input, rois) { forward($0, $1) }
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "output_size=\(outputSize), spatial_scale=\(spatialScale), sampling_ratio=\(samplingRatio), "
            + "aligned=\(aligned ? "True" : "False")"
    }
}

import Torch

/// Pools regions of interest: the mean of the pixels in each bin of a box, where each bin has channels of its own (Dai
/// et al., 2016). PyTorch: `torchvision.ops.ps_roi_pool`.
///
/// An empty bin gives 0. The image's last row and column are in no bin, as in torchvision, and so get no gradient;
/// torchvision's gradient counts them.
/// - Parameters:
///   - input: [N, C, H, W] of dtype float32, float64 or float16. C is a multiple of the number of bins.
///   - boxes: [K, 5] or a list of N tensors [L, 4], of the same dtype. Coordinates are rounded to pixels. Only `input`
///     gets a gradient.
///   - outputSize: the number of bins along the height and the width.
///   - spatialScale: multiplies the coordinates, if the image that they belong to was larger than `input`.
/// - Returns: [K, C / (outputSize[0] · outputSize[1]), outputSize[0], outputSize[1]].
public func psRoiPool(
    _ input: Tensor, _ boxes: some RegionBoxes, outputSize: some KernelSizeConvertible, spatialScale: Double = 1
) -> Tensor {
    let boxes = boxes.toRegions()
    let form = RegionForm(.poolByPosition, input, boxes, outputSize.toKernelSize(), scale: spatialScale)
    return form?.mean(input, boxes) ?? RegionForm.refused
}

/// `psRoiPool` as a module. PyTorch: `torchvision.ops.PSRoIPool`.
public final class PSRoIPool: RegionPoolModule {
    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        psRoiPool(input, rois, outputSize: outputSize, spatialScale: spatialScale)
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        withHooks(input, rois) { forward($0, $1) }
    }
}

import Torch

/// Pools regions of interest: the greatest pixel in each bin of a box (Girshick, 2015).
/// PyTorch: `torchvision.ops.roi_pool`.
///
/// An empty bin gives 0. A box of an image that is not in the batch is an error.
/// - Parameters:
///   - input: [N, C, H, W] of dtype float32, float64 or float16.
///   - boxes: [K, 5] or a list of N tensors [L, 4], of the same dtype. Coordinates are rounded to pixels, which are
///     part of the box. Only `input` gets a gradient.
///   - outputSize: the number of bins along the height and the width.
///   - spatialScale: multiplies the coordinates, if the image that they belong to was larger than `input`.
/// - Returns: [K, C, outputSize[0], outputSize[1]].
public func roiPool(
    _ input: Tensor, _ boxes: some RegionBoxes, outputSize: some KernelSizeConvertible, spatialScale: Double = 1
) -> Tensor {
    let boxes = boxes.toRegions()
    guard let form = RegionForm(.pool, input, boxes, outputSize.toKernelSize(), scale: spatialScale) else {
        return RegionForm.refused
    }
    if let result = form.resultWithoutData(input, boxes) { return result }
    let wide = (input.dtype == .float64 ? input : input.to(.float32)).contiguous()
    let (values, places) = noGrad { form.maximum(wide.detach(), boxes.detach().to(wide.dtype).contiguous()) }
    if values.isVoid || wide.isVoid || wide.numel() == 0 { return values.to(input.dtype) }
    let found = wide.flatten().indexSelect(0, places.clamp(min: 0).flatten()).view(form.resultSizes)
    return `where`(places.ge(0), found, values).to(input.dtype)
}

/// What the modules of region pooling share: the bins and the scale of the boxes.
public class RegionPoolModule: Module {
    /// The number of bins along the height and the width.
    public final let outputSize: KernelSize
    /// Multiplies the coordinates.
    public final let spatialScale: Double

    /// Creates a module. The parameters are those of the function that it calls.
    public init(_ outputSize: some KernelSizeConvertible, spatialScale: Double) {
        self.outputSize = outputSize.toKernelSize()
        self.spatialScale = spatialScale
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(outputSize: some KernelSizeConvertible, spatialScale: Double) {
        self.init(outputSize, spatialScale: spatialScale)
    }

    /// The options that PyTorch prints in the module's description.
    public final override var extraRepr: String { "output_size=\(outputSize), spatial_scale=\(spatialScale)" }
}

/// `roiPool` as a module. PyTorch: `torchvision.ops.RoIPool`.
public final class RoIPool: RegionPoolModule {
    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        roiPool(input, rois, outputSize: outputSize, spatialScale: spatialScale)
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(_ input: Tensor, _ rois: some RegionBoxes) -> Tensor {
        withHooks(input, rois) { forward($0, $1) }
    }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Pools regions of interest from the feature maps of a pyramid: small boxes from fine maps, large boxes from coarse
/// ones (Lin et al., 2017). PyTorch: `torchvision.ops.MultiScaleRoIAlign`.
///
/// The scales of the maps are inferred from the first input, and kept.
public final class MultiScaleRoIAlign: Module {
    /// The names of the feature maps that are used.
    public let featmapNames: [String]
    /// The number of bins along the height and the width.
    public let outputSize: KernelSize
    /// The points along each side of a bin; 0 or less for as many as it has pixels.
    public let samplingRatio: Int
    /// The side of a box that is pooled from the map `canonicalLevel`.
    public let canonicalScale: Int
    /// The level of the map for boxes of `canonicalScale`: its pixels are 2^level of the image's.
    public let canonicalLevel: Int
    /// What each map's size is to that of the images; nil before the first input.
    public private(set) var scales: [Double]?

    /// Creates a module.
    /// - Parameters:
    ///   - featmapNames: the names of the feature maps that are used.
    ///   - outputSize: the number of bins along the height and the width.
    ///   - samplingRatio: the points along each side of a bin; 0 or less for as many as it has pixels.
    ///   - canonicalScale: the side of a box that is pooled from the map `canonicalLevel`.
    ///   - canonicalLevel: the level of that map.
    public init(
        _ featmapNames: [String], outputSize: some KernelSizeConvertible, samplingRatio: Int,
        canonicalScale: Int = 224, canonicalLevel: Int = 4
    ) {
        self.featmapNames = featmapNames
        let size = outputSize.toKernelSize()
        self.outputSize = size.isNumber ? KernelSize([size.values[0], size.values[0]]) : size
        self.samplingRatio = samplingRatio
        self.canonicalScale = canonicalScale
        self.canonicalLevel = canonicalLevel
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        featmapNames: [String], outputSize: some KernelSizeConvertible, samplingRatio: Int,
        canonicalScale: Int = 224, canonicalLevel: Int = 4
    ) {
        self.init(
            featmapNames, outputSize: outputSize, samplingRatio: samplingRatio, canonicalScale: canonicalScale,
            canonicalLevel: canonicalLevel)
    }

    /// Computes the result, without calling the hooks.
    /// - Parameters:
    ///   - x: the feature maps [N, C, H, W] by name, the finest first.
    ///   - boxes: for each image, [L, 4], (x1, y1, x2, y2) in pixels of the image.
    ///   - imageShapes: the height and width of each image.
    /// - Returns: [boxes, C, outputSize[0], outputSize[1]].
    public func forward(
        _ x: KeyValuePairs<String, Tensor>, _ boxes: [Tensor], _ imageShapes: [(Int, Int)]
    ) -> Tensor {
        forward(x.map { ($0.key, $0.value) }, boxes, imageShapes)
    }

    /// Like the other method, for a list of named feature maps, such as the result of `FeaturePyramidNetwork`.
    public func forward(
        _ x: [(name: String, map: Tensor)], _ boxes: [Tensor], _ imageShapes: [(Int, Int)]
    ) -> Tensor {
        let maps = x.filter { featmapNames.contains($0.name) }.map(\.map)
        guard let first = maps.first, let scales = scales ?? inferScales(maps, imageShapes) else {
            return Tensor.failed(.index, "list index out of range")
        }
        self.scales = scales
        let rois = boxes.toRegions()
        if rois.isVoid { return rois }
        if maps.count == 1 { return pool(first, rois, scales[0]) }
        let levels = levels(of: boxes, scales)
        if levels.isVoid || maps.contains(where: \.isVoid) { return RegionForm.refused }
        var result = Tensor.zeros(
            [rois.size(0), first.size(1)] + (outputSize.expanded(to: 2) ?? []), dtype: first.dtype,
            device: first.device)
        for (level, (map, scale)) in zip(maps, scales).enumerated() {
            let members = `where`(levels.eq(level))[0]
            let pooled = pool(map, rois[members], scale)
            if pooled.isVoid { return pooled }
            result = result.indexCopy(0, members, pooled.to(result.dtype))
        }
        return result
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(
        _ x: KeyValuePairs<String, Tensor>, _ boxes: [Tensor], _ imageShapes: [(Int, Int)]
    ) -> Tensor {
        callAsFunction(x.map { ($0.key, $0.value) }, boxes, imageShapes)
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(
        _ x: [(name: String, map: Tensor)], _ boxes: [Tensor], _ imageShapes: [(Int, Int)]
    ) -> Tensor {
        withHooks(x, boxes, imageShapes) { forward($0, $1, $2) }
    }

    private func pool(_ map: Tensor, _ rois: Tensor, _ scale: Double) -> Tensor {
        roiAlign(map, rois, outputSize: outputSize, spatialScale: scale, samplingRatio: samplingRatio)
    }

    /// Returns the powers of two that are nearest to the maps' sizes, divided by the largest image's. Raises and
    /// returns nil if there are no images.
    private func inferScales(_ maps: [Tensor], _ imageShapes: [(Int, Int)]) -> [Double]? {
        guard let height = imageShapes.map(\.0).max() else {
            _ = Tensor.failed(.value, "images list should not be empty")
            return nil
        }
        return maps.map { map in
            let ratio = Double(map.dim >= 2 ? map.size(-2) : 0) / Double(height)
            return exp2(Double(log2(Float(ratio)).rounded(.toNearestOrEven)))
        }
    }

    /// Returns the index of the map for each box.
    private func levels(of boxes: [Tensor], _ scales: [Double]) -> Tensor {
        func level(_ scale: Double) -> Int { Int(exactly: -log2(Float(scale)).rounded(.towardZero)) ?? 0 }
        let (least, most) = (level(scales[0]), level(scales[scales.count - 1]))
        let side = cat(boxes.map { boxArea($0) }, dim: 0).sqrt()
        let target = ((side / canonicalScale).log2() + canonicalLevel + Tensor(1e-6).to(side.dtype)).floor()
        return target.clamp(min: least, max: most).to(.int64) - least
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        let names = featmapNames.map { "'\($0)'" }.joined(separator: ", ")
        return "featmap_names=[\(names)], output_size=\(outputSize), sampling_ratio=\(samplingRatio)"
    }
}

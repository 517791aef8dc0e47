// Modules that change spatial sizes: interpolation, pixels, channels, blocks.

/// The base class of the modules of interpolation.
public class UpsampleModule: StatelessModule {
    /// The spatial sizes of the result, or nil if a factor is given.
    public let size: KernelSize?
    /// The factor of the sizes, or nil.
    public let scaleFactor: ScaleFactor?
    /// The kind of interpolation.
    public let mode: InterpolationMode
    /// Whether the centers of the corner elements coincide in input and result.
    public let alignCorners: Bool?
    /// Whether the sizes decide where elements are read, not the factor.
    public let recomputeScaleFactor: Bool?

    fileprivate init(
        _ size: KernelSize?, _ scaleFactor: ScaleFactor?, _ mode: InterpolationMode, _ alignCorners: Bool?,
        _ recomputeScaleFactor: Bool? = nil
    ) {
        self.size = size
        self.scaleFactor = scaleFactor
        self.mode = mode
        self.alignCorners = alignCorners
        self.recomputeScaleFactor = recomputeScaleFactor
    }

    fileprivate func interpolated(_ input: Tensor) -> Tensor {
        if let size { return input.interpolate(size: size, mode: mode, alignCorners: alignCorners) }
        return input.interpolate(
            scaleFactor: scaleFactor ?? 1, mode: mode, alignCorners: alignCorners,
            recomputeScaleFactor: recomputeScaleFactor)
    }

    public override var extraRepr: String {
        let form = scaleFactor.map { "scale_factor=\($0)" } ?? "size=\(size.map { "\($0)" } ?? "None")"
        return "\(form), mode='\(mode.rawValue)'"
    }
}

/// Interpolates to other spatial sizes: `Tensor.interpolate`. PyTorch: `torch.nn.Upsample`.
public final class Upsample: UpsampleModule, Layer {
    /// Creates a module for results of the given spatial sizes.
    public init(
        size: some KernelSizeConvertible, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil
    ) {
        super.init(size.toKernelSize(), nil, mode, alignCorners)
    }

    /// Creates a module for results whose sizes are the input's times `scaleFactor`.
    public init(
        scaleFactor: some ScaleFactorConvertible, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil,
        recomputeScaleFactor: Bool? = nil
    ) {
        super.init(nil, scaleFactor.toScaleFactor(), mode, alignCorners, recomputeScaleFactor)
    }

    public func forward(_ input: Tensor) -> Tensor { interpolated(input) }
}

/// Repeats the nearest elements of [N, C, H, W]. PyTorch: `torch.nn.UpsamplingNearest2d`.
public final class UpsamplingNearest2d: UpsampleModule, Layer {
    /// Creates a module for results of the given height and width.
    public init(size: some KernelSizeConvertible) { super.init(size.toKernelSize(), nil, .nearest, nil) }
    /// Creates a module for results whose sizes are the input's times `scaleFactor`.
    public init(scaleFactor: some ScaleFactorConvertible) {
        super.init(nil, scaleFactor.toScaleFactor(), .nearest, nil)
    }

    public func forward(_ input: Tensor) -> Tensor { interpolated(input) }
}

/// Interpolates [N, C, H, W] linearly, with aligned corners. PyTorch: `torch.nn.UpsamplingBilinear2d`.
public final class UpsamplingBilinear2d: UpsampleModule, Layer {
    /// Creates a module for results of the given height and width.
    public init(size: some KernelSizeConvertible) { super.init(size.toKernelSize(), nil, .bilinear, true) }
    /// Creates a module for results whose sizes are the input's times `scaleFactor`.
    public init(scaleFactor: some ScaleFactorConvertible) {
        super.init(nil, scaleFactor.toScaleFactor(), .bilinear, true)
    }

    public func forward(_ input: Tensor) -> Tensor { interpolated(input) }
}

/// Rearranges [*, C·r², H, W] to [*, C, H·r, W·r]. PyTorch: `torch.nn.PixelShuffle`.
public final class PixelShuffle: StatelessModule, Layer {
    /// The factor r.
    public let upscaleFactor: Int

    /// Creates a module for the factor r.
    public init(_ upscaleFactor: Int) { self.upscaleFactor = upscaleFactor }

    public func forward(_ input: Tensor) -> Tensor { input.pixelShuffle(upscaleFactor) }
    public override var extraRepr: String { "upscale_factor=\(upscaleFactor)" }
}

/// Rearranges [*, C, H·r, W·r] to [*, C·r², H, W]. PyTorch: `torch.nn.PixelUnshuffle`.
public final class PixelUnshuffle: StatelessModule, Layer {
    /// The factor r.
    public let downscaleFactor: Int

    /// Creates a module for the factor r.
    public init(_ downscaleFactor: Int) { self.downscaleFactor = downscaleFactor }

    public func forward(_ input: Tensor) -> Tensor { input.pixelUnshuffle(downscaleFactor) }
    public override var extraRepr: String { "downscale_factor=\(downscaleFactor)" }
}

/// Interleaves groups of channels. PyTorch: `torch.nn.ChannelShuffle`.
public final class ChannelShuffle: StatelessModule, Layer {
    /// The number of groups.
    public let groups: Int

    /// Creates a module for a number of groups.
    public init(_ groups: Int) { self.groups = groups }

    public func forward(_ input: Tensor) -> Tensor { input.channelShuffle(groups) }
    public override var extraRepr: String { "groups=\(groups)" }
}

/// The base class of Unfold and Fold.
public class BlockModule: StatelessModule {
    /// The size of a block.
    public let kernelSize: KernelSize
    /// The distance between the elements of a block.
    public let dilation: KernelSize
    /// The number of zeros at each border of the image.
    public let padding: KernelSize
    /// The distance between blocks.
    public let stride: KernelSize

    fileprivate init(_ kernelSize: KernelSize, _ dilation: KernelSize, _ padding: KernelSize, _ stride: KernelSize) {
        self.kernelSize = kernelSize
        self.dilation = dilation
        self.padding = padding
        self.stride = stride
    }

    public override var extraRepr: String {
        "kernel_size=\(kernelSize), dilation=\(dilation), padding=\(padding), stride=\(stride)"
    }
}

/// Makes columns of the blocks that slide over images: `Tensor.unfold(kernelSize:…)`. PyTorch: `torch.nn.Unfold`.
public final class Unfold: BlockModule, Layer {
    /// Creates a module for blocks of `kernelSize`.
    public init(
        _ kernelSize: some KernelSizeConvertible, dilation: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, stride: some KernelSizeConvertible = 1
    ) {
        super.init(
            kernelSize.toKernelSize(), dilation.toKernelSize(), padding.toKernelSize(), stride.toKernelSize())
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.unfold(kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
    }
}

/// Adds up columns as blocks that slide over images: `Tensor.fold`. PyTorch: `torch.nn.Fold`.
public final class Fold: BlockModule, Layer {
    /// The height and width of the images.
    public let outputSize: KernelSize

    /// Creates a module for images of `outputSize` and blocks of `kernelSize`.
    public init(
        _ outputSize: some KernelSizeConvertible, _ kernelSize: some KernelSizeConvertible,
        dilation: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        stride: some KernelSizeConvertible = 1
    ) {
        self.outputSize = outputSize.toKernelSize()
        super.init(
            kernelSize.toKernelSize(), dilation.toKernelSize(), padding.toKernelSize(), stride.toKernelSize())
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.fold(
            outputSize: outputSize, kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
    }

    public override var extraRepr: String { "output_size=\(outputSize), \(super.extraRepr)" }
}

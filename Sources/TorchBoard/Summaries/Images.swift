import Torch
import TorchFiles

extension SummaryWriter {
    /// Adds an image. PyTorch: `add_image`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - imgTensor: uint8 with values in 0...255, or another dtype with values in 0...1. Others are clamped. One
    ///     channel is gray; four are colors and opacity.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    ///   - dataformats: what the dimensions are, such as CHW, HWC, HW or WH. With four letters, such as NCHW, the
    ///     images are put in a grid.
    /// - Precondition: `dataformats` has a letter for each dimension; there are 1 to 4 channels, in a grid 1 or 3.
    public func addImage(
        _ tag: String, _ imgTensor: Tensor, globalStep: Int? = nil, walltime: Double? = nil,
        dataformats: String = "CHW"
    ) {
        guard let pixels = Pixels(imgTensor, dataformats: dataformats) else { return }
        do {
            add(tag, try pixels.png(), (pixels.width, pixels.height, pixels.channels), globalStep, walltime)
        } catch {
            raise(.value, "\(error)")
        }
    }

    /// Adds a batch of images in a grid of eight columns. PyTorch: `add_images`.
    ///
    /// Like `addImage`, for tensors whose dimensions are NCHW or those of `dataformats`.
    public func addImages(
        _ tag: String, _ imgTensor: Tensor, globalStep: Int? = nil, walltime: Double? = nil,
        dataformats: String = "NCHW"
    ) {
        addImage(tag, imgTensor, globalStep: globalStep, walltime: walltime, dataformats: dataformats)
    }

    /// Adds a figure: the bytes of a PNG file, such as `Figure.png()` of TorchPlot returns. PyTorch: `add_figure`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - figure: the bytes. They are written as they are.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    /// - Throws: `TorchError` if the bytes do not begin like a PNG file.
    public func addFigure(_ tag: String, _ figure: [UInt8], globalStep: Int? = nil, walltime: Double? = nil) throws {
        guard let form = PNGFile.form(of: figure) else { throw TorchError(.value, "addFigure: this is no PNG file") }
        add(tag, figure, form, globalStep, walltime)
    }

    private func add(
        _ tag: String, _ png: [UInt8], _ form: (width: Int, height: Int, channels: Int), _ step: Int?,
        _ walltime: Double?
    ) {
        let summary = Summary(tag) {
            $0.add(4) {
                $0.add(1, form.height)
                $0.add(2, form.width)
                $0.add(3, form.channels)
                $0.add(4, png)
            }
        }
        add(summary, step, walltime)
    }
}

/// An image as rows of pixels.
struct Pixels {
    let bytes: [UInt8]
    let width, height, channels: Int

    /// Converts a tensor. Raises and returns nil if its form does not fit.
    init?(_ image: Tensor, dataformats: String) {
        let letters = Array(dataformats.uppercased())
        guard Set(letters).count == letters.count else {
            raise(
                .assertion,
                "You can not use the same dimension shorthand twice. input_format: \(dataformats)")
            return nil
        }
        guard image.dim == letters.count else {
            raise(
                .assertion,
                "size of input tensor and input format are different. tensor shape: \(image.shape), input_format: \(dataformats)"
            )
            return nil
        }
        let wanted: [Character] =
            switch letters.count {
            case 2: ["H", "W"]
            case 3: ["H", "W", "C"]
            default: ["N", "C", "H", "W"]
            }
        let order = wanted.compactMap { letters.firstIndex(of: $0) }
        guard order.count == letters.count else {
            raise(.value, "dataformats must be an order of HW, CHW or NCHW, got \(dataformats)")
            return nil
        }
        guard let hwc = noGrad({ Pixels.rows(image.detach().to(.cpu).permute(order)) }) else { return nil }
        (height, width, channels) = (hwc.size(0), hwc.size(1), hwc.size(2))
        guard height > 0, width > 0, (1...4).contains(channels) else {
            raise(.value, "an image has pixels and 1 to 4 channels, got \(image.shape) as \(dataformats)")
            return nil
        }
        bytes = noGrad {
            let scaled =
                hwc.dtype == .uint8 ? hwc : hwc.to(.float32).mul(255).clamp(min: 0, max: 255).nanToNum().to(.uint8)
            return scaled.toArray(as: UInt8.self)
        }
    }

    /// Returns the image with the dimensions [height, width, channels], gray ones with three channels.
    private static func rows(_ image: Tensor) -> Tensor? {
        switch image.dim {
        case 2: return stack([image, image, image], dim: 2)
        case 3: return image.size(2) == 1 ? image.expand(-1, -1, 3) : image
        default:
            guard let grid = grid(image, columns: 8) else { return nil }
            return grid.permute(1, 2, 0)
        }
    }

    /// Returns images side by side, [3, height, width], without the borders of torchvision's `makeGrid`. What is left
    /// of the last row is black. Raises and returns nil if the images do not have 1 or 3 channels.
    /// PyTorch: `torch.utils.tensorboard._utils.make_grid`.
    static func grid(_ images: Tensor, columns: Int) -> Tensor? {
        guard images.dim == 4, [1, 3].contains(images.size(1)), images.numel() > 0 else {
            raise(.assertion, "Input should be 4D with 1 or 3 channels, got \(images.shape)")
            return nil
        }
        let images = images.expand(-1, 3, -1, -1)
        let (count, height, width) = (images.size(0), images.size(2), images.size(3))
        let columns = min(count, columns), rows = (count + columns - 1) / columns
        let canvas = Tensor.zeros([3, height * rows, width * columns], dtype: images.dtype)
        for k in 0..<count {
            canvas.narrow(1, k / columns * height, height).narrow(2, k % columns * width, width)
                .copy_(images.select(0, k))
        }
        return canvas
    }

    func png() throws -> [UInt8] { try PNGFile.encode(bytes, width: width, height: height, channels: channels) }
}

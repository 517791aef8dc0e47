import Torch

/// How `TF.pad` fills the border. PyTorch: `padding_mode`.
public enum ImagePadding: String, Sendable {
    /// A constant value.
    case constant
    /// The pixel at the edge, repeated.
    case edge
    /// The pixels next to the edge, mirrored, without the edge itself.
    case reflect
    /// The pixels next to the edge, mirrored, with the edge itself.
    case symmetric
}

extension TF {
    /// Mirrors an image left to right. PyTorch: `hflip`.
    public static func hflip(_ image: Tensor) -> Tensor { size(image) == nil ? .failedImage : image.flip([-1]) }

    /// Mirrors an image top to bottom. PyTorch: `vflip`.
    public static func vflip(_ image: Tensor) -> Tensor { size(image) == nil ? .failedImage : image.flip([-2]) }

    /// Returns a part of the image, a view if it lies inside. What lies outside is 0. PyTorch: `crop`.
    public static func crop(_ image: Tensor, top: Int, left: Int, height: Int, width: Int) -> Tensor {
        guard let size = size(image) else { return .failedImage }
        guard [top, left].allSatisfy({ $0.magnitude < 1 << 40 }), (0..<1 << 40).contains(height),
            (0..<1 << 40).contains(width)
        else { return failed(.value, "crop: no place (\(top), \(left)) of size (\(height), \(width))") }
        let (y0, x0) = (min(max(top, 0), size.height), min(max(left, 0), size.width))
        let (y1, x1) = (max(min(top + height, size.height), y0), max(min(left + width, size.width), x0))
        let inside = image.narrow(-2, y0, y1 - y0).narrow(-1, x0, x1 - x0)
        if y1 - y0 == height, x1 - x0 == width { return inside }
        // The part that lies outside is before or after the part that lies inside.
        let (before, above) = (min(max(-left, 0), width), min(max(-top, 0), height))
        return inside.pad([before, width - (x1 - x0) - before, above, height - (y1 - y0) - above])
    }

    /// Returns the middle of the image. What lies outside is 0. PyTorch: `center_crop`.
    /// - Parameters:
    ///   - image: the image.
    ///   - size: the height and the width, or one number for both.
    public static func centerCrop(_ image: Tensor, _ size: some PixelsOrList) -> Tensor {
        guard let old = TF.size(image) else { return .failedImage }
        let (height, width) = size.heightAndWidthOrFail()
        guard (0..<1 << 40).contains(height), (0..<1 << 40).contains(width) else {
            return failed(.value, "centerCrop: no size (\(height), \(width))")
        }
        var (image, h, w) = (image, old.height, old.width)
        if width > w || height > h {
            let (dx, dy) = (max(width - w, 0), max(height - h, 0))
            image = image.pad([dx / 2, (dx + 1) / 2, dy / 2, (dy + 1) / 2])
            (h, w) = (max(h, height), max(w, width))
            if h == height, w == width { return image }
        }
        return crop(image, top: middle(h - height), left: middle(w - width), height: height, width: width)
    }

    /// Where the middle begins if there is so much space around it.
    static func middle(_ space: Int) -> Int { Int((Double(space) / 2).rounded(.toNearestOrEven)) }

    /// Adds a border. PyTorch: `pad`.
    /// - Parameters:
    ///   - image: the image.
    ///   - padding: the number of pixels on all sides; or [left and right, top and bottom]; or [left, top, right,
    ///     bottom]. Negative numbers crop.
    ///   - fill: the value for `.constant`.
    ///   - mode: what the border shows.
    public static func pad(
        _ image: Tensor, _ padding: some PixelsOrList, fill: Double = 0, mode: ImagePadding = .constant
    ) -> Tensor {
        guard let size = size(image) else { return .failedImage }
        guard let sides = Sides(padding.pixels) else {
            return failed(
                .value,
                "Padding must be an int or a 1, 2, or 4 element tuple, not a \(padding.pixels.count) element tuple")
        }
        let list = [sides.left, sides.right, sides.top, sides.bottom]
        guard list.allSatisfy({ $0.magnitude < 1 << 40 }) else {
            return failed(.runtime, "Storage size calculation overflowed with padding=\(list)")
        }
        switch mode {
        case .constant:
            return image.pad(list, value: .double(fill))
        case .symmetric:
            return symmetric(image, size, sides)
        case .edge, .reflect:
            let exact = image.dtype == .float32 || image.dtype == .float64
            let batch = image.dim < 4 ? image.unsqueeze(0) : image
            // Padding copies, so the detour of torchvision by float32 is not needed for values that it can hold.
            let padded = (exact ? batch : batch.to(.float32)).pad(list, mode: mode == .edge ? .replicate : .reflect)
            if padded.isVoid { return padded }
            return (image.dim < 4 ? padded.squeeze(0) : padded).to(image.dtype)
        }
    }

    private static func symmetric(_ image: Tensor, _ size: ImageSize, _ sides: Sides) -> Tensor {
        let y = (max(-sides.top, 0), max(-sides.bottom, 0)), x = (max(-sides.left, 0), max(-sides.right, 0))
        guard y.0 + y.1 <= size.height, x.0 + x.1 <= size.width else {
            return failed(.runtime, "pad: nothing of \(size.height) x \(size.width) pixels is left")
        }
        let kept = image.narrow(-2, y.0, size.height - y.0 - y.1).narrow(-1, x.0, size.width - x.0 - x.1)
        func indices(_ count: Int, _ before: Int, _ after: Int) -> Tensor? {
            guard before <= count, after <= count else {
                let most = max(before, after)
                _ = failed(.index, "index \(most - 1) is out of bounds for dimension with size \(count)")
                return nil
            }
            return Tensor(
                Array((0..<before).reversed()) + Array(0..<count) + (0..<after).map { count - 1 - $0 }, dtype: .int64)
        }
        guard let rows = indices(kept.size(-2), max(sides.top, 0), max(sides.bottom, 0)),
            let columns = indices(kept.size(-1), max(sides.left, 0), max(sides.right, 0))
        else { return .failedImage }
        return kept.indexSelect(dim: -2, index: rows).indexSelect(dim: -1, index: columns)
    }

    /// Returns the four corners and the middle. PyTorch: `five_crop`.
    public static func fiveCrop(_ image: Tensor, _ size: some PixelsOrList) -> [Tensor] {
        guard let old = TF.size(image) else { return Array(repeating: .failedImage, count: 5) }
        let (h, w) = size.heightAndWidthOrFail()
        guard h <= old.height, w <= old.width, h >= 0, w >= 0 else {
            let none = failed(
                .value, "Requested crop size (\(h), \(w)) is bigger than input size (\(old.height), \(old.width))")
            return Array(repeating: none, count: 5)
        }
        return [(0, 0), (0, old.width - w), (old.height - h, 0), (old.height - h, old.width - w)].map {
            crop(image, top: $0.0, left: $0.1, height: h, width: w)
        } + [centerCrop(image, [h, w])]
    }

    /// Returns `fiveCrop` of the image and of the mirrored image. PyTorch: `ten_crop`.
    public static func tenCrop(_ image: Tensor, _ size: some PixelsOrList, verticalFlip: Bool = false) -> [Tensor] {
        fiveCrop(image, size) + fiveCrop(verticalFlip ? vflip(image) : hflip(image), size)
    }

    /// Returns the image with a rectangle set to `value`. PyTorch: `erase`.
    /// - Parameters:
    ///   - image: the image.
    ///   - i: the top of the rectangle.
    ///   - j: the left of the rectangle.
    ///   - h: the height of the rectangle.
    ///   - w: the width of the rectangle.
    ///   - value: a tensor that broadcasts to [channels, height, width].
    public static func erase(_ image: Tensor, i: Int, j: Int, h: Int, w: Int, v value: Tensor) -> Tensor {
        guard let size = size(image) else { return .failedImage }
        let result = image.clone()
        guard i >= 0, j >= 0, h >= 0, w >= 0, i <= size.height, j <= size.width else {
            return failed(.value, "erase: no place (\(i), \(j)) of size (\(h), \(w))")
        }
        result.narrow(-2, i, min(h, size.height - i)).narrow(-1, j, min(w, size.width - j)).copy_(value)
        return result
    }
}

/// The numbers of pixels at the four sides.
struct Sides {
    let left, top, right, bottom: Int

    /// Reads torchvision's list of one, two or four numbers. Returns nil for another length.
    init?(_ list: [Int]) {
        switch list.count {
        case 1: (left, top, right, bottom) = (list[0], list[0], list[0], list[0])
        case 2: (left, top, right, bottom) = (list[0], list[1], list[0], list[1])
        case 4: (left, top, right, bottom) = (list[0], list[1], list[2], list[3])
        default: return nil
        }
    }
}

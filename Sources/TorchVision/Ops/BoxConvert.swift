import Torch

/// What the numbers of a box mean. PyTorch: the strings of `box_convert`.
///
/// x and y are the corner that is left and on top, cx and cy the center, w and h the sides, r the angle in degrees,
/// counterclockwise.
public enum BoxFormat: String, Sendable, CaseIterable {
    /// Two opposite corners: x1, y1, x2, y2.
    case xyxy
    /// A corner and the sides.
    case xywh
    /// The center and the sides.
    case cxcywh
    /// A corner, the sides and the angle.
    case xywhr
    /// The center, the sides and the angle.
    case cxcywhr
    /// Four corners: left on top, right on top, right below, left below.
    case xyxyxyxy

    /// Whether a box can be rotated.
    var isRotated: Bool { self == .xywhr || self == .cxcywhr || self == .xyxyxyxy }
}

/// Converts boxes from one format to another. PyTorch: `torchvision.ops.box_convert`.
///
/// Boxes without a rotation do not convert to rotated ones, nor the other way round. Numbers of integer dtype stay
/// integers, rounded, if boxes are rotated.
/// - Parameters:
///   - boxes: [..., K], where K is 4, 5 or 8, by the format.
///   - inFmt: the format of `boxes`.
///   - outFmt: the format of the result.
/// - Returns: new boxes.
public func boxConvert(_ boxes: Tensor, inFmt: BoxFormat, outFmt: BoxFormat) -> Tensor {
    if inFmt == outFmt { return boxes.clone() }
    switch (inFmt, outFmt) {
    case (.xywh, .xyxy): return boxes.cornerToCorners()
    case (.cxcywh, .xyxy): return boxes.centerToCorners()
    case (.xyxy, .xywh): return boxes.cornersToCorner()
    case (.xyxy, .cxcywh): return boxes.cornersToCenter()
    case (.xywh, .cxcywh): return boxes.cornerToCorners().cornersToCenter()
    case (.cxcywh, .xywh): return boxes.centerToCorners().cornersToCorner()
    case (.cxcywhr, .xywhr): return boxes.rotatedCenterToCorner()
    case (.xywhr, .cxcywhr): return boxes.rotatedCornerToCenter()
    case (.cxcywhr, .xyxyxyxy): return boxes.rotatedCenterToCorner().to(boxes.dtype).rotatedCornerToCorners()
    case (.xyxyxyxy, .cxcywhr): return boxes.rotatedCornersToCorner().to(boxes.dtype).rotatedCornerToCenter()
    case (.xywhr, .xyxyxyxy): return boxes.rotatedCornerToCorners()
    case (.xyxyxyxy, .xywhr): return boxes.rotatedCornersToCorner()
    default:
        return Tensor.failed(
            .notImplemented,
            "Unsupported Bounding Box Conversions for given in_fmt \(inFmt.rawValue) and out_fmt \(outFmt.rawValue)")
    }
}

extension Tensor {
    /// Returns the numbers of the boxes, each a tensor. Raises and returns nil if there are not `count`.
    func coordinates(_ count: Int) -> [Tensor]? {
        if isVoid { return nil }
        let found = unbind(dim: -1)
        if found.contains(where: \.isVoid) { return nil }
        if found.count == count { return found }
        _ = Tensor.failed(
            .value,
            found.count < count
                ? "not enough values to unpack (expected \(count), got \(found.count))"
                : "too many values to unpack (expected \(count))")
        return nil
    }

    fileprivate func centerToCorners() -> Tensor {
        guard let c = coordinates(4) else { return boxless }
        return stack([c[0] - 0.5 * c[2], c[1] - 0.5 * c[3], c[0] + 0.5 * c[2], c[1] + 0.5 * c[3]], dim: -1)
    }

    fileprivate func cornersToCenter() -> Tensor {
        guard let c = coordinates(4) else { return boxless }
        return stack([(c[0] + c[2]) / 2, (c[1] + c[3]) / 2, c[2] - c[0], c[3] - c[1]], dim: -1)
    }

    fileprivate func cornerToCorners() -> Tensor {
        guard let c = coordinates(4) else { return boxless }
        return stack([c[0], c[1], c[0] + c[2], c[1] + c[3]], dim: -1)
    }

    fileprivate func cornersToCorner() -> Tensor {
        guard let c = coordinates(4) else { return boxless }
        return stack([c[0], c[1], c[2] - c[0], c[3] - c[1]], dim: -1)
    }

    fileprivate func rotatedCenterToCorner() -> Tensor {
        guard let c = coordinates(5) else { return boxless }
        let (w, h, angle) = (c[2], c[3], c[4] * Double.pi / 180.0)
        let (cos, sin) = (angle.cos(), angle.sin())
        return joined([c[0] - w / 2 * cos - h / 2 * sin, c[1] - h / 2 * cos + w / 2 * sin, w, h, c[4]])
    }

    fileprivate func rotatedCornerToCenter() -> Tensor {
        guard let c = coordinates(5) else { return boxless }
        let (w, h, angle) = (c[2], c[3], c[4] * Double.pi / 180.0)
        let (cos, sin) = (angle.cos(), angle.sin())
        return joined([c[0] + w / 2 * cos + h / 2 * sin, c[1] - w / 2 * sin + h / 2 * cos, w, h, c[4]])
    }

    fileprivate func rotatedCornerToCorners() -> Tensor {
        guard let c = coordinates(5) else { return boxless }
        let (x, y, w, h, angle) = (c[0], c[1], c[2], c[3], c[4] * Double.pi / 180.0)
        let (cos, sin) = (angle.cos(), angle.sin())
        let (right, up) = (x + w * cos, y - w * sin)
        return joined([x, y, right, up, right + h * sin, up + h * cos, x + h * sin, y + h * cos])
    }

    fileprivate func rotatedCornersToCorner() -> Tensor {
        guard let c = coordinates(8) else { return boxless }
        let angle = (c[1] - c[3]).atan2(c[2] - c[0]) * 180 / Double.pi
        let width = ((c[2] - c[0]).pow(2) + (c[1] - c[3]).pow(2)).sqrt()
        let height = ((c[4] - c[2]).pow(2) + (c[5] - c[3]).pow(2)).sqrt()
        return joined([c[0], c[1], width, height, angle])
    }

    /// Joins the numbers of rotated boxes. Boxes of integers stay integers.
    private func joined(_ parts: [Tensor]) -> Tensor {
        // Python's stack converts to the common type.
        let type = parts.reduce(parts[0].dtype) { promoteTypes($0, $1.dtype) }
        let boxes = stack(parts.map { $0.to(type) }, dim: -1)
        return isFloatingPoint() ? boxes : boxes.round().to(dtype)
    }

    /// The result if there are no coordinates.
    private var boxless: Tensor { Tensor.failed(.value, "no boxes") }
}

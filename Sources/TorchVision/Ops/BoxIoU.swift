import Torch

/// Returns the area that two boxes share, divided by the area that they cover together, for each pair of boxes
/// (intersection over union). PyTorch: `torchvision.ops.box_iou`.
/// - Parameters:
///   - boxes1: [..., N, 4].
///   - boxes2: [..., M, 4].
///   - fmt: what the numbers mean: `.xyxy`, `.xywh` or `.cxcywh`.
/// - Returns: [..., N, M].
public func boxIou(_ boxes1: Tensor, _ boxes2: Tensor, fmt: BoxFormat = .xyxy) -> Tensor {
    guard let (shared, union) = areas(boxes1, boxes2, fmt) else { return unpaired }
    return shared / union
}

/// Like `boxIou`, less the part of the smallest box around both that neither covers (Rezatofighi et al., 2019).
/// PyTorch: `torchvision.ops.generalized_box_iou`.
/// - Parameters:
///   - boxes1: [..., N, 4], (x1, y1, x2, y2).
///   - boxes2: [..., M, 4].
/// - Returns: [..., N, M].
public func generalizedBoxIou(_ boxes1: Tensor, _ boxes2: Tensor) -> Tensor {
    guard let (shared, union) = areas(boxes1, boxes2, .xyxy) else { return unpaired }
    let sides = around(boxes1, boxes2)
    let area = sides[.ellipsis, 0] * sides[.ellipsis, 1]
    return shared / union - (area - union) / area
}

/// Like `boxIou`, less the squared distance of the centers, divided by the squared diagonal of the smallest box around
/// both (Zheng et al., 2019). PyTorch: `torchvision.ops.distance_box_iou`.
/// - Parameters:
///   - boxes1: [..., N, 4], (x1, y1, x2, y2).
///   - boxes2: [..., M, 4].
///   - eps: is added to the squared diagonal.
/// - Returns: [..., N, M].
public func distanceBoxIou(_ boxes1: Tensor, _ boxes2: Tensor, eps: Double = 1e-7) -> Tensor {
    distances(boxes1.upcast(), boxes2.upcast(), eps).distance
}

/// Like `distanceBoxIou`, less a term for the difference of the ratios of width to height (Zheng et al., 2019).
/// PyTorch: `torchvision.ops.complete_box_iou`.
/// - Parameters:
///   - boxes1: [..., N, 4], (x1, y1, x2, y2).
///   - boxes2: [..., M, 4].
///   - eps: is added to divisors.
/// - Returns: [..., N, M].
public func completeBoxIou(_ boxes1: Tensor, _ boxes2: Tensor, eps: Double = 1e-7) -> Tensor {
    let (a, b) = (boxes1.upcast(), boxes2.upcast())
    let (distance, iou) = distances(a, b, eps)
    let width1 = a[.ellipsis, .newAxis, 2] - a[.ellipsis, .newAxis, 0]
    let height1 = a[.ellipsis, .newAxis, 3] - a[.ellipsis, .newAxis, 1]
    let width2 = b[.ellipsis, .newAxis, .all, 2] - b[.ellipsis, .newAxis, .all, 0]
    let height2 = b[.ellipsis, .newAxis, .all, 3] - b[.ellipsis, .newAxis, .all, 1]
    let v = (4 / (Double.pi * Double.pi)) * ((width1 / height1).atan() - (width2 / height2).atan()).pow(2)
    let alpha = noGrad { v / (1 - iou + v + eps) }
    return distance - alpha * v
}

private func distances(_ a: Tensor, _ b: Tensor, _ eps: Double) -> (distance: Tensor, iou: Tensor) {
    let iou = boxIou(a, b)
    let sides = around(a, b)
    let diagonal = sides[.ellipsis, 0].pow(2) + sides[.ellipsis, 1].pow(2) + eps
    func center(_ boxes: Tensor, _ i: Int) -> Tensor { (boxes[.ellipsis, i] + boxes[.ellipsis, i + 2]) / 2 }
    func squared(_ i: Int) -> Tensor {
        (center(a, i)[.ellipsis, .newAxis] - center(b, i)[.ellipsis, .newAxis, .all]).upcast().pow(2)
    }
    return (iou - (squared(0) + squared(1)) / diagonal, iou)
}

/// Returns the sides of the smallest box around each pair, [..., N, M, 2].
private func around(_ a: Tensor, _ b: Tensor) -> Tensor {
    let first = a[.ellipsis, .newAxis, ..<2].minimum(b[.ellipsis, .newAxis, .all, ..<2])
    let last = a[.ellipsis, .newAxis, 2...].maximum(b[.ellipsis, .newAxis, .all, 2...])
    return (last - first).upcast().clamp(min: 0)
}

/// Returns the shared areas and the covered areas of all pairs. Raises and returns nil if boxes are rotated.
private func areas(_ a: Tensor, _ b: Tensor, _ fmt: BoxFormat) -> (shared: Tensor, union: Tensor)? {
    if a.isVoid || b.isVoid { return nil }
    guard !fmt.isRotated else {
        _ = Tensor.failed(.notImplemented, "boxIou of rotated boxes (\(fmt.rawValue)) is not supported")
        return nil
    }
    func corners(_ boxes: Tensor) -> (first: Tensor, last: Tensor) {
        let (p, q) = (boxes[.ellipsis, ..<2], boxes[.ellipsis, 2...])
        return switch fmt {
        case .xywh: (p, p + q)
        case .cxcywh: (p - q / 2, p + q / 2)
        default: (p, q)
        }
    }
    let (area1, area2) = (boxArea(a, fmt: fmt), boxArea(b, fmt: fmt))
    let (p, q) = (corners(a), corners(b))
    func row(_ x: Tensor) -> Tensor { x[.ellipsis, .newAxis, .all] }
    func column(_ x: Tensor) -> Tensor { x[.ellipsis, .newAxis, .all, .all] }
    let first = row(p.first).maximum(column(q.first)), last = row(p.last).minimum(column(q.last))
    let sides = (last - first).upcast().clamp(min: 0)
    let shared = sides[.ellipsis, 0] * sides[.ellipsis, 1]
    return (shared, area1[.ellipsis, .newAxis] + area2[.ellipsis, .newAxis, .all] - shared)
}

/// The result if boxes could not be paired.
private var unpaired: Tensor { Tensor.failed(.value, "no boxes to pair") }

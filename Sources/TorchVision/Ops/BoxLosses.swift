import Torch

/// Returns 1 - the generalized intersection over union of pairs of boxes (Rezatofighi et al., 2019).
/// PyTorch: `torchvision.ops.generalized_box_iou_loss`.
/// - Parameters:
///   - boxes1: [N, 4] or [4], (x1, y1, x2, y2).
///   - boxes2: as many boxes.
///   - reduction: each pair's loss, their mean, or their sum. The mean of no pairs is 0.
///   - eps: is added to divisors.
/// - Returns: [N], or 0-dimensional.
public func generalizedBoxIouLoss(
    _ boxes1: Tensor, _ boxes2: Tensor, reduction: LossReduction = .none, eps: Double = 1e-7
) -> Tensor {
    guard let pairs = BoxPairs(boxes1, boxes2) else { return pairless }
    let area = (pairs.right - pairs.left) * (pairs.bottom - pairs.top)
    let iou = pairs.shared / (pairs.union + eps) - (area - pairs.union) / (area + eps)
    return (1 - iou).reducedOverBoxes(reduction)
}

/// Returns 1 - the intersection over union of pairs of boxes + the squared distance of their centers, divided by the
/// squared diagonal of the smallest box around both (Zheng et al., 2019).
/// PyTorch: `torchvision.ops.distance_box_iou_loss`.
/// - Parameters:
///   - boxes1: [N, 4] or [4], (x1, y1, x2, y2).
///   - boxes2: as many boxes.
///   - reduction: each pair's loss, their mean, or their sum. The mean of no pairs is 0.
///   - eps: is added to divisors.
/// - Returns: [N], or 0-dimensional.
public func distanceBoxIouLoss(
    _ boxes1: Tensor, _ boxes2: Tensor, reduction: LossReduction = .none, eps: Double = 1e-7
) -> Tensor {
    guard let pairs = BoxPairs(boxes1, boxes2) else { return pairless }
    return pairs.distanceLoss(eps).loss.reducedOverBoxes(reduction)
}

/// Like `distanceBoxIouLoss`, with a term for the difference of the ratios of width to height (Zheng et al., 2019).
/// PyTorch: `torchvision.ops.complete_box_iou_loss`.
/// - Parameters:
///   - boxes1: [N, 4] or [4], (x1, y1, x2, y2).
///   - boxes2: as many boxes.
///   - reduction: each pair's loss, their mean, or their sum. The mean of no pairs is 0.
///   - eps: is added to the divisor of that term.
/// - Returns: [N], or 0-dimensional.
public func completeBoxIouLoss(
    _ boxes1: Tensor, _ boxes2: Tensor, reduction: LossReduction = .none, eps: Double = 1e-7
) -> Tensor {
    guard let pairs = BoxPairs(boxes1, boxes2) else { return pairless }
    // torchvision takes its default here, not `eps`.
    let (loss, iou) = pairs.distanceLoss(1e-7)
    let (a, b) = (pairs.a, pairs.b)
    let difference = ((b[2] - b[0]) / (b[3] - b[1])).atan() - ((a[2] - a[0]) / (a[3] - a[1])).atan()
    let v = (4 / (Double.pi * Double.pi)) * difference.pow(2)
    let alpha = noGrad { v / (1 - iou + v + eps) }
    return (loss + alpha * v).reducedOverBoxes(reduction)
}

/// Pairs of boxes, the areas that they share and cover, and the edges of the smallest boxes around them.
private struct BoxPairs {
    let a, b: [Tensor]
    let shared, union: Tensor
    let left, top, right, bottom: Tensor

    init?(_ boxes1: Tensor, _ boxes2: Tensor) {
        guard let a = boxes1.upcastToFloat().coordinates(4), let b = boxes2.upcastToFloat().coordinates(4) else {
            return nil
        }
        (self.a, self.b) = (a, b)
        let (x1, y1) = (a[0].maximum(b[0]), a[1].maximum(b[1]))
        let (x2, y2) = (a[2].minimum(b[2]), a[3].minimum(b[3]))
        if [x1, y1, x2, y2].contains(where: \.isVoid) { return nil }
        let overlaps = y2.gt(y1).logicalAnd(x2.gt(x1))
        // Boxes that do not overlap are left out, and get no gradient from here.
        func part(_ x: Tensor) -> Tensor { x.maskedSelect(overlaps) }
        shared = Tensor.zerosLike(x1).maskedScatter(overlaps, (part(x2) - part(x1)) * (part(y2) - part(y1)))
        union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
        (left, top) = (a[0].minimum(b[0]), a[1].minimum(b[1]))
        (right, bottom) = (a[2].maximum(b[2]), a[3].maximum(b[3]))
    }

    func distanceLoss(_ eps: Double) -> (loss: Tensor, iou: Tensor) {
        let iou = shared / (union + eps)
        let diagonal = (right - left).pow(2) + (bottom - top).pow(2) + eps
        let x = (a[2] + a[0]) / 2 - (b[0] + b[2]) / 2, y = (a[3] + a[1]) / 2 - (b[1] + b[3]) / 2
        return (1 - iou + (x.pow(2) + y.pow(2)) / diagonal, iou)
    }
}

extension Tensor {
    /// Like the reduction of losses, but the mean of no elements is 0.
    fileprivate func reducedOverBoxes(_ reduction: LossReduction) -> Tensor {
        switch reduction {
        case .none: self
        case .mean: numel() > 0 ? mean() : 0.0 * sum()
        case .sum: sum()
        }
    }
}

/// The result if boxes could not be paired.
private var pairless: Tensor { Tensor.failed(.value, "no boxes to pair") }

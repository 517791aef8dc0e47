import Torch

/// Returns the focal loss of logits (Lin et al., 2017): binary cross entropy, weighted with (1 - p)^gamma, where p is
/// the probability of the true class. PyTorch: `torchvision.ops.sigmoid_focal_loss`.
/// - Parameters:
///   - inputs: logits of any shape, floating point.
///   - targets: 0 or 1 for each of them, floating point.
///   - alpha: the weight of class 1, in 0...1; class 0 has the weight 1 - alpha. -1 for no weights.
///   - gamma: the exponent.
///   - reduction: each element's loss, their mean, or their sum.
public func sigmoidFocalLoss(
    _ inputs: Tensor, _ targets: Tensor, alpha: Double = 0.25, gamma: Double = 2, reduction: LossReduction = .none
) -> Tensor {
    guard (0...1).contains(alpha) || alpha == -1 else {
        return Tensor.failed(
            .value, "Invalid alpha value: \(alpha). alpha must be in the range [0,1] or -1 for ignore.")
    }
    let p = inputs.sigmoid()
    let entropy = F.binaryCrossEntropyWithLogits(inputs, targets, reduction: .none)
    let truth = p * targets + (1 - p) * (1 - targets)
    var loss = entropy * (1 - truth).pow(gamma)
    if alpha >= 0 { loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss }
    switch reduction {
    case .none: return loss
    case .mean: return loss.mean()
    case .sum: return loss.sum()
    }
}

/// The connectionist temporal classification loss of log-probabilities and label sequences whose alignment is not
/// known. PyTorch: `torch.nn.CTCLoss`.
///
///     let ctc = CTCLoss(blank: 0)
///     let loss = ctc(logits.logSoftmax(2), targets, inputLengths: [50, 50], targetLengths: [30, 25])
public final class CTCLoss: ReducedLoss {
    /// The class between labels.
    public let blank: Int
    /// Whether infinite losses, of targets that are too long for their steps, and their gradients become 0.
    public let zeroInfinity: Bool

    /// Creates a CTC loss with the given options.
    public init(blank: Int = 0, reduction: LossReduction = .mean, zeroInfinity: Bool = false) {
        self.blank = blank
        self.zeroInfinity = zeroInfinity
        super.init(reduction: reduction)
    }

    /// Computes the loss of log-probabilities [steps, N, C] or [steps, C] and labels, padded [N, longest] or one after
    /// the other.
    /// - Parameters:
    ///   - logProbs: the log-probabilities.
    ///   - targets: the labels.
    ///   - inputLengths: the number of steps of each sequence.
    ///   - targetLengths: the number of labels of each sequence.
    public func forward(_ logProbs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int]) -> Tensor {
        ctcLoss(
            logProbs, targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
            reduction: reduction, zeroInfinity: zeroInfinity)
    }

    /// Computes the loss; the lengths are integer tensors, [N] or [].
    public func forward(_ logProbs: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor) -> Tensor {
        ctcLoss(
            logProbs, targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
            reduction: reduction, zeroInfinity: zeroInfinity)
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(
        _ logProbs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int]
    ) -> Tensor {
        withHooks(logProbs, targets, inputLengths, targetLengths) {
            forward($0, $1, inputLengths: $2, targetLengths: $3)
        }
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(
        _ logProbs: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor
    ) -> Tensor {
        withHooks(logProbs, targets, inputLengths, targetLengths) {
            forward($0, $1, inputLengths: $2, targetLengths: $3)
        }
    }
}

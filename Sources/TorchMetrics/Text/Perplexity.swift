import Torch

/// How uncertain a language model is about each next token: the exponential of the mean negative log-likelihood.
/// torchmetrics: `Perplexity`.
public final class Perplexity: Metric, TensorMetric {
    private let ignoreIndex: Int?
    private let total = MetricState("total_log_probs", Tensor.zeros([])), count = MetricState("count", Tensor.zeros([]))

    /// Creates a metric.
    /// - Parameter ignoreIndex: a target that does not count, such as that of padding. torchmetrics: `ignore_index`.
    public init(ignoreIndex: Int? = nil) {
        self.ignoreIndex = ignoreIndex
        super.init([total, count])
    }

    /// Adds logits or logarithms of probabilities [batch, length, vocabulary] and tokens [batch, length], int64.
    public func updateStates(_ preds: Tensor, _ target: Tensor) {
        guard preds.dim == 3 else {
            return raise(
                .value,
                "Input tensor `preds` is expected to have 3 dimensions, [batch_size, seq_len, vocab_size], but got \(preds.dim)."
            )
        }
        guard target.dim == 2 else {
            return raise(
                .value,
                "Input tensor `target` is expected to have 2 dimensions, [batch_size, seq_len], but got \(target.dim).")
        }
        guard preds.size(0) == target.size(0), preds.size(1) == target.size(1) else {
            return raise(
                .value,
                "Input tensors `preds` and `target` are expected to have equaling first two dimensions, [batch_size, seq_len], but got \(preds.shape) and \(target.shape)."
            )
        }
        guard preds.isFloatingPoint() else {
            return raise(
                .type, "Input tensor `preds` is expected to be of floating point type but got \(preds.dtype).")
        }
        guard target.dtype == .int64 else {
            return raise(
                .type, "Input tensor `target` is expected to be of a type torch.int64 but got \(target.dtype).")
        }
        let tokens = target.reshape(-1), known = ignoreIndex.map { tokens.ne($0) }
        // Unlike the logarithm of a softmax, this is finite if a probability is too small for a float.
        let logs = preds.reshape(-1, preds.size(2)).logSoftmax(1)
        let safe = known.map { tokens.maskedFill(~$0, 0) } ?? tokens
        guard ClassificationInput.areClasses(safe, "target", preds.size(2)) else { return }
        let chosen = logs.gather(1, safe.unsqueeze(1)).squeeze(1)
        total.value = total.value - (known.map { chosen[$0] } ?? chosen).sum()
        count.value = count.value + (known?.sum() ?? Tensor(tokens.numel()))
    }

    public func computeValue() -> Tensor { (total.value / count.value).exp() }
}

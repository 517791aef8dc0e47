/// Returns the cross entropy of logits that are a linear function of the input: `crossEntropy(input.linear(…), …)`.
/// PyTorch: `torch.nn.functional.linear_cross_entropy`.
///
/// With `options`, the logits are computed chunk by chunk and never all in memory, in the forward and in the backward
/// pass. A mean or a sum then computes its gradients in the forward pass, and the gradient has no gradient itself.
/// Chunks need class indices, or probabilities of the input's dtype that need no gradient, no label smoothing and a
/// linear weight [C, features]; otherwise the options are ignored, with a warning.
///
/// - Parameters:
///   - input: [N, features] or [features].
///   - linearWeight: [C, features], or [C, d1, …, features] for a loss with more dimensions.
///   - target: classes [N], [] or [N, d1, …]; or probabilities [N, C], [C] or [N, C, d1, …].
///   - linearBias: [C], or [C, d1, …].
///   - weight: [C], one factor for each class.
///   - ignoreIndex: a class whose targets do not count; nil is -100. Probabilities take none.
///   - reduction: the mean, the sum, or one loss for each target.
///   - labelSmoothing: the part of the target, 0…1, that is spread over all classes.
///   - options: how to cut the batch; nil to compute all logits at once.
public func linearCrossEntropy(
    _ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, linearBias: Tensor? = nil, weight: Tensor? = nil,
    reduction: LossReduction = .mean, ignoreIndex: Int? = nil, labelSmoothing: Double = 0,
    options: LinearCrossEntropyOptions? = nil
) -> Tensor {
    if anyVoid(input, linearWeight, target, linearBias, weight) { return .void }
    guard input.dim == 1 || input.dim == 2 else {
        return fail(.runtime, "expected input with dimensionality 1 or 2, got \(input.dim)")
    }
    guard linearWeight.dim >= 2 else {
        return fail(.runtime, "expected linear_weight with dimensionality at least 2, got \(linearWeight.dim)")
    }
    let features = input.sizes[input.dim - 1], classes = linearWeight.sizes[0]
    guard features == linearWeight.sizes[linearWeight.dim - 1] else {
        return fail(
            .runtime,
            "expected equal input and linear_weight last dimensions (in_features), got \(features) and \(linearWeight.sizes[linearWeight.dim - 1]), respectively"
        )
    }
    let outFeatures = Array(linearWeight.sizes[1..<(linearWeight.dim - 1)])
    if let linearBias, linearBias.sizes != [classes] + outFeatures {
        return fail(
            .runtime,
            "expected linear_bias shape \(PythonText.tuple([classes] + outFeatures)), got \(PythonText.tuple(linearBias.sizes))"
        )
    }
    guard outFeatures.isEmpty || input.dim == 2 else {
        return fail(
            .runtime,
            "K-dimensional loss defined by linear_weight shape \(PythonText.tuple(linearWeight.sizes)) requires batched input, (N, \(features)), got unbatched input with shape \(PythonText.tuple(input.sizes))"
        )
    }
    let logitsSizes = Array(input.sizes.dropLast()) + [classes] + outFeatures
    let isOfProbabilities = target.sizes == logitsSizes
    if isOfProbabilities, ignoreIndex != nil {
        return fail(.runtime, "ignore_index cannot be specified when target contains probabilities")
    }
    if let options {
        let isChunkable =
            labelSmoothing == 0 && outFeatures.isEmpty
            && (target.dtype == .int64
                || isOfProbabilities && target.dtype == input.dtype && !(target.requiresGrad && isGradEnabled()))
        if isChunkable {
            let loss = ChunkedLinearCrossEntropy(
                weight: weight, reduction: reduction, ignoreIndex: ignoreIndex ?? -100, options: options)
            return loss(
                input.reshape([-1, features]), linearWeight, input.dim == 1 ? target.unsqueeze(0) : target, linearBias,
                isBatched: input.dim == 2)
        }
        warn(
            "linear_cross_entropy: ``options`` ignored; chunked path needs label_smoothing == 0, target.dtype == int64 "
                + "(or a probability target with dtype matching input and requires_grad == False), out_features == ().")
    }
    var (matrix, bias) = (linearWeight, linearBias)
    if !outFeatures.isEmpty {
        matrix = matrix.reshape([outFeatures.reduce(classes, &*), features])
        bias = bias?.reshape([-1])
    }
    let logits = input.linear(matrix, bias).reshape(logitsSizes)
    return crossEntropy(
        logits, target, weight: weight, ignoreIndex: ignoreIndex ?? -100, reduction: reduction,
        labelSmoothing: labelSmoothing)
}

/// Scales the gradients so that their total norm is at most `maxNorm`. The norm is taken over all gradients as one
/// vector. PyTorch: `torch.nn.utils.clip_grad_norm_`.
///
///     loss.backward()
///     clipGradNorm_(model.parameters(), maxNorm: 1)
///     optimizer.step()
///
/// Of parameters that `fullyShard` has divided, the norm is that of the whole gradients, so all processes call this.
///
/// - Parameters:
///   - parameters: the tensors whose `grad` is scaled in place. Tensors without a gradient are skipped.
///   - maxNorm: the largest norm that is left unchanged.
///   - normType: the p of the p-norm. Infinity gives the largest magnitude.
///   - errorIfNonfinite: if true, a norm that is NaN or infinite is an error, and the gradients stay unchanged.
/// - Returns: the norm before scaling, a 0-dimensional tensor.
@discardableResult
public func clipGradNorm_(
    _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) -> Tensor {
    DividedGradients.makeParts { parameters }
    return noGrad {
        let grads = parameters.compactMap(\.accumulatedGrad)
        if grads.isEmpty { return Tensor(0.0) }
        let ofWhole = DividedGradients.norms(parameters, normType)
        let total = (ofWhole ?? stack(grads.map { $0.norm(normType) })).norm(normType)
        if errorIfNonfinite, !total.isfinite().item(as: Bool.self) {
            return fail(
                .runtime,
                "The total norm of order \(PythonText.repr(normType)) for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
            )
        }
        let scale = (maxNorm / (total + 1e-6)).clamp(max: 1)
        for grad in grads { grad.mul_(scale) }
        return total
    }
}

/// Clamps every element of the gradients to [-clipValue, clipValue], in place.
/// PyTorch: `torch.nn.utils.clip_grad_value_`.
public func clipGradValue_(_ parameters: [Tensor], clipValue: Double) {
    DividedGradients.makeParts { parameters }
    noGrad {
        for grad in parameters.compactMap(\.accumulatedGrad) { grad.clamp_(min: -clipValue, max: clipValue) }
    }
}

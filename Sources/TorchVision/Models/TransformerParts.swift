import Torch

// What the vision transformers share: attention with a bias, and the distances of the patches in a window.

/// Returns softmax(query · keyᵀ + bias) · value, for [..., L, E]. The bias broadcasts to [..., L, L]. In training, each
/// weight is dropped with probability `dropout`. If nothing is recorded or dropped, the weights need no memory.
func biasedAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, bias: Tensor, dropout: Double = 0, training: Bool = false
) -> Tensor {
    if !isGradEnabled(), !training || dropout == 0 {
        return scaledDotProductAttention(query, key, value, attnMask: bias, scale: 1)
    }
    let weights = (query.matmul(key.mT) + bias).softmax(dim: -1)
    return F.dropout(weights, p: dropout, training: training).matmul(value)
}

/// Returns the row of each pair of a window's patches in a table of the (2 · height - 1) · (2 · width - 1) distances
/// that two patches can have: int64 [height · width, height · width].
func relativePositionIndex(_ height: Int, _ width: Int) -> Tensor {
    func shifted(_ positions: Tensor, _ size: Int) -> Tensor {
        positions.unsqueeze(1) - positions.unsqueeze(0) + (size &- 1)
    }
    let rows = Tensor.arange(height).unsqueeze(1).expand(height, width).flatten()
    let columns = Tensor.arange(width).unsqueeze(0).expand(height, width).flatten()
    return shifted(rows, height) * (2 &* width &- 1) + shifted(columns, width)
}

/// Returns the biases of all pairs of a window's patches, [1, heads, length, length], from a table [distances, heads]
/// and the pairs' rows in it.
func relativePositionBias(_ table: Tensor, _ index: Tensor, length: Int) -> Tensor {
    table.indexSelect(0, index.flatten()).view(length, length, -1).permute(2, 0, 1).contiguous().unsqueeze(0)
}

/// Returns nil if the input has `count` dimensions. Otherwise raises Python's sentence and returns a void tensor.
func unpackingFailure(_ input: Tensor, _ count: Int) -> Tensor? {
    if input.isVoid { return input }
    if input.dim == count { return nil }
    let got = input.dim < count ? ", got \(input.dim)" : ""
    return .failed(
        .value, "\(input.dim < count ? "not enough" : "too many") values to unpack (expected \(count)\(got))")
}

extension MLP {
    /// Draws the linear layers again: weights as by `Init.xavierUniform_`, biases with the standard deviation 1e-6.
    func initializeAsTransformer() {
        for case let linear as Linear in modules() {
            Init.xavierUniform_(linear.weight)
            if let bias = linear.bias { Init.normal_(bias, std: 1e-6) }
        }
    }
}

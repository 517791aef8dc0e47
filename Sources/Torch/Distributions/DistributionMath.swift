import Foundation

// What several distributions compute.

/// Euler's constant.
let eulerConstant = 0.5772156649015329

extension Distribution {
    /// Returns the operands as tensors of one shape. A number gets the dtype and device of the first tensor, or the
    /// default ones. Returns void tensors if they do not broadcast. PyTorch: `broadcast_all`.
    static func broadcastAll(_ operands: any TensorOperand...) -> [Tensor] {
        let values = operands.map(\.operand)
        if anyVoid(values) { return values.map { _ in .void } }
        let model = values.first { !$0.isNumber }
        let tensors = values.map { value in
            guard let number = value.numberValue else { return value }
            return Tensor.full([], number, dtype: model?.dtype ?? defaultDType, device: model?.device ?? .default)
        }
        let result = broadcastTensors(tensors)
        return result.count == values.count ? result : values.map { _ in .void }
    }
}

extension Tensor {
    /// The dtype of a distribution's parameter.
    func filled(_ sizes: [Int], _ value: Double) -> Tensor { Tensor.full(sizes, value, dtype: dtype, device: device) }

    /// Returns numbers drawn uniformly from [0, 1), with this tensor's dtype and device.
    func uniformDraws(_ sizes: [Int]) -> Tensor { Tensor.rand(sizes, dtype: dtype, device: device) }

    /// Returns standard normal numbers, with this tensor's dtype and device.
    func normalDraws(_ sizes: [Int]) -> Tensor { Tensor.randn(sizes, dtype: dtype, device: device) }

    /// Returns memory of this tensor's dtype and device.
    func unfilled(_ sizes: [Int]) -> Tensor { Tensor.empty(sizes, dtype: dtype, device: device) }

    /// Sums over the last `count` dimensions.
    func sumRightmost(_ count: Int) -> Tensor {
        count <= 0 ? self : reshape(sizes.dropLast(count) + [-1]).sum(-1)
    }

    /// The probabilities of logits: of the outcome 1 of two, or of the outcomes along the last dimension.
    func logitsToProbs(isBinary: Bool = false) -> Tensor { isBinary ? sigmoid() : softmax(-1) }

    /// The probabilities, clamped to [eps, 1 - eps] with the epsilon of the dtype.
    func clampedProbs() -> Tensor { clamp(dtype.epsilon, 1 - dtype.epsilon) }

    /// The logits of probabilities: of the outcome 1 of two, or of the outcomes along the last dimension.
    func probsToLogits(isBinary: Bool = false) -> Tensor {
        let probs = clampedProbs()
        return isBinary ? probs.log() - (-probs).log1p() : probs.log()
    }

    /// Multiplies a batch of matrices with a batch of vectors.
    func timesVector(_ vector: Tensor) -> Tensor { matmul(vector.unsqueeze(-1)).squeeze(-1) }

    /// The sum of the logarithms of the diagonal elements of triangular matrices.
    var halfLogDeterminant: Tensor { diagonal(dim1: -2, dim2: -1).log().sum(-1) }

    /// The squared 2-norm of the solutions of L y = x, with these lower triangular matrices L. PyTorch:
    /// `_batch_mahalanobis`.
    func mahalanobis(_ x: Tensor) -> Tensor {
        if anyVoid(self, x) { return .void }
        let n = x.sizes.last ?? 1, shape = Array(x.sizes.dropLast())
        let batch = Array(sizes.dropLast(2)), outer = shape.count - batch.count
        guard outer >= 0 else { return fail(.runtime, "the matrices have more batch dimensions than the vectors") }
        // Dimensions of the batch are split in those that the matrices have and those over which they are expanded.
        var split = Array(shape.prefix(outer))
        for (own, size) in zip(batch, shape.dropFirst(outer)) { split += [own == 0 ? 0 : size / own, own] }
        let pairs = Swift.stride(from: outer, to: outer + 2 * batch.count, by: 2)
        let order = Array(0..<outer) + pairs + pairs.map { $0 + 1 }
        let moved = x.reshape(split + [n]).permute(order + [order.count])
        let matrices = reshape([-1, n, n])
        let columns = moved.reshape([-1, matrices.sizes[0], n]).permute([1, 2, 0])
        let squares = linalg.solveTriangular(matrices, columns, upper: false).pow(2).sum(-2).t()
        var back = [Int](repeating: 0, count: order.count)
        for (to, from) in order.enumerated() { back[from] = to }
        return squares.reshape(Array(moved.sizes.dropLast())).permute(back).reshape(shape)
    }

    /// The Cholesky factors of the inverses of these matrices. PyTorch: `_precision_to_scale_tril`.
    func precisionToScaleTril() -> Tensor {
        let inverse = linalg.cholesky(flip([-2, -1])).flip([-2, -1]).transpose(-2, -1)
        if inverse.isVoid { return .void }
        let identity = Tensor.eye(sizes[dim - 1], dtype: dtype, device: device)
        return linalg.solveTriangular(inverse, identity, upper: false)
    }

    /// The elements of the lower triangles up to a diagonal, row by row. PyTorch: `tril_matrix_to_vec`.
    func lowerTriangleElements(diagonal: Int = 0) -> Tensor {
        if isVoid { return .void }
        let n = sizes[dim - 1]
        guard diagonal >= -n && diagonal < n else {
            return fail(.value, "diag (\(diagonal)) provided is outside [\(-n), \(n - 1)].")
        }
        let mask = Tensor.lowerTriangleMask(n, diagonal, device)
        return self[.ellipsis, mask]
    }

    /// The matrices whose lower triangles up to a diagonal have these elements. PyTorch: `vec_to_tril_matrix`.
    func lowerTriangleMatrix(diagonal: Int = 0) -> Tensor {
        if isVoid { return .void }
        let count = Double(sizes[dim - 1]), d = Double(diagonal), odd: Double = 1 + 2 * d
        let square: Double = odd * odd + 8 * count + 4 * d.magnitude * (d + 1)
        let n: Double = (square.squareRoot() - odd) / 2
        guard n.rounded() - n <= dtype.epsilon else {
            return fail(
                .value,
                "The size of last dimension is \(sizes[dim - 1]) which cannot be expressed as the lower triangular part of a square D x D matrix."
            )
        }
        let size = Int(n.rounded()), mask = Tensor.lowerTriangleMask(size, diagonal, device)
        let result = newZeros(Array(sizes.dropLast()) + [size, size])
        result[.ellipsis, mask] = self
        return result
    }

    private static func lowerTriangleMask(_ n: Int, _ diagonal: Int, _ device: Device) -> Tensor {
        let positions = arange(n, device: device)
        return positions.lt(positions.view(-1, 1) + (diagonal + 1))
    }
}

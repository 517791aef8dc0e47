// How a normalization divides the elements of its input, and its operands. Statistics, weights, biases and their
// gradients are float64 for float64 inputs, otherwise float32.

/// Rows of contiguous memory. Each row has its own statistics.
package struct NormalizedRows: Sendable, Equatable {
    /// The number of rows, and the number of elements of each.
    package var rows, length: Int
    /// The number of neighbouring rows with different weights. Row r has the weights of row r mod `groups`.
    package var groups: Int
    /// The number of neighbouring elements of a row that share a weight.
    package var inner: Int

    /// The number of weights.
    package var weights: Int { groups &* (length / Swift.max(inner, 1)) }
}

/// An array [outer, channels, inner]. Each channel has its own statistics and its own weight.
package struct NormalizedChannels: Sendable, Equatable {
    /// The sizes of the array.
    package var outer, channels, inner: Int
}

/// The statistics of a normalization, one number for each row or channel, and its weights.
package struct NormalizationNumbers {
    /// The mean; nil if nothing is subtracted.
    package var mean: Dense?
    /// 1 / sqrt(variance + eps).
    package var rstd: Dense
    /// The factor of each weight; nil for 1.
    package var weight: Dense?
    /// The summand of each weight; nil for 0.
    package var bias: Dense?
}

/// The gradients that a normalization's backward pass computes. Those that are nil are not computed.
package struct NormalizationGradients {
    /// The gradient of the input.
    package var input: Dense?
    /// The gradients of the weight and of the bias.
    package var weight, bias: Dense?
}

// How a normalization divides the elements of its input, and its operands. Statistics, weights, biases and their
// gradients are float64 for float64 inputs, otherwise float32.

/// Rows of contiguous memory. Each row has its own statistics.
public struct NormalizedRows: Sendable, Equatable {
    /// The number of rows, and the number of elements of each.
    public var rows, length: Int
    /// The number of neighbouring rows with different weights. Row r has the weights of row r mod `groups`.
    public var groups: Int
    /// The number of neighbouring elements of a row that share a weight.
    public var inner: Int

    /// The number of weights.
    public var weights: Int { groups &* (length / Swift.max(inner, 1)) }
}

/// An array [outer, channels, inner]. Each channel has its own statistics and its own weight.
public struct NormalizedChannels: Sendable, Equatable {
    /// The sizes of the array.
    public var outer, channels, inner: Int
}

/// The statistics of a normalization, one number for each row or channel, and its weights.
public struct NormalizationNumbers {
    /// The mean; nil if nothing is subtracted.
    public var mean: Dense?
    /// 1 / sqrt(variance + eps).
    public var rstd: Dense
    /// The factor of each weight; nil for 1.
    public var weight: Dense?
    /// The summand of each weight; nil for 0.
    public var bias: Dense?
}

/// The gradients that a normalization's backward pass computes. Those that are nil are not computed.
public struct NormalizationGradients {
    /// The gradient of the input.
    public var input: Dense?
    /// The gradients of the weight and of the bias.
    public var weight, bias: Dense?
}

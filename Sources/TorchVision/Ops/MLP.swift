import Torch

/// A multi-layer perceptron: linear layers, each followed by a normalization, an activation and a dropout, except for
/// the last, which only a dropout follows. PyTorch: `torchvision.ops.MLP`.
public class MLP: Sequential {
    /// Creates the layers in order.
    /// - Parameters:
    ///   - inChannels: the number of features of the input.
    ///   - hiddenChannels: the number of features of each linear layer.
    ///   - normLayer: makes a normalization from the number of features; nil for none.
    ///   - activationLayer: makes an activation from `inplace`.
    ///   - inplace: whether activations and dropouts overwrite their inputs; nil for their defaults.
    ///   - bias: whether the linear layers have a bias.
    ///   - dropout: the probability that an element is dropped.
    /// - Precondition: `hiddenChannels` is not empty.
    public init(
        _ inChannels: Int, _ hiddenChannels: [Int], normLayer: ((Int) -> any Layer)? = nil,
        activationLayer: (Bool) -> any Layer = { ReLU(inplace: $0) }, inplace: Bool? = nil, bias: Bool = true,
        dropout: Double = 0
    ) {
        if hiddenChannels.isEmpty { raise(.index, "list index out of range") }
        var layers: [any Layer] = []
        var features = inChannels
        for (i, channels) in hiddenChannels.enumerated() {
            layers.append(Linear(features, channels, bias: bias))
            if i < hiddenChannels.count - 1 {
                if let normLayer { layers.append(normLayer(channels)) }
                layers.append(activationLayer(inplace ?? false))
            }
            layers.append(Dropout(dropout, inplace: inplace ?? false))
            features = channels
        }
        super.init(named: layers.enumerated().map { (String($0.offset), $0.element) })
    }

    /// Like the other initializer, with PyTorch's names.
    public convenience init(
        inChannels: Int, hiddenChannels: [Int], normLayer: ((Int) -> any Layer)? = nil,
        activationLayer: (Bool) -> any Layer = { ReLU(inplace: $0) }, inplace: Bool? = nil, bias: Bool = true,
        dropout: Double = 0
    ) {
        self.init(
            inChannels, hiddenChannels, normLayer: normLayer, activationLayer: activationLayer, inplace: inplace,
            bias: bias, dropout: dropout)
    }
}

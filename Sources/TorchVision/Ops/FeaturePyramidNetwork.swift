import Torch

/// Feature maps with names, from fine to coarse.
public typealias NamedMaps = [(name: String, map: Tensor)]

/// Makes more feature maps from those of a `FeaturePyramidNetwork`.
/// PyTorch: `torchvision.ops.feature_pyramid_network.ExtraFPNBlock`.
public protocol ExtraFPNBlock: Module {
    /// Returns the feature maps with the additional ones.
    /// - Parameters:
    ///   - results: the feature maps of the network, with their names.
    ///   - x: the maps that the network got.
    func forward(_ results: NamedMaps, _ x: [Tensor]) -> NamedMaps
}

/// Adds the coarser feature maps to each one (Lin et al., 2017). From coarse to fine, a map with `outChannels` channels
/// is the sum of a 1×1 convolution of the input and of the enlarged coarser sum; a 3×3 convolution of it is the result.
/// PyTorch: `torchvision.ops.FeaturePyramidNetwork`.
public final class FeaturePyramidNetwork: Module {
    private let innerBlocks, layerBlocks: [Conv2dNormActivation]
    private let extraBlocks: (any ExtraFPNBlock)?

    /// Creates a network. The weights are those of `Init.kaimingUniform_` with a = 1, the biases are 0.
    /// - Parameters:
    ///   - inChannelsList: the number of channels of each input.
    ///   - outChannels: the number of channels of the results.
    ///   - extraBlocks: makes more feature maps from the results.
    ///   - normLayer: makes the normalization behind each convolution; nil for none.
    public init(
        _ inChannelsList: [Int], outChannels: Int, extraBlocks: (any ExtraFPNBlock)? = nil,
        normLayer: ((Int) -> any Layer)? = nil
    ) {
        if inChannelsList.contains(0) { raise(.value, "in_channels=0 is currently not supported") }
        var inner: [Conv2dNormActivation] = [], layers: [Conv2dNormActivation] = []
        for channels in inChannelsList {
            inner.append(
                Conv2dNormActivation(
                    channels, outChannels, kernelSize: 1, padding: 0, normLayer: normLayer, activationLayer: nil))
            layers.append(
                Conv2dNormActivation(
                    outChannels, outChannels, kernelSize: 3, normLayer: normLayer, activationLayer: nil))
        }
        innerBlocks = inner
        layerBlocks = layers
        self.extraBlocks = extraBlocks
        super.init()
        for block in inner + layers { block.apply(initializePyramid) }
    }

    /// Renames the convolutions of older state dicts, which had no normalization beside them.
    public override func willLoad(_ state: inout StateDict, prefix: String) {
        for block in ["inner_blocks", "layer_blocks"] {
            for i in innerBlocks.indices {
                for kind in ["weight", "bias"] {
                    let old = "\(prefix)\(block).\(i).\(kind)"
                    guard let tensor = state[old] else { continue }
                    state[old] = nil
                    state["\(prefix)\(block).\(i).0.\(kind)"] = tensor
                }
            }
        }
    }

    /// Like the other initializer, with PyTorch's name.
    public convenience init(
        inChannelsList: [Int], outChannels: Int, extraBlocks: (any ExtraFPNBlock)? = nil,
        normLayer: ((Int) -> any Layer)? = nil
    ) {
        self.init(inChannelsList, outChannels: outChannels, extraBlocks: extraBlocks, normLayer: normLayer)
    }

    /// Computes the results, without calling the hooks.
    /// - Parameter x: the feature maps [N, C, H, W], the finest first, one for each number of channels.
    /// - Returns: maps of the same sizes under the same names, and those of the extra block.
    public func forward(_ x: NamedMaps) -> NamedMaps {
        guard !x.isEmpty, x.count <= innerBlocks.count else {
            _ = Tensor.failed(
                .index, "FeaturePyramidNetwork: got \(x.count) feature maps for \(innerBlocks.count) blocks")
            return []
        }
        // The coarsest map always takes the last block.
        var sum = innerBlocks[innerBlocks.count - 1](x[x.count - 1].map)
        var results = [(name: x[x.count - 1].name, map: layerBlocks[layerBlocks.count - 1](sum))]
        for i in x.indices.dropLast().reversed() {
            let inner = innerBlocks[i](x[i].map)
            if inner.isVoid || sum.isVoid { return x }
            sum = inner + F.interpolate(sum, size: Array(inner.shape.sizes.suffix(2)), mode: .nearest)
            results.insert((x[i].name, layerBlocks[i](sum)), at: 0)
        }
        return extraBlocks?.forward(results, x.map(\.map)) ?? results
    }

    /// Calls `forward` and the module's hooks.
    public func callAsFunction(_ x: NamedMaps) -> NamedMaps { withHooks(x) { forward($0) } }
}

/// Adds a map `pool`: every second element of the last one.
/// PyTorch: `torchvision.ops.feature_pyramid_network.LastLevelMaxPool`.
public final class LastLevelMaxPool: Module, ExtraFPNBlock {
    /// Returns the feature maps with the additional one.
    public func forward(_ results: NamedMaps, _ x: [Tensor]) -> NamedMaps {
        guard let last = results.last else { return results }
        return results + [(name: "pool", map: F.maxPool2d(last.map, 1, stride: 2, padding: 0))]
    }
}

/// Adds the maps `p6` and `p7` by convolutions of stride 2.
/// PyTorch: `torchvision.ops.feature_pyramid_network.LastLevelP6P7`.
public final class LastLevelP6P7: Module, ExtraFPNBlock {
    private let p6, p7: Conv2d
    private let usesResult: Bool

    /// Creates the convolutions.
    /// - Parameters:
    ///   - inChannels: the channels of the coarsest input. If they are `outChannels`, the coarsest result is the input.
    ///   - outChannels: the channels of the new maps.
    public init(_ inChannels: Int, _ outChannels: Int) {
        p6 = Conv2d(inChannels, outChannels, 3, stride: 2, padding: 1)
        p7 = Conv2d(outChannels, outChannels, 3, stride: 2, padding: 1)
        usesResult = inChannels == outChannels
        super.init()
        for module in [p6, p7] { initializePyramid(module) }
    }

    /// Returns the feature maps with the additional ones.
    public func forward(_ results: NamedMaps, _ x: [Tensor]) -> NamedMaps {
        guard let p = results.last?.map, let c = x.last else { return results }
        let sixth = p6(usesResult ? p : c)
        return results + [(name: "p6", map: sixth), (name: "p7", map: p7(F.relu(sixth)))]
    }
}

private func initializePyramid(_ module: Module) {
    guard let convolution = module as? Conv2d else { return }
    Init.kaimingUniform_(convolution.weight, a: 1)
    if let bias = convolution.bias { Init.constant_(bias, 0) }
}

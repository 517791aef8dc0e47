import Torch

/// A small network of `Fire` blocks (Iandola et al., 2016): images [N, 3, H, W] → logits [N, numClasses].
/// PyTorch: `torchvision.models.SqueezeNet`.
public final class SqueezeNet: Module, Layer {
    /// The convolutions, [N, 3, H, W] → [N, 512, h, w].
    public let features: Sequential
    /// The layers behind the features. The second one is the convolution to the classes.
    public let classifier: Sequential

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - version: `"1_0"` or `"1_1"`, which needs 2.4 times less computation.
    ///   - numClasses: the number of classes.
    ///   - dropout: the drop probability.
    /// - Precondition: there is such a version.
    public init(version: String = "1_0", numClasses: Int = 1000, dropout: Double = 0.5) {
        func pool() -> MaxPool2d { MaxPool2d(3, stride: 2, ceilMode: true) }
        if version != "1_0", version != "1_1" {
            raise(.value, "Unsupported SqueezeNet version \(version): 1_0 or 1_1 expected")
        }
        features =
            version == "1_1"
            ? Sequential {
                Conv2d(3, 64, 3, stride: 2)
                ReLU(inplace: true)
                pool()
                Fire(64, 16, 64, 64)
                Fire(128, 16, 64, 64)
                pool()
                Fire(128, 32, 128, 128)
                Fire(256, 32, 128, 128)
                pool()
                Fire(256, 48, 192, 192)
                Fire(384, 48, 192, 192)
                Fire(384, 64, 256, 256)
                Fire(512, 64, 256, 256)
            }
            : Sequential {
                Conv2d(3, 96, 7, stride: 2)
                ReLU(inplace: true)
                pool()
                Fire(96, 16, 64, 64)
                Fire(128, 16, 64, 64)
                Fire(128, 32, 128, 128)
                pool()
                Fire(256, 32, 128, 128)
                Fire(256, 48, 192, 192)
                Fire(384, 48, 192, 192)
                Fire(384, 64, 256, 256)
                pool()
                Fire(512, 64, 256, 256)
            }
        let last = Conv2d(512, numClasses, 1)
        classifier = Sequential {
            Dropout(dropout)
            last
            ReLU(inplace: true)
            AdaptiveAvgPool2d([1, 1])
        }
        super.init()
        for case let conv as Conv2d in modules() {
            if conv === last {
                Init.normal_(conv.weight, mean: 0, std: 0.01)
            } else {
                Init.kaimingUniform_(conv.weight)
            }
            if let bias = conv.bias { Init.zeros_(bias) }
        }
    }

    public func forward(_ x: Tensor) -> Tensor { classifier(features(x)).flatten(1) }
}

/// A 1 × 1 convolution to few channels, and behind it a 1 × 1 and a 3 × 3 convolution, whose results are joined.
final class Fire: Module, Layer {
    let squeeze: Conv2d
    let squeezeActivation = ReLU(inplace: true)
    let expand1x1: Conv2d
    let expand1x1Activation = ReLU(inplace: true)
    let expand3x3: Conv2d
    let expand3x3Activation = ReLU(inplace: true)

    init(_ inplanes: Int, _ squeezePlanes: Int, _ expand1x1Planes: Int, _ expand3x3Planes: Int) {
        squeeze = Conv2d(inplanes, squeezePlanes, 1)
        expand1x1 = Conv2d(squeezePlanes, expand1x1Planes, 1)
        expand3x3 = Conv2d(squeezePlanes, expand3x3Planes, 3, padding: 1)
    }

    func forward(_ x: Tensor) -> Tensor {
        let x = squeezeActivation(squeeze(x))
        return cat([expand1x1Activation(expand1x1(x)), expand3x3Activation(expand3x3(x))], dim: 1)
    }
}

/// Makes a `SqueezeNet` of one version: `squeezenet1_1(numClasses: 10)`, `try squeezenet1_1(weights: .default)`.
public struct SqueezeNetBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let version: String

    /// Creates a network with random weights. The options are those of `SqueezeNet`.
    public func callAsFunction(numClasses: Int = 1000, dropout: Double = 0.5) -> SqueezeNet {
        SqueezeNet(version: version, numClasses: numClasses, dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, dropout: Double = 0.5
    ) throws -> SqueezeNet {
        try makeModel(weights, progress, numClasses) { self(numClasses: $0, dropout: dropout) }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> SqueezeNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// SqueezeNet 1.0 (Iandola et al., 2016). PyTorch: `torchvision.models.squeezenet1_0`.
public let squeezenet1_0 = SqueezeNetBuilder<SqueezeNet1_0Weights>(name: "squeezenet1_0", version: "1_0")
/// SqueezeNet 1.1, which needs 2.4 times less computation. PyTorch: `torchvision.models.squeezenet1_1`.
public let squeezenet1_1 = SqueezeNetBuilder<SqueezeNet1_1Weights>(name: "squeezenet1_1", version: "1_1")

extension ModelRegistry {
    static let squeezeNets: [any ModelBuilder] = [squeezenet1_0, squeezenet1_1]
}

/// The pretrained weights of `squeezenet1_0`. PyTorch: `torchvision.models.SqueezeNet1_0_Weights`.
public enum SqueezeNet1_0Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "SqueezeNet1_0_Weights"
    public var weights: Weights {
        Weights("squeezenet1_0-b66bff10", numParams: 1_248_424, acc: (58.092, 80.42), minSize: 21)
    }
}

/// The pretrained weights of `squeezenet1_1`. PyTorch: `torchvision.models.SqueezeNet1_1_Weights`.
public enum SqueezeNet1_1Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "SqueezeNet1_1_Weights"
    public var weights: Weights {
        Weights("squeezenet1_1-b8a52dc0", numParams: 1_235_496, acc: (58.178, 80.624), minSize: 17)
    }
}

import Torch

/// A chain of 3 × 3 convolutions (Simonyan and Zisserman, 2014): images [N, 3, H, W] → logits [N, numClasses].
/// PyTorch: `torchvision.models.VGG`.
public final class VGG: Module, Layer {
    /// The convolutions, [N, 3, H, W] → [N, 512, h, w].
    public let features: any Layer
    /// Averages the features to the size 7 × 7.
    public let avgpool = AdaptiveAvgPool2d([7, 7])
    /// The layers behind the features.
    public let classifier: Sequential

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - features: the convolutions.
    ///   - numClasses: the number of classes.
    ///   - initWeights: whether the weights are drawn anew: convolutions by `Init.kaimingNormal_`, linear layers from
    ///     normal(0, 0.01).
    ///   - dropout: the drop probability.
    public init(_ features: any Layer, numClasses: Int = 1000, initWeights: Bool = true, dropout: Double = 0.5) {
        self.features = features
        classifier = Sequential {
            Linear(512 * 7 * 7, 4096)
            ReLU(inplace: true)
            Dropout(dropout)
            Linear(4096, 4096)
            ReLU(inplace: true)
            Dropout(dropout)
            Linear(4096, numClasses)
        }
        super.init()
        guard initWeights else { return }
        for module in modules() {
            switch module {
            case let conv as Conv2d:
                Init.kaimingNormal_(conv.weight, mode: .fanOut, nonlinearity: .relu)
                if let bias = conv.bias { Init.zeros_(bias) }
            case is BatchNorm2d: Init.resetNorm(module)
            case let linear as Linear:
                Init.normal_(linear.weight, mean: 0, std: 0.01)
                if let bias = linear.bias { Init.zeros_(bias) }
            default: break
            }
        }
    }

    public func forward(_ x: Tensor) -> Tensor { classifier(avgpool(features(x)).flatten(1)) }

    /// The numbers of channels of the convolutions, part by part. A maximum is taken after each part.
    static let configurations: [Character: [[Int]]] = [
        "A": [[64], [128], [256, 256], [512, 512], [512, 512]],
        "B": [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]],
        "D": [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
        "E": [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]]
    ]

    /// Returns the convolutions of a configuration. PyTorch: `make_layers`.
    static func makeLayers(_ parts: [[Int]], batchNorm: Bool) -> Sequential {
        var channels = 3
        var layers: [any Layer] = []
        for part in parts {
            for out in part {
                layers.append(Conv2d(channels, out, 3, padding: 1))
                if batchNorm { layers.append(BatchNorm2d(out)) }
                layers.append(ReLU(inplace: true))
                channels = out
            }
            layers.append(MaxPool2d(2, stride: 2))
        }
        return Sequential(layers)
    }
}

/// Makes a `VGG` of one kind: `vgg11(numClasses: 10)`, `try vgg11(weights: .default)`.
public struct VGGBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let configuration: Character
    var batchNorm = false

    /// Creates a network with random weights. The options are those of `VGG`.
    public func callAsFunction(numClasses: Int = 1000, initWeights: Bool = true, dropout: Double = 0.5) -> VGG {
        VGG(
            VGG.makeLayers(VGG.configurations[configuration] ?? [], batchNorm: batchNorm), numClasses: numClasses,
            initWeights: initWeights, dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, initWeights: Bool = true,
        dropout: Double = 0.5
    ) throws -> VGG {
        try makeModel(weights, progress, numClasses) {
            self(numClasses: $0, initWeights: weights == nil && initWeights, dropout: dropout)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> VGG {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// VGG-11 (Simonyan and Zisserman, 2014). PyTorch: `torchvision.models.vgg11`.
public let vgg11 = VGGBuilder<VGG11Weights>(name: "vgg11", configuration: "A")
/// VGG-11 with batch normalization. PyTorch: `torchvision.models.vgg11_bn`.
public let vgg11BN = VGGBuilder<VGG11BNWeights>(name: "vgg11_bn", configuration: "A", batchNorm: true)
/// VGG-13 (Simonyan and Zisserman, 2014). PyTorch: `torchvision.models.vgg13`.
public let vgg13 = VGGBuilder<VGG13Weights>(name: "vgg13", configuration: "B")
/// VGG-13 with batch normalization. PyTorch: `torchvision.models.vgg13_bn`.
public let vgg13BN = VGGBuilder<VGG13BNWeights>(name: "vgg13_bn", configuration: "B", batchNorm: true)
/// VGG-16 (Simonyan and Zisserman, 2014). PyTorch: `torchvision.models.vgg16`.
public let vgg16 = VGGBuilder<VGG16Weights>(name: "vgg16", configuration: "D")
/// VGG-16 with batch normalization. PyTorch: `torchvision.models.vgg16_bn`.
public let vgg16BN = VGGBuilder<VGG16BNWeights>(name: "vgg16_bn", configuration: "D", batchNorm: true)
/// VGG-19 (Simonyan and Zisserman, 2014). PyTorch: `torchvision.models.vgg19`.
public let vgg19 = VGGBuilder<VGG19Weights>(name: "vgg19", configuration: "E")
/// VGG-19 with batch normalization. PyTorch: `torchvision.models.vgg19_bn`.
public let vgg19BN = VGGBuilder<VGG19BNWeights>(name: "vgg19_bn", configuration: "E", batchNorm: true)

extension ModelRegistry {
    static let vggs: [any ModelBuilder] = [vgg11, vgg11BN, vgg13, vgg13BN, vgg16, vgg16BN, vgg19, vgg19BN]
}

/// The pretrained weights of `vgg11`. PyTorch: `torchvision.models.VGG11_Weights`.
public enum VGG11Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG11_Weights"
    public var weights: Weights { Weights("vgg11-8a719046", numParams: 132_863_336, acc: (69.02, 88.628), minSize: 32) }
}

/// The pretrained weights of `vgg11BN`. PyTorch: `torchvision.models.VGG11_BN_Weights`.
public enum VGG11BNWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG11_BN_Weights"
    public var weights: Weights {
        Weights("vgg11_bn-6002323d", numParams: 132_868_840, acc: (70.37, 89.81), minSize: 32)
    }
}

/// The pretrained weights of `vgg13`. PyTorch: `torchvision.models.VGG13_Weights`.
public enum VGG13Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG13_Weights"
    public var weights: Weights {
        Weights("vgg13-19584684", numParams: 133_047_848, acc: (69.928, 89.246), minSize: 32)
    }
}

/// The pretrained weights of `vgg13BN`. PyTorch: `torchvision.models.VGG13_BN_Weights`.
public enum VGG13BNWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG13_BN_Weights"
    public var weights: Weights {
        Weights("vgg13_bn-abd245e5", numParams: 133_053_736, acc: (71.586, 90.374), minSize: 32)
    }
}

/// The pretrained weights of `vgg16`. PyTorch: `torchvision.models.VGG16_Weights`.
public enum VGG16Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// From a network that was trained elsewhere, without its classifier: that has no numbers.
    case imagenet1kFeatures = "IMAGENET1K_FEATURES"
    public static let name = "VGG16_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("vgg16-397923af", numParams: 138_357_544, acc: (71.592, 90.382), minSize: 32)
        case .imagenet1kFeatures:
            Weights(
                "vgg16_features-amdegroot-88682ab5", numParams: 138_357_544, acc: (.nan, .nan), minSize: 32,
                transforms: ImageClassification(
                    cropSize: 224, mean: [0.48235, 0.45882, 0.40784],
                    std: [0.00392156862745098, 0.00392156862745098, 0.00392156862745098]), categories: [])
        }
    }
}

/// The pretrained weights of `vgg16BN`. PyTorch: `torchvision.models.VGG16_BN_Weights`.
public enum VGG16BNWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG16_BN_Weights"
    public var weights: Weights {
        Weights("vgg16_bn-6c64b313", numParams: 138_365_992, acc: (73.36, 91.516), minSize: 32)
    }
}

/// The pretrained weights of `vgg19`. PyTorch: `torchvision.models.VGG19_Weights`.
public enum VGG19Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG19_Weights"
    public var weights: Weights {
        Weights("vgg19-dcbb9e9d", numParams: 143_667_240, acc: (72.376, 90.876), minSize: 32)
    }
}

/// The pretrained weights of `vgg19BN`. PyTorch: `torchvision.models.VGG19_BN_Weights`.
public enum VGG19BNWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "VGG19_BN_Weights"
    public var weights: Weights {
        Weights("vgg19_bn-c79401a0", numParams: 143_678_248, acc: (74.218, 91.842), minSize: 32)
    }
}

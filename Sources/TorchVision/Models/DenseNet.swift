import Torch

/// A network whose layers read the results of all layers before them in their block (Huang et al., 2016): images
/// [N, 3, H, W] → logits [N, numClasses]. PyTorch: `torchvision.models.DenseNet`.
public final class DenseNet: Module, Layer {
    /// The blocks, [N, 3, H, W] → [N, C, h, w].
    public let features: Sequential
    /// The classifier, [N, C] → [N, numClasses].
    public var classifier: any Layer

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - growthRate: the channels that a layer adds.
    ///   - blockConfig: the number of layers in each of the four blocks.
    ///   - numInitFeatures: the channels of the first convolution.
    ///   - bnSize: the channels between the convolutions of a layer, divided by `growthRate`.
    ///   - dropRate: the drop probability after each layer.
    ///   - numClasses: the number of classes.
    public init(
        growthRate: Int = 32, blockConfig: (Int, Int, Int, Int) = (6, 12, 24, 16), numInitFeatures: Int = 64,
        bnSize: Int = 4, dropRate: Double = 0, numClasses: Int = 1000
    ) {
        var channels = numInitFeatures
        func block(_ count: Int) -> DenseBlock {
            let block = DenseBlock(
                count, channels, bnSize: bnSize, growthRate: growthRate, dropRate: dropRate)
            channels = channels &+ max(0, count) &* growthRate
            return block
        }
        func transition() -> Transition {
            let transition = Transition(channels, channels / 2)
            channels /= 2
            return transition
        }
        features = Sequential([
            "conv0": Conv2d(3, numInitFeatures, 7, stride: 2, padding: 3, bias: false),
            "norm0": BatchNorm2d(numInitFeatures),
            "relu0": ReLU(inplace: true),
            "pool0": MaxPool2d(3, stride: 2, padding: 1),
            "denseblock1": block(blockConfig.0),
            "transition1": transition(),
            "denseblock2": block(blockConfig.1),
            "transition2": transition(),
            "denseblock3": block(blockConfig.2),
            "transition3": transition(),
            "denseblock4": block(blockConfig.3),
            "norm5": BatchNorm2d(channels)
        ])
        classifier = Linear(channels, numClasses)
        super.init()
        for module in modules() {
            switch module {
            case let conv as Conv2d: Init.kaimingNormal_(conv.weight)
            case is BatchNorm2d: Init.resetNorm(module)
            case let linear as Linear: if let bias = linear.bias { Init.zeros_(bias) }
            default: break
            }
        }
    }

    public func forward(_ x: Tensor) -> Tensor {
        let features = features(x).relu_()
        return classifier(features.adaptiveAvgPool2d([1, 1]).flatten(1))
    }
}

/// A layer of a block: reads all results so far, and gives `growthRate` channels.
final class DenseLayer: Module, UnaryModule {
    let norm1: BatchNorm2d
    let relu1 = ReLU(inplace: true)
    let conv1: Conv2d
    let norm2: BatchNorm2d
    let relu2 = ReLU(inplace: true)
    let conv2: Conv2d
    private let dropRate: Double

    init(_ channels: Int, growthRate: Int, bnSize: Int, dropRate: Double) {
        let inner = bnSize &* growthRate
        norm1 = BatchNorm2d(channels)
        conv1 = Conv2d(channels, inner, 1, stride: 1, bias: false)
        norm2 = BatchNorm2d(inner)
        conv2 = Conv2d(inner, growthRate, 3, stride: 1, padding: 1, bias: false)
        self.dropRate = dropRate
    }

    func forward(_ features: [Tensor]) -> Tensor {
        let inner = conv1(relu1(norm1(cat(features, dim: 1))))
        let new = conv2(relu2(norm2(inner)))
        return dropRate > 0 ? F.dropout(new, p: dropRate, training: isTraining) : new
    }

    override var typeName: String { "_DenseLayer" }
}

/// Layers of which each reads the results of all before it. They are named `denselayer1`, `denselayer2`, ….
final class DenseBlock: Module, Layer, CustomReflectable {
    private let layers: [DenseLayer]

    init(_ count: Int, _ channels: Int, bnSize: Int, growthRate: Int, dropRate: Double) {
        layers = (0..<max(0, count)).map {
            DenseLayer(channels &+ $0 &* growthRate, growthRate: growthRate, bnSize: bnSize, dropRate: dropRate)
        }
    }

    func forward(_ x: Tensor) -> Tensor {
        cat(layers.reduce(into: [x]) { features, layer in features.append(layer(features)) }, dim: 1)
    }

    /// The members of a module are what its mirror shows.
    var customMirror: Mirror {
        Mirror(
            self, children: layers.enumerated().map { ("denselayer\($0.offset + 1)", $0.element as Any) },
            ancestorRepresentation: .suppressed)
    }

    override var typeName: String { "_DenseBlock" }
}

/// Halves the channels, the height and the width between two blocks.
final class Transition: Module, Layer {
    let norm: BatchNorm2d
    let relu = ReLU(inplace: true)
    let conv: Conv2d
    let pool = AvgPool2d(2, stride: 2)

    init(_ from: Int, _ to: Int) {
        norm = BatchNorm2d(from)
        conv = Conv2d(from, to, 1, stride: 1, bias: false)
    }

    func forward(_ x: Tensor) -> Tensor { pool(conv(relu(norm(x)))) }

    override var typeName: String { "_Transition" }
}

/// Makes a `DenseNet` of one kind: `densenet121(numClasses: 10)`, `try densenet121(weights: .default)`.
public struct DenseNetBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    var growthRate = 32
    let blockConfig: (Int, Int, Int, Int)
    var numInitFeatures = 64

    /// Creates a network with random weights. The options are those of `DenseNet`.
    public func callAsFunction(bnSize: Int = 4, dropRate: Double = 0, numClasses: Int = 1000) -> DenseNet {
        DenseNet(
            growthRate: growthRate, blockConfig: blockConfig, numInitFeatures: numInitFeatures, bnSize: bnSize,
            dropRate: dropRate, numClasses: numClasses)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, bnSize: Int = 4, dropRate: Double = 0, numClasses: Int? = nil
    ) throws -> DenseNet {
        try makeModel(weights, progress, numClasses, key: DenseNet.currentKey) {
            self(bnSize: bnSize, dropRate: dropRate, numClasses: $0)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> DenseNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

extension DenseNet {
    /// Returns a tensor's name in the model, for its name in the published files: `….denselayer1.norm.1.weight` is
    /// `….denselayer1.norm1.weight`.
    static func currentKey(_ key: String) -> String {
        var parts = key.split(separator: ".")
        guard parts.count >= 4, parts[parts.count - 4].hasPrefix("denselayer"),
            ["norm", "relu", "conv"].contains(parts[parts.count - 3]), ["1", "2"].contains(parts[parts.count - 2])
        else { return key }
        let number = parts.remove(at: parts.count - 2)
        parts[parts.count - 2] += number
        return parts.joined(separator: ".")
    }
}

/// DenseNet-121 (Huang et al., 2016). PyTorch: `torchvision.models.densenet121`.
public let densenet121 = DenseNetBuilder<DenseNet121Weights>(name: "densenet121", blockConfig: (6, 12, 24, 16))
/// DenseNet-161 (Huang et al., 2016). PyTorch: `torchvision.models.densenet161`.
public let densenet161 = DenseNetBuilder<DenseNet161Weights>(
    name: "densenet161", growthRate: 48, blockConfig: (6, 12, 36, 24), numInitFeatures: 96)
/// DenseNet-169 (Huang et al., 2016). PyTorch: `torchvision.models.densenet169`.
public let densenet169 = DenseNetBuilder<DenseNet169Weights>(name: "densenet169", blockConfig: (6, 12, 32, 32))
/// DenseNet-201 (Huang et al., 2016). PyTorch: `torchvision.models.densenet201`.
public let densenet201 = DenseNetBuilder<DenseNet201Weights>(name: "densenet201", blockConfig: (6, 12, 48, 32))

extension ModelRegistry {
    static let denseNets: [any ModelBuilder] = [densenet121, densenet161, densenet169, densenet201]
}

/// The pretrained weights of `densenet121`. PyTorch: `torchvision.models.DenseNet121_Weights`.
public enum DenseNet121Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "DenseNet121_Weights"
    public var weights: Weights {
        Weights("densenet121-a639ec97", numParams: 7_978_856, acc: (74.434, 91.972), minSize: 29)
    }
}

/// The pretrained weights of `densenet161`. PyTorch: `torchvision.models.DenseNet161_Weights`.
public enum DenseNet161Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "DenseNet161_Weights"
    public var weights: Weights {
        Weights("densenet161-8d451a50", numParams: 28_681_000, acc: (77.138, 93.56), minSize: 29)
    }
}

/// The pretrained weights of `densenet169`. PyTorch: `torchvision.models.DenseNet169_Weights`.
public enum DenseNet169Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "DenseNet169_Weights"
    public var weights: Weights {
        Weights("densenet169-b2777c0a", numParams: 14_149_480, acc: (75.6, 92.806), minSize: 29)
    }
}

/// The pretrained weights of `densenet201`. PyTorch: `torchvision.models.DenseNet201_Weights`.
public enum DenseNet201Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "DenseNet201_Weights"
    public var weights: Weights {
        Weights("densenet201-c1103571", numParams: 20_013_928, acc: (76.896, 93.37), minSize: 29)
    }
}

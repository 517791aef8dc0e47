import Torch

/// A block of a `ResNet`: `BasicBlock` or `Bottleneck`.
public protocol ResNetBlock: Module, Layer, SendableMetatype {
    /// The number of output channels divided by `planes`.
    static var expansion: Int { get }
    /// Creates a block from `inplanes` to `planes * expansion` channels.
    /// - Parameters:
    ///   - inplanes: the channels of the input.
    ///   - planes: the channels inside the block, before groups widen it.
    ///   - stride: the step of the spatial reduction.
    ///   - downsample: brings the input to the form of the output, if they differ.
    ///   - groups: the groups of the 3 × 3 convolution.
    ///   - baseWidth: the channels of a group for 64 planes.
    ///   - dilation: the dilation of the 3 × 3 convolution.
    ///   - normLayer: makes the normalization of so many channels.
    init(
        _ inplanes: Int, _ planes: Int, stride: Int, downsample: Sequential?, groups: Int, baseWidth: Int,
        dilation: Int, normLayer: (Int) -> any Layer)
    /// The scale of the last normalization, by which the block is added to its input.
    var lastScale: Tensor? { get }
}

/// A 3 × 3 convolution with padding and without bias.
private func conv3x3(_ from: Int, _ to: Int, stride: Int = 1, groups: Int = 1, dilation: Int = 1) -> Conv2d {
    Conv2d(from, to, 3, stride: stride, padding: dilation, dilation: dilation, groups: groups, bias: false)
}

/// A 1 × 1 convolution without bias.
private func conv1x1(_ from: Int, _ to: Int, stride: Int = 1) -> Conv2d {
    Conv2d(from, to, 1, stride: stride, bias: false)
}

/// Two 3 × 3 convolutions, added to the input (He et al., 2015). PyTorch: `torchvision.models.resnet.BasicBlock`.
public final class BasicBlock: Module, ResNetBlock {
    public static let expansion = 1
    let conv1: Conv2d, bn1: any Layer
    let relu = ReLU(inplace: true)
    let conv2: Conv2d, bn2: any Layer
    let downsample: Sequential?

    /// Creates a block.
    /// - Precondition: `groups` is 1, `baseWidth` is 64 and `dilation` is 1.
    public init(
        _ inplanes: Int, _ planes: Int, stride: Int = 1, downsample: Sequential? = nil, groups: Int = 1,
        baseWidth: Int = 64, dilation: Int = 1, normLayer: (Int) -> any Layer = { BatchNorm2d($0) }
    ) {
        if groups != 1 || baseWidth != 64 {
            raise(.value, "BasicBlock only supports groups=1 and base_width=64")
        } else if dilation > 1 {
            raise(.notImplemented, "Dilation > 1 not supported in BasicBlock")
        }
        conv1 = conv3x3(inplanes, planes, stride: stride)
        bn1 = normLayer(planes)
        conv2 = conv3x3(planes, planes)
        bn2 = normLayer(planes)
        self.downsample = downsample
    }

    public func forward(_ x: Tensor) -> Tensor {
        var out = relu(bn1(conv1(x)))
        out = bn2(conv2(out))
        out += downsample?(x) ?? x
        return relu(out)
    }

    public var lastScale: Tensor? { bn2.getParameter("weight") }
}

/// A 3 × 3 convolution between two 1 × 1 convolutions, added to the input. The 3 × 3 convolution has the stride.
/// PyTorch: `torchvision.models.resnet.Bottleneck`.
public final class Bottleneck: Module, ResNetBlock {
    public static let expansion = 4
    let conv1: Conv2d, bn1: any Layer
    let conv2: Conv2d, bn2: any Layer
    let conv3: Conv2d, bn3: any Layer
    let relu = ReLU(inplace: true)
    let downsample: Sequential?

    /// Creates a block.
    public init(
        _ inplanes: Int, _ planes: Int, stride: Int = 1, downsample: Sequential? = nil, groups: Int = 1,
        baseWidth: Int = 64, dilation: Int = 1, normLayer: (Int) -> any Layer = { BatchNorm2d($0) }
    ) {
        let width = planes &* baseWidth / 64 &* groups
        conv1 = conv1x1(inplanes, width)
        bn1 = normLayer(width)
        conv2 = conv3x3(width, width, stride: stride, groups: groups, dilation: dilation)
        bn2 = normLayer(width)
        conv3 = conv1x1(width, planes &* Bottleneck.expansion)
        bn3 = normLayer(planes &* Bottleneck.expansion)
        self.downsample = downsample
    }

    public func forward(_ x: Tensor) -> Tensor {
        var out = relu(bn1(conv1(x)))
        out = relu(bn2(conv2(out)))
        out = bn3(conv3(out))
        out += downsample?(x) ?? x
        return relu(out)
    }

    public var lastScale: Tensor? { bn3.getParameter("weight") }
}

/// A residual network (He et al., 2015): images [N, 3, H, W] → logits [N, numClasses].
/// PyTorch: `torchvision.models.ResNet`.
public final class ResNet: Module, Layer {
    /// The first convolution.
    public var conv1 = Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false)
    let bn1: any Layer
    let relu = ReLU(inplace: true)
    let maxpool = MaxPool2d(3, stride: 2, padding: 1)
    /// The four parts. Each but the first halves height and width.
    public let layer1, layer2, layer3, layer4: Sequential
    /// The mean over all places.
    public let avgpool = AdaptiveAvgPool2d([1, 1])
    /// The classifier, [N, 512 · expansion] → [N, numClasses].
    public var fc: any Layer

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - block: `BasicBlock.self` or `Bottleneck.self`.
    ///   - layers: the number of blocks in each of the four parts.
    ///   - numClasses: the number of classes.
    ///   - zeroInitResidual: whether each block begins as the identity: the scale of its last normalization is 0.
    ///   - groups: the groups of the 3 × 3 convolutions (Xie et al., 2016).
    ///   - widthPerGroup: the channels of a group for 64 planes.
    ///   - replaceStrideWithDilation: whether the second, third and fourth part have a dilation in place of the stride.
    ///   - normLayer: makes the normalization of so many channels.
    /// - Precondition: `layers` has four elements, `replaceStrideWithDilation` three.
    public init(
        _ block: any ResNetBlock.Type, _ layers: [Int], numClasses: Int = 1000, zeroInitResidual: Bool = false,
        groups: Int = 1, widthPerGroup: Int = 64, replaceStrideWithDilation: [Bool] = [false, false, false],
        normLayer: (Int) -> any Layer = { BatchNorm2d($0) }
    ) {
        var layers = layers, replace = replaceStrideWithDilation
        if replace.count != 3 {
            let text = replace.map { $0 ? "True" : "False" }.joined(separator: ", ")
            raise(.value, "replace_stride_with_dilation should be None or a 3-element tuple, got [\(text)]")
            replace = [false, false, false]
        }
        if layers.count < 4 {
            raise(.index, "list index out of range")
            layers = [0, 0, 0, 0]
        }
        var inplanes = 64, dilation = 1
        bn1 = normLayer(64)
        func part(_ number: Int, _ planes: Int, stride: Int = 1, dilate: Bool = false) -> Sequential {
            let before = dilation
            if dilate { dilation *= stride }
            let stride = dilate ? 1 : stride, out = planes * block.expansion
            let downsample =
                stride != 1 || inplanes != out
                ? Sequential(conv1x1(inplanes, out, stride: stride), normLayer(out)) : nil
            let blocks = Sequential(
                block.init(
                    inplanes, planes, stride: stride, downsample: downsample, groups: groups,
                    baseWidth: widthPerGroup, dilation: before, normLayer: normLayer))
            inplanes = out
            for _ in 0..<(layers[number] > 1 ? layers[number] - 1 : 0) {
                blocks.append(
                    block.init(
                        out, planes, stride: 1, downsample: nil, groups: groups, baseWidth: widthPerGroup,
                        dilation: dilation, normLayer: normLayer))
            }
            return blocks
        }
        layer1 = part(0, 64)
        layer2 = part(1, 128, stride: 2, dilate: replace[0])
        layer3 = part(2, 256, stride: 2, dilate: replace[1])
        layer4 = part(3, 512, stride: 2, dilate: replace[2])
        fc = Linear(512 * block.expansion, numClasses)
        super.init()
        for module in modules() {
            switch module {
            case let conv as Conv2d: Init.kaimingNormal_(conv.weight, mode: .fanOut, nonlinearity: .relu)
            case is BatchNorm2d, is GroupNorm: Init.resetNorm(module)
            default: break
            }
        }
        if zeroInitResidual {
            for case let block as any ResNetBlock in modules() { block.lastScale.map { _ = Init.zeros_($0) } }
        }
    }

    public func forward(_ x: Tensor) -> Tensor {
        var x = maxpool(relu(bn1(conv1(x))))
        x = layer4(layer3(layer2(layer1(x))))
        return fc(avgpool(x).flatten(1))
    }
}

extension Init {
    /// Sets the scale of a normalization to 1 and its shift to 0.
    static func resetNorm(_ module: Module) {
        if let weight = module.getParameter("weight") { ones_(weight) }
        if let bias = module.getParameter("bias") { zeros_(bias) }
    }
}

/// Makes a `ResNet` of one kind: `resnet18(numClasses: 10)`, `try resnet18(weights: .default)`.
public struct ResNetBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let block: any ResNetBlock.Type
    let layers: [Int]
    var groups = 1, widthPerGroup = 64

    /// Creates a network with random weights. The options are those of `ResNet`.
    public func callAsFunction(
        numClasses: Int = 1000, zeroInitResidual: Bool = false,
        replaceStrideWithDilation: [Bool] = [false, false, false],
        normLayer: (Int) -> any Layer = { BatchNorm2d($0) }
    ) -> ResNet {
        ResNet(
            block, layers, numClasses: numClasses, zeroInitResidual: zeroInitResidual, groups: groups,
            widthPerGroup: widthPerGroup, replaceStrideWithDilation: replaceStrideWithDilation, normLayer: normLayer)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, zeroInitResidual: Bool = false,
        replaceStrideWithDilation: [Bool] = [false, false, false],
        normLayer: (Int) -> any Layer = { BatchNorm2d($0) }
    ) throws -> ResNet {
        try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, zeroInitResidual: zeroInitResidual,
                replaceStrideWithDilation: replaceStrideWithDilation, normLayer: normLayer)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> ResNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// ResNet-18 (He et al., 2015). PyTorch: `torchvision.models.resnet18`.
public let resnet18 = ResNetBuilder<ResNet18Weights>(name: "resnet18", block: BasicBlock.self, layers: [2, 2, 2, 2])
/// ResNet-34 (He et al., 2015). PyTorch: `torchvision.models.resnet34`.
public let resnet34 = ResNetBuilder<ResNet34Weights>(name: "resnet34", block: BasicBlock.self, layers: [3, 4, 6, 3])
/// ResNet-50 (He et al., 2015). PyTorch: `torchvision.models.resnet50`.
public let resnet50 = ResNetBuilder<ResNet50Weights>(name: "resnet50", block: Bottleneck.self, layers: [3, 4, 6, 3])
/// ResNet-101 (He et al., 2015). PyTorch: `torchvision.models.resnet101`.
public let resnet101 = ResNetBuilder<ResNet101Weights>(name: "resnet101", block: Bottleneck.self, layers: [3, 4, 23, 3])
/// ResNet-152 (He et al., 2015). PyTorch: `torchvision.models.resnet152`.
public let resnet152 = ResNetBuilder<ResNet152Weights>(name: "resnet152", block: Bottleneck.self, layers: [3, 8, 36, 3])
/// ResNeXt-50 with 32 groups of 4 channels (Xie et al., 2016). PyTorch: `torchvision.models.resnext50_32x4d`.
public let resnext50_32x4d = ResNetBuilder<ResNeXt50_32X4DWeights>(
    name: "resnext50_32x4d", block: Bottleneck.self, layers: [3, 4, 6, 3], groups: 32, widthPerGroup: 4)
/// ResNeXt-101 with 32 groups of 8 channels (Xie et al., 2016). PyTorch: `torchvision.models.resnext101_32x8d`.
public let resnext101_32x8d = ResNetBuilder<ResNeXt101_32X8DWeights>(
    name: "resnext101_32x8d", block: Bottleneck.self, layers: [3, 4, 23, 3], groups: 32, widthPerGroup: 8)
/// ResNeXt-101 with 64 groups of 4 channels (Xie et al., 2016). PyTorch: `torchvision.models.resnext101_64x4d`.
public let resnext101_64x4d = ResNetBuilder<ResNeXt101_64X4DWeights>(
    name: "resnext101_64x4d", block: Bottleneck.self, layers: [3, 4, 23, 3], groups: 64, widthPerGroup: 4)
/// ResNet-50 with twice the channels inside the blocks (Zagoruyko and Komodakis, 2016).
/// PyTorch: `torchvision.models.wide_resnet50_2`.
public let wideResnet50_2 = ResNetBuilder<WideResNet50_2Weights>(
    name: "wide_resnet50_2", block: Bottleneck.self, layers: [3, 4, 6, 3], widthPerGroup: 128)
/// ResNet-101 with twice the channels inside the blocks (Zagoruyko and Komodakis, 2016).
/// PyTorch: `torchvision.models.wide_resnet101_2`.
public let wideResnet101_2 = ResNetBuilder<WideResNet101_2Weights>(
    name: "wide_resnet101_2", block: Bottleneck.self, layers: [3, 4, 23, 3], widthPerGroup: 128)

extension ModelRegistry {
    static let resNets: [any ModelBuilder] = [
        resnet18, resnet34, resnet50, resnet101, resnet152, resnext50_32x4d, resnext101_32x8d, resnext101_64x4d,
        wideResnet50_2, wideResnet101_2
    ]
}

/// The pretrained weights of `resnet18`. PyTorch: `torchvision.models.ResNet18_Weights`.
public enum ResNet18Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ResNet18_Weights"
    public var weights: Weights { Weights("resnet18-f37072fd", numParams: 11_689_512, acc: (69.758, 89.078)) }
}

/// The pretrained weights of `resnet34`. PyTorch: `torchvision.models.ResNet34_Weights`.
public enum ResNet34Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ResNet34_Weights"
    public var weights: Weights { Weights("resnet34-b627a593", numParams: 21_797_672, acc: (73.314, 91.42)) }
}

/// The pretrained weights of `resnet50`. PyTorch: `torchvision.models.ResNet50_Weights`.
public enum ResNet50Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "ResNet50_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("resnet50-0676ba61", numParams: 25_557_032, acc: (76.13, 92.862))
        case .imagenet1kV2:
            Weights(
                "resnet50-11ad3fa6", numParams: 25_557_032, acc: (80.858, 95.434),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `resnet101`. PyTorch: `torchvision.models.ResNet101_Weights`.
public enum ResNet101Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "ResNet101_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("resnet101-63fe2227", numParams: 44_549_160, acc: (77.374, 93.546))
        case .imagenet1kV2:
            Weights(
                "resnet101-cd907fc2", numParams: 44_549_160, acc: (81.886, 95.78),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `resnet152`. PyTorch: `torchvision.models.ResNet152_Weights`.
public enum ResNet152Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "ResNet152_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("resnet152-394f9c45", numParams: 60_192_808, acc: (78.312, 94.046))
        case .imagenet1kV2:
            Weights(
                "resnet152-f82ba261", numParams: 60_192_808, acc: (82.284, 96.002),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `resnext50_32x4d`. PyTorch: `torchvision.models.ResNeXt50_32X4D_Weights`.
public enum ResNeXt50_32X4DWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "ResNeXt50_32X4D_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("resnext50_32x4d-7cdf4587", numParams: 25_028_904, acc: (77.618, 93.698))
        case .imagenet1kV2:
            Weights(
                "resnext50_32x4d-1a0047aa", numParams: 25_028_904, acc: (81.198, 95.34),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `resnext101_32x8d`. PyTorch: `torchvision.models.ResNeXt101_32X8D_Weights`.
public enum ResNeXt101_32X8DWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "ResNeXt101_32X8D_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("resnext101_32x8d-8ba56ff5", numParams: 88_791_336, acc: (79.312, 94.526))
        case .imagenet1kV2:
            Weights(
                "resnext101_32x8d-110c445d", numParams: 88_791_336, acc: (82.834, 96.228),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `resnext101_64x4d`. PyTorch: `torchvision.models.ResNeXt101_64X4D_Weights`.
public enum ResNeXt101_64X4DWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ResNeXt101_64X4D_Weights"
    public var weights: Weights {
        Weights(
            "resnext101_64x4d-173b62eb", numParams: 83_455_272, acc: (83.246, 96.454),
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}

/// The pretrained weights of `wideResnet50_2`. PyTorch: `torchvision.models.Wide_ResNet50_2_Weights`.
public enum WideResNet50_2Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "Wide_ResNet50_2_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("wide_resnet50_2-95faca4d", numParams: 68_883_240, acc: (78.468, 94.086))
        case .imagenet1kV2:
            Weights(
                "wide_resnet50_2-9ba9bcbe", numParams: 68_883_240, acc: (81.602, 95.758),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `wideResnet101_2`. PyTorch: `torchvision.models.Wide_ResNet101_2_Weights`.
public enum WideResNet101_2Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "Wide_ResNet101_2_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("wide_resnet101_2-32ee1156", numParams: 126_886_696, acc: (78.848, 94.284))
        case .imagenet1kV2:
            Weights(
                "wide_resnet101_2-d733dc28", numParams: 126_886_696, acc: (82.51, 96.02),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

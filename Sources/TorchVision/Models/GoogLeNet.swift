import Torch

/// What a `GoogLeNet` computes: the logits, and in training those of the two classifiers inside the network, each
/// [N, numClasses]. PyTorch: `torchvision.models.GoogLeNetOutputs`.
public typealias GoogLeNetOutputs = (logits: Tensor, auxLogits2: Tensor?, auxLogits1: Tensor?)

/// Inception v1 (Szegedy et al., 2014): images [N, 3, H, W] → logits [N, numClasses].
/// PyTorch: `torchvision.models.GoogLeNet`.
///
/// In training, the network also computes the logits of two auxiliary classifiers. A call returns the logits, and
/// `withAuxLogits` returns all three.
public final class GoogLeNet: Module, Layer {
    /// Whether images that were normalized for other models are brought to the range -1 to 1.
    public let transformInput: Bool
    let conv1 = BasicConv2d(3, 64, 7, stride: 2, padding: 3)
    let maxpool1 = MaxPool2d(3, stride: 2, ceilMode: true)
    let conv2 = BasicConv2d(64, 64, 1)
    let conv3 = BasicConv2d(64, 192, 3, padding: 1)
    let maxpool2 = MaxPool2d(3, stride: 2, ceilMode: true)
    let inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
    let inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
    let maxpool3 = MaxPool2d(3, stride: 2, ceilMode: true)
    let inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
    let inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
    let inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
    let inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
    let inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
    let maxpool4 = MaxPool2d(2, stride: 2, ceilMode: true)
    let inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
    let inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
    /// The auxiliary classifiers, or nil. They work in training only.
    public internal(set) var aux1, aux2: InceptionAux?
    let avgpool = AdaptiveAvgPool2d([1, 1])
    let dropout: Dropout
    /// The classifier, [N, 1024] → [N, numClasses].
    public var fc: any Layer

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - numClasses: the number of classes.
    ///   - auxLogits: whether there are auxiliary classifiers.
    ///   - transformInput: whether images that were normalized for other models are brought to the range -1 to 1.
    ///   - initWeights: whether the weights are drawn anew, from a normal distribution.
    ///   - dropout: the drop probability.
    ///   - dropoutAux: the drop probability in the auxiliary classifiers.
    public init(
        numClasses: Int = 1000, auxLogits: Bool = true, transformInput: Bool = false, initWeights: Bool = true,
        dropout: Double = 0.2, dropoutAux: Double = 0.7
    ) {
        self.transformInput = transformInput
        if auxLogits {
            aux1 = InceptionAux(512, numClasses, dropout: dropoutAux)
            aux2 = InceptionAux(528, numClasses, dropout: dropoutAux)
        }
        self.dropout = Dropout(dropout)
        fc = Linear(1024, numClasses)
        super.init()
        if initWeights { drawInceptionWeights(self) { _ in 0.01 } }
    }

    /// Computes the logits.
    public func forward(_ x: Tensor) -> Tensor { outputs(x).logits }

    /// Calls the module, hooks included, and in training also returns the logits of the auxiliary classifiers.
    public func withAuxLogits(_ x: Tensor) -> GoogLeNetOutputs { withHooks(x) { outputs($0) } }

    private func outputs(_ x: Tensor) -> GoogLeNetOutputs {
        var x = transformInput ? inceptionInput(x) : x
        x = maxpool2(conv3(conv2(maxpool1(conv1(x)))))
        x = maxpool3(inception3b(inception3a(x)))
        x = inception4a(x)
        let logits1 = isTraining ? aux1?(x) : nil
        x = inception4d(inception4c(inception4b(x)))
        let logits2 = isTraining ? aux2?(x) : nil
        x = maxpool4(inception4e(x))
        x = inception5b(inception5a(x))
        return (fc(dropout(avgpool(x).flatten(1))), logits2, logits1)
    }

    /// Four branches of convolutions, whose results are joined.
    public final class Inception: Module, Layer {
        let branch1: BasicConv2d
        let branch2, branch3, branch4: Sequential

        /// Creates a block.
        /// - Parameters:
        ///   - inChannels: the channels of the input.
        ///   - ch1x1: the channels of the branch with a 1 × 1 convolution.
        ///   - ch3x3: the channels of the two convolutions of the second branch.
        ///   - ch5x5: the channels of the two convolutions of the third branch. As in torchvision, its window is
        ///     3 × 3.
        ///   - poolProj: the channels of the branch with a pooling.
        public init(_ inChannels: Int, _ ch1x1: Int, _ ch3x3: (Int, Int), _ ch5x5: (Int, Int), _ poolProj: Int) {
            branch1 = BasicConv2d(inChannels, ch1x1, 1)
            branch2 = Sequential(
                BasicConv2d(inChannels, ch3x3.0, 1), BasicConv2d(ch3x3.0, ch3x3.1, 3, padding: 1))
            branch3 = Sequential(
                BasicConv2d(inChannels, ch5x5.0, 1), BasicConv2d(ch5x5.0, ch5x5.1, 3, padding: 1))
            branch4 = Sequential(
                MaxPool2d(3, stride: 1, padding: 1, ceilMode: true), BasicConv2d(inChannels, poolProj, 1))
        }

        public func forward(_ x: Tensor) -> Tensor { cat([branch1(x), branch2(x), branch3(x), branch4(x)], dim: 1) }
    }

    /// An auxiliary classifier, [N, inChannels, H, W] → [N, numClasses].
    public final class InceptionAux: Module, Layer {
        let conv: BasicConv2d
        let fc1, fc2: Linear
        let dropout: Dropout

        /// Creates a classifier.
        public init(_ inChannels: Int, _ numClasses: Int, dropout: Double = 0.7) {
            conv = BasicConv2d(inChannels, 128, 1)
            fc1 = Linear(2048, 1024)
            fc2 = Linear(1024, numClasses)
            self.dropout = Dropout(dropout)
        }

        public func forward(_ x: Tensor) -> Tensor {
            let x = conv(x.adaptiveAvgPool2d([4, 4])).flatten(1)
            return fc2(dropout(fc1(x).relu_()))
        }
    }
}

/// A convolution without bias, a batch normalization and ReLU.
/// PyTorch: `torchvision.models.googlenet.BasicConv2d`, `torchvision.models.inception.BasicConv2d`.
public final class BasicConv2d: Module, Layer {
    let conv: Conv2d
    let bn: BatchNorm2d

    /// Creates the layers.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0
    ) {
        conv = Conv2d(inChannels, outChannels, kernelSize, stride: stride, padding: padding, bias: false)
        bn = BatchNorm2d(outChannels, eps: 0.001)
    }

    public func forward(_ x: Tensor) -> Tensor { bn(conv(x)).relu_() }
}

/// Draws the weights of convolutions and linear layers from a truncated normal distribution, and resets normalizations.
func drawInceptionWeights(_ model: Module, std: (Module) -> Double) {
    for module in model.modules() {
        switch module {
        case let conv as Conv2d: Init.truncNormal_(conv.weight, mean: 0, std: std(conv), a: -2, b: 2)
        case let linear as Linear: Init.truncNormal_(linear.weight, mean: 0, std: std(linear), a: -2, b: 2)
        case is BatchNorm2d: Init.resetNorm(module)
        default: break
        }
    }
}

/// Converts images normalized by ImageNet's means and deviations to images normalized by 0.5 and 0.5.
func inceptionInput(_ x: Tensor) -> Tensor {
    let channels = zip([0.229, 0.224, 0.225], [0.485, 0.456, 0.406]).enumerated()
    return cat(
        channels.map { c, now in x.select(1, c).unsqueeze(1) * (now.0 / 0.5) + (now.1 - 0.5) / 0.5 }, dim: 1)
}

/// Makes a `GoogLeNet`: `googlenet(numClasses: 10)`, `try googlenet(weights: .default)`.
public struct GoogLeNetBuilder: ModelBuilder {
    public let name = "googlenet"

    /// Creates a network with random weights. The options are those of `GoogLeNet`.
    public func callAsFunction(
        numClasses: Int = 1000, auxLogits: Bool = true, transformInput: Bool = false, initWeights: Bool = true,
        dropout: Double = 0.2, dropoutAux: Double = 0.7
    ) -> GoogLeNet {
        GoogLeNet(
            numClasses: numClasses, auxLogits: auxLogits, transformInput: transformInput, initWeights: initWeights,
            dropout: dropout, dropoutAux: dropoutAux)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    ///
    /// With pretrained weights, `auxLogits` is false and `transformInput` is true, if they are not given. The published
    /// auxiliary classifiers are not trained.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: GoogLeNetWeights?, progress: Bool = true, numClasses: Int? = nil, auxLogits: Bool? = nil,
        transformInput: Bool? = nil, initWeights: Bool = true, dropout: Double = 0.2, dropoutAux: Double = 0.7
    ) throws -> GoogLeNet {
        let model = try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, auxLogits: weights != nil || auxLogits ?? true,
                transformInput: transformInput ?? (weights != nil), initWeights: weights == nil && initWeights,
                dropout: dropout, dropoutAux: dropoutAux)
        }
        if weights != nil, auxLogits != true { (model.aux1, model.aux2) = (nil, nil) }
        return model
    }

    public func make(weights: GoogLeNetWeights?, progress: Bool, numClasses: Int?) throws -> GoogLeNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// GoogLeNet (Szegedy et al., 2014). PyTorch: `torchvision.models.googlenet`.
public let googlenet = GoogLeNetBuilder()

extension ModelRegistry {
    static let googLeNets: [any ModelBuilder] = [googlenet]
}

/// The pretrained weights of `googlenet`. PyTorch: `torchvision.models.GoogLeNet_Weights`.
public enum GoogLeNetWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "GoogLeNet_Weights"
    public var weights: Weights {
        Weights("googlenet-1378be20", numParams: 6_624_904, acc: (69.778, 89.53), minSize: 15)
    }
}

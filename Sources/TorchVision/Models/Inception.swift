import Torch

/// What an `Inception3` computes: the logits, and in training those of the classifier inside the network, each
/// [N, numClasses]. PyTorch: `torchvision.models.InceptionOutputs`.
public typealias InceptionOutputs = (logits: Tensor, auxLogits: Tensor?)

/// Inception v3 (Szegedy et al., 2015): images [N, 3, 299, 299] → logits [N, numClasses].
/// PyTorch: `torchvision.models.Inception3`.
///
/// In training, the network also computes the logits of an auxiliary classifier. A call returns the logits, and
/// `withAuxLogits` returns both.
public final class Inception3: Module, Layer {
    /// Whether images that were normalized for other models are brought to the range -1 to 1.
    public let transformInput: Bool
    let conv2d_1a_3x3 = BasicConv2d(3, 32, 3, stride: 2)
    let conv2d_2a_3x3 = BasicConv2d(32, 32, 3)
    let conv2d_2b_3x3 = BasicConv2d(32, 64, 3, padding: 1)
    let maxpool1 = MaxPool2d(3, stride: 2)
    let conv2d_3b_1x1 = BasicConv2d(64, 80, 1)
    let conv2d_4a_3x3 = BasicConv2d(80, 192, 3)
    let maxpool2 = MaxPool2d(3, stride: 2)
    let mixed_5b = InceptionA(192, poolFeatures: 32)
    let mixed_5c = InceptionA(256, poolFeatures: 64)
    let mixed_5d = InceptionA(288, poolFeatures: 64)
    let mixed_6a = InceptionB(288)
    let mixed_6b = InceptionC(768, channels7x7: 128)
    let mixed_6c = InceptionC(768, channels7x7: 160)
    let mixed_6d = InceptionC(768, channels7x7: 160)
    let mixed_6e = InceptionC(768, channels7x7: 192)
    /// The auxiliary classifier, or nil. It works in training only.
    public internal(set) var auxLogits: InceptionAux?
    let mixed_7a: InceptionD
    let mixed_7b, mixed_7c: InceptionE
    let avgpool = AdaptiveAvgPool2d([1, 1])
    let dropout: Dropout
    /// The classifier, [N, 2048] → [N, numClasses].
    public var fc: any Layer

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - numClasses: the number of classes.
    ///   - auxLogits: whether there is an auxiliary classifier.
    ///   - transformInput: whether images that were normalized for other models are brought to the range -1 to 1.
    ///   - initWeights: whether the weights are drawn anew, from a normal distribution.
    ///   - dropout: the drop probability.
    public init(
        numClasses: Int = 1000, auxLogits: Bool = true, transformInput: Bool = false, initWeights: Bool = true,
        dropout: Double = 0.5
    ) {
        self.transformInput = transformInput
        let aux = auxLogits ? InceptionAux(768, numClasses) : nil
        self.auxLogits = aux
        mixed_7a = InceptionD(768)
        mixed_7b = InceptionE(1280)
        mixed_7c = InceptionE(2048)
        self.dropout = Dropout(dropout)
        fc = Linear(2048, numClasses)
        super.init()
        if initWeights { drawInceptionWeights(self) { $0 === aux?.fc ? 0.001 : 0.1 } }
    }

    public override class func stateName(of property: String) -> String {
        switch property {
        case "auxLogits": "AuxLogits"
        case let name where name.hasPrefix("conv2d_") || name.hasPrefix("mixed_"):
            name.prefix(1).uppercased() + name.dropFirst()
        default: property
        }
    }

    /// Computes the logits.
    public func forward(_ x: Tensor) -> Tensor { outputs(x).logits }

    /// Calls the module, hooks included, and in training also returns the logits of the auxiliary classifier.
    public func withAuxLogits(_ x: Tensor) -> InceptionOutputs { withHooks(x) { outputs($0) } }

    private func outputs(_ x: Tensor) -> InceptionOutputs {
        var x = transformInput ? inceptionInput(x) : x
        x = maxpool1(conv2d_2b_3x3(conv2d_2a_3x3(conv2d_1a_3x3(x))))
        x = maxpool2(conv2d_4a_3x3(conv2d_3b_1x1(x)))
        x = mixed_5d(mixed_5c(mixed_5b(x)))
        x = mixed_6e(mixed_6d(mixed_6c(mixed_6b(mixed_6a(x)))))
        let aux = isTraining ? auxLogits?(x) : nil
        x = mixed_7c(mixed_7b(mixed_7a(x)))
        return (fc(dropout(avgpool(x)).flatten(1)), aux)
    }
}

extension Inception3 {
    /// 35 × 35 places: branches of 1 × 1, 5 × 5 and two 3 × 3 convolutions, and a mean.
    final class InceptionA: Module, Layer {
        let branch1x1, branch5x5_1, branch5x5_2, branch3x3dbl_1, branch3x3dbl_2, branch3x3dbl_3, branchPool: BasicConv2d

        init(_ channels: Int, poolFeatures: Int) {
            branch1x1 = BasicConv2d(channels, 64, 1)
            branch5x5_1 = BasicConv2d(channels, 48, 1)
            branch5x5_2 = BasicConv2d(48, 64, 5, padding: 2)
            branch3x3dbl_1 = BasicConv2d(channels, 64, 1)
            branch3x3dbl_2 = BasicConv2d(64, 96, 3, padding: 1)
            branch3x3dbl_3 = BasicConv2d(96, 96, 3, padding: 1)
            branchPool = BasicConv2d(channels, poolFeatures, 1)
        }

        func forward(_ x: Tensor) -> Tensor {
            cat(
                [
                    branch1x1(x), branch5x5_2(branch5x5_1(x)), branch3x3dbl_3(branch3x3dbl_2(branch3x3dbl_1(x))),
                    branchPool(F.avgPool2d(x, 3, stride: 1, padding: 1))
                ], dim: 1)
        }
    }

    /// From 35 × 35 to 17 × 17 places: branches of 3 × 3 and two 3 × 3 convolutions, and a maximum.
    final class InceptionB: Module, Layer {
        let branch3x3, branch3x3dbl_1, branch3x3dbl_2, branch3x3dbl_3: BasicConv2d

        init(_ channels: Int) {
            branch3x3 = BasicConv2d(channels, 384, 3, stride: 2)
            branch3x3dbl_1 = BasicConv2d(channels, 64, 1)
            branch3x3dbl_2 = BasicConv2d(64, 96, 3, padding: 1)
            branch3x3dbl_3 = BasicConv2d(96, 96, 3, stride: 2)
        }

        func forward(_ x: Tensor) -> Tensor {
            cat(
                [
                    branch3x3(x), branch3x3dbl_3(branch3x3dbl_2(branch3x3dbl_1(x))), F.maxPool2d(x, 3, stride: 2)
                ], dim: 1)
        }
    }

    /// 17 × 17 places: branches of 1 × 1, and one and two pairs of 1 × 7 and 7 × 1 convolutions, and a mean.
    final class InceptionC: Module, Layer {
        let branch1x1, branch7x7_1, branch7x7_2, branch7x7_3: BasicConv2d
        let branch7x7dbl_1, branch7x7dbl_2, branch7x7dbl_3, branch7x7dbl_4, branch7x7dbl_5, branchPool: BasicConv2d

        init(_ channels: Int, channels7x7 c7: Int) {
            branch1x1 = BasicConv2d(channels, 192, 1)
            branch7x7_1 = BasicConv2d(channels, c7, 1)
            branch7x7_2 = BasicConv2d(c7, c7, [1, 7], padding: [0, 3])
            branch7x7_3 = BasicConv2d(c7, 192, [7, 1], padding: [3, 0])
            branch7x7dbl_1 = BasicConv2d(channels, c7, 1)
            branch7x7dbl_2 = BasicConv2d(c7, c7, [7, 1], padding: [3, 0])
            branch7x7dbl_3 = BasicConv2d(c7, c7, [1, 7], padding: [0, 3])
            branch7x7dbl_4 = BasicConv2d(c7, c7, [7, 1], padding: [3, 0])
            branch7x7dbl_5 = BasicConv2d(c7, 192, [1, 7], padding: [0, 3])
            branchPool = BasicConv2d(channels, 192, 1)
        }

        func forward(_ x: Tensor) -> Tensor {
            let double = branch7x7dbl_3(branch7x7dbl_2(branch7x7dbl_1(x)))
            return cat(
                [
                    branch1x1(x), branch7x7_3(branch7x7_2(branch7x7_1(x))), branch7x7dbl_5(branch7x7dbl_4(double)),
                    branchPool(F.avgPool2d(x, 3, stride: 1, padding: 1))
                ], dim: 1)
        }
    }

    /// From 17 × 17 to 8 × 8 places: branches of 3 × 3 and 7 × 7 convolutions, and a maximum.
    final class InceptionD: Module, Layer {
        let branch3x3_1, branch3x3_2, branch7x7x3_1, branch7x7x3_2, branch7x7x3_3, branch7x7x3_4: BasicConv2d

        init(_ channels: Int) {
            branch3x3_1 = BasicConv2d(channels, 192, 1)
            branch3x3_2 = BasicConv2d(192, 320, 3, stride: 2)
            branch7x7x3_1 = BasicConv2d(channels, 192, 1)
            branch7x7x3_2 = BasicConv2d(192, 192, [1, 7], padding: [0, 3])
            branch7x7x3_3 = BasicConv2d(192, 192, [7, 1], padding: [3, 0])
            branch7x7x3_4 = BasicConv2d(192, 192, 3, stride: 2)
        }

        func forward(_ x: Tensor) -> Tensor {
            cat(
                [
                    branch3x3_2(branch3x3_1(x)), branch7x7x3_4(branch7x7x3_3(branch7x7x3_2(branch7x7x3_1(x)))),
                    F.maxPool2d(x, 3, stride: 2)
                ], dim: 1)
        }
    }

    /// 8 × 8 places: branches whose last convolutions are 1 × 3 and 3 × 1 side by side.
    final class InceptionE: Module, Layer {
        let branch1x1, branch3x3_1, branch3x3_2a, branch3x3_2b: BasicConv2d
        let branch3x3dbl_1, branch3x3dbl_2, branch3x3dbl_3a, branch3x3dbl_3b, branchPool: BasicConv2d

        init(_ channels: Int) {
            branch1x1 = BasicConv2d(channels, 320, 1)
            branch3x3_1 = BasicConv2d(channels, 384, 1)
            branch3x3_2a = BasicConv2d(384, 384, [1, 3], padding: [0, 1])
            branch3x3_2b = BasicConv2d(384, 384, [3, 1], padding: [1, 0])
            branch3x3dbl_1 = BasicConv2d(channels, 448, 1)
            branch3x3dbl_2 = BasicConv2d(448, 384, 3, padding: 1)
            branch3x3dbl_3a = BasicConv2d(384, 384, [1, 3], padding: [0, 1])
            branch3x3dbl_3b = BasicConv2d(384, 384, [3, 1], padding: [1, 0])
            branchPool = BasicConv2d(channels, 192, 1)
        }

        func forward(_ x: Tensor) -> Tensor {
            let single = branch3x3_1(x), double = branch3x3dbl_2(branch3x3dbl_1(x))
            return cat(
                [
                    branch1x1(x), cat([branch3x3_2a(single), branch3x3_2b(single)], dim: 1),
                    cat([branch3x3dbl_3a(double), branch3x3dbl_3b(double)], dim: 1),
                    branchPool(F.avgPool2d(x, 3, stride: 1, padding: 1))
                ], dim: 1)
        }
    }

    /// The auxiliary classifier, [N, inChannels, 17, 17] → [N, numClasses].
    public final class InceptionAux: Module, Layer {
        let conv0, conv1: BasicConv2d
        let fc: Linear

        /// Creates a classifier.
        public init(_ inChannels: Int, _ numClasses: Int) {
            conv0 = BasicConv2d(inChannels, 128, 1)
            conv1 = BasicConv2d(128, 768, 5)
            fc = Linear(768, numClasses)
        }

        public func forward(_ x: Tensor) -> Tensor {
            let x = conv1(conv0(F.avgPool2d(x, 5, stride: 3)))
            return fc(x.adaptiveAvgPool2d([1, 1]).flatten(1))
        }
    }
}

/// Makes an `Inception3`: `inceptionV3(numClasses: 10)`, `try inceptionV3(weights: .default)`.
public struct InceptionV3Builder: ModelBuilder {
    public let name = "inception_v3"

    /// Creates a network with random weights. The options are those of `Inception3`.
    public func callAsFunction(
        numClasses: Int = 1000, auxLogits: Bool = true, transformInput: Bool = false, initWeights: Bool = true,
        dropout: Double = 0.5
    ) -> Inception3 {
        Inception3(
            numClasses: numClasses, auxLogits: auxLogits, transformInput: transformInput, initWeights: initWeights,
            dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    ///
    /// With pretrained weights, `transformInput` is true if it is not given.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: InceptionV3Weights?, progress: Bool = true, numClasses: Int? = nil, auxLogits: Bool = true,
        transformInput: Bool? = nil, initWeights: Bool = true, dropout: Double = 0.5
    ) throws -> Inception3 {
        let model = try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, auxLogits: weights != nil || auxLogits,
                transformInput: transformInput ?? (weights != nil), initWeights: weights == nil && initWeights,
                dropout: dropout)
        }
        if !auxLogits { model.auxLogits = nil }
        return model
    }

    public func make(weights: InceptionV3Weights?, progress: Bool, numClasses: Int?) throws -> Inception3 {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// Inception v3 (Szegedy et al., 2015). PyTorch: `torchvision.models.inception_v3`.
public let inceptionV3 = InceptionV3Builder()

extension ModelRegistry {
    static let inceptions: [any ModelBuilder] = [inceptionV3]
}

/// The pretrained weights of `inceptionV3`. PyTorch: `torchvision.models.Inception_V3_Weights`.
public enum InceptionV3Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Inception_V3_Weights"
    public var weights: Weights {
        Weights(
            "inception_v3_google-0cc3c7bd", numParams: 27_161_264, acc: (77.294, 93.45), minSize: 75,
            transforms: ImageClassification(cropSize: 299, resizeSize: 342))
    }
}

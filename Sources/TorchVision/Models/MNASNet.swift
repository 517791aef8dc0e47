import Torch

/// MNASNet-B1 (Tan et al., 2019), of any width. PyTorch: `torchvision.models.MNASNet`.
public final class MNASNet: Module, Layer {
    /// The factor of the channels.
    public let alpha: Double
    /// The number of classes.
    public let numClasses: Int
    /// The convolutions.
    public let layers: Sequential
    /// Dropout and the linear layer.
    public let classifier: Sequential

    /// The momentum of the running statistics.
    private static let momentum = 1 - 0.9997

    /// Creates the network with random weights. `alpha` is the factor of the channels, `dropout` the probability of
    /// dropout before the linear layer.
    /// - Precondition: `alpha` is greater than 0.
    public init(_ alpha: Double, numClasses: Int = 1000, dropout: Double = 0.2) {
        if alpha <= 0 { raise(.value, "alpha should be greater than 0.0 instead of \(format(alpha))") }
        self.alpha = alpha
        self.numClasses = numClasses
        let depths = MNASNet.depths(alpha)
        func stack(_ i: Int, _ kernelSize: Int, _ stride: Int, _ expansion: Int, _ repeats: Int) -> Sequential {
            MNASNet.stack(depths[i], depths[i + 1], kernelSize, stride, expansion, repeats)
        }
        layers = Sequential(
            MNASNet.stem(depths[0], depths[1], depths[2]) + [
                stack(2, 5, 2, 3, 3), stack(3, 5, 2, 6, 3), stack(4, 3, 1, 6, 2), stack(5, 5, 2, 6, 4),
                stack(6, 3, 1, 6, 1), Conv2d(depths[7], 1280, 1, bias: false), MNASNet.norm(1280), ReLU(inplace: true)
            ])
        classifier = Sequential(Dropout(dropout, inplace: true), Linear(1280, numClasses))
        super.init()
        initializeAsMobileNet { Init.kaimingUniform_($0, mode: .fanOut, nonlinearity: .sigmoid) }
    }

    /// Makes room for a checkpoint of the first version, in which the first layers had 32 and 16 channels for any
    /// `alpha`: gives this network such layers. They are known by the shape of the first weight, because a state dict
    /// has no number of its version here.
    public override func willLoad(_ state: inout StateDict, prefix: String) {
        guard let weight = state[prefix + "layers.0.weight"], weight.dim == 4, weight.size(0) == 32,
            let first = layers[0] as? Conv2d, first.outChannels != 32,
            let last = state[prefix + "layers.8.0.layers.6.weight"], last.dim == 4
        else { return }
        for (i, layer) in MNASNet.stem(32, 16, MNASNet.depths(alpha)[2]).enumerated() {
            layer.train(isTraining)
            layers[i] = layer
        }
        warn(
            "A new version of MNASNet model has been implemented. Your checkpoint was saved using the previous version. This checkpoint will load and work as before, but you may want to upgrade by training a newer model or transfer learning from an updated ImageNet checkpoint."
        )
    }

    /// The channels of the layers.
    private static func depths(_ alpha: Double) -> [Int] {
        [32, 16, 24, 40, 80, 96, 192, 320].map { roundToMultiple(Double($0) * alpha, 8) }
    }

    private static func norm(_ channels: Int) -> BatchNorm2d { BatchNorm2d(channels, momentum: momentum) }

    /// Returns the first nine layers.
    private static func stem(_ wide: Int, _ narrow: Int, _ next: Int) -> [any Layer] {
        [
            Conv2d(3, wide, 3, stride: 2, padding: 1, bias: false), norm(wide), ReLU(inplace: true),
            Conv2d(wide, wide, 3, padding: 1, groups: wide, bias: false), norm(wide), ReLU(inplace: true),
            Conv2d(wide, narrow, 1, bias: false), norm(narrow), stack(narrow, next, 3, 2, 3, 3)
        ]
    }

    private static func stack(
        _ old: Int, _ new: Int, _ kernelSize: Int, _ stride: Int, _ expansion: Int, _ repeats: Int
    ) -> Sequential {
        Sequential {
            for j in 0..<repeats {
                InvertedResidual(
                    j == 0 ? old : new, new, kernelSize, stride: j == 0 ? stride : 1, expansionFactor: expansion,
                    bnMomentum: momentum)
            }
        }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { classifier(layers(input).mean([2, 3])) }

    /// Returns the nearest multiple of `divisor`, but at least `divisor` and at least 0.9 · `value`.
    /// PyTorch: `_round_to_multiple_of`.
    private static func roundToMultiple(_ value: Double, _ divisor: Int) -> Int {
        let multiple = max(divisor, floorDivide(truncate(value + Double(divisor) / 2), divisor) * divisor)
        return Double(multiple) >= 0.9 * value ? multiple : multiple + divisor
    }

    /// An inverted residual block: expansion, depthwise convolution and projection.
    /// PyTorch: `torchvision.models.mnasnet._InvertedResidual`.
    public final class InvertedResidual: Module, Layer {
        /// The layers.
        public let layers: Sequential
        /// Whether the input is added to the result.
        public let applyResidual: Bool

        /// Creates a block.
        /// - Precondition: the stride is 1 or 2, the kernel's size 3 or 5.
        public init(
            _ inCh: Int, _ outCh: Int, _ kernelSize: Int, stride: Int, expansionFactor: Int, bnMomentum: Double = 0.1
        ) {
            if stride != 1, stride != 2 {
                raise(.value, "stride should be 1 or 2 instead of \(stride)")
            } else if kernelSize != 3, kernelSize != 5 {
                raise(.value, "kernel_size should be 3 or 5 instead of \(kernelSize)")
            }
            let middle = inCh &* expansionFactor
            applyResidual = inCh == outCh && stride == 1
            layers = Sequential {
                Conv2d(inCh, middle, 1, bias: false)
                BatchNorm2d(middle, momentum: bnMomentum)
                ReLU(inplace: true)
                Conv2d(
                    middle, middle, kernelSize, stride: stride, padding: kernelSize / 2, groups: middle, bias: false)
                BatchNorm2d(middle, momentum: bnMomentum)
                ReLU(inplace: true)
                Conv2d(middle, outCh, 1, bias: false)
                BatchNorm2d(outCh, momentum: bnMomentum)
            }
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { applyResidual ? layers(input) + input : layers(input) }

        /// PyTorch's name of the class.
        public override var typeName: String { "_InvertedResidual" }
    }
}

/// Makes an `MNASNet` of one kind: `mnasnet1_0(numClasses: 10)`, `try mnasnet1_0(weights: .default)`.
public struct MNASNetBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let alpha: Double

    /// Creates a network with random weights. The options are those of `MNASNet`.
    public func callAsFunction(numClasses: Int = 1000, dropout: Double = 0.2) -> MNASNet {
        MNASNet(alpha, numClasses: numClasses, dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, dropout: Double = 0.2
    ) throws -> MNASNet {
        try makeModel(weights, progress, numClasses) {
            self(numClasses: $0, dropout: dropout)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> MNASNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// MNASNet of half the width (Tan et al., 2019). PyTorch: `torchvision.models.mnasnet0_5`.
public let mnasnet0_5 = MNASNetBuilder<MNASNet0_5Weights>(name: "mnasnet0_5", alpha: 0.5)
/// MNASNet of three quarters of the width (Tan et al., 2019). PyTorch: `torchvision.models.mnasnet0_75`.
public let mnasnet0_75 = MNASNetBuilder<MNASNet0_75Weights>(name: "mnasnet0_75", alpha: 0.75)
/// MNASNet (Tan et al., 2019). PyTorch: `torchvision.models.mnasnet1_0`.
public let mnasnet1_0 = MNASNetBuilder<MNASNet1_0Weights>(name: "mnasnet1_0", alpha: 1.0)
/// MNASNet of 1.3 times the width (Tan et al., 2019). PyTorch: `torchvision.models.mnasnet1_3`.
public let mnasnet1_3 = MNASNetBuilder<MNASNet1_3Weights>(name: "mnasnet1_3", alpha: 1.3)

extension ModelRegistry {
    static let mnasNets: [any ModelBuilder] = [
        mnasnet0_5, mnasnet0_75, mnasnet1_0, mnasnet1_3
    ]
}

/// The pretrained weights of `mnasnet0_5`. PyTorch: `torchvision.models.MNASNet0_5_Weights`.
public enum MNASNet0_5Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "MNASNet0_5_Weights"
    public var weights: Weights {
        Weights("mnasnet0.5_top1_67.823-3ffadce67e", numParams: 2_218_512, acc: (67.734, 87.49))
    }
}

/// The pretrained weights of `mnasnet0_75`. PyTorch: `torchvision.models.MNASNet0_75_Weights`.
public enum MNASNet0_75Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "MNASNet0_75_Weights"
    public var weights: Weights {
        Weights(
            "mnasnet0_75-7090bc5f", numParams: 3_170_208, acc: (71.18, 90.496),
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}

/// The pretrained weights of `mnasnet1_0`. PyTorch: `torchvision.models.MNASNet1_0_Weights`.
public enum MNASNet1_0Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "MNASNet1_0_Weights"
    public var weights: Weights {
        Weights("mnasnet1.0_top1_73.512-f206786ef8", numParams: 4_383_312, acc: (73.456, 91.51))
    }
}

/// The pretrained weights of `mnasnet1_3`. PyTorch: `torchvision.models.MNASNet1_3_Weights`.
public enum MNASNet1_3Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "MNASNet1_3_Weights"
    public var weights: Weights {
        Weights(
            "mnasnet1_3-a4c69d6f", numParams: 6_282_256, acc: (76.506, 93.522),
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}

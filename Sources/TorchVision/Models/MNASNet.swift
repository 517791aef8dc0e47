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
        if alpha <= 0 { raise(.value, "alpha should be greater than 0.0 instead of \(format(alpha, ""))") }
        self.alpha = alpha
        self.numClasses = numClasses
        let depths = [32, 16, 24, 40, 80, 96, 192, 320].map { Self.roundToMultiple(Double($0) * alpha, 8) }
        func norm(_ channels: Int) -> BatchNorm2d { BatchNorm2d(channels, momentum: Self.momentum) }
        func stack(_ i: Int, _ kernelSize: Int, _ stride: Int, _ expansion: Int, _ repeats: Int) -> Sequential {
            Sequential {
                for j in 0..<repeats {
                    InvertedResidual(
                        j == 0 ? depths[i] : depths[i + 1], depths[i + 1], kernelSize, stride: j == 0 ? stride : 1,
                        expansionFactor: expansion, bnMomentum: Self.momentum)
                }
            }
        }
        layers = Sequential {
            Conv2d(3, depths[0], 3, stride: 2, padding: 1, bias: false)
            norm(depths[0])
            ReLU(inplace: true)
            Conv2d(depths[0], depths[0], 3, padding: 1, groups: depths[0], bias: false)
            norm(depths[0])
            ReLU(inplace: true)
            Conv2d(depths[0], depths[1], 1, bias: false)
            norm(depths[1])
            stack(1, 3, 2, 3, 3)
            stack(2, 5, 2, 3, 3)
            stack(3, 5, 2, 6, 3)
            stack(4, 3, 1, 6, 2)
            stack(5, 5, 2, 6, 4)
            stack(6, 3, 1, 6, 1)
            Conv2d(depths[7], 1280, 1, bias: false)
            norm(1280)
            ReLU(inplace: true)
        }
        classifier = Sequential(Dropout(dropout, inplace: true), Linear(1280, numClasses))
        super.init()
        initializeAsMobileNet { Init.kaimingUniform_($0, mode: .fanOut, nonlinearity: .sigmoid) }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { classifier(layers(input).mean([2, 3])) }

    /// Returns the nearest multiple of `divisor`, but at least `divisor` and at least 0.9 · `value`.
    /// PyTorch: `_round_to_multiple_of`.
    private static func roundToMultiple(_ value: Double, _ divisor: Int) -> Int {
        let multiple = max(divisor, floorDivide(truncate(value + Double(divisor) / 2), divisor) * divisor)
        return Double(multiple) >= 0.9 * value ? multiple : multiple + divisor
    }

    /// A block that widens the channels, convolves each by itself and narrows them again. PyTorch: `_InvertedResidual`.
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

/// Returns a MNASNet of half the width with random weights. PyTorch: `torchvision.models.mnasnet0_5`.
public func mnasnet0_5(numClasses: Int = 1000, dropout: Double = 0.2) -> MNASNet {
    MNASNet(0.5, numClasses: numClasses, dropout: dropout)
}

/// Returns a MNASNet of three quarters of the width with random weights. PyTorch: `torchvision.models.mnasnet0_75`.
public func mnasnet0_75(numClasses: Int = 1000, dropout: Double = 0.2) -> MNASNet {
    MNASNet(0.75, numClasses: numClasses, dropout: dropout)
}

/// Returns a MNASNet with random weights. PyTorch: `torchvision.models.mnasnet1_0`.
public func mnasnet1_0(numClasses: Int = 1000, dropout: Double = 0.2) -> MNASNet {
    MNASNet(1.0, numClasses: numClasses, dropout: dropout)
}

/// Returns a MNASNet of 1.3 times the width with random weights. PyTorch: `torchvision.models.mnasnet1_3`.
public func mnasnet1_3(numClasses: Int = 1000, dropout: Double = 0.2) -> MNASNet {
    MNASNet(1.3, numClasses: numClasses, dropout: dropout)
}

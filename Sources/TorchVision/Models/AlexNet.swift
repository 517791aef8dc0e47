import Torch

/// The network of Krizhevsky (2014): images [N, 3, H, W] → logits [N, numClasses].
/// PyTorch: `torchvision.models.AlexNet`.
public final class AlexNet: Module, Layer {
    /// The convolutions, [N, 3, H, W] → [N, 256, h, w].
    public let features = Sequential {
        Conv2d(3, 64, 11, stride: 4, padding: 2)
        ReLU(inplace: true)
        MaxPool2d(3, stride: 2)
        Conv2d(64, 192, 5, padding: 2)
        ReLU(inplace: true)
        MaxPool2d(3, stride: 2)
        Conv2d(192, 384, 3, padding: 1)
        ReLU(inplace: true)
        Conv2d(384, 256, 3, padding: 1)
        ReLU(inplace: true)
        Conv2d(256, 256, 3, padding: 1)
        ReLU(inplace: true)
        MaxPool2d(3, stride: 2)
    }
    /// Averages the features to the size 6 × 6.
    public let avgpool = AdaptiveAvgPool2d([6, 6])
    /// The layers behind the features.
    public let classifier: Sequential

    /// Creates a network with random weights, for `numClasses` classes, with drop probability `dropout`.
    public init(numClasses: Int = 1000, dropout: Double = 0.5) {
        classifier = Sequential {
            Dropout(dropout)
            Linear(256 * 6 * 6, 4096)
            ReLU(inplace: true)
            Dropout(dropout)
            Linear(4096, 4096)
            ReLU(inplace: true)
            Linear(4096, numClasses)
        }
    }

    public func forward(_ x: Tensor) -> Tensor { classifier(avgpool(features(x)).flatten(1)) }
}

/// Makes an `AlexNet`: `alexnet(numClasses: 10)`, `try alexnet(weights: .default)`.
public struct AlexNetBuilder: ModelBuilder {
    public let name = "alexnet"

    /// Creates a network with random weights. The options are those of `AlexNet`.
    public func callAsFunction(numClasses: Int = 1000, dropout: Double = 0.5) -> AlexNet {
        AlexNet(numClasses: numClasses, dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: AlexNetWeights?, progress: Bool = true, numClasses: Int? = nil, dropout: Double = 0.5
    ) throws -> AlexNet {
        try makeModel(weights, progress, numClasses) { self(numClasses: $0, dropout: dropout) }
    }

    public func make(weights: AlexNetWeights?, progress: Bool, numClasses: Int?) throws -> AlexNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// AlexNet (Krizhevsky, 2014). PyTorch: `torchvision.models.alexnet`.
public let alexnet = AlexNetBuilder()

extension ModelRegistry {
    static let alexNets: [any ModelBuilder] = [alexnet]
}

/// The pretrained weights of `alexnet`. PyTorch: `torchvision.models.AlexNet_Weights`.
public enum AlexNetWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "AlexNet_Weights"
    public var weights: Weights {
        Weights("alexnet-owt-7be5be79", numParams: 61_100_840, acc: (56.522, 79.066), minSize: 63)
    }
}

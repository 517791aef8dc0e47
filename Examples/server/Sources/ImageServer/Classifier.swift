import Torch
import TorchVision

/// The network of Examples/fashion-mnist, which is that of PyTorch's quickstart tutorial.
public final class NeuralNetwork: Module, Layer {
    let flatten = Flatten()
    let linearReluStack = Sequential {
        Linear(28 * 28, 512)
        ReLU()
        Linear(512, 512)
        ReLU()
        Linear(512, 10)
    }

    public func forward(_ x: Tensor) -> Tensor { linearReluStack(flatten(x)) }
}

/// A trained model and what it expects. All requests share it.
///
/// The compiler cannot know that it is safe to share: a model in evaluation mode only reads. Nothing else can reach it.
public final class Classifier: @unchecked Sendable {
    /// The names of the classes, in the order of the model's outputs.
    public let classes: [String]
    /// How an image becomes the model's input.
    public let preparation: ImagePreparation
    private let model: any Layer

    /// Creates a classifier.
    /// - Parameters:
    ///   - network: `fashion-mnist`, or the name of one of torchvision's models, such as `resnet18`.
    ///   - file: a state dict (`.pth` or `.safetensors`). Without one the weights are random.
    ///   - classes: the names of the classes, if they are not those of FashionMNIST or ImageNet.
    /// - Throws: `TorchError` if there is no such network, or the file cannot be read or does not fit.
    public init(network: String, file: String? = nil, classes: [String]? = nil) throws {
        if network == "fashion-mnist" {
            guard classes == nil || classes?.count == Classifier.fashion.count else {
                throw TorchError(.value, "fashion-mnist has \(Classifier.fashion.count) classes, not \(classes!.count)")
            }
            self.classes = classes ?? Classifier.fashion
            preparation = .fashionMNIST
            model = NeuralNetwork()
        } else {
            let weights = try getModelWeights(network).default.weights
            self.classes = classes ?? weights.meta.categories
            preparation = .imageNet(weights.transforms)
            model = try getModel(network, numClasses: self.classes.count)
        }
        if let file { try model.loadStateDict(loadStateDict(file)) }
        model.eval()
        // The first call starts threads and brings the weights into the order that the kernels want.
        _ = try probabilities([preparation(Tensor.zeros(3, 32, 32, dtype: .uint8))])
    }

    /// Returns the probability of each class, for each prepared image. One forward pass serves all images.
    public func probabilities(_ images: [Tensor]) throws -> [[Float]] {
        let all = try withError {
            noGrad { model(stack(images)).softmax(dim: 1).toArray(as: Float.self) }
        }
        let count = classes.count
        guard all.count == images.count * count else {
            throw TorchError(.value, "the model has \(all.count / images.count) outputs for \(count) classes")
        }
        return images.indices.map { Array(all[$0 * count..<($0 + 1) * count]) }
    }

    private static let fashion = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
    ]
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Creates models of one kind. It is called like a function: `resnet18(numClasses: 10)`, or
/// `try resnet18(weights: .default)`. PyTorch: `torchvision.models._api.register_model`.
public protocol ModelBuilder<Pretrained, Model>: Sendable {
    /// The pretrained weights that fit.
    associatedtype Pretrained: ModelWeights
    /// The type of the models.
    associatedtype Model: Layer
    /// Python's name of the function.
    var name: String { get }
    /// Creates a model with `weights`, or with random ones if it is nil, and default options.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> Model
}

/// The models that have names. A family declares its list in an extension, and has one line here.
enum ModelRegistry {
    static let families: [[any ModelBuilder]] = [
        alexNets,
        convNeXts,
        denseNets,
        efficientNets,
        googLeNets,
        inceptions,
        maxVits,
        mnasNets,
        mobileNetV2s,
        mobileNetV3s,
        regNets,
        resNets,
        shuffleNets,
        squeezeNets,
        swinTransformers,
        vggs,
        visionTransformers
    ]

    static let builders = Dictionary(uniqueKeysWithValues: families.joined().map { ($0.name, $0) })
}

/// Returns the names of all models, in alphabetical order. PyTorch: `torchvision.models.list_models`.
/// - Parameters:
///   - include: patterns such as `resnet*`. A model has to match one of them, if there are any.
///   - exclude: patterns of models that are left out.
public func listModels(include: [String] = [], exclude: [String] = []) -> [String] {
    func fits(_ name: String, _ patterns: [String]) -> Bool { patterns.contains { fnmatch($0, name, 0) == 0 } }
    return ModelRegistry.builders.keys.filter { (include.isEmpty || fits($0, include)) && !fits($0, exclude) }.sorted()
}

/// Returns the function that makes a model, by its name in Python. Upper and lower case are the same.
/// PyTorch: `torchvision.models.get_model_builder`.
/// - Throws: `TorchError` if there is no such model.
public func getModelBuilder(_ name: String) throws -> any ModelBuilder {
    let name = name.lowercased()
    guard let builder = ModelRegistry.builders[name] else { throw TorchError(.value, "Unknown model \(name)") }
    return builder
}

/// Creates a model by its name in Python: `getModel("resnet50", weights: "DEFAULT")`.
/// PyTorch: `torchvision.models.get_model`.
/// - Parameters:
///   - name: the name.
///   - weights: the name of pretrained weights, such as `IMAGENET1K_V1`, `ResNet50_Weights.IMAGENET1K_V1` or `DEFAULT`.
///     The default is random weights.
///   - progress: whether a download shows a progress bar.
///   - numClasses: the number of classes. The default is that of the weights, or 1000.
/// - Throws: `TorchError` if there is no such model or there are no such weights, or if they cannot be read.
public func getModel(
    _ name: String, weights: String? = nil, progress: Bool = true, numClasses: Int? = nil
) throws -> any Layer {
    func make<Builder: ModelBuilder>(_ builder: Builder) throws -> any Layer {
        try builder.make(
            weights: weights.map { try Builder.Pretrained.verify($0) }, progress: progress, numClasses: numClasses)
    }
    return try make(getModelBuilder(name))
}

/// Returns the enum of the pretrained weights of a model, by the model's name in Python.
/// PyTorch: `torchvision.models.get_model_weights`.
/// - Throws: `TorchError` if there is no such model.
public func getModelWeights(_ name: String) throws -> any ModelWeights.Type { try getModelBuilder(name).weights }

extension ModelBuilder {
    fileprivate var weights: any ModelWeights.Type { Pretrained.self }
}

/// Returns pretrained weights by their full name in Python: `getWeight("ResNet50_Weights.IMAGENET1K_V1")`.
/// PyTorch: `torchvision.models.get_weight`.
/// - Throws: `TorchError` if there are none.
public func getWeight(_ name: String) throws -> any ModelWeights {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw TorchError(.value, "Invalid weight name provided: '\(name)'.") }
    for builder in ModelRegistry.builders.values where builder.weights.name == parts[0] {
        return try builder.weights.verify(String(parts[1]))
    }
    throw TorchError(.value, "The weight enum '\(parts[0])' for the specific method couldn't be retrieved.")
}

import Torch

/// What is known about pretrained weights: where they are, how images are prepared for them, and how good they are.
/// PyTorch: `torchvision.models.Weights`.
public struct Weights: Sendable, Hashable {
    /// The address of the state dict.
    public let url: String
    /// The transform that prepares images.
    public let transforms: ImageClassification
    /// Facts about the weights.
    public let meta: Meta

    /// Facts about weights.
    public struct Meta: Sendable, Hashable {
        /// The number of parameters of the model.
        public let numParams: Int
        /// The least height and width of an image that the model takes.
        public let minSize: Int
        /// The names of the classes, in the order of the model's outputs. Empty if the weights are no classifier's.
        public let categories: [String]
        /// The percentage of ImageNet's validation images whose class is the most likely one, or among the five most
        /// likely. It is NaN if it is unknown.
        public let acc1, acc5: Double
    }

    /// Creates a description of weights for ImageNet's 1000 classes.
    /// - Parameters:
    ///   - file: the name of the file at download.pytorch.org/models, without `.pth`.
    ///   - numParams: the number of parameters.
    ///   - acc: the accuracies for the most likely class and for the five most likely, in percent.
    ///   - minSize: the least height and width of an image.
    ///   - transforms: the transform that prepares images.
    ///   - categories: the names of the classes.
    init(
        _ file: String, numParams: Int, acc: (Double, Double), minSize: Int = 1,
        transforms: ImageClassification = ImageClassification(cropSize: 224), categories: [String] = imageNetCategories
    ) {
        url = "https://download.pytorch.org/models/\(file).pth"
        self.transforms = transforms
        meta = Meta(numParams: numParams, minSize: minSize, categories: categories, acc1: acc.0, acc5: acc.1)
    }
}

/// The pretrained weights of a model, an enum with one case for each set of weights.
/// PyTorch: `torchvision.models.WeightsEnum`.
///
///     let weights = ResNet50Weights.default
///     let model = try resnet50(weights: weights).eval()
///     let image = weights.transforms()(try readImage("dog.jpg"))
///     let best = model(image.unsqueeze(0)).argmax(dim: 1).item(as: Int.self)
///     print(weights.meta.categories[best])
public protocol ModelWeights: RawRepresentable<String>, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// Python's name of the enum, such as `ResNet50_Weights`.
    static var name: String { get }
    /// The best weights.
    static var `default`: Self { get }
    /// What is known about these weights.
    var weights: Weights { get }
}

extension ModelWeights {
    /// The best weights: `IMAGENET1K_V2` if there are such, otherwise the first. PyTorch: `WeightsEnum.DEFAULT`.
    public static var `default`: Self { Self(rawValue: "IMAGENET1K_V2") ?? allCases[allCases.startIndex] }

    /// The address of the state dict.
    public var url: String { weights.url }
    /// Facts about the weights.
    public var meta: Weights.Meta { weights.meta }
    /// Returns the transform that prepares images for a model with these weights.
    public func transforms() -> ImageClassification { weights.transforms }
    /// Python's name, such as `ResNet50_Weights.IMAGENET1K_V2`.
    public var description: String { "\(Self.name).\(rawValue)" }

    /// Reads the state dict, which is downloaded if it is not in the folder of `loadStateDictFromURL`.
    /// PyTorch: `WeightsEnum.get_state_dict`.
    /// - Throws: `TorchError`, as `loadStateDictFromURL` does.
    public func getStateDict(progress: Bool = true, checkHash: Bool = false) throws -> StateDict {
        try loadStateDictFromURL(url, progress: progress, checkHash: checkHash)
    }

    /// Returns the weights with a name: `IMAGENET1K_V1`, `ResNet50_Weights.IMAGENET1K_V1` or `DEFAULT`.
    /// PyTorch: `WeightsEnum.verify`.
    /// - Throws: `TorchError` if there are none.
    public static func verify(_ text: String) throws -> Self {
        let value = text.hasPrefix(name + ".") ? String(text.dropFirst(name.count + 1)) : text
        if value == "DEFAULT" { return `default` }
        guard let weights = Self(rawValue: value) else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            throw TorchError(.key, "'\(value)' is not in \(name), which has \(known)")
        }
        return weights
    }
}

/// Creates a model with `weights`, or with random weights if there are none.
/// - Parameters:
///   - weights: the weights, or nil.
///   - progress: whether a download shows a progress bar.
///   - numClasses: the number of classes that the caller wants, or nil for those of the weights.
///   - key: the name of a tensor in the model, for its name in the file.
///   - make: creates the model for a number of classes.
/// - Throws: `TorchError` if the weights are for another number of classes, if they cannot be read, or if they do not
///   fit the model.
func makeModel<Model: Module>(
    _ weights: (some ModelWeights)?, _ progress: Bool, _ numClasses: Int?, key: (String) -> String = { $0 },
    make: (Int) throws -> Model
) throws -> Model {
    guard let weights else { return try make(numClasses ?? 1000) }
    let categories = weights.meta.categories.count
    if let numClasses, categories > 0, numClasses != categories {
        throw TorchError(
            .value, "The parameter 'num_classes' expected value \(categories) but got \(numClasses) instead.")
    }
    let path = try StateDictFiles.install(weights.url, progress: progress, checkHash: true)
    let state = StateDict(try loadStateDict(path).map { (key($0.key), $0.value) })
    let model = try make(categories > 0 ? categories : numClasses ?? 1000)
    do {
        try model.loadStateDict(state)
    } catch let error as TorchError {
        throw TorchError(error.kind, "\(path): \(error.message)")
    }
    return model
}

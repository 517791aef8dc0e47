import Torch

/// A model that reads a folder in Hugging Face's form.
protocol PretrainedModel: Module {
    associatedtype Config
    /// The kinds of models in config.json (`model_type`) that this class computes.
    static var modelTypes: [String] { get }
    /// The name under which larger models hold the part that is common to all of a kind.
    static var baseName: String { get }
    /// Reads the members of config.json.
    static func config(_ fields: JSONFields) throws -> Config
    /// Returns the number of blocks.
    static func layers(of config: Config) -> Int
    /// Returns whether files may hold a tensor of this name that the model does not have: a buffer, or another name of
    /// a shared weight.
    static func isIgnored(_ name: String) -> Bool
    /// Creates a model for these weights. Their names tell which optional parts it has.
    init(_ config: Config, weights: StateDict)
}

extension PretrainedModel {
    static func read(_ folder: PretrainedFolder, dtype: DType?) throws -> Self {
        let type = try folder.config.string("model_type")
        guard modelTypes.contains(type) else {
            throw folder.config.error(
                "has the 'model_type' \"\(type)\"; \(Self.self) reads \(modelTypes.joined(separator: ", "))")
        }
        let config = try config(folder.config), weights = try folder.weights()
        // What the file asks for must not take memory before its weights are known to be there.
        guard layers(of: config) <= weights.count else {
            throw folder.config.error("has \(layers(of: config)) layers, and the weights are \(weights.count) tensors")
        }
        // Without memory first: the weights of the file become the model's own.
        let model = try withError { withDevice(.meta) { Self(config, weights: weights) } }
        var state = model.renamed(weights, folder)
        if let dtype {
            for (name, tensor) in state where tensor.isFloatingPoint() { state[name] = tensor.to(dtype) }
        }
        do {
            try model.loadStateDict(state, assign: true)
        } catch let error as TorchError {
            throw TorchError(.file, "\(folder.path): \(error.message)")
        }
        return model.eval()
    }

    /// Returns the weights under this model's names. Files of the common part, or of a larger model, have other names.
    private func renamed(_ weights: StateDict, _ folder: PretrainedFolder) -> StateDict {
        let own = Set(stateDict().keys.map { ExactText($0) }), prefix = Self.baseName + "."
        var state = StateDict(), strange: [String] = []
        for (name, tensor) in weights {
            let within = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            if let known = [name, prefix + name, within].first(where: { own.contains(ExactText($0)) }) {
                state[known] = tensor
            } else if !Self.isIgnored(name) {
                strange.append(name)
            }
        }
        if !strange.isEmpty {
            let some = strange.prefix(4).joined(separator: ", ")
            warn("\(folder.path): \(Self.self) does not use \(strange.count) tensors: \(some)")
        }
        return state
    }
}

/// Reads a language model of any kind that is known: GPT-2, Llama, Mistral or Qwen 2. The library transformers:
/// `AutoModelForCausalLM.from_pretrained`.
/// - Parameters:
///   - folder: a folder with `config.json` and weights: `model.safetensors` or `pytorch_model.bin`, or several such
///     files and their index.
///   - dtype: the dtype of the weights, by default that of the files.
/// - Throws: `TorchError` if the kind of model is not known, or if names or shapes of the weights do not fit.
public func loadCausalLanguageModel(_ folder: String, dtype: DType? = nil) throws -> any CausalLanguageModel {
    let files = try PretrainedFolder(folder), type = try files.config.string("model_type")
    let kinds: [any (PretrainedModel & CausalLanguageModel).Type] = [GPT2LMHeadModel.self, LlamaForCausalLM.self]
    guard let kind = kinds.first(where: { $0.modelTypes.contains(type) }) else {
        throw files.config.error(
            "has the 'model_type' \"\(type)\"; known are \(kinds.flatMap { $0.modelTypes }.joined(separator: ", "))")
    }
    return try kind.read(files, dtype: dtype)
}

/// An activation function by its name in config.json (`hidden_act`).
enum NamedActivation {
    static func function(_ name: String, _ fields: JSONFields) throws -> @Sendable (Tensor) -> Tensor {
        switch name {
        case "gelu": { $0.gelu() }
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": { $0.gelu(approximate: .tanh) }
        case "relu": { $0.relu() }
        case "silu", "swish": { F.silu($0) }
        default:
            throw fields.error(
                "has the activation \"\(name)\"; known are gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, silu")
        }
    }
}

extension Module {
    /// Draws the weights of all linear layers and embeddings from normal distributions, and sets biases and the rows of
    /// padding to 0.
    func drawWeights(std: Double) {
        for module in modules() {
            switch module {
            case let linear as Linear:
                Init.normal_(linear.weight, mean: 0, std: std)
                if let bias = linear.bias { Init.zeros_(bias) }
            case let embedding as Embedding:
                Init.normal_(embedding.weight, mean: 0, std: std)
                if let padding = embedding.paddingIdx { noGrad { _ = embedding.weight[padding].zero_() } }
            default: break
            }
        }
    }
}

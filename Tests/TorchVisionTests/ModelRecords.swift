import Foundation
import Torch
import TorchVision

/// What Fixtures/models.py says of one model of torchvision.
struct ModelRecord: Decodable {
    struct Pretrained: Decodable, Equatable {
        let url: String
        let params: Int
        let acc: [String]
        let size: Int
        let categories, transforms: String
    }

    let name: String
    let entries, params: Int
    let keys, text: String
    let `default`: String
    let pretrained: [String: Pretrained]
    let weights: String?
    let side: Int?
    let eval, train: [Double]?

    static func read(_ lines: Data) throws -> [ModelRecord] {
        try lines.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(ModelRecord.self, from: $0) }
    }

    /// Returns what is different in this library, without data. The model is on the device `meta`.
    func differences() throws -> [String] {
        let model = try withDevice(.meta) { try getModel(name) }, state = model.stateDict()
        let lines = state.map { "\($0.key) [\($0.value.shape.map { "\($0)" }.joined(separator: ", "))]\n" }.joined()
        var faults: [String] = []
        func compare<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) {
            if found != expected { faults.append("\(name): \(what) \(found), expected \(expected)") }
        }
        compare("entries", state.count, entries)
        compare("params", model.parameters().reduce(0) { $0 + $1.numel() }, params)
        compare("keys", ModelHash.text(lines), keys)
        compare("text", ModelHash.text("\(model)"), text)
        compare("default", "\(try getModelWeights(name).verify("DEFAULT"))", self.default)
        for (full, expected) in pretrained {
            let weights = try getWeight(full), meta = weights.meta, transforms = weights.transforms()
            let found = Pretrained(
                url: weights.url, params: meta.numParams,
                acc: [meta.acc1, meta.acc5].map { $0.isNaN ? "nan" : "\($0, ".3f")" }, size: meta.minSize,
                categories: ModelHash.text(meta.categories.joined(separator: "\n")),
                transforms: ModelHash.text("\(transforms)\(transforms.antialias ? "True" : "False")"))
            compare(full, found, expected)
        }
        return faults
    }

    /// Returns what is different in this library in the weights of seed 0 and the outputs for one input.
    func computedDifferences() throws -> [String] {
        guard let weights, let side, let eval, let train else { return [] }
        manualSeed(0)
        let model = try getModel(name, numClasses: 10)
        let hash = ModelHash.weights(model.stateDict())
        guard hash == weights else { return ["\(name): weights \(hash), expected \(weights)"] }
        manualSeed(1)
        // The last layer of a new vision transformer is 0.
        if let head = (model as? VisionTransformer)?.heads[-1] as? Linear { Init.normal_(head.weight) }
        let image = Tensor.randn(2, 3, side, side)
        return noGrad {
            model.eval()
            let found = model(image)
            manualSeed(2)
            model.double().train()
            return compare("eval", [found], eval, within: 1e-4)
                + compare("train", outputs(model, image.to(.float64)), train, within: 1e-8)
        }
    }

    private func outputs(_ model: any Layer, _ image: Tensor) -> [Tensor] {
        switch model {
        case let model as GoogLeNet:
            let all = model.withAuxLogits(image)
            return [all.logits, all.auxLogits2, all.auxLogits1].compactMap { $0 }
        case let model as Inception3:
            let all = model.withAuxLogits(image)
            return [all.logits, all.auxLogits].compactMap { $0 }
        default: return [model(image)]
        }
    }

    private func compare(_ what: String, _ found: [Tensor], _ expected: [Double], within limit: Double) -> [String] {
        let found = found.flatMap { $0.toArray(as: Double.self) }
        guard found.count == expected.count else { return ["\(name): \(what) has \(found.count) elements"] }
        let scale = expected.reduce(0) { max($0, $1.magnitude) }
        let most = zip(found, expected).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / scale
        return most <= limit ? [] : ["\(name): \(what) is different by \(most)"]
    }
}

/// The hashes of Fixtures/models.py.
enum ModelHash {
    /// FNV-1a, 64 bits.
    static func text(_ text: String) -> String {
        hexadecimal(text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }

    static func weights(_ state: StateDict) -> String {
        var value: UInt64 = 0
        for tensor in state.values where tensor.dtype == .float32 {
            var sum: UInt64 = 0, factor: UInt64 = 1
            for element in tensor.toArray(as: Float.self) {
                sum &+= UInt64(element.bitPattern) &* factor
                factor &+= 2
            }
            value = value &* 0x100_0000_01b3 &+ sum
        }
        return hexadecimal(value)
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

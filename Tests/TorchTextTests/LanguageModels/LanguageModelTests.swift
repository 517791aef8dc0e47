import Foundation
import Testing
import Torch
@testable import TorchText

/// The numbers of Fixtures/LanguageModels come from transformers 5.24 (`make.py` there).
@Suite struct LanguageModelTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/LanguageModels").path

    private let expected: JSONText

    init() throws { expected = try PretrainedFolder.json("\(Self.folder)/expected.json") }

    private func ids(_ model: String, _ name: String = "ids") -> Tensor { Self.integers(expected[model]![name]!) }

    static func integers(_ value: JSONText) -> Tensor { Tensor(value.list.map { $0.list.map { $0.int! } }) }

    static func numbers(_ value: JSONText) -> [Double] {
        value.list.map { element in
            switch element {
            case .double(let number): number
            case .integer(let number): Double(number)
            default: -.infinity
            }
        }
    }

    private func expect(_ logits: Tensor, _ model: String, _ name: String) {
        let wanted = Self.numbers(expected[model]![name]!)
        #expect(logits.numel() == wanted.count)
        let error = zip(logits.flatten().toArray(as: Double.self), wanted).map { abs($0 - $1) }.max()!
        #expect(error < 1e-4, "\(model) \(name): off by \(error)")
    }

    @Test(arguments: ["gpt2", "llama", "mistral", "qwen2"])
    func aModelComputesWhatTransformersComputes(_ name: String) throws {
        let model = try loadCausalLanguageModel("\(Self.folder)/\(name)")
        let ids = ids(name)
        var none: KeyValueCache?
        expect(model.logits(ids, cache: &none), name, "logits")
        let mask = self.ids(name, "mask")
        let masked =
            (model as? GPT2LMHeadModel)?(ids, attentionMask: mask)
            ?? (model as! LlamaForCausalLM)(
                ids, attentionMask: mask)
        expect(masked[1, ..<6], name, "masked")
        let options = GenerationConfig(maxNewTokens: 16, eosTokenIDs: [2], padTokenID: 0)
        #expect(model.generate(ids, options).equal(self.ids(name, "greedy")))
    }

    @Test func bertComputesWhatTransformersComputes() throws {
        let model = try BertForMaskedLM.fromPretrained("\(Self.folder)/bert")
        let ids = ids("bert")
        expect(model(ids), "bert", "logits")
        expect(model(ids, attentionMask: self.ids("bert", "mask"))[1, ..<6], "bert", "masked")
        let types = Tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1]])
        expect(model(ids, tokenTypeIDs: types), "bert", "typed")
        // The common part alone: the file has no pooling layer.
        let base = try BertModel.fromPretrained("\(Self.folder)/bert")
        #expect(base(ids).poolerOutput == nil)
        #expect(base(ids).lastHiddenState.equal(model.bert(ids).lastHiddenState))
    }

    /// Whatever is called like a function calls its hooks, so that blocks can be watched or divided among processes.
    @Test func hooksOfAllPartsRun() throws {
        let gpt2 = try GPT2LMHeadModel.fromPretrained("\(Self.folder)/gpt2")
        let llama = try LlamaForCausalLM.fromPretrained("\(Self.folder)/llama")
        let bert = try BertForMaskedLM.fromPretrained("\(Self.folder)/bert")
        let models: [(Module, (Tensor) -> Tensor)] = [
            (gpt2, { gpt2($0) }), (llama, { llama($0) }), (bert, { bert($0) })
        ]
        for (model, call) in models {
            var called = Set<String>()
            var all = Set<String>()
            for module in model.modules() {
                let name = "\(type(of: module))"
                all.insert(name)
                module.registerForwardHook(inputs: [Any].self, output: Any.self) { _, _, _ in
                    called.insert(name)
                    return nil
                }
            }
            _ = call(Tensor([[1, 2, 3]]))
            #expect(all.subtracting(called).isSubset(of: ["ModuleGroup", "BertHead", "BertPredictions"]))
        }
    }

    @Test(arguments: ["gpt2", "llama", "mistral"])
    func aCacheChangesNothing(_ name: String) throws {
        let model = try loadCausalLanguageModel("\(Self.folder)/\(name)")
        let ids = ids(name)
        var none: KeyValueCache?
        let whole = model.logits(ids, cache: &none)
        // In pieces of 4, 1 and 4 tokens.
        var cache: KeyValueCache? = model.makeCache()
        let parts = [(0, 4), (4, 1), (5, 4)].map { start, count in
            model.logits(ids.narrow(1, start, count), cache: &cache)
        }
        #expect(cat(parts, dim: 1).allclose(whole, rtol: 1e-5, atol: 1e-5))
        #expect(cache!.length == 9)
        // A copy goes on by itself, and a trimmed cache goes on from there.
        var copy = cache
        copy!.trim(to: 5)
        let again = model.logits(ids.narrow(1, 5, 4), cache: &copy)
        #expect(again.equal(parts[2]) && cache!.length == 9 && copy!.length == 9)
    }

    @Test func tokensStream() throws {
        let model = try loadCausalLanguageModel("\(Self.folder)/gpt2")
        let prompt = ids("gpt2")[0].toArray(as: Int.self)
        let options = GenerationConfig(maxNewTokens: 5)
        let stream = Array(model.stream(prompt, options))
        #expect(prompt + stream == model.generate(ids("gpt2")[..<1], options)[0].toArray(as: Int.self))
        #expect(Array(model.stream(prompt, GenerationConfig(maxNewTokens: 0))).isEmpty)
        // The same seed draws the same tokens.
        let drawn = GenerationConfig(maxNewTokens: 8, doSample: true, temperature: 1.5, topK: 20, topP: 0.95)
        let runs = (0..<2).map { _ in Array(model.stream(prompt, drawn, generator: Generator(seed: 7))) }
        #expect(runs[0] == runs[1] && runs[0].count == 8)
    }

    @Test func mistakesHaveSentences() throws {
        let model = try loadCausalLanguageModel("\(Self.folder)/gpt2")
        #expect(throws: TorchError.self) {
            // 32 positions.
            try withError { model.generate(ids("gpt2"), GenerationConfig(maxNewTokens: 40)) }
        }
        for ids in [Tensor.zeros([1, 0], dtype: .int64), Tensor.zeros([3], dtype: .int64), Tensor.zeros([1, 3])] {
            #expect(throws: TorchError.self) { try withError { model.generate(ids) } }
        }
        for config in [
            GenerationConfig(doSample: true, temperature: 0), GenerationConfig(doSample: true, topK: 0),
            GenerationConfig(doSample: true, topP: 0), GenerationConfig(doSample: true, minP: 2),
            GenerationConfig(repetitionPenalty: -1), GenerationConfig(maxNewTokens: -1)
        ] {
            #expect(throws: TorchError.self) { try withError { model.generate(ids("gpt2"), config) } }
        }
    }
}

/// Folders that are damaged, or of kinds that are not known.
@Suite struct PretrainedFolderTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID())").path

    private func copy(_ model: String, _ change: (String) throws -> Void) throws -> String {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.copyItem(atPath: "\(LanguageModelTests.folder)/\(model)", toPath: folder)
        try change(folder)
        return folder
    }

    private func message(_ path: String) -> String {
        do {
            _ = try loadCausalLanguageModel(path)
            return "loaded"
        } catch {
            return "\(error)"
        }
    }

    private func replace(_ file: String, _ text: String, _ with: String) throws {
        let whole = try String(contentsOfFile: file, encoding: .utf8)
        #expect(whole.contains(text))
        try whole.replacingOccurrences(of: text, with: with).write(toFile: file, atomically: true, encoding: .utf8)
    }

    @Test func whatDoesNotFitIsNamed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(message("/nowhere").contains("config.json"))
        var path = try copy("llama") { try replace("\($0)/config.json", "\"llama\"", "\"gemma9\"") }
        #expect(message(path).contains("\"gemma9\"; known are gpt2, llama, mistral, qwen2"))
        path = try copy("llama") {
            try FileManager.default.removeItem(atPath: "\($0)/model-00002-of-00004.safetensors")
        }
        #expect(message(path).contains("model-00002-of-00004.safetensors"))
        path = try copy("llama") {
            try replace("\($0)/model.safetensors.index.json", "model-00001-of-00004.safetensors", "../x.safetensors")
        }
        #expect(message(path).contains("names no file of this folder"))
        path = try copy("llama") {
            try replace("\($0)/model.safetensors.index.json", "\"model.norm.weight\"", "\"model.norm.gain\"")
        }
        #expect(message(path).contains("has no tensor 'model.norm.gain'"))
        path = try copy("gpt2") { try replace("\($0)/config.json", "\"n_embd\": 16", "\"n_embd\": 20") }
        #expect(message(path).contains("size mismatch for transformer.wte.weight"))
        path = try copy("gpt2") { try replace("\($0)/config.json", "\"n_layer\": 2", "\"n_layer\": 3") }
        #expect(message(path).contains("Missing key(s) in state_dict: \"transformer.h.2.ln_1.weight\""))
        path = try copy("gpt2") { try replace("\($0)/config.json", "\"n_layer\": 2", "\"n_layer\": 2000000000") }
        #expect(message(path).contains("has 2000000000 layers, and the weights are"))
        path = try copy("llama") { try replace("\($0)/config.json", "\"head_dim\": 4", "\"head_dim\": 2000000000") }
        #expect(message(path).contains("has heads of 2000000000 numbers"))
        path = try copy("gpt2") { try replace("\($0)/config.json", "\"n_head\": 4", "\"n_head\": 0") }
        #expect(message(path).contains("'n_head' 0, which does not divide"))
        path = try copy("gpt2") { try FileManager.default.removeItem(atPath: "\($0)/model.safetensors") }
        #expect(message(path).contains("no weights; looked for model.safetensors"))
    }
}

/// What changes scores, beside transformers.
@Suite struct LogitsProcessingTests {
    @Test func scoresAreThoseOfTransformers() throws {
        let file = try PretrainedFolder.json("\(LanguageModelTests.folder)/processed.json")
        func numbers(_ name: String) -> Tensor {
            Tensor(LanguageModelTests.numbers(file[name]!), dtype: .float32).view(3, 12)
        }
        let scores = numbers("scores"), ids = LanguageModelTests.integers(file["ids"]!)
        for (name, found) in [
            ("repetition", scores.repetitionPenalty(1.3, ids: ids)), ("temperature", scores.temperature(0.7)),
            ("top_k", scores.keepingTopK(4)), ("top_p", scores.keepingTopP(0.8)), ("min_p", scores.keepingMinP(0.2))
        ] {
            #expect(found.allclose(numbers(name), rtol: 1e-6, atol: 1e-6), "\(name)")
        }
        // More than there are.
        #expect(scores.keepingTopK(100).equal(scores) && scores.keepingTopP(1).equal(scores))
    }
}

@Suite struct KeyValueCacheTests {
    private func filled(_ layers: Int = 2, maxLength: Int? = nil) -> KeyValueCache {
        var cache = KeyValueCache(layers: layers, maxLength: maxLength)
        manualSeed(0)
        for layer in 0..<layers {
            _ = cache.append(keys: Tensor.randn(2, 3, 5, 4), values: Tensor.randn(2, 3, 5, 6), layer: layer)
        }
        return cache
    }

    @Test func itGrowsAndCopiesAreValues() {
        var cache = filled(1)
        #expect(cache.length == 5 && cache.byteCount == 2 * 3 * 5 * (4 + 6) * 4)
        var copy = cache
        let ones = Tensor.ones(2, 3, 1, 4), twos = Tensor.full([2, 3, 1, 4], 2.0), v = Tensor.zeros(2, 3, 1, 6)
        let first = cache.append(keys: ones, values: v, layer: 0).keys
        let second = copy.append(keys: twos, values: v, layer: 0).keys
        #expect(first.narrow(2, 0, 5).equal(second.narrow(2, 0, 5)))
        #expect(
            first.select(2, 5).eq(1).all().item(as: Bool.self) && second.select(2, 5).eq(2).all().item(as: Bool.self))
        for _ in 0..<100 { _ = cache.append(keys: ones, values: v, layer: 0) }
        #expect(cache.length == 106 && copy.length == 6)
        cache.select(rows: Tensor([1, 1, 0]))
        let rows = cache.append(keys: Tensor.ones(3, 3, 1, 4), values: Tensor.zeros(3, 3, 1, 6), layer: 0).keys
        #expect(rows[0].equal(rows[1]) && rows[2].narrow(1, 0, 5).equal(second[0].narrow(1, 0, 5)))
    }

    @Test func aFileKeepsIt() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("cache-\(UUID()).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var cache = filled(maxLength: 8)
        cache.trim(to: 4)
        try cache.save(to: path)
        var read = try KeyValueCache(contentsOf: path)
        #expect(read.length == 4 && read.layerCount == 2 && read.maxLength == 8 && read.byteCount == cache.byteCount)
        let (k, v) = (Tensor.ones(2, 3, 1, 4), Tensor.ones(2, 3, 1, 6))
        #expect(
            read.append(keys: k, values: v, layer: 1).values.equal(cache.append(keys: k, values: v, layer: 1).values))
        try saveSafetensors(["layers.0.keys": k], to: path, metadata: ["layers": "1"])
        #expect(throws: TorchError.self) { try KeyValueCache(contentsOf: path) }
        try saveSafetensors([:], to: path)
        #expect(throws: TorchError.self) { try KeyValueCache(contentsOf: path) }
    }

    @Test func whatDoesNotFitIsRefusedAndChangesNothing() {
        var cache = filled(maxLength: 6)
        let (k, v) = (Tensor.ones(2, 3, 1, 4), Tensor.ones(2, 3, 1, 6))
        for (keys, values, layer) in [
            (k, v, 2), (k, v, -1), (Tensor.ones(2, 3, 2, 4), Tensor.ones(2, 3, 2, 6), 0),
            (Tensor.ones(1, 3, 1, 4), v, 0),
            (k, Tensor.ones(2, 3, 2, 6), 0), (k.to(.float64), v, 0), (Tensor.ones(4), v, 0),
            (Tensor.ones(2, 3, 1, 5), v, 0)
        ] {
            #expect(throws: TorchError.self) {
                try withError { cache.append(keys: keys, values: values, layer: layer) }
            }
            #expect(cache.length == 5)
        }
    }
}

@Suite struct SentenceEncoderTests {
    /// The vectors are those of the BERT model above, pooled by hand.
    @Test func vectorsAreMeans() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("encoder-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: "\(LanguageModelTests.folder)/bert", toPath: folder)
        let words = ["[PAD]", "[UNK]", "a", "cat", "sleeps", "here"].enumerated().map { "\"\($1)\": \($0)" }
        try """
        {"added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
        "decoder": null, "model": {"type": "WordLevel", "vocab": {\(words.joined(separator: ", "))}, "unk_token": "[UNK]"}}
        """.write(toFile: "\(folder)/tokenizer.json", atomically: true, encoding: .utf8)
        let encoder = try SentenceEncoder(folder)
        let vectors = try encoder.encode(["a cat", "a cat sleeps here", "cat"], batchSize: 2)
        for (row, ids) in [[2, 3], [2, 3, 4, 5], [3]].enumerated() {
            let alone = encoder.model(Tensor([ids])).lastHiddenState[0].mean(dim: 0)
            #expect(vectors[row].allclose(alone, rtol: 1e-5, atol: 1e-5))
        }
        #expect(try encoder.encode("cat").allclose(vectors[2], rtol: 1e-5, atol: 1e-5))
        #expect(try encoder.encode([]).shape == [0, 16])
        try "[{\"type\": \"sentence_transformers.models.Normalize\"}]".write(
            toFile: "\(folder)/modules.json", atomically: true, encoding: .utf8)
        let norms = try SentenceEncoder(folder).encode(["a cat", "here"]).norm(dim: 1)
        #expect(norms.allclose(Tensor.ones(2)))
    }
}

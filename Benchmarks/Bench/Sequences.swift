import Torch
import TorchText

extension Case {
    /// Attention, recurrent layers, transformers and what language models need. Each is made at its first use.
    static func sequences() -> [String: Case] {
        var cases: [String: Case] = [:]
        func attention(_ name: String, _ shape: [Int], causal: Bool) {
            let made = Deferred { () -> [Tensor] in
                manualSeed(0)
                return (0..<4).map { $0 < 3 ? Tensor.randn(shape).requiresGrad_() : Tensor.randn(shape) }
            }
            func forward() -> Tensor {
                F.scaledDotProductAttention(made.value[0], made.value[1], made.value[2], isCausal: causal)
            }
            cases[name] = Case { noGrad { forward() } }
            cases["\(name) both"] = Case {
                for x in made.value { x.grad = nil }
                forward().backward(gradient: made.value[3])
                return made.value[0].grad!
            }
        }
        attention("attention", [8, 12, 256, 64], causal: false)
        attention("attention causal", [8, 12, 256, 64], causal: true)
        attention("attention long", [1, 12, 2048, 64], causal: true)

        func module(_ name: String, _ shape: [Int], _ make: @escaping () -> (Module, (Tensor) -> Tensor)) {
            let made = Deferred { () -> (module: Module, call: (Tensor) -> Tensor, x: Tensor, gradient: Tensor) in
                manualSeed(0)
                let (module, call) = make(), x = Tensor.randn(shape).requiresGrad_()
                return (module, call, x, Tensor.randnLike(noGrad { call(x) }))
            }
            cases[name] = Case {
                made.value.module.eval()
                return noGrad { made.value.call(made.value.x) }
            }
            cases["\(name) both"] = Case {
                made.value.module.train()
                made.value.x.grad = nil
                made.value.module.zeroGrad()
                made.value.call(made.value.x).backward(gradient: made.value.gradient)
                return made.value.x.grad!
            }
        }
        for batch in [64, 1] {
            module("lstm \(batch)", [100, batch, 256]) {
                let lstm = LSTM(256, 256, numLayers: 2)
                return (lstm, { lstm($0).0 })
            }
            module("gru \(batch)", [100, batch, 256]) {
                let gru = GRU(256, 256, numLayers: 2)
                return (gru, { gru($0).0 })
            }
        }
        for batch in [32, 1] {
            module("encoder layer \(batch)", [batch, 128, 512]) {
                let layer = TransformerEncoderLayer(512, 8, dropout: 0, batchFirst: true)
                return (layer, { layer($0) })
            }
        }
        cases["gpt 384 step"] = gptStep(width: 384, layers: 6, heads: 6, length: 256, batch: 4)
        cases["gpt 384 bf16 step"] = gptStep(width: 384, layers: 6, heads: 6, length: 256, batch: 4, isNarrow: true)
        cases["gpt 128 step"] = gptStep(width: 128, layers: 4, heads: 4, length: 64, batch: 12)
        cases.merge(losses()) { $1 }
        cases.merge(languageModels()) { $1 }
        return cases
    }

    /// A training step of a small GPT on 5000 tokens, in bfloat16 by autocast if `isNarrow`. The numbers are the losses
    /// of the first three.
    private static func gptStep(
        width: Int, layers: Int, heads: Int, length: Int, batch: Int, isNarrow: Bool = false
    ) -> Case {
        Case.training {
            manualSeed(0)
            let model = GPT(width: width, layers: layers, heads: heads, length: length)
            let ids = Tensor.randint(0, 5000, [batch, length + 1])
            let optimizer = AdamW(model.parameters(), lr: 1e-4)
            return {
                optimizer.zeroGrad()
                let loss = autocast(.cpu, enabled: isNarrow) {
                    let logits = model(ids.narrow(1, 0, length)).view(-1, 5000)
                    return F.crossEntropy(logits, ids.narrow(1, 1, length).reshape(-1))
                }
                loss.backward()
                optimizer.step()
                return loss.detach()
            }
        }
    }

    /// Models of the library transformers: a token after 256 others, and vectors of sentences.
    private static func languageModels() -> [String: Case] {
        /// Draws all weights of more than one dimension, in the order of the state dict.
        func draw(_ module: Module) {
            manualSeed(0)
            for parameter in module.parameters() where parameter.dim > 1 { Init.normal_(parameter, std: 0.05) }
            module.eval()
        }
        let decoder = Deferred { () -> Decoder in
            var config = GPT2Config()
            (config.vocabSize, config.nPositions, config.nEmbd, config.nLayer, config.nHead) = (5000, 512, 384, 6, 6)
            let model = GPT2LMHeadModel(config)
            draw(model)
            var cache: KeyValueCache? = model.makeCache()
            _ = noGrad { model.logits(Tensor.randint(0, 5000, [1, 256]), cache: &cache) }
            return Decoder(model, cache, Tensor.randint(0, 5000, [1, 1]))
        }
        let read = Deferred { Tensor.ones(decoder.value.model.parameters().reduce(0) { $0 + $1.numel() }) }
        let sentences = Deferred { () -> (model: BertModel, ids: Tensor) in
            var config = BertConfig()
            (config.hiddenSize, config.intermediateSize, config.numHiddenLayers) = (384, 1536, 6)
            let model = BertModel(config, addPoolingLayer: false)
            draw(model)
            return (model, Tensor.randint(0, 30522, [32, 64]))
        }
        return [
            "gpt 384 token": Case { decoder.value.step() },
            "gpt 384 read": Case { read.value.sum() },
            "sentences": Case {
                noGrad { F.normalize(sentences.value.model(sentences.value.ids).lastHiddenState.mean(dim: 1)) }
            }
        ]
    }

    /// Computes the token after 256 others again and again.
    private final class Decoder {
        let model: GPT2LMHeadModel
        private var cache: KeyValueCache?
        private let next: Tensor

        init(_ model: GPT2LMHeadModel, _ cache: KeyValueCache?, _ next: Tensor) {
            (self.model, self.cache, self.next) = (model, cache, next)
        }

        func step() -> Tensor {
            cache?.trim(to: 256)
            return noGrad { model.logits(next, cache: &cache) }
        }
    }

    /// What a large vocabulary costs.
    private static func losses() -> [String: Case] {
        let logits = Deferred { () -> (x: Tensor, y: Tensor) in
            manualSeed(0)
            return (Tensor.randn(512, 50257).requiresGrad_(), Tensor.randint(0, 50257, [512]))
        }
        let table = Deferred { () -> (weight: Tensor, ids: Tensor, gradient: Tensor) in
            manualSeed(0)
            return (
                Tensor.randn(50257, 256).requiresGrad_(), Tensor.randint(0, 50257, [4096]), Tensor.randn(4096, 256)
            )
        }
        return [
            "cross entropy": Case {
                logits.value.x.grad = nil
                F.crossEntropy(logits.value.x, logits.value.y).backward()
                return logits.value.x.grad!
            },
            "embedding": Case {
                table.value.weight.grad = nil
                F.embedding(table.value.ids, table.value.weight).backward(gradient: table.value.gradient)
                return table.value.weight.grad!
            },
            "adamw": Case.training {
                manualSeed(0)
                let parameter = Tensor.randn(10_000_000).requiresGrad_()
                parameter.grad = Tensor.randn(10_000_000)
                let optimizer = AdamW([parameter], lr: 1e-3)
                return {
                    optimizer.step()
                    return parameter.detach()[..<1000].sum()
                }
            }
        ]
    }
}

/// A small GPT, made of PyTorch's modules: token ids [N, L] → logits [N, L, 5000].
private final class GPT: Module {
    let wte, wpe: Embedding
    let blocks: TransformerEncoder
    let head: Linear

    init(width: Int, layers: Int, heads: Int, length: Int) {
        wte = Embedding(5000, width)
        wpe = Embedding(length, width)
        let layer = TransformerEncoderLayer(
            width, heads, dimFeedforward: 4 * width, dropout: 0, activation: .gelu, batchFirst: true, normFirst: true)
        blocks = TransformerEncoder(layer, layers, norm: LayerNorm(width), enableNestedTensor: false)
        head = Linear(width, 5000, bias: false)
    }

    func callAsFunction(_ ids: Tensor) -> Tensor {
        let length = ids.size(1), x = wte(ids) + wpe(Tensor.arange(length))
        return head(blocks(x, mask: Transformer.generateSquareSubsequentMask(length), isCausal: true))
    }
}

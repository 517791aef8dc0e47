import Torch
import TorchText

/// The size of a model. The defaults are those of nanoGPT for texts of characters.
struct GPTConfig {
    var blockSize = 256, vocabSize = 65, nLayer = 6, nHead = 6, nEmbd = 384, dropout = 0.2, bias = false
}

final class CausalSelfAttention: Module {
    let cAttn, cProj: Linear
    let residDropout: Dropout
    let config: GPTConfig

    init(_ config: GPTConfig) {
        self.config = config
        cAttn = Linear(config.nEmbd, 3 * config.nEmbd, bias: config.bias)
        cProj = Linear(config.nEmbd, config.nEmbd, bias: config.bias)
        residDropout = Dropout(config.dropout)
    }

    func callAsFunction(_ x: Tensor, _ cache: inout KeyValueCache?, _ layer: Int) -> Tensor {
        let (b, t, c) = (x.size(0), x.size(1), x.size(2))
        let parts = cAttn(x).split(c, dim: 2).map { $0.view(b, t, config.nHead, c / config.nHead).transpose(1, 2) }
        var (q, k, v) = (parts[0], parts[1], parts[2])
        if cache != nil { (k, v) = cache!.append(keys: k, values: v, layer: layer) }
        // One new token sees all earlier ones.
        let y = F.scaledDotProductAttention(
            q, k, v, dropoutP: isTraining ? config.dropout : 0, isCausal: k.size(2) == t)
        return residDropout(cProj(y.transpose(1, 2).contiguous().view(b, t, c)))
    }
}

final class MLP: Module, Layer {
    let cFc: Linear
    let gelu = GELU()
    let cProj: Linear
    let dropout: Dropout

    init(_ config: GPTConfig) {
        cFc = Linear(config.nEmbd, 4 * config.nEmbd, bias: config.bias)
        cProj = Linear(4 * config.nEmbd, config.nEmbd, bias: config.bias)
        dropout = Dropout(config.dropout)
    }

    func forward(_ x: Tensor) -> Tensor { dropout(cProj(gelu(cFc(x)))) }
}

final class Block: Module {
    let ln1: LayerNorm
    let attn: CausalSelfAttention
    let ln2: LayerNorm
    let mlp: MLP

    /// nanoGPT's names, so that its checkpoints can be read.
    override class func stateName(of property: String) -> String {
        ["ln1": "ln_1", "ln2": "ln_2"][property] ?? super.stateName(of: property)
    }

    init(_ config: GPTConfig) {
        ln1 = LayerNorm(config.nEmbd, bias: config.bias)
        attn = CausalSelfAttention(config)
        ln2 = LayerNorm(config.nEmbd, bias: config.bias)
        mlp = MLP(config)
    }

    func callAsFunction(_ x: Tensor, _ cache: inout KeyValueCache?, _ layer: Int) -> Tensor {
        // The hooks of `fullyShard` gather the parameters.
        withHooks([x]) {
            let x = $0[0] + attn(ln1($0[0]), &cache, layer)
            return x + mlp(ln2(x))
        }
    }
}

/// A small GPT, as in nanoGPT: token ids [B, T] → logits [B, T, vocabSize].
final class GPT: Module, CausalLanguageModel {
    let transformer: (wte: Embedding, wpe: Embedding, drop: Dropout, h: [Block], lnF: LayerNorm)
    let lmHead: Linear
    let config: GPTConfig

    init(_ config: GPTConfig) {
        self.config = config
        transformer = (
            wte: Embedding(config.vocabSize, config.nEmbd),
            wpe: Embedding(config.blockSize, config.nEmbd),
            drop: Dropout(config.dropout),
            h: (0..<config.nLayer).map { _ in Block(config) },
            lnF: LayerNorm(config.nEmbd, bias: config.bias)
        )
        lmHead = Linear(config.nEmbd, config.vocabSize, bias: false)
        super.init()
        // The embedding and the head share their weight.
        transformer.wte.weight = lmHead.weight
        apply { module in
            if let linear = module as? Linear {
                Init.normal_(linear.weight, mean: 0, std: 0.02)
                if let bias = linear.bias { Init.zeros_(bias) }
            } else if let embedding = module as? Embedding {
                Init.normal_(embedding.weight, mean: 0, std: 0.02)
            }
        }
        for (name, parameter) in namedParameters() where name.hasSuffix("c_proj.weight") {
            Init.normal_(parameter, mean: 0, std: 0.02 / Double(2 * config.nLayer).squareRoot())
        }
    }

    func logits(_ ids: Tensor, cache: inout KeyValueCache?) -> Tensor {
        let start = cache?.length ?? 0
        let positions = Tensor.arange(start, start + ids.size(1), dtype: .int64, device: ids.device)
        var x = transformer.drop(transformer.wte(ids) + transformer.wpe(positions))
        for (layer, block) in transformer.h.enumerated() { x = block(x, &cache, layer) }
        return lmHead(transformer.lnF(x))
    }

    func makeCache() -> KeyValueCache { KeyValueCache(layers: config.nLayer, maxLength: config.blockSize) }

    /// Computes the loss for targets [B, T].
    func loss(_ ids: Tensor, _ targets: Tensor) -> Tensor {
        var cache: KeyValueCache?
        return F.crossEntropy(logits(ids, cache: &cache).view(-1, config.vocabSize), targets.view(-1))
    }

    /// Continues a text [1, T]. If it becomes longer than a block, the model sees the last block of it.
    func continued(_ ids: Tensor, _ options: GenerationConfig, _ show: (Int) -> Void) {
        var ids = ids, cache: KeyValueCache? = makeCache()
        noGrad {
            for _ in 0..<options.maxNewTokens {
                let seen = ids.narrow(1, max(0, ids.size(1) - config.blockSize), min(ids.size(1), config.blockSize))
                // Once the block moves, all positions change.
                if ids.size(1) > config.blockSize { cache!.trim(to: 0) }
                let known = cache!.length
                let scores = logits(seen.narrow(1, known, seen.size(1) - known), cache: &cache).select(1, -1)
                let next = options.nextTokens(scores, after: ids)
                ids = cat([ids, next.unsqueeze(1)], dim: 1)
                show(next.item(as: Int.self))
            }
        }
    }
}

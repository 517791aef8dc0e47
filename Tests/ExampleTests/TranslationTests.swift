import Foundation
import Testing
import Torch

/// The program `language_translation` of pytorch/examples: a transformer reads sentences and writes them in another
/// language. The sentences are a few German ones.
@Suite struct TranslationTests {
    static let unk = 0, pad = 1, bos = 2, eos = 3

    final class PositionalEncoding: Module, Layer {
        let dropout: Dropout
        @Buffer var posEmbedding: Tensor

        init(_ embSize: Int, dropout: Double, maxlen: Int = 50) {
            let den = exp(-Tensor.arange(0, embSize, 2) * log(10000.0) / embSize)
            let pos = Tensor.arange(maxlen).reshape(maxlen, 1)
            let waves = Tensor.zeros(maxlen, embSize)
            waves[.all, Slice(0, nil, by: 2)] = sin(pos * den)
            waves[.all, Slice(1, nil, by: 2)] = cos(pos * den)
            self.dropout = Dropout(dropout)
            posEmbedding = waves.unsqueeze(-2)
        }

        func forward(_ x: Tensor) -> Tensor { dropout(x + posEmbedding[..<x.size(0), .all]) }
    }

    final class Translator: Module {
        let srcEmbedding, tgtEmbedding: Embedding
        let posEnc: PositionalEncoding
        let transformer: Transformer
        let ff: Linear

        init(layers: Int, embedSize: Int, heads: Int, srcVocab: Int, tgtVocab: Int, feedforward: Int, dropout: Double) {
            srcEmbedding = Embedding(srcVocab, embedSize)
            tgtEmbedding = Embedding(tgtVocab, embedSize)
            posEnc = PositionalEncoding(embedSize, dropout: dropout)
            transformer = Transformer(
                dModel: embedSize, nhead: heads, numEncoderLayers: layers, numDecoderLayers: layers,
                dimFeedforward: feedforward, dropout: dropout)
            ff = Linear(embedSize, tgtVocab)
            super.init()
            for p in parameters() where p.dim > 1 { Init.xavierUniform_(p) }
        }

        func callAsFunction(
            _ src: Tensor, _ tgt: Tensor, srcMask: Tensor, tgtMask: Tensor, srcPaddingMask: Tensor,
            tgtPaddingMask: Tensor, memoryKeyPaddingMask: Tensor
        ) -> Tensor {
            ff(
                transformer(
                    posEnc(srcEmbedding(src)), posEnc(tgtEmbedding(tgt)), srcMask: srcMask, tgtMask: tgtMask,
                    srcKeyPaddingMask: srcPaddingMask, tgtKeyPaddingMask: tgtPaddingMask,
                    memoryKeyPaddingMask: memoryKeyPaddingMask))
        }

        func encode(_ src: Tensor, _ srcMask: Tensor) -> Tensor {
            transformer.encoder(posEnc(srcEmbedding(src)), mask: srcMask)
        }

        func decode(_ tgt: Tensor, _ memory: Tensor, _ tgtMask: Tensor) -> Tensor {
            transformer.decoder(posEnc(tgtEmbedding(tgt)), memory, tgtMask: tgtMask)
        }
    }

    /// Sentences of both languages, and the words of each, the most frequent first.
    struct Corpus {
        var pairs: [(String, String)] = []
        var srcVocab: [String] = [], tgtVocab: [String] = []

        init() {
            for noun in [("hund", "dog"), ("katze", "cat"), ("vogel", "bird")] {
                for verb in [("schläft", "sleeps"), ("läuft", "runs"), ("singt", "sings")] {
                    pairs.append(("ein \(noun.0) \(verb.0)", "a \(noun.1) \(verb.1)"))
                    for adjective in [("kleine", "small"), ("alte", "old")] {
                        pairs.append(
                            (
                                "die \(adjective.0) \(noun.0) \(verb.0) gern",
                                "the \(adjective.1) \(noun.1) likes it and \(verb.1)"
                            ))
                    }
                }
            }
            func vocab(_ sentences: [String]) -> [String] {
                let words = sentences.flatMap { $0.split(separator: " ").map(String.init) }
                let counts = Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
                return ["<unk>", "<pad>", "<bos>", "<eos>"]
                    + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
            }
            srcVocab = vocab(pairs.map(\.0))
            tgtVocab = vocab(pairs.map(\.1))
        }

        static func tokens(_ sentence: String, _ vocab: [String]) -> Tensor {
            let words = sentence.split(separator: " ").map { vocab.firstIndex(of: String($0)) ?? unk }
            return Tensor([bos] + words + [eos])
        }

        func loader(_ range: Range<Int>) -> DataLoader<CollatedDataset<ListDataset<(String, String)>, (Tensor, Tensor)>>
        {
            let (srcVocab, tgtVocab) = (srcVocab, tgtVocab)
            return DataLoader(
                Array(pairs[range]), batchSize: 8,
                collate: { batch in
                    (
                        padSequence(batch.map { Self.tokens($0.0, srcVocab) }, paddingValue: pad),
                        padSequence(batch.map { Self.tokens($0.1, tgtVocab) }, paddingValue: pad)
                    )
                })
        }
    }

    static func squareSubsequentMask(_ size: Int) -> Tensor {
        let mask = (Tensor.ones(size, size).triu() .== 1).transpose(0, 1)
        return mask.float().maskedFill(mask .== 0, -Double.infinity).maskedFill(mask .== 1, 0)
    }

    static func loss(_ model: Translator, _ criterion: CrossEntropyLoss, _ src: Tensor, _ tgt: Tensor) -> Tensor {
        let tgtInput = tgt[..<(-1), .all]
        let srcPaddingMask = (src .== pad).transpose(0, 1)
        let logits = model(
            src, tgtInput, srcMask: Tensor.zeros(src.size(0), src.size(0)).to(.bool),
            tgtMask: squareSubsequentMask(tgtInput.size(0)), srcPaddingMask: srcPaddingMask,
            tgtPaddingMask: (tgtInput .== pad).transpose(0, 1), memoryKeyPaddingMask: srcPaddingMask)
        return criterion(logits.reshape(-1, logits.size(-1)), tgt[1..., .all].reshape(-1))
    }

    static func greedyDecode(_ model: Translator, _ src: Tensor, maxLen: Int) -> [Int] {
        let memory = model.encode(src, Tensor.zeros(src.size(0), src.size(0)).to(.bool))
        var ys = Tensor.ones(1, 1).fill_(bos).to(.int64)
        for _ in 1..<maxLen {
            let out = model.decode(ys, memory, squareSubsequentMask(ys.size(0)).to(.bool)).transpose(0, 1)
            let (_, next) = max(model.ff(out[.all, -1]), dim: 1)
            let word = next.item(as: Int.self)
            ys = cat([ys, Tensor.ones(1, 1).typeAs(src).fill_(word)], dim: 0)
            if word == eos { break }
        }
        return ys.flatten().toArray(as: Int.self)
    }

    /// PyTorch 2.15 prints these losses and translations for the same sentences and seed.
    @Test func lossesAndTranslationsAreThoseOfPyTorch() throws {
        let corpus = Corpus()
        manualSeed(0)
        let trainLoader = corpus.loader(0..<24), validLoader = corpus.loader(24..<27)
        let model = Translator(
            layers: 2, embedSize: 32, heads: 4, srcVocab: corpus.srcVocab.count, tgtVocab: corpus.tgtVocab.count,
            feedforward: 64, dropout: 0.1)
        let criterion = CrossEntropyLoss(ignoreIndex: Self.pad)
        let optimizer = Adam(model.parameters(), lr: 3e-3, betas: (0.9, 0.98), eps: 1e-9)
        var lines: [String] = []
        for epoch in 1...40 {
            model.train()
            var losses = 0.0
            for (src, tgt) in trainLoader {
                optimizer.zeroGrad()
                let loss = Self.loss(model, criterion, src, tgt)
                loss.backward()
                optimizer.step()
                losses += loss.item()
            }
            model.eval()
            var validLosses = 0.0
            for (src, tgt) in validLoader { validLosses += Self.loss(model, criterion, src, tgt).item() }
            // As in the program, whose `len(list(loader))` makes the batches again, and draws.
            let train = losses / Double(Array(trainLoader).count),
                valid = validLosses / Double(Array(validLoader).count)
            if [1, 2, 3, 10, 20].contains(epoch) {
                lines.append("Epoch: \(epoch) Train loss: \(train, ".3f") Val loss: \(valid, ".3f")")
            }
        }
        #expect(
            lines == [
                "Epoch: 1 Train loss: 3.181 Val loss: 2.732", "Epoch: 2 Train loss: 2.654 Val loss: 2.622",
                "Epoch: 3 Train loss: 2.466 Val loss: 2.415", "Epoch: 10 Train loss: 1.233 Val loss: 0.975",
                "Epoch: 20 Train loss: 0.587 Val loss: 0.531"
            ])
        let translations = stride(from: 0, to: corpus.pairs.count, by: 5).map { i in
            let src = Corpus.tokens(corpus.pairs[i].0, corpus.srcVocab).view(-1, 1)
            return Self.greedyDecode(model, src, maxLen: src.size(0) + 5).map { corpus.tgtVocab[$0] }
                .joined(separator: " ")
        }
        #expect(
            translations == [
                "<bos> a dog runs <eos>", "<bos> the old cat likes it and runs <eos>",
                "<bos> the small cat likes it and sleeps <eos>", "<bos> a cat sings <eos>",
                "<bos> the old bird likes it and sleeps <eos>", "<bos> the small bird likes it and sleeps <eos>"
            ])
    }
}

import Foundation
import Torch

/// A language model of words: the words [T, N] → the logarithms of probabilities of the next ones [T · N, words].
protocol WordModel: Module {
    /// The state of recurrent layers; empty for a transformer.
    typealias Hidden = [Tensor]
    func initHidden(_ batchSize: Int) -> Hidden
    func callAsFunction(_ input: Tensor, _ hidden: Hidden) -> (Tensor, Hidden)
}

/// The kinds of models: `--model`.
enum ModelKind: String, CaseIterable {
    case rnnTanh = "RNN_TANH", rnnReLU = "RNN_RELU", lstm = "LSTM", gru = "GRU", transformer = "Transformer"
}

/// An embedding, recurrent layers, and a linear layer.
final class RNNModel: Module, WordModel {
    let drop: Dropout
    let encoder: Embedding
    let rnn: RNNBase
    let decoder: Linear
    private let words: Int

    init(_ kind: ModelKind, words: Int, ninp: Int, nhid: Int, nlayers: Int, dropout: Double, tieWeights: Bool) {
        self.words = words
        drop = Dropout(dropout)
        encoder = Embedding(words, ninp)
        switch kind {
        case .lstm: rnn = LSTM(ninp, nhid, numLayers: nlayers, dropout: dropout)
        case .gru: rnn = GRU(ninp, nhid, numLayers: nlayers, dropout: dropout)
        case .rnnReLU: rnn = RNN(ninp, nhid, numLayers: nlayers, nonlinearity: .relu, dropout: dropout)
        default: rnn = RNN(ninp, nhid, numLayers: nlayers, nonlinearity: .tanh, dropout: dropout)
        }
        decoder = Linear(nhid, words)
        super.init()
        // The embedding and the last layer share their weight (Press & Wolf, 2016).
        if tieWeights { decoder.weight = encoder.weight }
        Init.uniform_(encoder.weight, -0.1, 0.1)
        Init.zeros_(decoder.bias!)
        Init.uniform_(decoder.weight, -0.1, 0.1)
    }

    func callAsFunction(_ input: Tensor, _ hidden: Hidden) -> (Tensor, Hidden) {
        let emb = drop(encoder(input))
        var output: Tensor
        var next: Hidden
        switch rnn {
        case let lstm as LSTM:
            let (y, (h, c)) = lstm(emb, (hidden[0], hidden[1]))
            (output, next) = (y, [h, c])
        case let gru as GRU:
            let (y, h) = gru(emb, hidden[0])
            (output, next) = (y, [h])
        default:
            let (y, h) = (rnn as! RNN)(emb, hidden[0])
            (output, next) = (y, [h])
        }
        output = drop(output)
        return (F.logSoftmax(decoder(output).view(-1, words), dim: 1), next)
    }

    func initHidden(_ batchSize: Int) -> Hidden {
        (0..<(rnn is LSTM ? 2 : 1)).map { _ in Tensor.zeros(rnn.numLayers, batchSize, rnn.hiddenSize) }
    }
}

/// Adds waves of different lengths to the embeddings, so that a word's position is known.
final class PositionalEncoding: Module, Layer {
    let dropout: Dropout
    @Buffer var pe: Tensor

    init(_ dModel: Int, dropout: Double = 0.1, maxLen: Int = 5000) {
        self.dropout = Dropout(dropout)
        let position = Tensor.arange(maxLen, dtype: .float32).unsqueeze(1)
        let rates = (Tensor.arange(0, dModel, 2, dtype: .float32) * (-log(10000) / Double(dModel))).exp()
        let waves = Tensor.zeros(maxLen, dModel)
        waves[.all, Slice(0, nil, by: 2)] = (position * rates).sin()
        waves[.all, Slice(1, nil, by: 2)] = (position * rates).cos()
        pe = waves.unsqueeze(0).transpose(0, 1)
    }

    func forward(_ x: Tensor) -> Tensor { dropout(x + pe[..<x.size(0)]) }
}

/// An embedding, a transformer's encoder that sees earlier words only, and a linear layer.
final class TransformerModel: Module, WordModel {
    let posEncoder: PositionalEncoding
    let inputEmb: Embedding
    let encoder: any TransformerEncoding
    let decoder: Linear
    private let ninp: Int

    init(words: Int, ninp: Int, nhead: Int, nhid: Int, nlayers: Int, dropout: Double) {
        self.ninp = ninp
        let transformer = Transformer(ninp, nhead, numEncoderLayers: nlayers, dimFeedforward: nhid)
        posEncoder = PositionalEncoding(ninp, dropout: dropout)
        inputEmb = Embedding(words, ninp)
        encoder = transformer.encoder
        decoder = Linear(ninp, words)
        super.init()
        Init.uniform_(inputEmb.weight, -0.1, 0.1)
        Init.zeros_(decoder.bias!)
        Init.uniform_(decoder.weight, -0.1, 0.1)
    }

    func callAsFunction(_ input: Tensor, _ hidden: Hidden) -> (Tensor, Hidden) {
        let src = posEncoder(inputEmb(input) * Double(ninp).squareRoot())
        let mask = Transformer.generateSquareSubsequentMask(input.size(0))
        let output = decoder(encoder(src, mask: mask))
        return (F.logSoftmax(output, dim: -1).view(-1, output.size(-1)), [])
    }

    func initHidden(_ batchSize: Int) -> Hidden { [] }
}

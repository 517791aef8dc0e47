import ArgumentParser
import Torch

/// The form of a model, which its file keeps beside the weights.
struct Model {
    var kind: ModelKind
    var words, emsize, nhid, nlayers, nhead: Int
    var dropout: Double
    var tied: Bool

    func make() -> any WordModel {
        if kind == .transformer {
            return TransformerModel(
                words: words, ninp: emsize, nhead: nhead, nhid: nhid, nlayers: nlayers, dropout: dropout)
        }
        return RNNModel(
            kind, words: words, ninp: emsize, nhid: nhid, nlayers: nlayers, dropout: dropout, tieWeights: tied)
    }

    static func save(_ net: any WordModel, _ words: Words, _ options: Train, to path: String) throws {
        let checkpoint: StateValue = [
            "model": net.stateDict().stateValue,
            "words": .list(words.list.map { .string($0) }),
            "options": [
                "model": .string(options.model.rawValue), "emsize": .int(options.emsize), "nhid": .int(options.nhid),
                "nlayers": .int(options.nlayers), "nhead": .int(options.nhead), "dropout": .double(options.dropout),
                "tied": .bool(options.tied)
            ]
        ]
        try Torch.save(checkpoint, to: path)
    }

    static func load(_ path: String) throws -> (model: Model, weights: StateDict, words: [String]) {
        let checkpoint = try Torch.load(path)
        guard let weights = checkpoint["model"]?.stateDict, let o = checkpoint["options"],
            case .list(let list)? = checkpoint["words"], let kind = o["model"]?.string.flatMap(ModelKind.init),
            let emsize = o["emsize"]?.int, let nhid = o["nhid"]?.int, let nlayers = o["nlayers"]?.int,
            let nhead = o["nhead"]?.int, let dropout = o["dropout"]?.double, let tied = o["tied"]?.bool
        else { throw ValidationError("\(path): this is no model of this program.") }
        let words = list.compactMap(\.string)
        let model = Model(
            kind: kind, words: words.count, emsize: emsize, nhid: nhid, nlayers: nlayers, nhead: nhead,
            dropout: dropout, tied: tied)
        return (model, weights, words)
    }
}

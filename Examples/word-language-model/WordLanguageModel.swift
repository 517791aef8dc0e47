import ArgumentParser
import ExampleShared
import Foundation
import Torch

/// Trains a language model of words, and writes text with it. These are the programs `main.py` and `generate.py` of
/// pytorch/examples' `word_language_model`.
@main
struct WordLanguageModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "word-language-model", abstract: "Trains a language model of words, and writes text with it.",
        subcommands: [Train.self, Generate.self], defaultSubcommand: Train.self)
}

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trains a model on a text.")

    @Option(help: "A text file, or a folder with train.txt, valid.txt and test.txt.") var data: String
    @Option(help: "RNN_TANH, RNN_RELU, LSTM, GRU or Transformer.") var model = ModelKind.lstm
    @Option(help: "The size of the embeddings.") var emsize = 200
    @Option(help: "The units of a layer.") var nhid = 200
    @Option(help: "The number of layers.") var nlayers = 2
    @Option(help: "The learning rate at the beginning.") var lr = 20.0
    @Option(help: "The largest norm of the gradients.") var clip = 0.25
    @Option(help: "Passes over the text.") var epochs = 40
    @Option(help: "Columns of the text a step.") var batchSize = 20
    @Option(help: "Words of a column a step.") var bptt = 35
    @Option(help: "The drop probability.") var dropout = 0.2
    @Flag(help: "Share the weight of the embedding and the last layer.") var tied = false
    @Option(help: "Seeds the random numbers.") var seed = 1111
    @Option(help: "Steps between two printed losses.") var logInterval = 200
    @Option(help: "The file of the best model.") var save = "model.pt"
    @Option(help: "The heads of the transformer.") var nhead = 2
    @Flag(help: "Make one step only, to see that everything works.") var dryRun = false
    @OptionGroup var threads: ThreadOption

    func validate() throws {
        for (name, value) in [
            ("emsize", emsize), ("nhid", nhid), ("nlayers", nlayers), ("batch-size", batchSize), ("bptt", bptt),
            ("log-interval", logInterval), ("nhead", nhead)
        ] where !(1...1 << 20).contains(value) {
            throw ValidationError("--\(name) must lie between 1 and \(1 << 20).")
        }
        guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
        guard lr.isFinite, lr >= 0, clip > 0 else {
            throw ValidationError("--lr must not be negative, and --clip must be positive.")
        }
        guard (0..<1).contains(dropout) else { throw ValidationError("--dropout must be at least 0 and less than 1.") }
        guard !tied || nhid == emsize else { throw ValidationError("--tied needs --nhid equal to --emsize.") }
        guard model != .transformer || emsize % nhead == 0 else {
            throw ValidationError("--nhead must divide --emsize.")
        }
    }

    func run() throws {
        let console = Console(quiet: false)
        threads.apply()
        manualSeed(seed)
        let corpus = try Corpus(data)
        let evalBatchSize = 10
        for (part, columns) in [(corpus.train, batchSize), (corpus.valid, evalBatchSize), (corpus.test, evalBatchSize)]
        where part.size(0) < 2 * columns {
            throw ValidationError("\(data): too short for \(columns) columns of words.")
        }
        let trainData = Corpus.batchify(corpus.train, batchSize)
        let valData = Corpus.batchify(corpus.valid, evalBatchSize)
        let testData = Corpus.batchify(corpus.test, evalBatchSize)
        let net = Model(
            kind: model, words: corpus.words.count, emsize: emsize, nhid: nhid, nlayers: nlayers, nhead: nhead,
            dropout: dropout, tied: tied
        ).make()

        var rate = lr, best = Double.infinity
        for epoch in 1..<(epochs + 1) {
            let start = Date()
            try train(net, trainData, epoch, rate, console)
            let loss = evaluate(net, valData)
            console.print(String(repeating: "-", count: 89))
            console.print(
                "| end of epoch \(epoch, ">3d") | time: \(Date().timeIntervalSince(start), ">5.2f")s | "
                    + "valid loss \(loss, ">5.2f") | valid ppl \(exp(loss), ">8.2f")")
            console.print(String(repeating: "-", count: 89))
            if loss < best {
                try Model.save(net, corpus.words, self, to: save)
                best = loss
            } else {
                rate /= 4
            }
        }
        if best < .infinity { try net.loadStateDict(try Model.load(save).weights) }
        let loss = evaluate(net, testData)
        console.print(String(repeating: "=", count: 89))
        console.print("| End of training | test loss \(loss, ">5.2f") | test ppl \(exp(loss), ">8.2f")")
        console.print(String(repeating: "=", count: 89))
    }

    /// Returns words [T, N], and the words after them [T · N].
    func batch(_ source: Tensor, _ i: Int) -> (data: Tensor, targets: Tensor) {
        let length = min(bptt, source.size(0) - 1 - i)
        return (source[i..<(i + length)], source[(i + 1)..<(i + 1 + length)].reshape(-1))
    }

    func train(_ net: any WordModel, _ data: Tensor, _ epoch: Int, _ rate: Double, _ console: Console) throws {
        net.train()
        var hidden = net.initHidden(batchSize), total = 0.0, start = Date()
        let steps = data.size(0) / bptt
        for (step, i) in stride(from: 0, to: data.size(0) - 1, by: bptt).enumerated() {
            let (x, targets) = batch(data, i)
            // The state goes on, but gradients end here.
            hidden = hidden.map { $0.detach() }
            net.zeroGrad()
            let output: Tensor
            (output, hidden) = net(x, hidden)
            let loss = F.nllLoss(output, targets)
            loss.backward()
            clipGradNorm_(net.parameters(), maxNorm: clip)
            noGrad { for p in net.parameters() { if let grad = p.grad { p.add_(grad, alpha: -rate) } } }
            total += loss.item()
            if step % logInterval == 0, step > 0 {
                let mean = total / Double(logInterval)
                let time = Date().timeIntervalSince(start) * 1000 / Double(logInterval)
                console.print(
                    "| epoch \(epoch, ">3d") | \(step, ">5d")/\(steps, ">5d") batches | lr \(rate, "02.2f") | "
                        + "ms/batch \(time, ">5.2f") | loss \(mean, ">5.2f") | ppl \(exp(mean), ">8.2f")")
                (total, start) = (0, Date())
            }
            if dryRun { break }
        }
    }

    /// Returns the mean loss of a word.
    func evaluate(_ net: any WordModel, _ data: Tensor) -> Double {
        net.eval()
        return noGrad {
            var hidden = net.initHidden(data.size(1)), total = 0.0
            for i in stride(from: 0, to: data.size(0) - 1, by: bptt) {
                let (x, targets) = batch(data, i)
                let output: Tensor
                (output, hidden) = net(x, hidden)
                total += Double(x.size(0)) * F.nllLoss(output, targets).item()
            }
            return total / Double(data.size(0) - 1)
        }
    }
}

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes text with a trained model.")

    @Option(help: "The file of the model.") var checkpoint = "model.pt"
    @Option(help: "The file of the text.") var outf = "generated.txt"
    @Option(help: "The number of words.") var words = 1000
    @Option(help: "Seeds the random numbers.") var seed = 1111
    @Option(help: "Above 1 the text is more varied.") var temperature = 1.0
    @Option(help: "Words between two printed lines.") var logInterval = 100

    func validate() throws {
        guard temperature >= 1e-3 else { throw ValidationError("--temperature has to be greater or equal 1e-3.") }
        guard words >= 0, logInterval > 0 else { throw ValidationError("--words must not be negative.") }
    }

    func run() throws {
        let console = Console(quiet: false)
        let (model, weights, list) = try Model.load(checkpoint)
        let net = model.make()
        try net.loadStateDict(weights)
        net.eval()
        manualSeed(seed)
        var text = "", hidden = net.initHidden(1), input = Tensor.randint(0, list.count, [1, 1])
        noGrad {
            for i in 0..<words {
                let output: Tensor
                (output, hidden) = net(input, hidden)
                let weights = output[-1].div(temperature).exp()
                let word = weights.multinomial(1)
                // A transformer sees the whole text again.
                input = model.kind == .transformer ? cat([input, word.unsqueeze(0)], dim: 0) : word.unsqueeze(0)
                text += list[word.item(as: Int.self)] + (i % 20 == 19 ? "\n" : " ")
                if i % logInterval == 0 { console.print("| Generated \(i)/\(words) words") }
            }
        }
        try text.write(toFile: outf, atomically: true, encoding: .utf8)
    }
}

extension ModelKind: ExpressibleByArgument {}

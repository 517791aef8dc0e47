import ArgumentParser
import ExampleShared
import Foundation
import Torch
import TorchDistributed
import TorchText

/// Trains a small GPT on a text file and writes more such text, as nanoGPT does.
@main
struct GPTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gpt", abstract: "Trains a small GPT on a text file and writes more such text.",
        subcommands: [Train.self, Sample.self])
}

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trains a GPT on the characters of a text file.")

    @Argument(help: "The text file.") var text: String
    @Option(help: "The file of the checkpoint.") var out = "ckpt.pt"
    @Flag(help: "Continue from the checkpoint.") var resume = false
    @Option(help: "The characters that the model sees at once.") var blockSize = 256
    @Option(help: "The number of blocks.") var nLayer = 6
    @Option(help: "The number of heads.") var nHead = 6
    @Option(help: "The width.") var nEmbd = 384
    @Option(help: "The drop probability.") var dropout = 0.2
    @Flag(help: "Give linear layers and norms a bias.") var bias = false
    @Option(help: "Pieces of text a step.") var batchSize = 64
    @Option(help: "Steps.") var maxIters = 5000
    @Option(help: "The learning rate after the warm-up.") var learningRate = 1e-3
    @Option(help: "The learning rate at the end.") var minLr = 1e-4
    @Option(help: "Steps of the warm-up.") var warmupIters = 100
    @Option(help: "The weight decay of matrices.") var weightDecay = 0.1
    @Option(help: "Adam's second decay rate.") var beta2 = 0.99
    @Option(help: "The largest norm of the gradients.") var gradClip = 1.0
    @Option(help: "Steps between two evaluations.") var evalInterval = 250
    @Option(help: "Batches of an evaluation.") var evalIters = 200
    @Option(help: "Steps between two printed losses.") var logInterval = 10
    @Flag(help: "Multiply matrices in bfloat16 (automatic mixed precision).") var autocast = false
    @Option(help: "Seeds the random numbers.") var seed = 1337
    @OptionGroup var threads: ThreadOption
    @OptionGroup var device: DeviceOption
    @OptionGroup var distributed: DistributedOption
    @Flag(help: "With --distributed: divide parameters, gradients and the optimizer's state among the processes.")
    var fullyShard = false

    func validate() throws {
        for (name, value) in [
            ("block-size", blockSize), ("n-layer", nLayer), ("n-head", nHead), ("n-embd", nEmbd),
            ("batch-size", batchSize), ("eval-interval", evalInterval), ("log-interval", logInterval)
        ] where !(1...1 << 20).contains(value) {
            throw ValidationError("--\(name) must lie between 1 and \(1 << 20).")
        }
        for (name, value) in [("max-iters", maxIters), ("warmup-iters", warmupIters), ("eval-iters", evalIters)]
        where value < 0 { throw ValidationError("--\(name) must not be negative.") }
        guard !fullyShard || distributed.distributed else {
            throw ValidationError("--fully-shard needs --distributed.")
        }
        guard nEmbd % nHead == 0 else { throw ValidationError("--n-head must divide --n-embd.") }
        guard (0..<1).contains(dropout) else { throw ValidationError("--dropout must be at least 0 and less than 1.") }
        for (name, value) in [("learning-rate", learningRate), ("min-lr", minLr), ("weight-decay", weightDecay)]
        where !(value >= 0 && value.isFinite) {
            throw ValidationError("--\(name) must be a finite number and not negative.")
        }
        guard (0..<1).contains(beta2) else { throw ValidationError("--beta2 must be at least 0 and less than 1.") }
    }

    /// The learning rate: a linear warm-up, then half a wave of a cosine.
    func rate(at step: Int) -> Double {
        if step < warmupIters { return learningRate * Double(step + 1) / Double(warmupIters + 1) }
        if step > maxIters { return minLr }
        let share = Double(step - warmupIters) / Double(max(1, maxIters - warmupIters))
        return minLr + 0.5 * (1 + cos(.pi * share)) * (learningRate - minLr)
    }

    func run() throws {
        threads.apply()
        try distributed.connect()
        defer { distributed.disconnect() }
        let console = Console(quiet: !distributed.isFirst)
        let device = device.begin(console)
        manualSeed(seed)
        let text = try CharacterText(text)
        guard text.train.size(0) > blockSize, text.val.size(0) > blockSize else {
            throw ValidationError("\(self.text): too short for blocks of \(blockSize) characters.")
        }
        console.print("vocab size: \(text.characters.count)")
        let config = GPTConfig(
            blockSize: blockSize, vocabSize: text.characters.count, nLayer: nLayer, nHead: nHead, nEmbd: nEmbd,
            dropout: dropout, bias: bias)
        let model = GPT(config).to(device)
        let count = model.parameters().reduce(0) { $0 + $1.numel() } - model.transformer.wpe.weight.numel()
        console.print("number of parameters: \(Double(count) / 1e6, ".2f")M")
        // Matrices decay, biases and norms do not.
        // All processes draw the same pieces of text, of which each takes its part. Other draws are their own.
        var draws = Generator.default
        if distributed.count > 1 {
            draws = Generator()
            draws.setState(Generator.default.getState())
            if !distributed.isFirst { manualSeed(seed + distributed.rank) }
        }
        if fullyShard {
            for block in model.transformer.h { TorchDistributed.fullyShard(block) }
            TorchDistributed.fullyShard(model)
        }
        let (matrices, others) = (
            model.parameters().filter { $0.dim >= 2 }, model.parameters().filter { $0.dim < 2 }
        )
        let optimizer = AdamW(
            [ParamGroup(matrices, weightDecay: weightDecay), ParamGroup(others, weightDecay: 0)],
            lr: learningRate, betas: (0.9, beta2))
        var step = 0, best = Double.infinity, evaluated = -1
        if resume {
            (step, best) = try Checkpoint.load(out, model, optimizer, text, draws)
            // A checkpoint is written after an evaluation, which drew random numbers.
            evaluated = step
        }

        let parallel =
            distributed.count > 1 && !fullyShard ? DistributedDataParallel(model) : nil
        func loss(_ x: Tensor, _ y: Tensor) -> Tensor {
            if fullyShard { return model.fsdp.forward { model.loss(x, y) } }
            return parallel?.forward { $0.loss(x, y) } ?? model.loss(x, y)
        }
        while step <= maxIters {
            for group in optimizer.paramGroups { group.lr = rate(at: step) }
            if step % evalInterval == 0, step != evaluated {
                let (train, val) = (
                    evaluate(model, text.train, device, draws, loss), evaluate(model, text.val, device, draws, loss)
                )
                console.print("step \(step): train loss \(train, ".4f"), val loss \(val, ".4f")")
                best = min(best, val)
                try Checkpoint.save(
                    out, model, optimizer, text, draws, step: step, best: best, writes: distributed.isFirst)
            }
            if step == maxIters { break }
            let start = ContinuousClock.now
            let (x, y) = batch(text.train, draws)
            let own = Torch.autocast(device, dtype: .bfloat16, enabled: autocast) { loss(x.to(device), y.to(device)) }
            own.backward()
            if gradClip > 0 { clipGradNorm_(model.parameters(), maxNorm: gradClip) }
            optimizer.step()
            optimizer.zeroGrad()
            if step % logInterval == 0 {
                let time = (ContinuousClock.now - start) / .milliseconds(1)
                let mean = distributed.mean(own.item())
                let tokens = Double(batchSize * blockSize * distributed.count) * 1000 / time
                console.print(
                    "iter \(step): loss \(mean, ".4f"), time \(time, ".2f")ms, \(tokens, ".0f") tokens a second")
            }
            step += 1
        }
    }

    /// Draws the pieces of text of all processes, and returns those of this one.
    private func batch(_ data: Tensor, _ draws: Generator) -> (x: Tensor, y: Tensor) {
        let first = distributed.rank * batchSize
        return CharacterText.batch(
            data, first..<first + batchSize, of: batchSize * distributed.count, blockSize, draws)
    }

    /// Returns the mean loss of random batches.
    private func evaluate(
        _ model: GPT, _ data: Tensor, _ device: Device, _ draws: Generator, _ loss: (Tensor, Tensor) -> Tensor
    ) -> Double {
        model.eval()
        defer { model.train() }
        return noGrad {
            let losses = (0..<evalIters).map { _ in
                let (x, y) = batch(data, draws)
                return Torch.autocast(device, dtype: .bfloat16, enabled: autocast) {
                    loss(x.to(device), y.to(device))
                }.item()
            }
            return distributed.mean(losses.isEmpty ? .nan : losses.reduce(0, +) / Double(losses.count))
        }
    }
}

struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes text with a trained GPT.")

    @Argument(help: "The beginning of the text.") var start = "\n"
    @Option(help: "The file of the checkpoint.") var out = "ckpt.pt"
    @Option(help: "The number of texts.") var numSamples = 1
    @Option(help: "The number of characters of each.") var maxNewTokens = 500
    @Option(help: "Below 1 the most probable characters gain.") var temperature = 0.8
    @Option(help: "Draw from this number of most probable characters.") var topK = 200
    @Option(help: "Seeds the random numbers.") var seed = 1337
    @OptionGroup var threads: ThreadOption
    @OptionGroup var device: DeviceOption

    func validate() throws {
        guard numSamples >= 0, maxNewTokens >= 0 else {
            throw ValidationError("--num-samples and --max-new-tokens must not be negative.")
        }
        guard temperature > 0, temperature.isFinite else { throw ValidationError("--temperature must be positive.") }
        guard topK > 0 else { throw ValidationError("--top-k must be positive.") }
        guard !start.isEmpty else { throw ValidationError("The beginning must not be empty.") }
    }

    func run() throws {
        let console = Console(quiet: false)
        threads.apply()
        let device = device.chosen
        let (model, characters) = try Checkpoint.model(out)
        model.to(device)
        let code = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
        let ids = try start.unicodeScalars.map { scalar in
            guard let id = code[Character(scalar)] else {
                throw ValidationError("The model does not know the character '\(scalar)'.")
            }
            return id
        }
        manualSeed(seed)
        let options = GenerationConfig(
            maxNewTokens: maxNewTokens, doSample: true, temperature: temperature, topK: topK)
        for _ in 0..<numSamples {
            var text = start
            model.continued(Tensor(ids, dtype: .int64).unsqueeze(0).to(device), options) { text.append(characters[$0]) }
            console.print(text)
            console.print("---------------")
        }
    }
}

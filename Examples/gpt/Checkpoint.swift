import ArgumentParser
import Torch

/// The file of a training run: nanoGPT's members, the characters, and the state of the random numbers. With these a run
/// goes on as if it had not been stopped.
enum Checkpoint {
    static func save(
        _ path: String, _ model: GPT, _ optimizer: AdamW, _ text: CharacterText, step: Int, best: Double
    ) throws {
        let c = model.config
        let checkpoint: StateValue = [
            "model": model.stateDict().stateValue,
            "optimizer": optimizer.stateDict(),
            "model_args": [
                "n_layer": .int(c.nLayer), "n_head": .int(c.nHead), "n_embd": .int(c.nEmbd),
                "block_size": .int(c.blockSize), "bias": .bool(c.bias), "vocab_size": .int(c.vocabSize),
                "dropout": .double(c.dropout)
            ],
            "iter_num": .int(step),
            "best_val_loss": .double(best),
            "characters": .string(String(text.characters)),
            "rng_state": .tensor(Generator.default.getState())
        ]
        try Torch.save(checkpoint, to: path)
    }

    /// Loads the state of a run. Returns its step and its best loss.
    static func load(
        _ path: String, _ model: GPT, _ optimizer: AdamW, _ text: CharacterText
    ) throws -> (step: Int, best: Double) {
        let checkpoint = try Torch.load(path)
        guard let state = checkpoint["model"]?.stateDict, let optimized = checkpoint["optimizer"],
            let step = checkpoint["iter_num"]?.int, let best = checkpoint["best_val_loss"]?.double,
            let random = checkpoint["rng_state"]?.tensor
        else { throw ValidationError("\(path): this is no checkpoint of this program.") }
        guard checkpoint["characters"]?.string == String(text.characters) else {
            throw ValidationError("\(path): the checkpoint is of a text with other characters.")
        }
        try model.loadStateDict(state)
        try optimizer.loadStateDict(optimized)
        try withError { _ = Generator.default.setState(random) }
        return (step, best)
    }

    /// Loads a model, in evaluation mode, and its characters.
    static func model(_ path: String) throws -> (GPT, [Character]) {
        let checkpoint = try Torch.load(path)
        guard let state = checkpoint["model"]?.stateDict, let characters = checkpoint["characters"]?.string,
            let c = checkpoint["model_args"], let nLayer = c["n_layer"]?.int, let nHead = c["n_head"]?.int,
            let nEmbd = c["n_embd"]?.int, let blockSize = c["block_size"]?.int, let bias = c["bias"]?.bool,
            let vocabSize = c["vocab_size"]?.int
        else { throw ValidationError("\(path): this is no checkpoint of this program.") }
        let model = try withError {
            withDevice(.meta) {
                GPT(
                    GPTConfig(
                        blockSize: blockSize, vocabSize: vocabSize, nLayer: nLayer, nHead: nHead, nEmbd: nEmbd,
                        dropout: 0, bias: bias))
            }
        }
        try model.loadStateDict(state, assign: true)
        return (model.eval(), characters.unicodeScalars.map(Character.init))
    }
}

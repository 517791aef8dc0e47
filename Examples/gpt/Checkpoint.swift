import ArgumentParser
import Torch
import TorchDistributed

/// The file of a training run: nanoGPT's members, the characters, and the state of the random numbers. With these a run
/// goes on as if it had not been stopped.
enum Checkpoint {
    static func save(
        _ path: String, _ model: GPT, _ optimizer: AdamW, _ text: CharacterText, _ draws: Generator, step: Int,
        best: Double, writes: Bool
    ) throws {
        let c = model.config
        let (weights, optimized) = whole(model, optimizer)
        if !writes { return }
        let checkpoint: StateValue = [
            "model": weights.stateValue,
            "optimizer": optimized,
            "model_args": [
                "n_layer": .int(c.nLayer), "n_head": .int(c.nHead), "n_embd": .int(c.nEmbd),
                "block_size": .int(c.blockSize), "bias": .bool(c.bias), "vocab_size": .int(c.vocabSize),
                "dropout": .double(c.dropout)
            ],
            "iter_num": .int(step),
            "best_val_loss": .double(best),
            "characters": .string(String(text.characters)),
            "rng_state": .tensor(draws.getState())
        ]
        try Torch.save(checkpoint, to: path)
    }

    /// Loads the state of a run. Returns its step and its best loss.
    static func load(
        _ path: String, _ model: GPT, _ optimizer: AdamW, _ text: CharacterText, _ draws: Generator
    ) throws -> (step: Int, best: Double) {
        let checkpoint = try Torch.load(path)
        guard let state = checkpoint["model"]?.stateDict, let optimized = checkpoint["optimizer"],
            let step = checkpoint["iter_num"]?.int, let best = checkpoint["best_val_loss"]?.double,
            let random = checkpoint["rng_state"]?.tensor
        else { throw ValidationError("\(path): this is no checkpoint of this program.") }
        guard checkpoint["characters"]?.string == String(text.characters) else {
            throw ValidationError("\(path): the checkpoint is of a text with other characters.")
        }
        if model.isFullySharded {
            let names = names(model, optimizer).map { StateValue.string($0) }
            let full = dist.checkpoint.StateDictOptions(fullStateDict: true)
            try dist.checkpoint.setModelStateDict(model, state, options: full)
            try dist.checkpoint.setOptimizerStateDict(
                model, optimizer,
                renamed(optimized) { $0.int.flatMap { names.indices.contains($0) ? names[$0] : nil } },
                options: full)
        } else {
            try model.loadStateDict(state)
            try optimizer.loadStateDict(optimized)
        }
        try withError { _ = draws.setState(random) }
        return (step, best)
    }

    /// Returns the weights and the optimizer's state as without `fullyShard`. All processes call this.
    private static func whole(_ model: GPT, _ optimizer: AdamW) -> (StateDict, StateValue) {
        guard model.isFullySharded else { return (model.stateDict(), optimizer.stateDict()) }
        let full = dist.checkpoint.StateDictOptions(fullStateDict: true, cpuOffload: true)
        let numbers = Dictionary(uniqueKeysWithValues: names(model, optimizer).enumerated().map { ($1, $0) })
        let state = dist.checkpoint.getOptimizerStateDict(model, optimizer, options: full)
        return (
            dist.checkpoint.getModelStateDict(model, options: full),
            renamed(state) { $0.string.flatMap { numbers[$0] }.map { .int($0) } }
        )
    }

    /// The names of the optimizer's parameters, in the order of its numbers.
    private static func names(_ model: GPT, _ optimizer: AdamW) -> [String] {
        let names = Dictionary(
            uniqueKeysWithValues: model.namedParameters().map { (ObjectIdentifier($0.parameter), $0.name) })
        return optimizer.paramGroups.flatMap(\.params).map { names[ObjectIdentifier($0)]! }
    }

    /// Returns an optimizer's state with other names or numbers of its parameters.
    private static func renamed(_ state: StateValue, _ name: (StateValue) -> StateValue?) -> StateValue {
        var states = StateMap()
        for (key, value) in state["state"]?.dict ?? StateMap() {
            let old: StateValue
            switch key {
            case .int(let number): old = .int(number)
            case .string(let text): old = .string(text)
            default: continue
            }
            switch name(old) {
            case .int(let number): states[.int(number)] = value
            case .string(let text): states[.string(text)] = value
            default: continue
            }
        }
        let groups = (state["param_groups"]?.list ?? []).map { group in
            var options = group.dict ?? StateMap()
            options["params"] = .list((group["params"]?.list ?? []).map { name($0) ?? $0 })
            return StateValue.dict(options)
        }
        return ["state": .dict(states), "param_groups": .list(groups)]
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

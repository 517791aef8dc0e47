import Torch
import TorchDistributed

/// States that rank 0 alone has, loaded by all processes.
enum FullyShardStateTests {
    static func run() throws {
        let first = dist.rank == 0
        let (model, optimizer) = FullyShardTests.trained()
        let given = dist.checkpoint.StateDictOptions(fullStateDict: true, cpuOffload: true)
        let taken = dist.checkpoint.StateDictOptions(fullStateDict: true, broadcastFromRank0: true)
        let weights = dist.checkpoint.getModelStateDict(model, options: given)
        let state = dist.checkpoint.getOptimizerStateDict(model, optimizer, options: given)
        Check.that(state.dict?.isEmpty == !first, "the state of an optimizer in rank 0 only")

        let other = FullyShardTests.shard(FullyShardTests.network()), adam = Adam(other.parameters(), lr: 0.5)
        try dist.checkpoint.setModelStateDict(other, weights, options: taken)
        try dist.checkpoint.setOptimizerStateDict(other, adam, state, options: taken)
        FullyShardTests.sameState(adam.stateDict(), optimizer.stateDict(), "an optimizer from rank 0")
        Check.that(adam.stateDict()["state"]?[0]?["step"]?.tensor?.item() == 6, "the steps from rank 0")
        Check.that(adam.paramGroups[0].lr == 0.02, "the options from rank 0")
        // Both go on alike.
        _ = FullyShardTests.train(model, optimizer)
        _ = FullyShardTests.train(other, adam)
        let expected = FullyShardTests.whole(model)
        for (name, value) in FullyShardTests.whole(other) {
            Check.equal(value, expected[name]!, "after steps: \(name)")
        }
        // Into a module that is not divided.
        let plain = FullyShardTests.network(), plainAdam = Adam(plain.parameters(), lr: 0.5)
        try dist.checkpoint.setModelStateDict(plain, weights, options: taken)
        try dist.checkpoint.setOptimizerStateDict(plain, plainAdam, state, options: taken)
        Check.that(
            plainAdam.stateDict()["state"]?[0]?["exp_avg"]?.tensor?.shape == [7, 10], "a moment that is not divided")

        // Mistakes of rank 0 are errors in all processes, and nothing changes.
        func fails(_ text: String, _ value: StateValue) {
            do {
                try dist.checkpoint.setOptimizerStateDict(other, adam, first ? value : .dict([:]), options: taken)
                Check.that(false, "no error, expected \(text)")
            } catch { Check.that("\(error)".contains(text), "\(error), expected \(text)") }
        }
        let before = adam.stateDict()
        fails("has no dict 'state'", ["param_groups": []])
        fails(
            "has a parameter that the optimizer has not: 'nowhere'",
            ["state": [:], "param_groups": [["params": ["nowhere"]]]])
        FullyShardTests.sameState(adam.stateDict(), before, "after errors")
        do {
            let wrong: StateDict = first ? ["0.0.weight": Tensor.zeros([2, 2])] : [:]
            try dist.checkpoint.setModelStateDict(other, wrong, options: taken)
            Check.that(false, "no error")
        } catch { Check.that("\(error)".contains("size mismatch for 0.0.weight"), "\(error)") }
    }
}

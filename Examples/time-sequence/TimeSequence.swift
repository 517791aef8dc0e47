import ArgumentParser
import ExampleShared
import Foundation
import Torch

/// Learns sine waves, and goes on with them. This is the program `time_sequence_prediction` of pytorch/examples: two
/// LSTM cells, trained with L-BFGS in float64.
@main
struct PredictTimeSequence: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "time-sequence", abstract: "Trains LSTM cells to continue sine waves.")

    @Option(help: "Steps of L-BFGS, of up to 20 evaluations each.") var steps = 10
    @Option(help: "Waves; the first three test the network.") var waves = 100
    @Option(help: "Points of each wave.") var length = 1000
    @Option(help: "Points that are predicted after the last one.") var future = 1000
    @Option(help: "Seeds the network's weights.") var seed = 0
    @Flag(help: "Search along each direction for a step that satisfies the strong Wolfe conditions.")
    var lineSearch = false
    @Option(help: "The folder for the predicted waves.") var results = "results"
    @OptionGroup var threads: ThreadOption

    func validate() throws {
        guard steps >= 0 else { throw ValidationError("--steps must not be negative.") }
        guard waves > 3 else { throw ValidationError("--waves must be greater than 3.") }
        guard length > 1 else { throw ValidationError("--length must be greater than 1.") }
        guard future > 0 else { throw ValidationError("--future must be positive.") }
    }

    final class Sequence: Module {
        let lstm1 = LSTMCell(1, 51)
        let lstm2 = LSTMCell(51, 51)
        let linear = Linear(51, 1)

        func callAsFunction(_ input: Tensor, future: Int = 0) -> Tensor {
            var outputs: [Tensor] = []
            func zeros() -> Tensor { Tensor.zeros(input.size(0), 51, dtype: input.dtype) }
            var (h1, c1, h2, c2) = (zeros(), zeros(), zeros(), zeros())
            func step(_ x: Tensor) {
                (h1, c1) = lstm1(x, (h1, c1))
                (h2, c2) = lstm2(h1, (h2, c2))
                outputs.append(linear(h2))
            }
            for x in input.split(1, dim: 1) { step(x) }
            for _ in 0..<future { step(outputs.last!) }
            return cat(outputs, dim: 1)
        }
    }

    /// Sine waves [waves, length] of one period that begin anywhere.
    func makeWaves() -> Tensor {
        let period = 20
        let x = Tensor.arange(length) + Tensor.randint(-4 * period, 4 * period, [waves, 1])
        return sin(x.double() / period)
    }

    func run() throws {
        threads.apply()
        let console = Console(quiet: false)
        try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
        manualSeed(2)
        let data = makeWaves()
        manualSeed(seed)
        let input = data[3..., ..<(-1)], target = data[3..., 1...]
        let testInput = data[..<3, ..<(-1)], testTarget = data[..<3, 1...]

        let seq = Sequence().double()
        let criterion = MSELoss()
        // All data fits into memory, so L-BFGS can be used.
        let optimizer = LBFGS(seq.parameters(), lr: 0.8, lineSearchFn: lineSearch ? .strongWolfe : nil)
        for step in 0..<steps {
            console.print("STEP:  \(step)")
            optimizer.step {
                optimizer.zeroGrad()
                let loss = criterion(seq(input), target)
                console.print("loss: \(loss, ".8f")")
                loss.backward()
                return loss
            }
            let pred = noGrad { seq(testInput, future: future) }
            console.print("test loss: \(criterion(pred[.all, ..<(-future)], testTarget), ".8f")")
            try saveNpy(pred, to: "\(results)/predict\(step).npy")
        }
    }
}

import ArgumentParser
import Torch

/// The flags of all training programs.
package struct TrainingOptions: ParsableArguments {
    @Option(help: "Passes over the training data.") package var epochs = 5
    @Option(help: "Examples a step.") package var batchSize = 64
    @Option(help: "The learning rate; by default one that suits the network.") package var lr: Double?
    @Option(help: "Seeds the random numbers: the same seed gives the same numbers.") package var seed: Int?
    @OptionGroup var device: DeviceOption
    @Option(help: "The file that the trained weights are saved in.") package var save = "model.pth"
    @Option(help: "Threads that prepare batches ahead; 0 prepares them as they are asked for.") package var workers = 0
    @OptionGroup var threads: ThreadOption
    @Flag(help: "Print nothing but errors.") package var quiet = false

    package init() {}

    package func validate() throws {
        guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
        guard batchSize > 0 else { throw ValidationError("--batch-size must be positive.") }
        guard lr.map({ $0 >= 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--lr must be a finite number and not negative.")
        }
        guard 0...1024 ~= workers else { throw ValidationError("--workers must lie between 0 and 1024.") }
        // Check this now, not after the training.
        if let obstacle = obstacle(at: save) { throw ValidationError("--save \(save): \(obstacle).") }
    }

    /// Sets the number of threads and the seed.
    /// - Parameter prints: whether this process prints.
    /// - Returns: the console for output, and the device to train on.
    package func begin(prints: Bool = true) -> (console: Console, device: Device) {
        threads.apply()
        if let seed { manualSeed(seed) }
        let console = Console(quiet: quiet || !prints)
        return (console, device.begin(console))
    }
}

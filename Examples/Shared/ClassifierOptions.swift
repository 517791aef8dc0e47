import ArgumentParser
import Torch

/// The flags of pytorch/examples' programs `mnist` and `siamese_network`.
package struct ClassifierOptions: ParsableArguments {
    @OptionGroup private var dataOption: DataOption
    @Option(help: "Examples a step when testing.") package var testBatchSize = 1000
    @Option(help: "The factor of the learning rate after each epoch.") package var gamma = 0.7
    @Option(help: "Steps between two printed losses.") package var logInterval = 10
    @Flag(help: "Make one step only, to see that everything works.") package var dryRun = false

    /// The folder of the data set.
    package var data: String { dataOption.data }

    package init() {}

    package func validate() throws {
        guard testBatchSize > 0 else { throw ValidationError("--test-batch-size must be positive.") }
        guard logInterval > 0 else { throw ValidationError("--log-interval must be positive.") }
        guard gamma.isFinite, gamma >= 0 else { throw ValidationError("--gamma must be a finite number from 0 on.") }
    }
}

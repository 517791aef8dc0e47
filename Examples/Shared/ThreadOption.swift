import ArgumentParser
import Torch

/// The flag `--threads` of all programs.
package struct ThreadOption: ParsableArguments {
    @Option(help: "Threads that an operator may use; by default one a core.") var threads: Int?

    package init() {}

    package func validate() throws {
        guard 1...1024 ~= threads ?? 1 else { throw ValidationError("--threads must lie between 1 and 1024.") }
    }

    /// Sets the number of threads.
    package func apply() {
        if let threads { setNumThreads(threads) }
    }
}

import Foundation
import Testing

/// Runs the program `cart-pole` as a user does.
@Suite struct CartPoleTests {
    private func lines(_ arguments: String) throws -> [String] {
        let outcome = try ExampleProgram("cart-pole").run(arguments.split(separator: " ").map(String.init))
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// PyTorch 2.15 prints these lines for the networks of pytorch/examples, with the same cart in Python.
    @Test func theLinesArePyTorchs() throws {
        #expect(
            try lines("--episodes 60") == [
                "Episode 10\tLast reward: 25.00\tAverage reward: 21.61",
                "Episode 20\tLast reward: 34.00\tAverage reward: 36.42",
                "Episode 30\tLast reward: 33.00\tAverage reward: 46.93",
                "Episode 40\tLast reward: 109.00\tAverage reward: 59.44",
                "Episode 50\tLast reward: 61.00\tAverage reward: 77.51",
                "Episode 60\tLast reward: 71.00\tAverage reward: 73.16"
            ])
        #expect(
            try lines("--method actor-critic --episodes 40") == [
                "Episode 10\tLast reward: 18.00\tAverage reward: 11.94",
                "Episode 20\tLast reward: 30.00\tAverage reward: 19.97",
                "Episode 30\tLast reward: 16.00\tAverage reward: 19.38",
                "Episode 40\tLast reward: 25.00\tAverage reward: 17.86"
            ])
    }
}

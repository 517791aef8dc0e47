import Testing
import Torch

/// Runs the program `time-sequence`: two LSTM cells learn sine waves in float64, by L-BFGS.
@Suite struct TimeSequenceTests {
    /// Returns the losses of two steps, the losses of waves that were not learned, and the last predictions.
    private func train(_ options: String...) throws -> (losses: [String], test: [String], predicted: Tensor) {
        let example = try ExampleProgram("time-sequence")
        let outcome = try example.run(
            ["--steps", "2", "--waves", "8", "--length", "60", "--future", "10"] + options)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        func numbers(_ beginning: String) -> [String] {
            lines.filter { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) }
        }
        let predicted = try loadNpy(example.folder.appendingPathComponent("results/predict1.npy").path)
        return (numbers("loss: "), numbers("test loss: "), predicted[.all, -1])
    }

    /// PyTorch 2.15 has these losses and predictions for the same waves and seed.
    @Test func lossesAreThoseOfPyTorch() throws {
        let (losses, test, predicted) = try train()
        #expect(
            losses == [
                "0.49294809", "0.48611662", "0.47145828", "0.45971538", "0.41189064", "1.54711734",
                "0.28111265", "0.19165205", "11.58226185", "0.08450542", "0.03081758", "0.01826515",
                "0.01715700", "0.01691161", "0.01662072", "0.01607805", "0.01507905", "0.01338428",
                "0.01009128", "0.00913657", "0.00868650", "0.00807223", "0.00738347", "0.00677092",
                "0.00640259", "0.00605149", "0.00512237", "0.00397865", "0.00308392", "0.00255980",
                "0.00235266", "0.00214262", "0.00192507", "0.00211856", "0.00182353", "0.00179801",
                "0.00177411", "0.00174390", "0.00170569", "0.00166978"
            ])
        #expect(test == ["0.02226002", "0.00321220"])
        let expected = [0.14389758439483752, 0.7797909592961322, 0.8429788343768241]
        #expect(predicted.allclose(Tensor(expected, dtype: .float64)))
    }

    /// The same with a line search.
    @Test func aLineSearchHasTheLossesOfPyTorch() throws {
        let (losses, test, predicted) = try train("--line-search")
        #expect(
            losses == [
                "0.49294809", "0.48611662", "0.47145828", "0.45971538", "0.41189064", "1.54711734",
                "0.33412427", "0.27140894", "0.09458039", "0.02065146", "0.01773050", "0.01704222",
                "0.01659938", "0.01520289", "0.01359679", "0.01141891", "0.00818071", "0.00694537",
                "0.00623190", "0.00497830", "0.00461267", "0.00410372", "0.00410372", "0.00308240",
                "0.00245795", "0.00234059", "0.00226016", "0.00207389", "0.00199933", "0.00194030",
                "0.00166557", "0.00139292", "0.00120581", "0.00113450", "0.00107567", "0.00098454",
                "0.00095184", "0.00093354", "0.00092325", "0.00087919", "0.00083562", "0.00077679",
                "0.00073941"
            ])
        #expect(test == ["0.00998656", "0.00302062"])
        let expected = [0.25374354309115366, 0.8366514641629336, 0.32305546453846]
        #expect(predicted.allclose(Tensor(expected, dtype: .float64)))
    }
}

import ExampleShared
import Torch

/// The last value of a quantity and its average over an epoch.
final class AverageMeter<Value: BinaryFloatingPoint & Formattable>: Meter {
    let name, spec: String
    let hasSummary: Bool
    private(set) var value: Value = 0, average: Value = 0
    private var sum: Value = 0, count: Value = 0

    init(_ name: String, _ spec: String, hasSummary: Bool = false) {
        self.name = name
        self.spec = spec
        self.hasSummary = hasSummary
    }

    /// Counts a value that is the mean of `n` examples.
    func update(_ value: Value, _ n: Int = 1) {
        self.value = value
        sum += value * Value(n)
        count += Value(n)
        average = sum / count
    }

    var text: String { "\(name) \(value, spec) (\(average, spec))" }
    var summary: String { hasSummary ? "\(name) \(average, ".3f")" : "" }
}

/// What a line of progress shows.
protocol Meter {
    /// The name, the last value and the average.
    var text: String { get }
    /// The name and the average, or nothing.
    var summary: String { get }
}

/// Prints the meters of an epoch.
struct ProgressMeter {
    let count: Int
    let meters: [any Meter]
    let prefix: String
    let console: Console

    func display(_ batch: Int) {
        let total = "\(count)"
        let place = "[\(batch, "\(total.count)d")/\(total)]"
        console.print(([prefix + place] + meters.map(\.text)).joined(separator: "\t"))
    }

    func displaySummary() {
        console.print(([" *"] + meters.map(\.summary)).joined(separator: " "))
    }
}

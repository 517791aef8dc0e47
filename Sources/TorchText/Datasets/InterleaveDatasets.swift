import Torch

/// The rule that ends interleaving. Python: the `stopping_strategy` of `interleave_datasets`.
public enum StoppingStrategy: String, Sendable {
    /// Ends when one data set has no more rows.
    case firstExhausted = "first_exhausted"
    /// Ends when every data set has given all its rows. A data set that is exhausted starts again.
    case allExhausted = "all_exhausted"
    /// Ends when every data set has given all its rows. A data set that is exhausted is skipped.
    case allExhaustedWithoutReplacement = "all_exhausted_without_replacement"
}

/// Interleaves the rows of several data sets, in turn or from data sets that are drawn at random.
/// Python: `datasets.interleave_datasets`.
/// - Parameters:
///   - datasets: the data sets; the rows of each keep their order.
///   - probabilities: the probability of drawing each data set; nil to take turns. A seed gives the same draws as in
///     Python.
///   - seed: the generator's seed; nil for a random seed.
///   - stoppingStrategy: the rule that ends the rows.
/// - Precondition: there is at least one data set, and columns with the same name have the same type. There is one
///   probability for each data set; none is negative, and they sum to 1. A data set with a positive probability has
///   rows. If all data sets must be exhausted, all probabilities are positive.
/// - Throws: `TorchError` if a file is damaged.
public func interleaveDatasets(
    _ datasets: [ArrowDataset], probabilities: [Double]? = nil, seed: UInt64? = nil,
    stoppingStrategy: StoppingStrategy = .firstExhausted
) throws -> ArrowDataset {
    guard !datasets.isEmpty else { return .failed(.value, "Unable to interleave an empty list of datasets.") }
    let counts = datasets.map(\.count)
    var sources: [Int]
    if let probabilities {
        if let mistake = mistake(in: probabilities, counts, stoppingStrategy) { return .failed(.value, mistake) }
        sources = drawn(
            counts, probabilities, PCG64(seed: seed ?? .random(in: 0...UInt64(UInt32.max))), stoppingStrategy)
    } else {
        sources = roundRobinOrder(counts, stoppingStrategy)
    }
    var starts = [0]
    for count in counts { starts.append(starts[starts.count - 1] + count) }
    var given = counts.map { _ in 0 }
    return try concatenateDatasets(datasets).selected(
        sources.map { source in
            defer { given[source] += 1 }
            return starts[source] + given[source] % counts[source]
        })
}

/// Returns the data set of each row.
private func roundRobinOrder(_ counts: [Int], _ strategy: StoppingStrategy) -> [Int] {
    let most = counts.max() ?? 0, least = counts.min() ?? 0
    switch strategy {
    case .firstExhausted: return (0..<least).flatMap { _ in counts.indices }
    case .allExhausted: return least == 0 ? [] : (0..<most).flatMap { _ in counts.indices }
    case .allExhaustedWithoutReplacement:
        return (0..<most).flatMap { round in counts.indices.filter { round < counts[$0] } }
    }
}

private func drawn(
    _ counts: [Int], _ probabilities: [Double], _ generator: PCG64, _ strategy: StoppingStrategy
) -> [Int] {
    var generator = generator, left = counts, unfinished = counts.count { $0 > 0 }, result: [Int] = []
    while true {
        for source in generator.choice(probabilities: probabilities, size: 1000)
        where strategy != .allExhaustedWithoutReplacement || left[source] > 0 {
            result.append(source)
            left[source] -= 1
            if left[source] == 0 {
                unfinished -= 1
                if strategy == .firstExhausted || unfinished == 0 { return result }
            }
        }
    }
}

/// Returns an error message for invalid probabilities; nil if they are valid.
private func mistake(in probabilities: [Double], _ counts: [Int], _ strategy: StoppingStrategy) -> String? {
    guard probabilities.count == counts.count else { return "'a' and 'p' must have same size" }
    if probabilities.contains(where: \.isNaN) { return "Probabilities contain NaN" }
    if probabilities.contains(where: { $0 < 0 }) { return "Probabilities are not non-negative" }
    guard abs(probabilities.reduce(0, +) - 1) <= Double.ulpOfOne.squareRoot() else {
        return "Probabilities do not sum to 1."
    }
    func positions(_ isMeant: (Int) -> Bool) -> String {
        "[" + counts.indices.filter(isMeant).map(String.init).joined(separator: ", ") + "]"
    }
    if zip(counts, probabilities).contains(where: { $0 == 0 && $1 > 0 }) {
        return
            "interleave_datasets with probabilities requires every dataset that can be sampled (probability > 0) to be non-empty; datasets at indices \(positions { counts[$0] == 0 && probabilities[$0] > 0 }) are empty."
    }
    if strategy != .firstExhausted, probabilities.contains(0) {
        return
            "interleave_datasets with stopping_strategy=\"\(strategy.rawValue)\" cannot exhaust a dataset that is never sampled; datasets at indices \(positions { probabilities[$0] == 0 }) have probability 0."
    }
    return nil
}

@_spi(Interop) import Torch

/// The rows of several data sets one after the other; a column that one of them lacks is null there. Python: `datasets.concatenate_datasets`.
/// - Precondition: there is at least one data set, and columns of one name have one type.
/// - Throws: `TorchError` where a file is damaged.
public func concatenateDatasets(_ datasets: [ArrowDataset]) throws -> ArrowDataset {
    guard let features = aligned(datasets, "concatenate") else { return .empty }
    let parts = try datasets.map { try $0.aligned(to: features) }
    let table = try Table(features.names, parts.flatMap(\.table.batches))
    let split = datasets.allSatisfy { $0.split == datasets[0].split } ? datasets[0].split : nil
    guard parts.contains(where: { $0.indices != nil }) else { return ArrowDataset(table, features: features, split: split) }
    var indices: [Int] = [], start = 0
    for part in parts {
        if let own = part.indices { indices += own.map { start + $0 } } else { indices += start..<start + part.table.count }
        start += part.table.count
    }
    return ArrowDataset(table, features: features, indices: indices, split: split)
}

/// When taking turns ends.
public enum StoppingStrategy: String, Sendable {
    /// As soon as one data set has no more rows.
    case firstExhausted = "first_exhausted"
    /// When every data set has given all its rows; those that have begin again.
    case allExhausted = "all_exhausted"
}

/// A row of each data set in turn. Python: `datasets.interleave_datasets`.
/// - Precondition: there is at least one data set, and columns of one name have one type.
/// - Throws: `TorchError` where a file is damaged.
public func interleaveDatasets(_ datasets: [ArrowDataset], stoppingStrategy: StoppingStrategy = .firstExhausted) throws -> ArrowDataset {
    guard aligned(datasets, "interleave") != nil else { return .empty }
    let counts = datasets.map(\.count)
    let rounds = stoppingStrategy == .firstExhausted ? counts.min() ?? 0 : counts.min() == 0 ? 0 : counts.max() ?? 0
    var starts = [0]
    for count in counts { starts.append(starts[starts.count - 1] + count) }
    return try concatenateDatasets(datasets).selected((0..<rounds).flatMap { round in counts.indices.map { starts[$0] + round % counts[$0] } })
}

/// The columns of all data sets; nil after a mistake.
private func aligned(_ datasets: [ArrowDataset], _ verb: String) -> Features? {
    guard !datasets.isEmpty else {
        raise(.value, "Unable to \(verb) an empty list of datasets.")
        return nil
    }
    var result = Features([(String, Feature)]())
    for features in datasets.map(\.features) {
        for (name, feature) in zip(features.names, features.types) where result[name] == nil || result[name] == .value("null") { result[name] = feature }
    }
    for features in datasets.map(\.features) {
        for (name, feature) in zip(features.names, features.types) where feature != .value("null") && feature != result[name] {
            raise(.value, "The features can't be aligned because the key \(name) of features \(features) has unexpected type - \(feature) (expected either \(result[name].map { "\($0)" } ?? "None") or Value(\"null\").")
            return nil
        }
    }
    return result
}

extension ArrowDataset {
    /// The same rows with all columns of `features`, null where this data set lacks one.
    fileprivate func aligned(to features: Features) throws -> ArrowDataset {
        if self.features == features { return self }
        let batches = try table.batches.map { batch in
            try zip(features.names, features.types).map { name, feature in
                guard let place = self.features.names.firstIndex(of: name) else { return try Column([Value](repeating: .null, count: batch.first?.count ?? 0), type: feature.dataType()) }
                return try batch[place].cast(name, feature)
            }
        }
        return try replacing(batches, features)
    }
}

import Torch

/// Joins the rows of several data sets, one after the other, or their columns, side by side.
/// Python: `datasets.concatenate_datasets`.
///
/// Ignores data sets without rows. If all are empty, returns the first one.
/// - Parameters:
///   - datasets: the data sets to join.
///   - axis: 0 for rows (a column that a data set does not have is null in its rows); 1 for columns.
/// - Precondition: there is at least one data set. For rows, columns with the same name have the same type; but one may
///   have nulls, or a structure additional fields. For columns, all have the same number of rows, and all names are
///   different.
/// - Throws: `TorchError` if a file is damaged.
public func concatenateDatasets(_ datasets: [ArrowDataset], axis: Int = 0) throws -> ArrowDataset {
    guard let first = datasets.first else { return .failed(.value, "Unable to concatenate an empty list of datasets.") }
    guard axis == 0 || axis == 1 else { return .failed(.value, "axis must be 0 or 1, but got \(axis)") }
    let filled = datasets.filter { $0.count > 0 }
    if filled.isEmpty { return first }
    let split = datasets.allSatisfy { $0.split == first.split } ? first.split : nil
    return axis == 0 ? try concatenatedRows(filled, split) : try concatenatedColumns(filled, split)
}

private func concatenatedRows(_ datasets: [ArrowDataset], _ split: String?) throws -> ArrowDataset {
    guard let features = aligned(datasets) else { return .empty }
    let parts = try datasets.map { try $0.aligned(to: features) }
    let table = try Table(features.names, parts.flatMap(\.table.batches))
    guard parts.contains(where: { $0.indices != nil }) else {
        return ArrowDataset(table, features: features, split: split)
    }
    var indices: [Int] = [], start = 0
    for part in parts {
        if let own = part.indices {
            indices += own.map { start + $0 }
        } else {
            indices += start..<start + part.table.count
        }
        start += part.table.count
    }
    return ArrowDataset(table, features: features, indices: indices, split: split)
}

private func concatenatedColumns(_ datasets: [ArrowDataset], _ split: String?) throws -> ArrowDataset {
    guard datasets.allSatisfy({ $0.count == datasets[0].count }) else {
        return .failed(.value, "Number of rows must match for all datasets")
    }
    let twice = datasets.flatMap(\.columnNames).repeated
    guard twice.isEmpty else {
        return .failed(
            .value, "The table can't have duplicated columns but columns \(PythonRepr.of(twice)) are duplicated.")
    }
    let features = Features(datasets.flatMap { Array(zip($0.features.names, $0.features.types)) })
    let table = try Table.beside(datasets.map { try $0.flattenIndices().table })
    return ArrowDataset(table, features: features, split: split)
}

/// Returns the columns of all data sets; nil after a mistake.
private func aligned(_ datasets: [ArrowDataset]) -> Features? {
    let all = datasets.map(\.features)
    if let mistake = misalignment(all) {
        raise(.value, mistake)
        return nil
    }
    var result = Features([(String, Feature)]())
    for features in all {
        for (name, feature) in zip(features.names, features.types) {
            guard let known = result[name] else {
                result[name] = feature
                continue
            }
            guard let both = known.merged(feature) else {
                let types = [known, feature].map { (try? $0.dataType())?.description ?? "\($0)" }
                raise(.type, "Unable to merge: Field \(name) has incompatible types: \(types[0]) vs \(types[1])")
                return nil
            }
            result[name] = both
        }
    }
    return result
}

/// Returns an error message if columns with the same name have different types; otherwise nil.
/// Python: `_check_if_features_can_be_aligned`.
private func misalignment(_ all: [Features]) -> String? {
    var known = Features([(String, Feature)]())
    for features in all {
        for (name, feature) in zip(features.names, features.types) where known[name]?.isNull ?? true {
            known[name] = feature
        }
    }
    for features in all {
        for (name, feature) in zip(features.names, features.types) {
            if case .structure(let fields) = feature, case .structure(let others)? = known[name] {
                if let mistake = misalignment([others, fields]) { return mistake }
            } else if !feature.isNull, feature != known[name] {
                return
                    "The features can't be aligned because the key \(name) of features \(features) has unexpected type - \(feature)"
                    + " (expected either \(known[name].map { "\($0)" } ?? "None") or Value(\"null\")."
            }
        }
    }
    return nil
}

extension Feature {
    /// Whether the feature holds only nulls, or lists of nulls. Python: `_is_null_feature`.
    fileprivate var isNull: Bool {
        switch self {
        case .value(let dtype): dtype == "null"
        case .list(let element, _), .largeList(let element): element.isNull
        default: false
        }
    }

    /// Returns the type that holds the values of both; nil if there is none. One may be null, and a structure may have
    /// fields that the other does not have.
    fileprivate func merged(_ other: Feature) -> Feature? {
        switch (self, other) {
        case _ where self == other: return self
        case (.value("null"), _): return other
        case (_, .value("null")): return self
        case (.list(let a, let length), .list(let b, let otherLength)) where length == otherLength:
            return a.merged(b).map { .list($0, length: length) }
        case (.largeList(let a), .largeList(let b)): return a.merged(b).map { .largeList($0) }
        case (.structure(let a), .structure(let b)):
            var result = a
            for (name, feature) in zip(b.names, b.types) {
                guard let both = a[name].map({ $0.merged(feature) }) ?? feature else { return nil }
                result[name] = both
            }
            return .structure(result)
        default: return nil
        }
    }
}

extension ArrowDataset {
    /// Returns the same rows with all columns of `features`. A column that this data set does not have is null.
    fileprivate func aligned(to features: Features) throws -> ArrowDataset {
        if self.features == features { return self }
        let batches = try table.batches.map { batch in
            try zip(features.names, features.types).map { name, feature in
                guard let position = self.features.names.exactIndex(of: name) else {
                    return try Column(
                        [Value](repeating: .null, count: batch.first?.count ?? 0), type: feature.dataType())
                }
                return try batch[position].cast(name, feature)
            }
        }
        return try replacing(batches, features)
    }
}

import Torch

/// A selection of rows from splits: `train`, `train+test`, `train[:10%]`, `test[5:-1]`, `all`.
/// Python: `datasets.ReadInstruction`.
struct SplitInstruction {
    private struct Part {
        var split: String
        var text: String
        /// The bounds of the rows, as in a slice; nil for no bound.
        var from: Bound?
        var to: Bound?
    }

    private enum Bound {
        case row(Int)
        case percent(Int)
    }

    private let text: String
    private let parts: [Part]
    private let isAll: Bool

    /// - Throws: `TorchError` if the text is not a valid instruction.
    init(_ text: String) throws {
        self.text = text
        isAll = text == "all"
        parts = try text.split(separator: "+", omittingEmptySubsequences: false).map {
            try SplitInstruction.part(String($0).trimmingSpaces())
        }
    }

    private static func part(_ text: String) throws -> Part {
        guard let match = text.wholeMatch(of: /(\w+(?:\.\w+)*)(?:\[(?:(-?\d+)(%)?)?:(?:(-?\d+)(%)?)?\])?/) else {
            throw TorchError(.value, "Unrecognized instruction format: \(text)")
        }
        func bound(_ digits: Substring?, _ percent: Substring?) throws -> Bound? {
            guard let digits else { return nil }
            guard let number = Int(digits) else { throw TorchError(.value, "Unrecognized instruction format: \(text)") }
            guard percent != nil else { return .row(number) }
            guard abs(number) <= 100 else {
                throw TorchError(.value, "Percent slice boundaries must be > -100 and < 100.")
            }
            return .percent(number)
        }
        let (_, split, from, fromPercent, to, toPercent) = match.output
        return Part(split: String(split), text: text, from: try bound(from, fromPercent), to: try bound(to, toPercent))
    }

    /// Returns the selected rows.
    /// - Throws: `TorchError` if a split does not exist, or if a part starts after the last row.
    func apply(_ dict: DatasetDict) throws -> ArrowDataset {
        if isAll {
            var all = try concatenateDatasets(dict.datasets)
            all.split = dict.names.joined(separator: "+")
            return all
        }
        let pieces = try parts.map { part in
            guard let dataset = dict.split(part.split) else {
                throw TorchError(
                    .value, "Unknown split \"\(part.split)\". Should be one of \(PythonRepr.of(dict.names)).")
            }
            if part.from == nil, part.to == nil { return dataset }
            let count = dataset.count
            func row(_ bound: Bound?, _ whole: Int) -> Int {
                let row =
                    switch bound {
                    case .row(let row): row
                    case .percent(let percent): Int((Double(percent) * Double(count) / 100).rounded(.toNearestOrEven))
                    case nil: whole
                    }
                return row < 0 ? max(count + row, 0) : row
            }
            let from = row(part.from, 0), to = min(row(part.to, count), count)
            guard from < count || count == 0 else {
                throw TorchError(.value, "Instruction \"\(part.text)\" corresponds to no data!")
            }
            return dataset.selected(Array(from..<max(from, to)))
        }
        var result = pieces.count == 1 ? pieces[0] : try concatenateDatasets(pieces)
        result.split = text
        return result
    }
}

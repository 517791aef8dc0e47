import Torch

/// How many runs of words a translation shares with reference translations. torchmetrics: `BLEUScore`.
public final class BLEUScore: Metric, TextMetric {
    private let nGram: Int
    private let smooth: Bool
    private let weights: [Double]
    private let predsLength = MetricState("preds_len", Tensor.zeros([]))
    private let targetLength = MetricState("target_len", Tensor.zeros([]))
    private let numerator, denominator: MetricState

    /// Creates a metric.
    /// - Parameters:
    ///   - nGram: the length of the longest runs, at least 1. torchmetrics: `n_gram`.
    ///   - smooth: whether a run more is counted for each length but 1.
    ///   - weights: the weight of each length; by default all are equal.
    /// - Precondition: there are `nGram` weights.
    public init(nGram: Int = 4, smooth: Bool = false, weights: [Double]? = nil) {
        if nGram < 1 { raise(.value, "`n_gram` must be at least 1, got \(nGram)") }
        if let weights, weights.count != nGram {
            raise(.value, "List of weights has different weights than `n_gram`: \(weights.count) != \(nGram)")
        }
        self.nGram = max(1, nGram)
        self.smooth = smooth
        self.weights = weights ?? [Double](repeating: 1 / Double(self.nGram), count: self.nGram)
        numerator = MetricState("numerator", Tensor.zeros(self.nGram))
        denominator = MetricState("denominator", Tensor.zeros(self.nGram))
        super.init([predsLength, targetLength, numerator, denominator])
    }

    public func updateStates(_ preds: [String], _ target: [[String]]) {
        guard preds.count == target.count else {
            return raise(.value, "Corpus has different size \(preds.count) != \(target.count)")
        }
        guard target.allSatisfy({ !$0.isEmpty }) else { return raise(.value, "every text needs a reference") }
        var hits = [Double](repeating: 0, count: nGram), all = hits, predsCount = 0, targetCount = 0
        for (pred, references) in zip(preds, target) {
            var words = WordNumbers()
            let guess = words.numbers(Words.split(pred)), truths = references.map { words.numbers(Words.split($0)) }
            predsCount += guess.count
            // The length of the reference that is closest in length; of several, the first.
            targetCount +=
                truths.map(\.count).enumerated().min {
                    (abs($0.element - guess.count), $0.offset) < (abs($1.element - guess.count), $1.offset)
                }!.element
            for length in 1...nGram {
                let counts = NGrams.count(guess, length)
                let most = truths.map { NGrams.count($0, length) }.reduce(into: [:]) { $0.merge($1) { max($0, $1) } }
                all[length - 1] += Double(counts.values.reduce(0, +))
                hits[length - 1] += Double(counts.reduce(0) { $0 + min($1.value, most[$1.key] ?? 0) })
            }
        }
        predsLength.value = predsLength.value + predsCount
        targetLength.value = targetLength.value + targetCount
        numerator.value = numerator.value + Tensor(hits, dtype: .float32)
        denominator.value = denominator.value + Tensor(all, dtype: .float32)
    }

    public func computeValue() -> Tensor {
        let hits = numerator.value, all = denominator.value
        if hits.min().item() == 0 { return Tensor.zeros([]) }
        var precisions = hits / all
        if smooth {
            precisions = (hits + 1) / (all + 1)
            precisions[0] = hits[0] / all[0]
        }
        let mean = (precisions.log() * Tensor(weights, dtype: .float32)).sum().exp()
        if predsLength.value.item() > targetLength.value.item() { return mean }
        return (1 - targetLength.value / predsLength.value).exp() * mean
    }
}

/// Words of texts.
enum Words {
    /// Returns the parts between white space. Python: `str.split()`.
    static func split(_ text: String) -> [[UInt8]] {
        text.unicodeScalars.split { $0.properties.isWhitespace || (0x1c...0x1f).contains($0.value) }
            .map { Array(String($0).utf8) }
    }
}

/// Numbers for words, by their bytes: Swift takes two spellings of é for one, Python does not.
struct WordNumbers {
    private var known: [[UInt8]: Int] = [:]

    mutating func numbers(_ words: [[UInt8]]) -> [Int] {
        words.map { word in
            if let number = known[word] { return number }
            known[word] = known.count
            return known.count - 1
        }
    }
}

/// Runs of words.
enum NGrams {
    /// Returns how often each run of a length occurs.
    static func count(_ words: [Int], _ length: Int) -> [ArraySlice<Int>: Int] {
        guard words.count >= length else { return [:] }
        return (0...words.count - length).reduce(into: [:]) { $0[words[$1..<$1 + length], default: 0] += 1 }
    }
}

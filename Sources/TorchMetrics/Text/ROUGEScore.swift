import Torch

/// How much of reference texts a summary contains. torchmetrics: `ROUGEScore`.
///
/// The value has three entries for each key, float32: `rouge1_fmeasure`, `rouge1_precision`, `rouge1_recall`, … Each is
/// the mean over all texts.
public final class ROUGEScore: Metric, TextMetric {
    /// What is counted. torchmetrics: `rouge_keys`.
    public enum Key: Hashable, Sendable {
        /// Runs of words of a length from 1 to 9: `rouge1` and so on.
        case n(Int)
        /// The longest common sequence of words: `rougeL`.
        case l
        /// The same for each sentence: `rougeLsum`.
        case lsum

        fileprivate var name: String {
            switch self {
            case .n(let length): "rouge\(length)"
            case .l: "rougeL"
            case .lsum: "rougeLsum"
            }
        }
    }

    /// How the values of several references are joined. torchmetrics: `accumulate`.
    public enum Accumulation: Sendable {
        /// The reference with the greatest F-measure counts.
        case best
        /// The mean counts.
        case avg
    }

    private let keys: [Key]
    private let accumulate: Accumulation
    private let normalizer: (String) -> String
    private let tokenizer: (String) -> [String]
    private let sentenceSplitter: (String) -> [String]
    private let values: [MetricState]
    private static let kinds = ["fmeasure", "precision", "recall"]

    /// Creates a metric.
    /// - Parameters:
    ///   - rougeKeys: what is counted; a key may be there twice. torchmetrics: `rouge_keys`.
    ///   - accumulate: how the values of several references are joined.
    ///   - normalizer: prepares a text. By default it becomes lower case, and what is no ASCII letter or digit becomes
    ///     a space.
    ///   - tokenizer: gives the words of a prepared text. By default they are between white space.
    ///   - sentenceSplitter: gives the sentences of a text, for `rougeLsum`. By default they are its lines, as in
    ///     Google's package; torchmetrics takes NLTK's trained model.
    /// - Precondition: lengths are in 1...9.
    public init(
        rougeKeys: [Key] = [.n(1), .n(2), .l, .lsum], accumulate: Accumulation = .best,
        normalizer: ((String) -> String)? = nil, tokenizer: ((String) -> [String])? = nil,
        sentenceSplitter: ((String) -> [String])? = nil
    ) {
        for case .n(let length) in rougeKeys where !(1...9).contains(length) {
            raise(.value, "Got unknown rouge key rouge\(length). Expected to be one of rouge1 to rouge9")
        }
        keys = rougeKeys
        self.accumulate = accumulate
        self.normalizer = normalizer ?? ROUGEScore.normalize
        self.tokenizer = tokenizer ?? { Words.split($0).map { String(decoding: $0, as: UTF8.self) } }
        self.sentenceSplitter = sentenceSplitter ?? { $0.split(separator: /\r\n|\r|\n/).map { String($0) } }
        values = rougeKeys.flatMap { key in
            ROUGEScore.kinds.map { MetricState(rows: "\(key.name)_\($0)") }
        }
        super.init(values)
    }

    private static func normalize(_ text: String) -> String {
        String(
            decoding: text.lowercased().utf8.map { byte -> UInt8 in
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                return isLetter || isDigit ? byte : UInt8(ascii: " ")
            }, as: UTF8.self)
    }

    public func updateStates(_ preds: [String], _ target: [[String]]) {
        guard preds.count == target.count, target.allSatisfy({ !$0.isEmpty }) else {
            return raise(.value, "every text needs a reference, got \(preds.count) texts and \(target.count) lists")
        }
        var rows = [[Float]](repeating: [], count: values.count)
        for (pred, references) in zip(preds, target) {
            var words = WordNumbers()
            func numbers(_ text: String) -> [Int] {
                words.numbers(tokenizer(normalizer(text)).filter { !$0.isEmpty }.map { Array($0.utf8) })
            }
            let guess = numbers(pred), guessSentences = sentenceSplitter(pred).map(numbers)
            let truths = references.map { (numbers($0), sentenceSplitter($0).map(numbers)) }
            for (k, key) in keys.enumerated() {
                let scores = truths.map { truth, sentences in
                    switch key {
                    case .n(let length): RougeParts.runs(guess, truth, length)
                    case .l: RougeParts.sequence(guess, truth)
                    case .lsum: RougeParts.sentences(guessSentences, sentences)
                    }
                }
                let score = joined(scores)
                for (kind, value) in [score.fmeasure, score.precision, score.recall].enumerated() {
                    rows[k * 3 + kind].append(Float(value))
                }
            }
        }
        for (state, row) in zip(values, rows) where !row.isEmpty { state.append(Tensor(row)) }
    }

    private func joined(_ scores: [RougeParts]) -> RougeParts {
        switch accumulate {
        case .best:
            let best = scores.indices.max {
                (scores[$0].fmeasure, -$0) < (scores[$1].fmeasure, -$1)
            }!
            return scores[best]
        case .avg:
            let count = Double(scores.count)
            return RougeParts(
                precision: scores.reduce(0) { $0 + $1.precision } / count,
                recall: scores.reduce(0) { $0 + $1.recall } / count,
                fmeasure: scores.reduce(0) { $0 + $1.fmeasure } / count)
        }
    }

    /// The means by their names.
    public func computeValue() -> [String: Tensor] {
        Dictionary(values.map { ($0.name, $0.value.mean()) }) { first, _ in first }
    }
}

/// Precision, recall and F-measure of one pair of texts.
struct RougeParts {
    var precision = 0.0, recall = 0.0, fmeasure = 0.0

    private static func of(_ hits: Int, _ guesses: Int, _ truths: Int) -> RougeParts {
        guard hits > 0, guesses > 0, truths > 0 else { return RougeParts() }
        let precision = Double(hits) / Double(guesses), recall = Double(hits) / Double(truths)
        return RougeParts(
            precision: precision, recall: recall, fmeasure: 2 * precision * recall / (precision + recall))
    }

    static func runs(_ guess: [Int], _ truth: [Int], _ length: Int) -> RougeParts {
        let a = NGrams.count(guess, length), b = NGrams.count(truth, length)
        let hits = a.reduce(0) { $0 + min($1.value, b[$1.key] ?? 0) }
        return of(hits, a.values.reduce(0, +), b.values.reduce(0, +))
    }

    static func sequence(_ guess: [Int], _ truth: [Int]) -> RougeParts {
        if guess.isEmpty || truth.isEmpty { return RougeParts() }
        return of(table(guess, truth)[truth.count][guess.count], guess.count, truth.count)
    }

    /// The union of the longest common sequences of each reference sentence with all sentences of the summary.
    static func sentences(_ guesses: [[Int]], _ truths: [[Int]]) -> RougeParts {
        func counts(_ sentences: [[Int]]) -> [Int: Int] {
            sentences.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        var left = counts(guesses), wanted = counts(truths), hits = 0
        for truth in truths {
            let places = guesses.reduce(into: Set<Int>()) { $0.formUnion(common($1, truth)) }
            for place in places.sorted() where (left[truth[place]] ?? 0) > 0 && (wanted[truth[place]] ?? 0) > 0 {
                hits += 1
                left[truth[place]]! -= 1
                wanted[truth[place]]! -= 1
            }
        }
        return of(hits, guesses.reduce(0) { $0 + $1.count }, truths.reduce(0) { $0 + $1.count })
    }

    /// The lengths of the longest common sequences of all beginnings: [words of `truth` + 1][words of `guess` + 1].
    private static func table(_ guess: [Int], _ truth: [Int]) -> [[Int]] {
        var table = [[Int]](repeating: [Int](repeating: 0, count: guess.count + 1), count: truth.count + 1)
        for i in truth.indices {
            for j in guess.indices {
                table[i + 1][j + 1] = truth[i] == guess[j] ? table[i][j] + 1 : max(table[i][j + 1], table[i + 1][j])
            }
        }
        return table
    }

    /// The places in `truth` of a longest common sequence.
    private static func common(_ guess: [Int], _ truth: [Int]) -> [Int] {
        let table = table(guess, truth)
        var (i, j) = (guess.count, truth.count), places: [Int] = []
        while i > 0, j > 0 {
            if guess[i - 1] == truth[j - 1] {
                places.append(j - 1)
                (i, j) = (i - 1, j - 1)
            } else if table[j][i - 1] > table[j - 1][i] {
                i -= 1
            } else {
                j -= 1
            }
        }
        return places
    }
}

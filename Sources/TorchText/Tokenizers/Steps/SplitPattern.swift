import Foundation
import Torch

extension Tokenizer {
    /// A search pattern: a plain string or a regular expression. `tokenizers`: `tokenizers.Regex`, or a string.
    public enum Pattern: Sendable, Equatable {
        /// A plain string.
        case string(String)
        /// A regular expression.
        case regex(String)
    }

    /// What happens to the matches when a text is split at them. `tokenizers`: `SplitDelimiterBehavior`.
    public enum SplitBehavior: String, Sendable, CaseIterable {
        /// Removes the matches.
        case removed = "Removed"
        /// Makes each match a piece of its own.
        case isolated = "Isolated"
        /// Appends each match to the piece before it.
        case mergedWithPrevious = "MergedWithPrevious"
        /// Puts each match at the start of the piece after it.
        case mergedWithNext = "MergedWithNext"
        /// Joins adjacent matches into one piece.
        case contiguous = "Contiguous"
    }
}

/// A part of a text that the pattern matched or did not match.
struct SplitPart {
    var start, end: Int
    var isMatch: Bool
}

/// A pattern that is ready to run. The regular expressions of GPT-2, Llama 3 and Qwen are recognized and have
/// hand-written scanners. Other expressions use Foundation.
struct CompiledPattern: Sendable {
    private enum Kind: Sendable {
        case literal([UInt8])
        case scanner(WordScanner)
        case expression(NSRegularExpression)
    }

    private let kind: Kind

    /// The maximum size of an expression in bytes. Expressions of known models have a few hundred bytes. Compiling
    /// takes up to 100 µs for each byte.
    static let longestExpression = 1 << 14

    /// - Throws: `TorchError` if the expression cannot be compiled.
    init(_ pattern: Tokenizer.Pattern, source: String) throws {
        switch pattern {
        case .string(let text): kind = .literal(Array(text.utf8))
        case .regex(let expression):
            if let scanner = WordScanner(expression: expression) {
                kind = .scanner(scanner)
            } else {
                guard expression.utf8.count <= Self.longestExpression else {
                    throw TorchError(
                        .file,
                        "\(source): a regular expression of \(expression.utf8.count) bytes, and \(Self.longestExpression) are the most"
                    )
                }
                // Some character classes differ between Foundation and Oniguruma, for which the files are written.
                let translated = Self.translated(expression)
                guard let compiled = try? NSRegularExpression(pattern: translated) else {
                    throw TorchError(
                        .file, "\(source): the regular expression \(expression.prefix(100)) cannot be read")
                }
                kind = .expression(compiled)
            }
        }
    }

    private static func translated(_ expression: String) -> String {
        var result = "", isEscaped = false
        for scalar in expression.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "s": result += "\\p{White_Space}"
                case "S": result += "\\P{White_Space}"
                case "w": result += "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}²³¹¼½¾]"
                case "W": result += "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}²³¹¼½¾]"
                case "h": result += "[0-9a-fA-F]"
                case "H": result += "[^0-9a-fA-F]"
                default:
                    result += "\\"
                    result.unicodeScalars.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return isEscaped ? result + "\\" : result
    }

    /// Appends the matches and the parts between them, in order and without gaps.
    /// - Throws: `TorchError` if an expression searches for longer than the budget allows.
    func parts(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ budget: StepBudget, into parts: inout [SplitPart]
    ) throws {
        switch kind {
        case .literal(let text): Self.find(text, bytes, start, end, &parts)
        case .scanner(let scanner):
            var at = start
            while at < end {
                let next = scanner.next(bytes, at, end)
                parts.append(SplitPart(start: at, end: next, isMatch: true))
                at = next
            }
        case .expression(let expression): try Self.find(expression, bytes, start, end, budget, &parts)
        }
    }

    private static func find(
        _ text: [UInt8], _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ parts: inout [SplitPart]
    ) {
        guard let first = text.first else {
            // An empty string matches before every character and at the end.
            var at = start
            while at < end {
                parts.append(SplitPart(start: at, end: at, isMatch: true))
                let next = at + UTF8Text.scalar(bytes, at).count
                parts.append(SplitPart(start: at, end: next, isMatch: false))
                at = next
            }
            return parts.append(SplitPart(start: end, end: end, isMatch: true))
        }
        var last = start, at = start
        while at + text.count <= end {
            if bytes[at] == first, (1..<text.count).allSatisfy({ bytes[at + $0] == text[$0] }) {
                if last < at { parts.append(SplitPart(start: last, end: at, isMatch: false)) }
                parts.append(SplitPart(start: at, end: at + text.count, isMatch: true))
                at += text.count
                last = at
            } else {
                at += 1
            }
        }
        if last < end { parts.append(SplitPart(start: last, end: end, isMatch: false)) }
    }

    private static func find(
        _ expression: NSRegularExpression, _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
        _ budget: StepBudget, _ parts: inout [SplitPart]
    ) throws {
        let text = String(decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
        // Matches come in ascending order, as positions in UTF-16.
        var at = start, units = 0
        func position(_ unit: Int) -> Int {
            while units < unit {
                let count = UTF8Text.scalar(bytes, at).count
                at += count
                units += count == 4 ? 2 : 1
            }
            return at
        }
        var last = start
        for range in try ranges(expression, text, budget) {
            let from = position(range.location), to = position(range.location + range.length)
            if last != from { parts.append(SplitPart(start: last, end: from, isMatch: false)) }
            parts.append(SplitPart(start: from, end: to, isMatch: true))
            last = to
        }
        if last != end { parts.append(SplitPart(start: last, end: end, isMatch: false)) }
    }

    /// Returns the matches of an expression, in UTF-16 units.
    private static func ranges(
        _ expression: NSRegularExpression, _ text: String, _ budget: StepBudget
    ) throws -> [NSRange] {
        var ranges: [NSRange] = [], isComplete = true
        try budget.search(expression.pattern) { isOver in
            // Foundation calls this closure for each match, each position without a match, and every 10,000
            // backtracking steps.
            expression.enumerateMatches(
                in: text, options: [.reportProgress, .reportCompletion],
                range: NSRange(location: 0, length: text.utf16.count)
            ) { match, flags, stop in
                if let match { ranges.append(match.range) }
                if isOver() { stop.pointee = true }
                if flags.contains(.internalError) { isComplete = false }
            }
        }
        guard isComplete else {
            throw TorchError(
                .value,
                "the regular expression \(expression.pattern.prefix(100)) keeps more places to go back to than there is room for, in a text of \(text.utf8.count) bytes"
            )
        }
        return ranges
    }
}

extension Tokenizer.SplitBehavior {
    /// Appends the pieces for the parts. Empty pieces are left out.
    func pieces(_ parts: [SplitPart], into pieces: inout [Piece]) {
        func add(_ start: Int, _ end: Int) { if start < end { pieces.append(Piece(start: start, end: end)) } }
        switch self {
        case .removed: for part in parts where !part.isMatch { add(part.start, part.end) }
        case .isolated: for part in parts { add(part.start, part.end) }
        case .contiguous:
            var open: SplitPart?
            for part in parts {
                if let run = open, run.isMatch == part.isMatch {
                    open!.end = part.end
                } else {
                    if let run = open { add(run.start, run.end) }
                    open = part
                }
            }
            if let run = open { add(run.start, run.end) }
        case .mergedWithPrevious:
            var open: SplitPart?
            for part in parts {
                if part.isMatch, let run = open, !run.isMatch {
                    open = SplitPart(start: run.start, end: part.end, isMatch: true)
                } else {
                    if let run = open { add(run.start, run.end) }
                    open = part
                }
            }
            if let run = open { add(run.start, run.end) }
        case .mergedWithNext:
            var open: SplitPart?
            for part in parts {
                if let run = open, run.isMatch, !part.isMatch {
                    open = SplitPart(start: run.start, end: part.end, isMatch: false)
                } else {
                    if let run = open { add(run.start, run.end) }
                    open = part
                }
            }
            if let run = open { add(run.start, run.end) }
        }
    }
}

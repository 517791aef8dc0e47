import Foundation
import Testing
import Torch
@testable import TorchText

/// Regular expressions of a tokenizer.json. They come from a file, so a search must end.
@Suite struct ExpressionTests {
    private static func file(
        preTokenizer: String = "null", normalizer: String = "null", decoder: String = "null"
    ) -> [UInt8] {
        Array(
            #"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":\#(normalizer),"pre_tokenizer":\#(preTokenizer),"post_processor":null,"#
                .utf8)
            + Array(
                #""decoder":\#(decoder),"model":{"type":"WordLevel","vocab":{"a":0,"<unk>":1,"\#(String(repeating: "a", count: 60))b":2},"unk_token":"<unk>"}}"#
                    .utf8)
    }

    private static func split(_ expression: String) -> String {
        let quoted = String(decoding: try! JSONEncoder().encode(expression), as: UTF8.self)
        return #"{"type":"Split","pattern":{"Regex":\#(quoted)},"behavior":"Isolated","invert":false}"#
    }

    private static func replace(_ expression: String) -> String {
        #"{"type":"Replace","pattern":{"Regex":"\#(expression)"},"content":"c"}"#
    }

    private func ends(within seconds: Double, saying words: String, _ body: () throws -> Void) {
        let start = ContinuousClock.now
        let error = #expect(throws: TorchError.self) { try body() }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        // The limit is half a second of processor time. The machine may have other work to do.
        #expect(ContinuousClock.now - start < .seconds(seconds))
    }

    /// Without a limit, each of these takes longer than the life of the sun.
    @Test(arguments: ["(a+)+$", "(a|a)+$", "(?:a*)*c", #"([a-z]+)*\\d"#, "(a?){60}a{60}$", "(?=(a+)+$)a"])
    func anExpressionThatFindsNoEndIsAnError(_ expression: String) throws {
        let text = String(repeating: "a", count: 60) + "b",
            plain = expression.replacingOccurrences(of: "\\\\", with: "\\")
        let splitting = try Tokenizer(bytes: Self.file(preTokenizer: Self.split(plain)))
        ends(within: 10, saying: "the regular expression \(plain.prefix(4))") { _ = try splitting.encode(text) }
        let replacing = try Tokenizer(bytes: Self.file(normalizer: Self.replace(expression)))
        ends(within: 10, saying: "goes back over the text again and again") { _ = try replacing.encode(text) }
        let decoding = try Tokenizer(bytes: Self.file(decoder: Self.replace(expression)))
        ends(within: 10, saying: "goes back over the text again and again") { _ = try decoding.decode([2]) }
    }

    /// A step that compares a group's match goes over half of the text. The time is checked after ten thousand steps,
    /// which take a while.
    @Test(arguments: [#"(a+)\1b"#, "a*?(?>a*)b", "a*?a*+b"]) func aStepThatGoesOverAllOfTheTextDoesNotOutliveTheBudget(
        _ expression: String
    ) throws {
        let text = String(repeating: "a", count: 50_000), budget = StepBudget(for: text.utf8.count),
            bytes = Array(text.utf8)
        let pattern = try CompiledPattern(.regex(expression), source: "test")
        var parts: [SplitPart] = []
        #expect(throws: TorchError.self) {
            try bytes.withUnsafeBufferPointer {
                try pattern.parts(
                    $0.baseAddress!, 0,
                    $0.count, budget, into: &parts)
            }
        }
        #expect(budget.spent < 1.5 * budget.seconds, "\(budget.spent) of \(budget.seconds) seconds")
    }

    @Test func theTimeIsThatOfAllPiecesOfAText() throws {
        // Four hundred pieces. With a budget for each, this would take a minute.
        let steps = #"{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},\#(Self.split("(a+)+$"))]}"#
        let tokenizer = try Tokenizer(bytes: Self.file(preTokenizer: steps))
        let words = Array(repeating: String(repeating: "a", count: 20) + "b", count: 400).joined(separator: " ")
        ends(within: 10, saying: "goes back") { _ = try tokenizer.encode(words) }
        // In a batch, only the texts up to the first failure count.
        let text = String(repeating: "a", count: 40) + "b"
        ends(within: 20, saying: "goes back") { _ = try tokenizer.encodeBatch([String](repeating: text, count: 1000)) }
        #expect(try tokenizer.encode("a").ids == [0])
    }

    @Test func anExpressionThatRunsOutOfRoomIsAnError() throws {
        // Foundation would stop there, and return the rest of the text as one piece.
        let tokenizer = try Tokenizer(bytes: Self.file(preTokenizer: Self.split("(?:a|b)*c")))
        ends(within: 10, saying: "than there is room for") {
            _ = try tokenizer.encode(String(repeating: "ab", count: 1_000_000))
        }
    }

    @Test func anExpressionOfManyKilobytesIsRefused() throws {
        let long = String(repeating: "\\p{L}", count: 10_000)
        ends(within: 5, saying: "a regular expression of 50000 bytes") {
            _ = try Tokenizer(bytes: Self.file(preTokenizer: Self.split(long)), source: "tokenizer.json")
        }
        for hostile in [
            String(repeating: "(", count: 8000) + String(repeating: ")", count: 8000),
            String(repeating: "[", count: 8000), String(repeating: "(?i:\\p{L})", count: 1600),
            String(repeating: "(?<=a{0,9}", count: 1000)
        ] {
            let start = ContinuousClock.now
            _ = try? Tokenizer(bytes: Self.file(preTokenizer: Self.split(hostile)))
            #expect(ContinuousClock.now - start < .seconds(5), "\(hostile.prefix(20))")
        }
    }

    /// The expressions of known models, run by Foundation, are far from the limit. They split as the scanners for them
    /// do.
    @Test(arguments: [
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ])
    func knownExpressionsAreFarFromTheLimit(_ expression: String) throws {
        let texts = [
            String(
                repeating:
                    "It wasn't the best film I've seen in 1999, über 12345 Leute!\n\n  Naïve 日本語 -- they'll say...\t",
                count: 2000),
            String(repeating: "a", count: 100_000), String(repeating: " ", count: 100_000) + "x",
            String(repeating: "!", count: 100_000), String(repeating: "\n ", count: 50_000),
            String(repeating: "日", count: 40_000)
        ]
        let scanner = try CompiledPattern(.regex(expression), source: "test"),
            foundation = try CompiledPattern(.regex("(?:\(expression))"), source: "test")
        for text in texts {
            let bytes = Array(text.utf8), budget = StepBudget(for: bytes.count)
            var expected: [SplitPart] = [], found: [SplitPart] = []
            try bytes.withUnsafeBufferPointer {
                try scanner.parts($0.baseAddress!, 0, $0.count, budget, into: &expected)
                #expect(budget.spent == 0)
                try foundation.parts($0.baseAddress!, 0, $0.count, budget, into: &found)
            }
            #expect(
                found.map(\.start) == expected.map(\.start) && found.map(\.end) == expected.map(\.end)
                    && found.allSatisfy(\.isMatch))
            #expect(
                budget.spent > 0 && budget.spent < budget.seconds / 4, "\(budget.spent) of \(budget.seconds) seconds")
        }
    }

    @Test func stepsThatMakeTooMuchAreStopped() throws {
        // A decoder could also double a text again and again. So could a normalizer for the text between many added
        // tokens.
        let doubling = String(repeating: #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"},"#, count: 60)
            .dropLast()
        let decoding = try Tokenizer(bytes: Self.file(decoder: #"{"type":"Sequence","decoders":[\#(doubling)]}"#))
        ends(within: 10, saying: "the tokenizer's steps make more than") { _ = try decoding.decode([0]) }
        let prefix = String(repeating: "a", count: 500_000)
        let normalizing = try Tokenizer(
            model: .wordLevel(WordLevel(vocabulary: [("a", 0), ("<unk>", 1)])), normalizer: .prepend(prefix),
            addedTokens: [.init("<x>", normalized: false)])
        ends(within: 10, saying: "the tokenizer's steps make more than") {
            _ = try normalizing.encode(String(repeating: "b<x>", count: 1000))
        }
    }
}

import Foundation
import Testing
import Torch
@testable import TorchText

@Suite struct TokenizerOracleTests {
    /// Compares each id, text, offset, mask, word and overflowing part with those of the library.
    private func differences(_ encoding: Tokenizer.Encoding, _ expected: JSONText, _ path: String = "") -> [String] {
        var found: [String] = []
        func compare(_ name: String, _ own: [String]) {
            let want = (expected[name]?.list ?? []).map { element -> String in
                if case .array(let pair) = element { return "\(pair[0].int!)..<\(pair[1].int!)" }
                return element.int.map(String.init) ?? element.text
            }
            if own.count != want.count || zip(own, want).contains(where: { !$0.utf8.elementsEqual($1.utf8) }) {
                found.append("\(path)\(name): \(own) instead of \(want)")
            }
        }
        compare("ids", encoding.ids.map(String.init))
        compare("tokens", encoding.tokens)
        compare("type_ids", encoding.typeIDs.map(String.init))
        compare("attention_mask", encoding.attentionMask.map(String.init))
        compare("special_tokens_mask", encoding.specialTokensMask.map(String.init))
        compare("offsets", encoding.offsets.map { "\($0.lowerBound)..<\($0.upperBound)" })
        compare("words", encoding.wordIDs.map { String($0 ?? -1) })
        let parts = expected["overflowing"]?.list ?? []
        if parts.count != encoding.overflowing.count {
            found.append("\(path)overflowing: \(encoding.overflowing.count) parts instead of \(parts.count)")
        }
        for (position, (own, part)) in zip(encoding.overflowing, parts).enumerated() {
            found += differences(own, part, "\(path)overflowing[\(position)].")
        }
        return found
    }

    private func configured(_ tokenizer: Tokenizer, _ request: JSONText) -> Tokenizer {
        var tokenizer = tokenizer
        tokenizer.truncation = nil
        tokenizer.padding = nil
        if let options = request["trunc"], !options.isNull {
            let strategies: [String: Tokenizer.Truncation.Strategy] = [
                "longest_first": .longestFirst, "only_first": .onlyFirst, "only_second": .onlySecond
            ]
            tokenizer.truncation = .init(
                maxLength: options["max_length"]!.int!, stride: options["stride"]!.int!,
                strategy: strategies[options["strategy"]!.text]!,
                direction: options["direction"]!.text == "left" ? .left : .right)
        }
        if let options = request["pad"], !options.isNull {
            tokenizer.padding = .init(
                strategy: options["length"]?.int.map { .fixed($0) } ?? .batchLongest,
                direction: options["direction"]!.text == "left" ? .left : .right,
                padToMultipleOf: options["pad_to_multiple_of"]?.int, padID: options["pad_id"]!.int!,
                padTypeID: options["pad_type_id"]!.int!,
                padToken: options["pad_token"]!.text)
        }
        return tokenizer
    }

    @Test func encodingsAndTextsAreTheLibrarys() throws {
        var tokenizers: [String: Tokenizer] = [:]
        var count = 0
        for request in try TokenizerFixtures.cases() {
            let name = request["tokenizer"]!.text
            if tokenizers[name] == nil { tokenizers[name] = try TokenizerFixtures.tokenizer(name) }
            let tokenizer = configured(tokenizers[name]!, request)
            let text = request["text"]!.text, pair = request["pair"]?.text, special = request["special"]!.flag
            if request["error"] != nil {
                #expect(throws: TorchError.self) { try tokenizer.encode(text, pair: pair, addSpecialTokens: special) }
                continue
            }
            let expected = request["expected"]!
            let encoding = try tokenizer.encode(text, pair: pair, addSpecialTokens: special)
            let found = differences(encoding, expected)
            #expect(found.isEmpty, "\(name) \(text.debugDescription): \(found.joined(separator: "\n"))")
            let decoded = try tokenizer.decode(encoding.ids, skipSpecialTokens: false),
                skipped = try tokenizer.decode(encoding.ids)
            #expect(
                decoded.utf8.elementsEqual(expected["decoded"]!.text.utf8),
                "\(name) \(text.debugDescription): \(decoded.debugDescription)")
            #expect(
                skipped.utf8.elementsEqual(expected["decoded_skip"]!.text.utf8),
                "\(name) \(text.debugDescription): \(skipped.debugDescription)")
            count += 1
        }
        #expect(count > 700)
        #expect(tokenizers.count == 24)
    }

    /// A tokenizer that is saved and loaded is the same, and is saved in the same form.
    @Test func savingKeepsEverything() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: TokenizerFixtures.folder)
        where file.hasSuffix(".json") {
            let tokenizer = try Tokenizer(path: TokenizerFixtures.folder + file)
            let again = try Tokenizer(bytes: tokenizer.json)
            #expect(again.json == tokenizer.json)
            #expect(again.vocabularySize == tokenizer.vocabularySize)
            let text = "Hello, y'all! naïve [MASK] <|endoftext|> 日本"
            #expect(try again.encode(text).ids == tokenizer.encode(text).ids)
        }
    }

    @Test func batchesAreTheSameOnAnyNumberOfThreads() throws {
        var tokenizer = try TokenizerFixtures.tokenizer("bert-uncased")
        tokenizer.padding = .init(padID: 0, padToken: "[PAD]")
        let texts = try TokenizerFixtures.cases().map { $0["text"]!.text }
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        setNumThreads(1)
        let one = try tokenizer.encodeBatch(texts)
        setNumThreads(4)
        let four = try tokenizer.encodeBatch(texts)
        #expect(one.map(\.ids) == four.map(\.ids))
        #expect(one.map(\.offsets) == four.map(\.offsets))
        #expect(Set(one.map(\.count)).count == 1)
        let pairs = try tokenizer.encodeBatch([("one", "two"), ("three", "four five")])
        #expect(pairs[0].typeIDs.contains(1) && pairs[0].count == pairs[1].count)
    }
}

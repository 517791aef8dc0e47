import Foundation
import Testing
import Torch
@testable import TorchText

@Suite struct VocabularyTests {
    /// The expected results come from torchtext's rules, applied one after the other with Python's `re` (see
    /// Fixtures/Tokenizers/vocabulary/generate.py).
    @Test func basicEnglishIsTorchtexts() throws {
        let cases = try JSONTextReader.read(
            [UInt8](Data(contentsOf: URL(fileURLWithPath: TokenizerFixtures.folder + "vocabulary/basic_english.json"))),
            source: "basic_english.json"
        ).list
        #expect(cases.count > 100)
        for entry in cases {
            let text = entry.list[0].text
            let want = entry.list[1].list.map(\.text), split = entry.list[2].list.map(\.text)
            let own = TextTokenizer.basicEnglish(text)
            #expect(
                own.count == want.count && zip(own, want).allSatisfy { $0.utf8.elementsEqual($1.utf8) },
                "\(text.debugDescription): \(own) instead of \(want)")
            let words = TextTokenizer.whitespace(text)
            #expect(
                words.count == split.count && zip(words, split).allSatisfy { $0.utf8.elementsEqual($1.utf8) },
                "\(text.debugDescription): \(words)")
        }
        #expect(
            TextTokenizer.basicEnglish("You can now install TorchText using pip!") == [
                "you", "can", "now", "install", "torchtext", "using", "pip", "!"
            ])
        let long = String(repeating: "ÄB", count: 5000)
        #expect(TextTokenizer.basicEnglish(long) == [long.lowercased()])
    }

    @Test func tokensAreOrderedByFrequencyThenByCodePoints() throws {
        let lists = [["b", "a", "c", "b"], ["c", "b", "é", "e\u{301}", "Z"]]
        let vocabulary = try Vocabulary(lists, specials: ["<unk>", "a"], defaultIndex: 0)
        #expect(
            vocabulary.tokens.map { Array($0.utf8) }
                == ["<unk>", "a", "b", "c", "Z", "e\u{301}", "é"].map { Array($0.utf8) })
        #expect(
            try Vocabulary(lists, minFreq: 2, specials: ["<unk>"], specialFirst: false).tokens == ["b", "c", "<unk>"])
        #expect(try Vocabulary(lists, specials: ["<unk>"], maxTokens: 3).tokens == ["<unk>", "b", "c"])
        #expect(throws: TorchError.self) { try Vocabulary(lists, specials: ["<unk>"], maxTokens: 1) }
        #expect(throws: TorchError.self) { try Vocabulary(lists, specials: ["<unk>", "<unk>"]) }
        #expect(throws: TorchError.self) { try Vocabulary(["a", "b", "a"]) }
        let counted = try Vocabulary(
            counting: ["b a c b", "c b é e\u{301} Z"], tokenizer: .whitespace, specials: ["<unk>", "a"])
        #expect(counted.tokens.map { Array($0.utf8) } == vocabulary.tokens.map { Array($0.utf8) })
    }

    @Test func lookupsGoBothWays() throws {
        var vocabulary = try Vocabulary(["<unk>", "hello", "world", "!"])
        #expect(vocabulary["world"] == 2 && vocabulary["absent"] == nil && vocabulary.count == 4)
        #expect(throws: TorchError(.runtime, "Token absent not found and default index is not set")) {
            try vocabulary.ids(of: ["absent"])
        }
        #expect(throws: TorchError(.runtime, "Token there not found and default index is not set")) {
            try vocabulary.ids(of: "Hello there", tokenizer: .basicEnglish)
        }
        vocabulary.setDefaultIndex(0)
        #expect(try vocabulary.ids(of: "Hello there, World!", tokenizer: .basicEnglish) == [1, 0, 0, 2, 3])
        #expect(vocabulary["absent"] == 0 && !vocabulary.contains("absent"))
        let copy = vocabulary
        try vocabulary.append("there")
        #expect(vocabulary["there"] == 4 && copy["there"] == 0 && copy.count == 4)
        #expect(throws: TorchError.self) { try vocabulary.append("there") }
    }

    @Test func aSavedVocabularyIsReadAgain() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("vocabulary-\(UUID().uuidString).json")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let vocabulary = try Vocabulary(["<unk>", "\"quoted\"", "é", "e\u{301}", "\u{0}\n"], defaultIndex: 0)
        try vocabulary.save(path: path)
        let again = try Vocabulary(path: path)
        #expect(
            again.tokens.map { Array($0.utf8) } == vocabulary.tokens.map { Array($0.utf8) } && again.defaultIndex == 0)
        for wrong in [
            #"{"tokens":["a","a"]}"#, #"{"tokens":[1]}"#, #"{"tokens":["a"],"default_index":1}"#, #"{"tokens":"a"}"#,
            "[]", "{}", #"{"tokens":[],"more":1}"#
        ] {
            try Data(wrong.utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: TorchError.self) { try Vocabulary(path: path) }
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test func ngramsFollowTheTokens() {
        #expect(Array(ngramsIterator(["here", "we", "are"], 2)) == ["here", "we", "are", "here we", "we are"])
        #expect(Array(ngramsIterator(["a", "b", "c"], 5)) == ["a", "b", "c", "a b", "b c", "a b c"])
        #expect(Array(ngramsIterator([], 3)).isEmpty)
    }
}

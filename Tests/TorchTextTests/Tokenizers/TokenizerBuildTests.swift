import Foundation
import Testing
import Torch
@testable import TorchText

/// Tokenizers made in code, and files that are not tokenizers.
@Suite struct TokenizerBuildTests {
    private static let words: [(token: String, id: Int)] = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "aff", "hello", ","
    ].enumerated().map { (token: $1, id: $0) }

    private func bert(_ change: (inout Tokenizer) -> Void = { _ in }) throws -> Tokenizer {
        var tokenizer = try Tokenizer(
            model: .wordPiece(WordPiece(vocabulary: Self.words)), normalizer: .bert(), preTokenizer: .bert,
            postProcessor: .template(
                .init(
                    single: "[CLS] $A [SEP]", pair: "[CLS] $A [SEP] $B:1 [SEP]:1",
                    specialTokens: [.init("[CLS]", 2), .init("[SEP]", 3)])),
            decoder: .wordPiece(),
            addedTokens: [
                .init("[PAD]", special: true), .init("[CLS]", special: true), .init("[SEP]", special: true),
                .init("<new>")
            ])
        change(&tokenizer)
        return tokenizer
    }

    @Test func aTokenizerIsPutTogether() throws {
        let tokenizer = try bert()
        let encoding = try tokenizer.encode("Unaffable, HELLO<new>  xyz")
        #expect(encoding.tokens == ["[CLS]", "un", "##aff", "##able", ",", "hello", "<new>", "[UNK]", "[SEP]"])
        #expect(encoding.ids == [2, 4, 5, 6, 9, 8, 10, 1, 3])
        #expect(encoding.offsets == [0..<0, 0..<2, 2..<5, 5..<9, 9..<10, 11..<16, 16..<21, 23..<26, 0..<0])
        #expect(encoding.wordIDs == [nil, 0, 0, 0, 1, 2, 3, 4, nil])
        #expect(encoding.specialTokensMask == [1, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(try tokenizer.decode(encoding.ids) == "unaffable, hello <new> [UNK]")
        #expect(tokenizer.vocabularySize == 11)
        #expect(
            tokenizer.tokenToID("<new>") == 10 && tokenizer.idToToken(10) == "<new>"
                && tokenizer.tokenToID("absent") == nil && tokenizer.idToToken(11) == nil)
        #expect(try tokenizer.encode("").ids == [2, 3])
        #expect(try tokenizer.encode("", addSpecialTokens: false).ids == [])
    }

    @Test func batchesBecomeTensors() throws {
        let batch = Tokenizer.Encoding.collate(try bert().encodeBatch(["hello", "unaffable, hello"]))
        #expect(batch.ids.shape == [2, 7] && batch.ids.dtype == .int64)
        #expect(batch.ids.toArray(as: Int.self) == [2, 8, 3, 0, 0, 0, 0, 2, 4, 5, 6, 9, 8, 3])
        #expect(batch.attentionMask.toArray(as: Int.self) == [1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
        #expect(batch.typeIDs.toArray(as: Int.self) == [Int](repeating: 0, count: 14))
        let bags = [[1, 2, 3], [], [4]].concatenatedWithOffsets()
        #expect(bags.ids.toArray(as: Int.self) == [1, 2, 3, 4] && bags.offsets.toArray(as: Int.self) == [0, 3, 3])
    }

    @Test func truncationThatLeavesNoRoomIsAnError() throws {
        for length in 0..<2 {
            let tokenizer = try bert { $0.truncation = .init(maxLength: length) }
            #expect(throws: TorchError.self) { try tokenizer.encode("hello hello") }
        }
        #expect(try bert { $0.truncation = .init(maxLength: 2) }.encode("hello hello").ids == [2, 3])
        let second = try bert { $0.truncation = .init(maxLength: 4, strategy: .onlySecond) }
        #expect(throws: TorchError.self) { try second.encode("hello hello hello hello hello") }
    }

    private static let plain =
        #"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"a":0,"<unk>":1},"unk_token":"<unk>"}}"#

    /// Each replaces a part of a valid file. The error names the file and the problem.
    @Test(arguments: [
        (#""version":"1.0""#, #""version":"2.0""#, "version"),
        (#""normalizer":null"#, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"AA=="}"#, "Precompiled"),
        (
            #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"Regex":"("},"content":""}"#,
            "regular expression"
        ),
        (#""normalizer":null"#, #""normalizer":[]"#, "normalizer"),
        (
            #""normalizer":null"#,
            #""normalizer":{"type":"BertNormalizer","clean_text":1,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}"#,
            "clean_text"
        ),
        (#""normalizer":null"#, #""normalizer":{"type":"NFC","new_option":true}"#, "new_option"),
        (#""pre_tokenizer":null"#, #""pre_tokenizer":{"type":"FixedLength"}"#, "FixedLength"),
        (
            #""pre_tokenizer":null"#,
            #""pre_tokenizer":{"type":"Split","pattern":{"String":"x"},"behavior":"Sideways","invert":false}"#,
            "Sideways"
        ),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[X]","type_id":0}}],"pair":[],"special_tokens":{}}"#,
            "[X]"
        ),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}"#,
            "second"
        ),
        (
            #""decoder":null"#, #""decoder":{"type":"CTC","pad_token":"","word_delimiter_token":"|","cleanup":true}"#,
            "CTC"
        ),
        (
            #""padding":null"#,
            #""padding":{"strategy":{"Fixed":99999999999},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":""}"#,
            "Fixed"
        ),
        (
            #""padding":null"#,
            #""padding":{"strategy":{"Fixed":2000000000},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":""}"#,
            "Fixed"
        ),
        (
            #""truncation":null"#,
            #""truncation":{"direction":"Right","max_length":-1,"strategy":"LongestFirst","stride":0}"#, "max_length"
        ),
        (
            #""added_tokens":[]"#,
            #""added_tokens":[{"id":7,"content":"b","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}]"#,
            "\"b\""
        ),
        (#""a":0"#, #""a":1"#, "same number"),
        (#""a":0"#, #""a":0,"a":2"#, "twice"),
        (#""a":0"#, #""a":4294967296"#, "4294967296"),
        (#""a":0"#, #""a":-1"#, "-1"),
        (#""a":0"#, #""a":0.5"#, "integer"),
        (#""a":0"#, #""a":"0""#, "integer"),
        (#"{"a":0,"<unk>":1}"#, "7", "vocab"),
        (#""type":"WordLevel","#, #""type":"BPE","merges":[],"dropout":0.1,"#, "dropout"),
        (#""type":"WordLevel","#, #""type":"BPE","merges":["a b"],"#, "\"b\""),
        (#""type":"WordLevel","#, #""type":"BPE","merges":[["a","a"]],"#, "\"aa\""),
        (#""type":"WordLevel","#, #""type":"BPE","merges":["a"],"#, "merge 0"),
        (#""type":"WordLevel","#, #""type":"Unigram","unk_id":9,"#, "unk_token"),
        (#""type":"WordLevel","#, #""type":"Neural","#, "Neural"),
        (#"}}"#, "}", "JSON"),
        (#""1.0""#, #""\ud800""#, "surrogate")
    ])
    func aWrongFileIsAnErrorThatSaysWhy(_ good: String, _ wrong: String, _ named: String) throws {
        _ = try Tokenizer(bytes: Array(Self.plain.utf8))
        let file = Self.plain.replacingOccurrences(of: good, with: wrong)
        #expect(file != Self.plain)
        let error = #expect(throws: TorchError.self) {
            try Tokenizer(bytes: Array(file.utf8), source: "some/tokenizer.json")
        }
        #expect(
            error?.message.contains("some/tokenizer.json") == true && error?.message.contains(named) == true,
            "\(error?.message ?? "")")
    }

    @Test func hostileFilesAreErrors() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: TorchError.self) { try Tokenizer(bytes: Array(deep.utf8)) }
        let nested =
            String(repeating: #"{"type":"Sequence","normalizers":["#, count: 60) + String(repeating: "]}", count: 60)
        let file = Self.plain.replacingOccurrences(of: #""normalizer":null"#, with: #""normalizer":"# + nested)
        _ = try Tokenizer(bytes: Array(file.utf8))
        #expect(throws: TorchError.self) {
            try Tokenizer(
                bytes: Array(
                    file.replacingOccurrences(of: nested, with: nested.replacingOccurrences(of: "{", with: "[{")).utf8))
        }
        for count in 0..<Self.plain.utf8.count {
            #expect(throws: TorchError.self) { try Tokenizer(bytes: Array(Self.plain.utf8.prefix(count))) }
        }
        // Steps that enlarge a text again and again are stopped.
        let doubling = String(repeating: #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"},"#, count: 60)
            .dropLast()
        let growing = try Tokenizer(
            bytes: Array(
                Self.plain.replacingOccurrences(
                    of: #""normalizer":null"#,
                    with: #""normalizer":{"type":"Sequence","normalizers":["# + doubling + "]}"
                ).utf8))
        #expect(throws: TorchError.self) { try growing.encode("a") }
        #expect(throws: TorchError.self) { try Tokenizer(path: "/nonexistent/tokenizer.json") }
        #expect(throws: TorchError.self) { try Tokenizer(bytes: [0xFF, 0xFE]) }
        // Token numbers with a large gap need no table of that size.
        let sparse = try Tokenizer(
            bytes: Array(Self.plain.replacingOccurrences(of: #""a":0"#, with: #""a":2000000000"#).utf8))
        #expect(try sparse.encode("a").ids == [2_000_000_000])
    }

    /// If bytes of a file are changed at random, the result is an error or a working tokenizer, never a crash.
    @Test func changedFilesDoNoHarm() throws {
        var loaded = 0
        for name in ["bert-uncased", "llama3", "unigram", "llama2"] {
            let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: TokenizerFixtures.folder + name + ".json")))
            var state: UInt64 = 42
            for _ in 0..<300 {
                var changed = file
                for _ in 0..<2 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    changed[Int(state >> 33) % changed.count] = UInt8(truncatingIfNeeded: state >> 20) & 0x7F
                }
                guard let tokenizer = try? Tokenizer(bytes: changed) else { continue }
                loaded += 1
                _ = try? tokenizer.decode(tokenizer.encode("Hello, naïve 日本 [MASK] 12345").ids)
            }
        }
        #expect(loaded > 0)
    }

    @Test func longWordsTakeNoLongTime() throws {
        let tokenizer = try TokenizerFixtures.tokenizer("gpt2")
        let word = String(repeating: "the", count: 100_000)
        #expect(try tokenizer.decode(tokenizer.encode(word).ids) == word)
        let unigram = try TokenizerFixtures.tokenizer("unigram-bytes")
        #expect(try unigram.encode(word).count > 10_000)
    }
}

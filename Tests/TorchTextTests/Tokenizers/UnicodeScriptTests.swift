import Foundation
import Testing
import Torch
@testable import TorchText

/// Compares the pre-tokenizer UnicodeScripts with the library `tokenizers` 0.23.3.
@Suite struct UnicodeScriptTests {
    private func pieces(_ text: String) throws -> [String] {
        let step = try CompiledPreTokenizer(.unicodeScripts, source: "test")
        var aligned = AlignedText()
        aligned.bytes = Array(text.utf8)
        var pieces = [Piece(start: 0, end: aligned.bytes.count)]
        try step.apply(&aligned, &pieces, StepBudget(for: aligned.bytes.count))
        return pieces.map { String(decoding: aligned.bytes[$0.start..<$0.end], as: UTF8.self) }
    }

    @Test func textsAreSplitWhereTheScriptChanges() throws {
        for (text, expected) in [
            ("どこで生れ。Yes", ["どこで生れ", "。", "Yes"]), (" hello  привет ", ["hello  ", "привет "]), ("  ", []), ("", []),
            ("a b ひらカーナ漢", ["a b ", "ひらカーナ漢"]),
            ("123abc", ["123", "abc"]), ("a\u{301}б", ["a", "\u{301}", "б"]), ("\u{378}a", ["a"]),
            ("a\u{378}б", ["a\u{378}", "б"]), ("\tx", ["\t", "x"]),
            ("aーб", ["a", "ー", "б"]), ("한국 日本", ["한국 ", "日本"]), ("a\u{378}\u{378} x", ["a\u{378}\u{378} x"])
        ] as [(String, [String])] {
            #expect(
                try pieces(text).map { Array($0.utf8) } == expected.map { Array($0.utf8) },
                "\(text.debugDescription)")
        }
    }

    /// The text is an "a" and all characters. The number of pieces, and the sum of their starts in characters, are
    /// those of the library.
    @Test func everyCharacterHasItsScript() throws {
        let text = String(
            String.UnicodeScalarView(
                [Unicode.Scalar("a")]
                    + (0..<0x110000).compactMap { Unicode.Scalar($0) }))
        var start = 0, sum = 0
        let found = try pieces(text)
        for piece in found {
            sum += start
            start += piece.unicodeScalars.count
        }
        #expect(found.count == 372 && sum == 13858041)
    }

    @Test func filesSayUnicodeScripts() throws {
        let file =
            #"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"UnicodeScripts"},"#
            + #""post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"ab ":0,"где":1,"<unk>":2},"unk_token":"<unk>"}}"#
        let tokenizer = try Tokenizer(bytes: Array(file.utf8))
        #expect(try tokenizer.encode("ab где日").ids == [0, 1, 2])
        #expect(String(decoding: tokenizer.json, as: UTF8.self).contains(#""type": "UnicodeScripts""#))
        #expect(throws: TorchError.self) {
            try Tokenizer(
                bytes: Array(
                    file.replacingOccurrences(
                        of: "Scripts\"}",
                        with: "Scripts\",\"x\":1}"
                    ).utf8))
        }
    }

    /// `tokenizers`: enable_truncation(2, stride=1) with two special tokens.
    @Test func aStrideWithoutRoomIsRefused() throws {
        let file =
            #"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"#
            + #""post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},"decoder":null,"#
            + #""model":{"type":"WordLevel","vocab":{"a":0,"b":1,"[CLS]":2,"[SEP]":3},"unk_token":"a"}}"#
        var tokenizer = try Tokenizer(bytes: Array(file.utf8))
        tokenizer.truncation = .init(maxLength: 2, stride: 1)
        let words =
            "tokenizer stride set to 1, which is greater than or equal to its effective max length of 0 (= 2 original max length - 2 added special tokens), "
        #expect(throws: TorchError(.value, words)) { try tokenizer.encode("a b a b") }
        tokenizer.truncation = .init(maxLength: 2, stride: 0)
        #expect(try tokenizer.encode("a b a b").ids == [2, 3])
        tokenizer.truncation = .init(maxLength: 4, stride: 1)
        #expect(try tokenizer.encode("a b a b").ids == [2, 0, 1, 3])
    }
}

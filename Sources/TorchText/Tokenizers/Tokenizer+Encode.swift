import Torch

extension Tokenizer {
    /// Returns the tokens of a text or a pair of texts. `tokenizers`: `encode`.
    ///
    /// - Parameters:
    ///   - text: the first text.
    ///   - pair: the second text of a pair.
    ///   - addSpecialTokens: whether the post-processor inserts its special tokens.
    /// - Throws: `TorchError` if the model has no token for a word and none for unknown words, truncation leaves no
    ///   room, a text has 2³¹ - 1 bytes or more, or a regular expression needs more CPU time than half a second plus 10
    ///   µs for each byte.
    public func encode(_ text: String, pair: String? = nil, addSpecialTokens: Bool = true) throws -> Tokenizer.Encoding
    {
        let first = try sequence(text, typeID: 0)
        let second = try pair.map { try sequence($0, typeID: 1) }
        return try processed(first, second, addSpecialTokens)
    }

    /// Truncates, inserts the special tokens and pads.
    private func processed(
        _ first: Tokenizer.Encoding, _ second: Tokenizer.Encoding?, _ addSpecialTokens: Bool
    ) throws -> Tokenizer.Encoding {
        var first = first, second = second
        if let truncation {
            let single = parts.postProcessor?.addedTokens(isPair: false) ?? 0, room = truncation.maxLength - single
            if room >= 0, room < truncation.stride {
                throw TorchError(
                    .value,
                    "tokenizer stride set to \(truncation.stride), which is greater than or equal to its effective max length of \(room)"
                        + " (= \(truncation.maxLength) original max length - \(single) added special tokens), ")
            }
            let added = addSpecialTokens ? parts.postProcessor?.addedTokens(isPair: second != nil) ?? 0 : 0
            guard truncation.maxLength >= added, truncation.stride >= 0 else {
                throw TorchError(
                    .value,
                    "truncation: maxLength \(truncation.maxLength) is less than the \(added) tokens that are put in")
            }
            try truncation.apply(&first, &second, length: truncation.maxLength - added)
        }
        var sequences = [first] + (second.map { [$0] } ?? [])
        if let processor = parts.postProcessor {
            sequences = try processor.process(sequences, addSpecialTokens: addSpecialTokens)
        }
        var result = sequences.first ?? Tokenizer.Encoding(names: parts.texts)
        for sequence in sequences.dropFirst() { result.merge(sequence) }
        if let padding {
            var batch = [result]
            padding.apply(&batch)
            result = batch[0]
        }
        return result
    }

    /// Returns the tokens of one text, without special tokens.
    private func sequence(_ text: String, typeID: Int) throws -> Tokenizer.Encoding {
        var input = AlignedText()
        input.bytes = Array(text.utf8)
        let count = input.bytes.count
        guard count < Int(Int32.max) else {
            throw TorchError(.value, "encode: the text has \(count) bytes, and \(Int32.max - 1) are the most")
        }
        let characters = input.bytes.isASCII ? nil : Self.characterCounts(input.bytes)
        var pieces: [Piece] = []
        try split(&input, &pieces)
        return try parts.withScratch { scratch in
            scratch.tokens.removeAll()
            let words = try tokenize(input, pieces, scratch)
            return assemble(input, pieces, words, scratch.tokens, characters, typeID)
        }
    }

    /// Returns the number of characters that begin before each byte, and at last the total number.
    private static func characterCounts(_ bytes: [UInt8]) -> [Int32] {
        var counts: [Int32] = []
        counts.reserveCapacity(bytes.count + 1)
        var count: Int32 = 0
        for byte in bytes {
            counts.append(count)
            if byte & 0xC0 != 0x80 { count += 1 }
        }
        counts.append(count)
        return counts
    }

    /// Finds the added tokens, normalizes the text between them and splits it into words.
    private func split(_ text: inout AlignedText, _ pieces: inout [Piece]) throws {
        let budget = StepBudget(for: text.bytes.count)
        var found: [Piece] = []
        parts.added.split(text, Piece(start: 0, end: text.bytes.count), normalized: false, into: &found)
        if let normalizer = parts.compiledNormalizer {
            if found.count == 1, found[0].token < 0 {
                try normalizer.apply(&text, budget)
                found[0].end = text.bytes.count
            } else {
                var made = 0
                try CompiledPreTokenizer.rewrite(&text, &found) {
                    try normalizer.apply(&$0, budget)
                    made += $0.bytes.count
                    try budget.check(made)
                }
            }
        }
        for piece in found {
            if piece.token >= 0 {
                pieces.append(piece)
            } else {
                parts.added.split(text, piece, normalized: true, into: &pieces)
            }
        }
        try parts.compiledPreTokenizer?.apply(&text, &pieces, budget)
    }

    /// Fills the scratch with the tokens of all pieces and returns the number of tokens of each piece.
    private func tokenize(_ text: AlignedText, _ pieces: [Piece], _ scratch: ModelScratch) throws -> [Int] {
        var counts: [Int] = []
        counts.reserveCapacity(pieces.count)
        try text.bytes.withUnsafeBufferPointer { bytes in
            for piece in pieces {
                let before = scratch.tokens.count
                if piece.token >= 0 {
                    scratch.tokens.append(ModelToken(id: piece.token, start: 0, end: Int32(piece.count)))
                } else {
                    try parts.compiledModel.tokenize(bytes.baseAddress! + piece.start, piece.count, scratch)
                }
                counts.append(scratch.tokens.count - before)
            }
        }
        return counts
    }

    private func assemble(
        _ text: AlignedText, _ pieces: [Piece], _ counts: [Int], _ tokens: ModelTokens, _ characters: [Int32]?,
        _ typeID: Int
    ) -> Tokenizer.Encoding {
        var result = Tokenizer.Encoding(names: parts.texts)
        let total = tokens.count
        var unknown: Int32 = -1
        if case .unigram(let model) = parts.compiledModel, let unkID = model.unkID { unknown = Int32(unkID) }
        result.ids = [Int](unsafeUninitializedCapacity: total) { ids, count in
            for position in 0..<total { ids[position] = Int(tokens.start[position].id) }
            count = total
        }
        result.words = [Int32](unsafeUninitializedCapacity: total) { words, count in
            for (word, own) in counts.enumerated() {
                for _ in 0..<own {
                    words[count] = Int32(truncatingIfNeeded: word)
                    count += 1
                }
            }
        }
        result.offsets = [Range<Int>](unsafeUninitializedCapacity: total) { offsets, count in
            for (word, piece) in pieces.enumerated() {
                for _ in 0..<counts[word] {
                    let token = tokens.start[count]
                    // The ranges of a model that drops characters may go beyond the end of the piece.
                    let start = min(piece.start + Int(token.start), piece.end - 1),
                        end = min(max(piece.start + Int(token.end), start + 1), piece.end)
                    var origin = text.origin(start, end)
                    if let characters { origin = (Int(characters[origin.start]), Int(characters[origin.end])) }
                    (offsets.baseAddress! + count).initialize(
                        to: Range(uncheckedBounds: (origin.start, max(origin.start, origin.end))))
                    if piece.token >= 0 || token.id == unknown {
                        let surface = text.bytes[start..<end]
                        if let known = parts.texts[Int(token.id)], known.utf8.elementsEqual(surface) {
                        } else {
                            result.surfaces[count] = String(decoding: surface, as: UTF8.self)
                        }
                    }
                    count += 1
                }
            }
        }
        result.typeIDs = [Int](repeating: typeID, count: total)
        result.attentionMask = [Int](repeating: 1, count: total)
        result.specialTokensMask = [Int](repeating: 0, count: total)
        return result
    }
}

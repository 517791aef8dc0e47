import Torch

/// A Unigram model: splits a word into the tokens with the greatest sum of scores.
/// `tokenizers`: `tokenizers.models.Unigram`; Kudo 2018, "Subword Regularization".
public final class Unigram: Sendable {
    /// The best path to a position in a word.
    struct Node {
        var score = 0.0
        /// -1 if no token ends here.
        var start: Int32 = -1
        var id: Int32 = 0
    }

    /// The id of the token for unknown characters.
    public let unkID: Int?
    /// Whether unknown characters become the tokens of their bytes.
    public let byteFallback: Bool
    let names: TokenNames
    let scores: [Double]
    private let trie: ByteTrie
    private let unkScore: Double
    private let byteIDs: [Int32]

    /// Creates a Unigram model.
    /// - Parameters:
    ///   - vocabulary: tokens with the logarithms of their probabilities. The index of a token is its id.
    ///   - unkID: the id of the token for unknown characters.
    ///   - byteFallback: whether unknown characters become the tokens "<0x00>" to "<0xFF>" of their bytes, if those
    ///     exist.
    /// - Throws: `TorchError` if `unkID` is not the id of a token, or a token occurs twice.
    public convenience init(
        vocabulary: [(token: String, score: Double)], unkID: Int? = nil, byteFallback: Bool = false
    ) throws {
        try self.init(vocabulary: vocabulary, unkID: unkID, byteFallback: byteFallback, source: "Unigram")
    }

    init(vocabulary: [(token: String, score: Double)], unkID: Int?, byteFallback: Bool, source: String) throws {
        if let unkID, !vocabulary.indices.contains(unkID) {
            throw TorchError(.file, "\(source): unk_id \(unkID) is not in the vocabulary of \(vocabulary.count)")
        }
        names = try TokenNames(vocabulary.enumerated().map { (token: $1.token, id: $0) }, source: source)
        scores = vocabulary.map(\.score)
        self.unkID = unkID
        self.byteFallback = byteFallback
        trie = ByteTrie(
            vocabulary.enumerated().compactMap { $1.token.isEmpty ? nil : (Array($1.token.utf8), Int32($0)) })
        unkScore = (scores.min() ?? 0) - 10
        byteIDs = byteFallback ? ByteTokens.ids(in: names) : []
    }

    func tokenize(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ scratch: ModelScratch) throws {
        scratch.lattice.removeAll(keepingCapacity: true)
        scratch.lattice.append(contentsOf: repeatElement(Node(), count: count + 1))
        try scratch.lattice.withUnsafeMutableBufferPointer { try fill($0, bytes, count) }
        let before = scratch.tokens.count
        // Goes backwards from the end. Consecutive unknown characters are joined.
        var end = count, unknownEnd = -1
        while end > 0 {
            let node = scratch.lattice[end]
            if Int(node.id) == unkID {
                if unknownEnd < 0 { unknownEnd = end }
            } else {
                if unknownEnd >= 0 { addUnknown(bytes, end, unknownEnd, scratch) }
                unknownEnd = -1
                scratch.tokens.append(ModelToken(id: node.id, start: node.start, end: Int32(end)))
            }
            end = Int(node.start)
        }
        if unknownEnd >= 0 { addUnknown(bytes, 0, unknownEnd, scratch) }
        scratch.tokens.reverse(from: before)
    }

    private func fill(_ nodes: UnsafeMutableBufferPointer<Node>, _ bytes: UnsafePointer<UInt8>, _ count: Int) throws {
        func offer(_ start: Int, _ end: Int, _ id: Int32, _ score: Double) {
            if nodes[end].start < 0 || score > nodes[end].score {
                nodes[end] = Node(score: score, start: Int32(start), id: id)
            }
        }
        var at = 0
        while at < count {
            let width = UTF8Text.scalar(bytes, at).count
            let score = nodes[at].score
            var isCovered = false
            trie.walk(bytes, at, count) { length, id in
                offer(at, at + length, id, scores[Int(id)] + score)
                if length == width { isCovered = true }
            }
            if !isCovered {
                guard let unkID else {
                    throw TorchError(.value, "Unigram: a character is in no token, and there is no unk_id")
                }
                offer(at, at + width, Int32(unkID), unkScore + score)
            }
            at += width
        }
    }

    /// Appends the tokens for unknown characters, last token first.
    private func addUnknown(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ scratch: ModelScratch) {
        if let id = names.table.find(bytes + start, end - start) {
            return scratch.tokens.append(ModelToken(id: id, start: Int32(start), end: Int32(end)))
        }
        if byteFallback, (start..<end).allSatisfy({ byteIDs[Int(bytes[$0])] >= 0 }) {
            // Each byte token has the range of all unknown characters.
            for position in (start..<end).reversed() {
                scratch.tokens.append(
                    ModelToken(id: byteIDs[Int(bytes[position])], start: Int32(start), end: Int32(end)))
            }
            return
        }
        scratch.tokens.append(ModelToken(id: Int32(unkID!), start: Int32(start), end: Int32(end)))
    }
}

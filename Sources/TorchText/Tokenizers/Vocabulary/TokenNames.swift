import Torch

/// The tokens of a vocabulary, from id to text and from text to id. Ids may have gaps.
final class TokenNames: @unchecked Sendable {
    /// The ids in ascending order.
    let ids: [Int32]
    let tokens: [String]
    let table: TokenTable
    /// The index in `tokens` for each id, if the ids have few gaps. Otherwise `sparse` holds the indices.
    private let dense: [Int32]
    private let sparse: [Int32: Int32]

    /// - Throws: `TorchError` if an id is not in 0..<2³¹ - 1, an id or a token occurs twice, or a token is too long.
    init(_ vocabulary: [(token: String, id: Int)], source: String) throws {
        table = TokenTable(capacity: vocabulary.count)
        var ascending = true, last = -1
        for (token, id) in vocabulary {
            guard id >= 0, id < Int(Int32.max) else {
                throw TorchError(
                    .file,
                    "\(source): token \"\(token.prefix(40))\" has the number \(id), which is not in 0..<\(Int32.max)")
            }
            guard token.utf8.count < 1 << 20 else {
                throw TorchError(.file, "\(source): token \(id) has more than a million bytes")
            }
            guard table.insert(token, Int32(id)) else {
                throw TorchError(.file, "\(source): token \"\(token.prefix(40))\" is in the vocabulary twice")
            }
            ascending = ascending && id > last
            last = id
        }
        let sorted = ascending ? vocabulary : vocabulary.sorted { $0.id < $1.id }
        for (one, other) in zip(sorted, sorted.dropFirst()) where one.id == other.id {
            throw TorchError(
                .file,
                "\(source): tokens \"\(one.token.prefix(40))\" and \"\(other.token.prefix(40))\" have the same number \(one.id)"
            )
        }
        ids = sorted.map { Int32($0.id) }
        tokens = sorted.map(\.token)
        let highest = sorted.last?.id ?? -1
        if highest < 2 * vocabulary.count + 4096 {
            var positions = [Int32](repeating: -1, count: highest + 1)
            for (position, id) in ids.enumerated() { positions[Int(id)] = Int32(position) }
            dense = positions
            sparse = [:]
        } else {
            dense = []
            sparse = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, Int32($0)) })
        }
    }

    var count: Int { tokens.count }

    /// Returns the token with this id, or nil if there is none.
    subscript(_ id: Int) -> String? {
        guard let position = position(id) else { return nil }
        return tokens[position]
    }

    @inline(__always)
    func position(_ id: Int) -> Int? {
        if id >= 0, id < dense.count {
            let position = dense[id]
            return position < 0 ? nil : Int(position)
        }
        guard let id = Int32(exactly: id) else { return nil }
        return sparse[id].map { Int($0) }
    }

    func id(_ token: String) -> Int? { table.find(token).map { Int($0) } }
}

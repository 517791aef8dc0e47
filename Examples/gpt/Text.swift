import Foundation
import Torch

/// A text as numbers, one for each character.
struct CharacterText {
    let characters: [Character]
    /// The first nine tenths, for training, and the rest, int64.
    let train, val: Tensor

    init(_ path: String) throws {
        let text = Array(try String(contentsOfFile: path, encoding: .utf8).unicodeScalars)
        characters = Set(text).sorted().map(Character.init)
        let code = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
        let ids = Tensor(text.map { code[Character($0)]! }, dtype: .int64)
        let count = text.count * 9 / 10
        (train, val) = (ids[..<count], ids[count...])
    }

    /// Draws pieces of the text, and the same one character later: two tensors [rows.count, length].
    /// - Parameters:
    ///   - data: the text.
    ///   - rows: the pieces to return of all that are drawn.
    ///   - batch: the number of pieces that are drawn.
    ///   - length: the characters of a piece.
    ///   - generator: what draws.
    static func batch(
        _ data: Tensor, _ rows: Range<Int>, of batch: Int, _ length: Int, _ generator: Generator
    ) -> (x: Tensor, y: Tensor) {
        let starts = Tensor.randint(0, data.size(0) - length, [batch], generator: generator)[rows].unsqueeze(1)
        let places = starts + Tensor.arange(length)
        return (data[places], data[places + 1])
    }
}

import Foundation
import Torch

/// Words and their numbers, in the order of their first use.
struct Words {
    private(set) var list: [String] = []
    private var numbers: [String: Int] = [:]

    init(_ list: [String] = []) { for word in list { add(word) } }

    @discardableResult
    mutating func add(_ word: String) -> Int {
        if let number = numbers[word] { return number }
        numbers[word] = list.count
        list.append(word)
        return list.count - 1
    }

    var count: Int { list.count }
}

/// A text as numbers of words: a folder with `train.txt`, `valid.txt` and `test.txt`, or one file, of which the last
/// tenth is for tests and the tenth before it for validation.
struct Corpus {
    private(set) var words = Words()
    let train, valid, test: Tensor

    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            var words = Words()
            let parts = try ["train", "valid", "test"].map { name in
                Corpus.numbers(try Corpus.lines("\(path)/\(name).txt"), &words)
            }
            (train, valid, test, self.words) = (parts[0], parts[1], parts[2], words)
        } else {
            let lines = try Corpus.lines(path), (a, b) = (lines.count * 8 / 10, lines.count * 9 / 10)
            train = Corpus.numbers(lines[..<a], &words)
            valid = Corpus.numbers(lines[a..<b], &words)
            test = Corpus.numbers(lines[b...], &words)
        }
    }

    private static func lines(_ path: String) throws -> ArraySlice<Substring> {
        var lines = try String(contentsOfFile: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        // The last line ends with a line break.
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines[...]
    }

    /// Numbers the words of lines. Each line ends with `<eos>`.
    private static func numbers(_ lines: ArraySlice<Substring>, _ words: inout Words) -> Tensor {
        Tensor(
            lines.flatMap { line in
                (line.split(whereSeparator: \.isWhitespace).map(String.init) + ["<eos>"]).map { words.add($0) }
            }, dtype: .int64)
    }

    /// Cuts a text into `batchSize` columns of equal length: [length, batchSize]. Drops the rest.
    static func batchify(_ data: Tensor, _ batchSize: Int) -> Tensor {
        let length = data.size(0) / batchSize
        return data.narrow(0, 0, length * batchSize).view(batchSize, -1).t().contiguous()
    }
}

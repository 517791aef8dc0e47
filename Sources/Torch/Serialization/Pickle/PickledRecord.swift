/// A pickled `dict` of simple lists and NumPy arrays, the format of some data sets. Nothing in the file is executed.
package struct PickledRecord {
    /// The value of an entry.
    package enum Entry {
        case text(String)
        case texts([String])
        case integers([Int])
        /// An array of bytes in row-major order.
        case array(sizes: [Int], bytes: [UInt8])
    }

    /// The entries by name. Entries of other types are left out.
    package private(set) var entries: [String: Entry] = [:]

    /// Reads a pickle of protocol 2, as Python 2 wrote it.
    /// - Throws: `TorchError` if the file cannot be read, is damaged, or names a class other than simple types and
    ///   NumPy arrays.
    package init(path: String) throws { try self.init(InputFile(path: path)) }

    init(_ file: InputFile) throws {
        let graph = try Unpickler.read(FileStream(file), CheckpointBudget(file, size: file.size), allowsArrays: true)
        guard case .dict(let root) = graph.root else {
            throw file.error("a pickled \(graph.root.typeName), where a dict is wanted")
        }
        for (key, value) in graph.dicts[root].entries {
            guard case .string(let name) = key else { continue }
            switch value {
            case .string(let text): entries[name] = .text(text)
            case .array(let i): entries[name] = .array(sizes: graph.arrays[i].sizes, bytes: graph.arrays[i].bytes)
            case .list(let i):
                let items = graph.lists[i]
                let numbers: [Int] = items.compactMap { if case .int(let number) = $0 { number } else { nil } }
                let texts: [String] = items.compactMap { if case .string(let text) = $0 { text } else { nil } }
                if numbers.count == items.count {
                    entries[name] = .integers(numbers)
                } else if texts.count == items.count {
                    entries[name] = .texts(texts)
                }
            default: break
            }
        }
    }
}

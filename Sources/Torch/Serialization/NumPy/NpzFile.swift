/// A `.npz` file whose arrays are read one by one: an entry that cannot be read does not hide the others.
/// NumPy: `numpy.lib.npyio.NpzFile`, which `np.load` gives.
///
///     let file = try NpzFile("features.npz")
///     let x = try file["x"]
public final class NpzFile {
    /// The entries' names in the file's order, without `.npy`. NumPy: `NpzFile.files`.
    public let files: [String]
    private let zip: ZipReader
    /// The entry that each name means.
    private let entries: [ExactText: Int]

    enum Content {
        case array(Tensor)
        /// An entry that is no array of numbers, with the error that says so.
        case other(TorchError)
    }

    /// Opens a file and reads its directory.
    /// - Throws: `TorchError` where the file cannot be read or is no zip file.
    public convenience init(_ path: String) throws { try self.init(InputFile(path: path)) }

    /// What compressed arrays may expand to however small the file is: arrays of zeros take next to nothing in a file.
    private static let freeExpansion = 1 << 30

    init(_ file: InputFile) throws {
        guard file.size >= 4, try file.bytes(at: 0, count: 2) == [0x50, 0x4b] else {
            throw file.error("not a .npz file: it is no zip file")
        }
        zip = try ZipReader(file, freeExpansion: NpzFile.freeExpansion)
        var names = OrderedEntries<ExactText, Int>()
        let stripped = zip.entries.map { entry in
            entry.name.endsExactly(in: ".npy") ? String(decoding: entry.name.utf8.dropLast(4), as: UTF8.self) : nil
        }
        for (i, name) in stripped.enumerated() { names[ExactText(name ?? zip.entries[i].name)] = i }
        // As in NumPy, an entry that has a name without `.npy` comes before one that has it with `.npy`.
        for (i, name) in stripped.enumerated() where name == nil { names[ExactText(zip.entries[i].name)] = i }
        files = names.list.map(\.key.text)
        entries = Dictionary(uniqueKeysWithValues: names.list.map { ($0.key, $0.value) })
    }

    /// Reads the array of a name, with or without `.npy`.
    /// - Throws: `TorchError` where there is no such entry, or the entry is damaged or no array of numbers.
    public subscript(name: String) -> Tensor {
        get throws {
            switch try content(name) {
            case .array(let tensor): return tensor
            case .other(let reason): throw reason
            }
        }
    }

    func content(_ name: String) throws -> Content {
        guard let i = entries[ExactText(name)] ?? zip.directory.index(of: name) else {
            throw TorchError(.key, "\(zip.file.name): \(name) is not a file in the archive")
        }
        let stream: ZipReader.Stream
        do {
            stream = try zip.open(i)
        } catch {
            // Encrypted, or compressed in a way that is not read.
            guard let error = error as? TorchError else { throw error }
            return .other(error)
        }
        guard try startsAsArray(i) else {
            return .other(zip.file.error("entry '\(zip.entries[i].name)' is no .npy file"))
        }
        switch try NpyHeader.read(stream) {
        case .other(let reason): return .other(stream.error(reason))
        case .numbers(let header):
            let tensor = try Npy.elements(stream, header)
            try stream.skipToEnd()
            return .array(tensor)
        }
    }

    /// Whether an entry begins as a `.npy` file does, which is how NumPy finds the arrays among the entries.
    private func startsAsArray(_ index: Int) throws -> Bool {
        guard zip.entries[index].size >= NpyHeader.magic.count else { return false }
        return try zip.open(index).bytes(NpyHeader.magic.count) == NpyHeader.magic
    }
}

/// A `.npz` file whose arrays are read one by one, so an entry that cannot be read does not prevent reading the others.
/// NumPy: `numpy.lib.npyio.NpzFile`, which `np.load` gives.
///
///     let file = try NpzFile("features.npz")
///     let x = try file["x"]
public final class NpzFile {
    /// The names of the entries in the file's order, without `.npy`. NumPy: `NpzFile.files`.
    public let files: [String]
    private let zip: ZipReader
    /// The index of the entry for each name.
    private let entries: [ExactText: Int]

    enum Content {
        case array(Tensor)
        /// An entry that is not an array of numbers, with the error that explains it.
        case other(TorchError)
    }

    /// Opens a file and reads its directory.
    /// - Throws: `TorchError` if the file cannot be read or is not a zip file.
    public convenience init(_ path: String) throws { try self.init(InputFile(path: path)) }

    /// The size that compressed arrays may always expand to, because arrays of zeros compress to almost nothing.
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
        // As in NumPy, an entry whose name has no `.npy` takes precedence over one whose name has it.
        for (i, name) in stripped.enumerated() where name == nil { names[ExactText(zip.entries[i].name)] = i }
        files = names.list.map(\.key.text)
        entries = Dictionary(uniqueKeysWithValues: names.list.map { ($0.key, $0.value) })
    }

    /// Reads the array with a name, with or without `.npy`.
    /// - Throws: `TorchError` if there is no such entry, or if the entry is damaged or not an array of numbers.
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
            // The entry is encrypted, or its compression method is not supported.
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

    /// Whether an entry begins like a `.npy` file. NumPy finds arrays among the entries in the same way.
    private func startsAsArray(_ index: Int) throws -> Bool {
        guard zip.entries[index].size >= NpyHeader.magic.count else { return false }
        return try zip.open(index).bytes(NpyHeader.magic.count) == NpyHeader.magic
    }
}

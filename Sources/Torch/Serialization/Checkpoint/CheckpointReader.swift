/// Reads files of `torch.save`.
enum CheckpointReader {
    static func read(_ file: InputFile) throws -> StateValue {
        let start = try file.bytes(at: 0, count: min(file.size, 4))
        if start == [0x50, 0x4b, 3, 4] { return try readZip(file) }
        if start.first == 0x80 { return try LegacyCheckpointReader.read(file) }
        throw file.error(
            file.size == 0 ? "the file is empty" : "not a file of torch.save: neither a zip file nor a pickle")
    }

    /// The newest file format version that PyTorch writes (`kMaxSupportedFileFormatVersion`).
    private static let newestVersion = 10

    private static func readZip(_ file: InputFile) throws -> StateValue {
        let zip = try ZipReader(file, freeExpansion: CheckpointBudget.freeExpansion)
        if let name = zip.directory.repeatedName {
            throw file.error("corrupt zip file: two entries are named '\(name)'")
        }
        // Like PyTorch, takes the name of the folder from the first entry.
        guard let folder = zip.entries.first?.name.parts(between: "/").first,
            let pickle = zip.directory.index(of: "\(folder)/data.pkl")
        else {
            throw file.error("a zip file, but not one of torch.save: it has no data.pkl")
        }
        if zip.directory.index(of: "\(folder)/constants.pkl") != nil {
            throw file.error("a TorchScript archive; only files of torch.save are read")
        }
        if let version = zip.directory.index(of: "\(folder)/version")
            ?? zip.directory.index(of: "\(folder)/.data/version")
        {
            let text = try smallText(zip, version)
            guard let number = Int(text), (1...newestVersion).contains(number) else {
                throw file.error("file format version '\(text)' is not known")
            }
        }
        var isSwapped = false
        if let order = zip.directory.index(of: "\(folder)/byteorder") {
            let text = try smallText(zip, order)
            guard text == "little" || text == "big" else { throw file.error("byte order '\(text)' is not known") }
            isSwapped = (text == "little") != (1.littleEndian == 1)
        }
        let entry = zip.entries[pickle]
        let isStored = entry.method == ZipDirectory.stored
        let most = CheckpointBudget.maxCompressedPickleSize(file)
        guard isStored || entry.size <= most else {
            throw file.error(
                "entry '\(entry.name)' is compressed and expands to \(entry.size) bytes; at most \(most) are read"
            )
        }
        let budget = CheckpointBudget(file, size: isStored ? entry.size : min(entry.size, file.size))
        let data = InputFile(bytes: try zip.bytes(pickle), name: "\(file.name): '\(folder)/data.pkl'")
        let graph = try Unpickler.read(FileStream(data), budget)
        return try PickleConverter.convert(graph, of: file, budget, isSwapped: isSwapped) { record in
            let name = "\(folder)/data/\(record.key)"
            guard let index = zip.directory.index(of: name) else {
                throw file.error("has no entry '\(name)', which a tensor needs")
            }
            let size = zip.entries[index].size
            // The unpickler rejected counts whose byte size overflows. A storage may end with a part of an element.
            let wanted = record.count * record.type.itemSize
            guard wanted <= size, size - wanted < record.type.itemSize else {
                throw file.error("entry '\(name)' has \(size) bytes, \(wanted) are wanted")
            }
            let stream = try zip.open(index)
            let storage = try stream.storage(byteCount: size)
            try stream.finish()
            return storage
        }
    }

    private static func smallText(_ zip: ZipReader, _ index: Int) throws -> String {
        guard zip.entries[index].size <= 64 else {
            throw zip.file.error("entry '\(zip.entries[index].name)' is too long")
        }
        var text = String(decoding: try zip.bytes(index), as: UTF8.self)[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}

/// Writes the zip format of `torch.save`.
enum CheckpointWriter {
    static func write(_ value: StateValue, to path: String) throws {
        let pickle = try Pickler.pickle(value)
        for storage in pickle.storages { try storage.checkHasData() }
        let file = try OutputFile(path: path)
        var zip = StoredZipWriter(file)
        let folder = folderName(path)
        try zip.add("\(folder)/data.pkl", pickle.bytes)
        try zip.add("\(folder)/.format_version", Array("1".utf8))
        try zip.add("\(folder)/.storage_alignment", Array("\(StoredZipWriter.alignment)".utf8))
        try zip.add("\(folder)/byteorder", Array((1.littleEndian == 1 ? "little" : "big").utf8))
        for (key, storage) in pickle.storages.enumerated() {
            let host = try withError { storage.onHost ?? storage }
            try zip.add("\(folder)/data/\(key)", UnsafeRawBufferPointer(start: host.pointer, count: host.byteCount))
        }
        try zip.add("\(folder)/version", Array("3\n".utf8))
        // Two numbers of 20 digits. The same content gives the same numbers.
        let identity = String(zip.identity)
        let half = String(repeating: "0", count: 20 - identity.count) + identity
        try zip.add("\(folder)/.data/serialization_id", Array((half + half).utf8))
        try zip.finish()
        try file.commit()
    }

    /// Returns the file's name without its last extension. PyTorch names the folder in the zip file like this.
    private static func folderName(_ path: String) -> String {
        let leaf = path.parts(between: "/").last ?? ""
        let stem = leaf.parts(aroundLast: ".")?.before ?? leaf
        return stem.isEmpty ? "archive" : stem
    }
}

import CZip

/// Reads a `.npz` file: arrays by name, in the file's order. NumPy: `np.load` of what `np.savez` or `np.savez_compressed` wrote.
/// - Throws: `TorchError` where the file cannot be read, or where an entry is no `.npy` file that `loadNpy` would read.
public func loadNpz(_ path: String) throws -> StateDict {
    try Npz.read(InputFile(path: path))
}

/// Writes a `.npz` file. NumPy: `np.savez`, or with `compressed` `np.savez_compressed`.
/// - Throws: `TorchError` where the file cannot be written, or where NumPy has no such dtype (bfloat16).
public func saveNpz(_ arrays: StateDict, to path: String, compressed: Bool = false) throws {
    try Npz.write(arrays, to: path, compressed: compressed)
}

enum Npz {
    static func read(_ file: InputFile) throws -> StateDict {
        guard file.size >= 4, try file.bytes(at: 0, count: 2) == [0x50, 0x4b] else { throw file.error("not a .npz file: it is no zip file") }
        let zip = try ZipReader(file)
        var result = StateDict()
        for (i, entry) in zip.entries.enumerated() {
            guard entry.name.hasSuffix(".npy") else { throw file.error("entry '\(entry.name)' is no .npy file") }
            let stream = try zip.open(i)
            let tensor = try Npy.read(stream)
            try stream.finish()
            result[String(entry.name.dropLast(4))] = tensor
        }
        return result
    }

    static func write(_ arrays: StateDict, to path: String, compressed: Bool) throws {
        let parts = try arrays.map { (name: $0.key + ".npy", content: try Npy.parts($0.value, "\(path): '\($0.key)'")) }
        let output = try OutputFile(path: path)
        let source = ZipSource(writing: output)
        guard let pointer = source.make() else { throw output.error("libzip has no memory") }
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let archive = zip_open_from_source(pointer, ZIP_CREATE | ZIP_TRUNCATE, &error) else {
            zip_source_free(pointer)
            throw output.error("cannot write: \(String(cString: zip_error_strerror(&error)))")
        }
        var isOpen = true
        defer { if isOpen { zip_discard(archive) } }
        func failure() -> TorchError { source.error ?? output.error("cannot write: \(String(cString: zip_strerror(archive)))") }
        for (name, content) in parts {
            let plain = noGrad { content.elements.contiguous() }
            if plain.isVoid { throw output.error("no memory to make a tensor contiguous") }
            guard let entry = ZipSource(content.header, plain).make() else { throw output.error("libzip has no memory") }
            let place = zip_file_add(archive, name, entry, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard place >= 0 else {
                zip_source_free(entry)
                throw failure()
            }
            guard zip_set_file_compression(archive, UInt64(place), compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0 else { throw failure() }
        }
        guard zip_close(archive) == 0 else { throw failure() }
        isOpen = false
        try output.commit()
    }
}

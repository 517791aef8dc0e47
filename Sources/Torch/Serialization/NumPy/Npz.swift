import CZip

/// Reads a `.npz` file: arrays by name, in the file's order. NumPy: `np.load` of what `np.savez` or
/// `np.savez_compressed` wrote.
///
/// Entries that are not arrays of numbers (a readme, text, objects) are left out; `NpzFile` tells why. If a name occurs
/// twice, the last entry is used.
/// - Throws: `TorchError` if the file cannot be read, if an array is damaged, or if no entry is an array of numbers.
public func loadNpz(_ path: String) throws -> StateDict {
    try Npz.read(InputFile(path: path))
}

/// Writes a `.npz` file. NumPy: `np.savez`, or with `compressed` `np.savez_compressed`.
/// - Throws: `TorchError` if the file cannot be written, or if NumPy does not have the dtype (bfloat16).
public func saveNpz(_ arrays: StateDict, to path: String, compressed: Bool = false) throws {
    try Npz.write(arrays, to: path, compressed: compressed)
}

enum Npz {
    static func read(_ file: InputFile) throws -> StateDict {
        let npz = try NpzFile(file)
        var result = StateDict()
        var odd: TorchError?
        for name in npz.files {
            switch try npz.content(name) {
            case .array(let tensor): result[name] = tensor
            case .other(let reason): odd = odd ?? reason
            }
        }
        if result.isEmpty, let odd { throw odd }
        return result
    }

    static func write(_ arrays: StateDict, to path: String, compressed: Bool) throws {
        let parts = try arrays.map { (name: $0.key + ".npy", content: try Npy.parts($0.value, "\(path): '\($0.key)'")) }
        for (name, _) in parts where name.utf8.contains(0) || name.utf8.count > 0xffff {
            throw TorchError(.value, "\(path): an array's name with a zero in it, or of more than 65535 bytes")
        }
        let output = try OutputFile(path: path)
        if parts.isEmpty {
            // libzip writes an empty file if there are no entries, but that is not a zip file.
            try output.write([0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18))
            return try output.commit()
        }
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
        func failure() -> TorchError {
            source.error ?? output.error("cannot write: \(String(cString: zip_strerror(archive)))")
        }
        for (name, content) in parts {
            let plain = noGrad { content.elements.contiguous() }
            if plain.isVoid { throw output.error("no memory to make a tensor contiguous") }
            guard let entry = ZipSource(content.header, plain).make() else {
                throw output.error("libzip has no memory")
            }
            let position = zip_file_add(archive, name, entry, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard position >= 0 else {
                zip_source_free(entry)
                throw failure()
            }
            guard
                zip_set_file_compression(archive, UInt64(position), compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0
            else { throw failure() }
        }
        guard zip_close(archive) == 0 else { throw failure() }
        isOpen = false
        try output.commit()
    }
}

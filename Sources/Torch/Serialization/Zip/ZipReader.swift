import CZip
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads the entries of a zip file with libzip.
final class ZipReader {
    let file: InputFile
    let directory: ZipDirectory
    private let archive: OpaquePointer
    private let source: ZipSource

    var entries: [ZipDirectory.Entry] { directory.entries }

    init(_ file: InputFile, freeExpansion: Int) throws {
        self.file = file
        directory = try ZipDirectory(file, freeExpansion: freeExpansion)
        source = ZipSource(reading: file)
        guard let pointer = source.make() else { throw file.error("libzip has no memory") }
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let archive = zip_open_from_source(pointer, ZIP_RDONLY, &error) else {
            zip_source_free(pointer)
            throw source.error ?? file.error("corrupt zip file: \(String(cString: zip_error_strerror(&error)))")
        }
        self.archive = archive
        try checkAgreement()
    }

    deinit { zip_discard(archive) }

    /// Checks that libzip reads the same directory that was checked here.
    private func checkAgreement() throws {
        guard zip_get_num_entries(archive, 0) == entries.count else {
            throw file.error("corrupt zip file: two different directories")
        }
        for (i, entry) in entries.enumerated() {
            var stat = zip_stat_t()
            guard zip_stat_index(archive, UInt64(i), zip_flags_t(ZIP_FL_ENC_RAW), &stat) == 0, let name = stat.name,
                UnsafeRawBufferPointer(start: name, count: strlen(name)).elementsEqual(entry.rawName),
                stat.size == entry.size, stat.comp_size == entry.compressedSize, stat.comp_method == entry.method
            else {
                throw file.error("corrupt zip file: entry '\(entry.name)' is described in two ways")
            }
        }
    }

    /// Opens an entry as a stream of bytes.
    func open(_ index: Int) throws -> Stream {
        let entry = entries[index]
        guard entry.method == ZipDirectory.stored || entry.method == ZipDirectory.deflated else {
            throw file.error(
                "entry '\(entry.name)' is compressed by method \(entry.method); "
                    + "only stored and deflated entries are read"
            )
        }
        guard let handle = zip_fopen_index(archive, UInt64(index), 0) else {
            throw source.error ?? file.error("entry '\(entry.name)': \(String(cString: zip_strerror(archive)))")
        }
        return Stream(self, index, handle)
    }

    /// Returns all bytes of an entry.
    func bytes(_ index: Int) throws -> [UInt8] {
        let stream = try open(index)
        let count = entries[index].size
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            try stream.read(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            initialized = count
        }
        try stream.finish()
        return bytes
    }

    final class Stream: ByteStream {
        private let reader: ZipReader
        private let index: Int
        private let handle: OpaquePointer
        private(set) var remaining: Int

        fileprivate init(_ reader: ZipReader, _ index: Int, _ handle: OpaquePointer) {
            self.reader = reader
            self.index = index
            self.handle = handle
            remaining = reader.entries[index].size
        }

        deinit { zip_fclose(handle) }

        var name: String { "\(reader.file.name): '\(reader.entries[index].name)'" }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws {
            guard buffer.count <= remaining else {
                throw error("\(buffer.count) bytes wanted where \(remaining) are left")
            }
            var done = 0
            while done < buffer.count {
                let n = zip_fread(handle, buffer.baseAddress! + done, UInt64(buffer.count - done))
                guard n >= 0 else { throw failure() }
                guard n > 0 else { throw error("holds fewer bytes than the zip's directory says") }
                done += Int(n)
            }
            remaining -= buffer.count
        }

        /// Reads the remaining bytes and verifies the checksum.
        func skipToEnd() throws {
            while remaining > 0 { _ = try bytes(min(remaining, 1 << 16)) }
            try finish()
        }

        /// Verifies the checksum: libzip compares it at the end of an entry.
        func finish() throws {
            guard remaining == 0 else { throw error("\(remaining) bytes are left over") }
            var byte: UInt8 = 0
            let n = zip_fread(handle, &byte, 1)
            guard n >= 0 else { throw failure() }
            guard n == 0 else { throw error("holds more bytes than the zip's directory says") }
        }

        private func failure() -> TorchError {
            reader.source.error ?? error(String(cString: zip_file_strerror(handle)))
        }
    }
}

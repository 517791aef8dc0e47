/// Something that reads a storage's values later, and copies them if the storage is written before.
protocol LaterReader: AnyObject {
    /// Copies the values of the storage's present version.
    func copyValues(of storage: Storage)
}

/// The later readers of a storage, which it does not keep alive.
final class LaterReaders {
    private struct Entry { weak var reader: (any LaterReader)? }

    private var entries: [Entry] = []
    /// The number of entries at which those without a reader are removed.
    private var limit = 8

    static func add(_ reader: any LaterReader, to storage: Storage) {
        StorageAttachments.lock.withLock { _ in
            let attachments = storage.makeAttachments()
            let readers = attachments.laterReaders ?? LaterReaders()
            attachments.laterReaders = readers
            if readers.entries.count >= readers.limit {
                readers.entries.removeAll { $0.reader == nil }
                readers.limit = max(8, 2 * readers.entries.count)
            }
            readers.entries.append(Entry(reader: reader))
        }
    }

    /// Lets the readers of a storage copy its values, because it will be written.
    static func copyValues(of storage: Storage) {
        let readers = StorageAttachments.lock.withLock { _ in
            defer { storage.attachments?.laterReaders = nil }
            return Taken(entries: storage.attachments?.laterReaders?.entries ?? [])
        }
        for entry in readers.entries { entry.reader?.copyValues(of: storage) }
    }

    private struct Taken: @unchecked Sendable { let entries: [Entry] }
}

extension Storage {
    /// Must be called before an in-place write, which then raises the version.
    @inline(__always)
    package func willWrite() {
        if attachments?.laterReaders != nil { LaterReaders.copyValues(of: self) }
    }
}

import CZip

/// Lets libzip read and write an `InputFile`, an `OutputFile` or memory.
final class ZipSource {
    private let size: () -> Int
    private let read: ((_ offset: Int, UnsafeMutableRawBufferPointer) throws -> Void)?
    private let write: ((_ offset: Int, UnsafeRawBufferPointer) throws -> Void)?
    private var position = 0
    /// The error that a file threw inside libzip, which passes only numbers.
    private(set) var error: TorchError?

    init(reading file: InputFile) {
        size = { file.size }
        read = { try file.read(at: $0, into: $1) }
        write = nil
    }

    init(writing file: OutputFile) {
        size = { file.size }
        read = nil
        write = { try file.write($1, at: $0) }
    }

    /// Reads a header followed by the elements of a contiguous tensor.
    init(_ header: [UInt8], _ elements: Tensor) {
        let count = elements.numel() * elements.itemSize
        size = { header.count + count }
        read = { offset, buffer in
            let fromHeader = min(max(0, header.count - offset), buffer.count)
            header.withUnsafeBytes {
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: $0[min(offset, header.count)..<min(offset, header.count) + fromHeader]))
            }
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[fromHeader...])
            let start = offset + fromHeader - header.count
            if !rest.isEmpty {
                rest.copyMemory(
                    from: UnsafeRawBufferPointer(start: elements.raw.pointer + start, count: rest.count))
            }
        }
        write = nil
    }

    /// Creates the source for libzip. libzip owns it, and it retains `self`.
    func make() -> OpaquePointer? {
        let pointer = Unmanaged.passRetained(self)
        let source = zip_source_function_create(ZipSource.callback, pointer.toOpaque(), nil)
        if source == nil { pointer.release() }
        return source
    }

    private static let callback: zip_source_callback = { user, data, length, command in
        guard let user else { return -1 }
        let source = Unmanaged<ZipSource>.fromOpaque(user)
        if command == ZIP_SOURCE_FREE {
            source.release()
            return 0
        }
        return source.takeUnretainedValue().handle(command, data, length)
    }

    private func handle(_ command: zip_source_cmd, _ data: UnsafeMutableRawPointer?, _ length: UInt64) -> Int64 {
        do {
            switch command {
            case ZIP_SOURCE_SUPPORTS:
                let reading = [
                    ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
                    ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
                    ZIP_SOURCE_SUPPORTS
                ]
                let writing = [
                    ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
                    ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE,
                    ZIP_SOURCE_REMOVE
                ]
                return (reading + (write == nil ? [] : writing)).reduce(0) { $0 | 1 << Int64($1.rawValue) }
            case ZIP_SOURCE_OPEN, ZIP_SOURCE_BEGIN_WRITE:
                position = 0
                return 0
            case ZIP_SOURCE_CLOSE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_REMOVE:
                return 0
            case ZIP_SOURCE_STAT:
                guard let stat = data?.assumingMemoryBound(to: zip_stat_t.self) else { return -1 }
                zip_stat_init(stat)
                stat.pointee.size = UInt64(size())
                stat.pointee.valid |= UInt64(ZIP_STAT_SIZE)
                return Int64(MemoryLayout<zip_stat_t>.size)
            case ZIP_SOURCE_ERROR:
                guard let data, length >= 8 else { return -1 }
                data.storeBytes(
                    of: error == nil ? ZIP_ER_INVAL : write == nil ? ZIP_ER_READ : ZIP_ER_WRITE, as: Int32.self)
                data.storeBytes(of: 0, toByteOffset: 4, as: Int32.self)
                return 8
            case ZIP_SOURCE_TELL, ZIP_SOURCE_TELL_WRITE:
                return Int64(position)
            case ZIP_SOURCE_SEEK, ZIP_SOURCE_SEEK_WRITE:
                let to = zip_source_seek_compute_offset(UInt64(position), UInt64(size()), data, length, nil)
                guard to >= 0 else { return -1 }
                position = Int(to)
                return 0
            case ZIP_SOURCE_READ:
                guard let read, let data else { return -1 }
                let count = min(Int(clamping: length), max(0, size() - position))
                try read(position, UnsafeMutableRawBufferPointer(start: data, count: count))
                position += count
                return Int64(count)
            case ZIP_SOURCE_WRITE:
                guard let write, let data else { return -1 }
                let bytes = UnsafeRawBufferPointer(start: data, count: Int(clamping: length))
                try write(position, bytes)
                position += bytes.count
                return Int64(length)
            default:
                return -1
            }
        } catch {
            self.error = error as? TorchError
            return -1
        }
    }
}

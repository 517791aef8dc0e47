#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A run of bytes that its owner keeps alive and nobody changes: a piece of a mapped file, or of memory of its own.
struct Bytes: @unchecked Sendable {
    let owner: AnyObject?
    let start: UnsafeRawPointer
    let count: Int

    /// - Precondition: `start` points to `count` bytes for as long as `owner` lives.
    init(owner: AnyObject, start: UnsafeRawPointer, count: Int) {
        self.owner = owner
        self.start = start
        self.count = count
    }

    /// No bytes.
    init() {
        owner = nil
        start = UnsafeRawPointer(bitPattern: 64)!
        count = 0
    }

    /// Memory of its own, which `body` fills before anybody reads it.
    init(count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let block = Block(count)
        try body(UnsafeMutableRawBufferPointer(start: block.memory, count: count))
        self.init(owner: block, start: UnsafeRawPointer(block.memory), count: count)
    }

    /// A copy of the elements' memory.
    init<Element: BitwiseCopyable>(_ elements: [Element]) {
        self = elements.withUnsafeBytes { source in Bytes(count: source.count) { $0.copyMemory(from: source) } }
    }

    /// The bytes from `offset`, without a copy; nil where this run does not have them all.
    func slice(_ offset: Int, _ count: Int) -> Bytes? {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
        guard count > 0, let owner else { return Bytes() }
        return Bytes(owner: owner, start: start + offset, count: count)
    }

    /// The element with this number, aligned or not.
    /// - Precondition: the run holds it.
    func load<Element: BitwiseCopyable>(_ index: Int, as type: Element.Type = Element.self) -> Element {
        let size = MemoryLayout<Element>.size
        precondition(index >= 0 && index < count / size)
        return start.loadUnaligned(fromByteOffset: index * size, as: Element.self)
    }

    /// Bit `index`, the lowest of a byte first.
    /// - Precondition: the run holds it.
    func bit(_ index: Int) -> Bool { load(index >> 3, as: UInt8.self) >> UInt8(index & 7) & 1 != 0 }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(owner) { try body(UnsafeRawBufferPointer(start: start, count: count)) }
    }

    private final class Block {
        let memory: UnsafeMutableRawPointer
        init(_ count: Int) { memory = .allocate(byteCount: max(count, 1), alignment: 64) }
        deinit { memory.deallocate() }
    }
}

/// A file in the address space: pages are read when they are touched, and shared with every process that maps the file.
final class MappedFile: @unchecked Sendable {
    let path: String
    private let memory: UnsafeMutableRawPointer?
    private let count: Int

    /// - Throws: `TorchError` where the file cannot be opened or is no regular file.
    init(path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot open: \(systemMessage())") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw TorchError(.file, "\(path): cannot read its size: \(systemMessage())")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw TorchError(.file, "\(path): not a regular file") }
        count = Int(status.st_size)
        guard count > 0 else {
            memory = nil
            return
        }
        let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else {
            throw TorchError(.file, "\(path): cannot map: \(systemMessage())")
        }
        self.memory = memory
    }

    deinit { if let memory { munmap(memory, count) } }

    /// Whether pages around a touched one are better not read with it.
    func expectRandomAccess(_ isRandom: Bool) {
        if let memory { _ = madvise(memory, count, isRandom ? MADV_RANDOM : MADV_NORMAL) }
    }

    var bytes: Bytes { memory.map { Bytes(owner: self, start: UnsafeRawPointer($0), count: count) } ?? Bytes() }
}

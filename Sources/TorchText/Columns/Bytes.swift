#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A run of immutable bytes that its owner keeps alive: part of a mapped file, or a block of memory.
struct Bytes: @unchecked Sendable {
    let owner: AnyObject?
    let start: UnsafeRawPointer
    let count: Int

    /// Creates a run of existing bytes.
    /// - Precondition: `start` points to `count` bytes for as long as `owner` lives.
    init(owner: AnyObject, start: UnsafeRawPointer, count: Int) {
        self.owner = owner
        self.start = start
        self.count = count
    }

    /// Creates an empty run.
    init() {
        owner = nil
        start = UnsafeRawPointer(bitPattern: 64)!
        count = 0
    }

    /// Creates a run with new memory, which `body` fills.
    init(count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let block = Block(count)
        try body(UnsafeMutableRawBufferPointer(start: block.memory, count: count))
        self.init(owner: block, start: UnsafeRawPointer(block.memory), count: count)
    }

    /// Creates a run with a copy of the elements' memory.
    init<Element: BitwiseCopyable>(_ elements: [Element]) {
        self = elements.withUnsafeBytes { source in Bytes(count: source.count) { $0.copyMemory(from: source) } }
    }

    /// Returns `count` bytes from `offset` on, without a copy; nil if the run does not contain them all.
    func slice(_ offset: Int, _ count: Int) -> Bytes? {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
        guard count > 0, let owner else { return Bytes() }
        return Bytes(owner: owner, start: start + offset, count: count)
    }

    /// Returns the element at this index. It may be unaligned.
    /// - Precondition: the run contains the element.
    func load<Element: BitwiseCopyable>(_ index: Int, as type: Element.Type = Element.self) -> Element {
        let size = MemoryLayout<Element>.size
        precondition(index >= 0 && index < count / size)
        return start.loadUnaligned(fromByteOffset: index * size, as: Element.self)
    }

    /// Returns bit `index`. The lowest bit of each byte comes first.
    /// - Precondition: the run contains the bit.
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

/// A file mapped into memory. The system reads a page when it is touched first, and shares it with all processes that
/// map the file.
final class MappedFile: @unchecked Sendable {
    let path: String
    private let memory: UnsafeMutableRawPointer?
    private let count: Int

    /// Maps a file.
    /// - Throws: `TorchError` if the file cannot be opened or is not a regular file.
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

    /// Tells the system whether access is random; then it does not read pages around a touched page.
    func expectRandomAccess(_ isRandom: Bool) {
        if let memory { _ = madvise(memory, count, isRandom ? MADV_RANDOM : MADV_NORMAL) }
    }

    var bytes: Bytes { memory.map { Bytes(owner: self, start: UnsafeRawPointer($0), count: count) } ?? Bytes() }
}

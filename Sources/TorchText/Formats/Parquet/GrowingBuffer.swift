#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Memory that grows as values are decoded, and becomes a column's buffer.
///
/// Large blocks grow without being copied, where the system can move their pages.
final class GrowingBuffer: @unchecked Sendable {
    private(set) var memory: UnsafeMutableRawPointer
    private(set) var capacity: Int

    init() {
        memory = malloc(64)!
        capacity = 64
    }

    deinit { free(memory) }

    /// Makes room for `count` bytes in all; what is new has no value yet.
    /// - Throws: `TorchError` where there is no more memory.
    func reserve(_ count: Int) throws {
        if count <= capacity { return }
        let larger = max(count, capacity + capacity / 2)
        guard let moved = realloc(memory, larger) else { throw TorchError(.file, "there is no memory for \(larger) bytes") }
        memory = moved
        capacity = larger
    }

    /// Room for `count` elements from the start of the buffer.
    func reserve<Element: BitwiseCopyable>(_ count: Int, of type: Element.Type) throws -> UnsafeMutablePointer<Element> {
        let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflow else { throw TorchError(.file, "there is no memory for \(count) values") }
        try reserve(size)
        return memory.assumingMemoryBound(to: type)
    }

    /// The first `count` bytes as a column keeps them. Nothing may be written after this.
    func bytes(_ count: Int) -> Bytes {
        precondition(count <= capacity)
        if count < capacity - capacity / 16, let smaller = realloc(memory, max(count, 1)) {
            memory = smaller
            capacity = count
        }
        return Bytes(owner: self, start: UnsafeRawPointer(memory), count: count)
    }
}

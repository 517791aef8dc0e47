#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Memory that grows as bytes are appended, and becomes `Bytes` without a copy when it is complete.
final class ByteBuffer: @unchecked Sendable {
    // Without a check at run time for each byte that is appended, which took half of a parser's time: no member calls
    // out while it changes them.
    @exclusivity(unchecked) private(set) var memory: UnsafeMutableRawPointer
    @exclusivity(unchecked) private(set) var capacity: Int
    @exclusivity(unchecked) private(set) var count = 0

    init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        memory = malloc(self.capacity)!
    }

    deinit { free(memory) }

    /// Makes room for `more` bytes behind those that are there.
    @inline(__always) func reserve(_ more: Int) {
        if more > capacity - count { grow(more) }
    }

    @inline(never) private func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        guard let memory = realloc(memory, capacity) else { fatalError("out of memory: \(capacity) bytes") }
        self.memory = memory
    }

    /// Makes room for `elements` from the start of the memory, for a reader that writes them in an order of its own and
    /// counts them with `advance` at the end.
    /// - Throws: `TorchError` where there is no memory for so many.
    @discardableResult
    func require<Element: BitwiseCopyable>(
        _ elements: Int, of type: Element.Type
    ) throws -> UnsafeMutablePointer<Element> {
        let (size, overflow) = elements.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflow else { throw TorchError(.file, "there is no memory for \(elements) elements") }
        if size > capacity {
            let larger = max(size, capacity + capacity / 2)
            guard let moved = realloc(memory, larger) else {
                throw TorchError(.file, "there is no memory for \(larger) bytes")
            }
            memory = moved
            capacity = larger
            preferLargePages()
        }
        return memory.assumingMemoryBound(to: type)
    }

    /// Asks for pages of 2 MB where the block is large: the first touch of each page costs as much as copying it.
    private func preferLargePages() {
        #if os(Linux)
        let page = 1 << 21
        let start = (Int(bitPattern: memory) + page - 1) & -page, end = (Int(bitPattern: memory) + capacity) & -page
        if end - start >= 4 * page {
            madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, Int32(MADV_HUGEPAGE))
        }
        #endif
    }

    @inline(__always) func append<Element: BitwiseCopyable>(_ element: Element) {
        let size = MemoryLayout<Element>.size
        reserve(size)
        (memory + count).storeBytes(of: element, as: Element.self)
        count += size
    }

    @inline(__always) func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (memory + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    func append(zeros: Int) {
        reserve(zeros)
        memset(memory + count, 0, zeros)
        count += zeros
    }

    /// Counts bytes that were written behind the others, into room that `reserve` made.
    @inline(__always) func advance(_ written: Int) {
        assert(written >= 0 && written <= capacity - count)
        count += written
    }

    /// Forgets the bytes from `count` on.
    func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// What has been appended, in the same memory. Nothing may be appended any more.
    func finish() -> Bytes {
        if count == 0 { return Bytes() }
        // What doubling took too much goes back, where that is more than a page or two.
        if capacity - count > 1 << 14, let memory = realloc(memory, count) {
            self.memory = memory
            capacity = count
        }
        return Bytes(owner: self, start: UnsafeRawPointer(memory), count: count)
    }
}

/// Bits one after the other, the lowest of a byte first, as Arrow has them.
struct BitBuffer: Sendable {
    private let bytes = ByteBuffer()
    private(set) var count = 0

    @inline(__always) mutating func append(_ bit: Bool) {
        if count & 7 == 0 {
            bytes.append(UInt8(bit ? 1 : 0))
        } else if bit {
            let last = bytes.memory + (bytes.count - 1)
            last.storeBytes(of: last.load(as: UInt8.self) | 1 << UInt8(count & 7), as: UInt8.self)
        }
        count += 1
    }

    mutating func append(_ bit: Bool, times: Int) {
        var left = times
        while left > 0, count & 7 != 0 {
            append(bit)
            left -= 1
        }
        bytes.reserve(left / 8 + 1)
        memset(bytes.memory + bytes.count, bit ? 255 : 0, left / 8)
        bytes.advance(left / 8)
        count += left & ~7
        for _ in 0..<left & 7 { append(bit) }
    }

    /// Bits `start ..< start + length` of `bits`.
    mutating func append(_ bits: Bytes, _ start: Int, _ length: Int) {
        guard length > 0 else { return }
        precondition(start >= 0 && (start + length + 7) / 8 <= bits.count)
        guard count & 7 == 0 else {
            for index in start..<start + length { append(bits.bit(index)) }
            return
        }
        let whole = length / 8, shift = UInt8(start & 7)
        bytes.reserve(whole + 1)
        let target = bytes.memory + bytes.count, source = bits.start + start / 8
        if shift == 0 {
            target.copyMemory(from: source, byteCount: whole)
        } else {
            for index in 0..<whole {
                let low = (source + index).load(as: UInt8.self), high = (source + index + 1).load(as: UInt8.self)
                (target + index).storeBytes(of: low >> shift | high << (8 - shift), as: UInt8.self)
            }
        }
        bytes.advance(whole)
        count += whole * 8
        for index in start + whole * 8..<start + length { append(bits.bit(index)) }
    }

    func finish() -> Bytes { bytes.finish() }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A growing block of memory for appended bytes. `finish` turns it into `Bytes` without a copy.
final class ByteBuffer: @unchecked Sendable {
    // Not checked for exclusive access at run time: the check for each appended byte took half of a parser's time. No
    // member calls other code while it changes these variables.
    @exclusivity(unchecked) private(set) var memory: UnsafeMutableRawPointer
    @exclusivity(unchecked) private(set) var capacity: Int
    @exclusivity(unchecked) private(set) var count = 0

    init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        memory = malloc(self.capacity)!
    }

    deinit { free(memory) }

    /// Makes room for `more` additional bytes.
    @inline(__always) func reserve(_ more: Int) {
        if more > capacity - count { grow(more) }
    }

    @inline(never) private func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        guard let memory = realloc(memory, capacity) else { fatalError("out of memory: \(capacity) bytes") }
        self.memory = memory
    }

    /// Makes room for `elements` elements from the start of the memory. For a reader that writes them in its own order
    /// and then calls `advance`.
    /// - Throws: `TorchError` if there is not enough memory.
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

    /// Asks for pages of 2 MB if the block is large, because the first touch of each page costs as much as copying it.
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

    /// Adds `written` to the count, for bytes that the caller wrote into room from `reserve`.
    @inline(__always) func advance(_ written: Int) {
        assert(written >= 0 && written <= capacity - count)
        count += written
    }

    /// Removes the bytes from `count` on.
    func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Returns the appended bytes in the same memory. Nothing may be appended after that.
    func finish() -> Bytes {
        if count == 0 { return Bytes() }
        // Return memory that is not used, if it is more than a few pages.
        if capacity - count > 1 << 14, let memory = realloc(memory, count) {
            self.memory = memory
            capacity = count
        }
        return Bytes(owner: self, start: UnsafeRawPointer(memory), count: count)
    }
}

/// A growing sequence of bits in Arrow's order: the lowest bit of each byte comes first.
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

    /// Appends the bits `start ..< start + length` of `bits`.
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

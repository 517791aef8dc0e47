#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A hash table from byte strings to numbers.
///
/// The table uses open addressing and stores all strings in one block, so a lookup does not create a String. The seed
/// of the hash differs between processes, so that no file can be made whose tokens all collide.
final class TokenTable: @unchecked Sendable {
    private struct Slot {
        var hash: UInt32
        /// -1 if the slot is free.
        var count: Int32
        var start: Int
        var value: Int32
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private var text: UnsafeMutablePointer<UInt8>
    private var textCapacity: Int
    private var textCount = 0
    private(set) var count = 0
    /// The size of the longest string in bytes.
    private(set) var longest = 0

    init(capacity: Int = 0) {
        let slotCount = Self.slotCount(for: capacity)
        slots = Self.freeSlots(slotCount)
        mask = slotCount - 1
        textCapacity = max(64, capacity * 8)
        text = .allocate(capacity: textCapacity)
    }

    deinit {
        slots.deallocate()
        text.deallocate()
    }

    private static func slotCount(for capacity: Int) -> Int {
        var slotCount = 16
        while slotCount < capacity * 2 { slotCount *= 2 }
        return slotCount
    }

    private static func freeSlots(_ count: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot(hash: 0, count: -1, start: 0, value: 0), count: count)
        return slots
    }

    /// Returns the value of these bytes, or nil if they are not in the table.
    @inline(__always)
    func find(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32? {
        let slot = slots[position(bytes, count, ByteHash.of(bytes, count))]
        return slot.count < 0 ? nil : slot.value
    }

    func find(_ token: String) -> Int32? {
        var token = token
        return token.withUTF8 { buffer in
            withBytes(buffer) { find($0, buffer.count) }
        }
    }

    /// Stores a value for the bytes. Returns false and changes nothing if they already have one.
    @discardableResult
    func insert(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ value: Int32) -> Bool {
        if self.count * 2 > mask { grow() }
        let hash = ByteHash.of(bytes, count)
        let index = position(bytes, count, hash)
        guard slots[index].count < 0 else { return false }
        if textCount + count > textCapacity { growText(count) }
        (text + textCount).update(from: bytes, count: count)
        slots[index] = Slot(hash: UInt32(truncatingIfNeeded: hash), count: Int32(count), start: textCount, value: value)
        textCount += count
        self.count += 1
        longest = max(longest, count)
        return true
    }

    @discardableResult
    func insert(_ token: String, _ value: Int32) -> Bool {
        var token = token
        return token.withUTF8 { buffer in
            withBytes(buffer) { insert($0, buffer.count, value) }
        }
    }

    @discardableResult
    func insert(_ bytes: [UInt8], _ value: Int32) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            withBytes(buffer) { insert($0, buffer.count, value) }
        }
    }

    /// An empty buffer may have no address. Then a valid pointer is passed, from which no byte is read.
    private func withBytes<Result>(
        _ buffer: UnsafeBufferPointer<UInt8>, _ body: (UnsafePointer<UInt8>) -> Result
    ) -> Result {
        body(buffer.baseAddress ?? UnsafePointer(text))
    }

    /// Returns the slot of the bytes, or the free slot for them.
    @inline(__always)
    private func position(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ hash: UInt64) -> Int {
        let short = UInt32(truncatingIfNeeded: hash)
        var index = Int(truncatingIfNeeded: hash >> 32) & mask
        while true {
            let slot = slots[index]
            if slot.count < 0 { return index }
            if slot.hash == short, Int(slot.count) == count, memcmp(text + slot.start, bytes, count) == 0 {
                return index
            }
            index = (index + 1) & mask
        }
    }

    private func grow() {
        let old = slots, oldCount = mask + 1
        slots = Self.freeSlots(oldCount * 2)
        mask = oldCount * 2 - 1
        for index in 0..<oldCount where old[index].count >= 0 {
            let slot = old[index]
            let hash = ByteHash.of(text + slot.start, Int(slot.count))
            slots[position(text + slot.start, Int(slot.count), hash)] = slot
        }
        old.deallocate()
    }

    private func growText(_ more: Int) {
        let capacity = max(textCapacity * 2, textCount + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: text, count: textCount)
        text.deallocate()
        text = larger
        textCapacity = capacity
    }
}

/// A hash of bytes: folds 64-bit products, eight bytes at a time.
enum ByteHash {
    private static let seed = UInt64.random(in: .min ... .max) | 1

    @inline(__always)
    static func of(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(bytes)
        var hash = seed &+ UInt64(truncatingIfNeeded: count)
        var at = 0
        while at + 8 <= count {
            hash = fold(hash ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        let rest = count - at
        var last: UInt64 = 0
        if rest >= 4 {
            last =
                UInt64(raw.loadUnaligned(fromByteOffset: at, as: UInt32.self)) << 32
                | UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        } else if rest > 0 {
            last = UInt64(bytes[at]) << 16 | UInt64(bytes[at + rest >> 1]) << 8 | UInt64(bytes[count - 1])
        }
        return fold(hash ^ last ^ 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always)
    static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}

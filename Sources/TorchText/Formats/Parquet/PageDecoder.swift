import Torch

/// Decodes one page at a time, in two steps that may run on any thread. `prepare` finds how many slots and bytes the
/// page fills. `write…` fills them after the pages before it are known.
final class PageDecoder {
    private let leaf: ParquetLeaf
    private let content = ByteBuffer(), definitions = ByteBuffer(), repetitions = ByteBuffer(),
        flagBytes = ByteBuffer(), staged = ByteBuffer(), lengths = ByteBuffer()
    /// Keeps the page's bytes in the file alive.
    private var page: PageScanner.Page?

    /// The number of entries; the number of `slots`, which leaves out entries of empty and null lists; the number of
    /// slots that are `present` (not null); and the size of all texts in bytes.
    private(set) var entries = 0, slots = 0, present = 0, byteCount = 0
    private var values = Values.none
    /// The error of `prepare` or `write`.
    var error: (any Error)?

    private enum Values {
        case none
        /// `present` values of fixed width.
        case fixed(UnsafeRawBufferPointer)
        /// One byte for each slot: 1 for true, 0 for false and null.
        case flags(UnsafePointer<UInt8>)
        /// Texts, each after its length in 32 bits.
        case prefixed(UnsafeRawBufferPointer)
        /// Consecutive texts, and their lengths.
        case texts(UnsafeRawBufferPointer, lengths: UnsafePointer<Int32>)
        /// Indices into the dictionary.
        case indices(UnsafePointer<UInt32>)
    }

    init(_ leaf: ParquetLeaf) { self.leaf = leaf }

    var hasNulls: Bool { present < slots }

    /// One byte for each place, 1 if the slot is not null. Nil if no slot is null.
    private var flags: UnsafePointer<UInt8>? {
        hasNulls ? UnsafePointer(flagBytes.memory.assumingMemoryBound(to: UInt8.self)) : nil
    }

    // MARK: First step

    func prepare(_ page: PageScanner.Page, codec: PageCodec, dictionary: ParquetDictionary?, limit: Int) throws {
        self.page = page
        entries = page.header.values
        values = .none
        byteCount = 0
        if entries == 0 {
            slots = 0
            present = 0
            return
        }
        guard entries <= limit / 8 else {
            throw TorchError(.file, "a page of \(entries) values, more than its size in the file makes plausible")
        }
        let content = try page.content(codec, scratch: content, limit: limit)
        var rest = content.rest
        if case .data(let levels) = page.header.kind {
            try readLevels(&rest, encoding: levels.repetition, most: leaf.maxRepetition, into: repetitions)
            try readLevels(&rest, encoding: levels.definition, most: leaf.maxDefinition, into: definitions)
        } else {
            try readLevels(content.repetition, most: leaf.maxRepetition, into: repetitions)
            try readLevels(content.definition, most: leaf.maxDefinition, into: definitions)
        }
        try countSlots()
        if present > 0, leaf.type != .null {
            try readValues(rest, Encoding.named(page.header.encoding), dictionary, limit: limit)
        }
    }

    /// Reads the levels at the start of a version 1 page.
    private func readLevels(
        _ rest: inout UnsafeRawBufferPointer, encoding: Int, most: Int, into target: ByteBuffer
    ) throws {
        if most == 0 { return }
        switch try Encoding.named(encoding) {
        case .rle:
            guard rest.count >= 4 else { throw BitPacking.truncated }
            let size = Int(UInt32(littleEndian: rest.loadUnaligned(as: UInt32.self)))
            guard size <= rest.count - 4 else {
                throw TorchError(.file, "levels of \(size) bytes in a page of \(rest.count)")
            }
            try readLevels(UnsafeRawBufferPointer(rebasing: rest[4..<4 + size]), most: most, into: target)
            rest = UnsafeRawBufferPointer(rebasing: rest[(4 + size)...])
        case .bitPacked:
            let levels = try target.require(entries, of: UInt8.self)
            let size = try BitPacking.decodeHighestFirst(
                rest, bitWidth: BitPacking.width(of: most), count: entries, into: levels)
            try checkLevels(levels, most)
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        case let other: throw TorchError(.file, "levels in the encoding \(other.name)")
        }
    }

    private func readLevels(_ source: UnsafeRawBufferPointer, most: Int, into target: ByteBuffer) throws {
        if most == 0 { return }
        let levels = try target.require(entries, of: UInt8.self)
        _ = try BitPacking.decodeHybrid(source, bitWidth: BitPacking.width(of: most), count: entries, into: levels)
        try checkLevels(levels, most)
    }

    private func checkLevels(_ levels: UnsafePointer<UInt8>, _ most: Int) throws {
        var largest: UInt8 = 0
        for i in 0..<entries { largest = max(largest, levels[i]) }
        guard Int(largest) <= most else { throw TorchError(.file, "a level \(largest), where \(most) is the highest") }
    }

    private func countSlots() throws {
        slots = entries
        present = entries
        if leaf.maxDefinition == 0 { return }
        let levels = UnsafePointer(definitions.memory.assumingMemoryBound(to: UInt8.self))
        let highest = UInt8(leaf.maxDefinition)
        present = 0
        for i in 0..<entries { present &+= levels[i] == highest ? 1 : 0 }
        if present == entries { return }
        let flags = try flagBytes.require(entries, of: UInt8.self)
        if leaf.placeLevel == 0 {
            for i in 0..<entries { flags[i] = levels[i] == highest ? 1 : 0 }
            return
        }
        let lowest = UInt8(leaf.placeLevel)
        slots = 0
        for i in 0..<entries {
            flags[slots] = levels[i] == highest ? 1 : 0
            slots &+= levels[i] >= lowest ? 1 : 0
        }
    }

    private func readValues(
        _ source: UnsafeRawBufferPointer, _ encoding: Encoding, _ dictionary: ParquetDictionary?, limit: Int
    ) throws {
        switch (encoding, leaf.physical) {
        case (.plainDictionary, _), (.rleDictionary, _): try readIndices(source, dictionary)
        case (.plain, .boolean):
            guard source.count >= (present + 7) / 8 else { throw BitPacking.truncated }
            let target = try staged.require(present, of: UInt8.self)
            BitPacking.unpack(source, bitWidth: 1, count: present, into: target)
            values = .flags(try spread(target))
        case (.rle, .boolean):
            // The size of the runs stands before them.
            guard source.count >= 4 else { throw BitPacking.truncated }
            let target = try staged.require(present, of: UInt8.self)
            _ = try BitPacking.decodeHybrid(
                UnsafeRawBufferPointer(rebasing: source[4...]), bitWidth: 1, count: present, into: target)
            values = .flags(try spread(target))
        case (.plain, .byteArray):
            values = .prefixed(source)
            byteCount = try measure(source)
        case (.plain, _): values = .fixed(try fixed(source))
        case (.deltaBinaryPacked, .int32):
            var decoder = try deltas(source)
            let target = try staged.require(present, of: Int32.self)
            try decoder.decode(into: target)
            values = .fixed(UnsafeRawBufferPointer(start: target, count: present * 4))
        case (.deltaBinaryPacked, .int64):
            var decoder = try deltas(source)
            let target = try staged.require(present, of: Int64.self)
            try decoder.decode(into: target)
            values = .fixed(UnsafeRawBufferPointer(start: target, count: present * 8))
        case (.deltaLengthByteArray, .byteArray):
            var source = source
            let lengths = try readLengths(&source, into: lengths)
            byteCount = try sum(lengths, most: source.count)
            values = .texts(source, lengths: lengths)
        case (.deltaByteArray, .byteArray), (.deltaByteArray, .fixedLenByteArray):
            try readPrefixed(source, limit: limit)
        case (.byteStreamSplit, .int32), (.byteStreamSplit, .int64), (.byteStreamSplit, .float),
            (.byteStreamSplit, .double), (.byteStreamSplit, .fixedLenByteArray):
            let source = try fixed(source), width = leaf.width!
            try staged.require(source.count, of: UInt8.self)
            for byte in 0..<width {
                let stream = source.baseAddress! + byte * present, target = staged.memory + byte
                for i in 0..<present {
                    target.storeBytes(
                        of: stream.load(fromByteOffset: i, as: UInt8.self), toByteOffset: i &* width, as: UInt8.self)
                }
            }
            values = .fixed(UnsafeRawBufferPointer(start: staged.memory, count: source.count))
        default: throw TorchError(.file, "values of type \(leaf.physical.name) in the encoding \(encoding.name)")
        }
    }

    private func spread(_ booleans: UnsafePointer<UInt8>) throws -> UnsafePointer<UInt8> {
        guard let flags else { return booleans }
        let target = try lengths.require(slots, of: UInt8.self)
        spread(flags, into: target, zero: 0) { booleans[$0] }
        return UnsafePointer(target)
    }

    /// Returns the bytes of all fixed-width values.
    private func fixed(_ source: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        let (size, overflow) = present.multipliedReportingOverflow(by: leaf.width!)
        guard !overflow, size <= source.count else { throw BitPacking.truncated }
        return UnsafeRawBufferPointer(rebasing: source[0..<size])
    }

    private func readIndices(_ source: UnsafeRawBufferPointer, _ dictionary: ParquetDictionary?) throws {
        guard let dictionary else {
            throw TorchError(.file, "a page with numbers of entries of a dictionary, which is missing")
        }
        guard let bitWidth = source.first, bitWidth <= 32 else {
            throw TorchError(.file, "numbers of entries of a dictionary in \(source.first ?? 0) bits")
        }
        let indices = try staged.require(present, of: UInt32.self)
        _ = try BitPacking.decodeHybrid(
            UnsafeRawBufferPointer(rebasing: source[1...]), bitWidth: Int(bitWidth), count: present, into: indices)
        var largest: UInt32 = 0
        for i in 0..<present { largest = max(largest, indices[i]) }
        guard Int(largest) < dictionary.count else {
            throw TorchError(.file, "entry \(largest) of a dictionary of \(dictionary.count)")
        }
        values = .indices(indices)
        if leaf.width == nil {
            // At most 2^31 values of less than 2^31 bytes, so the sum does not overflow.
            for i in 0..<present { byteCount &+= Int(dictionary.texts[Int(indices[i])].count) }
        }
    }

    /// Returns the size of all texts. Throws if a text reaches beyond the end of the page.
    private func measure(_ source: UnsafeRawBufferPointer) throws -> Int {
        guard var position = source.baseAddress else { throw BitPacking.truncated }
        let end = position + source.count
        for _ in 0..<present {
            guard end - position >= 4 else { throw BitPacking.truncated }
            let count = Int(UInt32(littleEndian: position.loadUnaligned(as: UInt32.self)))
            guard end - position - 4 >= count else {
                throw TorchError(.file, "a text of \(count) bytes in a page of which \(end - position - 4) are left")
            }
            position += 4 + count
        }
        return position - source.baseAddress! - 4 * present
    }

    private func deltas(_ source: UnsafeRawBufferPointer) throws -> DeltaDecoder {
        let decoder = try DeltaDecoder(source, most: entries)
        guard decoder.count == present else {
            throw TorchError(.file, "\(decoder.count) differences for \(present) values")
        }
        return decoder
    }

    private func readLengths(
        _ source: inout UnsafeRawBufferPointer, into target: ByteBuffer
    ) throws -> UnsafePointer<Int32> {
        var decoder = try deltas(source)
        let lengths = try target.require(present, of: Int32.self)
        try decoder.decode(into: lengths)
        source = UnsafeRawBufferPointer(rebasing: source[decoder.position...])
        return UnsafePointer(lengths)
    }

    private func sum(_ lengths: UnsafePointer<Int32>, most: Int) throws -> Int {
        var total = 0
        for i in 0..<present {
            guard lengths[i] >= 0 else { throw TorchError(.file, "a text of \(lengths[i]) bytes") }
            total &+= Int(lengths[i])
        }
        guard total <= most else { throw TorchError(.file, "texts of \(total) bytes, where there are \(most)") }
        return total
    }

    /// Decodes DELTA_BYTE_ARRAY: each text shares a prefix of a given length with the text before it.
    private func readPrefixed(_ source: UnsafeRawBufferPointer, limit: Int) throws {
        var source = source
        let shared = ByteBuffer()
        let prefixes = try readLengths(&source, into: shared)
        let suffixes = try readLengths(&source, into: lengths)
        _ = try sum(suffixes, most: source.count)
        var total = 0, before = 0
        for i in 0..<present {
            let prefix = Int(prefixes[i])
            guard prefix >= 0, prefix <= before else {
                throw TorchError(.file, "a text that shares \(prefix) bytes with one of \(before)")
            }
            before = prefix + Int(suffixes[i])
            guard leaf.width == nil || before == leaf.width else {
                throw TorchError(.file, "a value of \(before) bytes, where each has \(leaf.typeLength)")
            }
            total += before
            guard total <= limit else {
                throw TorchError(
                    .file,
                    "texts that share their beginnings become more than the \(limit) bytes that their size in the file makes plausible"
                )
            }
        }
        try staged.require(total, of: UInt8.self)
        let whole = try lengths.require(present, of: Int32.self)
        var target = staged.memory, last = staged.memory, from = source.baseAddress!
        for i in 0..<present {
            let prefix = Int(prefixes[i]), suffix = Int(whole[i])
            target.copyMemory(from: last, byteCount: prefix)
            (target + prefix).copyMemory(from: from, byteCount: suffix)
            whole[i] = Int32(prefix + suffix)
            last = target
            target += prefix + suffix
            from += suffix
        }
        let texts = UnsafeRawBufferPointer(start: staged.memory, count: total)
        if leaf.width == nil {
            byteCount = total
            values = .texts(texts, lengths: UnsafePointer(whole))
        } else {
            values = .fixed(texts)
        }
    }

    // MARK: Second step

    /// Copies the levels of the page to the levels of the column.
    func writeLevels(definitions: UnsafeMutablePointer<UInt8>?, repetitions: UnsafeMutablePointer<UInt8>?) {
        if leaf.maxDefinition > 0 {
            UnsafeMutableRawPointer(definitions)?.copyMemory(from: self.definitions.memory, byteCount: entries)
        }
        if leaf.maxRepetition > 0 {
            UnsafeMutableRawPointer(repetitions)?.copyMemory(from: self.repetitions.memory, byteCount: entries)
        }
    }

    /// Writes one bit for each slot, 1 if it is not null; see `BitPacking.pack`.
    func writeValidity(_ target: UnsafeMutablePointer<UInt8>, at slot: Int, _ part: BitPacking.Part) {
        BitPacking.pack(flags, count: slots, into: target, at: slot, part)
    }

    /// Writes one bit for each slot; see `BitPacking.pack`. For a page without values, the bits must already be 0.
    func writeBits(_ target: UnsafeMutablePointer<UInt8>, at slot: Int, _ part: BitPacking.Part) {
        if case .flags(let flags) = values { BitPacking.pack(flags, count: slots, into: target, at: slot, part) }
    }

    /// Writes the fixed-width values. A null slot becomes zero.
    func writeFixed(_ target: UnsafeMutableRawPointer, dictionary: ParquetDictionary?) {
        switch leaf.width! {
        case 4: write(target.assumingMemoryBound(to: UInt32.self), zero: 0, dictionary)
        case 8: write(target.assumingMemoryBound(to: UInt64.self), zero: 0, dictionary)
        case let width: write(target, width: width, dictionary)
        }
    }

    @inline(__always)
    private func write<Element: BitwiseCopyable>(
        _ target: UnsafeMutablePointer<Element>, zero: Element, _ dictionary: ParquetDictionary?
    ) {
        switch values {
        case .fixed(let source):
            let start = source.baseAddress!
            guard let flags else {
                UnsafeMutableRawPointer(target).copyMemory(from: start, byteCount: slots * MemoryLayout<Element>.size)
                return
            }
            spread(flags, into: target, zero: zero) {
                (start + $0 &* MemoryLayout<Element>.size).loadUnaligned(as: Element.self)
            }
        case .indices(let indices):
            let start = dictionary!.start
            guard let flags else {
                for i in 0..<slots {
                    target[i] = (start + Int(indices[i]) &* MemoryLayout<Element>.size).loadUnaligned(as: Element.self)
                }
                return
            }
            spread(flags, into: target, zero: zero) {
                (start + Int(indices[$0]) &* MemoryLayout<Element>.size).loadUnaligned(as: Element.self)
            }
        default: target.update(repeating: zero, count: slots)
        }
    }

    /// Writes the next value to each slot that is not null, and `zero` to the others.
    @inline(__always)
    private func spread<Element>(
        _ flags: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Element>, zero: Element,
        _ value: (Int) -> Element
    ) {
        var next = 0
        for i in 0..<slots {
            if flags[i] != 0 {
                target[i] = value(next)
                next &+= 1
            } else {
                target[i] = zero
            }
        }
    }

    private func write(_ target: UnsafeMutableRawPointer, width: Int, _ dictionary: ParquetDictionary?) {
        let flags = flags
        var next = 0
        for i in 0..<slots {
            let to = target + i * width
            guard flags?[i] ?? 1 != 0 else {
                to.initializeMemory(as: UInt8.self, repeating: 0, count: width)
                continue
            }
            switch values {
            case .fixed(let source): to.copyMemory(from: source.baseAddress! + next * width, byteCount: width)
            case .indices(let indices):
                to.copyMemory(from: dictionary!.start + Int(indices[next]) * width, byteCount: width)
            default: break
            }
            next += 1
        }
    }

    /// Writes the bytes of all texts from `byte` on, and the end offset of each slot.
    ///
    /// - Parameter ends: receives the offset after the text of each slot.
    func writeTexts<Offset: FixedWidthInteger>(
        _ data: UnsafeMutableRawPointer, at byte: Int, ends: UnsafeMutablePointer<Offset>,
        dictionary: ParquetDictionary?
    ) throws {
        let flags = flags, limit = byte + byteCount
        var end = byte, next = 0
        switch values {
        case .prefixed(let source):
            // Checks bounds again, because the file may have changed since it was measured.
            var from = source.baseAddress!
            let last = from + source.count
            for i in 0..<slots {
                if flags?[i] ?? 1 != 0 {
                    guard last - from >= 4 else { throw BitPacking.truncated }
                    let count = Int(UInt32(littleEndian: from.loadUnaligned(as: UInt32.self)))
                    guard count <= last - from - 4, count <= limit - end else { throw BitPacking.truncated }
                    (data + end).copyMemory(from: from + 4, byteCount: count)
                    from += 4 + count
                    end += count
                }
                ends[i] = Offset(truncatingIfNeeded: end)
            }
        case .texts(let source, let lengths):
            (data + byte).copyMemory(from: source.baseAddress!, byteCount: byteCount)
            for i in 0..<slots {
                if flags?[i] ?? 1 != 0 {
                    end += Int(lengths[next])
                    next += 1
                }
                ends[i] = Offset(truncatingIfNeeded: end)
            }
        case .indices(let indices):
            let start = dictionary!.start
            dictionary!.texts.withUnsafeBufferPointer { texts in
                for i in 0..<slots {
                    if flags?[i] ?? 1 != 0 {
                        let text = texts[Int(indices[next])]
                        let count = Int(text.count), from = start + Int(text.offset)
                        if count <= 16, limit - end >= 16, text.hasRoom {
                            (data + end).copyMemory(from: from, byteCount: 16)
                        } else {
                            (data + end).copyMemory(from: from, byteCount: count)
                        }
                        end += count
                        next += 1
                    }
                    ends[i] = Offset(truncatingIfNeeded: end)
                }
            }
        default: ends.update(repeating: Offset(truncatingIfNeeded: byte), count: slots)
        }
    }
}

import Torch
import TorchFiles

/// The part of MATLAB's format (MAT-File Level 5) that data sets need: arrays of numbers, compressed or not.
enum MATFile {
    /// Reads the arrays of numbers of a file. MATLAB's first dimension is the tensor's last. Other contents are left
    /// out.
    /// - Throws: `TorchError` that names the file if it is damaged.
    static func read(_ source: any ByteSource) throws -> [String: Tensor] {
        let header = try source.take(128, "the MAT header")
        guard header[126] == UInt8(ascii: "I"), header[127] == UInt8(ascii: "M") else {
            throw source.error("not a little-endian MAT file of version 5")
        }
        var arrays: [String: Tensor] = [:]
        while let tag = try Tag(source, mayEnd: true) {
            let body = LimitedSource(source, tag.size)
            switch tag.type {
            case .compressed:
                let inner = try GzipSource(body, isZlib: true)
                if let tag = try Tag(inner, mayEnd: false), tag.type == .matrix {
                    try read(LimitedSource(inner, tag.size), into: &arrays)
                }
            case .matrix: try read(body, into: &arrays)
            default: break
            }
            try body.skip()
            if tag.type != .compressed { try LimitedSource(source, -tag.size & 7).skip(mayEnd: true) }
        }
        return arrays
    }

    private enum Kind: UInt32 {
        case int8 = 1, uint8, int16, uint16, int32, uint32, single
        case double = 9
        case int64 = 12, uint64, matrix, compressed

        var dtype: DType? {
            switch self {
            case .int8: .int8
            case .uint8: .uint8
            case .int16: .int16
            case .uint16: .uint16
            case .int32: .int32
            case .uint32: .uint32
            case .single: .float32
            case .double: .float64
            case .int64: .int64
            case .uint64: .uint64
            case .matrix, .compressed: nil
            }
        }
    }

    /// The type and size of an element. A small element holds up to four bytes in the tag itself.
    private struct Tag {
        let type: Kind?
        let size: Int
        let small: [UInt8]?

        init?(_ source: any ByteSource, mayEnd: Bool) throws {
            var bytes = [UInt8](repeating: 0, count: 8)
            let have = try bytes.withUnsafeMutableBytes { try source.fill($0) }
            if have == 0, mayEnd { return nil }
            guard have == 8 else { throw source.error("ends inside the tag of a MAT element") }
            func word(_ start: Int) -> UInt32 { bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
            let first = word(0)
            if first >> 16 != 0 {
                guard first >> 16 <= 4 else { throw source.error("a small MAT element of \(first >> 16) bytes") }
                type = Kind(rawValue: first & 0xFFFF)
                size = Int(first >> 16)
                small = Array(bytes[4..<4 + size])
            } else {
                type = Kind(rawValue: first)
                size = Int(word(4))
                small = nil
            }
        }
    }

    /// Reads a whole element. Memory grows with the bytes that arrive.
    private static func element(_ source: any ByteSource, _ what: String) throws -> (Kind?, [UInt8]) {
        guard let tag = try Tag(source, mayEnd: false) else { throw source.error("lacks \(what)") }
        if let small = tag.small { return (tag.type, small) }
        let body = LimitedSource(source, tag.size)
        var bytes: [UInt8] = []
        try body.forEachPiece { bytes += $0 }
        guard bytes.count == tag.size else {
            throw source.error("ends after \(bytes.count) of the \(tag.size) bytes of \(what)")
        }
        try LimitedSource(source, -tag.size & 7).skip(mayEnd: true)
        return (tag.type, bytes)
    }

    private static func read(_ source: any ByteSource, into arrays: inout [String: Tensor]) throws {
        let (_, flags) = try element(source, "an array's flags")
        guard flags.count == 8 else { throw source.error("an array's flags have \(flags.count) bytes, not 8") }
        // Classes 6 to 15 are numbers. 8 in the second byte marks complex ones.
        guard (6...15).contains(flags[0]), flags[1] & 8 == 0 else { return }
        let (_, words) = try element(source, "an array's sizes")
        let sizes = stride(from: 0, to: words.count - 3, by: 4).map { i in
            words[i..<i + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard (2...64).contains(sizes.count), let count = Layout.checkedCount(sizes) else {
            throw source.error("an array promises the sizes \(sizes.prefix(65))")
        }
        let name = String(decoding: try element(source, "an array's name").1, as: UTF8.self)
        let (kind, bytes) = try element(source, "the numbers of \(name)")
        guard let dtype = kind?.dtype, count <= bytes.count, count * dtype.itemSize == bytes.count else {
            throw source.error("\(name) has \(bytes.count) bytes, which are no \(sizes) numbers")
        }
        let raw = Tensor(bytes)
        arrays[name] = (dtype == .uint8 ? raw : raw.view(dtype)).view(Array(sizes.reversed()))
    }
}

/// The next bytes of a source, up to a number.
private final class LimitedSource: ByteSource {
    private let source: any ByteSource
    private var left: Int

    init(_ source: any ByteSource, _ count: Int) {
        self.source = source
        left = count
    }

    var name: String { source.name }
    var available: Int? { nil }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if left == 0 || buffer.isEmpty { return 0 }
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)]))
        left -= count
        return count
    }

    /// Reads what is left.
    func skip(mayEnd: Bool = false) throws {
        try forEachPiece { _ in }
        guard left == 0 || mayEnd else { throw error("ends \(left) bytes before the end of a MAT element") }
    }
}

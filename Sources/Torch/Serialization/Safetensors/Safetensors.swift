/// Reads a `.safetensors` file. The tensors have the order of its header. The library safetensors:
/// `safetensors.torch.load_file`.
/// - Throws: `TorchError` if the file cannot be read, if its header does not describe exactly the bytes after it, or if
///   a dtype is not in `DType`.
public func loadSafetensors(_ path: String) throws -> StateDict {
    try SafetensorsFile(path).tensors()
}

/// Returns the text under `__metadata__` of a `.safetensors` file. The library safetensors:
/// `safe_open(path).metadata()`. Swift dictionaries treat é as one code point and é as two as the same key; then the
/// last value is used. `SafetensorsFile.metadata` keeps both.
/// - Throws: as `loadSafetensors`, but the tensors themselves are not read.
public func loadSafetensorsMetadata(_ path: String) throws -> [String: String] {
    Dictionary(try SafetensorsFile(path).metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
}

/// Writes a `.safetensors` file, byte for byte as the reference implementation does. The library safetensors:
/// `safetensors.torch.save_file`.
///
/// The format has no shared memory and no strides: each tensor is written whole, in row-major order. The file appears
/// whole or not at all.
/// - Throws: `TorchError` if the file cannot be written.
public func saveSafetensors(_ tensors: StateDict, to path: String, metadata: [String: String] = [:]) throws {
    try SafetensorsFile.write(tensors, metadata, to: path)
}

/// A `.safetensors` file. Its header is read at once, and its tensors one by one, so a tensor whose dtype is not in
/// `DType` does not prevent reading the others. The library safetensors: `safe_open`.
///
/// The header is checked like in the reference implementation: 8 bytes with its length, a JSON object, then the bytes
/// of the tensors without gaps.
public struct SafetensorsFile {
    private struct Entry {
        let dtypeName: String
        let sizes: [Int]
        let range: Range<Int>
    }

    private let file: InputFile
    private let entries: OrderedEntries<ExactText, Entry>
    private let dataStart: Int
    /// The text under `__metadata__`, in the header's order. The library safetensors: `safe_open(path).metadata()`.
    public let metadata: [(key: String, value: String)]

    /// The reference implementation's `MAX_HEADER_SIZE`.
    private static let longestHeader = 100_000_000
    private static let metadataKey = "__metadata__"

    /// Opens a file and reads its header.
    /// - Throws: `TorchError` if the file cannot be read or if its header does not describe exactly the bytes after it.
    public init(_ path: String) throws { try self.init(InputFile(path: path)) }

    init(_ file: InputFile) throws {
        self.file = file
        guard file.size >= 8 else {
            throw file.error("not a safetensors file: \(file.size) bytes, shorter than a header")
        }
        let length = try file.bytes(at: 0, count: 8).littleEndian(0, as: UInt64.self)
        guard length <= SafetensorsFile.longestHeader else {
            throw file.error(
                "not a safetensors file: a header of \(length) bytes, at most \(SafetensorsFile.longestHeader) are allowed"
            )
        }
        guard length <= file.size - 8 else {
            throw file.error("cut short: a header of \(length) bytes in a file of \(file.size)")
        }
        dataStart = 8 + Int(length)
        var entries = OrderedEntries<ExactText, Entry>()
        var metadata: OrderedEntries<ExactText, String>?
        var scanner = JSONScanner(try file.bytes(at: 8, count: Int(length)))
        do throws(JSONScanner.Flaw) {
            guard scanner.isAtObject else {
                throw JSONScanner.Flaw(message: "not a safetensors file: its header does not begin with '{'")
            }
            // If a name occurs twice, the last entry is used, as in the reference implementation.
            try scanner.object { (json, name) throws(JSONScanner.Flaw) in
                if name == SafetensorsFile.metadataKey {
                    guard metadata == nil else { throw json.flaw("'\(name)' is there twice") }
                    metadata = try SafetensorsFile.texts(&json)
                } else {
                    entries[ExactText(name)] = try SafetensorsFile.entry(&json, name)
                }
            }
            try scanner.expectEnd()
        } catch {
            throw file.error(error.message)
        }
        self.entries = entries
        self.metadata = metadata?.list.map { ($0.key.text, $0.value) } ?? []
        try checkRanges()
    }

    private static func texts(_ json: inout JSONScanner) throws(JSONScanner.Flaw) -> OrderedEntries<ExactText, String> {
        var texts = OrderedEntries<ExactText, String>()
        if json.takeNull() { return texts }
        try json.object { (json, key) throws(JSONScanner.Flaw) in texts[ExactText(key)] = try json.string() }
        return texts
    }

    /// Reads an entry: an object with at least the three fields, or a list of the three values.
    private static func entry(_ json: inout JSONScanner, _ name: String) throws(JSONScanner.Flaw) -> Entry {
        var dtypeName: String?
        var sizes: [Int]?
        var offsets: [Int]?
        if json.take("[") {
            dtypeName = try json.string()
            try json.expect(",")
            sizes = try json.integers(atMost: Layout.maxRank)
            try json.expect(",")
            offsets = try json.integers(atMost: 2)
            try json.expect("]")
        } else {
            try json.object { (json, field) throws(JSONScanner.Flaw) in
                switch field {
                case "dtype" where dtypeName == nil: dtypeName = try json.string()
                case "shape" where sizes == nil: sizes = try json.integers(atMost: Layout.maxRank)
                case "data_offsets" where offsets == nil: offsets = try json.integers(atMost: 2)
                case "dtype", "shape", "data_offsets": throw json.flaw("'\(name)' has the field '\(field)' twice")
                default: try json.skipValue()
                }
            }
        }
        guard let dtypeName, let sizes, let offsets, offsets.count == 2 else {
            throw json.flaw("'\(name)' lacks its dtype, shape or data_offsets")
        }
        guard let bits = bitsPerElement(dtypeName) else {
            throw json.flaw("'\(name)' has dtype \(dtypeName), which is not supported")
        }
        guard let count = Layout.checkedCount(sizes) else { throw json.flaw("'\(name)' has impossible sizes \(sizes)") }
        // Elements have at most 128 bits, so the byte count cannot overflow.
        let size = count / 8 * bits + count % 8 * bits / 8
        guard count % 8 * bits % 8 == 0, offsets[0] <= offsets[1], offsets[1] - offsets[0] == size else {
            throw json.flaw("'\(name)' of \(dtypeName) \(sizes) takes \(size) bytes, its data_offsets are \(offsets)")
        }
        return Entry(dtypeName: dtypeName, sizes: sizes, range: offsets[0]..<offsets[1])
    }

    private static func bitsPerElement(_ name: String) -> Int? {
        dtypes.first { $0.1 == name }.map { $0.0.itemSize * 8 } ?? otherDTypes[name]
    }

    /// Other dtypes of the format, with the number of bits of an element.
    private static let otherDTypes = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
        "F8_E5M2FNUZ": 8, "U16": 16, "U32": 32, "U64": 64
    ]

    /// In the reference implementation's order. It sorts the tensors in the file, so that the alignment never
    /// decreases.
    private static let dtypes: [(DType, String)] = [
        (.bool, "BOOL"), (.uint8, "U8"), (.int8, "I8"), (.float8_e5m2, "F8_E5M2"), (.float8_e4m3fn, "F8_E4M3"),
        (.int16, "I16"), (.uint16, "U16"),
        (.float16, "F16"), (.bfloat16, "BF16"), (.int32, "I32"), (.uint32, "U32"), (.float32, "F32"),
        (.complex64, "C64"), (.float64, "F64"), (.int64, "I64"),
        (.uint64, "U64")
    ]

    /// Checks that the tensors cover the bytes after the header exactly.
    private func checkRanges() throws {
        var end = 0
        func bounds(_ entry: Entry) -> (Int, Int) { (entry.range.lowerBound, entry.range.upperBound) }
        for (name, entry) in entries.list.sorted(by: { bounds($0.value) < bounds($1.value) }) {
            guard entry.range.lowerBound == end else {
                throw file.error(
                    "'\(name.text)' begins at byte \(entry.range.lowerBound) of the data, \(end) expected: "
                        + "the tensors overlap or leave a gap"
                )
            }
            end = entry.range.upperBound
        }
        guard end == file.size - dataStart else {
            throw file.error("the header describes \(end) bytes of data, the file has \(file.size - dataStart)")
        }
    }

    /// The names of the tensors in the header's order. The library safetensors: `safe_open(path).keys()`.
    public var keys: [String] { entries.list.map(\.key.text) }

    /// Reads one tensor. The library safetensors: `safe_open(path).get_tensor(name)`.
    /// - Throws: `TorchError` if there is no such tensor, or if its dtype is not in `DType`.
    public func tensor(_ name: String) throws -> Tensor {
        guard let entry = entries[ExactText(name)] else {
            throw TorchError(.key, "\(file.name): has no tensor '\(name)'")
        }
        guard let dtype = SafetensorsFile.dtypes.first(where: { $0.1 == entry.dtypeName })?.0 else {
            throw file.error("'\(name)' has dtype \(entry.dtypeName), which is not supported")
        }
        let stream = FileStream(file, at: dataStart + entry.range.lowerBound)
        let storage = try stream.storage(byteCount: entry.range.count)
        FileTensor.normalize(storage, dtype, isSwapped: 1.littleEndian != 1)
        do {
            let strides = Layout.contiguousStrides(entry.sizes)
            return try FileTensor.make(storage, entry.sizes, strides: strides, offset: 0, dtype)
        } catch {
            throw file.error("'\(name)': \(error.message)")
        }
    }

    func tensors() throws -> StateDict {
        var result = StateDict()
        for name in keys { result[name] = try tensor(name) }
        return result
    }

    static func write(_ tensors: StateDict, _ metadata: [String: String], to path: String) throws {
        for (name, tensor) in tensors where !dtypes.contains(where: { $0.0 == tensor.dtype }) {
            throw TorchError(.type, "\(path): '\(name)': the format has no \(tensor.dtype)")
        }
        // Sort by decreasing element size, so that all tensors are aligned, then by name.
        let sorted = tensors.sorted { a, b in
            let (x, y) = (rank(a.value), rank(b.value))
            return x != y ? x > y : a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
        }
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            fields.append(
                JSONScanner.quoted(metadataKey) + ":{"
                    + pairs.map { JSONScanner.quoted($0.key) + ":" + JSONScanner.quoted($0.value) }.joined(
                        separator: ",") + "}")
        }
        var end = 0
        for (name, tensor) in sorted {
            if tensor.isVoid {
                throw TorchError(.value, "\(path): '\(name)' is void because an operator before failed")
            }
            guard name != metadataKey else {
                throw TorchError(.value, "\(path): '\(metadataKey)' cannot be a tensor's name")
            }
            let start = end
            end += tensor.numel() * tensor.itemSize
            let sizes = tensor.sizes.map(String.init).joined(separator: ",")
            fields.append(
                "\(JSONScanner.quoted(name)):{\"dtype\":\"\(dtypes[rank(tensor)].1)\",\"shape\":[\(sizes)],\"data_offsets\":[\(start),\(end)]}"
            )
        }
        var header = Array("{\(fields.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let file = try OutputFile(path: path)
        guard header.count <= longestHeader else {
            throw file.error("a header of \(header.count) bytes, at most \(longestHeader) are allowed")
        }
        try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
        try file.write(header)
        for (_, tensor) in sorted { try file.write(tensor) }
        try file.commit()
    }

    private static func rank(_ tensor: Tensor) -> Int { dtypes.firstIndex { $0.0 == tensor.dtype }! }
}

extension OutputFile {
    /// Writes the elements in row-major order.
    func write(_ tensor: Tensor) throws {
        try tensor.checkIsInitialized()
        try tensor.storage.checkHasData()
        let plain = noGrad { tensor.detach().contiguous().onHost.resolved }
        if plain.isVoid { throw error("no memory to make a tensor contiguous") }
        try withExtendedLifetime(plain) {
            try write(UnsafeRawBufferPointer(start: plain.raw.pointer, count: plain.numel() * plain.itemSize))
        }
    }
}

/// Reads a `.safetensors` file, in the order of its header. The library safetensors: `safetensors.torch.load_file`.
/// - Throws: `TorchError` where the file cannot be read, its header does not describe exactly the bytes behind it, or a dtype is not one of `DType`.
public func loadSafetensors(_ path: String) throws -> StateDict {
    try SafetensorsFile(InputFile(path: path)).tensors()
}

/// The text under `__metadata__` of a `.safetensors` file. The library safetensors: `safe_open(path).metadata()`.
/// - Throws: as `loadSafetensors`; the tensors themselves are not read.
public func loadSafetensorsMetadata(_ path: String) throws -> [String: String] {
    try SafetensorsFile(InputFile(path: path)).metadata
}

/// Writes a `.safetensors` file, byte for byte what the reference implementation writes of the same tensors. The library safetensors: `safetensors.torch.save_file`.
///
/// The format knows no sharing and no strides: each tensor is written whole, in row-major order. The file appears whole or not at all.
/// - Throws: `TorchError` where the file cannot be written.
public func saveSafetensors(_ tensors: StateDict, to path: String, metadata: [String: String] = [:]) throws {
    try SafetensorsFile.write(tensors, metadata, to: path)
}

/// A `.safetensors` file whose header has been read and checked as the reference implementation checks it: 8 bytes with the header's length, a JSON object,
/// then the tensors' bytes without gaps.
struct SafetensorsFile {
    struct Entry {
        let name: String
        let dtype: DType
        let sizes: [Int]
        let range: Range<Int>
    }

    let file: InputFile
    /// In the order of the header.
    let entries: [Entry]
    let metadata: [String: String]
    private let dataStart: Int

    /// The reference implementation's `MAX_HEADER_SIZE`.
    private static let longestHeader = 100_000_000
    private static let metadataKey = "__metadata__"

    init(_ file: InputFile) throws {
        self.file = file
        guard file.size >= 8 else { throw file.error("not a safetensors file: \(file.size) bytes, shorter than a header") }
        let length = try file.bytes(at: 0, count: 8).littleEndian(0, as: UInt64.self)
        guard length <= SafetensorsFile.longestHeader else { throw file.error("not a safetensors file: a header of \(length) bytes, at most \(SafetensorsFile.longestHeader) are allowed") }
        guard length <= file.size - 8 else { throw file.error("cut short: a header of \(length) bytes in a file of \(file.size)") }
        dataStart = 8 + Int(length)
        let header = try file.bytes(at: 8, count: Int(length))
        guard header.first == UInt8(ascii: "{") else { throw file.error("not a safetensors file: its header does not begin with '{'") }
        var found: [Entry] = []
        var metadata: [String: String] = [:]
        var scanner = JSONScanner(header)
        do throws(JSONScanner.Flaw) {
            try scanner.object { (json, name) throws(JSONScanner.Flaw) in
                if name == SafetensorsFile.metadataKey {
                    try json.object { (json, key) throws(JSONScanner.Flaw) in metadata[key] = try json.string() }
                } else {
                    found.append(try SafetensorsFile.entry(&json, name))
                }
            }
            try scanner.expectEnd()
        } catch {
            throw file.error(error.message)
        }
        entries = found
        self.metadata = metadata
        try checkRanges()
    }

    private static func entry(_ json: inout JSONScanner, _ name: String) throws(JSONScanner.Flaw) -> Entry {
        var dtypeName: String?
        var sizes: [Int]?
        var offsets: [Int]?
        try json.object { (json, field) throws(JSONScanner.Flaw) in
            switch field {
            case "dtype": dtypeName = try json.string()
            case "shape": sizes = try json.integers(atMost: FileTensor.maxRank)
            case "data_offsets": offsets = try json.integers(atMost: 2)
            default: throw json.flaw("'\(name)' has an unknown field '\(field)'")
            }
        }
        guard let dtypeName, let sizes, let offsets, offsets.count == 2 else { throw json.flaw("'\(name)' lacks its dtype, shape or data_offsets") }
        guard let dtype = dtypes.first(where: { $0.1 == dtypeName })?.0 else { throw json.flaw("'\(name)' has dtype \(dtypeName), which is not supported") }
        guard let count = Layout.checkedCount(sizes) else { throw json.flaw("'\(name)' has impossible sizes \(sizes)") }
        guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == count * dtype.itemSize else {
            throw json.flaw("'\(name)' of \(dtypeName) \(sizes) takes \(count * dtype.itemSize) bytes, its data_offsets are \(offsets)")
        }
        return Entry(name: name, dtype: dtype, sizes: sizes, range: offsets[0]..<offsets[1])
    }

    /// In the reference implementation's order, by which tensors are sorted in the file: the alignment never decreases.
    private static let dtypes: [(DType, String)] = [
        (.bool, "BOOL"), (.uint8, "U8"), (.int8, "I8"), (.float8_e5m2, "F8_E5M2"), (.float8_e4m3fn, "F8_E4M3"), (.int16, "I16"), (.uint16, "U16"),
        (.float16, "F16"), (.bfloat16, "BF16"), (.int32, "I32"), (.uint32, "U32"), (.float32, "F32"), (.complex64, "C64"), (.float64, "F64"), (.int64, "I64"),
        (.uint64, "U64"),
    ]

    /// The tensors must cover the bytes behind the header exactly.
    private func checkRanges() throws {
        var end = 0
        for entry in entries.sorted(by: { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }) {
            guard entry.range.lowerBound == end else {
                throw file.error("'\(entry.name)' begins at byte \(entry.range.lowerBound) of the data, \(end) expected: the tensors overlap or leave a gap")
            }
            end = entry.range.upperBound
        }
        guard end == file.size - dataStart else { throw file.error("the header describes \(end) bytes of data, the file has \(file.size - dataStart)") }
    }

    func tensors() throws -> StateDict {
        var result = StateDict()
        for entry in entries {
            let stream = FileStream(file, at: dataStart + entry.range.lowerBound)
            let storage = try stream.storage(byteCount: entry.range.count)
            FileTensor.normalize(storage, entry.dtype, isSwapped: 1.littleEndian != 1)
            do {
                result[entry.name] = try FileTensor.make(storage, entry.sizes, strides: Layout.contiguousStrides(entry.sizes), offset: 0, entry.dtype)
            } catch {
                throw file.error("'\(entry.name)': \(error.message)")
            }
        }
        return result
    }

    static func write(_ tensors: StateDict, _ metadata: [String: String], to path: String) throws {
        for (name, tensor) in tensors where !dtypes.contains(where: { $0.0 == tensor.dtype }) { throw TorchError(.type, "\(path): '\(name)': the format has no \(tensor.dtype)") }
        // Large elements first, so that all are aligned, then by name.
        let sorted = tensors.sorted { a, b in
            let (x, y) = (rank(a.value), rank(b.value))
            return x != y ? x > y : a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
        }
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            fields.append(JSONScanner.quoted(metadataKey) + ":{" + pairs.map { JSONScanner.quoted($0.key) + ":" + JSONScanner.quoted($0.value) }.joined(separator: ",") + "}")
        }
        var end = 0
        for (name, tensor) in sorted {
            if tensor.isVoid { throw TorchError(.value, "\(path): '\(name)' is void because an operator before failed") }
            guard name != metadataKey else { throw TorchError(.value, "\(path): '\(metadataKey)' cannot be a tensor's name") }
            let start = end
            end += tensor.numel() * tensor.itemSize
            let sizes = tensor.sizes.map(String.init).joined(separator: ",")
            fields.append("\(JSONScanner.quoted(name)):{\"dtype\":\"\(dtypes[rank(tensor)].1)\",\"shape\":[\(sizes)],\"data_offsets\":[\(start),\(end)]}")
        }
        var header = Array("{\(fields.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let file = try OutputFile(path: path)
        guard header.count <= longestHeader else { throw file.error("a header of \(header.count) bytes, at most \(longestHeader) are allowed") }
        try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
        try file.write(header)
        for (_, tensor) in sorted { try file.write(tensor) }
        try file.commit()
    }

    private static func rank(_ tensor: Tensor) -> Int { dtypes.firstIndex { $0.0 == tensor.dtype }! }
}

extension OutputFile {
    /// The elements in row-major order.
    func write(_ tensor: Tensor) throws {
        let plain = noGrad { tensor.detach().contiguous() }
        if plain.isVoid { throw error("no memory to make a tensor contiguous") }
        try withExtendedLifetime(plain) {
            try write(UnsafeRawBufferPointer(start: plain.strided.pointer, count: plain.numel() * plain.itemSize))
        }
    }
}

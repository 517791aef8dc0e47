import Torch

/// Makes columns from the buffers of a record batch (Arrow `RecordBatch`). Buffers are copied only if they are
/// compressed.
struct ArrowBatch {
    let rows: Int
    private let body: Bytes
    private let nodes: FlatVector
    private let buffers: FlatVector
    private let isCompressed: Bool
    private let expansionBudget: ExpansionBudget
    private let dictionary: (Int) throws -> Column
    private var nextNode = 0
    private var nextBuffer = 0
    /// The number of data buffers of each column of views.
    private let viewBuffers: FlatVector
    private var nextView = 0

    /// A budget: the number of bytes that compressed buffers and views may still expand to.
    final class ExpansionBudget {
        fileprivate var left: Int
        init(_ left: Int) { self.left = left }
    }

    /// - Parameter dictionary: returns the values of the dictionary with the given id.
    init(
        _ table: FlatTable, body: Bytes, _ expansionBudget: ExpansionBudget,
        dictionary: @escaping (Int) throws -> Column
    ) throws {
        self.expansionBudget = expansionBudget
        self.dictionary = dictionary
        rows = Int(try table.number(0, default: Int64(0)))
        nodes = try table.vector(1, width: 16)
        buffers = try table.vector(2, width: 16)
        viewBuffers = try table.vector(4, width: 8)
        self.body = body
        guard let compression = try table.table(3) else {
            isCompressed = false
            return
        }
        switch try compression.number(0, default: Int8(0)) {
        case 0:
            throw TorchError(
                .file,
                "its buffers are compressed with LZ4, which is not supported; write it with compression=\"zstd\" or none"
            )
        case 1: isCompressed = true
        case let codec: throw TorchError(.file, "its buffers are compressed with codec \(codec), which is unknown")
        }
        guard try compression.number(1, default: Int8(0)) == 0 else {
            throw TorchError(.file, "it is compressed in an unknown way")
        }
    }

    /// Returns the column of the next field.
    mutating func column(_ type: DataType, _ tree: ArrowSchema.DictionaryTree) throws -> Column {
        guard nextNode < nodes.count else { throw TorchError(.file, "a batch with fewer columns than the schema") }
        let count: Int64 = nodes.number(nextNode), nulls: Int64 = nodes.number(nextNode, at: 8)
        nextNode += 1
        let rows = Int(count)
        if case .null = type { return try Column(type, count: rows, .null) }
        let bits = try buffer()
        let validity = nulls == 0 || rows == 0 ? nil : bits
        func child(_ index: Int) -> ArrowSchema.DictionaryTree {
            if case .children(let trees) = tree { trees[index] } else { .none }
        }
        switch type {
        case .null: return try Column(type, count: rows, .null)
        case .bool: return try Column(type, count: rows, validity: validity, .bits(buffer()))
        case .string where tree == .view, .binary where tree == .view: return try views(type, rows, validity)
        case .string, .json, .binary:
            let offsets = try buffer()
            return try Column(type, count: rows, validity: validity, .variable(offsets: offsets, data: buffer()))
        case .list(let field, _), .map(let field):
            let offsets = try buffer()
            return try Column(
                type, count: rows, validity: validity, .list(offsets: offsets, values: column(field.type, child(0))))
        case .fixedList(let field, _):
            return try Column(type, count: rows, validity: validity, .fixedList(values: column(field.type, child(0))))
        case .structure(let fields):
            var columns: [Column] = []
            for (index, field) in fields.enumerated() { columns.append(try column(field.type, child(index))) }
            return try Column(type, count: rows, validity: validity, .structure(columns))
        case .dictionary:
            guard case .id(let id, _) = tree else { throw TorchError(.file, "a dictionary without a number") }
            let indices = try buffer()
            return try Column(
                type, count: rows, validity: validity, .dictionary(indices: indices, values: dictionary(id)))
        default: return try Column(type, count: rows, validity: validity, .fixed(buffer()))
        }
    }

    /// Converts views to a column with offsets. A view has 16 bytes: the length, then the text itself if it has at most
    /// 12 bytes; otherwise the first 4 bytes, the index of a buffer and the offset in that buffer (Arrow Columnar
    /// Format, "Variable-size Binary View").
    private mutating func views(_ type: DataType, _ rows: Int, _ validity: Bytes?) throws -> Column {
        let views = try buffer()
        guard rows >= 0, rows <= views.count / 16, validity.map({ $0.count >= (rows + 7) / 8 }) ?? true else {
            throw TorchError(.file, "\(rows) views in \(views.count) bytes")
        }
        guard nextView < viewBuffers.count else {
            throw TorchError(.file, "a batch with fewer columns of views than the schema")
        }
        let count: Int64 = viewBuffers.number(nextView)
        nextView += 1
        guard count >= 0, count <= buffers.count - nextBuffer else {
            throw TorchError(.file, "a column of views with \(count) buffers")
        }
        var texts: [Bytes] = []
        for _ in 0..<count { texts.append(try buffer()) }
        let offsets = ByteBuffer(capacity: (rows + 1) * 4), data = ByteBuffer()
        offsets.append(Int32(0))
        for row in 0..<rows {
            if validity?.bit(row) ?? true {
                let length = Int(views.load(row * 4, as: Int32.self))
                if (0...12).contains(length) {
                    data.append(views, row * 16 + 4, length)
                } else {
                    let buffer = Int(views.load(row * 4 + 2, as: Int32.self)),
                        start = Int(views.load(row * 4 + 3, as: Int32.self))
                    guard texts.indices.contains(buffer), let text = texts[buffer].slice(start, length) else {
                        throw TorchError(.file, "row \(row) lies at \(start) of buffer \(buffer), \(length) bytes")
                    }
                    // Rows may share their text, so the result can be larger than the file.
                    expansionBudget.left -= length
                    guard expansionBudget.left >= 0, data.count <= Int(Int32.max) - length else {
                        throw TorchError(.file, "views of more text than is allowed")
                    }
                    data.append(text, 0, length)
                }
            }
            offsets.append(Int32(data.count))
        }
        return try Column(
            type, count: rows, validity: validity, .variable(offsets: offsets.finish(), data: data.finish()))
    }

    private mutating func buffer() throws -> Bytes {
        guard nextBuffer < buffers.count else {
            throw TorchError(.file, "a batch with fewer buffers than its columns need")
        }
        let offset: Int64 = buffers.number(nextBuffer), length: Int64 = buffers.number(nextBuffer, at: 8)
        nextBuffer += 1
        guard let bytes = body.slice(Int(offset), Int(length)) else {
            throw TorchError(.file, "a buffer of \(length) bytes at \(offset) of a body of \(body.count)")
        }
        guard isCompressed, bytes.count > 0 else { return bytes }
        guard bytes.count >= 8 else { throw TorchError(.file, "a compressed buffer of \(bytes.count) bytes") }
        let size: Int64 = bytes.load(0), packed = bytes.slice(8, bytes.count - 8)!
        // A size of -1 marks a buffer that is stored uncompressed because compression would not make it smaller.
        if size == -1 { return packed }
        guard size >= 0, size <= expansionBudget.left else {
            throw TorchError(.file, "a compressed buffer that claims to unfold to \(size) bytes")
        }
        expansionBudget.left -= Int(size)
        // Memory grows with the bytes that are really decompressed, not with the claimed size.
        let result = try DataFile(ZstdSource(BytesSource(packed, name: "a compressed buffer")), atMost: Int(size)).bytes
        guard result.count == size else {
            throw TorchError(.file, "a compressed buffer that holds \(result.count) of the \(size) bytes it claims")
        }
        return result
    }
}

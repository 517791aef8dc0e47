import Torch

/// A Parquet file (specification of the Apache Parquet format). Python: `pyarrow.parquet.ParquetFile`.
///
/// Opening a file reads only its footer. Pages are read when the columns of a row group are requested. All contents are
/// checked before use, and every error names the file.
final class ParquetFile: Sendable {
    struct RowGroup: Sendable {
        /// The number of rows.
        let count: Int
        /// The size of all columns in bytes before compression, according to the writer.
        let byteCount: Int
    }

    /// The file's name in errors.
    let name: String
    let schema: Schema
    /// The number of rows.
    let count: Int
    let rowGroups: [RowGroup]

    private let bytes: Bytes
    private let nodes: [ParquetNode]
    private let leaves: [ParquetLeaf]
    private let chunks: [[ParquetMetadata.ColumnChunk]]
    private let expansion: Int

    /// A chunk of at least this many bytes is decoded page by page on all threads.
    private static let large = 4 << 20

    /// Opens a file by memory-mapping it.
    convenience init(path: String) throws { try self.init(MappedFile(path: path).bytes, name: path) }

    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the file's name in errors.
    ///   - expansion: the number of bytes that a column of a row group may need in memory, in addition to 4096 times
    ///     its size in the file. A limit is necessary because runs of equal values take almost no space in the file.
    /// - Throws: `TorchError` if the footer is not the footer of a supported Parquet file.
    init(_ bytes: Bytes, name: String, expansion: Int = 1 << 30) throws {
        self.bytes = bytes
        self.name = name
        self.expansion = expansion
        do {
            let metadata = try Self.footer(bytes)
            let sizes = metadata.rowGroups.reduce(into: [Int: Int]()) { sizes, group in
                for (leaf, chunk) in group.chunks.enumerated() {
                    sizes[leaf] = max(sizes[leaf] ?? 0, chunk.uncompressedSize)
                }
            }
            var (nodes, leaves) = try ParquetSchemaBuilder.build(metadata.schema) { sizes[$0] ?? 0 > Int(Int32.max) }
            if let fields = ArrowTypes.fields(metadata.keyValues["ARROW:schema"]), fields.count == nodes.count {
                nodes = zip(nodes, fields).map { $0.retyped(ArrowTypes.restored($0.field, $1), &leaves) }
            }
            self.nodes = nodes
            self.leaves = leaves
            schema = Schema(
                fields: nodes.map(\.field), metadata: metadata.keyValues.filter { $0.key != "ARROW:schema" })
            count = metadata.rows
            rowGroups = metadata.rowGroups.map { RowGroup(count: $0.rows, byteCount: $0.byteCount) }
            chunks = metadata.rowGroups.map(\.chunks)
            for (number, group) in chunks.enumerated() where group.count != leaves.count {
                throw TorchError(.file, "row group \(number) has \(group.count) columns, the schema \(leaves.count)")
            }
        } catch let error as TorchError {
            throw TorchError(.file, "\(name): \(error.message)")
        }
    }

    private static func footer(_ bytes: Bytes) throws -> ParquetMetadata {
        func magic(_ offset: Int) -> [UInt8] { bytes.slice(offset, 4).map { $0.withUnsafeBytes(Array.init) } ?? [] }
        let plain = Array("PAR1".utf8), encrypted = Array("PARE".utf8)
        guard bytes.count >= 12, magic(0) == plain || magic(0) == encrypted else {
            throw TorchError(.file, "is not a Parquet file")
        }
        guard magic(0) == plain, magic(bytes.count - 4) != encrypted else {
            throw TorchError(.file, "is encrypted, which is not supported")
        }
        guard magic(bytes.count - 4) == plain else { throw TorchError(.file, "is a Parquet file without its end") }
        let size = Int(UInt32(littleEndian: bytes.slice(bytes.count - 8, 4)!.load(0, as: UInt32.self)))
        guard size <= bytes.count - 12, let footer = bytes.slice(bytes.count - 8 - size, size) else {
            throw TorchError(.file, "a footer of \(size) bytes in a file of \(bytes.count)")
        }
        return try footer.withUnsafeBytes { try ParquetMetadata($0) }
    }

    /// Returns columns of one row group.
    /// - Parameter columns: indices in the schema; nil for all columns.
    /// - Throws: `TorchError` with the file, the row group and the column.
    /// - Precondition: the row group and the columns exist.
    func read(rowGroup: Int, columns: [Int]? = nil) throws -> [Column] {
        try read(rowGroups: [rowGroup], columns: columns ?? Array(schema.fields.indices))[0]
    }

    /// Returns the whole file, with one batch for each row group.
    /// - Parameter columns: indices in the schema; nil for all columns.
    /// - Throws: `TorchError` with the file, the row group and the column.
    func table(columns: [Int]? = nil) throws -> Table {
        let columns = columns ?? Array(schema.fields.indices)
        let batches = try read(rowGroups: Array(rowGroups.indices), columns: columns)
        return try Table(
            schema: Schema(fields: columns.map { schema.fields[$0] }, metadata: schema.metadata), batches: batches)
    }

    private func read(rowGroups groups: [Int], columns: [Int]) throws -> [[Column]] {
        let wanted = Set(columns).sorted().flatMap { nodes[$0].leaves }
        let jobs = groups.flatMap { group in wanted.map { Job(group: group, leaf: $0) } }
        // The pages of a large chunk keep all threads busy. Small chunks are distributed over the threads.
        let isLarge = jobs.map { chunks[$0.group][$0.leaf].compressedSize >= Self.large }
        for (job, isLarge) in zip(jobs, isLarge) where isLarge { decode(job) }
        let small = zip(jobs, isLarge).filter { !$0.1 }.map(\.0)
        parallelFor(small.count) { for job in $0 { decode(small[job]) } }

        var position = 0
        return try groups.map { group in
            var decoded: [Int: DecodedLeaf] = [:]
            for leaf in wanted {
                do {
                    decoded[leaf] = try jobs[position].result!.get()
                } catch {
                    throw located(error, "row group \(group), column \(leaves[leaf].path)")
                }
                position += 1
            }
            let assembly = NestedAssembly(leaves: decoded)
            return try columns.map { number in
                do {
                    return try assembly.column(nodes[number], count: rowGroups[group].count)
                } catch {
                    throw located(error, "row group \(group), column \(nodes[number].field.name)")
                }
            }
        }
    }

    private func located(_ error: any Error, _ location: String) -> any Error {
        (error as? TorchError).map { TorchError(.file, "\(name): \(location): \($0.message)") } ?? error
    }

    private func decode(_ job: Job) {
        job.result = Result {
            try ColumnChunkReader(leaves[job.leaf], chunks[job.group][job.leaf], file: bytes, expansion: expansion)
                .read()
        }
    }

    private final class Job {
        let group: Int
        let leaf: Int
        var result: Result<DecodedLeaf, any Error>?

        init(group: Int, leaf: Int) {
            self.group = group
            self.leaf = leaf
        }
    }
}

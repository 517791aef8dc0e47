import Foundation
import Torch

/// Writes Parquet files: plain values, run-length encoded levels and pages of about 1 MB, compressed with snappy or
/// uncompressed. Python: `pyarrow.parquet.ParquetWriter`.
///
/// The footer also holds the Arrow schema (`ARROW:schema`), so that readers can restore time zones and durations. The
/// file appears under its name only when `finish` is called, so it is complete or absent.
final class ParquetWriter {
    private let file: OutputFile
    private let schema: Schema
    private let fields: [ParquetFields]
    private let codec: PageCodec
    private var groups: [ThriftValue] = []
    private var rows = 0

    private static let pageSize = 1 << 20

    /// - Throws: `TorchError` if the file cannot be written, or Parquet does not have the type of a column.
    init(_ path: String, schema: Schema, codec: PageCodec) throws {
        do { fields = try schema.fields.map { try ParquetFields($0) } } catch let error as TorchError {
            throw TorchError(error.kind, "\(path): \(error.message)")
        }
        file = try OutputFile(path: path)
        self.schema = schema
        self.codec = codec
        try file.write(Array("PAR1".utf8))
    }

    /// Appends rows as a new row group.
    /// - Throws: `TorchError` if the file cannot be written or the buffers of the columns are inconsistent.
    /// - Precondition: the columns match the schema and have the same length.
    func write(_ columns: [Column]) throws {
        precondition(
            columns.count == schema.fields.count
                && zip(columns, schema.fields).allSatisfy { $0.type == $1.type && $0.count == columns[0].count })
        var chunks: [ThriftValue] = [], size = 0
        for (column, fields) in zip(columns, fields) {
            do {
                for (chunk, leaf) in zip(try self.chunks(column.compact(), fields), fields.leaves) {
                    chunks.append(
                        .structure([
                            (2, .int64(file.size)),
                            (
                                3,
                                .structure([
                                    (1, .int32(leaf.physical.rawValue)),
                                    (2, .int32s([Encoding.plain.rawValue, Encoding.rle.rawValue])),
                                    (3, .texts(leaf.path)), (4, .int32(codec.rawValue)), (5, .int64(chunk.values)),
                                    (6, .int64(chunk.uncompressedSize)), (7, .int64(chunk.bytes.count)),
                                    (9, .int64(file.size))
                                ])
                            )
                        ]))
                    size += chunk.uncompressedSize
                    try file.write(chunk.bytes)
                }
            } catch let error as TorchError where error.kind != .file {
                throw TorchError(error.kind, "\(file.name): column \(fields.leaves[0].path[0]): \(error.message)")
            }
        }
        let count = columns.first?.count ?? 0
        rows += count
        groups.append(.structure([(1, .structures(chunks)), (2, .int64(size)), (3, .int64(count))]))
    }

    private struct Chunk {
        var bytes: [UInt8] = []
        var uncompressedSize = 0
        var values = 0
    }

    /// Returns the pages of a column's leaves.
    private func chunks(_ column: Column, _ fields: ParquetFields) throws -> [Chunk] {
        var chunks = fields.leaves.map { _ in Chunk() }
        // Every page begins at the start of a row.
        let rows = max(
            1, Int(Double(column.count) * Double(Self.pageSize) / Double(max(column.byteCount, Self.pageSize))))
        for start in stride(from: 0, to: column.count, by: rows) {
            let entries = try Shredding(column, rows: start..<min(start + rows, column.count)).leaves
            for (position, leaf) in fields.leaves.enumerated() {
                let page = try PageEncoder.page(entries[position], leaf, codec)
                chunks[position].bytes += page.bytes
                chunks[position].uncompressedSize += page.uncompressedSize
                chunks[position].values += entries[position].definitions.count
            }
        }
        return chunks
    }

    /// Writes the footer and moves the file to its final name.
    /// - Returns: the size in bytes.
    /// - Throws: `TorchError` if the file cannot be written.
    func finish() throws -> Int {
        var metadata = schema.metadata
        metadata["ARROW:schema"] = Data(ArrowWriter.message(schema)).base64EncodedString()
        let root = ThriftValue.structure([(4, .text("schema")), (5, .int32(fields.count))])
        let footer = ThriftValue.structure([
            (1, .int32(2)), (2, .structures([root] + fields.flatMap(\.elements))), (3, .int64(rows)),
            (4, .structures(groups)),
            (
                5,
                .structures(
                    metadata.sorted { $0.key < $1.key }.map { .structure([(1, .text($0.key)), (2, .text($0.value))]) })
            ), (6, .text("swift-torch"))
        ]).encoded
        guard footer.count <= Int(Int32.max) else {
            throw file.error("a footer of \(footer.count) bytes, more than Parquet allows; write more rows a group")
        }
        try file.write(
            footer + withUnsafeBytes(of: UInt32(footer.count).littleEndian) { Array($0) } + Array("PAR1".utf8))
        try file.commit()
        return file.size
    }
}

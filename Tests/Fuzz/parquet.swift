// libFuzzer's entry point for the Parquet reader.

import Torch
@testable import TorchText

/// A file that the reader accepts must give every value of every row, or say why it cannot.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Bytes(Array(UnsafeBufferPointer(start: start, count: count)))
    do {
        // Runs of equal values may honestly become long columns; here they only cost time.
        let file = try ParquetFile(bytes, name: "input", expansion: 1 << 18)
        for group in file.rowGroups.indices.prefix(8) {
            for column in file.schema.fields.indices.prefix(64) {
                // The other columns of a group are tried though one is refused.
                do { try walk(file.read(rowGroup: group, columns: [column])[0]) } catch is TorchError {}
            }
        }
        _ = try file.table()
    } catch is TorchError {
        // What a reader is to do with bad input.
    } catch {
        fatalError("an error of the wrong kind: \(error)")
    }
    return 0
}

private func walk(_ column: Column) throws {
    for row in 0..<min(column.count, 1000) { _ = try column.value(at: row) }
    if column.count > 0 { _ = try column.value(at: column.count - 1) }
}

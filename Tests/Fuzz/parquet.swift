// The entry point of libFuzzer for the Parquet reader.

import Torch
@testable import TorchText

/// Runs the reader on one input of the fuzzer. If the reader accepts a file, each value of each row must be readable or
/// give an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Bytes(Array(UnsafeBufferPointer(start: start, count: count)))
    do {
        // Runs of equal values may be valid long columns. Here they only cost time.
        let file = try ParquetFile(bytes, name: "input", expansion: 1 << 18)
        for group in file.rowGroups.indices.prefix(8) {
            for column in file.schema.fields.indices.prefix(64) {
                // If a column is refused, the other columns of the group are still tried.
                do { try walk(file.read(rowGroup: group, columns: [column])[0]) } catch is TorchError {}
            }
        }
        _ = try file.table()
    } catch is TorchError {
        // A reader should throw this for bad input.
    } catch {
        fatalError("an error of the wrong kind: \(error)")
    }
    return 0
}

private func walk(_ column: Column) throws {
    for row in 0..<min(column.count, 1000) { _ = try column.value(at: row) }
    if column.count > 0 { _ = try column.value(at: column.count - 1) }
}

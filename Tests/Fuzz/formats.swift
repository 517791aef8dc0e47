// The entry point of libFuzzer for the readers of Arrow, JSON lines, CSV and text.

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
@testable import TorchText

/// The reader of this run, chosen by the environment.
private let reader: @Sendable (Bytes) throws -> Table = {
    switch getenv("READER").map({ String(cString: $0) }) {
    case "arrow": { try ArrowReader.read($0, name: "input", maximumExpansion: 1 << 22) }
    case "jsonl": { try JSONLinesReader.read(DataFile($0, name: "input"), chunk: 64) }
    case "json": { try JSONLinesReader.read(DataFile($0, name: "input"), chunk: 64, onMixedTypes: .useJSON) }
    case "csv": { try CSVReader.read(DataFile($0, name: "input"), batch: 64) }
    case "text": { try TextReader.read(DataFile($0, name: "input"), sampleBy: .paragraph) }
    default: fatalError("READER must be arrow, jsonl, json, csv or text")
    }
}()

/// Runs the reader on one input of the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // The memory has exactly this size, so a read past the end is found.
    let bytes = Bytes(count: count) {
        if let start { $0.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count)) }
    }
    var table: Table?
    check { table = try reader(bytes) }
    guard let table else { return 0 }
    let rows = min(table.count, 64)
    // A row of a few bytes may be a valid list of millions of nulls. Many such rows only cost time.
    var seen = 0
    for row in 0..<rows where seen < 1 << 20 { check { seen += size(.row(try table.row(at: row))) } }
    check { _ = try table.gather((0..<rows).reversed()) }
    check { _ = try table.slice(rows / 3..<rows) }
    for column in table.schema.fields.indices where table.count <= 1 << 16 { check { _ = try table.column(column) } }
    return 0
}

/// Returns the number of values inside a value, including itself.
private func size(_ value: Value) -> Int {
    switch value {
    case .list(let values): values.reduce(1) { $0 + size($1) }
    case .row(let row): row.values.reduce(1) { $0 + size($1) }
    default: 1
    }
}

/// Runs `body`, which may only throw the error for bad input.
private func check(_ body: () throws -> Void) {
    do { try body() } catch is TorchError {} catch { fatalError("an error of the wrong kind: \(error)") }
}

// libFuzzer's entry point for the readers of Arrow, JSON lines, CSV and text.

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
@testable import TorchText

/// The reader that this run tries, from the environment.
private let reader: @Sendable (Bytes) throws -> Table = {
    switch getenv("READER").map({ String(cString: $0) }) {
    case "arrow": { try ArrowReader.read($0, name: "input", maximumInflation: 1 << 22) }
    case "jsonl": { try JSONLinesReader.read(DataFile($0, name: "input"), chunk: 64) }
    case "json": { try JSONLinesReader.read(DataFile($0, name: "input"), chunk: 64, onMixedTypes: .useJSON) }
    case "csv": { try CSVReader.read(DataFile($0, name: "input"), batch: 64) }
    case "text": { try TextReader.read(DataFile($0, name: "input"), sampleBy: .paragraph) }
    default: fatalError("READER must be arrow, jsonl, json, csv or text")
    }
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // Memory of exactly this size, so that a byte too far is found.
    let bytes = Bytes(count: count) {
        if let start { $0.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count)) }
    }
    var table: Table?
    check { table = try reader(bytes) }
    guard let table else { return 0 }
    let rows = min(table.count, 64)
    // A row of a few bytes may honestly be a list of millions of nulls; many such rows only cost time.
    var seen = 0
    for row in 0..<rows where seen < 1 << 20 { check { seen += size(.row(try table.row(at: row))) } }
    check { _ = try table.gather((0..<rows).reversed()) }
    check { _ = try table.slice(rows / 3..<rows) }
    for column in table.schema.fields.indices where table.count <= 1 << 16 { check { _ = try table.column(column) } }
    return 0
}

/// How many values a value consists of.
private func size(_ value: Value) -> Int {
    switch value {
    case .list(let values): values.reduce(1) { $0 + size($1) }
    case .row(let row): row.values.reduce(1) { $0 + size($1) }
    default: 1
    }
}

/// The body throws what it is to throw for bad input, or nothing.
private func check(_ body: () throws -> Void) {
    do { try body() } catch is TorchError {} catch { fatalError("an error of the wrong kind: \(error)") }
}

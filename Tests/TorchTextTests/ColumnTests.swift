import Testing
import Torch
@testable import TorchText

@Suite struct ColumnTests {
    @Test func buffersAreCheckedBeforeTheyAreBelieved() throws {
        #expect(throws: TorchError.self) { try Column(.int64, count: 3, .fixed(Bytes([Int64](repeating: 1, count: 2)))) }
        #expect(throws: TorchError.self) { try Column(.float32, count: Int.max - 1, .fixed(Bytes([Float(1)]))) }
        #expect(throws: TorchError.self) { try Column(.string, count: 2, .variable(offsets: Bytes([Int32(0), 1]), data: Bytes())) }
        #expect(throws: TorchError.self) { try Column(.int8, count: 9, validity: Bytes([UInt8(255)]), .fixed(Bytes([Int8](repeating: 0, count: 9)))) }
        let offsets = Bytes([Int32(0), 5, 3])
        let column = try Column(.string, count: 2, .variable(offsets: offsets, data: Bytes(Array("hello".utf8))))
        #expect(try column.range(0, offsets, isLarge: false, limit: 5) == 0..<5)
        #expect(throws: TorchError.self) { try column.range(1, offsets, isLarge: false, limit: 5) }
    }

    @Test func rowsAreFoundInTheirBatches() throws {
        let batches = try [3, 0, 2].map { try [Column(.int8, count: $0, .fixed(Bytes([Int8](repeating: 0, count: $0))))] }
        let table = try Table(schema: Schema(fields: [Field("x", .int8)]), batches: batches)
        #expect(table.count == 5)
        #expect((0..<5).map { table.locate($0).batch } == [0, 0, 0, 2, 2])
        #expect((0..<5).map { table.locate($0).row } == [0, 1, 2, 0, 1])
    }
}

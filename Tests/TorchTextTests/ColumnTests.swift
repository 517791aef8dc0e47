import Testing
import Torch
@testable import TorchText

@Suite struct ColumnTests {
    @Test func buffersAreCheckedBeforeTheyAreBelieved() throws {
        #expect(throws: TorchError.self) {
            try Column(.int64, count: 3, .fixed(Bytes([Int64](repeating: 1, count: 2))))
        }
        #expect(throws: TorchError.self) { try Column(.float32, count: Int.max - 1, .fixed(Bytes([Float(1)]))) }
        #expect(throws: TorchError.self) {
            try Column(.string, count: 2, .variable(offsets: Bytes([Int32(0), 1]), data: Bytes()))
        }
        #expect(throws: TorchError.self) {
            try Column(.int8, count: 9, validity: Bytes([UInt8(255)]), .fixed(Bytes([Int8](repeating: 0, count: 9))))
        }
        let offsets = Bytes([Int32(0), 5, 3])
        let column = try Column(.string, count: 2, .variable(offsets: offsets, data: Bytes(Array("hello".utf8))))
        #expect(try column.range(0, offsets, isLarge: false, limit: 5) == 0..<5)
        #expect(throws: TorchError.self) { try column.range(1, offsets, isLarge: false, limit: 5) }
    }

    /// A file of a few bytes can have any number of rows that take no memory. Joining and gathering them must not
    /// overflow an integer, and must not allocate validity bits for them all.
    @Test func rowsThatTakeNoMemoryAreNotCopied() throws {
        func refused(_ body: () throws -> Column) {
            let start = ContinuousClock.now
            #expect(throws: TorchError.self) { try body() }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        let nulls = try Column(.null, count: 1 << 59, .null)
        refused { try Column.concatenate([nulls, nulls]) }
        refused {
            try Column.copy([RowRun](repeating: RowRun(part: 0, start: 0, count: 1 << 59), count: 20), of: [nulls])
        }
        // One of the columns has validity bits, so the others would get them too.
        let nothing = DataType.structure([]),
            some = try Column(nothing, count: 8, validity: Bytes([UInt8(0x0F)]), .structure([])),
            many = try Column(nothing, count: 1 << 40, .structure([]))
        refused { try Column.concatenate([some, many]) }
        refused { try Table(schema: Schema(fields: [Field("x", nothing)]), batches: [[some], [many]]).column(0) }
        // Nested values: a list of nulls as a single row, gathered again and again.
        let field = Field("item", .null)
        let lists = try Column(
            .list(field, isLarge: true), count: 1, .list(offsets: Bytes([Int64(0), 1 << 59]), values: nulls))
        refused { try lists.gather([Int](repeating: 0, count: 20)) }
        let fixed = try Column(.fixedList(field, count: 1 << 59), count: 1, .fixedList(values: nulls))
        refused { try fixed.gather([Int](repeating: 0, count: 20)) }
        // The columns of normal files are copied.
        #expect(try Column.concatenate([some, some]).count == 16)
        #expect(try Column(.null, count: 5, .null).gather([4, 0, 2]).count == 3)
        let few = try Column(
            .list(field, isLarge: true), count: 2,
            .list(offsets: Bytes([Int64(0), 2, 5]), values: Column(.null, count: 5, .null))
        ).gather([1, 1, 0])
        #expect(try (0..<3).map { try few.value(at: $0).list?.count } == [3, 3, 2])
    }

    @Test func rowsAreFoundInTheirBatches() throws {
        let batches = try [3, 0, 2].map {
            try [Column(.int8, count: $0, .fixed(Bytes([Int8](repeating: 0, count: $0))))]
        }
        let table = try Table(schema: Schema(fields: [Field("x", .int8)]), batches: batches)
        #expect(table.count == 5)
        #expect((0..<5).map { table.locate($0).batch } == [0, 0, 0, 2, 2])
        #expect((0..<5).map { table.locate($0).row } == [0, 1, 2, 0, 1])
    }
}

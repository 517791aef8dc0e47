import Testing
import Torch
@testable import TorchText

/// Values are put into columns and read back. Rows are gathered, sliced and joined.
@Suite struct ColumnValueTests {
    /// One or two values of each type, with a null between them.
    static let samples: [(DataType, [Value])] = [
        (.null, [.null, .null, .null]),
        (.bool, [.bool(true), .null, .bool(false)]),
        (.int8, [.int(-128), .null, .int(127)]), (.int16, [.int(-32768), .null, .int(5)]),
        (.int32, [.int(-1 << 31), .null, .int(5)]), (.int64, [.int(.min), .null, .int(.max)]),
        (.uint8, [.int(255), .null, .int(0)]), (.uint16, [.int(65535), .null, .int(0)]),
        (.uint32, [.int(1 << 32 - 1), .null, .int(0)]), (.uint64, [.uint(.max), .null, .int(3)]),
        (.float16, [.double(1.5), .null, .double(-65504)]), (.float32, [.double(0.25), .null, .double(-.infinity)]),
        (.float64, [.double(0.1), .null, .double(1e300)]),
        (.string, [.string("żółw 🐢"), .null, .string("")]),
        (.string(isLarge: true), [.string("a"), .null, .string("\0")]),
        (.binary, [.bytes([0, 255]), .null, .bytes([])]), (.binary(isLarge: true), [.bytes([7]), .null, .bytes([])]),
        (.fixedBinary(width: 3), [.bytes([1, 2, 3]), .null, .bytes([4, 5, 6])]),
        (.date32, [.date(-1), .null, .date(19000)]), (.date64, [.date(-1), .null, .date(19000)]),
        (.time(.seconds), [.time(86399, .seconds), .null, .time(0, .seconds)]),
        (.time(.nanoseconds), [.time(86_399_999_999_999, .nanoseconds), .null, .time(0, .nanoseconds)]),
        (
            .timestamp(.microseconds, zone: nil),
            [.timestamp(-5, .microseconds, zone: nil), .null, .timestamp(1 << 50, .microseconds, zone: nil)]
        ),
        (
            .timestamp(.seconds, zone: "UTC"),
            [.timestamp(3, .seconds, zone: "UTC"), .null, .timestamp(4, .seconds, zone: "UTC")]
        ),
        (.duration(.milliseconds), [.duration(-3, .milliseconds), .null, .duration(3, .milliseconds)]),
        (.decimal(precision: 5, scale: 2, width: 16), [.decimal("-123.45"), .null, .decimal("0.05")]),
        (
            .decimal(precision: 60, scale: 1, width: 32),
            [.decimal("12345678901234567890123456789012345678901234567890.5"), .null, .decimal("-0.1")]
        ),
        (.list(.int8), [.list([.int(1), .null]), .null, .list([]), .list([.int(2)])]),
        (
            .list(Field("item", .string), isLarge: true),
            [.list([.string("a")]), .null, .list([.string("bc"), .string("")])]
        ),
        (.fixedList(Field("item", .int32), count: 2), [.list([.int(1), .int(2)]), .null, .list([.null, .int(4)])]),
        (
            .structure([Field("a", .int64), Field("b", .list(.string))]),
            [.row(Row([("a", .int(1)), ("b", .list([.string("x")]))])), .null, .row(Row([("a", .null), ("b", .null)]))]
        ),
        (
            .map(Field("entries", .structure([Field("key", .string), Field("value", .int32)]))),
            [.list([.row(Row([("key", .string("k")), ("value", .int(1))]))]), .null, .list([])]
        ),
        (.dictionary(index: .int8, values: .string), [.string("a"), .null, .string("b"), .string("a")]),
        (.list(.list(.bool)), [.list([.list([.bool(true)]), .null, .list([])]), .null, .list([])])
    ]

    @Test func valuesComeBack() throws {
        for (type, values) in Self.samples {
            let column = try Column(values, type: type)
            #expect(column.count == values.count)
            #expect(try (0..<column.count).map { try column.value(at: $0) } == values, "\(type)")
        }
    }

    @Test func takenCutAndJoinedRowsAreTheSame() throws {
        for (type, values) in Self.samples {
            let many = (0..<7).flatMap { _ in values }
            let column = try Column(many, type: type)
            func contents(_ column: Column) throws -> [Value] {
                try (0..<column.count).map { try column.value(at: $0) }
            }
            let order = many.indices.map { $0 * 5 % many.count } + [0, 0, 1, 2, 3]
            #expect(try contents(column.gather(order)) == order.map { many[$0] }, "\(type)")
            for range in [0..<0, 0..<1, 3..<many.count, 9..<20, many.count..<many.count] {
                #expect(try contents(column.slice(range)) == Array(many[range]), "\(type)")
            }
            let other = try Column(Array(many.reversed()), type: type)
            #expect(
                try contents(Column.concatenate([column.slice(1..<many.count), other, column.slice(0..<0), column]))
                    == many[1...] + many.reversed() + many, "\(type)")
            #expect(try contents(column.slice(2..<15).gather([3, 4, 5, 0])) == [5, 6, 7, 2].map { many[$0] }, "\(type)")
        }
    }

    @Test func tablesAreTakenCutAndJoinedAcrossBatches() throws {
        let schema = Schema(fields: [Field("n", .int64), Field("s", .dictionary(index: .int8, values: .string))])
        func batch(_ numbers: Range<Int>) throws -> [Column] {
            [
                try Column(numbers.map { Value.int($0) }, type: .int64),
                try Column(numbers.map { Value.string("\($0 % 3 + $0 / 5)") }, type: schema.fields[1].type)
            ]
        }
        let table = try Table(schema: schema, batches: [batch(0..<4), batch(4..<4), batch(4..<11)])
        func row(_ n: Int) -> Row { Row([("n", .int(n)), ("s", .string("\(n % 3 + n / 5)"))]) }
        func rows(_ table: Table) throws -> [Row] { try (0..<table.count).map { try table.row(at: $0) } }
        #expect(try rows(table) == (0..<11).map(row))
        #expect(try rows(table.gather([10, 3, 4, 5, 0])) == [10, 3, 4, 5, 0].map(row))
        #expect(try rows(table.gather([])) == [])
        for range in [0..<11, 2..<5, 4..<5, 11..<11, 0..<4] { #expect(try rows(table.slice(range)) == range.map(row)) }
        #expect(try rows(Table.concatenate([table, table.slice(0..<2)])) == ((0..<11) + [0, 1]).map(row))
        #expect(try table.column(1).count == 11)
        #expect(try table.value(at: 7, column: 0) == .int(7))
    }

    /// The types that pyarrow 26 infers for the same values.
    @Test func typesAreInferredAsPyarrowDoes() throws {
        func type(_ values: [Value]) throws -> String { try DataType(of: values).description }
        #expect(try type([]) == "null")
        #expect(try type([.null]) == "null")
        #expect(try type([.int(1), .double(2.5)]) == "double")
        #expect(try type([.double(2.5), .null, .int(1)]) == "double")
        #expect(try type([.list([]), .list([.int(1)])]) == "list<item: int64>")
        #expect(try type([.list([]), .null]) == "list<item: null>")
        #expect(try type([.list([.list([])]), .list([.list([.double(1.5)])])]) == "list<item: list<item: double>>")
        #expect(try type([.row(Row()), .null]) == "struct<>")
        #expect(
            try type([.row(Row([("b", .int(1)), ("a", .int(2))])), .row(Row([("c", .int(1)), ("a", .double(2.5))]))])
                == "struct<b: int64, a: double, c: int64>")
        #expect(
            try type([.row(Row([("a", .null)])), .row(Row([("a", .list([.int(1)]))]))])
                == "struct<a: list<item: int64>>")
        #expect(try type([.decimal("1.50"), .decimal("100")]) == "decimal128(5, 2)")
        #expect(try type([.timestamp(1, .microseconds, zone: "UTC")]) == "timestamp[us, tz=UTC]")
        #expect(try type([.time(1, .seconds), .time(1, .microseconds)]) == "time64[us]")
        for (values, message) in [
            ([.int(1), .bool(true)], "row 1 is a bool, where the rows before are int64"),
            ([.bool(true), .double(1)], "row 1 is a float, where the rows before are bool"),
            ([.null, .string("a"), .int(1)], "row 2 is an integer, where the rows before are string"),
            ([.list([.int(1)]), .int(1)], "row 1 is an integer, where the rows before are list<item: int64>"),
            (
                [.list([.int(1)]), .list([.int(1), .string("a")])],
                "row 1, in its list: row 2 is a string, where the rows before are int64"
            ),
            (
                [.row(Row([("a", .int(1))])), .row(Row([("a", .string(""))]))],
                "a: row 1 is a string, where the rows before are int64"
            )
        ] as [([Value], String)] {
            #expect(throws: TorchError(.value, message)) { try DataType(of: values) }
        }
    }

    @Test func whatDoesNotFitIsRefused() {
        for (type, value) in [
            (.int8, .int(128)), (.uint8, .int(-1)), (.int64, .uint(1 << 63)), (.int64, .double(1)), (.bool, .int(1)),
            (.string, .int(1)), (.float64, .string("1")),
            (.decimal(precision: 3, scale: 1, width: 16), .decimal("1.25")),
            (.decimal(precision: 3, scale: 1, width: 16), .decimal("100.5")),
            (.timestamp(.seconds, zone: nil), .timestamp(1500, .milliseconds, zone: nil)),
            (.timestamp(.nanoseconds, zone: nil), .timestamp(1 << 60, .seconds, zone: nil)),
            (.timestamp(.seconds, zone: nil), .timestamp(1, .seconds, zone: "UTC")),
            (.fixedList(Field("item", .int8), count: 2), .list([.int(1)])), (.fixedBinary(width: 2), .bytes([1])),
            (.structure([Field("a", .int8)]), .row(Row([("b", .int(1))])))
        ] as [(DataType, Value)] {
            #expect(throws: TorchError.self, "\(type)") { try Column([value], type: type) }
        }
        #expect(throws: TorchError.self) {
            try Column((0..<129).map { Value.int($0) }, type: .dictionary(index: .int8, values: .int64))
        }
    }

    @Test func dictionariesKeepTextsApartThatSwiftTakesForEqual() throws {
        let column = try Column(
            [.string("\u{e9}"), .string("e\u{301}"), .string("\u{e9}")],
            type: .dictionary(index: .int8, values: .string))
        let sizes = try (0..<3).map { row in
            if case .string(let text) = try column.value(at: row) { text.utf8.count } else { 0 }
        }
        #expect(sizes == [2, 3, 2])
    }

    @Test func damagedBuffersAreFoundWhenTheyAreRead() throws {
        // Rows that overlap: together they are much larger than the data.
        let offsets = Bytes((0..<1001).map { Int32($0 % 2 == 0 ? 0 : 1000) })
        let column = try Column(
            .string, count: 1000, .variable(offsets: offsets, data: Bytes([UInt8](repeating: 65, count: 1000))))
        #expect(throws: TorchError.self) { try column.value(at: 1) }
        #expect(throws: TorchError.self) { try column.gather(stride(from: 0, to: 1000, by: 2)) }
        // A dictionary index out of range, and a dictionary whose value expands a thousand times.
        let values = try Column([Value.string("a")], type: .string)
        let wrong = try Column(
            .dictionary(index: .int8, values: .string), count: 2,
            .dictionary(indices: Bytes([Int8(-1), 1]), values: values))
        #expect(throws: TorchError.self) { try wrong.value(at: 0) }
        #expect(throws: TorchError.self) { try wrong.value(at: 1) }
        let long = try Column([Value.string(String(repeating: "x", count: 1 << 20))], type: .string)
        let many = try Column(
            .dictionary(index: .int8, values: .string), count: 1000,
            .dictionary(indices: Bytes([Int8](repeating: 0, count: 1000)), values: long))
        let bomb = try Column(.list(many.type), count: 1, .list(offsets: Bytes([Int32(0), 1000]), values: many))
        #expect(throws: TorchError.self) { try bomb.value(at: 0) }
        let nulls = try Column(
            .list(.null), count: 1,
            .list(offsets: Bytes([Int32(0), .max]), values: Column(.null, count: Int(Int32.max), .null)))
        #expect(throws: TorchError.self) { try nulls.value(at: 0) }
        let text = try Column(
            .string, count: 1, .variable(offsets: Bytes([Int32(0), 3]), data: Bytes([UInt8(65), 0xff, 66])))
        #expect(try text.value(at: 0) == .string("A\u{fffd}B"))
    }
}

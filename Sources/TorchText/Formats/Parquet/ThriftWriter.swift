/// A value in Thrift's compact protocol, the encoding of Parquet's metadata (thrift-compact-protocol.md).
indirect enum ThriftValue {
    case bool(Bool)
    case int8(Int)
    case int32(Int)
    case int64(Int)
    case text(String)
    case int32s([Int])
    case texts([String])
    case structures([ThriftValue])
    /// Fields with their numbers in ascending order. Nil fields are omitted.
    case structure([(Int, ThriftValue?)])

    /// The bytes of a structure.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private var kind: UInt8 {
        switch self {
        case .bool(let flag): flag ? 1 : 2
        case .int8: 3
        case .int32: 5
        case .int64: 6
        case .text: 8
        case .int32s, .texts, .structures: 9
        case .structure: 12
        }
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        // The kind of the field already holds the value.
        case .bool: break
        case .int8(let number): bytes.append(UInt8(truncatingIfNeeded: number))
        case .int32(let number), .int64(let number):
            bytes.append(varint: UInt64(bitPattern: Int64(number << 1 ^ number >> 63)))
        case .text(let text):
            bytes.append(varint: UInt64(text.utf8.count))
            bytes += text.utf8
        case .int32s(let numbers): ThriftValue.write(numbers.map { .int32($0) }, 5, to: &bytes)
        case .texts(let texts): ThriftValue.write(texts.map { .text($0) }, 8, to: &bytes)
        case .structures(let values): ThriftValue.write(values, 12, to: &bytes)
        case .structure(let fields):
            var last = 0
            for case (let id, let value?) in fields {
                precondition(id > last && id - last < 16)
                bytes.append(UInt8(id - last) << 4 | value.kind)
                value.write(to: &bytes)
                last = id
            }
            bytes.append(0)
        }
    }

    private static func write(_ values: [ThriftValue], _ kind: UInt8, to bytes: inout [UInt8]) {
        if values.count < 15 {
            bytes.append(UInt8(values.count) << 4 | kind)
        } else {
            bytes.append(0xf0 | kind)
            bytes.append(varint: UInt64(values.count))
        }
        for value in values { value.write(to: &bytes) }
    }
}

extension [UInt8] {
    /// Appends seven bits for each byte, the lowest bits first.
    mutating func append(varint value: UInt64) {
        var value = value
        while value >= 0x80 {
            append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        append(UInt8(value))
    }
}

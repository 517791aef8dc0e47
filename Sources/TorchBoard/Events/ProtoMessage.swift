/// The bytes of a message of Protocol Buffers (version 3).
///
/// TensorBoard's files need a dozen small messages. This writer is shorter than their definitions, and a package
/// that writes logs needs no further package for it: swift-protobuf would have to be fetched and compiled. Fields are
/// written in the order of the calls; callers go by ascending number, as Google's libraries do, so the bytes agree.
/// As there, a number that is 0 and a text that is empty are left out, unless the message tells whether it has them.
struct ProtoMessage {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 {
        case varint = 0, fixed64, lengthDelimited, fixed32 = 5
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func key(_ field: Int, _ type: WireType) { varint(UInt64(field) << 3 | type.rawValue) }

    private mutating func littleEndian<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// Adds an integer or the number of an enum's case, unless it is 0.
    mutating func add(_ field: Int, _ value: Int) {
        if value == 0 { return }
        key(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// Adds a double, unless it is 0. The message tells whether it has the field if `isOptional` is true.
    mutating func add(_ field: Int, _ value: Double, isOptional: Bool = false) {
        if value.bitPattern == 0, !isOptional { return }
        key(field, .fixed64)
        littleEndian(value.bitPattern)
    }

    /// Adds a float, unless it is 0. The message tells whether it has the field if `isOptional` is true.
    mutating func add(_ field: Int, _ value: Float, isOptional: Bool = false) {
        if value.bitPattern == 0, !isOptional { return }
        key(field, .fixed32)
        littleEndian(value.bitPattern)
    }

    /// Adds bytes, unless there are none. The message tells whether it has the field if `isOptional` is true.
    mutating func add(_ field: Int, _ value: some Collection<UInt8>, isOptional: Bool = false) {
        if value.isEmpty, !isOptional { return }
        key(field, .lengthDelimited)
        varint(UInt64(value.count))
        bytes += value
    }

    /// Adds a text, unless it is empty. The message tells whether it has the field if `isOptional` is true.
    mutating func add(_ field: Int, _ value: String, isOptional: Bool = false) {
        add(field, Array(value.utf8), isOptional: isOptional)
    }

    /// Adds a message, also if it is empty.
    mutating func add(_ field: Int, _ value: ProtoMessage) { add(field, value.bytes, isOptional: true) }

    /// Adds a message that `build` fills.
    mutating func add(_ field: Int, _ build: (inout ProtoMessage) -> Void) { add(field, ProtoMessage(build)) }

    /// Adds a list of doubles, unless it is empty.
    mutating func add(packed field: Int, _ values: [Double]) {
        if values.isEmpty { return }
        key(field, .lengthDelimited)
        varint(UInt64(values.count * 8))
        for value in values { littleEndian(value.bitPattern) }
    }

    /// Adds a list of floats, unless it is empty.
    mutating func add(packed field: Int, _ values: [Float]) {
        if values.isEmpty { return }
        key(field, .lengthDelimited)
        varint(UInt64(values.count * 4))
        for value in values { littleEndian(value.bitPattern) }
    }

    /// Adds a list of integers, unless it is empty.
    mutating func add(packed field: Int, _ values: [Int]) {
        if values.isEmpty { return }
        var list = ProtoMessage()
        for value in values { list.varint(UInt64(bitPattern: Int64(value))) }
        add(field, list)
    }

    /// Adds the fields of another message.
    mutating func append(_ other: ProtoMessage) { bytes += other.bytes }

    init() {}

    init(_ build: (inout ProtoMessage) -> Void) { build(&self) }
}

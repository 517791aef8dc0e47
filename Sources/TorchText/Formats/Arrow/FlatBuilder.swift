/// Lays out a FlatBuffers buffer from front to back: a table, then the objects that its fields refer to.
struct FlatBuilder {
    indirect enum Node {
        /// The bytes of a number. Its size is also its alignment.
        case number([UInt8])
        case text(String)
        case table([Int: Node])
        case tables([Node])
        /// Consecutive structures, aligned to 8 bytes.
        case structures([UInt8], count: Int)

        static func number(_ value: some FixedWidthInteger) -> Node {
            .number(withUnsafeBytes(of: value.littleEndian) { Array($0) })
        }
    }

    private var bytes: [UInt8] = [0, 0, 0, 0]

    /// Returns a buffer with the root `table`. Its length is a multiple of 8.
    static func build(_ table: [Int: Node]) -> [UInt8] {
        var builder = FlatBuilder()
        builder.position(.table(table), at: 0)
        builder.align(8)
        return builder.bytes
    }

    private mutating func align(_ size: Int, behind: Int = 0) {
        while (bytes.count + behind) % size != 0 { bytes.append(0) }
    }

    private mutating func put(_ value: some FixedWidthInteger, at position: Int) {
        withUnsafeBytes(of: value.littleEndian) {
            for (index, byte) in $0.enumerated() { bytes[position + index] = byte }
        }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// Appends `node` and stores its distance in the 4 bytes at `slot`.
    private mutating func position(_ node: Node, at slot: Int) {
        switch node {
        case .number: preconditionFailure("a number lies in its table")
        case .text(let text):
            align(4)
            put(UInt32(bytes.count - slot), at: slot)
            append(UInt32(text.utf8.count))
            bytes += text.utf8
            bytes.append(0)
        case .structures(let elements, let count):
            align(8, behind: 4)
            put(UInt32(bytes.count - slot), at: slot)
            append(UInt32(count))
            bytes += elements
        case .tables(let nodes):
            align(4)
            put(UInt32(bytes.count - slot), at: slot)
            append(UInt32(nodes.count))
            let first = bytes.count
            bytes += repeatElement(0, count: nodes.count * 4)
            for (index, node) in nodes.enumerated() { position(node, at: first + index * 4) }
        case .table(let fields): position(fields, at: slot)
        }
    }

    private mutating func position(_ fields: [Int: Node], at slot: Int) {
        func size(_ node: Node) -> Int { if case .number(let bytes) = node { bytes.count } else { 4 } }
        // The largest fields come first, which leaves no gaps. The table itself starts with 4 bytes.
        let order = fields.keys.sorted { (-size(fields[$0]!), $0) < (-size(fields[$1]!), $1) }
        let slots = (fields.keys.max() ?? -1) + 1
        align(2)
        let vtable = bytes.count
        bytes += repeatElement(0, count: 4 + slots * 2)
        align(8, behind: 4)
        let table = bytes.count
        put(UInt32(table - slot), at: slot)
        append(Int32(table - vtable))
        var positions: [Int: Int] = [:]
        for field in order {
            positions[field] = bytes.count
            put(UInt16(bytes.count - table), at: vtable + 4 + field * 2)
            if case .number(let number) = fields[field]! { bytes += number } else { append(UInt32(0)) }
        }
        put(UInt16(4 + slots * 2), at: vtable)
        put(UInt16(bytes.count - table), at: vtable + 2)
        for field in order {
            if case .number = fields[field]! { continue }
            position(fields[field]!, at: positions[field]!)
        }
    }
}

/// A trie of byte strings. One walk finds all strings that begin at a position of a text.
struct ByteTrie: Sendable {
    private struct Edge {
        /// The parent node and the byte, plus one. 0 marks a free slot.
        var key: UInt64 = 0
        var node: Int32 = 0
    }

    private var edges: [Edge]
    /// The value of the string that ends at each node; -1 if there is none.
    private var values: [Int32] = [-1]
    private var starts = [Bool](repeating: false, count: 256)

    /// - Precondition: no string is empty.
    init(_ strings: [(bytes: [UInt8], value: Int32)]) {
        edges = [Edge](repeating: Edge(), count: 16)
        for (bytes, value) in strings {
            var node: Int32 = 0
            for byte in bytes { node = added(node, byte) }
            values[Int(node)] = value
            starts[Int(bytes[0])] = true
        }
    }

    var isEmpty: Bool { values.count == 1 }

    @inline(__always)
    func mayStart(_ byte: UInt8) -> Bool { starts[Int(byte)] }

    /// Calls `body` with the length and the value of each string that begins at `at`, shorter strings first.
    @inline(__always)
    func walk(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int, _ body: (_ count: Int, _ value: Int32) -> Void) {
        edges.withUnsafeBufferPointer { edges in
            var node: Int32 = 0, position = at
            while position < end {
                let edge = edges[Self.position(of: Self.key(node, bytes[position]), edges)]
                if edge.key == 0 { return }
                node = edge.node
                position += 1
                let value = values[Int(node)]
                if value >= 0 { body(position - at, value) }
            }
        }
    }

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 {
        UInt64(UInt32(bitPattern: node)) << 8 + UInt64(byte) + 1
    }

    @inline(__always)
    private static func position(of key: UInt64, _ edges: UnsafeBufferPointer<Edge>) -> Int {
        let mask = edges.count - 1
        var index = Int(truncatingIfNeeded: ByteHash.fold(key)) & mask
        while edges[index].key != 0, edges[index].key != key { index = (index + 1) & mask }
        return index
    }

    private mutating func added(_ node: Int32, _ byte: UInt8) -> Int32 {
        if values.count * 2 > edges.count { grow() }
        let key = Self.key(node, byte)
        let index = edges.withUnsafeBufferPointer { Self.position(of: key, $0) }
        if edges[index].key == 0 {
            edges[index] = Edge(key: key, node: Int32(values.count))
            values.append(-1)
        }
        return edges[index].node
    }

    private mutating func grow() {
        let old = edges
        edges = [Edge](repeating: Edge(), count: old.count * 2)
        for edge in old where edge.key != 0 {
            let index = edges.withUnsafeBufferPointer { Self.position(of: edge.key, $0) }
            edges[index] = edge
        }
    }
}

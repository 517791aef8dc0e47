import Torch

/// Makes columns of lists, maps and structures from the levels of their leaf columns.
///
/// Each node uses the levels of its first leaf. They say where lists begin and which places are null. The other leaves
/// must have the same number of places.
struct NestedAssembly {
    /// The decoded leaves, by their index in the schema.
    let leaves: [Int: DecodedLeaf]

    /// Returns the column of a node with `count` places.
    /// - Throws: `TorchError` if the leaves below the node disagree.
    func column(_ node: ParquetNode, count: Int) throws -> Column {
        switch node.kind {
        case .leaf(let leaf):
            let column = leaves[leaf.index]!.column
            guard column.count == count else {
                throw TorchError(
                    .file, "column \(leaf.path) has \(column.count) values, where its neighbours have \(count)")
            }
            return column
        case .structure(let children):
            let columns = try children.map { try column($0, count: count) }
            return try Column(node.field.type, count: count, validity: try validity(node, count), .structure(columns))
        case .list(let item, _):
            let offsets = try offsets(node, count)
            let values = try column(item, count: Int(offsets.load(count, as: Int32.self)))
            return try Column(
                node.field.type, count: count, validity: try validity(node, count),
                .list(offsets: offsets, values: values))
        }
    }

    /// Calls `body` for each place of a node, with the definition level of the entry that begins it.
    @inline(__always)
    private func positions(
        _ node: ParquetNode, _ count: Int, _ body: (_ position: Int, _ definition: Int) -> Void
    ) throws {
        let leaf = leaves[node.leaves.lowerBound]!
        var position = 0
        try withLevels(leaf) { definitions, repetitions in
            for i in 0..<leaf.entries {
                let definition = Int(definitions?[i] ?? 0)
                guard definition >= node.placeLevel, Int(repetitions?[i] ?? 0) <= node.repetitionLevel else { continue }
                guard position < count else { throw disagreement(node, count) }
                body(position, definition)
                position += 1
            }
        }
        guard position == count else { throw disagreement(node, count) }
    }

    private func disagreement(_ node: ParquetNode, _ count: Int) -> TorchError {
        TorchError(
            .file,
            "the levels of \(node.field.name) give another number of values than the \(count) of their neighbours")
    }

    private func withLevels(
        _ leaf: DecodedLeaf, _ body: (UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?) throws -> Void
    ) rethrows {
        try withExtendedLifetime(leaf) {
            func levels(_ bytes: Bytes?) -> UnsafeBufferPointer<UInt8>? {
                bytes.map { UnsafeBufferPointer(start: $0.start.assumingMemoryBound(to: UInt8.self), count: $0.count) }
            }
            try body(levels(leaf.definitions), levels(leaf.repetitions))
        }
    }

    /// Returns one bit for each place, or nil if no place is null.
    private func validity(_ node: ParquetNode, _ count: Int) throws -> Bytes? {
        guard node.field.isNullable else { return nil }
        var hasNulls = false
        let bits = try Bytes(count: (count + 7) / 8) { bits in
            bits.initializeMemory(as: UInt8.self, repeating: 0)
            try positions(node, count) { position, definition in
                if definition >= node.presentLevel {
                    bits[position >> 3] |= 1 << UInt8(position & 7)
                } else {
                    hasNulls = true
                }
            }
        }
        return hasNulls ? bits : nil
    }

    /// Returns the offsets of `count` lists.
    private func offsets(_ node: ParquetNode, _ count: Int) throws -> Bytes {
        let leaf = leaves[node.leaves.lowerBound]!
        guard leaf.entries <= Int(Int32.max) else {
            throw TorchError(.file, "list \(node.field.name) has more than 2^31 elements in a row group")
        }
        return try Bytes(count: (count + 1) * 4) { bytes in
            let offsets = bytes.assumingMemoryBound(to: Int32.self)
            var position = 0
            var elements: Int32 = 0
            try withLevels(leaf) { definitions, repetitions in
                for i in 0..<leaf.entries {
                    let definition = Int(definitions?[i] ?? 0), repetition = Int(repetitions?[i] ?? 0)
                    if repetition <= node.repetitionLevel, definition >= node.placeLevel {
                        guard position < count else { throw disagreement(node, count) }
                        offsets[position] = elements
                        position += 1
                    }
                    if repetition <= node.repetitionLevel + 1, definition > node.presentLevel {
                        guard position > 0 else {
                            throw TorchError(.file, "list \(node.field.name) goes on before it has begun")
                        }
                        elements += 1
                    }
                }
            }
            guard position == count else { throw disagreement(node, count) }
            offsets[count] = elements
        }
    }
}

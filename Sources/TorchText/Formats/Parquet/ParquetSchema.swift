import Torch

/// A node of a Parquet schema with the levels of its values ("Nested Encoding" in the format's README, after Dremel).
///
/// Each entry of a leaf column has two levels. The definition level says how far down the path something exists. The
/// repetition level says which list a new element belongs to.
struct ParquetNode: Sendable {
    indirect enum Kind: Sendable {
        case leaf(ParquetLeaf)
        case structure([ParquetNode])
        /// A list of the node. If `isMap` is true, the node is a structure of key and value, and the list is a map.
        case list(ParquetNode, isMap: Bool)
    }

    let field: Field
    let kind: Kind
    /// The smallest definition level at which the parent has a place for this node.
    let placeLevel: Int
    /// The smallest definition level at which the place is not null.
    let presentLevel: Int
    /// The number of lists around the node.
    let repetitionLevel: Int
    /// The leaf columns below the node.
    let leaves: Range<Int>
}

extension ParquetNode {
    /// Returns the node with the types of `field`, whose values have the same layout in memory.
    /// - Parameter leaves: all leaf columns. Those below the node get the new types.
    func retyped(_ field: Field, _ leaves: inout [ParquetLeaf]) -> ParquetNode {
        let kind: Kind
        switch (self.kind, field.type) {
        case (.leaf(var leaf), let type):
            leaf.type = type
            leaves[leaf.index] = leaf
            kind = .leaf(leaf)
        case (.structure(let children), .structure(let fields)):
            kind = .structure(zip(children, fields).map { $0.retyped($1, &leaves) })
        case (.list(let item, let isMap), .list(let field, _)), (.list(let item, let isMap), .map(let field)):
            kind = .list(item.retyped(field, &leaves), isMap: isMap)
        case (let other, _): kind = other
        }
        return ParquetNode(
            field: field, kind: kind, placeLevel: placeLevel, presentLevel: presentLevel,
            repetitionLevel: repetitionLevel, leaves: self.leaves)
    }
}

/// A stored column of a Parquet file.
struct ParquetLeaf: Sendable {
    let path: String
    let index: Int
    let physical: PhysicalType
    /// The size of a FIXED_LEN_BYTE_ARRAY value in bytes.
    let typeLength: Int
    fileprivate(set) var type: DataType
    let placeLevel: Int
    let maxDefinition: Int
    let maxRepetition: Int
    /// Whether lists or structures above need the levels.
    let keepsLevels: Bool

    /// The size of a stored value in bytes, or nil if each value has its own length.
    var width: Int? {
        switch physical {
        case .boolean: 1
        case .int32, .float: 4
        case .int64, .double: 8
        case .int96: 12
        case .fixedLenByteArray: typeLength
        case .byteArray: nil
        }
    }
}

/// Makes the tree of nodes from the flat list in a footer.
struct ParquetSchemaBuilder {
    private let elements: [ParquetMetadata.SchemaElement]
    private let isLarge: (Int) -> Bool
    private var next = 0
    private var leaves: [ParquetLeaf] = []

    private static let deepest = 64

    /// Returns the nodes of a file's columns, and all leaf columns in the order of the file.
    /// - Parameter isLarge: returns whether the leaf column with this index has 2 GB or more of text in one row group.
    static func build(
        _ elements: [ParquetMetadata.SchemaElement], isLarge: @escaping (Int) -> Bool
    ) throws -> (nodes: [ParquetNode], leaves: [ParquetLeaf]) {
        var builder = ParquetSchemaBuilder(elements: elements, isLarge: isLarge)
        guard let root = elements.first else { throw TorchError(.file, "the footer has no schema") }
        builder.next = 1
        let top = Position(element: 0, level: 0, repetition: 0, depth: 0, path: "", isNested: false)
        let nodes = try (0..<root.children).map { _ in try builder.node(top) }
        guard builder.next == elements.count else {
            throw TorchError(.file, "the schema has \(elements.count) fields, of which \(builder.next) hang together")
        }
        return (nodes, builder.leaves)
    }

    private init(elements: [ParquetMetadata.SchemaElement], isLarge: @escaping (Int) -> Bool) {
        self.elements = elements
        self.isLarge = isLarge
    }

    /// The position of a node in the tree, with the levels of its parent's values.
    private struct Position {
        /// The smallest definition level at which the innermost list above has an element. A structure has a place for
        /// each of its fields even if it is null.
        var element: Int
        /// The definition level of the parent's values.
        var level: Int
        var repetition: Int
        var depth: Int
        var path: String
        /// Whether a list or an optional structure lies above.
        var isNested: Bool

        /// Returns the place inside a group that is not a list.
        func below(_ name: String, level: Int) -> Position {
            Position(
                element: element, level: level, repetition: repetition, depth: depth + 1, path: "\(path)\(name).",
                isNested: isNested || level > self.level)
        }

        /// Returns the place inside a repeated field, whose elements are never null.
        func repeated() -> Position {
            Position(
                element: level + 1, level: level + 1, repetition: repetition + 1, depth: depth, path: path,
                isNested: true)
        }
    }

    private mutating func take(_ position: Position) throws -> ParquetMetadata.SchemaElement {
        guard next < elements.count else {
            throw TorchError(.file, "the schema's groups promise more fields than it has")
        }
        guard position.depth < Self.deepest else {
            throw TorchError(.file, "the schema is nested more than \(Self.deepest) deep")
        }
        defer { next += 1 }
        return elements[next]
    }

    private mutating func node(_ position: Position) throws -> ParquetNode {
        let element = try take(position)
        guard element.repetition == .repeated else {
            return try value(element, position, isOptional: element.repetition == .optional)
        }
        // A repeated field outside of a LIST is a list that is never null, with values that are never null.
        let first = leaves.count
        let item = try value(element, position.repeated(), isOptional: false)
        return list(element.name, of: item, position, isOptional: false, isMap: false, first: first)
    }

    /// Reads an element after its repetition has been handled.
    private mutating func value(
        _ element: ParquetMetadata.SchemaElement, _ position: Position, isOptional: Bool
    ) throws -> ParquetNode {
        if element.children == 0, let physical = element.type {
            return try leaf(element, physical, position, isOptional: isOptional)
        }
        guard element.type == nil else {
            throw TorchError(.file, "field \(position.path)\(element.name) has a type and fields of its own")
        }
        let first = leaves.count
        let level = position.level + (isOptional ? 1 : 0)
        if element.logical == .list || element.logical == .map, element.children == 1, next < elements.count,
            elements[next].repetition == .repeated
        {
            return try annotatedList(element, position, isOptional: isOptional, level: level, first: first)
        }
        guard element.children > 0 else {
            throw TorchError(.file, "group \(position.path)\(element.name) of the schema has no fields")
        }
        let inside = position.below(element.name, level: level)
        let children = try (0..<element.children).map { _ in try node(inside) }
        let field = Field(element.name, .structure(children.map(\.field)), isNullable: isOptional)
        return ParquetNode(
            field: field, kind: .structure(children), placeLevel: position.element, presentLevel: level,
            repetitionLevel: position.repetition, leaves: first..<leaves.count)
    }

    /// Reads a LIST or MAP with three levels, or a LIST with two levels from older writers ("Backward-compatibility
    /// rules" of LogicalTypes.md).
    private mutating func annotatedList(
        _ element: ParquetMetadata.SchemaElement, _ position: Position, isOptional: Bool, level: Int, first: Int
    ) throws -> ParquetNode {
        let outside = position.below(element.name, level: level)
        let repeated = try take(outside)
        let elements = outside.repeated(), inside = elements.below(repeated.name, level: elements.level)
        if element.logical == .map, repeated.children == 2 {
            let pair = try (0..<2).map { _ in try node(inside) }
            let entries = Field(repeated.name, .structure(pair.map(\.field)), isNullable: false)
            let item = ParquetNode(
                field: entries, kind: .structure(pair), placeLevel: elements.element, presentLevel: elements.level,
                repetitionLevel: elements.repetition, leaves: first..<leaves.count)
            return list(element.name, of: item, position, isOptional: isOptional, isMap: true, first: first)
        }
        let isElement =
            repeated.type != nil || repeated.children != 1 || repeated.name == "array"
            || repeated.name == "\(element.name)_tuple"
            || repeated.logical == .list || repeated.logical == .map
            || next < self.elements.count && self.elements[next].repetition == .repeated
        let item =
            if isElement && element.logical == .list {
                try value(repeated, elements, isOptional: false)
            } else if repeated.children == 1 {
                try node(inside)
            } else {
                throw TorchError(
                    .file, "map \(position.path)\(element.name) has entries of \(repeated.children) fields")
            }
        return list(element.name, of: item, position, isOptional: isOptional, isMap: false, first: first)
    }

    private func list(
        _ name: String, of item: ParquetNode, _ position: Position, isOptional: Bool, isMap: Bool, first: Int
    ) -> ParquetNode {
        let type: DataType = isMap ? .map(item.field) : .list(item.field, isLarge: false)
        return ParquetNode(
            field: Field(name, type, isNullable: isOptional), kind: .list(item, isMap: isMap),
            placeLevel: position.element,
            presentLevel: position.level + (isOptional ? 1 : 0), repetitionLevel: position.repetition,
            leaves: first..<leaves.count)
    }

    private mutating func leaf(
        _ element: ParquetMetadata.SchemaElement, _ physical: PhysicalType, _ position: Position, isOptional: Bool
    ) throws -> ParquetNode {
        let path = position.path + element.name
        guard physical != .fixedLenByteArray || element.typeLength > 0 && element.typeLength <= 1 << 20 else {
            throw TorchError(.file, "column \(path) has values of \(element.typeLength) bytes")
        }
        let level = position.level + (isOptional ? 1 : 0)
        let index = leaves.count
        let type = try dataType(element, physical, path, isLarge: isLarge(index))
        leaves.append(
            ParquetLeaf(
                path: path, index: index, physical: physical, typeLength: element.typeLength, type: type,
                placeLevel: position.element,
                maxDefinition: level, maxRepetition: position.repetition, keepsLevels: position.isNested))
        return ParquetNode(
            field: Field(element.name, type, isNullable: isOptional), kind: .leaf(leaves[index]),
            placeLevel: position.element, presentLevel: level,
            repetitionLevel: position.repetition, leaves: index..<index + 1)
    }

    private func dataType(
        _ element: ParquetMetadata.SchemaElement, _ physical: PhysicalType, _ path: String, isLarge: Bool
    ) throws -> DataType {
        let refused = TorchError(
            .file, "column \(path) is \(physical.name), which cannot hold \(element.logical.map { "\($0)" } ?? "it")")
        switch (element.logical, physical) {
        case (.null, _): return .null
        case (.string, .byteArray), (.enumeration, .byteArray), (.json, .byteArray): return .string(isLarge: isLarge)
        case (.uuid, .fixedLenByteArray) where element.typeLength == 16: return .fixedBinary(width: 16)
        case (.float16, .fixedLenByteArray) where element.typeLength == 2: return .float16
        case (.date, .int32): return .date32
        case (.time(.milliseconds), .int32): return .time(.milliseconds)
        case (.time(let unit), .int64) where unit == .microseconds || unit == .nanoseconds: return .time(unit)
        case (.timestamp(let unit, let isUTC), .int64): return .timestamp(unit, zone: isUTC ? "UTC" : nil)
        case (.integer(8, true), .int32): return .int8
        case (.integer(16, true), .int32): return .int16
        case (.integer(32, true), .int32): return .int32
        case (.integer(64, true), .int64): return .int64
        case (.integer(8, false), .int32): return .uint8
        case (.integer(16, false), .int32): return .uint16
        case (.integer(32, false), .int32): return .uint32
        case (.integer(64, false), .int64): return .uint64
        case (.decimal(let scale, let precision), .int32), (.decimal(let scale, let precision), .int64),
            (.decimal(let scale, let precision), .fixedLenByteArray),
            (.decimal(let scale, let precision), .byteArray):
            // 10/3 bits for each digit are slightly more than needed.
            guard precision > 0, precision <= 1 << 12, scale >= 0, scale <= precision else {
                throw TorchError(
                    .file, "column \(path) is a decimal number of \(precision) digits, \(scale) of them after the point"
                )
            }
            return .decimal(
                precision: precision, scale: scale,
                width: precision <= 38 ? 16 : precision <= 76 ? 32 : (precision * 10 / 3 + 16) / 8)
        case (nil, _), (.bson, .byteArray): break
        // LIST or MAP on a leaf, without a repeated field, has no meaning.
        case (.list, _), (.map, _): break
        default: throw refused
        }
        switch physical {
        case .boolean: return .bool
        case .int32: return .int32
        case .int64: return .int64
        case .int96: return .timestamp(.nanoseconds, zone: nil)
        case .float: return .float32
        case .double: return .float64
        case .byteArray: return .binary(isLarge: isLarge)
        case .fixedLenByteArray: return .fixedBinary(width: element.typeLength)
        }
    }
}

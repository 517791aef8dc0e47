import Torch

/// A column that takes its type from the values that are read, together with the columns of its items and fields.
final class JSONColumn {
    enum Kind: UInt8 {
        case null, bool, number, string, list, object
        /// Values of several kinds. They are counted but not kept.
        case mixed
        /// Values of any kind, each stored as its JSON text.
        case json

        /// The name for error messages.
        var words: String {
            switch self {
            case .null: "null"
            case .bool: "a boolean"
            case .number: "a number"
            case .string: "a string"
            case .list: "an array"
            case .object: "an object"
            case .mixed, .json: "values of several kinds"
            }
        }
    }

    /// The path from the root, like `a.b[].c`.
    let path: String
    @exclusivity(unchecked) private(set) var kind = Kind.null
    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private var validity: BitBuffer?
    @exclusivity(unchecked) private var bits = BitBuffer()
    private let data = ByteBuffer()
    private let offsets = ByteBuffer()
    /// Whether a number did not fit `Int64`. Then all numbers are stored as `Double`.
    @exclusivity(unchecked) private var isReal = false
    /// Whether every text so far is a date or a time.
    @exclusivity(unchecked) private var areTimes = true
    /// Whether the objects differ in their names, or an object is empty.
    @exclusivity(unchecked) private var fieldsDiffer = false
    @exclusivity(unchecked) private var isFirstObject = true
    /// Whether values of different kinds are allowed. Otherwise they are an error.
    let allowsMixed: Bool
    @exclusivity(unchecked) private(set) var item: JSONColumn?
    @exclusivity(unchecked) private(set) var names: [[UInt8]] = []
    @exclusivity(unchecked) private(set) var children: [JSONColumn] = []
    private var positions: [[UInt8]: Int] = [:]

    init(path: String, allowsMixed: Bool = false) {
        self.path = path
        self.allowsMixed = allowsMixed
    }

    /// Returns a column that keeps nothing.
    static func discarding() -> JSONColumn {
        let column = JSONColumn(path: "", allowsMixed: true)
        column.kind = .mixed
        return column
    }

    /// Creates an empty column that stores JSON at the places where `shape` has JSON.
    init(path: String, _ shape: JSONShape) {
        self.path = path
        allowsMixed = false
        guard shape.hasJSON else { return }
        kind = shape.kind
        item = shape.items.first.map { JSONColumn(path: path + "[]", $0) }
        for (name, shape) in shape.fields {
            positions[Array(name.utf8)] = names.count
            names.append(Array(name.utf8))
            children.append(JSONColumn(path: path.isEmpty ? name : "\(path).\(name)", shape))
        }
        if isText { offsets.append(Int32(0)) }
    }

    /// Creates an empty column that expects the same kinds and names as `other`.
    init(expecting other: JSONColumn) {
        path = other.path
        allowsMixed = other.allowsMixed
        fieldsDiffer = other.fieldsDiffer
        isFirstObject = other.isFirstObject
        kind = other.kind
        isReal = other.isReal
        areTimes = other.areTimes
        item = other.item.map { JSONColumn(expecting: $0) }
        names = other.names
        children = other.children.map { JSONColumn(expecting: $0) }
        positions = other.positions
        if isText { offsets.append(Int32(0)) }
    }

    private var isText: Bool { kind == .string || kind == .json }

    /// Gives the column the kind `wanted`, which the next value has. Returns false if the column does not keep values.
    @inline(__always) func expect(_ wanted: Kind) throws -> Bool { try kind == wanted || become(wanted) }

    @inline(never) private func become(_ wanted: Kind) throws -> Bool {
        guard kind == .null else {
            guard allowsMixed else {
                throw TorchError(.file, "\(path): \(wanted.words), where rows before have \(kind.words)")
            }
            kind = .mixed
            (names, children, positions, item) = ([], [], [:], nil)
            return false
        }
        let nulls = count
        kind = wanted
        count = 0
        if kind == .list { item = JSONColumn(path: path + "[]", allowsMixed: allowsMixed) }
        if isText { offsets.append(Int32(0)) }
        appendNulls(nulls)
        return true
    }

    func appendNulls(_ times: Int) {
        if times == 0 { return }
        if kind == .null || kind == .mixed {
            count += times
            return
        }
        if validity == nil {
            validity = BitBuffer()
            validity!.append(true, times: count)
        }
        validity!.append(false, times: times)
        count += times
        switch kind {
        case .null, .mixed, .object: break
        case .bool: bits.append(false, times: times)
        case .number: data.append(zeros: times * 8)
        case .string, .json: for _ in 0..<times { offsets.append(Int32(truncatingIfNeeded: data.count)) }
        case .list: for _ in 0..<times { offsets.append(Int32(truncatingIfNeeded: item!.count)) }
        }
    }

    @inline(__always) private func appendValid() {
        validity?.append(true)
        count += 1
    }

    func append(_ bit: Bool) throws {
        guard try expect(.bool) else { return count += 1 }
        appendValid()
        bits.append(bit)
    }

    @inline(__always) func append(_ number: Int64) throws {
        guard try expect(.number) else { return count += 1 }
        appendValid()
        if isReal { data.append(Double(number)) } else { data.append(number) }
    }

    func append(_ number: Double) throws {
        guard try expect(.number) else { return count += 1 }
        if !isReal { makeReal() }
        appendValid()
        data.append(number)
    }

    /// Appends the text that `write` adds to the end of the buffer.
    @inline(__always) func appendText(_ write: (ByteBuffer) throws -> Void) throws {
        guard try expect(.string) else {
            count += 1
            return try write(ByteBuffer())
        }
        let start = data.count
        try write(data)
        guard data.count <= Int(Int32.max) else { throw TorchError(.file, "\(path): more than 2 GiB of text") }
        if areTimes {
            areTimes =
                ISOTime.seconds(UnsafeRawBufferPointer(start: data.memory + start, count: data.count - start)) != nil
        }
        appendValid()
        offsets.append(Int32(truncatingIfNeeded: data.count))
    }

    /// Appends the JSON text of a value.
    /// - Precondition: the column stores JSON.
    func append(json text: String) throws {
        var text = text
        text.withUTF8 { data.append(UnsafeRawBufferPointer($0)) }
        guard data.count <= Int(Int32.max) else { throw TorchError(.file, "\(path): more than 2 GiB of text") }
        appendValid()
        offsets.append(Int32(truncatingIfNeeded: data.count))
    }

    /// Begins a list and returns the column for its values.
    func startList() throws -> JSONColumn {
        guard try expect(.list) else {
            count += 1
            return JSONColumn.discarding()
        }
        let item = item!
        guard item.count <= Int(Int32.max) else { throw TorchError(.file, "\(path): more than \(Int32.max) values") }
        appendValid()
        offsets.append(Int32(truncatingIfNeeded: item.count))
        return item
    }

    /// Begins an object in a new row.
    func startObject() throws {
        guard try expect(.object) else { return count += 1 }
        appendValid()
    }

    /// Ends an object with `members` names.
    @inline(__always) func endObject(_ members: Int) {
        if members != names.count || members == 0 { fieldsDiffer = true }
        isFirstObject = false
    }

    /// Returns the column of a name, ready for the value of the current object.
    /// - Parameter guess: the index that the name has if all objects have their names in the same order.
    @inline(__always) func child(
        _ name: UnsafeRawBufferPointer, guess: Int
    ) throws -> (position: Int, column: JSONColumn) {
        if kind == .mixed { return (0, JSONColumn.discarding()) }
        let position: Int
        if guess < names.count, names[guess].count == name.count,
            names[guess].withUnsafeBytes({ $0.elementsEqual(name) })
        {
            position = guess
        } else {
            position = find(name)
        }
        let child = children[position]
        if child.count != count - 1 {
            guard child.count < count else { throw TorchError(.file, "\(child.path): twice in one object") }
            child.appendNulls(count - 1 - child.count)
        }
        return (position, child)
    }

    @inline(never) private func find(_ name: UnsafeRawBufferPointer) -> Int {
        let name = Array(name)
        if let position = positions[name] { return position }
        if !isFirstObject { fieldsDiffer = true }
        positions[name] = names.count
        names.append(name)
        let text = String(decoding: name, as: UTF8.self)
        children.append(JSONColumn(path: path.isEmpty ? text : "\(path).\(text)", allowsMixed: allowsMixed))
        return names.count - 1
    }

    /// The kinds and names of the values so far, at all levels.
    var shape: JSONShape {
        JSONShape(
            kind: kind, isReal: isReal, areTimes: areTimes && kind == .string,
            fieldsDiffer: fieldsDiffer
                && kind
                    == .object,
            items: item.map { [$0.shape] } ?? [],
            fields: zip(names, children).map { (String(decoding: $0, as: UTF8.self), $1.shape) })
    }

    /// Returns the column with the type of `shape`, which includes the column's own shape.
    /// - Parameter rows: the number of rows. Missing rows at the end become null.
    func finish(as shape: JSONShape, rows: Int) throws -> Column {
        if kind == .null {
            let builder = ColumnBuilder(shape.type)
            for _ in 0..<rows { builder.appendNull() }
            return try builder.finish()
        }
        appendNulls(rows - count)
        let validity = validity?.finish(), type = shape.type
        switch kind {
        case .null, .mixed: return try Column(type, count: rows, .null)
        case .json:
            return try Column(
                type, count: rows, validity: validity,
                .variable(
                    offsets: offsets.finish(),
                    data: data.finish()))
        case .bool: return try Column(type, count: rows, validity: validity, .bits(bits.finish()))
        case .number:
            if shape.isReal { makeReal() }
            return try Column(type, count: rows, validity: validity, .fixed(data.finish()))
        case .string:
            let text = data.finish(), offsets = offsets.finish()
            guard shape.areTimes else {
                return try Column(type, count: rows, validity: validity, .variable(offsets: offsets, data: text))
            }
            let seconds = Bytes(count: rows * 8) { target in
                for row in 0..<rows {
                    let range = Int(offsets.load(row) as Int32)..<Int(offsets.load(row + 1) as Int32)
                    let time = text.withUnsafeBytes { ISOTime.seconds(UnsafeRawBufferPointer(rebasing: $0[range])) }
                    target.storeBytes(of: time ?? 0, toByteOffset: row * 8, as: Int64.self)
                }
            }
            return try Column(type, count: rows, validity: validity, .fixed(seconds))
        case .list:
            let item = item!
            offsets.append(Int32(truncatingIfNeeded: item.count))
            return try Column(
                type, count: rows, validity: validity,
                .list(offsets: offsets.finish(), values: item.finish(as: shape.items[0], rows: item.count)))
        case .object:
            let columns = try shape.fields.map { name, shape in
                try (positions[Array(name.utf8)].map { children[$0] } ?? JSONColumn(path: name)).finish(
                    as: shape, rows: rows)
            }
            return try Column(type, count: rows, validity: validity, .structure(columns))
        }
    }

    /// Converts the stored integers to `Double` in place.
    @inline(never) private func makeReal() {
        if isReal { return }
        isReal = true
        for position in stride(from: 0, to: data.count, by: 8) {
            let pointer = data.memory + position
            pointer.storeBytes(of: Double(pointer.load(as: Int64.self)), as: Double.self)
        }
    }
}

/// The kinds and names that the values of a column need.
struct JSONShape {
    var kind = JSONColumn.Kind.null
    var isReal = false
    var areTimes = false
    /// Whether the objects differ in their names, or an object is empty.
    var fieldsDiffer = false
    /// The shape of the items of lists: one element, or empty.
    var items: [JSONShape] = []
    var fields: [(name: String, shape: JSONShape)] = []

    /// Returns a shape for the values of both.
    func joined(_ other: JSONShape) -> JSONShape {
        if kind == .null { return other }
        if other.kind == .null { return self }
        guard kind == other.kind else { return JSONShape(kind: .mixed) }
        var result = self
        result.isReal = isReal || other.isReal
        result.areTimes = areTimes && other.areTimes
        if let item = items.first, let another = other.items.first { result.items = [item.joined(another)] }
        result.fieldsDiffer = fieldsDiffer || other.fieldsDiffer || fields.count != other.fields.count
        // Compares bytes, because Swift treats é in one and in two code points as equal.
        var positions: [[UInt8]: Int] = [:]
        for (position, field) in fields.enumerated() { positions[Array(field.name.utf8)] = position }
        for (name, shape) in other.fields {
            if let position = positions[Array(name.utf8)] {
                result.fields[position].shape = fields[position].shape.joined(shape)
            } else {
                result.fieldsDiffer = true
                positions[Array(name.utf8)] = result.fields.count
                result.fields.append((name, shape))
            }
        }
        return result
    }

    /// Whether values of one name have several kinds.
    var isMixed: Bool { kind == .mixed || items.contains { $0.isMixed } || fields.contains { $0.shape.isMixed } }

    /// Whether some values are stored as JSON.
    var hasJSON: Bool { kind == .json || items.contains { $0.hasJSON } || fields.contains { $0.shape.hasJSON } }

    /// Returns the shape with JSON for values of several kinds, and for objects below the row whose names differ.
    func withJSON(isRow: Bool = true) -> JSONShape {
        if kind == .mixed || fieldsDiffer && !isRow { return JSONShape(kind: .json) }
        var result = self
        result.items = items.map { $0.withJSON(isRow: false) }
        result.fields = fields.map { ($0.name, $0.shape.withJSON(isRow: false)) }
        return result
    }

    var type: DataType {
        switch kind {
        case .null, .mixed: .null
        case .json: .json
        case .bool: .bool
        case .number: isReal ? .float64 : .int64
        case .string: areTimes ? .timestamp(.seconds, zone: nil) : .string
        case .list: .list(items[0].type)
        case .object: .structure(fields.map { Field($0.name, $0.shape.type) })
        }
    }
}

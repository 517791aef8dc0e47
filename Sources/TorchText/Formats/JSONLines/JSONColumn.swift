import Torch

/// A column that grows as values of a kind not known before are met, and the columns below it.
final class JSONColumn {
    enum Kind: UInt8 {
        case null, bool, number, string, list, object

        /// What error messages call it.
        var words: String {
            switch self {
            case .null: "null"
            case .bool: "a boolean"
            case .number: "a number"
            case .string: "a string"
            case .list: "an array"
            case .object: "an object"
            }
        }
    }

    /// The names from the top, as `a.b[].c`.
    let path: String
    @exclusivity(unchecked) private(set) var kind = Kind.null
    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private var validity: BitBuffer?
    @exclusivity(unchecked) private var bits = BitBuffer()
    private let data = ByteBuffer()
    private let offsets = ByteBuffer()
    /// Whether a number was no integer of 64 bits: then all lie as `Double`.
    @exclusivity(unchecked) private var isReal = false
    /// Whether every text so far is a date or a time.
    @exclusivity(unchecked) private var areTimes = true
    @exclusivity(unchecked) private(set) var item: JSONColumn?
    @exclusivity(unchecked) private(set) var names: [[UInt8]] = []
    @exclusivity(unchecked) private(set) var children: [JSONColumn] = []
    private var places: [[UInt8]: Int] = [:]

    init(path: String) { self.path = path }

    /// A column without rows that expects what `other` has met.
    init(expecting other: JSONColumn) {
        path = other.path
        kind = other.kind
        isReal = other.isReal
        areTimes = other.areTimes
        item = other.item.map { JSONColumn(expecting: $0) }
        names = other.names
        children = other.children.map { JSONColumn(expecting: $0) }
        places = other.places
        if kind == .string { offsets.append(Int32(0)) }
    }

    /// Sees to it that the column has the kind of the value that comes next.
    @inline(__always) func expect(_ wanted: Kind) throws {
        if kind != wanted { try become(wanted) }
    }

    @inline(never) private func become(_ wanted: Kind) throws {
        guard kind == .null else { throw TorchError(.file, "\(path): \(wanted.words), where rows before have \(kind.words)") }
        let nulls = count
        kind = wanted
        count = 0
        if kind == .list { item = JSONColumn(path: path + "[]") }
        if kind == .string { offsets.append(Int32(0)) }
        appendNulls(nulls)
    }

    func appendNulls(_ times: Int) {
        if times == 0 { return }
        if kind == .null {
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
        case .null, .object: break
        case .bool: bits.append(false, times: times)
        case .number: data.append(zeros: times * 8)
        case .string: for _ in 0..<times { offsets.append(Int32(truncatingIfNeeded: data.count)) }
        case .list: for _ in 0..<times { offsets.append(Int32(truncatingIfNeeded: item!.count)) }
        }
    }

    @inline(__always) private func appendValid() {
        validity?.append(true)
        count += 1
    }

    func append(_ bit: Bool) throws {
        try expect(.bool)
        appendValid()
        bits.append(bit)
    }

    @inline(__always) func append(_ number: Int64) throws {
        try expect(.number)
        appendValid()
        if isReal { data.append(Double(number)) } else { data.append(number) }
    }

    func append(_ number: Double) throws {
        try expect(.number)
        if !isReal { makeReal() }
        appendValid()
        data.append(number)
    }

    /// Appends a text that `write` puts at the end of the buffer.
    @inline(__always) func appendText(_ write: (ByteBuffer) throws -> Void) throws {
        try expect(.string)
        let start = data.count
        try write(data)
        guard data.count <= Int(Int32.max) else { throw TorchError(.file, "\(path): more than 2 GiB of text") }
        if areTimes { areTimes = ISOTime.seconds(UnsafeRawBufferPointer(start: data.memory + start, count: data.count - start)) != nil }
        appendValid()
        offsets.append(Int32(truncatingIfNeeded: data.count))
    }

    /// Begins a list, whose values `item` gets.
    func startList() throws -> JSONColumn {
        try expect(.list)
        let item = item!
        guard item.count <= Int(Int32.max) else { throw TorchError(.file, "\(path): more than \(Int32.max) values") }
        appendValid()
        offsets.append(Int32(truncatingIfNeeded: item.count))
        return item
    }

    /// Begins an object; `row` is then its number.
    func startObject() throws {
        try expect(.object)
        appendValid()
    }

    /// The column of a name, ready for the value of the last object.
    /// - Parameter guess: the number that the name has if objects have their names in one order.
    @inline(__always) func child(_ name: UnsafeRawBufferPointer, guess: Int) throws -> (place: Int, column: JSONColumn) {
        let place: Int
        if guess < names.count, names[guess].count == name.count, names[guess].withUnsafeBytes({ $0.elementsEqual(name) }) { place = guess } else { place = find(name) }
        let child = children[place]
        if child.count != count - 1 {
            guard child.count < count else { throw TorchError(.file, "\(child.path): twice in one object") }
            child.appendNulls(count - 1 - child.count)
        }
        return (place, child)
    }

    @inline(never) private func find(_ name: UnsafeRawBufferPointer) -> Int {
        let name = Array(name)
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        let text = String(decoding: name, as: UTF8.self)
        children.append(JSONColumn(path: path.isEmpty ? text : "\(path).\(text)"))
        return names.count - 1
    }

    /// What values were met, here and below.
    var shape: JSONShape {
        JSONShape(kind: kind, isReal: isReal, areTimes: areTimes && kind == .string, items: item.map { [$0.shape] } ?? [],
                  fields: zip(names, children).map { (String(decoding: $0, as: UTF8.self), $1.shape) })
    }

    /// The column as one of a shape that has its own in it.
    /// - Parameter rows: how many there are, so that those without this name become null.
    func finish(as shape: JSONShape, rows: Int) throws -> Column {
        if kind == .null {
            let builder = ColumnBuilder(shape.type)
            for _ in 0..<rows { builder.appendNull() }
            return try builder.finish()
        }
        appendNulls(rows - count)
        let validity = validity?.finish(), type = shape.type
        switch kind {
        case .null: return try Column(type, count: rows, .null)
        case .bool: return try Column(type, count: rows, validity: validity, .bits(bits.finish()))
        case .number:
            if shape.isReal { makeReal() }
            return try Column(type, count: rows, validity: validity, .fixed(data.finish()))
        case .string:
            let text = data.finish(), offsets = offsets.finish()
            guard shape.areTimes else { return try Column(type, count: rows, validity: validity, .variable(offsets: offsets, data: text)) }
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
            return try Column(type, count: rows, validity: validity, .list(offsets: offsets.finish(), values: item.finish(as: shape.items[0], rows: item.count)))
        case .object:
            let columns = try shape.fields.map { name, shape in
                try (places[Array(name.utf8)].map { children[$0] } ?? JSONColumn(path: name)).finish(as: shape, rows: rows)
            }
            return try Column(type, count: rows, validity: validity, .structure(columns))
        }
    }

    /// Integers become floats where they lie.
    @inline(never) private func makeReal() {
        if isReal { return }
        isReal = true
        for place in stride(from: 0, to: data.count, by: 8) {
            let pointer = data.memory + place
            pointer.storeBytes(of: Double(pointer.load(as: Int64.self)), as: Double.self)
        }
    }
}

/// What the values of a column need.
struct JSONShape {
    var kind = JSONColumn.Kind.null
    var isReal = false
    var areTimes = false
    /// The values of the lists, at most one shape.
    var items: [JSONShape] = []
    var fields: [(name: String, shape: JSONShape)] = []

    /// The shape of both; nil where no type holds both.
    func joined(_ other: JSONShape) -> JSONShape? {
        if kind == .null { return other }
        if other.kind == .null { return self }
        guard kind == other.kind else { return nil }
        var result = self
        result.isReal = isReal || other.isReal
        result.areTimes = areTimes && other.areTimes
        if let item = items.first, let another = other.items.first {
            guard let both = item.joined(another) else { return nil }
            result.items = [both]
        }
        // By bytes: Swift takes é in one or two code points for equal.
        var places: [[UInt8]: Int] = [:]
        for (place, field) in fields.enumerated() { places[Array(field.name.utf8)] = place }
        for (name, shape) in other.fields {
            if let place = places[Array(name.utf8)] {
                guard let both = fields[place].shape.joined(shape) else { return nil }
                result.fields[place].shape = both
            } else {
                places[Array(name.utf8)] = result.fields.count
                result.fields.append((name, shape))
            }
        }
        return result
    }

    var type: DataType {
        switch kind {
        case .null: .null
        case .bool: .bool
        case .number: isReal ? .float64 : .int64
        case .string: areTimes ? .timestamp(.seconds, zone: nil) : .string
        case .list: .list(items[0].type)
        case .object: .structure(fields.map { Field($0.name, $0.shape.type) })
        }
    }
}

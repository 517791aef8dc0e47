import Torch

/// The fields of a column as text. The type of the column is decided after all fields are known.
final class CSVColumn {
    private let data = ByteBuffer()
    private let offsets = ByteBuffer()
    @exclusivity(unchecked) private(set) var count = 0

    init() { offsets.append(Int32(0)) }

    /// Appends bytes to the current field.
    /// - Parameter isShort: whether 8 bytes can be read from `start`, even if `length` is smaller.
    @inline(__always) func append(_ start: UnsafePointer<UInt8>, _ length: Int, isShort: Bool) throws {
        if length <= 8, isShort {
            data.reserve(8)
            (data.memory + data.count).storeBytes(
                of: UnsafeRawPointer(start).loadUnaligned(as: UInt64.self), as: UInt64.self)
            data.advance(length)
        } else {
            data.append(UnsafeRawBufferPointer(start: start, count: length))
        }
        guard data.count <= Int(Int32.max) else {
            throw TorchError(.file, "a field, or a batch of them, of more than 2 GiB")
        }
    }

    @inline(__always) func endField() {
        count += 1
        offsets.append(Int32(truncatingIfNeeded: data.count))
    }

    @inline(__always) private func field(_ row: Int) -> UnsafeRawBufferPointer {
        let start = Int((offsets.memory + row * 4).load(as: Int32.self)),
            end = Int((offsets.memory + row * 4 + 4).load(as: Int32.self))
        return UnsafeRawBufferPointer(start: data.memory + start, count: end - start)
    }

    func bytes(_ row: Int) -> [UInt8] { Array(field(row)) }

    /// Returns the columns of all batches, in the one type that can hold every field.
    static func columns(_ batches: [CSVColumn]) throws -> [Column] {
        if batches.allSatisfy({ $0.count == 0 }) {
            return try batches.map { try Column(.null, count: $0.count, .null) }
        }
        switch integers(batches) {
        case .columns(let columns): return try columns.map { try $0.column() }
        // Like pandas, which then treats its words for missing values as plain text.
        case .tooLarge: return try strings(batches, hasMissing: false)
        case .other: break
        }
        if let columns = reals(batches) { return try columns.map { try $0.column() } }
        if let columns = booleans(batches) { return try columns.map { try $0.column() } }
        return try strings(batches, hasMissing: true)
    }

    /// A column under construction.
    private struct Elements {
        var type: DataType
        let count: Int
        let data = ByteBuffer()
        var bits = BitBuffer()
        var validity: BitBuffer?

        init(_ type: DataType, _ count: Int) {
            self.type = type
            self.count = count
            if type != .bool { data.reserve(count * 8) }
        }

        @inline(__always) mutating func setNull(_ row: Int) {
            if validity == nil {
                validity = BitBuffer()
                validity!.append(true, times: row)
            }
            validity!.append(false)
        }

        consuming func column() throws -> Column {
            let validity = validity?.finish()
            return try Column(
                type, count: count, validity: validity, type == .bool ? .bits(bits.finish()) : .fixed(data.finish()))
        }
    }

    private enum Integers {
        case columns([Elements])
        /// An integer does not fit in 64 bits, or the column needs a signed type for one row and an unsigned type for
        /// another.
        case tooLarge
        case other
    }

    private static func integers(_ batches: [CSVColumn]) -> Integers {
        var results: [Elements] = [], isUnsigned = false, isNegative = false, hasNull = false
        for batch in batches {
            var result = Elements(.int64, batch.count)
            for row in 0..<batch.count {
                let field = batch.field(row)
                if MissingValue.isOne(field) {
                    hasNull = true
                    result.setNull(row)
                    result.data.append(Int64(0))
                    continue
                }
                let trimmed = field.trimmed
                guard let (magnitude, isBelow) = NumberText.magnitude(trimmed) else {
                    return isInteger(trimmed) ? .tooLarge : .other
                }
                if magnitude > UInt64(Int64.max) {
                    if isBelow {
                        guard magnitude == 1 << 63 else { return .tooLarge }
                    } else {
                        isUnsigned = true
                    }
                }
                isNegative = isNegative || isBelow
                result.validity?.append(true)
                result.data.append(isBelow ? 0 &- magnitude : magnitude)
            }
            results.append(result)
        }
        if isUnsigned {
            if isNegative || hasNull { return .tooLarge }
            for index in results.indices { results[index].type = .uint64 }
        } else if hasNull {
            // Like pandas, whose integer columns cannot have missing values.
            for index in results.indices {
                results[index].type = .float64
                for position in stride(from: 0, to: results[index].count * 8, by: 8) {
                    let pointer = results[index].data.memory + position
                    pointer.storeBytes(of: Double(pointer.load(as: Int64.self)), as: Double.self)
                }
            }
        }
        return .columns(results)
    }

    private static func isInteger(_ field: UnsafeRawBufferPointer) -> Bool {
        let digits =
            field.first == UInt8(ascii: "-") || field.first == UInt8(ascii: "+") ? field.dropFirst() : field[...]
        return !digits.isEmpty && digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    private static func reals(_ batches: [CSVColumn]) -> [Elements]? {
        var results: [Elements] = []
        for batch in batches {
            var result = Elements(.float64, batch.count)
            for row in 0..<batch.count {
                let field = batch.field(row)
                if MissingValue.isOne(field) {
                    result.setNull(row)
                    result.data.append(0.0)
                    continue
                }
                guard let number = NumberText.real(field.trimmed) ?? infinity(field.trimmed) else { return nil }
                result.validity?.append(true)
                result.data.append(number)
            }
            results.append(result)
        }
        return results
    }

    private static func infinity(_ field: UnsafeRawBufferPointer) -> Double? {
        guard field.count <= 9 else { return nil }
        switch String(decoding: field, as: UTF8.self).lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return nil
        }
    }

    private static func booleans(_ batches: [CSVColumn]) -> [Elements]? {
        var results: [Elements] = []
        for batch in batches {
            var result = Elements(.bool, batch.count)
            for row in 0..<batch.count {
                let field = batch.field(row)
                if MissingValue.isOne(field) {
                    result.setNull(row)
                    result.bits.append(false)
                    continue
                }
                guard field.count == 4 || field.count == 5 else { return nil }
                let word = String(decoding: field, as: UTF8.self).lowercased()
                guard word == "true" || word == "false" else { return nil }
                result.validity?.append(true)
                result.bits.append(word == "true")
            }
            results.append(result)
        }
        return results
    }

    private static func strings(_ batches: [CSVColumn], hasMissing: Bool) throws -> [Column] {
        try batches.map { batch in
            var validity: BitBuffer?
            for row in 0..<batch.count where hasMissing {
                if MissingValue.isOne(batch.field(row)) {
                    if validity == nil {
                        validity = BitBuffer()
                        validity!.append(true, times: row)
                    }
                    validity!.append(false)
                } else {
                    validity?.append(true)
                }
            }
            return try Column(
                .string, count: batch.count, validity: validity?.finish(),
                .variable(offsets: batch.offsets.finish(), data: batch.data.finish()))
        }
    }
}

/// The words that pandas treats as a missing value, quoted or not.
enum MissingValue {
    private static let words: Set<[UInt8]> = Set(
        [
            "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
            "NA", "NULL", "NaN", "None", "n/a", "nan", "null"
        ].map { Array($0.utf8) })

    @inline(__always) static func isOne(_ field: UnsafeRawBufferPointer) -> Bool {
        if field.count > 8 { return false }
        if field.count == 0 { return true }
        switch field[0] {
        case UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: "N"), UInt8(ascii: "n"):
            return words.contains(Array(field))
        case UInt8(ascii: "-"):
            return field.count > 1 && !(UInt8(ascii: "2")...UInt8(ascii: "9") ~= field[1])
                && words.contains(Array(field))
        case UInt8(ascii: "1"): return field.count > 3 && field[2] == UInt8(ascii: "#") && words.contains(Array(field))
        default: return false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes without blanks at either end.
    @inline(__always) fileprivate var trimmed: UnsafeRawBufferPointer {
        guard let base = baseAddress, count > 0 else { return self }
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0d ~= byte }
        var start = 0, end = count
        while start < end, isBlank(self[start]) { start += 1 }
        while end > start, isBlank(self[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(start: base + start, count: end - start)
    }
}

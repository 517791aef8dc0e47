extension DataType {
    /// The name in `datasets` of a type of single values.
    var dtype: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .float16: "float16"
        case .float32: "float32"
        case .float64: "float64"
        case .string(let isLarge): isLarge ? "large_string" : "string"
        case .json: "json"
        case .binary(let isLarge): isLarge ? "large_binary" : "binary"
        case .fixedBinary(let width): "fixed_size_binary[\(width)]"
        case .date32: "date32"
        case .date64: "date64"
        case .time(let unit): "\(unit.rawValue < 2 ? "time32" : "time64")[\(unit.abbreviation)]"
        case .timestamp(let unit, let zone): "timestamp[\(unit.abbreviation)\(zone.map { ", tz=\($0)" } ?? "")]"
        case .duration(let unit): "duration[\(unit.abbreviation)]"
        case .decimal(let precision, let scale, let width): "decimal\(width * 8)(\(precision), \(scale))"
        case .list, .fixedList, .structure, .map, .dictionary: "\(self)"
        }
    }

    /// Creates the type of single values with this name; nil if there is none.
    init?(dtype: String) {
        let simple: [String: DataType] = [
            "null": .null, "bool": .bool, "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64,
            "uint8": .uint8, "uint16": .uint16, "uint32": .uint32,
            "uint64": .uint64, "float16": .float16, "float32": .float32, "float64": .float64, "float": .float32,
            "double": .float64, "halffloat": .float16,
            "string": .string, "large_string": .string(isLarge: true), "string_view": .string, "binary": .binary,
            "large_binary": .binary(isLarge: true),
            "binary_view": .binary, "date32": .date32, "date64": .date64
        ]
        if let type = simple[dtype] {
            self = type
            return
        }
        guard let open = dtype.firstIndex(where: { $0 == "[" || $0 == "(" }),
            dtype.hasSuffix("]") || dtype.hasSuffix(")")
        else { return nil }
        let arguments = dtype[dtype.index(after: open)...].dropLast().split(separator: ",", maxSplits: 1).map {
            String($0).trimmingSpaces()
        }
        guard let first = arguments.first else { return nil }
        let unit = TimeUnit.allCases.first { $0.abbreviation == first }
        switch (String(dtype[..<open]), unit, arguments.count) {
        case ("time32", let unit?, 1) where unit.rawValue < 2, ("time64", let unit?, 1) where unit.rawValue >= 2:
            self = .time(unit)
        case ("duration", let unit?, 1): self = .duration(unit)
        case ("timestamp", let unit?, 1): self = .timestamp(unit, zone: nil)
        case ("timestamp", let unit?, 2) where arguments[1].hasPrefix("tz="):
            self = .timestamp(unit, zone: String(arguments[1].dropFirst(3)))
        case ("decimal128", _, 2), ("decimal256", _, 2):
            let width = dtype.hasPrefix("decimal128") ? 16 : 32
            guard let precision = Int(first), let scale = Int(arguments[1]), 1...(width == 16 ? 38 : 76) ~= precision
            else { return nil }
            self = .decimal(precision: precision, scale: scale, width: width)
        case ("fixed_size_binary", _, 1):
            guard let width = Int(first), width >= 0 else { return nil }
            self = .fixedBinary(width: width)
        default: return nil
        }
    }
}

extension Value.TimeUnit: CaseIterable {
    /// All units, from the coarsest to the finest.
    public static var allCases: [Value.TimeUnit] { [.seconds, .milliseconds, .microseconds, .nanoseconds] }

    var abbreviation: String {
        switch self {
        case .seconds: "s"
        case .milliseconds: "ms"
        case .microseconds: "us"
        case .nanoseconds: "ns"
        }
    }
}

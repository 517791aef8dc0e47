import Torch

extension Column {
    /// Creates a column of the type that holds all values.
    /// - Parameter mixed: how to store values of several kinds.
    /// - Throws: `TorchError` if no type holds all values.
    static func inferred(_ values: [Value], onMixedTypes mixed: MixedTypes?) throws -> Column {
        guard mixed == .useJSON else { return try Column(values) }
        let type: DataType
        do { type = try DataType(of: values, onMixedTypes: mixed) } catch let error as TorchError {
            // Like Python's library, write the values as JSON lines and read them; its reader decides where the kinds
            // differ.
            guard let column = try? throughJSONLines(values) else { throw error }
            return column
        }
        return try Column(values, type: type)
    }

    private static func throughJSONLines(_ values: [Value]) throws -> Column {
        var text = ""
        for value in values {
            text += "{\"obj\":"
            try PandasJSON.write(value, to: &text)
            text += "}\n"
        }
        let table = try JSONLinesReader.read(DataFile(Bytes(Array(text.utf8)), name: "values"), onMixedTypes: .useJSON)
        guard table.schema.fields.count == 1, table.count == values.count else {
            throw TorchError(.value, "values that JSON lines do not hold")
        }
        return try table.column(0)
    }

    /// The texts of a JSON column, as a string column.
    var jsonTexts: Column {
        get throws {
            guard case .json = type else { return self }
            return try Column(.string, count: count, validity: validity, storage)
        }
    }

    /// Returns a text column as a JSON column. If the first five texts are valid JSON, keeps the texts; otherwise
    /// quotes each text. Python: `Json.cast_storage`.
    func jsonColumn() throws -> Column {
        let areJSON = try (0..<Swift.min(count, 5)).allSatisfy { row in
            guard case .string(let text) = try value(at: row) else { return true }
            return PandasJSON.isValid(text)
        }
        if areJSON, case .string(isLarge: false) = type {
            return try Column(.json, count: count, validity: validity, storage)
        }
        let builder = ColumnBuilder(.json)
        for row in 0..<count {
            guard case .string(var text) = try value(at: row) else {
                builder.appendNull()
                continue
            }
            if !areJSON { text = JSONQuoting.pandas.quoted(text) }
            try text.withUTF8 { try builder.append(bytes: UnsafeRawBufferPointer($0)) }
        }
        return try builder.finish()
    }
}

import Foundation
import Torch

/// Restores types that Parquet lacks, such as durations and the names of time zones. They come from the Arrow schema
/// that Arrow's writers store in the footer under `ARROW:schema`.
///
/// A type is restored only if its values have the same layout in memory. A schema that cannot be read is ignored.
enum ArrowTypes {
    /// - Parameter text: an encapsulated message with the schema, in base64.
    static func fields(_ text: String?) -> [Field]? {
        guard let data = text.flatMap({ Data(base64Encoded: $0) }) else { return nil }
        var position = 0
        guard let message = try? ArrowMessage(Bytes(Array(data)), at: &position),
            case .schema(let table) = message.header, let schema = try? ArrowSchema(table)
        else { return nil }
        return schema.schema.fields
    }

    /// Returns the type of a column that Parquet stores as `stored`, according to its Arrow type `type`.
    static func restored(_ stored: DataType, _ type: DataType) -> DataType {
        switch (stored, type) {
        case (_, .dictionary(_, let values)): restored(stored, values)
        case (.int64, .duration): type
        case (.string(isLarge: false), .json): type
        case (.timestamp(let unit, .some), .timestamp(_, let zone?)): .timestamp(unit, zone: zone)
        case (.list(let field, let isLarge), .list(let other, _)),
            (.list(let field, let isLarge), .fixedList(let other, _)):
            .list(restored(field, other), isLarge: isLarge)
        case (.map(let field), .map(let other)): .map(restored(field, other))
        case (.structure(let fields), .structure(let others)) where fields.count == others.count:
            .structure(zip(fields, others).map(restored))
        default: stored
        }
    }

    static func restored(_ field: Field, _ other: Field) -> Field {
        Field(field.name, restored(field.type, other.type), isNullable: field.isNullable)
    }
}

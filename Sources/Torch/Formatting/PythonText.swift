/// Formats Swift values as Python prints them.
enum PythonText {
    static func repr(_ value: Bool) -> String { value ? "True" : "False" }
    static func repr(_ value: Int?) -> String { value.map(String.init) ?? "None" }
    static func repr(_ value: Double) -> String { PythonRepr.of(value) }
    static func repr(_ value: Scalar) -> String { if case .bool(let b) = value { repr(b) } else { value.description } }
    static func tuple(_ values: [Int]) -> String {
        values.count == 1 ? "(\(values[0]),)" : "(\(values.map(String.init).joined(separator: ", ")))"
    }
}

import Foundation
import Testing

/// Python's output and results: Fixtures/datasets/expected.json, which make.py writes.
struct Expected: @unchecked Sendable {
    let value: Any

    static let all = Expected("expected")
    /// The results of streams.py.
    static let streams = Expected("streams")

    init(value: Any) { self.value = value }

    private init(_ name: String) {
        value =
            (try? JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: DatasetsFixture.fixture("\(name).json"))))) ?? [:]
    }

    subscript(name: String) -> Expected { Expected(value: (value as? [String: Any])?[name] ?? NSNull()) }
    subscript(position: Int) -> Expected { Expected(value: list[position].value) }
    var list: [Expected] { ((value as? [Any]) ?? []).map { Expected(value: $0) } }
    var members: [(name: String, value: Expected)] {
        ((value as? [String: Any]) ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, Expected(value: $0.value)) }
    }
    var text: String { value as? String ?? "" }
    var number: Int { (value as? NSNumber)?.intValue ?? 0 }
    var big: UInt64 { (value as? NSNumber)?.uint64Value ?? 0 }
    var numbers: [Int] { list.map(\.number) }
}

import Foundation
import Testing

/// The documentation says what the code has: names are looked up in the sources by simple scanning.
@Suite struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) throws -> String { try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }

    private static func sources(_ folder: String) throws -> String {
        let files = FileManager.default.enumerator(at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
    }

    /// The Swift names in the table's last column: `x.indexAdd(dim:…)` is indexAdd, `a .== b` is .==.
    private static func names() throws -> Set<String> {
        Set(try text("Sources/Torch/Torch.docc/PyTorchToSwift.md").matches(of: /\|\ `([^`]+)`\ \|\n/).map { row in
            let spelling = row.1.replacing("\\|", with: "|")
            if let operation = spelling.wholeMatch(of: /(?:a\ )?(\W+?)(?:a|\ b)/) { return String(operation.1) }
            return String(spelling.prefix { $0 != "(" }.split(separator: ".").last!)
        })
    }

    @Test func everyNameInTheTableIsDeclared() throws {
        let declared = Set(try Self.sources("Sources").matches(of: /public\ (?:[a-z]+\ )*(?:func|var|let|struct|class|enum|protocol|typealias)\ `?([\w]+|[^\s\w(]+)/).map { String($0.1) })
        let gone = try Self.names().subtracting(declared).sorted()
        #expect(gone.isEmpty, "PyTorchToSwift.md names what Sources do not declare: \(gone.joined(separator: ", ")). Scripts/pytorch-table.py writes the page anew.")
    }

    @Test func everyOperatorIsInTheTable() throws {
        let names = try Self.names()
        var missing: [String] = []
        for part in try Self.sources("Sources/Torch/Ops").split(separator: /\n(?=\S)/) where part.hasPrefix("extension Tensor ") {
            for found in part.matches(of: /\n\ {4}(?:@\w+\ )*public\ (?:static\ )?func\ `?(\w+)/) where !names.contains(String(found.1)) {
                missing.append("| `torch.\(Self.snake(found.1))` | `x.\(found.1)()` |")
            }
        }
        #expect(missing.isEmpty, "PyTorchToSwift.md lacks these rows (Scripts/pytorch-table.py writes them):\n\(Set(missing).sorted().joined(separator: "\n"))")
    }

    private static func snake(_ name: Substring) -> String { name.replacing(/[a-z0-9](?=[A-Z])/) { "\($0.output)_" }.lowercased() }

    @Test func theFirstPagesCodeIsTested() throws {
        let page = try Self.text("Sources/Torch/Torch.docc/Torch.md")
        let tested = Set(try Self.text("Tests/TorchTests/Documentation/FirstPage.swift").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
        let blocks = page.matches(of: /```swift\n((?s).*?)```/)
        #expect(blocks.count >= 9)
        for line in blocks.flatMap({ $0.1.split(separator: "\n") }) {
            let line = line.trimmingCharacters(in: .whitespaces)
            #expect(tested.contains(line), "FirstPage.swift does not run this line of Torch.md: \(line)")
        }
    }
}

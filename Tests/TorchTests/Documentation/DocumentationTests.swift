import Foundation
import Testing

/// The documentation and the code agree. Names are found by a simple scan of the sources.
@Suite struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    private static func sources(_ folder: String) throws -> String {
        let files = FileManager.default.enumerator(
            at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.map {
            try String(contentsOf: $0, encoding: .utf8)
        }.joined(separator: "\n")
    }

    /// The pages of a library, and the test that runs the code of its first page.
    struct Library: Sendable, CustomTestStringConvertible {
        let name: String
        var table: String?
        /// The least number of code blocks on the first page.
        let blocks: Int

        var firstPage: String { "Sources/\(name)/\(name).docc/\(name).md" }
        var tablePage: String { "Sources/\(name)/\(name).docc/\(table!).md" }
        var program: String { "Tests/\(name)Tests/Documentation/FirstPage.swift" }
        var testDescription: String { name }
    }

    static let libraries = [
        Library(name: "Torch", table: "PyTorchToSwift", blocks: 9),
        Library(name: "TorchText", table: "PythonToSwift", blocks: 7), Library(name: "TorchVision", blocks: 2),
        Library(name: "TorchBoard", blocks: 2), Library(name: "TorchMetrics", blocks: 2),
        Library(name: "TorchPlot", blocks: 2)
    ]

    /// Returns the Swift names in a table: `x.indexAdd(dim:…)` is indexAdd, `a .== b` is .==. They are in the last
    /// column, or in the first column of a table of names that only Swift has.
    private static func names(_ page: String) throws -> Set<String> {
        let parts = try text(page).split(separator: "\n### Only here\n", maxSplits: 1)
        var rows = parts[0].matches(of: /\|\ `([^`]+)`\ \|\n/).map { $0.1 }
        if parts.count > 1 { rows += parts[1].matches(of: /\n\|\ `([^`]+)`\ \|/).map { $0.1 } }
        return Set(
            rows.map { row in
                let spelling = row.replacing("\\|", with: "|")
                if let operation = spelling.wholeMatch(of: /(?:a\ )?(\W+?)(?:a|\ b)/) { return String(operation.1) }
                return String(spelling.prefix { $0 != "(" }.split(separator: ".").last!)
            })
    }

    @Test(arguments: libraries.filter { $0.table != nil }) func everyNameInTheTableIsDeclared(_ library: Library) throws
    {
        let pattern =
            #/
            (?:public|open)\ (?:[a-z]+(?:\(set\))?\ )*
            (?:(?:func|var|let|struct|class|enum|protocol|typealias)\ `?([\w]+|[^\s\w(]+)|(subscript)\b)
            /#
        let declared = Set(
            try Self.sources("Sources").matches(of: pattern).compactMap { ($0.1 ?? $0.2).map { String($0) } })
        let gone = try Self.names(library.tablePage).subtracting(declared).sorted()
        #expect(
            gone.isEmpty,
            "\(library.tablePage) names what Sources do not declare: \(gone.joined(separator: ", ")). Scripts/name-tables.py writes the page anew."
        )
    }

    /// Types and functions. Requirements of protocols such as loaders, sequences and Hashable are not names of a
    /// library.
    @Test func everyNameOfTorchTextIsInTheTable() throws {
        let asked: Set = ["makeAsyncIterator", "AsyncIterator", "next", "hash", "collate", "batch"]
        let declared = Set(
            try Self.sources("Sources/TorchText").matches(
                of: /\n(?:\ {4})?(?:@\w+\ )*public\ (?:[a-z]+\ )*(?:func|struct|class|enum|protocol)\ `?(\w+)/
            ).map { String($0.1) })
        #expect(declared.count > 80)
        let missing = try declared.subtracting(asked).subtracting(
            Self.names("Sources/TorchText/TorchText.docc/PythonToSwift.md")
        ).sorted()
        #expect(
            missing.isEmpty,
            "PythonToSwift.md lacks \(missing.joined(separator: ", ")). Scripts/name-tables.py writes the page anew.")
    }

    @Test func everyOperatorIsInTheTable() throws {
        let names = try Self.names("Sources/Torch/Torch.docc/PyTorchToSwift.md")
        var missing: [String] = []
        for part in try Self.sources("Sources/Torch/Ops").split(separator: /\n(?=\S)/)
        where part.hasPrefix("extension Tensor ") {
            for found in part.matches(of: /\n\ {4}(?:@\w+\ )*public\ (?:static\ )?func\ `?(\w+)/)
            where !names.contains(String(found.1)) {
                missing.append("| `torch.\(Self.snake(found.1))` | `x.\(found.1)()` |")
            }
        }
        #expect(
            missing.isEmpty,
            "PyTorchToSwift.md lacks these rows (Scripts/name-tables.py writes them):\n\(Set(missing).sorted().joined(separator: "\n"))"
        )
    }

    private static func snake(_ name: Substring) -> String {
        name.replacing(/[a-z0-9](?=[A-Z])/) { "\($0.output)_" }.lowercased()
    }

    /// Returns a line without the spaces that align comments.
    private static func words(_ line: Substring) -> String {
        line.split(separator: " ").joined(separator: " ")
    }

    @Test(arguments: libraries) func theFirstPagesCodeIsTested(_ library: Library) throws {
        let page = try Self.text(library.firstPage)
        let tested = Set(try Self.text(library.program).split(separator: "\n").map(Self.words))
        let blocks = page.matches(of: /```swift\n((?s).*?)```/)
        #expect(blocks.count >= library.blocks)
        for line in blocks.flatMap({ $0.1.split(separator: "\n") }) {
            #expect(
                tested.contains(Self.words(line)),
                "\(library.program) does not run this line of \(library.firstPage): \(line.trimmingCharacters(in: .whitespaces))"
            )
        }
    }
}

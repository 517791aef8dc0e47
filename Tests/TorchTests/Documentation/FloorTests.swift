import Foundation
import Testing

/// The folders of `Sources/Torch` are floors, and an arrow points only downwards (ARCHITECTURE.md, "Floors"). The test
/// scans the sources: a file may not use a name that only floors above it declare.
@Suite struct FloorTests {
    private static let floors = [
        ["Core"], ["Backend"], ["Tensor", "Autograd"], ["Ops", "Formatting", "Interop"], ["Func"], ["Serialization"],
        ["Profiler"]
    ]

    /// Names of the standard library that `Tensor` has too.
    private static let common: Set = [
        "where", "max", "min", "append", "reduce", "to", "indices", "values", "split", "abs", "sign", "overlaps",
        "dropLast"
    ]

    /// A file's names: those that it declares for all, those of them that are members of `Tensor`, those that it
    /// declares in any way (parameters too), and those that it uses, with a point before members.
    private struct File {
        var globals: Set<String> = [], members: Set<String> = [], known: Set<String> = [], used: Set<String> = []
        private var line: [String] = [], indent = 0, isInTensor = false

        init(_ text: String) {
            var rest = Substring(text)[...]
            scan(&rest, until: nil)
        }

        private mutating func scan(_ rest: inout Substring, until end: Character?) {
            var previous: Character = "\n", depth = 0
            while let c = rest.first {
                if c == "\n" {
                    line = []
                    indent = rest.dropFirst().prefix { $0 == " " }.count
                } else if rest.hasPrefix("//") {
                    rest = rest.drop { $0 != "\n" }
                    continue
                } else if c == "\"" {
                    skipText(&rest)
                    continue
                } else if c.isLetter || c == "_" {
                    let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
                    rest = rest.dropFirst(name.count)
                    add(name, after: previous, isLabel: rest.first == ":")
                    previous = "a"
                    continue
                }
                if c == "(" { depth += 1 }
                if c == ")" { depth -= 1 }
                if c != " " { previous = c }
                rest = rest.dropFirst()
                if c == end, depth < 0 { return }
            }
        }

        /// Skips a text, but not what it interpolates.
        private mutating func skipText(_ rest: inout Substring) {
            let quote = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
            rest = rest.dropFirst(quote.count)
            while !rest.isEmpty, !rest.hasPrefix(quote) {
                if rest.hasPrefix("\\(") {
                    rest = rest.dropFirst(2)
                    scan(&rest, until: ")")
                } else {
                    rest = rest.dropFirst(rest.first == "\\" ? 2 : 1)
                }
            }
            rest = rest.dropFirst(quote.count)
        }

        private mutating func add(_ name: String, after previous: Character, isLabel: Bool) {
            let isMember = previous == "."
            let isPrivate = line.contains("private") || line.contains("fileprivate")
            let keywords: Set = ["class", "struct", "enum", "protocol", "typealias", "func", "var", "let", "case"]
            if let keyword = line.last, keywords.contains(keyword), !isMember {
                known.insert(name)
                if indent == 0, !isPrivate { globals.insert(name) }
                if indent == 4, !isPrivate, isInTensor { members.insert(name) }
            } else {
                used.insert(isMember ? "." + name : name)
            }
            // A label, the second name of `var a, b: Int`, and a generic parameter are declarations too.
            let isListed = previous == "," && !["var", "let", "case"].allSatisfy { !line.contains($0) }
            if isLabel || isListed || previous == "<" && line.contains("func") { known.insert(name) }
            if indent == 0, line.last == "extension" { isInTensor = name == "Tensor" }
            line.append(name)
        }
    }

    /// Whether a file is read. The function forms of methods are not: floors below have functions of numbers so named.
    private static func isRead(_ path: String) -> Bool {
        path.hasSuffix(".swift") && !["Functions.swift", "F.swift"].contains(path)
    }

    /// Every use of a name that only floors above declare, as `file: name`.
    static func upwardArrows(_ floors: [[String]]) throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../Sources/Torch"
        ).standardized.path
        let files = try floors.enumerated().flatMap { floor, folders in
            try folders.flatMap { folder in
                try (FileManager.default.subpaths(atPath: "\(root)/\(folder)") ?? []).filter(isRead)
                    .map {
                        try (
                            floor, "\(folder)/\($0)",
                            File(String(contentsOfFile: "\(root)/\(folder)/\($0)", encoding: .utf8))
                        )
                    }
            }
        }
        return floors.indices.flatMap { floor -> [String] in
            let known = files.filter { $0.0 <= floor }.reduce(into: common) { $0.formUnion($1.2.known) }
            let above = files.filter { $0.0 > floor }.reduce(into: Set()) { names, file in
                names.formUnion(file.2.globals.subtracting(known))
                names.formUnion(file.2.members.subtracting(known).map { "." + $0 })
            }
            return files.filter { $0.0 == floor }.flatMap { _, path, file in
                file.used.intersection(above).sorted().map { "\(path): \($0)" }
            }
        }
    }

    /// Modules, optimizers, loaders and distributions know nothing of each other: in whichever order they stand, no
    /// arrow points up.
    @Test(arguments: [["NN", "Optim", "Data", "Distributions"], ["Distributions", "Data", "Optim", "NN"]])
    func arrowsPointDownwards(last: [String]) throws {
        let found = try Self.upwardArrows(Self.floors + last.map { [$0] })
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }
}

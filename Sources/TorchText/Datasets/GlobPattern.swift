import Torch

/// A shell pattern for paths: `*` and `?` within a name, `[0-9]` and `[!0-9]`, `**` for any folders. Python: `fsspec`'s
/// `glob`.
struct GlobPattern {
    private enum Part {
        case name([Token])
        case anyFolders
    }

    private enum Token {
        case literal(Unicode.Scalar)
        case any
        case one
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    /// The folders before the first part that contains a wildcard.
    let root: [String]
    private let parts: [Part]

    /// - Parameter pattern: the components of a path.
    /// - Throws: `TorchError` if `**` is not a whole component.
    init(_ pattern: [String]) throws {
        let literal = pattern.dropLast().prefix { !GlobPattern.hasMagic($0) }
        root = Array(literal)
        parts = try pattern.dropFirst(literal.count).map { part in
            if part == "**" { return .anyFolders }
            guard !part.contains("**") else {
                throw TorchError(.value, "Invalid pattern: '**' can only be an entire path component")
            }
            return .name(GlobPattern.tokens(part))
        }
    }

    static func hasMagic(_ text: String) -> Bool { text.utf8.contains { "*?[".utf8.contains($0) } }

    private static func tokens(_ part: String) -> [Token] {
        var tokens: [Token] = []
        let scalars = Array(part.unicodeScalars)
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case "*": tokens.append(.any)
            case "?": tokens.append(.one)
            case "[":
                var start = position
                let isNegated = start < scalars.count && scalars[start] == "!"
                if isNegated { start += 1 }
                // A bracket at the first place belongs to the set.
                guard let end = scalars.indices.dropFirst(start + 1).first(where: { scalars[$0] == "]" }) else {
                    tokens.append(.literal(scalar))
                    continue
                }
                tokens.append(.set(ranges(scalars[start..<end]), isNegated: isNegated))
                position = end + 1
            default: tokens.append(.literal(scalar))
            }
        }
        return tokens
    }

    private static func ranges(_ scalars: ArraySlice<Unicode.Scalar>) -> [ClosedRange<Unicode.Scalar>] {
        var result: [ClosedRange<Unicode.Scalar>] = []
        var position = scalars.startIndex
        while position < scalars.endIndex {
            if position + 2 < scalars.endIndex, scalars[position + 1] == "-" {
                if scalars[position] <= scalars[position + 2] {
                    result.append(scalars[position]...scalars[position + 2])
                }
                position += 3
            } else {
                result.append(scalars[position]...scalars[position])
                position += 1
            }
        }
        return result
    }

    /// Returns whether a path below `root` matches.
    func matches(_ names: ArraySlice<String>) -> Bool {
        // reached[i]: the first i parts match the names so far. A part for any folders also matches no folder.
        var reached = [Bool](repeating: false, count: parts.count + 1)
        reached[0] = true
        func skipFolders(_ reached: inout [Bool]) {
            for (position, part) in parts.enumerated() {
                if reached[position], case .anyFolders = part { reached[position + 1] = true }
            }
        }
        skipFolders(&reached)
        for name in names {
            var next = [Bool](repeating: false, count: parts.count + 1)
            for (position, part) in parts.enumerated() where reached[position] {
                switch part {
                case .anyFolders: next[position] = true
                case .name(let tokens): if GlobPattern.matches(tokens, name) { next[position + 1] = true }
                }
            }
            skipFolders(&next)
            reached = next
        }
        return reached[parts.count]
    }

    private static func matches(_ tokens: [Token], _ name: String) -> Bool {
        var reached = [Bool](repeating: false, count: tokens.count + 1)
        reached[0] = true
        func skipAny(_ reached: inout [Bool]) {
            for (position, token) in tokens.enumerated() {
                if reached[position], case .any = token { reached[position + 1] = true }
            }
        }
        skipAny(&reached)
        for scalar in name.unicodeScalars {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for (position, token) in tokens.enumerated() where reached[position] {
                switch token {
                case .any: next[position] = true
                case .one: next[position + 1] = true
                case .literal(let wanted): if wanted == scalar { next[position + 1] = true }
                case .set(let ranges, let isNegated):
                    if ranges.contains(where: { $0.contains(scalar) }) != isNegated { next[position + 1] = true }
                }
            }
            skipAny(&next)
            reached = next
        }
        return reached[tokens.count]
    }
}

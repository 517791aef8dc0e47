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
        var place = 0
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            switch scalar {
            case "*": tokens.append(.any)
            case "?": tokens.append(.one)
            case "[":
                var start = place
                let isNegated = start < scalars.count && scalars[start] == "!"
                if isNegated { start += 1 }
                // A bracket at the first place belongs to the set.
                guard let end = scalars.indices.dropFirst(start + 1).first(where: { scalars[$0] == "]" }) else {
                    tokens.append(.literal(scalar))
                    continue
                }
                tokens.append(.set(ranges(scalars[start..<end]), isNegated: isNegated))
                place = end + 1
            default: tokens.append(.literal(scalar))
            }
        }
        return tokens
    }

    private static func ranges(_ scalars: ArraySlice<Unicode.Scalar>) -> [ClosedRange<Unicode.Scalar>] {
        var result: [ClosedRange<Unicode.Scalar>] = []
        var place = scalars.startIndex
        while place < scalars.endIndex {
            if place + 2 < scalars.endIndex, scalars[place + 1] == "-" {
                if scalars[place] <= scalars[place + 2] { result.append(scalars[place]...scalars[place + 2]) }
                place += 3
            } else {
                result.append(scalars[place]...scalars[place])
                place += 1
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
            for (place, part) in parts.enumerated() {
                if reached[place], case .anyFolders = part { reached[place + 1] = true }
            }
        }
        skipFolders(&reached)
        for name in names {
            var next = [Bool](repeating: false, count: parts.count + 1)
            for (place, part) in parts.enumerated() where reached[place] {
                switch part {
                case .anyFolders: next[place] = true
                case .name(let tokens): if GlobPattern.matches(tokens, name) { next[place + 1] = true }
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
            for (place, token) in tokens.enumerated() {
                if reached[place], case .any = token { reached[place + 1] = true }
            }
        }
        skipAny(&reached)
        for scalar in name.unicodeScalars {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for (place, token) in tokens.enumerated() where reached[place] {
                switch token {
                case .any: next[place] = true
                case .one: next[place + 1] = true
                case .literal(let wanted): if wanted == scalar { next[place + 1] = true }
                case .set(let ranges, let isNegated):
                    if ranges.contains(where: { $0.contains(scalar) }) != isNegated { next[place + 1] = true }
                }
            }
            skipAny(&next)
            reached = next
        }
        return reached[tokens.count]
    }
}

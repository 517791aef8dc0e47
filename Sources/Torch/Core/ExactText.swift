/// A text as a key. Python tells texts apart by their code points; Swift's `String` takes é in one and in two code
/// points for equal.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }

    package func hash(into hasher: inout Hasher) { hasher.combine(exactly: text) }
}

extension String {
    /// Whether both have the same code points.
    package func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether the text ends in exactly these code points.
    func endsExactly(in suffix: String) -> Bool { utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    /// The texts between the separators, empty ones included. `split` would miss a separator with a combining mark
    /// behind it, which are one `Character`.
    func parts(between separator: Unicode.Scalar) -> [String] {
        unicodeScalars.split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }

    /// What stands before and behind the last of these code points; nil if there is none.
    func parts(aroundLast separator: Unicode.Scalar) -> (before: String, behind: String)? {
        guard let place = unicodeScalars.lastIndex(of: separator) else { return nil }
        return (String(unicodeScalars[..<place]), String(unicodeScalars[place...].dropFirst()))
    }
}

extension Hasher {
    package mutating func combine(exactly text: String) {
        var text = text
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
        combine(UInt8.max)
    }
}

extension Collection<String> {
    /// Where the first text with the same code points stands.
    package func place(of name: String) -> Index? { firstIndex { $0.isExactly(name) } }

    package func has(_ name: String) -> Bool { place(of: name) != nil }

    /// Whether both have the same texts in the same order.
    package func areExactly(_ others: some Collection<String>) -> Bool { elementsEqual(others) { $0.isExactly($1) } }

    /// Those that stand here a second time.
    package var repeated: [String] {
        var seen: Set<ExactText> = []
        return filter { !seen.insert(ExactText($0)).inserted }
    }
}

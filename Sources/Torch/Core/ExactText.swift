/// A text as a dictionary or set key that is compared by code points, as in Python. Swift's `String` compares by
/// canonical equivalence: é as one code point equals é as two.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }

    package func hash(into hasher: inout Hasher) { hasher.combine(exactly: text) }
}

extension String {
    /// Returns whether both texts have the same code points.
    package func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Returns whether the text ends with exactly these code points.
    func endsExactly(in suffix: String) -> Bool { utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    /// Returns the texts between the separators, including empty ones. `split` on characters would miss a separator
    /// that a combining mark follows, because the two form one `Character`.
    func parts(between separator: Unicode.Scalar) -> [String] {
        unicodeScalars.split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }

    /// Returns the texts before and after the last occurrence of this code point; nil if it does not occur.
    func parts(aroundLast separator: Unicode.Scalar) -> (before: String, behind: String)? {
        guard let position = unicodeScalars.lastIndex(of: separator) else { return nil }
        return (String(unicodeScalars[..<position]), String(unicodeScalars[position...].dropFirst()))
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
    /// Returns the index of the first text with the same code points.
    package func exactIndex(of name: String) -> Index? { firstIndex { $0.isExactly(name) } }

    package func containsExactly(_ name: String) -> Bool { exactIndex(of: name) != nil }

    /// Returns whether both collections have the same texts in the same order.
    package func areExactly(_ others: some Collection<String>) -> Bool { elementsEqual(others) { $0.isExactly($1) } }

    /// The second and later occurrences of texts that appear more than once.
    package var repeated: [String] {
        var seen: Set<ExactText> = []
        return filter { !seen.insert(ExactText($0)).inserted }
    }
}

/// A text as a key. Python keeps texts apart by their code points, Swift's `String` takes é in one or two of them for equal.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }

    func hash(into hasher: inout Hasher) { hasher.combine(exactly: text) }
}

extension String {
    /// Whether both have the same code points.
    func isExactly(_ other: String) -> Bool { utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8) }
}

extension Hasher {
    mutating func combine(exactly text: String) {
        var text = text
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
        combine(UInt8.max)
    }
}

extension Collection<String> {
    /// Where the first text with the same code points stands.
    func place(of name: String) -> Index? { firstIndex { $0.isExactly(name) } }

    func has(_ name: String) -> Bool { place(of: name) != nil }

    /// Whether both have the same texts in the same order.
    func areExactly(_ others: some Collection<String>) -> Bool { elementsEqual(others) { $0.isExactly($1) } }

    /// Those that stand here a second time.
    var repeated: [String] {
        var seen: Set<ExactText> = []
        return filter { !seen.insert(ExactText($0)).inserted }
    }
}

extension Module: CustomStringConvertible {
    /// The module and all modules below it, in PyTorch's print format.
    public final var description: String {
        let extra =
            extraRepr.isEmpty ? [] : extraRepr.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let children =
            self is ModuleList || self is ParametrizationList || (self as? ModuleGroup)?.isList == true
            ? repeatedChildLines() : childEntries().map { "(\($0.name)): \(indented("\($0.module)"))" }
        let name = members().parametrizations.isEmpty ? typeName : "Parametrized\(typeName)"
        if children.isEmpty && extra.count <= 1 { return "\(name)(\(extra.first ?? ""))" }
        return "\(name)(\n  \((extra + children).joined(separator: "\n  "))\n)"
    }

    /// The children of a list. Equal neighbours are printed together: `(0-2): 3 x Linear(…)`.
    private func repeatedChildLines() -> [String] {
        var blocks: [(first: String, last: String, count: Int, text: String)] = []
        for entry in childEntries() {
            let text = "\(entry.module)"
            if let previous = blocks.last, previous.text == text {
                blocks[blocks.count - 1].last = entry.name
                blocks[blocks.count - 1].count += 1
            } else {
                blocks.append((entry.name, entry.name, 1, text))
            }
        }
        return blocks.map { block in
            indented(
                block.count == 1
                    ? "(\(block.first)): \(block.text)"
                    : "(\(block.first)-\(block.last)): \(block.count) x \(block.text)")
        }
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
    }
}

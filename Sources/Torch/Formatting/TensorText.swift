/// The nested brackets of a printed tensor.
struct TensorText {
    private let strided: Strided
    private let options: PrintOptions
    private let isSummary: Bool
    private var format: ElementFormat?
    /// How many of the format's elements are in the text already.
    private var written = 0
    private(set) var text = ""

    /// - Parameter indent: how far lines after the first are set in.
    /// - Precondition: the tensor is not empty and lies where this process can read it.
    init(_ strided: Strided, _ options: PrintOptions, indent: Int) {
        self.strided = strided
        self.options = options
        isSummary = strided.count > options.threshold
        var elements: [Scalar] = []
        collect(&elements, 0, strided.pointer)
        format = ElementFormat(elements, strided.dtype, options)
        write(0, indent)
    }

    private var layout: Layout { strided.layout }

    /// Whether only the ends of a dimension are shown.
    private func isCut(_ dim: Int) -> Bool { isSummary && layout.sizes[dim] - options.edgeItems > options.edgeItems }

    /// The shown elements, in the order in which they are written.
    private func collect(_ elements: inout [Scalar], _ dim: Int, _ pointer: UnsafeMutableRawPointer) {
        guard dim < layout.rank else { return elements.append(read(pointer, as: strided.dtype)) }
        let size = layout.sizes[dim]
        let step = layout.strides[dim] * strided.dtype.itemSize
        let edge = isCut(dim) ? options.edgeItems : size
        for i in 0..<edge { collect(&elements, dim + 1, pointer + i * step) }
        for i in max(edge, size - edge)..<size { collect(&elements, dim + 1, pointer + i * step) }
    }

    private mutating func write(_ dim: Int, _ indent: Int) {
        switch layout.rank - dim {
        case 0: writeElement()
        case 1: writeRow(dim, indent)
        default: writeBlocks(dim, indent)
        }
    }

    private mutating func writeElement() {
        text += format?.texts[written] ?? ""
        written += 1
    }

    /// The last dimension: elements side by side, as many as a line holds. The dots count as one of them.
    private mutating func writeRow(_ dim: Int, _ indent: Int) {
        let perLine = max(1, (options.lineWidth - indent) / ((format?.width ?? 1) + 2))
        let isCut = isCut(dim)
        let count = isCut ? 2 * options.edgeItems + 1 : layout.sizes[dim]
        text += "["
        for i in 0..<count {
            if i > 0 { text += i % perLine == 0 ? ",\n" + String(repeating: " ", count: indent + 1) : ", " }
            if isCut && i == options.edgeItems {
                text += options.edgeItems == 0 ? "..." : " ..."
            } else {
                writeElement()
            }
        }
        text += "]"
    }

    /// A dimension further out: blocks below each other, the farther apart the more dimensions they have.
    private mutating func writeBlocks(_ dim: Int, _ indent: Int) {
        let isCut = isCut(dim)
        let count = isCut ? 2 * options.edgeItems + 1 : layout.sizes[dim]
        let separator = "," + String(repeating: "\n", count: layout.rank - dim - 1) + String(repeating: " ", count: indent + 1)
        text += "["
        for i in 0..<count {
            if i > 0 { text += separator }
            if isCut && i == options.edgeItems { text += "..." } else { write(dim + 1, indent + 1) }
        }
        text += "]"
    }
}

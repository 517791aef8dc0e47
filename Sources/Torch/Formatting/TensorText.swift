/// The text of a tensor's elements in nested brackets.
struct TensorText {
    private let sizes: [Int]
    private let lineWidth: Int
    private let edgeItems: Int
    /// Whether each dimension shows only its ends.
    private let isCut: [Bool]
    private let format: ElementFormat
    /// The number of elements written so far.
    private var written = 0
    private(set) var text = ""

    /// Creates the text.
    /// - Parameter indent: the indent of the lines after the first.
    /// - Precondition: the tensor is not empty, and the options are valid.
    init(_ strided: Strided, _ options: PrintOptions, indent: Int) {
        let edgeItems = options.edgeItems
        let isSummary = strided.count > options.threshold
        let isCut = strided.layout.sizes.map { isSummary && $0 - edgeItems > edgeItems }
        sizes = strided.layout.sizes
        lineWidth = options.lineWidth
        self.edgeItems = edgeItems
        self.isCut = isCut

        // Only the elements shown determine the format. They are collected in writing order.
        var shown: [Scalar] = []
        func collect(_ dim: Int, _ pointer: UnsafeMutableRawPointer) {
            guard dim < strided.layout.rank else { return shown.append(read(pointer, as: strided.dtype)) }
            let size = strided.layout.sizes[dim]
            let step = size > 1 ? strided.layout.strides[dim] * strided.dtype.itemSize : 0
            let edge = isCut[dim] ? edgeItems : size
            for i in 0..<edge { collect(dim + 1, pointer + i * step) }
            for i in max(edge, size - edge)..<size { collect(dim + 1, pointer + i * step) }
        }
        collect(0, strided.pointer)
        format = ElementFormat(shown, strided.dtype, options)
        write(0, indent)
    }

    private mutating func write(_ dim: Int, _ indent: Int) {
        switch sizes.count - dim {
        case 0: writeElement()
        case 1: writeRow(dim, indent)
        default: writeBlocks(dim, indent)
        }
    }

    private mutating func writeElement() {
        format.append(written, to: &text)
        written += 1
    }

    /// Writes the last dimension: elements in lines, as many per line as fit. The dots count as one element.
    private mutating func writeRow(_ dim: Int, _ indent: Int) {
        let perLine = max(1, (lineWidth - indent) / (format.width + 2))
        let count = isCut[dim] ? 2 * edgeItems + 1 : sizes[dim]
        text += "["
        for i in 0..<count {
            if i > 0 { text += i % perLine == 0 ? ",\n" + String(repeating: " ", count: indent + 1) : ", " }
            if isCut[dim] && i == edgeItems {
                text += edgeItems == 0 ? "..." : " ..."
            } else {
                writeElement()
            }
        }
        text += "]"
    }

    /// Writes an outer dimension: its blocks on separate lines. Blocks with more dimensions have more blank lines
    /// between them.
    private mutating func writeBlocks(_ dim: Int, _ indent: Int) {
        let count = isCut[dim] ? 2 * edgeItems + 1 : sizes[dim]
        let separator =
            "," + String(repeating: "\n", count: sizes.count - dim - 1) + String(repeating: " ", count: indent + 1)
        text += "["
        for i in 0..<count {
            if i > 0 { text += separator }
            if isCut[dim] && i == edgeItems { text += "..." } else { write(dim + 1, indent + 1) }
        }
        text += "]"
    }
}

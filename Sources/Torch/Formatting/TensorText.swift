/// The nested brackets of a printed tensor.
struct TensorText {
    private let sizes: [Int]
    private let lineWidth: Int
    private let edgeItems: Int
    /// Which dimensions show only their ends.
    private let isCut: [Bool]
    private let format: ElementFormat
    /// How many of the format's elements are in the text already.
    private var written = 0
    private(set) var text = ""

    /// - Parameter indent: how far lines after the first are set in.
    /// - Precondition: the tensor is not empty, and the options are valid.
    init(_ strided: Strided, _ options: PrintOptions, indent: Int) {
        let edgeItems = options.edgeItems
        let isSummary = strided.count > options.threshold
        let isCut = strided.layout.sizes.map { isSummary && $0 - edgeItems > edgeItems }
        sizes = strided.layout.sizes
        lineWidth = options.lineWidth
        self.edgeItems = edgeItems
        self.isCut = isCut

        // Only what is shown decides on the format. Collected in the order in which it is written.
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

    /// The last dimension: elements side by side, as many as a line holds. The dots count as one of them.
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

    /// A dimension further out: blocks below each other, the farther apart the more dimensions they have.
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

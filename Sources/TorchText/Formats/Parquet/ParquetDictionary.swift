import Torch

/// The distinct values of a column chunk, from its dictionary page.
final class ParquetDictionary {
    struct Text {
        let offset: UInt32
        let count: UInt32
        /// Whether 16 bytes can be read from `offset` on.
        let hasRoom: Bool
    }

    let count: Int
    /// The consecutive fixed-width values, or the bytes that `texts` refer to.
    let start: UnsafeRawPointer
    /// The position of each text. Empty for fixed-width values.
    private(set) var texts: [Text] = []
    private let content = ByteBuffer()
    private let page: PageScanner.Page

    init(_ page: PageScanner.Page, _ leaf: ParquetLeaf, codec: PageCodec, limit: Int) throws {
        self.page = page
        let encoding = try Encoding.named(page.header.encoding)
        guard encoding == .plain || encoding == .plainDictionary, leaf.physical != .boolean else {
            throw TorchError(.file, "a dictionary of \(leaf.physical.name) in the encoding \(encoding.name)")
        }
        let source = try page.content(codec, scratch: content, limit: limit).rest
        count = page.header.values
        start = source.baseAddress!
        if let width = leaf.width {
            let (size, overflow) = count.multipliedReportingOverflow(by: width)
            guard !overflow, size <= source.count else {
                throw TorchError(.file, "a dictionary of \(count) values in \(source.count) bytes")
            }
            return
        }
        // Each text has its length before it.
        guard count <= source.count / 4 else {
            throw TorchError(.file, "a dictionary of \(count) texts in \(source.count) bytes")
        }
        texts.reserveCapacity(count)
        var position = 0
        for _ in 0..<count {
            guard source.count - position >= 4 else {
                throw TorchError(.file, "a dictionary that ends after \(texts.count) of its \(count) texts")
            }
            let length = Int(UInt32(littleEndian: source.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            position += 4
            guard length <= source.count - position else {
                throw TorchError(
                    .file, "a text of \(length) bytes in a dictionary of which \(source.count - position) are left")
            }
            texts.append(Text(offset: UInt32(position), count: UInt32(length), hasRoom: source.count - position >= 16))
            position += length
        }
    }
}

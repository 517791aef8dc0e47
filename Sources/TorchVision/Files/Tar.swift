import Torch
import TorchFiles

/// Unpacks the members with the given names from a tar archive, gzipped or not, under `root`. Each must be in the
/// archive, as a plain file. Other members are not unpacked.
/// PyTorch: `torchvision.datasets.utils.extract_archive`.
/// - Throws: `TorchError` that names the archive if it is damaged or a name is missing. Each file is unpacked whole or
///   not at all.
public func extractArchive(_ path: String, members: [String], to root: String) throws {
    try Tar.extract(path, Set(members), to: root)
}

/// The part of the tar format (ustar) that data set archives need: plain files, in order.
enum Tar {
    static func extract(_ path: String, _ names: Set<String>, to root: String) throws {
        let source = try Files.source(path)
        var missing = names
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while !missing.isEmpty {
            let header = UnsafeMutableRawBufferPointer(rebasing: buffer[..<512])
            let have = try source.fill(header)
            // Two blocks of zeros, or the end of the file, end an archive.
            if have == 0 || have == 512 && header.allSatisfy({ $0 == 0 }) { break }
            guard have == 512, let size = octal(header[124..<136]), checksum(header) == octal(header[148..<156]) else {
                throw source.error("damaged tar header")
            }
            let name =
                text(header[345..<500]).isEmpty
                ? text(header[..<100]) : "\(text(header[345..<500]))/\(text(header[..<100]))"
            let isFile = header[156] == UInt8(ascii: "0") || header[156] == 0
            var sink: OutputFile?
            if isFile, missing.remove(name) != nil {
                let target = Files.join(root, name)
                try Files.makeFolder(Files.folder(of: target))
                sink = try OutputFile(path: target)
            }
            var left = size
            while left > 0 {
                let count = try source.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)]))
                if count == 0 { throw source.error("ends inside of \(name)") }
                try sink?.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                left -= count
            }
            try sink?.commit()
            _ = try source.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<((512 - size % 512) % 512)]))
        }
        guard missing.isEmpty else { throw source.error("lacks \(missing.sorted().joined(separator: ", "))") }
    }

    private static func text(_ field: Swift.Slice<UnsafeMutableRawBufferPointer>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func octal(_ field: Swift.Slice<UnsafeMutableRawBufferPointer>) -> Int? {
        let digits = text(field).filter { $0 != " " }
        return digits.hasPrefix("-") ? nil : Int(digits, radix: 8)
    }

    /// Returns the sum of the bytes of the header. The checksum field itself counts as spaces.
    private static func checksum(_ header: UnsafeMutableRawBufferPointer) -> Int {
        header.indices.reduce(0) { $0 + (148..<156 ~= $1 ? 32 : Int(header[$1])) }
    }
}

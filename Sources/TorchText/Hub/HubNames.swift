import Torch

/// The rules for names on the hub.
enum Hub {
    static let mainRevision = "main"

    static func title(_ name: String, _ type: HubRepositoryType, _ revision: String) -> String {
        "\(name) (\(type.rawValue), revision \(revision))"
    }

    /// - Throws: `TorchError` if the name is not valid for a repository.
    ///   Python: `huggingface_hub.utils.validate_repo_id`.
    static func check(repository name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        func isGood(_ part: Substring) -> Bool {
            guard let first = part.utf8.first, let last = part.utf8.last, part.utf8.count <= 96 else { return false }
            let edge = UInt8(ascii: "-")..<UInt8(ascii: "/") // The characters "-" and ".".
            return part.utf8.allSatisfy { isWord($0) || edge.contains($0) } && !edge.contains(first)
                && !edge.contains(last)
        }
        guard (1...2).contains(parts.count), parts.allSatisfy(isGood), !name.contains("--"), !name.contains(".."),
            !name.hasSuffix(".git")
        else {
            throw TorchError(
                .value,
                "\"\(name)\" is not a repository's name: that is \"name\" or \"owner/name\" of letters, digits, '-', '_' and '.', at most 96 each, "
                    + "without '-' or '.' at an end, \"--\", \"..\", or \".git\" at its end")
        }
    }

    /// - Throws: `TorchError` if the path could lead out of the folder that it is joined to.
    static func check(path: String, _ what: String) throws {
        // Compare bytes, as the file system does: Swift reads a slash and a following combining accent as one
        // character.
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        func isGood(_ part: Substring.UTF8View) -> Bool {
            (1...255).contains(part.count) && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
                && part.allSatisfy { $0 >= 32 && $0 != UInt8(ascii: "\\") }
        }
        guard path.utf8.count <= 4096, parts.allSatisfy(isGood),
            path.split(separator: "/", omittingEmptySubsequences: false).count == parts.count
        else {
            throw TorchError(.value, "\"\(path)\" is not \(what)")
        }
    }

    /// Returns whether a server's commit or ETag is safe to use as a file name.
    static func isName(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count)
            && text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
            && !text.hasPrefix(".")
    }

    static func isHexadecimal(_ text: String, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Percent-encodes a text for a segment of a path (RFC 3986).
    static func quote(_ text: some StringProtocol, keeping kept: String = "") -> String {
        text.utf8.reduce(into: "") { result, byte in
            if isWord(byte) || "-.~".utf8.contains(byte) || kept.utf8.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"): true
        default: false
        }
    }
}

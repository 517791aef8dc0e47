#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A form that a browser sends (`multipart/form-data`, RFC 7578).
enum Multipart {
    /// Returns the bytes of the first file of a form, or nil if the form has no file or is damaged.
    static func firstFile(of form: [UInt8], boundary: String) -> [UInt8]? {
        let line = Array("--\(boundary)".utf8)
        guard var place = find(line, in: form, from: 0) else { return nil }
        while true {
            place += line.count
            // The last line has two hyphens behind the boundary.
            guard form[place...].starts(with: [0x0D, 0x0A]) else { return nil }
            guard let headersEnd = find(Array("\r\n\r\n".utf8), in: form, from: place),
                let end = find([0x0D, 0x0A] + line, in: form, from: headersEnd + 4)
            else { return nil }
            let headers = String(decoding: form[place..<headersEnd], as: UTF8.self).lowercased()
            let isFile = headers.split(whereSeparator: \.isNewline).contains {
                $0.hasPrefix("content-disposition:") && ($0.contains("filename=") || $0.contains("filename*="))
            }
            if isFile { return Array(form[headersEnd + 4..<end]) }
            place = end + 2
        }
    }

    private static func find(_ text: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var place = start
            while place <= bytes.count - text.count {
                guard let hit = memchr(bytes.baseAddress! + place, Int32(text[0]), bytes.count - text.count + 1 - place)
                else { return nil }
                place = UnsafeRawPointer(hit) - UnsafeRawPointer(bytes.baseAddress!)
                if memcmp(hit, text, text.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }
}

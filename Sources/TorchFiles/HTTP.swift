/// A request to a server.
package struct HTTPRequest: Sendable {
    package enum Method: Sendable { case get, head }

    package var method = Method.get
    package var url: String
    /// Lines of the form `Name: value`, without line ends.
    package var headers: [String] = []
    package var followsRedirects = true
    /// The most seconds to wait for a connection.
    package var connectTimeout = 20
    /// The most seconds that a connection may stay below one byte per second.
    package var stallTimeout = 30

    package init(_ url: String) { self.url = url }
}

/// The head of a server's answer. If there are several answers, as after a redirect, the head of the last one.
package struct HTTPResponse: Sendable {
    package internal(set) var status = 0
    package internal(set) var headers: [(name: String, value: String)] = []
    /// The absolute address of a redirect.
    package internal(set) var redirect: String?

    /// Returns the value of a header. The case of the name does not matter.
    package subscript(_ name: String) -> String? { headers.last { $0.name == name.lowercased() }?.value }

    /// Takes one line of the head. Returns false if there are more than 1000 headers or the line is longer than 256
    /// KiB.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            headers = []
            status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = text.firstIndex(of: ":") {
            headers.append((text[..<colon].lowercased(), HTTPResponse.trim(text[text.index(after: colon)...])))
        }
        return headers.count <= 1000 && line.count <= 1 << 18
    }

    private static func trim(_ text: Substring) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}

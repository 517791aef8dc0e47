/// What is asked of a server.
package struct HTTPRequest: Sendable {
    package enum Method: Sendable { case get, head }

    package var method = Method.get
    package var url: String
    /// `Name: value`, without line ends.
    package var headers: [String] = []
    package var followsRedirects = true
    /// Seconds until the connection stands.
    package var connectTimeout = 20
    /// Seconds after which a connection that gives less than a byte a second is dead.
    package var stallTimeout = 30

    package init(_ url: String) { self.url = url }
}

/// What a server says before the body: of several answers, as after a redirect, the last one.
package struct HTTPResponse: Sendable {
    package internal(set) var status = 0
    package internal(set) var headers: [(name: String, value: String)] = []
    /// The absolute address that the answer sends to.
    package internal(set) var redirect: String?

    /// A header's value, whatever the case of its name.
    package subscript(_ name: String) -> String? { headers.last { $0.name == name.lowercased() }?.value }

    /// Takes one line of the head; false where there is more of it than any server sends.
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

import Foundation
import Locks

/// An HTTP server on 127.0.0.1. A test writes its answers by hand, including broken ones. Each connection has one
/// request and its own thread.
package final class LoopbackServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// The path, including the part after the question mark.
        package var path: String
        /// The headers by name in lower case.
        package var headers: [String: String]
        package var body: [UInt8]
        /// The number of earlier requests.
        package var number: Int
    }

    package struct Answer: Sendable {
        package var status = "200 OK"
        package var headers: [String] = []
        package var body: [UInt8]
        /// The value of Content-Length; nil for the length of the body.
        package var promised: Int?
        /// The number of bytes of the body that are sent; nil for all.
        package var cut: Int?
        /// Whether the connection then stays open in silence until the other side closes it.
        package var stalls = false

        package init(status: String = "200 OK", headers: [String] = [], body: [UInt8], promised: Int? = nil) {
            self.status = status
            self.headers = headers
            self.body = body
            self.promised = promised
        }
    }

    package let port: UInt16
    private let listener: Int32
    private let asked = Mutex<[Request]>([])

    /// Starts a server.
    /// - Parameter answer: returns the answer for a path and the number of earlier requests.
    package convenience init(_ answer: @escaping @Sendable (String, Int) -> Answer) throws {
        try self.init(serving: { answer($0.path, $0.number) })
    }

    package init(serving answer: @escaping @Sendable (Request) -> Answer) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            } ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
        }
        guard let port else { throw POSIXError(.EADDRNOTAVAIL) }
        self.port = port
        self.listener = listener
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread { self.serve(connection, answer) }
            }
        }
    }

    /// All requests so far.
    package var history: [Request] { asked.withLock { $0 } }
    /// The paths of all requests so far.
    package var requests: [String] { history.map(\.path) }

    package func address(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32, _ answer: (Request) -> Answer) {
        defer { close(connection) }
        guard var request = receive(connection) else { return }
        asked.withLock { asked in
            request.number = asked.count
            asked.append(request)
        }
        let answer = answer(request)
        let head =
            "HTTP/1.1 \(answer.status)\r\nContent-Length: \(answer.promised ?? answer.body.count)\r\nConnection: close\r\n"
            + answer.headers.map { $0 + "\r\n" }.joined() + "\r\n"
        let bytes =
            Array(head.utf8) + (request.method == "HEAD" ? [] : answer.body.prefix(answer.cut ?? answer.body.count))
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
        var byte: UInt8 = 0
        if answer.stalls { while recv(connection, &byte, 1, 0) > 0 {} }
    }

    private func receive(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        func more() -> Bool {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count > 0 { bytes += buffer[..<count] }
            return count > 0
        }
        var end: Int?
        while end == nil {
            if !more() { return nil }
            end = bytes.indices.dropLast(3).first { bytes[$0..<$0 + 4].elementsEqual("\r\n\r\n".utf8) }
        }
        let lines = String(decoding: bytes[..<end!], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count >= 2 else { return nil }
        let headers = Dictionary(
            lines.dropFirst().compactMap { line -> (String, String)? in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (
                    line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                )
            }
        ) { $1 }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while bytes.count < end! + 4 + length { if !more() { return nil } }
        return Request(method: words[0], path: words[1], headers: headers, body: Array(bytes[(end! + 4)...]), number: 0)
    }
}

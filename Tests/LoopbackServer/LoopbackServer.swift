import Foundation
import Synchronization

/// An HTTP server on 127.0.0.1 whose answers a test writes by hand, broken ones included.
package final class LoopbackServer: Sendable {
    package struct Answer: Sendable {
        package var status = "200 OK"
        package var headers: [String] = []
        package var body: [UInt8]
        /// What Content-Length says; the body's length where nil.
        package var promised: Int?

        package init(status: String = "200 OK", headers: [String] = [], body: [UInt8], promised: Int? = nil) {
            self.status = status
            self.headers = headers
            self.body = body
            self.promised = promised
        }
    }

    package let port: UInt16
    private let listener: Int32
    private let paths = Mutex<[String]>([])

    /// - Parameter answer: by path and how many requests came before.
    package init(_ answer: @escaping @Sendable (String, Int) -> Answer) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            } ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
        }
        guard let port else { throw POSIXError(.EADDRNOTAVAIL) }
        self.port = port
        self.listener = listener
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                serve(connection, answer)
            }
        }
    }

    /// The paths asked for so far.
    package var requests: [String] { paths.withLock { $0 } }

    package func address(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32, _ answer: (String, Int) -> Answer) {
        defer { close(connection) }
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return }
            request += buffer[..<count]
        }
        let path = String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let before = paths.withLock { paths in
            defer { paths.append(path) }
            return paths.count
        }
        let answer = answer(path, before)
        let head = "HTTP/1.1 \(answer.status)\r\nContent-Length: \(answer.promised ?? answer.body.count)\r\nConnection: close\r\n"
            + answer.headers.map { $0 + "\r\n" }.joined() + "\r\n"
        var bytes = Array(head.utf8) + answer.body
        while !bytes.isEmpty {
            let count = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            if count <= 0 { return }
            bytes.removeFirst(count)
        }
    }
}

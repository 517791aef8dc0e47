import Foundation

/// One connection to a server. It writes requests by hand, including broken ones, and waits at most 20 seconds.
final class Client {
    struct Reply {
        var status = 0
        /// The headers by name in lower case.
        var headers: [String: String] = [:]
        var body = Data()

        var text: String { String(decoding: body, as: UTF8.self) }
        /// The message of an error.
        var message: String? {
            struct Failure: Decodable {
                struct Content: Decodable { let message: String }
                let error: Content
            }
            return try? JSONDecoder().decode(Failure.self, from: body).error.message
        }
        /// The classes of an answer.
        var predictions: [Prediction] {
            get throws { try JSONDecoder().decode([String: [Prediction]].self, from: body)["predictions"] ?? [] }
        }
    }

    struct Prediction: Decodable {
        let `class`: String
        let index: Int
        let probability: Double
    }

    struct Failure: Error {
        let text: String
    }

    private let socket: Int32
    private var received = Data()

    init(_ port: UInt16) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        // A head and a body are two writes. Otherwise the second waits until the server's system confirms the first.
        var isOn: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw Failure(text: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(socket) }

    /// Sends bytes. What the server no longer reads is not an error.
    func send(_ bytes: Data) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ text: String) { send(Data(text.utf8)) }

    /// Says that no more will be sent.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// Sends a request and returns the answer.
    func request(_ line: String, type: String? = nil, body: Data? = nil) throws -> Reply {
        send(Client.head(line, type: type, length: body?.count))
        if let body { send(body) }
        return try reply()
    }

    static func head(_ line: String, type: String? = nil, length: Int? = nil) -> String {
        var head = "\(line) HTTP/1.1\r\nHost: localhost\r\n"
        if let type { head += "Content-Type: \(type)\r\n" }
        if let length { head += "Content-Length: \(length)\r\n" }
        return head + "\r\n"
    }

    static let chunked = "POST /classify?top=10 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// Reads an answer.
    func reply(hasBody: Bool = true) throws -> Reply {
        var reply = Reply()
        let lines = try String(decoding: read(until: Data("\r\n\r\n".utf8)), as: UTF8.self)
            .split(separator: "\r\n")
        reply.status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            reply.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = hasBody ? Int(reply.headers["content-length"] ?? "0")! : 0
        while received.count < length { try receive() }
        reply.body = Data(received.prefix(length))
        received = Data(received.dropFirst(length))
        return reply
    }

    /// Whether the server closes the connection.
    func isClosed() -> Bool {
        do {
            while true { try receive() }
        } catch let failure as Failure {
            return failure.text == "closed"
        } catch {
            return false
        }
    }

    private func read(until end: Data) throws -> Data {
        while true {
            if let range = received.range(of: end) {
                let part = Data(received[..<range.lowerBound])
                received = Data(received[range.upperBound...])
                return part
            }
            try receive()
        }
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &buffer, buffer.count, 0)
        if count == 0 || (count < 0 && errno == ECONNRESET) { throw Failure(text: "closed") }
        if count < 0 { throw Failure(text: String(cString: strerror(errno))) }
        received.append(contentsOf: buffer[..<count])
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Foundation
import Torch

/// A server that answers lines of text. One thread serves all connections, and calls the methods that a subclass
/// overrides.
class LineServer: @unchecked Sendable {
    private struct Client {
        let handle: Int32
        var unread: [UInt8] = []
    }

    private let listener: Int32
    let size: Int
    private var clients: [Client] = []
    private var accepted = 0

    /// Begins to listen.
    /// - Parameters:
    ///   - port: the port, on all addresses of this machine.
    ///   - size: the number of connections. When all of them have ended, the server ends too.
    init(port: UInt16, size: Int) throws {
        self.size = size
        listener = socket(AF_INET6, ProcessManagement.streamType, 0)
        var yes: Int32 = 1, no: Int32 = 0
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        // Takes connections of IPv4 too.
        setsockopt(listener, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, 4)
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
        guard listener >= 0, isBound, listen(listener, 1024) == 0 else {
            let reason = systemMessage()
            if listener >= 0 { close(listener) }
            throw TorchError(
                .runtime,
                "The server socket has failed to listen on any local network address. port: \(port), \(reason)")
        }
    }

    /// Serves connections on a thread of its own.
    func start(_ name: String) {
        let thread = Thread { self.run() }
        thread.name = name
        thread.start()
    }

    private func run() {
        while accepted < size || !clients.isEmpty {
            var watched = clients.map { pollfd(fd: $0.handle, events: Int16(POLLIN), revents: 0) }
            if accepted < size { watched.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0)) }
            guard poll(&watched, nfds_t(watched.count), -1) > 0 else { continue }
            for entry in watched where entry.revents != 0 {
                if entry.fd == listener { accept() } else { read(entry.fd) }
            }
        }
        close(listener)
    }

    private func accept() {
        #if canImport(Glibc)
        let handle = Glibc.accept(listener, nil, nil)
        #elseif canImport(Musl)
        let handle = Musl.accept(listener, nil, nil)
        #else
        let handle = Darwin.accept(listener, nil, nil)
        #endif
        guard handle >= 0 else { return }
        accepted += 1
        clients.append(Client(handle: handle))
    }

    private func read(_ handle: Int32) {
        guard let position = clients.firstIndex(where: { $0.handle == handle }) else { return }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(handle, &bytes, bytes.count, 0)
        // A line is at most a few hundred bytes long; who sends more without an end speaks something else.
        guard count > 0, clients[position].unread.count < 1 << 16 else { return drop(handle) }
        clients[position].unread += bytes[..<count]
        while let position = clients.firstIndex(where: { $0.handle == handle }),
            let end = clients[position].unread.firstIndex(of: 10)
        {
            let line = String(decoding: clients[position].unread[..<end], as: UTF8.self)
            clients[position].unread.removeSubrange(...end)
            answer(line, handle)
        }
    }

    /// Ends a connection.
    func drop(_ handle: Int32) {
        close(handle)
        clients.removeAll { $0.handle == handle }
        hasEnded(handle)
    }

    /// Sends a line.
    func write(_ text: String, _ handle: Int32) {
        let bytes = Array((text + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(handle, $0.baseAddress! + sent, bytes.count - sent, ProcessManagement.noSignal)
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Answers a line.
    func answer(_ line: String, _ handle: Int32) {}
    /// Takes note that a connection has ended.
    func hasEnded(_ handle: Int32) {}
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Foundation
import Torch

/// Connects processes that were started with `torchrun`'s variables and without a launcher of MPI: rank 0 answers at
/// MASTER_ADDR and MASTER_PORT in the simple protocol of MPICH's process managers (PMI 1), and each process gives its
/// connection to MPICH.
enum ProcessManagement {
    /// Connects this process if its environment is that of `torchrun`. Sets the variables that MPICH reads.
    static func connectIfWanted(_ launch: LaunchEnvironment) throws {
        guard launch.launcher == .torchrun else { return }
        func required(_ name: String) throws -> String {
            guard let value = LaunchEnvironment.variable(name) else {
                throw TorchError(
                    .value,
                    "Error initializing torch.distributed using env:// rendezvous: environment variable \(name) expected, but not set"
                )
            }
            return value
        }
        let host = try required("MASTER_ADDR"), port = try required("MASTER_PORT")
        guard let rank = launch.rank, let size = launch.worldSize, rank >= 0, rank < size, let number = UInt16(port)
        else {
            throw TorchError(
                .value,
                "RANK, WORLD_SIZE and MASTER_PORT are not numbers of a job: \(try required("RANK")), \(try required("WORLD_SIZE")), \(port)"
            )
        }
        if size == 1 { return }
        // An agent of torchrun keeps its own store at the port.
        let agent = LaunchEnvironment.variable("TORCHELASTIC_USE_AGENT_STORE") == "True"
        let chosen = agent ? number &+ 1 : number
        if rank == 0 { try PMIServer.start(port: chosen, size: size) }
        let connection = try connect(host, chosen, patience: 60)
        setenv("PMI_FD", "\(connection)", 1)
        setenv("PMI_RANK", "\(rank)", 1)
        setenv("PMI_SIZE", "\(size)", 1)
    }

    /// Connects to a server that may not have started yet.
    private static func connect(_ host: String, _ port: UInt16, patience: Int) throws -> Int32 {
        var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = streamType
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let found else {
            throw TorchError(.runtime, "MASTER_ADDR: the name \(host) has no address")
        }
        defer { freeaddrinfo(found) }
        for _ in 0..<(patience * 10) {
            var candidate: UnsafeMutablePointer<addrinfo>? = found
            while let info = candidate?.pointee {
                let handle = socket(info.ai_family, info.ai_socktype, 0)
                if handle >= 0 {
                    if systemConnect(handle, info.ai_addr, info.ai_addrlen) == 0 { return handle }
                    close(handle)
                }
                candidate = info.ai_next
            }
            usleep(100_000)
        }
        throw TorchError(
            .runtime,
            "The client socket has timed out after \(patience)000ms while trying to connect to (\(host), \(port)).")
    }

    #if canImport(Glibc)
    static let streamType = Int32(SOCK_STREAM.rawValue)
    private static let systemConnect = Glibc.connect
    #elseif canImport(Musl)
    static let streamType = SOCK_STREAM
    private static let systemConnect = Musl.connect
    #else
    static let streamType = SOCK_STREAM
    private static let systemConnect = Darwin.connect
    #endif
}

/// The server of the protocol: a store of texts, and barriers. One thread serves all connections.
private final class PMIServer: @unchecked Sendable {
    private struct Client {
        let handle: Int32
        var unread: [UInt8] = []
    }

    private let listener: Int32
    private let size: Int
    private var clients: [Client] = []
    private var store: [String: String] = [:]
    private var inBarrier: [Int32] = []
    private var accepted = 0

    static func start(port: UInt16, size: Int) throws {
        let server = try PMIServer(port: port, size: size)
        let thread = Thread { server.run() }
        thread.name = "torch.pmi"
        thread.start()
    }

    private init(port: UInt16, size: Int) throws {
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

    private func drop(_ handle: Int32) {
        close(handle)
        clients.removeAll { $0.handle == handle }
    }

    private func write(_ text: String, _ handle: Int32) {
        let bytes = Array((text + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(handle, $0.baseAddress! + sent, bytes.count - sent, 0) }
            if count <= 0 { return }
            sent += count
        }
    }

    private func answer(_ line: String, _ handle: Int32) {
        var words: [String: String] = [:]
        for word in line.split(separator: " ") {
            guard let equals = word.firstIndex(of: "=") else { continue }
            words[String(word[..<equals])] = String(word[word.index(after: equals)...])
        }
        switch words["cmd"] {
        case "init": write("cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0", handle)
        case "get_maxes": write("cmd=maxes kvsname_max=256 keylen_max=256 vallen_max=4096", handle)
        case "get_appnum": write("cmd=appnum appnum=0", handle)
        case "get_universe_size": write("cmd=universe_size size=\(size)", handle)
        case "get_my_kvsname": write("cmd=my_kvsname kvsname=torch", handle)
        case "put":
            store[words["key"] ?? ""] = words["value"] ?? ""
            write("cmd=put_result rc=0 msg=success", handle)
        case "get":
            if let value = store[words["key"] ?? ""] {
                write("cmd=get_result rc=0 msg=success value=\(value)", handle)
            } else {
                write("cmd=get_result rc=-1 msg=key_not_found value=unknown", handle)
            }
        case "barrier_in":
            inBarrier.append(handle)
            guard inBarrier.count == size else { return }
            let waiting = inBarrier
            inBarrier = []
            for member in waiting { write("cmd=barrier_out rc=0", member) }
        case "finalize":
            write("cmd=finalize_ack rc=0", handle)
        case "abort":
            drop(handle)
        default:
            write("cmd=\(words["cmd"] ?? "") rc=-1 msg=unknown", handle)
        }
    }
}

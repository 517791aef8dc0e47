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
    /// Where the processes of a job that has `torchrun`'s variables meet, and this process's place among them.
    struct MeetingPoint {
        let host: String
        let port: UInt16
        let rank: Int
        let size: Int
    }

    /// Returns the meeting point that the environment names.
    /// - Throws: `TorchError` if a variable is missing or is not a number of a job.
    static func meetingPoint(_ launch: LaunchEnvironment) throws -> MeetingPoint {
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
        // An agent of torchrun keeps its own store at the port.
        let agent = LaunchEnvironment.variable("TORCHELASTIC_USE_AGENT_STORE") == "True"
        return MeetingPoint(host: host, port: agent ? number &+ 1 : number, rank: rank, size: size)
    }

    /// Connects this process if its environment is that of `torchrun`. Sets the variables that MPICH reads.
    static func connectIfWanted(_ launch: LaunchEnvironment) throws {
        guard launch.launcher == .torchrun else { return }
        let place = try meetingPoint(launch)
        if place.size == 1 { return }
        if place.rank == 0 { try PMIServer(port: place.port, size: place.size).start("torch.pmi") }
        let connection = try connect(place.host, place.port, patience: 60)
        setenv("PMI_FD", "\(connection)", 1)
        setenv("PMI_RANK", "\(place.rank)", 1)
        setenv("PMI_SIZE", "\(place.size)", 1)
    }

    /// Connects to a server that may not have started yet.
    /// - Parameter patience: how long to try, in seconds.
    static func connect(_ host: String, _ port: UInt16, patience: Int) throws -> Int32 {
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

    // A connection that has ended must not end this process.
    #if canImport(Darwin)
    static let noSignal: Int32 = 0
    #else
    static let noSignal = Int32(MSG_NOSIGNAL)
    #endif

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

/// The server of the protocol: a store of texts, and barriers.
private final class PMIServer: LineServer, @unchecked Sendable {
    private var store: [String: String] = [:]
    private var inBarrier: [Int32] = []

    override func answer(_ line: String, _ handle: Int32) {
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

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CMPI
import Torch

/// MPI's library, which is loaded and initialized once in a process.
final class MPILibrary: Sendable {
    /// The binary interfaces that are known.
    enum Kind: String {
        case openMPI = "Open MPI"
        case mpich = "MPICH"
    }

    let kind: Kind
    /// Whether several threads may call at once. If not, they take turns.
    let isConcurrent: Bool
    /// Whether calls may wait inside MPI. MPICH keeps a processor busy meanwhile, which others may need.
    let waitsInside: Bool
    /// The library's own line about itself.
    let version: String

    /// Loads the library that the launcher of this process belongs to, and initializes it.
    init(_ launch: LaunchEnvironment) throws {
        let kind = try MPILibrary.load(launch)
        var isInitialized: Int32 = 0, isFinalized: Int32 = 0, level: Int32 = 0
        try MPILibrary.check(cmpi().pointee.finalized(&isFinalized))
        guard isFinalized == 0 else {
            throw TorchError(.runtime, "MPI was already finalized in this process and cannot be initialized again.")
        }
        try MPILibrary.check(cmpi().pointee.initialized(&isInitialized))
        guard isInitialized == 0 else {
            throw TorchError(.runtime, "MPI was already initialized in this process by other code.")
        }
        try MPILibrary.check(cmpi().pointee.`init`(&level))
        guard level >= 2 else {
            throw TorchError(
                .runtime,
                "Used MPI implementation doesn't have the minimum level of threading support: MPI_THREAD_SERIALIZED.")
        }
        isConcurrent = level == 3
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        waitsInside = isConcurrent && (kind == .openMPI || LaunchEnvironment.localSize ?? 1 <= processors)
        self.kind = kind
        version = MPILibrary.text { cmpi().pointee.version($0, $1) }
    }

    // MARK: Finding the library

    #if canImport(Darwin)
    private static let openMPINames = ["libmpi.40.dylib"]
    private static let mpichNames = ["libmpi.12.dylib", "libpmpi.12.dylib"]
    #else
    private static let openMPINames = ["libmpi.so.40"]
    private static let mpichNames = ["libmpich.so.12", "libmpi.so.12"]
    #endif

    private static func load(_ launch: LaunchEnvironment) throws -> Kind {
        var names: [String]
        let asked = LaunchEnvironment.variable("SWIFT_TORCH_MPI")
        switch asked {
        case "openmpi": names = openMPINames
        case "mpich": names = mpichNames
        case let path?: names = [path]
        case nil:
            switch launch.launcher {
            case .openMPI: names = openMPINames
            case .pmi, .torchrun: names = mpichNames
            case .none: names = openMPINames + mpichNames
            }
        }
        var reasons: [String] = []
        for name in names {
            var reason = [CChar](repeating: 0, count: 512)
            switch Int(cmpi_load(name, &reason, Int32(reason.count))) {
            case Int(CMPI_OPEN_MPI): return .openMPI
            case Int(CMPI_MPICH): return .mpich
            default: reasons.append(string(reason))
            }
        }
        throw TorchError(
            .runtime,
            "Distributed package doesn't have MPI built in. MPI is loaded at run time, but no library of it was found: looked for \(names.joined(separator: ", "))"
                + " because \(asked == nil ? launch.reason : "SWIFT_TORCH_MPI is \(asked ?? "")") (\(reasons.joined(separator: "; ")))."
                + " Debian's packages are libopenmpi3 and libmpich12; SWIFT_TORCH_MPI is openmpi, mpich or the path of a library."
        )
    }

    // MARK: Errors

    /// Throws the error of a call.
    static func check(_ code: Int32) throws { if let error = error(code) { throw error } }

    /// Returns whether a code is that of a success; raises its error if not.
    static func succeeds(_ code: Int32) -> Bool {
        if code == 0 { return true }
        guard let error = error(code) else { return true }
        raise(error.kind, error.message)
        return false
    }

    /// Returns the error of a code, or nil if it is none.
    static func error(_ code: Int32) -> TorchError? {
        if code == 0 { return nil }
        return TorchError(.runtime, "MPI error: " + text { cmpi().pointee.error_string(code, $0, $1) })
    }

    private static func text(_ body: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32) -> String {
        // The greatest length of any implementation.
        var text = [CChar](repeating: 0, count: 8193), length: Int32 = 0
        guard body(&text, &length) == 0 else { return "unknown" }
        return string(text)
    }

    /// The text before the zero that ends it.
    static func string(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

import CNCCL
import Torch

/// NVIDIA's library of collectives, which is loaded once in a process.
final class NCCLLibrary: Sendable {
    /// Its functions.
    let calls: cnccl_calls
    /// Its version, such as 2.27.7.
    let version: String

    private static let shared = Result { try NCCLLibrary() }

    /// Returns the library, which is loaded at the first call.
    static func get() throws -> NCCLLibrary { try shared.get() }

    private init() throws {
        guard Device.cuda.isAvailable else {
            throw TorchError(.value, "ProcessGroupNCCL is only supported with GPUs, no GPUs found!")
        }
        var calls = cnccl_calls(), reason = [CChar](repeating: 0, count: 512), number: Int32 = 0
        let path = try NCCLLibrary.path()
        guard cnccl_load(path, &calls, &reason, Int32(reason.count)) != 0 else {
            throw NCCLLibrary.notFound("\(path) cannot be loaded: \(MPILibrary.string(reason))")
        }
        self.calls = calls
        guard calls.get_version(&number) == 0 else { throw NCCLLibrary.notFound("\(path) does not say its version") }
        let (major, rest) = number < 10_000 ? (number / 1000, number % 1000) : (number / 10_000, number % 10_000)
        version = "\(major).\(rest / 100).\(rest % 100)"
    }

    private static func path() throws -> String {
        if let path = LaunchEnvironment.variable("SWIFT_TORCH_NCCL") { return path }
        do {
            return try cuda.pathOfNCCL()
        } catch {
            throw notFound("\(error)")
        }
    }

    private static func notFound(_ reason: String) -> TorchError {
        TorchError(
            .runtime,
            "Distributed package doesn't have NCCL built in. NCCL is loaded at run time, but no library was found: \(reason). SWIFT_TORCH_NCCL is the path of a library."
        )
    }

    // MARK: Errors

    /// Returns the error of a code; nil if it is none.
    /// - Parameter call: what failed, for the message.
    func error(_ code: Int32, _ call: String) -> TorchError? {
        if code == 0 { return nil }
        let words =
            switch code {
            case 1: "ncclUnhandledCudaError: Call to CUDA function failed."
            case 2:
                "ncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error."
            case 3: "ncclInternalError: Internal check failed."
            case 4: "ncclInvalidArgument: Invalid value for an argument."
            case 5: "ncclInvalidUsage: This usually reflects invalid usage of NCCL library."
            case 6:
                "ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely."
            default: "Unknown NCCL error!"
            }
        let text = calls.error_string(code).map { String(cString: $0) } ?? ""
        let last = calls.last_error(nil).map { String(cString: $0) } ?? ""
        return TorchError(
            .runtime, "NCCL error in \(call): \(text), NCCL version \(version)\n\(words)\nLast error:\n\(last)")
    }

    func check(_ code: Int32, _ call: String) throws { if let error = error(code, call) { throw error } }
}

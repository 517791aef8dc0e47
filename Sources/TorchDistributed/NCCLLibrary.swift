#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Torch

/// NCCL's library. Collectives over NCCL do not exist yet: the backend refuses, and says what is missing.
enum NCCLLibrary {
    /// Returns the error of `initProcessGroup("nccl")`.
    static func refusal() -> TorchError {
        guard Device.cuda.isAvailable else {
            return TorchError(.value, "ProcessGroupNCCL is only supported with GPUs, no GPUs found!")
        }
        guard dlopen("libnccl.so.2", RTLD_NOW) != nil else {
            return TorchError(
                .runtime,
                "Distributed package doesn't have NCCL built in. NCCL is loaded at run time, but it was not found: \(String(cString: dlerror()))"
            )
        }
        return TorchError(
            .notImplemented,
            "The backend nccl is not implemented. The backend mpi takes CUDA tensors too, by way of the host's memory.")
    }
}

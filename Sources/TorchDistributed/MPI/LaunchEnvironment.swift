#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Torch

/// What the variables of the environment say about the launcher and this process's place among the others.
struct LaunchEnvironment {
    /// The ways to start the processes of a job.
    enum Launcher {
        /// Open MPI's `mpirun`, or Slurm over PMIx.
        case openMPI
        /// MPICH's `mpiexec`, or Slurm over PMI.
        case pmi
        /// The variables of `torchrun`, which Kubernetes' PyTorchJob sets too. Rank 0 connects the processes.
        case torchrun
        /// Nothing: one process.
        case none
    }

    let launcher: Launcher
    /// Why the launcher was chosen, for errors.
    let reason: String
    let rank: Int?
    let worldSize: Int?

    /// Reads the environment of this process.
    init() {
        func number(_ names: String...) -> Int? {
            names.lazy.compactMap { LaunchEnvironment.variable($0) }.first.flatMap { Int($0) }
        }
        func isSet(_ names: String...) -> String? { names.first { LaunchEnvironment.variable($0) != nil } }
        if let name = isSet("OMPI_COMM_WORLD_SIZE", "PMIX_RANK") {
            launcher = .openMPI
            reason = "\(name) is set"
            rank = number("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID")
            worldSize = number("OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
        } else if let name = isSet("PMI_SIZE", "PMI_RANK", "PMI_FD") {
            launcher = .pmi
            reason = "\(name) is set"
            rank = number("PMI_RANK", "SLURM_PROCID")
            worldSize = number("PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
        } else if isSet("RANK") != nil, isSet("WORLD_SIZE") != nil {
            launcher = .torchrun
            reason = "RANK and WORLD_SIZE are set"
            rank = number("RANK")
            worldSize = number("WORLD_SIZE")
        } else {
            launcher = .none
            reason = "no launcher set its variables"
            rank = nil
            worldSize = nil
        }
    }

    /// The number of this process among those of its machine, if the launcher says it.
    static var localRank: Int? {
        ["LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "PMI_LOCAL_RANK", "SLURM_LOCALID"]
            .lazy.compactMap { variable($0) }.first.flatMap { Int($0) }
    }

    /// The number of processes of this machine, if the launcher says it.
    static var localSize: Int? {
        ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "LOCAL_WORLD_SIZE"]
            .lazy.compactMap { variable($0) }.first.flatMap { Int($0) }
    }

    /// Returns the value of a variable, or nil if it is not set or empty.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

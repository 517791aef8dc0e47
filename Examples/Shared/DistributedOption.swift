import ArgumentParser
import Torch
import TorchDistributed

/// The flags `--distributed` and `--dist-backend` of training programs.
package struct DistributedOption: ParsableArguments {
    @Flag(help: "Train in all processes that mpirun, srun or torchrun's variables have started.")
    package var distributed = false
    @Option(help: "What moves tensors between processes: mpi, or nccl with --device cuda.") var distBackend = "mpi"

    package init() {}

    package func validate() throws {
        guard ["mpi", "nccl"].contains(distBackend) else {
            throw ValidationError("--dist-backend must be mpi or nccl.")
        }
    }

    /// Connects the processes of the job, if the flag is given.
    package func connect() throws {
        if distributed { try dist.initProcessGroup(distBackend) }
    }

    /// The rank of this process; 0 without the flag.
    package var rank: Int { distributed ? dist.rank : 0 }

    /// Whether this process prints and saves.
    package var isFirst: Bool { rank == 0 }

    /// The number of processes; 1 without the flag.
    package var count: Int { distributed ? dist.worldSize : 1 }

    /// Returns the model as one whose gradients are the means over the processes, or as it is if there is one process.
    package func wrap(_ model: some Layer) -> any Layer {
        count > 1 ? DistributedDataParallel(model) : model
    }

    /// Returns the mean of the processes' numbers. All processes call this.
    package func mean(_ number: Double) -> Double {
        if count == 1 { return number }
        let all = Tensor([number], dtype: .float64, device: distBackend == "nccl" ? .cuda : .cpu)
        dist.allReduce(all, op: .avg)
        return all.item()
    }

    /// Returns the order in which this process reads its part of a data set; nil, for all of it, without the flag.
    package func sampler(_ dataset: some Dataset, shuffle: Bool) -> DistributedSampler? {
        distributed ? DistributedSampler(dataset, shuffle: shuffle) : nil
    }

    /// Waits for the other processes and leaves them.
    package func disconnect() {
        if distributed { dist.destroyProcessGroup() }
    }
}

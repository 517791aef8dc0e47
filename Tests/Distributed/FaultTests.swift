import Foundation
import Torch
import TorchDistributed

/// Processes that fail. `run.sh` expects that the job ends soon, and what it prints.
enum FaultTests {
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter name: what happens; over NCCL with `nccl-` before it.
    static func run(_ name: String) throws {
        let overNCCL = name.hasPrefix("nccl-"), part = overNCCL ? String(name.dropFirst(5)) : name
        let isMember = part != "no-group"
        if isMember {
            try dist.initProcessGroup(
                overNCCL ? "nccl" : "mpi", timeout: part == "late" ? 5 : part == "lonely" ? 2 : nil)
        }
        let isFaulty = isMember && dist.rank == 1
        let x = Tensor.ones([1000], device: overNCCL ? .cuda : .cpu)
        if isFaulty {
            // The script counts the seconds from here.
            print("FAULT \(Int(Date().timeIntervalSince1970 * 1000))")
            fflush(nil)
        }
        switch part {
        case "exit":
            if isFaulty { exit(3) }
        case "throw":
            if isFaulty { throw Mistake(description: "no such file") }
        case "mistake":
            if isFaulty { _ = Tensor.ones([2]) + Tensor.ones([3]) }
        case "kill":
            if isFaulty { kill(getpid(), SIGKILL) }
        case "stop":
            if isFaulty { kill(getpid(), SIGSTOP) }
        case "leave":
            if isFaulty { return }
        case "join":
            if isFaulty { return }
            _ = try dist.newGroup()
        case "late":
            if isFaulty { sleep(60) }
        case "barrier":
            if isFaulty { sleep(2) }
            do {
                try withError { dist.monitoredBarrier(timeout: 1) }
                if dist.rank != 1 { print("no error in rank \(dist.rank)") }
            } catch {
                print(error)
            }
            exit(0)
        case "shapes":
            dist.allReduce(Tensor.ones(isFaulty ? [3, 2] : [2], device: x.device))
            // Over NCCL nobody notices before a device is waited for.
            if overNCCL { cuda.synchronize() }
            sleep(overNCCL ? 5 : 0)
            return
        case "orders":
            if isFaulty { dist.broadcast(x, src: 0) } else { dist.allReduce(x) }
            return
        case "cut":
            // Until the script cuts the network.
            print("rank \(dist.rank) of \(dist.worldSize) steps")
            fflush(nil)
            for _ in 0..<3000 {
                dist.allReduce(x, op: .avg)
                usleep(10_000)
            }
        case "no-group":
            dist.allReduce(x)
        case "unused":
            let model = DistributedDataParallel(DataParallelTests.Branches())
            for _ in 0..<2 { model.forward { $0(Tensor.ones([1, 4]), usesRight: false) }["result"]?.sum().backward() }
        default:
            print("no part \(part)")
            exit(2)
        }
        for _ in 0..<3 { dist.allReduce(x) }
        if overNCCL { _ = x.toArray(as: Float.self) }
        print("rank \(dist.rank) came to its end")
    }
}

/// What a process without MPI or without a launcher is told.
enum Refusals {
    static func run() {
        func show(_ body: () throws -> Void) {
            do {
                try body()
                print("no error")
            } catch {
                print("\(error)")
            }
        }
        show { try dist.initProcessGroup("nccl") }
        show { try dist.initProcessGroup("gloo") }
        show { try dist.initProcessGroup("nonsense") }
        show { try dist.initProcessGroup("mpi", timeout: -1) }
        show { try withError { _ = dist.allReduce(Tensor.ones([2])) } }
        show { try dist.initProcessGroup("mpi") }
    }
}

import Foundation
import Torch
import TorchDistributed

/// A program that `run.sh` starts as several processes. The first argument names the part to run.
@main
struct DistributedTest {
    static func main() async throws {
        let part = CommandLine.arguments.dropFirst().first ?? "all"
        setNumThreads(1)
        switch part {
        case "all":
            try dist.initProcessGroup("mpi")
            try Check.group("collectives", CollectiveTests.run)
            try Check.group("groups", GroupTests.run)
            try Check.group("objects", ObjectTests.run)
            try Check.group("errors", ErrorTests.run)
            try Check.group("data parallel", DataParallelTests.run)
            try Check.group("sharding", ShardingTests.run)
            try Check.group("fully sharded", FullyShardTests.run)
            try Check.group("fully sharded together", FullyShardGroupTests.run)
            try Check.group("states of rank 0", FullyShardStateTests.run)
            dist.destroyProcessGroup()
            try again()
            try FirstPage.run()
        case "torchrun":
            try dist.initProcessGroup("mpi")
            Check.that(dist.worldSize == 3, "three processes")
            Check.that("\(dist.rank)" == ProcessInfo.processInfo.environment["RANK"], "the rank of the environment")
            try Check.group("objects", ObjectTests.run)
            dist.destroyProcessGroup()
        case "dcp":
            try dist.initProcessGroup("mpi")
            try ShardingTests.save(to: CommandLine.arguments[2])
            dist.destroyProcessGroup()
        case "ddp":
            try dist.initProcessGroup("mpi")
            try Check.group("data parallel", DataParallelTests.run)
            dist.destroyProcessGroup()
        case "fsdp":
            try dist.initProcessGroup("mpi")
            if CommandLine.arguments.count > 2 {
                try FullyShardTests.save(to: CommandLine.arguments[2])
            } else {
                try Check.group("fully sharded", FullyShardTests.run)
                try Check.group("fully sharded together", FullyShardGroupTests.run)
                try Check.group("states of rank 0", FullyShardStateTests.run)
            }
            dist.destroyProcessGroup()
        case "speed":
            try dist.initProcessGroup("mpi")
            Speed.run()
            dist.destroyProcessGroup()
        case "trace":
            try dist.initProcessGroup("mpi")
            try Trace.run(CommandLine.arguments[2])
            dist.destroyProcessGroup()
        case "nccl":
            try dist.initProcessGroup("nccl")
            try Check.group("objects over nccl", ObjectTests.run)
            try Check.group("nccl", NCCLTests.run)
            dist.destroyProcessGroup()
        case "nccl-training": try Check.group("training over nccl", NCCLTests.training)
        case "refusals": Refusals.run()
        default: try FaultTests.run(part)
        }
        Check.finish()
    }

    /// The processes stay connected, so a second group can follow the first.
    static func again() throws {
        Check.that(!dist.isInitialized(), "no group after destroyProcessGroup")
        try dist.initProcessGroup(backend: "mpi")
        let x = Tensor.ones([3])
        dist.allReduce(x)
        Check.equal(x, Tensor.full([3], Double(dist.worldSize)), "a sum in the second default group")
        dist.destroyProcessGroup()
    }
}

/// What the tests assert. A failure is printed with the rank, and the process ends with an error.
enum Check {
    nonisolated(unsafe) private static var failures = 0
    nonisolated(unsafe) private static var count = 0
    nonisolated(unsafe) private static var name = ""

    static func group(_ name: String, _ body: () throws -> Void) rethrows {
        self.name = name
        try body()
    }

    static func that(_ condition: Bool, _ what: @autoclosure () -> String) {
        count += 1
        if condition { return }
        failures += 1
        let rank = dist.isInitialized() ? dist.rank : -1
        FileHandle.standardError.write(Data("FAILED [rank \(rank)] \(name): \(what())\n".utf8))
    }

    static func equal(_ a: Tensor, _ b: Tensor, _ what: @autoclosure () -> String) {
        that(
            a.shape == b.shape && a.to(.float64).equal(b.to(.float64)),
            "\(what()): got \(a), expected \(b)")
    }

    static func close(_ a: Tensor, _ b: Tensor, _ tolerance: Double, _ what: @autoclosure () -> String) {
        var distance = a.shape == b.shape ? 0 : Double.infinity
        if a.shape == b.shape, a.numel() > 0 { distance = (a.to(.float64) - b.to(.float64)).abs().max().item() }
        that(distance <= tolerance, "\(what()): differs by \(distance)")
    }

    /// Checks that `body` raises an error that begins with `text`.
    static func raises(_ text: String, _ body: () throws -> Void) {
        do {
            try withError(body)
            that(false, "no error, expected \(text)")
        } catch let error as TorchError {
            that(error.message.hasPrefix(text), "the error '\(error.message)', expected '\(text)'")
        } catch {
            that(false, "\(error)")
        }
    }

    static func finish() {
        if failures > 0 { exit(1) }
        if ProcessInfo.processInfo.environment["DISTRIBUTED_TEST_COUNT"] != nil { print("\(count) checks passed") }
    }
}

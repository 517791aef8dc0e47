import Foundation
import Torch
import TorchDistributed

/// Optimizers and checkpoints that are divided among the processes.
enum ShardingTests {
    static func run() throws {
        try optimizer()
        try samplers()
        try checkpoints()
    }

    /// The order of PyTorch's DistributedSampler.
    static func samplers() throws {
        struct Recorded: Decodable {
            struct Sampler: Decodable {
                let count, replicas, epoch: Int
                let shuffle, drop_last: Bool
                let orders: [[Int]]
            }
            let samplers: [Sampler]
        }
        guard let path = ProcessInfo.processInfo.environment["DDP_FIXTURE"] else { return }
        let recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        Check.that(recorded.samplers.count == 6, "recorded samplers")
        for sampler in recorded.samplers {
            for (rank, order) in sampler.orders.enumerated() {
                let own = DistributedSampler(
                    count: sampler.count, numReplicas: sampler.replicas, rank: rank, shuffle: sampler.shuffle, seed: 3,
                    dropLast: sampler.drop_last)
                own.setEpoch(sampler.epoch)
                Check.that(Array(own) == order && own.count == order.count, "sampler \(sampler): \(Array(own))")
            }
        }
        let rows = TensorDataset(Tensor.arange(10))
        let own = DistributedSampler(rows, shuffle: false)
        Check.that(own.rank == dist.rank && own.numReplicas == dist.worldSize, "the default group's sampler")
        Check.raises("Invalid rank 2, rank should be in the interval [0, 1]") {
            _ = DistributedSampler(count: 3, numReplicas: 2, rank: 2)
        }
    }

    /// A folder that all processes know and that the test removes.
    static func inFolder(_ body: (String) throws -> Void) throws {
        let name = "\(FileManager.default.temporaryDirectory.path)/dcp-\(UUID().uuidString)"
        let folder = try dist.broadcastObject(dist.rank == 0 ? name : nil)
        try body(folder)
        dist.barrier()
        if dist.rank == 0 { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Writes a checkpoint; `record-dcp.py --check` reads that of two processes. Rank r has two of 2n rows.
    static func save(to folder: String) throws {
        let n = dist.worldSize, me = dist.rank
        let w = Tensor.arange(6, dtype: .float32).reshape([2, 3])
        let state: StateValue = [
            "model": ["w": .tensor(w.t()), "b": .tensor(Tensor([1, 2] as [Int64]))], "step": 3, "name": "x",
            "list": [.tensor(Tensor([1.5] as [Float])), .tensor(Tensor([2.5] as [Float]))]
        ]
        let rows = TensorShard(Tensor.full([2, 4], Double(me)), offsets: [2 * me, 0], globalSizes: [2 * n, 4])
        try dist.checkpoint.save(state, shards: ["rows": rows], checkpointID: folder)
    }

    /// Written by all processes and read by each.
    static func checkpoints() throws {
        let n = dist.worldSize, me = dist.rank
        try inFolder { folder in
            let w = Tensor.arange(6, dtype: .float32).reshape([2, 3])
            try save(to: folder)
            let read = try dist.checkpoint.load(checkpointID: folder)
            Check.equal(read["model"]?["w"]?.tensor ?? Tensor.zeros([0]), w.t(), "a tensor of a checkpoint")
            Check.that(read["step"]?.int == 3 && read["name"]?.string == "x", "values of a checkpoint")
            Check.equal(read["list"]?[1]?.tensor ?? Tensor.zeros([0]), Tensor([2.5] as [Float]), "a list of tensors")
            let whole = (Tensor.arange(2 * n, dtype: .float32) / 2).floor().unsqueeze(1).expand([2 * n, 4])
            Check.equal(read["rows"]?.tensor ?? Tensor.zeros([0]), whole, "the parts of all processes")
            // Other parts than those that were written.
            let target = Tensor.zeros([2 * n - 1, 2]), b = Tensor.zeros([2], dtype: .int64)
            try dist.checkpoint.load(
                into: ["model.b": b],
                shards: ["rows": TensorShard(target, offsets: [1, 1], globalSizes: [2 * n, 4])], checkpointID: folder)
            Check.equal(target, whole[1..., 1..<3], "a part that lies across those of the file")
            Check.equal(b, Tensor([1, 2] as [Int64]), "a tensor read in place")
            // Whole or not at all.
            let kept = Tensor.full([2], 9, dtype: .int64)
            for (wrong, text) in [
                (["model.b": kept, "no": Tensor.zeros([1])] as StateDict, "Missing key in checkpoint state_dict: no."),
                (
                    ["model.b": kept, "model.w": Tensor.zeros([2, 3])],
                    "Size mismatch between saved [3, 2] and current: [2, 3] for model.w"
                )
            ] {
                do {
                    try dist.checkpoint.load(into: wrong, checkpointID: folder)
                    Check.that(false, "no error")
                } catch { Check.that("\(error)" == text, "\(error)") }
                Check.equal(kept, Tensor.full([2], 9, dtype: .int64), "nothing is changed")
            }
            dist.barrier()
            if me == 0 { try FileManager.default.removeItem(atPath: folder + "/__0_0.distcp") }
            dist.barrier()
            do {
                _ = try dist.checkpoint.load(checkpointID: folder)
                Check.that(false, "no error without a file")
            } catch { Check.that("\(error)".contains("__0_0.distcp"), "\(error)") }
        }
        try inFolder { folder in
            // A process that cannot write: no process believes in the checkpoint.
            if me == 0 {
                try FileManager.default.createDirectory(
                    atPath: folder + "/__\(n - 1)_0.distcp/x", withIntermediateDirectories: true)
            }
            dist.barrier()
            do {
                let parts = TensorShard(Tensor.ones([1]), offsets: [me], globalSizes: [n])
                try dist.checkpoint.save(StateDict(), shards: ["x": parts], checkpointID: folder)
                Check.that(false, "no error from a process that cannot write")
            } catch { Check.that("\(error)".contains("rank \(n - 1)"), "\(error)") }
            dist.barrier()
            Check.that(!FileManager.default.fileExists(atPath: folder + "/.metadata"), "no checkpoint")
        }
        try pyTorchs()
    }

    /// A checkpoint that PyTorch's own `torch.distributed.checkpoint.save` wrote.
    static func pyTorchs() throws {
        let folder = "Tests/Distributed/Fixtures/dcp"
        guard FileManager.default.fileExists(atPath: folder) else { return Check.that(false, "no \(folder)") }
        let read = try dist.checkpoint.load(checkpointID: folder)
        let w = Tensor.arange(24, dtype: .float32).reshape([4, 6])
        Check.equal(read["model"]?["w"]?.tensor ?? Tensor.zeros([0]), w, "PyTorch's tensor, in parts of two processes")
        Check.equal(read["model"]?["b"]?.tensor ?? Tensor.zeros([0]), Tensor([7, 8] as [Int64]), "PyTorch's tensor")
        Check.that(read["step"]?.int == 3 && read["name"]?.string == "x", "PyTorch's values")
        Check.that(read["optim"]?["state"]?[0]?["step"]?.tensor?.item() == 5, "keys that are numbers")
    }

    /// The same steps as an optimizer that is not divided.
    static func optimizer() throws {
        let plain = DistributedDataParallel(DataParallelTests.network())
        let divided = DistributedDataParallel(DataParallelTests.network())
        let whole = Adam(plain.parameters(), lr: 0.01)
        let zero = ZeroRedundancyOptimizer(divided.parameters(), lr: 0.01) { Adam($0, lr: 0.01) }
        let (xs, ys) = DataParallelTests.data()
        func step(_ model: DistributedDataParallel<Sequential>, _ optimizer: Optimizer, _ i: Int) {
            optimizer.zeroGrad()
            F.crossEntropy(model(xs[i]), ys[i]).backward()
            optimizer.step()
        }
        for i in 0..<3 {
            step(plain, whole, i)
            step(divided, zero, i)
        }
        for (a, b) in zip(plain.parameters(), divided.parameters()) { Check.equal(b.detach(), a.detach(), "zero") }
        // Another learning rate reaches the parts.
        whole.paramGroups[0].lr = 0.001
        zero.paramGroups[0].lr = 0.001
        step(plain, whole, 3)
        step(divided, zero, 3)
        for (a, b) in zip(plain.parameters(), divided.parameters()) {
            Check.equal(b.detach(), a.detach(), "zero with another lr")
        }
        let held = zero.localParameters.count
        let counts = try dist.allGatherObject(held)
        Check.that(counts.reduce(0, +) == 6, "each parameter has one owner: \(counts)")
        // The whole state comes together in one process, and divides again.
        let state = try zero.consolidatedStateDict(to: 0)
        Check.that((state != nil) == (dist.rank == 0), "only rank 0 has it")
        let folder = FileManager.default.temporaryDirectory.path
        let path = "\(folder)/zero-\(try dist.broadcastObject(dist.rank == 0 ? getpid() : nil)).pth"
        if let state {
            try Torch.save(state, to: path)
            let single = Adam(DataParallelTests.network().parameters(), lr: 0.01)
            try single.loadStateDict(state)
        }
        dist.barrier()
        let again = ZeroRedundancyOptimizer(divided.parameters(), lr: 0.5) { Adam($0, lr: 0.5) }
        try again.loadConsolidatedStateDict(load(path))
        dist.barrier()
        if dist.rank == 0 { try FileManager.default.removeItem(atPath: path) }
        Check.that(again.paramGroups[0].lr == 0.001, "the options of the loaded state")
        step(plain, whole, 4)
        step(divided, again, 4)
        for (a, b) in zip(plain.parameters(), divided.parameters()) {
            Check.equal(b.detach(), a.detach(), "zero after loading")
        }
    }
}

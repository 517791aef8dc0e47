import Foundation
import Torch
import TorchDistributed

/// The code of TorchDistributed's first page, in the same order.
enum FirstPage {
    final class Net: Module, Layer {
        let linear = Linear(4, 2)
        func forward(_ x: Tensor) -> Tensor { linear(x) }
    }

    static func run() throws {
        try dist.initProcessGroup("mpi")
        let x = Tensor([Float(dist.rank)])
        dist.allReduce(x) // the sum over all processes, in each of them
        let work = dist.broadcast(x, src: 0, asyncOp: true)
        work?.wait()
        let names = try dist.allGatherObject("rank \(dist.rank)")
        Check.that(names == (0..<dist.worldSize).map { "rank \($0)" }, "names")
        try train()
        try divide()
        dist.destroyProcessGroup()
    }

    static func train() throws {
        manualSeed(0)
        let dataset = TensorDataset(Tensor.randn([64, 4]), Tensor.randint(0, 2, [64]))
        let lossFn = CrossEntropyLoss(), epochs = 1
        let model = DistributedDataParallel(Net())
        let optimizer = SGD(model.parameters(), lr: 0.1)
        let sampler = DistributedSampler(dataset)
        let loader = DataLoader(dataset, batchSize: 64, sampler: sampler)
        for epoch in 0..<epochs {
            sampler.setEpoch(epoch)
            try loader.forEachBatch { x, y in
                lossFn(model(x), y).backward()
                optimizer.step()
                optimizer.zeroGrad()
            }
        }
        let path = "\(FileManager.default.temporaryDirectory.path)/first-page-\(getpid()).pth"
        if dist.rank == 0 { try save(model.stateDict(), to: path) }
        if dist.rank == 0 { try FileManager.default.removeItem(atPath: path) }
    }

    static func divide() throws {
        let input = Tensor.randn([8, 4]), target = Tensor.randint(0, 2, [8])
        let lossFn = CrossEntropyLoss()
        try ShardingTests.inFolder { folder in
            let net = Sequential(Linear(4, 64), ReLU(), Linear(64, 2))
            fullyShard(net[0] as! Linear) // blocks first, then the model
            fullyShard(net)
            let adam = AdamW(net.parameters(), lr: 1e-3) // of this process's parts
            lossFn(net(input), target).backward()
            clipGradNorm_(net.parameters(), maxNorm: 1) // the norm of the whole gradients
            adam.step()
            try dist.checkpoint.save(dist.checkpoint.getStateDict(net, adam), checkpointID: folder)
        }
    }
}

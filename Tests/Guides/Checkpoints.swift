// The code of Sources/Torch/Torch.docc/Checkpoints.md. Scripts/guides.py writes this file.
import Foundation
import Torch

func checkpoints() async throws {
    final class Net: Module, Layer {
        let hidden = Linear(4, 16)
        let drop = Dropout(0.1)
        let head = Linear(16, 2)

        func forward(_ x: Tensor) -> Tensor { head(drop(hidden(x).relu())) }
    }

    manualSeed(0)
    let net = Net()
    try save(net.stateDict(), to: "net.pth")

    let again = Net()
    try again.loadStateDict(loadStateDict("net.pth"))
    print(again.head.weight.equal(net.head.weight)) // true

    let inputs = Tensor.randn(256, 4)
    let labels = (inputs.sum(1) .> 0).long()

    final class Training {
        let model = Net()
        let optimizer: AdamW
        let scheduler: CosineAnnealingLR
        var epoch = 0

        init() {
            optimizer = AdamW(model.parameters(), lr: 1e-2)
            scheduler = CosineAnnealingLR(optimizer, tMax: 4)
        }

        func run(
            until last: Int,
            _ loader: DataLoader<TensorDataset<Tensor, Tensor>>
        ) {
            let lossFn = CrossEntropyLoss()
            while epoch < last {
                var sum = 0.0
                for (x, y) in loader {
                    let loss = lossFn(model(x), y)
                    loss.backward()
                    optimizer.step()
                    optimizer.zeroGrad()
                    sum += loss.item()
                }
                scheduler.step()
                epoch += 1
                print("epoch \(epoch): \(sum / Double(loader.count), ".6f")")
            }
        }

        func save(to path: String) throws {
            let checkpoint: StateValue = [
                "epoch": .int(epoch),
                "model": model.stateDict().stateValue,
                "optimizer": optimizer.stateDict(),
                "scheduler": scheduler.stateDict(),
                "rng": .tensor(Generator.default.getState())
            ]
            try Torch.save(checkpoint, to: path)
        }

        func load(_ path: String) throws {
            let checkpoint = try Torch.load(path)
            guard let epoch = checkpoint["epoch"]?.int,
                let state = checkpoint["model"]?.stateDict,
                let moments = checkpoint["optimizer"],
                let schedule = checkpoint["scheduler"],
                let draws = checkpoint["rng"]?.tensor
            else {
                throw TorchError(
                    .value, "\(path) is not a checkpoint of this program")
            }
            try model.loadStateDict(state)
            try optimizer.loadStateDict(moments)
            try scheduler.loadStateDict(schedule)
            try withError { Generator.default.setState(draws) }
            self.epoch = epoch
        }
    }

    let data = TensorDataset(inputs, labels)
    let loader = DataLoader(data, batchSize: 32, shuffle: true)
    let first = Training()
    first.run(until: 2, loader)
    try first.save(to: "checkpoint.pth")
    first.run(until: 4, loader)

    let second = Training()
    try second.load("checkpoint.pth")
    second.run(until: 4, loader)

    print(second.model.head.weight.equal(first.model.head.weight)) // true

    let checkpoint = try load("checkpoint.pth")
    print(checkpoint["optimizer"]?["param_groups"]?[0]?["lr"]?.double ?? 0)
    // 0.005
    print(checkpoint["scheduler"]?["last_epoch"] ?? "none") // 2
    print(checkpoint["model"]?.stateDict?.keys ?? [])
    // ["hidden.weight", "hidden.bias", "head.weight", "head.bias"]

    var body = try loadStateDict("net.pth")
    body["head.weight"] = nil
    body["head.bias"] = nil
    let keys = try again.loadStateDict(body, strict: false)
    print(keys.missingKeys, keys.unexpectedKeys)
    // ["head.weight", "head.bias"] []

    do {
        try Linear(4, 2).loadStateDict(body)
    } catch {
        print(error)
    }

    try saveSafetensors(
        net.stateDict(), to: "net.safetensors",
        metadata: ["trained on": "nothing"])
    let tensors = try loadSafetensors("net.safetensors")
    print(tensors["head.weight"]!.shape) // torch.Size([2, 16])
    print(try loadSafetensorsMetadata("net.safetensors"))
    // ["trained on": "nothing"]

    try saveNpy(inputs, to: "inputs.npy")
    print(try loadNpy("inputs.npy").shape) // torch.Size([256, 4])

    let broken = URL(fileURLWithPath: "broken.pth")
    try Data("not a checkpoint".utf8).write(to: broken)
    do {
        _ = try load("broken.pth")
    } catch {
        print(error)
        // broken.pth: not a file of torch.save: neither a zip file nor …
    }
}

// The code of Sources/Torch/Torch.docc/FromPyTorch.md. Scripts/guides.py writes this file.
import Torch

func fromPyTorch() async throws {
    manualSeed(0)
    let x = Tensor.randn(2, 3)
    print(x)
    print(x[.all, 1...], x.shape, x.dtype)
    print(x.sum(dim: 0, keepdim: true))

    let y = Tensor.zeros(2, 3)
    y[0] = 1
    y.indexAdd_(0, Tensor([1]), x[..<1])
    let mask = y .> 0.5
    y[mask] *= 10
    print(y)

    let w = Tensor(
        [1.0, 2.0], requiresGrad: true)
    let loss = w.pow(2).sum()
    loss.backward()
    print(w.grad!)
    noGrad {
        w.sub_(0.1 * w.grad!)
    }
    print(w)

    final class Net: Module, Layer {
        let fc1: Linear
        let fc2: Linear
        @Parameter var scale = Tensor.ones(1)

        init(_ hidden: Int) {
            fc1 = Linear(2, hidden)
            fc2 = Linear(hidden, 2)
        }

        func forward(_ x: Tensor) -> Tensor {
            fc2(F.relu(fc1(x))) * scale
        }
    }

    let model = Net(16)
    print(model)

    let points = Tensor.rand(500, 2) * 2 - 1
    let radius = points.norm(dim: 1)
    let inside = (radius .< 0.7).long()
    let data = TensorDataset(points, inside)
    let loader = DataLoader(
        data, batchSize: 50, shuffle: true)
    print(loader.count, inside.sum())

    let optimizer = Adam(
        model.parameters(), lr: 0.01)
    let lossFn = CrossEntropyLoss()

    for epoch in 1..<6 {
        var total = 0.0
        for (x, y) in loader {
            let loss = lossFn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()
            total += loss.item()
        }
        print("\(epoch): \(total / 10, ".4f")")
    }

    model.eval()
    let guess = noGrad {
        model(points).argmax(1)
    }
    let right = guess .== inside
    let correct = right.sum().item()
    print("\(correct / 500, ".1%")")

    try save(model.stateDict(), to: "net.pth")
    let again = Net(16)
    try again.loadStateDict(
        loadStateDict("net.pth"))
    print(again.fc2.bias!.detach())

    do {
        try withError {
            let a = Tensor.ones(2, 3)
            _ = a.matmul(a)
        }
    } catch {
        print(error)
    }
}

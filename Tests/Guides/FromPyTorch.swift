// The code of Sources/Torch/Torch.docc/FromPyTorch.md. Scripts/guides.py writes this file.
import Torch

func fromPyTorch() async throws {
    manualSeed(0)
    let x = Tensor.randn(2, 3)
    print(x)
    print(x[.all, 1...])
    print(x.shape, x.dtype)
    print(x.sum(0, keepdim: true))

    let y = Tensor.zeros(2, 3)
    y[0] = 1
    let i = Tensor([1])
    y.indexAdd_(0, i, x[..<1])
    let mask = y .> 0.5
    y[mask] *= 10
    print(y)

    let w = Tensor(
        [1.0, 2.0],
        requiresGrad: true)
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
        @Parameter
        var scale = Tensor.ones(1)

        init(_ n: Int) {
            fc1 = Linear(2, n)
            fc2 = Linear(n, 2)
        }

        func forward(
            _ x: Tensor
        ) -> Tensor {
            let x = F.relu(fc1(x))
            return fc2(x) * scale
        }
    }

    let model = Net(16)
    print(model)

    let points = Tensor.rand(500, 2)
    points.mul_(2).sub_(1)
    let norms = points.norm(dim: 1)
    let inside = (norms .< 0.7).long()
    let data = TensorDataset(
        points, inside)
    let loader = DataLoader(
        data, batchSize: 50,
        shuffle: true)
    print(loader.count, inside.sum())

    let optimizer = Adam(
        model.parameters(), lr: 0.01)
    let lossFn = CrossEntropyLoss()

    for i in 1..<6 {
        var total = 0.0
        for (x, y) in loader {
            let out = model(x)
            let loss = lossFn(out, y)
            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()
            total += loss.item()
        }
        let mean = total / 10
        print("\(i): \(mean, ".4f")")
    }

    model.eval()
    let scores = noGrad {
        model(points)
    }
    let guess = scores.argmax(1)
    let right = guess .== inside
    let correct = right.sum().item()
    print("\(correct / 500, ".1%")")

    let state = model.stateDict()
    try save(state, to: "net.pth")
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

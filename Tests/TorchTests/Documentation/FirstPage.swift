import Foundation
import Testing
import Torch

/// The code of the documentation's first page, in the same order. `DocumentationTests` checks that each line of the
/// page is here.
@Suite struct FirstPage {
    @Test func tensors() {
        let a = Tensor([[1, 2], [3, 4]])
        let b = Tensor.rand(2, 3)
        print(a) // tensor([[1, 2],
        //         [3, 4]])
        print(b.shape, b.dtype) // torch.Size([2, 3]) torch.float32
        let c = a + Tensor([[10, 20]])
        let d = c.matmul(a.T).float()
        #expect(
            a.description == "tensor([[1, 2],\n        [3, 4]])"
                && "\(b.shape) \(b.dtype)" == "torch.Size([2, 3]) torch.float32")
        #expect(d.toArray(as: Int.self) == [55, 121, 61, 135] && d.dtype == .float32)
    }

    @Test func views() {
        let original = Tensor.arange(6)
        let reshaped = original.view(2, 3)
        reshaped[0, 0] = 100
        print(original) // tensor([100,   1,   2,   3,   4,   5])
        print(reshaped.t().isContiguous(), reshaped.t().stride())
        #expect(original.description == "tensor([100,   1,   2,   3,   4,   5])")

        do {
            try withError { reshaped.t().view(-1) }
        } catch {
            print("view:", error) // view: view size is not compatible with …
            #expect("\(error)".hasPrefix("view size is not compatible with input tensor's size and stride"))
        }
    }

    @Test func indexing() {
        let t = Tensor.arange(12).reshape(3, 4)
        print(t[1, 0]) // tensor(4)
        print(t[..<2, 1...]) // two rows, without their first column
        print(t[.all, Slice(1, -1)]) // Python: t[:, 1:-1]
        print(t[.ellipsis, -1]) // the last column
        t[1] = Tensor.zeros(4, dtype: .int64)
        let rows = t.indexSelect(dim: 0, index: Tensor([2, 0]))
        let sums = Tensor.zeros(3, 4)
        sums.indexAdd_(dim: 0, index: Tensor([0, 0, 2]), source: t.float())
        #expect(
            rows.toArray(as: Int.self) == [8, 9, 10, 11, 0, 1, 2, 3] && t[.all, 0].toArray(as: Int.self) == [0, 0, 8])
        #expect(sums.toArray(as: Int.self) == [0, 1, 2, 3, 0, 0, 0, 0, 8, 9, 10, 11])
    }

    @Test func differentiation() {
        let w = Tensor([2.0, -1.0], requiresGrad: true)
        let loss = w.pow(3).sum()
        loss.backward()
        print(w.grad!) // tensor([12.,  3.])
        // 3w², which has a gradient itself
        let slope = grad(w.pow(3).sum(), w, createGraph: true)
        let frozen = noGrad { w * 2 }
        #expect(w.grad!.description == "tensor([12.,  3.])" && slope.requiresGrad && !frozen.requiresGrad)
    }

    final class NeuralNetwork: Module, Layer {
        let flatten = Flatten()
        let linearReluStack = Sequential {
            Linear(28 * 28, 512)
            ReLU()
            Linear(512, 10)
        }

        func forward(_ x: Tensor) -> Tensor { linearReluStack(flatten(x)) }
    }

    @Test func training() throws {
        let images = Tensor.rand(256, 1, 28, 28)
        let labels = Tensor.randint(0, 10, [256])
        let data = TensorDataset(images, labels)
        let loader = DataLoader(data, batchSize: 64, shuffle: true)

        let model = NeuralNetwork()
        let lossFn = CrossEntropyLoss()
        let optimizer = SGD(model.parameters(), lr: 1e-3)
        try loader.forEachBatch { x, y in
            let loss = lossFn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()
        }

        let batches = progress(loader, "Epoch 1")
        for (x, y) in batches {
            let loss = noGrad { lossFn(model(x), y) }
            batches.setPostfix(["loss": loss.item()])
        }
        print("mean: \(images.mean(), ".2f")")
        #expect(batches.bar.n == 4 && "\(images.mean(), ".1f")" == "0.5")

        let path = FileManager.default.temporaryDirectory.appendingPathComponent("first-page-\(UUID()).pth").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try save(model.stateDict(), to: path)
        try model.loadStateDict(loadStateDict(path))
        #expect(
            try loadStateDict(path).map(\.key) == [
                "linear_relu_stack.0.weight", "linear_relu_stack.0.bias", "linear_relu_stack.2.weight",
                "linear_relu_stack.2.bias"
            ])
    }
}

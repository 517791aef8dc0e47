// The code of Sources/Torch/Torch.docc/LearnTheBasics.md. Scripts/guides.py writes this file.
import Torch
import TorchVision

func learnTheBasics() async throws {
    let data = [[1, 2], [3, 4]]
    let xData = Tensor(data)
    let xOnes = Tensor.onesLike(xData)
    let xRand = Tensor.randLike(xData, dtype: .float32)
    print(xOnes) // tensor([[1, 1],
    //         [1, 1]])
    print(xRand.shape, xRand.dtype, xRand.device)
    // torch.Size([2, 2]) torch.float32 cpu

    let tensor = Tensor.ones(3, 4)
    print(tensor[0].shape, tensor[.all, 0].shape, tensor[.ellipsis, -1].shape)
    // torch.Size([4]) torch.Size([3]) torch.Size([3])
    tensor[.all, 1] = 0
    print(tensor) // tensor([[1., 0., 1., 1.],
    //         [1., 0., 1., 1.],
    //         [1., 0., 1., 1.]])

    print(cat([tensor, tensor], dim: 1).shape) // torch.Size([3, 8])
    print(tensor.matmul(tensor.T)) // tensor([[3., 3., 3.],
    //         [3., 3., 3.],
    //         [3., 3., 3.]])
    print((tensor * tensor).sum().item()) // 9.0

    let row = tensor[0]
    tensor.add_(5)
    print(row) // tensor([6., 5., 6., 6.])

    do {
        try withError { tensor.matmul(tensor) }
    } catch {
        print(error)
        // mm: mat1 and mat2 shapes cannot be multiplied (3x4 and 3x4)
    }

    struct Clothes: Dataset {
        let images: Tensor
        let labels: Tensor

        init(_ count: Int, _ patterns: Tensor) {
            labels = Tensor.randint(0, 10, [count])
            images = patterns[labels] + 0.5 * Tensor.randn(count, 1, 28, 28)
        }

        var count: Int { images.count }

        subscript(index: Int) -> (Tensor, Tensor) {
            (images[index], labels[index])
        }
    }

    manualSeed(0)
    let patterns = Tensor.rand(10, 1, 28, 28)
    let trainingData = Clothes(2000, patterns)
    let testData = Clothes(500, patterns)
    let (image, label) = trainingData[0]
    print(image.shape, label) // torch.Size([1, 28, 28]) tensor(9)

    let trainLoader = DataLoader(trainingData, batchSize: 64, shuffle: true)
    let testLoader = DataLoader(testData, batchSize: 64)
    for (x, y) in testLoader {
        print("Shape of X [N, C, H, W]:", x.shape)
        print("Shape of y:", y.shape, y.dtype)
        break
    }

    let photos = FakeData(
        size: 100, imageSize: [3, 32, 32],
        transform: Compose {
            ToTensor()
            Normalize(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
        },
        targetTransform: { $0 % 2 })
    let (photo, isOdd) = try photos[0]
    print(photo.shape, photo.dtype, isOdd)
    // torch.Size([3, 32, 32]) torch.float32 1

    final class NeuralNetwork: Module, Layer {
        let flatten = Flatten()
        let linearReluStack = Sequential {
            Linear(28 * 28, 512)
            ReLU()
            Linear(512, 512)
            ReLU()
            Linear(512, 10)
        }

        func forward(_ x: Tensor) -> Tensor { linearReluStack(flatten(x)) }
    }

    let model = NeuralNetwork()
    print(model)

    let scores = model(Tensor.rand(1, 28, 28))
    print(scores.softmax(dim: 1).argmax(1).shape) // torch.Size([1])
    for (name, parameter) in model.namedParameters() {
        print(name, parameter.shape)
    }

    let a = Tensor([1.0, 2.0, 3.0])
    let w = Tensor([0.5, -1.0, 2.0], requiresGrad: true)
    let b = Tensor(1.0, requiresGrad: true)
    let z = a.dot(w) + b
    print(z) // tensor(5.5000, grad_fn=<AddBackward0>)
    z.backward()
    print(w.grad!) // tensor([1., 2., 3.])
    print(b.grad!) // tensor(1.)

    print(noGrad { a.dot(w) + b }.requiresGrad) // false

    func train(
        _ loader: DataLoader<Clothes>, _ model: NeuralNetwork,
        _ lossFn: CrossEntropyLoss, _ optimizer: SGD
    ) {
        model.train()
        for (x, y) in loader {
            let loss = lossFn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()
        }
    }

    func test(
        _ loader: DataLoader<Clothes>, _ model: NeuralNetwork,
        _ lossFn: CrossEntropyLoss
    ) -> (loss: Double, accuracy: Double) {
        model.eval()
        var loss = 0.0, correct = 0.0
        noGrad {
            for (x, y) in loader {
                let scores = model(x)
                loss += lossFn(scores, y).item()
                correct += (scores.argmax(1) .== y).sum().item()
            }
        }
        let images = Double(loader.dataset.count)
        return (loss / Double(loader.count), correct / images)
    }

    let lossFn = CrossEntropyLoss()
    let optimizer = SGD(model.parameters(), lr: 0.05)
    for epoch in 1...3 {
        train(trainLoader, model, lossFn, optimizer)
        let (loss, accuracy) = test(testLoader, model, lossFn)
        print("\(epoch): accuracy \(accuracy, ".1%"), loss \(loss, ".4f")")
    }

    try save(model.stateDict(), to: "model.pth")

    let loaded = NeuralNetwork()
    try loaded.loadStateDict(loadStateDict("model.pth"))
    loaded.eval()
    let (sample, truth) = testData[0]
    let predicted = noGrad { loaded(sample)[0].argmax(0) }
    print("Predicted:", predicted, "actual:", truth)
    // Predicted: tensor(7) actual: tensor(7)

    manualSeed(0)
    let inputs = Tensor.linspace(-3, 3, 200).unsqueeze(1)
    let targets = inputs.sin()

    let curve = Sequential {
        Linear(1, 32)
        Tanh()
        Linear(32, 1)
    }
    let adam = Adam(curve.parameters(), lr: 0.02)
    for step in 1...300 {
        let loss = mseLoss(curve(inputs), targets)
        loss.backward()
        adam.step()
        adam.zeroGrad()
        if step % 100 == 0 { print("step \(step): loss \(loss, ".5f")") }
    }
}

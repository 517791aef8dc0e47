import Torch

final class Network: Module, Layer {
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

/// The FashionMNIST network, and a batch that it learns by heart.
final class Training {
    private let x: Tensor
    private let y: Tensor
    private let model: Network
    private let lossFn = CrossEntropyLoss()
    private let optimizer: SGD

    init(batch: Int, lr: Double) {
        manualSeed(0)
        x = Tensor.rand(batch, 1, 28, 28)
        y = Tensor.randint(0, 10, [batch])
        model = Network()
        optimizer = SGD(model.parameters(), lr: lr)
    }

    func step() -> Tensor {
        let loss = lossFn(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
        return loss
    }
}

/// A training step. Its numbers are the losses of five steps that are large enough to show a wrong gradient.
func trainingStep(batch: Int) -> Case {
    var current: Training?
    return Case {
        let training = Training(batch: batch, lr: 0.1)
        return stack((0..<5).map { _ in training.step().detach() })
    } loop: { count in
        let training = current ?? Training(batch: batch, lr: 1e-3)
        current = training
        for _ in 0..<count { withExtendedLifetime(training.step()) {} }
    }
}

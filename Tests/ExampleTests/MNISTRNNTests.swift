import Testing
import Torch
import TorchVision

/// The program `mnist_rnn` of pytorch/examples: an LSTM that reads the rows of an image. The images are FakeData.
@Suite struct MNISTRNNTests {
    final class Net: Module, Layer {
        let rnn = LSTM(inputSize: 28, hiddenSize: 64, batchFirst: true)
        let batchnorm = BatchNorm1d(64)
        let dropout1 = Dropout2d(0.25)
        let dropout2 = Dropout2d(0.5)
        let fc1 = Linear(64, 32)
        let fc2 = Linear(32, 10)

        func forward(_ input: Tensor) -> Tensor {
            var (output, _) = rnn(input.reshape(-1, 28, 28))
            output = batchnorm(output[.all, -1, .all])
            output = dropout1(output)
            output = F.relu(fc1(output))
            output = dropout2(output)
            output = fc2(output)
            return F.logSoftmax(output, dim: 1)
        }
    }

    /// PyTorch 2.15 prints these lines for the same data, batches and seed.
    @Test func twoEpochsPrintWhatPyTorchPrints() throws {
        manualSeed(1)
        let transform = Compose {
            ToTensor(); Normalize(mean: [0.1307], std: [0.3081])
        }
        let trainLoader = DataLoader(
            FakeData(size: 512, imageSize: [1, 28, 28], transform: transform), batchSize: 64, shuffle: true)
        let testLoader = DataLoader(
            FakeData(size: 200, imageSize: [1, 28, 28], transform: transform, randomOffset: 512), batchSize: 100,
            shuffle: true)
        let model = Net()
        let optimizer = Adadelta(model.parameters(), lr: 0.1)
        let scheduler = StepLR(optimizer, stepSize: 1, gamma: 0.7)
        var lines: [String] = []
        for epoch in 1..<3 {
            model.train()
            for (batch, (data, target)) in trainLoader.enumerated() {
                optimizer.zeroGrad()
                let loss = F.nllLoss(model(data), target)
                loss.backward()
                optimizer.step()
                if batch % 4 == 0 {
                    let share = 100 * Double(batch) / Double(trainLoader.count)
                    lines.append(
                        "Train Epoch: \(epoch) [\(batch * data.count)/\(trainLoader.dataset.count) (\(share, ".0f")%)] Loss: \(loss, ".6f")"
                    )
                }
            }
            model.eval()
            var testLoss = 0.0, correct = 0
            noGrad {
                for (data, target) in testLoader {
                    let output = model(data)
                    testLoss += F.nllLoss(output, target, reduction: .sum).item()
                    let pred = output.argmax(dim: 1, keepdim: true)
                    correct += pred.eq(target.viewAs(pred)).sum().item(as: Int.self)
                }
            }
            testLoss /= Double(testLoader.dataset.count)
            lines.append("Test set: Average loss: \(testLoss, ".4f"), Accuracy: \(correct)/\(testLoader.dataset.count)")
            scheduler.step()
        }
        #expect(
            lines == [
                "Train Epoch: 1 [0/512 (0%)] Loss: 2.454699", "Train Epoch: 1 [256/512 (50%)] Loss: 2.388660",
                "Test set: Average loss: 2.3094, Accuracy: 26/200",
                "Train Epoch: 2 [0/512 (0%)] Loss: 2.372450", "Train Epoch: 2 [256/512 (50%)] Loss: 2.396891",
                "Test set: Average loss: 2.3113, Accuracy: 24/200"
            ])
    }
}

// The code of Sources/Torch/Torch.docc/Performance.md. Scripts/guides.py writes this file.
import Torch

func performance() async throws {
    manualSeed(0)
    let model = Sequential {
        Linear(256, 256)
        ReLU()
        Linear(256, 10)
    }
    let images = Tensor.randn(512, 256)
    let labels = Tensor.randint(0, 10, [512])

    _ = noGrad { model(images) }
    let time = ContinuousClock().measure {
        noGrad { for _ in 0..<10 { _ = model(images) } }
    }
    print("a batch takes \(time / 10)") // a batch takes …

    let all = getNumThreads()
    let many = model(images)
    setNumThreads(1)
    print(model(images).equal(many)) // true
    setNumThreads(all)

    model.eval()
    let predicted = noGrad { model(images).argmax(1) }
    print(predicted.shape) // torch.Size([512])

    let optimizer = SGD(model.parameters(), lr: 0.1)
    var total = 0.0
    for _ in 0..<3 {
        let loss = crossEntropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
        total += loss.item()
    }
    print(total > 0) // true

    var slow = 0.0
    for i in 0..<100 { slow += images[0, i].item() } // a hundred of each
    let fast = images[0, ..<100].sum().item() // one view and one read
    print(abs(slow - fast) < 1e-4) // true

    let half = autocast(.cpu, dtype: .bfloat16) { model(images) }
    print(half.dtype, model[0].parameters()[0].dtype)
    // torch.bfloat16 torch.float32

    let before = memoryAllocated()
    let block = Tensor.zeros(1024, 1024)
    print(memoryAllocated() - before) // 4194304
    print(maxMemoryAllocated() >= block.numel() * 4) // true

    for (i, part) in images.chunk(4).enumerated() {
        let loss = crossEntropy(model(part), labels.chunk(4)[i]) / 4
        loss.backward()
    }
    optimizer.step()
    optimizer.zeroGrad()
}

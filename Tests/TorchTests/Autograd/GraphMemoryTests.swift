import Testing
import Torch

/// Graphs of any depth are traversed and released without recursion, and no memory leaks.
@Suite(.serialized) struct GraphMemoryTests {
    @Test func aHundredThousandStepsDeep() {
        let x = Tensor(1.0, requiresGrad: true)
        var y = x * 1
        for _ in 0..<100_000 { y = y + 1 }
        y.backward()
        #expect(x.grad!.item() == 1)

        // Saved tensors also form the chain. This one is released without a backward pass.
        var z = x * 1
        for _ in 0..<100_000 { z = z * x }
        #expect(z.item() == 1)
    }

    @Test func loopsKeepMemoryFlat() {
        let w = Tensor([0.5, -0.5], requiresGrad: true)
        func step() {
            let loss = ((w * 2).exp() + w.view(2, 1).t().sum()).sum()
            loss.backward()
            w.grad = nil
        }
        for _ in 0..<100 { step() }
        let before = memoryAllocated()
        for _ in 0..<20_000 { step() }
        #expect(memoryAllocated() == before)
    }
}

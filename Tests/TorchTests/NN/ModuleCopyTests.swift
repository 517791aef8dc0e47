import Testing
import Torch

private final class Net: Module, Layer {
    let first: Linear
    let layers: [any Layer]
    @Buffer var count = Tensor.zeros(1)
    @Buffer(persistent: false) var offset = Tensor.zeros(1)

    init(_ size: Int = 1, isTied: Bool = false) {
        first = Linear(size, size, bias: false)
        layers = [isTied ? first : Linear(size, size, bias: false), Dropout(0.5)]
    }

    func forward(_ input: Tensor) -> Tensor { layers.reduce(first(input)) { $1($0) } + offset }
}

extension DrawingTests {
    @Suite struct ModuleCopyTests {
        @Test func valuesAreTheSameAndMemoryIsOwn() {
            let net = Net()
            noGrad {
                net.first.weight.fill_(2)
                net.layers[0].parameters()[0].fill_(3)
                net.offset.fill_(1)
                net.count.fill_(7)
            }
            net.eval()
            net.first.weight.requiresGrad_(false)
            net(Tensor([[5.0]])).sum().backward()

            let copy = net.copy { Net() }
            #expect(copy !== net && copy.first !== net.first)
            #expect(copy(Tensor([[5.0]])).item() == 31)
            #expect(copy.count.item() == 7)
            #expect(!copy.isTraining && !copy.first.isTraining && !copy.layers[1].isTraining)
            #expect(!copy.first.weight.requiresGrad && copy.layers[0].parameters()[0].requiresGrad)
            // The gradient of the second weight is 5 · 2.
            #expect(copy.layers[0].parameters()[0].grad?.item() == 10)

            noGrad { _ = net.first.weight.fill_(0) }
            net.zeroGrad()
            #expect(copy(Tensor([[5.0]])).item() == 31)
            #expect(copy.layers[0].parameters()[0].grad?.item() == 10)
            #expect(zip(net.parameters(), copy.parameters()).allSatisfy { $0 !== $1 })
        }

        @Test func dtypesAndHooksAreCopied() {
            let layer = Linear(1, 1, bias: false).double()
            noGrad { _ = layer.weight.fill_(2) }
            let handle = layer.registerForwardHook { _, _, output in output + 1 }
            let copy = layer.copy { Linear(1, 1, bias: false) }
            #expect(copy.weight.dtype == .float64 && copy.weight.isLeaf)
            handle.remove()
            let x = Tensor([[3.0]], dtype: .float64)
            #expect(layer(x).item() == 6 && copy(x).item() == 7)
        }

        @Test func theDefaultGeneratorIsUnchanged() {
            manualSeed(3)
            let net = Net()
            let wanted = Tensor.rand(2).toArray(as: Float.self)
            manualSeed(3)
            _ = Net()
            _ = net.copy { Net() }
            #expect(Tensor.rand(2).toArray(as: Float.self) == wanted)
        }

        @Test func sharedParametersStayShared() {
            let copy = Net(isTied: true).copy { Net(isTied: true) }
            #expect(copy.layers[0] === copy.first && copy.parameters().count == 1)
        }

        @Test func anotherStructureIsAnError() {
            let net = Net(2)
            let start = "copy: the closure does not make a module like this Net: "
            let shape = "'first.weight' has shape torch.Size([2, 2]), the new one has torch.Size([1, 1])"
            #expect(throws: TorchError(.value, start + shape)) { try withError { _ = net.copy { Net() } } }
            #expect(throws: TorchError(.value, start + "they have different children")) {
                try withError { _ = net.copy { Linear(2, 2) } }
            }
            #expect(throws: TorchError(.value, start + "'count' is the same tensor in both")) {
                try withError { _ = net.copy { net } }
            }
            #expect(throws: TorchError.self) { try withError { _ = net.copy { Net(2, isTied: true) } } }
        }
    }
}

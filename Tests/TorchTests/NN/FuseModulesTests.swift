import Testing
@testable import Torch

/// Fusion for inference. The numbers are those of PyTorch 2.15 for the same network, seed and inputs.
@Suite struct FuseModulesTests {
    private static func network() -> (Sequential, Tensor) {
        manualSeed(0)
        let model = Sequential(
            Conv2d(3, 4, 3, padding: 1), BatchNorm2d(4), ReLU(), Conv2d(4, 2, 1, bias: false), BatchNorm2d(2))
        let x = Tensor.arange(150, dtype: .float32).reshape(2, 3, 5, 5) / 100
        _ = model(x)
        _ = model(x * 1.5)
        model.eval()
        return (model, x)
    }

    private static func checkOutput(_ y: Tensor) {
        #expect(abs(y.to(.float64).sum().item() - 1.615229) < 1e-5)
        let row = y[0, 0, 0].toArray(as: Double.self)
        #expect(zip(row, [-0.0650, -0.0256, -0.0285]).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func groupsByName() throws {
        let (model, x) = Self.network()
        let keys = model.stateDict().keys.count
        Self.checkOutput(model(x))
        try withError { fuseModules(model, [["0", "1", "2"], ["3", "4"]]) }
        #expect(keys == 13 && model.stateDict().keys.sorted() == ["0.bias", "0.weight", "3.bias", "3.weight"])
        #expect(
            "\(model)" == """
                Sequential(
                  (0): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), fused=ReLU())
                  (1): Identity()
                  (2): Identity()
                  (3): Conv2d(4, 2, kernel_size=(1, 1), stride=(1, 1))
                  (4): Identity()
                )
                """)
        Self.checkOutput(model(x))
        noGrad { Self.checkOutput(model(x)) }
    }

    @Test func groupsOfACall() throws {
        let (model, x) = Self.network()
        try withError { fuseModules(model) { [model(x)] } }
        #expect(model.stateDict().keys.count == 4)
        Self.checkOutput(noGrad { model(x) })
    }

    /// A result that is used twice, a module that is called twice, and a ReLU of a sum stay as they are.
    @Test func whatIsSharedStays() throws {
        final class Block: Module, Layer {
            let conv1 = Conv2d(2, 2, 1), bn1 = BatchNorm2d(2), relu = ReLU(inplace: true)
            let conv2 = Conv2d(2, 2, 1), bn2 = BatchNorm2d(2)
            func forward(_ x: Tensor) -> Tensor {
                let h = relu(bn1(conv1(x))), y = conv2(h)
                return relu(bn2(y) + y)
            }
        }
        manualSeed(1)
        let block = Block(), x = Tensor.randn(2, 2, 3, 3)
        for _ in 0..<3 { _ = block(x) }
        block.eval()
        let before = noGrad { block(x) }
        try withError { fuseModules(block) { [block(x)] } }
        #expect("\(block.bn1)" == "Identity()" && block.bn2.weight != nil && "\(block.relu)" == "ReLU(inplace=True)")
        #expect(noGrad { (block(x) - before).abs().max().item() } < 1e-6)
    }

    @Test func linearLayersTakeNormalizations() throws {
        manualSeed(2)
        let model = Sequential(Linear(3, 4), BatchNorm1d(4)), x = Tensor.randn(6, 3)
        for _ in 0..<3 { _ = model(x) }
        model.eval()
        let before = noGrad { model(x) }
        try withError { fuseModules(model, [["0", "1"]]) }
        #expect(noGrad { (model(x) - before).abs().max().item() } < 1e-6)
    }

    @Test func whatCannotBeFusedIsSaid() {
        let model = Sequential(Conv2d(3, 4, 3), BatchNorm2d(4), ReLU())
        func message(_ body: () -> Void) -> String? {
            do { try withError(body) } catch let error as TorchError { return error.message } catch {}
            return nil
        }
        #expect(
            message { fuseModules(model, [["0", "1"]]) }
                == "Cannot fuse [\"0\", \"1\"]: the modules must be in evaluation mode")
        model.eval()
        #expect(message { fuseModules(model, [["1", "2"]]) } == "Cannot fuse modules: (BatchNorm2d, ReLU)")
        #expect(message { fuseModules(model, [["0", "bn"]]) } == "Sequential has no module 'bn'")
        model.train()
        #expect(
            message { fuseModules(model) { [] } }
                == "fuseModules: the model must be in evaluation mode; call eval() first")
    }
}

import Testing
import Torch

/// Returns a layer without bias whose weight is [[factor]].
private func factor(_ factor: Double) -> Linear {
    let layer = Linear(1, 1, bias: false)
    noGrad { _ = layer.weight.fill_(factor) }
    return layer
}

extension DrawingTests {
    @Suite struct ModuleListTests {
        @Test func elementsAreCalled() {
            let layers = ModuleList([factor(2), ReLU(), factor(-3)])
            var x = Tensor([[1.0]])
            for layer in layers { x = layer(x) }
            #expect(x.item() == -6)
            #expect(layers[0](Tensor([[5.0]])).item() == 10)
            #expect(layers[-1](Tensor([[5.0]])).item() == -15)
            layers[1] = factor(7)
            layers.append(factor(0.5))
            #expect(layers.reduce(Tensor([[1.0]])) { $1($0) }.item() == -21)
            #expect(layers[3] is Linear && layers.count == 4)
        }

        @Test func hooksOfElementsRun() {
            let layers = ModuleList([Identity()])
            layers[0].registerForwardHook { _, _, output in output + 1 }
            #expect(layers[0](Tensor(3.0)).item() == 4)
        }

        @Test func tuplesAreChildren() {
            final class Net: Module {
                let pair = (Linear(1, 2), Linear(2, 1, bias: false))
                let named = (queryKey: Linear(1, 1, bias: false), count: 3, value: ReLU())
                let mixed = (3, Linear(1, 1, bias: false))
                let numbers = (1, 2.5)
                let optional: (Linear, Linear)? = nil
            }
            let net = Net()
            #expect(net.namedChildren().map(\.name) == ["pair", "named", "mixed"])
            #expect(
                net.namedParameters().map(\.name) == [
                    "pair.0.weight", "pair.0.bias", "pair.1.weight", "named.query_key.weight", "mixed.1.weight"
                ])
            #expect(net.getSubmodule("pair.1") === net.pair.1)
            net.eval()
            #expect(!net.pair.0.isTraining && !net.named.value.isTraining)
            #expect(
                "\(net)" == """
                    Net(
                      (pair): ModuleList(
                        (0): Linear(in_features=1, out_features=2, bias=True)
                        (1): Linear(in_features=2, out_features=1, bias=False)
                      )
                      (named): ModuleDict(
                        (query_key): Linear(in_features=1, out_features=1, bias=False)
                        (value): ReLU()
                      )
                      (mixed): ModuleList(
                        (1): Linear(in_features=1, out_features=1, bias=False)
                      )
                    )
                    """)
        }

        @Test func collectionsAreNested() {
            final class Net: Module {
                let rows = [[Linear(1, 1, bias: false)], [Linear(1, 1, bias: false), Linear(1, 1, bias: false)]]
                let pairs = [(Linear(1, 1, bias: false), ReLU())]
                let heads = ["a": [Linear(1, 1, bias: false)]]
                var late: [Linear]?
            }
            let net = Net()
            let names = ["rows.0.0", "rows.1.0", "rows.1.1", "pairs.0.0", "heads.a.0"]
            #expect(net.namedParameters().map(\.name) == names.map { "\($0).weight" })
            net.late = [Linear(1, 1, bias: false)]
            #expect(net.namedParameters().map(\.name).last == "late.0.weight")
        }

        /// The groups of different modules are different modules, although they live only during the reflection.
        @Test func arraysInManyModulesAreAllFound() {
            final class Block: Module {
                let layers = [Linear(1, 1), Linear(1, 1)]
            }
            final class Net: Module {
                let blocks = (0..<20).map { _ in Block() }
            }
            let net = Net()
            #expect(net.parameters().count == 80 && net.namedParameters().count == 80)
            #expect(net.namedModules().count == 1 + 1 + 20 * 4)
        }
    }

    /// A subclass of a sequence prints under its own name. Its own modules come after the layers.
    @Test func sequencesAreBaseClasses() {
        final class Block: Sequential {
            let scale = Linear(2, 2, bias: false)
            init() { super.init(named: [("first", Linear(3, 2)), ("act", ReLU())]) }
            override func forward(_ input: Tensor) -> Tensor { scale(super.forward(input)) }
        }
        let block = Block()
        #expect(block.stateDict().keys == ["first.weight", "first.bias", "scale.weight"] && block.count == 2)
        #expect("\(block)".hasPrefix("Block(\n  (first): Linear(in_features=3, out_features=2, bias=True)"))
        #expect(block(Tensor.ones(4, 3)).shape == [4, 2])
    }
}

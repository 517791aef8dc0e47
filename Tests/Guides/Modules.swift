// The code of Sources/Torch/Torch.docc/Modules.md. Scripts/guides.py writes this file.
import Torch

func modules() async throws {
    final class Scale: Module, Layer {
        @Parameter var weight: Tensor
        @Parameter var bias: Tensor?
        @Buffer var calls = Tensor.zeros(1)
        @Buffer(persistent: false) var mask: Tensor

        init(_ features: Int, bias: Bool = true) {
            weight = Tensor.ones(features)
            super.init()
            mask = Tensor.ones(features)
            if bias { self.bias = Tensor.zeros(features) }
        }

        func forward(_ x: Tensor) -> Tensor {
            calls.add_(1)
            let y = x * mask * weight
            return bias.map { y + $0 } ?? y
        }
    }

    let scale = Scale(3)
    print(scale(Tensor([1.0, 2.0, 3.0])))
    // tensor([1., 2., 3.], grad_fn=<AddBackward0>)
    print(scale.stateDict().keys) // ["weight", "bias", "calls"]
    print(Scale(3, bias: false).namedParameters().map(\.name)) // ["weight"]

    let encoder = Linear(4, 4, bias: false)
    let decoder = Linear(4, 4, bias: false)
    decoder.weight = encoder.weight
    print(Sequential(encoder, decoder).parameters().count) // 1

    final class Attention: Module, BinaryModule {
        let query = Linear(8, 8), key = Linear(8, 8), value = Linear(8, 8)

        func forward(
            _ x: Tensor, _ mask: Tensor?
        ) -> (output: Tensor, weights: Tensor) {
            var scores = query(x).matmul(key(x).mT) / 8.0.squareRoot()
            if let mask { scores = scores.maskedFill(mask, -Double.infinity) }
            let weights = scores.softmax(dim: -1)
            return (weights.matmul(value(x)), weights)
        }
    }

    let attention = Attention()
    let (output, weights) = attention(Tensor.randn(2, 5, 8), nil)
    print(output.shape, weights.shape)
    // torch.Size([2, 5, 8]) torch.Size([2, 5, 5])

    final class Gate: Module {
        let linear = Linear(8, 8)

        func forward(_ x: Tensor, strength: Double) -> Tensor {
            x * linear(x).sigmoid() * strength
        }

        func callAsFunction(_ x: Tensor, strength: Double = 1) -> Tensor {
            withHooks(x, strength) { forward($0, strength: $1) }
        }
    }
    print(Gate()(Tensor.randn(2, 8), strength: 0.5).shape)
    // torch.Size([2, 8])

    final class Block: Module, Layer {
        let norm = LayerNorm(8)
        let linear = Linear(8, 8)

        func forward(_ x: Tensor) -> Tensor { x + linear(norm(x)).relu() }
    }

    final class Tower: Module, Layer {
        let blocks: [Block]
        let heads = ["age": Linear(8, 1), "size": Linear(8, 2)]

        init(depth: Int) { blocks = (0..<depth).map { _ in Block() } }

        func forward(_ x: Tensor) -> Tensor {
            heads["size"]!(blocks.reduce(x) { y, block in block(y) })
        }
    }

    let tower = Tower(depth: 2)
    print(tower)

    print(tower.getSubmodule("blocks.1.linear")!)
    // Linear(in_features=8, out_features=8, bias=True)
    print(tower.getParameter("heads.size.bias")!.shape) // torch.Size([2])
    print(tower.parameters().reduce(0) { $0 + $1.numel() }) // 203

    final class Embedder: Module, Layer {
        let tokens = Embedding(10, 4)
        let project = Linear(4, 4)

        override class func stateName(of property: String) -> String {
            switch property {
            case "tokens": "wte"
            case "project": "c_proj"
            default: super.stateName(of: property)
            }
        }

        func forward(_ x: Tensor) -> Tensor { project(tokens(x)) }
    }
    print(Embedder().stateDict().keys)
    // ["wte.weight", "c_proj.weight", "c_proj.bias"]

    tower.blocks[0].requiresGrad_(false)
    let trained = tower.parameters().filter(\.requiresGrad)
    let optimizer = AdamW(trained, lr: 1e-3)
    print(trained.count, optimizer.paramGroups[0].params.count) // 8 8

    tower.eval()
    tower.apply { module in
        if let linear = module as? Linear { Init.zeros_(linear.weight) }
    }
    print(tower.isTraining, tower.blocks[1].linear.weight.sum().item())
    // false 0.0

    var means: [String: Double] = [:]
    let norms = tower.namedModules().filter { $0.module is LayerNorm }
    let handles = norms.map { name, module in
        module.registerForwardHook { _, _, output in
            means[name] = output.std().item()
            return nil
        }
    }
    _ = tower(Tensor.randn(16, 8))
    print(means.keys.sorted()) // ["blocks.0.norm", "blocks.1.norm"]
    for handle in handles { handle.remove() }

    let doubled = Linear(2, 1)
    doubled.registerForwardHook { _, _, output in output * 2 }
    doubled.registerFullBackwardHook { _, gradInput, gradOutput in
        print("gradient:", gradOutput) // gradient: tensor([[1.]])
        return nil
    }
    doubled(Tensor.ones(1, 2)).sum().backward()

    let target = tower.copy { Tower(depth: 2) }
    noGrad { target.blocks[0].linear.weight.fill_(1) }
    print(tower.blocks[0].linear.weight.sum().item()) // 0.0
    print(target.blocks[0].linear.weight.sum().item()) // 64.0

    let large = withDevice(.meta) { Tower(depth: 1000) }
    print(large(Tensor.empty(32, 8, device: .meta)).shape)
    // torch.Size([32, 2])

    let small = withDevice(.meta) { Tower(depth: 2) }
    try small.loadStateDict(tower.stateDict(), assign: true)
    print(small.parameters()[0].device) // cpu
}

import Testing
import Torch

/// The note's network.
private final class NeuralNetwork: Module, Layer {
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

private class Base: Module {
    @Parameter var first = Tensor.ones(2)
    let notAModule = [1, 2, 3]
}

private final class Everything: Base {
    @Parameter var scale: Tensor
    @Parameter var shift: Tensor?
    @Buffer var runningMean = Tensor.zeros(3)
    @Buffer(persistent: false) var positions = Tensor.arange(3)
    @Buffer var absent: Tensor?
    let layers = [Linear(2, 2), Linear(2, 2)]
    let byName: [String: Module] = ["b": ReLU(), "a": Linear(1, 1)]
    var optional: Linear? = Linear(1, 2, bias: false)
    let any: any Layer = Linear(3, 1)
    lazy var late = Linear(1, 1)
    let selfAttn = Identity()

    override init() { scale = Tensor.full([2], 3.0) }

    override class func stateName(of property: String) -> String {
        property == "any" ? "renamed" : super.stateName(of: property)
    }
}

extension DrawingTests {
    @Suite struct ModuleTests {
        /// The note's own output, 11-fashion-mnist.out.
        @Test func printsTheNotesNetwork() {
            #expect(
                "\(NeuralNetwork())" == """
                    NeuralNetwork(
                      (flatten): Flatten(start_dim=1, end_dim=-1)
                      (linear_relu_stack): Sequential(
                        (0): Linear(in_features=784, out_features=512, bias=True)
                        (1): ReLU()
                        (2): Linear(in_features=512, out_features=512, bias=True)
                        (3): ReLU()
                        (4): Linear(in_features=512, out_features=10, bias=True)
                      )
                    )
                    """)
        }

        /// torch.manual_seed(0); [(k, v.flatten()[:3], v.flatten()[-2:]) …] of the same network in PyTorch 2.15.
        @Test func firstParametersArePyTorchs() throws {
            manualSeed(0)
            let state = NeuralNetwork().stateDict()
            let want: [(String, [Float], [Float])] = [
                (
                    "linear_relu_stack.0.weight", [-0.000267386436, 0.0191587005, -0.0293944702],
                    [-0.0231570564, 0.0189698692]
                ),
                ("linear_relu_stack.0.bias", [0.0320428275, 0.0142053496, 0.0286328718], [0.00146053103, 0.0225824807]),
                (
                    "linear_relu_stack.2.weight", [0.021723533, 0.0425821282, -0.0431324691],
                    [0.0369522534, 0.0236904006]
                ),
                ("linear_relu_stack.2.bias", [0.0155914621, 0.0262496844, 0.0144216921], [-0.0363416038, -0.022583155]),
                (
                    "linear_relu_stack.4.weight", [-0.0299361888, -0.00933884084, 0.0166042205],
                    [0.0331995562, -0.0426790975]
                ),
                ("linear_relu_stack.4.bias", [0.0431764126, 0.042464003, 0.0226129536], [-0.00615953514, -0.0438245349])
            ]
            #expect(state.keys == want.map(\.0))
            for (name, first, last) in want {
                let values = try #require(state[name]).toArray(as: Float.self)
                #expect(Array(values.prefix(3)) == first && Array(values.suffix(2)) == last, "\(name)")
            }
        }

        @Test func findsWhatIsDeclared() {
            let module = Everything()
            #expect(
                module.namedParameters().map(\.name) == [
                    "first", "scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
                    "by_name.a.weight", "by_name.a.bias",
                    "optional.weight", "renamed.weight", "renamed.bias"
                ])
            #expect(module.namedParameters(recurse: false).map(\.name) == ["first", "scale"])
            #expect(module.namedBuffers().map(\.name) == ["running_mean", "positions"])
            #expect(module.stateDict().keys.prefix(3) == ["first", "scale", "running_mean"])
            #expect(module.stateDict()["positions"] == nil)
            #expect(module.namedChildren().map(\.name) == ["layers", "by_name", "optional", "renamed", "self_attn"])
            _ = module.late
            module.optional = nil
            module.shift = Tensor.zeros(2)
            #expect(module.namedChildren().map(\.name) == ["layers", "by_name", "renamed", "late", "self_attn"])
            #expect(module.namedParameters(recurse: false).map(\.name) == ["first", "scale", "shift"])
            #expect(module.shift?.requiresGrad == true)
            #expect(module.namedModules().map(\.name).prefix(4) == ["", "layers", "layers.0", "layers.1"])
            #expect(
                module.getSubmodule("layers.1") === module.layers[1] && module.getSubmodule("") === module
                    && module.getSubmodule("layers.2.x") == nil)
            #expect(
                module.getParameter("layers.1.bias") === module.layers[1].bias
                    && module.getParameter("scale") === module.scale && module.getParameter("layers.bias") == nil)
            #expect(module.getBuffer("positions") === module.positions && module.getBuffer("absent") == nil)
        }

        @Test func namesAreSnakeCase() {
            final class Names: Module {
                let linearReluStack = Identity(), fc1 = Identity(), conv2d = Identity(), weightIH = Identity(),
                    already_snake = Identity(), BN1 = Identity(), outHTMLPage = Identity()
            }
            #expect(
                Names().namedChildren().map(\.name) == [
                    "linear_relu_stack", "fc1", "conv2d", "weight_ih", "already_snake", "bn1", "out_html_page"
                ])
        }

        /// The output is PyTorch 2.15's for the same containers.
        @Test func printsContainers() {
            final class M: Module {
                let layers = ModuleList((0..<3).map { _ in Linear(2, 2) } + [ReLU(), Linear(3, 2)])
                let d = ModuleDict([
                    "a": ReLU(),
                    "b": Sequential(ReLU(inplace: true), Dropout(0.1), Flatten(), Unflatten(1, [2, 3]), Identity())
                ])
                let e = ModuleList()
                let s = Sequential()
                let plain = [Sequential { Linear(1, 1) }, Sequential { Linear(1, 1) }]
            }
            #expect(
                "\(M())" == """
                    M(
                      (layers): ModuleList(
                        (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
                        (3): ReLU()
                        (4): Linear(in_features=3, out_features=2, bias=True)
                      )
                      (d): ModuleDict(
                        (a): ReLU()
                        (b): Sequential(
                          (0): ReLU(inplace=True)
                          (1): Dropout(p=0.1, inplace=False)
                          (2): Flatten(start_dim=1, end_dim=-1)
                          (3): Unflatten(dim=1, unflattened_size=(2, 3))
                          (4): Identity()
                        )
                      )
                      (e): ModuleList()
                      (s): Sequential()
                      (plain): ModuleList(
                        (0-1): 2 x Sequential(
                          (0): Linear(in_features=1, out_features=1, bias=True)
                        )
                      )
                    )
                    """)
        }

        /// The output of print(...) for the same modules in PyTorch 2.15.
        @Test func printsOptions() {
            let modules: [(Module, String)] = [
                (Hardtanh(-2, 2, inplace: true), "Hardtanh(min_val=-2, max_val=2, inplace=True)"),
                (ELU(inplace: true), "ELU(alpha=1.0, inplace=True)"),
                (LeakyReLU(inplace: true), "LeakyReLU(negative_slope=0.01, inplace=True)"),
                (ReLU6(inplace: true), "ReLU6(inplace=True)"), (ReLU6(), "ReLU6()"),
                (Threshold(1, 2, inplace: true), "Threshold(threshold=1, value=2, inplace=True)"),
                (Hardswish(inplace: true), "Hardswish()"),
                (Dropout(0.2, inplace: true), "Dropout(p=0.2, inplace=True)"),
                (AlphaDropout(), "AlphaDropout(p=0.5, inplace=False)"),
                (Softmax(), "Softmax(dim=None)"), (GELU(approximate: .tanh), "GELU(approximate='tanh')"),
                (Softplus(), "Softplus(beta=1.0, threshold=20.0)"),
                (CrossEntropyLoss(labelSmoothing: 0.1), "CrossEntropyLoss()"),
                (Flatten(), "Flatten(start_dim=1, end_dim=-1)")
            ]
            for (module, text) in modules { #expect("\(module)" == text) }
        }

        @Test func sharedParametersCountOnce() {
            final class Tied: Module {
                let a = Linear(2, 2), b = Linear(2, 2)
            }
            let tied = Tied()
            tied.b.weight = tied.a.weight
            #expect(tied.parameters().count == 3)
            #expect(tied.namedParameters(removeDuplicate: false).count == 4)
            #expect(tied.stateDict().keys == ["a.weight", "a.bias", "b.weight", "b.bias"])
            let layer = Linear(2, 2)
            #expect(Sequential(layer, ReLU(), layer).namedModules().map(\.name) == ["", "0", "1"])
        }

        @Test func stateDictAliases() throws {
            let layer = Linear(2, 1)
            let state = layer.stateDict()
            let weight = try #require(state["weight"])
            #expect(weight.storage === layer.weight.storage && !weight.requiresGrad)
            weight.fill_(5)
            #expect(layer.weight.toArray(as: Float.self) == [5, 5])
            #expect(layer.stateDict(prefix: "x", keepVars: true)["x.weight"] === layer.weight)
        }

        /// The message is that of PyTorch 2.15's load_state_dict for the same keys.
        @Test func loadingListsEverythingAndChangesNothing() throws {
            final class NeuralNetwork: Module {
                let fc = Linear(2, 3), fc2 = Linear(2, 2)
            }
            let module = NeuralNetwork()
            let before = module.parameters().map { $0.toArray(as: Float.self) }
            let state: StateDict = [
                "fc.weight": Tensor.ones(3, 3), "x": Tensor.ones(1), "y": Tensor.ones(1),
                "fc2.weight": Tensor.ones(2, 2)
            ]
            #expect(
                throws: TorchError(
                    .runtime,
                    "Error(s) in loading state_dict for NeuralNetwork:\n\tMissing key(s) in state_dict: \"fc.bias\", \"fc2.bias\". \n\tUnexpected key(s) in state_dict: \"x\", \"y\". \n\tsize mismatch for fc.weight: copying a param with shape torch.Size([3, 3]) from checkpoint, the shape in current model is torch.Size([3, 2])."
                )
            ) {
                try module.loadStateDict(state)
            }
            #expect(module.parameters().map { $0.toArray(as: Float.self) } == before)
            let keys = try module.loadStateDict(
                ["fc2.weight": Tensor.full([2, 2], 2.0, dtype: .float64), "x": Tensor.ones(1)], strict: false)
            #expect(keys.missingKeys == ["fc.weight", "fc.bias", "fc2.bias"] && keys.unexpectedKeys == ["x"])
            #expect(module.fc2.weight.toArray(as: Float.self) == [2, 2, 2, 2] && module.fc2.weight.dtype == .float32)
            #expect(module.fc2.weight.requiresGrad && module.fc2.weight.isLeaf)
            let other = NeuralNetwork()
            try other.loadStateDict(module.stateDict())
            #expect(other.fc.weight.toArray(as: Float.self) == module.fc.weight.toArray(as: Float.self))
        }

        @Test func modeReachesEverything() {
            let model = Sequential(Dropout(0.5), Sequential(Dropout(0.5)))
            #expect(model.modules().allSatisfy { $0.isTraining })
            #expect(model.eval() === model && model.modules().allSatisfy { !$0.isTraining })
            let x = Tensor.ones(10)
            #expect(model(x).toArray(as: Float.self) == x.toArray(as: Float.self))
            model.train()
            #expect(model.modules().allSatisfy { $0.isTraining })
        }

        @Test func conversionKeepsTheObjects() {
            let layer = Linear(2, 2)
            let weight = layer.weight
            layer(Tensor.ones(1, 2)).sum().backward()
            layer.to(.float64)
            #expect(
                layer.weight === weight && weight.dtype == .float64 && weight.grad?.dtype == .float64 && weight.isLeaf)
            layer.zeroGrad()
            #expect(weight.grad == nil)
            layer(Tensor.ones(1, 2, dtype: .float64)).sum().backward()
            #expect(weight.grad?.toArray(as: Double.self) == [1, 1, 1, 1])
            layer.zeroGrad(setToNone: false)
            #expect(weight.grad?.toArray(as: Double.self) == [0, 0, 0, 0])
            #expect(
                throws: TorchError(
                    .type,
                    "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.int64")
            ) {
                try withError { _ = layer.to(.int64) }
            }
            #expect(layer.requiresGrad_(false).parameters().allSatisfy { !$0.requiresGrad })
            layer.half()
            #expect(layer.parameters().allSatisfy { $0.dtype == .float16 && !$0.requiresGrad })
            // As in PyTorch, `to` converts complex parameters and `double` does not.
            #expect(
                layer.to(.complex64).weight.dtype == .complex64 && layer.double().weight.dtype == .complex64
                    && layer.to(.float64).weight.dtype == .float64)
        }

        @Test func hooksRunInOrderAndGo() {
            let layer = Identity()
            var log: [String] = []
            let before = layer.registerForwardPreHook { module, inputs in
                log.append("before")
                #expect(module === layer)
                return [inputs[0] * 2]
            }
            let after = layer.registerForwardHook { _, inputs, output in
                log.append("after \(inputs[0].item())")
                return output + 1
            }
            let watching = layer.registerForwardHook { _, _, output in
                log.append("saw \(output.item())")
                return nil
            }
            #expect(layer(Tensor(3.0)).item() == 7)
            #expect(log == ["before", "after 6.0", "saw 7.0"])
            before.remove()
            after.remove()
            #expect(layer(Tensor(3.0)).item() == 3)
            watching.remove()
            #expect(layer(Tensor(3.0)).item() == 3 && log.count == 4)
            let loss = MSELoss()
            loss.registerForwardHook { _, inputs, _ in inputs[0] - inputs[1] }
            #expect(loss(Tensor(5.0), Tensor(3.0)).item() == 2)
        }

        @Test func applyVisitsChildrenFirst() {
            let model = Sequential(Linear(1, 1), Sequential(ReLU()))
            var seen: [String] = []
            model.apply { seen.append($0.typeName) }
            #expect(seen == ["Linear", "ReLU", "Sequential", "Sequential"])
        }

        @Test func builderTakesIfAndFor() {
            func stack(_ dropout: Bool) -> Sequential {
                Sequential {
                    for size in [2, 3] { Linear(size, size + 1) }
                    if dropout { Dropout(0.1) }
                    if dropout { ReLU() } else { Tanh() }
                }
            }
            #expect(stack(true).map { $0.typeName } == ["Linear", "Linear", "Dropout", "ReLU"])
            #expect(stack(false).map { $0.typeName } == ["Linear", "Linear", "Tanh"])
            #expect(stack(false)[-1] is Tanh)
            #expect(
                Sequential(["fc": Linear(2, 3), "act": ReLU()]).namedParameters().map(\.name) == [
                    "fc.weight", "fc.bias"
                ])
            #expect(throws: TorchError(.index, "index 3 is out of range")) {
                try withError { stack(false)[3].typeName }
            }
        }

        /// A parameter of a module is a leaf: a computed tensor is detached. PyTorch: nn.Parameter(x).
        @Test func parametersAreLeaves() {
            final class Holder: Module {
                @Parameter var weight = Tensor.ones(2)
            }
            let holder = Holder()
            #expect(holder.weight.requiresGrad && holder.weight.isLeaf)
            let computed = holder.weight * 3
            holder.weight = computed
            #expect(
                holder.weight.isLeaf && holder.weight.requiresGrad && holder.weight !== computed
                    && holder.weight.storage === computed.storage)
            #expect(holder.parameters()[0] === holder.weight)
            #expect(
                throws: TorchError(.runtime, "only Tensors of floating point and complex dtype can require gradients")
            ) {
                try withError { holder.weight = Tensor([1, 2]) }
            }
        }
    }

    /// PyTorch 2.15: dtypes and memory come from the state dict, `requiresGrad` from the module.
    @Test func assignedTensorsAreTakenOver() throws {
        let module = Linear(2, 2), weight = module.weight
        module.weight.requiresGrad_(false)
        module.bias!.grad = Tensor.ones(2)
        let state: StateDict = ["weight": Tensor.ones(2, 2, dtype: .float64), "bias": Tensor.zeros(2, dtype: .float64)]
        try module.loadStateDict(state, assign: true)
        #expect(
            module.weight === weight && module.weight.dtype == .float64
                && module.weight.storage === state["weight"]!.storage)
        #expect(!module.weight.requiresGrad && module.bias!.requiresGrad && module.bias!.grad == nil)
        module(Tensor.ones(1, 2, dtype: .float64)).sum().backward()
        #expect(module.bias!.grad?.dtype == .float64)
        let error = #expect(throws: TorchError.self) {
            try module.loadStateDict(
                ["weight": Tensor.ones(2, 2, dtype: .int64), "bias": Tensor.ones(2, dtype: .int64)], assign: true)
        }
        #expect(
            error?.message
                == "Error(s) in loading state_dict for Linear:\n\tWhile copying the parameter named \"bias\", an exception occurred : Only Tensors of floating point and complex dtype can require gradients"
        )
        #expect(module.weight.dtype == .float64)
    }
}

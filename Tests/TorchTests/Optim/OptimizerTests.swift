import Testing
import Torch

@Suite struct OptimizerTests {
    private func leaf(_ values: [Double], dtype: DType = .float32) -> Tensor {
        Tensor(values, dtype: dtype, requiresGrad: true)
    }
    private func floats(_ tensor: Tensor) -> [Float] { tensor.toArray(as: Float.self) }

    /// Two groups, momentum, two steps. The numbers and the output are PyTorch 2.15's.
    @Test func groups() {
        let p = leaf([1, 2]), q = leaf([3])
        let optimizer = SGD([ParamGroup([p]), ParamGroup([q], lr: 0.5)], lr: 0.1, momentum: 0.9)
        for _ in 0..<2 {
            p.grad = Tensor([1.0, -1.0])
            q.grad = Tensor([2.0])
            optimizer.step()
        }
        #expect(floats(p) == [0.709999979, 2.28999996] && floats(q) == [0.100000024])
        #expect(
            "\(optimizer)" == """
                SGD (
                Parameter Group 0
                    dampening: 0
                    differentiable: False
                    foreach: None
                    fused: None
                    lr: 0.1
                    maximize: False
                    momentum: 0.9
                    nesterov: False
                    weight_decay: 0

                Parameter Group 1
                    dampening: 0
                    differentiable: False
                    foreach: None
                    fused: None
                    lr: 0.5
                    maximize: False
                    momentum: 0.9
                    nesterov: False
                    weight_decay: 0
                )
                """)
        optimizer.paramGroups[1].lr *= 0.1
        optimizer.zeroGrad()
        #expect(p.grad == nil && q.grad == nil)
        optimizer.step()
        #expect(floats(q) == [0.100000024])
        optimizer.addParamGroup(ParamGroup([leaf([1])], weightDecay: 0.5))
        #expect(
            optimizer.paramGroups.count == 3 && optimizer.paramGroups[2].lr == 0.1
                && optimizer.paramGroups[2].momentum == 0.9 && optimizer.paramGroups[2].weightDecay == 0.5)
    }

    /// Three steps of Adam in other dtypes, PyTorch 2.15.
    @Test func dtypes() {
        let want: [(DType, [Double], Double)] = [
            (.float64, [0.70000000600000067, -2.2999999879999997, 3.2999999969999991], 1e-12),
            (.float16, [0.69970703125, -2.298828125, 3.298828125], 4e-3),
            (.bfloat16, [0.6953125, -2.28125, 3.28125], 3e-2)
        ]
        for (dtype, want, tolerance) in want {
            let p = leaf([1, -2, 3], dtype: dtype)
            let optimizer = Adam([p], lr: 0.1)
            for _ in 0..<3 {
                p.grad = Tensor([0.5, 0.25, -1.0], dtype: dtype)
                optimizer.step()
            }
            for (x, y) in zip(p.toArray(as: Double.self), want) { #expect(abs(x - y) <= tolerance, "\(dtype)") }
        }
    }

    /// Three steps on complex numbers, PyTorch 2.15.
    @Test func complexParameters() {
        let makes: [(([Tensor]) -> Optimizer, [Double])] = [
            (
                { SGD($0, lr: 0.1, momentum: 0.9, weightDecay: 0.1) },
                [0.47177401185035706, 2.833967924118042, -4.723556995391846, 0.23588700592517853]
            ),
            (
                { Adam($0, lr: 0.1, weightDecay: 0.1, amsgrad: true) },
                [0.7056953310966492, 2.2899131774902344, -3.2905688285827637, 0.20551185309886932]
            ),
            (
                { AdamW($0, lr: 0.1, weightDecay: 0.1, amsgrad: true) },
                [0.6809359192848206, 2.229961395263672, -3.2002601623535156, 0.19578640162944794]
            )
        ]
        for (make, want) in makes {
            let p = complex(Tensor([1.0, -3]), Tensor([2.0, 0.5])).requiresGrad_()
            let optimizer = make([p])
            for i in 1...3 {
                p.grad = complex(Tensor([0.5, 2]), Tensor([-1, 0.25])) * i
                optimizer.step()
            }
            for (x, y) in zip(p.detach().viewAsReal().toArray(as: Double.self), want) {
                #expect(abs(x - y) <= 1e-6 * abs(y), "\(optimizer)")
            }
        }
    }

    /// The form is that of PyTorch 2.15's state_dict().
    @Test func stateDictHasPyTorchsForm() throws {
        let p = leaf([1, 1]), q = leaf([1])
        let adam = AdamW([p, q], lr: 0.1)
        p.grad = Tensor.ones(2)
        adam.step()
        let state = adam.stateDict()
        #expect(state["state"]?.dict?.keys == [0])
        #expect(state["state"]?[0]?.dict?.keys == ["step", "exp_avg", "exp_avg_sq"])
        #expect(
            state["state"]?[0]?["step"]?.tensor?.item() == 1 && state["state"]?[0]?["step"]?.tensor?.dtype == .float32)
        let average = try #require(state["state"]?[0]?["exp_avg"]?.tensor)
        #expect(
            floats(average) == [0.1, 0.1].map { Float($0) }
                && average.storage === adam.state(of: p)?.tensors[0]?.storage)
        #expect(
            state["param_groups"]?[0]?.dict?.keys == [
                "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "foreach", "capturable", "differentiable",
                "fused",
                "decoupled_weight_decay", "params"
            ])
        #expect(state["param_groups"]?[0]?["params"]?.list?.map(\.int) == [0, 1])
        let sgd = SGD([p, q], lr: 0.1)
        sgd.step()
        #expect(sgd.stateDict()["state"]?.dict?.isEmpty == true)
        #expect(
            sgd.stateDict()["param_groups"]?[0]?.dict?.keys == [
                "lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "foreach", "differentiable",
                "fused", "params"
            ])
    }

    /// Training that is saved and resumed gives the same result as without the interruption.
    @Test func resumes() throws {
        func run(_ make: ([Tensor]) -> Optimizer) throws {
            let p = leaf([1, -2, 3]), q = leaf([0.5])
            func step(_ optimizer: Optimizer, _ i: Int) {
                for group in optimizer.paramGroups {
                    for parameter in group.params {
                        parameter.grad = noGrad { parameter.detach().mul(0.3).add(Double(i)) }
                    }
                }
                optimizer.step()
            }
            let first = make([p, q])
            for i in 0..<3 { step(first, i) }
            let copies = [p, q].map { Tensor(floats($0), requiresGrad: true) }
            let second = make(copies)
            second.paramGroups[0].lr = 7
            try second.loadStateDict(first.stateDict())
            #expect(second.paramGroups[0].lr == first.paramGroups[0].lr)
            for i in 3..<6 {
                step(first, i)
                step(second, i)
            }
            #expect(floats(copies[0]) == floats(p) && floats(copies[1]) == floats(q))
        }
        try run { SGD($0, lr: 0.1, momentum: 0.9, nesterov: true) }
        try run { Adam($0, lr: 0.1, amsgrad: true) }
        try run { AdamW($0, lr: 0.1) }
        try run { Adagrad($0, lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.5) }
        try run { Adadelta($0) }
        try run { Adamax($0, lr: 0.1) }
        try run { NAdam($0, lr: 0.1) }
        try run { RAdam($0, lr: 0.1) }
        try run { RMSprop($0, lr: 0.1, momentum: 0.9, centered: true) }
        try run { Rprop($0, lr: 0.1) }
        try run { ASGD($0, lr: 0.1, lambd: 0.1, t0: 2) }
        try run { Adafactor($0, lr: 0.1) }
    }

    /// Rosenbrock's valley, with and without a line search. The training is saved and resumed in the middle. PyTorch
    /// 2.15 comes equally close to the minimum.
    @Test(arguments: [nil, LBFGS.LineSearch.strongWolfe]) func lbfgs(_ search: LBFGS.LineSearch?) throws {
        var p = leaf([-1.2, 1], dtype: .float64)
        func make() -> LBFGS { LBFGS([p], lr: search == nil ? 0.1 : 1, maxIter: 10, lineSearchFn: search) }
        var optimizer = make()
        for i in 0..<(search == nil ? 60 : 8) {
            if i == 4 {
                let state = optimizer.stateDict()
                p = Tensor(p.toArray(as: Double.self), dtype: .float64, requiresGrad: true)
                optimizer = make()
                try optimizer.loadStateDict(state)
            }
            optimizer.step {
                optimizer.zeroGrad()
                let x = p[0], y = p[1]
                let loss = (1 - x).square() + 100 * (y - x.square()).square()
                loss.backward()
                return loss
            }
        }
        for x in p.toArray(as: Double.self) { #expect(abs(x - 1) < 1e-3, "\(p)") }
        #expect(throws: TorchError(.type, "LBFGS.step() missing 1 required positional argument: 'closure'")) {
            try withError { optimizer.step() }
        }
    }

    /// Complex parameters move like their real and imaginary parts.
    @Test func complexParametersGoAsPairs() {
        func path(_ make: ([Tensor]) -> Optimizer, complex: Bool) -> [Double] {
            let parts = leaf([1, -2, 0.5, 3], dtype: .float64).detach().view(2, 2)
            let p = (complex ? parts.viewAsComplex() : parts).clone().requiresGrad_()
            let optimizer = make([p])
            for i in 1...4 {
                let grad = Tensor([0.3, -0.7, 0.2, 1.1], dtype: .float64).mul(Double(i)).view(2, 2)
                p.grad = complex ? grad.viewAsComplex() : grad
                optimizer.step()
            }
            let end = p.detach()
            return (complex ? end.viewAsReal() : end).reshape(-1).toArray(as: Double.self)
        }
        let makers: [([Tensor]) -> Optimizer] = [
            { Adagrad($0, initialAccumulatorValue: 0.5) }, { Adadelta($0, weightDecay: 0.1) }, { Adamax($0) },
            { NAdam($0, weightDecay: 0.1, decoupledWeightDecay: true) },
            { RAdam($0) }, { RMSprop($0, momentum: 0.5, centered: true) }, { Rprop($0) }, { ASGD($0, t0: 1) }
        ]
        for make in makers { #expect(path(make, complex: true) == path(make, complex: false)) }
    }

    @Test func badStateDictsChangeNothing() throws {
        let p = leaf([1, 2])
        let optimizer = Adam([p], lr: 0.1)
        p.grad = Tensor.ones(2)
        optimizer.step()
        let good = optimizer.stateDict()
        func group(_ change: (inout StateMap) -> Void) -> StateValue {
            var map = good["param_groups"]?[0]?.dict ?? [:]
            change(&map)
            return .list([.dict(map)])
        }
        let states = good["state"] ?? .null
        let bad: [(StateValue, String)] = [
            (["state": [:], "param_groups": []], "loaded state dict has a different number of parameter groups"),
            (
                ["state": [:], "param_groups": [["params": [0, 1]]]],
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            ),
            (["state": states, "param_groups": group { $0["lr"] = -1 }], "Invalid learning rate: -1"),
            (
                ["state": states, "param_groups": group { $0["betas"] = .tuple([0.5, 1.5]) }],
                "Invalid beta parameter at index 1: 1.5"
            ),
            (
                [
                    "state": [
                        0: ["step": 1, "exp_avg": .tensor(Tensor.ones(3)), "exp_avg_sq": .tensor(Tensor.ones(2))]
                    ], "param_groups": group { _ in }
                ],
                "loaded state 'exp_avg' of parameter 0 has shape torch.Size([3]), the parameter has torch.Size([2])"
            ),
            (
                ["state": [0: ["step": 1]], "param_groups": group { _ in }],
                "loaded state of parameter 0 has no 'exp_avg'"
            ),
            (
                [
                    "state": [
                        0: ["step": -1, "exp_avg": .tensor(Tensor.ones(2)), "exp_avg_sq": .tensor(Tensor.ones(2))]
                    ], "param_groups": group { _ in }
                ],
                "loaded state of parameter 0 has no valid 'step'"
            ),
            (.null, "loaded state dict has no list 'param_groups'")
        ]
        for (value, sentence) in bad {
            #expect(throws: TorchError(.value, sentence)) { try optimizer.loadStateDict(value) }
            #expect(
                optimizer.state(of: p)?.step == 1 && optimizer.paramGroups[0].lr == 0.1
                    && optimizer.paramGroups[0].betas.1 == 0.999)
        }
    }

    /// The checks and messages are PyTorch 2.15's.
    @Test func argumentChecks() {
        let p = leaf([1])
        let checks: [(String, @Sendable (Tensor) -> Void)] = [
            ("optimizer got an empty parameter list", { _ in _ = SGD([Tensor]()) }),
            ("Invalid learning rate: -1.0", { _ = SGD([$0], lr: -1) }),
            ("Invalid momentum value: -1.0", { _ = SGD([$0], momentum: -1) }),
            ("Invalid weight_decay value: -1.0", { _ = SGD([$0], weightDecay: -1) }),
            ("Nesterov momentum requires a momentum and zero dampening", { _ = SGD([$0], nesterov: true) }),
            (
                "Nesterov momentum requires a momentum and zero dampening",
                { _ = SGD([$0], momentum: 0.9, dampening: 0.1, nesterov: true) }
            ),
            ("Invalid epsilon value: -1.0", { _ = Adam([$0], eps: -1) }),
            ("Invalid beta parameter at index 0: 1.0", { _ = Adam([$0], betas: (1, 0.9)) }),
            ("Invalid beta parameter at index 1: 1.9", { _ = AdamW([$0], betas: (0, 1.9)) }),
            ("Invalid weight_decay value: -2.0", { _ = AdamW([$0], weightDecay: -2) }),
            ("can't optimize a non-leaf Tensor", { _ = SGD([$0 * 2]) }),
            (
                "some parameters appear in more than one parameter group",
                { _ = SGD([ParamGroup([$0]), ParamGroup([$0])]) }
            )
        ]
        for (sentence, make) in checks {
            #expect(throws: TorchError(.value, sentence)) { try withError { make(p) } }
        }
    }

    @Test func closureAndTape() {
        let p = leaf([2])
        let optimizer = SGD([p], lr: 0.25)
        let loss = noGrad {
            optimizer.step {
                optimizer.zeroGrad()
                let loss = (p * p).sum()
                loss.backward()
                return loss
            }
        }
        #expect(loss.item() == 4 && floats(p) == [1] && p.isLeaf && p.requiresGrad)
        // A graph recorded before the step must not be used after it.
        let y = (p * p).sum()
        optimizer.step()
        #expect(throws: TorchError.self) { try withError { y.backward() } }
    }

    /// All optimizers find the minimum of a convex problem, x = 3.
    @Test func converges() {
        for make in [
            { SGD($0, lr: 0.1) }, { SGD($0, lr: 0.02, momentum: 0.9, nesterov: true) }, { Adam($0, lr: 0.1) },
            { AdamW($0, lr: 0.1, weightDecay: 0) }
        ] as [([Tensor]) -> Optimizer] {
            let x = leaf([0])
            let optimizer = make([x])
            for _ in 0..<600 {
                optimizer.zeroGrad()
                (x - 3.0).pow(2).sum().backward()
                optimizer.step()
            }
            #expect(abs(x.item() - 3) < 1e-3, "\(optimizer)")
        }
    }
}

import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct ParametrizationTests {
    private func wave(_ sizes: Int...) -> Tensor {
        (Tensor.arange(sizes.reduce(1, *), dtype: .float64) * 0.37 + 0.2).sin().float().reshape(sizes)
    }

    private func linear(_ inputs: Int, _ outputs: Int) -> Linear {
        let layer = Linear(inputs, outputs)
        noGrad {
            layer.weight.copy_(wave(outputs, inputs))
            layer.bias!.zero_()
        }
        return layer
    }

    private func near(_ tensor: Tensor?, _ numbers: [Double], _ tolerance: Double = 2e-5) -> Bool {
        guard let found = tensor?.detach().toArray(as: Double.self), found.count == numbers.count else { return false }
        return zip(found, numbers).allSatisfy { abs($0 - $1) <= tolerance }
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try withError(body)
            return "no error"
        } catch {
            return (error as? TorchError)?.message ?? ""
        }
    }

    private final class Symmetric: Module, Layer, InvertibleParametrization {
        func forward(_ x: Tensor) -> Tensor { x.triu() + x.triu(1).mT }
        func rightInverse(_ value: Tensor) -> [Tensor] { [value.triu()] }
    }

    private final class Doubled: Module, Layer, Parametrization {
        func forward(_ x: Tensor) -> Tensor { x * 2 }
    }

    private final class FirstRow: Module, Layer, Parametrization {
        func forward(_ x: Tensor) -> Tensor { x.narrow(0, 0, 1) }
    }

    @Test func parametrizationsAreApplied() throws {
        let layer = linear(3, 3), weight = layer.weight
        registerParametrization(layer, "weight", Symmetric())
        let symmetric = [
            0.198669, 0.539632, 0.807558, 0.539632, 0.994043, 0.887362, 0.807558, 0.887362, -0.018406
        ]
        #expect(near(layer.weight, symmetric))
        registerParametrization(layer, "weight", Doubled())
        #expect(near(layer.weight, symmetric.map { $0 * 2 }))
        #expect(layer.stateDict().keys == ["bias", "parametrizations.weight.original"])
        // The original is the same object, so an optimizer keeps it.
        #expect(layer.getParameter("parametrizations.weight.original") === weight)
        #expect(isParametrized(layer) && isParametrized(layer, "weight") && !isParametrized(layer, "bias"))
        #expect(
            "\(layer)"
                == "ParametrizedLinear(\n  in_features=3, out_features=3, bias=True\n  (parametrizations): ModuleDict(\n    (weight): ParametrizationList(\n      (0): Symmetric()\n      (1): Doubled()\n    )\n  )\n)"
        )
        layer(wave(2, 3)).sum().backward()
        #expect(weight.grad?.sizes == [3, 3] && weight.grad?[1, 0].item() == 0)
        let copy = registerParametrization(
            registerParametrization(Linear(3, 3), "weight", Symmetric()), "weight", Doubled())
        try copy.loadStateDict(layer.stateDict())
        #expect(near(copy.weight, symmetric.map { $0 * 2 }))
        removeParametrizations(layer, "weight")
        #expect(near(layer.weight, symmetric.map { $0 * 2 }) && layer.weight === weight && !isParametrized(layer))
        removeParametrizations(copy, "weight", leaveParametrized: false)
        #expect(near(copy.weight[0], [0.198669, 0.539632, 0.807558]) && copy.weight[1, 0].item() == 0)
    }

    @Test func assignmentGoesToTheOriginal() {
        let layer = registerParametrization(linear(2, 2), "weight", Symmetric())
        layer.weight = Tensor([[1.0, 2], [2, 3]])
        #expect(near(layer.weight, [1, 2, 2, 3]))
        #expect(near(layer.getParameter("parametrizations.weight.original"), [1, 2, 0, 3]))
        registerParametrization(layer, "weight", Doubled())
        #expect(
            message { layer.weight = Tensor.ones(2, 2) } == "parametrization Doubled does not implement right_inverse.")
    }

    @Test func whatDoesNotFitIsRefused() {
        let layer = linear(2, 2)
        #expect(
            message { registerParametrization(layer, "weight", FirstRow()) }
                == "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is enabled.\nunparametrized shape: torch.Size([2, 2])\nparametrized shape: torch.Size([1, 2])"
        )
        #expect(!isParametrized(layer) && near(layer.weight, wave(2, 2).toArray(as: Double.self)))
        #expect(
            message { registerParametrization(layer, "foo", Doubled()) }.hasSuffix(
                "does not have a parameter, a buffer, or a parametrized element with name 'foo'"))
        #expect(
            message { removeParametrizations(layer, "weight") }.hasSuffix("does not have a parametrization on weight"))
        #expect(
            message { orthogonal(layer, name: "bias") }
                == "Expected a matrix or batch of matrices. Got a tensor of 1 dimensions.")
        #expect(
            message { spectralNorm(layer, dim: 2) }
                == "Dimension out of range (expected to be in range of [-2, 1] but got 2)")
        #expect(
            message { spectralNorm(layer, nPowerIterations: 0) }
                == "Expected n_power_iterations to be positive, but got n_power_iterations=0")
        #expect(
            message { removeParametrizations(weightNorm(layer), "weight", leaveParametrized: false) }
                == "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors."
        )
    }

    @Test func weightNormalization() throws {
        let layer = weightNorm(linear(3, 2))
        #expect(
            layer.stateDict().keys
                == ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"])
        let g = layer.getParameter("parametrizations.weight.original0")
        let v = layer.getParameter("parametrizations.weight.original1")
        #expect(near(g, [0.991374, 1.645918]) && g?.sizes == [2, 1])
        #expect(near(layer.weight, [0.198669, 0.539632, 0.807558, 0.966185, 0.994043, 0.887362]))
        layer(wave(2, 3)).square().sum().backward()
        #expect(near(g?.grad, [6.160875, 11.454836]))
        #expect(near(v?.grad, [1.948095, 0.579908, -0.866766, -0.915182, 0.027235, 0.965966]))
        let whole = weightNorm(linear(3, 2), dim: nil)
        #expect(near(whole.getParameter("parametrizations.weight.original0"), [1.921424]))
        let convolution = Conv1d(2, 3, 2)
        noGrad { _ = convolution.weight.copy_(wave(3, 2, 2)) }
        weightNorm(convolution, dim: 1)
        let lengths = convolution.getParameter("parametrizations.weight.original0")
        #expect(near(lengths, [1.49999, 1.852131]) && lengths?.sizes == [1, 2, 1])
        // The names of PyTorch's older function.
        var state = StateDict()
        (state["bias"], state["weight_g"], state["weight_v"]) = (Tensor.ones(2), Tensor.ones(2, 1) * 2, wave(2, 3))
        try layer.loadStateDict(state)
        #expect(near(layer.weight.norm(dim: [1]), [2, 2]))
        removeParametrizations(layer, "weight")
        #expect(near(layer.weight.norm(dim: [1]), [2, 2]) && layer.weight.requiresGrad && layer.weight.isLeaf)
    }

    @Test func spectralNormalization() {
        manualSeed(5)
        let layer = spectralNorm(linear(3, 2))
        #expect(
            layer.stateDict().keys == [
                "bias", "parametrizations.weight.original", "parametrizations.weight.0._u",
                "parametrizations.weight.0._v"
            ])
        #expect(near(layer.getBuffer("parametrizations.weight.0._u"), [-0.493556, -0.869714]))
        #expect(near(layer.getBuffer("parametrizations.weight.0._v"), [-0.499505, -0.601983, -0.622985]))
        layer(wave(2, 3)).square().sum().backward()
        #expect(
            near(
                layer.getParameter("parametrizations.weight.original")?.grad,
                [-0.026374, -0.004085, 0.018758, 0.010374, -0.003217, -0.016373]))
        layer.eval()
        let expected = [0.105755, 0.287256, 0.429877, 0.514317, 0.529147, 0.472359]
        #expect(near(layer.weight, expected) && near(layer.weight, expected))
        manualSeed(5)
        let transposed = ConvTranspose1d(2, 3, 2)
        noGrad { _ = transposed.weight.copy_(wave(2, 3, 2)) }
        spectralNorm(transposed)
        transposed.eval()
        #expect(transposed.getBuffer("parametrizations.weight.0._u")?.sizes == [3])
        #expect(near(transposed.weight[0, 0], [0.093274, 0.253355]))
    }

    /// The value after a change of the original, and the original's gradient.
    @Test(arguments: [
        (
            OrthogonalMap.matrixExp, 3, 3,
            [0.24639, 0.654107, -0.715148, 0.938941, 0.021751, 0.343389, 0.240168, -0.75609, -0.608809],
            [0.0, 0.0, 0.0, -1.834741, 0.0, 0.0, -2.7512, -0.949925, 0.0]
        ),
        (
            .matrixExp, 2, 4, [0.453953, 0.71819, 0.542287, 0.245343, 0.420847, -0.4258, 0.568101, -0.492649],
            [0.0, 0.0, -1.72745, 0.0, -0.494054, -0.151996, -0.125918, 0.139894]
        ),
        (
            .cayley, 3, 3, [0.245862, 0.655695, -0.713874, 0.938121, 0.024339, 0.34545, 0.243885, -0.754633, -0.609138],
            [0.0, 0.0, 0.0, -1.758412, 0.0, 0.0, -2.684347, -0.921506, 0.0]
        ),
        (
            .cayley, 4, 2, [0.379604, 0.113011, 0.70737, 0.585455, 0.846101, 0.196232, -0.080708, -0.48897],
            [0.0, -1.235933, -0.475125, -0.404288, 0.0, 0.0, -0.464383, -0.442795]
        ),
        (
            .householder, 3, 3,
            [0.323693, 0.48523, -0.812265, 0.943239, -0.232917, 0.236748, -0.074314, -0.842794, -0.533081],
            [0.0, 0.0, 0.0, -2.798523, 0.0, 0.0, -5.072981, -0.475944, 0.0]
        ),
        (
            .householder, 2, 4, [0.709257, 0.502371, 0.481146, -0.031625, 0.140481, -0.71475, 0.495699, -0.485547],
            [0.0, 0.0, -3.076696, 0.0, -2.258423, -0.969338, -0.875054, -0.42085]
        )
    ])
    func orthogonalWeights(
        _ map: OrthogonalMap, _ inputs: Int, _ outputs: Int, _ value: [Double], _ gradient: [Double]
    ) throws {
        manualSeed(6)
        let layer = orthogonal(linear(inputs, outputs), orthogonalMap: map)
        let original = try #require(layer.getParameter("parametrizations.weight.original"))
        #expect(layer.getBuffer("parametrizations.weight.0.base") != nil)
        if inputs == 3 {
            #expect(
                near(
                    layer.weight,
                    [0.167348, 0.783382, -0.598588, 0.813862, 0.232904, 0.532338, 0.556438, -0.576254, -0.598588]))
        }
        noGrad {
            let change = wave(outputs, inputs) * 0.3
            original.add_(map == .householder ? change.tril(-1) : change)
        }
        (layer(wave(2, inputs)) * wave(2, outputs)).sum().backward()
        #expect(near(layer.weight, value) && near(original.grad, gradient, 1e-4))
        let w = layer.weight.detach(), square = outputs < inputs ? w.matmul(w.mT) : w.mT.matmul(w)
        #expect(square.allclose(Tensor.eye(Swift.min(inputs, outputs)), atol: 1e-5))
    }

    /// Starts, changed weights and gradients of PyTorch. Sizes are outputs and inputs.
    @Test(
        arguments: [
            (
                .matrixExp, 3, 3,
                [
                    0.127035, 0.589613, 0.456654, -0.381538, 0.384874, -0.366042, 0.617805, -0.226195,
                    0.226849, -0.124219, 0.340112, 0.620149, 0.422394, 0.15797, -0.269239, 0.711699,
                    0.346609, -0.312227
                ],
                [
                    0.082069, 0.700198, 0.523602, -0.29078, 0.376781, -0.048073, 0.431592, 0.290818,
                    -0.162069, 0.071726, -0.252278, 0.796303, 0.121224, 0.466309, -0.518017, 0.584411,
                    0.23722, -0.31892
                ],
                [
                    0.0, -2.51341, 0.0, 0.0, 0.0, 0.0, 0.079232, -1.559245, 0.0, -0.92049, 0.0, 0.0,
                    0.607715, -1.821422, 0.086088, -1.316992, 0.0, -1.051919
                ]
            ),
            (
                .matrixExp, 2, 4,
                [
                    0.112538, 0.52233, 0.30568, 0.267356, 0.45745, -0.025097, 0.547306, -0.200383,
                    0.476906, -0.356978, 0.400365, -0.144672, 0.26982, 0.215634, 0.086626, 0.580603
                ],
                [
                    0.015237, 0.399136, 0.068785, 0.634385, 0.120588, 0.457479, 0.452088, -0.071205,
                    0.578679, -0.375532, 0.160665, 0.00345, -0.150619, 0.485322, -0.092391, 0.481167
                ],
                [
                    0.0, -3.307041, 0.286227, -1.661356, 0.164808, -0.09557, 0.170518, -0.033051, 0.0, 0.0,
                    0.0, -2.95737, -0.057861, 0.025409, 0.038453, 0.016986
                ]
            ),
            (
                .cayley, 4, 2,
                [
                    0.11117, 0.515981, 0.394462, -0.346923, 0.451889, -0.024792, 0.312704, -0.336083,
                    0.556242, -0.226787, 0.054418, 0.182083, 0.369645, 0.138243, -0.250175, 0.643899
                ],
                [
                    -0.030839, 0.47646, 0.407045, -0.352473, 0.63154, 0.190325, 0.341271, -0.226407,
                    0.374607, 0.365503, -0.290825, 0.476413, 0.239015, 0.076929, -0.346219, 0.33307
                ],
                [
                    0.0, -2.837255, 0.0, 0.0, -0.102138, -1.661983, 0.0, -1.018614, 0.22103, -0.078511,
                    -0.12951, 0.437471, 0.736593, -0.153837, 0.458919, 0.099588
                ]
            )
        ] as [(OrthogonalMap, Int, Int, [Double], [Double], [Double])])
    func unitaryWeights(
        _ map: OrthogonalMap, _ rows: Int, _ columns: Int, _ start: [Double], _ value: [Double], _ gradient: [Double]
    ) throws {
        final class Weight: Module {
            @Parameter var weight: Tensor
            init(_ weight: Tensor) { self.weight = weight }
        }
        manualSeed(6)
        let a = wave(rows, columns)
        let module = orthogonal(Weight(complex(a, (a * 2).cos())), orthogonalMap: map)
        #expect(near(module.weight.viewAsReal(), start))
        let original = try #require(module.getParameter("parametrizations.weight.original"))
        noGrad { _ = original.add_(complex(a, a.cos()) * 0.3) }
        let w = module.weight
        (w * complex(a.cos(), a)).real.sum().backward()
        #expect(near(w.viewAsReal(), value) && near(original.grad?.viewAsReal(), gradient, 1e-4))
        let plain = w.detach(), product = rows < columns ? plain.matmul(plain.mH) : plain.mH.matmul(plain)
        #expect(product.allclose(Tensor.eye(min(rows, columns), dtype: .complex64), atol: 1e-5))
        #expect(
            message { orthogonal(Weight(complex(a, a)), orthogonalMap: .householder) }
                == "The householder parametrization does not support complex tensors.")
    }

    @Test func orthogonalWithoutTrivialization() {
        let layer = orthogonal(linear(2, 4), useTrivialization: false)
        #expect(layer.stateDict().keys == ["bias", "parametrizations.weight.original"])
        #expect(
            near(layer.weight, [0.136572, 0.709881, 0.555143, 0.41138, 0.683339, -0.102298, 0.454106, -0.562468]))
        #expect(
            near(
                layer.getParameter("parametrizations.weight.original"),
                [-1.0, -1.37283, 0.488436, -1.0, 0.601228, -0.49697, 0.39954, -0.794717]))
    }

    @Test func assignmentToAnOrthogonalWeight() {
        let layer = orthogonal(linear(3, 3)), rotation = Tensor([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
        layer.weight = rotation
        #expect(layer.weight.allclose(rotation, atol: 1e-6))
        let plain = orthogonal(linear(3, 3), orthogonalMap: .cayley, useTrivialization: false)
        #expect(near(plain.getParameter("parametrizations.weight.original"), wave(3, 3).toArray(as: Double.self)))
        #expect(
            message { plain.weight = rotation }
                == "It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False."
        )
    }

    /// Against the series, and against derivatives by differences.
    @Test func factorizations() throws {
        let a = (wave(2, 4, 4).double() * 3).requiresGrad_()
        let difference = a - a.mT
        let product = matrixExponential(difference).matmul(matrixExponential(difference.neg()))
        #expect(product.allclose(Tensor.eye(4, dtype: .float64).expand(2, 4, 4)))
        let x = (wave(3, 3).double() * 0.5).requiresGrad_(), identity = Tensor.eye(3, dtype: .float64)
        try gradcheck({ [matrixExponential($0[0])] }, [x])
        try gradcheck({ [solveWithoutPivots(identity * 3 + $0[0], $0[0].t())] }, [x])
        try gradgradcheck({ [solveWithoutPivots(identity * 3 + $0[0], $0[0].t())] }, [x])
    }
}

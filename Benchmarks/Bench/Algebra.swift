import Torch

extension Case {
    /// Linear algebra, Fourier transforms and gradients of single examples. Each is made at its first use.
    static func algebra() -> [String: Case] {
        var cases = decompositions("512", [512, 512], columns: 64)
        cases.merge(decompositions("batch", [1024, 16, 16], columns: 16)) { $1 }

        let image = Deferred { () -> Tensor in
            manualSeed(0)
            return Tensor.randn(1024, 1024, dtype: .complex64)
        }
        let signal = Deferred { () -> Tensor in
            manualSeed(0)
            return Tensor.randn(1 << 20)
        }
        let window = Tensor.hannWindow(400)
        func transform(_ name: String, _ work: @escaping () -> Tensor) {
            cases[name] = Case(result: { work().viewAsReal() }, loop: Case(work).loop)
        }
        transform("fft2") { fft.fft2(image.value) }
        transform("rfft") { fft.rfft(signal.value) }
        transform("stft") {
            signal.value.narrow(0, 0, 160_000).stft(400, hopLength: 160, window: window, returnComplex: true)
        }

        cases["example gradients, linear"] = exampleGradients([64]) {
            Sequential(Linear(64, 128), ReLU(), Linear(128, 10))
        }
        cases["example gradients, convolutions"] = exampleGradients([1, 28, 28]) {
            Sequential(
                Conv2d(1, 16, 3), ReLU(), MaxPool2d(2), Conv2d(16, 32, 3), ReLU(), MaxPool2d(2), Flatten(),
                Linear(800, 10))
        }
        return cases
    }

    /// The decompositions of matrices of normal numbers. What has no sign of its own is compared: the eigenvalues, the
    /// singular values and the sizes of R.
    private static func decompositions(_ name: String, _ shape: [Int], columns: Int) -> [String: Case] {
        let made = Deferred { () -> (general: Tensor, positive: Tensor, right: Tensor) in
            manualSeed(0)
            let n = Double(shape.last!), general = Tensor.randn(shape) + Tensor.eye(shape.last!) * n
            let right = Tensor.randn(shape.dropLast() + [columns])
            return (general, general.matmul(general.mT) / n, right)
        }
        return [
            "solve \(name)": Case { linalg.solve(made.value.general, made.value.right) },
            "cholesky \(name)": Case { linalg.cholesky(made.value.positive) },
            "inv \(name)": Case { linalg.inv(made.value.general) },
            "qr \(name)": Case(
                result: { linalg.qr(made.value.general).R.abs() },
                loop: Case { linalg.qr(made.value.general).Q }.loop),
            "eigh \(name)": Case(
                result: { linalg.eigh(made.value.positive).eigenvalues },
                loop: Case { linalg.eigh(made.value.positive).eigenvectors }.loop),
            "svd \(name)": Case(
                result: { linalg.svd(made.value.general).S }, loop: Case { linalg.svd(made.value.general).U }.loop)
        ]
    }

    /// The gradients of a network's weights for each of 256 examples. The numbers are those of the first weight.
    private static func exampleGradients(_ shape: [Int], _ make: @escaping () -> Sequential) -> Case {
        let gradients = Deferred { () -> (() -> StateDict) in
            manualSeed(0)
            let network = make(), x = Tensor.randn([256] + shape), y = Tensor.randint(0, 10, [256])
            let weights = network.stateDict()
            let gradient = grad { (weights: StateDict, x: Tensor, y: Tensor) in
                F.crossEntropy(functionalCall(network, weights, x.unsqueeze(0)), y.unsqueeze(0))
            }
            return { vmap(gradient, inDims: [nil, 0, 0])(weights, x, y) }
        }
        return Case { gradients.value()["0.weight"]! }
    }
}

// Random numbers by rejection: Poisson, binomial, gamma and Dirichlet. The same seed gives the same numbers as in
// PyTorch.

extension Tensor {
    /// Returns Poisson numbers. Each element of this tensor is the rate of one. PyTorch: `torch.poisson`.
    /// - Precondition: the dtype is a floating-point one, and no rate is negative or NaN.
    public func poisson(generator: Generator = .default) -> Tensor {
        guard hasDrawKernel("poisson_\(isCUDA ? "cuda" : "cpu")", halves: true) else { return .void }
        // On a CUDA device PyTorch does not look, because that would wait.
        guard isCUDA || noGrad({ ge(0).all().isTrue(ifUnknown: true) }) else {
            return fail(.runtime, "invalid Poisson rate, expected rate to be non-negative")
        }
        return drawn(nil, generator) { .poisson($0[0]) }.record("PoissonBackward0", self) { _, g in g.mul(0) }
    }

    /// Returns binomial numbers: how many of `self` trials succeed, if each does with probability `prob`. The tensors
    /// broadcast. PyTorch: `torch.binomial`.
    /// - Precondition: both dtypes are the same, float32 or float64.
    public func binomial(_ prob: Tensor, generator: Generator = .default) -> Tensor {
        if anyVoid(self, prob) { return .void }
        for (input, name) in [(self, "count"), (prob, "prob")] where !input.dtype.isFloatingPoint {
            return fail(
                .value, "binomial only supports floating-point dtypes for \(name), got: \(input.dtype.scalarTypeName)")
        }
        guard Tensor.commonDevice([self, prob]) != nil, hasDrawKernel("binomial_\(isCUDA ? "cuda" : "cpu")") else {
            return .void
        }
        guard dtype == prob.dtype else {
            return fail(.runtime, "Found dtype \(prob.dtype.scalarTypeName) but expected \(dtype.scalarTypeName)")
        }
        return drawn(prob, generator) { .binomial($0[0], $0[1]) }.record(
            "BinomialBackward0", self, prob
        ) { node, g in
            [node.needs(0) ? g.mul(0) : nil, node.needs(1) ? g.mul(0) : nil]
        }
    }

    /// Returns numbers of the standard gamma distribution. Each element of this tensor is the concentration of one.
    /// The gradient is that of the distribution's own transport (implicit reparameterization).
    /// PyTorch: `torch._standard_gamma`.
    func standardGamma(generator: Generator = .default) -> Tensor {
        guard hasDrawKernel("gamma_\(isCUDA ? "cuda" : "cpu")") else { return .void }
        return drawn(nil, generator) { .gamma($0[0]) }.record(
            "StandardGammaBackward0", self, saved: [self], saveResult: true
        ) { node, g in
            g.mul(
                Pointwise.binary(
                    .standardGammaGrad, node.saved(0).detach(), node.saved(1).detach(), .common,
                    name: "_standard_gamma_grad"))
        }
    }

    /// Returns numbers of the Dirichlet distribution. Each row of this tensor has the concentrations of one.
    /// PyTorch: `torch._sample_dirichlet`, with the gradient that `torch.distributions.Dirichlet` gives it.
    func sampleDirichlet(generator: Generator = .default) -> Tensor {
        guard hasDrawKernel("dirichlet") else { return .void }
        return drawn(nil, generator) { .dirichlet($0[0]) }.record(
            "_DirichletBackward", self, saved: [self], saveResult: true
        ) { node, g in
            let concentration = node.saved(0).detach(), x = node.saved(1).detach()
            let total = concentration.sum(dim: -1, keepdim: true).expandAs(concentration)
            let slope = Pointwise.general(
                .dirichletGrad, [x, concentration, total], .common, name: "_dirichlet_grad")
            return slope.mul(g.sub(x.mul(g).sum(dim: -1, keepdim: true)))
        }
    }

    private func hasDrawKernel(_ name: String, halves: Bool = false) -> Bool {
        if isVoid { return false }
        let known: Set<DType> = halves || isCUDA ? [.float16, .bfloat16, .float32, .float64] : [.float32, .float64]
        if known.contains(dtype) { return true }
        raise(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    private func drawn(_ other: Tensor? = nil, _ generator: Generator, _ draw: ([Dense]) -> RandomDraw) -> Tensor {
        noGrad {
            let operands = broadcastTensors([self] + (other.map { [$0] } ?? [])).map { $0.detach().contiguous() }
            if operands.isEmpty || anyVoid(operands) { return .void }
            let result = Tensor.allocate(Layout(operands[0].sizes), dtype, device)
            if result.isVoid || result.numel() == 0 { return result }
            return result.backend.draw(draw(operands.map(\.dense)), out: result.dense, from: generator)
                ? result : fail(.outOfMemory(result.numel() * 8))
        }
    }
}

// Covariances and correlations.

extension Tensor {
    /// Computes the covariance matrix of variables (rows) over observations (columns); for a vector, its variance.
    /// PyTorch: `torch.cov`.
    /// - Parameters:
    ///   - correction: the number subtracted from the count in the denominator: 1 if the observations are a sample, 0
    ///     if they are complete.
    ///   - fweights: the number of times that each observation was made, a vector of integers.
    ///   - aweights: the weight of each observation, a vector of floats.
    public func cov(correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor {
        guard !isVoid, checkCovariance("cov()") else { return .void }
        guard dtype != .bool else { return fail(.runtime, "cov(): bool dtype is not supported for input") }
        let rows = dim < 2 ? reshape([1, -1]) : self
        let n = rows.sizes[1]
        guard Tensor.checkWeights(fweights, "fweights", n, kind: "integral", { $0.isInteger }),
            Tensor.checkWeights(aweights, "aweights", n, kind: "floating point", { $0.isFloatingPoint })
        else { return .void }
        let weights = fweights.map { f in aweights.map { f.mul($0) } ?? f } ?? aweights
        let total = weights?.sum() ?? Tensor(n, device: .cpu)
        guard weights == nil || noGrad({ total.ne(0).isTrue(ifUnknown: true) }) else {
            return fail(.runtime, "cov(): weights sum to zero, can't be normalized")
        }
        let mean = (weights.map { rows.mul($0) } ?? rows).sum(dim: 1).div(total)
        var denominator =
            if let weights, let aweights, correction != 0 {
                total.sub(weights.mul(aweights).sum().mul(correction).div(total))
            } else {
                total.sub(correction)
            }
        if noGrad({ denominator.le(0).isTrue(ifUnknown: false) }) { denominator = denominator.clamp(min: 0) }
        let centred = rows.sub(mean.unsqueeze(1))
        return centred.mm((weights.map { centred.mul($0).to(centred.dtype) } ?? centred).t().conj()).div(denominator)
            .squeeze()
    }

    /// Computes the correlation coefficients of variables (rows) over observations (columns).
    /// PyTorch: `torch.corrcoef`.
    public func corrcoef() -> Tensor {
        guard !isVoid, checkCovariance("corrcoef()") else { return .void }
        let covariances = cov()
        // A single variable gives NaN if its variance is 0 or not finite, otherwise 1.
        if covariances.dim == 0 { return covariances.div(covariances) }
        let deviations = covariances.diagonal().real.sqrt()
        let result = covariances.div(deviations.view([-1, 1])).div(deviations.view([1, -1]))
        if !result.dtype.isComplex { return result.clamp(min: -1, max: 1) }
        return Torch.complex(result.real.clamp(min: -1, max: 1), result.imag.clamp(min: -1, max: 1))
    }

    private func checkCovariance(_ name: String) -> Bool {
        if dim > 2 {
            raise(
                .runtime,
                "\(name): expected input to have two or fewer dimensions but got an input with \(dim) dimensions")
        }
        return dim <= 2
    }

    private static func checkWeights(
        _ weights: Tensor?, _ name: String, _ n: Int, kind: String, _ isKind: (DType) -> Bool
    ) -> Bool {
        guard let weights else { return true }
        if weights.isVoid { return false }
        let problem: String? =
            if weights.dim > 1 {
                "expected \(name) to have one or fewer dimensions but got \(name) with \(weights.dim) dimensions"
            } else if !isKind(weights.dtype) {
                "expected \(name) to have \(kind) dtype but got \(name) with \(weights.dtype.scalarTypeName) dtype"
            } else if weights.numel() != n {
                "expected \(name) to have the same numel as there are observations in the input but got \(weights.numel()) != \(n)"
            } else if n > 0, noGrad({ weights.detach().lt(0).any().isTrue(ifUnknown: false) }) {
                "\(name) cannot be negative"
            } else {
                nil
            }
        if let problem { raise(.runtime, "cov(): \(problem)") }
        return problem == nil
    }
}

/// Divides a weight by its greatest singular value, which the power method estimates (Miyato et al. 2018).
final class SpectralNorm: Module, InvertibleParametrization {
    /// The estimates of the singular vectors.
    @Buffer private var u: Tensor?
    @Buffer private var v: Tensor?
    private let axis: Int
    private let iterations: Int
    private let eps: Double

    init(_ weight: Tensor, iterations: Int, dim: Int, eps: Double) {
        axis = weight.wrap(dim) ?? 0
        self.iterations = iterations
        self.eps = eps
        super.init()
        guard weight.dim > 1 else { return }
        noGrad {
            let matrix = matrix(weight.detach())
            u = Tensor.empty([matrix.sizes[0]], dtype: weight.dtype, device: weight.device)
            v = Tensor.empty([matrix.sizes[1]], dtype: weight.dtype, device: weight.device)
            for vector in [u, v] { vector?.normal_(mean: 0, std: 1) }
            u = u?.normalize(dim: 0, eps: eps)
            v = v?.normalize(dim: 0, eps: eps)
            iterate(matrix, 15)
        }
    }

    override class func stateName(of property: String) -> String { "_\(property)" }
    override var typeName: String { "_SpectralNorm" }

    func forward(_ originals: [Tensor]) -> Tensor {
        let weight = originals[0]
        guard weight.dim > 1, let u, let v else { return weight.normalize(dim: 0, eps: eps) }
        let matrix = matrix(weight)
        if isTraining { iterate(matrix.detach(), iterations) }
        // Copies, so that a later iteration does not change what is saved for the backward pass.
        let (left, right) = (u.clone(), v.clone())
        return weight.div(left.vdot(matrix.mv(right)))
    }

    func rightInverse(_ value: Tensor) -> [Tensor] { [value] }

    private func matrix(_ weight: Tensor) -> Tensor {
        let order = [axis] + (0..<weight.dim).filter { $0 != axis }
        return (axis == 0 ? weight : weight.permute(order)).flatten(1)
    }

    private func iterate(_ matrix: Tensor, _ count: Int) {
        guard let u, let v else { return }
        noGrad {
            for _ in 0..<count {
                u.copy_(matrix.mv(v).normalize(dim: 0, eps: eps))
                v.copy_(matrix.mH.mv(u).normalize(dim: 0, eps: eps))
            }
        }
    }
}

/// Divides a weight by an estimate of its greatest singular value, which each forward pass in training improves. A
/// vector is divided by its length. PyTorch: `torch.nn.utils.parametrizations.spectral_norm`.
///
///     let layer = spectralNorm(Linear(20, 40))
/// - Parameters:
///   - module: the module with the weight.
///   - name: the name of the weight.
///   - nPowerIterations: the steps of the power method in each forward pass.
///   - eps: a number that is added to lengths.
///   - dim: the dimension of the outputs; nil is 1 for transposed convolutions and 0 for others.
/// - Returns: the module.
@discardableResult
public func spectralNorm<Parametrized: Module>(
    _ module: Parametrized, name: String = "weight", nPowerIterations: Int = 1, eps: Double = 1e-12, dim: Int? = nil
) -> Parametrized {
    guard let weight = module.parameterSlot(name).flatMap({ $0.parametrization?.forward() ?? $0.tensor }) else {
        raise(.value, "Module '\(module)' has no parameter or buffer with name '\(name)'")
        return module
    }
    if weight.isVoid { return module }
    let isTransposed = module is ConvTranspose1d || module is ConvTranspose2d || module is ConvTranspose3d
    let axis = dim ?? (isTransposed ? 1 : 0)
    guard axis < weight.dim, axis >= -weight.dim else {
        raise(
            .index,
            "Dimension out of range (expected to be in range of [-\(weight.dim), \(weight.dim - 1)] but got \(axis))")
        return module
    }
    guard nPowerIterations > 0 else {
        raise(
            .value,
            "Expected n_power_iterations to be positive, but got n_power_iterations=\(nPowerIterations)")
        return module
    }
    return registerParametrization(
        module, name, SpectralNorm(weight, iterations: nPowerIterations, dim: axis, eps: eps))
}

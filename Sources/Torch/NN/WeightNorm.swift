/// Computes a weight from its length and its direction: g · v / |v| (Salimans and Kingma 2016).
final class WeightNorm: Module, InvertibleParametrization {
    private let axis: Int?

    /// Creates the parametrization. Each slice along `axis` has its own length; nil gives all elements one.
    init(dim axis: Int?) { self.axis = axis }

    override var typeName: String { "_WeightNorm" }

    func forward(_ originals: [Tensor]) -> Tensor {
        let (g, v) = (originals[0], originals[1])
        return v.mul(g.div(length(v)))
    }

    func rightInverse(_ value: Tensor) -> [Tensor] { [length(value), value] }

    /// PyTorch: `torch.norm_except_dim`.
    private func length(_ v: Tensor) -> Tensor {
        guard let axis else { return v.norm() }
        guard let d = v.wrap(axis) else { return .void }
        let others = (0..<v.dim).filter { $0 != d }
        return others.isEmpty ? v.abs() : v.norm(dim: others, keepdim: true)
    }
}

/// Computes a weight from a length, `original0`, and a direction, `original1`, which are trained instead. The weight
/// begins as it is. PyTorch: `torch.nn.utils.parametrizations.weight_norm`.
///
///     let layer = weightNorm(Linear(20, 40))
/// - Parameters:
///   - module: the module with the weight.
///   - name: the name of the weight.
///   - dim: the dimension along which each slice has its own length; nil for one length of all elements.
/// - Returns: the module.
@discardableResult
public func weightNorm<Parametrized: Module>(
    _ module: Parametrized, name: String = "weight", dim: Int? = 0
) -> Parametrized {
    registerParametrization(module, name, WeightNorm(dim: dim == -1 ? nil : dim), unsafe: true)
}

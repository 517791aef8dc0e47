/// Initial values for parameters, written in place without recording. PyTorch: `torch.nn.init`.
public enum Init {
    /// The size of a weight that sets the spread of its values: fan-in or fan-out.
    /// The number of inputs of a unit: keeps the variance in the forward pass.
    /// The number of outputs of a unit: keeps the variance in the backward pass.
    public enum FanMode: Sendable { case fanIn, fanOut }

    /// The nonlinearity after a layer. PyTorch: the `nonlinearity` of `calculate_gain`.
    /// PyTorch's name: `leaky_relu`.
    /// PyTorch's name: `linear`, also for convolutions.
    /// PyTorch's name: `relu`.
    /// PyTorch's name: `selu`.
    /// PyTorch's name: `sigmoid`.
    /// PyTorch's name: `tanh`.
    public enum Nonlinearity: Sendable { case linear, sigmoid, tanh, relu, leakyRelu, selu }

    /// Returns the factor that keeps the variance through a nonlinearity. `param` is the slope of leakyRelu; the
    /// default is 0.01. PyTorch: `calculate_gain`.
    public static func calculateGain(_ nonlinearity: Nonlinearity, param: Double? = nil) -> Double {
        switch nonlinearity {
        case .linear, .sigmoid: 1
        case .tanh: 5.0 / 3
        case .relu: 2.0.squareRoot()
        case .leakyRelu:
            {
                let slope = param ?? 0.01
                return (2.0 / (1 + slope * slope)).squareRoot()
            }()
        case .selu: 3.0 / 4
        }
    }

    /// Fills the tensor from the uniform distribution on [a, b).
    @discardableResult
    public static func uniform_(
        _ tensor: Tensor, _ a: Double = 0, _ b: Double = 1, generator: Generator = .default
    ) -> Tensor {
        noGrad { tensor.uniform_(a, b, generator: generator) }
    }

    /// Fills the tensor from the normal distribution with the given mean and standard deviation.
    @discardableResult
    public static func normal_(
        _ tensor: Tensor, mean: Double = 0, std: Double = 1, generator: Generator = .default
    ) -> Tensor {
        noGrad { tensor.normal_(mean, std, generator: generator) }
    }

    /// Fills the tensor with `value`.
    @discardableResult
    public static func constant_(_ tensor: Tensor, _ value: some ScalarConvertible) -> Tensor {
        noGrad { tensor.fill_(value) }
    }

    /// Fills the tensor with ones.
    @discardableResult public static func ones_(_ tensor: Tensor) -> Tensor { constant_(tensor, 1) }
    /// Fills the tensor with zeros.
    @discardableResult public static func zeros_(_ tensor: Tensor) -> Tensor { constant_(tensor, 0) }

    /// Fills the tensor with the identity matrix. If it is not square, the rest is zero.
    /// - Precondition: the tensor has 2 dimensions.
    @discardableResult
    public static func eye_(_ tensor: Tensor) -> Tensor {
        if tensor.isVoid { return tensor }
        guard tensor.dim == 2 else { return fail(.value, "Only tensors with 2 dimensions are supported") }
        return noGrad {
            tensor.zero_()
            let n = min(tensor.size(0), tensor.size(1))
            // The diagonal is a strided view.
            if n > 0 {
                tensor.detach().asStrided([n], [tensor.stride(0) + tensor.stride(1)], tensor.storageOffset()).fill_(1)
            }
            return tensor
        }
    }

    /// Fills the tensor from uniform(±gain · √(6 / (fanIn + fanOut))) (Glorot and Bengio, 2010).
    /// - Precondition: the tensor has at least 2 dimensions.
    @discardableResult
    public static func xavierUniform_(_ tensor: Tensor, gain: Double = 1, generator: Generator = .default) -> Tensor {
        guard let fan = fans(tensor) else { return .void }
        let bound = 3.0.squareRoot() * (gain * (2.0 / Double(fan.in + fan.out)).squareRoot())
        return uniform_(tensor, -bound, bound, generator: generator)
    }

    /// Fills the tensor from normal(0, gain · √(2 / (fanIn + fanOut))).
    /// - Precondition: the tensor has at least 2 dimensions.
    @discardableResult
    public static func xavierNormal_(_ tensor: Tensor, gain: Double = 1, generator: Generator = .default) -> Tensor {
        guard let fan = fans(tensor) else { return .void }
        return normal_(tensor, std: gain * (2.0 / Double(fan.in + fan.out)).squareRoot(), generator: generator)
    }

    /// Fills the tensor from uniform(±gain · √(3 / fan)) (He et al., 2015). `a` is the slope of leakyRelu.
    /// - Precondition: the tensor has at least 2 dimensions.
    @discardableResult
    public static func kaimingUniform_(
        _ tensor: Tensor, a: Double = 0, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyRelu,
        generator: Generator = .default
    ) -> Tensor {
        guard tensor.numel() > 0 else {
            warn("Initializing zero-element tensors is a no-op")
            return tensor
        }
        guard let fan = fans(tensor) else { return .void }
        let std = calculateGain(nonlinearity, param: a) / Double(mode == .fanIn ? fan.in : fan.out).squareRoot()
        let bound = 3.0.squareRoot() * std
        return uniform_(tensor, -bound, bound, generator: generator)
    }

    /// Fills the tensor from normal(0, gain / √fan). `a` is the slope of leakyRelu.
    /// - Precondition: the tensor has at least 2 dimensions.
    @discardableResult
    public static func kaimingNormal_(
        _ tensor: Tensor, a: Double = 0, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyRelu,
        generator: Generator = .default
    ) -> Tensor {
        guard tensor.numel() > 0 else {
            warn("Initializing zero-element tensors is a no-op")
            return tensor
        }
        guard let fan = fans(tensor) else { return .void }
        return normal_(
            tensor, std: calculateGain(nonlinearity, param: a) / Double(mode == .fanIn ? fan.in : fan.out).squareRoot(),
            generator: generator)
    }

    /// Fills the tensor from a normal distribution truncated to [a, b], by rejection. The candidates are normal if more
    /// than 30 % of that distribution lies inside the bounds, else uniform. The draws are those of PyTorch 2.15.
    @discardableResult
    public static func truncNormal_(
        _ tensor: Tensor, mean: Double = 0, std: Double = 1, a: Double = -2, b: Double = 2,
        generator: Generator = .default
    ) -> Tensor {
        if tensor.isVoid || tensor.device == .meta { return tensor }
        func cdf(_ x: Double) -> Double {
            (1 + Tensor(x / 2.0.squareRoot(), dtype: .float64, device: .cpu).erf().item()) / 2
        }
        let inside = cdf((b - mean) / std) - cdf((a - mean) / std)
        guard a < b, std > 0, inside >= 0 else {
            return fail(.value, "trunc_normal_ expects a < b and std > 0, got a=\(a), b=\(b), std=\(std)")
        }
        return noGrad {
            inside > 0.3
                ? rejectNormal(tensor, mean, std, a, b, generator) : rejectUniform(tensor, mean, std, a, b, generator)
        }
    }

    private static func rejectNormal(
        _ tensor: Tensor, _ mean: Double, _ std: Double, _ a: Double, _ b: Double, _ generator: Generator
    ) -> Tensor {
        // The bounds, rounded to the tensor's dtype.
        let low = Tensor.full([], a, dtype: tensor.dtype, device: .cpu).item(),
            high = Tensor.full([], b, dtype: tensor.dtype, device: .cpu).item()
        var result = tensor.normal_(mean, std, generator: generator)
        while true {
            let outside = result.lt(low).logicalOr(result.gt(high))
            guard outside.any().item(as: Bool.self) else { break }
            result = `where`(outside, Tensor.emptyLike(result).normal_(mean, std, generator: generator), result)
        }
        return result === tensor ? tensor : tensor.copy_(result)
    }

    private static func rejectUniform(
        _ tensor: Tensor, _ mean: Double, _ std: Double, _ a: Double, _ b: Double, _ generator: Generator
    ) -> Tensor {
        let mode = max(a, min(mean, b))
        let peak = -0.5 * ((mode - mean) / std) * ((mode - mean) / std)
        let accept = Tensor.emptyLike(tensor)
        func rejected(_ candidates: Tensor) -> Tensor {
            let density = candidates.sub(mean).div(std).pow(2).mul(-0.5).sub(peak)
            return accept.uniform_(generator: generator).log_().gt(density)
        }
        tensor.uniform_(a, b, generator: generator)
        var pending = rejected(tensor.detach())
        var result = tensor.detach()
        while pending.any().item(as: Bool.self) {
            let candidates = Tensor.emptyLike(tensor).uniform_(a, b, generator: generator)
            result = `where`(pending, candidates, result)
            pending = pending.logicalAnd(rejected(candidates))
        }
        return tensor.copy_(result)
    }

    /// Fills the tensor with normal numbers, then sets `sparsity` · rows elements (rounded up) of each column to zero
    /// (Martens, 2010).
    /// - Precondition: the tensor has 2 dimensions.
    @discardableResult
    public static func sparse_(
        _ tensor: Tensor, sparsity: Double, std: Double = 0.01, generator: Generator = .default
    ) -> Tensor {
        if tensor.isVoid { return tensor }
        guard tensor.dim == 2 else { return fail(.value, "Only tensors with 2 dimensions are supported") }
        guard sparsity.isFinite else {
            return fail(.value, "cannot convert float \(sparsity.isNaN ? "NaN" : "infinity") to integer")
        }
        return noGrad {
            let rows = tensor.size(0),
                zeros = Int(Swift.min(Swift.max((sparsity * Double(rows)).rounded(.up), 0), Double(rows)))
            tensor.normal_(0, std, generator: generator)
            for column in 0..<tensor.size(1) {
                for row in SamplerDraws.permutation(rows, .default).prefix(zeros) {
                    tensor.select(1, column).select(0, row).fill_(0)
                }
            }
            return tensor
        }
    }

    /// Fills the tensor with an orthonormal matrix times `gain`: its rows or its columns are orthonormal, whichever are
    /// fewer. Dimensions after the first are flattened (Saxe et al., 2013).
    /// - Precondition: the tensor has at least 2 dimensions.
    @discardableResult
    public static func orthogonal_(_ tensor: Tensor, gain: Double = 1, generator: Generator = .default) -> Tensor {
        if tensor.isVoid { return tensor }
        guard tensor.dim >= 2 else { return fail(.value, "Only tensors with 2 or more dimensions are supported") }
        if tensor.numel() == 0 || tensor.device == .meta { return tensor }
        return noGrad {
            let rows = tensor.size(0), cols = tensor.numel() / tensor.size(0)
            let drawn = Tensor.empty([rows, cols], dtype: tensor.dtype, device: tensor.device).normal_(
                generator: generator)
            if drawn.isVoid { return drawn }
            let tall = (rows < cols ? drawn.t() : drawn).t().contiguous().toArray(as: Double.self)
            let basis = orthonormalized(tall, count: min(rows, cols), length: max(rows, cols))
            // `basis` holds one vector after the other: the rows of a wide matrix, the columns of a tall matrix.
            let vectors = Tensor(basis, shape: [min(rows, cols), max(rows, cols)], dtype: .float64, device: .cpu)
            return tensor.copy_((rows < cols ? vectors : vectors.t()).mul(gain).reshape(tensor.sizes))
        }
    }

    /// Gram-Schmidt with a second pass against rounding errors. Returns the Q of a QR decomposition whose R has a
    /// positive diagonal.
    private static func orthonormalized(_ vectors: [Double], count: Int, length: Int) -> [Double] {
        var q = vectors
        for i in 0..<count {
            for _ in 0..<2 {
                for j in 0..<i {
                    var dot = 0.0
                    for k in 0..<length { dot += q[i * length + k] * q[j * length + k] }
                    for k in 0..<length { q[i * length + k] -= dot * q[j * length + k] }
                }
            }
            var square = 0.0
            for k in 0..<length { square += q[i * length + k] * q[i * length + k] }
            let norm = square.squareRoot()
            for k in 0..<length { q[i * length + k] /= norm }
        }
        return q
    }

    /// Returns fan-in and fan-out of a weight [out, in, …]. Raises and returns nil if it has fewer than 2 dimensions.
    private static func fans(_ tensor: Tensor) -> (in: Int, out: Int)? {
        if tensor.isVoid { return nil }
        guard tensor.dim >= 2 else {
            raise(.value, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
            return nil
        }
        let field = tensor.sizes.dropFirst(2).reduce(1, &*)
        return (tensor.size(1) * field, tensor.size(0) * field)
    }
}

// Differences of neighbours, slopes, and areas under sampled curves.

extension Tensor {
    /// Computes the differences of neighbours along a dimension, `n` times. `prepend` and `append` are joined to the
    /// input first. PyTorch: `torch.diff`.
    public func diff(n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
        if isVoid { return .void }
        guard self.dim > 0 else { return fail(.runtime, "diff expects input to be at least one-dimensional") }
        guard let d = wrap(dim) else { return .void }
        guard n >= 0 else { return fail(.runtime, "order must be non-negative but got \(n)") }
        for end in [prepend, append].compactMap({ $0 }) where !end.isVoid {
            guard end.dim == self.dim else {
                return fail(.runtime, "diff expects prepend or append to be the same dimension as input")
            }
            for k in 0..<self.dim where k != d && end.sizes[k] != sizes[k] {
                return fail(
                    .runtime,
                    "diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; "
                        + "input.size(\(k)) = \(sizes[k]), but got tensor.size(\(k)) = \(end.sizes[k])")
            }
        }
        if n == 0 { return clone() }
        var result = prepend == nil && append == nil ? self : cat([prepend, self, append].compactMap { $0 }, dim: d)
        if result.isVoid { return .void }
        for _ in 0..<Swift.min(n, result.sizes[d]) {
            let length = Swift.max(result.sizes[d] - 1, 0)
            let right = result.narrow(d, result.sizes[d] - length, length), left = result.narrow(d, 0, length)
            result = dtype == .bool ? right.logicalXor(left) : right.sub(left)
        }
        return result
    }

    // MARK: Slopes

    /// Computes the slopes along the given dimensions (by default all) of values `spacing` apart: central differences
    /// inside, and differences of order `edgeOrder` (1 or 2) at the ends. PyTorch: `torch.gradient`.
    public func gradient(spacing: some ScalarConvertible = 1, dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
        gradient(
            spacing: [Scalar](repeating: spacing.scalar, count: dim?.count ?? self.dim), dim: dim, edgeOrder: edgeOrder)
    }

    /// Like `gradient(spacing:dim:edgeOrder:)`, with one spacing for each dimension.
    public func gradient(spacing: [Scalar], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
        guard let dims = gradientDims(spacing.count, dim, edgeOrder) else { return Tensor.voids() }
        return zip(dims, spacing).map { d, step in
            let center = slice(d, 2).sub(slice(d, 0, -2)).div(step)
            let first: Tensor, last: Tensor
            if edgeOrder == 1 {
                first = slice(d, 1, 2).sub(slice(d, 0, 1)).div(step)
                last = slice(d, -1).sub(slice(d, -2, -1)).div(step)
            } else {
                first = slice(d, 0, 1).mul(-1.5).add(slice(d, 1, 2).mul(2)).sub(slice(d, 2, 3).mul(0.5)).div(step)
                last = slice(d, -3, -2).mul(0.5).sub(slice(d, -2, -1).mul(2)).add(slice(d, -1).mul(1.5)).div(step)
            }
            return cat([first, center.div(2), last], dim: d)
        }
    }

    /// Like `gradient(spacing:dim:edgeOrder:)`, with the coordinates of the values, one vector for each dimension.
    public func gradient(spacing: [Tensor], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
        guard let dims = gradientDims(spacing.count, dim, edgeOrder) else { return Tensor.voids() }
        return zip(dims, spacing).map { d, coordinates in
            guard coordinates.dim == 1 else {
                return fail(
                    .runtime,
                    "torch.gradient expected each element of spacing to have one dimension, but got an element with \(coordinates.dim) dimensions!"
                )
            }
            var shape = [Int](repeating: 1, count: self.dim)
            shape[d] = -1
            let steps = coordinates.diff(), h1 = steps.slice(0, 0, -1), h2 = steps.slice(0, 1)
            let a = h2.neg().div(h1.mul(h1.add(h2))).reshape(shape), b = h2.sub(h1).div(h1.mul(h2)).reshape(shape),
                c = h1.div(h2.mul(h1.add(h2))).reshape(shape)
            let center = a.mul(slice(d, 0, -2)).add(b.mul(slice(d, 1, -1))).add(c.mul(slice(d, 2)))
            func step(_ i: Int) -> Tensor { steps.select(0, i) }
            let first: Tensor, last: Tensor
            if edgeOrder == 1 {
                first = slice(d, 1, 2).sub(slice(d, 0, 1)).div(step(0))
                last = slice(d, -1).sub(slice(d, -2, -1)).div(step(-1))
            } else {
                let (p, q) = (step(0), step(1)), (r, s) = (step(-2), step(-1))
                first = p.mul(2).add(q).neg().div(p.mul(p.add(q))).mul(slice(d, 0, 1))
                    .add(p.add(q).div(p.mul(q)).mul(slice(d, 1, 2)))
                    .add(p.neg().div(q.mul(p.add(q))).mul(slice(d, 2, 3)))
                last = s.div(r.mul(r.add(s))).mul(slice(d, -3, -2))
                    .add(r.add(s).neg().div(r.mul(s)).mul(slice(d, -2, -1)))
                    .add(s.mul(2).add(r).div(s.mul(r.add(s))).mul(slice(d, -1)))
            }
            return cat([first, center, last], dim: d)
        }
    }

    private func gradientDims(_ spacings: Int, _ dim: [Int]?, _ edgeOrder: Int) -> [Int]? {
        if isVoid { return nil }
        func refuse(_ message: String) -> [Int]? {
            raise(.runtime, message)
            return nil
        }
        guard dtype != .uint8 else { return refuse("torch.gradient does not support uint8 input.") }
        guard dim != nil || spacings == self.dim else {
            return refuse(
                "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = \(self.dim)', since dim argument was not given, "
                    + "but got a list of length \(spacings)")
        }
        guard dim == nil || spacings == dim?.count else {
            return refuse(
                "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, "
                    + "but got a spacing argument of length \(spacings) and a dim argument of length \(dim?.count ?? 0)."
            )
        }
        guard edgeOrder == 1 || edgeOrder == 2 else {
            return refuse("torch.gradient only supports edge_order=1 and edge_order=2.")
        }
        guard wrapDims(dim ?? [], self.dim) != nil else { return nil }
        let dims = dim?.map { $0 < 0 ? $0 + self.dim : $0 } ?? Array(0..<self.dim)
        guard dims.allSatisfy({ $0 < self.dim && sizes[$0] >= edgeOrder + 1 }) else {
            return refuse("torch.gradient expected each dimension size to be at least edge_order+1")
        }
        return dims
    }

    // MARK: Areas

    /// Computes the area under points `dx` apart along a dimension by the trapezoidal rule. PyTorch: `torch.trapezoid`.
    public func trapezoid(dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor {
        guard let d = integrable(dim) else { return .void }
        if sizes[d] == 0 { return sum(dim: d, dtype: dtype) }
        return sum(dim: d).sub(select(d, 0).add(select(d, -1)).mul(0.5)).mul(dx)
    }

    /// Like `trapezoid(dx:dim:)`, with the coordinates `x` of the points: one for each index along the dimension, or a
    /// tensor that broadcasts with this one.
    public func trapezoid(x: Tensor, dim: Int = -1) -> Tensor {
        guard let d = integrable(dim), !x.isVoid else { return .void }
        if sizes[d] == 0 { return sum(dim: d, dtype: dtype) }
        guard let steps = steps(x, d, "trapezoid") else { return .void }
        return neighbourSums(d).mul(steps).sum(dim: d).div(2).named("DivBackward1")
    }

    /// Like `trapezoid(dx:dim:)`. PyTorch: `torch.trapz`.
    public func trapz(dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor { trapezoid(dx: dx, dim: dim) }
    /// Like `trapezoid(x:dim:)`.
    public func trapz(x: Tensor, dim: Int = -1) -> Tensor { trapezoid(x: x, dim: dim) }

    /// Computes the area up to each point except the first. PyTorch: `torch.cumulative_trapezoid`.
    public func cumulativeTrapezoid(dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor {
        guard let d = integrable(dim) else { return .void }
        return neighbourSums(d).mul(dx.scalar.doubleValue / 2).cumsum(d)
    }

    /// Like `cumulativeTrapezoid(dx:dim:)`, with the coordinates `x` of the points.
    public func cumulativeTrapezoid(x: Tensor, dim: Int = -1) -> Tensor {
        guard let d = integrable(dim), !x.isVoid, let steps = steps(x, d, "cumulative_trapezoid") else { return .void }
        return neighbourSums(d).mul(steps).cumsum(d).div(2).named("DivBackward1")
    }

    private func integrable(_ dim: Int) -> Int? {
        guard !isVoid else { return nil }
        guard dtype != .bool else {
            raise(.runtime, "trapezoid: received a bool input for `x` or `y`, but bool is not supported")
            return nil
        }
        guard self.dim > 0 else {
            raise(.index, "Dimension specified as \(dim) but tensor has no dimensions")
            return nil
        }
        return wrap(dim)
    }

    private func neighbourSums(_ d: Int) -> Tensor { slice(d, 0, -1).add(slice(d, 1)) }

    /// Returns the distances between neighbouring points at `x` along `d`.
    private func steps(_ x: Tensor, _ d: Int, _ name: String) -> Tensor? {
        guard x.dtype != .bool else {
            raise(.runtime, "\(name): received a bool input for `x` or `y`, but bool is not supported")
            return nil
        }
        var positions = x
        if x.dim == 1 {
            guard x.sizes[0] == sizes[d] else {
                raise(.runtime, "\(name): There must be one `x` value for each sample point")
                return nil
            }
            var shape = [Int](repeating: 1, count: dim)
            shape[d] = x.sizes[0]
            positions = x.view(shape)
        } else if x.dim < dim {
            positions = x.view([Int](repeating: 1, count: dim - x.dim) + x.sizes)
        }
        return positions.slice(d, 1).sub(positions.slice(d, 0, -1))
    }
}

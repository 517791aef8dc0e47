// Sampling at the points of a grid.

extension Tensor {
    /// Samples [N, C, H, W] at the points of a grid [N, h, w, 2], or [N, C, D, H, W] at [N, d, h, w, 3]. The result is
    /// [N, C, h, w] or [N, C, d, h, w]. PyTorch: `torch.nn.functional.grid_sample`.
    ///
    /// - Parameters:
    ///   - grid: the coordinates of each point, that of the last dimension first. -1 and 1 are the input's borders.
    ///   - mode: the interpolation between elements.
    ///   - paddingMode: what is read outside of the input.
    ///   - alignCorners: whether -1 and 1 are the centers of the corner elements, not their outer edges.
    public func gridSample(
        _ grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePaddingMode = .zeros,
        alignCorners: Bool = false
    ) -> Tensor {
        if let cast = Autocast.widestOnCUDA([self, grid]) ?? Autocast.float32OnCPU {
            return cast.run {
                $0(self).gridSample($0(grid), mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
            }
        }
        if anyVoid(self, grid) { return .void }
        if dim == 0 || grid.dim == 0 {
            return fail(.index, "Dimension specified as 0 but tensor has no dimensions")
        }
        guard isSampled(by: grid, rank: dim == 4 ? 4 : 5) else { return .void }
        let name = dim == 4 ? "grid_sampler_2d_cpu_kernel_impl" : "grid_sampler3d_cpu"
        guard isTaken(isComputedFloat, by: name) else { return .void }
        let options = GridSampling(mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
        let input = dense(in: .contiguous), points = grid.dense(in: .contiguous)
        let result = Tensor.allocate(Array(sizes.prefix(2)) + Array(grid.sizes[1..<(dim - 1)]), dtype, device)
        if anyVoid(input, points) || result.isVoid { return .void }
        if result.numel() > 0 {
            backend.gridSample(
                out: Dense(result.strided), Dense(input.strided), grid: Dense(points.strided), options)
        }
        return result.record("GridSampler\(dim - 2)DBackward0", self, grid, saved: [self, grid]) { node, g in
            let input = node.saved(0), grid = node.saved(1)
            if anyVoid(input, grid) || g.isVoid { return [nil, nil] }
            return isGradEnabled()
                ? g.composedGridGradients(input, grid, options, (node.needs(0), node.needs(1)))
                : g.gridGradients(input, grid, options, (node.needs(0), node.needs(1)))
        }
    }

    /// Like `gridSample(_:mode:paddingMode:alignCorners:)`, for four dimensions only.
    /// PyTorch: `torch.grid_sampler_2d`.
    public func gridSampler2d(
        _ grid: Tensor, mode: GridSampleMode, paddingMode: GridSamplePaddingMode, alignCorners: Bool
    ) -> Tensor {
        if anyVoid(self, grid) || !isSampled(by: grid, rank: 4) { return .void }
        return gridSample(grid, mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
    }

    /// Like `gridSample(_:mode:paddingMode:alignCorners:)`, for five dimensions only.
    /// PyTorch: `torch.grid_sampler_3d`.
    public func gridSampler3d(
        _ grid: Tensor, mode: GridSampleMode, paddingMode: GridSamplePaddingMode, alignCorners: Bool
    ) -> Tensor {
        if anyVoid(self, grid) || !isSampled(by: grid, rank: 5) { return .void }
        return gridSample(grid, mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
    }

    /// Returns whether a grid fits an input of this rank. Raises PyTorch's error if it does not.
    private func isSampled(by grid: Tensor, rank: Int) -> Bool {
        func refused(_ message: String) -> Bool {
            raise(.runtime, "grid_sampler(): expected \(message)")
            return false
        }
        guard dim == rank, grid.dim == rank else {
            return refused(
                "\(rank)D input and grid with same number of dimensions, but got input with sizes \(sizes) and grid with sizes \(grid.sizes)"
            )
        }
        guard device == grid.device else {
            return refused(
                "input and grid to be on same device, but input is on \(device) and grid is on \(grid.device)")
        }
        guard sizes[0] == grid.sizes[0] else {
            return refused(
                "grid and input to have same batch size, but got input with sizes \(sizes) and grid with sizes \(grid.sizes)"
            )
        }
        guard grid.sizes[rank - 1] == rank - 2 else {
            return refused(
                "grid to have size \(rank - 2) in last dimension, but got grid with sizes \(grid.sizes)")
        }
        if let empty = (2..<rank).first(where: { sizes[$0] == 0 }) {
            return refused(
                "input to have non-empty spatial dimensions, but input has sizes \(sizes) with dimension \(empty) being empty"
            )
        }
        guard dtype == grid.dtype else {
            raise(
                .runtime, "expected scalar type \(dtype.scalarTypeName) but found \(grid.dtype.scalarTypeName)")
            return false
        }
        return true
    }

    /// Returns the gradients of input and grid from this gradient of the result.
    private func gridGradients(
        _ input: Tensor, _ grid: Tensor, _ options: GridSampling, _ needs: (Bool, Bool)
    )
        -> [Tensor?]
    {
        let grad = dense(in: .contiguous), planes = input.dense(in: .contiguous), points = grid.dense(in: .contiguous)
        let inputGrad = needs.0 ? Tensor.allocate(input.sizes, dtype, device) : nil
        let gridGrad = needs.1 ? Tensor.allocate(grid.sizes, dtype, device) : nil
        if anyVoid(grad, planes) || points.isVoid || inputGrad?.isVoid ?? false || gridGrad?.isVoid ?? false {
            return [nil, nil]
        }
        guard
            backend.gridSampleBackward(
                inputGrad: inputGrad.map { Dense($0.strided) }, gridGrad: gridGrad.map { Dense($0.strided) },
                grad: Dense(grad.strided), Dense(planes.strided), grid: Dense(points.strided), options)
        else { return [nil, nil] }
        return [inputGrad, gridGrad]
    }

    /// Like `gridGradients`, made of differentiable operators.
    private func composedGridGradients(
        _ input: Tensor, _ grid: Tensor, _ options: GridSampling, _ needs: (Bool, Bool)
    ) -> [Tensor?] {
        let spatial = input.dim - 2, (batch, channels) = (input.sizes[0], input.sizes[1])
        let points = grid.sizes[1..<(spatial + 1)].reduce(1, *), total = input.sizes.dropFirst(2).reduce(1, *)
        let flat = grid.reshape([batch, points, spatial])
        // The first dimension's coordinate is the last of a point.
        let axes = (0..<spatial).map { d in
            GridAxis(flat.select(2, spatial - 1 - d), input.sizes[d + 2], options)
        }
        let planes = input.reshape([batch, channels, total]), grad = reshape([batch, channels, points])
        var inputGrad = Tensor.filled(0, [batch, channels, total], dtype, device)
        var slopes = [Tensor?](repeating: nil, count: spatial)
        var choice = [Int](repeating: 0, count: spatial)
        while true {
            // One element of each point's neighbourhood.
            let (place, isInside) = noGrad { () -> (Tensor, Tensor) in
                var place = axes[0].indices[choice[0]], inside = axes[0].inside[choice[0]]
                for d in 1..<spatial {
                    place = place.mul(input.sizes[d + 2]).add(axes[d].indices[choice[d]])
                    inside = inside.mul(axes[d].inside[choice[d]])
                }
                return (place.unsqueeze(1).expand([batch, channels, points]), inside.unsqueeze(1))
            }
            let share = grad.mul(isInside)
            if needs.0 {
                let weight = (0..<spatial).reduce(nil as Tensor?) { product, d in
                    let own = axes[d].weights[choice[d]]
                    return product.map { $0.mul(own) } ?? own
                }
                inputGrad = inputGrad.scatterAdd(dim: 2, index: place, source: share.mul(weight!.unsqueeze(1)))
            }
            if needs.1 {
                let sum = planes.gather(dim: 2, index: place).mul(share).sum(dim: [1])
                for d in 0..<spatial {
                    let factor = (0..<spatial).reduce(sum) {
                        $0.mul($1 == d ? axes[d].slopes[choice[d]] : axes[$1].weights[choice[$1]])
                    }
                    slopes[d] = slopes[d].map { $0.add(factor) } ?? factor
                }
            }
            var d = spatial - 1
            while d >= 0, choice[d] + 1 == axes[d].indices.count {
                choice[d] = 0
                d -= 1
            }
            if d < 0 { break }
            choice[d] += 1
        }
        return [
            needs.0 ? inputGrad.reshape(input.sizes) : nil,
            needs.1 ? Torch.stack(slopes.reversed().map { $0! }, dim: -1).reshape(grid.sizes) : nil
        ]
    }
}

/// The elements that points read along one dimension, as tensors [N, points]. Weights and slopes (their derivatives by
/// the grid's coordinate) are differentiable.
private struct GridAxis {
    /// int64 indices, and 1 for those inside the input (0 outside; then the index is 0).
    var indices: [Tensor] = [], inside: [Tensor] = []
    var weights: [Tensor] = [], slopes: [Tensor] = []

    init(_ coordinate: Tensor, _ size: Int, _ options: GridSampling) {
        let scale = Double(options.alignCorners ? size - 1 : size) / 2
        let shift = options.alignCorners ? scale : scale - 0.5
        let x = coordinate.mul(scale).add(shift)
        if options.mode == .bicubic {
            let base = noGrad { x.detach().floor() }, t = x.sub(base), a = -0.75
            for k in 0..<4 {
                add(noGrad { GridAxis.padded(base.add(k - 1), size, options).0 }, size)
                let (isNear, sign) = (k == 1 || k == 2, k < 2 ? 1.0 : -1.0)
                let u = k < 2 ? t.add(1 - k) : t.neg().add(k - 1)
                let square = u.mul(u), cube = square.mul(u)
                if isNear {
                    weights.append(cube.mul(a + 2).sub(square.mul(a + 3)).add(1))
                    slopes.append(square.mul(3 * (a + 2)).sub(u.mul(2 * (a + 3))).mul(sign * scale))
                } else {
                    weights.append(cube.mul(a).sub(square.mul(5 * a)).add(u.mul(8 * a)).sub(4 * a))
                    slopes.append(square.mul(3 * a).sub(u.mul(10 * a)).add(8 * a).mul(sign * scale))
                }
            }
            return
        }
        let (inner, direction) = GridAxis.padded(x, size, options)
        if options.mode == .nearest {
            add(noGrad { inner.detach().round() }, size)
            weights.append(noGrad { Tensor.onesLike(inner.detach()) })
            slopes.append(noGrad { Tensor.zerosLike(inner.detach()) })
            return
        }
        let base = noGrad { inner.detach().floor() }, t = inner.sub(base)
        let slope = noGrad { direction.mul(scale) }
        add(base, size)
        add(noGrad { base.add(1) }, size)
        weights = [t.neg().add(1), t]
        slopes = [noGrad { slope.neg() }, slope]
    }

    private mutating func add(_ place: Tensor, _ size: Int) {
        noGrad {
            let isInside = place.ge(0).logicalAnd(place.lt(size))
            indices.append(Torch.where(isInside, place, Tensor.zerosLike(place)).to(.int64))
            inside.append(isInside.to(place.dtype))
        }
    }

    /// Brings source coordinates into the input. Also returns the derivative: 1, -1 or 0.
    private static func padded(_ x: Tensor, _ size: Int, _ options: GridSampling) -> (Tensor, Tensor) {
        var x = x, direction = noGrad { Tensor.onesLike(x.detach()) }
        if options.paddingMode == .zeros { return (x, direction) }
        if options.paddingMode == .reflection {
            let low = options.alignCorners ? 0 : -0.5, span = Double(options.alignCorners ? size - 1 : size)
            if span == 0 {
                direction = noGrad { Tensor.zerosLike(direction) }
                x = x.mul(0)
            } else {
                // The reflected coordinate is ±x plus a constant.
                let (sign, constant) = noGrad { () -> (Tensor, Tensor) in
                    let from = x.detach().sub(low), distance = from.abs()
                    let isOdd = distance.div(span).floor().remainder(2).eq(1)
                    let extra = distance.fmod(span), folded = Torch.where(isOdd, extra.neg().add(span), extra).add(low)
                    let way = Torch.where(from.lt(0), direction.neg(), direction)
                    let sign = Torch.where(isOdd, way.neg(), way)
                    return (sign, folded.sub(sign.mul(x.detach())))
                }
                direction = sign
                x = x.mul(sign).add(constant)
            }
        }
        let isInside = noGrad { x.detach().gt(0).logicalAnd(x.detach().lt(size - 1)).to(x.dtype) }
        let clipped = noGrad { x.detach().clamp(min: 0, max: size - 1) }
        // Inside x itself, outside a constant.
        return (
            x.mul(isInside).add(noGrad { clipped.mul(isInside.neg().add(1)) }), noGrad { direction.mul(isInside) }
        )
    }
}

// MARK: - Affine grids

extension Tensor {
    /// Returns the grid [N, H, W, 2] of affine maps θ [N, 2, 3], or [N, D, H, W, 3] of [N, 3, 4], for `gridSample`.
    /// PyTorch: `torch.nn.functional.affine_grid`.
    ///
    /// - Parameters:
    ///   - size: the sizes of the sampled result: [N, C, H, W] or [N, C, D, H, W].
    ///   - alignCorners: whether -1 and 1 are the centers of the corner elements, not their outer edges.
    public func affineGrid(_ size: [Int], alignCorners: Bool = false) -> Tensor {
        if isVoid { return .void }
        guard dtype.isFloatingPoint else {
            return fail(.value, "Expected theta to have floating point type, but got \(dtype)")
        }
        guard size.count == 4 || size.count == 5 else {
            return fail(
                .notImplemented,
                "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size \(PythonText.tuple(size))."
            )
        }
        let spatial = size.count - 2, shape = "Nx\(spatial)x\(spatial + 1)"
        guard dim == 3, sizes[1] == spatial, sizes[2] == spatial + 1 else {
            return fail(
                .value,
                "Expected a batch of \(spatial)D affine matrices of shape \(shape) for size \(PythonText.tuple(size)). Got torch.Size(\(sizes))."
            )
        }
        let target = Array(size.dropFirst(2))
        guard size.allSatisfy({ $0 > 0 }) else {
            return fail(.value, "Expected non-zero, positive output size. Got \(PythonText.tuple(size))")
        }
        guard dtype.supportsKernel("linspace_cpu") else { return .void }
        guard Layout.checkedCount([size[0]] + target + [spatial + 1]) != nil else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(size)")
        }
        let count = target.reduce(1, *)
        let base = noGrad { () -> Tensor in
            var columns = target.indices.map { d -> Tensor in
                let n = target[d]
                var line = Tensor.zeros([1], dtype: dtype, device: device)
                if n > 1 {
                    line = Tensor.linspace(-1, 1, steps: n, dtype: dtype, device: device)
                    if !alignCorners { line = line.mul(Double(n - 1)).div(Double(n)) }
                }
                var form = [Int](repeating: 1, count: spatial)
                form[d] = n
                return line.reshape(form).expand(target).reshape([count])
            }
            columns.reverse()
            columns.append(Tensor.ones([count], dtype: dtype, device: device))
            return Torch.stack(columns, dim: -1)
        }
        if base.isVoid { return .void }
        return base.unsqueeze(0).expand([size[0], count, spatial + 1]).bmm(transpose(1, 2)).reshape(
            [size[0]] + target + [spatial])
    }
}

// Histograms.

extension Tensor {
    /// Counts the elements in each of `bins` intervals of equal width between `min` and `max`, or over the range of the
    /// data if both are equal. Elements outside and NaN are not counted. The counts have the input's dtype.
    /// PyTorch: `torch.histc`.
    public func histc(bins: Int = 100, min: some ScalarConvertible = 0, max: some ScalarConvertible = 0) -> Tensor {
        if isVoid { return .void }
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"histogram_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        guard bins > 0 else {
            return fail(.runtime, "torch.histogram(): bins must be > 0, but got \(bins) for dimension 0")
        }
        return noGrad {
            let x = detach().reshape([-1])
            var (low, high) = (min.scalar.doubleValue, max.scalar.doubleValue)
            if low == high, numel() > 0, device.kind != .meta { (low, high) = (x.amin().item(), x.amax().item()) }
            if low == high { (low, high) = (low - 1, high + 1) }
            guard low.isFinite, high.isFinite else {
                return fail(.runtime, "torch.histc: range of [\(low.plain), \(high.plain)] is not finite")
            }
            guard low < high else { return fail(.runtime, "torch.histc: max must be larger than min") }
            let (first, last) = (
                Tensor.filled(.double(low), [], dtype, device), Tensor.filled(.double(high), [], dtype, device)
            )
            let position = x.sub(first).mul(bins).div(last.sub(first))
            guard bins < Int.max else {
                return fail(.runtime, "Storage size calculation overflowed with sizes=\([bins])")
            }
            return Tensor.weightedCounts(
                [(x.ge(first).logicalAnd(x.le(last)), position.to(.int64).clamp(min: 0, max: bins - 1), bins)], nil,
                dtype)
        }
    }

    /// Counts the elements (or sums their weights) in each of `bins` intervals of equal width over `range`, by default
    /// the range of the data. Returns the counts and the edges of the intervals. An interval contains its left edge,
    /// and the last one also its right edge. If `density` is true, the counts are divided by their sum and the widths.
    /// PyTorch: `torch.histogram`.
    public func histogram(
        bins: Int, range: (Double, Double)? = nil, weight: Tensor? = nil, density: Bool = false
    ) -> (hist: Tensor, binEdges: Tensor) {
        let result = noGrad {
            detach().reshape([-1, 1]).histogramdd(
                bins: [bins], range: range.map { [$0.0, $0.1] }, weight: weight?.reshape([-1]), density: density)
        }
        return (result.hist, result.binEdges.first ?? .void)
    }

    /// Like `histogram(bins:range:weight:density:)`, with the edges of the intervals as an ascending vector.
    public func histogram(
        bins: Tensor, weight: Tensor? = nil, density: Bool = false
    ) -> (hist: Tensor, binEdges: Tensor) {
        let result = noGrad {
            detach().reshape([-1, 1]).histogramdd(bins: [bins], weight: weight?.reshape([-1]), density: density)
        }
        return (result.hist, result.binEdges.first ?? .void)
    }

    /// Counts points in boxes; the coordinates of a point are the last dimension. There are `bins[i]` intervals for
    /// coordinate i over `range`: the minimum and the maximum of the first coordinate, then of the second, and so on.
    /// PyTorch: `torch.histogramdd`.
    public func histogramdd(
        bins: [Int], range: [Double]? = nil, weight: Tensor? = nil, density: Bool = false
    ) -> (hist: Tensor, binEdges: [Tensor]) {
        guard checkPoints(bins.count, weight) else { return (.void, []) }
        if let d = bins.firstIndex(where: { $0 <= 0 }) {
            return (fail(.runtime, "torch.histogram(): bins must be > 0, but got \(bins[d]) for dimension \(d)"), [])
        }
        guard bins.allSatisfy({ $0 < Int.max }) else {
            return (fail(.runtime, "Storage size calculation overflowed with sizes=\(bins)"), [])
        }
        guard range == nil || range?.count == 2 * bins.count else {
            return (
                fail(
                    .runtime,
                    "torch.histogramdd: for a \(bins.count)-dimensional histogram range should have \(2 * bins.count) elements, but got \(range?.count ?? 0)"
                ), []
            )
        }
        return noGrad {
            let points = detach().reshape([numel() / bins.count, bins.count])
            let bounds =
                range
                ?? (points.numel() == 0
                    ? bins.flatMap { _ in [0.0, 1.0] }
                    : zip(points.amin(dim: 0).toArray(as: Double.self), points.amax(dim: 0).toArray(as: Double.self))
                        .flatMap { [$0, $1] })
            guard bounds.count == 2 * bins.count else { return (.void, []) }
            var edges: [Tensor] = []
            for (d, count) in bins.enumerated() {
                var (low, high) = (bounds[2 * d], bounds[2 * d + 1])
                guard low.isFinite, high.isFinite else {
                    return (
                        fail(
                            .runtime,
                            "torch.histogramdd: dimension \(d)'s range [\(low.plain), \(high.plain)] is not finite"), []
                    )
                }
                guard low <= high else {
                    return (
                        fail(
                            .runtime,
                            "torch.histogramdd: min should not exceed max, but got min \(low.plain) max \(high.plain) for dimension \(d)"
                        ), []
                    )
                }
                if low == high { (low, high) = (low - 0.5, high + 0.5) }
                edges.append(Tensor.linspace(low, high, steps: count + 1, dtype: dtype, device: device))
            }
            if anyVoid(edges) { return (.void, edges) }
            return (points.histogram(edges, weight, density), edges)
        }
    }

    /// Like `histogramdd(bins:range:weight:density:)`, with one number of intervals for all coordinates.
    public func histogramdd(
        bins: Int, range: [Double]? = nil, weight: Tensor? = nil, density: Bool = false
    ) -> (hist: Tensor, binEdges: [Tensor]) {
        guard (sizes.last ?? 0) <= Tensor.maxViews else {
            return (fail(.runtime, "numel: integer multiplication overflow"), [])
        }
        return histogramdd(
            bins: [Int](repeating: bins, count: sizes.last ?? 0), range: range, weight: weight, density: density)
    }

    /// Like `histogramdd(bins:range:weight:density:)`, with the edges for each coordinate as ascending vectors.
    public func histogramdd(
        bins: [Tensor], weight: Tensor? = nil, density: Bool = false
    ) -> (hist: Tensor, binEdges: [Tensor]) {
        guard checkPoints(bins.count, weight) else { return (.void, []) }
        for (d, edges) in bins.enumerated() {
            if edges.isVoid { return (.void, []) }
            guard edges.dim == 1 else {
                return (
                    fail(
                        .runtime,
                        "torch.histogramdd: bins tensor should have one dimension, but got \(edges.dim) dimensions in the bins tensor for dimension \(d)"
                    ), []
                )
            }
            guard edges.numel() > 0 else {
                return (
                    fail(
                        .runtime,
                        "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for dimension \(d)"
                    ), []
                )
            }
            guard edges.dtype == dtype else {
                return (
                    fail(
                        .runtime,
                        "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype \(dtype.cName) and bins for dimension \(d) with dtype \(edges.dtype.cName)"
                    ), []
                )
            }
        }
        return noGrad {
            let edges = bins.map { $0.detach().clone() }
            return (detach().reshape([numel() / bins.count, bins.count]).histogram(edges, weight, density), edges)
        }
    }

    private func checkPoints(_ coordinates: Int, _ weight: Tensor?) -> Bool {
        if anyVoid(self, weight) { return false }
        guard dim >= 2 else {
            raise(.runtime, "torch.histogramdd: input tensor should have at least 2 dimensions")
            return false
        }
        guard sizes[dim - 1] == coordinates, coordinates > 0 else {
            raise(.runtime, "histogramdd: The size of bins must be equal to the innermost dimension of the input.")
            return false
        }
        guard dtype == .float32 || dtype == .float64 else {
            raise(.notImplemented, "\"histogramdd\" not implemented for '\(dtype.scalarTypeName)'")
            return false
        }
        guard let weight else { return true }
        guard weight.dtype == dtype else {
            raise(
                .runtime,
                "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input(\(dtype.cName)), and weight(\(weight.dtype.cName))"
            )
            return false
        }
        guard weight.sizes == sizes.dropLast() else {
            raise(
                .runtime,
                "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, "
                    + "but got input with shape \(sizes) and weight with shape \(weight.sizes)")
            return false
        }
        return true
    }

    /// Computes the histogram of the rows of this matrix.
    private func histogram(_ edges: [Tensor], _ weight: Tensor?, _ density: Bool) -> Tensor {
        var result = Tensor.weightedCounts(
            edges.enumerated().map { d, edges in
                let x = select(1, d).contiguous(), count = edges.numel() - 1
                // A single edge has no interval.
                let isInside =
                    count == 0
                    ? Tensor.filled(false, x.sizes, .bool, x.device)
                    : x.ge(edges.select(0, 0)).logicalAnd(x.le(edges.select(0, -1)))
                return (isInside, searchsorted(edges, x, right: true).sub(1).clamp(min: 0, max: count - 1), count)
            }, weight?.detach().reshape([-1]), dtype)
        if !density || result.isVoid { return result }
        result = result.div(result.sum())
        for (d, edges) in edges.enumerated() {
            var shape = [Int](repeating: 1, count: result.dim)
            shape[d] = -1
            result = result.div(edges.diff().view(shape))
        }
        return result
    }

    /// Sums the weights (1 if nil) of the elements in each combination of intervals. For each coordinate, `positions`
    /// says
    /// which elements lie in an interval, the number of that interval, and how many intervals there are.
    private static func weightedCounts(
        _ positions: [(isInside: Tensor, number: Tensor, count: Int)], _ weights: Tensor?, _ dtype: DType
    ) -> Tensor {
        guard let total = Layout.checkedCount(positions.map(\.count)) else {
            return fail(
                .runtime,
                positions.count > 1
                    ? "numel: integer multiplication overflow"
                    : "Storage size calculation overflowed with sizes=\(positions.map(\.count))")
        }
        var flat = positions[0].number, isInside = positions[0].isInside
        for position in positions.dropFirst() {
            flat = flat.mul(position.count).add(position.number)
            isInside = isInside.logicalAnd(position.isInside)
        }
        // One more position counts the elements outside.
        let counts = Tensor.filled(0, [total + 1], dtype, flat.device).indexAdd(
            dim: 0, index: Torch.where(isInside, flat, total),
            source: weights ?? Tensor.filled(1, flat.sizes, dtype, flat.device))
        return counts.narrow(0, 0, total).clone().view(positions.map(\.count))
    }
}

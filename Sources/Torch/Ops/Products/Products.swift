// Products of several tensors, and distances computed with matrix products.

extension Tensor {
    /// Sums the products along the last dimensions of both tensors; if one is 0-dimensional, multiplies elementwise.
    /// PyTorch: `torch.inner`.
    public func inner(_ other: Tensor) -> Tensor {
        if anyVoid(self, other) { return .void }
        if dim == 0 || other.dim == 0 { return mul(other) }
        guard sizes[dim - 1] == other.sizes[other.dim - 1] else {
            return fail(
                .runtime,
                "inner() the last dimension must match on both input tensors but got shapes \(sizes) and \(other.sizes)"
            )
        }
        if dim == 1, other.dim == 1 { return dot(other) }
        return tensordot(self, other, dims: ([-1], [-1]))
    }

    /// Computes the Kronecker product. PyTorch: `torch.kron`.
    public func kron(_ other: Tensor) -> Tensor {
        if anyVoid(self, other) { return .void }
        let rank = Swift.max(dim, other.dim)
        func padded(_ x: Tensor) -> [Int] { [Int](repeating: 1, count: rank - x.dim) + x.sizes }
        let (a, b) = (padded(self), padded(other))
        let product = reshape(a.flatMap { [$0, 1] }).mul(other.reshape(b.flatMap { [1, $0] }))
        return product.contiguous().view(zip(a, b).map { $0 &* $1 }).named("UnsafeViewBackward0")
    }

    /// Multiplies n copies of a square matrix, or of each matrix in a batch; n = 0 gives identity matrices. If n is
    /// negative, multiplies copies of the inverse. A singular matrix is then a LinAlgError.
    /// PyTorch: `torch.linalg.matrix_power`, `torch.matrix_power`.
    /// - Precondition: the matrices are square.
    public func matrixPower(_ n: Int) -> Tensor {
        if isVoid { return .void }
        guard dim >= 2 else {
            return fail(.runtime, "linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
        }
        guard sizes[dim - 1] == sizes[dim - 2] else {
            return fail(
                .runtime,
                "linalg.matrix_power: A must be batches of square matrices, but they are \(sizes[dim - 2]) by \(sizes[dim - 1]) matrices"
            )
        }
        if n < 0 {
            let inverse = linalg.inv(self)
            return n == -1 ? inverse : inverse.power(n.magnitude)
        }
        if n == 0 {
            return noGrad { Tensor.eye(sizes[dim - 1], dtype: dtype, device: device).expand(sizes).contiguous() }
                .record(
                    "LinalgMatrixPowerBackward0", self
                ) { _, g in g.mul(0) }
        }
        return n == 1 ? clone() : power(n.magnitude)
    }

    /// Multiplies `n` copies, more than none, by the binary digits of their number.
    private func power(_ n: UInt) -> Tensor {
        if isVoid { return .void }
        var result: Tensor?
        var square = self
        var digits = n
        while true {
            if digits & 1 == 1 { result = result?.matmul(square) ?? square }
            digits >>= 1
            if digits == 0 { break }
            square = square.matmul(square)
        }
        return result ?? .void
    }
}

/// Sums the products over the last `dims` dimensions of a and the first ones of b. PyTorch: `torch.tensordot`.
public func tensordot(_ a: Tensor, _ b: Tensor, dims: Int = 2) -> Tensor {
    guard dims >= 0 else { return fail(.runtime, "tensordot expects dims >= 0, but got dims=\(dims)") }
    guard dims <= Swift.min(a.dim, b.dim) else {
        return a.isVoid || b.isVoid
            ? .void : fail(.runtime, "tensordot expects dims < ndim_a or ndim_b, but got dims=\(dims)")
    }
    return tensordot(a, b, dims: (Array(-dims..<0), Array(0..<dims)))
}

/// Sums the products over pairs of dimensions, one of a and one of b; a dimension of size 1 fits any size.
/// PyTorch: `torch.tensordot`.
public func tensordot(_ a: Tensor, _ b: Tensor, dims: ([Int], [Int])) -> Tensor {
    if let cast = Autocast.widestOnCUDA([a, b]) { return cast.run { tensordot($0(a), $0(b), dims: dims) } }
    if anyVoid(a, b) { return .void }
    guard dims.0.count == dims.1.count else { return fail(.runtime, "both dimension lists should have same length") }
    guard a.dtype == b.dtype else { return fail(.runtime, "both inputs should have same dtype") }
    var (a, b) = (a, b)
    let ofA = dims.0.compactMap { wrapDim($0, a.dim) }, ofB = dims.1.compactMap { wrapDim($0, b.dim) }
    guard ofA.count == dims.0.count, ofB.count == dims.1.count else { return .void }
    guard Set(ofA).count == ofA.count, Set(ofB).count == ofB.count else {
        return fail(.runtime, "dim appears multiple times in the list of dims")
    }
    for (k, (i, j)) in zip(ofA, ofB).enumerated() where a.sizes[i] != b.sizes[j] {
        if a.sizes[i] == 1 {
            b = b.sum(dim: j, keepdim: true, dtype: b.dtype)
        } else if b.sizes[j] == 1 {
            a = a.sum(dim: i, keepdim: true, dtype: a.dtype)
        } else {
            return fail(
                .runtime,
                "contracted dimensions need to match, but first has size \(a.sizes[i]) in dim \(dims.0[k]) and second has size \(b.sizes[j]) in dim \(dims.1[k])"
            )
        }
    }
    let freeA = (0..<a.dim).filter { !ofA.contains($0) }, freeB = (0..<b.dim).filter { !ofB.contains($0) }
    let (sizesA, sizesB) = (freeA.map { a.sizes[$0] }, freeB.map { b.sizes[$0] })
    let count = ofA.reduce(1) { $0 &* a.sizes[$1] }
    let left = a.permute(freeA + ofA).reshape([sizesA.reduce(1, &*), count]),
        right = b.permute(ofB + freeB).reshape([count, sizesB.reduce(1, &*)])
    return left.mm(right).view(sizesA + sizesB)
}

/// Computes Σ x1 · weight · x2 + bias for each sample and output feature. The shapes are x1 [..., in1], x2 [..., in2],
/// weight [out, in1, in2], bias [out] and result [..., out]. PyTorch: `torch.nn.functional.bilinear`.
public func bilinear(_ x1: Tensor, _ x2: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    if let cast = Autocast.widestOnCUDA([x1, x2, weight] + (bias.map { [$0] } ?? [])) {
        return cast.run { bilinear($0(x1), $0(x2), $0(weight), $0(bias)) }
    }
    if Autocast.isOn { return AutocastState.off { bilinear(x1, x2, weight, bias) } }
    if anyVoid(x1, x2, weight, bias) { return .void }
    guard x1.dim == x2.dim else {
        return fail(.runtime, "bilinear(): input dimensions do not match: got \(x1.dim) and \(x2.dim)")
    }
    guard x1.dim > 0, weight.dim == 3 else {
        return fail(
            .runtime,
            "bilinear(): expected inputs with at least one dimension and a weight with 3, got \(x1.dim) and \(weight.dim)"
        )
    }
    for d in 0..<(x1.dim - 1) where x1.sizes[d] != x2.sizes[d] {
        return fail(
            .runtime,
            "bilinear(): input batch dimensions do not match at dim \(d): got \(x1.sizes[d]) and \(x2.sizes[d])")
    }
    for (i, x) in [x1, x2].enumerated() where x.sizes[x.dim - 1] != weight.sizes[i + 1] {
        return fail(
            .runtime,
            "bilinear(): input\(i + 1) size does not match weight size: got \(x.sizes[x.dim - 1]) but expected \(weight.sizes[i + 1])"
        )
    }
    let (out, in1, in2) = (weight.sizes[0], weight.sizes[1], weight.sizes[2])
    guard bias.map({ $0.sizes == [out] }) ?? true else {
        return fail(
            .runtime,
            "bilinear(): bias size does not match weight size: got \(bias!.sizes.first ?? 1) but expected \(out)")
    }
    let lead = Array(x1.sizes.dropLast()), batch = lead.reduce(1, &*)
    let products = x1.reshape([batch, in1]).mm(weight.permute(1, 0, 2).reshape([in1, out &* in2])).view([
        batch, out, in2
    ])
    let sums = products.bmm(x2.reshape([batch, in2, 1])).view(lead + [out])
    return bias.map { sums.add($0) } ?? sums
}

// MARK: - Chains

extension linalg {
    /// Multiplies two or more matrices in the order with the fewest multiplications; the first and the last may be
    /// vectors. PyTorch: `torch.linalg.multi_dot`.
    public static func multiDot(_ tensors: [Tensor]) -> Tensor {
        if anyVoid(tensors) { return .void }
        guard tensors.count >= 2, let first = tensors.first, let last = tensors.last else {
            return fail(.runtime, "multi_dot(): expected at least 2 tensors but got \(tensors.count)")
        }
        for (tensor, name) in [(first, "first"), (last, "last")] where tensor.dim < 1 || tensor.dim > 2 {
            return fail(.runtime, "multi_dot(): the \(name) tensor must be 1D or 2D but got \(tensor.dim)D")
        }
        var matrices = tensors
        matrices[0] = first.dim == 1 ? first.unsqueeze(0) : first
        matrices[tensors.count - 1] = last.dim == 1 ? last.unsqueeze(1) : last
        for (i, matrix) in matrices.enumerated() {
            guard matrix.dim == 2 else {
                return fail(.runtime, "multi_dot(): tensor \(i) must be 2D but got \(matrix.dim)D")
            }
            guard matrix.dtype == first.dtype else {
                return fail(
                    .runtime,
                    "multi_dot(): all tensors must have be the same dtype but tensor 0 is \(first.dtype.cName) and tensor \(i) \(matrix.dtype.cName)"
                )
            }
            guard i == 0 || matrices[i - 1].sizes[1] == matrix.sizes[0] else {
                return fail(
                    .runtime,
                    "multi_dot(): tensors \(i - 1) and \(i) with shapes \(matrices[i - 1].sizes) and \(matrix.sizes) cannot be multiplied"
                )
            }
        }
        let order = Chain(matrices.map { $0.sizes[0] } + [matrices[matrices.count - 1].sizes[1]])
        return order.product(of: matrices, 0, matrices.count - 1).view(
            (first.dim == 1 ? [] : [first.sizes[0]]) + (last.dim == 1 ? [] : [last.sizes[1]]))
    }
}

/// Multiplies matrices in the order with the fewest multiplications. PyTorch: `torch.chain_matmul`.
public func chainMatmul(_ matrices: Tensor...) -> Tensor {
    if let bad = matrices.first(where: { $0.dim != 2 && !$0.isVoid }) {
        return fail(.runtime, "Tensor dimension is \(bad.dim), expected 2 instead.")
    }
    guard let first = matrices.first else { return fail(.runtime, "chain_matmul(): Expected one or more matrices") }
    return matrices.count == 1 ? first : linalg.multiDot(matrices)
}

/// Finds where to split a chain of products, by dynamic programming (Cormen et al., Introduction to Algorithms, 15.2).
private struct Chain {
    private var split: [[Int]]

    /// Plans the product of matrices of sizes[i] × sizes[i + 1].
    init(_ sizes: [Int]) {
        let n = sizes.count - 1
        var cost = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
        split = [[Int]](repeating: [Int](repeating: 0, count: n), count: n)
        for length in 1..<n {
            for i in 0..<(n - length) {
                let j = i + length
                cost[i][j] = .infinity
                for k in i..<j {
                    let total =
                        cost[i][k] + cost[k + 1][j] + Double(sizes[i]) * Double(sizes[k + 1]) * Double(sizes[j + 1])
                    if total < cost[i][j] {
                        cost[i][j] = total
                        split[i][j] = k
                    }
                }
            }
        }
    }

    func product(of matrices: [Tensor], _ i: Int, _ j: Int) -> Tensor {
        i == j ? matrices[i] : product(of: matrices, i, split[i][j]).mm(product(of: matrices, split[i][j] + 1, j))
    }
}

// MARK: - Distances

/// How `cdist` computes Euclidean distances: with matrix products, which is fast but less accurate for close points, or
/// with differences.
public enum CdistComputeMode: String, Sendable {
    /// Uses matrix products if one side has more than 25 points.
    case useMMIfNecessary = "use_mm_for_euclid_dist_if_necessary"
    /// Always uses matrix products.
    case useMM = "use_mm_for_euclid_dist"
    /// Always uses differences.
    case doNotUseMM = "donot_use_mm_for_euclid_dist"
}

/// Computes the p-norm distance between each row of x1 [..., P, M] and each row of x2 [..., R, M], as [..., P, R].
/// PyTorch: `torch.cdist`.
/// - Precondition: both tensors are floating-point, with at least 2 dimensions and the same M; the dimensions before
///   the last two broadcast; p is not negative.
public func cdist(
    _ x1: Tensor, _ x2: Tensor, p: Double = 2, computeMode: CdistComputeMode = .useMMIfNecessary
) -> Tensor {
    if let cast = Autocast.float32 { return cast.run { cdist($0(x1), $0(x2), p: p, computeMode: computeMode) } }
    if anyVoid(x1, x2) { return .void }
    for (i, x) in [x1, x2].enumerated() {
        guard x.dtype.isFloatingPoint else {
            return fail(.runtime, "cdist only supports floating-point dtypes, X\(i + 1) got: \(x.dtype.scalarTypeName)")
        }
        guard x.dim >= 2 else {
            return fail(.runtime, "cdist only supports at least 2D tensors, X\(i + 1) got: \(x.dim)D")
        }
    }
    let (n1, n2, m) = (x1.sizes[x1.dim - 2], x2.sizes[x2.dim - 2], x1.sizes[x1.dim - 1])
    guard m == x2.sizes[x2.dim - 1] else {
        return fail(.runtime, "X1 and X2 must have the same number of columns. X1: \(m) X2: \(x2.sizes[x2.dim - 1])")
    }
    guard p >= 0 else { return fail(.runtime, "cdist only supports non-negative p values") }
    let byProducts = computeMode == .useMM || computeMode == .useMMIfNecessary && (n1 > 25 || n2 > 25)
    if p == 2, byProducts, m > 0 { return euclideanDistances(x1, x2) }
    guard x1.supportsKernel("cdist"), x2.supportsKernel("cdist") else { return .void }
    let differences = x1.unsqueeze(-2).sub(x2.unsqueeze(-3))
    if m == 0 || differences.numel() == 0 { return differences.sum(dim: -1).named("CdistBackward0") }
    if p != 0 { return differences.norm(p, dim: [-1]).named("CdistBackward0") }
    // The number of differing coordinates has the gradient 0, but the norm itself has no gradient.
    return noGrad { differences.detach().norm(0, dim: [-1]) }.record("CdistBackward0", differences) {
        [sizes = differences.sizes] _, g in
        Tensor.filled(0, sizes, g.dtype, g.device)
    }
}

/// Computes sqrt(|x|² - 2xy + |y|²), with the three terms as one matrix product.
private func euclideanDistances(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    let result = noGrad { () -> Tensor in
        let (a, b) = (x1.detach(), x2.detach())
        let (aa, bb) = (a.square().sum(dim: -1, keepdim: true), b.square().sum(dim: -1, keepdim: true))
        let left = cat([a.mul(-2), aa, Tensor.onesLike(aa)], dim: -1),
            right = cat([b, Tensor.onesLike(bb), bb], dim: -1)
        return left.matmul(right.mT).clampMin(0).sqrt()
    }
    return result.record("CdistBackward0", inputs: [x1, x2], saved: [x1, x2], saveResult: true) { node, g in
        let (a, b, distance) = (node.saved(0), node.saved(1), node.saved(2))
        let ratio = g.div(distance).maskedFill(distance.eq(0), 0)
        return [
            node.needs(0) ? a.mul(ratio.sum(dim: -1, keepdim: true)).sub(ratio.matmul(b)) : nil,
            node.needs(1) ? b.mul(ratio.sum(dim: -2).unsqueeze(-1)).sub(ratio.mT.matmul(a)) : nil
        ]
    }
}

/// Computes the p-norm distances between each pair of rows of x [N, M], as N(N - 1)/2 numbers: (0, 1), (0, 2), …, (1,
/// 2), …. PyTorch: `torch.nn.functional.pdist`.
public func pdist(_ x: Tensor, p: Double = 2) -> Tensor {
    if let cast = Autocast.float32OnCUDA(x) { return cast.run { pdist($0(x), p: p) } }
    if x.isVoid { return .void }
    guard x.dim == 2 else { return fail(.runtime, "pdist only supports 2D tensors, got: \(x.dim)D") }
    guard x.dtype.isFloatingPoint else { return fail(.runtime, "pdist only supports floating-point dtypes") }
    guard p >= 0 else { return fail(.runtime, "pdist only supports non-negative p values") }
    let pairs = Tensor.triuIndices(x.sizes[0], x.sizes[0], offset: 1, device: x.device)
    let differences = x.indexSelect(dim: 0, index: pairs.select(0, 0)).sub(
        x.indexSelect(dim: 0, index: pairs.select(0, 1)))
    return (differences.numel() == 0 ? differences.sum(dim: -1) : differences.norm(p, dim: [-1]))
        .named("PdistBackward0")
}

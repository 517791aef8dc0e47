// Coordinate grids, Cartesian products, combinations and Vandermonde matrices.

/// Selects the grid dimension along which the first vector varies.
public enum GridIndexing: Sendable {
    /// `ij`: the first dimension, as in matrices. `xy`: the second dimension, as in pictures.
    case ij, xy
}

/// Returns one grid for each vector: a view with the shape of the common grid, in which the vector varies along its own
/// dimension. PyTorch: `torch.meshgrid`.
/// - Precondition: at least one tensor; each has at most one dimension; all have the same dtype.
public func meshgrid(_ tensors: [Tensor], indexing: GridIndexing = .ij) -> [Tensor] {
    func failed(_ message: String) -> [Tensor] { [fail(.runtime, message)] }
    guard let first = tensors.first else { return failed("meshgrid expects a non-empty TensorList") }
    for tensor in tensors {
        if tensor.dim > 1 {
            return failed("torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: \(tensor.shape)")
        }
        if tensor.dtype != first.dtype { return failed("meshgrid expects all tensors to have the same dtype") }
    }
    if indexing == .xy, tensors.count >= 2 {
        var swapped = tensors
        swapped.swapAt(0, 1)
        var grids = meshgrid(swapped)
        grids.swapAt(0, 1)
        return grids
    }
    let shape = tensors.map { $0.numel() }
    return tensors.enumerated().map { i, tensor in
        var own = [Int](repeating: 1, count: shape.count)
        own[i] = shape[i]
        return tensor.view(own).expand(shape)
    }
}

/// Like `meshgrid(_:indexing:)`, for tensors given one by one.
public func meshgrid(_ tensors: Tensor..., indexing: GridIndexing = .ij) -> [Tensor] {
    meshgrid(tensors, indexing: indexing)
}

/// Returns the Cartesian product of vectors: one row for each tuple with one element of each vector. The last element
/// changes fastest. A single vector is returned as it is. PyTorch: `torch.cartesian_prod`.
/// - Precondition: all tensors are vectors.
public func cartesianProd(_ tensors: [Tensor]) -> Tensor {
    for tensor in tensors where tensor.dim != 1 && !tensor.isVoid {
        return fail(.runtime, "Expect a 1D vector, but got shape \(tensor.sizes)")
    }
    return tensors.count == 1 ? tensors[0] : stack(meshgrid(tensors).map { $0.flatten() }, dim: 1)
}

/// Like `cartesianProd(_:)`, for tensors given one by one.
public func cartesianProd(_ tensors: Tensor...) -> Tensor { cartesianProd(tensors) }

/// Returns all combinations of `r` elements of a vector, one in each row, in the order of the vector.
/// PyTorch: `torch.combinations`.
/// - Precondition: `input` is a vector, and `r` is not negative.
public func combinations(_ input: Tensor, r: Int = 2, withReplacement: Bool = false) -> Tensor {
    if input.isVoid { return .void }
    guard input.dim == 1 else { return fail(.runtime, "Expect a 1D vector, but got shape \(input.sizes)") }
    guard r >= 0 else { return fail(.runtime, "Expect a non-negative number, but got \(r)") }
    if r == 0 { return input.newEmpty([0]) }
    let n = input.numel()
    // The number of combinations: C(n, r), or C(n + r - 1, r) with replacement, computed with the smaller of the two
    // numbers below. If n is 1, there is one.
    var count = n == 0 || !withReplacement && r > n ? 0 : 1
    if n > 1, count > 0 {
        let (total, overflow) = (withReplacement ? n - 1 : 0).addingReportingOverflow(withReplacement ? r : n)
        func refuse() -> Tensor {
            fail(.runtime, "Storage size calculation overflowed with sizes=[\(r), \(n)]")
        }
        if overflow { return refuse() }
        for k in 0..<Swift.min(r, total - r) {
            let (product, overflow) = count.multipliedReportingOverflow(by: total - k)
            if overflow { return refuse() }
            count = product / (k + 1)
        }
        // The indices must fit in memory.
        if Layout.checkedCount([count, r]) == nil { return refuse() }
    }
    if count == 0 {
        return input.indexSelect(dim: 0, index: Tensor.empty([0], dtype: .int64, device: input.device)).view(0, r)
    }
    // A single element gives one row, which repeats it.
    if n == 1 {
        return input.indexSelect(dim: 0, index: Tensor.zeros([r], dtype: .int64, device: input.device)).view(1, r)
    }
    let index = Tensor.empty([count, r], dtype: .int64, device: .cpu)
    if index.isVoid { return index }
    index.withUnsafeMutableElements(as: Int64.self) { rows in
        var choice = (0..<r).map { withReplacement ? 0 : $0 }
        for row in 0..<count {
            for k in 0..<r { rows[row * r + k] = Int64(choice[k]) }
            // Increment the last position that can still grow, and restart the positions after it.
            guard let k = choice.indices.last(where: { choice[$0] < (withReplacement ? n - 1 : n - r + $0) }) else {
                break
            }
            let next = choice[k] + 1
            for j in k..<r { choice[j] = withReplacement ? next : next + j - k }
        }
    }
    return input.indexSelect(dim: 0, index: index.view(-1).to(input.device)).view(count, r)
}

/// Returns the Vandermonde matrix of a vector: each row holds the powers of one element, from the highest to the 0th,
/// or from the 0th to the highest if `increasing` is true. PyTorch: `torch.vander`.
/// - Precondition: `x` is a vector; `N`, the number of powers (by default the vector's length), is not negative.
public func vander(_ x: Tensor, N: Int? = nil, increasing: Bool = false) -> Tensor {
    if x.isVoid { return .void }
    guard x.dim == 1 else { return fail(.runtime, "x must be a one-dimensional tensor.") }
    let n = N ?? x.numel()
    guard n >= 0 else { return fail(.runtime, "N must be non-negative.") }
    guard let powers = powersOf(x, n) else { return .void }
    return powers.count < n || n == 0
        ? powers[0].newEmpty([x.numel(), n]) : stack(increasing ? powers : powers.reversed(), dim: -1)
}

/// Returns the first `n` powers of `x`, but at least the 0th. An empty tensor gives only the 0th. Integers and bools
/// give int64. Raises and returns nil if the powers do not fit in memory.
private func powersOf(_ x: Tensor, _ n: Int) -> [Tensor]? {
    let base = x.dtype.isInteger || x.dtype == .bool ? x.to(.int64) : x
    var powers = [Tensor.onesLike(base)]
    if base.numel() == 0 { return powers }
    if Tensor.allocate(Layout(x.sizes + [n]), base.dtype, x.device).isVoid { return nil }
    while powers.count < n { powers.append(powers.count == 1 ? base : powers[powers.count - 1].mul(base)) }
    return powers
}

extension linalg {
    /// Returns the powers of each element, from the 0th on, as a new last dimension of size `N` (by default the size of
    /// the last dimension). PyTorch: `torch.linalg.vander`.
    /// - Precondition: `N` > 1.
    public static func vander(_ x: Tensor, N: Int? = nil) -> Tensor {
        if x.isVoid { return .void }
        let input = x.dim == 0 ? x.unsqueeze(0) : x
        let n = N ?? input.sizes[input.dim - 1]
        guard n > 1 else { return fail(.runtime, "N must be greater than 1.") }
        guard let powers = powersOf(input, n) else { return .void }
        return powers.count < n
            ? powers[0].newEmpty(input.sizes + [n]) : stack(powers, dim: -1).named("CatBackward0")
    }
}

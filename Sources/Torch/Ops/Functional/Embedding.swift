// Embeddings: rows of a table, looked up by index.

/// Returns the rows of `weight` [count, width] at the indices in `input`, as [*input, width].
///
/// - Parameters:
///   - input: indices of any shape, int64 or int32, 0..<count.
///   - weight: the table. Its gradient is zero in the rows that were not looked up.
///   - paddingIdx: a row that gets no gradient; a negative one counts from the last.
///   - maxNorm: rows that are looked up and have a greater norm are first scaled down to this norm, in place.
///   - normType: the p of that norm.
///   - scaleGradByFreq: whether to divide each row's gradient by how often the row was looked up.
///   - sparse: whether the gradient of `weight` is a sparse tensor, which has only the rows that were looked up.
///
/// PyTorch: `torch.nn.functional.embedding`.
public func embedding(
    _ input: Tensor, _ weight: Tensor, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, sparse: Bool = false
) -> Tensor {
    let range = OperatorRange("aten::embedding", [weight, input, nil, nil, nil])
    defer { range.end() }
    if anyVoid(input, weight) { return .void }
    guard let lookup = EmbeddingLookup(input, weight, paddingIdx, maxNorm, normType, "embedding") else { return .void }
    return lookup.rows(scaleGradByFreq, sparse).reshape(input.sizes + [weight.sizes[1]]).named("EmbeddingBackward0")
}

/// How the rows of a bag are combined.
public enum EmbeddingBagMode: String, Sendable {
    /// The sum, the mean or the maximum of the rows.
    case sum, mean, max
}

/// Returns the sum, mean or maximum of each bag of rows of `weight` [count, width], as [bags, width]. An empty bag
/// gives zeros.
///
/// If `input` is a matrix of indices, each row is a bag. If it is a vector, each bag starts at an element of `offsets`
/// and ends before the next one; with `includeLastOffset`, the last element of `offsets` is the end of the last bag.
/// `perSampleWeights`, in the shape of `input`, multiply the rows of a sum. The other parameters are as for
/// `embedding`, but indices equal to `paddingIdx` are left out of their bags.
/// PyTorch: `torch.nn.functional.embedding_bag`.
public func embeddingBag(
    _ input: Tensor, _ weight: Tensor, offsets: Tensor? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false,
    mode: EmbeddingBagMode = .mean, sparse: Bool = false, perSampleWeights: Tensor? = nil,
    includeLastOffset: Bool = false, paddingIdx: Int? = nil
) -> Tensor {
    let range = OperatorRange("aten::embedding_bag", [weight, input])
    defer { range.end() }
    if [input, weight, offsets, perSampleWeights].contains(where: { $0?.isVoid == true }) { return .void }
    if mode == .max, sparse { return fail(.value, "max mode does not support sparse weights") }
    if let factors = perSampleWeights {
        guard factors.sizes == input.sizes else {
            return fail(
                .value,
                "embedding_bag: If per_sample_weights (\(factors.shape)) is not None, then it must have the same shape as the input (\(input.shape))"
            )
        }
        guard mode == .sum else {
            return fail(
                .notImplemented,
                "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='\(mode)'). Please open a feature request on GitHub."
            )
        }
        guard factors.dtype == weight.dtype else {
            return fail(
                .runtime,
                "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but type \(weight.typeName) does not equal \(factors.typeName) (while checking arguments for embedding_bag)"
            )
        }
    }
    guard let lookup = EmbeddingLookup(input, weight, paddingIdx, maxNorm, normType, "embedding_bag"),
        let (bags, count) = bagNumbers(input, offsets, includeLastOffset)
    else { return .void }
    // Indices past the last bag, and padding, belong to no bag.
    var kept = noGrad { bags.lt(count) }
    if let padding = lookup.paddingIdx { kept = noGrad { kept.logicalAnd(lookup.index.ne(padding)) } }
    let positions: Tensor = noGrad { kept.nonzeroAsTuple()[0] }
    if positions.isVoid { return .void }
    let own: Tensor = noGrad { bags.indexSelect(dim: 0, index: positions) }
    var rows = lookup.only(positions).rows(scaleGradByFreq, sparse)
    if let factors = perSampleWeights {
        rows = rows.mul(factors.reshape([-1]).indexSelect(dim: 0, index: positions).unsqueeze(1))
    }
    let zeros = Tensor.filled(0, [count, weight.sizes[1]], weight.dtype.wide, weight.device)
    if mode == .max {
        // Start from -infinity: zeros would share the gradient of a maximum that is 0.
        let isEmpty: Tensor = noGrad { own.bincount(minlength: count).eq(0).unsqueeze(1) }
        let start: Tensor = noGrad { zeros.sub(Double.infinity) }
        let largest = start.indexReduce(dim: 0, index: own, source: rows.to(zeros.dtype), reduce: .amax)
        return largest.maskedFill(isEmpty, 0).to(weight.dtype).named("EmbeddingBagBackward0")
    }
    let sums = zeros.indexAdd(dim: 0, index: own, source: rows.to(zeros.dtype))
    if mode == .sum { return sums.to(weight.dtype).named("EmbeddingBagBackward0") }
    let lengths: Tensor = noGrad { own.bincount(minlength: count).clamp(min: 1).unsqueeze(1) }
    return sums.div(lengths).to(weight.dtype).named("EmbeddingBagBackward0")
}

/// Returns the bag number of each index, in row-major order, and the number of bags. An index past the last bag has a
/// number too. Raises and returns nil if the offsets do not fit.
private func bagNumbers(_ input: Tensor, _ offsets: Tensor?, _ includeLastOffset: Bool) -> (Tensor, Int)? {
    func mistake(_ kind: TorchError.Kind, _ message: String) -> (Tensor, Int)? {
        raise(kind, message)
        return nil
    }
    if input.dim == 2 {
        if offsets != nil {
            return mistake(
                .value,
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type <class 'torch.Tensor'>"
            )
        }
        return (
            noGrad { Tensor.arange(input.sizes[0], device: input.device).repeatInterleave(input.sizes[1]) },
            input.sizes[0]
        )
    }
    guard input.dim == 1 else {
        return mistake(.value, "input has to be 1D or 2D Tensor, but got Tensor of dimension \(input.dim)")
    }
    guard let offsets else { return mistake(.value, "offsets has to be a 1D Tensor but got None") }
    guard offsets.dim == 1 else { return mistake(.value, "offsets has to be a 1D Tensor") }
    guard offsets.dtype == .int64 || offsets.dtype == .int32 else {
        return mistake(
            .runtime,
            "Expected tensor for argument #1 'offsets' to have one of the following scalar types: Long, Int; but got \(offsets.typeName) instead (while checking arguments for embedding_bag)"
        )
    }
    let starts = offsets.toArray(as: Int.self)
    if includeLastOffset, starts.isEmpty {
        return mistake(.runtime, "include_last_offset: number of offset should be at least 1")
    }
    if let first = starts.first, first != 0 {
        return mistake(
            .runtime,
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got \(first)"
        )
    }
    if let last = starts.last, last > input.numel() {
        return mistake(
            .runtime,
            "offsets[-1] can not be greater than input's length \(input.numel()) but got offsets[-1] of \(last)")
    }
    guard zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
        return mistake(.runtime, "offsets have to ascend, but got \(starts)")
    }
    let bags: Tensor = noGrad {
        searchsorted(offsets.detach().to(.int64), Tensor.arange(input.numel(), device: input.device), right: true).sub(
            1)
    }
    // If `offsets` is empty, there are no bags.
    return (bags, starts.count - (includeLastOffset ? 1 : 0))
}

/// The indices of the rows to look up, checked.
private struct EmbeddingLookup {
    /// The indices, as an int64 vector.
    let index: Tensor
    let weight: Tensor
    /// Counted from the first row, so not negative.
    let paddingIdx: Int?

    /// Raises and returns nil if the indices do not fit the table.
    init?(_ input: Tensor, _ weight: Tensor, _ paddingIdx: Int?, _ maxNorm: Double?, _ normType: Double, _ name: String)
    {
        guard weight.dim == 2 else {
            raise(.runtime, "'weight' must be 2-D")
            return nil
        }
        guard input.dtype == .int64 || input.dtype == .int32 else {
            raise(
                .runtime,
                "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got \(input.typeName) instead (while checking arguments for \(name))"
            )
            return nil
        }
        let count = weight.sizes[0]
        if let paddingIdx, paddingIdx < -count || paddingIdx >= count {
            raise(.value, "Padding_idx must be within num_embeddings")
            return nil
        }
        self.paddingIdx = paddingIdx.map { $0 < 0 ? $0 + count : $0 }
        self.weight = weight
        index = noGrad { input.detach().to(.int64).reshape([-1]).contiguous() }
        if index.isVoid { return nil }
        if let bad = index.firstOutside(0..<count) {
            if name == "embedding" {
                raise(.index, "index out of range in self")
            } else {
                raise(
                    .runtime,
                    "Index \(index.toArray(as: Int64.self).firstIndex(of: bad)!) of input takes value \(bad) which is not in the valid range [0, \(count))"
                )
            }
            return nil
        }
        if let maxNorm { noGrad { renormalize(maxNorm, normType) } }
    }

    private init(index: Tensor, weight: Tensor, paddingIdx: Int?) {
        self.index = index
        self.weight = weight
        self.paddingIdx = paddingIdx
    }

    func only(_ positions: Tensor) -> EmbeddingLookup {
        EmbeddingLookup(
            index: noGrad { index.indexSelect(dim: 0, index: positions) }, weight: weight, paddingIdx: paddingIdx)
    }

    private func renormalize(_ maxNorm: Double, _ normType: Double) {
        let rows = weight.detach().indexSelect(dim: 0, index: index)
        let norms = rows.norm(normType, dim: [1], keepdim: true)
        // A row that is looked up twice is written twice, with the same numbers.
        weight.detach().indexCopy_(
            dim: 0, index: index,
            source: Torch.where(norms.gt(maxNorm), rows.mul(norms.add(1e-7).reciprocal().mul(maxNorm)), rows))
    }

    func rows(_ scaleGradByFreq: Bool, _ sparse: Bool) -> Tensor {
        noGrad { weight.detach().indexSelect(dim: 0, index: index) }.record(
            "EmbeddingBackward0", weight, saved: [index]
        ) { [sizes = weight.sizes, paddingIdx] node, g in
            let index = node.saved(0)
            if sparse { return EmbeddingLookup.sparseGradient(g, index, sizes, paddingIdx, scaleGradByFreq) }
            var rows = g
            if let paddingIdx { rows = rows.maskedFill(noGrad { index.eq(paddingIdx).unsqueeze(1) }, 0) }
            if scaleGradByFreq {
                rows = rows.div(noGrad { index.bincount().indexSelect(dim: 0, index: index).unsqueeze(1) })
            }
            return Tensor.filled(0, sizes, g.dtype, g.device).indexAdd(dim: 0, index: index, source: rows)
        }
    }

    /// Returns the gradient of the table as a sparse tensor: a row for each lookup, from the gradient of the rows.
    private static func sparseGradient(
        _ g: Tensor, _ index: Tensor, _ sizes: [Int], _ paddingIdx: Int?, _ scaleGradByFreq: Bool
    ) -> Tensor {
        if scaleGradByFreq {
            return fail(.runtime, "embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        }
        var (index, rows) = (index, g)
        if let paddingIdx {
            let kept = noGrad { index.ne(paddingIdx).nonzeroAsTuple()[0] }
            index = noGrad { index.indexSelect(dim: 0, index: kept) }
            rows = g.indexSelect(dim: 0, index: kept)
        }
        return Tensor.sparse(SparsePattern(indices: index.detach().unsqueeze(0)), values: rows, sizes)
    }
}

extension Tensor {
    /// Returns a one-hot vector for each class index, as int64 [*shape, numClasses]: one at the class, zeros elsewhere.
    /// If `numClasses` is -1, it is the greatest index plus 1. PyTorch: `torch.nn.functional.one_hot`.
    public func oneHot(numClasses: Int = -1) -> Tensor {
        if isVoid { return .void }
        guard dtype == .int64 else {
            return fail(.runtime, "one_hot is only applicable to index tensor of type LongTensor.")
        }
        if numel() == 0 {
            guard numClasses > 0 else {
                return fail(.runtime, "Can not infer total number of classes from empty tensor.")
            }
            return Tensor.zeros(sizes + [numClasses], dtype: .int64, device: device)
        }
        let isKnown = numClasses == -1 || hasElements
        let highest = isKnown ? noGrad { max().itemScalar().int64Value } : Int64(numClasses) - 1
        if isVoid || !hasElements, numClasses == -1 { return .void }
        guard !isKnown || noGrad({ min().itemScalar().int64Value }) >= 0 else {
            return fail(.runtime, "Class values must be non-negative.")
        }
        guard highest < Int64.max else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(sizes)")
        }
        guard numClasses == -1 || highest < numClasses else {
            return fail(.runtime, "Class values must be smaller than num_classes.")
        }
        let zeros = Tensor.zeros(
            sizes + [numClasses == -1 ? Int(highest) + 1 : numClasses], dtype: .int64, device: device)
        return zeros.isVoid ? zeros : zeros.scatter_(dim: -1, index: unsqueeze(-1), source: 1)
    }
}

import CTorchKernels
import RealModule

// Searching in sorted sequences, counting, and repeating.

/// The index that a search returns if several elements equal the value.
public enum SearchSide: String, Sendable {
    /// `left`: the index before the equal elements. `right`: the index after them.
    case left, right
}

/// Returns, for each value, the first index at which it can be inserted into `sortedSequence` and leave it sorted; with
/// `right`, the last such index.
///
/// `sortedSequence` ascends along its last dimension. It is either a vector that serves all values, or its leading
/// dimensions are those of `input`. NaN counts as greater than everything. For an unsorted sequence, `sorter` gives the
/// indices that sort it. The result is int64, or int32 with `outInt32`. PyTorch: `torch.searchsorted`.
public func searchsorted(
    _ sortedSequence: Tensor, _ input: some TensorOperand, outInt32: Bool = false, right: Bool = false,
    side: SearchSide? = nil, sorter: Tensor? = nil
) -> Tensor {
    let input = input.operand
    if anyVoid(sortedSequence, input, sorter) { return .void }
    if side == .left, right {
        return fail(
            .runtime,
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
    }
    guard sortedSequence.dim > 0 else {
        return fail(
            .runtime, "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension")
    }
    guard input.dim > 0 || sortedSequence.dim == 1 else {
        return fail(
            .runtime,
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(\(sortedSequence.dim)) and input value's dim(0) numel(1)"
        )
    }
    guard sortedSequence.dim == 1 || sortedSequence.sizes.dropLast() == input.sizes.dropLast() else {
        return fail(
            .runtime,
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor \(sortedSequence.sizes) and input value tensor \(input.sizes)"
        )
    }
    if let sorter {
        guard sorter.sizes == sortedSequence.sizes else {
            return fail(
                .runtime,
                "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor \(sortedSequence.sizes)and got sorter tensor \(sorter.sizes)"
            )
        }
        guard sorter.dtype == .int64 else {
            return fail(
                .runtime,
                "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype \(sorter.dtype.scalarTypeName)"
            )
        }
        guard sorter.numel() == 0 || sorter.contiguous().firstOutside(0..<sorter.sizes[sorter.dim - 1]) == nil else {
            return fail(.runtime, "torch.searchsorted(): sorter index out of range")
        }
    }
    let valueType = input.isNumber && input.dtype.isFloatingPoint ? defaultDType : input.dtype
    guard sortedSequence.supportsKernel("searchsorted_out_cpu"), input.supportsKernel("searchsorted_out_cpu") else {
        return .void
    }
    let common = promoteTypes(sortedSequence.dtype, valueType)
    guard common.isInteger || common.isFloatingPoint else {
        return fail(.notImplemented, "\"searchsorted_out_cpu\" not implemented for '\(common.scalarTypeName)'")
    }
    return noGrad {
        // Half types are compared as float32, which represents them exactly.
        let sorted = sortedSequence.detach().to(common.wide).contiguous(),
            values = input.detach().to(common.wide).contiguous(), order = sorter?.contiguous()
        let result = Tensor.allocate(Layout(values.sizes), .int64, sorted.device)
        if anyVoid(result, sorted, values) { return .void }
        if result.numel() > 0 {
            result.backend.searchsorted(
                out: result.indexMemory, sorted: sorted.dense, sorter: order?.indexMemory, values: values.dense,
                right: right || side == .right)
        }
        return outInt32 ? result.to(.int32) : result
    }
}

/// Returns, for each value, the number of the interval between two neighbouring `boundaries` in which it lies. The
/// boundaries ascend. A value on a boundary belongs to the interval below it; with `right`, to the interval above it.
/// PyTorch: `torch.bucketize`.
public func bucketize(
    _ input: some TensorOperand, _ boundaries: Tensor, outInt32: Bool = false, right: Bool = false
) -> Tensor {
    guard boundaries.dim == 1 || boundaries.isVoid else {
        return fail(.runtime, "boundaries tensor must be 1 dimension, but got dim(\(boundaries.dim))")
    }
    return searchsorted(boundaries, input, outInt32: outInt32, right: right)
}

/// Returns whether each element is among the test elements, or with `invert`, whether it is not. PyTorch: `torch.isin`.
public func isin(
    _ elements: some TensorOperand, _ testElements: some TensorOperand, assumeUnique: Bool = false, invert: Bool = false
) -> Tensor {
    let (elements, tests) = (elements.operand, testElements.operand)
    if anyVoid(elements, tests) { return .void }
    // PyTorch compares few test elements one by one, in a kernel that does not take storage dtypes. It sorts larger
    // sets.
    let isDirect = Double(tests.numel()) < 10 * Double.pow(Double(elements.numel()), 0.145)
    let kernel = isDirect ? "isin_default_cpu" : "unique"
    guard elements.supportsKernel(kernel, unsigned: !isDirect), tests.supportsKernel(kernel, unsigned: !isDirect),
        let common = commonType([elements, tests])
    else { return .void }
    for dtype in [elements.dtype, tests.dtype] where !dtype.isInteger && !dtype.isFloatingPoint {
        return fail(.notImplemented, "Unsupported input type encountered for isin(): \(dtype.scalarTypeName)")
    }
    return noGrad {
        // Unsigned integers are equal if they are equal as signed integers.
        func comparable(_ tensor: Tensor) -> Tensor {
            let tensor = tensor.detach().to(common).contiguous()
            return !common.isForStorage ? tensor : common == .uint64 ? tensor.view(.int64) : tensor.to(.int64)
        }
        let x = comparable(elements)
        var ascending = comparable(tests).reshape([-1]).sort().values
        // Drop NaN, which equals nothing; it is sorted last.
        if common.isFloatingPoint, ascending.hasElements {
            ascending = ascending.narrow(0, 0, ascending.eq(ascending).sum().item(as: Int.self))
        }
        if anyVoid(x, ascending) { return .void }
        if ascending.numel() == 0 { return Tensor.full(x.sizes, invert, device: x.device) }
        let nearest = ascending.take(searchsorted(ascending, x).clamp(max: ascending.numel() - 1))
        return invert ? nearest.ne(x) : nearest.eq(x)
    }
}

extension Tensor {
    /// Returns how often each number occurs in a vector of non-negative integers, or the sum of its `weights`. The
    /// result has at least `minlength` elements. It is int64, or with weights float32 (for float32 weights) or float64.
    /// PyTorch: `torch.bincount`.
    public func bincount(weights: Tensor? = nil, minlength: Int = 0) -> Tensor {
        if anyVoid(self, weights) { return .void }
        guard dtype.isInteger, !dtype.isForStorage else {
            return fail(.notImplemented, "\"bincount_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        guard minlength >= 0 else { return fail(.runtime, "minlength should be >= 0") }
        if dim == 1 && numel() == 0 { return Tensor.zeros([minlength], dtype: .int64, device: device) }
        guard dim == 1, !noGrad({ lt(0).any().isTrue(ifUnknown: false) }) else {
            return fail(.runtime, "bincount only supports 1-d non-negative integral inputs.")
        }
        guard weights.map({ $0.sizes == sizes }) ?? true else {
            return fail(.runtime, "weights should be 1-d and have the same length as input")
        }
        return noGrad {
            let positions = to(.int64)
            let highest = Int(positions.max().itemScalar().int64Value)
            guard highest < Int.max / 16 else {
                return fail(
                    .runtime, "maximum value of input overflowed, it should be < \(Int.max / 16) but got \(highest)")
            }
            let counted =
                weights.map { $0.detach().to($0.dtype == .float32 ? .float32 : .float64) }
                ?? Tensor.filled(1, [], .int64, device).expand(sizes)
            let zeros = Tensor.zeros([Swift.max(highest + 1, minlength)], dtype: counted.dtype, device: device)
            return zeros.isVoid ? zeros : zeros.indexAdd_(dim: 0, index: positions, source: counted)
        }
    }

    // MARK: repeat_interleave

    /// Repeats each slice of a dimension `repeats` times in a row. Without a dimension, the tensor is flattened first.
    /// PyTorch: `torch.repeat_interleave`.
    public func repeatInterleave(_ repeats: Int, dim: Int? = nil, outputSize: Int? = nil) -> Tensor {
        guard let dim else { return reshape([-1]).repeatInterleave(repeats, dim: 0, outputSize: outputSize) }
        guard let d = wrap(dim), !isVoid else { return .void }
        guard repeats >= 0 else { return fail(.runtime, "Repeats must be non-negative") }
        let row = self.dim == 0 ? reshape([1]) : self
        let (total, overflow) = row.sizes[d].multipliedReportingOverflow(by: repeats)
        guard !overflow else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(row.sizes) and repeats=\(repeats)")
        }
        if let outputSize, outputSize != total {
            return fail(.runtime, "repeat_interleave: Invalid output_size, expected \(total) but got \(outputSize)")
        }
        let before = Array(row.sizes[..<d]), after = Array(row.sizes[(d + 1)...])
        return row.unsqueeze(d + 1).expand(before + [row.sizes[d], repeats] + after).clone().reshape(
            before + [total] + after)
    }

    /// Repeats slice i of a dimension `repeats[i]` times in a row. Without a dimension, the tensor is flattened first.
    /// A single number in `repeats` applies to all slices.
    public func repeatInterleave(_ repeats: Tensor, dim: Int? = nil, outputSize: Int? = nil) -> Tensor {
        guard let dim else { return reshape([-1]).repeatInterleave(repeats, dim: 0, outputSize: outputSize) }
        guard let d = wrap(dim), !isVoid, !repeats.isVoid else { return .void }
        let row = self.dim == 0 ? reshape([1]) : self
        guard repeats.dim <= 1 else { return fail(.runtime, "repeats must be 0-dim or 1-dim tensor") }
        let isOne = repeats.dim == 0 || repeats.numel() == 1
        guard isOne || repeats.numel() == row.sizes[d] else {
            return fail(
                .runtime,
                "repeats must have the same size as input along dim, but got repeats.size(0) = \(repeats.numel()) and input.size(0) = \(row.sizes[d])"
            )
        }
        let each: Tensor = isOne ? noGrad { repeats.detach().reshape([1]).expand([row.sizes[d]]) } : repeats
        return row.indexSelect(dim: d, index: Torch.repeatInterleave(each, outputSize: outputSize))
    }
}

/// Returns each index i `repeats[i]` times, in order. These indices select the repeated elements.
/// PyTorch: `torch.repeat_interleave(repeats)`.
public func repeatInterleave(_ repeats: Tensor, outputSize: Int? = nil) -> Tensor {
    if repeats.isVoid { return .void }
    guard repeats.dim == 1 else { return fail(.runtime, "repeat_interleave only accept 1D vector as repeat") }
    guard repeats.dtype == .int64 || repeats.dtype == .int32 else {
        return fail(.notImplemented, "\"repeat_interleave_cpu\" not implemented for '\(repeats.dtype.scalarTypeName)'")
    }
    let counts = repeats.toArray(as: Int64.self)
    guard counts.allSatisfy({ $0 >= 0 }) else { return fail(.runtime, "repeats can not be negative") }
    var total = 0
    for count in counts {
        let (sum, overflow) = total.addingReportingOverflow(Int(count))
        if overflow { return fail(.runtime, "Storage size calculation overflowed with the sum of repeats") }
        total = sum
    }
    if let outputSize, outputSize != total { return fail(.runtime, "allocated size does not match required size") }
    // The numbers are written on the host.
    let result = Tensor.allocate([total], .int64, repeats.isCUDA ? .cpu : repeats.device)
    if result.isVoid { return result }
    result.withUnsafeMutableElements(as: Int64.self) { out in
        var next = 0
        for (i, count) in counts.enumerated() {
            out[next..<next + Int(count)].update(repeating: Int64(i))
            next += Int(count)
        }
    }
    return result.to(repeats.device).to(repeats.dtype)
}

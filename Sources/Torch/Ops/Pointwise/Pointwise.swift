import CTorchKernels

/// How a pointwise operator derives its result's dtype from the common dtype of its arguments.
enum ResultRule {
    /// The common dtype.
    case common
    /// The common dtype; integers become the default float.
    case float
    /// `bool`; the operator computes in the common dtype.
    case predicate
    /// The common dtype; a complex dtype becomes the dtype of its parts.
    case real

    func dtype(_ common: DType) -> DType {
        switch self {
        case .common: common
        case .float: common.floatCompute
        case .predicate: .bool
        case .real: common.toReal
        }
    }
}

/// Runs every pointwise operator: promotes dtypes, broadcasts, allocates the result, and calls the backend.
enum Pointwise {
    /// Runs an operator on one tensor.
    @inline(__always)
    static func unary(
        _ formula: Formula, _ a: Tensor, _ rule: ResultRule, out: Tensor? = nil, name: StaticString
    ) -> Tensor {
        if out == nil, a.layout.isContiguous, rule != .float || a.dtype.isInexact, a.flags.isSubset(of: .number),
            let result = direct(formula, a, nil, rule)
        {
            return result
        }
        return general(formula, [a], rule, out: out, name: name)
    }

    /// The unary operators that CUDA's autocast runs in float32.
    fileprivate static let float32OnCUDA: Set<Formula> = [
        .acos, .asin, .cosh, .erfinv, .exp, .expm1, .log, .log10, .log2, .log1p, .reciprocal, .rsqrt, .sinh, .tan
    ]

    /// Runs an operator on two tensors.
    @inline(__always)
    static func binary(
        _ formula: Formula, _ a: Tensor, _ b: Tensor, _ rule: ResultRule, out: Tensor? = nil, name: StaticString
    ) -> Tensor {
        if out == nil, a.dtype == b.dtype, a.layout.isContiguousAndMatches(b.layout),
            rule != .float || a.dtype.isInexact, a.flags.isEmpty, b.flags.isSubset(of: .number),
            let result = direct(formula, a, b, rule)
        {
            return result
        }
        return general(formula, [a, b], rule, out: out, name: name)
    }

    /// The fast path for plain contiguous operands of one dtype and size. Returns nil if the backend does not have it.
    @inline(__always)
    private static func direct(_ formula: Formula, _ a: Tensor, _ b: Tensor?, _ rule: ResultRule) -> Tensor? {
        if !a.hasHostMemory || !st_is_unwatched() { return nil }
        if let b, !b.hasHostMemory { return nil }
        let result = Tensor.allocate(a.layout.atOrigin, rule.dtype(a.dtype), .cpu)
        if result.isVoid { return result }
        let isComputed = Backends.cpu.pointwiseContiguous(
            formula, compute: a.dtype, count: a.layout.count, out: result.uncheckedAddress, a.uncheckedAddress,
            b?.uncheckedAddress)
        return isComputed ? result : nil
    }

    /// Runs an operator on any operands. `compute` overrides the common dtype.
    @inline(never)
    static func general(
        _ formula: Formula, _ operands: [Tensor], _ rule: ResultRule, compute: DType? = nil, out: Tensor? = nil,
        name: StaticString
    ) -> Tensor {
        if anyVoid(operands) { return .void }
        if out?.hasSparseForm == true || operands.contains(where: \.hasSparseForm) {
            return SparsePointwise.run(formula, operands, rule, compute: compute, out: out, name: name)
        }
        var type = ResultType()
        var sizes = operands[0].sizes
        for operand in operands {
            if compute == nil { type.add(operand) }
            guard let both = Layout.broadcast(sizes, operand.sizes) else {
                return fail(.runtime, broadcastMismatch(sizes, operand.sizes))
            }
            sizes = both
        }
        guard let common = compute ?? type.common else { return .void }
        let evaluated = rule == .float ? common.floatCompute : common
        let dtype = rule.dtype(common)
        if let out {
            guard sizes == out.sizes else {
                return fail(.runtime, "output with shape \(out.sizes) doesn't match the broadcast shape \(sizes)")
            }
            guard canCast(dtype, to: out.dtype) else {
                return fail(
                    .runtime,
                    "result type \(dtype.scalarTypeName) can't be cast to the desired output type \(out.dtype.scalarTypeName)"
                )
            }
        }
        guard let device = Tensor.commonDevice(out.map { operands + [$0] } ?? operands) else { return .void }
        let result = out ?? Tensor.allocate(resultLayout(sizes, operands), dtype, device)
        if result.isVoid || result.numel() == 0 { return result }
        var rounded = operands
        if evaluated.isFloat8 {
            guard let inFloat8 = float8Operands(formula, operands, evaluated) else { return .void }
            rounded = inFloat8
        }
        let inputs = rounded.map { $0.overlaps(out) ? $0.contiguousCopy().strided : $0.strided }
        guard result.backend.pointwise(formula, compute: evaluated, out: result.strided, inputs) else {
            let kernel = evaluated.isForStorage ? kernelName(formula, operands) : nil
            return fail(.notImplemented, "\"\(kernel ?? "\(name)")\" not implemented for '\(evaluated.scalarTypeName)'")
        }
        return result
    }

    private static func resultLayout(_ sizes: [Int], _ operands: [Tensor]) -> Layout {
        let first = operands[0].isNumber && operands.count > 1 ? operands[1] : operands[0]
        if operands.allSatisfy({ $0.isNumber || $0.layout.isContiguousAndMatches(first.layout) }),
            first.layout.sizes == sizes
        {
            return first.layout.atOrigin
        }
        return IterationOrder.resultLayout(sizes, operands.filter { !$0.isNumber }.map(\.layout))
    }

    static func broadcastMismatch(_ a: [Int], _ b: [Int]) -> String {
        let rank = max(a.count, b.count)
        for dim in (0..<rank).reversed() {
            let x = dim - rank + a.count < 0 ? 1 : a[dim - rank + a.count]
            let y = dim - rank + b.count < 0 ? 1 : b[dim - rank + b.count]
            if x != y && x != 1 && y != 1 {
                return
                    "The size of tensor a (\(x)) must match the size of tensor b (\(y)) at non-singleton dimension \(dim)"
            }
        }
        return "shapes \(a) and \(b) cannot be broadcast together"
    }
}

extension Tensor {
    /// Runs a unary operator and records its derivative. `node` is PyTorch's name for it: `Exp` makes `ExpBackward0`.
    func unary(
        _ formula: Formula, _ rule: ResultRule = .float, node: StaticString, saved: Bool = false,
        saveResult: Bool = false,
        _ backward: @escaping (OperatorNode, Tensor) -> Tensor?
    ) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self), Pointwise.float32OnCUDA.contains(formula) {
            return cast.run {
                $0(self).unary(formula, rule, node: node, saved: saved, saveResult: saveResult, backward)
            }
        }
        return Pointwise.unary(formula, self, rule, name: node).record(
            "\(node)Backward0", self, saved: saved ? [self] : [], saveResult: saveResult, backward)
    }

    /// Runs a pointwise operator in place.
    func inPlace(
        _ formula: Formula, _ others: [Tensor] = [], rule: ResultRule = .common, name: StaticString,
        recorded: (Tensor) -> Tensor
    ) -> Tensor {
        inPlace(
            others, direct: { _ = Pointwise.general(formula, [$0] + others, rule, out: $0, name: name) },
            recorded: recorded)
    }

    /// Whether writing `out` element by element could overwrite elements of this tensor that are still to be read.
    fileprivate func overlaps(_ out: Tensor?) -> Bool {
        guard let out, out.storage === storage else { return false }
        return !(out.layout == layout && out.dtype == dtype)
    }
}

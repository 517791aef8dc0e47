import CTorchKernels

/// Pointwise operators on sparse tensors: those whose result is zero wherever the tensor has no value, sums and
/// products. The derivatives are those of dense tensors, in the operators themselves.
enum SparsePointwise {
    /// The operators on one tensor that turn zero into zero.
    private static let keepingZero: Set<Formula> = [
        .sqrt, .expm1, .log1p, .sin, .tan, .asin, .atan, .sinh, .tanh, .asinh, .atanh, .erf, .erfinv, .frac, .relu,
        .deg2rad, .rad2deg, .neg, .abs, .sign, .angle, .conjugate, .square, .round, .ceil, .floor, .trunc, .isnan,
        .isinf, .isposinf, .isneginf, .signbit
    ]
    /// Those that may be applied to values at one place before they are added up.
    private static let linear: Set<Formula> = [.neg, .conjugate, .deg2rad, .rad2deg]

    /// Runs an operator of which an operand or `out` is sparse. `compute` overrides the common dtype.
    static func run(
        _ formula: Formula, _ operands: [Tensor], _ rule: ResultRule, compute: DType?, out: Tensor?, name: StaticString
    ) -> Tensor {
        noGrad {
            let plain = operands.map { $0.hasSparseForm ? $0.detach() : $0 }
            let result = run(formula, plain, rule, compute, out, name)
            guard let out, result !== out, !result.isVoid else { return result }
            guard canCast(result.dtype, to: out.dtype) else {
                return fail(
                    .runtime,
                    "result type \(result.dtype.scalarTypeName) can't be cast to the desired output type \(out.dtype.scalarTypeName)"
                )
            }
            guard out.hasSparseForm else { return fail(result.unsupported("\(name)")) }
            out.takeElements(of: result)
            return out
        }
    }

    private static func run(
        _ formula: Formula, _ operands: [Tensor], _ rule: ResultRule, _ compute: DType?, _ out: Tensor?,
        _ name: StaticString
    ) -> Tensor {
        switch formula {
        case .add, .sub, .addScaled:
            var alpha: Scalar = formula == .sub ? .int(-1) : .int(1)
            if formula == .addScaled { alpha = operands[2].itemScalar() }
            return sum(operands[0], operands[1], alpha, compute, out)
        case .mul: return product(operands[0], operands[1], rule, name)
        case .div, .floorDivide, .truncDivide:
            return operands[0].hasSparseForm
                ? quotient(formula, operands[0], operands[1], rule, name) : refuse(operands, name)
        case .pow:
            guard operands[0].hasSparseForm, let e = operands[1].numberValue, e.doubleValue > 0 else {
                return refuse(operands, name)
            }
            return ofValues(operands[0], coalescing: true) {
                Pointwise.general(formula, [$0, operands[1]], rule, compute: compute, name: name)
            }
        case .thresholdBackward where operands[1].hasSparseForm:
            guard operands[1].sizes == operands[0].sizes, let parts = operands[1].sparseParts else {
                return refuse(operands, name)
            }
            let grad = operands[0].values(at: parts.pattern, operands[1].sizes)
            return ofValues(operands[1], coalescing: false) {
                Pointwise.general(formula, [grad, $0, operands[2]], rule, compute: compute, name: name)
            }
        case _ where operands.count == 1 && keepingZero.contains(formula):
            return ofValues(operands[0], coalescing: !linear.contains(formula)) {
                Pointwise.general(formula, [$0], rule, compute: compute, name: name)
            }
        default: return refuse(operands, name)
        }
    }

    private static func refuse(_ operands: [Tensor], _ name: StaticString) -> Tensor {
        // The names of nodes begin with a capital letter: `LeakyRelu`.
        var plain = ""
        for letter in "\(name)" {
            if letter.isUppercase, !plain.isEmpty { plain += "_" }
            plain += letter.lowercased()
        }
        return fail((operands.first(where: \.hasSparseForm) ?? operands[0]).unsupported(plain))
    }

    /// Applies an operator to the values of a sparse tensor.
    private static func ofValues(_ tensor: Tensor, coalescing: Bool, _ body: (Tensor) -> Tensor) -> Tensor {
        let tensor = coalescing && tensor.isSparse ? tensor.coalesce() : tensor
        guard let parts = tensor.sparseParts else { return .void }
        return .sparse(parts.pattern, values: body(parts.values), tensor.sizes)
    }

    // MARK: Sums

    /// Computes a + alpha · b. A dense `out` is `a`, which is written in place.
    private static func sum(_ a: Tensor, _ b: Tensor, _ alpha: Scalar, _ compute: DType?, _ out: Tensor?) -> Tensor {
        guard let type = compute ?? commonType([a, b]) else { return .void }
        if a.isSparse, !b.hasSparseForm {
            return fail(.runtime, "add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
        }
        guard a.hasSparseForm, b.hasSparseForm else {
            let (dense, sparse) = a.hasSparseForm ? (b, a) : (a, b)
            guard dense.sizes == sparse.sizes else {
                return fail(
                    .runtime,
                    "add: expected 'self' and 'other' to have same size, but self has size \(dense.sizes) while other has size \(sparse.sizes) (FYI: dense-sparse addition does not currently support broadcasting)"
                )
            }
            guard Tensor.shareDevice(dense, sparse) else { return .void }
            // Compressed rows may be the first operand.
            let first = a.hasSparseForm && alpha != .int(1) ? dense.mul(alpha) : dense
            return dense === a ? plus(dense, sparse, alpha, type, out) : plus(first, sparse, .int(1), type, nil)
        }
        guard a.sizes == b.sizes else {
            return fail(
                .runtime, "add: expected sizes of 'self' and 'other' to match, but \(a.sizes) != \(b.sizes)")
        }
        guard Tensor.shareDevice(a, b) else { return .void }
        if a.isCompressed {
            if let x = a.sparseParts, let y = b.sparseParts, x.pattern.isSame(as: y.pattern) {
                return .sparse(x.pattern, values: x.values.to(type).add(scaled(y.values, alpha, type)), a.sizes)
            }
            let total = sum(a.toSparse(), b.toSparse(), alpha, type, nil)
            return total.compressed(isByColumn: a.layoutKind == .sparseCsc)
        }
        guard let x = a.sparseParts, let y = b.toSparse().sparseParts else { return .void }
        guard x.pattern.sparseDim == y.pattern.sparseDim else {
            return fail(
                .runtime,
                "add: expected 'self' and 'other' to have same density, but 'self' has \(x.pattern.sparseDim) sparse dimensions while 'other' has \(y.pattern.sparseDim) sparse dimensions"
            )
        }
        let (v, w) = (x.values.to(type), scaled(y.values, alpha, type))
        if x.pattern.isSame(as: y.pattern) { return .sparse(x.pattern, values: v.add(w), a.sizes) }
        return merged(x.pattern, v, y.pattern, w, a.sizes)
    }

    private static func scaled(_ values: Tensor, _ alpha: Scalar, _ dtype: DType) -> Tensor {
        alpha == .int(1) ? values.to(dtype) : values.to(dtype).mul(alpha).to(dtype)
    }

    /// Computes dense + alpha · sparse.
    private static func plus(
        _ dense: Tensor, _ sparse: Tensor, _ alpha: Scalar, _ type: DType, _ out: Tensor?
    ) -> Tensor {
        guard let parts = sparse.sparseParts else { return .void }
        let lead = [Layout.saturatedCount(Array(sparse.sizes.prefix(parts.pattern.sparseDim)))],
            places = parts.pattern.positions(sparse.sizes)
        func add(to target: Tensor) {
            let rows = target.detach().view(lead + parts.values.sizes.dropFirst())
            _ = rows.addRows(0, places, parts.values, alpha)
        }
        // In place, only the rows that have values are touched.
        if let out, out.storage === dense.storage, out.layout == dense.layout, out.layout.isContiguous,
            out.dtype == type, type != .bool
        {
            add(to: out)
            return out
        }
        let result = dense.to(type, copy: true, memoryFormat: .contiguous)
        if result.isVoid { return result }
        add(to: result)
        guard let out else { return result }
        guard canCast(type, to: out.dtype) else {
            return fail(
                .runtime,
                "result type \(type.scalarTypeName) can't be cast to the desired output type \(out.dtype.scalarTypeName)"
            )
        }
        out.backend.copy(out: out.strided, result.strided)
        return out
    }

    /// Merges two lists of places as PyTorch does: of the next place of each list the smaller one comes first, and
    /// equal ones become one. So ascending lists give an ascending list.
    private static func merged(
        _ a: SparsePattern, _ v: Tensor, _ b: SparsePattern, _ w: Tensor, _ sizes: [Int]
    ) -> Tensor {
        if anyVoid(v, w) { return .void }
        let x = a.positions(sizes).toArray(as: Int.self), y = b.positions(sizes).toArray(as: Int.self)
        var toX: [Int] = [], toY: [Int] = [], places: [Int] = []
        toX.reserveCapacity(x.count)
        toY.reserveCapacity(y.count)
        var (i, j) = (0, 0)
        while i < x.count || j < y.count {
            let takesX = j == y.count || i < x.count && x[i] <= y[j]
            let takesY = i == x.count || j < y.count && y[j] <= x[i]
            places.append(takesX ? x[i] : y[j])
            if takesX {
                toX.append(places.count - 1)
                i += 1
            }
            if takesY {
                toY.append(places.count - 1)
                j += 1
            }
        }
        func tensor(_ numbers: [Int]) -> Tensor {
            Tensor(nested: numbers, dtype: .int64, device: v.device, requiresGrad: false)
        }
        let compute: DType = v.dtype == .bool ? .int64 : v.dtype
        let sums = Tensor.zeros([places.count] + v.sizes.dropFirst(), dtype: compute, device: v.device)
            .indexAdd_(dim: 0, index: tensor(toX), source: v.to(compute))
            .indexAdd_(dim: 0, index: tensor(toY), source: w.to(compute)).to(v.dtype)
        let coordinates = SparsePattern.coordinates(tensor(places), Array(sizes.prefix(a.sparseDim)))
        let pattern = SparsePattern(indices: coordinates, isCoalesced: a.isCoalesced && b.isCoalesced)
        return .sparse(pattern, values: sums, sizes)
    }

    // MARK: Products

    private static func product(_ a: Tensor, _ b: Tensor, _ rule: ResultRule, _ name: StaticString) -> Tensor {
        let (sparse, other) = a.hasSparseForm ? (a, b) : (b, a)
        guard Tensor.shareDevice(a, b) else { return .void }
        func times(_ pattern: SparsePattern, _ values: Tensor, _ factors: Tensor) -> Tensor {
            // The order of the operands decides nothing but the sign of NaN.
            let product = Pointwise.general(.mul, [values, factors], rule, name: name)
            return .sparse(pattern, values: product, sparse.sizes)
        }
        guard let parts = sparse.sparseParts else { return .void }
        guard let otherParts = other.sparseParts else {
            if other.dim == 0 { return times(parts.pattern, parts.values, other) }
            guard let both = Layout.broadcast(sparse.sizes, other.sizes) else {
                return fail(.runtime, Pointwise.broadcastMismatch(a.sizes, b.sizes))
            }
            guard both == sparse.sizes else { return fail(sparse.unsupported("\(name)")) }
            return times(parts.pattern, parts.values, other.expand(both).values(at: parts.pattern, both))
        }
        guard a.sizes == b.sizes else {
            return fail(
                .runtime,
                "mul operands have incompatible sizes: self has size \(a.sizes) but other has size \(b.sizes)")
        }
        if parts.pattern.isSame(as: otherParts.pattern), parts.pattern.isCoalesced {
            return times(parts.pattern, parts.values, otherParts.values)
        }
        if a.isCompressed || b.isCompressed {
            let result = product(a.toSparse(), b.toSparse(), rule, name)
            return a.layoutKind == b.layoutKind
                ? result.compressed(isByColumn: a.layoutKind == .sparseCsc) : result
        }
        // The places that both have.
        let x = a.coalesce(), y = b.coalesce()
        guard let p = x.sparseParts, let q = y.sparseParts, p.pattern.sparseDim == q.pattern.sparseDim else {
            return anyVoid(x, y) ? .void : fail(sparse.unsupported("\(name)"))
        }
        let ones = Tensor.ones([q.pattern.count], dtype: .int64, device: q.values.device)
        let places = Array(sparse.sizes.prefix(p.pattern.sparseDim))
        let isShared = Tensor.sparse(q.pattern, values: ones, places).values(at: p.pattern, places)
        let kept = isShared.nonzeroAsTuple()[0]
        if kept.isVoid { return .void }
        let pattern = SparsePattern(
            indices: p.pattern.indices.indexSelect(dim: 1, index: kept), isCoalesced: true)
        return times(pattern, p.values.indexSelect(dim: 0, index: kept), y.values(at: pattern, a.sizes))
    }

    private static func quotient(
        _ formula: Formula, _ a: Tensor, _ b: Tensor, _ rule: ResultRule, _ name: StaticString
    ) -> Tensor {
        guard b.dim == 0, !b.hasSparseForm else {
            return fail(
                .runtime,
                "Sparse division requires a scalar or zero-dim dense tensor divisor (got shape \(b.sizes) for divisor)")
        }
        guard Tensor.shareDevice(a, b) else { return .void }
        return ofValues(a, coalescing: formula != .div) { Pointwise.general(formula, [$0, b], rule, name: name) }
    }
}

extension Tensor {
    /// Runs a recorded sum or product on operands without repeated places. Returns nil if they have none. A gradient
    /// has one number for each value, so the gradients of values at one place must not be added up.
    @inline(never)
    func onceCoalesced(_ other: Tensor, _ run: (Tensor, Tensor) -> Tensor) -> Tensor? {
        func repeats(_ x: Tensor) -> Bool { x.isSparse && x.sparseParts?.pattern.isCoalesced == false }
        guard recording(self, other), repeats(self) || repeats(other) else { return nil }
        if let p = sparseParts?.pattern, let q = other.sparseParts?.pattern, p.isSame(as: q) { return nil }
        return run(isSparse ? coalesce() : self, other.isSparse ? other.coalesce() : other)
    }
}

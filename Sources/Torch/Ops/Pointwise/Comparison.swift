import CTorchKernels

// Comparisons, logic, predicates and choices.

extension Tensor {
    private func compare(_ formula: Formula, _ other: some TensorOperand, _ name: StaticString) -> Tensor {
        Pointwise.binary(formula, self, other.operand, .predicate, name: name)
    }

    private func compareInPlace(_ formula: Formula, _ other: some TensorOperand, _ name: StaticString) -> Tensor {
        let other = other.operand
        return inPlace([other]) { old in
            let result = Pointwise.binary(formula, old, other, .predicate, name: name)
            // PyTorch writes comparisons into any dtype.
            return result.to(old.dtype)
        }
    }

    /// Computes self == other elementwise, as bool. PyTorch: `torch.eq`.
    public func eq(_ other: some TensorOperand) -> Tensor { compare(.eq, other, "eq") }
    /// Computes self != other elementwise, as bool.
    public func ne(_ other: some TensorOperand) -> Tensor { compare(.ne, other, "ne") }
    /// Computes self < other elementwise, as bool.
    public func lt(_ other: some TensorOperand) -> Tensor { compare(.lt, other, "lt_cpu") }
    /// Computes self <= other elementwise, as bool.
    public func le(_ other: some TensorOperand) -> Tensor { compare(.le, other, "le_cpu") }
    /// Computes self > other elementwise, as bool.
    public func gt(_ other: some TensorOperand) -> Tensor { compare(.gt, other, "gt_cpu") }
    /// Computes self >= other elementwise, as bool.
    public func ge(_ other: some TensorOperand) -> Tensor { compare(.ge, other, "ge_cpu") }
    /// In-place version of `eq(_:)`.
    @discardableResult public func eq_(_ other: some TensorOperand) -> Tensor { compareInPlace(.eq, other, "eq_") }
    /// In-place version of `ne(_:)`.
    @discardableResult public func ne_(_ other: some TensorOperand) -> Tensor { compareInPlace(.ne, other, "ne_") }
    /// In-place version of `lt(_:)`.
    @discardableResult public func lt_(_ other: some TensorOperand) -> Tensor { compareInPlace(.lt, other, "lt_") }
    /// In-place version of `le(_:)`.
    @discardableResult public func le_(_ other: some TensorOperand) -> Tensor { compareInPlace(.le, other, "le_") }
    /// In-place version of `gt(_:)`.
    @discardableResult public func gt_(_ other: some TensorOperand) -> Tensor { compareInPlace(.gt, other, "gt_") }
    /// In-place version of `ge(_:)`.
    @discardableResult public func ge_(_ other: some TensorOperand) -> Tensor { compareInPlace(.ge, other, "ge_") }

    /// Computes the logical AND elementwise, as bool. PyTorch: `torch.logical_and`.
    public func logicalAnd(_ other: some TensorOperand) -> Tensor { compare(.logicalAnd, other, "logical_and") }
    /// Computes the logical OR elementwise, as bool.
    public func logicalOr(_ other: some TensorOperand) -> Tensor { compare(.logicalOr, other, "logical_or") }
    /// Computes the logical XOR elementwise, as bool.
    public func logicalXor(_ other: some TensorOperand) -> Tensor { compare(.logicalXor, other, "logical_xor") }
    /// Computes the logical NOT elementwise, as bool.
    public func logicalNot() -> Tensor { Pointwise.unary(.logicalNot, self, .predicate, name: "logical_not") }
    /// In-place version of `logicalAnd(_:)`.
    @discardableResult public func logicalAnd_(_ other: some TensorOperand) -> Tensor {
        compareInPlace(.logicalAnd, other, "logical_and_")
    }

    /// In-place version of `logicalOr(_:)`.
    @discardableResult public func logicalOr_(_ other: some TensorOperand) -> Tensor {
        compareInPlace(.logicalOr, other, "logical_or_")
    }

    /// In-place version of `logicalXor(_:)`.
    @discardableResult public func logicalXor_(_ other: some TensorOperand) -> Tensor {
        compareInPlace(.logicalXor, other, "logical_xor_")
    }

    /// In-place version of `logicalNot()`.
    @discardableResult public func logicalNot_() -> Tensor { inPlace { $0.logicalNot().to($0.dtype) } }

    /// Whether each element is NaN.
    public func isnan() -> Tensor { Pointwise.unary(.isnan, self, .predicate, name: "isnan") }
    /// Whether an element, of any example of a vmap, is NaN. A tensor without data has none.
    var hasNaN: Bool {
        if let sparseParts { return sparseParts.values.hasNaN }
        if device.kind == .meta { return false }
        return noGrad { ofAllExamples.isnan().any().item(as: Bool.self) }
    }
    /// Whether each element is infinite.
    public func isinf() -> Tensor { Pointwise.unary(.isinf, self, .predicate, name: "isinf") }
    /// Whether each element is neither infinite nor NaN.
    public func isfinite() -> Tensor { Pointwise.unary(.isfinite, self, .predicate, name: "isfinite") }
    /// Whether each element is positive infinity.
    public func isposinf() -> Tensor {
        !requireReal("isposinf does not support complex inputs.", kind: .type)
            ? .void : Pointwise.unary(.isposinf, self, .predicate, name: "isposinf")
    }

    /// Whether each element is negative infinity.
    public func isneginf() -> Tensor {
        !requireReal("isneginf does not support complex inputs.", kind: .type)
            ? .void : Pointwise.unary(.isneginf, self, .predicate, name: "isneginf")
    }

    /// Whether each element has its sign bit set.
    public func signbit() -> Tensor {
        !requireReal("signbit is not implemented for complex tensors.")
            ? .void : Pointwise.unary(.signbit, self, .predicate, name: "signbit")
    }

    /// Whether both tensors have equal sizes and equal elements. PyTorch: `torch.equal`.
    public func equal(_ other: Tensor) -> Bool {
        guard dtype == other.dtype else {
            raise(
                .runtime,
                "Expected object of data type \(dtype.cName) but got data type \(other.dtype.cName) for argument 'other' in call to equal"
            )
            return false
        }
        // A tensor equals itself if it has no NaN. PyTorch asks a kernel about this.
        if dtype.isFloat8, storage === other.storage, layout == other.layout, flags == other.flags,
            !supportsKernel("equal_notnan_cpu")
        {
            return false
        }
        return sizes == other.sizes && noGrad { eq(other).all().itemScalar().boolValue }
    }

    /// Whether |self - other| ≤ atol + rtol · |other|, elementwise. PyTorch: `torch.isclose`.
    public func isclose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false) -> Tensor {
        guard dtype == other.dtype else {
            return fail(.runtime, "\(dtype.scalarTypeName) did not match \(other.dtype.scalarTypeName)")
        }
        guard rtol >= 0 else { return fail(.runtime, "rtol must be greater than or equal to zero, but got \(rtol)") }
        guard atol >= 0 else { return fail(.runtime, "atol must be greater than or equal to zero, but got \(atol)") }
        return noGrad {
            var close = eq(other)
            if equalNan && dtype.isInexact { close = close.logicalOr(isnan().logicalAnd(other.isnan())) }
            if rtol == 0 && atol == 0 { return close }
            let (a, b) = dtype.isInexact ? (self, other) : (to(defaultDType), other.to(defaultDType))
            let allowed = b.abs().mul(rtol).add(atol)
            let difference = a.sub(b).abs()
            return close.logicalOr(difference.isfinite().logicalAnd(difference.le(allowed)))
        }
    }

    /// Whether `isclose` is true for every element. PyTorch: `torch.allclose`.
    public func allclose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false) -> Bool {
        isclose(other, rtol: rtol, atol: atol, equalNan: equalNan).all().itemScalar().boolValue
    }

    /// Computes the bitwise AND; for bools, the logical AND. PyTorch: `torch.bitwise_and`.
    public func bitwiseAnd(_ other: some TensorOperand) -> Tensor {
        Pointwise.binary(.bitwiseAnd, self, other.operand, .common, name: "bitwise_and_cpu")
    }

    /// Computes the bitwise OR; for bools, the logical OR.
    public func bitwiseOr(_ other: some TensorOperand) -> Tensor {
        Pointwise.binary(.bitwiseOr, self, other.operand, .common, name: "bitwise_or_cpu")
    }

    /// Computes the bitwise XOR; for bools, the logical XOR.
    public func bitwiseXor(_ other: some TensorOperand) -> Tensor {
        Pointwise.binary(.bitwiseXor, self, other.operand, .common, name: "bitwise_xor_cpu")
    }

    /// Computes the bitwise NOT; for bools, the logical NOT.
    public func bitwiseNot() -> Tensor { Pointwise.unary(.bitwiseNot, self, .common, name: "bitwise_not_cpu") }
    /// Shifts the bits of each element to the left by `other`.
    public func bitwiseLeftShift(_ other: some TensorOperand) -> Tensor {
        Pointwise.binary(.leftShift, self, other.operand, .common, name: "lshift_cpu")
    }

    /// Shifts the bits of each element to the right by `other`.
    public func bitwiseRightShift(_ other: some TensorOperand) -> Tensor {
        Pointwise.binary(.rightShift, self, other.operand, .common, name: "rshift_cpu")
    }

    /// In-place version of `bitwiseAnd(_:)`.
    @discardableResult public func bitwiseAnd_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.bitwiseAnd(o) }
    }

    /// In-place version of `bitwiseOr(_:)`.
    @discardableResult public func bitwiseOr_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.bitwiseOr(o) }
    }

    /// In-place version of `bitwiseXor(_:)`.
    @discardableResult public func bitwiseXor_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.bitwiseXor(o) }
    }

    /// In-place version of `bitwiseNot()`.
    @discardableResult public func bitwiseNot_() -> Tensor { inPlace { $0.bitwiseNot() } }
    /// In-place version of `bitwiseLeftShift(_:)`.
    @discardableResult public func bitwiseLeftShift_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.bitwiseLeftShift(o) }
    }

    /// In-place version of `bitwiseRightShift(_:)`.
    @discardableResult public func bitwiseRightShift_(_ other: some TensorOperand) -> Tensor {
        let o = other.operand; return inPlace([o]) { $0.bitwiseRightShift(o) }
    }

    /// Returns the larger of each pair of elements; if one is NaN, the result is NaN. PyTorch: `torch.maximum`.
    public func maximum(_ other: Tensor) -> Tensor { extreme(.maximum, other, "Maximum") { $0.lt($1) } }
    /// Returns the smaller of each pair of elements; if one is NaN, the result is NaN.
    public func minimum(_ other: Tensor) -> Tensor { extreme(.minimum, other, "Minimum") { $0.gt($1) } }
    /// Returns the larger of each pair of elements; if one is NaN, the other one. PyTorch: `torch.fmax`.
    public func fmax(_ other: Tensor) -> Tensor { numericExtreme(.fmax, other, "Fmax") { $0.ge($1) } }
    /// Returns the smaller of each pair of elements; if one is NaN, the other one.
    public func fmin(_ other: Tensor) -> Tensor { numericExtreme(.fmin, other, "Fmin") { $0.le($1) } }

    private func extreme(
        _ formula: Formula, _ other: Tensor, _ node: StaticString, loses: @escaping (Tensor, Tensor) -> Tensor
    ) -> Tensor {
        guard requireReal("\(node)".lowercased() + " not implemented for complex tensors.", kind: .type) else {
            return .void
        }
        return Pointwise.binary(formula, self, other, .common, name: node).record(
            "\(node)Backward0", self, other, saved: [self, other]
        ) { node, g in
            Tensor.extremeGradients(node, g, node.saved(0), node.saved(1), loses)
        }
    }

    /// The gradients of both operands. Equal elements share the gradient; if one is NaN, both get the whole gradient.
    private static func extremeGradients(
        _ node: OperatorNode, _ g: Tensor, _ a: Tensor, _ b: Tensor, _ loses: (Tensor, Tensor) -> Tensor
    ) -> [Tensor?] {
        let shared = Torch.where(a.eq(b), g.div(2), g)
        return [
            node.needs(0) ? shared.maskedFill(loses(a, b), 0) : nil,
            node.needs(1) ? shared.maskedFill(loses(b, a), 0) : nil
        ]
    }

    private func numericExtreme(
        _ formula: Formula, _ other: Tensor, _ node: StaticString, wins: @escaping (Tensor, Tensor) -> Tensor
    ) -> Tensor {
        guard requireReal("\(node)".lowercased() + " not implemented for complex tensors.", kind: .type) else {
            return .void
        }
        return Pointwise.binary(formula, self, other, .common, name: node).record(
            "\(node)Backward0", self, other, saved: [self, other]
        ) { node, g in
            let (a, b) = (node.saved(0), node.saved(1))
            let first = wins(a, b).logicalOr(b.isnan()), shared = Torch.where(a.eq(b), g.div(2), g)
            return [shared.maskedFill(first.logicalNot(), 0), shared.maskedFill(first.logicalAnd(a.ne(b)), 0)]
        }
    }

    /// Returns this number as a bound for integers, limited to the range of the dtype. Raises if no integer of the
    /// dtype is within the bound.
    func bound(of dtype: DType, _ name: StaticString) -> Tensor {
        guard isNumber, dtype.isInteger, self.dtype.isInteger else {
            return numberValue?.checkFits(dtype) ?? true ? self : .void
        }
        let range = dtype.integerRange, value: Int64 = item(as: Int64.self)
        guard "\(name)" == "min" ? value <= range.upperBound : value >= range.lowerBound else {
            return fail(
                .runtime, "Clamp \(name) value \(value) is outside the representable range of \(dtype.scalarTypeName)")
        }
        return Scalar.int(Swift.min(Swift.max(value, range.lowerBound), range.upperBound)).operand
    }

    /// Limits every element to [min, max]. PyTorch: `torch.clamp`.
    /// - Precondition: at least one bound is given.
    public func clamp(min: (any TensorOperand)? = nil, max: (any TensorOperand)? = nil) -> Tensor {
        guard min != nil || max != nil else {
            return fail(.runtime, "torch.clamp: At least one of 'min' or 'max' must not be None")
        }
        guard requireReal("clamp is not supported for complex types") else { return .void }
        let given = [min?.operand, max?.operand]
        if isVoid || given.contains(where: { $0?.isVoid == true }) { return .void }
        guard let type = commonType([self] + given.compactMap { $0 }) else { return .void }
        guard !type.isFloat8 || type.supportsKernel(Tensor.clampKernel(given)) else { return .void }
        let low = given[0].map { $0.bound(of: type, "min") }, high = given[1].map { $0.bound(of: type, "max") }
        let bounds = [low, high].compactMap { $0 }
        let formula: Formula = bounds.count == 2 ? .clamp : low != nil ? .maximum : .minimum
        guard type != .bool || bounds.count == 1 else {
            return fail(.notImplemented, "\"clamp_scalar_cpu\" not implemented for 'Bool'")
        }
        return Pointwise.general(formula, [self] + bounds, .common, name: "clamp").record(
            "ClampBackward\(bounds.allSatisfy(\.isNumber) ? 1 : 0)", inputs: [self] + bounds, saved: [self] + bounds
        ) { node, g in
            let x = node.saved(0)
            if bounds.allSatisfy(\.isNumber) {
                let inside = [low.map { x.gt($0) }, high.map { x.lt($0) }].compactMap { $0 }
                return [Torch.where(inside.dropFirst().reduce(inside[0]) { $0.logicalAnd($1) }, g, 0)]
                    + bounds.map { _ in nil }
            }
            if bounds.count == 1 {
                return Tensor.extremeGradients(node, g, x, node.saved(1)) { low != nil ? $0.lt($1) : $0.gt($1) }
            }
            return Tensor.clampGradients(node, g, x, node.saved(1), node.saved(2))
        }
    }

    /// The name of PyTorch's kernel that limits to these bounds.
    private static func clampKernel(_ bounds: [Tensor?]) -> String {
        let areNumbers = bounds.allSatisfy { $0?.isNumber ?? true }
        switch (bounds[0] != nil, bounds[1] != nil) {
        case (true, true): return areNumbers ? "clamp_scalar_cpu" : "clamp_cpu"
        case (true, false): return areNumbers ? "clamp_min_scalar_cpu" : "maximum_cpu"
        default: return areNumbers ? "clamp_max_scalar_cpu" : "minimum_cpu"
        }
    }

    /// The gradients for tensors as bounds. An element at a bound shares the gradient with the bound; if the bounds are
    /// crossed, the upper one gets the gradient.
    private static func clampGradients(
        _ node: OperatorNode, _ g: Tensor, _ x: Tensor, _ low: Tensor, _ high: Tensor
    ) -> [Tensor?] {
        let ordered = low.le(high), apart = low.lt(high)
        let below = x.lt(low), above = x.gt(high)
        let (atLow, atHigh) = (apart.logicalAnd(x.eq(low)), apart.logicalAnd(x.eq(high)))
        func part(_ whole: Tensor, _ half: Tensor) -> Tensor { Torch.where(half, g.div(2), Torch.where(whole, g, 0)) }
        return [
            node.needs(0) ? part(below.logicalOr(above).logicalNot(), atLow.logicalOr(atHigh)) : nil,
            node.needs(1) ? part(below.logicalAnd(ordered), atLow) : nil,
            node.needs(2) ? part(above.logicalAnd(ordered).logicalOr(low.gt(high)), atHigh) : nil
        ]
    }

    /// In-place version of `clamp(min:max:)`.
    @discardableResult
    public func clamp_(min: (any TensorOperand)? = nil, max: (any TensorOperand)? = nil) -> Tensor {
        inPlace([min?.operand, max?.operand].compactMap { $0 }) { $0.clamp(min: min, max: max) }
    }

    /// Limits every element to at least `min`.
    public func clampMin(_ min: some TensorOperand) -> Tensor {
        let min = min.operand
        return clamp(min: min).named("ClampMinBackward\(min.isNumber ? 0 : 1)")
    }
    /// Limits every element to at most `max`.
    public func clampMax(_ max: some TensorOperand) -> Tensor {
        let max = max.operand
        return clamp(max: max).named("ClampMaxBackward\(max.isNumber ? 0 : 1)")
    }
    /// In-place version of `clampMin(_:)`.
    @discardableResult public func clampMin_(_ min: some TensorOperand) -> Tensor { clamp_(min: min) }
    /// In-place version of `clampMax(_:)`.
    @discardableResult public func clampMax_(_ max: some TensorOperand) -> Tensor { clamp_(max: max) }
}

/// Returns `input` where the condition is true, otherwise `other`; all three are broadcast. PyTorch: `torch.where`.
public func `where`(_ condition: Tensor, _ input: some TensorOperand, _ other: some TensorOperand) -> Tensor {
    let (a, b) = (input.operand, other.operand)
    guard condition.dtype == .bool || condition.dtype == .uint8 || condition.isVoid else {
        return fail(
            .runtime,
            "where expected condition to be a boolean tensor, but got a tensor with dtype \(condition.dtype.scalarTypeName)"
        )
    }
    guard let type = commonType([a, b]) else { return .void }
    // For half types, PyTorch converts numbers without a check.
    guard
        type.toReal.wide != type.toReal
            || (a.numberValue?.checkFits(type) ?? true) && (b.numberValue?.checkFits(type) ?? true)
    else { return .void }
    return chosen(condition, a, b, type)
        .record("WhereBackward0", inputs: [condition, a, b], saved: [condition]) { node, g in
            [
                nil, node.needs(1) ? Torch.where(node.saved(0), g, 0) : nil,
                node.needs(2) ? Torch.where(node.saved(0), 0, g) : nil
            ]
        }
}

/// Computes the elements of `where` without recording. Moves float8 elements bit by bit.
private func chosen(_ condition: Tensor, _ a: Tensor, _ b: Tensor, _ type: DType) -> Tensor {
    guard type.isFloat8 else {
        return Pointwise.general(.where, [condition, a, b], .common, compute: type, name: "where")
    }
    func bits(_ t: Tensor) -> Tensor {
        let elements = noGrad { t.detach().to(type) }
        return elements.alias(elements.layout, .uint8)
    }
    let result = Pointwise.general(.where, [condition, bits(a), bits(b)], .common, compute: .uint8, name: "where")
    return result.isVoid ? result : result.alias(result.layout, type)
}

// MARK: - Swift's operators

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
    /// Computes a == b elementwise, as bool.
    public static func .== (a: Tensor, b: some TensorOperand) -> Tensor { a.eq(b) }
    /// Computes a != b elementwise, as bool.
    public static func .!= (a: Tensor, b: some TensorOperand) -> Tensor { a.ne(b) }
    /// Computes a < b elementwise, as bool.
    public static func .< (a: Tensor, b: some TensorOperand) -> Tensor { a.lt(b) }
    /// Computes a <= b elementwise, as bool.
    public static func .<= (a: Tensor, b: some TensorOperand) -> Tensor { a.le(b) }
    /// Computes a > b elementwise, as bool.
    public static func .> (a: Tensor, b: some TensorOperand) -> Tensor { a.gt(b) }
    /// Computes a >= b elementwise, as bool.
    public static func .>= (a: Tensor, b: some TensorOperand) -> Tensor { a.ge(b) }
    /// Computes the bitwise AND; for bools, the logical AND.
    public static func & (a: Tensor, b: some TensorOperand) -> Tensor { a.bitwiseAnd(b) }
    /// Computes the bitwise OR; for bools, the logical OR.
    public static func | (a: Tensor, b: some TensorOperand) -> Tensor { a.bitwiseOr(b) }
    /// Computes the bitwise XOR; for bools, the logical XOR.
    public static func ^ (a: Tensor, b: some TensorOperand) -> Tensor { a.bitwiseXor(b) }
    /// Computes the bitwise NOT; for bools, the logical NOT.
    public static prefix func ~ (a: Tensor) -> Tensor { a.bitwiseNot() }
}

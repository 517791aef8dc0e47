import CTorchKernels

// Sums, products, quotients and powers. The autograd engine sums the gradient of a broadcast operand to its shape.

extension Tensor {
    /// Computes self + other. PyTorch: `torch.add`.
    public func add(_ other: Tensor) -> Tensor {
        if hasSparseForm, let sum = onceCoalesced(other, { $0.add($1) }) { return sum }
        return Pointwise.binary(.add, self, other, .common, name: "add").record("AddBackward0", self, other) { _, g in
            [g, g]
        }
    }

    /// Like `add(_:)`, for a number.
    public func add(_ other: some ScalarConvertible) -> Tensor { add(other.operand) }

    /// Computes self + alpha · other.
    public func add(_ other: some TensorOperand, alpha: some ScalarConvertible) -> Tensor {
        let (other, alpha) = (other.operand, alpha.operand)
        if let one = alpha.numberValue, one == .int(1) { return add(other) }
        if hasSparseForm, let sum = onceCoalesced(other, { $0.add($1, alpha: alpha.itemScalar()) }) { return sum }
        guard !isVoid, !other.isVoid, let type = commonType([self, other]), Arithmetic.checkAlpha(alpha, type) else {
            return .void
        }
        return Pointwise.general(.addScaled, [self, other, alpha], .common, compute: type, name: "add")
            .record("AddBackward0", self, other) { _, g in [g, g.mul(alpha.conj())] }
    }

    /// In-place version of `add(_:alpha:)`.
    @discardableResult
    public func add_(_ other: some TensorOperand, alpha: some ScalarConvertible = 1) -> Tensor {
        let (other, scale) = (other.operand, alpha.scalar)
        if scale == .int(1) { return inPlace(.add, [other], name: "add_") { $0.add(other) } }
        guard !isVoid, !other.isVoid, let type = commonType([self, other]), Arithmetic.checkAlpha(scale.operand, type)
        else { return .void }
        return inPlace(
            [other],
            direct: {
                _ = Pointwise.general(
                    .addScaled, [$0, other, scale.operand], .common, compute: type, out: $0, name: "add_")
            }, recorded: { $0.add(other, alpha: scale) })
    }

    /// Computes self - other. PyTorch: `torch.sub`.
    public func sub(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        guard Arithmetic.checkNoBool(self, other) else { return .void }
        if hasSparseForm, let difference = onceCoalesced(other, { $0.sub($1) }) { return difference }
        return Pointwise.binary(.sub, self, other, .common, name: "sub").record(
            isNumber ? "RsubBackward1" : "SubBackward0", self, other
        ) { node, g in [g, node.needs(1) ? g.neg() : nil] }
    }

    /// Computes self - alpha · other.
    public func sub(_ other: some TensorOperand, alpha: some ScalarConvertible) -> Tensor {
        let other = other.operand
        guard Arithmetic.checkNoBool(self, other) else { return .void }
        return add(other, alpha: Arithmetic.negated(alpha.scalar)).named("SubBackward0")
    }

    /// In-place version of `sub(_:alpha:)`.
    @discardableResult
    public func sub_(_ other: some TensorOperand, alpha: some ScalarConvertible = 1) -> Tensor {
        let other = other.operand
        guard Arithmetic.checkNoBool(self, other) else { return .void }
        if alpha.scalar == .int(1) { return inPlace(.sub, [other], name: "sub_") { $0.sub(other) } }
        return add_(other, alpha: Arithmetic.negated(alpha.scalar))
    }

    /// Computes other - alpha · self. PyTorch: `torch.rsub`.
    public func rsub(_ other: some TensorOperand, alpha: some ScalarConvertible = 1) -> Tensor {
        let other = other.operand
        return other.sub(self, alpha: alpha).named(other.isNumber ? "RsubBackward1" : "RsubBackward0")
    }

    /// Computes self · other. PyTorch: `torch.mul`.
    public func mul(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        if flags.union(other.flags).contains(.sparse), let product = onceCoalesced(other, { $0.mul($1) }) {
            return product
        }
        return Pointwise.binary(.mul, self, other, .common, name: "mul").record(
            "MulBackward0", self, other, saved: [self, other]
        ) { node, g in
            [node.needs(0) ? g.mul(node.saved(1).conj()) : nil, node.needs(1) ? g.mul(node.saved(0).conj()) : nil]
        }
    }

    /// In-place version of `mul(_:)`.
    @discardableResult
    public func mul_(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return inPlace(.mul, [other], name: "mul_") { $0.mul(other) }
    }

    /// Computes self / other; the quotient of integers is a float. PyTorch: `torch.div`.
    public func div(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return Pointwise.binary(.div, self, other, .float, name: "div").record(
            // PyTorch multiplies a number by the reciprocal.
            isNumber ? "MulBackward0" : "DivBackward0", self, other, saved: [self, other]
        ) { node, g in
            [
                node.needs(0) ? g.div(node.saved(1).conj()) : nil,
                node.needs(1) ? g.neg().mul(node.saved(0).div(node.saved(1)).div(node.saved(1)).conj()) : nil
            ]
        }
    }

    /// Divides and rounds the quotient towards zero or down. PyTorch: `torch.div(rounding_mode=)`.
    public func div(_ other: some TensorOperand, roundingMode: RoundingMode?) -> Tensor {
        let other = other.operand
        switch roundingMode {
        case nil: return div(other)
        case .floor: return floorDivide(other)
        case .trunc:
            guard Arithmetic.checkDivisor(self, other) else { return .void }
            return Pointwise.general(.truncDivide, [self, other], .common, name: "div_trunc").record(
                "DivBackward\(other.isNumber ? 3 : 2)", self, other
            ) { _, g in [g.mul(0), g.mul(0)] }
        }
    }

    /// In-place version of `div(_:roundingMode:)`.
    @discardableResult
    public func div_(_ other: some TensorOperand, roundingMode: RoundingMode? = nil) -> Tensor {
        let other = other.operand
        switch roundingMode {
        case nil: return inPlace(.div, [other], rule: .float, name: "div_") { $0.div(other) }
        default: return inPlace([other]) { $0.div(other, roundingMode: roundingMode) }
        }
    }

    /// How `div` rounds the quotient: towards zero (`trunc`) or down (`floor`).
    /// Rounds toward 0.
    /// Rounds toward negative infinity.
    public enum RoundingMode: String, Sendable { case trunc, floor }

    /// Divides and rounds the quotient down. PyTorch: `torch.floor_divide`.
    public func floorDivide(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        guard Arithmetic.checkDivisor(self, other) else { return .void }
        return Pointwise.general(.floorDivide, [self, other], .common, name: "div_floor").record(
            "DivBackward\(other.isNumber ? 3 : 2)", self, other
        ) { _, g in [g.mul(0), g.mul(0)] }
    }

    /// In-place version of `floorDivide(_:)`.
    @discardableResult
    public func floorDivide_(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return inPlace([other]) { $0.floorDivide(other) }
    }

    /// Computes the remainder with the divisor's sign. PyTorch: `torch.remainder`.
    public func remainder(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        guard Arithmetic.checkDivisor(self, other) else { return .void }
        return Pointwise.binary(.remainder, self, other, .common, name: "remainder").record(
            "RemainderBackward\(other.isNumber ? 0 : 1)", self, other, saved: [self, other]
        ) { node, g in
            [g, node.needs(1) ? g.neg().mul(node.saved(0).floorDivide(node.saved(1))) : nil]
        }
    }

    /// In-place version of `remainder(_:)`.
    @discardableResult
    public func remainder_(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return inPlace([other]) { $0.remainder(other) }
    }

    /// Computes the remainder with the dividend's sign. PyTorch: `torch.fmod`.
    public func fmod(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        guard Arithmetic.checkDivisor(self, other) else { return .void }
        return Pointwise.binary(.fmod, self, other, .common, name: "fmod").record(
            "FmodBackward\(other.isNumber ? 0 : 1)", self, other, saved: [self, other]
        ) { node, g in
            [g, node.needs(1) ? g.neg().mul(node.saved(0).div(node.saved(1), roundingMode: .trunc)) : nil]
        }
    }

    /// In-place version of `fmod(_:)`.
    @discardableResult
    public func fmod_(_ other: some TensorOperand) -> Tensor {
        let other = other.operand
        return inPlace([other]) { $0.fmod(other) }
    }

    /// Computes self^exponent. PyTorch: `torch.pow`.
    public func pow(_ exponent: some TensorOperand) -> Tensor {
        let exponent = exponent.operand
        if let cast = Autocast.float32OnCUDA(self) ?? Autocast.float32OnCUDA(exponent) {
            return cast.run { $0(self).pow($0(exponent)) }
        }
        if let number = exponent.numberValue {
            if dtype.isInteger || dtype.wide != dtype, !exponentFits(number, resultType(self, exponent)) {
                return .void
            }
            switch number {
            case .int(2), .double(2):
                if isVoid { return .void }
                guard let type = commonType([self, exponent]) else { return .void }
                let formula: Formula = type.isForStorage ? .pow : .mul
                return powered(exponent, Pointwise.general(formula, [self, self], .common, compute: type, name: "pow"))
            case .int(let e) where e < 0 && !dtype.isInexact:
                return fail(.runtime, "Integers to negative integer powers are not allowed.")
            case .double(0.5) where dtype.isInexact:
                return powered(exponent, Pointwise.unary(.sqrt, self, .float, name: "pow"))
            default: break
            }
        }
        return powered(exponent, Pointwise.general(.pow, [self, exponent], .common, name: "pow"))
    }

    /// Whether the number fits as the exponent of integers or of a half type. A negative exponent of integers passes
    /// here, because `pow` refuses it itself.
    private func exponentFits(_ number: Scalar, _ type: DType) -> Bool {
        type.isInteger && number.int64Value < 0 || !type.isInteger && type.wide == type || number.checkFits(type)
    }

    private func powered(_ exponent: Tensor, _ result: Tensor) -> Tensor {
        result.record(
            "PowBackward\(exponent.isNumber ? 0 : 1)", self, exponent, saved: [self, exponent], saveResult: true
        ) { node, g in
            let (base, exponent) = (node.saved(0), node.saved(1))
            let toBase: Tensor? =
                if !node.needs(0) {
                    nil
                } else if let number = exponent.numberValue {
                    number.boolValue ? g.mul(base.pow(number.minusOne).mul(exponent).conj()) : g.mul(0)
                } else {
                    Torch.where(exponent.eq(0), 0, g.mul(exponent.mul(base.pow(exponent.sub(1))).conj()))
                }
            let toExponent: Tensor? =
                node.needs(1)
                ? Torch.where(
                    base.eq(0).logicalAnd(exponent.real.ge(0)), 0, g.mul(node.saved(2).mul(base.log()).conj()))
                : nil
            return [toBase, toExponent]
        }
    }

    /// In-place version of `pow(_:)`.
    @discardableResult
    public func pow_(_ exponent: some TensorOperand) -> Tensor {
        let exponent = exponent.operand
        return inPlace([exponent]) { $0.pow(exponent) }
    }

    /// Computes -self. PyTorch: `torch.neg`.
    public func neg() -> Tensor {
        guard dtype != .bool else {
            return fail(
                .notImplemented,
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
            )
        }
        return unary(.neg, .common, node: "Neg") { _, g in g.neg() }
    }

    /// In-place version of `neg()`.
    @discardableResult
    public func neg_() -> Tensor { inPlace(.neg, name: "neg_") { $0.neg() } }

    /// Computes self + value · tensor1 · tensor2. PyTorch: `torch.addcmul`.
    public func addcmul(_ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1) -> Tensor {
        if let cast = Autocast.widestOnCUDA([self, tensor1, tensor2]) {
            return cast.run { $0(self).addcmul($0(tensor1), $0(tensor2), value: value) }
        }
        let value = value.operand
        guard let type = commonType([self, tensor1, tensor2]), Arithmetic.checkFactor(value, type) else { return .void }
        return Pointwise.general(.addcmul, [self, tensor1, tensor2, value], .common, compute: type, name: "addcmul")
            .record("AddcmulBackward0", inputs: [self, tensor1, tensor2], saved: [tensor1, tensor2]) { node, g in
                [
                    g, node.needs(1) ? g.mul(node.saved(1).mul(value).conj()) : nil,
                    node.needs(2) ? g.mul(node.saved(0).mul(value).conj()) : nil
                ]
            }
    }

    /// In-place version of `addcmul(_:_:value:)`.
    @discardableResult
    public func addcmul_(_ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1) -> Tensor {
        inPlace([tensor1, tensor2]) { $0.addcmul(tensor1, tensor2, value: value) }
    }

    /// Computes self + value · tensor1 / tensor2. PyTorch: `torch.addcdiv`.
    public func addcdiv(_ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1) -> Tensor {
        if let cast = Autocast.widestOnCUDA([self, tensor1, tensor2]) {
            return cast.run { $0(self).addcdiv($0(tensor1), $0(tensor2), value: value) }
        }
        guard tensor1.dtype.isInexact || tensor2.dtype.isInexact else {
            return fail(
                .runtime,
                "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
            )
        }
        let value = value.operand
        guard let type = commonType([self, tensor1, tensor2]), Arithmetic.checkFactor(value, type) else { return .void }
        return Pointwise.general(.addcdiv, [self, tensor1, tensor2, value], .common, compute: type, name: "addcdiv")
            .record("AddcdivBackward0", inputs: [self, tensor1, tensor2], saved: [tensor1, tensor2]) { node, g in
                let (one, two) = (node.saved(0), node.saved(1))
                return [
                    g, node.needs(1) ? g.mul(value.div(two).conj()) : nil,
                    node.needs(2) ? g.neg().mul(one.mul(value).div(two.mul(two)).conj()) : nil
                ]
            }
    }

    /// In-place version of `addcdiv(_:_:value:)`.
    @discardableResult
    public func addcdiv_(_ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1) -> Tensor {
        inPlace([tensor1, tensor2]) { $0.addcdiv(tensor1, tensor2, value: value) }
    }

    /// Computes self + weight · (end - self). PyTorch: `torch.lerp`.
    public func lerp(_ end: Tensor, _ weight: some TensorOperand) -> Tensor {
        let weight = weight.operand
        guard dtype == end.dtype else {
            return fail(.runtime, "expected dtype \(dtype.cName) for `end` but got dtype \(end.dtype.cName)")
        }
        guard weight.isNumber || dtype == weight.dtype else {
            return fail(.runtime, "expected dtype \(dtype.cName) for `weight` but got dtype \(weight.dtype.cName)")
        }
        if anyVoid(self, end, weight) { return .void }
        guard dtype.isInexact else {
            let kernel = weight.isNumber ? "lerp_kernel_scalar" : "lerp_kernel_tensor"
            return fail(.notImplemented, "\"\(kernel)\" not implemented for '\(dtype.scalarTypeName)'")
        }
        guard Arithmetic.checkFactor(weight, dtype) else { return .void }
        return Pointwise.general(.lerp, [self, end, weight], .common, name: "lerp")
            .record("LerpBackward\(weight.isNumber ? 0 : 1)", inputs: [self, end, weight], saved: [self, end, weight]) {
                node, g in
                let weight = node.saved(2)
                return [
                    node.needs(0) ? g.mul(weight.rsub(1).conj()) : nil, node.needs(1) ? g.mul(weight.conj()) : nil,
                    node.needs(2) ? g.mul(node.saved(1).sub(node.saved(0)).conj()) : nil
                ]
            }
    }

    /// In-place version of `lerp(_:_:)`.
    @discardableResult
    public func lerp_(_ end: Tensor, _ weight: some TensorOperand) -> Tensor {
        let weight = weight.operand
        return inPlace([end, weight]) { $0.lerp(end, weight) }
    }
}

enum Arithmetic {
    static func checkAlpha(_ alpha: Tensor, _ dtype: DType) -> Bool {
        if alpha.dtype == .bool && dtype != .bool {
            raise(.runtime, "Boolean alpha only supported for Boolean results.")
            return false
        }
        if alpha.dtype.isComplex && !dtype.isComplex {
            raise(.runtime, "For non-complex input tensors, argument alpha must not be a complex number.")
            return false
        }
        if alpha.dtype.isFloatingPoint && !dtype.isInexact {
            raise(.runtime, "For integral input tensors, argument alpha must not be a floating point number.")
            return false
        }
        return alpha.numberValue?.checkFits(dtype) ?? true
    }

    /// Whether a factor fits the dtype of the multiplication (float32 for half types). Raises if it does not.
    static func checkFactor(_ number: Tensor, _ dtype: DType) -> Bool {
        number.numberValue?.checkFits(dtype.wide) ?? true
    }

    static func checkNoBool(_ a: Tensor, _ b: Tensor) -> Bool {
        if a.dtype == .bool && b.dtype == .bool {
            raise(
                .notImplemented,
                "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
            )
            return false
        }
        if a.dtype == .bool && b.numberValue?.isBool ?? false || b.dtype == .bool && !b.isNumber
            || a.dtype == .bool && !a.isNumber
        {
            raise(
                .notImplemented,
                "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
            )
            return false
        }
        return true
    }

    /// Whether the division is allowed: integers cannot be divided by zero. Raises if it is not.
    static func checkDivisor(_ a: Tensor, _ b: Tensor) -> Bool {
        if anyVoid(a, b) { return true }
        guard !a.isVoid, !b.isVoid, let type = commonType([a, b]) else { return false }
        // Kernels refuse dtypes for storage themselves, and floats can be divided by zero.
        if type.isInexact || type.isForStorage || a.numel() == 0 || b.numel() == 0 { return true }
        if noGrad({ b.detach().to(.bool).all().isTrue(ifUnknown: true) }) { return true }
        raise(.runtime, "ZeroDivisionError")
        return false
    }

    static func negated(_ scalar: Scalar) -> Scalar {
        switch scalar {
        case .bool, .int, .uint: .int(0 &- scalar.int64Value)
        case .double(let d): .double(-d)
        case .complex(let re, let im): .complex(-re, -im)
        }
    }
}

extension Scalar {
    fileprivate var minusOne: Scalar {
        switch self {
        case .bool, .int, .uint: .int(int64Value &- 1)
        case .double(let d): .double(d - 1)
        case .complex(let re, let im): .complex(re - 1, im)
        }
    }
}

// MARK: - Swift's operators

extension Tensor {
    /// Computes a + b.
    public static func + (a: Tensor, b: Tensor) -> Tensor { a.add(b) }
    /// Computes a + b.
    public static func + (a: Tensor, b: some ScalarConvertible) -> Tensor { a.add(b) }
    /// Computes a + b.
    public static func + (a: some ScalarConvertible, b: Tensor) -> Tensor { b.add(a) }
    /// Computes a + b in place.
    public static func += (a: inout Tensor, b: some TensorOperand) { a.add_(b) }
    /// Computes a - b.
    public static func - (a: Tensor, b: Tensor) -> Tensor { a.sub(b) }
    /// Computes a - b.
    public static func - (a: Tensor, b: some ScalarConvertible) -> Tensor { a.sub(b) }
    /// Computes a - b.
    public static func - (a: some ScalarConvertible, b: Tensor) -> Tensor { b.rsub(a) }
    /// Computes a - b in place.
    public static func -= (a: inout Tensor, b: some TensorOperand) { a.sub_(b) }
    /// Computes a · b.
    public static func * (a: Tensor, b: Tensor) -> Tensor { a.mul(b) }
    /// Computes a · b.
    public static func * (a: Tensor, b: some ScalarConvertible) -> Tensor { a.mul(b) }
    /// Computes a · b.
    public static func * (a: some ScalarConvertible, b: Tensor) -> Tensor { b.mul(a) }
    /// Computes a · b in place.
    public static func *= (a: inout Tensor, b: some TensorOperand) { a.mul_(b) }
    /// Computes a / b; the quotient of integers is a float.
    public static func / (a: Tensor, b: Tensor) -> Tensor { a.div(b) }
    /// Computes a / b; the quotient of integers is a float.
    public static func / (a: Tensor, b: some ScalarConvertible) -> Tensor { a.div(b) }
    /// Computes a / b; the quotient of integers is a float.
    public static func / (a: some ScalarConvertible, b: Tensor) -> Tensor {
        a.operand.div(b).named("MulBackward0")
    }
    /// Computes a / b in place.
    public static func /= (a: inout Tensor, b: some TensorOperand) { a.div_(b) }
    /// Computes the remainder of a / b with the sign of b.
    public static func % (a: Tensor, b: some TensorOperand) -> Tensor { a.remainder(b) }
    /// Computes -a.
    public static prefix func - (a: Tensor) -> Tensor { a.neg() }
}

// What libraries above this one compute into memory that they have, without a tensor between.
extension Tensor {
    /// Writes a · number to this tensor, which has the sizes of `a`. Nothing is recorded.
    package func setToProduct(_ a: Tensor, _ number: Double) {
        _ = Pointwise.general(.mul, [a, number.operand], .common, out: self, name: "mul")
        bumpVersion()
    }

    /// Writes a + b to this tensor, which has their sizes. Nothing is recorded.
    package func setToSum(_ a: Tensor, _ b: Tensor) {
        _ = Pointwise.general(.add, [a, b], .common, out: self, name: "add")
        bumpVersion()
    }

    /// Writes (a + b) · number to this tensor, which has their sizes and a floating-point dtype. Nothing is recorded.
    package func setToSum(_ a: Tensor, _ b: Tensor, times number: Double) {
        _ = Pointwise.general(.scaledSum, [a, b, number.operand], .common, out: self, name: "scaled_sum")
        bumpVersion()
    }
}

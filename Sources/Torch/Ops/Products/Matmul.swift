// Matrix products.

extension Tensor {
    /// Multiplies two matrices: [n, k] x [k, m]. PyTorch: `torch.mm`.
    public func mm(_ other: Tensor) -> Tensor {
        if let cast = Autocast.lowerPrecision { return cast.run { $0(self).mm($0(other)) } }
        if anyVoid(self, other) { return .void }
        if hasSparseForm || other.hasSparseForm { return sparseProduct(other) }
        guard Tensor.checkMatrices(self, other, name: "mm") else { return .void }
        return matrixProduct(other, counts: .mm)
    }

    /// Multiplies two matrices whose sizes fit, without autocast. `FlopCounter` counts the product, and those of its
    /// derivatives, as `counts`.
    private func matrixProduct(_ other: Tensor, counts: FlopTally.Operator?) -> Tensor {
        if anyVoid(self, other) { return .void }
        return Tensor.product(self, other, [sizes[0], other.sizes[1]], name: "addmm", counts: counts)
            .record("MmBackward0", self, other, saved: [self, other]) { node, g in
                [
                    node.needs(0) ? g.mm(node.saved(1).mH, counts: counts) : nil,
                    node.needs(1) ? node.saved(0).mH.mm(g, counts: counts) : nil
                ]
            }
    }

    private func mm(_ other: Tensor, counts: FlopTally.Operator?) -> Tensor {
        counts == .mm ? mm(other) : matrixProduct(other, counts: counts)
    }

    /// Returns what PyTorch calls for the product of rows, [..., k], with a matrix: mm for the rows of one matrix, or
    /// bmm if they do not lie as one and the other factor has no gradient.
    private func operatorForRows(times other: Tensor) -> FlopTally.Operator {
        if FlopTally.current == nil || other.requiresGrad && isGradEnabled() { return .mm }
        return layout.viewed([sizes.dropLast().reduce(1, &*), sizes[dim - 1]]) == nil ? .bmm : .mm
    }

    /// Multiplies two batches of matrices: [b, n, k] x [b, k, m]. PyTorch: `torch.bmm`.
    public func bmm(_ other: Tensor) -> Tensor {
        if let cast = Autocast.lowerPrecision { return cast.run { $0(self).bmm($0(other)) } }
        if hasSparseForm || other.hasSparseForm { return sparseBatchProduct(other) }
        guard Tensor.checkBatches(self, other) else { return .void }
        guard dtype == other.dtype else {
            return fail(
                .runtime, "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
        }
        return Tensor.product(self, other, [sizes[0], sizes[1], other.sizes[2]], name: "bmm", counts: .bmm).record(
            "BmmBackward0", self, other, saved: [self, other]
        ) { node, g in
            [node.needs(0) ? g.bmm(node.saved(1).mH) : nil, node.needs(1) ? node.saved(0).mH.bmm(g) : nil]
        }
    }

    /// Multiplies a matrix by a vector: [n, m] x [m]. PyTorch: `torch.mv`.
    public func mv(_ vector: Tensor) -> Tensor {
        let range = OperatorRange("aten::mv", [self, vector])
        defer { range.end() }
        if let cast = Autocast.lowerPrecisionOnCUDA { return cast.run { $0(self).mv($0(vector)) } }
        if Autocast.isOn { return AutocastState.off { mv(vector) } }
        if anyVoid(self, vector) { return .void }
        if hasSparseForm { return sparseTimesVector(vector) }
        guard dim == 2, vector.dim == 1 else {
            return fail(.runtime, "vector + matrix @ vector expected, got \(1), \(dim), \(vector.dim)")
        }
        guard sizes[1] == vector.sizes[0] else {
            return fail(
                .runtime,
                "size mismatch, got input (\(sizes[0])), mat (\(sizes[0])x\(sizes[1])), vec (\(vector.sizes[0]))")
        }
        guard dtype == vector.dtype else {
            let (matrixName, vectorName) = (dtype.scalarTypeName, vector.dtype.scalarTypeName)
            return fail(
                .runtime,
                "addmv input tensors must have the same dtype, but got \(vectorName), \(matrixName), and \(vectorName)")
        }
        return supportsKernel("addmv_impl_cpu")
            ? matrixProduct(vector.unsqueeze(1), counts: nil).squeeze(1).named("MvBackward0") : .void
    }

    /// Computes the inner product of two vectors. PyTorch: `torch.dot`.
    public func dot(_ other: Tensor) -> Tensor {
        let range = OperatorRange("aten::dot", [self, other])
        defer { range.end() }
        if let cast = Autocast.widestOnCUDA([self, other]) { return cast.run { $0(self).dot($0(other)) } }
        if Autocast.isOn { return AutocastState.off { dot(other) } }
        if anyVoid(self, other) { return .void }
        guard dim == 1, other.dim == 1 else {
            return fail(.runtime, "1D tensors expected, but got \(dim)D and \(other.dim)D tensors")
        }
        guard dtype == other.dtype else {
            return fail(
                .runtime,
                "dot : expected both vectors to have same dtype, but found \(dtype.scalarTypeName) and \(other.dtype.scalarTypeName)"
            )
        }
        guard sizes == other.sizes else {
            return fail(
                .runtime,
                "inconsistent tensor size, expected tensor [\(sizes[0])] and src [\(other.sizes[0])] to have the same number of elements, but got \(sizes[0]) and \(other.sizes[0]) elements respectively"
            )
        }
        return supportsKernel("dot")
            ? unsqueeze(0).matrixProduct(other.unsqueeze(1), counts: nil).view([]).named("DotBackward0") : .void
    }

    /// Computes the inner product of two vectors, the first one conjugated. PyTorch: `torch.vdot`.
    public func vdot(_ other: Tensor) -> Tensor {
        let result = conj().dot(other)
        return result.named("VdotBackward0")
    }

    /// Computes the outer product of two vectors. PyTorch: `torch.outer`.
    public func outer(_ other: Tensor) -> Tensor {
        guard dim == 1 else { return fail(.runtime, "outer: Expected 1-D argument self, but got \(dim)-D") }
        guard other.dim == 1 else { return fail(.runtime, "outer: Expected 1-D argument vec2, but got \(other.dim)-D") }
        return unsqueeze(1).mul(other)
    }

    /// Multiplies vectors, matrices or batches of matrices; the leading dimensions are broadcast.
    /// PyTorch: `torch.matmul`.
    public func matmul(_ other: Tensor) -> Tensor {
        let range = OperatorRange("aten::matmul", [self, other])
        defer { range.end() }
        if let cast = Autocast.lowerPrecision { return cast.run { $0(self).matmul($0(other)) } }
        if anyVoid(self, other) { return .void }
        switch (dim, other.dim) {
        case (0, _), (_, 0):
            return fail(
                .runtime, "both arguments to matmul need to be at least 1D, but they are \(dim)D and \(other.dim)D")
        case (1, 1): return dot(other)
        case (2, 1): return mv(other)
        case (1, 2):
            guard supportsKernel("addmm_impl_cpu_", float8: true) else { return .void }
            return unsqueeze(0).mm(other).squeeze(0)
        case (2, 2): return mm(other)
        default: break
        }
        if dim == 1 { return unsqueeze(0).matmul(other).squeeze(-2).named("UnsafeViewBackward0") }
        if other.dim == 1 {
            let rows = reshape([sizes.dropLast().reduce(1, &*), sizes[dim - 1]])
            return rows.mv(other).view(Array(sizes.dropLast())).named("UnsafeViewBackward0")
        }
        // A batch of rows times one matrix is a single product.
        if other.dim == 2 {
            let rows = reshape([sizes.dropLast().reduce(1, &*), sizes[dim - 1]])
            let counts = operatorForRows(times: other)
            return
                (counts == .bmm && rows.sizes[1] == other.sizes[0]
                ? rows.matrixProduct(other, counts: .bmm) : rows.mm(other))
                .view(sizes.dropLast() + [other.sizes[1]]).named("UnsafeViewBackward0")
        }
        let lead = Array(sizes.dropLast(2)), otherLead = Array(other.sizes.dropLast(2))
        let (n, k, m) = (sizes[dim - 2], sizes[dim - 1], other.sizes[other.dim - 1])
        guard let batch = Layout.broadcast(lead, otherLead) else {
            return fail(.runtime, Pointwise.broadcastMismatch(lead, otherLead))
        }
        guard k == other.sizes[other.dim - 2] else {
            let b = batch.reduce(1, &*)
            return fail(
                .runtime,
                "Expected size for first two dimensions of batch2 tensor to be: [\(b), \(k)] but got: [\(b), \(other.sizes[other.dim - 2])]."
            )
        }
        guard dtype == other.dtype else {
            return fail(
                .runtime, "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
        }
        let a = expand(batch + [n, k]), b = other.expand(batch + [k, m])
        // PyTorch calls bmm, then restores the leading dimensions.
        return Tensor.product(a, b, batch + [n, m], name: "bmm", counts: .bmm).record(
            "UnsafeViewBackward0", a, b, saved: [a, b]
        ) { node, g in
            [node.needs(0) ? g.matmul(node.saved(1).mH) : nil, node.needs(1) ? node.saved(0).mH.matmul(g) : nil]
        }
    }

    /// Computes beta · self + alpha · (mat1 @ mat2); self is broadcast. If beta is 0, self is ignored, even if it is
    /// NaN. PyTorch: `torch.addmm`.
    public func addmm(
        _ mat1: Tensor, _ mat2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        let range = OperatorRange("aten::addmm", [self, mat1, mat2, nil, nil])
        defer { range.end() }
        if let cast = Autocast.lowerPrecision {
            return cast.run { $0(self).addmm($0(mat1), $0(mat2), beta: beta, alpha: alpha) }
        }
        return plusMatrixProduct(mat1, mat2, beta, alpha, counts: true)
    }

    /// Computes `addmm` without autocast. `counts` is whether `FlopCounter` counts it.
    private func plusMatrixProduct(
        _ mat1: Tensor, _ mat2: Tensor, _ beta: some ScalarConvertible, _ alpha: some ScalarConvertible, counts: Bool
    ) -> Tensor {
        if anyVoid(self, mat1, mat2) { return .void }
        if mat1.hasSparseForm || mat2.hasSparseForm { return sparseAddmm(mat1, mat2, beta, alpha) }
        guard Tensor.checkMatrices(mat1, mat2, name: "addmm") else { return .void }
        guard dtype == mat1.dtype, dtype == mat2.dtype else {
            return dtype == mat2.dtype
                ? fail(
                    .runtime,
                    "mat1 and mat2 must have the same dtype, but got \(mat1.dtype.scalarTypeName) and \(mat2.dtype.scalarTypeName)"
                )
                : fail(
                    .runtime,
                    "self and mat2 must have the same dtype, but got \(dtype.scalarTypeName) and \(mat2.dtype.scalarTypeName)"
                )
        }
        guard supportsKernel("addmm_impl_cpu_", float8: true) else { return .void }
        guard let beta = factor(beta), let alpha = factor(alpha) else { return .void }
        return plusProduct(
            mat1, mat2, [mat1.sizes[0], mat2.sizes[1]], beta, alpha, name: "addmm", counts: counts ? .addmm : nil,
            ignoringProduct: !alpha.boolValue
        )
        .record("AddmmBackward0", inputs: [self, mat1, mat2], saved: [mat1, mat2]) { node, g in
            Tensor.plusProductGradients(node, g, beta, alpha) { $0.mm($1, counts: counts ? .mm : nil) }
        }
    }

    /// In-place version of `addmm(_:_:beta:alpha:)`.
    @discardableResult
    public func addmm_(
        _ mat1: Tensor, _ mat2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        inPlace([mat1, mat2]) { $0.addmm(mat1, mat2, beta: beta, alpha: alpha) }
    }

    /// Computes beta · self + alpha · (mat @ vec). PyTorch: `torch.addmv`.
    public func addmv(
        _ mat: Tensor, _ vec: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        if let cast = Autocast.lowerPrecisionOnCUDA {
            return cast.run { $0(self).addmv($0(mat), $0(vec), beta: beta, alpha: alpha) }
        }
        if Autocast.isOn { return AutocastState.off { addmv(mat, vec, beta: beta, alpha: alpha) } }
        if anyVoid(self, mat, vec) { return .void }
        guard mat.dim == 2, vec.dim == 1, dim <= 1 else {
            return fail(.runtime, "vector + matrix @ vector expected, got \(dim), \(mat.dim), \(vec.dim)")
        }
        guard mat.sizes[1] == vec.sizes[0], numel() == 1 || sizes == [mat.sizes[0]] else {
            return fail(
                .runtime,
                "size mismatch, got input (\(dim == 0 ? 1 : sizes[0])), mat (\(mat.sizes[0])x\(mat.sizes[1])), vec (\(vec.sizes[0]))"
            )
        }
        guard dtype == mat.dtype, dtype == vec.dtype else {
            return fail(
                .runtime,
                "addmv input tensors must have the same dtype, but got \(dtype.scalarTypeName), \(mat.dtype.scalarTypeName), and \(vec.dtype.scalarTypeName)"
            )
        }
        guard supportsKernel("addmv_impl_cpu") else { return .void }
        return (dim == 0 ? self : unsqueeze(1)).plusMatrixProduct(mat, vec.unsqueeze(1), beta, alpha, counts: false)
            .squeeze(1).named("AddmvBackward0")
    }

    /// In-place version of `addmv(_:_:beta:alpha:)`.
    @discardableResult
    public func addmv_(
        _ mat: Tensor, _ vec: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        inPlace([mat, vec]) { $0.addmv(mat, vec, beta: beta, alpha: alpha) }
    }

    /// Computes beta · self + alpha · (batch1 @ batch2). PyTorch: `torch.baddbmm`.
    public func baddbmm(
        _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        let range = OperatorRange("aten::baddbmm", [self, batch1, batch2, nil, nil])
        defer { range.end() }
        if let cast = Autocast.lowerPrecision {
            return cast.run { $0(self).baddbmm($0(batch1), $0(batch2), beta: beta, alpha: alpha) }
        }
        if isVoid { return .void }
        guard Tensor.checkBatches(batch1, batch2) else { return .void }
        guard dtype == batch1.dtype, dtype == batch2.dtype else {
            return fail(
                .runtime,
                "Input dtypes must be the same, got: input \(dtype.cName), batch1: \(batch1.dtype.cName), batch2: \(batch2.dtype.cName)"
            )
        }
        guard let beta = factor(beta), let alpha = factor(alpha) else { return .void }
        // PyTorch multiplies small matrices itself, and adds alpha times the product.
        let isLarge = Double(batch1.sizes[1]) * Double(batch1.sizes[2]) * Double(batch2.sizes[2]) >= 400
        return plusProduct(
            batch1, batch2, [batch1.sizes[0], batch1.sizes[1], batch2.sizes[2]], beta, alpha, name: "baddbmm",
            counts: .baddbmm, ignoringProduct: !alpha.boolValue && isLarge
        )
        .record("BaddbmmBackward0", inputs: [self, batch1, batch2], saved: [batch1, batch2]) { node, g in
            Tensor.plusProductGradients(node, g, beta, alpha) { $0.bmm($1) }
        }
    }

    /// In-place version of `baddbmm(_:_:beta:alpha:)`.
    @discardableResult
    public func baddbmm_(
        _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        inPlace([batch1, batch2]) { $0.baddbmm(batch1, batch2, beta: beta, alpha: alpha) }
    }

    /// Computes beta · self + alpha · Σ batch1 @ batch2. PyTorch: `torch.addbmm`.
    public func addbmm(
        _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        if let cast = Autocast.lowerPrecision {
            return cast.run { $0(self).addbmm($0(batch1), $0(batch2), beta: beta, alpha: alpha) }
        }
        if anyVoid(self, batch1, batch2) { return .void }
        if batch1.dim == 3, batch2.dim == 3, batch1.sizes[0] == batch2.sizes[0], batch1.sizes[2] != batch2.sizes[1] {
            return fail(
                .runtime,
                "Incompatible matrix sizes for bmm (\(batch1.sizes[1])x\(batch1.sizes[2]) and \(batch2.sizes[1])x\(batch2.sizes[2]))"
            )
        }
        guard Tensor.checkBatches(batch1, batch2) else { return .void }
        let (n, k, m, batches) = (batch1.sizes[1], batch1.sizes[2], batch2.sizes[2], batch1.sizes[0])
        // A half type is rounded after each batch, as in PyTorch.
        if dtype.wide != dtype || dtype.isFloat8, batches > 0 {
            let first = addmm(batch1.select(0, 0), batch2.select(0, 0), beta: beta, alpha: alpha)
            return (1..<Swift.max(1, batches)).reduce(first) {
                $0.addmm(batch1.select(0, $1), batch2.select(0, $1), alpha: alpha)
            }.named("AddbmmBackward0")
        }
        // The sum over batches is a longer sum within one product.
        return addmm(
            batch1.transpose(0, 1).reshape([n, batches &* k]), batch2.reshape([batches &* k, m]), beta: beta,
            alpha: alpha
        ).named("AddbmmBackward0")
    }

    /// In-place version of `addbmm(_:_:beta:alpha:)`.
    @discardableResult
    public func addbmm_(
        _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        inPlace([batch1, batch2]) { $0.addbmm(batch1, batch2, beta: beta, alpha: alpha) }
    }

    /// Computes beta · self + alpha · (vec1 ⊗ vec2), in the operands' common dtype. PyTorch: `torch.addr`.
    public func addr(
        _ vec1: Tensor, _ vec2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        if anyVoid(self, vec1, vec2) { return .void }
        for (vector, role) in [(vec1, "vec1"), (vec2, "vec2")] where vector.dim != 1 {
            return fail(.runtime, "addr: Expected 1-D argument \(role), but got \(vector.dim)-D")
        }
        let (beta, alpha) = (beta.scalar, alpha.scalar)
        let product = vec1.outer(vec2)
        guard layout.expanded(product.sizes) != nil else { return expand(product.sizes) }
        guard supportsKernel("addr_cpu"), let common = commonType([self, product]) else { return .void }
        guard Arithmetic.checkAlpha(beta.operand, common), Arithmetic.checkAlpha(alpha.operand, common) else {
            return .void
        }
        let scaled = alpha == .int(1) ? product : product.mul(alpha)
        if !beta.boolValue {
            return scaled.add(noGrad { Tensor.zerosLike(detach()) }.record("MulBackward0", self) { _, g in g.mul(0) })
                .named("AddrBackward0")
        }
        return scaled.add(beta == .int(1) ? self : mul(beta)).named("AddrBackward0")
    }

    /// In-place version of `addr(_:_:beta:alpha:)`.
    @discardableResult
    public func addr_(
        _ vec1: Tensor, _ vec2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
    ) -> Tensor {
        inPlace([vec1, vec2]) { $0.addr(vec1, vec2, beta: beta, alpha: alpha) }
    }

    /// Converts a factor to the kind of the tensor's dtype: an integer for integers. Raises and returns nil if it does
    /// not fit the dtype (float32 for half types).
    func factor(_ number: some ScalarConvertible) -> Scalar? {
        guard number.scalar.checkFits(dtype.wide) else { return nil }
        return dtype.isInexact ? number.scalar : .int(number.scalar.int64Value)
    }

    private static func plusProductGradients(
        _ node: OperatorNode, _ g: Tensor, _ beta: Scalar, _ alpha: Scalar, _ product: (Tensor, Tensor) -> Tensor
    ) -> [Tensor?] {
        [
            node.needs(0) ? g.mul(beta.conj) : nil,
            node.needs(1) ? product(g, node.saved(1).mH).mul(alpha.conj) : nil,
            node.needs(2) ? product(node.saved(0).mH, g).mul(alpha.conj) : nil
        ]
    }

    /// Computes beta · self + alpha · (a @ b) without recording. Half types are summed in float32 and rounded once.
    /// `ignoringProduct` leaves out the product, even if it is NaN, as BLAS does if alpha is 0.
    private func plusProduct(
        _ a: Tensor, _ b: Tensor, _ sizes: [Int], _ beta: Scalar, _ alpha: Scalar, name: String,
        counts: FlopTally.Operator?, ignoringProduct: Bool
    ) -> Tensor {
        guard layout.expanded(sizes) != nil else { return expand(sizes) }
        let isHalf = dtype.wide != dtype || dtype.isFloat8
        return noGrad {
            let sum =
                ignoringProduct && !isHalf && dtype != .bool
                ? Tensor.filled(0, sizes, dtype, device)
                : Tensor.product(a, b, sizes, as: isHalf ? .float32 : dtype, name: name, counts: counts)
            if alpha != .int(1) { sum.mul_(alpha) }
            if beta.boolValue { sum.add_(dtype.isFloat8 ? detach().to(.float32) : detach(), alpha: beta) }
            return sum.to(dtype)
        }
    }

    /// Whether two tensors are batches of matrices that can be multiplied. Raises if they are not.
    private static func checkBatches(_ batch1: Tensor, _ batch2: Tensor) -> Bool {
        if anyVoid(batch1, batch2) { return false }
        guard batch1.dim == 3 else {
            raise(.runtime, "batch1 must be a 3D tensor")
            return false
        }
        guard batch2.dim == 3 else {
            raise(.runtime, "batch2 must be a 3D tensor")
            return false
        }
        guard batch1.sizes[0] == batch2.sizes[0], batch1.sizes[2] == batch2.sizes[1] else {
            raise(
                .runtime,
                "Expected size for first two dimensions of batch2 tensor to be: [\(batch1.sizes[0]), \(batch1.sizes[2])] but got: [\(batch2.sizes[0]), \(batch2.sizes[1])]."
            )
            return false
        }
        return true
    }

    /// Multiplies self [.., k] by the transpose of weight [m, k] and adds bias [m].
    /// PyTorch: `torch.nn.functional.linear`.
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
        let range = OperatorRange("aten::linear", [self, weight, bias])
        defer { range.end() }
        if let cast = Autocast.lowerPrecision { return cast.run { $0(self).linear($0(weight), $0(bias)) } }
        guard dim > 0 && weight.dim > 0 || isVoid || weight.isVoid else {
            return fail(
                .runtime, "both arguments to linear need to be at least 1D, but they are \(dim)D and \(weight.dim)D")
        }
        guard let bias else { return matmul(weight.dim == 1 ? weight : weight.t()) }
        if anyVoid(self, weight, bias) { return .void }
        guard weight.dim == 2, dim >= 1, bias.dim == 1, bias.sizes[0] == weight.sizes[0],
            sizes[dim - 1] == weight.sizes[1],
            dtype == weight.dtype, dtype == bias.dtype, dtype != .bool
        else {
            if weight.dim != 2 || dim == 0 || bias.dim > 1 {
                return matmul(weight.dim == 1 ? weight : weight.t()).add(bias)
            }
            return bias.addmm(reshape([sizes.dropLast().reduce(1, &*), sizes[dim - 1]]), weight.t()).view(
                sizes.dropLast() + [weight.sizes[0]])
        }
        if dim == 2 { return matrixLinear(weight, bias, counts: .addmm) }
        // PyTorch adds the bias to a product if the rows do not lie as one matrix.
        let counts = layout.isContiguous ? .addmm : operatorForRows(times: weight)
        return reshape([sizes.dropLast().reduce(1, &*), sizes[dim - 1]]).matrixLinear(weight, bias, counts: counts)
            .view(sizes.dropLast() + [weight.sizes[0]]).named("UnsafeViewBackward0")
    }

    /// Computes `linear` of a matrix whose sizes fit. `FlopCounter` counts it as `counts`.
    private func matrixLinear(_ weight: Tensor, _ bias: Tensor, counts: FlopTally.Operator) -> Tensor {
        Tensor.product(
            self, weight.alias(weight.layout.transposed(0, 1)), [sizes[0], weight.sizes[0]], bias: bias, name: "addmm",
            counts: counts
        )
        .record("AddmmBackward0", inputs: [bias, self, weight], saved: [self, weight]) { node, g in
            let counts: FlopTally.Operator = counts == .bmm ? .bmm : .mm
            return [
                node.needs(0) ? g.sum(dim: 0) : nil,
                node.needs(1) ? g.mm(node.saved(1).conj(), counts: counts) : nil,
                node.needs(2) ? g.t().mm(node.saved(0).conj(), counts: counts) : nil
            ]
        }
    }

    /// Multiplies operands whose leading dimensions are already broadcast, in `dtype` (for half types also float32),
    /// without recording. `FlopCounter` counts it as `counts`.
    private static func product(
        _ a: Tensor, _ b: Tensor, _ sizes: [Int], as dtype: DType? = nil, bias: Tensor? = nil, name: String,
        counts: FlopTally.Operator?
    ) -> Tensor {
        guard shareDevice(a, b), bias.map({ shareDevice(a, $0) }) ?? true else { return .void }
        guard a.dtype == b.dtype else {
            return fail(
                .runtime, "expected m1 and m2 to have the same dtype, but got: \(a.dtype.cName) != \(b.dtype.cName)")
        }
        guard a.dtype != .bool else { return fail(.notImplemented, "\"\(name)_impl_cpu_\" not implemented for 'Bool'") }
        guard a.supportsKernel(name == "addmm" ? "addmm_impl_cpu_" : name, float8: name == "addmm") else {
            return .void
        }
        // Sum in float32 and round once.
        if a.dtype.isFloat8 {
            let (x, y, added) = (a.to(.float32), b.to(.float32), bias?.to(.float32))
            return product(x, y, sizes, bias: added, name: name, counts: counts).to(dtype ?? a.dtype)
        }
        if let tally = FlopTally.current, let counts { tally.add(counts, a, b, sizes) }
        if a.dtype.isComplex { return complexProduct(a, b, sizes, bias: bias) }
        let result = allocate(Layout(sizes), dtype ?? a.dtype, a.device)
        if result.isVoid || result.numel() == 0 { return result }
        return a.backend.matmul(out: result.dense, a.strided, b.strided, bias: bias?.contiguous().dense)
            ? result : .void
    }

    /// Whether two tensors are matrices that can be multiplied. Raises if they are not.
    private static func checkMatrices(_ a: Tensor, _ b: Tensor, name: String) -> Bool {
        for (x, role) in [(a, "self"), (b, "mat2")] where x.dim != 2 {
            raise(.runtime, "\(name): \(role) must be a matrix, got \(x.dim)-D tensor")
            return false
        }
        if a.sizes[1] == b.sizes[0] { return true }
        raise(
            .runtime,
            "\(name): mat1 and mat2 shapes cannot be multiplied (\(a.sizes[0])x\(a.sizes[1]) and \(b.sizes[0])x\(b.sizes[1]))"
        )
        return false
    }
}

import CTorchKernels

// Maxima and minima, and their indices.

extension Tensor {
    /// Returns the largest element, or NaN if there is one. PyTorch: `torch.max`.
    public func max() -> Tensor { whole(.max, "max") }
    /// Returns the smallest element, or NaN if there is one.
    public func min() -> Tensor { whole(.min, "min") }

    private func whole(_ op: Reduction, _ name: String) -> Tensor {
        guard requireReal("\"\(name)_all\" not implemented for '\(dtype.scalarTypeName)'"),
            supportsKernel("\(name)_all")
        else {
            return .void
        }
        guard numel() > 0 else {
            return fail(
                .runtime,
                "\(name)(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            )
        }
        return Reduce.run(op, self, Array(0..<dim), keepdim: false, dtype).record(
            op == .max ? "MaxBackward1" : "MinBackward1", self, saved: [self], saveResult: true
        ) { node, g in
            Tensor.shareAmongEqual(g, node.saved(0), node.saved(1), [], keepdim: true)
        }
    }

    /// Divides the gradient equally among the elements that equal the extreme.
    static func shareAmongEqual(_ g: Tensor, _ x: Tensor, _ result: Tensor, _ dims: [Int], keepdim: Bool) -> Tensor {
        let extreme = result.restoring(dims, keepdim: keepdim)
        let mask = x.eq(extreme)
        let equal = noGrad {
            x.isnan().any().isTrue(ifUnknown: false) ? mask.logicalOr(x.isnan().logicalAnd(extreme.isnan())) : mask
        }
        let count = noGrad { dims.isEmpty ? equal.sum() : equal.sum(dim: dims, keepdim: true) }
        return Torch.where(equal, g.restoring(dims, keepdim: keepdim).div(count.to(g.dtype)), 0)
    }

    /// Returns the largest elements along the given dimensions; equal elements share the gradient.
    /// PyTorch: `torch.amax`.
    /// - Parameters:
    ///   - dim: the dimensions to reduce; empty means all dimensions.
    ///   - keepdim: whether to keep the reduced dimensions, with size 1.
    ///   - out: a tensor of the result's shape and dtype that receives the result.
    public func amax(dim: [Int] = [], keepdim: Bool = false, out: Tensor? = nil) -> Tensor {
        several(.max, dim, keepdim, "Amax", out)
    }
    /// Like `amax(dim:keepdim:out:)`, for the smallest elements. PyTorch: `torch.amin`.
    public func amin(dim: [Int] = [], keepdim: Bool = false, out: Tensor? = nil) -> Tensor {
        several(.min, dim, keepdim, "Amin", out)
    }

    /// Like `amax(dim:keepdim:out:)`, for one dimension.
    public func amax(dim: Int, keepdim: Bool = false) -> Tensor { amax(dim: [dim], keepdim: keepdim) }
    /// Like `amin(dim:keepdim:out:)`, for one dimension.
    public func amin(dim: Int, keepdim: Bool = false) -> Tensor { amin(dim: [dim], keepdim: keepdim) }

    private func several(_ op: Reduction, _ dim: [Int], _ keepdim: Bool, _ node: String, _ out: Tensor? = nil) -> Tensor
    {
        if let out {
            guard out.dtype == dtype else {
                return fail(
                    .runtime,
                    "Expected the dtype for input and out to match, but got \(dtype.scalarTypeName) for input's dtype and \(out.dtype.scalarTypeName) for out's dtype."
                )
            }
            return several(op, dim, keepdim, node).written(to: out, name: node.lowercased(), read: [self])
        }
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        guard requireReal("\"\(op == .max ? "max" : "min")_values_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        else { return .void }
        if numel() == 0 {
            if dim.isEmpty {
                return fail(
                    .runtime,
                    "\(node.lowercased())(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
                )
            }
            if let empty = dims.first(where: { sizes[$0] == 0 }) {
                return fail(.index, "\(node.lowercased())(): Expected reduction dim \(empty) to have non-zero size.")
            }
        }
        return Reduce.run(op, self, dims, keepdim: keepdim, dtype).record(
            "\(node)Backward0", self, saved: [self], saveResult: true
        ) { node, g in
            Tensor.shareAmongEqual(g, node.saved(0), node.saved(1), dims, keepdim: keepdim)
        }
    }

    /// Returns the smallest and the largest elements. PyTorch: `torch.aminmax`.
    /// - Parameters:
    ///   - dim: the dimension to reduce; nil means all dimensions.
    ///   - keepdim: whether to keep the reduced dimension, with size 1.
    ///   - out: two tensors of the results' shape and dtype that receive the results.
    public func aminmax(
        dim: Int? = nil, keepdim: Bool = false, out: (min: Tensor, max: Tensor)? = nil
    ) -> (min: Tensor, max: Tensor) {
        if let out {
            guard out.min.storage !== out.max.storage else {
                return (fail(.value, "aminmax(): the `min` and `max` out= tensors must not overlap."), .void)
            }
            let result = aminmax(dim: dim, keepdim: keepdim)
            guard result.min.canBeWritten(to: out.min, name: "aminmax", read: [self]),
                result.max.canBeWritten(to: out.max, name: "aminmax", read: [self])
            else { return (.void, .void) }
            return (
                result.min.written(to: out.min, name: "aminmax", read: [self]),
                result.max.written(to: out.max, name: "aminmax", read: [self])
            )
        }
        if numel() == 0, dim == nil {
            return (
                fail(
                    .runtime,
                    "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."),
                .void
            )
        }
        guard requireReal("aminmax not implemented for \(dtype.scalarTypeName)", kind: .type),
            supportsKernel("aminmax_cpu")
        else { return (.void, .void) }
        let dims = dim.map { [$0] } ?? []
        let (least, greatest) = (amin(dim: dims, keepdim: keepdim), amax(dim: dims, keepdim: keepdim))
        return (least.named("AminmaxBackward0"), greatest.named("AminmaxBackward0"))
    }

    /// Returns the largest element along a dimension and its first index. PyTorch: `torch.max(dim=)`.
    public func max(dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        along(true, dim, keepdim, "MaxBackward0", "max")
    }

    /// Returns the smallest element along a dimension and its first index.
    public func min(dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        along(false, dim, keepdim, "MinBackward0", "min")
    }

    private func along(
        _ max: Bool, _ dim: Int, _ keepdim: Bool, _ node: String, _ name: String
    ) -> (values: Tensor, indices: Tensor) {
        guard !isVoid, let d = wrap(dim), requireReal("\(name)(): does not support complex input", kind: .type),
            supportsKernel("\(name)_cpu")
        else { return (.void, .void) }
        if self.dim > 0, sizes[d] == 0 {
            return (fail(.index, "\(name)(): Expected reduction dim \(d) to have non-zero size."), .void)
        }
        let dims = self.dim == 0 ? [] : [d]
        let values = Reduce.allocate(self, dims, dtype), indices = Reduce.allocate(self, dims, .int64)
        if anyVoid(values, indices) { return (.void, .void) }
        guard
            values.numel() == 0
                || backend.reduceArg(max: max, values: values.strided, indices: indices.strided, strided, dims: dims)
        else { return (.void, .void) }
        let (v, i) = keepdim ? (values, indices) : (values.dropping(dims), indices.dropping(dims))
        return (
            v.record(node, self, saved: [i]) { [sizes] node, g in
                if sizes.isEmpty { return g }
                return Tensor.filled(0, sizes, g.dtype, g.device).scatter(
                    dim: d, index: node.saved(0).restoring(dims, keepdim: keepdim),
                    source: g.restoring(dims, keepdim: keepdim))
            }, i
        )
    }

    /// Returns the first index of the largest element, among all elements or along a dimension.
    /// PyTorch: `torch.argmax`.
    public func argmax(_ dim: Int? = nil, keepdim: Bool = false) -> Tensor { position(true, dim, keepdim, "argmax") }
    /// Returns the first index of the smallest element, among all elements or along a dimension.
    public func argmin(_ dim: Int? = nil, keepdim: Bool = false) -> Tensor { position(false, dim, keepdim, "argmin") }

    private func position(_ max: Bool, _ dim: Int?, _ keepdim: Bool, _ name: String) -> Tensor {
        guard !isVoid, requireReal("\(name)(): does not support complex input", kind: .type) else { return .void }
        var dims = Array(0..<self.dim)
        if let dim {
            guard let d = wrap(dim) else { return .void }
            dims = self.dim == 0 ? [] : [d]
            if self.dim > 0, sizes[d] == 0 {
                return fail(.index, "\(name)(): Expected reduction dim \(d) to have non-zero size.")
            }
        } else if numel() == 0 {
            return fail(.index, "\(name)(): Expected reduction dim to be specified for input.numel() == 0.")
        }
        guard dtype != .bool else { return fail(.notImplemented, "\(name)(): does not support bool input") }
        guard supportsKernel("\(name)_cpu") else { return .void }
        let indices = Reduce.allocate(self, dims, .int64)
        if indices.isVoid { return indices }
        guard
            indices.numel() == 0
                || backend.reduceArg(max: max, values: nil, indices: indices.strided, strided, dims: dims)
        else { return .void }
        return keepdim ? indices : indices.dropping(dims)
    }
}

import CTorchKernels

// Order along a dimension: sort, top-k, k-th value, median and mode. NaN counts as greater than every number.

extension Tensor {
    /// Sorts the elements along a dimension in ascending (or descending) order, and returns their original indices too.
    /// Equal elements keep their order, even if `stable` is false. PyTorch: `torch.sort`.
    public func sort(dim: Int = -1, descending: Bool = false, stable: Bool = false) -> (values: Tensor, indices: Tensor)
    {
        guard let d = orderable(dim, "sort"), supportsKernel("sorting_kernel_method_name", unsigned: true) else {
            return (.void, .void)
        }
        return chosen(along: d, self.dim == 0 ? 1 : sizes[d], stable ? "SortBackward1" : "SortBackward0") {
            input, values, indices in
            input.backend.sort(values: values, indices: indices, input.dense, descending: descending)
        }
    }

    /// Returns the indices that sort the tensor along a dimension. PyTorch: `torch.argsort`.
    public func argsort(dim: Int = -1, descending: Bool = false, stable: Bool = false) -> Tensor {
        noGrad { detach().sort(dim: dim, descending: descending, stable: stable).indices }
    }

    /// Sorts the tensor along dimension 0. PyTorch: `torch.msort`.
    public func msort() -> Tensor { sort(dim: 0).values }

    /// Returns the `k` largest (or smallest) elements along a dimension and their indices, in order if `sorted` is
    /// true. PyTorch: `torch.topk`.
    public func topk(
        _ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
    ) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, "topk") else { return (.void, .void) }
        guard k >= 0, k <= (self.dim == 0 ? 1 : sizes[d]) else {
            return (fail(.runtime, "selected index k out of range"), .void)
        }
        guard supportsKernel("topk_cpu") else { return (.void, .void) }
        return chosen(along: d, k, "TopkBackward0") { input, values, indices in
            input.backend.topk(values: values, indices: indices, input.dense, largest: largest, sorted: sorted)
        }
    }

    /// Returns the `k`-th smallest element along a dimension and its index. PyTorch: `torch.kthvalue`.
    /// - Parameters:
    ///   - k: the rank, counted from 1.
    ///   - dim: the dimension whose elements are ranked.
    ///   - keepdim: whether to keep the dimension, with size 1.
    ///   - out: two tensors of the results' shapes that receive the results; the second is int64.
    public func kthvalue(
        _ k: Int, dim: Int = -1, keepdim: Bool = false, out: (values: Tensor, indices: Tensor)? = nil
    ) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, "kthvalue"), hasElements(d, "kthvalue") else { return (.void, .void) }
        guard k >= 1, k <= (self.dim == 0 ? 1 : sizes[d]) else {
            return (fail(.runtime, "kthvalue(): selected number k out of range for dimension \(d)"), .void)
        }
        guard supportsKernel("kthvalue_cpu") else { return (.void, .void) }
        let result = selected(.kth, k - 1, d, keepdim, "KthvalueBackward0")
        guard let out else { return result }
        guard result.values.canBeWritten(to: out.values, name: "kthvalue", read: [self, out.indices]),
            result.indices.canBeWritten(to: out.indices, name: "kthvalue", read: [self])
        else { return (.void, .void) }
        return (
            result.values.written(to: out.values, name: "kthvalue", read: [self, out.indices]),
            result.indices.written(to: out.indices, name: "kthvalue", read: [self])
        )
    }

    /// Returns the median, the lower of two middle elements; NaN if there is a NaN. PyTorch: `torch.median`.
    public func median() -> Tensor { middle(.median, "MedianBackward0") }
    /// Returns the median of the elements that are not NaN. PyTorch: `torch.nanmedian`.
    public func nanmedian() -> Tensor { middle(.nanmedian, "NanmedianBackward0") }

    /// Returns the median along a dimension, the lower of two middle elements, and its index; the first NaN if there is
    /// one.
    public func median(dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        middle(.median, dim, keepdim, "MedianBackward1", "median")
    }

    /// Returns the median along a dimension of the elements that are not NaN, and its index.
    public func nanmedian(dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        middle(.nanmedian, dim, keepdim, "NanmedianBackward1", "nanmedian")
    }

    private func middle(
        _ what: Selection, _ dim: Int, _ keepdim: Bool, _ node: String, _ name: String
    ) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, name), supportsKernel("median_out"), hasElements(d, name) else {
            return (.void, .void)
        }
        return selected(what, 0, d, keepdim, node)
    }

    private func middle(_ what: Selection, _ node: String) -> Tensor {
        guard orderable(0, "median") != nil, supportsKernel("median_cpu") else { return .void }
        if numel() == 0 { return Tensor.filled(.double(.nan), [], dtype, device) }
        let result = noGrad { detach().reshape([-1]).selected(what, 0, 0, false, node).values }
        return result.record(node, self, saved: [self], saveResult: true) { node, g in
            Tensor.shareAmongEqual(g, node.saved(0), node.saved(1), [], keepdim: true)
        }
    }

    /// Returns the most frequent element along a dimension and one of its indices; ties go to the smallest value.
    /// PyTorch: `torch.mode`.
    public func mode(dim: Int = -1, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, "mode"), supportsKernel("mode_cpu"), hasElements(d, "mode") else {
            return (.void, .void)
        }
        return selected(.mode, 0, d, keepdim, "ModeBackward0")
    }

    // MARK: Shared code

    /// Wraps `dim`. Raises and returns nil if it is out of range or the dtype cannot be ordered.
    private func orderable(_ dim: Int, _ name: String) -> Int? {
        guard !isVoid, let d = wrap(dim) else { return nil }
        let takesBool = name == "sort" || name == "mode"
        guard !dtype.isComplex, takesBool || dtype != .bool else {
            switch name {
            case "sort": raise(.type, " Sort does not support complex dtypes on CPU")
            case "topk":
                raise(
                    dtype.isComplex ? .type : .notImplemented,
                    "\(dtype.isComplex ? " topk does not support complex" : "topk does not support bool") dtypes on CPU"
                )
            default:
                raise(
                    .notImplemented,
                    "\"\(name == "nanmedian" ? "median" : name)_cpu\" not implemented for '\(dtype.scalarTypeName)'")
            }
            return nil
        }
        return d
    }

    private func hasElements(_ d: Int, _ name: String) -> Bool {
        let ok = dim == 0 || sizes[d] > 0
        if !ok { raise(.index, "\(name)(): Expected reduction dim \(d) to have non-zero size.") }
        return ok
    }

    private func selected(
        _ what: Selection, _ k: Int, _ d: Int, _ keepdim: Bool, _ node: String
    ) -> (values: Tensor, indices: Tensor) {
        chosen(along: d, 1, keepdim: keepdim || dim == 0, node) { input, values, indices in
            input.backend.select(what, k: k, values: values, indices: indices, input.dense)
        }
    }

    /// Returns `count` elements of each line along `d`. A kernel that gets the lines as rows chooses them. The gradient
    /// goes back to the original positions of the elements.
    private func chosen(
        along d: Int, _ count: Int, keepdim: Bool = true, _ node: String,
        _ choose: (_ input: Tensor, _ values: Dense, _ indices: Indices) -> Bool
    ) -> (values: Tensor, indices: Tensor) {
        let order = (0..<dim).filter { $0 != d } + (dim == 0 ? [] : [d])
        let rows = alias(layout.permuted(order)), input = rows.layout.isContiguous ? rows : rows.contiguousCopy()
        let shape = input.sizes.dropLast() + (dim == 0 ? [] : [count])
        let values = Tensor.allocate(Layout(Array(shape)), dtype, device),
            indices = Tensor.allocate(Layout(Array(shape)), .int64, device)
        if anyVoid(input, values, indices) { return (.void, .void) }
        guard values.numel() == 0 || choose(input, values.dense, indices.indexMemory) else { return (.void, .void) }
        var (v, i) = (values.movedBack(from: order), indices.movedBack(from: order))
        if !keepdim { (v, i) = (v.dropping([d]), i.dropping([d])) }
        return (
            v.record(node, self, saved: [i]) { [sizes] node, g in
                if sizes.isEmpty { return g }
                return Tensor.filled(0, sizes, g.dtype, g.device).scatter(
                    dim: d, index: node.saved(0).restoring([d], keepdim: keepdim),
                    source: g.restoring([d], keepdim: keepdim))
            }, i
        )
    }

    /// Puts the dimensions of a fresh tensor back in order, row-major: its dimension i becomes dimension `order[i]`.
    private func movedBack(from order: [Int]) -> Tensor {
        if order.elementsEqual(0..<dim) { return self }
        var inverse = order
        for (i, d) in order.enumerated() { inverse[d] = i }
        let moved = alias(layout.permuted(inverse))
        return moved.layout.isContiguous ? moved : moved.contiguousCopy()
    }
}

import CTorchKernels

// Order along a dimension: sorting, the largest, the k-th, the middle, the most frequent. NaN counts as greater than
// every number.

extension Tensor {
    /// The elements in ascending (or descending) order along a dimension, and where each was. Equal elements keep their
    /// order whether `stable` asks for it or not.
    /// PyTorch: `torch.sort`.
    public func sort(dim: Int = -1, descending: Bool = false, stable: Bool = false) -> (values: Tensor, indices: Tensor)
    {
        guard let d = orderable(dim, "sort"), takes("sorting_kernel_method_name", unsigned: true) else {
            return (.void, .void)
        }
        return chosen(along: d, self.dim == 0 ? 1 : sizes[d], "SortBackward0") { input, values, indices in
            input.backend.sort(values: values, indices: indices, input.dense, descending: descending)
        }
    }

    /// Where each element of the sorted tensor is. PyTorch: `torch.argsort`.
    public func argsort(dim: Int = -1, descending: Bool = false, stable: Bool = false) -> Tensor {
        noGrad { detach().sort(dim: dim, descending: descending, stable: stable).indices }
    }

    /// Sorted along the first dimension. PyTorch: `torch.msort`.
    public func msort() -> Tensor { sort(dim: 0).values }

    /// The `k` largest (or smallest) elements along a dimension, in order where `sorted`, and where each was. PyTorch:
    /// `torch.topk`.
    public func topk(
        _ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
    ) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, "topk") else { return (.void, .void) }
        guard k >= 0, k <= (self.dim == 0 ? 1 : sizes[d]) else {
            return (fail(.runtime, "selected index k out of range"), .void)
        }
        guard takes("topk_cpu") else { return (.void, .void) }
        return chosen(along: d, k, "TopkBackward0") { input, values, indices in
            input.backend.topk(values: values, indices: indices, input.dense, largest: largest, sorted: sorted)
        }
    }

    /// The `k`-th smallest element along a dimension, and where it was. PyTorch: `torch.kthvalue`.
    /// - Parameters:
    ///   - k: counted from 1.
    ///   - dim: the dimension that is put in order.
    ///   - keepdim: keep it, with size 1.
    ///   - out: two tensors of the results' shapes, the second int64, that receive them.
    public func kthvalue(
        _ k: Int, dim: Int = -1, keepdim: Bool = false, out: (values: Tensor, indices: Tensor)? = nil
    ) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, "kthvalue"), hasElements(d, "kthvalue") else { return (.void, .void) }
        guard k >= 1, k <= (self.dim == 0 ? 1 : sizes[d]) else {
            return (fail(.runtime, "kthvalue(): selected number k out of range for dimension \(d)"), .void)
        }
        guard takes("kthvalue_cpu") else { return (.void, .void) }
        let result = selected(.kth, k - 1, d, keepdim, "KthvalueBackward0")
        guard let out else { return result }
        guard result.values.canBeHandedOver(to: out.values, name: "kthvalue", read: [self, out.indices]),
            result.indices.canBeHandedOver(to: out.indices, name: "kthvalue", read: [self])
        else { return (.void, .void) }
        return (
            result.values.handedOver(to: out.values, name: "kthvalue", read: [self, out.indices]),
            result.indices.handedOver(to: out.indices, name: "kthvalue", read: [self])
        )
    }

    /// The middle element, the lower of two; NaN where one is in it. PyTorch: `torch.median`.
    public func median() -> Tensor { middle(.median, "MedianBackward0") }
    /// The middle of the elements that are not NaN. PyTorch: `torch.nanmedian`.
    public func nanmedian() -> Tensor { middle(.nanmedian, "NanmedianBackward0") }

    /// The middle element along a dimension, the lower of two, and where it was; the first NaN where there is one.
    public func median(dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        middle(.median, dim, keepdim, "MedianBackward1", "median")
    }
    public func nanmedian(dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        middle(.nanmedian, dim, keepdim, "NanmedianBackward1", "nanmedian")
    }

    private func middle(
        _ what: Selection, _ dim: Int, _ keepdim: Bool, _ node: String, _ name: String
    ) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, name), takes("median_out"), hasElements(d, name) else { return (.void, .void) }
        return selected(what, 0, d, keepdim, node)
    }

    private func middle(_ what: Selection, _ node: String) -> Tensor {
        guard orderable(0, "median") != nil, takes("median_cpu") else { return .void }
        if numel() == 0 { return Tensor.filled(.double(.nan), [], dtype) }
        let result = noGrad { detach().reshape([-1]).selected(what, 0, 0, false, node).values }
        return result.record(node, self, saved: [self], saveResult: true) { node, g in
            Tensor.shareAmongEqual(g, node.saved(0), node.saved(1), [], keepdim: true)
        }
    }

    /// The most frequent element along a dimension, of several the smallest, and one of its places. PyTorch:
    /// `torch.mode`.
    public func mode(dim: Int = -1, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        guard let d = orderable(dim, "mode"), takes("mode_cpu"), hasElements(d, "mode") else { return (.void, .void) }
        return selected(.mode, 0, d, keepdim, "ModeBackward0")
    }

    // MARK: What they share

    /// The dimension counted from the front, or nil with the error raised where it, or the dtype, is none to put in
    /// order.
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

    /// `count` elements of each line along `d`, chosen by a kernel that sees the lines as rows; the gradient goes back
    /// to where they were.
    private func chosen(
        along d: Int, _ count: Int, keepdim: Bool = true, _ node: String,
        _ choose: (_ input: Tensor, _ values: Dense, _ indices: Indices) -> Bool
    ) -> (values: Tensor, indices: Tensor) {
        let order = (0..<dim).filter { $0 != d } + (dim == 0 ? [] : [d])
        let rows = alias(layout.permuted(order)), input = rows.layout.isContiguous ? rows : rows.contiguousCopy()
        let shape = input.sizes.dropLast() + (dim == 0 ? [] : [count])
        let values = Tensor.allocate(Layout(Array(shape)), dtype),
            indices = Tensor.allocate(Layout(Array(shape)), .int64)
        if anyVoid(input, values, indices) { return (.void, .void) }
        guard values.numel() == 0 || choose(input, values.dense, indices.indices) else { return (.void, .void) }
        var (v, i) = (values.movedBack(from: order), indices.movedBack(from: order))
        if !keepdim { (v, i) = (v.dropping([d]), i.dropping([d])) }
        return (
            v.record(node, self, saved: [i]) { [sizes] node, g in
                if sizes.isEmpty { return g }
                return Tensor.filled(0, sizes, g.dtype).scatter(
                    dim: d, index: node.saved(0).restoring([d], keepdim: keepdim),
                    source: g.restoring([d], keepdim: keepdim))
            }, i
        )
    }

    /// A fresh tensor whose dimensions are `order` of another's, in that one's order and row-major.
    private func movedBack(from order: [Int]) -> Tensor {
        if order.elementsEqual(0..<dim) { return self }
        var inverse = order
        for (i, d) in order.enumerated() { inverse[d] = i }
        let moved = alias(layout.permuted(inverse))
        return moved.layout.isContiguous ? moved : moved.contiguousCopy()
    }
}

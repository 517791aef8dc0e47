/// In-place operators and the histories of views.
extension Tensor {
    /// The node gradients of this tensor go to; for a view whose base has been written since, its new history.
    var currentNode: Node? {
        guard let base, historyVersion != storage.version else { return node }
        guard let baseNode = base.node, !(baseNode is AccumulateGrad) else {
            return node
        }
        guard viewKind == .ordinary else {
            raiseWrittenView(indirectly: true)
            return nil
        }
        historyVersion = storage.version
        let (layout, baseLayout, baseDType, old) = (layout, base.layout, base.dtype, node)
        node = OperatorNode(
            "AsStridedBackward0", edges: [base.edge], outputs: [OutputForm(self)], saved: [],
            .unary { _, grad in
                grad.asStridedBackward(baseLayout, layout, baseDType)
            })
        outputIndex = 0
        moveKeeper(from: old)
        return node
    }

    /// Marks a result as a differentiable view of this tensor, and records the step where it has to be.
    @inline(__always)
    func view(
        as layout: Layout, dtype: DType? = nil, _ name: @autoclosure () -> String, _ kind: ViewKind = .ordinary,
        _ backward: @escaping (OperatorNode, Tensor) -> Tensor?
    ) -> Tensor {
        let result = alias(layout, dtype)
        if isVoid { return result }
        result.base = base ?? self
        result.historyVersion = storage.version
        result.viewKind = isGradEnabled() ? (viewKind == .ordinary ? kind : viewKind) : .noGrad
        return result.record(name(), self, backward)
    }

    /// Whether an in-place write is allowed, by the rules for leaves and views; the error is raised where it is not.
    func checkInPlace(recording: Bool, overlapping: Bool = false) -> Bool {
        if isVoid || ErrorBox.hasFailed { return false }
        if !overlapping, layout.overlapsItself {
            raise(
                .runtime,
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation."
            )
            return false
        }
        return checkInPlaceHistory(recording: recording)
    }

    private func checkInPlaceHistory(recording: Bool) -> Bool {
        guard isGradEnabled() else { return true }
        if node is AccumulateGrad, base == nil {
            raise(.runtime, "a leaf Variable that requires grad is being used in an in-place operation.")
            return false
        }
        guard let base, recording else { return true }
        if base.node is AccumulateGrad {
            raise(.runtime, "a view of a leaf Variable that requires grad is being used in an in-place operation.")
            return false
        }
        if viewKind == .ordinary { return true }
        raiseWrittenView(indirectly: false)
        return false
    }

    /// Raises PyTorch's error for a view whose history would be wrong after a write to it or, `indirectly`, to its
    /// base.
    private func raiseWrittenView(indirectly: Bool) {
        let written = indirectly ? "its base or another view of its base has been" : "is being"
        let start =
            if let node {
                "Output \(outputIndex) of \(node.operatorName) is a view and \(written) modified inplace."
            } else {
                "A view was created in no_grad mode and \(written) modified inplace with grad mode enabled."
            }
        let reason =
            switch viewKind {
            case .ordinary: ""
            case .multipleOutputs:
                " This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. "
                    + "You should replace the inplace operation by an out-of-place one."
            case .noGrad:
                " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace "
                    + "either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
            case .custom:
                " This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to handle view+inplace "
                    + "would override the custom backward associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. "
                    + "You can fix this by cloning the output of the custom Function."
            }
        raise(.runtime, start + reason)
    }

    /// Writes an operator's result into this tensor.
    ///
    /// `direct` writes with no record and no second memory, or raises an error and writes nothing; `recorded` is the
    /// operator itself on the old value. Either's result must have this tensor's sizes.
    /// `others` are the operator's other tensors: if one of them is void, nothing happens.
    /// `overlapping` says that the result is well defined if several indices share an element, as `expand` makes them;
    /// then `direct` writes in any case.
    @discardableResult
    func inPlace(
        _ others: [Tensor] = [], overlapping: Bool = false, direct: ((Tensor) -> Void)? = nil,
        recorded: (Tensor) -> Tensor
    ) -> Tensor {
        let mistakes = ErrorBox.mistakes
        let records = isGradEnabled() && (requiresGrad || others.contains { $0.requiresGrad })
        guard checkInPlace(recording: records, overlapping: overlapping) else { return .void }
        if anyVoid(others) { return .void }
        if !records, let direct {
            direct(self)
            guard ErrorBox.mistakes == mistakes else { return .void }
            bumpVersion()
            return self
        }
        // The operator sees an alias with this tensor's history, so that what it saves can be told from the new value.
        let old = alias(layout)
        old.node = currentNode
        old.outputIndex = outputIndex
        guard ErrorBox.mistakes == mistakes else { return .void }
        let result = recorded(old)
        if result.isVoid { return .void }
        guard result.sizes == sizes else {
            return fail(.runtime, "output with shape \(sizes) doesn't match the broadcast shape \(result.sizes)")
        }
        guard canCast(result.dtype, to: dtype) else {
            return fail(
                .runtime,
                "result type \(result.dtype.scalarTypeName) can't be cast to the desired output type \(dtype.scalarTypeName)"
            )
        }
        (result.node as? OperatorNode)?.preserveSaved(of: storage)
        if let direct, overlapping, layout.overlapsItself {
            direct(self)
        } else {
            backend.copy(out: strided, result.strided)
        }
        bumpVersion()
        if records {
            let converted = result.dtype == dtype || result.node == nil ? result : result.to(dtype)
            rebaseHistory(converted.node, converted.outputIndex)
        }
        return self
    }

    /// Makes this tensor what `view` shows of it: another layout over the same memory, which stays as it is.
    func inPlaceView(_ view: (Tensor) -> Tensor) -> Tensor {
        guard !isVoid, !ErrorBox.hasFailed, checkInPlaceHistory(recording: requiresGrad) else { return .void }
        let old = alias(layout)
        old.node = currentNode
        old.outputIndex = outputIndex
        // The history is that of the new layout even where nothing is recorded, or gradients would arrive in the wrong
        // form.
        let result = enableGrad { view(old) }
        if result.isVoid { return .void }
        strided.layout = result.layout
        bumpVersion()
        historyVersion = storage.version
        if let leaf = node as? AccumulateGrad {
            leaf.follow(self)
        } else {
            let old = node
            node = result.node
            outputIndex = result.outputIndex
            moveKeeper(from: old)
        }
        return self
    }

    /// Gives this tensor, just written, the history of its new value; through a view, its base too.
    private func rebaseHistory(_ new: Node?, _ index: Int32) {
        let old = node
        guard let base else {
            node = new
            outputIndex = index
            return moveKeeper(from: old)
        }
        guard new != nil || base.requiresGrad else { return }
        let (layout, dtype, baseLayout, baseNode) = (layout, dtype, base.layout, base.node)
        base.node = OperatorNode(
            "CopySlices", edges: [base.edge, Edge(node: new, index: index)], outputs: [OutputForm(base)], saved: [],
            .single { node, grad in
                // The base's old value counts where the view did not write; the view's new value where it did.
                let outside = node.needs(0) ? grad.zeroingRegion(layout, dtype, of: baseLayout) : nil
                let inside = node.needs(1) ? grad.region(layout, dtype, of: baseLayout) : nil
                return [outside, inside]
            })
        base.outputIndex = 0
        base.moveKeeper(from: baseNode)
        historyVersion = storage.version &- 1
        _ = currentNode
    }

    // The three below treat `self` (a gradient in the form of the base) as if it had the base's layout. A view may show
    // the parts of a complex base, or join those of a real one.

    /// The part of a gradient of the base that belongs to a view of it.
    func region(_ view: Layout, _ viewDType: DType, of base: Layout) -> Tensor {
        let dense = viewed(asBase: base).seen(as: viewDType)
        return dense.asStrided(
            view.sizes, view.strides, view.offset - base.seenOffset(dtype, as: viewDType) + dense.layout.offset)
    }

    /// A copy with zeros where the view lies.
    func zeroingRegion(_ view: Layout, _ viewDType: DType, of base: Layout) -> Tensor {
        let dense = viewed(asBase: base).seen(as: viewDType)
        let zeros = Tensor.filled(0, view.sizes, viewDType)
        return dense.asStridedScatter(
            zeros, view.sizes, view.strides, view.offset - base.seenOffset(dtype, as: viewDType) + dense.layout.offset
        ).seen(as: dtype)
    }

    /// The gradient of a base of which this is the gradient of a view.
    func asStridedBackward(_ base: Layout, _ view: Layout, _ baseDType: DType) -> Tensor {
        let zeros = Tensor.filled(0, base.sizes, baseDType).viewed(asBase: base).seen(as: dtype)
        return zeros.asStridedScatter(
            self, view.sizes, view.strides, view.offset - base.seenOffset(baseDType, as: dtype)
        ).seen(as: baseDType)
    }

    private func seen(as dtype: DType) -> Tensor {
        if dtype.isComplex == self.dtype.isComplex { return self }
        return dtype.isComplex ? viewAsComplex() : viewAsReal()
    }

    /// This tensor with the base's strides, offset 0: copied where it has others.
    private func viewed(asBase base: Layout) -> Tensor {
        if layout.strides == base.strides && layout.offset == 0 { return self }
        if base.isContiguous { return contiguous() }
        let dense = Tensor.filled(0, [base.extent], dtype)
        return dense.asStridedScatter(self, base.sizes, base.strides, 0).asStrided(base.sizes, base.strides, 0)
    }
}

extension Layout {
    /// The offset counted in elements of another dtype of the same memory.
    fileprivate func seenOffset(_ dtype: DType, as other: DType) -> Int {
        if dtype.isComplex == other.isComplex { return offset }
        return dtype.isComplex ? offset * 2 : offset / 2
    }
}

/// In-place operators and the histories of views.
extension Tensor {
    /// The node that receives this tensor's gradients. If the base of a view has been written since, the view's new
    /// node.
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
        let (own, others) = flagsApart(from: base)
        node = OperatorNode(
            "AsStridedBackward0", edges: [base.edge], outputs: [OutputForm(self)], saved: [],
            .unary { _, grad in
                grad.flipped(own).asStridedBackward(baseLayout, layout, baseDType).flipped(others)
            })
        outputIndex = 0
        moveRetainer(from: old)
        return node
    }

    /// Creates a differentiable view of this tensor, and records the step if necessary.
    @inline(__always)
    func view(
        as layout: Layout, dtype: DType? = nil, flipping: TensorFlags = [], _ name: @autoclosure () -> String,
        _ kind: ViewKind = .ordinary, _ backward: @escaping (OperatorNode, Tensor) -> Tensor?
    ) -> Tensor {
        let result = rawAlias(layout, dtype)
        if isVoid { return result }
        result.flags.formSymmetricDifference(flipping)
        result.base = base ?? self
        result.historyVersion = storage.version
        result.viewKind = isGradEnabled() ? (viewKind == .ordinary ? kind : viewKind) : .noGrad
        return result.record(name(), self, backward)
    }

    /// Returns whether the rules for leaves and views allow an in-place write; raises an error if they do not.
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

    /// Raises PyTorch's error for a view whose history would be wrong after a write to it or, if `indirectly`, to its
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
    /// `direct` writes the result without recording and without extra memory. If it raises an error, it writes nothing.
    /// `recorded` applies the operator to the old value. Both results must have this tensor's sizes.
    /// `others` are the operator's other tensors. If one of them is void, nothing happens.
    /// `overlapping` states that the result is well defined even if several indices share an element, as after
    /// `expand`. If they do, `direct` always does the write.
    @discardableResult
    func inPlace(
        _ others: [Tensor] = [], overlapping: Bool = false, direct: ((Tensor) -> Void)? = nil,
        recorded: (Tensor) -> Tensor
    ) -> Tensor {
        let errorCount = ErrorBox.errorCount
        let records = isGradEnabled() && (requiresGrad || others.contains { $0.requiresGrad })
        guard checkInPlace(recording: records, overlapping: overlapping) else { return .void }
        if anyVoid(others) { return .void }
        if !records, let direct {
            storage.willWrite()
            writeElements(direct)
            guard ErrorBox.errorCount == errorCount else { return .void }
            bumpVersion()
            return self
        }
        // The operator gets an alias with this tensor's history, so that tensors it saves differ from the new value.
        let old = alias(layout)
        old.node = currentNode
        old.outputIndex = outputIndex
        guard ErrorBox.errorCount == errorCount else { return .void }
        let result = recorded(old)
        if result.isVoid || ErrorBox.errorCount != errorCount { return .void }
        guard result.sizes == sizes else {
            return fail(.runtime, "output with shape \(sizes) doesn't match the broadcast shape \(result.sizes)")
        }
        guard canCast(result.dtype, to: dtype) else {
            return fail(
                .runtime,
                "result type \(result.dtype.scalarTypeName) can't be cast to the desired output type \(dtype.scalarTypeName)"
            )
        }
        guard result.device == device else {
            return fail(.runtime, "Tensor on device \(result.device) is not on the expected device \(device)!")
        }
        (result.node as? OperatorNode)?.copyValues(of: storage)
        storage.willWrite()
        if let direct, overlapping, layout.overlapsItself {
            writeElements(direct)
        } else if hasSparseForm {
            takeElements(of: result)
        } else {
            writeElements { $0.backend.copy(out: $0.strided, result.strided) }
        }
        guard ErrorBox.errorCount == errorCount else { return .void }
        bumpVersion()
        if records {
            let converted = result.dtype == dtype || result.node == nil ? result : result.to(dtype)
            rebaseHistory(converted.node, converted.outputIndex)
        }
        return self
    }

    /// Turns this tensor into the view that `view` returns: another layout over the same, unchanged memory.
    func inPlaceView(_ view: (Tensor) -> Tensor) -> Tensor {
        guard !isVoid, !ErrorBox.hasFailed, checkInPlaceHistory(recording: requiresGrad) else { return .void }
        let old = alias(layout)
        old.node = currentNode
        old.outputIndex = outputIndex
        // The history must follow the new layout even if nothing is recorded. Otherwise gradients would arrive in the
        // wrong form.
        let result = enableGrad { view(old) }
        if result.isVoid { return .void }
        storage.willWrite()
        raw.layout = result.layout
        bumpVersion()
        historyVersion = storage.version
        if let leaf = node as? AccumulateGrad {
            leaf.adoptLayout(of: self)
        } else {
            let old = node
            node = result.node
            outputIndex = result.outputIndex
            moveRetainer(from: old)
        }
        return self
    }

    /// Sets the history of this tensor after a write. If the tensor is a view, also sets the history of its base.
    private func rebaseHistory(_ new: Node?, _ index: Int32) {
        let old = node
        guard let base else {
            node = new
            outputIndex = index
            return moveRetainer(from: old)
        }
        guard new != nil || base.requiresGrad else { return }
        let (layout, dtype, baseLayout, baseNode) = (layout, dtype, base.layout, base.node)
        let (own, others) = flagsApart(from: base)
        base.node = OperatorNode(
            "CopySlices", edges: [base.edge, Edge(node: new, index: index)], outputs: [OutputForm(base)], saved: [],
            .single { node, grad in
                // Outside the view the base's old value counts; inside it the view's new value counts.
                let outside = node.needs(0) ? grad.zeroingRegion(layout, dtype, of: baseLayout) : nil
                let inside =
                    node.needs(1) ? grad.flipped(others).region(layout, dtype, of: baseLayout).flipped(own) : nil
                return [outside, inside]
            })
        base.outputIndex = 0
        base.moveRetainer(from: baseNode)
        historyVersion = storage.version &- 1
        _ = currentNode
    }

    /// Returns which of this view's elements' signs the base's elements have not, and the reverse.
    private func flagsApart(from base: Tensor) -> (own: TensorFlags, base: TensorFlags) {
        (
            flags.subtracting(base.flags).intersection(.unresolved),
            base.flags.subtracting(flags).intersection(.unresolved)
        )
    }

    // `region` and `zeroingRegion` treat `self`, a gradient in the form of the base, as if it had the base's layout. In
    // the next three functions, the view may show the real parts of a complex base, or a real base as complex numbers.

    /// Returns the part of a base's gradient that belongs to a view of the base.
    func region(_ view: Layout, _ viewDType: DType, of base: Layout) -> Tensor {
        let dense = viewed(asBase: base).seen(as: viewDType)
        return dense.asStrided(
            view.sizes, view.strides, view.offset - base.seenOffset(dtype, as: viewDType) + dense.layout.offset)
    }

    /// Returns a copy of a base's gradient with zeros at the view's elements.
    func zeroingRegion(_ view: Layout, _ viewDType: DType, of base: Layout) -> Tensor {
        let dense = viewed(asBase: base).seen(as: viewDType)
        let zeros = Tensor.filled(0, view.sizes, viewDType, device)
        return dense.asStridedScatter(
            zeros, view.sizes, view.strides, view.offset - base.seenOffset(dtype, as: viewDType) + dense.layout.offset
        ).seen(as: dtype)
    }

    /// Returns the gradient of a base from `self`, the gradient of a view of it.
    func asStridedBackward(_ base: Layout, _ view: Layout, _ baseDType: DType) -> Tensor {
        let zeros = Tensor.filled(0, base.sizes, baseDType, device).viewed(asBase: base).seen(as: dtype)
        return zeros.asStridedScatter(
            self, view.sizes, view.strides, view.offset - base.seenOffset(baseDType, as: dtype)
        ).seen(as: baseDType)
    }

    private func seen(as dtype: DType) -> Tensor {
        if dtype.isComplex == self.dtype.isComplex { return self }
        return dtype.isComplex ? viewAsComplex() : resolveConj().viewAsReal()
    }

    /// Returns this tensor with the base's strides and offset 0; copies it if it has other strides.
    private func viewed(asBase base: Layout) -> Tensor {
        if layout.strides == base.strides && layout.offset == 0 { return self }
        if base.isContiguous { return contiguous() }
        let dense = Tensor.filled(0, [base.extent], dtype, device)
        return dense.asStridedScatter(self, base.sizes, base.strides, 0).asStrided(base.sizes, base.strides, 0)
    }
}

extension Layout {
    /// The offset counted in elements of another dtype over the same memory.
    fileprivate func seenOffset(_ dtype: DType, as other: DType) -> Int {
        if dtype.isComplex == other.isComplex { return offset }
        return dtype.isComplex ? offset * 2 : offset / 2
    }
}

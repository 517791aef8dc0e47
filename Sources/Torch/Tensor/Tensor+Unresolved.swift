// Unresolved tensors: views whose memory holds the conjugates or the negatives of their elements. `conj()` and `imag`
// make them. Operators do not know them: they read through `strided`, and write through `writeElements`.

extension Tensor {
    /// Whether the memory holds the conjugates or the negatives of the elements.
    @inline(__always)
    var isUnresolved: Bool { !flags.isDisjoint(with: .unresolved) }

    /// The memory of the elements, for reading. If the tensor is unresolved, this is a copy. The copy has the tensor's
    /// strides if these are dense. Keep the result as long as its pointer is used. Raises for a sparse tensor:
    /// operators that know these ask before.
    var strided: Strided {
        @inline(__always) get { flags.isDisjoint(with: .indirect) ? raw : resolvedMemory }
    }

    /// The memory of the tensor's elements in another layout, or as another dtype, for reading.
    /// - Precondition: the layout contains only elements of this tensor.
    func strided(_ layout: Layout, _ dtype: DType? = nil) -> Strided {
        let dtype = dtype ?? self.dtype
        if flags.contains(.sparse) { return refusedMemory(layout, dtype) }
        guard isUnresolved, let memory = resolvedRange() else {
            return Strided(storage: storage, layout: layout, dtype: dtype)
        }
        memory.isReadOnly = true
        let start = self.layout.offset * itemSize / dtype.itemSize
        return Strided(storage: memory, layout: layout.at(layout.offset - start), dtype: dtype)
    }

    @inline(never)
    private var resolvedMemory: Strided {
        if flags.contains(.sparse) { return refusedMemory(layout, dtype) }
        // A copy of the whole range keeps the strides. If most of it belongs to other tensors, only the elements are
        // copied, in the same memory order.
        if layout.extent <= 2 * numel() || layout.strides.contains(0) { return strided(layout) }
        let result = Tensor.allocate(IterationOrder.resultLayout(sizes, [layout]), dtype, device)
        guard !result.isVoid, resolve(raw, to: result.raw) else { return raw }
        result.storage.isReadOnly = true
        return result.raw
    }

    /// This tensor, or if it is unresolved a copy of its elements with the same strides, without history. The copy is
    /// void if there is no memory for it.
    var resolved: Tensor {
        if !isUnresolved { return self }
        return resolvedRange().map { Tensor(Strided(storage: $0, layout: layout.at(0), dtype: dtype)) } ?? .void
    }

    /// Returns a copy of the memory from the first element to the last, with the elements resolved. Returns nil after
    /// an error was raised.
    private func resolvedRange() -> Storage? {
        let range = Layout([layout.extent], offset: layout.offset)
        let result = Tensor.allocate(range.atOrigin, dtype, device)
        return !result.isVoid && resolve(Strided(storage: storage, layout: range, dtype: dtype), to: result.raw)
            ? result.storage : nil
    }

    /// Conjugates and negates elements as the flags say. The same step turns memory into elements and elements into
    /// memory. Raises and returns false if the dtype has no kernel for it.
    private func resolve(_ source: Strided, to out: Strided) -> Bool {
        if source.count == 0 { return true }
        var source = source
        if flags.contains(.conjugated) {
            guard backend.pointwise(.conjugate, compute: dtype, out: out, [source]) else { return false }
            source = out
        }
        if !flags.contains(.negated) || backend.pointwise(.neg, compute: dtype, out: out, [source]) { return true }
        raise(.notImplemented, "\"neg_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    /// Copies the elements to a new tensor of the same sizes, on any device. Unresolved ones are resolved on the way.
    func copyElements(to out: Tensor) {
        if isUnresolved, dtype == out.dtype, device == out.device {
            _ = resolve(raw, to: out.raw)
        } else {
            out.backend.copy(out: out.raw, strided)
        }
    }

    /// Calls `write` with this tensor, to change its elements. If the tensor is unresolved, `write` gets a copy with
    /// the same strides, which is then written back. If `write` raises an error, nothing is written back.
    @inline(__always)
    func writeElements(_ write: (Tensor) -> Void) {
        if isUnresolved { writeCopy(write) } else { write(self) }
    }

    @inline(never)
    private func writeCopy(_ write: (Tensor) -> Void) {
        let copy = resolved, errorCount = ErrorBox.errorCount
        if copy.isVoid { return }
        write(copy)
        if ErrorBox.errorCount == errorCount { writeBack(copy) }
    }

    /// Writes the elements of `copy`, which `resolved` returned, to the memory of this tensor.
    func writeBack(_ copy: Tensor) {
        if copy === self || copy.isVoid { return }
        if layout.overlapsItself {
            // Between the elements, the copy has what the memory has.
            let (from, to) = (Layout([layout.extent]), Layout([layout.extent], offset: layout.offset))
            _ = resolve(
                Strided(storage: copy.storage, layout: from, dtype: dtype),
                to: Strided(storage: storage, layout: to, dtype: dtype))
        } else {
            _ = resolve(copy.raw, to: raw)
        }
    }

    /// Makes this tensor's memory that of another tensor.
    func takeMemory(of other: Tensor) {
        raw = other.raw
        flags = flags.subtracting(.indirect).union(other.flags.intersection(.indirect))
    }

    /// Returns the elements, conjugated and negated as the flags say.
    func flipped(_ flags: TensorFlags) -> Tensor {
        let conjugated = flags.contains(.conjugated) ? conj() : self
        return flags.contains(.negated) ? conjugated.neg() : conjugated
    }
}

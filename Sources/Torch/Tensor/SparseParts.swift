// What a sparse tensor consists of. Its storage has no memory: it holds indices and values, which are tensors.

/// The places of a sparse tensor's values.
struct SparsePattern {
    /// In the coordinate form (COO), the coordinates of each value, [sparse dimensions, count]. In a compressed form,
    /// the column of each value (CSR), or its row (CSC), [*batch, values of a matrix].
    var indices: Tensor
    /// In a compressed form, the number of values before each row, or column, and their total,
    /// [*batch, rows or columns + 1]; nil in the coordinate form.
    var starts: Tensor?
    /// Whether columns are compressed (CSC), not rows.
    var isByColumn = false
    /// Whether the coordinates ascend, and no two are equal.
    var isCoalesced: Bool

    init(indices: Tensor, starts: Tensor? = nil, isByColumn: Bool = false, isCoalesced: Bool = false) {
        self.indices = indices
        self.starts = starts
        self.isByColumn = isByColumn
        self.isCoalesced = isCoalesced || starts != nil || indices.layout.sizes.last ?? 0 < 2
    }

    /// The number of values.
    var count: Int { starts == nil ? indices.layout.sizes.last ?? 0 : indices.layout.count }
    /// The leading dimensions of a compressed form that number matrices. All matrices have the same number of values.
    var batch: [Int] { starts == nil ? [] : Array(indices.layout.sizes.dropLast()) }
    /// The number of leading dimensions that coordinates describe, those of a batch included. The values have the
    /// others.
    var sparseDim: Int { starts == nil ? indices.layout.sizes.first ?? 0 : batch.count + 2 }
    /// The form.
    var layoutKind: TensorLayout { starts == nil ? .sparseCoo : isByColumn ? .sparseCsc : .sparseCsr }
}

/// The places and the values of a sparse tensor.
struct SparseParts {
    var pattern: SparsePattern
    /// The values, [count, *dense dimensions], without history. Those of a batch follow each other.
    var values: Tensor
}

/// The object through which all tensors over one sparse storage see its parts, also after a write in place.
final class SparseContents {
    var parts: SparseParts

    init(_ parts: SparseParts) { self.parts = parts }
}

extension Tensor {
    /// Creates a sparse tensor without history. The caller has checked that the parts fit the sizes.
    convenience init(sparse parts: SparseParts, sizes: [Int]) {
        let storage = Storage(sparseContents: SparseContents(parts), device: parts.values.device)
        self.init(Strided(storage: storage, layout: Layout(sizes), dtype: parts.values.dtype))
        flags = .sparse
    }

    /// The parts of a sparse tensor; nil for all other tensors.
    var sparseParts: SparseParts? {
        @inline(__always) get { flags.contains(.sparse) ? sparseContents.parts : nil }
    }

    @inline(never)
    private var sparseContents: SparseContents { raw.storage.sparseContents as! SparseContents }

    /// Replaces the parts of this sparse tensor, for all tensors that share its storage.
    func takeParts(_ parts: SparseParts) { sparseContents.parts = parts }

    /// Whether the tensor is sparse, in whatever form.
    var hasSparseForm: Bool { @inline(__always) get { flags.contains(.sparse) } }

    /// The name of the device and form in PyTorch's errors: `CPU`, `SparseCPU`.
    var backendName: String {
        let form = sparseParts.map { $0.pattern.starts == nil ? "Sparse" : "SparseCsr" } ?? ""
        switch device.kind {
        case .cpu: return form + "CPU"
        case .cuda: return form + "CUDA"
        case .meta: return form + "Meta"
        }
    }

    /// The error of an operator that has no version for this tensor's form. `name` is PyTorch's.
    func unsupported(_ name: String) -> TorchError {
        TorchError(
            .notImplemented, "Could not run 'aten::\(name)' with arguments from the '\(backendName)' backend.")
    }

    /// Returns whether another tensor over this sparse storage may have a layout and dtype: only its own. Raises if
    /// not.
    @inline(never)
    func canAlias(_ layout: Layout, _ dtype: DType?) -> Bool {
        if layout == raw.layout, dtype ?? raw.dtype == raw.dtype { return true }
        raise(unsupported("as_strided"))
        return false
    }

    /// Raises the error of an operator that does not know sparse tensors, and returns dense memory in place of the
    /// elements, so that the operator can go on.
    @inline(never)
    func refusedMemory(_ layout: Layout, _ dtype: DType) -> Strided {
        raise(
            .notImplemented,
            "Could not run this operator with arguments from the '\(backendName)' backend: it needs a dense tensor. "
                + "Tensor.toDense() makes one.")
        // Indices may reach elements that the layout of an indexed operator leaves out.
        let count = Swift.max(layout.offset &+ layout.extent, raw.layout.count)
        let memory = Tensor.allocate(Layout([count]), dtype, device)
        return memory.isVoid ? raw : Strided(storage: memory.storage, layout: layout, dtype: dtype)
    }
}

import CTorchKernels

/// Attention in blocks of query rows: cuBLAS multiplies, and one kernel makes weights of scores. So the memory for
/// scores is bounded.
extension CUDABackend {
    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool {
        CUDAContext.attempt {
            let form = try AttentionForm(self, inputs)
            let whole =
                results.out.layout.isContiguous ? results.out : try scratch(results.out.layout.sizes, form.dtype)
            for block in form.blocks {
                let scores = try form.scores(form.query, block, form.key, form.embedding)
                let weights = form.dtype == form.wide ? scores : try scratch(scores.layout.sizes, form.dtype)
                let kernel = try kernel(.attention, 0, [form.dtype, form.maskDType]) {
                    .attentionWeights(form.dtype, form.maskDType)
                }
                try context.launch(kernel, grid: (block.count * form.groups * block.rows, 1), block: (256, 1)) {
                    $0.add(addressesOf: scores, weights, results.logsumexp?.strided, inputs.mask)
                    form.pack(block, &$0)
                }
                let values = form.matrices(form.value, block, form.values)
                let size = form.sizes(block, form.values)
                let part = form.part(whole, block, form.values)
                let product = part.layout.isContiguous ? part : try scratch(size, form.dtype)
                _ = matmul(out: Dense(product.of(size)), weights, values, bias: nil)
                if !part.layout.isContiguous { copy(out: part, product) }
            }
            if !results.out.layout.isContiguous { copy(out: results.out, whole) }
        }
    }

    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool {
        CUDAContext.attempt {
            try check(grad, gradients.query, gradients.key, gradients.value)
            let form = try AttentionForm(self, inputs), whole = try contiguous(grad)
            guard let logs = results.logsumexp else { return }
            let target = try gradients.query.map { try scratch($0.layout.sizes, form.dtype) }
            var sums = (
                key: AttentionSum(form, form.embedding, gradients.key),
                value: AttentionSum(form, form.values, gradients.value)
            )
            for block in form.blocks {
                let scores = try form.scores(form.query, block, form.key, form.embedding)
                let products = try form.scores(whole, block, form.value, form.values)
                let weights = form.dtype == form.wide ? scores : try scratch(scores.layout.sizes, form.dtype)
                let ofScores = form.dtype == form.wide ? products : try scratch(scores.layout.sizes, form.dtype)
                let kernel = try kernel(.attention, 1, [form.dtype, form.maskDType]) {
                    .attentionGradients(form.dtype, form.maskDType)
                }
                try context.launch(kernel, grid: (block.count * form.groups * block.rows, 1), block: (256, 1)) {
                    $0.add(addressesOf: scores, products, logs.strided, weights, ofScores, inputs.mask)
                    form.pack(block, &$0)
                }
                if let target {
                    let size = form.sizes(block, form.embedding), part = form.part(target, block, form.embedding)
                    let product = part.layout.isContiguous ? part : try scratch(size, form.dtype)
                    let keys = form.matrices(form.key, block, form.embedding)
                    _ = matmul(out: Dense(product.of(size)), ofScores, keys, bias: nil)
                    if !part.layout.isContiguous { copy(out: part, product) }
                }
                try sums.key.add(ofScores, contiguous(form.part(form.query, block, form.embedding)), block, self)
                try sums.value.add(weights, contiguous(form.part(whole, block, form.values)), block, self)
            }
            if let target, let query = gradients.query { copy(out: query, target) }
            sums.key.finish(self)
            sums.value.finish(self)
        }
    }
}

/// Some query rows of some batches.
private struct AttentionBlock {
    var batch, count, row, rows: Int
}

/// The sizes of an attention, and its operands as contiguous arrays.
private struct AttentionForm {
    let backend: CUDABackend
    /// [batch, groups, rows, embedding], [batch, keys, embedding] and [batch, keys, values].
    let query, key, value: Strided
    let batch, groups, rows, keys, embedding, values: Int
    let dtype, wide, maskDType: DType
    private let inputs: AttentionInputs

    init(_ backend: CUDABackend, _ inputs: AttentionInputs) throws {
        try backend.check(inputs.query, inputs.key, inputs.value, inputs.mask)
        try backend.requireReal(inputs.query.dtype, "attention")
        self.backend = backend
        self.inputs = inputs
        let sizes = inputs.query.layout.sizes, rank = sizes.count
        batch = sizes[..<(rank - 3)].reduce(1, *)
        (groups, rows, embedding) = (sizes[rank - 3], sizes[rank - 2], sizes[rank - 1])
        keys = inputs.key.layout.sizes[rank - 3]
        values = inputs.value.layout.sizes[rank - 2]
        dtype = inputs.query.dtype
        wide = dtype.wide
        maskDType = inputs.mask?.dtype ?? .bool
        query = try backend.contiguous(inputs.query)
        key = try backend.contiguous(inputs.key)
        value = try backend.contiguous(inputs.value)
        guard inputs.mask == nil || rank - 3 <= 8 else {
            throw TorchError(
                .notImplemented,
                "attention with a mask of more than 8 batch dimensions has no kernel for the device \(backend.device) yet; use Tensor.cpu() for it"
            )
        }
    }

    /// Cuts the rows so that the scores of a block fit, or are one row.
    var blocks: [AttentionBlock] {
        let most = backend.context.blockBytes.load(ordering: .relaxed) / wide.itemSize / max(1, groups * keys)
        let height = max(1, min(rows, most)), width = max(1, min(batch, most / height))
        return stride(from: 0, to: batch, by: width).flatMap { b in
            stride(from: 0, to: rows, by: height).map { r in
                AttentionBlock(batch: b, count: min(width, batch - b), row: r, rows: min(height, rows - r))
            }
        }
    }

    /// The sizes of a block of rows. All rows of all groups follow each other.
    func sizes(_ block: AttentionBlock, _ width: Int) -> [Int] {
        block.rows == rows ? [block.count, 1, groups * rows, width] : [block.count, groups, block.rows, width]
    }

    /// The rows of a block of a contiguous array [batch, groups, rows, width].
    func part(_ array: Strided, _ block: AttentionBlock, _ width: Int) -> Strided {
        let row = width, group = rows * width, image = groups * rows * width
        return Strided(
            storage: array.storage,
            layout: Layout(
                sizes(block, width), strides: block.rows == rows ? [image, image, row, 1] : [image, group, row, 1],
                offset: array.layout.offset + block.batch * image + block.row * row), dtype: array.dtype)
    }

    /// The keys or values of a block's batches, [count, 1 or groups, keys, width].
    func matrices(_ array: Strided, _ block: AttentionBlock, _ width: Int) -> Strided {
        Strided(
            storage: array.storage,
            layout: Layout(
                [block.count, block.rows == rows ? 1 : groups, keys, width], strides: [keys * width, 0, width, 1],
                offset: array.layout.offset + block.batch * keys * width), dtype: array.dtype)
    }

    /// Returns the products of a block's rows with all keys, in the wide dtype.
    func scores(_ array: Strided, _ block: AttentionBlock, _ keys: Strided, _ width: Int) throws -> Strided {
        let scores = try backend.scratch(sizes(block, self.keys), wide)
        var transposed = matrices(keys, block, width)
        let layout = transposed.layout
        transposed.layout = Layout(
            [layout.sizes[0], layout.sizes[1], width, self.keys], strides: [layout.strides[0], 0, 1, width],
            offset: layout.offset)
        _ = backend.matmul(out: Dense(scores), part(array, block, width), transposed, bias: nil)
        return scores
    }

    /// Packs `AttentionShape` of attention.cuh.
    func pack(_ block: AttentionBlock, _ arguments: inout KernelArguments) {
        arguments.add(counts: groups, block.rows, keys, block.batch, block.row, rows)
        arguments.add(inputs.scale)
        let layout = inputs.mask?.layout, dims = (layout?.rank ?? 3) - 3
        arguments.add(Int32(inputs.isCausal ? 1 : 0))
        arguments.add(Int32(dims))
        for row in [layout?.sizes, layout?.strides] {
            for d in 0..<8 { arguments.add(counts: d < dims ? row![d] : 1) }
        }
        for k in 0..<3 { arguments.add(counts: layout.map { $0.strides[dims + k] } ?? 0) }
    }
}

/// The gradient of the keys or of the values, which the blocks of rows add to.
private struct AttentionSum {
    private let form: AttentionForm
    private let width: Int
    private let target: Strided?
    private var sum: Strided?

    init(_ form: AttentionForm, _ width: Int, _ target: Strided?) {
        (self.form, self.width, self.target) = (form, width, target)
    }

    /// Adds weightsᵀ · array for a block.
    mutating func add(
        _ weights: Strided, _ array: Strided, _ block: AttentionBlock, _ backend: CUDABackend
    ) throws {
        if target == nil { return }
        let (keys, rows) = (form.keys, form.groups * block.rows)
        if sum == nil { sum = try backend.scratch([form.batch, keys, width], form.wide) }
        guard let sum else { return }
        let part = Strided(
            storage: sum.storage, layout: Layout([block.count, keys, width], offset: block.batch * keys * width),
            dtype: sum.dtype)
        let product = block.row == 0 ? part : try backend.scratch(part.layout.sizes, sum.dtype)
        let transposed = Strided(
            storage: weights.storage,
            layout: Layout([block.count, keys, rows], strides: [rows * keys, 1, keys], offset: weights.layout.offset),
            dtype: weights.dtype)
        _ = backend.matmul(out: Dense(product), transposed, array.of([block.count, rows, width]), bias: nil)
        if block.row > 0 { _ = backend.pointwise(.add, compute: sum.dtype, out: part, [part, product]) }
    }

    func finish(_ backend: CUDABackend) {
        if let target, let sum { backend.copy(out: target, sum.of(target.layout.sizes)) }
    }
}

extension Strided {
    /// The same contiguous memory with other sizes.
    fileprivate func of(_ sizes: [Int]) -> Strided {
        Strided(storage: storage, layout: Layout(sizes, offset: layout.offset), dtype: dtype)
    }
}

extension KernelSource {
    private static func attention(_ name: String, _ dtype: DType, _ mask: DType, _ kernel: String) -> KernelSource {
        KernelSource(
            "\(name)_\(dtype.name)_\(mask.name)", header: "attention",
            types: ["T": dtype.cudaElement, "A": dtype.cudaWide, "M": mask.cudaElement], kernel)
    }
    static func attentionWeights(_ dtype: DType, _ mask: DType) -> KernelSource {
        attention(
            "attention_weights", dtype, mask,
            "(const A *scores, T *to, A *logs, const M *masks, AttentionShape shape) { Attention<T, A, M>::weights(scores, to, logs, masks, shape); }"
        )
    }
    static func attentionGradients(_ dtype: DType, _ mask: DType) -> KernelSource {
        attention(
            "attention_gradients", dtype, mask,
            "(const A *scores, const A *products, const A *logs, T *to, T *grads, const M *masks, AttentionShape shape) { Attention<T, A, M>::gradients(scores, products, logs, to, grads, masks, shape); }"
        )
    }
}

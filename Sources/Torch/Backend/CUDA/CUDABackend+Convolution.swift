import CTorchKernels

/// Convolutions as matrix products with columns: for each output position the inputs under the kernel.
extension CUDABackend {
    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool {
        CUDAContext.attempt {
            try check(out, a, b, bias?.strided)
            let (input, weight, output) = plan.operands(pass, out: out, a, b)
            let form = ColumnForm(plan, most: context.blockBytes.load(ordering: .relaxed))
            switch pass {
            case .forward: try convolve(form, out, input, contiguous(weight), bias)
            case .backwardInput: try convolveInput(form, out, contiguous(weight), contiguous(output), bias)
            case .backwardWeight: try convolveWeight(form, out, input, output)
            }
        }
    }

    /// out[b, g] = weight[g] · columns[b, g]
    private func convolve(
        _ form: ColumnForm, _ out: Strided, _ input: Strided, _ weight: Strided, _ bias: Dense?
    ) throws {
        let target = out.layout.isContiguous ? out : try scratch(out.layout.sizes, out.dtype)
        for (first, count) in form.chunks(input.dtype.itemSize) {
            let columns =
                try form.isProduct && input.layout.isContiguous
                ? input.part([count, form.groups, form.rows, form.places], from: first * form.imageSize)
                : makeColumns(form, input, first, count, byImage: true)
            multiply(
                target.part([count, form.groups, form.outputs, form.places], from: first * form.resultSize),
                weight.part(
                    [count, form.groups, form.outputs, form.rows],
                    strides: [0, form.outputs * form.rows, form.rows, 1]), columns)
        }
        if let bias { try addBias(target, bias, form.plan.outputChannels, form.places) }
        if !out.layout.isContiguous { copy(out: out, target) }
    }

    /// The columns' gradients are weight[g]ᵀ · output[b, g]; each input adds those that it was read for.
    private func convolveInput(
        _ form: ColumnForm, _ out: Strided, _ weight: Strided, _ output: Strided, _ bias: Dense?
    ) throws {
        let transposed = { (count: Int) in
            weight.part(
                [count, form.groups, form.rows, form.outputs],
                strides: [0, form.outputs * form.rows, 1, form.rows])
        }
        if form.isProduct, out.layout.isContiguous {
            let batch = form.plan.batch
            multiply(
                out.part([batch, form.groups, form.rows, form.places]), transposed(batch),
                output.part([batch, form.groups, form.outputs, form.places]))
            if let bias { try addBias(out, bias, form.plan.inputChannels, form.places) }
            return
        }
        let kernel = try kernel(.convolution, 1, [out.dtype]) { .addColumns(out.dtype) }
        for (first, count) in form.chunks(out.dtype.wide.itemSize) {
            let columns = try scratch([count, form.groups, form.rows, form.places], out.dtype.wide)
            multiply(
                columns, transposed(count),
                output.part([count, form.groups, form.outputs, form.places], from: first * form.resultSize))
            let elements = count * form.imageSize
            try launch(kernel, over: elements) {
                $0.add(addressesOf: columns)
                $0.add(out.deviceAddress + UInt64(first * out.layout.strides[0] * out.dtype.itemSize))
                form.pack(out.layout, &$0)
                $0.add(addressesOf: bias?.strided)
                $0.add(counts: elements)
            }
        }
    }

    /// out[g] = Σ output[b, g] · columns[b, g]ᵀ, as one product over images and places.
    private func convolveWeight(
        _ form: ColumnForm, _ out: Strided, _ input: Strided, _ output: Strided
    ) throws {
        let chunks = form.chunks(input.dtype.itemSize), isOne = chunks.count == 1
        let target = out.layout.isContiguous ? out : try scratch(out.layout.sizes, out.dtype)
        // Sums of several chunks are kept in the wide dtype.
        let sum = isOne ? target : try scratch(out.layout.sizes, out.dtype.wide)
        for (first, count) in chunks {
            let columns = try makeColumns(form, input, first, count, byImage: false), length = count * form.places
            var images = output
            let (sizes, strides) = (output.layout.sizes, output.layout.strides)
            images.layout = Layout(
                [form.groups, form.outputs, count] + sizes[2...],
                strides: [form.outputs * strides[1], strides[1], strides[0]] + strides[2...],
                offset: output.layout.offset + first * strides[0])
            let packed = try contiguous(images), result = [form.groups, form.outputs, form.rows]
            let product = first == 0 ? sum : try scratch(result, sum.dtype)
            multiply(
                product.part(result), packed.part([form.groups, form.outputs, length]),
                columns.part([form.groups, length, form.rows], strides: [form.rows * length, 1, length]))
            if first > 0 { _ = pointwise(.add, compute: sum.dtype, out: sum.part(result), [sum.part(result), product]) }
        }
        if !isOne { copy(out: out, sum) } else if !out.layout.isContiguous { copy(out: out, target) }
    }

    private func multiply(_ out: Strided, _ a: Strided, _ b: Strided) { _ = matmul(out: Dense(out), a, b, bias: nil) }

    /// Returns the columns of some images: [image, group, row, place] or, unless `byImage`, [group, row, image, place].
    private func makeColumns(
        _ form: ColumnForm, _ input: Strided, _ first: Int, _ count: Int, byImage: Bool
    ) throws -> Strided {
        let (rows, places, groups) = (form.rows, form.places, form.groups), item = input.dtype.itemSize
        let columns = try scratch(
            byImage ? [count, groups, rows, places] : [groups, rows, count, places], input.dtype)
        let steps =
            byImage ? (groups * rows * places, rows * places, places) : (places, rows * count * places, count * places)
        try launch(kernel(.convolution, item << 1) { .makeColumns(ofSize: item) }, over: columns.count) {
            $0.add(input.deviceAddress + UInt64(first * input.layout.strides[0] * item))
            $0.add(addressesOf: columns)
            form.pack(input.layout, &$0)
            $0.add(counts: steps.0, steps.1, steps.2, columns.count)
        }
        return columns
    }

    private func addBias(_ out: Strided, _ bias: Dense, _ channels: Int, _ places: Int) throws {
        let dtype = out.dtype
        try launch(kernel(.convolution, 3, [dtype]) { .addBias(dtype) }, over: out.count) {
            $0.add(addressesOf: out, bias.strided)
            $0.add(counts: channels, places, out.count)
        }
    }
}

/// The sizes of a convolution's matrices.
private struct ColumnForm {
    let plan: ConvolutionPlan
    /// The groups, the output channels of each, the rows of its columns, and the output's places.
    let groups, outputs, rows, places: Int
    /// The most bytes of columns at a time.
    private let most: Int

    init(_ plan: ConvolutionPlan, most: Int) {
        self.plan = plan
        self.most = most
        groups = plan.groups
        outputs = plan.outputChannels / plan.groups
        rows = plan.inputChannels / plan.groups * plan.kernel.reduce(1, *)
        places = plan.output.reduce(1, *)
    }

    /// The elements of an image, and of its result.
    var imageSize: Int { plan.inputChannels * plan.input.reduce(1, *) }
    var resultSize: Int { plan.outputChannels * places }

    /// Whether a contiguous image is its own columns.
    var isProduct: Bool {
        plan.kernel.allSatisfy { $0 == 1 } && plan.stride.allSatisfy { $0 == 1 } && plan.padding.allSatisfy { $0 == 0 }
            && plan.input == plan.output
    }

    /// Cuts the batch so that the columns of some images fit, or are those of one.
    func chunks(_ item: Int) -> [(first: Int, count: Int)] {
        let step = max(1, min(plan.batch, most / max(1, groups * rows * places * item)))
        return stride(from: 0, to: plan.batch, by: step).map { ($0, min(step, plan.batch - $0)) }
    }

    /// Packs `ConvolutionShape` of convolution.cuh.
    func pack(_ image: Layout, _ arguments: inout KernelArguments) {
        func three(_ values: [Int], _ filler: Int) {
            for k in (0..<3).map({ $0 - 3 + values.count }) { arguments.add(counts: k < 0 ? filler : values[k]) }
        }
        arguments.add(counts: plan.inputChannels, groups)
        three(plan.input, 1)
        three(plan.output, 1)
        three(plan.kernel, 1)
        three(plan.stride, 1)
        three(plan.padding, 0)
        three(plan.dilation, 1)
        arguments.add(counts: image.strides[0], image.strides[1])
        three(Array(image.strides[2...]), 0)
    }
}

extension Strided {
    /// A part of the memory with other sizes, from an element of this one on. The memory is contiguous, or `strides`
    /// say how it is read.
    fileprivate func part(_ sizes: [Int], strides: [Int]? = nil, from element: Int = 0) -> Strided {
        let offset = layout.offset + element
        return Strided(
            storage: storage,
            layout: strides.map { Layout(sizes, strides: $0, offset: offset) } ?? Layout(sizes, offset: offset),
            dtype: dtype)
    }
}

extension KernelSource {
    static func makeColumns(ofSize item: Int) -> KernelSource {
        KernelSource(
            "columns_\(item)", header: "convolution", types: ["Word": word(ofSize: item)],
            "(const Word *in, Word *columns, ConvolutionShape shape, long long batch_step, long long group_step, long long row_step, long long n) { make_columns(in, columns, shape, batch_step, group_step, row_step, n); }"
        )
    }
    static func addColumns(_ dtype: DType) -> KernelSource {
        KernelSource(
            "add_columns_\(dtype.name)", header: "convolution",
            types: ["C": dtype.wide.cudaElement, "T": dtype.cudaElement],
            "(const C *columns, T *out, ConvolutionShape shape, const T *bias, long long n) { add_columns(columns, out, shape, bias, n); }"
        )
    }
    static func addBias(_ dtype: DType) -> KernelSource {
        KernelSource(
            "bias_\(dtype.name)", header: "convolution", types: ["T": dtype.cudaElement],
            "(T *out, const T *bias, long long channels, long long places, long long n) { add_bias(out, bias, channels, places, n); }"
        )
    }
}

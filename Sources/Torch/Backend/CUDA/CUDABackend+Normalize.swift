import CTorchKernels

extension CUDABackend {
    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        CUDAContext.attempt {
            try check(out, numbers, input)
            try requireReal(input.dtype, "LayerNormKernelImpl")
            if form.rows == 0 { return }
            let kernel = try kernel(.normalize, 0, [input.dtype]) { .normalizeRows(input.dtype) }
            try context.launch(kernel, grid: (form.rows, 1), block: (256, 1)) {
                $0.add(
                    addressesOf: input.strided, out.strided, numbers.mean?.strided, numbers.rstd.strided,
                    numbers.weight?.strided, numbers.bias?.strided)
                form.pack(&$0)
                $0.add(Int32(centered ? 1 : 0))
                $0.add(eps)
            }
        }
    }

    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        CUDAContext.attempt {
            try check(grad, numbers, input)
            try requireReal(input.dtype, "LayerNormBackwardKernelImpl")
            if let out = gradients.input, form.rows > 0 {
                let kernel = try kernel(.normalize, 1, [input.dtype]) { .normalizeRowsBackward(input.dtype) }
                try context.launch(kernel, grid: (form.rows, 1), block: (256, 1)) {
                    $0.add(
                        addressesOf: input.strided, grad.strided, out.strided, numbers.mean?.strided,
                        numbers.rstd.strided, numbers.weight?.strided)
                    form.pack(&$0)
                    $0.add(Int32(centered ? 1 : 0))
                }
            }
            // The weights are the channels of [rows / groups, weights, inner].
            let channels = NormalizedChannels(
                outer: form.rows / max(form.groups, 1), channels: form.weights, inner: form.inner)
            try addGradients(
                channels, statistics: (rows: form.groups, width: form.weights / max(form.groups, 1)), gradients,
                grad: grad, numbers, input)
        }
    }

    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        CUDAContext.attempt {
            try check(out, numbers, input)
            let dtype = input.dtype
            try requireReal(dtype, "batch_norm")
            guard let mean = numbers.mean, form.channels > 0 else { return }
            if !given {
                let array = Strided(
                    storage: input.strided.storage,
                    layout: Layout(form.sizes, offset: input.layout.offset), dtype: dtype)
                try launchReduction(
                    array, Layout([1, form.channels, 1]), [0, 2], 3 * dtype.wide.itemSize
                ) { plan, pass in
                    try self.kernel(.normalize, 8 | pass.number | (plan.most == 8 ? 0 : 4), [dtype]) {
                        .channelMoments(dtype, pass, dims: plan.most)
                    }
                } job: {
                    $0.add(addressesOf: variance?.strided, mean.strided)
                    $0.add(0.0)
                    $0.add(addressesOf: numbers.rstd.strided)
                    $0.add(eps)
                    $0.add(Int32(meanDType == .float16 ? 1 : meanDType == .bfloat16 ? 2 : 0))
                    $0.align(8)
                }
            }
            if out.count == 0 { return }
            let kernel = try kernel(.normalize, 2, [dtype]) { .normalizeChannels(dtype) }
            try launch(kernel, over: out.count) {
                $0.add(
                    addressesOf: input.strided, out.strided, mean.strided, numbers.rstd.strided,
                    numbers.weight?.strided, numbers.bias?.strided)
                $0.add(counts: form.channels, form.inner, out.count)
            }
        }
    }

    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        CUDAContext.attempt {
            try check(grad, numbers, input)
            try requireReal(input.dtype, "batch_norm")
            let sumBytes = 2 * input.dtype.wide.itemSize * form.channels
            try withScratch(given || gradients.input == nil ? 0 : sumBytes) { sums in
                try addGradients(
                    form, statistics: (0, 1), gradients, grad: grad, numbers, input, sums: sums)
                guard let out = gradients.input, out.count > 0 else { return }
                let kernel = try kernel(.normalize, 3, [input.dtype]) { .normalizeChannelsBackward(input.dtype) }
                try launch(kernel, over: out.count) {
                    $0.add(
                        addressesOf: input.strided, grad.strided, out.strided, numbers.mean?.strided,
                        numbers.rstd.strided, numbers.weight?.strided)
                    $0.add(sums)
                    $0.add(counts: form.channels, form.inner, form.outer * form.inner, out.count)
                }
            }
        }
    }

    /// Adds the gradients of weight and bias, and writes both sums of each channel to `sums`, if it is not 0. The
    /// statistics of row o and channel c are number o · rows + c / width.
    private func addGradients(
        _ form: NormalizedChannels, statistics: (rows: Int, width: Int), _ gradients: NormalizationGradients,
        grad: Dense, _ numbers: NormalizationNumbers, _ input: Dense, sums: UInt64 = 0
    ) throws {
        guard form.channels > 0, gradients.weight != nil || gradients.bias != nil || sums != 0 else { return }
        // Neighbouring channels are added by columns.
        let byColumns = form.inner == 1, count = form.outer * form.inner, dtype = input.dtype
        let blocks = byColumns ? (form.channels + 31) / 32 : form.channels, least = byColumns ? 256 : 4096
        let pieces = max(1, min((count + least - 1) / least, (511 + blocks) / blocks))
        try withScratch(form.channels * pieces * 2 * dtype.wide.itemSize) { partial in
            let kernel = try kernel(.normalize, byColumns ? 4 : 5, [dtype]) {
                .channelSums(dtype, byColumns: byColumns)
            }
            try context.launch(kernel, grid: (blocks, pieces), block: byColumns ? (32, 8) : (256, 1)) {
                $0.add(
                    addressesOf: input.strided, grad.strided, numbers.mean?.strided, numbers.rstd.strided)
                $0.add(partial)
                $0.add(counts: form.channels, form.inner, count, (count + pieces - 1) / pieces)
                $0.add(counts: statistics.rows, max(statistics.width, 1))
            }
            let finish = try self.kernel(.normalize, 6, [dtype]) { .finishSums(dtype) }
            try context.launch(finish, grid: ((form.channels + 255) / 256, 1), block: (256, 1)) {
                $0.add(partial)
                $0.add(sums)
                $0.add(addressesOf: gradients.bias?.strided, gradients.weight?.strided)
                $0.add(counts: form.channels, pieces)
            }
        }
    }

    private func check(_ out: Dense, _ numbers: NormalizationNumbers, _ input: Dense) throws {
        try check(
            out.strided, input.strided, numbers.mean?.strided, numbers.rstd.strided, numbers.weight?.strided,
            numbers.bias?.strided)
    }
}

extension NormalizedRows {
    /// Packs `NormRows` of normalize.cuh.
    fileprivate func pack(_ arguments: inout KernelArguments) {
        arguments.add(counts: length, max(groups, 1), max(inner, 1))
    }
}

extension NormalizedChannels {
    fileprivate var sizes: [Int] { [outer, channels, inner] }
}

extension KernelSource {
    /// A kernel of `Normalize`. `T` and `A` in its parameters are the types of elements and of other numbers.
    private static func normalize(
        _ name: String, _ dtype: DType, _ function: String, _ parameters: String, _ arguments: String
    ) -> KernelSource {
        KernelSource(
            "\(name)_\(dtype.name)", header: "normalize", types: ["T": dtype.cudaElement, "A": dtype.cudaWide],
            "(\(parameters)) { Normalize<T, A>::\(function)(\(arguments)); }")
    }

    static func normalizeRows(_ dtype: DType) -> KernelSource {
        normalize(
            "normalize_rows", dtype, "rows",
            "const T *in, T *out, A *mean, A *rstd, const A *weight, const A *bias, NormRows form, int centered, double eps",
            "in, out, mean, rstd, weight, bias, form, centered, eps")
    }
    static func normalizeRowsBackward(_ dtype: DType) -> KernelSource {
        normalize(
            "normalize_rows_backward", dtype, "rows_backward",
            "const T *in, const T *grad, T *out, const A *mean, const A *rstd, const A *weight, NormRows form, int centered",
            "in, grad, out, mean, rstd, weight, form, centered")
    }
    static func normalizeChannels(_ dtype: DType) -> KernelSource {
        normalize(
            "normalize_channels", dtype, "channels",
            "const T *in, T *out, const A *mean, const A *rstd, const A *weight, const A *bias, long long channels, long long inner, long long n",
            "in, out, mean, rstd, weight, bias, channels, inner, n")
    }
    static func normalizeChannelsBackward(_ dtype: DType) -> KernelSource {
        normalize(
            "normalize_channels_backward", dtype, "channels_backward",
            "const T *in, const T *grad, T *out, const A *mean, const A *rstd, const A *weight, const SumPair<A> *sums, long long channels, long long inner, long long count, long long n",
            "in, grad, out, mean, rstd, weight, sums, channels, inner, count, n")
    }
    static func channelSums(_ dtype: DType, byColumns: Bool) -> KernelSource {
        normalize(
            byColumns ? "column_sums" : "channel_sums", dtype, byColumns ? "column_sums" : "channel_sums",
            "const T *in, const T *grad, const A *mean, const A *rstd, SumPair<A> *partial, long long channels, long long inner, long long count, long long piece, long long stat_rows, long long stat_width",
            "in, grad, mean, rstd, partial, channels, inner, count, piece, stat_rows, stat_width")
    }
    static func finishSums(_ dtype: DType) -> KernelSource {
        normalize(
            "finish_sums", dtype, "finish_sums",
            "const SumPair<A> *partial, SumPair<A> *sums, A *bias, A *weight, long long channels, long long pieces",
            "partial, sums, bias, weight, channels, pieces")
    }
    static func channelMoments(_ dtype: DType, _ pass: ReducePass, dims: Int) -> KernelSource {
        reduce(
            "channel_moments", header: "normalize", job: "ChannelsJob<\(dtype.cudaWide)>",
            kept: "Moments<\(dtype.cudaWide)>", input: dtype, pass, dims: dims)
    }
}

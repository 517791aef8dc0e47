import CTorchKernels

/// Tensors from parts of others.
extension CUDABackend {
    func cat(out: Strided, _ sources: [Strided], dim: Int) {
        // One copy a source.
        var start = 0
        for source in sources {
            let offset = out.layout.offset + start * out.layout.strides[dim]
            var sizes = out.layout.sizes
            sizes[dim] = source.layout.sizes[dim]
            start += sizes[dim]
            copy(
                out: Strided(
                    storage: out.storage, layout: Layout(sizes, strides: out.layout.strides, offset: offset),
                    dtype: out.dtype), source)
        }
    }

    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) {
        CUDAContext.attempt {
            try check(out.strided, input.strided)
            if out.count == 0 { return }
            let sizes = out.layout.sizes, item = out.dtype.itemSize
            let (rows, columns) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
            let kernel = try kernel(.assemble, item << 1) { .triangle(ofSize: item) }
            try launch(kernel, over: out.count) {
                $0.add(addressesOf: input.strided, out.strided)
                $0.add(Int32(upper ? 1 : 0))
                $0.add(counts: min(max(diagonal, -rows), columns), rows, columns, out.count)
            }
        }
    }

    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {
        CUDAContext.attempt {
            try check(out, source)
            if out.count == 0 { return }
            let parts = assembledParts(out.layout, source.layout, dims), item = out.dtype.itemSize
            guard parts.count <= KernelSource.mostAssembled else {
                throw TorchError(
                    .notImplemented,
                    "assemble of more than \(KernelSource.mostAssembled) dimensions has no kernel for the device \(device) yet; use Tensor.cpu() for it"
                )
            }
            let kernel = try kernel(.assemble, item << 1 | 1) { .assemble(ofSize: item) }
            try launch(kernel, over: out.count) { arguments in
                arguments.add(addressesOf: source, out)
                arguments.align(16)
                var number = Number()
                number.set(filler, out.dtype)
                arguments.add(number.low)
                arguments.add(number.high)
                arguments.add(counts: parts.count)
                for k in 0..<KernelSource.mostAssembled {
                    let part = k < parts.count ? parts[parts.count - 1 - k] : ([], 0)
                    Self.pack(part, &arguments)
                }
                arguments.add(counts: out.count)
            }
        }
    }

    /// Packs `Assembled` of assemble.cuh.
    private static func pack(_ part: (stretches: [Stretch], stride: Int), _ arguments: inout KernelArguments) {
        func number(_ k: Int, _ value: (Stretch) -> Int) -> Int {
            k < part.stretches.count ? value(part.stretches[k]) : 0
        }
        arguments.add(counts: part.stretches.reduce(0) { $0 + $1.length }, part.stride)
        for k in 0..<2 { arguments.add(counts: number(k, \.length)) }
        for k in 0..<3 { arguments.add(counts: number(k) { $0.start ?? -1 }) }
        for k in 0..<3 { arguments.add(counts: number(k, \.step)) }
    }
}

extension KernelSource {
    /// `MOST_ASSEMBLED` of assemble.cuh.
    static let mostAssembled = 32

    static func triangle(ofSize item: Int) -> KernelSource {
        let word = word(ofSize: item)
        return KernelSource(
            "triangle_\(item)", header: "assemble",
            "(const \(word) *in, \(word) *out, int upper, long long diagonal, long long rows, long long columns, long long n) { triangle(in, out, upper, diagonal, rows, columns, n); }"
        )
    }

    static func assemble(ofSize item: Int) -> KernelSource {
        let word = word(ofSize: item)
        return KernelSource(
            "assemble_\(item)", header: "assemble",
            "(const \(word) *in, \(word) *out, Number filler, AssembleShape shape, long long n) { assemble(in, out, filler, shape, n); }"
        )
    }
}

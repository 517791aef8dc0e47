import CTorchKernels

extension CUDABackend {
    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) {
        CUDAContext.attempt {
            try check(out.strided, input.strided, grid.strided)
            let shape = GridShape(input.layout.sizes, out.layout.sizes, options), dtype = input.dtype
            try requireReal(dtype, "grid_sampler_2d_cuda")
            if out.count == 0 { return }
            let kernel = try kernel(.grid, 0, [dtype]) { .gridSample(dtype) }
            try context.launch(kernel, grid: (shape.blocks, 1), block: (256, 1)) {
                $0.add(addressesOf: input.strided, grid.strided, out.strided)
                shape.pack(&$0)
            }
        }
    }

    /// The taps of all points are sorted by where they go, so that each element is added in order.
    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool {
        CUDAContext.attempt {
            try check(inputGrad?.strided, gridGrad?.strided, grad.strided, input.strided, grid.strided)
            let shape = GridShape(input.layout.sizes, grad.layout.sizes, options), dtype = input.dtype
            try requireReal(dtype, "grid_sampler_2d_backward_cuda")
            if let gridGrad, gridGrad.count > 0 {
                let kernel = try kernel(.grid, 1, [dtype]) { .gridGradient(dtype) }
                try context.launch(kernel, grid: (shape.blocks, 1), block: (256, 1)) {
                    $0.add(addressesOf: input.strided, grid.strided, grad.strided, gridGrad.strided)
                    shape.pack(&$0)
                }
            }
            guard let inputGrad, inputGrad.count > 0 else { return }
            try context.clear(inputGrad.strided.deviceAddress, inputGrad.count * dtype.itemSize)
            if grad.count == 0 { return }
            try scatterGrid(inputGrad, grad, grid, shape)
        }
    }

    private func scatterGrid(_ out: Dense, _ grad: Dense, _ grid: Dense, _ shape: GridShape) throws {
        let dtype = out.dtype, taps = shape.taps, n = shape.points * taps
        let none = shape.batch * shape.plane, keySize = none >= 1 << 32 ? 8 : 4
        try withScratch(n * keySize) { keys in
            try withScratch(n * dtype.wide.itemSize) { weights in
                let find = try kernel(.grid, 2 | keySize << 3, [dtype]) { .gridKeys(dtype, keySize) }
                try context.launch(find, grid: (shape.blocks, 1), block: (256, 1)) {
                    $0.add(addressesOf: grid.strided)
                    shape.pack(&$0)
                    $0.add(keys)
                    $0.add(weights)
                    $0.add(Int32(taps))
                    $0.add(counts: none)
                }
                try withScratch(n * 4) { places in
                    let bits = Int.bitWidth - none.leadingZeroBitCount
                    try sortRecords(keys, places, rows: 1, n: n, keySize: keySize, bits: bits) { keys, places in
                        let add = try kernel(.grid, 3 | keySize << 3, [dtype]) { .gridScatter(dtype, keySize) }
                        try launch(add, over: n * shape.channels) {
                            $0.add(keys)
                            $0.add(places)
                            $0.add(weights)
                            $0.add(addressesOf: grad.strided, out.strided)
                            shape.pack(&$0)
                            $0.add(counts: n)
                            $0.add(Int32(taps))
                            $0.add(counts: none)
                        }
                    }
                }
            }
        }
    }
}

private struct GridShape {
    let batch, channels: Int
    private let pointsOfSample: Int
    private let sizes: [Int]
    private let options: GridSampling

    init(_ input: [Int], _ out: [Int], _ options: GridSampling) {
        batch = input[0]
        channels = input[1]
        pointsOfSample = out[2...].reduce(1, *)
        sizes = Array(input[2...])
        self.options = options
    }

    /// The number of points of all samples, and the blocks with a thread for each.
    var points: Int { batch * pointsOfSample }
    var blocks: Int { (points + 255) / 256 }
    var plane: Int { sizes.reduce(1, *) }
    /// The source elements of a point.
    var taps: Int {
        let one =
            switch options.mode {
            case .bilinear: 2
            case .nearest: 1
            case .bicubic: 4
            }
        return sizes.reduce(1) { taps, _ in taps * one }
    }

    /// Packs `GridShape` of grid.cuh.
    func pack(_ arguments: inout KernelArguments) {
        arguments.add(counts: batch, channels, pointsOfSample, sizes.count)
        for d in 0..<3 { arguments.add(counts: d < sizes.count ? sizes[d] : 1) }
        arguments.add(Int32(GridSampleMode.allCases.firstIndex(of: options.mode)!))
        arguments.add(Int32(GridSamplePaddingMode.allCases.firstIndex(of: options.paddingMode)!))
        arguments.add(Int32(options.alignCorners ? 1 : 0))
        arguments.add(Int32(0))
    }
}

extension KernelSource {
    private static func grid(_ name: String, _ dtype: DType, _ keySize: Int, _ kernel: String) -> KernelSource {
        KernelSource(
            "\(name)_\(dtype.name)_\(keySize)", header: "grid",
            types: ["T": dtype.cudaElement, "A": dtype.cudaWide, "K": key(keySize)], kernel)
    }
    static func gridSample(_ dtype: DType) -> KernelSource {
        grid(
            "grid_sample", dtype, 4,
            "(const T *in, const T *grid, T *out, GridShape shape) { grid_sample<T, A>(in, grid, out, shape); }")
    }
    static func gridGradient(_ dtype: DType) -> KernelSource {
        grid(
            "grid_gradient", dtype, 4,
            "(const T *in, const T *grid, const T *grad, T *out, GridShape shape) { grid_gradient<T, A>(in, grid, grad, out, shape); }"
        )
    }
    static func gridKeys(_ dtype: DType, _ keySize: Int) -> KernelSource {
        grid(
            "grid_keys", dtype, keySize,
            "(const T *grid, GridShape shape, K *keys, A *weights, int count, long long none) { grid_keys(grid, shape, keys, weights, count, none); }"
        )
    }
    static func gridScatter(_ dtype: DType, _ keySize: Int) -> KernelSource {
        grid(
            "grid_scatter", dtype, keySize,
            "(const K *keys, const uint32_t *places, const A *weights, const T *grad, T *out, GridShape shape, long long n, int count, long long none) { grid_scatter(keys, places, weights, grad, out, shape, n, count, none); }"
        )
    }
}

import CTorchKernels

extension CUDABackend {
    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        CUDAContext.attempt {
            try check(out, input)
            // The sum of complex numbers is the sums of their parts.
            if input.dtype.isComplex, out.dtype == input.dtype,
                ["sum", "nansum"].contains(String(cString: st_reduction_name(op)))
            {
                return try launch(op, out.asParts, input.asParts, dims)
            }
            try launch(op, out, input, dims)
        }
    }

    private func launch(_ op: Reduction, _ out: Strided, _ input: Strided, _ dims: [Int]) throws {
        let keptSize = KernelSource.keptType(op, out: out.dtype, input: input.dtype).size
        try launchReduction(input, out.layout, dims, keptSize) { plan, pass in
            let key = KernelKey(
                plan.most == 8 ? .reduce : .reduceWide, UInt64(op.rawValue) * 4 + UInt64(pass.number),
                [out.dtype, input.dtype])
            let found = try context.kernel(key.value) {
                KernelSource.reduce(op, out: out.dtype, input: input.dtype, pass, dims: plan.most)
            }
            guard let found else {
                throw TorchError(
                    .notImplemented,
                    "reduce \(op) of \(input.dtype) into \(out.dtype) has no kernel for the device \(device) yet; use Tensor.cpu() for it"
                )
            }
            return found
        } job: {
            $0.add(addressesOf: out)
        }
    }

    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        CUDAContext.attempt {
            try check(variance, mean, input)
            try requireReal(input.dtype, "std_cuda")
            guard let layout = (variance ?? mean)?.layout else { return }
            try launchReduction(input, layout, dims, 3 * input.dtype.wide.itemSize) { plan, pass in
                let key = KernelKey(.moments, UInt64((plan.most == 8 ? 0 : 4) + pass.number), [input.dtype])
                return try context.kernel(key.value) { KernelSource.moments(input.dtype, pass, dims: plan.most) }!
            } job: {
                $0.add(addressesOf: variance, mean)
                $0.add(correction)
            }
        }
    }

    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool {
        if p == 1 || p == 2 { return reduce(p == 1 ? .sumOfAbs : .sumOfSquares, out: out, input, dims: dims) }
        return CUDAContext.attempt {
            try check(out, input)
            try requireReal(input.dtype, "norm_cuda")
            try launchReduction(input, out.layout, dims, input.dtype.wide.itemSize) { plan, pass in
                let key = KernelKey(.power, UInt64((plan.most == 8 ? 0 : 4) + pass.number), [input.dtype])
                return try context.kernel(key.value) { KernelSource.reducePower(input.dtype, pass, dims: plan.most) }!
            } job: {
                $0.add(addressesOf: out)
                $0.add(p)
            }
        }
    }

    /// Launches the passes of a reduction. `kernel` gives the kernel of a pass, and `job` packs its job; `keptSize` is
    /// the size of a value.
    func launchReduction(
        _ input: Strided, _ out: Layout, _ dims: [Int], _ keptSize: Int,
        _ kernel: (ReducePlan, KernelSource.ReducePass) throws -> CUDAKernel, job: (inout KernelArguments) -> Void
    ) throws {
        try ReducePlan.with(input.layout, out, dims) { plan in
            if plan.results == 0 { return }
            let pieces = plan.pieces, piece = (plan.count + pieces - 1) / max(pieces, 1)
            try withScratch(pieces > 1 ? plan.results * pieces * keptSize : 0) { partial in
                func operands(_ arguments: inout KernelArguments) {
                    arguments.add(addressesOf: input)
                    job(&arguments)
                }
                switch plan.pass {
                case .shortRows:
                    let kernel = try kernel(plan, .shortRows)
                    try context.launch(kernel, grid: ((plan.results + 7) / 8, 1), block: (32, 8)) {
                        operands(&$0)
                        plan.pack(&$0)
                        $0.add(counts: plan.results, plan.count)
                    }
                case .columns:
                    let kernel = try kernel(plan, .columns)
                    try context.launch(kernel, grid: ((plan.results + 31) / 32, pieces), block: (32, 8)) {
                        operands(&$0)
                        $0.add(partial)
                        plan.pack(&$0)
                        $0.add(counts: plan.results, plan.count, piece)
                    }
                default:
                    let kernel = try kernel(plan, .rows)
                    try context.launch(kernel, grid: (plan.results, pieces), block: (256, 1)) {
                        operands(&$0)
                        $0.add(partial)
                        plan.pack(&$0)
                        $0.add(counts: plan.count, piece)
                    }
                }
                if pieces == 1 { return }
                let rest = try kernel(plan, .rest)
                try context.launch(rest, grid: (plan.results, 1), block: (256, 1)) {
                    $0.add(partial)
                    job(&$0)
                    plan.pack(&$0)
                    $0.add(counts: plan.count, pieces)
                }
            }
        }
    }
}

extension KernelSource.ReducePass {
    /// Its place among all passes.
    var number: Int { Self.allCases.firstIndex(of: self)! }
}

/// The loops of a reduction on the device, and how it is divided. Both depend on sizes and strides alone.
struct ReducePlan {
    private let keep, red: Loops
    /// The numbers of results, and of elements of each.
    let results, count: Int
    /// The most kept, and the most reduced dimensions of the kernel.
    let most: Int

    /// Calls `body` with the plan. The reduced dimensions stay in row-major order if `inOrder`.
    static func with<Result>(
        _ input: Layout, _ out: Layout, _ dims: [Int], inOrder: Bool = false, _ body: (ReducePlan) throws -> Result
    ) rethrows -> Result {
        try withReduceLoops(input, out, dims, inOrder: inOrder) { keep, red in
            try body(
                ReducePlan(
                    keep: keep, red: red, results: Int(keep.count), count: Int(red.count),
                    most: max(keep.rank, red.rank) <= 8 ? 8 : 64))
        }
    }

    /// The pass that reads memory in order.
    var pass: KernelSource.ReducePass {
        let alongRow = red.rank > 0 && red.strides(0)[red.rank - 1] == 1
        let acrossRows = keep.rank > 0 && keep.strides(0)[keep.rank - 1] == 1 && keep.sizes[keep.rank - 1] >= 8
        if acrossRows, !alongRow { return .columns }
        return count <= 1024 ? .shortRows : .rows
    }

    /// The number of pieces of each result, so that many blocks work on few long results.
    var pieces: Int {
        let blocks = pass == .columns ? (results + 31) / 32 : results, least = pass == .columns ? 512 : 16384
        guard pass != .shortRows, blocks < 512, count > least else { return 1 }
        return max(1, min(512 / blocks, (count + least - 1) / least))
    }

    /// Packs `ReduceShape` of reduce.cuh.
    func pack(_ arguments: inout KernelArguments) {
        arguments.align(8)
        arguments.add(Int32(keep.rank))
        arguments.add(Int32(red.rank))
        for row in [keep.sizes, keep.strides(0), keep.strides(1)] {
            for d in 0..<most { arguments.add(d < keep.rank ? row[d] : 0) }
        }
        for row in [red.sizes, red.strides(0)] {
            for d in 0..<most { arguments.add(d < red.rank ? row[d] : 0) }
        }
    }
}

extension Strided {
    /// The real and imaginary parts of complex elements, in a last dimension.
    var asParts: Strided {
        Strided(
            storage: storage,
            layout: Layout(layout.sizes + [2], strides: layout.strides.map { 2 * $0 } + [1], offset: 2 * layout.offset),
            dtype: dtype.toReal)
    }
}

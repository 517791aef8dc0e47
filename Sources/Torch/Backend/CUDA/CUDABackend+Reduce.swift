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
        try ReducePlan.with(input.layout, out.layout, dims) { plan in
            if plan.results == 0 { return }
            let pieces = plan.pieces
            func kernel(_ pass: KernelSource.ReducePass) throws -> CUDAKernel {
                let number = UInt64(op.rawValue) * 4 + UInt64(KernelSource.ReducePass.allCases.firstIndex(of: pass)!)
                let key = KernelKey(plan.most == 8 ? .reduce : .reduceWide, number, [out.dtype, input.dtype])
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
            }
            let piece = (plan.count + pieces - 1) / max(pieces, 1)
            let keptSize = KernelSource.keptType(op, out: out.dtype, input: input.dtype).size
            try withScratch(pieces > 1 ? plan.results * pieces * keptSize : 0) { partial in
                func operands(_ arguments: inout KernelArguments) {
                    arguments.add(input.deviceAddress)
                    arguments.add(out.deviceAddress)
                }
                switch plan.pass {
                case .shortRows:
                    try context.launch(kernel(.shortRows), grid: ((plan.results + 7) / 8, 1), block: (32, 8)) {
                        operands(&$0)
                        plan.pack(&$0)
                        $0.add(Int64(plan.results))
                        $0.add(Int64(plan.count))
                    }
                case .columns:
                    try context.launch(
                        kernel(.columns), grid: ((plan.results + 31) / 32, pieces), block: (32, 8)
                    ) {
                        operands(&$0)
                        $0.add(partial)
                        plan.pack(&$0)
                        $0.add(Int64(plan.results))
                        $0.add(Int64(plan.count))
                        $0.add(Int64(piece))
                    }
                default:
                    try context.launch(kernel(.rows), grid: (plan.results, pieces), block: (256, 1)) {
                        operands(&$0)
                        $0.add(partial)
                        plan.pack(&$0)
                        $0.add(Int64(plan.count))
                        $0.add(Int64(piece))
                    }
                }
                if pieces == 1 { return }
                try context.launch(kernel(.rest), grid: (plan.results, 1), block: (256, 1)) {
                    $0.add(partial)
                    $0.add(out.deviceAddress)
                    plan.pack(&$0)
                    $0.add(Int64(plan.count))
                    $0.add(Int64(pieces))
                }
            }
        }
    }
}

/// The loops of a reduction on the device, and how it is divided. Both depend on sizes and strides alone.
struct ReducePlan {
    private let keep, red: Loops
    /// The numbers of results, and of elements of each.
    let results, count: Int
    /// The most kept, and the most reduced dimensions of the kernel.
    let most: Int

    /// Calls `body` with the plan. The kept and the reduced dimensions are ordered by the input's memory; the reduced
    /// ones stay in row-major order if `inOrder`.
    static func with<Result>(
        _ input: Layout, _ out: Layout, _ dims: [Int], inOrder: Bool = false, _ body: (ReducePlan) throws -> Result
    ) rethrows -> Result {
        let (sizes, strides, outStrides) = (input.sizes, input.strides, out.strides)
        return try Loops.with(room: sizes.count, operands: 2) { keep in
            try Loops.with(room: sizes.count, operands: 1) { red in
                for d in sizes.indices {
                    if dims.contains(d) {
                        red.append(sizes[d], strides[d])
                    } else {
                        keep.append(sizes[d], strides[d], outStrides[d])
                    }
                }
                keep.order()
                keep.merge()
                if keep.orderByFirst() { keep.merge() }
                red.merge()
                if !inOrder, red.orderByFirst() { red.merge() }
                return try body(
                    ReducePlan(
                        keep: keep, red: red, results: Int(keep.count), count: Int(red.count),
                        most: max(keep.rank, red.rank) <= 8 ? 8 : 64))
            }
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

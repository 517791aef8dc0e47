import CTorchKernels

extension CUDABackend {
    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        CUDAContext.attempt {
            try check(values, indices, input)
            guard let layout = (values ?? indices)?.layout else { return }
            try ReducePlan.with(input.layout, layout, dims, inOrder: true) { plan in
                if plan.results == 0 { return }
                let key = KernelKey(.arg, (max ? 1 : 0) + (plan.most == 8 ? 0 : 2), [input.dtype])
                let kernel = try context.kernel(key.value) {
                    input.dtype.isComplex || input.dtype.isForStorage
                        ? nil : KernelSource.arg(max: max, input.dtype, dims: plan.most)
                }
                guard let kernel else {
                    throw TorchError(
                        .notImplemented, "\"max_values_cuda\" not implemented for '\(input.dtype.scalarTypeName)'")
                }
                try context.launch(kernel, grid: (plan.results, 1), block: (256, 1)) {
                    $0.add(addressesOf: input, values, indices)
                    plan.pack(&$0)
                    $0.add(counts: plan.count)
                }
            }
        }
    }

    /// An index that is out of range is found by the kernel. Its error is raised when something waits for the device.
    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        CUDAContext.attempt {
            try check(out, input)
            for index in indices { try check(index.index.strided) }
            if out.count == 0 { return }
            try withIndexLoops("indexGet", out, input, indices, anyOrder: true) { loops in
                let size = out.dtype.itemSize
                let kernel = try kernel(.index, size << 3) { .indexGet(ofSize: size) }
                try launch(kernel, over: out.count) { arguments in
                    arguments.add(addressesOf: input, out)
                    for number in [loops.rank, indices.count, wraps ? 1 : 0, 0] { arguments.add(Int32(number)) }
                    for d in 0..<8 { arguments.add(d < loops.rank ? loops.sizes[loops.rank - 1 - d] : 1) }
                    for k in 0..<10 {
                        for d in 0..<8 {
                            let exists = k < loops.operands && d < loops.rank
                            arguments.add(exists ? loops.strides(k)[loops.rank - 1 - d] : 0)
                        }
                    }
                    Self.pack(indices, &arguments)
                    arguments.add(counts: out.count)
                    arguments.add(context.mistake.address)
                }
            }
        }
        return true
    }

    /// Rows of indices are sorted by destination. Each destination is written once, from its rows in row-major order. A
    /// row with an index that is out of range writes nothing, and the kernel reports the index.
    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    {
        CUDAContext.attempt {
            let source = try onDevice(source)
            try check(out, source)
            for index in indices { try check(index.index.strided) }
            if source.count == 0 { return }
            guard mode == .set || !out.dtype.isFloat8 else {
                throw TorchError(
                    .notImplemented, "\"index_put\" not implemented for '\(out.dtype.scalarTypeName)'")
            }
            try put(mode, out, source, indices, wraps: wraps, reports: true)
        }
        return true
    }

    /// Writes or combines. Unless it reports, indices that are out of range are left out.
    func put(
        _ mode: ScatterMode, _ out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool, reports: Bool
    ) throws {
        try withIndexLoops("indexPut", out, source, indices, anyOrder: false) { loops in
            let plan = PutPlan(loops, indices), keySize = plan.none >= 1 << 32 ? 8 : 4
            try withScratch(plan.rows * keySize) { keys in
                try launch(kernel(.index, keySize << 3 | 1) { .putKeys(keySize) }, over: plan.rows) {
                    plan.pack(loops, indices, wraps, &$0)
                    $0.add(keys)
                    $0.add(counts: plan.rows, plan.none)
                    $0.add(reports ? context.mistake.address : 0)
                }
                try withScratch(plan.rows * 4) { places in
                    let bits = Int.bitWidth - plan.none.leadingZeroBitCount
                    try sortRecords(keys, places, rows: 1, n: plan.rows, keySize: keySize, bits: bits) { keys, places in
                        let item = out.dtype.itemSize
                        let kernel =
                            mode == .set
                            ? try kernel(.index, keySize << 3 | 2 | item << 8) { .putLast(ofSize: item, keySize) }
                            : try kernel(.index, keySize << 3 | 3, [out.dtype]) { .putAll(out.dtype, keySize) }
                        try launch(kernel, over: plan.rows * plan.run) {
                            $0.add(keys)
                            $0.add(places)
                            $0.add(addressesOf: source, out)
                            plan.pack(loops, indices, wraps, &$0)
                            $0.add(counts: plan.rows, plan.run, plan.none)
                            if mode != .set { $0.add(Int32(mode.rawValue)) }
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` with the merged loops over a result, the other operand and the indices.
    private func withIndexLoops(
        _ name: String, _ out: Strided, _ other: Strided, _ indices: [IndexOperand], anyOrder: Bool,
        _ body: (Loops) throws -> Void
    ) throws {
        try Loops.with(room: out.layout.rank, operands: indices.count + 2) { loops in
            for size in out.layout.sizes { loops.append(size) }
            loops.setStrides(0, out.layout)
            loops.setStrides(1, other.layout)
            for (k, index) in indices.enumerated() {
                for (d, stride) in index.strides.enumerated() { loops.strides(k + 2)[d] = Int64(stride) }
            }
            if anyOrder { loops.order() }
            loops.merge()
            guard loops.rank <= 8, indices.count <= 8 else {
                throw TorchError(
                    .notImplemented,
                    "\(name) of more than 8 dimensions or indices has no kernel for the device \(device) yet; use Tensor.cpu() for it"
                )
            }
            try body(loops)
        }
    }

    /// Packs where the indices lie, how many positions they choose from, and how far these are apart.
    fileprivate static func pack(_ indices: [IndexOperand], _ arguments: inout KernelArguments) {
        func add(_ value: (IndexOperand) -> Int64) {
            for k in 0..<8 { arguments.add(k < indices.count ? value(indices[k]) : 0) }
        }
        add { Int64(bitPattern: $0.index.strided.deviceAddress) }
        add { Int64($0.size) }
        add { Int64($0.step) }
    }
}

/// How the loops of `indexPut` are divided into rows, whose indices differ, and the elements of a row.
private struct PutPlan {
    /// The loops along which an index varies, and the others, from the innermost to the outermost.
    private let dims, runs: [Int]
    /// The numbers of rows, and of elements of each.
    let rows, run: Int
    /// An offset that no row writes to.
    let none: Int

    init(_ loops: Loops, _ indices: [IndexOperand]) {
        let all = Array((0..<loops.rank).reversed())
        dims = all.filter { d in indices.indices.contains { loops.strides($0 + 2)[d] != 0 } }
        runs = all.filter { [dims] in !dims.contains($0) }
        rows = dims.reduce(1) { $0 * Int(loops.sizes[$1]) }
        run = runs.reduce(1) { $0 * Int(loops.sizes[$1]) }
        none =
            dims.reduce(1) { $0 + Int((loops.sizes[$1] - 1) * loops.strides(0)[$1]) }
            + indices.reduce(0) { $0 + max($1.size - 1, 0) * $1.step }
    }

    /// Packs `PutShape` of index.cuh.
    func pack(_ loops: Loops, _ indices: [IndexOperand], _ wraps: Bool, _ arguments: inout KernelArguments) {
        arguments.align(8)
        for number in [dims.count, runs.count, indices.count, wraps ? 1 : 0] { arguments.add(Int32(number)) }
        func add(_ chosen: [Int], _ row: UnsafeMutablePointer<Int64>) {
            for k in 0..<8 { arguments.add(k < chosen.count ? row[chosen[k]] : 0) }
        }
        for chosen in [dims, runs] {
            for row in [loops.sizes, loops.strides(0), loops.strides(1)] { add(chosen, row) }
        }
        for k in 0..<8 { add(k < indices.count ? dims : [], loops.strides(k < indices.count ? k + 2 : 0)) }
        CUDABackend.pack(indices, &arguments)
    }
}

extension KernelSource {
    static func arg(max: Bool, _ dtype: DType, dims: Int) -> KernelSource {
        let element = dtype.cudaElement
        return KernelSource(
            "arg_\(max ? "max" : "min")_\(dtype.name)_\(dims)", header: "arg",
            "(const \(element) *in, \(element) *values, long long *indices, ReduceShape<\(dims)> shape, long long count) { Arg<\(element), \(max), \(dims)>::rows(in, values, indices, shape, count); }"
        )
    }

    static func indexGet(ofSize item: Int) -> KernelSource {
        let word = word(ofSize: item)
        return KernelSource(
            "index_get_\(item)", header: "index",
            "(const \(word) *in, \(word) *out, IndexShape shape, long long n, Mistake *mistake) { index_get<\(word)>(in, out, shape, n, mistake); }"
        )
    }

    static func putKeys(_ keySize: Int) -> KernelSource {
        KernelSource(
            "put_keys_\(keySize)", header: "index",
            "(PutShape shape, \(key(keySize)) *keys, long long n, long long none, Mistake *mistake) { put_keys(shape, keys, n, none, mistake); }"
        )
    }

    static func putLast(ofSize item: Int, _ keySize: Int) -> KernelSource {
        let word = word(ofSize: item)
        return KernelSource(
            "put_last_\(item)_\(keySize)", header: "index",
            "(const \(key(keySize)) *keys, const uint32_t *places, const \(word) *source, \(word) *out, PutShape shape, long long n, long long run, long long none) { put_last(keys, places, source, out, shape, n, run, none); }"
        )
    }

    static func putAll(_ dtype: DType, _ keySize: Int) -> KernelSource {
        let element = dtype.cudaElement
        return KernelSource(
            "put_all_\(dtype.name)_\(keySize)", header: "index",
            "(const \(key(keySize)) *keys, const uint32_t *places, const \(element) *source, \(element) *out, PutShape shape, long long n, long long run, long long none, int mode) { put_all(keys, places, source, out, shape, n, run, none, mode); }"
        )
    }
}

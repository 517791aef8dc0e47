import CTorchKernels

/// The elements that a mask or a comparison chooses, in order.
extension CUDABackend {
    func nonzero(_ input: Dense) -> Strided? {
        var result: Strided?
        CUDAContext.attempt {
            try check(input.strided)
            let sizes = input.layout.sizes, element = input.dtype
            try withStarts(of: input.count, .nonzeroCounts(element), 0, [element]) {
                $0.add(addressesOf: input.strided)
            } _: { starts, pieces in
                let total = try read(starts, at: pieces)
                guard let storage = allocate(byteCount: total * sizes.count * 8) else {
                    throw context.outOfMemory(total * sizes.count * 8)
                }
                let out = Strided(storage: storage, layout: Layout([sizes.count, total]), dtype: .int64)
                result = out
                if total == 0 { return }
                let kernel = try kernel(.compact, 1, [element]) { .nonzeroPlaces(element) }
                try context.launch(kernel, grid: (pieces, 1), block: (256, 1)) { arguments in
                    arguments.add(addressesOf: input.strided)
                    arguments.add(counts: input.count)
                    arguments.add(starts)
                    arguments.add(counts: sizes.count)
                    for d in 0..<64 { arguments.add(counts: d < sizes.count ? sizes[d] : 1) }
                    arguments.add(counts: total)
                    arguments.add(addressesOf: out)
                }
            }
        }
        return result
    }

    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        var result: Strided?
        CUDAContext.attempt {
            try check(input.strided, mask.strided)
            try withMaskStarts(mask) { starts, pieces in
                let total = try read(starts, at: pieces), item = input.dtype.itemSize
                guard let storage = allocate(byteCount: total * item) else { throw context.outOfMemory(total * item) }
                let out = Strided(storage: storage, layout: Layout([total]), dtype: input.dtype)
                result = out
                if total == 0 { return }
                let kernel = try kernel(.compact, 2 + item << 4) { .maskedSelect(ofSize: item) }
                try context.launch(kernel, grid: (pieces, 1), block: (256, 1)) {
                    $0.add(addressesOf: mask.strided)
                    $0.add(counts: mask.count)
                    $0.add(starts)
                    $0.add(addressesOf: input.strided, out)
                }
            }
        }
        return result
    }

    /// If `source` has too few elements, the kernel finds out. Its error is raised when something waits for the device.
    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, mask.strided, source.strided)
            try withMaskStarts(mask) { starts, pieces in
                let item = out.dtype.itemSize
                let kernel = try kernel(.compact, 3 + item << 4) { .maskedScatter(ofSize: item) }
                try context.launch(kernel, grid: (pieces, 1), block: (256, 1)) {
                    $0.add(addressesOf: mask.strided)
                    $0.add(counts: mask.count)
                    $0.add(starts)
                    $0.add(counts: pieces)
                    $0.add(addressesOf: source.strided)
                    $0.add(counts: source.count)
                    $0.add(addressesOf: out.strided)
                    $0.add(context.mistake.address)
                }
            }
        }
        return true
    }

    func runs(numbers: Indices, starts firsts: Indices, _ input: Dense) -> Int {
        var total = 0
        CUDAContext.attempt {
            try check(numbers.strided, firsts.strided, input.strided)
            let (rows, width, _) = split(input.layout.sizes, at: max(input.layout.rank - 1, 0))
            let dtype = input.dtype, count = Int(rows)
            func flags(_ arguments: inout KernelArguments) {
                arguments.add(addressesOf: input.strided)
                arguments.add(width)
            }
            try withStarts(of: count, .runCounts(dtype), 4, [dtype], flags) { starts, pieces in
                let kernel = try kernel(.compact, 5, [dtype]) { .numberRuns(dtype) }
                try context.launch(kernel, grid: (pieces, 1), block: (256, 1)) {
                    flags(&$0)
                    $0.add(counts: count)
                    $0.add(starts)
                    $0.add(addressesOf: numbers.strided, firsts.strided)
                }
                total = try read(starts, at: pieces)
            }
        }
        return total
    }

    // MARK: Pieces

    private func withMaskStarts(_ mask: Dense, _ body: (UInt64, Int) throws -> Void) throws {
        try withStarts(of: mask.count, .nonzeroCounts(.uint8), 0, [.uint8]) {
            $0.add(addressesOf: mask.strided)
        } _: {
            try body($0, $1)
        }
    }

    /// Calls `body` with the address of the starts of pieces, and their number. `flags` packs what says which elements
    /// are chosen. Without elements `body` is called too: the total is 0.
    private func withStarts(
        of count: Int, _ source: @autoclosure () -> KernelSource, _ number: Int, _ dtypes: [DType],
        _ flags: (inout KernelArguments) -> Void, _ body: (_ starts: UInt64, _ pieces: Int) throws -> Void
    ) throws {
        let pieces = (count + KernelSource.piece - 1) / KernelSource.piece
        try withScratch((pieces + 1) * 8) { starts in
            if pieces > 0 {
                try context.launch(kernel(.compact, number, dtypes, source), grid: (pieces, 1), block: (256, 1)) {
                    flags(&$0)
                    $0.add(counts: count)
                    $0.add(starts)
                }
            }
            try context.launch(kernel(.compact, 6) { .makeStarts }, grid: (1, 1), block: (256, 1)) {
                $0.add(starts)
                $0.add(counts: pieces)
            }
            try body(starts, pieces)
        }
    }

    /// Waits, and returns a number of device memory.
    private func read(_ numbers: UInt64, at index: Int) throws -> Int {
        var value: Int64 = 0
        try context.copyOut(&value, numbers + UInt64(index * 8), 8)
        return Int(value)
    }
}

extension KernelSource {
    /// `PIECE` of compact.cuh.
    static let piece = 2048

    static var makeStarts: KernelSource {
        KernelSource(
            "piece_starts", header: "compact", "(long long *starts, long long pieces) { make_starts(starts, pieces); }")
    }

    static func nonzeroCounts(_ dtype: DType) -> KernelSource {
        KernelSource(
            "nonzero_counts_\(dtype.name)", header: "compact",
            "(Nonzero<\(dtype.cudaElement)> flags, long long n, long long *starts) { count_flags(flags, n, starts); }")
    }

    static func nonzeroPlaces(_ dtype: DType) -> KernelSource {
        KernelSource(
            "nonzero_places_\(dtype.name)", header: "compact",
            "(Nonzero<\(dtype.cudaElement)> flags, long long n, const long long *starts, Sizes shape, long long total, long long *out) { nonzero_places(flags, n, starts, shape, total, out); }"
        )
    }

    static func maskedSelect(ofSize item: Int) -> KernelSource {
        let word = word(ofSize: item)
        return KernelSource(
            "masked_select_\(item)", header: "compact",
            "(Nonzero<uint8_t> mask, long long n, const long long *starts, const \(word) *in, \(word) *out) { masked_select(mask, n, starts, in, out); }"
        )
    }

    static func maskedScatter(ofSize item: Int) -> KernelSource {
        let word = word(ofSize: item)
        return KernelSource(
            "masked_scatter_\(item)", header: "compact",
            "(Nonzero<uint8_t> mask, long long n, const long long *starts, long long pieces, const \(word) *source, long long available, \(word) *out, Mistake *mistake) { masked_scatter(mask, n, starts, pieces, source, available, out, mistake); }"
        )
    }

    static func runCounts(_ dtype: DType) -> KernelSource {
        KernelSource(
            "run_counts_\(dtype.name)", header: "compact",
            "(RunStarts<\(dtype.cudaElement)> flags, long long n, long long *starts) { count_flags(flags, n, starts); }"
        )
    }

    static func numberRuns(_ dtype: DType) -> KernelSource {
        KernelSource(
            "number_runs_\(dtype.name)", header: "compact",
            "(RunStarts<\(dtype.cudaElement)> flags, long long n, const long long *starts, long long *numbers, long long *first) { number_runs(flags, n, starts, numbers, first); }"
        )
    }
}

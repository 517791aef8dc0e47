import CTorchKernels

/// Choosing from long rows without sorting them (choose.cuh): a pass for each 8 bits of the keys, then one that takes
/// the elements.
extension CUDABackend {
    /// Takes the first `k` elements of each row in sorted order.
    func takeFirst(
        _ input: Dense, _ rows: Int, _ n: Int, _ k: Int, falls: Bool, _ values: Dense, _ indices: Indices
    ) throws {
        let dtype = input.dtype, keySize = max(dtype.itemSize, 4), item = dtype.itemSize
        try withRanks(input, rows, n, falls: falls, .kth, k - 1) { ranks, starts, tiles in
            try withScratch(rows * k * keySize) { keys in
                try withScratch(rows * k * 4) { chosen in
                    let kernel = try kernel(.choose, 5, [dtype]) { .takeFirst(dtype) }
                    try launchTiles(kernel, input, rows, n, tiles) {
                        $0.add(Int32(falls ? 1 : 0))
                        $0.add(ranks)
                        $0.add(starts)
                        $0.add(counts: k)
                        $0.add(keys)
                        $0.add(chosen)
                    }
                    try withScratch(rows * k * 4) { order in
                        try sortRecords(
                            keys, order, rows: rows, n: k, keySize: keySize, bits: 8 * item
                        ) { _, order in
                            let kernel = try self.kernel(.choose, 7 + item << 4) { .writeChosen(ofSize: item) }
                            try launch(kernel, over: rows * k) {
                                $0.add(addressesOf: input.strided)
                                $0.add(chosen)
                                $0.add(order)
                                $0.add(addressesOf: values.strided, indices.strided)
                                $0.add(counts: n, k, rows * k)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Takes one element of each row.
    func takeOne(
        _ what: Selection, _ k: Int, _ input: Dense, _ rows: Int, _ n: Int, _ values: Dense, _ indices: Indices
    ) throws {
        let dtype = input.dtype
        try withRanks(input, rows, n, falls: false, what, k) { ranks, starts, tiles in
            let kernel = try kernel(.choose, 6, [dtype]) { .takeOne(dtype) }
            try launchTiles(kernel, input, rows, n, tiles) {
                $0.add(ranks)
                $0.add(starts)
                $0.add(addressesOf: values.strided, indices.strided)
            }
        }
    }

    /// Launches a kernel with a block for each tile of each row. `fill` adds the arguments after those of the rows.
    private func launchTiles(
        _ kernel: CUDAKernel, _ input: Dense, _ rows: Int, _ n: Int, _ tiles: Int,
        _ fill: (inout KernelArguments) -> Void
    ) throws {
        try context.launch(kernel, grid: (rows * tiles, 1), block: (256, 1)) {
            $0.add(addressesOf: input.strided)
            $0.add(counts: n, tiles)
            fill(&$0)
        }
    }

    /// Finds the key of each row's chosen element. Calls `body` with the addresses of the rows' ranks and of the counts
    /// before their tiles, and with the number of a row's tiles.
    private func withRanks(
        _ input: Dense, _ rows: Int, _ n: Int, falls: Bool, _ what: Selection, _ k: Int,
        _ body: (_ ranks: UInt64, _ starts: UInt64, _ tiles: Int) throws -> Void
    ) throws {
        let dtype = input.dtype, bits = 8 * dtype.itemSize
        guard n < 1 << 32 else {
            throw TorchError(.notImplemented, "choosing from rows of 2^32 and more elements is not supported on cuda")
        }
        let tiles = (n + KernelSource.chooseTile - 1) / KernelSource.chooseTile
        try withScratch(rows * 16) { ranks in
            try withScratch(rows * 256 * 4) { counts in
                let countsNaN = dtype.isFloatingPoint && what != .kth
                try context.clear(counts, rows * 256 * 4)
                if countsNaN {
                    try launchTiles(kernel(.choose, 0, [dtype]) { .countNaNs(dtype) }, input, rows, n, tiles) {
                        $0.add(counts)
                    }
                }
                let start = try kernel(.choose, 1) { .startRanks }
                try context.launch(start, grid: ((rows + 255) / 256, 1), block: (256, 1)) {
                    $0.add(ranks)
                    $0.add(countsNaN ? counts : 0)
                    $0.add(counts: rows, n)
                    $0.add(Int32(what.rawValue))
                    $0.add(counts: k)
                }
                if countsNaN { try context.clear(counts, rows * 8) }
                let count = try kernel(.choose, 2, [dtype]) { .countChosenDigits(dtype) }
                let choose = try kernel(.choose, 3) { .chooseDigit }
                for shift in stride(from: bits - 8, through: 0, by: -8) {
                    try launchTiles(count, input, rows, n, tiles) {
                        $0.add(Int32(falls ? 1 : 0))
                        $0.add(Int32(shift))
                        $0.add(ranks)
                        $0.add(counts)
                    }
                    try context.launch(choose, grid: (rows, 1), block: (256, 1)) {
                        $0.add(ranks)
                        $0.add(counts)
                        $0.add(Int32(shift))
                    }
                }
            }
            try withScratch(rows * tiles * 16) { starts in
                let count = try kernel(.choose, 4, [dtype]) { .countBeside(dtype) }
                try launchTiles(count, input, rows, n, tiles) {
                    $0.add(Int32(falls ? 1 : 0))
                    $0.add(ranks)
                    $0.add(starts)
                }
                try context.launch(kernel(.choose, 8) { .startBeside }, grid: (rows, 1), block: (256, 1)) {
                    $0.add(starts)
                    $0.add(counts: tiles)
                }
                try body(ranks, starts, tiles)
            }
        }
    }
}

extension KernelSource {
    /// `CHOOSE_TILE` of choose.cuh.
    static let chooseTile = 8192

    static func countNaNs(_ dtype: DType) -> KernelSource {
        KernelSource(
            "count_nans", header: "choose", dtype,
            "(const E *in, long long n, long long tiles, unsigned long long *counts) { count_nans(in, n, tiles, counts); }"
        )
    }

    static var startRanks: KernelSource {
        KernelSource(
            "ranks_started", header: "choose",
            "(Rank *ranks, const unsigned long long *nans, long long rows, long long n, int what, long long k) { start_ranks(ranks, nans, rows, n, what, k); }"
        )
    }

    static func countChosenDigits(_ dtype: DType) -> KernelSource {
        KernelSource(
            "count_chosen_digits", header: "choose", dtype,
            "(const E *in, long long n, long long tiles, int falls, int shift, const Rank *ranks, uint32_t *counts) { count_chosen_digits(in, n, tiles, falls, shift, ranks, counts); }"
        )
    }

    static var chooseDigit: KernelSource {
        KernelSource(
            "digit_chosen", header: "choose",
            "(Rank *ranks, uint32_t *counts, int shift) { choose_digit(ranks, counts, shift); }")
    }

    static func countBeside(_ dtype: DType) -> KernelSource {
        KernelSource(
            "count_beside", header: "choose", dtype,
            "(const E *in, long long n, long long tiles, int falls, const Rank *ranks, Beside *starts) { count_beside(in, n, tiles, falls, ranks, starts); }"
        )
    }

    static var startBeside: KernelSource {
        KernelSource(
            "beside_started", header: "choose",
            "(Beside *starts, long long tiles) { start_beside(starts, tiles); }")
    }

    static func takeFirst(_ dtype: DType) -> KernelSource {
        KernelSource(
            "take_first", header: "choose", dtype,
            "(const E *in, long long n, long long tiles, int falls, const Rank *ranks, const Beside *starts, long long k, K *keys, uint32_t *places) { take_first(in, n, tiles, falls, ranks, starts, k, keys, places); }"
        )
    }

    static func takeOne(_ dtype: DType) -> KernelSource {
        KernelSource(
            "take_one", header: "choose", dtype,
            "(const E *in, long long n, long long tiles, const Rank *ranks, const Beside *starts, E *values, long long *indices) { take_one(in, n, tiles, ranks, starts, values, indices); }"
        )
    }

    static func writeChosen(ofSize item: Int) -> KernelSource {
        KernelSource(
            "write_chosen", header: "choose", ofSize: item,
            "(const W *in, const uint32_t *chosen, const uint32_t *order, W *values, long long *indices, long long n, long long k, long long count) { write_chosen(in, chosen, order, values, indices, n, k, count); }"
        )
    }
}

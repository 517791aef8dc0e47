import CTorchKernels

/// Sorting, and choosing from sorted rows.
extension CUDABackend {
    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool {
        sortFirst(input, "sort", falls: descending, kept: input.layout.sizes.last ?? 1, values, indices)
    }

    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool {
        sortFirst(input, "topk", falls: largest, kept: values.layout.sizes.last ?? 1, values, indices)
    }

    private func sortFirst(
        _ input: Dense, _ name: String, falls: Bool, kept: Int, _ values: Dense?, _ indices: Indices?
    ) -> Bool {
        CUDAContext.attempt {
            try check(input.strided, values?.strided, indices?.strided)
            let (rows, n) = try sortedRows(input, name), dtype = input.dtype, item = dtype.itemSize
            if rows * kept == 0 { return }
            if n <= KernelSource.shortRow {
                let kernel = try kernel(.sort, 0, [dtype]) { .sortShort(dtype) }
                return try launchShort(kernel, input, rows, n, values, indices, falls ? 1 : 0, kept)
            }
            if let values, let indices, kept <= n / 4 {
                return try takeFirst(input, rows, n, kept, falls: falls, values, indices)
            }
            try withSortedRecords(input, rows, n, falls: falls) { _, places in
                let kernel = try kernel(.sort, 8 + item << 4) { .writeSorted(ofSize: item) }
                try launch(kernel, over: rows * kept) {
                    $0.add(addressesOf: input.strided)
                    $0.add(places)
                    $0.add(addressesOf: values?.strided, indices?.strided)
                    $0.add(counts: n, kept, rows * kept)
                }
            }
        }
    }

    /// Equal elements are in the order of their indices. The mode is the last of its value.
    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool {
        CUDAContext.attempt {
            try check(input.strided, values.strided, indices.strided)
            let (rows, n) = try sortedRows(input, "median"), dtype = input.dtype
            if rows == 0 { return }
            if n <= KernelSource.shortRow {
                let kernel = try kernel(.sort, 1, [dtype]) { .selectShort(dtype) }
                return try launchShort(kernel, input, rows, n, values, indices, Int32(what.rawValue), k)
            }
            if what != .mode { return try takeOne(what, k, input, rows, n, values, indices) }
            try withSortedRecords(input, rows, n, falls: false) { keys, places in
                let kernel = try kernel(.sort, 2, [dtype]) { .selectLong(dtype) }
                try context.launch(kernel, grid: (rows, 1), block: (256, 1)) {
                    $0.add(addressesOf: input.strided)
                    $0.add(keys)
                    $0.add(places)
                    $0.add(addressesOf: values.strided, indices.strided)
                    $0.add(counts: n)
                    $0.add(Int32(what.rawValue))
                    $0.add(counts: k)
                }
            }
        }
    }

    func sortRows(order: Indices, _ input: Dense) -> Bool {
        CUDAContext.attempt {
            try check(order.strided, input.strided)
            let (n, width) = try sortedRows(input, "unique_dim"), dtype = input.dtype
            if n == 0 { return }
            let kernel = try kernel(.sort, 3, [dtype]) { .mergeRows(dtype) }
            // The last merge writes the result.
            var merges = 1
            while 1 << merges < n { merges += 1 }
            try withScratch(n * 8) { scratch in
                var from: UInt64 = 0
                for k in 0..<merges {
                    let to = (merges - k) % 2 == 1 ? order.strided.deviceAddress : scratch
                    try context.launch(kernel, grid: ((n + 255) / 256, 1), block: (256, 1)) {
                        $0.add(addressesOf: input.strided)
                        $0.add(counts: width)
                        $0.add(from)
                        $0.add(to)
                        $0.add(counts: n, 1 << k)
                    }
                    from = to
                }
            }
        }
    }

    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool) {
        CUDAContext.attempt {
            let values = Dense(try onDevice(values.strided))
            try check(out.strided, sorted.strided, sorter?.strided, values.strided)
            let dtype = sorted.dtype
            guard !dtype.isComplex, !dtype.isForStorage else {
                throw TorchError(
                    .notImplemented, "\"searchsorted_out_cuda\" not implemented for '\(dtype.scalarTypeName)'")
            }
            if out.count == 0 { return }
            let rows = sorted.layout.rank > 1 ? sorted.layout.sizes.dropLast().reduce(1, *) : 1
            let kernel = try kernel(.search, 0, [dtype]) { .searchsorted(dtype) }
            try launch(kernel, over: out.count) {
                $0.add(addressesOf: sorted.strided, sorter?.strided, values.strided, out.strided)
                $0.add(counts: sorted.layout.sizes.last ?? 1, values.count / max(rows, 1))
                $0.add(Int32(right ? 1 : 0))
                $0.add(counts: out.count)
            }
        }
    }

    // MARK: Records

    /// Launches a kernel that sorts each row, which is short, in shared memory.
    private func launchShort(
        _ kernel: CUDAKernel, _ input: Dense, _ rows: Int, _ n: Int, _ values: Dense?, _ indices: Indices?,
        _ what: Int32, _ k: Int
    ) throws {
        let (size, threads) = shortSize(n)
        try context.launch(kernel, grid: (rows, 1), block: (threads, 1)) {
            $0.add(addressesOf: input.strided, values?.strided, indices?.strided)
            $0.add(counts: n)
            $0.add(Int32(size))
            $0.add(what)
            $0.add(counts: k)
        }
    }

    /// Returns the number of rows and their length.
    private func sortedRows(_ input: Dense, _ name: String) throws -> (rows: Int, n: Int) {
        guard !input.dtype.isComplex, !input.dtype.isFloat8 else {
            throw TorchError(.notImplemented, "\"\(name)\" not implemented for '\(input.dtype.scalarTypeName)'")
        }
        let (rows, n, _) = split(input.layout.sizes, at: max(input.layout.rank - 1, 0))
        return (Int(rows), Int(n))
    }

    /// Returns the power of two from n on, and the threads that sort so many records in shared memory.
    private func shortSize(_ n: Int) -> (size: Int, threads: Int) {
        var size = 1
        while size < n { size *= 2 }
        return (size, min(max(size / 2, 32), 256))
    }

    /// Calls `body` with the addresses of each row's sorted keys and of their places.
    private func withSortedRecords(
        _ input: Dense, _ rows: Int, _ n: Int, falls: Bool, _ body: (_ keys: UInt64, _ places: UInt64) throws -> Void
    ) throws {
        let dtype = input.dtype, keySize = max(dtype.itemSize, 4)
        try withScratch(rows * n * keySize) { keys in
            let kernel = try kernel(.sort, 4, [dtype]) { .makeKeys(dtype) }
            try launch(kernel, over: rows * n) {
                $0.add(addressesOf: input.strided)
                $0.add(keys)
                $0.add(counts: rows * n)
                $0.add(Int32(falls ? 1 : 0))
            }
            try withScratch(rows * n * 4) { places in
                try sortRecords(
                    keys, places, rows: rows, n: n, keySize: keySize, bits: 8 * dtype.itemSize, body)
            }
        }
    }

    /// Sorts rows of records by their keys of 4 or 8 bytes; those of `bits` bits. Equal keys stay in order. Calls
    /// `body` with the addresses of the sorted keys and of the places that they came from.
    func sortRecords(
        _ keys: UInt64, _ places: UInt64, rows: Int, n: Int, keySize: Int, bits: Int,
        _ body: (_ keys: UInt64, _ places: UInt64) throws -> Void
    ) throws {
        if n <= KernelSource.shortRow {
            let (size, threads) = shortSize(n)
            try context.launch(
                kernel(.sort, 5 + keySize << 4) { .sortShortKeys(keySize) }, grid: (rows, 1), block: (threads, 1)
            ) {
                $0.add(keys)
                $0.add(places)
                $0.add(counts: n)
                $0.add(Int32(size))
            }
            return try body(keys, places)
        }
        guard n < 1 << 32 else {
            throw TorchError(.notImplemented, "sorting rows of 2^32 and more elements is not supported on cuda")
        }
        let tiles = (n + 2047) / 2048
        try withScratch(rows * n * keySize) { otherKeys in
            try withScratch(rows * n * 4) { otherPlaces in
                try withScratch(rows * tiles * 256 * 4) { counts in
                    var from = (keys: keys, places: places), to = (keys: otherKeys, places: otherPlaces)
                    for shift in stride(from: 0, to: bits, by: 8) {
                        try moveDigits(from, to, counts, rows, n, tiles, shift, keySize)
                        swap(&from, &to)
                    }
                    try body(from.keys, from.places)
                }
            }
        }
    }

    /// Sorts records by one digit. The first digit's records have no places yet.
    private func moveDigits(
        _ from: (keys: UInt64, places: UInt64), _ to: (keys: UInt64, places: UInt64), _ counts: UInt64, _ rows: Int,
        _ n: Int, _ tiles: Int, _ shift: Int, _ keySize: Int
    ) throws {
        try context.launch(
            kernel(.sort, 6 + keySize << 4) { .countDigits(keySize) }, grid: (rows * tiles, 1), block: (256, 1)
        ) {
            $0.add(from.keys)
            $0.add(counts: n, tiles)
            $0.add(Int32(shift))
            $0.add(counts)
        }
        try context.launch(kernel(.sort, 9) { .startDigits }, grid: (rows, 1), block: (256, 1)) {
            $0.add(counts)
            $0.add(counts: tiles)
        }
        try context.launch(
            kernel(.sort, 7 + keySize << 4) { .moveDigits(keySize) }, grid: (rows * tiles, 1), block: (256, 1)
        ) {
            $0.add(from.keys)
            $0.add(shift == 0 ? 0 : from.places)
            $0.add(to.keys)
            $0.add(to.places)
            $0.add(counts: n, tiles)
            $0.add(Int32(shift))
            $0.add(counts)
        }
    }
}

extension KernelSource {
    /// `SHORT_ROW` of sort.cuh.
    static let shortRow = 2048

    static func searchsorted(_ dtype: DType) -> KernelSource {
        KernelSource(
            "searchsorted", header: "search", dtype,
            "(const E *sorted, const long long *sorter, const E *values, long long *out, long long n, long long m, int right, long long count) { searchsorted(sorted, sorter, values, out, n, m, right, count); }"
        )
    }

    static func sortShort(_ dtype: DType) -> KernelSource {
        KernelSource(
            "sort_short", header: "sort", dtype,
            "(const E *in, E *values, long long *indices, long long n, int size, int falls, long long kept) { sort_short(in, values, indices, n, size, falls, kept); }"
        )
    }

    static func selectShort(_ dtype: DType) -> KernelSource {
        KernelSource(
            "select_short", header: "sort", dtype,
            "(const E *in, E *values, long long *indices, long long n, int size, int what, long long k) { select_short(in, values, indices, n, size, what, k); }"
        )
    }

    static func selectLong(_ dtype: DType) -> KernelSource {
        KernelSource(
            "select_long", header: "sort", dtype,
            "(const E *in, const K *keys, const uint32_t *places, E *values, long long *indices, long long n, int what, long long k) { select_long(in, keys, places, values, indices, n, what, k); }"
        )
    }

    static func mergeRows(_ dtype: DType) -> KernelSource {
        KernelSource(
            "merge_rows", header: "sort", dtype,
            "(const E *in, long long width, const long long *from, long long *to, long long n, long long run) { merge_rows(in, width, from, to, n, run); }"
        )
    }

    static func makeKeys(_ dtype: DType) -> KernelSource {
        KernelSource(
            "make_keys", header: "sort", dtype,
            "(const E *in, K *keys, long long count, int falls) { make_keys(in, keys, count, falls); }"
        )
    }

    static func sortShortKeys(_ size: Int) -> KernelSource {
        KernelSource(
            "sort_short_keys", header: "sort", ofSize: size,
            "(K *keys, uint32_t *places, long long n, int size) { sort_short_keys(keys, places, n, size); }")
    }

    static func countDigits(_ size: Int) -> KernelSource {
        KernelSource(
            "count_digits", header: "sort", ofSize: size,
            "(const K *keys, long long n, long long tiles, int shift, uint32_t *counts) { count_digits(keys, n, tiles, shift, counts); }"
        )
    }

    static var startDigits: KernelSource {
        KernelSource(
            "digit_starts", header: "sort", "(uint32_t *counts, long long tiles) { start_digits(counts, tiles); }")
    }

    static func moveDigits(_ size: Int) -> KernelSource {
        KernelSource(
            "move_digits", header: "sort", ofSize: size,
            "(const K *keys, const uint32_t *places, K *to_keys, uint32_t *to_places, long long n, long long tiles, int shift, const uint32_t *starts) { move_digits(keys, places, to_keys, to_places, n, tiles, shift, starts); }"
        )
    }

    static func writeSorted(ofSize item: Int) -> KernelSource {
        KernelSource(
            "write_sorted", header: "sort", ofSize: item,
            "(const W *in, const uint32_t *places, W *values, long long *indices, long long n, long long kept, long long count) { write_sorted(in, places, values, indices, n, kept, count); }"
        )
    }
}

import CTorchKernels

extension CUDABackend {
    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, a, b, bias?.strided)
            if out.count == 0 { return }
            let rank = out.layout.rank, k = a.layout.sizes[rank - 1]
            if k == 0 {
                if let bias { return copy(out: out.strided, bias.strided) }
                return try context.clear(out.strided.deviceAddress, out.count * out.dtype.itemSize)
            }
            if a.dtype.isComplex, a.dtype == .complex32 { throw notMultiplied(a.dtype) }
            let isInteger = !a.dtype.isInexact
            if let bias, try multiply(out, a, b, adding: bias) { return }
            // The library adds to what is there.
            if let bias, !isInteger { copy(out: out.strided, bias.strided) }
            try Loops.with(room: rank - 2, operands: 3) { loops in
                for d in 0..<(rank - 2) {
                    loops.append(out.layout.sizes[d])
                    for (i, s) in [out.strided, a, b].enumerated() {
                        loops.strides(i)[d] = Int64(s.layout.strides[d])
                    }
                }
                loops.order()
                loops.merge()
                try runBatches(loops, 0, (0, 0, 0)) { count, offsets, steps in
                    if isInteger { return try multiplyIntegers(out, a, b, bias, count, offsets, steps) }
                    try multiply(out, a, b, bias != nil, count, offsets, steps)
                }
            }
        }
    }

    private func notMultiplied(_ dtype: DType) -> TorchError {
        TorchError(.notImplemented, "\"addmm_cuda\" not implemented for '\(dtype.scalarTypeName)'")
    }

    /// Calls `multiply` for each batch of matrices: the innermost loop is a batch, the others are here.
    private func runBatches(
        _ loops: Loops, _ dim: Int, _ offsets: (Int, Int, Int),
        _ multiply: (Int, (Int, Int, Int), (Int, Int, Int)) throws -> Void
    ) throws {
        func step(_ operand: Int) -> Int { dim < loops.rank ? Int(loops.strides(operand)[dim]) : 0 }
        let steps = (step(0), step(1), step(2))
        if dim >= loops.rank - 1 { return try multiply(loops.rank == 0 ? 1 : Int(loops.sizes[dim]), offsets, steps) }
        for i in 0..<Int(loops.sizes[dim]) {
            try runBatches(
                loops, dim + 1, (offsets.0 + i * steps.0, offsets.1 + i * steps.1, offsets.2 + i * steps.2), multiply)
        }
    }

    /// The library is column-major: outᵀ = bᵀ · aᵀ.
    private func multiply(
        _ out: Dense, _ a: Strided, _ b: Strided, _ adds: Bool, _ count: Int, _ offsets: (Int, Int, Int),
        _ steps: (Int, Int, Int)
    ) throws {
        let rank = out.layout.rank, library = try context.cublas()
        let (m, n) = (out.layout.sizes[rank - 2], out.layout.sizes[rank - 1]), k = a.layout.sizes[rank - 1]
        try withMatrix(a, m, k, offsets.1, steps.1, count) { left in
            try withMatrix(b, k, n, offsets.2, steps.2, count) { right in
                let result = CuBLAS.Matrix(
                    address: out.strided.deviceAddress + UInt64(offsets.0 * out.dtype.itemSize), isTransposed: false,
                    leading: n, batch: steps.0)
                try library.multiply(
                    context, right, left, result, m: n, n: m, k: k, count: count, beta: adds ? 1 : 0, input: a.dtype,
                    output: out.dtype)
            }
        }
    }

    /// Computes out = a · b + bias in one launch. Returns false and does nothing if no library does this for these
    /// operands. PyTorch asks the library for the same ones.
    private func multiply(_ out: Dense, _ a: Strided, _ b: Strided, adding bias: Dense) throws -> Bool {
        let sizes = out.layout.sizes, k = a.layout.sizes.last ?? 0, dtype = a.dtype
        guard sizes.count == 2, sizes[1] > 1, k > 1, bias.layout.sizes == [sizes[1]], out.dtype == dtype,
            bias.dtype == dtype, dtype.isFloatingPoint, let library = context.cublasLt()
        else { return false }
        var isDone = false
        try withMatrix(a, sizes[0], k, 0, 0, 1) { left in
            try withMatrix(b, k, sizes[1], 0, 0, 1) { right in
                let result = CuBLAS.Matrix(
                    address: out.strided.deviceAddress, isTransposed: false, leading: sizes[1], batch: 0)
                isDone = try library.multiply(
                    context, right, left, result, bias: bias.strided.deviceAddress, m: sizes[1], n: sizes[0], k: k,
                    dtype: dtype)
            }
        }
        return isDone
    }

    /// Calls `body` with the transpose of a row-major matrix [rows, columns] in the library's form. A matrix of other
    /// strides is copied first.
    private func withMatrix(
        _ s: Strided, _ rows: Int, _ columns: Int, _ offset: Int, _ step: Int, _ count: Int,
        _ body: (CuBLAS.Matrix) throws -> Void
    ) throws {
        let rank = s.layout.rank, size = s.dtype.itemSize
        let row = s.layout.strides[rank - 2], column = s.layout.strides[rank - 1]
        let address = s.deviceAddress + UInt64(offset * size)
        if (column == 1 || columns == 1) && (row >= max(1, columns) || rows == 1) {
            return try body(
                CuBLAS.Matrix(address: address, isTransposed: false, leading: max(row, columns, 1), batch: step))
        }
        if (row == 1 || rows == 1) && (column >= max(1, rows) || columns == 1) {
            return try body(
                CuBLAS.Matrix(address: address, isTransposed: true, leading: max(column, rows, 1), batch: step))
        }
        let copies = step == 0 ? 1 : count
        try withScratch(copies * rows * columns * size) { packed in
            var source = s
            source.layout = Layout(
                [copies, rows, columns], strides: [step, row, column], offset: s.layout.offset + offset)
            try convertTo(packed, Layout([copies, rows, columns]), s.dtype, source)
            try body(
                CuBLAS.Matrix(
                    address: packed, isTransposed: false, leading: max(columns, 1),
                    batch: step == 0 ? 0 : rows * columns))
        }
    }

    private func multiplyIntegers(
        _ out: Dense, _ a: Strided, _ b: Strided, _ bias: Dense?, _ count: Int, _ offsets: (Int, Int, Int),
        _ steps: (Int, Int, Int)
    ) throws {
        guard !a.dtype.isForStorage, a.dtype != .bool, out.dtype == a.dtype else { throw notMultiplied(a.dtype) }
        let rank = out.layout.rank, element = a.dtype.cudaElement, size = a.dtype.itemSize
        let (m, n) = (out.layout.sizes[rank - 2], out.layout.sizes[rank - 1]), k = a.layout.sizes[rank - 1]
        let kernel = try context.kernel(KernelKey(.products, 0, [a.dtype]).value) {
            KernelSource(
                "integer_product_\(a.dtype.name)", header: "products",
                "(const \(element) *a, const \(element) *b, const \(element) *bias, \(element) *out, long long m, long long n, long long k, Matrices a_form, Matrices b_form, long long out_batch) { IntegerProduct<\(element)>::run(a, b, bias, out, m, n, k, a_form, b_form, out_batch); }"
            )
        }!
        let tiles = (m + 15) / 16
        // A grid has at most 65,535 blocks across.
        for first in stride(from: 0, to: count, by: max(1, 65535 / max(tiles, 1))) {
            let some = min(count - first, max(1, 65535 / max(tiles, 1)))
            try context.launch(kernel, grid: ((n + 15) / 16, tiles * some), block: (16, 16)) {
                $0.add(a.deviceAddress + UInt64((offsets.1 + first * steps.1) * size))
                $0.add(b.deviceAddress + UInt64((offsets.2 + first * steps.2) * size))
                $0.add(bias?.strided.deviceAddress ?? 0)
                $0.add(out.strided.deviceAddress + UInt64((offsets.0 + first * steps.0) * size))
                for number in [m, n, k] { $0.add(Int64(number)) }
                for (s, step) in [(a, steps.1), (b, steps.2)] {
                    $0.add(Int64(step))
                    $0.add(Int64(s.layout.strides[rank - 2]))
                    $0.add(Int64(s.layout.strides[rank - 1]))
                }
                $0.add(Int64(steps.0))
            }
        }
    }
}

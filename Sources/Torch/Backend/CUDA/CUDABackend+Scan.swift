import CTorchKernels

extension CUDABackend {
    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, indices?.strided, input.strided)
            if out.count == 0 { return }
            let dtype = input.dtype
            guard let state = KernelSource.scanState(op, dtype) else {
                throw TorchError(.notImplemented, "\"cumsum_cuda\" not implemented for '\(dtype.scalarTypeName)'")
            }
            let (outer, length, inner) = split(out.layout.sizes, at: dim)
            let lines = Int(outer * inner), n = Int(length)
            // Many neighbouring lines are a thread each. Otherwise a line is a block, or several.
            if inner >= 32, lines >= 4096 || n <= 256 {
                let kernel = try kernel(.scan, Int(op.rawValue) << 1, [dtype]) { .scanColumns(op, dtype, state.type) }
                return try context.launch(kernel, grid: ((lines + 255) / 256, 1), block: (256, 1)) {
                    $0.add(addressesOf: input.strided, out.strided, indices?.strided)
                    $0.add(counts: lines, n, Int(inner))
                }
            }
            let pieces = lines < 512 && n > 4096 ? min((n + 4095) / 4096, max(1, 512 / lines)) : 1
            let piece = (n + pieces - 1) / pieces
            let kernel = try kernel(.scan, Int(op.rawValue) << 1 | 1, [dtype]) { .scanLines(op, dtype, state.type) }
            try withScratch(pieces > 1 ? lines * pieces * state.size : 0) { totals in
                // The first pass finds the totals of pieces.
                for finds in pieces > 1 ? [true, false] : [false] {
                    try context.launch(kernel, grid: (lines, pieces), block: (256, 1)) {
                        $0.add(addressesOf: input.strided, finds ? nil : out.strided, indices?.strided)
                        $0.add(totals)
                        $0.add(counts: n, Int(inner), piece)
                    }
                }
            }
        }
    }
}

extension KernelSource {
    /// Returns the type in scan.cuh of what a scan keeps, and its size; nil if there is none.
    static func scanState(_ op: Scan, _ dtype: DType) -> (type: String, size: Int)? {
        if dtype.isForStorage || dtype == .complex32 { return nil }
        let element = dtype.cudaElement
        if op == .max || op == .min {
            // An index, and an element at a multiple of 8.
            return dtype.isComplex ? nil : ("ExtremeOf<\(element), \(op == .max)>", 16)
        }
        // Differences of logarithms of sums need double, as on the CPU.
        if op == .logsumexp {
            let number = dtype.isComplex ? ("Complex<double>", 16) : ("Real<double>", 8)
            return dtype.isInexact ? ("LogSumExpOf<\(element), \(number.0)>", number.1) : nil
        }
        let number =
            switch dtype {
            case .bool: ("Truth", 4)
            case .complex64: ("Complex<float>", 8)
            case .complex128: ("Complex<double>", 16)
            case .float64: ("Real<double>", 8)
            default: dtype.isFloatingPoint ? ("Real<float>", 4) : ("uint64_t", 8)
            }
        return ("\(op == .sum ? "SumOf" : "ProductOf")<\(element), \(number.0)>", number.1)
    }

    static func scanLines(_ op: Scan, _ dtype: DType, _ state: String) -> KernelSource {
        let element = dtype.cudaElement
        return KernelSource(
            "scan_lines_\(op.rawValue)_\(dtype.name)", header: "scan",
            "(const \(element) *in, \(element) *out, long long *indices, \(state) *totals, long long n, long long inner, long long piece) { Scan<\(state), \(element)>::lines(in, out, indices, totals, n, inner, piece); }"
        )
    }

    static func scanColumns(_ op: Scan, _ dtype: DType, _ state: String) -> KernelSource {
        let element = dtype.cudaElement
        return KernelSource(
            "scan_columns_\(op.rawValue)_\(dtype.name)", header: "scan",
            "(const \(element) *in, \(element) *out, long long *indices, long long lines, long long n, long long inner) { Scan<\(state), \(element)>::columns(in, out, indices, lines, n, inner); }"
        )
    }
}

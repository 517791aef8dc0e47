import CTorchKernels

extension CUDABackend {
    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, input.strided)
            let dtype = input.dtype
            guard dtype == .uint8 || dtype.isFloatingPoint && !dtype.isForStorage else {
                throw TorchError(.notImplemented, "\"upsample\" not implemented for '\(dtype.scalarTypeName)'")
            }
            if out.count == 0 { return }
            let (source, result) = (input.layout.sizes, out.layout.sizes)
            let maps = ResamplingMap.of(axes, from: source, to: result, dtype, adjoint: adjoint)
            let rounds = ResamplingMap.rounds(axes, dtype)
            let tables = ResamplingTables(maps, wide: dtype == .float64, rounds: rounds)
            try withScratch(tables.bytes.count) { address in
                try tables.bytes.withUnsafeBytes { try context.copyIn(address, $0.baseAddress!, $0.count) }
                let taps = maps.reduce(1) { $0 * ($1?.mostTaps ?? 1) }
                if rounds || taps > 64 {
                    return try resampleLines(out, input, maps, tables, address, rounds: rounds)
                }
                try launch(kernel(.resample, 0, [dtype]) { .resample(dtype) }, over: out.count) {
                    $0.add(addressesOf: input.strided, out.strided)
                    $0.add(counts: source[0], source[4])
                    for d in 0..<3 { tables.pack(d, source[d + 1], result[d + 1], address, &$0) }
                    $0.add(counts: out.count)
                }
            }
        }
    }

    /// Maps one dimension after the other, the width first. Bytes are rounded each time, other elements at the end.
    private func resampleLines(
        _ out: Dense, _ input: Dense, _ maps: [ResamplingMap?], _ tables: ResamplingTables, _ address: UInt64,
        rounds: Bool
    ) throws {
        let mapped = [2, 1, 0].filter { maps[$0] != nil }, result = out.layout.sizes
        let between: DType = rounds ? .uint8 : input.dtype.wide
        var sizes = input.layout.sizes, from = (address: input.strided.deviceAddress, dtype: input.dtype)
        var kept: [CUDAMemory] = []
        for (k, d) in mapped.enumerated() {
            let n = sizes[d + 1]
            sizes[d + 1] = result[d + 1]
            let count = sizes.reduce(1, *), inner = sizes[(d + 2)...].reduce(1, *)
            var to = (address: out.strided.deviceAddress, dtype: out.dtype)
            if k + 1 < mapped.count {
                guard let memory = CUDAMemory(context, count * between.itemSize) else {
                    throw context.outOfMemory(count * between.itemSize)
                }
                kept.append(memory)
                to = (memory.address, between)
            }
            let kernel =
                rounds
                ? try kernel(.resample, 1) { .resampleBytes }
                : try kernel(.resample, 2, [from.dtype, to.dtype]) { .resampleLine(from.dtype, to.dtype) }
            try launch(kernel, over: count) {
                $0.add(from.address)
                $0.add(to.address)
                tables.pack(d, n, sizes[d + 1], address, &$0)
                $0.add(counts: inner)
                if rounds { $0.add(Int32(tables.bits[d])) }
                $0.add(counts: count)
            }
            from = to
        }
        withExtendedLifetime(kept) {}
    }
}

/// The matrices of an interpolation as the device reads them.
private struct ResamplingTables {
    private(set) var bytes: [UInt8] = []
    /// The fractional bits of each dimension's weights, if they are integers.
    private(set) var bits = [0, 0, 0]
    /// Where the offsets, indices and weights of each dimension begin; nil for a dimension that is left as it is.
    private var places: [(offsets: Int, indices: Int, weights: Int)?] = []

    init(_ maps: [ResamplingMap?], wide: Bool, rounds: Bool) {
        for (d, map) in maps.enumerated() {
            guard let map else {
                places.append(nil)
                continue
            }
            let offsets = add(map.offsets), indices = add(map.indices)
            if rounds {
                let rounded = map.roundedWeights
                bits[d] = rounded.bits
                places.append((offsets, indices, add(rounded.weights)))
            } else {
                places.append((offsets, indices, wide ? add(map.weights) : add(map.weights.map { Float($0) })))
            }
        }
    }

    private mutating func add<Element>(_ elements: [Element]) -> Int {
        let start = (bytes.count + 7) / 8 * 8
        bytes += [UInt8](repeating: 0, count: start - bytes.count)
        elements.withUnsafeBytes { bytes += $0 }
        return start
    }

    /// Packs `ResampleAxis` of resample.cuh for tables at an address.
    func pack(_ d: Int, _ n: Int, _ m: Int, _ address: UInt64, _ arguments: inout KernelArguments) {
        arguments.add(counts: n, m)
        let place = places[d]
        for offset in [place?.offsets, place?.indices, place?.weights] {
            arguments.add(offset.map { address + UInt64($0) } ?? 0)
        }
    }
}

extension KernelSource {
    static func resample(_ dtype: DType) -> KernelSource {
        KernelSource(
            "resample_\(dtype.name)", header: "resample", types: ["T": dtype.cudaElement, "A": dtype.cudaWide],
            "(const T *in, T *out, ResampleShape<A> shape, long long n) { resample(in, out, shape, n); }")
    }

    static func resampleLine(_ from: DType, _ to: DType) -> KernelSource {
        KernelSource(
            "resample_line_\(from.name)_\(to.name)", header: "resample",
            types: ["In": from.cudaElement, "Out": to.cudaElement, "A": from.cudaWide],
            "(const In *in, Out *out, ResampleAxis<A> axis, long long inner, long long n) { resample_line(in, out, axis, inner, n); }"
        )
    }

    static var resampleBytes: KernelSource {
        KernelSource(
            "resample_line_bytes", header: "resample",
            "(const uint8_t *in, uint8_t *out, ResampleAxis<int> axis, long long inner, int bits, long long n) { resample_bytes(in, out, axis, inner, bits, n); }"
        )
    }
}

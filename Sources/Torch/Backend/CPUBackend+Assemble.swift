import CTorchKernels

extension CPUBackend {
    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {
        guard areOnHost(out, source) else { return }
        let parts = assembledParts(out.layout, source.layout, dims)
        let flat = parts.flatMap {
            $0.stretches.map {
                st_stretch(length: Int64($0.length), start: Int64($0.start ?? -1), step: Int64($0.step))
            }
        }
        var number = (UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &number) { number in
            write(filler, as: out.dtype, to: number.baseAddress!)
            flat.withUnsafeBufferPointer { flat in
                var next = flat.baseAddress!
                let assembled = parts.map { part in
                    defer { next += part.stretches.count }
                    return st_assembled(stretches: next, count: Int64(part.stretches.count), stride: Int64(part.stride))
                }
                st_assemble(
                    Int32(assembled.count), assembled, out.pointer, source.pointer, number.baseAddress!,
                    out.dtype.itemSize)
            }
        }
    }

    func cat(out: Strided, _ sources: [Strided], dim: Int) {
        for source in sources where !areOnHost(out, source) { return }
        let (layout, item) = (out.layout, out.dtype.itemSize)
        if sources.isEmpty { return }
        let rows = layout.sizes[..<dim].reduce(1, *)
        let isWide = rows == 1 || layout.count / rows / sources.count * item >= leastRun
        let parts =
            !layout.isContiguous || !isWide
            ? []
            : sources.compactMap { source -> st_part? in
                guard source.dtype == out.dtype, let run = source.layout.runs(from: dim) else { return nil }
                return st_part(data: source.pointer, length: Int64(run.length), stride: Int64(run.stride))
            }
        if parts.count == sources.count {
            return parts.withUnsafeBufferPointer {
                st_cat(Int64(rows), Int64($0.count), $0.baseAddress!, out.pointer, item)
            }
        }
        var start = 0
        for source in sources {
            let length = source.layout.sizes[dim]
            copy(
                out: Strided(
                    storage: out.storage, layout: layout.sliced(dim, start: start, length: length), dtype: out.dtype),
                source)
            start += length
        }
    }
}

/// The least number of bytes per run for which `st_cat` is used.
private let leastRun = 64

extension Layout {
    /// Returns the length of the contiguous run over the dimensions from `dim` on, and the stride between runs over all
    /// outer dimensions. Returns nil if there is no single such stride.
    fileprivate func runs(from dim: Int) -> (length: Int, stride: Int)? {
        var length = 1, stride: Int?, next = 0
        for d in sizes.indices.reversed() where sizes[d] != 1 {
            if d >= dim {
                guard strides[d] == length else { return nil }
                length *= sizes[d]
            } else {
                guard stride == nil || strides[d] == next else { return nil }
                stride = stride ?? strides[d]
                next = strides[d] * sizes[d]
            }
        }
        return (length, stride ?? 0)
    }
}

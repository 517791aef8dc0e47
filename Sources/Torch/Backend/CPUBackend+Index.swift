import CTorchKernels

extension CPUBackend {
    func indexSelect(out: Strided, _ input: Strided, dim: Int, index: Strided) -> Int? {
        let (outer, n, inner) = split(input.layout.sizes, at: dim)
        let bad = st_index_select(outer, n, inner, Int64(index.layout.count), out.pointer, input.pointer, index.pointer.assumingMemoryBound(to: Int64.self), input.dtype.itemSize)
        return bad < 0 ? nil : Int(bad)
    }

    func indexAdd(out: Strided, dim: Int, index: Strided, source: Strided) -> Int? {
        let (outer, n, inner) = split(out.layout.sizes, at: dim)
        let bad = st_index_add(outer, n, inner, Int64(index.layout.count), out.pointer, source.pointer, index.pointer.assumingMemoryBound(to: Int64.self), out.dtype.kernel)
        return bad < 0 ? nil : Int(bad)
    }

    func gather(out: Strided, _ input: Strided, dim: Int, index: Strided) -> Int? {
        let n = input.layout.sizes[dim]
        let bad = withOperands(index.layout.sizes, [out.layout.strides, input.layout.strides, index.layout.strides],
                               [(out.pointer, out.dtype), (input.pointer, input.dtype), (index.pointer, .int64)]) { rank, sizes, operands in
            st_gather(rank, sizes, Int32(dim), Int64(n), operands, operands + 1, operands + 2)
        }
        return bad < 0 ? nil : Int(bad)
    }

    func scatter(_ mode: ScatterMode, out: Strided, dim: Int, index: Strided, source: Strided) -> Int? {
        let n = out.layout.sizes[dim]
        let bad = withOperands(index.layout.sizes, [out.layout.strides, source.layout.strides, index.layout.strides],
                               [(out.pointer, out.dtype), (source.pointer, source.dtype), (index.pointer, .int64)]) { rank, sizes, operands in
            st_scatter(mode, rank, sizes, Int32(dim), Int64(n), operands, operands + 1, operands + 2)
        }
        return bad < 0 ? nil : Int(bad)
    }
}

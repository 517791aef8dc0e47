import CTorchKernels

extension CPUBackend {
    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) {
        guard canCompute(input, by: "max_pool2d"), values.count > 0 else { return }
        withPoolShape(input.layout.sizes, values.layout.sizes, windows, .inside) { shape, _ in
            st_max_pool(shape, values.pointer, indices?.pointer, input.pointer, input.dtype.kernel)
        }
    }

    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) {
        guard canCompute(input, by: "avg_pool2d"), out.count > 0 else { return }
        withPoolShape(input.layout.sizes, out.layout.sizes, windows, divisor) { shape, divisor in
            st_avg_pool(shape, divisor, out.pointer, input.pointer, input.dtype.kernel)
        }
    }

    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool {
        guard canCompute(grad, by: "avg_pool2d_backward") else { return false }
        if out.count == 0 { return true }
        return hadMemory(
            withPoolShape(out.layout.sizes, grad.layout.sizes, windows, divisor) { shape, divisor in
                st_avg_pool_backward(shape, divisor, out.pointer, grad.pointer, grad.dtype.kernel)
            })
    }

    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool {
        guard canCompute(grad, by: "max_pool2d_backward") else { return false }
        if out.count == 0 { return true }
        let (o, g) = (out.layout.sizes, grad.layout.sizes)
        return hadMemory(
            st_plane_scatter(
                Int64(o[0]), Int64(o[1] * o[2] * o[3]), Int64(g[1] * g[2] * g[3]), Int64(o[4]), out.pointer,
                grad.pointer, indices.pointer, grad.dtype.kernel))
    }

    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) {
        guard canCompute(input, grid, by: "grid_sampler_2d_cpu_kernel_impl") else { return }
        var shape = gridShape(input.layout.sizes, out.layout.sizes, options)
        st_grid_sample(&shape, out.pointer, input.pointer, grid.pointer, input.dtype.kernel)
    }

    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool {
        guard canCompute(input, grid, grad, by: "grid_sampler_2d_backward_cpu_kernel_impl") else { return false }
        var shape = gridShape(input.layout.sizes, grad.layout.sizes, options)
        return hadMemory(
            st_grid_sample_backward(
                &shape, inputGrad?.pointer, gridGrad?.pointer, grad.pointer, input.pointer, grid.pointer,
                input.dtype.kernel))
    }

    private func gridShape(_ input: [Int], _ out: [Int], _ options: GridSampling) -> st_grid_shape {
        var shape = st_grid_shape()
        shape.batch = Int64(input[0])
        shape.channels = Int64(input[1])
        shape.points = Int64(out[2...].reduce(1, *))
        shape.dims = Int64(input.count - 2)
        shape.sizes = (Int64(input[2]), Int64(input[3]), Int64(input.count == 5 ? input[4] : 1))
        shape.mode =
            switch options.mode {
            case .bilinear: ST_GRID_LINEAR
            case .nearest: ST_GRID_NEAREST
            case .bicubic: ST_GRID_CUBIC
            }
        shape.padding =
            switch options.paddingMode {
            case .zeros: ST_GRID_ZEROS
            case .border: ST_GRID_BORDER
            case .reflection: ST_GRID_REFLECTION
            }
        shape.align_corners = options.alignCorners
        return shape
    }

    /// Passes the windows to C as tables, with the number that divides all sums (0: the product of the tables' counts).
    private func withPoolShape<Result>(
        _ source: [Int], _ pooled: [Int], _ windows: [PoolWindows], _ divisor: PoolDivisor,
        _ body: (UnsafePointer<st_pool_shape>, Int64) -> Result
    ) -> Result {
        let tables = windows.enumerated().map { WindowTable($1, source[$0 + 1], pooled[$0 + 1], divisor) }
        let flat = tables.flatMap { $0.starts + $0.ends + $0.counts }
        return flat.withUnsafeBufferPointer { flat in
            var next = flat.baseAddress!
            let axes = tables.enumerated().map { d, table in
                let count = table.starts.count
                defer { next += 3 * count }
                return st_pool_axis(
                    in: Int64(source[d + 1]), out: Int64(pooled[d + 1]), step: Int64(table.step),
                    plane: Int64(table.isOfPlanes ? pooled[d + 1] : 0), starts: next, ends: next + count,
                    counts: next + 2 * count)
            }
            var shape = st_pool_shape(
                outer: Int64(source[0]), inner: Int64(source[4]), axis: (axes[0], axes[1], axes[2]))
            let fixed: Int64 = if case .fixed(let number) = divisor { Int64(number) } else { 0 }
            return body(&shape, fixed)
        }
    }
}

/// The windows along one dimension, written out.
private struct WindowTable {
    var starts: [Int64] = [], ends: [Int64] = [], counts: [Int64] = []
    var step = 1, isOfPlanes = false

    init(_ windows: PoolWindows, _ size: Int, _ results: Int, _ divisor: PoolDivisor) {
        func add(_ start: Int, _ end: Int, _ count: Int) {
            starts.append(Int64(start))
            ends.append(Int64(end))
            counts.append(Int64(count))
        }
        switch windows {
        case .sliding(let kernel, let stride, let padding, let dilation):
            step = dilation
            let reach = (kernel - 1) * dilation + 1
            for i in 0..<results {
                let first = i * stride - padding, padded = Swift.min(first + reach, size + padding)
                let start = first >= 0 ? first : first + (dilation - 1 - first) / dilation * dilation
                let end = Swift.min(padded, size)
                add(start, Swift.max(end, start), divisor == .padded ? padded - first : Swift.max(end - start, 1))
            }
        case .adaptive:
            for i in 0..<results {
                let start = Int(Int128(i) * Int128(size) / Int128(results))
                let end = Int((Int128(i + 1) * Int128(size) + Int128(results - 1)) / Int128(results))
                add(start, end, end - start)
            }
        case .starting(let tensor, let length):
            isOfPlanes = true
            for i in 0..<tensor.count {
                let start = Int(tensor.pointer[i])
                add(start, start + length, length)
            }
        }
    }
}

import CTorchKernels

/// Transforms along dimensions that are known to be right, with their derivatives. The results have the strides of
/// PyTorch's: the transformed dimensions are innermost, in the order of the input's strides.
enum FourierTransform {
    /// Returns complex numbers from complex numbers. PyTorch: `torch._fft_c2c`.
    static func complex(_ x: Tensor, _ dims: [Int], scale: Double, inverse: Bool) -> Tensor {
        if x.isVoid { return .void }
        return noGrad { values(x, byStride(x, dims), inverse ? .inverse : .forward, scale: scale) }
            .record("FftC2CBackward0", x) { _, g in complex(g, dims, scale: scale, inverse: !inverse) }
    }

    /// Returns complex numbers from real numbers, in the last of `dims` only the first half and one. If not
    /// `onesided`, all of them. PyTorch: `torch._fft_r2c`.
    static func real(_ x: Tensor, _ dims: [Int], scale: Double, onesided: Bool = true) -> Tensor {
        guard !x.isVoid, let last = dims.last else { return .void }
        let order = byStride(x, dims.dropLast()) + [last], length = x.sizes[last]
        let result = noGrad {
            onesided
                ? values(x, order, .real, scale: scale)
                : values(x.to(x.dtype.toComplex), order, .forward, scale: scale)
        }
        return result.record("FftR2CBackward0", x) { _, g in
            let missing = length - g.sizes[last]
            return complex(missing > 0 ? padded(g, last, length) : g, dims, scale: scale, inverse: true).real
        }
    }

    /// Returns real numbers, `length` in the last of `dims`, from the first length/2 + 1 complex numbers there. The
    /// exponents have a positive sign. PyTorch: `torch._fft_c2r`.
    static func toReal(_ x: Tensor, _ dims: [Int], length: Int, scale: Double) -> Tensor {
        guard !x.isVoid, let last = dims.last else { return .void }
        let result = noGrad {
            let first = dims.count > 1 ? values(x, byStride(x, dims.dropLast()), .inverse, scale: 1) : x
            return values(first, [last], .toReal, length: length, scale: scale)
        }
        return result.record("FftC2RBackward0", x) { _, g in
            let half = real(g, dims, scale: scale), doubled = g.sizes[last] - half.sizes[last]
            if doubled <= 0 { return half }
            let (first, middle) = (half.narrow(last, 0, 1), half.narrow(last, 1, doubled).mul(2))
            return cat([first, middle, half.narrow(last, 1 + doubled, half.sizes[last] - 1 - doubled)], dim: last)
        }
    }

    /// Returns the tensor with zeros behind it, or cut off, so that the dimension has a length.
    static func padded(_ x: Tensor, _ dim: Int, _ length: Int) -> Tensor {
        let size = x.sizes[dim]
        if size >= length { return size == length ? x : x.narrow(dim, 0, length) }
        return x.constantPadNd(Array(repeating: 0, count: 2 * (x.dim - dim) - 1) + [length - size])
    }

    /// Returns dimensions, those of large strides first.
    private static func byStride(_ x: Tensor, _ dims: some Sequence<Int>) -> [Int] {
        dims.sorted { (x.layout.strides[$1], $0) < (x.layout.strides[$0], $1) }
    }

    // MARK: Values

    /// Transforms along dimensions, the last one first.
    private static func values(
        _ x: Tensor, _ dims: [Int], _ kind: FourierKind, length: Int? = nil, scale: Double
    ) -> Tensor {
        if x.isVoid { return .void }
        guard x.dtype.toReal == .float32 || x.dtype.toReal == .float64 else {
            return fail(.notImplemented, "MKL FFT doesn't support tensors of type: \(x.dtype.toReal.scalarTypeName)")
        }
        let batch = byStride(x, (0..<x.dim).filter { !dims.contains($0) })
        let order = batch + dims
        var sizes = order.map { x.sizes[$0] }
        var numbers = x.permute(order).contiguous()
        if numbers.isVoid { return .void }
        for (i, step) in dims.indices.reversed().enumerated() {
            let isFirst = i == 0, axis = batch.count + step
            let kind = isFirst ? kind : kind == .real ? .forward : kind
            let count = isFirst ? length ?? sizes[axis] : sizes[axis]
            numbers = transformed(numbers, sizes, axis, kind, count, scale: isFirst ? scale : 1)
            if numbers.isVoid { return .void }
            sizes[axis] = kind == .real ? count / 2 + 1 : count
        }
        var inverse = order
        for (place, dim) in order.enumerated() { inverse[dim] = place }
        return numbers.view(sizes).permute(inverse)
    }

    /// Transforms contiguous numbers of the given sizes along one dimension.
    private static func transformed(
        _ x: Tensor, _ sizes: [Int], _ axis: Int, _ kind: FourierKind, _ length: Int, scale: Double
    ) -> Tensor {
        let outer = sizes[..<axis].reduce(1, *), inner = sizes[(axis + 1)...].reduce(1, *)
        if inner > 1, length > FourierShape.mostColumns {
            let rows = x.view([outer, sizes[axis], inner]).transpose(1, 2).contiguous()
            return transformed(rows, [outer * inner, sizes[axis]], 1, kind, length, scale: scale)
                .view([outer, inner, length]).transpose(1, 2).contiguous()
        }
        let shape = FourierShape(kind: kind, outer: outer, length: length, inner: inner, scale: scale)
        var sizes = sizes
        sizes[axis] = shape.outputCount
        let dtype = kind == .real ? x.dtype.toComplex : kind == .toReal ? x.dtype.toReal : x.dtype
        let result = Tensor.allocate(Layout(sizes), dtype, x.device)
        if result.isVoid || result.numel() == 0 { return result }
        return x.backend.fourier(shape, out: Dense(result.strided), Dense(x.strided)) ? result : .void
    }
}

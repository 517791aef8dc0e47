import CTorchKernels

extension CPUBackend {
    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool {
        guard canCompute(out, input, by: "fft") else { return false }
        var form = st_fft_shape(
            kind: shape.kind, dtype: (shape.kind == .toReal ? input : out).dtype.kernel, outer: Int64(shape.outer),
            n: Int64(shape.length), inner: Int64(shape.inner), scale: shape.scale)
        return hadMemory(st_fft(&form, out.pointer, input.pointer))
    }
}

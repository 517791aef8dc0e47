extension CheckedBackend {
    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool {
        check("fourier", out: [out.strided], [input.strided])
        let complex = shape.kind == .toReal ? input.dtype : out.dtype
        let (read, written) = (
            shape.kind == .real ? complex.toReal : complex, shape.kind == .toReal ? complex.toReal : complex
        )
        require(
            (complex == .complex64 || complex == .complex128) && input.dtype == read && out.dtype == written
                && shape.length > 0 && input.count == shape.outer * shape.inputCount * shape.inner
                && out.count == shape.outer * shape.outputCount * shape.inner
                && (shape.inner == 1
                    || shape.length <= FourierShape.mostColumns && read == written),
            "fourier",
            "\(shape): \(input.count) of \(input.dtype) to \(out.count) of \(out.dtype)")
        return base.fourier(shape, out: out, input)
    }
}

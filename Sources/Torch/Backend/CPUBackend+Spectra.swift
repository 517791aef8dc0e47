import CTorchKernels

extension CPUBackend {
    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool {
        guard canCompute(values, left, right, info, matrices, by: "linalg_spectra") else { return false }
        var shape = form.kernelForm(matrices.dtype)
        return hadLAPACK(
            st_spectra(
                &shape, values.pointer, left?.pointer, right?.pointer,
                info.pointer.assumingMemoryBound(to: Int32.self), matrices.pointer))
    }
}

import CTorchKernels

extension CPUBackend {
    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool {
        guard canCompute(arrays.a, arrays.b, arrays.c, arrays.values, arrays.pivots, arrays.info, by: "linalg") else {
            return false
        }
        let a = arrays.a.matrices, b = arrays.b?.matrices, c = arrays.c?.matrices
        for matrix in [a, b, c].compactMap({ $0 }) {
            guard Swift.max(matrix.rows, matrix.columns) <= Int32.max else {
                raise(.runtime, "linalg: matrices of \(matrix.rows) by \(matrix.columns) exceed LAPACK's 32-bit sizes")
                return false
            }
        }
        var operands = st_linalg_operands(
            what: form.what, dtype: arrays.a.dtype.kernel, form: form.form, upper: form.upper, right: form.right,
            unit: form.unit, hermitian: form.hermitian, rcond: form.rcond, batch: Int64(a.batch),
            a_rows: Int64(a.rows), a_columns: Int64(a.columns), b_rows: Int64(b?.rows ?? 0),
            b_columns: Int64(b?.columns ?? 0), c_rows: Int64(c?.rows ?? 0), c_columns: Int64(c?.columns ?? 0),
            a: arrays.a.pointer, b: arrays.b?.pointer, c: arrays.c?.pointer,
            value_count: Int64(arrays.values?.layout.sizes.last ?? 0), values: arrays.values?.pointer,
            pivot_count: Int64(arrays.pivots?.layout.sizes.last ?? 0),
            pivots: arrays.pivots?.pointer.assumingMemoryBound(to: Int32.self),
            info: arrays.info.pointer.assumingMemoryBound(to: Int32.self))
        return hadLAPACK(st_linalg(&operands))
    }
}

/// Returns whether a kernel found LAPACK and got its scratch memory. If not, an error is raised.
func hadLAPACK(_ answer: Int64) -> Bool {
    guard answer == Int64(ST_NO_LAPACK) else { return hadMemory(answer) }
    raise(
        .runtime,
        "Linear algebra needs a library with LAPACK, such as that of Debian's package libopenblas0-pthread, and none could be loaded: \(String(cString: st_lapack_problem()))"
    )
    return false
}

import CTorchKernels

/// A batch of matrices in column-major memory whose eigenvalues or singular values are computed, k of each. None of
/// them is empty.
///
/// - The matrices have a dtype of `dtypes`. They are overwritten; those of Hermitian kinds with their eigenvectors.
/// - `values`, [batch, k], are real, except those of `general`, which are complex.
/// - `left` and `right` are given if there are vectors. `left`: the eigenvectors of `general`, complex, or the left
///   singular vectors. `right`: the adjoint of the right singular vectors. All are column-major.
/// - `info`, [batch] of int32: 0; LAPACK's number if a matrix did not converge; -1 if it has NaN, -2 if infinities.
///   Then its results are NaN.
package struct SpectraForm {
    static let dtypes: Set<DType> = [.float32, .float64, .complex64, .complex128]

    let kind: SpectrumKind, vectors: SpectrumVectors
    let batch: Int, rows: Int, columns: Int

    /// The number of values of a matrix.
    var valueCount: Int { Swift.min(rows, columns) }
    /// The number of left singular vectors.
    var leftCount: Int { vectors == .fullBases ? rows : valueCount }
    /// The number of right singular vectors.
    var rightCount: Int { vectors == .fullBases ? columns : valueCount }

    /// Whether LAPACK's sizes can hold those of the matrices.
    func fits(_ dtype: DType) -> Bool {
        var form = kernelForm(dtype)
        return st_spectra_fit(&form)
    }

    func kernelForm(_ dtype: DType) -> st_spectra_form {
        st_spectra_form(
            kind: kind, vectors: vectors, dtype: dtype.kernel, count: Int64(batch), rows: Int64(rows),
            columns: Int64(columns))
    }
}

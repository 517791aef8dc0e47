import CTorchKernels

/// What is computed of each matrix of a batch, and how. `st_linalg.h` describes the decompositions.
package struct DecompositionForm: Sendable {
    /// What is computed.
    package var what: Decomposition
    /// The op of the matrices in an equation or product.
    package var form = MatrixForm.plain
    /// Whether the upper triangle counts, the matrix stands on the right, its diagonal counts as ones, and whether a
    /// complex matrix is Hermitian (otherwise symmetric).
    package var upper = false, right = false, unit = false, hermitian = false
    /// Singular values up to this part of the largest count as 0.
    package var rcond = 0.0
}

/// The operands of a decomposition. The last two dimensions of a, b and c are columns and rows: a matrix is in
/// column-major memory. All have the same dimensions before these.
package struct DecompositionArrays {
    /// The matrices that are decomposed, or whose decompositions are read.
    package var a: Dense
    /// Right-hand sides or further results.
    package var b, c: Dense?
    /// Numbers of each matrix, in the last dimension.
    package var values: Dense?
    /// int32 numbers of each matrix, in the last dimension.
    package var pivots: Dense?
    /// One int32 number for each matrix.
    package var info: Dense
}

extension Dense {
    /// The rows and columns of a batch in column-major memory, and the number of matrices.
    var matrices: (rows: Int, columns: Int, batch: Int) {
        let sizes = layout.sizes, rank = sizes.count
        return (sizes[rank - 1], sizes[rank - 2], sizes.dropLast(2).reduce(1, &*))
    }
}

/// What functions of linear algebra take: checks of their arguments, with PyTorch's sentences.
enum LinalgInput {
    /// Returns whether the tensor is a matrix or a batch of matrices.
    static func isMatrix(_ x: Tensor, _ name: String, _ argument: String = "A") -> Bool {
        if x.isVoid { return false }
        return check(x.dim >= 2, "\(name): The input tensor \(argument) must have at least 2 dimensions.")
    }

    /// Returns whether the tensor is a square matrix or a batch of square matrices.
    static func isSquare(_ x: Tensor, _ name: String, _ argument: String = "A") -> Bool {
        guard isMatrix(x, name, argument) else { return false }
        let (m, n) = (x.sizes[x.dim - 2], x.sizes[x.dim - 1])
        return check(
            m == n, "\(name): \(argument) must be batches of square matrices, but they are \(m) by \(n) matrices")
    }

    /// Returns whether the elements are floating-point or complex numbers.
    static func isInexact(_ x: Tensor, _ name: String) -> Bool {
        if x.isVoid { return false }
        if x.dtype.isInexact { return true }
        raise(
            .notImplemented,
            "\(name): Expected a floating point or complex tensor as input. Got \(x.dtype.scalarTypeName)")
        return false
    }

    /// Returns whether the elements are floating-point or complex numbers of 32 bits or more.
    static func isWide(_ x: Tensor, _ name: String) -> Bool {
        guard isInexact(x, name) else { return false }
        if [DType.float32, .float64, .complex64, .complex128].contains(x.dtype) { return true }
        raise(.notImplemented, "\(name): Low precision dtypes not supported. Got \(x.dtype.scalarTypeName)")
        return false
    }

    /// Returns whether LAPACK computes with the elements.
    static func hasKernel(_ x: Tensor, _ kernel: String) -> Bool {
        switch x.dtype {
        case .float32, .float64, .complex64, .complex128: return true
        default:
            raise(.notImplemented, "\"\(kernel)\" not implemented for '\(x.dtype.scalarTypeName)'")
            return false
        }
    }

    /// Returns whether A X = B, or X A = B if not `left`, is a system of equations of matrices.
    static func isSystem(_ A: Tensor, _ B: Tensor, left: Bool, _ name: String) -> Bool {
        guard isSquare(A, name), isMatrix(B, name, "B") else { return false }
        let n = A.sizes[A.dim - 1], (rows, columns) = (B.sizes[B.dim - 2], B.sizes[B.dim - 1])
        return check(
            n == (left ? rows : columns),
            "\(name): Incompatible shapes of A and B for the equation \(left ? "AX = B" : "XA = B") (\(n)x\(n) and \(rows)x\(columns))"
        )
    }

    /// Returns whether A X = b is a system of equations, with the sentences of PyTorch's older functions.
    static func fit(_ b: Tensor, _ A: Tensor, _ name: String) -> Bool {
        guard Tensor.shareDevice(b, A),
            check(
                b.dtype == A.dtype,
                "Expected b and A to have the same dtype, but found b of type \(b.dtype.scalarTypeName) and A of type \(A.dtype.scalarTypeName) instead."
            )
        else { return false }
        let (m, n) = (A.sizes[A.dim - 2], A.sizes[A.dim - 1]),
            (rows, columns) = (b.sizes[b.dim - 2], b.sizes[b.dim - 1])
        return check(m == n, "A must be batches of square matrices, but they are \(m) by \(n) matrices")
            && check(
                n == rows,
                "Incompatible matrix sizes for \(name): each A matrix is \(n) by \(n) but each b matrix is \(rows) by \(columns)"
            )
    }

    /// Returns whether B is a batch of vectors, one for each matrix of A, or one vector.
    static func isVectors(_ A: Tensor, _ B: Tensor) -> Bool {
        B.dim == 1 || A.dim - 1 == B.dim && Array(A.sizes.dropLast()) == B.sizes
    }

    /// Returns the sizes of two batches of matrices whose dimensions before the last two are broadcast. Raises and
    /// returns nil if that is impossible.
    static func broadcast(_ a: Tensor, _ b: Tensor) -> ([Int], [Int])? {
        guard let batch = Layout.broadcast(a.batchSizes, b.batchSizes) else {
            raise(.runtime, Pointwise.broadcastMismatch(a.batchSizes, b.batchSizes))
            return nil
        }
        return (batch + a.sizes.suffix(2), batch + b.sizes.suffix(2))
    }

    static func check(_ holds: Bool, _ message: @autoclosure () -> String) -> Bool {
        if !holds { raise(.runtime, message()) }
        return holds
    }
}

/// Why a computation on a matrix failed.
enum LinalgFailure {
    /// The names are those of operators in PyTorch's sentences.
    case singularInverse, singularSolve, notPositive, leastSquares, zeroPivot, zeroBlock
    /// Eigenvalues or singular values, by this name, that were not found.
    case notConverged(String)

    fileprivate func sentence(_ info: Int32) -> String {
        switch self {
        case .singularInverse:
            "The diagonal element \(info) is zero, the inversion could not be completed because the input matrix is singular."
        case .singularSolve: "The solver failed because the input matrix is singular."
        case .notPositive:
            "The factorization could not be completed because the input is not positive-definite (the leading minor of order \(info) is not positive-definite)."
        case .leastSquares where info < 0, .notConverged where info < 0:
            "The algorithm failed to converge because the input matrix contained non-finite values."
        case .leastSquares:
            "The least squares solution could not be computed because the input matrix does not have full rank (error code: \(info))."
        case .zeroPivot:
            "U[\(info),\(info)] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        case .zeroBlock:
            "D[\(info),\(info)] is zero and using it on ldl_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.ldl_factor_ex(A)"
        case .notConverged(let values):
            "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated \(values) (error code: \(info))."
        }
    }

    /// Returns whether `info`, which `decompose` returned, reports no failure. Raises the error of the first matrix
    /// that failed: a LinAlgError with PyTorch's sentence. On `meta` none has failed.
    func isAbsent(_ info: Tensor, _ name: String) -> Bool {
        if info.isVoid { return false }
        let info = info.ofAllExamples, host = info.onHost
        if host.isVoid { return false }
        guard host.hasElements, let failed = host.int32Elements.firstIndex(where: { $0 != 0 }) else { return true }
        let kind = if case .zeroPivot = self { TorchError.Kind.runtime } else { TorchError.Kind.linAlg }
        let batch = info.dim == 0 ? "" : ": (Batch element \(failed))"
        raise(kind, "\(name)\(batch): \(sentence(host.int32Elements[failed]))")
        return false
    }
}

extension Tensor {
    /// A copy of the elements of contiguous int32 memory on the host.
    var int32Elements: [Int32] {
        if numel() == 0 { return [] }
        // The memory may be a copy that only this value keeps.
        let memory = strided
        return withExtendedLifetime(memory) {
            Array(UnsafeBufferPointer(start: memory.pointer.assumingMemoryBound(to: Int32.self), count: numel()))
        }
    }
}

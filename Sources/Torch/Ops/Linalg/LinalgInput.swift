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

    /// Returns whether the elements are floating-point or complex numbers of 32 bits or more. `kernel` is PyTorch's
    /// name in the error for half types.
    static func isInexact(_ x: Tensor, _ name: String, kernel: String) -> Bool {
        if x.isVoid { return false }
        guard
            check(
                x.dtype.isInexact,
                "\(name): Expected a floating point or complex tensor as input. Got \(x.dtype.scalarTypeName)")
        else { return false }
        return hasKernel(x, kernel)
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

    /// Returns the sizes of two batches of matrices whose batch dimensions are broadcast. Raises and returns nil if
    /// that is impossible.
    static func broadcast(_ a: Tensor, _ b: Tensor) -> (a: [Int], b: [Int])? {
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

/// What went wrong with one of the matrices.
enum LinalgFailure {
    case singularInverse, singularSolve, notPositive, notConverged(String), rankDeficient, zeroPivot

    fileprivate func sentence(_ info: Int32) -> String {
        switch self {
        case .singularInverse:
            "The diagonal element \(info) is zero, the inversion could not be completed because the input matrix is singular."
        case .singularSolve: "The solver failed because the input matrix is singular."
        case .notPositive:
            "The factorization could not be completed because the input is not positive-definite (the leading minor of order \(info) is not positive-definite)."
        case .notConverged(let values):
            "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated \(values) (error code: \(info))."
        case .rankDeficient:
            "The least squares solution could not be computed because the input matrix does not have full rank (error code: \(info))."
        case .zeroPivot:
            "U[\(info),\(info)] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        }
    }

    /// Returns whether `info`, which `decompose` returned, reports no failure. Raises the error of the first matrix that
    /// failed: a LinAlgError with PyTorch's sentence. On `meta` there is none.
    func isAbsent(_ info: Tensor, _ name: String) -> Bool {
        if info.isVoid { return false }
        let host = info.onHost
        guard host.hasElements, let failed = host.firstNonzero() else { return !host.isVoid }
        let batch = info.dim == 0 ? "" : ": (Batch element \(failed.index))"
        let kind = if case .zeroPivot = self { TorchError.Kind.runtime } else { TorchError.Kind.linAlg }
        raise(kind, "\(name)\(batch): \(sentence(failed.value))")
        return false
    }
}

extension Tensor {
    /// Returns the first element of contiguous int32 memory that is not 0.
    fileprivate func firstNonzero() -> (index: Int, value: Int32)? {
        let elements = UnsafeBufferPointer(
            start: strided.pointer.assumingMemoryBound(to: Int32.self), count: numel())
        return elements.firstIndex { $0 != 0 }.map { ($0, elements[$0]) }
    }
}

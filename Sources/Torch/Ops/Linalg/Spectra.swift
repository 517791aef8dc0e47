import CTorchKernels

/// Eigenvalues and singular values without derivatives, and the checks of the operators that compute them.
enum Spectra {
    /// Values with their vectors, if these were wanted.
    struct Result {
        let values: Tensor
        /// Eigenvectors or left singular vectors.
        let left: Tensor
        /// The adjoint of the right singular vectors.
        let right: Tensor

        static let void = Result(values: .void, left: .void, right: .void)
    }

    /// Computes spectra of matrices that the caller has checked. Raises PyTorch's errors for those that did not
    /// converge.
    static func compute(
        _ x: Tensor, _ kind: SpectrumKind, _ vectors: SpectrumVectors, name: String
    ) -> Result {
        if x.isVoid { return .void }
        return noGrad { run(x.detach(), kind, vectors, name) }
    }

    private static func run(_ x: Tensor, _ kind: SpectrumKind, _ vectors: SpectrumVectors, _ name: String) -> Result {
        let batch = x.batchSizes, (m, n) = (x.sizes[x.dim - 2], x.sizes[x.dim - 1])
        let form = SpectraForm(
            kind: kind, vectors: vectors, batch: batch.reduce(1, &*), rows: m, columns: n)
        guard x.numel() == 0 || x.device.kind == .meta || form.fits(x.dtype) else {
            raise(.runtime, "\(name): matrices of \(m) by \(n) exceed LAPACK's 32-bit sizes")
            return .void
        }
        let isGeneral = kind == .general, isSingular = kind == .singular, wanted = vectors != .none
        let values = Tensor.allocate(
            Layout(batch + [form.valueCount]), isGeneral ? x.dtype.toComplex : x.dtype.toReal, x.device)
        let left =
            wanted
            ? Tensor.columnMajor(batch + [m, form.leftCount], isGeneral ? x.dtype.toComplex : x.dtype, x.device)
            : Tensor.allocate(Layout([0]), x.dtype, x.device)
        let right =
            wanted && isSingular
            ? Tensor.columnMajor(batch + [form.rightCount, n], x.dtype, x.device)
            : Tensor.allocate(Layout([0]), x.dtype, x.device)
        if anyVoid(values, left, right) { return .void }
        let result = Result(values: values, left: left, right: right)
        if x.numel() == 0 {
            // Any bases are singular vectors of a matrix without elements.
            for basis in [left, right] where basis.numel() > 0 {
                basis.zero_()
                basis.diagonal(dim1: -2, dim2: -1).fill_(1)
            }
            return result
        }
        // Eigenvectors of Hermitian matrices replace the matrices.
        let replaces = wanted && !isSingular && !isGeneral
        let work = replaces ? left : Tensor.columnMajor(x.sizes, x.dtype, x.device)
        let info = Tensor.allocate(Layout([form.batch]), .int32, x.device)
        if anyVoid(work, info) { return .void }
        x.backend.copy(out: work.strided, x.strided)
        let done = x.backend.spectra(
            form, values: values.dense, left: wanted && !replaces ? left.columns : nil,
            right: wanted && isSingular ? right.columns : nil, info: info.dense,
            overwriting: work.columns)
        guard done, converged(info, batch, form, name) else { return .void }
        return result
    }

    /// Returns whether all values converged. Raises PyTorch's error for the first matrix of which they did not.
    private static func converged(_ info: Tensor, _ batch: [Int], _ form: SpectraForm, _ name: String) -> Bool {
        if info.device.kind == .meta { return true }
        let isBatch = !batch.isEmpty || info.raw.storage.isBatched, info = info.ofAllExamples
        let failures = info.toArray(as: Int32.self).lazy.enumerated().compactMap { number, code in
            code == 0 ? nil : failure(Int(code), form).map { (number, $0) }
        }
        guard let (number, reason) = failures.first else { return true }
        raise(.linAlg, name + (isBatch ? ": (Batch element \(number)): " : ": ") + reason)
        return false
    }

    /// Returns the reason why a matrix has no spectrum; nil if its results are NaN, as in PyTorch. PyTorch's codes for
    /// matrices that are not finite are those of LAPACK after the first step.
    private static func failure(_ code: Int, _ form: SpectraForm) -> String? {
        let count = form.valueCount
        var code = code
        if form.kind == .singular {
            if code == -1 {
                return "The algorithm failed to converge because the input matrix contained non-finite values."
            }
            if code < 0 { code = form.vectors == .none ? 0 : count - 1 }
        } else if code < 0 {
            code = count <= 2 ? 0 : form.vectors == .none ? count - 2 : count - 1
        }
        let values = form.kind == .singular ? "singular values" : "eigenvalues"
        return code == 0
            ? nil
            : "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated \(values) (error code: \(code))."
    }
}

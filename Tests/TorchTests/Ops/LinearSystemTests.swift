import Testing

@testable import Torch

/// Decompositions and systems of equations: what PyTorch's cases do not have. Numbers and sentences are PyTorch 2.15's
/// where nothing else is said.
@Suite struct LinearSystemTests {
    private static let A = Tensor([[4, -2, 1], [3, 6, -4], [2, 1, 8]], dtype: .float64)
    private static let B = Tensor([[1, 2], [3, 4], [5, 6]], dtype: .float64)
    private static let tall = Tensor([[1, 2], [3, 4], [5, 7]], dtype: .float64)

    private func agree(_ x: Tensor, _ numbers: [Double], _ tolerance: Double = 1e-12) -> Bool {
        let found = x.flatten().toArray(as: Double.self)
        return found.count == numbers.count && zip(found, numbers).allSatisfy { abs($0 - $1) < tolerance }
    }

    private func thrown(_ body: () -> Void) -> TorchError? {
        do {
            try withError(body)
            return nil
        } catch { return error as? TorchError }
    }

    @Test func numbers() {
        let (A, B) = (Self.A, Self.B)
        let X = [
            0.42965779467680604, 0.6996197718631179, 0.5817490494296578, 0.6463878326996199, 0.44486692015209134,
            0.4942965779467682
        ]
        let Y = [
            -0.33840304182509506, 0.2547528517110266, 0.7946768060836503, -0.29657794676806093, 0.403041825095057,
            0.9885931558935362
        ]
        let (LU, pivots) = linalg.luFactor(A)
        #expect(agree(linalg.solve(A, B), X) && agree(linalg.luSolve(LU, pivots, B), X))
        #expect(agree(B.luSolve(LU, pivots), X) && agree(A.inverse().matmul(B), X))
        #expect(agree(linalg.solve(A, B.mT, left: false), Y) && agree(linalg.luSolve(LU, pivots, B.mT, left: false), Y))
        #expect(agree(A.det(), [263]) && agree(A.logdet(), [5.572154032177765]))
        #expect(agree(LU, [4, -2, 1, 0.75, 7.5, -4.75, 0.5, 0.26666666666666666, 8.766666666666667]))
        let H = complex(Tensor([[2, 0], [0, 3]], dtype: .float64), Tensor([[0, 1], [-1, 0]], dtype: .float64))
        let ldl = linalg.ldlFactor(H, hermitian: true)
        let solved = linalg.ldlSolve(ldl.LD, ldl.pivots, Tensor.ones([2, 1], dtype: .complex128), hermitian: true)
        #expect(agree(solved.real, [0.6, 0.4]) && agree(solved.imag, [-0.2, 0.2]))
    }

    @Test func memoryIsInPyTorchsOrder() {
        let T = Self.tall, (A, B) = (Self.A, Self.B)
        #expect(linalg.qr(T).Q.stride() == [1, 3] && linalg.qr(T).R.stride() == [1, 2])
        #expect(linalg.qr(T, mode: .complete).R.stride() == [1, 3] && linalg.luFactor(T).LU.stride() == [1, 3])
        #expect(linalg.lu(T).L.stride() == [2, 1] && linalg.lu(T).P.stride() == [3, 1])
        #expect(linalg.solve(A, B.mT, left: false).stride() == [3, 1] && linalg.solve(A, B).stride() == [1, 3])
        #expect(linalg.lstsq(T, B).solution.stride() == [1, 3])
        let vectors = linalg.solve(Tensor.eye(3).expand(4, 3, 3), Tensor.ones(3))
        #expect(vectors.shape.sizes == [4, 3] && vectors.stride() == [1, 4])
    }

    @Test(arguments: [linalg.LstsqDriver.gels, .gelsy, .gelsd, .gelss])
    func leastSquares(driver: linalg.LstsqDriver) {
        let y = Tensor([[1], [2], [4]], dtype: .float64)
        let found = linalg.lstsq(Self.tall, y, driver: driver)
        #expect(agree(found.solution, [0.07142857142857098, 0.5]))
        #expect(agree(found.residuals, driver == .gelsy ? [] : [0.07142857142857144]))
        #expect(found.rank.toArray(as: Int.self) == (driver == .gels ? [] : [2]))
        let hasValues = driver == .gelsd || driver == .gelss
        #expect(agree(found.singularValues, hasValues ? [10.191428257097222, 0.36713768594389934] : []))
        if driver == .gels { return }
        // A matrix of rank 1: the shortest solution.
        let one = linalg.lstsq(Tensor([[1, 2], [2, 4], [3, 6]], dtype: .float64), y, driver: driver)
        #expect(agree(one.solution, [0.24285714285714283, 0.4857142857142856]) && one.residuals.numel() == 0)
        #expect(one.rank.item(as: Int.self) == 1)
    }

    // MARK: Errors

    @Test func singularMatrices() {
        let singular = Tensor.zeros(3, 3, 3)
        for i in 0..<2 { singular[i].copy_(Tensor.eye(3)) }
        let errors: [(TorchError?, String)] = [
            (
                thrown { _ = linalg.cholesky(singular) },
                "linalg.cholesky: (Batch element 2): The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite)."
            ),
            (
                thrown { _ = linalg.inv(singular) },
                "linalg.inv: (Batch element 2): The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular."
            ),
            (
                thrown { _ = linalg.invEx(singular[2], checkErrors: true) },
                "linalg.inv_ex: The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular."
            ),
            (
                thrown { _ = linalg.solve(singular, Tensor.ones(3, 3, 1)) },
                "torch.linalg.solve: (Batch element 2): The solver failed because the input matrix is singular."
            ),
            (
                thrown { _ = singular.choleskyInverse() },
                "cholesky_inverse: (Batch element 2): The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular."
            ),
            (
                thrown { _ = singular[2].matrixPower(-2) },
                "linalg.inv: The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular."
            )
        ]
        for (error, sentence) in errors { #expect(error == TorchError(.linAlg, sentence)) }
        // In PyTorch too, this is no LinAlgError.
        #expect(
            thrown { _ = linalg.luFactor(singular[2]) }
                == TorchError(
                    .runtime,
                    "torch.linalg.lu_factor: U[1,1] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
                ))
        #expect(linalg.invEx(singular).info.toArray(as: Int.self) == [0, 0, 1])
        #expect(linalg.choleskyEx(singular).info.toArray(as: Int.self) == [0, 0, 1])
        #expect(linalg.slogdet(singular).sign.toArray(as: Float.self) == [1, 1, 0])
        #expect(linalg.slogdet(singular).logabsdet.toArray(as: Float.self) == [0, 0, -.infinity])
    }

    @Test(arguments: [2, 40], [DType.float32, .float64, .complex64]) func notANumber(n: Int, dtype: DType) {
        let x = Tensor.full([n, n], Double.nan).to(dtype)
        #expect(thrown { _ = linalg.cholesky(x) }?.kind == .linAlg)
        #expect(linalg.inv(x).real.isnan().all().item(as: Bool.self))
        #expect(linalg.det(x).real.isnan().item(as: Bool.self))
        // PyTorch reports an internal error.
        for driver in [linalg.LstsqDriver.gels, .gelsy, .gelsd, .gelss] {
            #expect(
                thrown { _ = linalg.lstsq(x, x, driver: driver) }
                    == TorchError(
                        .linAlg,
                        "torch.linalg.lstsq: The algorithm failed to converge because the input matrix contained non-finite values."
                    ))
        }
    }

    @Test func pivotsThatNameNoRow() {
        let LU = Tensor.eye(3), b = Tensor.ones(3, 1)
        for pivots in [[0, 2, 3], [1, 2, 4], [-1, 2, 3]] as [[Int32]] {
            #expect(thrown { _ = linalg.luSolve(LU, Tensor(pivots), b) } != nil)
            #expect(
                thrown { _ = luUnpack(LU, Tensor(pivots)) }?.message
                    == "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of lu_factor?"
            )
        }
        let large = Tensor.eye(50), last = Tensor.full([50], 51, dtype: .int32)
        #expect(thrown { _ = linalg.luSolve(large, last, Tensor.ones(50, 1)) } != nil)
        // Negative pivots of LDL decompositions come in pairs.
        for pivots in [[-1, 2, 3], [1, 2, -3], [0, 1, 2], [-1, -4, 3]] as [[Int32]] {
            #expect(thrown { _ = linalg.ldlSolve(LU, Tensor(pivots), b) } != nil)
        }
        #expect(thrown { _ = linalg.ldlSolve(LU, Tensor([-1, -2, 3] as [Int32]), b) } == nil)
    }

    /// A sentence of this library.
    @Test func sizesAboveThoseOfLAPACK() {
        let message = thrown { _ = linalg.qr(Tensor.zeros(1 << 32, 0)) }?.message
        #expect(message == "linalg: matrices of 4294967296 by 0 exceed LAPACK's 32-bit sizes")
    }

    @Test func derivativesThatDoNotExist() {
        let x = Self.tall.clone().requiresGrad_()
        #expect(
            thrown { linalg.qr(x, mode: .r).R.sum().backward() }?.message
                == "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
        #expect(
            thrown { linalg.qr(x, mode: .complete).R.sum().backward() }?.message
                == "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
        #expect(thrown { x.geqrf().a.sum().backward() }?.message == "the derivative for 'geqrf' is not implemented.")
        let y = Self.A.clone().requiresGrad_()
        #expect(
            thrown { linalg.ldlFactor(y).LD.sum().backward() }?.message
                == "derivative for aten::linalg_ldl_factor_ex is not implemented")
    }

    // MARK: Properties

    /// Own kernels compute small matrices, LAPACK others. The definitions hold for both.
    @Test(arguments: [DType.float32, .float64, .complex64, .complex128]) func definitions(_ dtype: DType) {
        let tolerance = dtype.epsilon * 2000
        func isSmall(_ x: Tensor, _ scale: Double = 1) -> Bool {
            x.numel() == 0 || x.abs().max().item(as: Double.self) < tolerance * scale
        }
        for n in Array(1...9) + [15, 16, 17, 24, 31, 32, 33, 48, 65] {
            let generator = Generator(seed: UInt64(n)), root = Double(n).squareRoot()
            let x = Tensor.randn([3, n, n], generator: generator, dtype: dtype)
            let A = x.add(Tensor.eye(n).mul(2 * root)), b = Tensor.randn([3, n, 7], generator: generator, dtype: dtype)
            #expect(isSmall(A.matmul(linalg.solve(A, b)).sub(b), root), "solve \(n)")
            #expect(isSmall(A.matmul(A.inverse()).sub(Tensor.eye(n)), root), "inverse \(n)")
            let (P, L, U) = linalg.lu(x)
            #expect(isSmall(P.matmul(L).matmul(U).sub(x), root) && isSmall(U.tril(-1)), "lu \(n)")
            let S = x.matmul(x.mH).add(Tensor.eye(n)), C = linalg.cholesky(S)
            #expect(isSmall(C.matmul(C.mH).sub(S), Double(n)) && isSmall(C.triu(1)), "cholesky \(n)")
            #expect(isSmall(linalg.cholesky(S, upper: true).sub(C.mH), root), "upper \(n)")
            let (Q, R) = linalg.qr(x)
            #expect(isSmall(Q.matmul(R).sub(x), root) && isSmall(Q.mH.matmul(Q).sub(Tensor.eye(n))), "qr \(n)")
            let D = linalg.ldlFactor(S, hermitian: true)
            #expect(
                isSmall(S.matmul(linalg.ldlSolve(D.LD, D.pivots, b, hermitian: true)).sub(b), 300 * root), "ldl \(n)")
        }
    }

    @Test func bitsDoNotDependOnThreads() {
        let before = getNumThreads()
        defer { setNumThreads(before) }
        for (batch, n) in [(50, 5), (40, 16), (20, 33), (1, 300)] {
            for dtype in [DType.float32, .complex128] {
                let generator = Generator(seed: UInt64(n))
                let x = Tensor.randn([batch, n, n], generator: generator, dtype: dtype)
                let b = Tensor.randn([batch, n, 100], generator: generator, dtype: dtype)
                var results: [[Tensor]] = []
                for threads in [1, 2, 5] {
                    setNumThreads(threads)
                    let (LU, pivots, _) = linalg.luFactorEx(x), S = x.matmul(x.mH).add(Tensor.eye(n))
                    let (Q, R) = linalg.qr(x)
                    results.append([
                        LU, pivots, linalg.solve(x, b), x.inverse(), x.det(), linalg.cholesky(S), Q, R,
                        b.choleskySolve(S), linalg.solveTriangular(x.mul(0.02).add(Tensor.eye(n)), b, upper: true),
                        linalg.ldlFactor(S).LD,
                        linalg.lstsq(x, b, driver: .gelsd).solution, linalg.lstsq(x, b, driver: .gelsy).solution
                    ])
                }
                for other in results.dropFirst() {
                    for (i, (x, y)) in zip(results[0], other).enumerated() {
                        #expect(x.equal(y), "\(i) of \(batch) times \(n), \(dtype)")
                    }
                }
            }
        }
    }

    /// The adjugate is the gradient of the determinant, also of singular matrices (arithmetic; PyTorch gives zeros).
    @Test func gradientsOfSingularDeterminants() {
        let x = Tensor([[1, 2], [2, 4]], dtype: .float64).requiresGrad_()
        x.det().backward()
        #expect(agree(x.grad!, [4, -2, -2, 1]))
        // PyTorch's numbers.
        let y = Tensor([[1, 2], [2, 4]], dtype: .float64).requiresGrad_()
        let first = grad([y.det()], [y], createGraph: true)[0]!
        #expect(agree(first, [4, -2, -2, 1]))
        #expect(agree(grad([first.sum()], [y])[0]!, [1, -1, -1, 1]))
        let zeros = Tensor.zeros([3, 3], dtype: .float64).requiresGrad_()
        zeros.det().backward()
        #expect(agree(zeros.grad!, [Double](repeating: 0, count: 9)))
    }

    @Test func gradientsAgreeWithDifferences() throws {
        let generator = Generator(seed: 3)
        for dtype in [DType.float64, .complex128] {
            let tall = Tensor.randn([2, 4, 3], generator: generator, dtype: dtype).requiresGrad_()
            let b = Tensor.randn([2, 4, 2], generator: generator, dtype: dtype).requiresGrad_()
            for driver in [linalg.LstsqDriver.gels, .gelsy, .gelsd] {
                try gradcheck({ [linalg.lstsq($0[0], $0[1], driver: driver).solution] }, [tall, b])
                try gradgradcheck({ [linalg.lstsq($0[0], $0[1], driver: driver).solution] }, [tall, b])
            }
        }
    }
}

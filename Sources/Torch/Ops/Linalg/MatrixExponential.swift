// The exponential of matrices, by Taylor polynomials that need few products (Bader, Blanes and Casas: Computing the
// Matrix Exponential with an Optimized Taylor Polynomial Approximation, 2019).
import Foundation

extension Tensor {
    /// Computes e^A = Σ Aᵏ / k! of square matrices. PyTorch: `torch.matrix_exp`.
    /// - Precondition: the tensor is floating-point or complex, and square in its last two dimensions.
    public func matrixExp() -> Tensor {
        if isVoid { return .void }
        guard LinalgInput.isSquare(self, "linalg.matrix_exp"), LinalgInput.isInexact(self, "linalg.matrix_exp") else {
            return .void
        }
        return noGrad { MatrixExponential.compute(detach()) }.record("LinalgMatrixExpBackward0", self, saved: [self]) {
            node, g in
            // The upper right block of the exponential of [[A, G], [0, A]] is the derivative of e^A in direction G.
            let adjoint = node.saved(0).mH, n = adjoint.sizes[adjoint.dim - 1]
            let block = cat(
                [
                    cat([adjoint, g.to(adjoint.dtype)], dim: -1),
                    cat([Tensor.zerosLike(adjoint.detach()), adjoint], dim: -1)
                ], dim: -2)
            return block.matrixExp().narrow(-2, 0, n).narrow(-1, n, n)
        }
    }
}

extension linalg {
    /// Computes e^A of square matrices. PyTorch: `torch.linalg.matrix_exp`.
    public static func matrixExp(_ A: Tensor) -> Tensor { A.matrixExp() }
}

private enum MatrixExponential {
    /// The largest 1-norms at which the polynomials of degrees 1, 2, 4, 8, 12 and 18 have the precision of the dtype.
    private static let singleBounds = [
        1.192092800768788e-07, 5.978858893805233e-04, 5.116619363445086e-02, 5.800524627688768e-01,
        1.461661507209034e+00, 3.010066362817634e+00
    ]
    private static let doubleBounds = [
        2.220446049250313e-16, 2.580956802971767e-08, 3.397168839976962e-04, 4.991228871115323e-02,
        2.996158913811580e-01, 1.090863719290036e+00
    ]
    private static let polynomials = [degree1, degree2, degree4, degree8, degree12, degree18]

    static func compute(_ a: Tensor) -> Tensor {
        let n = a.sizes[a.dim - 1]
        if a.isVoid || a.numel() == 0 { return a.contiguousCopy() }
        if n == 1 { return a.exp() }
        // The examples of a vmap are a batch.
        if let level = a.raw.storage.batchLevel {
            let all = a.leavingBatch(level, dim: 0)
            return BatchLevel.with(level.parent) { compute(all) }.enteringBatch(level, dim: 0)
        }
        // Half types are computed in float32 and rounded once.
        let wide = a.dtype.toReal.wide == a.dtype.toReal ? a : a.to(a.dtype.isComplex ? .complex64 : .float32)
        let errors = ErrorBox.errorCount, result = batch(wide.reshape([-1, n, n])).view(a.sizes).to(a.dtype)
        return ErrorBox.errorCount == errors ? result : .void
    }

    /// Each matrix of [batch, n, n] by the polynomial that its norm needs.
    private static func batch(_ a: Tensor) -> Tensor {
        if a.isVoid { return .void }
        // Without data all polynomials have the same form.
        if a.device.kind == .meta { return degree18(a) }
        let bounds = a.dtype.toReal == .float64 ? doubleBounds : singleBounds
        let norms = a.abs().sum(dim: -2).amax(dim: -1).toArray(as: Double.self)
        func degree(_ norm: Double) -> Int { bounds.dropLast().firstIndex { norm <= $0 } ?? bounds.count - 1 }
        let degrees = norms.map(degree)
        if let only = degrees.first, only < bounds.count - 1, degrees.allSatisfy({ $0 == only }) {
            return polynomials[only](a)
        }
        let result = Tensor.allocate(Layout(a.sizes), a.dtype, a.device)
        if result.isVoid { return .void }
        for i in bounds.indices {
            let places = degrees.indices.filter { degrees[$0] == i }
            if places.isEmpty { continue }
            let index = Tensor(places).to(a.device), part = a.indexSelect(0, index)
            let values =
                i < bounds.count - 1 ? polynomials[i](part) : squared(part, places.map { norms[$0] }, bounds[i])
            result.indexCopy_(0, index, values)
        }
        return result
    }

    /// Scales matrices until the polynomial of degree 18 is precise, and squares its values as often.
    private static func squared(_ a: Tensor, _ norms: [Double], _ bound: Double) -> Tensor {
        let exponents = norms.map { $0.isFinite ? Swift.max(0, Int(log2($0 / bound).rounded(.up))) : 0 }
        let powers = Tensor(exponents.map { exp2(-Double($0)) }).to(a.device, a.dtype).view([-1, 1, 1])
        let result = degree18(a.mul(powers))
        if result.isVoid { return .void }
        for step in 0..<(exponents.max() ?? 0) {
            let places = exponents.indices.filter { exponents[$0] > step }
            if places.count == exponents.count {
                result.copy_(result.matmul(result))
                continue
            }
            let index = Tensor(places).to(a.device), part = result.indexSelect(0, index)
            result.indexCopy_(0, index, part.matmul(part))
        }
        return result
    }

    // MARK: Polynomials

    /// Sums multiples of the powers 0, 1, … of a matrix, of which only those are computed that are needed.
    private static func sum(_ factors: [Double], _ powers: [Tensor]) -> Tensor {
        let terms = zip(factors, powers).filter { $0.0 != 0 }.map { $0.0 == 1 ? $0.1 : $0.1.mul($0.0) }
        return terms.dropFirst().reduce(terms[0]) { $0.add($1) }
    }

    private static func one(_ a: Tensor) -> Tensor {
        Tensor.eye(a.sizes[a.dim - 1], dtype: a.dtype, device: a.device)
    }

    private static func degree1(_ a: Tensor) -> Tensor { a.add(one(a)) }

    private static func degree2(_ a: Tensor) -> Tensor { sum([1, 1, 0.5], [one(a), a, a.matmul(a)]) }

    private static func degree4(_ a: Tensor) -> Tensor {
        let a2 = a.matmul(a), high = a2.matmul(sum([1 / 24.0, 1 / 6.0, 0.5], [a2, a, one(a)]))
        return sum([1, 1, 1], [a, one(a), high])
    }

    private static func degree8(_ a: Tensor) -> Tensor {
        let root = 177.0.squareRoot(), x3 = 2.0 / 3
        let x1 = x3 * (1 + root) / 88, x2 = x3 * (1 + root) / 352
        let x4 = (-271 + 29 * root) / (315 * x3), x5 = (-11 + 11 * root) / (1260 * x3)
        let x6 = (-99 + 11 * root) / (5040 * x3), x7 = (89 - root) / (5040 * x3), y2 = (857 - 58 * root) / 630
        let a2 = a.matmul(a), a4 = a2.matmul(sum([x1, x2], [a, a2]))
        let a8 = sum([x3, 1], [a2, a4]).matmul(sum([x5, x4, x6, x7], [a, one(a), a2, a4]))
        return sum([1, 1, y2, 1], [a, one(a), a2, a8])
    }

    private static func degree12(_ a: Tensor) -> Tensor {
        let a2 = a.matmul(a), powers = [a, one(a), a2, a.matmul(a2)]
        let b0 = sum(
            [0.46932117595418237389, 9.0198e-16, -0.20099424927047284052, -0.04623946134063071740], powers)
        let b1 = sum(
            [1.19926790417132231573, 5.31597895759871264183, 0.01179296240992997031, 0.01108844528519167989], powers)
        let b2 = sum(
            [0.05502798439925399070, 0.18188869982170434744, 0.09351590770535414968, 0.00610700528898058230], powers)
        let b3 = sum(
            [-0.13181061013830184015, -2.0861320e-13, -0.02027855540589259079, -0.00675951846863086359], powers)
        let a6 = b2.add(b3.matmul(b3))
        return b0.add(b1.add(a6).matmul(a6))
    }

    private static func degree18(_ a: Tensor) -> Tensor {
        let a2 = a.matmul(a), a3 = a.matmul(a2), powers = [a, one(a), a2, a3, a3.matmul(a3)]
        let b0 = sum(
            [-1.00365581030144618291e-01, 0, -8.02924648241156932449e-03, -8.92138498045729985177e-04, 0], powers)
        let b1 = sum(
            [
                3.97849749499645077844e-01, 0, 1.36783778460411720168e+00, 4.98289622525382669416e-01,
                -6.37898194594723280150e-04
            ], powers)
        let b2 = sum(
            [
                1.68015813878906206114e+00, -1.09676396052962061844e+01, 5.71779846478865511061e-02,
                -6.98210122488052056106e-03, 3.34975017086070470649e-05
            ], powers)
        let b3 = sum(
            [
                -6.76404519071381882256e-02, -9.04316832390810593223e-02, 6.75961301770459654925e-02,
                2.95552570429315521194e-02, -1.39180257516060693404e-05
            ], powers)
        let b4 = sum(
            [0, 0, -9.23364619367118555360e-02, -1.69364939002081722752e-02, -1.40086798182036094347e-05], powers)
        let a9 = b3.add(b0.matmul(b4))
        return b1.add(b2.add(a9).matmul(a9))
    }
}

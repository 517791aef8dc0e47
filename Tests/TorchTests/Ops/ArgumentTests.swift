import Testing
@testable import Torch

/// Arguments that would need too much memory or never end. The messages and results are PyTorch 2.15's.
@Suite struct ArgumentTests {
    @Test func sizesThatOverflowAreRefusedWhereMemoryIsAsked() {
        let v = Tensor.zeros(1).expand(1 << 31),
            square = "Storage size calculation overflowed with sizes=[2147483648, 2147483648]"
        let refused: [(String, () -> Tensor, String)] = [
            ("add", { v.unsqueeze(1) + v.unsqueeze(0) }, square),
            ("outer", { v.outer(v) }, square),
            ("matmul", { v.unsqueeze(1).matmul(v.unsqueeze(0)) }, square),
            ("where", { Torch.where(v.unsqueeze(1).gt(0), v.unsqueeze(0), v.unsqueeze(0)) }, square),
            ("clone", { Tensor.zeros(1).expand([1 << 31, 1 << 31]).clone(memoryFormat: .contiguous) }, square),
            ("einsum", { einsum("i,j->ij", v, v) }, square),
            (
                "empty", { Tensor.empty(1 << 62, 2) },
                "Storage size calculation overflowed with sizes=[4611686018427387904, 2]"
            ),
            (
                "one dimension", { Tensor.empty(1 << 62) },
                "Storage size calculation overflowed with sizes=[4611686018427387904]"
            ),
            (
                "repeat", { Tensor.zeros(1).repeat(1 << 62) },
                "Storage size calculation overflowed with sizes=[4611686018427387904]"
            ),
            (
                "histc", { Tensor.randn(3).histc(bins: 1 << 62) },
                "Storage size calculation overflowed with sizes=[4611686018427387904]"
            ),
            (
                "histogramdd", { Tensor.rand(65, 65).histogramdd(bins: 3).hist },
                "numel: integer multiplication overflow"
            ),
            ("expand", { Tensor.zeros(1).expand(1 << 40, 1 << 40) }, "numel: integer multiplication overflow"),
            (
                "asStrided", { Tensor.zeros(1).asStrided([1 << 40, 1 << 40], [0, 0]) },
                "numel: integer multiplication overflow"
            ),
            (
                "unfold", { Tensor.zeros(1).expand(1 << 61).unfold(0, 1 << 40, 1) },
                "numel: integer multiplication overflow"
            ),
            (
                "broadcast", { Tensor.zeros(1, 1).expand([1 << 35, 1]) + Tensor.zeros(1, 1).expand([1, 1 << 35]) },
                "Storage size calculation overflowed with sizes=[34359738368, 34359738368]"
            )
        ]
        for (name, body, expected) in refused { #expect(message { try withError(body) } == expected, "\(name)") }
    }

    @Test func nothingMayHaveAnySizesBesideTheZero() {
        #expect(Tensor.empty(1 << 40, 0, 1 << 40).shape.sizes == [1 << 40, 0, 1 << 40])
        #expect(Tensor.rand([0, 1 << 62], dtype: .complex128).shape.sizes == [0, 1 << 62])
        #expect(combinations(Tensor.ones(3), r: .max).shape.sizes == [0, .max])
        #expect(
            Tensor.trilIndices(1 << 60, 0).shape.sizes == [2, 0] && Tensor.triuIndices(1 << 60, 0).shape.sizes == [2, 0]
        )
    }

    @Test func trianglesHaveTheirIndices() {
        for (row, col, offset) in [
            (3, 4, 0), (4, 3, 1), (3, 3, -1), (2, 5, 3), (5, 2, -3), (3, 3, 9), (3, 3, -9), (3, 3, Int.max),
            (3, 3, Int.min), (1, 1, 0)
        ] {
            func expected(_ isInside: (Int, Int) -> Bool) -> [Int] {
                let positions = (0..<row).flatMap { i in (0..<col).filter { isInside(i, $0) }.map { (i, $0) } }
                return positions.map(\.0) + positions.map(\.1)
            }
            let near = Swift.min(Swift.max(offset, -10), 10)
            #expect(
                Tensor.trilIndices(row, col, offset: offset).toArray(as: Int.self) == expected { $1 - $0 <= near },
                "tril \(row) \(col) \(offset)")
            #expect(
                Tensor.triuIndices(row, col, offset: offset).toArray(as: Int.self) == expected { $1 - $0 >= near },
                "triu \(row) \(col) \(offset)")
        }
    }

    @Test func numbersFromOutsideDoNotTrap() {
        let x = Tensor([0.0, 1, 2])
        #expect(
            x[...Int.max].toArray(as: Double.self) == [0, 1, 2] && x[1...Int.max].toArray(as: Double.self) == [1, 2])
        #expect("\(x.asStrided([1], [.max]))" == "tensor([0.])")
        let refused: [(String, () -> Tensor, String)] = [
            (
                "batchNorm", { batchNorm(Tensor.ones(3), training: true) },
                "Dimension out of range (expected to be in range of [-1, 0], but got 1)"
            ),
            (
                "orthogonal_", { Init.orthogonal_(Tensor.ones([3, 3], dtype: .int64)) },
                "\"normal_kernel_cpu\" not implemented for 'Long'"
            ),
            ("sparse_", { Init.sparse_(Tensor.zeros(3, 3), sparsity: .nan) }, "cannot convert float NaN to integer"),
            (
                "vander", { vander(Tensor.ones(3), N: 1 << 60) },
                "Storage size calculation overflowed with sizes=[3, 1152921504606846976]"
            ),
            (
                "tensorSplit", { Tensor.zeros(3).tensorSplit(1 << 31)[0] },
                "cannot create std::vector larger than max_size()"
            ),
            ("chunk", { Tensor.zeros(0).chunk(1 << 62)[0] }, "cannot create std::vector larger than max_size()"),
            (
                "unbind", { Tensor.zeros(1).expand(1 << 50).unbind()[0] },
                "cannot create std::vector larger than max_size()"
            ),
            (
                "combinations", { combinations(Tensor.ones(2), r: .max, withReplacement: true) },
                "Storage size calculation overflowed with sizes=[9223372036854775807, 2]"
            ),
            (
                "multinomial", { Tensor.ones(2, 3).multinomial(1 << 62, replacement: true) },
                "Storage size calculation overflowed with sizes=[2, 4611686018427387904]"
            )
        ]
        for (name, body, expected) in refused { #expect(message { try withError(body) } == expected, "\(name)") }
        #expect(
            message { try withError { Tensor.ones(3).mvlgamma(1 << 40) } }.hasPrefix(
                "DefaultCPUAllocator: can't allocate memory"))
    }

    /// The library computes P up to degree 65536 with its recurrence in float64, and above with Hilb's formula. The
    /// formula must continue the values of the recurrence.
    @Test func polynomialsOfAnyDegreeEnd() {
        func legendre(_ x: Double, _ n: Int) -> Double {
            var before = 0.0, p = 1.0
            for k in 0..<n { (before, p) = (p, ((2 * Double(k) + 1) * x * p - Double(k) * before) / (Double(k) + 1)) }
            return p
        }
        for x in [0.1, 0.5, -0.9, 0.999] {
            let value: Double = special.legendrePolynomialP(
                Tensor([x], dtype: .float64), Tensor([70_001], dtype: .float64)
            ).item()
            #expect(abs(value - legendre(x, 70_001)) < 1e-7, "\(x)")
        }
        let far = special.legendrePolynomialP(Tensor([0.5, 1, -1, 2]), 1e18).toArray(as: Double.self)
        #expect(abs(far[0]) < 1e-8 && far[1...] == [1, 1, .infinity])
        #expect(special.laguerrePolynomialL(Tensor([0.5]), 1e18).isfinite().item(as: Bool.self))
        #expect(special.chebyshevPolynomialT(Tensor([1 + 0x1p-23]), 1e18).item(as: Double.self) == .infinity)
    }
}

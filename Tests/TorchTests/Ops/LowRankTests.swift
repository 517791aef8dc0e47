import Foundation
import Testing
import Torch

/// Approximations of low rank, and a few eigenpairs of large matrices. Numbers are from PyTorch 2.15.
struct LowRankTests {
    private static let data = Tensor.randn([9, 6], generator: Generator(seed: 3), dtype: .float64)
    private static let matrix = data.mT.matmul(data).add(Tensor.eye(6, dtype: .float64))

    private func close(_ tensor: Tensor?, _ want: [Double], _ tolerance: Double = 1e-8) -> Bool {
        guard let own = tensor?.toArray(as: Double.self) else { return false }
        return own.count == want.count && zip(own, want).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($1)) }
    }

    private func error(_ body: () -> Void) -> String? {
        do { try withError(body) } catch { return (error as? TorchError).map { "\($0.kind.rawValue): \($0.message)" } }
        return nil
    }

    /// Σ k · x[k], which a matrix that is made from vectors of any phase has too.
    private func checksum(_ x: Tensor) -> Double {
        x.mul(Tensor.arange(x.numel()).to(.float64).view(x.shape)).sum().item()
    }

    /// The same seed gives PyTorch's projections.
    @Test func singularValues() {
        func check(
            _ values: [Double], _ sum: Double, _ next: Double, line: Int = #line,
            _ body: (Generator) -> (U: Tensor, S: Tensor, V: Tensor)
        ) {
            let generator = Generator(seed: 5), (U, S, V) = body(generator)
            #expect(close(S, values), "\(line)")
            #expect(abs(checksum(U.mul(S.unsqueeze(-2)).matmul(V.mT)) - sum) < 1e-7, "\(line)")
            #expect(abs(Tensor.rand([1], generator: generator).item() - next) < 1e-7, "\(line)")
        }
        let data = Self.data
        check([3.36703326773, 3.18350450445, 2.53376253775], 67.5136255049, 0.8708713055) {
            svdLowrank(data, q: 3, generator: $0)
        }
        check([3.13604659078, 2.95262188061], 104.850562569, 0.975161314) {
            svdLowrank(data, q: 2, niter: 1, M: data.mean(dim: 0), generator: $0)
        }
        check([3.36703326773, 3.18350450445, 2.53376253775], -59.1490708058, 0.8708713055) {
            svdLowrank(data.mT, q: 3, generator: $0)
        }
        check([3.33982993907, 3.08249614866, 6.67965987815, 6.16499229732], 15.9157216753, 0.975161314) {
            svdLowrank(stack([data, data.flip(0).mul(2)]), q: 2, generator: $0)
        }
        check([3.27746393409, 3.17094291753, 2.53111343751], 57.4796700455, 0.8708713055) {
            pcaLowrank(data, q: 3, generator: $0)
        }
        #expect(
            error { _ = pcaLowrank(data, q: 7) }
                == "ValueError: q(=7) must be non-negative integer and not greater than min(m, n)=6")
        #expect(error { _ = pcaLowrank(data, niter: -1) } == "ValueError: niter(=-1) must be non-negative integer")
    }

    @Test func eigenpairs() {
        let matrix = Self.matrix, diagonal = Tensor.arange(1, 7).to(.float64).diag()
        func check(
            _ values: [Double], _ sum: Double, _ next: Double, line: Int = #line, _ body: () -> (E: Tensor, X: Tensor)
        ) {
            manualSeed(9)
            let (E, X) = body()
            #expect(close(E, values), "\(line): \(E)")
            #expect(abs(checksum(X.matmul(X.mT)) - sum) < 1e-4, "\(line): \(checksum(X.matmul(X.mT)))")
            #expect(abs(Tensor.rand([1]).item() - next) < 1e-7, "\(line)")
        }
        check([12.3849153441], -9.68726530096, 0.1380955577) { lobpcg(matrix) }
        check([12.3849153441, 11.1510835703], 55.0419780737, 0.4467915297) { lobpcg(matrix, k: 2) }
        check([1.58109273047, 3.22600755555], 30.283010039, 0.4467915297) { lobpcg(matrix, k: 2, largest: false) }
        check([12.3849153441], -9.68726521839, 0.1380955577) { lobpcg(matrix, method: .basic) }
        check([12.3849153441, 11.1510835703], 55.0419780737, 0.4467915297) {
            lobpcg(matrix, k: 2, niter: 3, method: .basic)
        }
        check([9.7458110493, 2.69419109478], 5.37563179802, 0.4467915297) { lobpcg(matrix, k: 2, B: diagonal) }
        check([10.5238508494], 41.251673092, 0.1380955577) { lobpcg(matrix, niter: 2) }
        check([12.3849153441, 11.1510835703], 55.0419780737, 0.4467915297) {
            lobpcg(matrix, k: 2, orthoBparams: ["ortho_use_drop": true])
        }
        check([1.58109273047], 7.87560547464, 0.4467915297) {
            lobpcg(matrix, k: 1, n: 2, iK: linalg.inv(matrix), largest: false)
        }
        manualSeed(9)
        let (E, X) = lobpcg(stack([matrix, matrix.mul(2)]), k: 1)
        #expect(close(E, [12.3849153441, 24.7698306881]) && X.shape == [2, 6, 1])
    }

    @Test func trackers() {
        manualSeed(9)
        var steps: [Int] = [], counts: [Int] = []
        _ = lobpcg(
            Self.matrix,
            tracker: {
                steps.append($0.ivars["istep"] ?? -1)
                counts.append($0.ivars["converged_count"] ?? -1)
            })
        #expect(steps == Array(1...12) && counts == Array(repeating: 0, count: 11) + [1])
        manualSeed(9)
        steps = []
        _ = lobpcg(
            Self.matrix,
            tracker: {
                steps.append($0.ivars["istep"] ?? -1)
                $0.bvars["force_stop"] = steps.count == 2
            })
        #expect(steps == [1, 2])
    }

    @Test func gradients() {
        let x = Self.matrix.clone().requiresGrad_(), weights = Tensor.arange(36).to(.float64).view([6, 6])
        manualSeed(9)
        let (E, X) = lobpcg(x, k: 2)
        X.matmul(X.mT).mul(weights).sum().add(E.square().sum().mul(0.01)).backward()
        #expect(
            close(
                x.grad,
                [
                    -2.03657111566, -1.256564516, 3.17563901422, 3.55516658091, 0.911340652598, -0.464238394401,
                    -1.256564516, -0.773333471508, 1.80127039984, 2.08614629096, 0.554754828976, -0.219124765459,
                    3.17563901422, 1.80127039984, -0.311134949871, -0.270300775846, 1.47005789146, 2.98645276585,
                    3.55516658091, 2.08614629096, -0.270300775846, 0.40379934305, 2.18553651448, 4.09203993958,
                    0.911340652598, 0.554754828976, 1.47005789146, 2.18553651448, 1.68937400339, 2.00947258848,
                    -0.464238394401, -0.219124765459, 2.98645276585, 4.09203993958, 2.00947258848, 1.49858616889
                ], 1e-6))
        #expect(
            error { lobpcg(x, B: Tensor.eye(6, dtype: .float64)).E.sum().backward() }
                == "ValueError: lobpcg.backward does not support backward with B != I yet.")
    }

    @Test func mistakes() {
        #expect(
            error { _ = lobpcg(Tensor.eye(5), k: 2) }
                == "ValueError: LOBPCG algorithm is not applicable when the number of A rows (=5) is smaller than 3 x the number of requested eigenpairs (=2)"
        )
        #expect(
            error { _ = lobpcg(Tensor.ones([2, 3])) }
                == "AssertionError: A must be square, got shape torch.Size([2, 3])")
        #expect(
            error { _ = lobpcg(Tensor.eye(6), B: Tensor.eye(5)) }
                == "AssertionError: A and B must have same shape, got torch.Size([6, 6]) vs torch.Size([5, 5])")
        #expect(
            error { _ = lobpcg(Tensor.eye(6), X: Tensor.ones([5, 1])) }
                == "AssertionError: X shape mismatch: got torch.Size([5, 1]), expected (6, 1)")
        #expect(error { _ = lobpcg(Tensor.eye(6).to(.float16)) } == "KeyError: torch.float16")
    }
}

import CTorchKernels
import Testing
import Torch

/// float32 products: panels of one side, and a matrix with a few vectors. Sizes lie around those of tiles and blocks.
@Suite struct PanelProductTests {
    /// Returns a matrix whose memory lies in another order.
    private static func stored(_ x: Tensor, _ layout: Int) -> Tensor {
        switch layout {
        case 0: return x
        case 1: return x.t().contiguous().t()
        default:
            let wide = Tensor.zeros(x.size(0), 2 * x.size(1) + 1)
            let part = wide[.all, Slice(by: 2)].narrow(1, 0, x.size(1))
            part.copy_(x)
            return part
        }
    }

    @Test(arguments: [
        [1, 40, 33], [2, 33, 65], [3, 700, 19], [5, 31, 1030], [7, 64, 96], [8, 50, 513], [9, 17, 40], [40, 6, 520],
        [64, 512, 72], [65, 97, 1025], [13, 200, 48], [200, 13, 48], [193, 49, 514], [400, 100, 16], [33, 31, 7]
    ])
    func layoutsGiveTheSameNumbers(_ sizes: [Int]) {
        manualSeed(0)
        let (m, n, k) = (sizes[0], sizes[1], sizes[2])
        let a = Tensor.randn(m, k), weight = Tensor.randn(n, k), bias = Tensor.randn(n)
        let wanted = a.double().matmul(weight.double().t()), bound = 1e-5 * Double(k).squareRoot()
        for left in 0..<3 {
            for right in 0..<3 {
                let (x, w) = (Self.stored(a, left), Self.stored(weight, right))
                #expect(x.matmul(w.t()).double().allclose(wanted, rtol: 1e-5, atol: bound), "\(left) \(right)")
                let sum = x.linear(w, bias).double()
                #expect(sum.allclose(wanted + bias.double(), rtol: 1e-5, atol: bound), "\(left) \(right)")
            }
        }
    }

    @Test(arguments: [[64, 512, 784], [6, 300, 700], [300, 4, 256], [130, 1100, 70], [700, 90, 1030]])
    func threadsChangeNoBit(_ sizes: [Int]) {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        manualSeed(0)
        let a = Tensor.randn(sizes[0], sizes[2]), weight = Tensor.randn(sizes[1], sizes[2])
        let across = weight.t().contiguous()
        let found = [1, 2, 5].map { count in
            setNumThreads(count)
            return [a.matmul(weight.t()), a.matmul(across), a.t().contiguous().t().matmul(across)]
        }
        for other in found.dropFirst() { #expect(zip(found[0], other).allSatisfy { $0.equal($1) }) }
    }

    /// A row does not depend on the rows beside it, once there are enough for panels.
    @Test func rowsDoNotDependOnTheirNumber() {
        manualSeed(0)
        let a = Tensor.randn(1000, 600), weight = Tensor.randn(90, 600)
        let all = a.matmul(weight.t())
        for count in [9, 16, 100, 257] {
            let found = a.narrow(0, 0, count).matmul(weight.t())
            // Other instruction sets have a kernel whose blocks depend on the sizes.
            if st_isa() == ST_AVX2 { #expect(found.equal(all.narrow(0, 0, count))) }
        }
    }

    @Test func aLayerSeesItsWeightChange() {
        manualSeed(0)
        let layer = Linear(520, 130), x = Tensor.randn(20, 520)
        for _ in 0..<3 {
            let found = noGrad { layer(x) }
            let wanted = noGrad { x.double().linear(layer.weight.double(), layer.bias!.double()) }
            #expect(found.double().allclose(wanted, rtol: 1e-5, atol: 1e-5))
            noGrad { _ = layer.weight.mul_(-1.5) }
        }
    }

    @Test(arguments: [[64, 520, 130], [3, 520, 130], [300, 30, 70]])
    func gradientsAreThoseOfFloat64(_ sizes: [Int]) {
        manualSeed(0)
        let x = Tensor.randn(sizes[0], sizes[1]), w = Tensor.randn(sizes[2], sizes[1]), b = Tensor.randn(sizes[2])
        let weights = Tensor.randn(sizes[0], sizes[2])
        func gradients(_ dtype: DType) -> [Tensor] {
            let leaves = [x, w, b].map { $0.to(dtype).detach().clone().requiresGrad_() }
            (leaves[0].linear(leaves[1], leaves[2]) * weights.to(dtype)).sum().backward()
            return leaves.map { $0.grad!.double() }
        }
        for (found, wanted) in zip(gradients(.float32), gradients(.float64)) {
            #expect(found.allclose(wanted, rtol: 1e-4, atol: 1e-3))
        }
    }
}

import Foundation
import Testing
@testable import Torch

/// Products with a bias on the simulated device: which of NVIDIA's libraries computes them, and what comes out. The
/// simulated library refuses an algorithm that was found for another problem, and a workspace that is too small.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardProductTests {
    /// The number of products that the library with a last step has begun.
    private static func products() throws -> Int32 {
        let count: @convention(c) () -> Int32 = try CUDALibrary(.cublasLt).function("cudasim_lt_products")
        return count()
    }

    private func numbers(_ sizes: [Int], _ dtype: DType) -> Tensor {
        let count = sizes.reduce(1, *)
        return Tensor.linspace(-1, 1, count).reshape(sizes).mul(3).sin().to(dtype)
    }

    @Test(arguments: ["lazy", "random"]) func theLibraryAddsTheBias(order: String) throws {
        try SimulatedCard.clean(order: order) { _ in
            for (dtype, tolerance) in [(DType.float32, 1e-5), (.float64, 1e-12), (.float16, 1e-3), (.bfloat16, 8e-3)] {
                // Sums that need a workspace, sizes that are no multiples, leading dimensions, transposed operands.
                for (m, n, k) in [(2, 2, 2), (3, 5, 40), (17, 9, 100), (1, 8, 33)] {
                    let x = numbers([m, k], dtype), w = numbers([n, k], dtype), b = numbers([n], dtype)
                    let forms = [
                        (x, w), (x.t().contiguous().t(), w.t().contiguous().t()),
                        (numbers([m, k + 3], dtype).narrow(1, 3, k), numbers([n + 1, k], dtype).narrow(0, 1, n))
                    ]
                    for (input, weight) in forms {
                        let before = try Self.products()
                        let found = input.to(.cuda).linear(weight.to(.cuda), b.to(.cuda))
                        #expect(try Self.products() == before + 1, "\(dtype) \(m) \(n) \(k)")
                        let wide = input.to(.float64).linear(weight.to(.float64), b.to(.float64))
                        #expect(
                            found.dtype == dtype
                                && found.cpu().to(.float64).allclose(wide, rtol: tolerance, atol: tolerance * 4),
                            "\(dtype) \(m) \(n) \(k)")
                    }
                }
            }
        }
    }

    /// PyTorch does not ask the library for a result with one column, for sums of one product, or without a bias.
    @Test func otherProductsAreCuBLASs() throws {
        try SimulatedCard.clean { _ in
            let before = try Self.products()
            for (m, n, k) in [(3, 1, 4), (3, 4, 1)] {
                let x = numbers([m, k], .float32), w = numbers([n, k], .float32), b = numbers([n], .float32)
                #expect(
                    x.to(.cuda).linear(w.to(.cuda), b.to(.cuda)).cpu().allclose(x.linear(w, b), rtol: 1e-5, atol: 1e-6))
            }
            let x = numbers([3, 4], .float32), w = numbers([5, 4], .float32),
                integers = Tensor.arange(12).reshape([3, 4])
            #expect(x.to(.cuda).linear(w.to(.cuda)).cpu().allclose(x.linear(w), rtol: 1e-5, atol: 1e-6))
            let bias = Tensor.arange(3)
            #expect(
                integers.to(.cuda).linear(integers.to(.cuda), bias.to(.cuda)).cpu()
                    .equal(integers.linear(integers, bias)))
            #expect(try Self.products() == before)
        }
    }

    /// A bias at an address that is no multiple of 16 gets an algorithm of its own.
    @Test func algorithmsFitTheAlignment() throws {
        try SimulatedCard.clean { _ in
            let x = numbers([4, 48], .float32), w = numbers([6, 48], .float32), b = numbers([9], .float32)
            let (y, v, c) = (x.to(.cuda), w.to(.cuda), b.to(.cuda))
            for first in [0, 1, 2, 3] {
                let found = y.linear(v, c.narrow(0, first, 6))
                #expect(found.cpu().allclose(x.linear(w, b.narrow(0, first, 6)), rtol: 1e-5, atol: 1e-6), "\(first)")
            }
            // From an input at such an address too.
            let shifted = numbers([4 * 48 + 1], .float32), moved = shifted.to(.cuda)
            #expect(
                moved.narrow(0, 1, 192).reshape([4, 48]).linear(v, c.narrow(0, 1, 6)).cpu().allclose(
                    shifted.narrow(0, 1, 192).reshape([4, 48]).linear(w, b.narrow(0, 1, 6)), rtol: 1e-5, atol: 1e-6))
        }
    }

    /// Streams have workspaces of their own, and a captured graph uses the one of its stream.
    @Test func streamsAndGraphs() throws {
        try SimulatedCard.clean(order: "random") { _ in
            let layer = Linear(64, 8), x = numbers([5, 64], .float32)
            let moved = Linear(64, 8)
            try moved.loadStateDict(layer.stateDict())
            moved.to(.cuda)
            let y = x.to(.cuda), streams = (0..<3).map { _ in CUDAStream() }
            let results = streams.map { stream in
                stream.waitStream(.current())
                return cuda.withStream(stream) { moved(y) }
            }
            for stream in streams { CUDAStream.current().waitStream(stream) }
            for result in results { #expect(result.cpu().allclose(layer(x), rtol: 1e-5, atol: 1e-6)) }
            let graph = CUDAGraph()
            let captured = noGrad { cuda.graph(graph) { moved(y) } }
            y.mul_(2)
            graph.replay()
            #expect(captured.cpu().allclose(layer(x * 2), rtol: 1e-5, atol: 1e-6))
        }
    }
}

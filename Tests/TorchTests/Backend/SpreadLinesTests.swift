import Testing
import Torch

/// Products of matrices whose lines are a multiple of 2 KiB apart, which are copied for oneDNN's kernel.
@Suite struct SpreadLinesTests {
    /// The same numbers with another distance between the lines need no copy, and give the same bits.
    @Test(arguments: [false, true], [false, true])
    func aCopyChangesNoBit(_ transposesLeft: Bool, _ transposesRight: Bool) {
        manualSeed(0)
        let a = Tensor.randn(512, 512), b = Tensor.randn(512, 512)
        func apart(_ x: Tensor) -> Tensor {
            let wide = Tensor.zeros(512, 528)
            wide.narrow(1, 0, 512).copy_(x)
            return wide.narrow(1, 0, 512)
        }
        func product(_ a: Tensor, _ b: Tensor) -> Tensor {
            (transposesLeft ? a.t() : a).matmul(transposesRight ? b.t() : b)
        }
        let found = product(a, b)
        #expect(found.equal(product(apart(a), apart(b))))
        // Beside float64.
        #expect(found.double().allclose(product(a.double(), b.double()), rtol: 1e-4, atol: 1e-3))
    }
}

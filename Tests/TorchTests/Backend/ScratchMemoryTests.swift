import CTorchKernels
import Testing
@testable import Torch

/// If any allocation of an operator fails, the operator ends with PyTorch's error message.
@Suite struct ScratchMemoryTests {
    private typealias Operator = @Sendable (_ inputs: [Tensor]) -> [Tensor]

    /// Makes each allocation of `body` fail in turn. Returns the number of allocations.
    private static func failEach(_ name: String, _ inputs: [Tensor], _ body: Operator) -> Int {
        _ = Tensor.void // allocates memory of its own at its first use
        let right = body(inputs)
        let versions = inputs.map(\.version), allocated = memoryAllocated()
        for number in 0..<1000 {
            var results: [Tensor] = [], someAreVoid = false
            _ = st_fail_allocation(Int64(number))
            let outcome = Result {
                try withError {
                    results = body(inputs)
                    someAreVoid = results.contains { $0.isVoid }
                }
            }
            let left = st_fail_allocation(-1)
            if left >= 0 {
                #expect((try? outcome.get()) != nil && zip(results, right).allSatisfy { $0.equal($1) }, "\(name)")
                results = []
                #expect(memoryAllocated() == allocated && inputs.map(\.version) == versions, "\(name)")
                return withExtendedLifetime(right) { number }
            }
            guard case .failure(let error as TorchError) = outcome else {
                // If a product's library gets no memory, the product is computed in another way.
                #expect(
                    name.contains("product")
                        && zip(results, right).allSatisfy { $0.allclose($1, rtol: 1e-2, atol: 1e-2) },
                    "\(name): allocation \(number)")
                continue
            }
            #expect(someAreVoid, "\(name): allocation \(number)")
            let sentence = error.message
            #expect(
                error.kind == .runtime && sentence.hasPrefix("DefaultCPUAllocator: can't allocate memory"),
                "\(name): \(sentence)")
        }
        Issue.record("\(name): allocations without end")
        return 0
    }

    private static let ofFloats: [(String, Operator)] = [
        (
            "sort",
            {
                let r = $0[0].sort(dim: 1); return [r.values, r.indices]
            }
        ),
        (
            "sort columns",
            {
                let r = $0[0].sort(dim: 0); return [r.values, r.indices]
            }
        ),
        ("argsort", { [$0[0].flatten().argsort(descending: true)] }),
        ("topk", { [$0[0].topk(3).values, $0[0].flatten().topk(3).indices] }),
        ("kthvalue", { [$0[0].kthvalue(3).values] }),
        ("median", { [$0[0].median(dim: 1).values, $0[0].nanmedian()] }),
        ("mode", { [$0[0].mode().values] }),
        ("unique", { [$0[0].unique()] }),
        ("sum", { [$0[0].sum(), $0[0].sum(dim: 0), $0[0].sum(dim: 1)] }),
        (
            "max",
            {
                let r = $0[0].max(dim: 0); return [r.values, r.indices, $0[0].flatten().argmax()]
            }
        ),
        ("var", { [$0[0].var(), $0[0].std(dim: 0)] }),
        ("norm", { [$0[0].norm(3), $0[0].norm(3, dim: [0])] }),
        ("cumsum", { [$0[0].cumsum(1), $0[0].flatten().cumsum(0)] }),
        ("softmax", { [$0[0].softmax(dim: 1), $0[0].logSoftmax(dim: 0)] }),
        ("product", { [$0[0].matmul($0[0].t())] }),
        ("product of copies", { [$0[0][.all, Slice(by: 2)].matmul($0[0][.all, Slice(by: 2)].t())] }),
        ("product with a vector", { [$0[0].t().matmul($0[0].t()[0, .all].unsqueeze(1).expand(-1, 2)[.all, 0])] }),
        ("products of a batch", { [$0[0].reshape([4, 100, -1]).matmul($0[0].reshape([4, 100, -1]).transpose(1, 2))] })
    ]

    @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
    func eachAllocationMayFail(_ dtype: DType) {
        manualSeed(1)
        let x = Tensor.randn(400, 700).to(dtype)
        for (name, body) in Self.ofFloats {
            let count = Self.failEach("\(name) of \(dtype)", [x], body)
            #expect(count > 0)
        }
    }

    @Test func rowsInOrder() {
        manualSeed(2)
        let x = Tensor.randint(0, 3, [500, 4])
        #expect(Self.failEach("unique rows", [x]) { [$0[0].unique(dim: 0)] } > 2)
        #expect(Self.failEach("product of integers", [x]) { [$0[0].matmul($0[0].t()), $0[0].sum(dim: 0)] } > 1)
        #expect(Self.failEach("product of complex numbers", [x.to(.complex64)]) { [$0[0].matmul($0[0].t())] } > 1)
    }

    /// The scratch memory of sorts in pieces, and of float16 products that sum in float32.
    @Test func longRows() {
        manualSeed(3)
        let x = Tensor.randn(300_000), y = Tensor.randn(8, 3000).half()
        #expect(Self.failEach("long sort", [x]) { [$0[0].sort().indices] } >= 4)
        #expect(Self.failEach("long scan", [x]) { [$0[0].cumsum(0)] } >= 2)
        #expect(Self.failEach("long product", [y]) { [$0[0].matmul($0[0].t())] } >= 2)
    }

    /// One head, which is divided by its keys in the backward pass.
    @Test func attention() {
        manualSeed(5)
        let x = Tensor.randn(1, 300, 8)
        let count = Self.failEach("attention", [x]) { inputs in
            let leaf = inputs[0].clone().requiresGrad_()
            scaledDotProductAttention(leaf, leaf, leaf, isCausal: true).square().sum().backward()
            return [leaf.grad ?? .void]
        }
        #expect(count > 10)
    }

    @Test func gradients() {
        manualSeed(4)
        let x = Tensor.randn(50, 60)
        let count = Self.failEach("products' gradients", [x]) { inputs in
            let leaf = inputs[0].clone().requiresGrad_()
            leaf.half().logSoftmax(dim: 1).float().matmul(inputs[0].t()).sort().values.std().backward()
            return [leaf.grad ?? .void]
        }
        #expect(count > 10)
    }

    /// Copies, results and LAPACK's scratch memory.
    @Test(arguments: [DType.float32, .complex64]) func decompositions(_ dtype: DType) {
        manualSeed(6)
        let x = Tensor.randn([40, 40], dtype: dtype).add(Tensor.eye(40).mul(4)),
            y = Tensor.randn([40, 3], dtype: dtype)
        let operators: [(String, Int, Operator)] = [
            ("solve", 4, { [linalg.solve($0[0], $0[1])] }), ("inv", 4, { [linalg.inv($0[0])] }),
            ("det", 4, { [$0[0].det()] }), ("cholesky", 2, { [linalg.cholesky($0[0].mH.matmul($0[0]))] }),
            (
                "qr", 6,
                {
                    let r = linalg.qr($0[0], mode: .complete); return [r.Q, r.R]
                }
            ), ("lu", 6, { [linalg.lu($0[0]).P] }), ("ldl", 4, { [linalg.ldlFactor($0[0]).LD] }),
            ("svd", 6, { [linalg.svd($0[0]).S] }), ("eigvalsh", 4, { [linalg.eigvalsh($0[0])] }),
            ("eig", 5, { [linalg.eig($0[0]).eigenvalues] }), ("matrix_exp", 6, { [$0[0].mul(0.01).matrixExp()] }),
            ("lstsq", 6, { [linalg.lstsq($0[0], $0[1], driver: .gelsd).solution] }),
            (
                "gradients", 8,
                { inputs in
                    let leaf = inputs[0].clone().requiresGrad_()
                    linalg.solve(leaf, inputs[1]).abs().sum().backward()
                    return [leaf.grad ?? .void]
                }
            )
        ]
        for (name, least, body) in operators {
            #expect(Self.failEach("\(name) of \(dtype) with a product", [x, y], body) >= least)
        }
    }

    @Test func recurrentLayers() {
        manualSeed(5)
        nonisolated(unsafe) let lstm = LSTM(8, 12, bidirectional: true, projSize: 5)
        let x = Tensor.randn(6, 5, 8)
        let count = Self.failEach("a layer of products", [x]) { inputs in
            let leaf = inputs[0].clone().requiresGrad_()
            let (output, (h, c)) = lstm(leaf)
            return [output, h, c, grad([output, h], [leaf], gradOutputs: [output.detach(), h.detach()])[0] ?? .void]
        }
        #expect(count > 20)
    }
}

import Torch

/// What everything else needs, one line each.
struct Smoke {
    private let steps: [(String, () throws -> Bool)] = [
        (
            "copies",
            {
                let x = Tensor.linspace(-1, 1, 1000)
                return x.to(.cuda).cpu().equal(x) && x.pinMemory().to(.cuda, nonBlocking: true).cpu().equal(x)
            }
        ),
        (
            "a kernel",
            {
                let x = Tensor.linspace(-1, 1, 1000), y = x.to(.cuda)
                return (y + y).cpu().equal(x + x) && y.exp().cpu().allclose(x.exp(), rtol: 1e-6)
            }
        ),
        ("a sum", { abs(Tensor.ones(70000, device: .cuda).sum().item() - 70000) < 1e-3 }),
        (
            "a product",
            {
                let a = Tensor.linspace(-1, 1, 64 * 48).reshape([64, 48]),
                    b = Tensor.linspace(0, 1, 48 * 32)
                        .reshape([48, 32])
                return a.to(.cuda).matmul(b.to(.cuda)).cpu().allclose(a.matmul(b), rtol: 1e-4, atol: 1e-4)
            }
        ),
        (
            "a wrong index",
            {
                let x = Tensor.arange(10).to(.cuda), bad = Tensor([0, 10], dtype: .int64).to(.cuda)
                let said = message { _ = x[bad] }
                return said == "index 10 is out of bounds for dimension 0 with size 10" && x.sum().item() == 45
            }
        ),
        (
            "gradients over streams",
            {
                let x = Tensor.linspace(-1, 1, 1000).to(.cuda).requiresGrad_(), stream = CUDAStream()
                stream.waitStream(.current())
                let y = cuda.withStream(stream) { (x * x).exp() }
                CUDAStream.current().waitStream(stream)
                y.sum().backward()
                let host = Tensor.linspace(-1, 1, 1000)
                return x.grad?.cpu().allclose(2 * host * (host * host).exp(), rtol: 1e-5) == true
            }
        ),
        (
            "a graph",
            {
                let x = Tensor.ones(100, device: .cuda), graph = CUDAGraph()
                let y = cuda.graph(graph) { (x * x + 1).sum() }
                x.fill_(2)
                graph.replay()
                return y.item() == 500
            }
        ),
        (
            "too much memory",
            {
                let said = message { _ = Tensor.empty([1 << 45], device: .cuda) }
                return said.hasPrefix("CUDA out of memory.") && Tensor.ones(3, device: .cuda).sum().item() == 3
            }
        )
    ]

    /// Returns whether all went well.
    func run() -> Bool {
        print("\(cuda.getDeviceName()), \(cuda.deviceCount()) devices, \(cuda.memGetInfo().total >> 20) MiB")
        var failures = 0
        for (name, body) in steps {
            var isRight = false
            let said = message { isRight = try body() }
            if !isRight || said != "no error" { failures += 1 }
            print(isRight && said == "no error" ? "ok \(name)" : "FAILED \(name): \(said)")
        }
        return failures == 0
    }
}

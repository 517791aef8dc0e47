import Foundation
import Torch

// The kit's program (`make cuda-kit`): `cuda-check smoke` tries what everything else needs, `cuda-check speed`
// measures. `--rehearse` makes the sizes small enough for the simulated device.

let arguments = CommandLine.arguments.dropFirst()
let isRehearsal = arguments.contains("--rehearse")
guard cuda.isAvailable() else {
    print("FAILED no device: \(message { _ = Tensor.ones(1, device: .cuda) })")
    exit(1)
}

switch arguments.first {
case "smoke": exit(Smoke().run() ? 0 : 1)
case "speed": Speed(isRehearsal).run()
default:
    print("cuda-check smoke | speed [--rehearse]")
    exit(2)
}

/// Returns the message of the error that `body` raises.
func message(_ body: () throws -> Void) -> String {
    do {
        try withError(body)
        return "no error"
    } catch {
        return "\(error)"
    }
}

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

/// Times of operators and training steps in microseconds, medians, by the device's events. speed.py measures the same.
struct Speed {
    private let isRehearsal: Bool

    init(_ isRehearsal: Bool) { self.isRehearsal = isRehearsal }

    private func measure(_ name: String, launches: Int, _ body: () -> Void) {
        let repeats = isRehearsal ? 2 : 20, launches = isRehearsal ? 1 : launches
        for _ in 0..<launches { body() }
        var times: [Double] = []
        for _ in 0..<repeats {
            let begin = CUDAEvent(enableTiming: true), end = CUDAEvent(enableTiming: true)
            begin.record()
            for _ in 0..<launches { body() }
            end.record()
            end.synchronize()
            times.append(begin.elapsedTime(end) * 1000 / Double(launches))
        }
        print("\(name)\t\(times.sorted()[repeats / 2])")
    }

    func run() {
        let count = isRehearsal ? 1 << 10 : 1 << 26, side = isRehearsal ? 32 : 4096
        let a = Tensor.ones([count], device: .cuda), b = Tensor.ones([count], device: .cuda)
        measure("copy of 256 MiB", launches: 10) { a.copy_(b) }
        measure("a + b of 256 MiB", launches: 10) { _ = a + b }
        measure("exp of 256 MiB", launches: 10) { _ = a.exp() }
        measure("sum of 256 MiB", launches: 10) { _ = a.sum() }
        let rows = a.view(side, -1)
        measure("sum of rows", launches: 10) { _ = rows.sum(dim: 1) }
        measure("softmax of rows", launches: 10) { _ = rows.softmax(dim: 1) }
        let few = Tensor.ones(8, device: .cuda)
        measure("a + b of 8", launches: 1000) { _ = few + few }
        for dtype in [DType.float32, .bfloat16] {
            let m = Tensor.ones([side, side], dtype: dtype, device: .cuda)
            measure("matmul of \(side) in \(dtype)", launches: 5) { _ = m.matmul(m) }
        }

        let width = isRehearsal ? 32 : 512
        let model = Sequential(Linear(784, width), ReLU(), Linear(width, width), ReLU(), Linear(width, 10))
        model.to(.cuda)
        let optimizer = SGD(model.parameters(), lr: 1e-3)
        let x = Tensor.ones([64, 784], device: .cuda), y = Tensor.zeros([64], dtype: .int64, device: .cuda)
        func step() {
            crossEntropy(model(x), y).backward()
            optimizer.step()
            optimizer.zeroGrad()
        }
        measure("step of the note's network", launches: 50, step)
        let graph = CUDAGraph()
        cuda.graph(graph, step)
        measure("captured step", launches: 50) { graph.replay() }
    }
}

import Torch

/// Times of operators and training steps in microseconds, medians, by the device's events. speed.py measures the same.
struct Speed {
    private let isRehearsal: Bool

    init(_ isRehearsal: Bool) { self.isRehearsal = isRehearsal }

    /// Prints a name, microseconds, and the bytes that are read and written.
    private func measure(_ name: String, launches: Int, bytes: Int = 0, _ body: () -> Void) {
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
        print("\(name)\t\(times.sorted()[repeats / 2])\t\(bytes)")
    }

    func run() {
        let count = isRehearsal ? 1 << 10 : 1 << 26, side = isRehearsal ? 32 : 4096
        let a = Tensor.rand([count], device: .cuda), b = Tensor.rand([count], device: .cuda)
        let whole = 4 * count
        measure("copy of 256 MiB", launches: 10, bytes: 2 * whole) { a.copy_(b) }
        measure("a + b of 256 MiB", launches: 10, bytes: 3 * whole) { _ = a + b }
        measure("exp of 256 MiB", launches: 10, bytes: 2 * whole) { _ = a.exp() }
        measure("sum of 256 MiB", launches: 10, bytes: whole) { _ = a.sum() }
        let rows = a.view(side, -1)
        measure("sum of rows", launches: 10, bytes: whole) { _ = rows.sum(dim: 1) }
        measure("softmax of rows", launches: 10, bytes: 2 * whole) { _ = rows.softmax(dim: 1) }
        let few = Tensor.ones(8, device: .cuda)
        measure("a + b of 8", launches: 1000) { _ = few + few }
        for dtype in [DType.float32, .bfloat16] {
            let m = Tensor.randn([side, side], device: .cuda).to(dtype)
            measure("matmul of \(side) in \(dtype)", launches: 5) { _ = m.matmul(m) }
        }

        let values = rows.to(.float16)
        measure("topk of rows", launches: 5) { _ = rows.topk(10) }
        measure("layer norm of rows", launches: 10, bytes: whole) {
            _ = F.layerNorm(values, [values.size(1)])
        }

        let network = Network(isRehearsal)
        measure("step of the note's network", launches: 50, network.step)
        let graph = CUDAGraph()
        cuda.graph(graph, network.step)
        measure("captured step", launches: 50) { graph.replay() }
    }

    /// Trains for 5 epochs of 938 steps, from the start of the process to the last loss.
    func train() {
        let network = Network(isRehearsal)
        for _ in 0..<(isRehearsal ? 3 : 5 * 938) { network.step() }
        print("loss \(crossEntropy(network.model(network.x), network.y).item())")
    }

    /// The note's network with its optimizer, and a batch of 64 images.
    private struct Network {
        let model: Sequential, optimizer: SGD
        let x = Tensor.ones([64, 784], device: .cuda), y = Tensor.zeros([64], dtype: .int64, device: .cuda)

        init(_ isRehearsal: Bool) {
            let width = isRehearsal ? 32 : 512
            model = Sequential(Linear(784, width), ReLU(), Linear(width, width), ReLU(), Linear(width, 10))
            model.to(.cuda)
            optimizer = SGD(model.parameters(), lr: 1e-3)
        }

        func step() {
            crossEntropy(model(x), y).backward()
            optimizer.step()
            optimizer.zeroGrad()
        }
    }
}

import Testing
import Torch

/// Layers inside `vmap`, against the same layers in a loop over the examples: results, gradients of each example, and
/// weights that differ between examples.
extension DrawingTests {
    @Suite struct VmapLayerTests {
        private func isClose(_ a: Tensor, _ b: Tensor) -> Bool {
            a.shape == b.shape && a.allclose(b, rtol: 1e-4, atol: 1e-5)
        }

        /// Compares the gradients of each example, with common and with own parameters.
        private func check(
            _ module: Module, _ sizes: [Int], dtype: DType = .float32, _ name: String,
            _ call: @escaping (Tensor) -> Tensor
        ) {
            let count = 3, x = Tensor.randn([count] + sizes, dtype: dtype)
            var parameters: [String: Tensor] = [:]
            for (name, parameter) in module.namedParameters() { parameters[name] = parameter.detach() }
            let loss = { (p: [String: Tensor], x: Tensor) -> Tensor in
                var state = StateDict()
                for (name, tensor) in p { state[name] = tensor }
                let y = functionalCall(module, state) { _ in call(x) }
                return (y * Tensor.arange(y.numel(), dtype: dtype).view(y.shape.sizes)).sum()
            }
            let both = { (p: [String: Tensor], x: Tensor) in grad(loss, argnums: [0, 1])(p, x) }
            let common = vmap(both, inDims: [nil, 0])(parameters, x)
            for i in 0..<count {
                for (a, b) in zip(common, both(parameters, x[i])) { #expect(isClose(a[i], b), "\(name), common") }
            }
            let own = parameters.mapTensors { p in stack((0..<count).map { p * (1 + 0.5 * Double($0)) }) }
            func ownOf(_ i: Int) -> [String: Tensor] { own.mapTensors { $0[i] } }
            let differing = vmap(both)(own, x), shared = vmap(both, inDims: [0, nil])(own, x[0])
            for i in 0..<count {
                for (a, b) in zip(differing, both(ownOf(i), x[i])) { #expect(isClose(a[i], b), "\(name), own") }
                for (a, b) in zip(shared, both(ownOf(i), x[0])) { #expect(isClose(a[i], b), "\(name), same input") }
            }
        }

        @Test func convolutions() {
            manualSeed(0)
            for batch in [1, 2] {
                for (groups, stride) in [(1, 1), (2, 2)] {
                    let c = Conv2d(4, 6, kernelSize: 3, stride: stride, padding: 1, groups: groups)
                    check(c, [batch, 4, 7, 6], "Conv2d") { c($0) }
                    let t = ConvTranspose2d(4, 6, kernelSize: 3, stride: stride, groups: groups)
                    check(t, [batch, 4, 5, 6], "ConvTranspose2d") { t($0) }
                }
            }
            let one = Conv1d(3, 5, kernelSize: 1), deep = Conv2d(4, 4, kernelSize: 3, groups: 4)
            check(one, [2, 3, 8], "Conv1d") { one($0) }
            check(deep, [2, 4, 8, 8], "depthwise") { deep($0) }
            let double = Conv2d(2, 3, kernelSize: 2).double()
            check(double, [2, 2, 5, 5], dtype: .float64, "float64") { double($0) }
        }

        @Test func normalizations() {
            manualSeed(1)
            let layer = LayerNorm([5]), group = GroupNorm(2, 4), batch = BatchNorm2d(4, trackRunningStats: false)
            let rms = RMSNorm([5]), instance = InstanceNorm2d(4, affine: true)
            for rows in [1, 3] {
                check(layer, [rows, 5], "LayerNorm") { layer($0) }
                check(rms, [rows, 5], "RMSNorm") { rms($0) }
                check(group, [rows, 4, 3, 3], "GroupNorm") { group($0) }
                check(batch, [rows, 4, 3, 3], "BatchNorm2d") { batch($0) }
                check(instance, [rows, 4, 3, 3], "InstanceNorm2d") { instance($0) }
            }
            let fixed = BatchNorm2d(4).eval()
            check(fixed, [2, 4, 3, 3], "BatchNorm2d with statistics") { fixed($0) }
        }

        @Test func recurrentLayers() {
            manualSeed(2)
            for batch in [1, 2] {
                let gru = GRU(3, 4, numLayers: 2), rnn = RNN(3, 4, bidirectional: true), lstm = LSTM(3, 4, projSize: 2)
                check(gru, [5, batch, 3], "GRU") { gru($0).0 }
                check(rnn, [5, batch, 3], "RNN") { rnn($0).0 }
                check(lstm, [5, batch, 3], "LSTM") { x in
                    let (y, (h, c)) = lstm(x)
                    return y.sum() * h.sum() + c
                }
            }
        }
    }
}

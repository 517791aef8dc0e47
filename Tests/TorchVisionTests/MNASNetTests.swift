import Testing
import Torch
import TorchVision

struct MNASNetTests {
    /// Numbers whose sums stay of a usual size through the layers.
    private func filled(_ sizes: [Int]) -> Tensor {
        let count = sizes.reduce(1, *)
        let numbers = Tensor.arange(0, count, dtype: .float64).mul(37).remainder(101).sub(50).div(50)
        return numbers.mul((7 / (Double(count) / Double(sizes[0]))).squareRoot()).to(.float32).view(sizes)
    }

    /// A checkpoint of the first version, whose first layers had 32 and 16 channels for any width. Expected numbers:
    /// torchvision 0.29.2, which was given the same checkpoint.
    @Test func firstVersion() throws {
        let model = MNASNet(0.5, numClasses: 3, dropout: 0)
        model.eval()
        var state = model.stateDict()
        let old: [String: [Int]] = [
            "0": [32, 3, 3, 3], "3": [32, 1, 3, 3], "6": [16, 32, 1, 1], "8.0.layers.0": [48, 16, 1, 1],
            "8.0.layers.3": [48, 1, 3, 3], "8.0.layers.6": [16, 48, 1, 1]
        ]
        for (name, sizes) in old { state["layers.\(name).weight"] = Tensor.empty(sizes) }
        for (name, count) in [("1", 32), ("4", 32), ("7", 16), ("8.0.layers.1", 48), ("8.0.layers.4", 48)] {
            for (part, value) in [("weight", 1.0), ("bias", 0), ("running_mean", 0), ("running_var", 1)] {
                state["layers.\(name).\(part)"] = Tensor.full([count], value)
            }
        }
        for (name, value) in state where value.dim >= 2 { state[name] = filled(value.shape.sizes) }
        state["classifier.1.bias"] = Tensor([0.5, -0.25, 0.125])
        try model.loadStateDict(state)
        #expect(state.map { $0.value.numel() }.reduce(0, +) == 964_519)
        let image = Tensor.arange(0, 3 * 32 * 32, dtype: .float32).mul(7).remainder(23).div(11).sub(1)
        let scores = model(image.view(1, 3, 32, 32)).toArray(as: Double.self)
        for (a, b) in zip(scores, [2.00825, 0.857267, 8.29551]) { #expect(abs(a - b) < 1e-3) }
        // The network has become that of the first version.
        #expect(model.stateDict()["layers.0.weight"]?.shape == [32, 3, 3, 3])
    }
}

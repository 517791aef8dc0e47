import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct LazyModuleTests {
    private let x = Tensor.arange(24, dtype: .float32).view([2, 3, 4]).mul(0.37).sin()

    @Test func theFirstInputGivesTheSizes() {
        manualSeed(3)
        let layer = LazyLinear(2)
        #expect("\(layer)" == "LazyLinear(in_features=0, out_features=2, bias=True)")
        #expect(layer.weight.isUninitialized && layer.hasUninitializedParams())
        let weight = layer.weight
        #expect(layer(x).sizes == [2, 3, 2])
        #expect("\(layer)" == "Linear(in_features=4, out_features=2, bias=True)")
        #expect(layer.weight === weight && weight.sizes == [2, 4] && weight.requiresGrad)
        let expected: [Float] = [-0.4957365, -0.3944306, -0.2141575, -0.4730452]
        #expect(zip(weight[0].toArray(as: Float.self), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func aStateDictGivesTheSizes() throws {
        let source = Linear(4, 2), lazy = LazyLinear(2)
        let state = lazy.stateDict()
        #expect(state["weight"]?.isUninitialized == true)
        try lazy.loadStateDict(source.stateDict())
        #expect(lazy.weight.equal(source.weight) && !lazy.hasUninitializedParams())
        #expect("\(lazy)" == "LazyLinear(in_features=0, out_features=2, bias=True)")
        #expect(lazy(x).equal(source(x)) && lazy.inFeatures == 4)
        // Neither from a lazy module into a complete one, nor an input of another size.
        #expect(throws: TorchError.self) { try source.loadStateDict(LazyLinear(2).stateDict()) }
        let other = LazyLinear(2)
        try other.loadStateDict(source.stateDict())
        #expect(throws: TorchError.self) { try withError { _ = other(Tensor.zeros([1, 5])) } }
        let refused = #expect(throws: TorchError.self) { try save(LazyLinear(2).stateDict(), to: "/nonexistent/a.pth") }
        #expect(refused?.message.hasPrefix("Attempted to save an uninitialized parameter") == true)
        // Two lazy modules.
        try LazyLinear(2).loadStateDict(LazyLinear(2).stateDict())
    }

    @Test func normsTakeTheNumberOfChannels() {
        let norm = LazyBatchNorm1d()
        let options = "eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True"
        #expect("\(norm)" == "LazyBatchNorm1d(0, \(options))")
        #expect(
            norm.stateDict().keys == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
        let optimizer = SGD(norm.parameters(), lr: 0.1)
        norm(x).square().sum().backward()
        optimizer.step()
        #expect("\(norm)" == "BatchNorm1d(3, \(options))")
        #expect(norm.weight?.sizes == [3] && norm.numBatchesTracked?.item() == 1)
        #expect("\(LazyInstanceNorm2d())" == "LazyInstanceNorm2d(0, \(options))")
        #expect(throws: TorchError.self) { try withError { _ = LazyBatchNorm1d()(Tensor.zeros([3])) } }
    }

    @Test func copiesAreMadeOfBothKinds() {
        let lazy = LazyLinear(2)
        #expect(lazy.copy { LazyLinear(2) }.weight.isUninitialized)
        _ = lazy(x)
        let copy = lazy.copy { LazyLinear(2) }
        #expect(copy.weight.equal(lazy.weight) && copy(x).equal(lazy(x)))
        lazy.to(.float64)
        #expect(lazy.weight.dtype == .float64)
    }
}
